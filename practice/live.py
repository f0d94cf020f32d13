"""While a session goes on and right after: messages and marked moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from practice.caseload import in_caseload
from practice.errors import NotThereError
from practice.facts import SessionFacts, facts_of
from practice.schema import caseload, clients, events, moments, read_messages, sessions
from practice.session_rows import require_session
from practice.store import Actor, Store, new_id, require_role
from practice.upset_forms import UPSET_LEVELS


@dataclass(frozen=True)
class Message:
    """Something that a client wanted their therapist to know."""

    session_id: str
    event_id: str
    client_id: str
    code: str
    sign: str
    at: datetime
    kind: str
    """`told` (they pressed [Tell my therapist]), `upset`, `words`, `not_mine` (the sign was not theirs)."""
    text: str
    is_read: bool


@dataclass(frozen=True)
class HappenedEvent:
    """One event of a room as it was stored."""

    id: str
    kind: str
    at: datetime
    received_at: datetime
    values: Mapping[str, Any]


class Live(Store):
    """The uses of a session that goes on, and of what was said in it."""

    def facts(self, actor: Actor, session_id: str) -> SessionFacts:
        """What has happened in a session so far."""
        with self._reading() as db:
            return facts_of(db, require_session(db, actor, session_id, at=self.now()))

    def session_events(self, actor: Actor, session_id: str, *, after: datetime | None = None) -> list[HappenedEvent]:
        """What the room has told so far, in the order of arrival; `after` leaves out what came until then."""
        with self._reading() as db:
            require_session(db, actor, session_id, at=self.now())
            query = sa.select(events).where(events.c.session_id == session_id)
            if after is not None:
                query = query.where(events.c.received_at > after)
            rows = db.execute(query.order_by(events.c.received_at, events.c.at, events.c.id))
            return [HappenedEvent(row.id, row.kind, row.at, row.received_at, row.data) for row in rows]

    def messages(self, actor: Actor, *, read_too: bool = False) -> list[Message]:
        """What clients of the caseload wanted known; unread first, then newest first."""
        with self._reading() as db:
            require_role(db, actor, "clinician", action="read messages")
            mine = sa.exists().where(caseload.c.client_id == sessions.c.client_id, *in_caseload(actor, self.now()))
            is_read = (
                sa.exists()
                .where(read_messages.c.session_id == events.c.session_id, read_messages.c.event_id == events.c.id)
                .label("is_read")
            )
            rows = db.execute(
                sa.select(events, clients.c.id.label("client_id"), clients.c.code, clients.c.sign, is_read)
                .join(sessions, sessions.c.id == events.c.session_id)
                .join(clients, clients.c.id == sessions.c.client_id)
                .where(mine, events.c.kind.in_(["told", "upset", "words", "not_mine"]))
                .order_by(events.c.at.desc())
            ).all()
        found = []
        for row in rows:
            if row.kind == "upset" and row.data.get("level") not in UPSET_LEVELS:
                continue
            text = str(row.data.get("level" if row.kind == "upset" else "text", ""))
            if row.kind == "words" and not text.strip():
                continue
            if row.is_read and not read_too:
                continue
            found.append(
                Message(
                    row.session_id, row.id, row.client_id, row.code, row.sign, row.at, row.kind, text, bool(row.is_read)
                )
            )
        return sorted(found, key=lambda message: message.is_read)

    def mark_message_read(self, actor: Actor, session_id: str, event_id: str) -> None:
        """Say that a message has been read; saying it twice changes nothing."""
        with self._transaction() as db:
            require_session(db, actor, session_id, at=self.now())
            key = (events.c.session_id == session_id, events.c.id == event_id)
            if db.execute(sa.select(events.c.id).where(*key)).first() is None:
                raise NotThereError("message")
            there = db.execute(
                sa.select(read_messages.c.event_id).where(
                    read_messages.c.session_id == session_id, read_messages.c.event_id == event_id
                )
            ).first()
            if there is None:
                db.execute(
                    read_messages.insert().values(
                        session_id=session_id, event_id=event_id, read_by=actor.account_id, read_at=self.now()
                    )
                )

    def mark_moment(
        self,
        actor: Actor,
        session_id: str,
        *,
        track_id: str | None = None,
        position_s: float | None = None,
        text: str = "",
    ) -> str:
        """Mark this moment in the live view, and give the moment's id."""
        with self._transaction() as db:
            require_session(db, actor, session_id, at=self.now())
            moment_id = new_id()
            db.execute(
                moments.insert().values(
                    id=moment_id,
                    session_id=session_id,
                    at=self.now(),
                    track_id=track_id,
                    position_s=position_s,
                    text=text[:2000],
                    their_words="",
                    marked_by=actor.account_id,
                )
            )
            return moment_id

    def write_about_song(self, actor: Actor, session_id: str, track_id: str, words: str) -> None:
        """Keep what the client said about a song of a session, where no moment of it was marked."""
        with self._transaction() as db:
            require_session(db, actor, session_id, at=self.now())
            db.execute(
                moments.insert().values(
                    id=new_id(),
                    session_id=session_id,
                    at=self.now(),
                    track_id=track_id,
                    position_s=None,
                    text="",
                    their_words=words[:2000],
                    marked_by=actor.account_id,
                )
            )

    def write_their_words(self, actor: Actor, moment_id: str, words: str) -> None:
        """Keep what the client said about a moment, with its song.

        Raises
        ------
        NotThereError
            If the moment is not there, or is of a session that is not the asker's.
        """
        with self._transaction() as db:
            require_role(db, actor, "clinician", action="open a session")
            session_id = db.execute(
                sa.select(moments.c.session_id).where(moments.c.id == moment_id)
            ).scalar_one_or_none()
            if session_id is None:
                raise NotThereError("session")
            require_session(db, actor, session_id, at=self.now())
            db.execute(moments.update().where(moments.c.id == moment_id).values(their_words=words[:2000]))
