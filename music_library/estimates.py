"""Moods from features that were heard before, and what is usual in a library, with which they are compared."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, bindparam, func, or_, select

from features.vector import FEATURES_VERSION
from music_library.changes import next_version
from music_library.database import reading, writing
from music_library.schema import library_reference as kept
from music_library.schema import sounds, tracks
from recommender.library_reference import LibraryReference

BATCH = 256
SAMPLE = 5_000
"""Of a larger library, so many tracks tell what is usual in it."""
TOLERANCE = 0.02
"""What is usual in a library larger than `SAMPLE` stays as it was while it moves by less, in standard deviations: one
new song among a million must not cause a million new estimates."""
NO_REFERENCE = "none"
_ARRAYS = ("middle", "shift", "scale", "mean", "sd")


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

    def estimate(
        self, segments_per_track: Sequence[NDArray[np.float32]], /, *, reference: LibraryReference | None = None
    ) -> Any:
        """Estimate moods (`MoodEstimates`) from arrays of shape (n_segments, n_features), one a track."""

    def refer(self, segments_per_track: Sequence[NDArray[np.float32]], /) -> LibraryReference | None:
        """What is usual in a library, given its tracks."""


def mood_columns(
    model: Estimator, segments: Sequence[NDArray[np.float32]], reference: LibraryReference | None = None
) -> list[dict[str, Any]]:
    """What a model says about some tracks, as columns of the catalogue.

    Each track is asked about alone: a matrix product may round a row differently beside other rows, and a library's
    table must not depend on the order in which its files were heard.
    """
    compared = {} if reference is None else {"reference": reference}
    by_whom = {"model_id": model.model_id, "reference_id": reference_id(reference)}
    return [_columns(model.estimate([one], **compared)) | by_whom for one in segments]


def _columns(said: MoodEstimates) -> dict[str, Any]:
    columns = {
        "estimated_valence": said.valence,
        "estimated_arousal": said.arousal,
        "valence_sd": said.valence_sd,
        "arousal_sd": said.arousal_sd,
        "raw_valence": said.raw_valence,
        "raw_arousal": said.raw_arousal,
    }
    return {name: number(values[0]) for name, values in columns.items()} | {
        "outside_training": bool(said.outside_training[0])
    }


def number(value: float | None) -> float | None:
    """A number as the tables hold it: None where it is not known."""
    return None if value is None or not math.isfinite(value) else float(value)


def reference_id(reference: LibraryReference | None) -> str:
    """Twelve letters that change with what is usual in the library; `none` where nothing is compared."""
    if reference is None or reference.is_none:
        return NO_REFERENCE
    numbers = np.concatenate([getattr(reference, name) for name in _ARRAYS])
    return hashlib.sha256(np.ascontiguousarray(numbers, dtype="<f8").tobytes()).hexdigest()[:12]


def kept_reference(engine: Engine, model_id: str) -> LibraryReference | None:
    """What a model last took for usual in this library; None if it was never asked."""
    with reading(engine) as db:
        row = db.execute(select(kept).where(kept.c.model_id == model_id)).first()
    if row is None:
        return None
    arrays = {name: np.frombuffer(getattr(row, name), dtype="<f8").copy() for name in _ARRAYS}
    return LibraryReference(**arrays, n_tracks=row.n_tracks, strangeness=row.strangeness)


def refer_again(engine: Engine, model: Estimator) -> LibraryReference | None:
    """Learn what is usual in the library as it is now, and keep it.

    The same tracks give the same answer, in whatever order they came.
    """
    t = tracks.c
    # By content, because this order is the same in every catalogue of these recordings, and as good as drawn by lot.
    query = (
        select(sounds.c.n_features, sounds.c.segments)
        .join(tracks, sounds.c.track_number == t.number)
        .where(t.features_version == FEATURES_VERSION, t.error_code.is_(None))
        .order_by(t.content_hash)
        .limit(SAMPLE)
    )
    with reading(engine) as db:
        sample = [matrix(row.segments, row.n_features) for row in db.execute(query)]
    found = model.refer(sample)
    before = kept_reference(engine, model.model_id)
    if len(sample) == SAMPLE and found is not None and before is not None and _is_near(found, before):
        return before
    if _known_by(found) != _known_by(before):
        with writing(engine) as db:
            _keep(db, model.model_id, found)
    return found


def _known_by(reference: LibraryReference | None) -> tuple[str, int] | None:
    return None if reference is None else (reference_id(reference), reference.n_tracks)


def _is_near(one: LibraryReference, other: LibraryReference) -> bool:
    moved = np.concatenate([one.shift - other.shift, one.scale - other.scale])
    return bool(other.n_tracks == SAMPLE and np.sqrt(np.mean(moved**2)) < TOLERANCE)


def _keep(db: Connection, model_id: str, reference: LibraryReference | None) -> None:
    db.execute(kept.delete().where(kept.c.model_id == model_id))
    if reference is not None:
        blobs = {name: np.ascontiguousarray(getattr(reference, name), dtype="<f8").tobytes() for name in _ARRAYS}
        values = {"id": reference_id(reference), "n_tracks": reference.n_tracks, "strangeness": reference.strangeness}
        db.execute(kept.insert().values(model_id=model_id, **values, **blobs))


def estimate_again(engine: Engine, model: Estimator, *, on_progress: Callable[[int, int], object] | None = None) -> int:
    """Estimate every track whose estimate is another model's, or was compared with what is no longer usual.

    Nothing is heard again.

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
    reference = kept_reference(engine, model.model_id) or refer_again(engine, model)
    is_due = (
        (t.features_version == FEATURES_VERSION)
        & t.error_code.is_(None)
        & or_(
            t.model_id.is_(None),
            t.model_id != model.model_id,
            t.reference_id.is_(None),
            t.reference_id != reference_id(reference),
        )
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
        moods = mood_columns(model, [matrix(row.segments, row.n_features) for row in rows], reference)
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
