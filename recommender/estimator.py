"""From features to two numbers: a small stack of linear and smooth parts that keeps no training row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cholesky, solve
from scipy.optimize import nnls
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from recommender.stack import Stack


@dataclass(frozen=True)
class _Weighted:
    """Weighted sums of centred data, from which every linear part is solved; a zero weight is an absent row."""

    gram: NDArray[np.float64]
    moment: NDArray[np.float64]
    x_mean: NDArray[np.float64]
    y_mean: NDArray[np.float64]

    @classmethod
    def of(cls, X: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64]) -> _Weighted:
        total = weight.sum()
        x_mean, y_mean = weight @ X / total, weight @ y / total
        centred = (X - x_mean) * np.sqrt(weight)[:, None]
        return cls(centred.T @ centred, centred.T @ ((y - y_mean) * np.sqrt(weight)[:, None]), x_mean, y_mean)

    def ridge(self, alpha: float, block: NDArray[np.float64], column: int) -> NDArray[np.float64]:
        """Ridge coefficients of one target, its features first multiplied by `block`."""
        gram = self.gram * np.outer(block, block) + alpha * np.eye(len(block))
        return np.asarray(solve(gram, block * self.moment[:, column], assume_a="pos") * block)

    def sign_constrained(self, alpha: float, signs: NDArray[np.float64], column: int) -> NDArray[np.float64]:
        """Ridge coefficients that may not go against `signs`; where a sign is 0 the coefficient is 0."""
        used = np.flatnonzero(signs)
        coefficients = np.zeros(len(signs))
        if not len(used):
            return coefficients
        sign = signs[used]
        gram = self.gram[np.ix_(used, used)] * np.outer(sign, sign) + alpha * np.eye(len(used))
        root = cholesky(gram)
        answer = solve(root.T, sign * self.moment[used, column], assume_a="lower triangular")
        coefficients[used] = sign * nnls(root, answer)[0]
        return coefficients


def weighted_quantile(X: NDArray[np.float64], weight: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """The value of each column below which `share` of the weight lies, unknown values left out; shape (n_columns,)."""
    order = np.argsort(X, axis=0)  # NaN goes last
    ordered = np.take_along_axis(X, order, axis=0)
    weights = np.where(np.isnan(ordered), 0, weight[order])
    cumulative = np.cumsum(weights, axis=0)
    row = (cumulative < share * cumulative[-1] * (1 - 1e-12)).sum(axis=0)
    found = np.take_along_axis(ordered, np.minimum(row, len(X) - 1)[None, :], axis=0)[0]
    return np.asarray(np.where(cumulative[-1] > 0, found, 0.0))


class MoodRegressor(MultiOutputMixin, RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Map features, unknown ones NaN, to one or more targets, each with its own blend of three parts.

    Features are cut a little beyond their 2nd and 98th percentile, scaled, bent where they are extreme, and unknown
    ones put at their mean beside a column that says so. Then a ridge over all features, a ridge whose coefficients may
    not go against what is known of each cue [1]_, and a ridge over random Fourier features [2]_ are averaged.

    Parameters
    ----------
    alpha : float, default=60.0
        Ridge penalty, in rows: larger pulls towards the mean.
    cue_alpha : float, default=30.0
        Penalty of the sign-constrained part.
    feature_weights : array-like of shape (n_targets, n_features) or None, default=None
        How far each feature is trusted for each target; a half makes its penalty four times as large.
    cue_signs : array-like of shape (n_targets, n_features) or None, default=None
        1 or -1 where a feature is a cue whose direction is known, else 0. None leaves the part out.
    cue_share : float, default=0.5
        Weight of the sign-constrained part beside the ridge.
    n_waves : int, default=0
        Random Fourier features; 0 leaves the part out.
    wave_share : float, default=0.33
        Weight of that part beside the two others.
    wave_width : float, default=0.7
        How quickly the waves turn; larger is more wiggly.
    wave_alpha : float, default=0.3
        Penalty of that part, in rows.
    random_state : int, default=0
        Seed of the waves.

    References
    ----------
    .. [1] Gabrielsson, A. & Lindström, E. "The role of structure in the musical expression of emotions." Handbook of
       Music and Emotion, 2010.
    .. [2] Rahimi, A. & Recht, B. "Random features for large-scale kernel machines." NIPS, 2007.
    """

    def __init__(
        self,
        alpha: float = 60.0,
        *,
        cue_alpha: float = 30.0,
        feature_weights: ArrayLike | None = None,
        cue_signs: ArrayLike | None = None,
        cue_share: float = 0.5,
        n_waves: int = 0,
        wave_share: float = 0.33,
        wave_width: float = 0.7,
        wave_alpha: float = 0.3,
        random_state: int = 0,
    ) -> None:
        self.alpha = alpha
        self.cue_alpha = cue_alpha
        self.feature_weights = feature_weights
        self.cue_signs = cue_signs
        self.cue_share = cue_share
        self.n_waves = n_waves
        self.wave_share = wave_share
        self.wave_width = wave_width
        self.wave_alpha = wave_alpha
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit to features of shape (n_rows, n_features) and targets of shape (n_rows,) or (n_rows, n_targets)."""
        checked: tuple[NDArray[np.float64], NDArray[np.float64]] = validate_data(
            self, X, y, multi_output=True, y_numeric=True, dtype=np.float64, ensure_all_finite="allow-nan"
        )
        weight: NDArray[np.float64] = _check_sample_weight(
            sample_weight, checked[0], dtype=np.float64, ensure_non_negative=True
        )
        # A row without weight is an absent row, also for the choice of columns below.
        rows, labels = checked[0][weight > 0], checked[1][weight > 0].astype(np.float64)
        weight = weight[weight > 0]
        if not len(rows):
            raise ValueError("Every row has the weight 0: there is nothing to fit.")
        self.is_flat_ = labels.ndim == 1
        targets = labels[:, None] if self.is_flat_ else labels
        n_targets, n_features = targets.shape[1], rows.shape[1]
        trust = self._per_target(self.feature_weights, n_targets, n_features, default=1.0)
        signs = self._per_target(self.cue_signs, n_targets, n_features, default=0.0)

        low, high = weighted_quantile(rows, weight, 0.02), weighted_quantile(rows, weight, 0.98)
        # Another library may lie wholly beyond these: half their distance more keeps its tracks apart.
        low, high = low - 0.5 * (high - low), high + 0.5 * (high - low)
        cut = np.clip(rows, low, high)
        known = np.isfinite(cut)
        seen = np.maximum(weight @ known, 1e-300)
        mean = weight @ np.where(known, cut, 0) / seen
        sd = np.sqrt(weight @ np.where(known, (cut - mean) ** 2, 0) / seen)
        scale = np.where(sd > 1e-12 * np.maximum(1.0, np.abs(mean)), sd, 1.0)
        flagged = np.flatnonzero(~known.all(axis=0))
        stack = Stack.blank(low=low, high=high, mean=mean, scale=scale, flagged=flagged, n_targets=n_targets)
        Z = stack.standardised(rows)
        trust = np.hstack([trust, trust[:, flagged]])
        signs = np.hstack([signs, np.zeros((n_targets, len(flagged)))])
        sums = _Weighted.of(Z, targets, weight)

        coef, cue_coef = np.zeros((n_targets, Z.shape[1])), np.zeros((n_targets, Z.shape[1]))
        for t in range(n_targets):
            cue_coef[t] = sums.sign_constrained(self.cue_alpha, signs[t], t)
            share = self.cue_share if signs[t].any() else 0.0
            coef[t] = (1 - share) * sums.ridge(self.alpha, trust[t], t) + share * cue_coef[t]
        self.stack_ = stack.with_linear(coef, cue_coef, sums.y_mean - coef @ sums.x_mean)
        if self.n_waves:
            self._fit_waves(Z, targets, weight, trust)
        return self

    def _fit_waves(
        self,
        Z: NDArray[np.float64],
        targets: NDArray[np.float64],
        weight: NDArray[np.float64],
        trust: NDArray[np.float64],
    ) -> None:
        rng = np.random.default_rng(self.random_state)
        n_targets, width = trust.shape
        direction = rng.standard_normal((n_targets, width, self.n_waves)).astype(np.float32).astype(np.float64)
        direction *= (self.wave_width * trust / np.sqrt((trust**2).sum(axis=1, keepdims=True)))[:, :, None]
        direction = direction.astype(np.float32).astype(np.float64)
        phase = rng.uniform(0, 2 * np.pi, (n_targets, self.n_waves))
        wave_coef, intercept = np.zeros((n_targets, self.n_waves)), np.zeros(n_targets)
        for t in range(n_targets):
            waves = np.sqrt(2 / self.n_waves) * np.cos(Z @ direction[t] + phase[t])
            sums = _Weighted.of(waves, targets[:, [t]], weight)
            wave_coef[t] = sums.ridge(self.wave_alpha, np.ones(self.n_waves), 0)
            intercept[t] = sums.y_mean[0] - wave_coef[t] @ sums.x_mean
        self.stack_ = self.stack_.with_waves(direction, phase, wave_coef, intercept, share=self.wave_share)

    @staticmethod
    def _per_target(given: ArrayLike | None, n_targets: int, n_features: int, *, default: float) -> NDArray[np.float64]:
        if given is None:
            return np.full((n_targets, n_features), default)
        table = np.asarray(given, dtype=np.float64)
        if table.shape != (n_targets, n_features):
            raise ValueError(
                f"weights and signs have shape (n_targets, n_features) = {(n_targets, n_features)}, not {table.shape}"
            )
        return table

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Targets of each row, in the shape that `fit` was given."""
        check_is_fitted(self)
        rows: NDArray[np.float64] = validate_data(self, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan")
        predicted = self.stack_.predict(rows)
        return predicted[:, 0] if self.is_flat_ else predicted
