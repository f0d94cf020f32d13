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
from recommender.one_scale import rating_scale
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


def bootstrap_r2(judged: Judged, axis: int, *, rng: int = 0, draws: int = 1000) -> tuple[float, float]:
    """The interval that R² lies in nineteen times of twenty, by drawing recordings anew."""
    rated, raw = judged.rated[:, axis], judged.raw[:, axis]
    rows = np.random.default_rng(rng).integers(0, len(rated), (draws, len(rated)))
    drawn = rated[rows]
    total = ((drawn - drawn.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    r2 = 1 - ((raw[rows] - drawn) ** 2).sum(axis=1) / np.maximum(total, 1e-12)
    low, high = np.quantile(r2, [0.025, 0.975])
    return float(low), float(high)


def scaled(source: Ratings) -> Floats:
    """A source's ratings, centred and scaled, shape (n, 2)."""
    return np.column_stack(
        [rating_scale(source.ratings[:, axis], source.weight).apply(source.ratings[:, axis]) for axis in range(2)]
    )


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
    ys = np.concatenate([scaled(source) for source in trained_on])
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
    rated = scaled(source)
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


def by_genre(
    source: Ratings,
    *,
    others: Sequence[Ratings] = (),
    feature_names: Sequence[str],
    settings: Settings = DEFAULTS,
    seed: int = 0,
) -> Judged:
    """One genre left out at a time."""
    parts = [np.flatnonzero(source.genre == genre) for genre in np.unique(source.genre)]
    return left_out(source, parts, others=others, feature_names=feature_names, settings=settings, seed=seed)


def summary(judged: Judged, *, groups: NDArray[np.str_] | None = None, rng: int = 0) -> dict[str, Any]:
    """Figures of both axes with their baselines and by group, ready for JSON."""
    about: dict[str, Any] = {"n": len(judged.rated)}
    for axis, name in enumerate(AXES):
        about[name] = score(judged, axis) | {"r2_interval": list(bootstrap_r2(judged, axis, rng=rng))}
    about["baselines"] = {
        kind: {name: figures(getattr(judged, kind)[:, axis], judged.rated[:, axis]) for axis, name in enumerate(AXES)}
        for kind in ("constant", "three")
    }
    about["outside_training"] = float(judged.outside.mean())
    about["by_group"] = {}
    if groups is not None:
        for group in np.unique(groups):
            mine = judged.take(groups == group)
            if len(mine.rated) >= LEAST_GROUP:
                about["by_group"][str(group)] = {name: score(mine, axis) for axis, name in enumerate(AXES)} | {
                    "n": len(mine.rated)
                }
    return about


def mean_of(summaries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The mean of the same figures over seeds."""
    first = summaries[0]
    if isinstance(first, dict):
        return {key: mean_of([each[key] for each in summaries]) for key in first}
    if isinstance(first, list):
        return [mean_of([each[i] for each in summaries]) for i in range(len(first))]
    return float(np.mean(summaries))
