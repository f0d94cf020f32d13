"""What a client agrees to beyond care, may take back in one touch, and may ask for; how long a record is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from practice import audit
from practice.caseload import in_caseload, require_client
from practice.errors import BadClientError, NotThereError, RoomClosedError
from practice.facts import facts_as_data, facts_of
from practice.schema import agreements, caseload, clients, requests, retention, sessions
from practice.session_rows import room_row
from practice.store import Actor, Store, has_role, new_id, require_role

PURPOSES = ("choose_songs", "improve")
"""`choose_songs`: use my answers to choose songs for me. `improve`: use them, without my code, for the program."""
RETENTION_HINTS = ("8_years_after_the_end", "25th_birthday", "20_years_after_the_end", "10_years_after_death")
"""Usual bases to offer beside the empty field; the date is always typed, never worked out."""
REQUESTS = ("removal", "notes", "complaint")


@dataclass(frozen=True)
class Agreement:
    """One change of an optional use: when, and who said it."""

    purpose: str
    is_on: bool
    said_by: str
    at: datetime


@dataclass(frozen=True)
class Request:
    """Something a client asked for: removal, the notes, or a complaint."""

    id: str
    client_id: str | None
    code: str
    kind: str
    text: str
    at: datetime
    answered_at: datetime | None
    answer: str


@dataclass(frozen=True)
class Kept:
    """What is kept about a client, as they may see it at once: answers and songs, never the notes."""

    code: str
    sign: str
    choose_songs: bool
    improve: bool
    sessions: tuple[dict[str, object], ...]


@dataclass(frozen=True)
class Reminder:
    """A record whose month has come. Nothing is ever deleted by itself."""

    client_id: str
    code: str
    keep_until: date
    basis: str


def is_on(db: Connection, client_id: str, purpose: str) -> bool:
    """Whether an optional use is on now; off where nobody ever turned it on."""
    latest = db.execute(
        sa.select(agreements.c.is_on)
        .where(agreements.c.client_id == client_id, agreements.c.purpose == purpose)
        .order_by(agreements.c.at.desc(), agreements.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return bool(latest)


def client_of_room(db: Connection, room_token: str, *, at: datetime) -> str:
    """The client whose open room this is.

    Raises
    ------
    RoomClosedError
        If it is no open room, or one that keeps nothing.
    """
    row = room_row(db, room_token, at=at)
    if row.client_id is None:
        raise RoomClosedError("nothing_kept")
    return str(row.client_id)


class Consent(Store):
    """The uses of agreements, requests and keeping."""

    def agreements(self, actor: Actor, client_id: str) -> list[Agreement]:
        """Every change of the optional uses, newest first."""
        with self._reading() as db:
            require_client(db, actor, client_id, at=self.now())
            rows = db.execute(
                sa.select(agreements)
                .where(agreements.c.client_id == client_id)
                .order_by(agreements.c.at.desc(), agreements.c.id.desc())
            )
            return [Agreement(row.purpose, row.is_on, row.said_by, row.at) for row in rows]

    def agrees(self, actor: Actor, client_id: str, purpose: str) -> bool:
        """Whether an optional use is on."""
        with self._reading() as db:
            require_client(db, actor, client_id, at=self.now())
            return is_on(db, client_id, purpose)

    def set_agreement(self, actor: Actor, client_id: str, purpose: str, *, is_on: bool, said_by: str) -> None:
        """Note what a client, or who decides for them, said about an optional use.

        Parameters
        ----------
        said_by : str
            `client`, `parent`, `attorney` or `best_interests`.
        """
        if said_by not in ("client", "parent", "attorney", "best_interests"):
            raise BadClientError(f"{said_by!r} cannot agree for a client.", field="said_by")
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            self._put(db, client_id, purpose, is_on, said_by, actor.account_id)

    def set_own_agreement(self, room_token: str, purpose: str, *, is_on: bool) -> None:
        """A client's own switch in the room: it holds at once.

        Raises
        ------
        RoomClosedError
            If it is no open room, or one that keeps nothing.
        """
        with self._transaction() as db:
            self._put(db, client_of_room(db, room_token, at=self.now()), purpose, is_on, "client", None)

    def _put(
        self, db: Connection, client_id: str, purpose: str, turned_on: bool, said_by: str, noted_by: str | None
    ) -> None:
        if purpose not in PURPOSES:
            raise BadClientError(f"{purpose!r} is not an optional use.", field="purpose")
        now = self.now()
        latest = db.execute(
            sa.select(sa.func.max(agreements.c.at)).where(
                agreements.c.client_id == client_id, agreements.c.purpose == purpose
            )
        ).scalar_one_or_none()
        # What was said last holds, also where the clock was set back since, or stands still.
        at = now if latest is None or latest < now else latest + timedelta(microseconds=1)
        db.execute(
            agreements.insert().values(
                id=new_id(),
                client_id=client_id,
                purpose=purpose,
                is_on=turned_on,
                said_by=said_by,
                noted_by=noted_by,
                at=at,
            )
        )
        audit.note(
            db,
            at=now,
            who=noted_by or "client",
            action="agreement",
            subject=client_id,
            purpose=purpose,
            is_on=turned_on,
            said_by=said_by,
        )

    def _turn_off_all(self, db: Connection, client_id: str, actor: Actor) -> None:
        for purpose in PURPOSES:
            if is_on(db, client_id, purpose):
                self._put(db, client_id, purpose, False, "not_asked", actor.account_id)

    def kept_about_me(self, room_token: str) -> Kept:
        """What a client may see about themselves at once, from their own room.

        Raises
        ------
        RoomClosedError
            If it is no open room, or one that keeps nothing.
        """
        with self._reading() as db:
            client_id = client_of_room(db, room_token, at=self.now())
            client = db.execute(sa.select(clients).where(clients.c.id == client_id)).one()
            rows = db.execute(
                sa.select(sessions).where(sessions.c.client_id == client_id).order_by(sessions.c.started_at)
            ).all()
            shown = ("started_at", "ended_at", "minutes", "played", "answers", "said")
            told = []
            for row in rows:
                facts = facts_as_data(facts_of(db, row))
                told.append({name: facts[name] for name in shown})
            return Kept(
                code=client.code,
                sign=client.sign,
                choose_songs=is_on(db, client_id, "choose_songs"),
                improve=is_on(db, client_id, "improve"),
                sessions=tuple(told),
            )

    def ask_for(self, room_token: str, kind: str, text: str = "") -> None:
        """A client's request from the room: `removal`, `notes` or `complaint`.

        A complaint can be made where nothing is kept, too; it is kept then without a client.
        """
        if kind not in REQUESTS:
            raise BadClientError(f"{kind!r} cannot be asked for.", field="kind")
        with self._transaction() as db:
            row = room_row(db, room_token, at=self.now())
            if row.client_id is None and kind != "complaint":
                raise RoomClosedError("nothing_kept")
            request_id = new_id()
            db.execute(
                requests.insert().values(
                    id=request_id, client_id=row.client_id, kind=kind, text=text[:4000], at=self.now(), answer=""
                )
            )
            audit.note(db, at=self.now(), who="client", action="asked_for", subject=request_id, kind=kind)

    def requests(self, actor: Actor, *, answered: bool = False) -> list[Request]:
        """What clients asked for: of the caseload for a clinician, all complaints and removals for an administrator."""
        with self._reading() as db:
            require_role(db, actor, "clinician", "administrator", action="read requests")
            mine = sa.exists().where(caseload.c.client_id == requests.c.client_id, *in_caseload(actor, self.now()))
            # An administrator answers complaints and removals, and sees no request for notes that is not their own.
            theirs = requests.c.kind.in_(["complaint", "removal"])
            seen = sa.or_(mine, theirs) if has_role(db, actor, "administrator") else mine
            rows = db.execute(
                sa.select(requests, clients.c.code)
                .outerjoin(clients, clients.c.id == requests.c.client_id)
                .where(seen)
                .order_by(requests.c.at)
            ).all()
            return [
                Request(row.id, row.client_id, row.code or "", row.kind, row.text, row.at, row.answered_at, row.answer)
                for row in rows
                if answered or row.answered_at is None
            ]

    def answer_request(self, actor: Actor, request_id: str, answer: str) -> None:
        """Say what was done about a request.

        Raises
        ------
        NotThereError
            If it is not there, or not for `actor` to answer.
        """
        with self._transaction() as db:
            require_role(db, actor, "clinician", "administrator", action="answer requests")
            mine = sa.exists().where(caseload.c.client_id == requests.c.client_id, *in_caseload(actor, self.now()))
            theirs = requests.c.kind.in_(["complaint", "removal"])
            seen = sa.or_(mine, theirs) if has_role(db, actor, "administrator") else mine
            changed = db.execute(
                requests.update()
                .where(requests.c.id == request_id, requests.c.answered_at.is_(None), seen)
                .values(answered_by=actor.account_id, answered_at=self.now(), answer=answer[:4000])
            ).rowcount
            if not changed:
                raise NotThereError("request")
            audit.note(db, at=self.now(), who=actor.account_id, action="request_answered", subject=request_id)

    def keep_until(self, actor: Actor, client_id: str, month: date, *, basis: str) -> None:
        """Write down until which month a record is kept, and why; typed by the clinician, never worked out."""
        if not basis.strip():
            raise BadClientError("Please say on what the date rests.")
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            db.execute(retention.delete().where(retention.c.client_id == client_id))
            first = month.replace(day=1)
            db.execute(
                retention.insert().values(
                    client_id=client_id,
                    keep_until=first,
                    basis=basis[:500],
                    set_by=actor.account_id,
                    set_at=self.now(),
                )
            )
            audit.note(
                db, at=self.now(), who=actor.account_id, action="keep_until", subject=client_id, month=first.isoformat()
            )

    def kept_until(self, actor: Actor, client_id: str) -> tuple[date, str] | None:
        """The month and its basis, if somebody wrote them down."""
        with self._reading() as db:
            require_client(db, actor, client_id, at=self.now())
            row = db.execute(sa.select(retention).where(retention.c.client_id == client_id)).one_or_none()
            return None if row is None else (row.keep_until, row.basis)

    def retention_reminders(self, actor: Actor) -> list[Reminder]:
        """Records whose month has come: of the caseload, or of everyone for an administrator."""
        with self._reading() as db:
            require_role(db, actor, "clinician", "administrator", action="see reminders")
            query = (
                sa.select(retention, clients.c.code)
                .join(clients, clients.c.id == retention.c.client_id)
                .where(retention.c.keep_until <= self.now().date())
                .order_by(retention.c.keep_until)
            )
            if not has_role(db, actor, "administrator"):
                query = query.where(
                    sa.exists().where(caseload.c.client_id == retention.c.client_id, *in_caseload(actor, self.now()))
                )
            return [Reminder(row.client_id, row.code, row.keep_until, row.basis) for row in db.execute(query)]
