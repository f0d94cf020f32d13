"""Rated music as rows: heard once, kept in a cache under the version of the feature vector."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.rendering import ORCHESTRATIONS, render
from features import FEATURES_VERSION, AudioFeatures, extract, extract_many

FEELINGS = ("power", "joyful_activation", "tension", "calmness", "tenderness", "sadness")
AROUSAL_SIGNS = (1, 1, 1, -1, -1, -1)
VALENCE_SIGNS = (0, 1, -1, 1, 1, -1)


@dataclass(frozen=True)
class RatedSet:
    """Rated recordings; `segments[i]` has shape (n_segments, n_features) and `vectors[i]` is the whole recording."""

    name: str
    ids: NDArray[np.str_]
    segments: tuple[NDArray[np.float32], ...]
    vectors: NDArray[np.float32]
    ratings: NDArray[np.float64]
    """Valence and arousal as rated, shape (n_recordings, 2)."""
    group: NDArray[np.str_]
    """Artist or series: never in two folds."""
    genre: NDArray[np.str_]
    """Genre, or the orchestration of a render."""
    weight: NDArray[np.float64]
    """How far the raters agree, mean 1."""
    error_var: NDArray[np.float64]
    """Variance of each mean rating's own error, shape (n_recordings, 2)."""

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: NDArray[np.intp]) -> RatedSet:
        """Some of the recordings."""
        return RatedSet(
            self.name,
            self.ids[rows],
            tuple(self.segments[i] for i in rows),
            self.vectors[rows],
            self.ratings[rows],
            self.group[rows],
            self.genre[rows],
            self.weight[rows],
            self.error_var[rows],
        )


def hear(paths: Sequence[Path], cache: Path) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Vector and segments of each file, heard once per version of the vector."""
    folder = cache / f"features-{FEATURES_VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    kept = [folder / f"{path.parent.name}-{path.stem}.npz" for path in paths]
    waiting = {path: file for path, file in zip(paths, kept, strict=True) if not file.exists()}
    for path, result in extract_many(list(waiting), workers=1, timeout_s=300):
        features = result if isinstance(result, AudioFeatures) else extract(path)
        part = waiting[path].with_suffix(".part.npz")
        np.savez(part, vector=features.vector, segments=features.segments)
        part.replace(waiting[path])
    heard = []
    for file in kept:
        with np.load(file, allow_pickle=False) as stored:
            heard.append((stored["vector"], stored["segments"]))
    return heard


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def load_emotify(data: Path, cache: Path) -> RatedSet:
    """Real recordings of a minute: shares of listeners who felt each of nine feelings, joined to two axes."""
    folder = data / "emotify"
    tracks = _rows(folder / "tracks.csv")
    ticks: dict[str, list[list[int]]] = {}
    for row in _rows(folder / "ratings.csv"):
        ticks.setdefault(row["track_id"], []).append([int(row[name]) for name in FEELINGS])
    signs = np.array([VALENCE_SIGNS, AROUSAL_SIGNS], dtype=float)
    ratings, errors, counts = [], [], []
    for track in tracks:
        each = np.asarray(ticks[track["track_id"]], dtype=float) @ signs.T
        ratings.append(each.mean(axis=0))
        errors.append(each.var(axis=0) / len(each))
        counts.append(len(each))
    table = np.asarray(ratings)
    largest = np.abs(table).max(axis=0)
    error_var = np.asarray(errors) / largest**2
    return _rated_set(
        "emotify",
        [f"emotify-{track['track_id']}" for track in tracks],
        hear([folder / track["file"] for track in tracks], cache),
        table / largest,
        [track["artist"] for track in tracks],
        [track["genre"] for track in tracks],
        error_var,
    )


def load_vgmidi(data: Path, cache: Path, orchestrations: Sequence[str] | None = None) -> RatedSet:
    """Rated piano scores, rendered with each orchestration."""
    folder = data / "vgmidi"
    renders = cache / "renders"
    renders.mkdir(parents=True, exist_ok=True)
    ids, paths, ratings, groups, genres, errors = [], [], [], [], [], []
    for orchestration in ORCHESTRATIONS:
        if orchestrations is not None and orchestration.name not in orchestrations:
            continue
        for row in _rows(folder / "song_va.csv"):
            midi = folder / "midi" / row["midi"]
            path = renders / f"{midi.stem}__{orchestration.name}.flac"
            if not path.exists():
                render(midi, orchestration, path)
            ids.append(midi.stem)
            paths.append(path)
            ratings.append([float(row["valence"]), float(row["arousal"])])
            groups.append(row["series"])
            genres.append(orchestration.name)
            n = float(row["raters"])
            errors.append([float(row["valence_sd"]) ** 2 / n, float(row["arousal_sd"]) ** 2 / n])
    return _rated_set("vgmidi", ids, hear(paths, cache), np.asarray(ratings), groups, genres, np.asarray(errors))


def _rated_set(
    name: str,
    ids: list[str],
    heard: list[tuple[NDArray[np.float32], NDArray[np.float32]]],
    ratings: NDArray[np.float64],
    group: list[str],
    genre: list[str],
    error_var: NDArray[np.float64],
) -> RatedSet:
    # A rating's weight: what its error adds to the error that no model gets rid of (about half of the variance).
    share = (error_var / ratings.var(axis=0)).mean(axis=1)
    weight = 1 / (0.5 + share)
    return RatedSet(
        name,
        np.asarray(ids),
        tuple(segments for _, segments in heard),
        np.stack([vector for vector, _ in heard]),
        ratings,
        np.asarray(group),
        np.asarray(genre),
        weight / weight.mean(),
        error_var,
    )
