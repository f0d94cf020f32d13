"""From a speed to a list that keeps it, and its words; no widgets here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from practice.movement import Movement, Rest
from recommender.tempo_match import cadence_of_taps, match_tempo, pulse_against
from web.words import say

if TYPE_CHECKING:
    from music_library import Track
    from recommender import Candidates, Playlist, Rules

MINUTES = (5, 8, 12, 24)
UNEVEN = 0.1
"""Above this part of a beat taps are too uneven to trust the number."""


def speed_of_taps(times_s: Sequence[float]) -> tuple[float | None, str]:
    """The speed that was tapped, to a tenth, and what to say about it; None where taps have no beat."""
    cadence = cadence_of_taps(times_s)
    if cadence is None:
        return None, say("clinician.move_no_beat")
    bpm = round(cadence.bpm, 1)
    uneven = cadence.unsteadiness > UNEVEN
    return bpm, say("clinician.move_tapped_uneven" if uneven else "clinician.move_tapped", bpm=f"{bpm:g}")


def matching(candidates: Candidates, rules: Rules, movement: Movement) -> int:
    """How many songs of the library keep this speed and obey these rules."""
    from recommender.hard_rules import allowed_tracks

    return int(allowed_tracks(candidates, movement.rules(rules)).sum())


def make_list(
    candidates: Candidates, rules: Rules, movement: Movement, *, minutes: float, rest_every: int, rest_minutes: float
) -> tuple[Playlist, Movement]:
    """A list at this speed with its rests, as they fall between its songs.

    Raises
    ------
    NoPlaylistError
        If no song keeps the speed.
    """
    from recommender.constraints import Slot

    def planned(places: Sequence[int]) -> Playlist:
        slots = tuple(Slot(place, "silence", rest_minutes) for place in places)
        return match_tempo(
            candidates,
            movement.cadence_bpm,
            minutes,
            replace(rules, slots=(*rules.slots, *slots)),
            level=movement.level,
            is_loose=movement.is_loose,
        )

    places: list[int] = []
    playlist = planned(places)
    if rest_every:
        # Rests take time from the songs, and which songs there are decides where rests fall: fewer until they fit.
        places = list(range(rest_every, len(playlist.tracks), rest_every))
        while places and (len(places) * rest_minutes >= minutes or places[-1] >= len(planned(places).tracks)):
            places.pop()
        playlist = planned(places)
    return playlist, replace(movement, rests=tuple(Rest(place, rest_minutes) for place in places))


def pulse_says(track: Track, speed_bpm: float) -> str:
    """How a song's pulse stands to the speed: the same, or felt at half or double."""
    if not track.tempo_bpm:
        return ""
    return say(f"clinician.move_pulse_{pulse_against(track.tempo_bpm, speed_bpm)}", tempo=f"{track.tempo_bpm:.0f}")


def movement_says(movement: Movement) -> str:
    """What was moved to, in one line: for the note."""
    text = say(
        "clinician.move_fact",
        purpose=say(f"clinician.move_for_{movement.purpose}"),
        cadence=f"{movement.cadence_bpm:.0f}",
        said_by=say(f"clinician.move_by_{movement.said_by}"),
        level=f"{100 * movement.level:.0f}",
        speed=f"{movement.speed_bpm:.0f}",
    )
    return text + (say("clinician.move_fact_with", who=movement.thought_with) if movement.thought_with else "")
