"""The tracks that a plan may draw on, from rows to arrays, a million of them in seconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, and_, select

from music_library.database import reading
from music_library.effective import AROUSAL, EFFECTIVE, VALENCE
from music_library.schema import tracks
from recommender.candidates import KEY_NAMES, Candidates

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ROWS_AT_ONCE = 20_000
_FLOATS = (
    "valence",
    "arousal",
    "valence_sd",
    "arousal_sd",
    "duration_s",
    "tempo_bpm",
    "loudness_lufs",
    "tempo_alternative_bpm",
    "tempo_odds",
    "pulse_clarity",
    "tempo_drift",
    "key_clarity",
    "mode",
    "largest_rise_db",
)
_TEXTS = ("title", "artist", "album")
_KEY_NUMBER = {name: number for number, name in enumerate(KEY_NAMES)}


def read_candidates(engine: Engine) -> Candidates:
    """Read every track that a plan may draw on: analysed, there, with a mood.

    Parameters
    ----------
    engine : Engine
        Of the catalogue.

    Returns
    -------
    Candidates
        In order of arrival. Equal titles, artists and albums share one string in memory.
    """
    t = tracks.c
    is_certain = and_(t.said_valence.is_not(None), t.said_arousal.is_not(None))
    statement = (
        select(
            t.id,
            *(EFFECTIVE[name].label(name) if name in EFFECTIVE else t[name] for name in _FLOATS),
            t.key,
            t.artist_hash,
            t.song_hash,
            t.number,
            t.outside_training,
            is_certain.label("is_certain"),
            EFFECTIVE["voice"].label("voice"),
            t.is_words_checked,
            t.themes,
            *(t[name] for name in _TEXTS),
        )
        .where(t.error_code.is_(None), t.is_missing.is_(False), VALENCE.is_not(None), AROUSAL.is_not(None))
        .where(t.duration_s.is_not(None))
        .order_by(t.number)
    )
    with reading(engine) as db:
        chunks = [_arrays(columns) for columns in _columns(db, statement)]
    names = ("id", *_FLOATS, *_OTHERS)
    joined = {name: np.concatenate([chunk[name] for chunk in chunks]) for name in names if chunks}
    texts: dict[str, list[str]] = {name: [] for name in (*_TEXTS, "themes")}
    for chunk in chunks:
        for name, values in texts.items():
            values += chunk[name]
    if not chunks:
        empty = np.empty(0, np.float32)
        joined = dict.fromkeys(names, empty) | {"id": np.empty(0, "U1")}
    floats = {name: joined[name] for name in _FLOATS}
    return Candidates(
        ids=joined["id"],
        key=joined["key"].astype(np.int8),
        artist=_numbered(joined["artist_hash"], joined["has_artist"].astype(bool), unknown_is_alone=False),
        song=_numbered(joined["song_hash"], joined["has_song"].astype(bool), unknown_is_alone=True),
        outside_training=joined["outside_training"].astype(bool),
        certain_mood=joined["is_certain"].astype(bool),
        instrumental=joined["is_instrumental"].astype(bool),
        words_checked=joined["is_words_checked"].astype(bool),
        titles=tuple(texts["title"]),
        artists=tuple(texts["artist"]),
        albums=tuple(texts["album"]),
        themes=tuple(_theme_sets(texts["themes"])),
        **floats,
    )


_OTHERS = (
    "key",
    "artist_hash",
    "has_artist",
    "song_hash",
    "has_song",
    "outside_training",
    "is_certain",
    "is_instrumental",
    "is_words_checked",
)


def _columns(db: Connection, statement: Any) -> Iterator[dict[str, tuple[Any, ...]]]:
    """The answer in blocks of columns, from the driver itself: making a million `Row`s would take longer."""
    names = [column.key for column in statement.selected_columns]
    sql = str(statement.compile(db.engine, compile_kwargs={"literal_binds": True}))
    cursor = db.exec_driver_sql(sql.replace("%%", "%")).cursor
    while cursor is not None and (rows := cursor.fetchmany(_ROWS_AT_ONCE)):
        yield dict(zip(names, zip(*rows, strict=True), strict=True))


def _arrays(columns: dict[str, tuple[Any, ...]]) -> dict[str, Any]:
    arrays: dict[str, Any] = {name: np.array(columns[name], dtype=np.float32) for name in _FLOATS}  # None becomes NaN
    arrays["id"] = np.array(columns["id"], dtype=np.str_)
    arrays["key"] = np.array([_KEY_NUMBER.get(key, -1) for key in columns["key"]], dtype=np.int8)
    for name in ("artist", "song"):
        hashes = columns[f"{name}_hash"]
        arrays[f"has_{name}"] = np.array([value is not None for value in hashes], dtype=bool)
        arrays[f"{name}_hash"] = np.array([value or 0 for value in hashes], dtype=np.int64)
    for name in ("outside_training", "is_certain", "is_words_checked"):
        arrays[name] = np.array([bool(value) for value in columns[name]], dtype=bool)
    arrays["is_instrumental"] = np.array([value == "instrumental" for value in columns["voice"]], dtype=bool)
    for name in (*_TEXTS, "themes"):
        arrays[name] = [value or "" for value in columns[name]]
    return arrays


def _numbered(hashes: NDArray[Any], is_known: NDArray[np.bool_], *, unknown_is_alone: bool) -> NDArray[np.int32]:
    """Small numbers for equal hashes; the unknown are -1, or each a number of its own."""
    values, numbers = np.unique(hashes, return_inverse=True)
    numbers = numbers.astype(np.int32)
    alone = len(values) + np.arange(len(numbers), dtype=np.int32) if unknown_is_alone else np.int32(-1)
    return np.where(is_known, numbers, alone).astype(np.int32)


def _theme_sets(texts: list[str]) -> Iterator[frozenset[str]]:
    known: dict[str, frozenset[str]] = {"": frozenset()}
    for text in texts:
        if text not in known:
            known[text] = frozenset(text.split("\n"))
        yield known[text]
