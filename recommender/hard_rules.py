"""Which tracks a set of rules hides, read on the unsafe side.

A limit on an estimate reads the edge of its 80 % interval and every tempo that has odds of at least 0.2; a mood said by
a person has no spread. What is not known is not allowed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.candidates import Candidates
from recommender.constraints import FeatureRange, Rules
from recommender.errors import RulesError

EDGE = 1.2816
"""Standard deviations to the edge of an 80 % interval."""
LIKELY_TEMPO = 0.2
DRIFT_STEP = 0.0101
"""Local tempos are heard in steps of one in a hundred: a drift of one step is none."""
STEADY_SHARE = 2 / 3
"""A track may drift by this part of the tolerance: what breathes within a few seconds drifts more than is heard."""
ROUNDING_S = 0.5
"""A piece of a minute may be coded a little shorter."""
DISLIKED = 0.2
"""Liking up to this is dislike, and never plays."""
RANGE_FEATURES = (
    "duration_s",
    "tempo_bpm",
    "tempo_drift",
    "pulse_clarity",
    "key_clarity",
    "mode",
    "loudness_lufs",
    "valence",
    "arousal",
    "largest_rise_db",
)

Mask = NDArray[np.bool_]


def hidden_tracks(candidates: Candidates, rules: Rules) -> dict[str, Mask]:
    """Every rule that is on, by name, with the tracks that it hides, each mask of shape (n_tracks,).

    `unknown_mood` and `unknown_length` are always on: what cannot be placed on the route or in time cannot be planned.
    """
    hidden: dict[str, Mask] = {
        "unknown_mood": np.isnan(candidates.places.sum(axis=1)),
        "unknown_length": ~(candidates.duration_s > 0),
    }
    for name, is_on, tells in _RULES:
        if is_on(rules):
            hidden[name] = tells(candidates, rules)
    return hidden


def allowed_tracks(candidates: Candidates, rules: Rules) -> Mask:
    """Tracks that no rule hides, shape (n_tracks,)."""
    allowed = np.ones(len(candidates), np.bool_)
    for mask in hidden_tracks(candidates, rules).values():
        allowed &= ~mask
    return allowed


def low_tracks(candidates: Candidates, rules: Rules) -> Mask:
    """Tracks that count as a low mood: those whose valence may lie below `low_valence`."""
    if rules.low_valence is None:
        return np.zeros(len(candidates), np.bool_)
    low, _ = mood_interval(candidates, "valence")
    return ~(low >= rules.low_valence)


def mood_interval(candidates: Candidates, axis: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Edges of the 80 % interval of `valence` or `arousal`, each of shape (n_tracks,); NaN where unknown."""
    middle = getattr(candidates, axis).astype(float)
    spread = np.where(candidates.known("certain_mood"), 0.0, getattr(candidates, f"{axis}_sd").astype(float))
    return middle - EDGE * spread, middle + EDGE * spread


def likely_tempos(candidates: Candidates) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The tempos with odds of at least 0.2: the first, and the alternative, each of shape (n_tracks,).

    NaN in the first means that no tempo is known; NaN in the second, that there is no other likely tempo.
    """
    first = candidates.tempo_bpm.astype(float)
    second = candidates.known("tempo_alternative_bpm").astype(float)
    odds = candidates.known("tempo_odds").astype(float)
    second = np.where(1 - odds < LIKELY_TEMPO, np.nan, second)  # odds nobody knows leave both standing
    only_second = (odds < LIKELY_TEMPO) & np.isfinite(second)
    return np.where(only_second, second, first), second


def at_cadence(candidates: Candidates, cadence_bpm: float, tolerance: float | NDArray[np.float64]) -> Mask:
    """Whether every likely tempo is `cadence_bpm`, its half or its double, within `tolerance`, shape (n_tracks,).

    A tolerance of shape (n_tracks,) is each track's own.
    """

    def fits(tempo: NDArray[np.float64]) -> Mask:
        fit = np.zeros(len(tempo), np.bool_)
        for factor in (0.5, 1.0, 2.0):
            fit |= np.abs(tempo / (cadence_bpm * factor) - 1.0) <= tolerance
        return fit

    first, second = likely_tempos(candidates)
    return fits(first) & (np.isnan(second) | fits(second))


def words_of(text: str) -> list[str]:
    """The words of a text, without case, width or accents written apart."""
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())


def _has_ids(candidates: Candidates, track_ids: Iterable[str]) -> Mask:
    """Tracks with these ids, and every other file of the same songs."""
    rows = [row for row in map(candidates.position_of.get, track_ids) if row is not None]
    return np.isin(candidates.song, candidates.song[rows]) if rows else np.zeros(len(candidates), np.bool_)


def _only(candidates: Candidates, rules: Rules) -> Mask:
    hidden = np.ones(len(candidates), np.bool_)
    rows = [row for row in map(candidates.position_of.get, rules.only_tracks or ()) if row is not None]
    hidden[rows] = False
    return hidden


def _names(candidates: Candidates, names: Sequence[str], matches: Callable[[str], bool]) -> Mask:
    """Tracks whose name matches, or has none: what cannot be checked does not play."""
    if len(names) != len(candidates):
        return np.ones(len(candidates), np.bool_)
    answers: dict[str, bool] = {}
    for name in names:
        if name not in answers:
            answers[name] = not name.strip() or matches(name)
    return np.fromiter((answers[name] for name in names), np.bool_, len(names))


_JOINED = re.compile(r"\s*(?:[;,/&+]|\b(?:feat|ft|featuring|with|vs|and|x)\b\.?)\s*", re.IGNORECASE)


def _artist_matcher(avoided: frozenset[str]) -> Callable[[str], bool]:
    wanted = {" ".join(words_of(name)) for name in avoided}

    def matches(name: str) -> bool:
        return not wanted.isdisjoint(" ".join(words_of(part)) for part in (name, *_JOINED.split(name)))

    return matches


def _title_matcher(avoided: frozenset[str]) -> Callable[[str], bool]:
    # "rain" hides the word rain, "rain*" also rainy and rainbow, "old house" those two words in a row.
    patterns = [
        re.compile(
            rf"(?:^| ){re.escape(' '.join(words_of(word)))}" + ("" if word.rstrip().endswith("*") else "(?: |$)")
        )
        for word in avoided
        if words_of(word)
    ]
    return lambda title: any(pattern.search(" ".join(words_of(title))) for pattern in patterns)


def _themes(candidates: Candidates, rules: Rules) -> Mask:
    # Words that nobody has checked may be about anything; a piece known to be instrumental has none.
    unchecked: Mask = ~(candidates.known("words_checked") | candidates.known("instrumental"))
    if len(candidates.themes) != len(candidates):
        return unchecked
    avoided = {theme.casefold() for theme in rules.avoid_themes}
    named = [not avoided.isdisjoint(theme.casefold() for theme in themes) for themes in candidates.themes]
    return unchecked | np.array(named, np.bool_)


def _ranges(candidates: Candidates, rules: Rules) -> Mask:
    hidden = np.zeros(len(candidates), np.bool_)
    for avoided in rules.avoid_ranges:
        hidden |= _in_range(candidates, avoided)
    return hidden


def _in_range(candidates: Candidates, avoided: FeatureRange) -> Mask:
    if avoided.feature not in RANGE_FEATURES:
        raise RulesError(
            f"{avoided.feature!r} is no feature that a range can avoid; use one of {', '.join(RANGE_FEATURES)}.",
            feature=avoided.feature,
            known=RANGE_FEATURES,
        )
    if avoided.feature == "tempo_bpm":
        first, second = likely_tempos(candidates)
        inside = (second >= avoided.low) & (second <= avoided.high)
        return ~((first < avoided.low) | (first > avoided.high)) | inside
    if avoided.feature in ("valence", "arousal"):
        low, high = mood_interval(candidates, avoided.feature)
    else:
        low = high = candidates.known(avoided.feature).astype(float)
    return ~((high < avoided.low) | (low > avoided.high))


def _tempo_limits(candidates: Candidates, rules: Rules) -> Mask:
    slowest = -np.inf if rules.min_tempo_bpm is None else rules.min_tempo_bpm
    fastest = np.inf if rules.max_tempo_bpm is None else rules.max_tempo_bpm
    first, second = likely_tempos(candidates)
    return ~((first >= slowest) & (first <= fastest)) | (second < slowest) | (second > fastest)


def _cadence(candidates: Candidates, rules: Rules) -> Mask:
    cadence = rules.cadence_bpm or 0.0
    drift = candidates.known("tempo_drift").astype(float)
    # All of the track must lie within, not its middle: what it drifts is taken from what it may be off.
    fits = at_cadence(candidates, cadence, rules.cadence_tolerance - np.maximum(drift - DRIFT_STEP, 0.0))
    clear = candidates.known("pulse_clarity") >= rules.cadence_pulse_clarity
    steady = drift <= STEADY_SHARE * rules.cadence_tolerance + 1e-6
    return ~(fits & clear & steady)


def _low_mood(candidates: Candidates, rules: Rules) -> Mask:
    # With no room for a low mood at all, such tracks are as good as avoided.
    return low_tracks(candidates, rules)


_Rule = tuple[str, Callable[[Rules], bool], Callable[[Candidates, Rules], Mask]]
_RULES: tuple[_Rule, ...] = (
    ("min_track_s", lambda r: r.min_track_s > 0, lambda c, r: c.duration_s < r.min_track_s - ROUNDING_S),
    (
        "max_track_s",
        lambda r: r.max_track_s is not None,
        lambda c, r: c.duration_s > (r.max_track_s or 0.0) + ROUNDING_S,
    ),
    ("only_tracks", lambda r: r.only_tracks is not None, _only),
    ("avoid_tracks", lambda r: bool(r.avoid_tracks), lambda c, r: _has_ids(c, r.avoid_tracks)),
    ("vetoes", lambda r: bool(r.vetoes), lambda c, r: _has_ids(c, r.vetoes)),
    (
        "disliked",
        lambda r: any(liking <= DISLIKED for liking in r.liking.values()),
        lambda c, r: _has_ids(c, [track_id for track_id, liking in r.liking.items() if liking <= DISLIKED]),
    ),
    (
        "avoid_artists",
        lambda r: bool(r.avoid_artists),
        lambda c, r: _names(c, c.artists, _artist_matcher(r.avoid_artists)),
    ),
    (
        "avoid_albums",
        lambda r: bool(r.avoid_albums),
        lambda c, r: _names(c, c.albums, lambda name: words_of(name) in [words_of(album) for album in r.avoid_albums]),
    ),
    (
        "avoid_title_words",
        lambda r: bool(r.avoid_title_words),
        lambda c, r: _names(c, c.titles, _title_matcher(r.avoid_title_words)),
    ),
    ("avoid_themes", lambda r: bool(r.avoid_themes), _themes),
    ("avoid_ranges", lambda r: bool(r.avoid_ranges), _ranges),
    (
        "max_arousal",
        lambda r: r.max_arousal is not None,
        lambda c, r: ~(mood_interval(c, "arousal")[1] <= (r.max_arousal or 0.0)),
    ),
    (
        "low_valence",
        lambda r: r.low_valence is not None and 0 in (r.max_low_valence_tracks, r.max_low_valence_minutes),
        _low_mood,
    ),
    (
        "max_rise_db",
        lambda r: r.max_rise_db is not None,
        lambda c, r: ~(c.known("largest_rise_db") <= (r.max_rise_db or 0.0)),
    ),
    ("tempo", lambda r: r.min_tempo_bpm is not None or r.max_tempo_bpm is not None, _tempo_limits),
    ("cadence_bpm", lambda r: r.cadence_bpm is not None, _cadence),
)
