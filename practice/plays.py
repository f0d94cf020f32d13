"""How often songs were played to a client lately, so that a worn one can rest."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import sqlalchemy as sa

from practice.caseload import require_client
from practice.schema import events, sessions, song_marks
from practice.settings import setting
from practice.store import Actor, Store


class Plays(Store):
    """The uses of counting plays."""

    def songs_known(self, actor: Actor, client_id: str) -> set[str]:
        """Songs that a client has heard in a session, or that were marked as known, loved or safe, by track id."""
        with self._reading() as db:
            require_client(db, actor, client_id, at=self.now())
            played = (
                sa.select(events.c.data)
                .join(sessions, sessions.c.id == events.c.session_id)
                .where(sessions.c.client_id == client_id, events.c.kind == "song_started")
            )
            heard = {str(data.get("track")) for data in db.execute(played).scalars()}
            marked = sa.select(song_marks.c.track_id).where(
                song_marks.c.client_id == client_id, song_marks.c.mark.in_(["loved", "known_well", "safe"])
            )
            return heard | set(db.execute(marked).scalars())

    def plays(self, actor: Actor, client_id: str) -> dict[str, int]:
        """Sessions in which each song was played within the last days (setting `played_window_days`), by track id."""
        with self._reading() as db:
            require_client(db, actor, client_id, at=self.now())
            since = self.now() - timedelta(days=setting(db, "played_window_days"))
            rows = db.execute(
                sa.select(events.c.session_id, events.c.data)
                .join(sessions, sessions.c.id == events.c.session_id)
                .where(sessions.c.client_id == client_id, events.c.kind == "song_started", events.c.at >= since)
            )
            # As text: a device may send anything where a track's id belongs.
            once_a_session = {(row.session_id, str(row.data.get("track") or "")) for row in rows}
        return dict(Counter(track_id for _, track_id in once_a_session if track_id))
