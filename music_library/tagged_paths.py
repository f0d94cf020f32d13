"""The paths of a tag table as this computer knows them.

Tables travel: from Windows with backslashes, from a Mac with its letters taken apart, from a player as addresses, from
somebody's desk away from the music. Where a path stands as it is written, that file is meant. Otherwise it is read as
those programs write; and a path that does not begin at the root may be the end of one in the library, if of one track.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from sqlalchemy import select

from music_library.database import reading
from music_library.schema import files
from music_library.table_text import Problem
from music_library.tag_table import Tag, TagTable

if TYPE_CHECKING:
    from music_library.catalogue import Catalogue

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_OTHER_SYSTEM = re.compile(r"\\|file:/|~/" if os.sep == "/" else r"^/|file:/|~/")

_ByName = dict[str, list[tuple[str, int]]]


def absolute(path: Path) -> Path:
    """A path from the root, without links followed: a library keeps files under the names by which it reached them."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def on_this_computer(catalogue: Catalogue, table: TagTable, is_known: Callable[[Path], bool]) -> TagTable:
    """The same table, each path that does not stand as it is written replaced by the one that is meant.

    `is_known` says whether the library has heard a file, or it lies there. A path that nothing is found for stays.
    """
    by_name: _ByName | None = None
    found: list[Tag] = []
    for tag in table.tags:
        place: Path | None = None
        if tag.path is not None and tag.track_id is None and not is_known(absolute(tag.path)):
            place = next(filter(is_known, _as_others_write(tag.named, table.source.parent)), None)
            if place is None:
                by_name = _by_name(catalogue) if by_name is None else by_name
                place = _only_one_that_ends(tag.named, by_name)
        found.append(tag if place is None else replace(tag, path=place))
    return replace(table, tags=tuple(found))


def no_such_file(tag: Tag) -> Problem:
    """That a path leads nowhere here, and what to do."""
    hint = "Correct the path; it counts from the folder of the table, and large and small letters count."
    if _OTHER_SYSTEM.search(tag.named) or _DRIVE.match(tag.named):
        hint = "Write it as this computer does, in full or from the folder of the table."
    return Problem(tag.row, "path", str(tag.path), "no such file", hint)


def _as_others_write(text: str, folder: Path) -> Iterator[Path]:
    """Other readings of a path, the likeliest first."""
    texts = [text]
    if text.casefold().startswith("file:"):
        texts = [unquote(urlsplit(text).path)]
    elif "%" in text:
        texts.append(unquote(text))
    if os.sep == "/":
        texts += [each.replace("\\", "/") for each in texts if not _DRIVE.match(each)]
    for each in texts:
        for form in ("NFC", "NFD"):
            yield absolute(folder / unicodedata.normalize(form, each))


def _by_name(catalogue: Catalogue) -> _ByName:
    """All paths of the library with their tracks, by their last part."""
    found: _ByName = {}
    with reading(catalogue.engine) as db:
        for row in db.execute(select(files.c.path, files.c.track_number)):
            path = os.fsdecode(bytes(row.path))
            found.setdefault(_together(Path(path).name), []).append((path, row.track_number))
    return found


def _only_one_that_ends(text: str, by_name: _ByName) -> Path | None:
    """The file whose path ends as `text`, where no other track's does."""
    if _DRIVE.match(text):
        return None
    end = PurePosixPath(_together(text.replace("\\", "/")))
    same = [
        (path, track)
        for path, track in by_name.get(end.name, ())
        if Path(_together(path)).parts[-len(end.parts) :] == end.parts
    ]
    return Path(same[0][0]) if len({track for _, track in same}) == 1 else None


def _together(text: str) -> str:
    """Letters with their accents as one sign, as most systems write names; a Mac's are two."""
    return unicodedata.normalize("NFC", text)
