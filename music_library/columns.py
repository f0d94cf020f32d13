"""The columns that plans read, of every track that can be planned with: kept as arrays, in memory and beside SQLite.

Reading a million rows takes seconds; so it is done once. Each change of a track stores the catalogue's version,
and from there on only the rows that have changed since are read and put in their places.
"""

from __future__ import annotations

import gc
import logging
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, case, func, select
from sqlalchemy.sql.functions import coalesce

from music_library.database import reading, writing
from music_library.effective import AROUSAL, EFFECTIVE, VALENCE
from music_library.schema import own_scale, state, tracks
from recommender.candidates import KEY_NAMES

log = logging.getLogger(__name__)

AXES = ("valence", "arousal")
FLOATS = (
    "valence",
    "arousal",
    "valence_sd",
    "arousal_sd",
    "valence_expected",
    "arousal_expected",
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
CLAIMS = ("outside_training", "is_certain", "is_instrumental", "is_words_checked")
HASHES = ("artist_hash", "song_hash")
TEXTS = ("title", "artist", "album", "themes")
WORTH_KEEPING = 20_000
"""From so many tracks on the arrays are kept beside a SQLite catalogue."""
_ROWS_AT_ONCE = 2_000  # small enough to stay in the processor's cache: a fifth faster than 20,000
_LAYOUT = 2  # of the file; another number, another layout
_UNKNOWN = -1e30  # stands for NULL on the way to NaN: a float is faster than None by far
_ALSO = {"C#": "Db", "Eb": "D#", "F#": "Gb", "Ab": "G#", "Bb": "A#"}
_KEY_NUMBER = {name: number for number, name in enumerate(KEY_NAMES)}
# Somebody may have spelled a key the other way: to a plan Eb major is the same as D# major.
_KEY_NUMBER |= {f"{_ALSO[t]} {m}": n for name, n in _KEY_NUMBER.items() for t, m in [name.split()] if t in _ALSO}


def key_number(name: str) -> int | None:
    """Which of the 24 keys a name such as `Eb major` is, as `recommender.candidates.KEY_NAMES` counts; None if none."""
    return _KEY_NUMBER.get(name)


@dataclass(frozen=True)
class Columns:
    """Arrays of equal length, in order of arrival."""

    version: int
    """Of the catalogue when they were read."""
    arrays: dict[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.arrays["number"])


def read_columns(engine: Engine, before: Columns | None) -> Columns:
    """The columns as they are now.

    Parameters
    ----------
    engine : Engine
        Of the catalogue.
    before : Columns or None
        What was read last; only what has changed since is read again.
    """
    before = before or _load(engine)
    with reading(engine) as db:
        version = _state(db, "revision")
        if before is None or before.version > version:
            columns = Columns(version, _read(db, _usable_rows()))
            is_worth_keeping = len(columns) >= WORTH_KEEPING
        else:
            t = tracks.c
            changed = db.execute(select(t.number).where(t.changed_in > before.version)).scalars().all()
            fresh = _read(db, _usable_rows().where(t.changed_in > before.version)) if changed else None
            arrays = before.arrays if fresh is None else _merged(before.arrays, np.array(changed), fresh)
            columns = Columns(version, arrays)
            is_worth_keeping = len(columns) >= WORTH_KEEPING and len(changed) > len(columns) // 20
    if is_worth_keeping:
        _save(engine, columns)
    return columns


def keep_columns(engine: Engine) -> None:
    """Keep the columns of a large catalogue for whoever opens it next, after a scan has changed it."""
    if _file(engine) is not None:
        with reading(engine) as db:
            n_tracks = int(db.execute(select(func.count()).select_from(tracks)).scalar_one())
        if n_tracks >= WORTH_KEEPING:
            read_columns(engine, None)


def _usable_rows() -> Select[Any]:
    t = tracks.c
    columns: dict[str, ColumnElement[Any]] = {"number": t.number, "id": t.id, "key": EFFECTIVE["key"]}
    # What listeners can be expected to say is read as the model said it: `_expected` makes it of this in one stroke.
    known = EFFECTIVE | {f"{axis}_expected": t[f"raw_{axis}"] for axis in AXES}
    columns |= {name: coalesce(known[name] if name in known else t[name], _UNKNOWN) for name in FLOATS}
    # A hash of 0 is as unlikely as any other, and then means "unknown", which is safe.
    columns |= {name: coalesce(t[name], 0) for name in HASHES}
    columns |= {
        "outside_training": _claim(t.outside_training),
        "is_certain": _claim(and_(t.said_valence.is_not(None), t.said_arousal.is_not(None))),
        "is_instrumental": _claim(EFFECTIVE["voice"] == "instrumental"),
        "is_words_checked": _claim(t.is_words_checked),
    }
    columns |= {name: coalesce(t[name], "") for name in TEXTS}
    return (
        select(*(column.label(name) for name, column in columns.items()))
        .where(t.error_code.is_(None), t.is_missing.is_(False), VALENCE.is_not(None), AROUSAL.is_not(None))
        .where(t.duration_s.is_not(None))
        .order_by(t.number)
    )


def _claim(condition: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((condition, 1), else_=0)


def _state(db: Connection, name: str) -> int:
    return int(db.execute(select(state.c.value).where(state.c.name == name)).scalar() or 0)


def _read(db: Connection, statement: Select[Any]) -> dict[str, NDArray[Any]]:
    """Read rows from the driver itself, in blocks: making a million `Row`s would take longer than all the rest."""
    names = [str(column.key) for column in statement.selected_columns]
    sql = str(statement.compile(db.engine, compile_kwargs={"literal_binds": True})).replace("%%", "%")
    blocks = []
    # PostgreSQL's driver holds the whole answer in memory before it gives the first row, unless the cursor has a name;
    # and numbers that it need not read out of text come in three fifths of the time.
    how: dict[str, Any] = {"name": "columns", "binary": True} if db.dialect.name == "postgresql" else {}
    with _without_garbage_collection(), closing(db.connection.cursor(**how)) as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            blocks.append(_arrays(dict(zip(names, zip(*rows, strict=True), strict=True))))
    blocks = blocks or [_arrays(dict.fromkeys(names, ()))]
    arrays = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    return arrays | _expected(db, arrays)


def _expected(db: Connection, arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
    """What listeners can be expected to say, on the scale of this clinic; unknown where somebody has said it."""
    own = {
        row.axis: (row.offset, row.slope) for row in db.execute(select(own_scale).where(own_scale.c.is_on.is_(True)))
    }
    expected = {}
    for axis in AXES:
        offset, slope = own.get(axis, (0.0, 1.0))
        moved = (offset + slope * arrays[f"{axis}_expected"].astype(np.float64)).astype(np.float32)
        # Nothing is surer than a person's word: that alone has no spread.
        expected[f"{axis}_expected"] = np.where(arrays[f"{axis}_sd"] == 0, np.float32(np.nan), moved)
    return expected


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    # Every few thousand new tuples it would look at all of them again, and find nothing.
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _arrays(columns: dict[str, tuple[Any, ...]]) -> dict[str, NDArray[Any]]:
    n = len(columns["number"])
    arrays: dict[str, NDArray[Any]] = {name: np.fromiter(columns[name], np.float32, n) for name in FLOATS}
    for values in arrays.values():
        values[values == np.float32(_UNKNOWN)] = np.nan
    arrays["number"] = np.fromiter(columns["number"], np.int64, n)
    arrays["id"] = np.array(columns["id"], dtype=np.str_)
    arrays["key"] = np.fromiter((_KEY_NUMBER.get(key, -1) for key in columns["key"]), np.int8, n)
    for name in HASHES:
        arrays[name] = np.fromiter(columns[name], np.int64, n)
    for name in CLAIMS:
        arrays[name] = np.fromiter(columns[name], np.bool_, n)
    for name in TEXTS:
        arrays[name] = np.fromiter(columns[name], np.object_, n)
    return arrays


def _merged(
    before: dict[str, NDArray[Any]], changed: NDArray[Any], fresh: dict[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """What was read before, without what has changed, with what that is now, in order of arrival."""
    stays = ~np.isin(before["number"], changed)
    joined = {name: np.concatenate([before[name][stays], fresh[name]]) for name in before}
    order = np.argsort(joined["number"], kind="stable")
    return {name: values[order] for name, values in joined.items()}


# Beside a SQLite catalogue. A number that is also in the catalogue ties the two together: after a backup was brought
# back, the file is of another history and is not read.


def _file(engine: Engine) -> Path | None:
    database = engine.url.database
    return (
        Path(f"{database}.columns") if engine.dialect.name == "sqlite" and database not in (None, ":memory:") else None
    )


def _save(engine: Engine, columns: Columns) -> None:
    file = _file(engine)
    if file is None:
        return
    token = secrets.randbits(62)
    arrays: dict[str, NDArray[Any]] = {name: values for name, values in columns.arrays.items() if name not in TEXTS}
    for name in TEXTS:
        arrays[name] = np.frombuffer("\x00".join(columns.arrays[name].tolist()).encode(), dtype=np.uint8)
    part = file.with_name(f"{file.name}.{token:x}.part")
    try:
        with part.open("wb") as out:
            arrays["_about"] = np.array([_LAYOUT, token, columns.version], dtype=np.int64)
            np.savez(out, allow_pickle=False, **arrays)
        part.replace(file)
    except OSError as error:  # a full disk, a folder that may not be written: then it is read again next time
        log.warning("the columns of the catalogue could not be kept: %s", error)
        part.unlink(missing_ok=True)
        return
    with writing(engine) as db:
        if not db.execute(state.update().where(state.c.name == "columns").values(value=token)).rowcount:
            db.execute(state.insert().values(name="columns", value=token))


def _load(engine: Engine) -> Columns | None:
    file = _file(engine)
    if file is None or not file.exists():
        return None
    with reading(engine) as db:
        token = _state(db, "columns")
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
            layout, its_token, version = stored["_about"].tolist()
            if layout != _LAYOUT or its_token != token:
                return None
            arrays = {name: stored[name] for name in stored.files if name != "_about"}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        log.warning("the kept columns of the catalogue cannot be read and are read anew: %s", error)
        return None
    n = len(arrays["number"])
    for name in TEXTS:
        texts = np.empty(n, dtype=object)
        values = arrays[name].tobytes().decode().split("\x00") if n else []
        if len(values) != n:
            return None
        texts[:] = values
        arrays[name] = texts
    return Columns(version, arrays)
