"""What is usual in one library, so that its tracks are compared with each other and not only with the training music.

A model that learned from recordings of one kind takes the sound of another library, its instruments, its mastering, for
mood, and puts all of it off the middle. So the features of a large enough library are referred to its own distribution.
But a library may also really be calm: what could as well be its choice of music is left as it is. Each feature's shift
is shrunk as James and Stein do [1]_, towards none: nothing that is within the variation between kinds of music counts,
and the less the library's estimates differ among each other, the more is put down to its choice.

References
----------
.. [1] Efron, B. & Morris, C. "Stein's estimation rule and its competitors." J. American Statistical Association, 1973.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEAST_TRACKS = 10
"""Below this many tracks a library's distribution says too little."""
CHOICE_SD = 0.6
"""How far, in standard deviations of a feature, the mean of one kind of music commonly lies from that of all kinds."""
CHOICE_LOG_SCALE = 0.2
_FURTHEST = 6.0
_LARGEST_LOG_SCALE = 0.7
_NARROWEST = 0.3
_PER_TRACK = 3.0  # tracks of one album are alike: three of them tell what one from elsewhere would


@dataclass(frozen=True)
class LibraryReference:
    """What is usual in a library, beside what is usual in the training music."""

    middle: Floats
    """The library's mean, in standard deviations `sd` from that of the training music, shape (n_features,)."""
    shift: Floats
    """How much of that is taken away."""
    scale: Floats
    """How much wider it spreads."""
    mean: Floats
    """Of the training music, as is `sd`."""
    sd: Floats
    n_tracks: int
    strangeness: float
    """Root mean square of the shifts, in standard deviations of the training music; 0 for music like it."""

    def apply(self, X: NDArray[np.floating]) -> Floats:
        """Features of a library's tracks as they would be in the training music, shape (n, n_features)."""
        own = self.mean + self.middle * self.sd
        return np.asarray((X.astype(np.float64) - own) / self.scale + own - self.shift * self.sd)

    @cached_property
    def is_none(self) -> bool:
        """Whether it changes nothing."""
        return bool((self.shift == 0).all() and (self.scale == 1).all())


def no_reference(mean: Floats, sd: Floats, *, n_tracks: int = 0) -> LibraryReference:
    """The reference of a library that is too small: it changes nothing."""
    zero = np.zeros(len(mean))
    return LibraryReference(zero, zero, np.ones(len(mean)), mean, sd, n_tracks, 0.0)


def library_reference(
    vectors: NDArray[np.floating], raw: Floats, *, mean: Floats, sd: Floats, raw_sd: Floats
) -> LibraryReference:
    """What is usual in a library.

    Parameters
    ----------
    vectors : ndarray of shape (n_tracks, n_features)
        One row a track, NaN where a feature is unknown.
    raw : ndarray of shape (n_tracks, 2)
        Their raw estimates, once the mean of the vectors is moved to `mean`: only how much they differ counts.
    mean, sd : ndarray of shape (n_features,)
        Of the training music.
    raw_sd : ndarray of shape (2,)
        Spread of the raw estimates of training tracks that were left out.
    """
    n = len(vectors)
    if n < LEAST_TRACKS:
        return no_reference(mean, sd, n_tracks=n)
    Z = np.clip((vectors.astype(np.float64) - mean) / sd, -_FURTHEST, _FURTHEST)
    known = np.isfinite(Z)
    count = np.maximum(known.sum(axis=0), 1)
    middle = np.where(known, Z, 0).sum(axis=0) / count
    spread = np.sqrt(np.where(known, (Z - middle) ** 2, 0).sum(axis=0) / count)
    tells = (known.sum(axis=0) >= LEAST_TRACKS) & (spread > 0.05)
    spread = np.where(tells, spread, 1.0)
    # A library whose tracks hardly differ in mood was probably chosen for it.
    narrowness = float(np.clip((raw.std(axis=0) / raw_sd).mean(), _NARROWEST, 1.0)) ** -4
    by_chance = _PER_TRACK * spread**2 / count
    shift = np.where(tells, _shrunk(middle, CHOICE_SD**2 * narrowness + by_chance), 0.0)
    log_scale = _shrunk(np.log(spread), CHOICE_LOG_SCALE**2 * narrowness + _PER_TRACK / (2 * count))
    scale = np.exp(np.clip(np.where(tells, log_scale, 0.0), -_LARGEST_LOG_SCALE, _LARGEST_LOG_SCALE))
    middle = np.where(tells, middle, 0.0)
    return LibraryReference(middle, shift, scale, mean, sd, n, float(np.sqrt(np.mean(shift**2))))


def _shrunk(departure: Floats, variance: Floats) -> Floats:
    """What is left of a departure when this much variance needs no explanation."""
    return np.asarray(departure * np.maximum(0.0, 1 - variance / np.maximum(departure**2, 1e-12)))
