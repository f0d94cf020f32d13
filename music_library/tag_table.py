"""Tables of tagged tracks: read with every wrong row named, so that a person can put it right in one go."""

from __future__ import annotations

import codecs
import csv
import io
import math
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
_FORMULA_TEXT = re.compile(r"=.|[+@-].*[(!|]")
_RANGE = re.compile(r"(-?)0?(\d{1,2})\s*(?::|\.\.|-|–|—|\bto\b)\s*(-?)0?(\d{1,2})(?::00)?")
_SAYS_DELIMITER = re.compile(r"sep=(,|;|\t|\\t)?[,;\t]*", re.IGNORECASE)
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
    rows = _rows(path, _text(path))
    first = next(rows, None)
    if first is None:
        raise problems_of(path, [Problem(0, "all", "", "empty", f"Write a header ({', '.join(COLUMNS)}), then rows.")])
    header = [name.strip().casefold() for name in first[1]]
    problems = _header_problems(first[0], header)
    scale, asked = (None, scale) if scale is None else (scale_of(scale), scale)
    if asked is not None and scale is None:
        problems.append(Problem(0, "scale", asked, "an unknown scale", f"Use one of {', '.join(SCALES)}."))
    if problems:
        raise problems_of(path, problems)
    tags: list[Tag] = []
    unknown_scale = 0
    for number, cells in rows:
        if [cell.strip().casefold() for cell in cells] == header:
            problems.append(Problem(number, "all", _shown(cells), "the header once more", "Delete this row."))
            continue
        if len(cells) != len(header):
            what = f"{len(cells)} cells, and the header has {len(header)}"
            hint = "Put texts with a comma in quotes, and decimals with a point, or save with semicolons."
            if any("\n" in cell for cell in cells):
                what, hint = "a quotation mark that is not closed", "Close it, or take it out."
            problems.append(Problem(number, "all", _shown(cells), what, hint))
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


def scale_of(text: str) -> str | None:
    """The scale that `text` names, however it is written: `1:9`, `1-9`, `0 to 1`; None where it is none of `SCALES`.

    Spreadsheets take 1:9 for a time of day and write 01:09:00: that is read back.
    """
    found = _RANGE.fullmatch(text.replace("\u2212", "-").strip())
    if found is None:
        return None
    low, high = (f"{sign}{int(number)}" for sign, number in (found.group(1, 2), found.group(3, 4)))
    return name if (name := f"{low}:{high}") in SCALES else None


def _rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, with the number that a spreadsheet gives them."""
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            what = f"a cell that cannot be read ({error})"
            hint = "Close the quotation mark before it, or shorten the cell."
            raise problems_of(path, [Problem(number, "all", "", what, hint)]) from error
        # What Excel writes first where another program should know the delimiter.
        is_said = number == 1 and _SAYS_DELIMITER.fullmatch(delimiter.join(cells).strip())
        if any(cell.strip() for cell in cells) and not is_said:
            yield number, cells


def _shown(cells: Sequence[str]) -> str:
    text = ", ".join(cell.strip() for cell in cells)
    return text if len(text) <= 60 else f"{text[:57]}…"


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
        first, last = raw.rfind(b"\n", 0, error.start) + 1, raw.find(b"\n", error.start)
        near = raw[max(first, error.start - 30) : min(last if last >= 0 else len(raw), error.start + 30)]
        found = near.decode("cp1252", "replace").strip() if raw[:2] != b"PK" else ""
        problem = Problem(row, "all", found, "not UTF-8 text", "Save the table as CSV UTF-8.")
        raise problems_of(path, [problem]) from error
    if "\0" in text:
        raise problems_of(path, [Problem(0, "all", "", "not a text file", "Save the spreadsheet as CSV UTF-8.")])
    return text


def _delimiter(text: str) -> str:
    lines = text.lstrip().splitlines()
    said = _SAYS_DELIMITER.fullmatch(lines[0].strip()) if lines else None
    if said:
        return said[1].replace("\\t", "\t")
    return max((",", ";", "\t"), key=lines[0].count) if lines else ","


def _header_problems(row: int, header: Sequence[str]) -> list[Problem]:
    problems = []
    for name in ("valence", "arousal"):
        if name not in header:
            found = ", ".join(header)[:120]
            hint = f"Name the columns in the first row, with commas, semicolons or tabs between: {', '.join(COLUMNS)} "
            hint += f"(found: {found})."
            problems.append(Problem(row, name, "", "this column is missing", hint))
    if "path" not in header and "track_id" not in header:
        problems.append(Problem(row, "path", "", "this column is missing", "Name each track by `path` or `track_id`."))
    for name, count in Counter(header).items():
        if count > 1 and name:
            problems.append(Problem(row, name, "", f"this column stands there {count} times", "Keep one of them."))
    return problems


def _number(text: str) -> float:
    """A number with a decimal point or comma; NaN where it is none."""
    plain = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    return float(plain) if _NUMBER.fullmatch(plain) else math.nan


def _tag(number: int, row: Mapping[str, str], scale: str | None, folder: Path, problems: list[Problem]) -> Tag | None:
    before = len(problems)
    for column in COLUMNS:
        text = row.get(column, "")
        # A band may be called +44 and an album =: of texts, only what a spreadsheet would work out is a formula.
        is_number = column in ("valence", "arousal", "weight")
        formula = text.startswith(_FORMULA) if is_number else _FORMULA_TEXT.match(text)
        if formula and not math.isfinite(_number(text)):
            problems.append(Problem(number, column, text, "a formula", "Replace it by its value."))
    if len(problems) > before:
        return None
    said = row.get("scale") or scale or ""
    name = scale_of(said)
    if name is None:
        problems.append(Problem(number, "scale", said, "an unknown scale", f"Use one of {', '.join(SCALES)}."))
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
        # One file may be named in two ways, beside the table and from the root.
        name = tag.track_id or os.path.abspath(tag.path or "")  # noqa: PTH100
        first = seen.setdefault((name, tag.rater), tag.row)
        if first != tag.row:
            what = f"the same track as in row {first}" + (f", by the same rater {tag.rater!r}" if tag.rater else "")
            hint = "Keep one of them, or say in a column `rater` who rated it."
            problems.append(
                Problem(tag.row, "track_id" if tag.track_id else "path", tag.track_id or str(tag.path), what, hint)
            )
    return problems


def problems_of(path: Path, problems: Sequence[Problem]) -> TagTableError:
    """The error that names what is wrong with a table, the first twenty rows in its text."""
    lines = [str(problem) for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        lines.append(f"and {len(problems) - _SHOWN} more")
    head = f"{path.name or path} cannot be used: {len(problems)} thing{'s' if len(problems) > 1 else ''} to put right."
    return TagTableError("\n".join([head, *lines]), problems=tuple(problems), file=str(path))
