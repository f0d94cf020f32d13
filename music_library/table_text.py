"""The text of a table as people save it, row by row, and how what is wrong with it is told."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from music_library.errors import LibraryError

MAX_BYTES = 200 * 2**20
NAMED_FOR_CERTAIN = ("valence", "arousal")
"""Columns that every table has: the row that names both is the header, whatever titles stand above it."""
TITLE_ROWS = 12
_ENCODINGS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NO_TEXT = (
    (b"PK\x03\x04", "a workbook (xlsx, ods) or an archive, not text"),
    (b"\xd0\xcf\x11\xe0", "an old workbook (xls), not text"),
)
_SHOWN = 20
_HEAD = 100_000
"""Letters in which the header is looked for."""
_SAYS_DELIMITER = re.compile(r"sep=(,|;|\t|\\t)?[,;\t]*", re.IGNORECASE)


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


def text_of(path: Path) -> str:
    """All of a table as text: UTF-8, or UTF-16 with its mark.

    Raises
    ------
    TagTableError
        Naming the file and, where its letters are of another encoding, the first row that has one.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise problems_of(path, [Problem(0, "all", "", "larger than 200 MB", "Split it.")])
        raw = path.read_bytes()
    except OSError as error:
        problem = Problem(0, "all", str(path), f"cannot be read ({error.strerror})", "Check the name and the rights.")
        raise problems_of(path, [problem]) from error
    what = next((what for start, what in _NO_TEXT if raw.startswith(start)), None)
    if what is not None:
        problem = Problem(0, "all", "", what, "Save the spreadsheet as CSV UTF-8, in the program that made it.")
        raise problems_of(path, [problem])
    encoding = next((name for mark, name in _ENCODINGS if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        first, last = raw.rfind(b"\n", 0, error.start) + 1, raw.find(b"\n", error.start)
        near = raw[max(first, error.start - 30) : min(last if last >= 0 else len(raw), error.start + 30)]
        found = near.decode("cp1252", "replace").strip()
        problem = Problem(row, "all", found, "not UTF-8 text", "Save the table as CSV UTF-8.")
        raise problems_of(path, [problem]) from error
    text = text.lstrip("\ufeff")  # some programs put a second mark behind the first
    if text.lstrip().startswith(("{", "[{")):
        problem = Problem(0, "all", "", "JSON, not a table", "Save it as CSV UTF-8: a header, then one row a track.")
        raise problems_of(path, [problem])
    if "\0" in text:
        raise problems_of(path, [Problem(0, "all", "", "not a text file", "Save the spreadsheet as CSV UTF-8.")])
    return text


def rows_of(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
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


def _delimiter(text: str) -> str:
    """Comma, semicolon or tab: what is said, or what stands most often in the row that names the columns."""
    lines = [line for line in text[:_HEAD].splitlines() if line.strip()][:TITLE_ROWS]
    if not lines:
        return ","
    said = _SAYS_DELIMITER.fullmatch(lines[0].strip())
    if said:
        return said[1].replace("\\t", "\t")
    names = (line for line in lines if all(name in line.casefold() for name in NAMED_FOR_CERTAIN))
    return max((",", ";", "\t"), key=next(names, lines[0]).count)


def problems_of(path: Path, problems: Sequence[Problem]) -> TagTableError:
    """The error that names what is wrong with a table, the first twenty rows in its text."""
    lines = [str(problem) for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        lines.append(f"and {len(problems) - _SHOWN} more")
    head = f"{path.name or path} cannot be used: {len(problems)} thing{'s' if len(problems) > 1 else ''} to put right."
    return TagTableError("\n".join([head, *lines]), problems=tuple(problems), file=str(path))
