"""The key and the soft mode of a whole recording, from several witnesses, as probabilities.

A profile alone takes a piece in minor for its relative major where the tune leans that way. Roots and bass know better
where home is, and the third, sixth and seventh above it whether that is bright or dark. Which triads are heard is no
witness: chords without a third, a drone or a tune alone make any triad of their harmonics.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.key_profiles import key_correlations, key_name
from features.tonal import Pitches, half_seconds

_MIN_TUNED_SHARE = 0.4
# One held tone alone reaches 0.60.
_MIN_KEY_CLARITY = 0.62
# Conditional logistic regression of the key among the 24, fitted on the tuning half of `benchmarks/corpus.py` and on
# 210 renders without chords (tunes alone, over a drone, over fifths): what a correlation of 1, a share of 1 and a
# logarithm of 1 add to the logarithm of a key's odds.
_WEIGHTS = {
    "albrecht_shanahan": 12.3,
    "bellman_budge_upper": 3.59,
    "bass_on_tonic": 8.3,
    "root_on_tonic": 7.86,
    "third": 1.82,
    "sixth": 0.727,
    "seventh": 27.1,
}
_MINOR = 0.625
# A degree that is never heard differs from a rare one, but not without bound.
_RARE = 0.01
# A root with its fifth: where chords have no third, as with distorted guitars or drones, they still have these.
_FIFTHS = np.asarray([np.roll([1, 0, 0, 0, 0, 0, 0, 0.8, 0, 0, 0, 0], root) for root in range(12)], dtype=np.float32).T


class Tonality(NamedTuple):
    """Key and soft mode of a recording; None where there is no tonality."""

    key: str | None
    clarity: float | None
    mode: float | None


class KeyEvidence(NamedTuple):
    """What tells the key, summed over frames, so that stretches can be added up; each of shape (12,), C first."""

    plain_chroma: NDArray[np.float64]
    """With harmonics."""
    clean_chroma: NDArray[np.float64]
    upper_chroma: NDArray[np.float64]
    bass_chroma: NDArray[np.float64]
    roots: NDArray[np.float64]
    """How many half seconds each root with its fifth fits best."""


def key_evidence(pitch: Pitches) -> KeyEvidence:
    """Sum up a stretch."""
    nearest = (half_seconds(pitch.chroma) @ _FIFTHS).argmax(axis=1)
    return KeyEvidence(
        plain_chroma=pitch.plain_chroma.sum(axis=0, dtype=np.float64),
        clean_chroma=pitch.chroma.sum(axis=0, dtype=np.float64),
        upper_chroma=pitch.upper_chroma.sum(axis=0, dtype=np.float64),
        bass_chroma=pitch.bass_chroma.sum(axis=0, dtype=np.float64),
        roots=np.bincount(nearest, minlength=12).astype(np.float64),
    )


def _shares(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(x / max(float(x.sum()), 1e-9))


def _both_modes(of_tonic: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([of_tonic, of_tonic])


def _major_over_minor(degrees: NDArray[np.float64], *, major: int) -> NDArray[np.float64]:
    """How far each key is favoured by its larger third, sixth or seventh against the smaller one, shape (24,)."""
    lean = np.roll(degrees, -major) - np.roll(degrees, 1 - major)
    return np.concatenate([lean, -lean])


def key_witnesses(evidence: KeyEvidence) -> dict[str, NDArray[np.float64]]:
    """What each witness says for each of the 24 keys, each of shape (24,): C to B major, then minor."""
    clean = _shares(evidence.clean_chroma)
    rarity = np.log(clean + _RARE)
    return {
        "albrecht_shanahan": key_correlations(evidence.plain_chroma[None], profile="albrecht_shanahan")[0],
        "bellman_budge_upper": key_correlations(evidence.upper_chroma[None], profile="bellman_budge")[0],
        "bass_on_tonic": _both_modes(_shares(evidence.bass_chroma)),
        "root_on_tonic": _both_modes(_shares(evidence.roots)),
        "third": _major_over_minor(rarity, major=4),
        "sixth": _major_over_minor(rarity, major=9),
        "seventh": _major_over_minor(clean, major=11),
    }


def key_probabilities(evidence: KeyEvidence) -> NDArray[np.float64]:
    """Probability of each key, shape (24,): C to B major, then minor."""
    witnesses = key_witnesses(evidence)
    score = np.repeat([-_MINOR, _MINOR], 12)
    for name, weight in _WEIGHTS.items():
        score = score + weight * witnesses[name]
    odds = np.exp(score - score.max())
    return np.asarray(odds / odds.sum())


def tonality(evidence: KeyEvidence, *, tuned_share: float) -> Tonality:
    """Key, its clarity and the soft mode of a whole recording.

    Parameters
    ----------
    evidence : KeyEvidence
        Of the whole recording.
    tuned_share : float
        See `Pitches`; noise has a chroma too, but not in tune.

    Returns
    -------
    Tonality
        `mode` in [-1, 1], minor to major: (1 + mode) / 2 is the probability that the key is a major one. `clarity` is
        the correlation with the best key profile.
    """
    clarity = float(key_correlations(evidence.plain_chroma[None], profile="albrecht_shanahan").max())
    if not tuned_share >= _MIN_TUNED_SHARE or clarity < _MIN_KEY_CLARITY:
        return Tonality(None, None, None)
    probabilities = key_probabilities(evidence)
    mode = float(2 * probabilities[:12].sum() - 1)
    return Tonality(key_name(int(np.argmax(probabilities))), clarity, mode)
