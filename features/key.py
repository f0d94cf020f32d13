"""The key and the soft mode of a whole recording, from several witnesses, as probabilities.

A profile alone takes a piece in minor for its relative major where the tune leans that way. Roots and bass know better
where home is, and the third and seventh above it whether that is bright or dark. Triads are a witness only where a
third is really heard: chords without one, a drone or a tune alone make any triad of their harmonics.
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
# Conditional logistic regression of the key among the 24: what a correlation of 1, a share of 1 and a logarithm of 1
# add to the logarithm of a key's odds. Fitted on the tuning half of `benchmarks/corpus.py`, on 290 renders of other
# kinds (tunes alone, drones, fifths, held and block chords), and, with half the weight, on all of these with other
# harmonics, without bass, with reverberation: weights that no timbre shakes. Profiles are alike, so that their weights
# also tell their differences: hence one below nothing.
_WEIGHTS = {
    "albrecht_shanahan": 7.51,
    "kostka_payne": 6.31,
    "temperley_clean": -5.34,
    "bellman_budge_upper": 2.54,
    "bass_on_tonic": 4.96,
    "root_on_tonic": 5.1,
    "tonic_triad": 4.92,
    "dominant_triad": 10.4,
    "third": 0.853,
    "seventh": 1.46,
}
_MINOR = 0.448
# A degree that is never heard differs from a rare one, but not without bound.
_RARE = 0.01
_TRIADS = np.asarray(
    [np.roll([1, 0, 0, *third, 0, 0, 1, 0, 0, 0, 0], root) for third in ((0, 1), (1, 0)) for root in range(12)],
    dtype=np.float32,
).T / np.float32(np.sqrt(3))
# A root with its fifth: where chords have no third, as with distorted guitars or drones, they still have these.
_FIFTHS = np.asarray([np.roll([1, 0, 0, 0, 0, 0, 0, 0.8, 0, 0, 0, 0], root) for root in range(12)], dtype=np.float32).T
_FIFTHS /= np.float32(np.hypot(1, 0.8))
# A triad counts where it fits better than a fifth alone does: harmonics of a tone make a faint third.
_CLEARLY = 0.08


class Tonality(NamedTuple):
    """Key and soft mode of a recording; None where there is no tonality."""

    key: str | None
    clarity: float | None
    mode: float | None


class KeyEvidence(NamedTuple):
    """What tells the key, summed over frames so that stretches add up; of shape (12,), C first, but for triads."""

    plain_chroma: NDArray[np.float64]
    """With harmonics."""
    clean_chroma: NDArray[np.float64]
    upper_chroma: NDArray[np.float64]
    bass_chroma: NDArray[np.float64]
    roots: NDArray[np.float64]
    """How many half seconds each root with its fifth fits best."""
    triads: NDArray[np.float64]
    """How many half seconds each triad fits best, and clearly: twelve major and twelve minor, shape (24,)."""


def key_evidence(pitch: Pitches) -> KeyEvidence:
    """Sum up a stretch."""
    halves = half_seconds(pitch.chroma)
    of_fifths, of_triads = halves @ _FIFTHS, halves @ _TRIADS
    is_clear = of_triads.max(axis=1) > of_fifths.max(axis=1) + _CLEARLY
    return KeyEvidence(
        plain_chroma=pitch.plain_chroma.sum(axis=0, dtype=np.float64),
        clean_chroma=pitch.chroma.sum(axis=0, dtype=np.float64),
        upper_chroma=pitch.upper_chroma.sum(axis=0, dtype=np.float64),
        bass_chroma=pitch.bass_chroma.sum(axis=0, dtype=np.float64),
        roots=np.bincount(of_fifths.argmax(axis=1), minlength=12).astype(np.float64),
        triads=np.bincount(of_triads[is_clear].argmax(axis=1), minlength=24).astype(np.float64),
    )


def _shares(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(x / max(float(x.sum()), 1e-9))


def _both_modes(of_tonic: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([of_tonic, of_tonic])


def _major_over_minor(chroma: NDArray[np.float64], *, major: int) -> NDArray[np.float64]:
    """How far each key is favoured by its larger third or seventh against the smaller one, shape (24,)."""
    degrees = np.log(_shares(chroma) + _RARE)
    lean = np.roll(degrees, -major) - np.roll(degrees, 1 - major)
    return np.concatenate([lean, -lean])


def key_witnesses(evidence: KeyEvidence) -> dict[str, NDArray[np.float64]]:
    """What each witness says for each of the 24 keys, each of shape (24,): C to B major, then minor."""

    def correlation(chroma: NDArray[np.float64], profile: str) -> NDArray[np.float64]:
        return np.asarray(key_correlations(chroma[None], profile=profile)[0])

    triads = evidence.triads / max(float(evidence.roots.sum()), 1.0)
    return {
        "albrecht_shanahan": correlation(evidence.plain_chroma, "albrecht_shanahan"),
        "kostka_payne": correlation(evidence.plain_chroma, "kostka_payne"),
        "temperley_clean": correlation(evidence.clean_chroma, "temperley"),
        "bellman_budge_upper": correlation(evidence.upper_chroma, "bellman_budge"),
        "bass_on_tonic": _both_modes(_shares(evidence.bass_chroma)),
        "root_on_tonic": _both_modes(_shares(evidence.roots)),
        "tonic_triad": triads,
        # The dominant is major in minor keys too.
        "dominant_triad": _both_modes(np.roll(triads[:12], -7)),
        "third": _major_over_minor(evidence.clean_chroma, major=4),
        "seventh": _major_over_minor(evidence.plain_chroma, major=11),
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
