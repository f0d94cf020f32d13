"""The form for when something upset somebody: written after a session, and asked for where the client said so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from practice import audit
from practice.caseload import in_caseload, require_client
from practice.errors import BadClientError, NotThereError
from practice.plan_copies import read_songs
from practice.schema import caseload, clients, events, notes, sessions, upset_forms
from practice.session_rows import is_of_a_group, require_session
from practice.store import Actor, Store, new_id, require_role

UPSET_LEVELS = ("a_little", "a_lot")
"""Answers that ask for a form."""


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


@dataclass(frozen=True)
class UpsetWaiting:
    """A session of which the client said that something upset them, and nobody has written down what."""

    session_id: str
    client_id: str
    code: str
    said_at: datetime


class UpsetForms(Store):
    """The uses of upset forms."""

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

    def upset_waiting(self, actor: Actor) -> list[UpsetWaiting]:
        """Sessions of the caseload that wait for a form, newest first.

        One waits until its form is written, or its note is signed: then the therapist has decided that none is needed.
        """
        with self._reading() as db:
            require_role(db, actor, "clinician", action="read upset forms")
            mine = sa.exists().where(caseload.c.client_id == sessions.c.client_id, *in_caseload(actor, self.now()))
            written = sa.exists().where(upset_forms.c.session_id == sessions.c.id)
            signed = sa.exists().where(notes.c.session_id == sessions.c.id, notes.c.signed_at.is_not(None))
            rows = db.execute(
                sa.select(events.c.at, events.c.data, sessions.c.id, sessions.c.client_id, clients.c.code)
                .join(sessions, sessions.c.id == events.c.session_id)
                .join(clients, clients.c.id == sessions.c.client_id)
                .where(events.c.kind == "upset", mine, ~written, ~signed, ~is_of_a_group())
                .order_by(events.c.at.desc())
            ).all()
        found = {
            row.id: UpsetWaiting(row.id, row.client_id, row.code, row.at)
            for row in rows
            if row.data.get("level") in UPSET_LEVELS
        }
        return list(found.values())
