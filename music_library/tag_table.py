"""Tables of tagged tracks: read with every wrong row named, so that a person can put it right in one go."""

from __future__ import annotations

import csv
import io
import math
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from music_library.table_text import (
    MAX_BYTES,
    NAMED_FOR_CERTAIN,
    TITLE_ROWS,
    Problem,
    TagTableError,
    problems_of,
    rows_of,
    text_of,
)

if TYPE_CHECKING:
    from music_library.catalogue import Catalogue

__all__ = [
    "COLUMNS",
    "MAX_BYTES",
    "SCALES",
    "TEMPLATE_ROWS",
    "Problem",
    "Tag",
    "TagTable",
    "TagTableError",
    "named_artist",
    "named_twice",
    "problems_of",
    "read_tag_table",
    "scale_of",
    "template",
]

SCALES: Mapping[str, tuple[float, float]] = {"1:9": (1.0, 9.0), "0:1": (0.0, 1.0), "-1:1": (-1.0, 1.0)}
COLUMNS = ("path", "track_id", "valence", "arousal", "artist", "group", "genre", "rater", "weight", "scale")
_ALSO_CALLED = {
    "path": ("file", "filename", "filepath", "location", "uri", "pfad", "datei", "track", "song"),
    "valence": ("valenz", "pleasure", "pleasantness"),
    "arousal": ("energy", "activation", "erregung"),
}
"""What these columns are called elsewhere: asked about, never taken for them."""
_NOBODY = frozenset(("unknown", "unknown artist", "various", "various artists", "n/a"))
"""What programs write where they know no artist: tracks that share it are not by one."""
_ANY_RANGE = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(?::|\.\.|-|–|\bto\b)\s*(-?\d+(?:\.\d+)?)\s*")
_FORMULA = ("=", "+", "@")
_FORMULA_TEXT = re.compile(r"=.|[+@-].*[(!|]")
_RANGE = re.compile(r"(-?)0?(\d{1,2})\s*(?::|\.\.|-|–|—|\bto\b)\s*(-?)0?(\d{1,2})(?::00)?")
# Python would also read 1_0, and digits of other scripts, as numbers.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
TEMPLATE_ROWS = 500
_UNSEEN = " \t\r\n\xa0\u200b\ufeff"
"""What stands around names unseen."""


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
    named: str = ""
    """The path as the table writes it."""


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
    rows = rows_of(path, text_of(path))
    first = _header_of(rows)
    if first is None:
        raise problems_of(path, [Problem(0, "all", "", "empty", f"Write a header ({', '.join(COLUMNS)}), then rows.")])
    header = first[1]
    problems = _header_problems(first[0], header)
    scale, asked = (None, scale) if scale is None else (scale_of(scale), scale)
    if asked is not None and scale is None:
        problems.append(Problem(0, "scale", asked, "an unknown scale", _scale_hint(asked)))
    if problems:
        raise problems_of(path, problems)
    tags: list[Tag] = []
    unknown_scale = 0
    for number, cells in rows:
        if [cell.strip(_UNSEEN).casefold() for cell in cells] == header:
            problems.append(Problem(number, "all", _shown(cells), "the header once more", "Delete this row."))
            continue
        while len(cells) > len(header) and not cells[-1].strip():
            cells.pop()  # an empty cell behind the last column hides nothing
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
    problems += named_twice(tags)
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


def _header_of(rows: Iterator[tuple[int, list[str]]]) -> tuple[int, list[str]] | None:
    """The row that names the columns: the first, unless titles stand above it."""
    above = []
    for number, cells in islice(rows, TITLE_ROWS):
        names = [name.strip(_UNSEEN).casefold() for name in cells]
        if set(NAMED_FOR_CERTAIN) <= set(names):
            return number, names
        above.append((number, names))
    return above[0] if above else None


def _header_problems(row: int, header: Sequence[str]) -> list[Problem]:
    problems = []
    missing = [name for name in NAMED_FOR_CERTAIN if name not in header]
    if "path" not in header and "track_id" not in header:
        missing.append("path")
    # What was found, and what columns there are, is said once.
    also = f"Name the columns in the first row, with commas, semicolons or tabs between: {', '.join(COLUMNS)} "
    also += f"(found: {', '.join(header)[:120]})."
    for name in missing:
        # A header that is one name only was cut at the wrong signs.
        likely = next((found for found in header if len(header) > 1 and _may_mean(found, name)), None)
        hint = f"If it is {likely!r}, name that column {name!r}. " if likely else ""
        if name in NAMED_FOR_CERTAIN and len(missing) == 1 and not likely:
            hint = "Every track is rated on both, valence and arousal. "
        hint += "Name each track by `path` or `track_id`. " if name == "path" else ""
        problems.append(Problem(row, name, "", "this column is missing", (hint + also).strip() or "Add it."))
        also = ""
    for name, count in Counter(header).items():
        if count > 1 and name:
            problems.append(Problem(row, name, "", f"this column stands there {count} times", "Keep one of them."))
    return problems


def _may_mean(found: str, name: str) -> bool:
    words = re.split(r"[\W_]+", found)
    joined = "".join(words)
    return name in words or joined in _ALSO_CALLED[name]


def _scale_hint(said: str) -> str:
    """Which scales there are, and how ratings of another one are brought to one of them."""
    hint = f"Use one of {', '.join(SCALES)}."
    found = _ANY_RANGE.fullmatch(said.replace("\u2212", "-"))
    if found is None or float(found[1]) >= float(found[2]):
        return hint
    low, high = float(found[1]), float(found[2])
    away = "rating" if low == 0 else f"(rating {'-' if low > 0 else '+'} {abs(low):g})"
    return f"{hint} Ratings from {low:g} to {high:g} become 0:1 by {away} / {high - low:g}."


def _number(text: str) -> float:
    """A number with a decimal point or comma; NaN where it is none."""
    plain = text.replace("\u2212", "-")
    plain = plain.replace(",", ".") if plain.count(",") == 1 and "." not in plain else plain
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
        problems.append(Problem(number, "scale", said, "an unknown scale", _scale_hint(said)))
        return None
    low, high = SCALES[name]
    values = []
    for column in ("valence", "arousal"):
        value = _number(row[column])
        if not math.isfinite(value):
            hint = f"Write a number of the scale {name}, or delete the row."
            if not row[column]:
                hint = "Rate it, or delete the row."
            elif row[column].endswith("%"):
                hint = "Write 0.5 for 50 %, and say the scale 0:1."
            problems.append(Problem(number, column, row[column] or "empty", "not a number", hint))
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
        group=row.get("group") or named_artist(row.get("artist", "")),
        weight=weight,
        rater=row.get("rater", ""),
        genre=row.get("genre", ""),
        named=text,
    )


def named_artist(text: str) -> str:
    """The artist, or nothing where a program only says that it knows none."""
    return "" if text.casefold() in _NOBODY else text


def named_twice(tags: Sequence[Tag]) -> list[Problem]:
    """The rows whose track stands in an earlier row by the same rater."""
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
