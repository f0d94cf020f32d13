"""The tracks that a plan may draw on, as the planner wants them."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from music_library.columns import FLOATS, Columns, read_columns
from recommender.candidates import Candidates


class CandidateStore:
    """Keeps the candidates of one catalogue, and the columns that they are made from."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._columns: Columns | None = None
        self._candidates: Candidates | None = None
        # Two pages that ask at once shall not both read a million rows.
        self._lock = threading.Lock()

    def at(self, version: int) -> Candidates:
        """The candidates of a version of the catalogue, or of a later one."""
        with self._lock:
            if self._columns is None or self._candidates is None or self._columns.version != version:
                self._columns = read_columns(self._engine, self._columns)
                self._candidates = as_candidates(self._columns)
            return self._candidates


def as_candidates(columns: Columns) -> Candidates:
    """Make the planner's arrays; equal artists and songs get the same small number."""
    arrays = columns.arrays
    return Candidates(
        ids=arrays["id"],
        **{name: arrays[name] for name in FLOATS},
        key=arrays["key"],
        artist=_numbered(arrays["artist_hash"], unknown_is_alone=False),
        song=_numbered(arrays["song_hash"], unknown_is_alone=True),
        outside_training=arrays["outside_training"],
        certain_mood=arrays["is_certain"],
        instrumental=arrays["is_instrumental"],
        words_checked=arrays["is_words_checked"],
        titles=tuple(arrays["title"].tolist()),
        artists=tuple(arrays["artist"].tolist()),
        albums=tuple(arrays["album"].tolist()),
        themes=tuple(_theme_sets(arrays["themes"].tolist())),
    )


def _numbered(hashes: NDArray[np.int64], *, unknown_is_alone: bool) -> NDArray[np.int32]:
    """Small numbers for equal hashes; the unknown (0) are -1, or each a number of its own."""
    values, numbers = np.unique(hashes, return_inverse=True)
    numbers = numbers.astype(np.int32)
    alone = len(values) + np.arange(len(numbers), dtype=np.int32) if unknown_is_alone else np.int32(-1)
    return np.where(hashes != 0, numbers, alone).astype(np.int32)


def _theme_sets(texts: list[str]) -> Iterator[frozenset[str]]:
    known: dict[str, frozenset[str]] = {"": frozenset()}
    for text in texts:
        if text not in known:
            known[text] = frozenset(text.split("\n"))
        yield known[text]
