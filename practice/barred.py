"""Judging the songs of a plan, as it copied them, by what bounds the client now.

The planner has judged the catalogue when the plan was made. Limits and the avoid list may have changed since, so the
copies are judged again when a plan is approved, when a session starts, and at every song that a room asks for, with the
planner's own hard rules, so that the two can never disagree about what a rule means.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from practice.safety import Protection, rules_for
from recommender.candidates import Candidates
from recommender.constraints import Rules
from recommender.hard_rules import hidden_tracks

NUMBERS = (
    "tempo_bpm",
    "tempo_alternative_bpm",
    "tempo_odds",
    "tempo_drift",
    "pulse_clarity",
    "key_clarity",
    "mode",
    "largest_rise_db",
)
"""Columns that a plan copies beside title, length, loudness and mood, because limits read them."""
CLAIMS = ("instrumental", "words_checked")
# A plan is not made anew here: what has no place on the route was planned all the same, such as a closing song.
_NOT_JUDGED = frozenset({"unknown_mood", "unknown_length", "min_track_s", "max_track_s"})


class CopiedSong(Protocol):
    """A track as a plan copied it."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def artist(self) -> str: ...
    @property
    def album(self) -> str: ...
    @property
    def duration_s(self) -> float: ...
    @property
    def loudness_lufs(self) -> float | None: ...
    @property
    def valence(self) -> float | None: ...
    @property
    def valence_sd(self) -> float | None: ...
    @property
    def arousal(self) -> float | None: ...
    @property
    def arousal_sd(self) -> float | None: ...
    @property
    def mood_source(self) -> str | None: ...
    @property
    def themes(self) -> Collection[str]: ...
    @property
    def numbers(self) -> Mapping[str, float | None]: ...


def _column(values: Collection[float | None]) -> NDArray[np.float32]:
    return np.array([np.nan if value is None else value for value in values], np.float32)


def as_candidates(songs: Collection[CopiedSong]) -> Candidates:
    """The copies as the planner reads tracks; what a copy does not say is unknown."""
    songs = list(songs)
    columns: dict[str, Any] = {name: _column([song.numbers.get(name) for song in songs]) for name in NUMBERS}
    columns |= {name: np.array([song.numbers.get(name) == 1 for song in songs], np.bool_) for name in CLAIMS}
    return Candidates(
        ids=np.array([song.id for song in songs], np.str_),
        valence=_column([song.valence for song in songs]),
        arousal=_column([song.arousal for song in songs]),
        valence_sd=_column([song.valence_sd for song in songs]),
        arousal_sd=_column([song.arousal_sd for song in songs]),
        duration_s=_column([song.duration_s for song in songs]),
        tempo_bpm=columns.pop("tempo_bpm"),
        key=np.full(len(songs), -1, np.int8),
        loudness_lufs=_column([song.loudness_lufs for song in songs]),
        artist=np.full(len(songs), -1, np.int32),
        song=np.arange(len(songs), dtype=np.int32),
        certain_mood=np.array([song.mood_source in ("correction", "tag") for song in songs], np.bool_),
        titles=tuple(song.title for song in songs),
        artists=tuple(song.artist for song in songs),
        albums=tuple(song.album for song in songs),
        themes=tuple(frozenset(song.themes) for song in songs),
        **columns,
    )


def _judgeable(rules: Rules, songs: Collection[CopiedSong]) -> Rules:
    """Without the rules on what no copy says: a catalogue that does not hand it over must not bar every plan."""

    def said(name: str) -> bool:
        return any(song.numbers.get(name) is not None for song in songs)

    changes: dict[str, object] = {
        "avoid_ranges": tuple(r for r in rules.avoid_ranges if r.feature not in NUMBERS or said(r.feature))
    }
    if not said("largest_rise_db"):
        changes["max_rise_db"] = None
    if not said("words_checked"):
        changes["avoid_themes"] = frozenset()
    return replace(rules, **changes)  # type: ignore[arg-type]


def barred_songs(songs: Collection[CopiedSong], protection: Protection) -> frozenset[str]:
    """Ids of the songs that this client must not hear now."""
    if not songs:
        return frozenset()
    rules = rules_for(protection)
    candidates = as_candidates(songs)
    barred = np.zeros(len(candidates), np.bool_)
    for name, hidden in hidden_tracks(candidates, _judgeable(rules, songs)).items():
        if name not in _NOT_JUDGED:
            barred |= hidden
    named = {theme.casefold() for theme in rules.avoid_themes}
    by_theme = {song.id for song in songs if named & {theme.casefold() for theme in song.themes}}
    return frozenset(candidates.ids[barred].tolist()) | by_theme
