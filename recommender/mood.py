"""Mood as a point on the valence-arousal plane."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple


class Mood(NamedTuple):
    """A point on the valence-arousal plane, both in [-1, 1] [1]_.

    References
    ----------
    .. [1] Russell, J. A. "A circumplex model of affect." Journal of Personality and Social Psychology, 1980.
    """

    valence: float
    arousal: float

    def distance(self, other: Mood) -> float:
        """Euclidean distance on the plane, in [0, 2.83]."""
        return math.hypot(self.valence - other.valence, self.arousal - other.arousal)

    @property
    def quadrant(self) -> str:
        """One of `good_high`, `good_low`, `bad_high`, `bad_low`; the axes count as good and high."""
        return f"{'good' if self.valence >= 0 else 'bad'}_{'high' if self.arousal >= 0 else 'low'}"


@dataclass(frozen=True)
class Estimate:
    """The mood that a track is thought to express, and how far that can be trusted.

    Attributes
    ----------
    mood : Mood
        On the one scale of people, words and tracks.
    valence_sd, arousal_sd : float
        Spread (standard deviation) of the estimate, on the same scale, > 0.
    outside_training : bool
        Whether the track is unlike anything that the model has heard.
    """

    mood: Mood
    valence_sd: float
    arousal_sd: float
    outside_training: bool = False
