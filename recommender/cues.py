"""What is known of single features before anything is learned: how far to trust them, and which way they point.

The directions are those that reviews of musical expression agree on [1]_; the trust of each block is how well it
carried from one set of rated music to another in trials that are described in the benchmarks. Brightness is no cue of
energy: among recordings the livelier are brighter, among scores on one instrument darker, for it follows the register.

References
----------
.. [1] Gabrielsson, A. & Lindström, E. "The role of structure in the musical expression of emotions." Handbook of Music
   and Emotion, 2010; Eerola, T., Friberg, A. & Bresin, R. "Emotional expression in music: contribution, linearity, and
   additivity of primary musical cues." Frontiers in Psychology, 2013.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

VALENCE_TRUST: Mapping[str, float] = {
    "mode": 1.0,
    "harmony": 0.7,
    "onset": 0.8,
    "tempo": 0.8,
    "level": 0.6,
    "register": 0.5,
    "texture": 0.5,
    "modulation": 0.5,
    "change": 0.35,
    "contrast": 0.35,
    "colour": 0.35,
    "mfcc": 0.25,
    "other": 0.5,
}
# How the sound changes and how full it is carry from one set to another; colour, contrast and level belong to the
# instruments and to the mastering of a set.
AROUSAL_TRUST: Mapping[str, float] = {
    "mode": 0.165,
    "harmony": 0.385,
    "onset": 0.385,
    "tempo": 0.11,
    "level": 0.11,
    "register": 0.11,
    "texture": 0.55,
    "modulation": 0.165,
    "change": 0.55,
    "contrast": 0.083,
    "colour": 0.055,
    "mfcc": 0.055,
    "other": 0.5,
}

VALENCE_CUES: Mapping[str, int] = {
    "mode_temperley_10s": 1,
    "mode_bellman_budge_10s": 1,
    "mode_kostka_payne_20s": 1,
    "mode_soft_share_10s": 1,
    "third_lean": 1,
    "sixth_lean": 1,
    "scale_minor_lean": -1,
    "scale_pentatonic": 1,
    "chord_major_lean": 1,
    "chord_diminished": -1,
    "key_clarity": 1,
    "roughness": -1,
    "pulse_clarity": 1,
    "beat_regularity": 1,
    "onset_rate": 1,
    "level_slope": 1,
}
AROUSAL_CUES: Mapping[str, int] = {
    "onset_rate": 1,
    "low_onset_rate": 1,
    "onset_interval_median": -1,
    "onset_strength_mean": 1,
    "flux_band1": 1,
    "flux_band2": 1,
    "frame_novelty_p50": 1,
    "melody_change_rate": 1,
    "polyphony_mean": 1,
    "tuned_share": -1,
    "contrast_band2": -1,
    "contrast_band3": -1,
    "flatness_mean": 1,
    "roughness": 1,
    "pulse_clarity": 1,
    "low_energy_share": -1,
    "level_rise_rate": 1,
}

_MODE_NAMES = ("third_lean", "sixth_lean", "scale_minor_lean", "chord_major_lean")
_BLOCKS = (
    ("mode", ("mode_", *_MODE_NAMES)),
    ("harmony", ("degree_", "scale_", "chord_", "key_", "chroma_", "harmonic_", "tuned_share", "tuning")),
    ("onset", ("onset_", "low_onset_")),
    ("tempo", ("tempo_", "pulse_", "beat_")),
    ("level", ("level_", "low_energy_")),
    ("register", ("register_", "bass_", "melody_mean", "melody_sd")),
    ("texture", ("roughness", "polyphony_", "melody_")),
    ("modulation", ("modulation_",)),
    ("change", ("flux_", "frame_novelty_", "novelty_", "percussive_")),
    ("contrast", ("contrast_",)),
    ("mfcc", ("mfcc",)),
    ("colour", ("band", "centroid_", "rolloff_", "spread_", "flatness_")),
)


def block_of(feature: str) -> str:
    """The block that a feature belongs to; what fits none is another program's."""
    return next((block for block, starts in _BLOCKS if feature.startswith(starts)), "other")


def trust_table(
    names: Sequence[str],
    *,
    valence: Mapping[str, float] = VALENCE_TRUST,
    arousal: Mapping[str, float] = AROUSAL_TRUST,
) -> NDArray[np.float64]:
    """How far each feature is trusted, shape (2, n_features)."""
    return np.array([[table[block_of(name)] for name in names] for table in (valence, arousal)])


def sign_table(names: Sequence[str]) -> NDArray[np.float64]:
    """The known direction of each feature, 0 where none is, shape (2, n_features)."""
    return np.array([[table.get(name, 0) for name in names] for table in (VALENCE_CUES, AROUSAL_CUES)], dtype=float)
