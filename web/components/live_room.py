"""A room that is open on another device: what plays, the last answer, and a Stop that does not wait for the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from web.components.definitions import definition
from web.words import say

LONGEST_S = 36_000.0


@dataclass(frozen=True)
class LiveSong:
    """A song as the live view names it."""

    title: str
    facts: str
    duration_s: float
    join_in: str = ""
    """How to join in, in one line."""


@dataclass(frozen=True)
class LiveState:
    """How a room stands."""

    is_open: bool
    songs_started: int
    playing: Mapping[str, str] | None
    """`track_id`, and `since` in ISO 8601."""
    stopped_at: str | None
    answered: Mapping[str, object] | None
    """The last answer: `time`, `valence` and `arousal` as shares of the line."""
    said: Sequence[Mapping[str, str]]
    """What the client let the therapist know: `time`, `kind`, `text`."""
    order: Sequence[str] = ()
    """The songs as the room plays them, by id."""


@dataclass(frozen=True)
class Marked:
    """A moment that was just marked."""

    track_id: str | None
    position_s: float | None
    text: str


def live_room(
    session_id: str,
    state: LiveState,
    *,
    songs: Mapping[str, LiveSong],
    on_marked: Callable[[Marked], None],
) -> None:
    """Show the room of a session.

    Parameters
    ----------
    songs : mapping
        Every song that may play, by track id.
    on_marked : callable
        Called when a moment is marked.
    """
    key = f"live-{session_id}"

    def marked() -> None:
        value = st.session_state[key].marked
        if value:
            on_marked(read_marked(value, songs))

    definition("live_room", html='<div class="attune-live"></div>')(
        key=key,
        data={
            "session_id": session_id,
            "stream": f"/live/{session_id}",
            "stop": f"/live/{session_id}/stop",
            "different": f"/live/{session_id}/different",
            "closing": f"/live/{session_id}/closing",
            "songs": {track_id: asdict(song) for track_id, song in songs.items()},
            "state": asdict(state),
            "texts": texts(),
        },
        on_marked_change=marked,
        on_news_change=lambda: None,
    )


def read_marked(value: object, songs: Mapping[str, LiveSong]) -> Marked:
    """What the browser sent, checked: a song that is not of this session is no song.

    Raises
    ------
    ValueError
        If it is not shaped as the component sends it.
    """
    if not isinstance(value, dict):
        raise ValueError("the live view sent something that is no moment")
    track_id, position = value.get("track_id"), value.get("position_s")
    seconds = float(position) if isinstance(position, (int, float)) and not isinstance(position, bool) else -1.0
    return Marked(
        track_id if isinstance(track_id, str) and track_id in songs else None,
        seconds if 0 <= seconds <= LONGEST_S else None,
        str(value.get("text") or "")[:300],
    )


def texts() -> dict[str, str]:
    """Every sentence of the live view; the browser fills in the places of some of them."""
    plain = (
        "waiting stop stopping stopped not_stopped between over lost note mark marked unknown_song middle feels_bad "
        "feels_good low_energy high_energy not_said different closing asking not_asked cannot_not_playing cannot_last "
        "cannot_none_left cannot_brought"
    )
    filled = {
        "now": say("clinician.live_now", title="{title}", at="{at}", length="{length}", facts="{facts}"),
        "comes": say("clinician.live_comes", title="{title}"),
        "next": say("clinician.live_next", title="{title}", facts="{facts}"),
        "answered": say("clinician.live_answered", time="{time}", words="{words}"),
    }
    messages = {
        f"message_{kind}": say(f"clinician.message_{kind}")
        for kind in ("told", "upset", "words", "question", "saw", "not_mine", "mood_moved")
    }
    return {name: say(f"clinician.live_{name}") for name in plain.split()} | filled | messages
