"""The tempo of music whose sharp attacks tell no clear pulse: bows and pads come in slowly, soft tunes lie over chords.

Two more pulses answer where those of `rhythm` are weak. Music with a clear pulse is untouched, and so are the features
of the vector, which describe sharp attacks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.audio import SHORT_SECONDS
from features.rhythm import Beat, Tempo, beat_of, joint_correlations, tempo_of

_CLEAR = 0.2
_WEIGHTS = (1.0, 2.0)
_MIN_CONTRAST = 0.05
_MIN_MEAN = 0.05
# Where sharp attacks tell no beat. Noise, wind, speech, rain and chords at random reach .13 of 40 s, .18 of 20 s.
_MIN_MEAN_ALONE, _MIN_MEAN_OF_A_SECOND = 0.085, 0.9
_SAME_BEAT_OCTAVES = 0.06
# Fitted on soft renders of known tempo: the odds are then right about as often as they say.
_ODDS_POWER = 1.5


class SoftPulses(NamedTuple):
    """What may carry a soft beat, each of shape (n_frames,) at `spectrum.FRAME_RATE` frames a second."""

    slow_onset_strength: NDArray[np.float32]
    new_notes: NDArray[np.float32]


def with_soft_pulses(tempo: Tempo, pulses: SoftPulses, *, duration_s: float) -> Tempo:
    """Ask the soft pulses where the others told no clear beat.

    Parameters
    ----------
    tempo : Tempo
        As `rhythm.estimate_tempo` gave it, of the same recording.
    pulses : SoftPulses
        Of equal length.
    duration_s : float
        The recording's length.

    Returns
    -------
    Tempo
        `tempo` itself, or another beat that the soft pulses tell; its clarity stays that of the sharp attacks, to which
        one moves.
    """
    if tempo.clarity >= _CLEAR or duration_s < SHORT_SECONDS:
        return tempo
    soft = beat_of(joint_correlations(pulses, _WEIGHTS))
    if soft is None or not _is_told(soft, tempo, duration_s=duration_s):
        return tempo
    return tempo_of(soft, odds_power=_ODDS_POWER)._replace(clarity=tempo.clarity)


def _is_told(soft: Beat, sharp: Tempo, *, duration_s: float) -> bool:
    """Whether soft attacks tell another beat than sharp ones do or, where those tell none, a beat at all."""
    if soft.contrast < _MIN_CONTRAST:
        return False
    if sharp.bpm is None:
        return bool(soft.mean >= max(_MIN_MEAN_ALONE, _MIN_MEAN_OF_A_SECOND / np.sqrt(duration_s)))
    octaves = abs(float(np.log2(soft.bpm / sharp.bpm)))
    # Which of a beat, its half and its double is felt, sharp attacks tell better.
    is_same = octaves < 1.5 and abs(octaves - round(octaves)) < _SAME_BEAT_OCTAVES
    return soft.mean >= _MIN_MEAN and not is_same
