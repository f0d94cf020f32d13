"""How good a mood model is, on music that it has not seen, beside what anyone could do without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.estimator import MoodRegressor
from recommender.library_reference import LibraryReference
from recommender.model import AXES, MoodModel, mean_vector
from recommender.training import DEFAULTS, Ratings, Settings, folds_of, train

Floats = NDArray[np.float64]
THREE_FEATURES = ("tempo_log2", "level_mean", "mode_albrecht_shanahan_10s")
"""Tempo, level and mode: what is commonly said to make the mood of music."""
LEAST_GROUP = 30


@dataclass(frozen=True)
class Judged:
    """Estimates of recordings that the model had not seen, beside their ratings; arrays of shape (n, 2)."""

    rated: Floats
    """Centred and scaled."""
    raw: Floats
    mapped: Floats
    half_width: Floats
    """Of the 90 % interval around `raw`."""
    mapped_sd: Floats
    constant: Floats
    three: Floats
    outside: NDArray[np.bool_]

    def take(self, rows: NDArray[Any]) -> Judged:
        """Some of the recordings."""
        return Judged(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def figures(predicted: Floats, rated: Floats) -> dict[str, float]:
    """R², r, RMSE and the concordance coefficient of one axis."""
    error = predicted - rated
    total = float(((rated - rated.mean()) ** 2).sum())
    covariance = float(np.mean((predicted - predicted.mean()) * (rated - rated.mean())))
    gap = float((predicted.mean() - rated.mean()) ** 2)
    spread = predicted.std() * rated.std()
    return {
        "r2": 1 - float((error**2).sum()) / total,
        "r": covariance / float(spread) if spread > 1e-12 else 0.0,
        "rmse": float(np.sqrt(np.mean(error**2))),
        "ccc": 2 * covariance / float(predicted.var() + rated.var() + gap),
    }


def score(judged: Judged, axis: int) -> dict[str, float]:
    """All figures of one axis: of the raw estimate, its interval, and the mapped spread beside the ratings'."""
    rated = judged.rated[:, axis]
    inside = np.abs(rated - judged.raw[:, axis]) <= judged.half_width[:, axis]
    mapped_inside = np.abs(rated - judged.mapped[:, axis]) <= 1.6449 * judged.mapped_sd[:, axis]
    return figures(judged.raw[:, axis], rated) | {
        "coverage": float(inside.mean()),
        "width": float(2 * judged.half_width[:, axis].mean()),
        "width_share": _width_share(judged, axis),
        "mapped_coverage": float(mapped_inside.mean()),
        "mapped_spread": float(judged.mapped[:, axis].std() / rated.std()),
        "mapped_rmse": float(np.sqrt(np.mean((judged.mapped[:, axis] - rated) ** 2))),
    }


def _width_share(judged: Judged, axis: int) -> float:
    """Mean width as a share of that of intervals that are equally wide everywhere and cover as many recordings."""
    half_width = judged.half_width[:, axis]
    away = np.abs(judged.rated - judged.raw)[:, axis]
    covered = int((away <= half_width).sum())
    return float(half_width.mean() / np.sort(away)[covered - 1]) if covered else 0.0


def bootstrap(predicted: Floats, rated: Floats, *, rng: int = 0, draws: int = 1000) -> dict[str, tuple[float, float]]:
    """The intervals that R², r, RMSE and CCC lie in nineteen times of twenty, by drawing recordings anew.

    Of more than 20,000 recordings fewer draws are made: their intervals are narrow, and 200 draws find them.
    """
    n = len(rated)
    draws = min(draws, max(200, 20_000_000 // n))
    # Every figure follows from six sums, so that a draw costs no more than adding up its rows.
    p, r = predicted - rated.mean(), rated - rated.mean()
    moments = np.column_stack([p, r, p * p, r * r, p * r])
    source = np.random.default_rng(rng)
    at_once = max(1, 250_000 // n)
    sums = np.concatenate(
        [
            moments[source.integers(0, n, (min(at_once, draws - start), n))].mean(axis=1)
            for start in range(0, draws, at_once)
        ]
    )
    mean_p, mean_r, square_p, square_r, product = sums.T
    error = np.maximum(square_p - 2 * product + square_r, 0.0)
    of_p, of_r = np.maximum(square_p - mean_p**2, 0.0), np.maximum(square_r - mean_r**2, 1e-12)
    covariance = product - mean_p * mean_r
    spread = np.sqrt(of_p * of_r)
    drawn = {
        "r2": 1 - error / of_r,
        "r": np.where(of_p > 1e-12, covariance / np.maximum(spread, 1e-12), 0.0),
        "rmse": np.sqrt(error),
        "ccc": 2 * covariance / (of_p + of_r + (mean_p - mean_r) ** 2),
    }
    ends = {name: np.quantile(values, [0.025, 0.975]) for name, values in drawn.items()}
    return {name: (float(low), float(high)) for name, (low, high) in ends.items()}


def intervals(judged: Judged, axis: int, *, rng: int = 0) -> dict[str, list[float]]:
    """`bootstrap` of a model's raw estimates of one axis, and of its coverage, ready for JSON."""
    found = bootstrap(judged.raw[:, axis], judged.rated[:, axis], rng=rng)
    inside = np.abs(judged.rated - judged.raw)[:, axis] <= judged.half_width[:, axis]
    # How many of n drawn recordings lie inside follows the binomial distribution.
    covered = np.random.default_rng(rng).binomial(len(inside), inside.mean(), 2000) / len(inside)
    ends = {"coverage": np.quantile(covered, [0.025, 0.975]).tolist()}
    return {name: list(each) for name, each in found.items()} | ends


def judge(
    model: MoodModel,
    test: Ratings,
    rated: Floats,
    trained_on: Sequence[Ratings],
    *,
    reference: LibraryReference | None = None,
) -> Judged:
    """Estimates of `test` by a model, and by the two baselines from what the model was trained on.

    `reference` is what is usual in the library that `test` belongs to; None takes each recording as a file alone.
    """
    said = model.estimate(test.segments, reference=reference)
    ys = np.concatenate([source.scaled for source in trained_on])
    weight = np.concatenate([source.weight for source in trained_on])
    constant = np.average(ys, axis=0, weights=weight)
    places = [model.feature_names.index(name) for name in THREE_FEATURES if name in model.feature_names]
    three = np.tile(constant, (len(test), 1))
    if places:
        known = np.concatenate([_means(source)[:, places] for source in trained_on])
        simple = MoodRegressor(alpha=1.0).fit(known, ys, sample_weight=weight)
        three = simple.predict(_means(test)[:, places])
    return Judged(
        rated=rated,
        raw=np.column_stack([said.raw_valence, said.raw_arousal]),
        mapped=np.column_stack([said.valence, said.arousal]),
        half_width=np.column_stack([said.raw_valence_half_width, said.raw_arousal_half_width]),
        mapped_sd=np.column_stack([said.valence_sd, said.arousal_sd]),
        constant=np.tile(constant, (len(test), 1)),
        three=three,
        outside=said.outside_training,
    )


def _means(source: Ratings) -> Floats:
    return np.array([mean_vector(segments) for segments in source.segments])


def left_out(
    source: Ratings,
    parts: Sequence[NDArray[np.intp]],
    *,
    others: Sequence[Ratings] = (),
    feature_names: Sequence[str],
    settings: Settings = DEFAULTS,
    seed: int = 0,
    as_library: bool = False,
) -> Judged:
    """Leave out each part of a source in turn, train on the rest and on `others`, and put the estimates together.

    With `as_library` each part is estimated as a scan would, as a library of its own.
    """
    source = source.on_own_scale()
    rated = source.scaled
    pieces, order = [], []
    for part in parts:
        rest = source.take(np.setdiff1d(np.arange(len(source)), part))
        model = train(
            [rest, *others],
            feature_names=feature_names,
            features_version="",
            settings=settings,
            seed=seed,
            is_part=True,
        )
        test = source.take(part)
        reference = model.refer(test.segments) if as_library else None
        pieces.append(judge(model, test, rated[part], [rest, *others], reference=reference))
        order.append(part)
    joined = Judged(
        *(np.concatenate([getattr(piece, name) for piece in pieces]) for name in Judged.__dataclass_fields__)
    )
    return joined.take(np.argsort(np.concatenate(order)))


def by_artist(
    source: Ratings,
    *,
    others: Sequence[Ratings] = (),
    feature_names: Sequence[str],
    settings: Settings = DEFAULTS,
    seed: int = 0,
) -> Judged:
    """Five folds of whole groups."""
    group = np.unique(source.group, return_inverse=True)[1]
    return left_out(
        source, folds_of(group, seed=seed), others=others, feature_names=feature_names, settings=settings, seed=seed
    )


def summary(
    judged: Judged, *, groups: NDArray[np.str_] | None = None, genres: NDArray[np.str_] | None = None, rng: int = 0
) -> dict[str, Any]:
    """Figures of both axes with their intervals, the baselines', and those of each group and genre of 30 or more.

    Ready for JSON; `r2_interval` is that of `intervals`, under the name that it had first.
    """
    about: dict[str, Any] = {"n": len(judged.rated)}
    for axis, name in enumerate(AXES):
        ends = intervals(judged, axis, rng=rng)
        about[name] = score(judged, axis) | {"r2_interval": ends["r2"], "intervals": ends}
    about["baselines"] = {
        kind: {name: figures(getattr(judged, kind)[:, axis], judged.rated[:, axis]) for axis, name in enumerate(AXES)}
        for kind in ("constant", "three")
    }
    about["outside_training"] = float(judged.outside.mean())
    about["by_group"] = _by(judged, groups, rng)
    if genres is not None:
        about["by_genre"] = _by(judged, genres, rng)
    return about


def _by(judged: Judged, labels: NDArray[np.str_] | None, rng: int) -> dict[str, Any]:
    """Figures of the recordings of each label; those without one, and labels of fewer than 30, are left out."""
    found: dict[str, Any] = {}
    for label in np.unique(labels) if labels is not None else ():
        mine = judged.take(labels == label)
        if label and len(mine.rated) >= LEAST_GROUP:
            found[str(label)] = {"n": len(mine.rated)} | {
                name: score(mine, axis) | {"intervals": intervals(mine, axis, rng=rng)}
                for axis, name in enumerate(AXES)
            }
    return found


def three_left_out(source: Ratings, *, feature_names: Sequence[str], seed: int = 0) -> Floats:
    """Estimates by tempo, level and mode alone of groups left out, in the folds that a model is judged in; (n, 2)."""
    places = [list(feature_names).index(name) for name in THREE_FEATURES]
    X, y = _means(source)[:, places], source.scaled
    estimates = np.zeros_like(y)
    for part in folds_of(np.unique(source.group, return_inverse=True)[1], seed=seed):
        rest = np.setdiff1d(np.arange(len(y)), part)
        simple = MoodRegressor(alpha=1.0).fit(X[rest], y[rest], sample_weight=source.weight[rest])
        estimates[part] = simple.predict(X[part])
    return estimates


def mean_of(summaries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The mean of the same figures over seeds."""
    first = summaries[0]
    if isinstance(first, dict):
        return {key: mean_of([each[key] for each in summaries]) for key in first}
    if isinstance(first, list):
        return [mean_of([each[i] for each in summaries]) for i in range(len(first))]
    return float(np.mean(summaries))
