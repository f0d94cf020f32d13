"""What a playlist must obey (hard rules) and what it leans towards (soft preferences)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class FeatureRange:
    """Avoid tracks whose `feature` (a numeric library column) lies in [`low`, `high`]."""

    feature: str
    low: float = float("-inf")
    high: float = float("inf")


@dataclass(frozen=True)
class Slot:
    """Something in the session that is not a song: live playing, talk, silence."""

    position: int
    kind: Literal["live", "talk", "silence"]
    minutes: float


@dataclass(frozen=True)
class Rules:
    """Hard rules and soft preferences for one plan; needs no client record.

    Limits on an estimate read the unsafe edge of its 80 % interval and treat unknown as not allowed; a person's
    correction counts as certain.
    """

    # Hard: what never plays
    avoid_tracks: frozenset[str] = frozenset()
    avoid_artists: frozenset[str] = frozenset()
    avoid_albums: frozenset[str] = frozenset()
    avoid_title_words: frozenset[str] = frozenset()
    avoid_themes: frozenset[str] = frozenset()
    avoid_ranges: tuple[FeatureRange, ...] = ()
    vetoes: frozenset[str] = frozenset()
    only_tracks: frozenset[str] | None = None
    min_track_s: float = 60.0
    """Shorter files are jingles and sound effects, not songs."""
    max_track_s: float | None = None
    # Hard: limits by effect
    max_arousal: float | None = None
    low_valence: float | None = None
    """Where a low mood begins; the two below bound how much of it a plan may hold, and it never comes last."""
    max_low_valence_tracks: int | None = None
    max_low_valence_minutes: float | None = None
    max_rise_db: float | None = None
    min_tempo_bpm: float | None = None
    max_tempo_bpm: float | None = None
    # Hard: shape
    largest_step: float | None = None
    """No track further than this from the one before it; never relaxed once a person has set it."""
    length_tolerance_s: float = 30.0
    artist_spacing: int = 3
    """No artist twice within this many tracks."""
    pins: Mapping[int, str] = field(default_factory=dict)
    """Position (0 is first) to track id; locked tracks are pins."""
    opening: str | None = None
    closing: str | None = None
    slots: tuple[Slot, ...] = ()
    cadence_bpm: float | None = None
    cadence_tolerance: float = 0.03
    cadence_pulse_clarity: float = 0.3
    """How clear a track's pulse must be to move to."""
    # Soft
    liking: Mapping[str, float] = field(default_factory=dict)
    """Track id to liking in [0, 1]; unknown is neutral."""
    familiar_first: frozenset[str] = frozenset()
    rested: frozenset[str] = frozenset()
    """Worn songs: used only where nothing else fits."""
    instrumental_first: bool = False
    prefer_min_tempo_bpm: float | None = None
    """Tempos from here to the next one are preferred; a song that is loved or known well comes first all the same."""
    prefer_max_tempo_bpm: float | None = None
    low_energy_first: bool = False
