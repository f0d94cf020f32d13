"""The tracks of a tag table with what was heard in them: from the catalogue, from a cache, or from the file."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from features import FEATURES_VERSION, AudioFeatures, extract_many
from music_library.database import reading
from music_library.estimates import matrix
from music_library.schema import files, sounds, tracks
from music_library.table_text import Problem, problems_of
from music_library.tag_table import Tag, TagTable, named_artist, named_twice, read_tag_table
from music_library.tagged_paths import absolute, no_such_file, on_this_computer
from music_library.tags import search_key

if TYPE_CHECKING:
    from music_library.catalogue import Catalogue
    from recommender.training import Ratings

_AT_ONCE = 500
LEAST_TRACKS, LEAST_GROUPS = 50, 3
"""As in `recommender.training`, which is not loaded to check a table."""


class Tagged(NamedTuple):
    """Rated tracks, and the row of the table that each stands in."""

    ratings: Ratings
    rows: tuple[int, ...]
    numbers: tuple[int | None, ...]
    """In the catalogue; None for a file that it does not hold."""


def ratings_of(
    catalogue: Catalogue,
    table: TagTable,
    *,
    cache: Path,
    on_progress: Callable[[int, int, float | None], None] | None = None,
) -> Tagged:
    """The tagged tracks with their features; several raters of a track are averaged.

    A track's genre is what the table says, otherwise what the library has read in the file.

    Raises
    ------
    TagTableError
        Naming the rows whose track is not in the library, cannot be heard, or has the same sound as another.
    """
    from recommender.training import Ratings

    problems: list[Problem] = []
    heard, numbers = _heard(catalogue, table.tags, cache, problems, on_progress)
    kept: dict[str, list[Tag]] = {}
    of_track: dict[str, NDArray[np.float32]] = {}
    for tag in table.tags:
        segments = heard.get(tag.row)
        if segments is None:
            continue
        name = hashlib.sha256(np.ascontiguousarray(segments).tobytes()).hexdigest()
        same = [other for other in kept.get(name, []) if other.rater == tag.rater]
        if same:
            what = f"the same recording as row {same[0].row}"
            problems.append(Problem(tag.row, "path", str(tag.path or tag.track_id), what, "Keep one of them."))
            continue
        kept.setdefault(name, []).append(tag)
        of_track[name] = segments
    if problems:
        raise problems_of(table.source, problems)
    rows = list(kept.values())
    weights = [np.array([tag.weight for tag in tags]) for tags in rows]
    places = [np.array([[tag.valence, tag.arousal] for tag in tags]) for tags in rows]
    genres = _said_of(catalogue, sorted(set(numbers.values())), "genre")
    ratings = Ratings(
        table.source.name,
        tuple(of_track[name] for name in kept),
        np.array([weight @ place / weight.sum() for weight, place in zip(weights, places, strict=True)]).reshape(-1, 2),
        np.array(_groups_of([tags[0] for tags in rows])),
        np.array([weight.sum() for weight in weights]),
        np.array([search_key(tags[0].genre or genres.get(numbers.get(tags[0].row, -1), "")) for tags in rows]),
    )
    first = tuple(tags[0].row for tags in rows)
    return Tagged(ratings, first, tuple(numbers.get(row) for row in first))


def _groups_of(tags: Sequence[Tag]) -> list[str]:
    """The group of each track; one artist may be written in several ways, and is shown as written first."""
    first: dict[str, str] = {}
    return [first.setdefault(search_key(tag.group), tag.group) if tag.group else f"row {tag.row}" for tag in tags]


def names_of(catalogue: Catalogue, numbers: Collection[int]) -> dict[int, dict[str, str | None]]:
    """Id, title and artist of some tracks, by their number in the catalogue."""
    query = select(tracks.c.number, tracks.c.id, tracks.c.title, tracks.c.artist).where(
        tracks.c.number.in_(sorted(numbers))
    )
    with reading(catalogue.engine) as db:
        return {row.number: {"id": row.id, "title": row.title, "artist": row.artist} for row in db.execute(query)}


def _heard(
    catalogue: Catalogue,
    tags: Sequence[Tag],
    cache: Path,
    problems: list[Problem],
    on_progress: Callable[[int, int, float | None], None] | None,
) -> tuple[dict[int, NDArray[np.float32]], dict[int, int]]:
    """Features of each row's track, from the catalogue, the cache, or the file; and its number in the catalogue."""
    by_path, by_id = _numbers_of(catalogue, tags)
    segments_of = _segments_of(catalogue, sorted({*by_path.values(), *by_id.values()}))
    found: dict[int, NDArray[np.float32]] = {}
    numbers: dict[int, int] = {}
    waiting: dict[Path, list[int]] = {}
    for tag in tags:
        number = by_id.get(tag.track_id) if tag.track_id is not None else None
        if tag.track_id is None:
            path = absolute(tag.path or Path())
            number = by_path.get(os.fsencode(path))
            if number is None and _is_file(path):
                waiting.setdefault(path, []).append(tag.row)
                continue
        if number is not None:
            found[tag.row] = segments_of[number]
            numbers[tag.row] = number
        elif (problem := _unknown(tag, is_known=False)) is not None:
            problems.append(problem)
    for path, result in _hear(waiting, cache, on_progress):
        for row_number in waiting[path]:
            if isinstance(result, np.ndarray):
                found[row_number] = result
            else:
                problems.append(Problem(row_number, "path", str(path), str(result), "Take the row out, or replace it."))
    return found, numbers


def _said_of(catalogue: Catalogue, numbers: Sequence[int], name: str) -> dict[int, str]:
    """What the library knows of the genre or the artist of some tracks."""
    found: dict[int, str] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        query = select(tracks.c.number, tracks.c[name]).where(tracks.c.number.in_(numbers[start : start + _AT_ONCE]))
        with reading(catalogue.engine) as db:
            found |= {row.number: str(row[1]) for row in db.execute(query) if row[1]}
    return found


def _numbers_of(catalogue: Catalogue, tags: Sequence[Tag]) -> tuple[dict[bytes, int], dict[str, int]]:
    """The catalogue's numbers of the tracks that a table names, by path and by id; without those it has not heard."""
    paths = {os.fsencode(absolute(tag.path)) for tag in tags if tag.path is not None}
    ids = {tag.track_id for tag in tags if tag.track_id}
    is_heard = (tracks.c.features_version == FEATURES_VERSION) & tracks.c.error_code.is_(None)
    by_path: dict[bytes, int] = {}
    by_id: dict[str, int] = {}
    with reading(catalogue.engine) as db:
        if ids:
            for row in db.execute(select(tracks.c.id, tracks.c.number).where(is_heard)):
                if row.id in ids:
                    by_id[row.id] = row.number
        if paths:
            query = select(files.c.path, tracks.c.number).join(tracks, files.c.track_number == tracks.c.number)
            for row in db.execute(query.where(is_heard)):
                if bytes(row.path) in paths:
                    by_path[bytes(row.path)] = row.number
    return by_path, by_id


def _segments_of(catalogue: Catalogue, numbers: Sequence[int]) -> dict[int, NDArray[np.float32]]:
    """Features of some tracks, read in blocks: those of a whole large library would not fit into memory."""
    found = {}
    for start in range(0, len(numbers), _AT_ONCE):
        block = numbers[start : start + _AT_ONCE]
        query = select(sounds.c.track_number, sounds.c.n_features, sounds.c.segments)
        with reading(catalogue.engine) as db:
            for row in db.execute(query.where(sounds.c.track_number.in_(block))):
                found[row.track_number] = matrix(row.segments, row.n_features)
    return found


def known_here(catalogue: Catalogue, table: TagTable) -> TagTable:
    """The table with its paths as this computer writes them, and the library's artists where it names none.

    Raises
    ------
    TagTableError
        If two of its paths turn out to be one file.
    """
    by_path, _ = _numbers_of(catalogue, table.tags)
    found = on_this_computer(catalogue, table, lambda path: os.fsencode(path) in by_path or _is_file(path))
    if found.tags != table.tags and (twice := named_twice(found.tags)):
        raise problems_of(table.source, twice)
    if all(tag.group for tag in found.tags):
        return found
    by_path, by_id = _numbers_of(catalogue, found.tags)
    artists = _said_of(catalogue, sorted({*by_path.values(), *by_id.values()}), "artist")
    tags = []
    for tag in found.tags:
        number = by_id.get(tag.track_id) if tag.track_id else by_path.get(os.fsencode(absolute(tag.path or Path())))
        artist = "" if number is None else named_artist(artists.get(number, ""))
        tags.append(tag if tag.group else replace(tag, group=artist))
    notes = [note for note in found.notes if note != "no_groups" or not any(tag.group for tag in tags)]
    return replace(found, tags=tuple(tags), notes=tuple(notes))


def check_table(catalogue: Catalogue, table: Path, *, scale: str | None = None) -> TagTable:
    """Read a table and make sure that each of its tracks is in the library or is a file; nothing is heard.

    Raises
    ------
    TagTableError
        Naming every row that cannot be used.
    """
    checked = known_here(catalogue, read_tag_table(table, scale=scale))
    by_path, by_id = _numbers_of(catalogue, checked.tags)
    problems = [
        problem
        for tag in checked.tags
        if (problem := _unknown(tag, is_known=_is_known(tag, by_path, by_id))) is not None
    ]
    if problems:
        raise problems_of(table, problems)
    return replace(checked, notes=(*checked.notes, *_too_little_to_train_on(checked.tags)))


def _too_little_to_train_on(tags: Sequence[Tag]) -> list[str]:
    """Names of what training will refuse in a table without a wrong row; counted, nothing is heard."""
    n_tracks = len({tag.track_id or str(tag.path) for tag in tags})
    groups = {search_key(tag.group) or f"row {tag.row}" for tag in tags}
    notes = ["too_few"] if n_tracks < LEAST_TRACKS else []
    notes += ["one_group"] if len(groups) < LEAST_GROUPS else []
    for name in ("valence", "arousal"):
        most = max(Counter(getattr(tag, name) for tag in tags).values())
        notes += [f"constant_{name}"] if most > 0.95 * len(tags) and len(tags) > 1 else []
    return notes


def _is_known(tag: Tag, by_path: Mapping[bytes, int], by_id: Mapping[str, int]) -> bool:
    if tag.track_id is not None:
        return tag.track_id in by_id
    path = absolute(tag.path or Path())
    return os.fsencode(path) in by_path or _is_file(path)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have, too long or with a zero
        return False


def _unknown(tag: Tag, *, is_known: bool) -> Problem | None:
    if is_known:
        return None
    if tag.track_id is not None:
        hint = "Scan its folder again, or name the track by its path."
        return Problem(tag.row, "track_id", tag.track_id, "not in this library", hint)
    return no_such_file(tag)


def _hear(
    waiting: dict[Path, list[int]], cache: Path, on_progress: Callable[[int, int, float | None], None] | None
) -> list[tuple[Path, NDArray[np.float32] | Exception]]:
    """Hear what the catalogue does not hold; kept by file, size and time, so that nothing is heard twice."""
    cache.mkdir(parents=True, exist_ok=True)
    kept: dict[Path, Path] = {}
    for path in waiting:
        status = path.stat()
        name = f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0{FEATURES_VERSION}"
        kept[path] = cache / (hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest() + ".npy")
    answers: list[tuple[Path, NDArray[np.float32] | Exception]] = []
    to_do = []
    for path, file in kept.items():
        if file.exists():
            answers.append((path, np.load(file, allow_pickle=False)))
        else:
            to_do.append(path)
    for done, (path, result) in enumerate(extract_many(to_do), start=1):
        if isinstance(result, AudioFeatures):
            part = kept[path].with_suffix(".part.npy")
            np.save(part, result.segments)
            part.replace(kept[path])
            answers.append((path, result.segments))
        else:
            answers.append((path, result))
        if on_progress is not None:
            on_progress(done, len(to_do), None)
    return answers
