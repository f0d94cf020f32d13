"""Tables of tagged tracks: read with every wrong row named, so that a person can put it right in one go."""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from music_library.errors import LibraryError

if TYPE_CHECKING:
    from music_library.catalogue import Catalogue

SCALES: Mapping[str, tuple[float, float]] = {"1:9": (1.0, 9.0), "0:1": (0.0, 1.0), "-1:1": (-1.0, 1.0)}
COLUMNS = ("path", "track_id", "valence", "arousal", "artist", "group", "genre", "rater", "weight", "scale")
MAX_BYTES = 200 * 2**20
_ENCODINGS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SHOWN = 20
_FORMULA = ("=", "+", "@")
# Python would also read 1_0, and digits of other scripts, as numbers.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
TEMPLATE_ROWS = 500


class TagTableError(LibraryError):
    """A table of tags with rows that cannot be used; `values["problems"]` lists all of them."""

    code = "bad_tag_table"


@dataclass(frozen=True)
class Problem:
    """What is wrong with a cell, and what to do."""

    row: int
    """Line of the table as a spreadsheet counts it: the header is 1. 0 is the table as a whole."""
    column: str
    value: str
    what: str
    remedy: str

    def __str__(self) -> str:
        place = f"row {self.row}, {self.column}" if self.row else "the table"
        # The end of a long path tells more than its beginning.
        shown = self.value if len(self.value) <= 60 else f"…{self.value[-60:]}"
        value = f" ({shown!r})" if self.value else ""
        return f"{place}{value}: {self.what}. {self.remedy}"


@dataclass(frozen=True)
class Tag:
    """One person's, or the mean of several people's, placement of one track."""

    row: int
    path: Path | None
    track_id: str | None
    valence: float
    """In [-1, 1], brought there from the table's own scale."""
    arousal: float
    group: str
    weight: float
    rater: str
    genre: str = ""


@dataclass(frozen=True)
class TagTable:
    """A table without a wrong row."""

    source: Path
    tags: tuple[Tag, ...]
    notes: tuple[str, ...] = field(default=())
    """Names of what is worth knowing of it; `no_groups`: every track counts as by another artist."""


def read_tag_table(path: Path, *, scale: str | None = None) -> TagTable:
    """Read and check a table of tagged tracks.

    Parameters
    ----------
    path : Path
        CSV, UTF-8 or with a byte order mark, commas, semicolons or tabs between cells, decimal points or commas.
    scale : str, optional
        `1:9`, `0:1` or `-1:1`, where no column `scale` says it. It is never guessed.

    Raises
    ------
    TagTableError
        With every wrong row, its value and what to do.
    """
    text = _text(path)
    delimiter = _delimiter(text)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    header = [name.strip().casefold() for name in rows[0]] if rows else []
    problems = _header_problems(header)
    if scale is not None and scale not in SCALES:
        problems.append(Problem(0, "scale", scale, "an unknown scale", f"Use one of {', '.join(SCALES)}."))
    if problems:
        raise problems_of(path, problems)
    tags: list[Tag] = []
    unknown_scale = 0
    for number, cells in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            what = f"{len(cells)} cells, and the header has {len(header)}"
            hint = "Put texts with a comma in quotes, and decimals with a point, or save with semicolons."
            if any("\n" in cell for cell in cells):
                what, hint = "a quotation mark that is not closed", "Close it, or take it out."
            problems.append(Problem(number, "all", "", what, hint))
            continue
        row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        if not row.get("scale") and scale is None:
            unknown_scale += 1
            continue
        found = _tag(number, row, scale, path.parent, problems)
        if found is not None:
            tags.append(found)
    if unknown_scale:
        what = f"nothing says which scale the ratings of {unknown_scale} rows have"
        problems.append(Problem(0, "scale", "", what, "Add a column `scale`, or say --scale 1:9, 0:1 or -1:1."))
    if not tags and not problems:
        problems.append(Problem(0, "all", "", "no row", "Add one row a track."))
    problems += _twice(tags)
    if problems:
        raise problems_of(path, sorted(problems, key=lambda problem: problem.row))
    few = Counter(tag.group for tag in tags)
    return TagTable(path, tuple(tags), () if any(few) else ("no_groups",))


def template(catalogue: Catalogue, *, rows: int = TEMPLATE_ROWS) -> str:
    """A table to fill in, as CSV: the header, and the first `rows` tracks of the library without ratings.

    Titles and artists stand there for whoever rates, made safe for a spreadsheet.
    """
    from music_library.track import csv_cell

    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("track_id", "title", "artist", "valence", "arousal", "rater", "scale"))
    for track in catalogue.tracks(limit=rows):
        if track.error is None:
            writer.writerow((track.id, csv_cell(track.title), csv_cell(track.artist), "", "", "", ""))
    return out.getvalue()


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise problems_of(path, [Problem(0, "all", "", "larger than 200 MB", "Split it.")])
        raw = path.read_bytes()
    except OSError as error:
        problem = Problem(0, "all", str(path), f"cannot be read ({error.strerror})", "Check the name and the rights.")
        raise problems_of(path, [problem]) from error
    encoding = next((name for mark, name in _ENCODINGS if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        problem = Problem(row, "all", "", "not UTF-8 text", "Save the table as CSV UTF-8.")
        raise problems_of(path, [problem]) from error
    if "\0" in text:
        raise problems_of(path, [Problem(0, "all", "", "not a text file", "Save the spreadsheet as CSV UTF-8.")])
    return text


def _delimiter(text: str) -> str:
    header = text.split("\n", 1)[0]
    return max((",", ";", "\t"), key=header.count)


def _header_problems(header: Sequence[str]) -> list[Problem]:
    problems = []
    for name in ("valence", "arousal"):
        if name not in header:
            hint = f"Name the columns in the first row: {', '.join(COLUMNS)} (found: {', '.join(header)[:120]})."
            problems.append(Problem(1, name, "", "this column is missing", hint))
    if "path" not in header and "track_id" not in header:
        problems.append(Problem(1, "path", "", "this column is missing", "Name each track by `path` or `track_id`."))
    for name, count in Counter(header).items():
        if count > 1 and name:
            problems.append(Problem(1, name, "", f"this column stands there {count} times", "Keep one of them."))
    return problems


def _number(text: str) -> float:
    """A number with a decimal point or comma; NaN where it is none."""
    plain = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    return float(plain) if _NUMBER.fullmatch(plain) else math.nan


def _tag(number: int, row: Mapping[str, str], scale: str | None, folder: Path, problems: list[Problem]) -> Tag | None:
    before = len(problems)
    for column, text in row.items():
        is_formula = text.startswith(_FORMULA) and not math.isfinite(_number(text))
        if is_formula or (text.startswith("-") and column not in ("valence", "arousal", "scale") and "(" in text):
            problems.append(Problem(number, column, text, "a formula", "Replace it by its value."))
    if len(problems) > before:
        return None
    name = row.get("scale") or scale or ""
    if name not in SCALES:
        problems.append(Problem(number, "scale", name, "an unknown scale", f"Use one of {', '.join(SCALES)}."))
        return None
    low, high = SCALES[name]
    values = []
    for column in ("valence", "arousal"):
        value = _number(row[column])
        if not math.isfinite(value):
            problems.append(
                Problem(number, column, row[column] or "empty", "not a number", "Rate it, or delete the row.")
            )
        elif not low <= value <= high:
            hint = "Correct it, or say the right scale."
            problems.append(Problem(number, column, row[column], f"outside the scale {name}", hint))
        values.append(2 * (value - low) / (high - low) - 1)
    weight = _number(row.get("weight") or "1")
    if not math.isfinite(weight) or weight <= 0:
        problems.append(Problem(number, "weight", row.get("weight", ""), "not a number above 0", "Correct it."))
    text, track_id = row.get("path", ""), row.get("track_id", "")
    if not text and not track_id:
        problems.append(Problem(number, "path", "", "no track", "Give its path or its track_id."))
    if len(problems) > before:
        return None
    return Tag(
        row=number,
        path=(folder / text) if text else None,
        track_id=track_id or None,
        valence=values[0],
        arousal=values[1],
        group=row.get("group") or row.get("artist") or "",
        weight=weight,
        rater=row.get("rater", ""),
        genre=row.get("genre", ""),
    )


def _twice(tags: Sequence[Tag]) -> list[Problem]:
    seen: dict[tuple[str, str], int] = {}
    problems = []
    for tag in tags:
        name = tag.track_id or str(tag.path)
        first = seen.setdefault((name, tag.rater), tag.row)
        if first != tag.row:
            what = f"the same track as in row {first}" + (f", by the same rater {tag.rater!r}" if tag.rater else "")
            hint = "Keep one of them, or say in a column `rater` who rated it."
            problems.append(Problem(tag.row, "track_id" if tag.track_id else "path", name, what, hint))
    return problems


def problems_of(path: Path, problems: Sequence[Problem]) -> TagTableError:
    """The error that names what is wrong with a table, the first twenty rows in its text."""
    lines = [str(problem) for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        lines.append(f"and {len(problems) - _SHOWN} more")
    head = f"{path.name or path} cannot be used: {len(problems)} thing{'s' if len(problems) > 1 else ''} to put right."
    return TagTableError("\n".join([head, *lines]), problems=tuple(problems), file=str(path))
