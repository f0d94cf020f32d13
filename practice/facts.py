"""What happened in a session, told from its events: the part of a note that nobody has to write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice.movement import Movement, read_movement
from practice.plan_copies import read_songs
from practice.schema import events, moments
from practice.session_summaries import SessionAnswer, read_answers


@dataclass(frozen=True)
class Played:
    """One song that was started."""

    track_id: str
    title: str
    artist: str
    started_at: datetime
    ended_at: datetime | None
    how: str
    """`ended`, `skipped`, `stopped`, `missing` (it could not be played), or `open` where nothing says how it ended."""


@dataclass(frozen=True)
class MarkedMoment:
    """A moment that the clinician marked, and what was said about it afterwards."""

    id: str
    at: datetime
    track_id: str | None
    title: str
    position_s: float | None
    text: str
    their_words: str


@dataclass(frozen=True)
class Said:
    """Words of the client, or something they let the therapist know."""

    at: datetime
    kind: str
    """`words`, `told`, `upset`, `question`, `saw`; `mood_moved`: they feel other than the plan and want other music."""
    text: str


@dataclass(frozen=True)
class SessionFacts:
    """Facts only: nothing here says what anything means."""

    session_id: str
    started_at: datetime
    ended_at: datetime | None
    minutes: float | None
    preset: str
    with_client: bool
    played: tuple[Played, ...]
    stops: tuple[datetime, ...]
    answers: tuple[SessionAnswer, ...]
    said: tuple[Said, ...]
    moments: tuple[MarkedMoment, ...]
    not_understood: int
    """Events that were kept but made no sense."""
    movement: Movement | None = None
    """What was moved to, where it was."""


_SAID = {"words": "text", "told": "text", "upset": "level", "question": "answer", "saw": "what", "mood_moved": ""}
_ENDS = {"song_ended": "ended", "skipped": "skipped", "stopped": "stopped", "missing": "missing"}


def facts_of(db: Connection, session: Row[tuple[object, ...]]) -> SessionFacts:
    """The facts of a session that the caller has already been found allowed to read."""
    songs = read_songs(db, str(session.plan_id))
    played: list[Played] = []
    stops: list[datetime] = []
    said: list[Said] = []
    odd = 0
    order = (events.c.at, events.c.received_at, events.c.id)
    for event in db.execute(sa.select(events).where(events.c.session_id == session.id).order_by(*order)):
        odd += event.problem is not None
        values: Mapping[str, Any] = event.data
        if event.kind == "song_started":
            track_id = str(values.get("track", ""))
            song = songs.get(track_id)
            if played and played[-1].track_id == track_id and values.get("from_s"):
                # Going on after a stop: the same play, and nothing has ended it yet.
                played[-1] = replace(played[-1], ended_at=None, how="open")
            elif song is not None:
                played.append(Played(track_id, song.title, song.artist, event.at, None, "open"))
        elif event.kind in _ENDS:
            if event.kind == "stopped":
                stops.append(event.at)
            # Songs that cross over end and begin in one moment: an end is of the song that it names.
            named = values.get("track")
            going_on = [n for n, one in enumerate(played) if one.ended_at is None and named in (None, one.track_id)]
            if going_on:
                played[going_on[-1]] = replace(played[going_on[-1]], ended_at=event.at, how=_ENDS[event.kind])
        elif event.kind == "mood_moved" and values.get("answer") != "yes":
            continue  # asked, and the plan was kept
        elif event.kind in _SAID:
            said.append(Said(event.at, event.kind, str(values.get(_SAID[event.kind], ""))))
    ended = session.ended_at
    return SessionFacts(
        session_id=str(session.id),
        started_at=session.started_at,
        ended_at=ended,
        minutes=None if ended is None else round((ended - session.started_at).total_seconds() / 60, 1),
        preset=str(session.preset),
        with_client=bool(session.with_client),
        played=tuple(played),
        stops=tuple(stops),
        answers=read_answers(db, str(session.id)),
        said=tuple(said),
        moments=tuple(
            MarkedMoment(
                row.id,
                row.at,
                row.track_id,
                songs[row.track_id].title if row.track_id in songs else "",
                row.position_s,
                row.text,
                row.their_words,
            )
            for row in db.execute(sa.select(moments).where(moments.c.session_id == session.id).order_by(moments.c.at))
        ),
        not_understood=odd,
        movement=read_movement(db, str(session.plan_id)),
    )


def facts_as_data(facts: SessionFacts) -> dict[str, Any]:
    """Facts as JSON can hold them: times in ISO 8601."""
    return _plain(asdict(facts))  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return value
