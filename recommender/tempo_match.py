"""Playlists at a speed to move to: the cadence of a person, and tracks whose pulse matches it.

These songs match a speed; this is not gait training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from recommender.candidates import Candidates
from recommender.constraints import Rules
from recommender.costs import Weights
from recommender.errors import RulesError
from recommender.hard_rules import allowed_tracks
from recommender.mood import Mood
from recommender.planner import plan
from recommender.playlist import PlanRequest, Playlist

TAPS = 13
"""The last 12 intervals."""
LEVELS = (0.9, 0.95, 1.0, 1.05, 1.1)
TOLERANCE, LOOSE_TOLERANCE = 0.03, 0.05
SLOWEST_BPM, FASTEST_BPM = 30.0, 240.0
COUNT_S = 30.0
"""How long steps are counted."""


@dataclass(frozen=True)
class Cadence:
    """A person's speed.

    Attributes
    ----------
    bpm : float
        Steps, claps or taps a minute.
    unsteadiness : float
        Typical departure of a tap from an even beat, as a part of the beat; 0 is even, above 0.1 is hard to match.
    """

    bpm: float
    unsteadiness: float = 0.0


def cadence_of_taps(times_s: Sequence[float]) -> Cadence | None:
    """The cadence of the last 13 taps, or None from fewer than 4 or from taps that have no beat.

    A tap may be missing: taps are counted by the median interval. The beat is the median of the slopes between all
    pairs of taps [1]_, which at 20 ms of human unsteadiness is five times as exact as the median interval.

    References
    ----------
    .. [1] Sen, P. K. "Estimates of the regression coefficient based on Kendall's tau." J. Am. Stat. Assoc., 1968.
    """
    taps = np.asarray(sorted(times_s), float)[-TAPS:]
    if len(taps) < 4:
        return None
    median_s = float(np.median(np.diff(taps)))
    if median_s <= 0:
        return None
    beats = np.concatenate([[0.0], np.cumsum(np.maximum(np.rint(np.diff(taps) / median_s), 1))])
    first, second = np.triu_indices(len(taps), k=1)
    beat_s = float(np.median((taps[second] - taps[first]) / (beats[second] - beats[first])))
    bpm = 60.0 / beat_s
    if not SLOWEST_BPM <= bpm <= FASTEST_BPM:
        return None
    away = taps - beats * beat_s
    return Cadence(bpm, float(np.median(np.abs(away - np.median(away))) / beat_s))


def cadence_of_count(steps: int, *, seconds: float = COUNT_S) -> Cadence:
    """The cadence of steps counted for some time.

    Raises
    ------
    RulesError
        If that is no speed a person moves at.
    """
    bpm = 60.0 * steps / seconds
    if not SLOWEST_BPM <= bpm <= FASTEST_BPM:
        raise RulesError(
            f"{steps} steps in {seconds:g} s are {bpm:.0f} a minute; expected {SLOWEST_BPM:g} to {FASTEST_BPM:g}. "
            "Count again.",
            steps=steps,
            bpm=bpm,
        )
    return Cadence(bpm)


def pulse_against(tempo_bpm: float, cadence_bpm: float) -> Literal["half", "same", "double"]:
    """Whether a track's pulse is counted at half the cadence, the same, or double."""
    octaves = round(float(np.log2(tempo_bpm / cadence_bpm)))
    return "half" if octaves < 0 else "double" if octaves > 0 else "same"


def match_tempo(
    candidates: Candidates,
    cadence_bpm: float,
    minutes: float,
    rules: Rules | None = None,
    *,
    level: float = 1.0,
    mood: Mood | None = None,
    is_loose: bool = False,
    seed: int = 0,
) -> Playlist:
    """Plan music to move to: every likely tempo at the cadence, its half or its double, pulse clear and steady.

    Parameters
    ----------
    candidates : Candidates
        With tempo, its alternative and odds, pulse clarity and tempo drift; a track that lacks one is not used.
    cadence_bpm : float
        The person's own cadence.
    level : float
        Part of the cadence to play at; the therapist alone moves it.
    mood : Mood, optional
        Where the music should stand; without it mood plays next to no part.
    is_loose : bool
        Within 5 % instead of 3 %.

    Raises
    ------
    NoPlaylistError
        If no track matches; `values["hidden"]["cadence_bpm"]` says how many do not.
    """
    rules = replace(
        rules or Rules(),
        cadence_bpm=cadence_bpm * level,
        cadence_tolerance=LOOSE_TOLERANCE if is_loose else TOLERANCE,
        largest_step=3.0 if mood is None else (rules or Rules()).largest_step,
    )
    weights = Weights()
    if mood is None:
        allowed = allowed_tracks(candidates, rules)
        places = candidates.places[allowed]
        mood = Mood(*np.median(places, axis=0).tolist()) if len(places) else Mood(0.0, 0.0)
        weights = replace(weights, tracking=0.1)
    return plan(candidates, PlanRequest(mood, mood, minutes, "stay", seed=seed), rules, weights=weights)
