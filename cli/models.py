"""Commands for tables of tagged tracks and the mood models trained on them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.opening import Home, open_catalogue, read_settings
from cli.printing import Json, complain, print_json, print_table, progress_bar


def known_scale(text: str | None) -> str | None:
    """A scale that tables can have; what is none is a usage error, whatever the table holds."""
    from music_library.tag_table import SCALES, scale_of

    if text is not None and scale_of(text) is None:
        raise typer.BadParameter(f"{text!r} is no scale: say one of {', '.join(SCALES)}.")
    return text


Scale = Annotated[
    str | None,
    typer.Option(help="Scale of the ratings where no column says it: 1:9, 0:1 or -1:1.", callback=known_scale),
]


def tags_check(table: Annotated[Path, typer.Argument()], scale: Scale = None, home: Home = None) -> None:
    """Check a table of tagged tracks; name every row that is wrong."""
    from music_library.tagged_tracks import check_table
    from web.words import say

    checked = check_table(open_catalogue(home), table, scale=scale)
    for note in checked.notes:
        print(say("mood.training_note", note=say(f"mood.note_{note}")), file=sys.stderr)
    print(f"{len(checked.tags)} rows are fine.")


def tags_write(
    tracks: Annotated[list[str] | None, typer.Argument(help="Ids of tracks, as `attune library` lists them.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every track that has a mood.")] = False,
    home: Home = None,
) -> None:
    """Write moods into the tags of music files; the sound stays as it is. Needs the extra write-tags."""
    from music_library.write_tags import write_mood_tags

    if bool(tracks) == every:
        raise typer.BadParameter("name the tracks, or say --all.", param_hint="TRACKS")
    catalogue = open_catalogue(home)
    written, failed = 0, 0
    for done in write_mood_tags(catalogue, tracks or catalogue.candidates().ids.tolist()):
        written += done.error is None
        failed += done.error is not None
        if done.error:
            complain(done.error)
    print(f"{written} files have new tags, {failed} are as they were.")
    if failed:
        raise typer.Exit(1)


def train(
    table: Annotated[Path, typer.Argument()],
    out: Annotated[Path | None, typer.Option(help="Folder for the model and its report card.")] = None,
    scale: Scale = None,
    home: Home = None,
) -> None:
    """Train a mood model on a table of tagged tracks and write its report card."""
    from music_library.model_jobs import train_as_job
    from web.clinician.training_words import verdict_says
    from web.report_card import write_html

    if hasattr(os, "nice"):
        os.nice(10)  # the pages that people work with go first
    with progress_bar(show=sys.stderr.isatty()) as on_progress:
        trained = train_as_job(
            read_settings(home).home, open_catalogue(home), table, scale=scale, out=out, on_progress=on_progress
        )
    print(f"{trained.model_id}: {write_html(trained.report, trained.folder)}")
    for axis in ("valence", "arousal"):
        print(f"{axis}: R² {trained.report['figures'][axis]['r2']:.2f} on artists left out")
    print(verdict_says(trained.report))
    if trained.report["comparison"]["may_promote"] and out is None:
        print(f"To put it in use: attune model promote {trained.model_id}")


def evaluate(
    table: Annotated[Path, typer.Argument()],
    model: Annotated[Path | None, typer.Option(help="Folder of a model; the one in use where not said.")] = None,
    scale: Scale = None,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Say how well a model predicts a table of tagged tracks."""
    from music_library.retrain import evaluate_on_table
    from music_library.tagged_tracks import LEAST_TRACKS
    from web.words import say

    figures = evaluate_on_table(read_settings(home).home, open_catalogue(home), table, scale=scale, model=model)
    if as_json:
        print_json(figures)
        return
    rows = [
        {"what": say(f"mood.evaluate_{kind}", axis=axis), **of[axis]}
        for axis in ("valence", "arousal")
        for kind, of in (
            ("model", figures),
            ("three", figures["baselines"]["three"]),
            ("constant", figures["baselines"]["constant"]),
        )
    ]
    print_table(("what", "r2", "r", "rmse", "ccc", "coverage"), rows)
    if figures["n"] < LEAST_TRACKS:
        print(say("mood.training_note", note=say("mood.note_few_tracks", n=figures["n"])), file=sys.stderr)
    print(say("mood.evaluate_means"), file=sys.stderr)


def model_list(as_json: Json = False, home: Home = None) -> None:
    """List the models of this home."""
    from music_library.retrain import list_models

    rows = list_models(read_settings(home).home)
    if as_json:
        print_json(rows)
        return
    print_table(("id", "in_use", "usable", "n", "r2_valence", "r2_arousal", "may_promote"), rows)


def model_promote(model: Annotated[str, typer.Argument()], home: Home = None) -> None:
    """Put a model in use, if it is not worse than the one in use."""
    from music_library.model_jobs import promote_as_job

    print(f"{promote_as_job(read_settings(home).home, open_catalogue(home), model)} is in use.")


def model_rollback(home: Home = None) -> None:
    """Go back to the model that was in use before."""
    from music_library.model_jobs import roll_back_as_job

    print(f"{roll_back_as_job(read_settings(home).home, open_catalogue(home))} is in use.")
