"""Sessions in a list: when, by whom, how they ended and what was answered, raw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice.caseload import in_caseload, require_client
from practice.schema import answers, audit, caseload, events, sessions
from practice.session_rows import is_of_a_group, is_open, require_session
from practice.store import Actor, Store, require_role


@dataclass(frozen=True)
class SessionAnswer:
    """One stored answer, raw, with the scale it was given on."""

    phase: str
    item: str
    scale_id: str
    scale_version: int
    number: float | None
    choice: str | None
    missing: str | None
    said_by: str
    at: datetime


@dataclass(frozen=True)
class SessionSummary:
    """A session as the clinician sees it in a list."""

    id: str
    plan_id: str
    client_id: str | None
    preset: str
    with_client: bool
    started_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    is_open: bool
    songs_started: int
    answers: tuple[SessionAnswer, ...]


class SessionSummaries(Store):
    """The uses of reading sessions."""

    def sessions(self, actor: Actor, client_id: str | None = None, *, limit: int = 1000) -> list[SessionSummary]:
        """A client's sessions, or those of the whole caseload (None), newest first."""
        with self._reading() as db:
            now = self.now()
            if client_id is None:
                require_role(db, actor, "clinician", action="open a session")
                which: sa.ColumnElement[bool] = sa.exists().where(
                    caseload.c.client_id == sessions.c.client_id, *in_caseload(actor, now)
                )
            else:
                require_client(db, actor, client_id, at=now)
                which = sessions.c.client_id == client_id
            rows = db.execute(
                sa.select(sessions).where(which).order_by(sessions.c.started_at.desc(), sessions.c.id).limit(limit)
            ).all()
            return [summarise(db, row, at=now) for row in rows]

    def session(self, actor: Actor, session_id: str) -> SessionSummary:
        """One session of a client of the caseload, or one's own trial while it lasts."""
        with self._reading() as db:
            return summarise(db, require_session(db, actor, session_id, at=self.now()), at=self.now())

    def has_begun(self, actor: Actor) -> bool:
        """Whether this account has ever opened a session, or handed its screen over: all that a trial leaves behind."""
        with self._reading() as db:
            require_role(db, actor, "clinician", action="open a session")
            begun = audit.c.action.in_(("session_started", "handed_over"))
            row = db.execute(sa.select(audit.c.seq).where(audit.c.who == actor.account_id, begun).limit(1)).first()
            return row is not None

    def open_sessions(self, actor: Actor) -> list[SessionSummary]:
        """What is going on now in the caseload, own trials included; groups are asked for apart.

        A room that has said goodbye, and only has not been closed on the device, is not going on any more.
        """
        with self._reading() as db:
            require_role(db, actor, "clinician", action="open a session")
            now = self.now()
            mine = sa.exists().where(caseload.c.client_id == sessions.c.client_id, *in_caseload(actor, now))
            said_goodbye = sa.exists().where(events.c.session_id == sessions.c.id, events.c.kind == "finished")
            own_trial = sa.and_(sessions.c.client_id.is_(None), sessions.c.account_id == actor.account_id)
            rows = db.execute(
                sa.select(sessions)
                .where(sessions.c.ended_at.is_(None), sessions.c.open_until > now, sa.or_(mine, own_trial))
                .where(~is_of_a_group(), ~said_goodbye)
                .order_by(sessions.c.started_at.desc())
            ).all()
            return [summarise(db, row, at=now) for row in rows]


def read_answers(db: Connection, session_id: str) -> tuple[SessionAnswer, ...]:
    """What was answered in a session, in order."""
    rows = db.execute(
        sa.select(answers).where(answers.c.session_id == session_id).order_by(answers.c.at, answers.c.item)
    )
    return tuple(
        SessionAnswer(
            row.phase,
            row.item,
            row.scale_id,
            row.scale_version,
            row.number,
            row.choice,
            row.missing,
            row.said_by,
            row.at,
        )
        for row in rows
    )


def summarise(db: Connection, row: Row[tuple[object, ...]], *, at: datetime) -> SessionSummary:
    """A session's row with its answers."""
    started: Any = db.execute(
        sa.select(sa.func.count())
        .select_from(events)
        .where(events.c.session_id == row.id, events.c.kind == "song_started")
    ).scalar_one()
    return SessionSummary(
        id=row.id,
        plan_id=row.plan_id,
        client_id=row.client_id,
        preset=row.preset,
        with_client=row.with_client,
        started_at=row.started_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        is_open=is_open(row, at),
        songs_started=int(started),
        answers=read_answers(db, str(row.id)),
    )
