"""One client as a listener: what their answers say of how they hear music, as long as they agree."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Connection

from practice import audit
from practice.caseload import require_client
from practice.consent import is_on
from practice.facts import facts_of
from practice.schema import forgotten_listeners, sessions, song_marks
from practice.store import Actor, Store
from practice.training_table import felt_in

if TYPE_CHECKING:
    from recommender.candidates import Candidates
    from recommender.personal import Listener

_LIKED = {"loved": 1.0, "known_well": 0.5, "painful": -1.0}
_SKIPPED = -0.3
"""Another song was wanted: a hint, much weaker than a word."""


class Listeners(Store):
    """The uses of what a client's answers say of them as a listener."""

    def listener(self, actor: Actor, client_id: str, candidates: Candidates) -> Listener | None:
        """How this client differs from everyone, from how they felt with songs and what they like.

        None where they have not agreed that their answers choose songs for them, or none of their answers is left.

        Parameters
        ----------
        candidates : Candidates
            The library, for everyone's estimate of each song.
        """
        with self._reading() as db:
            require_client(db, actor, client_id, at=self.now())
            return listener_in(db, client_id, candidates)

    def listener_answers(self, actor: Actor, client_id: str) -> int:
        """How many answers would be used, whether they agree or not: songs with which they said how they felt."""
        with self._reading() as db:
            require_client(db, actor, client_id, at=self.now())
            return len(_answers(db, client_id)[0])

    def forget_listener(self, actor: Actor, client_id: str) -> None:
        """Forget what was learned: answers given until now choose no songs any more. The record keeps them."""
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            forget(db, client_id, at=self.now())
            audit.note(db, at=self.now(), who=actor.account_id, action="listener_forgotten", subject=client_id)

    def private_songs(self, actor: Actor) -> frozenset[str]:
        """Ids of songs that are one client's own, whoever's: they are put before nobody else unasked."""
        from practice.store import require_role

        with self._reading() as db:
            require_role(db, actor, "clinician", "retrainer", "administrator", action="place songs")
            rows = db.execute(sa.select(song_marks.c.track_id).where(song_marks.c.mark.in_(["private", "painful"])))
            return frozenset(rows.scalars())

    def wanted_songs(self, actor: Actor) -> frozenset[str]:
        """Ids of songs that clients of the caseload love, know well or want found."""
        from practice.caseload import in_caseload
        from practice.schema import caseload
        from practice.store import require_role

        with self._reading() as db:
            require_role(db, actor, "clinician", action="see what clients want")
            mine = sa.exists().where(caseload.c.client_id == song_marks.c.client_id, *in_caseload(actor, self.now()))
            marks = ["loved", "known_well", "to_find"]
            rows = db.execute(sa.select(song_marks.c.track_id).where(song_marks.c.mark.in_(marks), mine))
            return frozenset(rows.scalars())


def listener_in(db: Connection, client_id: str, candidates: Candidates) -> Listener | None:
    """See `Listeners.listener`; the caller has made sure that this client's answers may be used here."""
    from recommender.personal import fit_listener

    if not is_on(db, client_id, "choose_songs"):
        return None
    felt, liked = _answers(db, client_id)
    known = [one for one in {*(track for track, *_ in felt), *liked} if one in candidates.position_of]
    ratings = [(one, v, a) for one, v, a in felt if one in candidates.position_of]
    if not ratings:
        return None
    rated = {track for track, *_ in ratings}
    rows = [(one, v, a) for one, v, a in ratings] + [(one, np.nan, np.nan) for one in sorted(set(known) - rated)]
    at = [candidates.position_of[one] for one, *_ in rows]
    seen: set[str] = set()
    likings = []
    for one, *_ in rows:  # each song's liking counts once, however often it was felt
        likings.append(np.nan if one in seen else liked.get(one, np.nan))
        seen.add(one)
    return fit_listener(
        candidates.places[at],
        np.array([[v, a] for _, v, a in rows]),
        likings,
        sds=np.column_stack([candidates.valence_sd[at], candidates.arousal_sd[at]]).astype(float),
    )


def forget(db: Connection, client_id: str, *, at: datetime) -> None:
    """From now on only answers after `at` count, in the caller's transaction."""
    db.execute(forgotten_listeners.delete().where(forgotten_listeners.c.client_id == client_id))
    db.execute(forgotten_listeners.insert().values(client_id=client_id, forgotten_at=at))


def _answers(db: Connection, client_id: str) -> tuple[list[tuple[str, float, float]], dict[str, float]]:
    """How they felt with songs, and how they like songs, since it was last forgotten."""
    since = db.execute(
        sa.select(forgotten_listeners.c.forgotten_at).where(forgotten_listeners.c.client_id == client_id)
    ).scalar_one_or_none()
    felt: list[tuple[str, float, float]] = []
    liked: dict[str, float] = {}
    query = sa.select(sessions).where(sessions.c.client_id == client_id).order_by(sessions.c.started_at)
    for session in db.execute(query if since is None else query.where(sessions.c.started_at > since)):
        felt += felt_in(db, session)
        liked |= {played.track_id: _SKIPPED for played in facts_of(db, session).played if played.how == "skipped"}
    marks = sa.select(song_marks.c.track_id, song_marks.c.mark).where(song_marks.c.client_id == client_id)
    for row in db.execute(marks if since is None else marks.where(song_marks.c.marked_at > since)):
        if row.mark in _LIKED:
            liked[row.track_id] = _LIKED[row.mark]
    return felt, liked
