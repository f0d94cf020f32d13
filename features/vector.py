"""The features of a recording: what each number is, and the record that carries them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEATURES_VERSION = "1"
"""Changes whenever a feature's value may change; models and catalogues remember theirs."""


@dataclass(frozen=True)
class FeatureSpec:
    """One number of the vector: its name, unit, range, meaning and source."""

    name: str
    unit: str
    low: float
    high: float
    meaning: str
    source: str


@dataclass(frozen=True)
class AudioFeatures:
    """What was heard in one recording. Unknown is None (or NaN in `vector`), never a made-up number."""

    duration_s: float
    tempo_bpm: float | None
    """Beats per minute in (0, 320], or None where there is no pulse."""
    tempo_alternative_bpm: float | None
    """The second most likely tempo, usually half or double."""
    tempo_odds: float | None
    """Probability of `tempo_bpm` among the candidates, in [0, 1]."""
    pulse_clarity: float | None
    tempo_drift: float | None
    """Largest relative departure of the local tempo from `tempo_bpm`; None without tempo."""
    key: str | None
    """Like `F# minor`; None where there is no tonality."""
    key_clarity: float | None
    mode: float | None
    """Soft mode in [-1, 1]: minor to major."""
    loudness_lufs: float
    true_peak_dbtp: float
    largest_rise_db: float
    """Largest rise of level within 1 s."""
    loudness_curve: NDArray[np.float32]
    """Level of each second in LUFS-like dB, shape (n_seconds,)."""
    vector: NDArray[np.float32]
    """All of `FEATURES` in order, shape (n_features,), for the whole recording."""
    segments: NDArray[np.float32]
    """The same features for stretches of about a minute, shape (n_segments, n_features): moods are scored on these
    and pooled, because a model that learned from excerpts misjudges whole tracks."""
    flags: tuple[str, ...] = ()
    """Of `partial`, `clipped`, `phase_cancelled`, `no_pulse`, `no_key`, `narrow_band`, `dc`, `short`."""
