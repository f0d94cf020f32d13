"""The mood model in use: features of a track to valence and arousal, with spread, familiarity and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.errors import ModelMismatchError
from recommender.library_reference import LibraryReference, library_reference, no_reference
from recommender.mood import Estimate, Mood
from recommender.one_scale import AxisMap
from recommender.playlist import Reason
from recommender.spread import Familiarity, Spread, believed, spread_inputs, uncut
from recommender.stack import Stack

Floats = NDArray[np.float64]
AXES = ("valence", "arousal")
_TEN_TO_NINETY = 2.563
"""From the lowest to the highest tenth of a normal distribution, in its standard deviations."""


@dataclass(frozen=True)
class Estimates:
    """Moods of many tracks, arrays of shape (n_tracks,); all but `raw_*` on the one scale, in [-1, 1]."""

    valence: Floats
    arousal: Floats
    valence_sd: Floats
    arousal_sd: Floats
    outside_training: NDArray[np.bool_]
    raw_valence: Floats
    """Before the map to the one scale: squeezed towards 0, best for figures such as R²."""
    raw_arousal: Floats
    raw_valence_half_width: Floats
    """Half the width of the 90 % interval around the raw estimate."""
    raw_arousal_half_width: Floats
    distance: Floats
    """From the training music; about 1 inside."""

    def __len__(self) -> int:
        return len(self.valence)

    def __getitem__(self, i: int) -> Estimate:
        return Estimate(
            Mood(float(self.valence[i]), float(self.arousal[i])),
            float(self.valence_sd[i]),
            float(self.arousal_sd[i]),
            bool(self.outside_training[i]),
        )


@dataclass(frozen=True)
class MoodModel:
    """A fitted model: plain arrays only, so that it can be stored and read without running anything."""

    stack: Stack
    maps: tuple[AxisMap, AxisMap]
    spreads: tuple[Spread, Spread]
    familiarity: Familiarity
    feature_names: tuple[str, ...]
    features_version: str
    card: Mapping[str, Any] = field(default_factory=dict)
    """What it was trained on, its figures and its limits, ready for JSON."""

    @cached_property
    def model_id(self) -> str:
        """Twelve letters that change with any of its numbers."""
        from recommender.model_file import fingerprint

        return fingerprint(self)[:12]

    def require_features(self, names: Sequence[str], version: str) -> None:
        """Refuse features that are not those the model was trained on.

        Raises
        ------
        ModelMismatchError
            Naming the first difference.
        """
        if version != self.features_version:
            raise ModelMismatchError(
                f"The mood model {self.model_id} was trained on features of version {self.features_version}, and this "
                f"Attune hears version {version}: train it again, or use the model that came with Attune.",
                reason="features_version",
            )
        if tuple(names) != self.feature_names:
            differing = next(
                (f"{a!r} instead of {b!r}" for a, b in zip(names, self.feature_names, strict=False) if a != b),
                f"{len(names)} features instead of {len(self.feature_names)}",
            )
            raise ModelMismatchError(
                f"The mood model {self.model_id} was trained on other features ({differing}): train it again, or use "
                "the model that came with Attune.",
                reason="feature_names",
            )

    def refer(self, segments_per_track: Sequence[NDArray[np.floating]]) -> LibraryReference:
        """What is usual in a library; to be given with each of its tracks, so that they are compared with each other.

        Parameters
        ----------
        segments_per_track : sequence of ndarray of shape (n_segments, n_features)
            All tracks of the library, or a fair sample of them.
        """
        if not len(segments_per_track):
            return no_reference(self.stack.mean, self.stack.scale)
        vectors = np.stack([mean_vector(segments) for segments in segments_per_track])
        raw_sd = np.array([float(axis_map.raw[-1] - axis_map.raw[0]) / _TEN_TO_NINETY for axis_map in self.maps])
        # Estimated around the training mean: far off it every track would be cut to the same extreme.
        known = np.isfinite(vectors)
        own = np.where(known, vectors, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        raw = self.stack.predict(vectors - own + self.stack.mean)
        return library_reference(vectors, raw, mean=self.stack.mean, sd=self.stack.scale, raw_sd=raw_sd)

    def estimate(
        self, segments_per_track: Sequence[NDArray[np.floating]], *, reference: LibraryReference | None = None
    ) -> Estimates:
        """Moods of tracks from the vectors of their stretches.

        A model that learned from excerpts misjudges the mean of a whole track, so each stretch is scored and the scores
        are averaged; how far they differ widens the spread.

        Parameters
        ----------
        segments_per_track : sequence of ndarray of shape (n_segments, n_features)
            At least one stretch a track, NaN where a feature is unknown; a vector of shape (n_features,) counts as one.
        reference : LibraryReference, optional
            What is usual in the library that the tracks belong to; see `refer`. None for a file alone.
        """
        tracks = [np.atleast_2d(segments) for segments in segments_per_track]
        if not tracks:
            return self.estimate_rows(np.empty((0, len(self.feature_names))))
        for segments in tracks:
            if segments.shape[1] != len(self.feature_names) or not len(segments):
                raise ModelMismatchError(
                    f"The mood model {self.model_id} needs {len(self.feature_names)} features of each stretch, and was "
                    f"given an array of shape {segments.shape}: analyse the track again.",
                    reason="shape",
                )
        counts = np.array([len(segments) for segments in tracks])
        return self._pooled(np.concatenate(tracks), counts, reference)

    def estimate_rows(self, X: NDArray[np.floating], *, reference: LibraryReference | None = None) -> Estimates:
        """Moods of tracks of one stretch each, shape (n_tracks, n_features): the fast way for a million."""
        return self._pooled(X, np.ones(len(X), dtype=np.intp), reference)

    def _pooled(
        self, X: NDArray[np.floating], counts: NDArray[np.intp], reference: LibraryReference | None
    ) -> Estimates:
        if reference is not None and not reference.is_none:
            X = reference.apply(X)
        distance_rows = self._distances(X)
        raw_rows = believed(self.stack.predict(X), distance_rows)
        if len(counts) == len(X):
            raw, distance, wander = raw_rows, distance_rows, np.zeros_like(raw_rows)
        else:
            starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
            raw = np.add.reduceat(raw_rows, starts, axis=0) / counts[:, None]
            distance = np.add.reduceat(distance_rows, starts) / counts
            squares = np.add.reduceat(raw_rows**2, starts, axis=0) / counts[:, None]
            wander = np.maximum(squares - raw**2, 0) / counts[:, None]
        inputs = spread_inputs(distance)
        mapped, sds, halves = [], [], []
        for axis in range(2):
            spread, axis_map = self.spreads[axis], self.maps[axis]
            place = axis_map.apply(raw[:, axis])
            raw_sd = np.sqrt(spread.of(inputs) ** 2 + wander[:, axis])
            mapped.append(place)
            # The mapped place lies off the raw one, which is the likeliest: its error is that much larger.
            sds.append(spread.mapped_factor * np.hypot(raw_sd, place - raw[:, axis]))
            halves.append(spread.raw_90 * raw_sd)
        return Estimates(
            valence=mapped[0],
            arousal=mapped[1],
            valence_sd=sds[0],
            arousal_sd=sds[1],
            outside_training=distance > self.familiarity.limit,
            raw_valence=raw[:, 0],
            raw_arousal=raw[:, 1],
            raw_valence_half_width=halves[0],
            raw_arousal_half_width=halves[1],
            distance=distance,
        )

    def _distances(self, X: NDArray[np.floating]) -> Floats:
        parts = [
            self.familiarity.distance(uncut(X[i : i + 20_000], mean=self.stack.mean, scale=self.stack.scale))
            for i in range(0, len(X), 20_000)
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def explain(self, vector: NDArray[np.floating], *, count: int = 3) -> tuple[Reason, ...]:
        """What in the sound raises or lowers the estimate, strongest first.

        Only cues whose direction is known from the literature count, so that every reason is one that a therapist can
        hear: many onsets raise energy, minor thirds lower valence.

        Returns
        -------
        tuple of Reason
            `kind` is `mood_cue`; `values` are `axis`, `cue` (a feature's name), `is_high` (more of it than usual),
            `raises` and `effect` in raw units.
        """
        Z = self.stack.standardised(np.atleast_2d(vector))[0]
        reasons = []
        for axis, name in enumerate(AXES):
            effects = self.stack.cue_coef[axis] * Z
            for i in np.argsort(-np.abs(effects))[:count]:
                if i >= len(self.feature_names) or abs(effects[i]) < 0.03:
                    continue
                values = {
                    "axis": name,
                    "cue": self.feature_names[i],
                    "is_high": bool(Z[i] > 0),
                    "raises": bool(effects[i] > 0),
                    "effect": round(float(effects[i]), 3),
                }
                reasons.append(Reason("mood_cue", values))
        reasons.sort(key=lambda reason: -abs(reason.values["effect"]))
        return tuple(reasons[:count])


def mean_vector(segments: NDArray[np.floating]) -> Floats:
    """The mean of a track's stretches, shape (n_features,); unknown only where no stretch knows."""
    rows = np.atleast_2d(segments).astype(np.float64)
    known = np.isfinite(rows)
    count = known.sum(axis=0)
    return np.asarray(np.where(count > 0, np.where(known, rows, 0).sum(axis=0) / np.maximum(count, 1), np.nan))
