"""The catalogue: tracks, what was heard in them, and what people said about them. One method for each use."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Engine, and_, case, func, select

from music_library.corrections import Corrections
from music_library.database import reading, writing
from music_library.effective import AROUSAL, VALENCE
from music_library.marks import Marks
from music_library.schema import tracks

if TYPE_CHECKING:
    from music_library.candidate_arrays import CandidateStore
    from recommender.candidates import Candidates

t = tracks.c


@dataclass(frozen=True)
class Counts:
    """How much there is."""

    tracks: int
    """All that the catalogue holds, the two below included."""
    ready: int
    """Tracks that a plan may draw on: analysed, there, with a mood."""
    failed: int
    missing: int
    hours: float
    """Length of all that is ready."""


class Catalogue(Corrections, Marks):
    """The tracks of one home. Safe to share between threads; each method is one transaction."""

    def __init__(self, engine: Engine, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(engine, clock=clock)
        self._candidates: CandidateStore | None = None
        self._counts: tuple[int, Counts] | None = None

    def counts(self) -> Counts:
        """How much of the library can be used, and what cannot; counted again only when a track has changed."""
        version = self.version()
        if self._counts is not None and self._counts[0] == version:
            return self._counts[1]
        is_ready = and_(t.error_code.is_(None), t.is_missing.is_(False), VALENCE.is_not(None), AROUSAL.is_not(None))
        columns = (
            func.count(),
            func.sum(case((is_ready, 1), else_=0)),
            func.sum(case((t.error_code.is_not(None), 1), else_=0)),
            func.sum(case((t.is_missing.is_(True), 1), else_=0)),
            func.sum(case((is_ready, t.duration_s), else_=0.0)),
        )
        with reading(self.engine) as db:
            n, ready, failed, missing, seconds = db.execute(select(*columns).select_from(tracks)).one()
        counts = Counts(n, int(ready or 0), int(failed or 0), int(missing or 0), float(seconds or 0) / 3600)
        self._counts = (version, counts)
        return counts

    def candidates(self) -> Candidates:
        """The tracks that a plan may draw on, as arrays; kept until a track changes.

        Failed and missing tracks and those without a mood are not among them.
        """
        version = self.version()
        if self._candidates is None:
            from music_library.candidate_arrays import CandidateStore

            self._candidates = CandidateStore(self.engine)
        return self._candidates.at(version)

    def try_again(self, track_ids: Sequence[str] | None = None) -> int:
        """Let the next scan try failed files again, all or some, and say how many there are."""
        is_wanted = (
            t.error_code.is_not(None)
            if track_ids is None
            else and_(t.error_code.is_not(None), t.id.in_(list(track_ids)))
        )
        with writing(self.engine) as db:
            return db.execute(tracks.update().where(is_wanted).values(features_version=None)).rowcount
