"""One scale for people, words and tracks.

Raw predictions are squeezed towards the mean, so that no track would ever count as sad or tense. A fixed monotone map,
learned from predictions on tracks left out, gives them the spread that ratings have.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
EDGE = 0.8
"""Ratings are scaled so that 90 % of a set lie within this distance of its median."""
_LEVELS = np.array([0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9])
_LIMIT = 0.98


class RatingScale(NamedTuple):
    """How a set's ratings become the one scale: `(rating - centre) / unit`."""

    centre: float
    unit: float

    def apply(self, ratings: Floats) -> Floats:
        """Centred and scaled ratings."""
        return np.asarray((ratings - self.centre) / self.unit)


def rating_scale(ratings: Floats, weight: Floats | None = None) -> RatingScale:
    """The scale that puts the median at 0 and nine tenths of the ratings within 0.8 of it.

    Parameters
    ----------
    ratings : ndarray of shape (n,)
        One axis; fewer than nine tenths of them are the same, see `has_scale`.
    """
    scale = _middle_and_unit(ratings, weight)
    if scale.unit <= 0:
        raise ValueError("nine tenths of the ratings are the same: nothing can be learned from them")
    return scale


def has_scale(ratings: Floats, weight: Floats | None = None) -> bool:
    """Whether fewer than nine tenths of the ratings are one and the same, so that `rating_scale` finds a unit."""
    return _middle_and_unit(ratings, weight).unit > 0


def _middle_and_unit(ratings: Floats, weight: Floats | None) -> RatingScale:
    order = np.argsort(ratings)
    centre = _quantile(ratings[order], None if weight is None else weight[order], 0.5)
    away = np.abs(ratings - centre)
    order = np.argsort(away)
    unit = _quantile(away[order], None if weight is None else weight[order], 0.9) / EDGE
    return RatingScale(float(centre), float(unit))


def _quantile(ordered: Floats, weight: Floats | None, share: float) -> float:
    if weight is None:
        return float(np.quantile(ordered, share))
    middle = np.cumsum(weight) - weight / 2
    return float(np.interp(share * weight.sum(), middle, ordered))


class AxisMap(NamedTuple):
    """A monotone map of one axis from raw predictions to the one scale, straight between knots."""

    raw: Floats
    mapped: Floats

    def apply(self, raw: Floats) -> Floats:
        """Mapped values in [-0.98, 0.98]; beyond the knots the slope falls off, so that order is never lost."""
        inside = np.interp(raw, self.raw, self.mapped)
        low, high = self.raw[0] - raw, raw - self.raw[-1]
        slope = float((self.mapped[-1] - self.mapped[0]) / (self.raw[-1] - self.raw[0]))
        inside = np.where(low > 0, self._beyond(-self.mapped[0], low, slope) * -1, inside)
        return np.asarray(np.where(high > 0, self._beyond(self.mapped[-1], high, slope), inside))

    @staticmethod
    def _beyond(start: float, distance: Floats, slope: float) -> Floats:
        room = _LIMIT - start
        return np.asarray(start + room * -np.expm1(-np.maximum(distance, 0) * slope / room))

    def slope(self, raw: Floats) -> Floats:
        """How much a small step of the raw prediction is widened, about."""
        step = 0.02 * max(float(self.raw[-1] - self.raw[0]), 1e-9)
        return np.asarray((self.apply(raw + step) - self.apply(raw - step)) / (2 * step))


def axis_map(predicted: Floats, rated: Floats, weight: Floats | None = None) -> AxisMap:
    """The map that gives left-out predictions the distribution of the ratings.

    Parameters
    ----------
    predicted : ndarray of shape (n,)
        Predictions of tracks that the predicting model had not seen.
    rated : ndarray of shape (n,)
        Their centred and scaled ratings.
    """
    knots = [_weighted_levels(values, weight) for values in (np.asarray(predicted, float), np.asarray(rated, float))]
    raw, mapped = knots
    mapped = np.clip(mapped, -0.93, 0.93)
    # Equal knots would make a step or a wall of it.
    least = 0.01 * (raw[-1] - raw[0] if raw[-1] > raw[0] else 1.0)
    raw = raw[0] + np.concatenate([[0], np.cumsum(np.maximum(np.diff(raw), least))])
    mapped = mapped[0] + np.concatenate([[0], np.cumsum(np.maximum(np.diff(mapped), 0.004))])
    return AxisMap(raw, np.clip(mapped, -0.96, 0.96))


def _weighted_levels(values: Floats, weight: Floats | None) -> Floats:
    order = np.argsort(values)
    ordered = values[order]
    each = np.ones(len(values)) if weight is None else weight[order]
    middle = (np.cumsum(each) - each / 2) / each.sum()
    # A mean over neighbouring levels: single quantiles of 200 ratings jump.
    offsets = np.array([-0.03, -0.015, 0.0, 0.015, 0.03])
    levels = np.clip(_LEVELS[:, None] + offsets[None, :], 0.005, 0.995)
    return np.asarray(np.interp(levels, middle, ordered).mean(axis=1))
