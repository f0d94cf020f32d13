"""While a session goes on and right after: messages, marked moments, the form for when something upset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from practice import audit
from practice.caseload import in_caseload, require_client
from practice.errors import BadClientError, NotThereError
from practice.facts import SessionFacts, facts_of
from practice.plan_copies import read_songs
from practice.schema import caseload, clients, events, moments, read_messages, sessions, upset_forms
from practice.session_rows import require_session
from practice.store import Actor, Store, new_id, require_role

_UPSET = ("a_little", "a_lot")


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


@dataclass(frozen=True)
class UpsetForm:
    """What was playing and what was seen when music upset somebody."""

    id: str
    client_id: str
    session_id: str | None
    track_id: str | None
    playing: str
    place: str
    seen: str
    helped: str
    done: str
    written_at: datetime
    avoid_proposed: tuple[str, str] | None
    """Kind and value of the entry that the form proposes for the avoid list, if it names a song."""


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
            if row.kind == "upset" and row.data.get("level") not in _UPSET:
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

    def write_upset_form(
        self,
        actor: Actor,
        client_id: str,
        *,
        session_id: str | None = None,
        track_id: str | None = None,
        playing: str = "",
        place: str = "",
        seen: str,
        helped: str = "",
        done: str = "",
    ) -> UpsetForm:
        """Write down that something upset a client; an entry on the avoid list is proposed, not made."""
        if not seen.strip():
            raise BadClientError("Please say what was seen; the other fields can stay empty.")
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            if session_id is not None:
                session = require_session(db, actor, session_id, at=self.now())
                if session.client_id != client_id:
                    raise NotThereError("session")
                if track_id is not None and not playing:
                    song = read_songs(db, str(session.plan_id)).get(track_id)
                    playing = "" if song is None else f"{song.title} · {song.artist}"
            form_id = new_id()
            values = {
                "id": form_id, "client_id": client_id, "session_id": session_id, "track_id": track_id,
                "playing": playing[:500], "place": place[:500], "seen": seen[:4000], "helped": helped[:4000],
                "done": done[:4000], "written_at": self.now(),
            }  # fmt: skip
            db.execute(upset_forms.insert().values(**values, written_by=actor.account_id))
            audit.note(db, at=self.now(), who=actor.account_id, action="upset_form", subject=client_id, form=form_id)
        return UpsetForm(**values, avoid_proposed=None if track_id is None else ("track", track_id))  # type: ignore[arg-type]

    def upset_forms(self, actor: Actor, client_id: str) -> list[UpsetForm]:
        """What has upset a client, newest first."""
        with self._reading() as db:
            require_client(db, actor, client_id, at=self.now())
            rows = db.execute(
                sa.select(upset_forms)
                .where(upset_forms.c.client_id == client_id)
                .order_by(upset_forms.c.written_at.desc(), upset_forms.c.id)
            )
            return [
                UpsetForm(
                    row.id,
                    row.client_id,
                    row.session_id,
                    row.track_id,
                    row.playing,
                    row.place,
                    row.seen,
                    row.helped,
                    row.done,
                    row.written_at,
                    None if row.track_id is None else ("track", row.track_id),
                )
                for row in rows
            ]
