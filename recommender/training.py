"""Train a mood model on rated music, and judge it on music that it has not seen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.model_selection import GroupKFold

from recommender.cues import sign_table, trust_table
from recommender.errors import TrainingError
from recommender.estimator import MoodRegressor
from recommender.model import AXES, MoodModel, mean_vector
from recommender.one_scale import AxisMap, RatingScale, axis_map, has_scale, rating_scale
from recommender.spread import (
    COVERAGE,
    NORMAL_90,
    Spread,
    believed,
    conformal,
    familiarity,
    fit_spread,
    spread_inputs,
    uncut,
)

Floats = NDArray[np.float64]
LEAST_TRACKS, FEW_TRACKS = 50, 200
LEAST_GROUPS = 3
_OUTSIDE_SHARE = 0.98
_ENOUGH_FOR_SPREADS = 20_000
_MOST_ROWS = 150_000
"""With more stretches than these, each track counts as its mean: the memory is that of a small machine."""
_N_KINDS, _KIND_DIRECTIONS, _KIND_SAMPLE = 4, 8, 5_000


@dataclass(frozen=True)
class Ratings:
    """Rated recordings of one source."""

    name: str
    segments: tuple[NDArray[np.floating], ...]
    """Of each recording, shape (n_segments, n_features)."""
    ratings: Floats
    """Valence and arousal, shape (n_recordings, 2), on the source's own scale."""
    group: NDArray[np.str_]
    """Artist, series or album: recordings of one group are never in two folds."""
    weight: Floats
    """How much each recording counts; renders of one score share its weight."""
    genre: NDArray[np.str_] = field(default_factory=lambda: np.empty(0, np.str_))
    scale: tuple[RatingScale, RatingScale] | None = None
    """How its ratings become the one scale, where that is known already: a part keeps the scale of its whole."""

    def __len__(self) -> int:
        return len(self.segments)

    @property
    def scales(self) -> tuple[RatingScale, RatingScale]:
        """How its valence and its arousal become the one scale."""
        if self.scale is not None:
            return self.scale
        valence, arousal = (rating_scale(self.ratings[:, axis], self.weight) for axis in range(2))
        return valence, arousal

    @property
    def scaled(self) -> Floats:
        """Its ratings on the one scale, shape (n_recordings, 2)."""
        return np.column_stack([scale.apply(self.ratings[:, axis]) for axis, scale in enumerate(self.scales)])

    def on_own_scale(self) -> Ratings:
        """The same, bound to the scale that all of its ratings have together.

        A part would otherwise be centred on its own median, which jumps where ratings are coarse: on one of two
        values, say. Estimates in one part's units are no estimates in another's.
        """
        return replace(self, scale=self.scales)

    def take(self, rows: NDArray[Any]) -> Ratings:
        """Some of the recordings, by number or by mask."""
        rows = np.arange(len(self))[rows]
        return Ratings(
            self.name,
            tuple(self.segments[i] for i in rows),
            self.ratings[rows],
            self.group[rows],
            self.weight[rows],
            self.genre[rows] if len(self.genre) else self.genre,
            self.scale,
        )


@dataclass(frozen=True)
class Settings:
    """What training may be tuned by; the defaults are those of the model that ships."""

    alpha: float = 60.0
    cue_alpha: float = 200.0
    cue_share: float = 0.5
    n_waves: int = 200
    wave_share: float = 0.33
    valence_trust: Mapping[str, float] | None = None
    arousal_trust: Mapping[str, float] | None = None

    def regressor(self, names: Sequence[str], *, seed: int) -> MoodRegressor:
        """An estimator that is not yet fitted."""
        own = {"valence": self.valence_trust, "arousal": self.arousal_trust}
        return MoodRegressor(
            self.alpha,
            cue_alpha=self.cue_alpha,
            cue_share=self.cue_share,
            n_waves=self.n_waves,
            wave_share=self.wave_share,
            feature_weights=trust_table(names, **{axis: trust for axis, trust in own.items() if trust is not None}),
            cue_signs=sign_table(names),
            random_state=seed,
        )


DEFAULTS = Settings()


@dataclass(frozen=True)
class _Rows:
    """All stretches of all sets as rows."""

    X: Floats
    y: Floats
    weight: Floats
    track: NDArray[np.intp]
    track_y: Floats
    track_weight: Floats
    track_group: NDArray[np.intp]
    track_set: NDArray[np.intp]

    def of_tracks(self, values: NDArray[Any]) -> NDArray[Any]:
        """Mean over the stretches of each track."""
        counts = np.bincount(self.track, minlength=len(self.track_y))
        columns = values[:, None] if values.ndim == 1 else values
        sums = [np.bincount(self.track, weights=column, minlength=len(counts)) / counts for column in columns.T]
        return np.stack(sums, axis=1)[:, 0] if values.ndim == 1 else np.stack(sums, axis=1)


def _some_groups(rows: _Rows, *, limit: int) -> _Rows:
    """The same, or whole groups of it, drawn by lot, of so many tracks: enough to learn spreads from."""
    if len(rows.track_y) <= limit:
        return rows
    sizes = np.bincount(rows.track_group)
    order = np.random.default_rng(0).permutation(len(sizes))
    chosen = np.zeros(len(sizes), bool)
    chosen[order[: max(2, int(np.searchsorted(np.cumsum(sizes[order]), limit)))]] = True
    used = chosen[rows.track_group]
    kept = used[rows.track]
    number = np.cumsum(used) - 1
    return _Rows(
        X=rows.X[kept],
        y=rows.y[kept],
        weight=rows.weight[kept],
        track=number[rows.track[kept]],
        track_y=rows.track_y[used],
        track_weight=rows.track_weight[used],
        track_group=np.unique(rows.track_group[used], return_inverse=True)[1],
        track_set=np.unique(rows.track_set[used], return_inverse=True)[1],
    )


def _rows(sets: Sequence[Ratings]) -> tuple[_Rows, list[tuple[RatingScale, RatingScale]]]:
    scales = [source.scales for source in sets]
    track_y = np.concatenate([source.scaled for source in sets])
    segments = [rows for source in sets for rows in as_heard_in(sets[0], source)]
    if sum(len(rows) for rows in segments) > _MOST_ROWS:
        segments = [mean_vector(rows)[None, :] for rows in segments]
    counts = np.array([len(rows) for rows in segments])
    track = np.repeat(np.arange(len(segments)), counts)
    track_weight = np.concatenate([source.weight for source in sets]).astype(float)
    names = np.concatenate([np.char.add(f"{source.name}/", source.group.astype(str)) for source in sets])
    group = np.unique(names, return_inverse=True)[1]
    return (
        _Rows(
            X=np.concatenate(segments).astype(np.float64),
            y=track_y[track],
            weight=(track_weight / counts)[track],
            track=track,
            track_y=track_y,
            track_weight=track_weight,
            track_group=group,
            track_set=np.repeat(np.arange(len(sets)), [len(source) for source in sets]),
        ),
        scales,
    )


def as_heard_in(home: Ratings, source: Ratings) -> list[Floats]:
    """The features of a set as they would be in the first one: each with the mean and spread that it has there.

    What sets two sets apart as a whole, instruments, mastering, length, is not mood; within a set it may be.
    """
    rows = [np.atleast_2d(segments).astype(np.float64) for segments in source.segments]
    if source is home:
        return rows
    (mean, sd), (its_mean, its_sd) = _usual(home), _usual(source)
    return [(each - its_mean) / its_sd * sd + mean for each in rows]


def _usual(source: Ratings) -> tuple[Floats, Floats]:
    """Weighted mean and spread of each feature."""
    rows = np.array([mean_vector(segments) for segments in source.segments])
    known = np.isfinite(rows)
    weight = source.weight[:, None] * known
    total = np.maximum(weight.sum(axis=0), 1e-12)
    mean = (weight * np.where(known, rows, 0)).sum(axis=0) / total
    sd = np.sqrt((weight * np.where(known, rows - mean, 0) ** 2).sum(axis=0) / total)
    return mean, np.where(sd > 1e-9, sd, 1.0)


def require_trainable(sets: Sequence[Ratings], *, is_part: bool = False) -> tuple[str, ...]:
    """Refuse ratings that no model can honestly be trained on; return warnings.

    `is_part`: a fold was left out of ratings that were enough as a whole.

    Raises
    ------
    TrainingError
        Fewer than 50 tracks, unknown or constant labels, fewer than three groups, or one recording in two groups.
    """
    least_tracks, least_groups = (LEAST_TRACKS // 2, 2) if is_part else (LEAST_TRACKS, LEAST_GROUPS)
    n = sum(len(source) for source in sets)
    if n < least_tracks:
        raise TrainingError(
            f"There are {n} rated tracks, and at least {least_tracks} are needed (200 or more for a model to rely on): "
            "rate more tracks, or keep the model in use.",
            reason="too_few",
            count=n,
        )
    for source in sets:
        if not np.isfinite(source.ratings).all():
            row = int(np.flatnonzero(~np.isfinite(source.ratings).all(axis=1))[0])
            raise TrainingError(
                f"Track {row + 1} of {source.name} has no number for valence or arousal: rate it, or take it out.",
                reason="not_a_number",
            )
        require_ratings_apart(source)
        if (n_groups := len(set(source.group.tolist()))) < least_groups:
            raise TrainingError(
                f"The tracks of {source.name} belong to {n_groups} artists or groups, and at least {least_groups} are "
                "needed, so that a model can be tested on music by others: add tracks by others.",
                reason="one_group",
            )
        _require_apart(source)
    return (f"only {n} rated tracks: figures will be uncertain",) if n < FEW_TRACKS else ()


def require_ratings_apart(source: Ratings) -> None:
    """Refuse ratings that are one and the same, or nearly all so: nothing can be learned from them, or told by them.

    Raises
    ------
    TrainingError
        Naming the axis and the rating.
    """
    for axis, name in enumerate(AXES):
        values, counts = np.unique(source.ratings[:, axis], return_counts=True)
        if len(values) < 2:
            who = f"All {len(source)} tracks" if len(source) > 1 else "The only track"
        elif source.scale is None and not has_scale(source.ratings[:, axis], source.weight):
            who = f"{counts.max()} of {len(source)} tracks"
        else:
            continue
        raise TrainingError(
            f"{who} of {source.name} have the same {name}, {values[counts.argmax()]:g} on a scale from -1 to 1: "
            "nothing can be learned from them. Rate them apart.",
            reason="constant",
        )


def sound_id(segments: NDArray[np.floating]) -> str:
    """Ten letters that tell one recording from another, and nothing about it."""
    return hashlib.sha256(np.ascontiguousarray(segments, dtype="<f4").tobytes()).hexdigest()[:10]


def estimate_left_out(
    source: Ratings, *, feature_names: Sequence[str], settings: Settings = DEFAULTS, seed: int = 0
) -> tuple[Floats, Floats]:
    """Raw estimates of artists left out in five folds, without intervals, and the ratings; shape (n, 2) each."""
    rows, _ = _rows([source])
    folds = folds_of(rows.track_group, seed=seed)
    return _out_of_fold(rows, folds, tuple(feature_names), settings, seed).raw, rows.track_y


def _require_apart(source: Ratings) -> None:
    """One recording under two groups would stand on both sides of a fold."""
    seen: dict[bytes, str] = {}
    for segments, group in zip(source.segments, source.group, strict=True):
        key = np.ascontiguousarray(segments, dtype=np.float32).tobytes()
        if seen.setdefault(key, str(group)) != str(group):
            raise TrainingError(
                f"The same recording stands in {source.name} under {seen[key]!r} and under {str(group)!r}: "
                "keep one of them.",
                reason="duplicate",
            )


def folds_of(group: NDArray[np.intp], *, n_folds: int = 5, seed: int = 0) -> list[NDArray[np.intp]]:
    """Rows to leave out in turn, whole groups at a time."""
    n_folds = min(n_folds, len(np.unique(group)))
    splitter = GroupKFold(n_folds, shuffle=True, random_state=seed)
    return [left_out for _, left_out in splitter.split(group, groups=group)]


def train(
    sets: Sequence[Ratings],
    *,
    feature_names: Sequence[str],
    features_version: str,
    settings: Settings = DEFAULTS,
    card: Mapping[str, Any] | None = None,
    seed: int = 0,
    is_part: bool = False,
) -> MoodModel:
    """Train a model on one or more sources.

    Each source's ratings are centred and scaled, and its features brought to the mean and spread that they have in the
    first one, which is the one that single files are taken to be like. Predictions on groups left out give the map to
    the one scale, the spreads and the limit of what counts as familiar; the stack itself is then fitted to everything.

    Raises
    ------
    TrainingError
        See `require_trainable`.
    """
    warnings = require_trainable(sets, is_part=is_part)
    rows, scales = _rows(sets)
    names = tuple(feature_names)
    if rows.X.shape[1] != len(names):
        raise TrainingError(
            f"The tracks have {rows.X.shape[1]} features and {len(names)} names: analyse them again.", reason="shape"
        )
    model = _fit(rows, np.ones(len(rows.X), bool), names, settings, seed)
    part = _some_groups(rows, limit=_ENOUGH_FOR_SPREADS)
    seen = _out_of_fold(part, folds_of(part.track_group, seed=seed), names, settings, seed)
    order = np.argsort(seen.distance)
    cumulative = np.cumsum(part.track_weight[order]) / part.track_weight.sum()
    limit = float(seen.distance[order][np.searchsorted(cumulative, _OUTSIDE_SHARE)])
    unseen = _out_of_fold(part, _kinds(part, model), names, settings, seed)
    calibrated = [_calibrate(part, seen, unseen, axis) for axis in range(2)]
    about = {
        "n_tracks": len(rows.track_y),
        "sets": [
            {"name": source.name, "recordings": len(source), "valence": list(pair[0]), "arousal": list(pair[1])}
            for source, pair in zip(sets, scales, strict=True)
        ],
        "warnings": list(warnings),
        "seed": seed,
        "heard": sorted({sound_id(segments) for source in sets for segments in source.segments}),
    }
    return replace(
        model,
        maps=(calibrated[0][0], calibrated[1][0]),
        spreads=(calibrated[0][1], calibrated[1][1]),
        familiarity=model.familiarity._replace(limit=limit),
        features_version=features_version,
        card={**about, **(card or {})},
    )


@dataclass(frozen=True)
class _LeftOut:
    """Estimates of each track by a model that had not seen it."""

    raw: Floats
    distance: Floats


def _out_of_fold(
    rows: _Rows, folds: Sequence[NDArray[np.intp]], names: tuple[str, ...], settings: Settings, seed: int
) -> _LeftOut:
    raw, distance = np.zeros_like(rows.track_y), np.zeros(len(rows.track_y))
    for left_out in folds:
        test = np.isin(rows.track, left_out)
        part = _fit(rows, ~test, names, settings, seed)
        raw_rows, distance_rows = np.zeros_like(rows.y), np.zeros(len(rows.y))
        distance_rows[test] = part._distances(rows.X[test])
        raw_rows[test] = believed(part.stack.predict(rows.X[test]), distance_rows[test])
        raw[left_out] = rows.of_tracks(raw_rows)[left_out]
        distance[left_out] = rows.of_tracks(distance_rows)[left_out]
    return _LeftOut(raw, distance)


def _kinds(rows: _Rows, model: MoodModel) -> list[NDArray[np.intp]]:
    """Tracks that sound alike: what a model that heard none of them gets wrong tells how wide intervals far off are."""
    Z = uncut(rows.of_tracks(rows.X), mean=model.stack.mean, scale=model.stack.scale)
    scores = Z @ model.familiarity.components[:, :_KIND_DIRECTIONS]
    scores = scores / np.maximum(scores.std(axis=0), 1e-9)
    sample = np.random.default_rng(0).permutation(len(scores))[:_KIND_SAMPLE]
    found = KMeans(_N_KINDS, n_init=5, random_state=0).fit(scores[sample]).predict(scores)
    parts = [np.flatnonzero(found == kind) for kind in range(_N_KINDS)]
    return [part for part in parts if len(part) and len(scores) - len(part) >= LEAST_TRACKS // 2]


def _calibrate(rows: _Rows, seen: _LeftOut, unseen: _LeftOut, axis: int) -> tuple[AxisMap, Spread]:
    """The map and the spread of one axis, from estimates of tracks whose artist, or whose kind, was left out.

    How the error grows with the distance is learned from both; how wide the interval is, from artists left out.
    """
    rated, weight, raw = rows.track_y[:, axis], rows.track_weight, seen.raw[:, axis]
    mapping = axis_map(raw, rated, weight)
    inputs = spread_inputs(seen.distance)
    both = np.concatenate([inputs, spread_inputs(unseen.distance)])
    residual = np.concatenate([rated - raw, rated - unseen.raw[:, axis]])
    spread = fit_spread(residual, both, np.concatenate([weight, weight]), axis=axis)
    raw_sd = spread.of(inputs)
    raw_90 = conformal(np.abs(rated - raw) / raw_sd, weight, coverage=COVERAGE)
    place = mapping.apply(raw)
    scores = np.abs(rated - place) / np.hypot(raw_sd, place - raw)
    return mapping, spread._replace(
        raw_90=raw_90, mapped_factor=conformal(scores, weight, coverage=COVERAGE) / NORMAL_90
    )


def _fit(rows: _Rows, used: NDArray[np.bool_], names: tuple[str, ...], settings: Settings, seed: int) -> MoodModel:
    """A model whose map, spreads and limit are still to be learned."""
    X, y, weight = rows.X[used], rows.y[used], rows.weight[used]
    stack = settings.regressor(names, seed=seed).fit(X, y, sample_weight=weight).stack_
    sets = np.unique(rows.track_set[rows.track[used]], return_inverse=True)[1]
    near = familiarity(uncut(X, mean=stack.mean, scale=stack.scale), weight, sets)
    plain = axis_map(np.linspace(-1, 1, 50), np.linspace(-1, 1, 50))
    unit = fit_spread(np.ones(2), np.zeros((2, 1)), np.ones(2), axis=0)
    return MoodModel(stack, (plain, plain), (unit, unit), near, names, "", {})
