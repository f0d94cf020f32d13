"""Commands for a folder of music: catalogue it, list it, hear single files, compose the demo music."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from cli.opening import Home, model_in_use, open_catalogue, read_settings
from cli.printing import Json, complain, fail, plain, print_csv, print_json, print_table, progress_bar

if TYPE_CHECKING:
    from music_library import ScanSummary


class TableFormat(StrEnum):
    """How `attune library` prints."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def scan(
    folders: Annotated[list[Path], typer.Argument(help="Folders of music (or single files).", readable=False)],
    workers: Annotated[int, typer.Option(min=1, max=256, help="Files analysed at the same time.")] = 2,
    cluster: Annotated[
        str | None, typer.Option(help="Dask scheduler whose machines analyse instead, such as tls://host:8786.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Keep on: catalogue what is added or changed.")] = False,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Catalogue folders of music: analyse what is new, name what fails, mark what is missing."""
    from music_library import scan as run_scan
    from music_library import watch as run_watch
    from music_library.placing import tune

    for folder in folders:
        if not folder.exists():
            fail(f"{folder} is not there: name a folder of music that this machine can see.", exit_code=1)
    catalogue = open_catalogue(home)
    model = model_in_use(home)
    with progress_bar(show=not as_json) as on_progress:
        summary = run_scan(catalogue, folders, workers=workers, cluster=cluster, model=model, on_progress=on_progress)
    tune(catalogue)  # what is new may have moved the estimates that the clinic's own scale was fitted to
    _say_scan(summary, as_json=as_json)
    if watch:
        run_watch(
            catalogue,
            folders,
            workers=workers,
            cluster=cluster,
            model=model,
            on_summary=lambda small: _say_scan(small, as_json=as_json),
        )
    if summary.failed and not summary.analysed and not summary.unchanged:
        fail("nothing in there could be read; the reasons stand above.", exit_code=1)


def _say_scan(summary: ScanSummary, *, as_json: bool) -> None:
    if as_json:
        print_json(summary.as_json())
        return
    print(
        f"{summary.analysed} analysed, {summary.unchanged} unchanged, {summary.failed} failed, "
        f"{summary.missing} missing, in {summary.seconds:.0f} s",
        flush=True,
    )
    if not summary.analysed + summary.unchanged + summary.failed + summary.missing:
        complain("No sound files were found there.")
    for error in summary.errors:
        complain(f"  {plain(error.path)}: {error.reason} {error.remedy}")


def library(
    table_format: Annotated[TableFormat, typer.Option("--format", help="How to print.")] = TableFormat.TABLE,
    failed: Annotated[bool, typer.Option("--failed", help="Only files that could not be analysed.")] = False,
    home: Home = None,
) -> None:
    """List the catalogue, one row a track."""
    from music_library import LIBRARY_COLUMNS, library_rows

    catalogue = open_catalogue(home)
    rows = library_rows(catalogue, failed=failed)
    if table_format is TableFormat.JSON:
        print_json(list(rows))
    elif table_format is TableFormat.CSV:
        print_csv(LIBRARY_COLUMNS, rows)
    else:
        shown = ("title", "artist", "duration_s", "tempo_bpm", "key", "valence", "arousal", "flags", "error")
        print_table(shown, rows)
        if not catalogue.count():
            complain(f"There are no songs in {catalogue.place}: 'attune scan FOLDER' brings them in.")


def analyse(
    files: Annotated[list[Path], typer.Argument(help="Sound files.", readable=False)],
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Print features and mood of files, without a catalogue."""
    from music_library import analyse_files

    rows = list(analyse_files(files, model_in_use(home)))
    if as_json:
        print_json(rows)
    else:
        print_table(("path", "duration_s", "tempo_bpm", "key", "mode", "valence", "arousal", "flags", "error"), rows)
    for row in rows:
        if row["error"]:
            complain(f"attune: {plain(row['path'])}: {row['error']}")
    if all(row["error"] for row in rows):
        raise typer.Exit(1)


def demo(home: Home = None, as_json: Json = False) -> None:
    """Compose the demo music, once, and catalogue it."""
    from music_library import scan as run_scan
    from music_library.demo import DEMO_PIECES, make_demo
    from music_library.demo.leaving import want_again
    from music_library.jobs import JobReport

    settings = read_settings(home)
    catalogue = open_catalogue(home)
    model = model_in_use(home)
    folder = settings.home / "demo"
    want_again(settings.home)
    total = len(DEMO_PIECES)
    made: list[Path] = []
    report = JobReport(catalogue, "demo", [str(folder)])
    status = "failed"
    started = monotonic()
    try:
        with progress_bar(show=not as_json, total=total, what="Composing") as on_progress:

            def on_piece(file: Path) -> None:
                made.append(file)
                seconds_left = (monotonic() - started) / len(made) * (total - len(made))
                report.tell(len(made), total, seconds_left)
                on_progress(len(made), total, seconds_left)
                if len(made) in {4, 10, 20, 30}:  # the first ones can be used while the rest is being composed
                    run_scan(catalogue, [folder], model=model, patience_s=600)

            make_demo(folder, on_piece=on_piece, workers=2)
        summary = run_scan(catalogue, [folder], workers=2, model=model, patience_s=600)
        status = "ended"
    except KeyboardInterrupt:
        status = "cancelled"
        raise
    finally:
        report.end(status)
    if as_json:
        print_json(summary.as_json())
    else:
        print(f"{total} demo pieces are in the catalogue.")
