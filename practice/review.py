"""Sessions side by side: a run chart with its band, one change and its chance, songs before rises and falls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from practice.caseload import require_client
from practice.change import MeanChange, Odds, band, chance_of, mean_change, plain_odds
from practice.facts import facts_of
from practice.own_scales import find_scale
from practice.scales import to_plane
from practice.schema import sessions
from practice.session_rows import require_session
from practice.session_summaries import SessionAnswer, read_answers
from practice.settings import setting
from practice.store import Actor, Store


@dataclass(frozen=True)
class Change:
    """One line before and after one session, as shares of the line; only the client's own answers."""

    session_id: str
    at: datetime
    item: str
    before: float
    after: float
    difference: float
    chance: float
    """How often a gap this big would show without any change."""
    odds: Odds


@dataclass(frozen=True)
class SongBefore:
    """A song, and how sessions in which it played turned out; no cause is claimed."""

    track_id: str
    title: str
    artist: str
    sessions: int
    rises: int
    falls: int
    is_grey: bool
    """Too few sessions to look at."""


@dataclass(frozen=True)
class Review:
    """What the review page may show of one line."""

    item: str
    sessions: int
    enough_for_a_chart: bool
    changes: tuple[Change, ...]
    """Oldest first."""
    band: float
    mean: MeanChange | None
    """None until there are enough sessions for a sentence."""
    songs: tuple[SongBefore, ...]


def change_in(
    db: Connection,
    answers: tuple[SessionAnswer, ...],
    item: str,
    *,
    session_id: str,
    at: datetime,
    rating_error: float,
) -> Change | None:
    """The change of one line in one session; None where an end is missing, or it is no line, or a carer answered."""
    ends: dict[str, float] = {}
    for answer in answers:
        if answer.item != item or answer.number is None or answer.said_by != "client":
            continue
        scale = find_scale(db, answer.scale_id, answer.scale_version)
        line = None if scale is None or scale.kind != "slider" else scale.item(answer.item)
        if line is not None:
            ends[answer.phase] = (to_plane(line, answer.number) + 1) / 2
    if "before" not in ends or "after" not in ends:
        return None
    difference = ends["after"] - ends["before"]
    chance = chance_of(difference, rating_error=rating_error)
    return Change(session_id, at, item, ends["before"], ends["after"], difference, chance, plain_odds(chance))


class Reviews(Store):
    """The uses of looking back."""

    def change(self, actor: Actor, session_id: str, item: str = "valence") -> Change | None:
        """The change of one line in one session, with its chance; None where there is none to tell."""
        with self._reading() as db:
            row = require_session(db, actor, session_id, at=self.now())
            return change_in(
                db,
                read_answers(db, session_id),
                item,
                session_id=session_id,
                at=row.started_at,
                rating_error=setting(db, "rating_error"),
            )

    def review(self, actor: Actor, client_id: str, item: str = "valence") -> Review:
        """All changes of one line, its band, and the songs that played before rises and falls."""
        with self._reading() as db:
            require_client(db, actor, client_id, at=self.now())
            return self._review(db, client_id, item)

    def _review(self, db: Connection, client_id: str, item: str) -> Review:
        error = setting(db, "rating_error")
        rows = db.execute(
            sa.select(sessions).where(sessions.c.client_id == client_id).order_by(sessions.c.started_at)
        ).all()
        changes: list[Change] = []
        songs: dict[str, list[object]] = {}
        turned: dict[str, list[int]] = {}
        for row in rows:
            change = change_in(
                db, read_answers(db, str(row.id)), item, session_id=str(row.id), at=row.started_at, rating_error=error
            )
            if change is None:
                continue
            changes.append(change)
            # One play counts once a session, and a difference within one rating's error counts as neither.
            direction = 0 if abs(change.difference) < error else 1 if change.difference > 0 else -1
            for song in {played.track_id: played for played in facts_of(db, row).played}.values():
                songs[song.track_id] = [song.title, song.artist]
                turned.setdefault(song.track_id, []).append(direction)
        grey = setting(db, "songs_greyed_under")
        return Review(
            item=item,
            sessions=len(changes),
            enough_for_a_chart=len(changes) >= setting(db, "sessions_for_a_chart"),
            changes=tuple(changes),
            band=band(error),
            mean=mean_change(
                [change.difference for change in changes], sessions_needed=int(setting(db, "sessions_for_a_sentence"))
            ),
            songs=tuple(
                SongBefore(
                    track_id,
                    str(songs[track_id][0]),
                    str(songs[track_id][1]),
                    len(ways),
                    ways.count(1),
                    ways.count(-1),
                    len(ways) < grey,
                )
                for track_id, ways in sorted(turned.items(), key=lambda entry: (-len(entry[1]), entry[0]))
            ),
        )
