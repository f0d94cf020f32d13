"""The key and the soft mode of a whole recording, from several witnesses, as probabilities.

A profile alone takes a piece in minor for its relative major where the tune leans that way. Chords and bass know
better: which triad is heard most, whether its dominant leads back to it, what the bass rests on.
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
# Conditional logistic regression of the key among the 24, fitted on the tuning half of `benchmarks/corpus.py`: what a
# correlation of 1 and a share of 1 add to the logarithm of a key's odds.
_WEIGHTS = {
    "albrecht_shanahan": 2.97,
    "albrecht_shanahan_clean": 1.89,
    "krumhansl": 2.87,
    "tonic_triad": 11.1,
    "dominant": 9.72,
    "subdominant": 4.29,
    "bass_on_tonic": 5.94,
    "bass_on_dominant": 4.45,
}
_MINOR = 0.888
_TRIADS = np.asarray(
    [np.roll([1, 0, 0, *third, 0, 0, 1, 0, 0, 0, 0], root) for third in ((0, 1), (1, 0)) for root in range(12)],
    dtype=np.float32,
).T


class Tonality(NamedTuple):
    """Key and soft mode of a recording; None where there is no tonality."""

    key: str | None
    clarity: float | None
    mode: float | None


class KeyEvidence(NamedTuple):
    """What tells the key, summed over frames, so that stretches can be added up."""

    plain_chroma: NDArray[np.float64]
    """With harmonics, shape (12,)."""
    clean_chroma: NDArray[np.float64]
    bass_chroma: NDArray[np.float64]
    triads: NDArray[np.float64]
    """How many half seconds each triad fits best, twelve major and twelve minor, shape (24,)."""


def key_evidence(pitch: Pitches) -> KeyEvidence:
    """Sum up a stretch."""
    nearest = (half_seconds(pitch.chroma) @ _TRIADS).argmax(axis=1)
    return KeyEvidence(
        plain_chroma=pitch.plain_chroma.sum(axis=0, dtype=np.float64),
        clean_chroma=pitch.chroma.sum(axis=0, dtype=np.float64),
        bass_chroma=pitch.bass_chroma.sum(axis=0, dtype=np.float64),
        triads=np.bincount(nearest, minlength=24).astype(np.float64),
    )


def _shares(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(x / max(float(x.sum()), 1e-9))


def _both_modes(of_tonic: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([of_tonic, of_tonic])


def key_probabilities(evidence: KeyEvidence) -> NDArray[np.float64]:
    """Probability of each key, shape (24,): C to B major, then minor."""

    def correlation(chroma: NDArray[np.float64], profile: str) -> NDArray[np.float64]:
        return np.asarray(key_correlations(chroma[None], profile=profile)[0])

    triads = _shares(evidence.triads)
    major, minor = triads[:12], triads[12:]
    bass = _shares(evidence.bass_chroma)
    witnesses = {
        "albrecht_shanahan": correlation(evidence.plain_chroma, "albrecht_shanahan"),
        "albrecht_shanahan_clean": correlation(evidence.clean_chroma, "albrecht_shanahan"),
        "krumhansl": correlation(evidence.plain_chroma, "krumhansl"),
        "tonic_triad": triads,
        # The dominant is major in minor keys too.
        "dominant": _both_modes(np.roll(major, -7)),
        "subdominant": np.concatenate([np.roll(major, -5), np.roll(minor, -5)]),
        "bass_on_tonic": _both_modes(bass),
        "bass_on_dominant": _both_modes(np.roll(bass, -7)),
    }
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
