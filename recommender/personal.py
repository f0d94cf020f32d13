"""One listener: how their ratings differ from everyone's, shrunk towards everyone's while they are few.

For each axis a rating is taken as `offset + slope * estimate` plus noise. Offset and slope have the prior of listeners
at large; beside it stands the possibility that this listener is like everyone, and the ratings decide between the two,
so that a listener without peculiarities loses next to nothing [1]_.

References
----------
.. [1] Hoeting, J. A. et al. "Bayesian model averaging: a tutorial." Statistical Science, 1999.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from recommender.candidates import Candidates

Floats = NDArray[np.float64]
OFFSET_SD, SLOPE_SD, NOISE_SD = 0.25, 0.3, 0.25
LIKING_SD = 0.5
_PRIOR_PECULIAR = 0.15


@dataclass(frozen=True)
class Axis:
    """What is known of one axis: mean of offset and slope, their covariance, and how sure it is that they matter."""

    offset: float = 0.0
    slope: float = 1.0
    covariance: tuple[tuple[float, float], tuple[float, float]] = ((0.0, 0.0), (0.0, 0.0))
    peculiar: float = 0.0
    """Probability that the listener differs from everyone at all."""

    def apply(self, estimate: Floats) -> Floats:
        """Their likely rating of tracks from everyone's, in [-1, 1]."""
        return np.asarray(np.clip(self.offset + self.slope * estimate, -1, 1))

    def sd(self, estimate: Floats, common_sd: Floats) -> Floats:
        """Spread of that: everyone's, stretched, and what is not yet known of the listener."""
        (a, b), (_, d) = self.covariance
        own = np.maximum(a + 2 * b * estimate + d * estimate**2, 0)
        return np.asarray(np.sqrt((self.slope * common_sd) ** 2 + own))


@dataclass(frozen=True)
class Listener:
    """Offsets and slopes of a listener, and the direction of what they like."""

    valence: Axis
    arousal: Axis
    liking: tuple[float, float, float]
    """Constant, valence, arousal: liking in [-1, 1] is their sum over a track's estimate."""
    n_ratings: int

    def likes(self, valence: Floats, arousal: Floats) -> Floats:
        """How much they are likely to like tracks, in [0, 1]; 0.5 is as much as anyone."""
        constant, v, a = self.liking
        return np.asarray(np.clip(0.5 + 0.5 * (constant + v * valence + a * arousal), 0, 1))


EVERYONE = Listener(Axis(), Axis(), (0.0, 0.0, 0.0), 0)


def fit_axis(
    estimates: Sequence[float] | Floats,
    ratings: Sequence[float] | Floats,
    *,
    sds: Sequence[float] | Floats | None = None,
) -> Axis:
    """Offset and slope from ratings of tracks; everyone's where there are none.

    `sds` is the spread of the estimates: what a track's own estimate may be off is not the listener's doing.
    """
    m, r = np.asarray(estimates, dtype=float), np.asarray(ratings, dtype=float)
    if len(m) != len(r):
        raise ValueError(f"{len(m)} estimates and {len(r)} ratings: one of each for every track")
    known = np.isfinite(m) & np.isfinite(r)
    off = np.zeros(len(m)) if sds is None else np.nan_to_num(np.asarray(sds, dtype=float))
    m, departure = m[known], r[known] - m[known]
    if not len(m):
        return Axis()
    X = np.column_stack([np.ones(len(m)), m])
    weighted = X / (NOISE_SD**2 + off[known] ** 2)[:, None]
    precision = np.diag([1 / OFFSET_SD**2, 1 / SLOPE_SD**2]) + X.T @ weighted
    covariance = np.linalg.inv(precision)
    mean = covariance @ (weighted.T @ departure)
    # How much better a peculiar listener explains the ratings than one like everyone.
    log_odds = 0.5 * (
        mean @ precision @ mean - np.linalg.slogdet(precision)[1] - 2 * np.log(OFFSET_SD) - 2 * np.log(SLOPE_SD)
    )
    log_odds += np.log(_PRIOR_PECULIAR / (1 - _PRIOR_PECULIAR))
    share = float(1 / (1 + np.exp(-np.clip(log_odds, -50, 50))))
    blended = share * mean
    wide = share * (covariance + (1 - share) * np.outer(mean, mean))
    return Axis(
        float(blended[0]),
        float(1 + blended[1]),
        ((float(wide[0, 0]), float(wide[0, 1])), (float(wide[1, 0]), float(wide[1, 1]))),
        share,
    )


def fit_listener(
    estimates: Floats, ratings: Floats, liked: Sequence[float] | None = None, *, sds: Floats | None = None
) -> Listener:
    """A listener from what they said of some tracks.

    Parameters
    ----------
    estimates, ratings : ndarray of shape (n_tracks, 2)
        Valence and arousal as estimated for everyone, and as they rated them; NaN where they said nothing.
    liked : sequence of float, optional
        How much they liked each, in [-1, 1]; NaN where they did not say.
    sds : ndarray of shape (n_tracks, 2), optional
        Spread of the estimates.
    """
    estimates, ratings = np.reshape(estimates, (-1, 2)), np.reshape(ratings, (-1, 2))
    off = np.zeros_like(estimates) if sds is None else np.reshape(sds, (-1, 2))
    direction = np.zeros(3)
    if liked is not None:
        answers = np.asarray(liked, dtype=float)
        said = np.isfinite(answers)
        X = np.column_stack([np.ones(said.sum()), estimates[said]])
        penalty = NOISE_SD**2 / LIKING_SD**2
        direction = np.linalg.solve(X.T @ X + penalty * np.eye(3), X.T @ answers[said])
    return Listener(
        fit_axis(estimates[:, 0], ratings[:, 0], sds=off[:, 0]),
        fit_axis(estimates[:, 1], ratings[:, 1], sds=off[:, 1]),
        (float(direction[0]), float(direction[1]), float(direction[2])),
        int(np.isfinite(ratings).any(axis=1).sum()),
    )


MOST_OFFSET = 0.3
SLOPES = (0.75, 1.25)
"""What the planner takes from one listener at most: how people feel with songs moves less than the songs do, and a
scale squeezed that far would leave no song for a target."""
GUESSED_LIKING = (0.35, 0.65)
MOST_GUESSED = 20_000
EDGE = 1.2816  # of the 80 % interval that limits read


def careful(axis: Axis) -> Axis:
    """The axis within what the planner takes from one listener."""
    offset = float(np.clip(axis.offset, -MOST_OFFSET, MOST_OFFSET))
    return Axis(offset, float(np.clip(axis.slope, *SLOPES)), axis.covariance, axis.peculiar)


def as_heard_by(candidates: Candidates, listener: Listener) -> Candidates:
    """The candidates with each estimate moved to where this listener is likely to put the track.

    What a person has said of a track stays. The spread is wide enough that its 80 % interval holds both edges, the
    listener's and everyone's: a limit never lets through what it would not have without them.
    """
    certain = candidates.known("certain_mood")
    changed: dict[str, Any] = {}
    for name in ("valence", "arousal"):
        axis = careful(getattr(listener, name))
        common, sd = getattr(candidates, name).astype(float), getattr(candidates, f"{name}_sd").astype(float)
        own = axis.apply(common)
        wide = np.maximum(axis.sd(common, sd), sd + np.abs(own - common) / EDGE)
        changed[name] = np.where(certain, common, own).astype(np.float32)
        expected = candidates.known(f"{name}_expected").astype(float)
        changed[f"{name}_expected"] = np.where(certain, expected, axis.apply(expected)).astype(np.float32)
        changed[f"{name}_sd"] = np.where(certain, sd, wide).astype(np.float32)
    return replace(candidates, **changed)


def likings(candidates: Candidates, listener: Listener) -> dict[str, float]:
    """How much the listener is likely to like each track, for `Rules.liking`; empty where nothing says.

    A guess never counts as liking or dislike that somebody has said: it stays between the two. In a library of more
    than `MOST_GUESSED` tracks there is always one as fitting that they are known to like.
    """
    if not any(listener.liking) or len(candidates) > MOST_GUESSED:
        return {}
    places = candidates.places
    guessed = np.clip(listener.likes(places[:, 0], places[:, 1]), *GUESSED_LIKING)
    known = np.isfinite(guessed)
    return dict(zip(candidates.ids[known].tolist(), guessed[known].round(3).tolist(), strict=True))


def difference(listener: Listener, places: NDArray[np.floating]) -> tuple[float, float]:
    """By how much valence and arousal of these tracks, shape (n_tracks, 2), move for a listener, on average."""
    if not len(places):
        return 0.0, 0.0
    at: Floats = np.asarray(places, dtype=np.float64)
    moved = [
        float(np.mean(careful(axis).apply(at[:, i]) - at[:, i]))
        for i, axis in enumerate((listener.valence, listener.arousal))
    ]
    return moved[0], moved[1]


def next_to_ask(listener: Listener, estimates: Floats, sds: Floats, *, is_safe: NDArray[np.bool_]) -> int | None:
    """The safe track whose rating would tell most: the one whose place is least sure; None where none is safe."""
    if not is_safe.any():
        return None
    spread = np.hypot(listener.valence.sd(estimates[:, 0], sds[:, 0]), listener.arousal.sd(estimates[:, 1], sds[:, 1]))
    return int(np.argmax(np.where(is_safe, spread, -np.inf)))
