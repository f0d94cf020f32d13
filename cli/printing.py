"""What the commands print: text, tables, CSV, JSON, a bar of progress, and why one of them ends."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import typer

STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, ends of lines, turns of direction, and halves of characters, which cannot be written at all."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def announce(line: str) -> None:
    """Print a line at once, also where the output is a file that somebody follows."""
    print(line, flush=True)


def complain(message: str) -> None:
    """Say on stderr what went wrong, in as many lines as it has."""
    print("\n".join(map(plain, message.split("\n"))), file=sys.stderr)


def plain(text: str) -> str:
    """Text that moves nothing in a terminal: what steers one stands as its escape, like `\\x1b`.

    A file may be called what clears a screen, begins a line of its own or is read from the right.
    """
    return STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def fail(message: str, *, exit_code: int = 1) -> NoReturn:
    """Name a failure on stderr and end."""
    complain(f"attune: {message}")
    raise typer.Exit(exit_code)


@contextmanager
def progress_bar(
    *, show: bool, total: int | None = None, what: str = "Analysing"
) -> Iterator[Callable[[int, int, float | None], None]]:
    """A bar on stderr with count and time left; yields `on_progress(done, total, seconds_left)`."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[left]}"))
    with Progress(*columns, console=Console(stderr=True), disable=not show) as progress:
        task = progress.add_task(what, total=total, left="")

        def on_progress(done: int, count: int, seconds_left: float | None) -> None:
            left = "" if seconds_left is None else f"about {max(1, round(seconds_left / 60))} min left"
            progress.update(task, completed=done, total=count, left=left)

        yield on_progress


def print_json(value: Any) -> None:
    """Print JSON: unknown is null, and no number is infinite or NaN."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2))


def print_csv(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print CSV whose cells no spreadsheet takes for a formula."""
    from music_library import csv_cell

    columns = list(columns)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([csv_cell(row[column]) for column in columns])


def print_table(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print a table for people; text from files is shown as it is, never read as markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    columns = list(columns)
    table = Table(*columns)
    for row in rows:
        values = [row.get(column) for column in columns]
        cells = ["" if v is None else f"{v:.2f}" if isinstance(v, float) else plain(str(v)) for v in values]
        table.add_row(*[Text(cell) for cell in cells])
    # A file or a pipe has no width of its own: there nothing is squeezed.
    Console(width=None if sys.stdout.isatty() else 200).print(table)
