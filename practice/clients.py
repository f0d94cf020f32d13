"""Clients under a code and a sign, what bounds their music, and who may open their record."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice import audit, codes
from practice.errors import BadClientError, NotThereError, PlanStateError
from practice.safety import (
    AvoidEntry,
    AvoidKind,
    Limit,
    Marks,
    Protection,
    check_numbers,
    safety_file,
    said_words,
    someone_must_be_present,
)
from practice.schema import avoid_list, caseload, clients, limits, song_marks
from practice.store import Actor, Store, new_id, require_role

PRESETS = ("standard", "simple", "calm", "one_switch", "carer")
AGREED_BY = ("client", "parent", "attorney", "best_interests", "self_trial")
KNOWN = ("yes", "no", "not_known")
MARKS = ("loved", "known_well", "safe", "painful", "rest", "to_find", "private")


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


def require_client(db: Connection, actor: Actor, client_id: str, *, at: datetime) -> Row[tuple[object, ...]]:
    """The client's row, if `actor` is a clinician with that client in their caseload now.

    Raises
    ------
    NotThereError
        Otherwise, whether the client exists or not: one answer.
    NotAllowedError
        If `actor` is no clinician.
    """
    require_role(db, actor, "clinician", action="open a client's record")
    row = db.execute(
        sa.select(clients)
        .join(caseload, caseload.c.client_id == clients.c.id)
        .where(clients.c.id == client_id, *in_caseload(actor, at))
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NotThereError("client")
    return row


def in_caseload(actor: Actor, at: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions on `caseload` that hold where it is `actor`'s at that time."""
    return (
        caseload.c.account_id == actor.account_id,
        caseload.c.since <= at,
        sa.or_(caseload.c.until.is_(None), caseload.c.until > at),
    )


def protection_of(db: Connection, client_id: str | None, *, at: datetime) -> Protection:
    """All that bounds a client's music; nothing bounds it where nothing is kept (None)."""
    if client_id is None:
        return Protection()
    row = db.execute(sa.select(clients).where(clients.c.id == client_id)).one()
    marked: dict[str, set[str]] = {name: set() for name in MARKS}
    for mark in db.execute(sa.select(song_marks).where(song_marks.c.client_id == client_id)):
        if mark.until is None or mark.until > at:
            marked[mark.mark].add(mark.track_id)
    open_questions = {
        "sounds_hurt": row.sounds_hurt == "not_known",
        "seizures": row.seizures == "not_known",
        "avoid": not row.avoid_known,
    }
    return Protection(
        limits=tuple(
            Limit(limit.id, limit.effect, limit.numbers, limit.reason, limit.review_on)
            for limit in db.execute(
                sa.select(limits)
                .where(limits.c.client_id == client_id, limits.c.ended_at.is_(None))
                .order_by(limits.c.set_at, limits.c.id)
            )
        ),
        avoid=tuple(
            AvoidEntry(entry.id, entry.kind, entry.value, entry.low, entry.high, entry.reason)
            for entry in db.execute(
                sa.select(avoid_list)
                .where(avoid_list.c.client_id == client_id, avoid_list.c.removed_at.is_(None))
                .order_by(avoid_list.c.added_at, avoid_list.c.id)
            )
        ),
        marks=Marks(
            loved=frozenset(marked["loved"]),
            known_well=frozenset(marked["known_well"]),
            safe=frozenset(marked["safe"]),
            painful=frozenset(marked["painful"]),
            rest=frozenset(marked["rest"]),
        ),
        not_known=frozenset(name for name, is_open in open_questions.items() if is_open),
    )


class Clients(Store):
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
        _one_of("preset", preset, PRESETS)
        _one_of("agreed_by", agreed_by, AGREED_BY)
        _one_of("sounds_hurt", sounds_hurt, KNOWN)
        _one_of("seizures", seizures, KNOWN)
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
        )

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
                _one_of(name, value, allowed)
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

    def protection(self, actor: Actor, client_id: str | None) -> Protection:
        """What bounds a client's music, for `safety.rules_for`; None is "just trying", which nothing bounds."""
        with self._reading() as db:
            if client_id is not None:
                require_client(db, actor, client_id, at=self.now())
            return protection_of(db, client_id, at=self.now())

    def avoid(
        self,
        actor: Actor,
        client_id: str,
        kind: AvoidKind,
        value: str,
        *,
        low: float | None = None,
        high: float | None = None,
        reason: str = "",
    ) -> AvoidEntry:
        """Put something on the avoid list; it holds at once, in open sessions too.

        Parameters
        ----------
        kind : str
            `words`, `track` (an id), `artist`, `album`, `title_word`, `theme`, or `feature_range` (a numeric library
            column, with `low` and `high`).
        """
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            entry_id = self._add_avoid(db, actor, client_id, kind, value, low, high, reason)
            audit.note(
                db,
                at=self.now(),
                who=actor.account_id,
                action="avoid_added",
                subject=client_id,
                entry=entry_id,
                kind=kind,
            )
            return AvoidEntry(entry_id, kind, value.strip(), low, high, reason)

    def _add_avoid(
        self,
        db: Connection,
        actor: Actor,
        client_id: str,
        kind: AvoidKind,
        value: str,
        low: float | None,
        high: float | None,
        reason: str,
    ) -> str:
        if not value.strip() or len(value) > 300:
            raise BadClientError("An entry of the avoid list needs 1 to 300 letters.")
        if kind not in {"track", "feature_range"} and not safe_text(value):
            raise BadClientError("An entry of the avoid list needs at least one letter or number.")
        if kind == "feature_range":
            if low is None and high is None:
                raise BadClientError("A range needs a lowest or a highest value.")
            if low is not None and high is not None and low > high:
                raise BadClientError("The lowest value of the range lies above the highest.")
        entry_id = new_id()
        db.execute(
            avoid_list.insert().values(
                id=entry_id,
                client_id=client_id,
                kind=kind,
                value=value.strip(),
                low=low,
                high=high,
                reason=reason[:500],
                added_by=actor.account_id,
                added_at=self.now(),
            )
        )
        return entry_id

    def stop_avoiding(self, actor: Actor, client_id: str, entry_id: str) -> None:
        """Take an entry off the avoid list; the list keeps that it was there."""
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            now = self.now()
            changed = db.execute(
                avoid_list.update()
                .where(
                    avoid_list.c.id == entry_id, avoid_list.c.client_id == client_id, avoid_list.c.removed_at.is_(None)
                )
                .values(removed_at=now, removed_by=actor.account_id)
            ).rowcount
            if not changed:
                raise NotThereError("entry of the avoid list")
            audit.note(db, at=now, who=actor.account_id, action="avoid_removed", subject=client_id, entry=entry_id)

    def set_limit(
        self,
        actor: Actor,
        client_id: str,
        effect: str,
        *,
        numbers: Mapping[str, float] | None = None,
        reason: str,
        review_on: date | None = None,
    ) -> Limit:
        """Put a limit on, or replace its numbers; named by effect, with a reason and a day to look at it again.

        Raises
        ------
        BadClientError
            If there is no such limit, a number lies outside its range, or the reason is empty.
        """
        if not reason.strip():
            raise BadClientError("A limit needs a reason.")
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            self._end_limit(db, actor, client_id, effect, "replaced")
            limit = self._put_limit(db, actor, client_id, effect, numbers or {}, reason, review_on)
            audit.note(
                db, at=self.now(), who=actor.account_id, action="limit_set", subject=client_id, effect=effect,
                numbers=dict(limit.numbers),
            )  # fmt: skip
            return limit

    def _put_limit(
        self,
        db: Connection,
        actor: Actor,
        client_id: str,
        effect: str,
        numbers: Mapping[str, float],
        reason: str,
        review_on: date | None,
    ) -> Limit:
        filled = check_numbers(effect, numbers)
        limit_id = new_id()
        db.execute(
            limits.insert().values(
                id=limit_id,
                client_id=client_id,
                effect=effect,
                numbers=filled,
                reason=reason[:500],
                review_on=review_on,
                set_by=actor.account_id,
                set_at=self.now(),
                end_reason="",
            )
        )
        return Limit(limit_id, effect, filled, reason, review_on)

    def _end_limit(self, db: Connection, actor: Actor, client_id: str, effect: str, reason: str) -> bool:
        ended = db.execute(
            limits.update()
            .where(limits.c.client_id == client_id, limits.c.effect == effect, limits.c.ended_at.is_(None))
            .values(ended_at=self.now(), ended_by=actor.account_id, end_reason=reason[:500])
        ).rowcount
        return bool(ended)

    def lift_limit(self, actor: Actor, client_id: str, effect: str, *, reason: str) -> None:
        """Take a limit off, with a reason.

        Raises
        ------
        NotThereError
            If it is not on.
        """
        if not reason.strip():
            raise BadClientError("Taking a limit off needs a reason.")
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            if not self._end_limit(db, actor, client_id, effect, reason):
                raise NotThereError("limit")
            audit.note(db, at=self.now(), who=actor.account_id, action="limit_lifted", subject=client_id, effect=effect)

    def mark_song(
        self,
        actor: Actor,
        client_id: str,
        track_id: str,
        mark: str,
        *,
        title: str,
        artist: str = "",
        until: datetime | None = None,
    ) -> None:
        """Mark a song for one client: `loved`, `known_well`, `safe`, `painful`, `rest`, `to_find` or `private`."""
        _one_of("mark", mark, MARKS)
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            put_mark(db, client_id, track_id, mark, title, artist, said_by="clinician", at=self.now(), until=until)

    def unmark_song(self, actor: Actor, client_id: str, track_id: str, mark: str) -> None:
        """Take a mark off a song."""
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            db.execute(
                song_marks.delete().where(
                    song_marks.c.client_id == client_id, song_marks.c.track_id == track_id, song_marks.c.mark == mark
                )
            )


def put_mark(
    db: Connection,
    client_id: str,
    track_id: str,
    mark: str,
    title: str,
    artist: str,
    *,
    said_by: str,
    at: datetime,
    until: datetime | None = None,
) -> None:
    """Write one mark in place of the one that may be there."""
    db.execute(
        song_marks.delete().where(
            song_marks.c.client_id == client_id, song_marks.c.track_id == track_id, song_marks.c.mark == mark
        )
    )
    db.execute(
        song_marks.insert().values(
            client_id=client_id,
            track_id=track_id,
            mark=mark,
            title=title,
            artist=artist,
            said_by=said_by,
            marked_at=at,
            until=until,
        )
    )


def safe_text(value: str) -> bool:
    """Whether anything is left to compare once punctuation is gone: an empty entry would match everything."""
    return bool(said_words(value))


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise BadClientError(f"{name} is {value!r}; it must be one of {', '.join(allowed)}.", field=name, value=value)
