"""How a clinic hears its library beside the model: offset and slope from the songs that it placed itself.

The offset is the mean departure, the slope the ratio of the spreads, both shrunk to the model's own scale. Not least
squares: an estimate is uncertain, and the best guess of a rating from it always lies nearer the middle, so that such a
fit would squeeze every library, as raw estimates do, until no song is sad any more. The scale is used only where it
comes nearer to placements that it was not fitted to [1]_.

References
----------
.. [1] Stone, M. "Cross-validatory choice and assessment of statistical predictions." J. Royal Statistical Society B,
   1974.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.personal import NOISE_SD, OFFSET_SD, SLOPE_SD

Floats = NDArray[np.float64]
LEAST_PLACED = 6
"""With fewer placements leaving one out says nothing."""
SLOPES = (0.6, 1.6)
"""A steeper or flatter scale would make of small differences large ones, or none of any; it never turns round."""
_GAIN_ERRORS = 1.0
"""By how many of its own standard errors the gain on placements left out must lie above none."""


@dataclass(frozen=True)
class OwnScale:
    """One axis: an estimate counts as `offset + slope * estimate`."""

    offset: float
    slope: float
    placed: int
    helps: bool
    """Whether it came nearer to placements left out; without that it is not to be used."""
    error_before: float | None
    """Mean absolute error on placements left out, of the model's own scale; None where too few are placed."""
    error_after: float | None

    def apply(self, estimates: Floats) -> Floats:
        """Estimates on the clinic's scale, in [-1, 1]."""
        return np.asarray(np.clip(self.offset + self.slope * np.asarray(estimates, dtype=float), -1, 1))


def fit_own_scale(
    estimates: Sequence[float] | Floats, placed: Sequence[float] | Floats, sds: Sequence[float] | Floats
) -> OwnScale:
    """A clinic's own scale of one axis from the songs that it placed.

    Parameters
    ----------
    estimates, placed, sds : sequence of float, shape (n_tracks,)
        The model's estimates, where the clinic put the songs, both in [-1, 1], and the spread of the estimates.
    """
    m, r, sd = (np.asarray(values, dtype=float) for values in (estimates, placed, sds))
    known = np.isfinite(m) & np.isfinite(r)
    m, r, sd = m[known], r[known], np.nan_to_num(sd[known], nan=0.5)
    offset, slope = _fit(m, r, sd)
    if len(m) < LEAST_PLACED:
        return OwnScale(offset, slope, len(m), False, None, None)
    keep = ~np.eye(len(m), dtype=bool)
    predicted = np.empty(len(m))
    for i, others in enumerate(keep):
        own_offset, own_slope = _fit(m[others], r[others], sd[others])
        predicted[i] = np.clip(own_offset + own_slope * m[i], -1, 1)
    gains = np.abs(r - m) - np.abs(r - predicted)
    standard_error = gains.std(ddof=1) / np.sqrt(len(gains))
    helps = bool(gains.mean() > _GAIN_ERRORS * standard_error and gains.mean() > 0)
    before, after = np.abs(r - m).mean(), np.abs(r - predicted).mean()
    return OwnScale(offset, slope, len(m), helps, float(before), float(after))


def _fit(m: Floats, r: Floats, sd: Floats) -> tuple[float, float]:
    n = len(m)
    if n < 2:
        return 0.0, 1.0
    noise = float(np.mean(sd**2)) + NOISE_SD**2
    slope = 1.0
    if m.std() > 0 and r.std() > 0:
        # The variance of a log ratio of spreads, with what the noise leaves of the correlation.
        unexplained = min(1.0, noise / float(r.var() + NOISE_SD**2))
        sure = SLOPE_SD**2 / (SLOPE_SD**2 + unexplained / n)
        slope = float(np.clip(np.exp(sure * np.log(r.std() / m.std())), *SLOPES))
    sure = OFFSET_SD**2 / (OFFSET_SD**2 + noise / n)
    return sure * float(np.mean(r - slope * m)), slope


FAR = 0.9
"""Songs at least this much of the largest distance away from those placed tell about as much as the farthest one."""


def worth_placing(places: Floats, placed: Floats, is_safe: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which safe songs would tell most of a clinic's scale: those whose estimates lie farthest from those placed.

    The middle of the safe songs counts as one of those. A slope is told by songs that lie apart: on rated music ten
    such songs bring a library that is foreign to the model nearer to its ratings than the ten least sure ones do
    (`benchmarks/ten_songs.py`).

    Parameters
    ----------
    places : ndarray of shape (n_tracks, 2)
        The estimates of all songs.
    placed : ndarray of shape (n_placed, 2)
        Those of the songs that are placed already.
    is_safe : ndarray of shape (n_tracks,)
        Which may be asked about.
    """
    if not is_safe.any():
        return is_safe
    apart = np.hypot(*(places - places[is_safe].mean(axis=0)).T)
    for place in placed:
        apart = np.minimum(apart, np.hypot(*(places - place).T))
    return np.asarray(is_safe & (apart >= FAR * apart[is_safe].max()))
