"""Why a song was put where it stands on the map: what in its sound raises or lowers the estimate."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from features import FEATURES_VERSION
from music_library.database import reading
from music_library.estimates import kept_reference, matrix
from music_library.models import IN_USE, model_in_use
from music_library.schema import sounds, tracks

if TYPE_CHECKING:
    from music_library.catalogue import Catalogue
    from recommender.model import MoodModel
    from recommender.playlist import Reason

CUES = 4


def why_these_moods(catalogue: Catalogue, home: Path, track_ids: Sequence[str]) -> dict[str, tuple[Reason, ...]]:
    """For each track that was heard, the cues of the model in use, strongest first; see `MoodModel.explain`.

    Raises
    ------
    ModelMismatchError
        If the model in use cannot be used.
    """
    model = _model(home)
    query = (
        select(tracks.c.id, sounds.c.n_features, sounds.c.vector)
        .join(sounds, sounds.c.track_number == tracks.c.number)
        .where(tracks.c.id.in_(list(track_ids)[:500]), tracks.c.features_version == FEATURES_VERSION)
    )
    with reading(catalogue.engine) as db:
        rows = db.execute(query).all()
    reference = kept_reference(catalogue.engine, model.model_id)
    reasons = {}
    for row in rows:
        heard = matrix(row.vector, row.n_features)
        # As it was estimated: beside what is usual in this library.
        compared = heard if reference is None or reference.is_none else reference.apply(heard)
        reasons[row.id] = model.explain(compared[0], count=CUES)
    return reasons


def _model(home: Path) -> MoodModel:
    promoted = home / "models" / IN_USE
    return _read(home, promoted.stat().st_mtime_ns if promoted.exists() else 0)


@lru_cache(maxsize=2)
def _read(home: Path, changed_ns: int) -> MoodModel:  # noqa: ARG001 - the key of the cache
    return model_in_use(home)
