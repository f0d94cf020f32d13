"""How far an estimate can be trusted: its spread, its interval, and whether the music is like what was trained on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
COVERAGE = 0.9
NORMAL_90 = 1.6449
_FURTHEST = 6.0
_N_COMPONENTS = 15
_SPREAD_RANGE = (0.6, 1.8)


class Familiarity(NamedTuple):
    """How far a row lies from the training sets: within their main directions, and off them.

    Only means, directions and scales are kept.
    """

    components: Floats
    """Shape (n_features, n_components)."""
    centres: Floats
    """Shape (n_sets, n_components)."""
    widths: Floats
    off_scale: float
    limit: float
    """Distance beyond which a row is outside the training music."""

    def distance(self, Z: Floats) -> Floats:
        """Distance of standardised, uncut rows; about 1 for the training music."""
        scores = Z @ self.components
        inside = np.min(
            [(((scores - c) / w) ** 2).mean(axis=1) for c, w in zip(self.centres, self.widths, strict=True)], axis=0
        )
        off = np.maximum((Z**2).sum(axis=1) - (scores**2).sum(axis=1), 0) / self.off_scale
        return np.asarray(np.sqrt((inside + off) / 2))


def uncut(X: NDArray[np.floating], *, mean: Floats, scale: Floats) -> Floats:
    """Standardised features, unknown ones at their mean; cut only where a number is absurd."""
    Z = np.clip((X.astype(np.float64) - mean) / scale, -_FURTHEST, _FURTHEST)
    return np.asarray(np.where(np.isfinite(Z), Z, 0.0))


def familiarity(Z: Floats, weight: Floats, sets: NDArray[np.intp]) -> Familiarity:
    """Learn where the training music lies; `limit` is still infinite.

    Parameters
    ----------
    Z : ndarray of shape (n_rows, n_features)
        See `uncut`.
    sets : ndarray of shape (n_rows,)
        Number of the set of each row, from 0: music of two sets lies around two centres.
    """
    n_components = max(1, min(_N_COMPONENTS, Z.shape[1] - 1, len(Z) // 10))
    gram = (Z * weight[:, None]).T @ Z / weight.sum()
    values, vectors = np.linalg.eigh(gram)
    order = np.argsort(values)[::-1][:n_components]
    # A sign for each direction, so that the same data give the same file on every machine.
    components = vectors[:, order]
    components = components * np.where(components[np.abs(components).argmax(axis=0), range(n_components)] < 0, -1, 1)
    scores = Z @ components
    centres, widths = [], []
    for i in range(int(sets.max()) + 1):
        mine = sets == i
        centre = np.average(scores[mine], axis=0, weights=weight[mine])
        centres.append(centre)
        widths.append(np.sqrt(np.average((scores[mine] - centre) ** 2, axis=0, weights=weight[mine])) + 1e-9)
    off = (Z**2).sum(axis=1) - (scores**2).sum(axis=1)
    off_scale = float(np.average(np.maximum(off, 0), weights=weight)) + 1e-9
    return Familiarity(components, np.asarray(centres), np.asarray(widths), off_scale, np.inf)


class Spread(NamedTuple):
    """How the size of an axis's error depends on how familiar the music is."""

    coef: Floats
    """Of `inputs`, for the logarithm of the error's size."""
    base: float
    """Standard deviation of the raw error where all inputs are at their mean."""
    input_mean: Floats
    input_scale: Floats
    raw_90: float
    """Half the width of the 90 % interval around the raw estimate, in units of `of`."""
    mapped_factor: float
    """Multiplies the spread of mapped estimates, so that nine tenths of the ratings lie within 1.64 of it."""

    def of(self, inputs: Floats) -> Floats:
        """Standard deviation of the raw estimate."""
        log_ratio = ((inputs - self.input_mean) / self.input_scale) @ self.coef
        return np.asarray(self.base * np.exp(np.clip(log_ratio, *np.log(_SPREAD_RANGE))))


def believed(raw: Floats, distance: Floats) -> Floats:
    """Raw estimates, shape (n, 2), drawn to the middle where nothing in training was like the music.

    The further off, the less a sum of cues says: kinds of music left out were placed too far from the middle.
    """
    return np.asarray(raw / (1 + _FADING * np.maximum(distance - 1.0, 0))[:, None])


def spread_inputs(distance: Floats) -> Floats:
    """What the spread may depend on, shape (n, 1): the distance from the training music."""
    return np.minimum(distance, 3.0)[:, None]


_FADING = 0.25
_LEAST_GROWTH = (0.3, 0.7)
"""Of the logarithm of the error of valence and arousal with the distance: a few hundred residuals of music that is all
alike cannot show how wrong a model is about music unlike it, so that no less than this is ever believed. It is energy
that the sound of another kind misleads."""


def fit_spread(residual: Floats, inputs: Floats, weight: Floats, *, axis: int, alpha: float = 60.0) -> Spread:
    """Learn the size of the error from residuals of tracks left out; the two factors are still 1.

    Only the distance counts, and only one way: the further a track lies from the training music, the wider. Extreme
    estimates of energy err less among artists left out (rank correlation -.22), but not among kinds left out, where
    they come from the sound of that kind.
    """
    mean = np.average(inputs, axis=0, weights=weight)
    scale = np.sqrt(np.average((inputs - mean) ** 2, axis=0, weights=weight)) + 1e-9
    Z = (inputs - mean) / scale
    size = np.log(np.abs(residual) + 0.1 * residual.std())
    size = size - np.average(size, weights=weight)
    learned = (weight * size) @ Z / (weight @ Z**2 + alpha)
    coef = np.maximum(learned, _LEAST_GROWTH[axis] * scale)
    blank = Spread(coef, 1.0, mean, scale, 1.0, 1.0)
    ratio = residual / blank.of(inputs)
    return blank._replace(base=float(np.sqrt(np.average(ratio**2, weights=weight))))


def conformal(scores: Floats, weight: Floats, *, coverage: float = COVERAGE) -> float:
    """The score that the given share of left-out tracks stays under, with the correction for a finite sample [1]_.

    References
    ----------
    .. [1] Vovk, V. et al. "Algorithmic Learning in a Random World." Springer, 2005; cross-conformal as in Barber, R. F.
       et al. "Predictive inference with the jackknife+." Annals of Statistics, 2021.
    """
    order = np.argsort(scores)
    count = weight.sum() ** 2 / (weight**2).sum()
    share = min(1.0, coverage * (count + 1) / count)
    cumulative = np.cumsum(weight[order]) / weight.sum()
    return float(scores[order][min(int(np.searchsorted(cumulative, share)), len(scores) - 1)])
