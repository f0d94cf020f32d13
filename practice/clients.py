"""Clients under a code and a sign, what bounds their music, and who may open their record."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from practice import audit, codes
from practice.caseload import in_caseload, protection_of, require_client
from practice.errors import BadClientError, PlanStateError
from practice.limits import ClientLimits, require_one_of
from practice.safety import AvoidEntry, Limit, safety_file, said_words, someone_must_be_present
from practice.schema import caseload, clients
from practice.store import Actor, new_id, require_role

PRESETS = ("standard", "simple", "calm", "one_switch", "carer")
AGREED_BY = ("client", "parent", "attorney", "best_interests", "self_trial")
KNOWN = ("yes", "no", "not_known")
TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True)
class Client:
    """A client as their clinician sees them: a code and a sign, never a name."""

    id: str
    code: str
    sign: str
    preset: str
    agreed_by: str
    sounds_hurt: str
    seizures: str
    feeling_first: bool
    """Which of the two sliders is on top; drawn once, then fixed."""
    must_be_present: bool
    """Nobody may listen alone: a limit says so, or a question of the first session is still open."""
    limits: tuple[Limit, ...]
    avoid: tuple[AvoidEntry, ...]
    version: int
    """Grows with every change; a change that names an older one is refused."""
    created_at: datetime
    ended_at: datetime | None
    usual_day: int | None = None
    """The day of the week on which they usually come, 0 for Monday."""
    usual_time: str | None = None
    """The time at which they usually come, such as `10:30`."""


class Clients(ClientLimits):
    """The uses of clients."""

    def suggest_client(self, actor: Actor) -> tuple[str, str]:
        """A code and a sign for a client who is not made yet, to be shown and then given to `new_client`."""
        with self._reading() as db:
            require_role(db, actor, "clinician", action="add clients")
            taken = set(db.execute(sa.select(clients.c.sign).where(clients.c.ended_at.is_(None))).scalars())
        return codes.new_code(), codes.new_sign(taken)

    def new_client(
        self,
        actor: Actor,
        *,
        agreed_by: str,
        avoid: str | None = "",
        sounds_hurt: str = "not_known",
        seizures: str = "not_known",
        preset: str = "standard",
        code: str | None = None,
        sign: str | None = None,
    ) -> Client:
        """Add a client with the four questions of a first session, to the caseload of `actor`.

        Parameters
        ----------
        agreed_by : str
            `client`, `parent`, `attorney`, `best_interests`, or `self_trial` ("I am trying it on myself").
        avoid : str or None
            What was said under "Any music or sounds to avoid?": several things with commas between. Empty means that
            there is nothing; None means not known, and then somebody must be in the room.
        sounds_hurt, seizures : str
            `yes`, `no` or `not_known`. What they put on at once stands in safety.yaml under `answers`.
        code, sign : str, optional
            From `suggest_client`; made here where absent.

        Raises
        ------
        BadClientError
            If a value is none of those, or the code is no code or taken.
        """
        require_one_of("preset", preset, PRESETS)
        require_one_of("agreed_by", agreed_by, AGREED_BY)
        require_one_of("sounds_hurt", sounds_hurt, KNOWN)
        require_one_of("seizures", seizures, KNOWN)
        with self._transaction() as db:
            require_role(db, actor, "clinician", action="add clients")
            now = self.now()
            code = codes.read_code(code) if code else codes.new_code()
            if db.execute(sa.select(clients.c.id).where(clients.c.code == code)).first():
                raise BadClientError("This code is taken. Take the next one.", code=code)
            if sign is None:
                taken = db.execute(sa.select(clients.c.sign).where(clients.c.ended_at.is_(None))).scalars()
                sign = codes.new_sign(set(taken))
            client_id = new_id()
            db.execute(
                clients.insert().values(
                    id=client_id,
                    code=code,
                    sign=sign[:40],
                    preset=preset,
                    agreed_by=agreed_by,
                    sounds_hurt=sounds_hurt,
                    seizures=seizures,
                    avoid_known=avoid is not None,
                    feeling_first=preset != "standard" or secrets.randbelow(2) == 0,
                    version=1,
                    created_by=actor.account_id,
                    created_at=now,
                )
            )
            db.execute(
                caseload.insert().values(
                    id=new_id(),
                    client_id=client_id,
                    account_id=actor.account_id,
                    kind="own",
                    reason="",
                    given_by=actor.account_id,
                    since=now,
                )
            )
            for words in said_words(avoid or ""):
                self._add_avoid(db, actor, client_id, "words", words, None, None, "said at the first session")
            self._limits_from_answers(db, actor, client_id, {"sounds_hurt": sounds_hurt, "seizures": seizures})
            audit.note(db, at=now, who=actor.account_id, action="client_made", subject=client_id, agreed_by=agreed_by)
            return self._client(db, client_id)

    def _limits_from_answers(self, db: Connection, actor: Actor, client_id: str, said: Mapping[str, str]) -> None:
        on = {limit.effect for limit in protection_of(db, client_id, at=self.now()).limits}
        for question, answer in said.items():
            for effect in safety_file().answers.get(question, {}).get(answer, ()):
                if effect not in on:
                    self._put_limit(db, actor, client_id, effect, {}, f"{question}: {answer}", None)
                    on.add(effect)

    def clients(self, actor: Actor, *, ended: bool = False) -> list[Client]:
        """The caseload of `actor`, those seen latest first; `ended` adds those whose therapy is over."""
        with self._reading() as db:
            require_role(db, actor, "clinician", action="open a client's record")
            query = (
                sa.select(clients.c.id)
                .where(
                    sa.exists().where(caseload.c.client_id == clients.c.id, *in_caseload(actor, self.now())),
                )
                .order_by(clients.c.created_at.desc(), clients.c.id)
            )
            if not ended:
                query = query.where(clients.c.ended_at.is_(None))
            return [self._client(db, client_id) for client_id in db.execute(query).scalars()]

    def client(self, actor: Actor, client_id: str) -> Client:
        """One client of the caseload.

        Raises
        ------
        NotThereError
            If there is no such client, or they are not in the caseload: one answer.
        """
        with self._reading() as db:
            require_client(db, actor, client_id, at=self.now())
            return self._client(db, client_id)

    def _client(self, db: Connection, client_id: str) -> Client:
        row = db.execute(sa.select(clients).where(clients.c.id == client_id)).one()
        protection = protection_of(db, client_id, at=self.now())
        return Client(
            id=row.id,
            code=row.code,
            sign=row.sign,
            preset=row.preset,
            agreed_by=row.agreed_by,
            sounds_hurt=row.sounds_hurt,
            seizures=row.seizures,
            feeling_first=row.feeling_first,
            must_be_present=someone_must_be_present(protection),
            limits=protection.limits,
            avoid=protection.avoid,
            version=row.version,
            created_at=row.created_at,
            ended_at=row.ended_at,
            usual_day=row.usual_day,
            usual_time=row.usual_time,
        )

    def set_usual_time(self, actor: Actor, client_id: str, *, day: int | None, at: str | None) -> Client:
        """Write down when a client usually comes; None where there is no such day or time.

        Parameters
        ----------
        day : int or None
            0 for Monday to 6 for Sunday.
        at : str or None
            Hours and minutes, such as `10:30`.

        Raises
        ------
        BadClientError
            If it is no day of the week or no time of day.
        """
        if day is not None and day not in range(7):
            raise BadClientError(f"{day} is no day of the week: 0 is Monday, 6 is Sunday.", day=day)
        if at is not None and not TIME_OF_DAY.fullmatch(at):
            raise BadClientError(f"{at!r} is no time of day. Write hours and minutes, such as 10:30.", at=at)
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            db.execute(clients.update().where(clients.c.id == client_id).values(usual_day=day, usual_time=at))
            audit.note(
                db, at=self.now(), who=actor.account_id, action="client_changed", subject=client_id,
                fields=["usual_day", "usual_time"],
            )  # fmt: skip
            return self._client(db, client_id)

    def change_client(
        self,
        actor: Actor,
        client_id: str,
        *,
        version: int,
        preset: str | None = None,
        agreed_by: str | None = None,
        sounds_hurt: str | None = None,
        seizures: str | None = None,
        avoid_known: bool | None = None,
    ) -> Client:
        """Change what is known about a client.

        Raises
        ------
        PlanStateError
            If somebody else has changed them since `version` was read.
        """
        checks = (
            ("preset", preset, PRESETS),
            ("agreed_by", agreed_by, AGREED_BY),
            ("sounds_hurt", sounds_hurt, KNOWN),
            ("seizures", seizures, KNOWN),
        )
        said = {}
        for name, value, allowed in checks:
            if value is not None:
                require_one_of(name, value, allowed)
                said[name] = value
        with self._transaction() as db:
            row = require_client(db, actor, client_id, at=self.now())
            if row.version != version:
                raise PlanStateError("Somebody else has changed this client meanwhile. Look again, then change.")
            known = {} if avoid_known is None else {"avoid_known": avoid_known}
            db.execute(clients.update().where(clients.c.id == client_id).values(**said, **known, version=version + 1))
            self._limits_from_answers(
                db, actor, client_id, {name: said[name] for name in ("sounds_hurt", "seizures") if name in said}
            )
            audit.note(
                db, at=self.now(), who=actor.account_id, action="client_changed", subject=client_id, fields=sorted(said)
            )
            return self._client(db, client_id)
