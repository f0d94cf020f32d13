"""A fitted stack as plain arrays: all that predicting needs, and nothing that could run or that was trained on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_CHUNK = 20_000


@dataclass(frozen=True)
class Stack:
    """Cutting, scaling, and a linear part plus waves for each target.

    Columns are the features, then one column a feature of `flagged`: whether it is unknown.
    """

    low: Floats
    high: Floats
    mean: Floats
    scale: Floats
    flagged: NDArray[np.intp]
    coef: Floats
    """Shape (n_targets, n_columns)."""
    cue_coef: Floats
    """The sign-constrained part alone, of the same shape: what explains an estimate."""
    intercept: Floats
    direction: Floats
    """Shape (n_targets, n_columns, n_waves)."""
    phase: Floats
    wave_coef: Floats
    wave_intercept: Floats
    wave_share: float = 0.0

    @classmethod
    def blank(
        cls, *, low: Floats, high: Floats, mean: Floats, scale: Floats, flagged: NDArray[np.intp], n_targets: int
    ) -> Stack:
        """A stack that knows how to scale, and predicts 0."""
        width = len(mean) + len(flagged)
        zero = np.zeros((n_targets, width))
        return cls(
            low=low,
            high=high,
            mean=mean,
            scale=scale,
            flagged=flagged,
            coef=zero,
            cue_coef=zero,
            intercept=np.zeros(n_targets),
            direction=np.zeros((n_targets, width, 0)),
            phase=np.zeros((n_targets, 0)),
            wave_coef=np.zeros((n_targets, 0)),
            wave_intercept=np.zeros(n_targets),
        )

    def with_linear(self, coef: Floats, cue_coef: Floats, intercept: Floats) -> Stack:
        """The same with a linear part."""
        return replace(self, coef=coef, cue_coef=cue_coef, intercept=intercept)

    def with_waves(
        self, direction: Floats, phase: Floats, wave_coef: Floats, wave_intercept: Floats, *, share: float
    ) -> Stack:
        """The same with waves that count `share`."""
        return replace(
            self,
            direction=direction,
            phase=phase,
            wave_coef=wave_coef,
            wave_intercept=wave_intercept,
            wave_share=share,
        )

    @property
    def n_features(self) -> int:
        """How many features a row has."""
        return len(self.mean)

    def standardised(self, X: NDArray[np.floating]) -> Floats:
        """Cut and scaled features, unknown ones at their mean, and the columns that say what is unknown.

        Beyond one standard deviation they grow as a logarithm: what is rare in one set is common in another, and no
        single feature may carry an estimate off.
        """
        Z = (np.clip(X.astype(np.float64), self.low, self.high) - self.mean) / self.scale
        unknown = ~np.isfinite(Z)
        Z[unknown] = 0.0
        far = np.abs(Z) > 1
        Z[far] = np.sign(Z[far]) * (1 + np.log(np.abs(Z[far])))
        return np.hstack([Z, unknown[:, self.flagged].astype(np.float64)])

    def predict(self, X: NDArray[np.floating]) -> Floats:
        """Targets of each row, shape (n_rows, n_targets)."""
        parts = [self._predict(self.standardised(X[i : i + _CHUNK])) for i in range(0, len(X), _CHUNK)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.intercept)))

    def _predict(self, Z: Floats) -> Floats:
        predicted = Z @ self.coef.T + self.intercept
        n_waves = self.phase.shape[1]
        if n_waves:
            for t in range(len(self.intercept)):
                waves = np.sqrt(2 / n_waves) * np.cos(Z @ self.direction[t] + self.phase[t])
                smooth = waves @ self.wave_coef[t] + self.wave_intercept[t]
                predicted[:, t] = (1 - self.wave_share) * predicted[:, t] + self.wave_share * smooth
        return np.asarray(predicted)
