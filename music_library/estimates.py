"""Moods from features that were heard before: when a model is first used, or another one takes its place."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, bindparam, func, or_, select

from features.vector import FEATURES_VERSION
from music_library.changes import next_version
from music_library.database import reading, writing
from music_library.schema import sounds, tracks

BATCH = 256


class MoodEstimates(Protocol):
    """What a model says about some tracks: arrays with one entry each."""

    valence: NDArray[np.floating[Any]]
    arousal: NDArray[np.floating[Any]]
    valence_sd: NDArray[np.floating[Any]]
    arousal_sd: NDArray[np.floating[Any]]
    outside_training: NDArray[np.bool_]
    raw_valence: NDArray[np.floating[Any]]
    raw_arousal: NDArray[np.floating[Any]]


class Estimator(Protocol):
    """What a scan needs of a mood model."""

    @property
    def model_id(self) -> str:
        """Changes whenever its answers may change."""

    def estimate(self, segments_per_track: Sequence[NDArray[np.float32]], /) -> Any:
        """Estimate moods (`MoodEstimates`) from arrays of shape (n_segments, n_features), one a track."""


def mood_columns(model: Estimator, segments: Sequence[NDArray[np.float32]]) -> list[dict[str, Any]]:
    """What a model says about some tracks, as columns of the catalogue."""
    said: MoodEstimates = model.estimate(segments)
    columns = {
        "estimated_valence": said.valence,
        "estimated_arousal": said.arousal,
        "valence_sd": said.valence_sd,
        "arousal_sd": said.arousal_sd,
        "raw_valence": said.raw_valence,
        "raw_arousal": said.raw_arousal,
    }
    return [
        {name: number(values[i]) for name, values in columns.items()}
        | {"outside_training": bool(said.outside_training[i]), "model_id": model.model_id}
        for i in range(len(segments))
    ]


def number(value: float | None) -> float | None:
    """A number as the tables hold it: None where it is not known."""
    return None if value is None or not math.isfinite(value) else float(value)


def estimate_again(engine: Engine, model: Estimator, *, on_progress: Callable[[int, int], object] | None = None) -> int:
    """Estimate every track that another model, or none, has estimated; nothing is heard again.

    Parameters
    ----------
    engine : Engine
        Of the catalogue.
    model : Estimator
        The model now in use.
    on_progress : callable, optional
        Called with how many are done, and of how many.

    Returns
    -------
    int
        How many tracks have a new estimate.
    """
    t = tracks.c
    is_due = (
        (t.features_version == FEATURES_VERSION)
        & t.error_code.is_(None)
        & or_(t.model_id.is_(None), t.model_id != model.model_id)
    )
    with reading(engine) as db:
        total = int(db.execute(select(func.count()).select_from(tracks).where(is_due)).scalar_one())
    done = 0
    last = 0
    update = tracks.update().where(t.number == bindparam("which"))
    while True:
        query = (
            select(t.number, sounds.c.n_features, sounds.c.segments)
            .join(sounds, sounds.c.track_number == t.number)
            .where(is_due, t.number > last)
            .order_by(t.number)
            .limit(BATCH)
        )
        with reading(engine) as db:
            rows = db.execute(query).all()
        if not rows:
            return done
        moods = mood_columns(model, [matrix(row.segments, row.n_features) for row in rows])
        with writing(engine) as db:
            version = next_version(db)
            db.execute(
                update,
                [{"which": row.number, "changed_in": version, **mood} for row, mood in zip(rows, moods, strict=True)],
            )
        last = rows[-1].number
        done += len(rows)
        if on_progress is not None:
            on_progress(done, total)


def matrix(blob: bytes, n_features: int) -> NDArray[np.float32]:
    """Stored features as an array of shape (n_segments, n_features)."""
    return np.frombuffer(blob, dtype="<f4").reshape(-1, n_features).astype(np.float32)
