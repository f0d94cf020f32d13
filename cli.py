"""The command-line door: reads settings, opens the stores, composes, and prints.

Rooms are imported inside the commands, so that `attune scan` never loads a web server and `--help` answers at once.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from features.errors import FeatureError
from music_library.errors import LibraryError
from practice.errors import PracticeError
from recommender.errors import RecommenderError
from settings import Settings

if TYPE_CHECKING:
    from music_library import Catalogue, ScanSummary
    from practice import Record
    from practice.encryption import RecordKey
    from recommender import Mood, MoodModel

ATTUNE_ERRORS = (FeatureError, LibraryError, PracticeError, RecommenderError, OSError)

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Music for a mood.")
tags_app = typer.Typer(no_args_is_help=True, help="Tables of tagged tracks.")
model_app = typer.Typer(no_args_is_help=True, help="Mood models: which there are and which is in use.")
account_app = typer.Typer(no_args_is_help=True, help="Accounts of the people who work here.")
app.add_typer(tags_app, name="tags")
app.add_typer(model_app, name="model")
app.add_typer(account_app, name="account")

Home = Annotated[
    Path | None,
    typer.Option("--home", envvar="ATTUNE_HOME", help="Folder of both stores, models and caches.", file_okay=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


class TableFormat(StrEnum):
    """How `attune library` prints."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class Route(StrEnum):
    """The routes that a plan can take."""

    ISO = "iso"
    DIRECT = "direct"
    STAY = "stay"
    DRAWN = "drawn"


# --- songs ------------------------------------------------------------------------------------------------------------


@app.command()
def scan(
    folders: Annotated[list[Path], typer.Argument(help="Folders of music (or single files).")],
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
    for error in summary.errors:
        print(f"  {one_line(error.path)}: {error.reason} {error.remedy}", file=sys.stderr)


@app.command()
def library(
    table_format: Annotated[TableFormat, typer.Option("--format", help="How to print.")] = TableFormat.TABLE,
    failed: Annotated[bool, typer.Option("--failed", help="Only files that could not be analysed.")] = False,
    home: Home = None,
) -> None:
    """List the catalogue, one row a track."""
    from music_library import LIBRARY_COLUMNS, library_rows

    rows = library_rows(open_catalogue(home), failed=failed)
    if table_format is TableFormat.JSON:
        print_json(list(rows))
    elif table_format is TableFormat.CSV:
        print_csv(LIBRARY_COLUMNS, rows)
    else:
        shown = ("title", "artist", "duration_s", "tempo_bpm", "key", "valence", "arousal", "flags", "error")
        print_table(shown, rows)


@app.command()
def analyse(
    files: Annotated[list[Path], typer.Argument(help="Sound files.")], as_json: Json = False, home: Home = None
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
            print(f"attune: {one_line(row['path'])}: {row['error']}", file=sys.stderr)
    if all(row["error"] for row in rows):
        raise typer.Exit(1)


@app.command()
def plan(
    present: Annotated[str, typer.Option(help="Where the person is: a word, valence,arousal, or track:ID.")],
    target: Annotated[str, typer.Option(help="Where they want to be, said in the same way.")],
    minutes: Annotated[float, typer.Option(min=3, max=60, help="How long.")] = 24.0,
    route: Annotated[Route, typer.Option(help="How to get there.")] = Route.ISO,
    through: Annotated[list[str] | None, typer.Option(help="A point of a drawn route; may be given again.")] = None,
    hold_present: Annotated[
        float | None, typer.Option(min=0, max=60, help="Minutes at the present mood; the route decides where not said.")
    ] = None,
    hold_target: Annotated[float | None, typer.Option(min=0, max=60, help="Minutes at the target.")] = None,
    pace: Annotated[
        float, typer.Option(min=0.25, max=4, help="1 moves evenly, 2 leaves slowly and hurries later, 0.5 the reverse.")
    ] = 1.0,
    wind_down: Annotated[float, typer.Option(min=0, max=30, help="Minutes at the end that lead to a quiet close.")] = 0,
    cadence: Annotated[float | None, typer.Option(min=30, max=240, help="Steps a minute to match.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed, another of the best plans.")] = 0,
    rules: Annotated[Path | None, typer.Option(help="YAML file with rules.", dir_okay=False, exists=True)] = None,
    out: Annotated[
        list[Path] | None, typer.Option(help="Playlist file: .m3u8, .xspf or .jspf; may be given again.")
    ] = None,
    relative: Annotated[bool, typer.Option("--relative", help="Paths as seen from the playlist's folder.")] = False,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Plan a playlist from one mood to another out of the catalogue."""
    from dataclasses import asdict, replace

    from music_library import plan_row, write_playlist
    from recommender import PlanRequest, Rules, rules_from_yaml
    from recommender import plan as make_plan
    from web.words.reasons import say_hidden, say_reasons

    if route is Route.DRAWN and not through:
        raise typer.BadParameter("a drawn route needs at least one --through point.", param_hint="--route")
    wanted = out or []
    for file in wanted:
        if file.suffix.lower() not in {".m3u8", ".m3u", ".xspf", ".jspf"}:
            raise typer.BadParameter(f"{file.name} must end in .m3u8, .xspf or .jspf.", param_hint="--out")
    catalogue = open_catalogue(home)
    the_rules = Rules() if rules is None else rules_from_yaml(rules.read_text("utf-8"), source=str(rules))
    the_rules = replace(the_rules, avoid_tracks=the_rules.avoid_tracks | songs_kept_private(home))
    if cadence is not None:
        the_rules = replace(the_rules, cadence_bpm=cadence)
    request = PlanRequest(
        present=mood_of(present, catalogue, "--present"),
        target=mood_of(target, catalogue, "--target"),
        minutes=minutes,
        route=route.value,
        waypoints=tuple(mood_of(point, catalogue, "--through") for point in through or []),
        seed=seed,
        present_track=track_of(present),
        target_track=track_of(target),
        hold_present=None if hold_present is None else min(hold_present / minutes, 0.5),
        hold_target=None if hold_target is None else min(hold_target / minutes, 0.5),
        pace=pace,
        wind_down=min(wind_down / minutes, 0.5),
    )
    playlist = make_plan(catalogue.candidates(), request, the_rules)
    rows = [plan_row(catalogue, track, say_reasons(track.reasons[:1])) for track in playlist.tracks]
    for file in wanted:
        write_playlist(file, rows, relative=relative)
    if as_json:
        print_json(
            {
                "request": {
                    "present": list(request.present),
                    "target": list(request.target),
                    "minutes": minutes,
                    "route": route.value,
                    "waypoints": [list(point) for point in request.waypoints],
                    "seed": seed,
                },
                "tracks": rows,
                "slots": [asdict(slot) for slot in playlist.slots],
                "length_s": playlist.length_s,
                "bound_percent": playlist.bound_percent,
                "relaxed": list(playlist.relaxed),
                "warnings": [say_reasons([warning]) for warning in playlist.warnings],
                "hidden": dict(playlist.hidden),
                "figures": dict(playlist.figures),
            }
        )
        return
    columns = ("start_s", "title", "artist", "duration_s", "tempo_bpm", "key", "reason")
    between = [
        {**dict.fromkeys(columns), "start_s": slot.start_s, "title": f"({slot.kind})", "duration_s": slot.duration_s}
        for slot in playlist.slots
    ]
    print_table(columns, sorted([*between, *rows], key=lambda row: row["start_s"]))
    print(f"{playlist.length_s / 60:.1f} minutes", end="")
    print("" if playlist.bound_percent is None else f", within {playlist.bound_percent:.1f} % of the best possible")
    for warning in playlist.warnings:
        print(say_reasons([warning]), file=sys.stderr)
    if rules is not None or cadence is not None:
        for hides in say_hidden(playlist.hidden):
            print(f"{hides}.", file=sys.stderr)


# --- tags and models --------------------------------------------------------------------------------------------------

Scale = Annotated[str | None, typer.Option(help="Scale of the ratings where no column says it: 1:9, 0:1 or -1:1.")]


@tags_app.command("check")
def tags_check(table: Annotated[Path, typer.Argument()], scale: Scale = None, home: Home = None) -> None:
    """Check a table of tagged tracks; name every row that is wrong."""
    from music_library.tagged_tracks import check_table
    from web.words import say

    checked = check_table(open_catalogue(home), table, scale=scale)
    for note in checked.notes:
        print(say("mood.training_note", note=say(f"mood.note_{note}")), file=sys.stderr)
    print(f"{len(checked.tags)} rows are fine.")


@tags_app.command("write")
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
            print(done.error, file=sys.stderr)
    print(f"{written} files have new tags, {failed} are as they were.")
    if failed:
        raise typer.Exit(1)


@app.command()
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


@app.command()
def evaluate(
    table: Annotated[Path, typer.Argument()],
    model: Annotated[Path | None, typer.Option(help="Folder of a model; the one in use where not said.")] = None,
    scale: Scale = None,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Say how well a model predicts a table of tagged tracks."""
    from music_library.retrain import evaluate_on_table
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
    print(say("mood.evaluate_means"), file=sys.stderr)


@model_app.command("list")
def model_list(as_json: Json = False, home: Home = None) -> None:
    """List the models of this home."""
    from music_library.retrain import list_models

    rows = list_models(read_settings(home).home)
    if as_json:
        print_json(rows)
        return
    print_table(("id", "in_use", "usable", "n", "r2_valence", "r2_arousal", "may_promote"), rows)


@model_app.command("promote")
def model_promote(model: Annotated[str, typer.Argument()], home: Home = None) -> None:
    """Put a model in use, if it is not worse than the one in use."""
    from music_library.model_jobs import promote_as_job

    print(f"{promote_as_job(read_settings(home).home, open_catalogue(home), model)} is in use.")


@model_app.command("rollback")
def model_rollback(home: Home = None) -> None:
    """Go back to the model that was in use before."""
    from music_library.model_jobs import roll_back_as_job

    print(f"{roll_back_as_job(read_settings(home).home, open_catalogue(home))} is in use.")


# --- the web application ----------------------------------------------------------------------------------------------


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 picks a free one.")] = None,
    public_url: Annotated[str | None, typer.Option(help="How tablets reach this server.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
    tls_key: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
    insecure_lan: Annotated[bool, typer.Option("--insecure-lan", help="Listen beyond this machine without TLS.")] = (
        False
    ),
    demo: Annotated[bool, typer.Option("--demo", help="Make the demo music in the background.")] = False,
    home: Home = None,
) -> None:
    """Start the web application and print how to reach it."""
    import app as web_door

    given = {
        "host": host,
        "port": port,
        "public_url": public_url,
        "tls_cert": tls_cert,
        "tls_key": tls_key,
        "insecure_lan": insecure_lan or None,
    }
    settings = read_settings(home, **{name: value for name, value in given.items() if value is not None})
    try:
        web_door.serve(settings, demo=demo, announce=announce, key=record_key(settings))
    except web_door.ServeError as error:
        fail(str(error))


# --- looking after it -------------------------------------------------------------------------------------------------


@app.command()
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


@account_app.command("add")
def account_add(
    name: Annotated[str | None, typer.Argument(help="Who it is for.")] = None,
    role: Annotated[str, typer.Option(help="clinician, retrainer or administrator.")] = "clinician",
    home: Home = None,
) -> None:
    """Print a one-time link with which somebody makes an account."""
    from practice.accounts import ROLES

    if role not in ROLES:
        fail(f"{role!r} is not a role; the roles are {', '.join(ROLES)}.", exit_code=2)
    with closing(open_record(home)) as record:
        token = record.first_link()
        if token is not None:
            print("There is no account yet: whoever follows this link is clinician and administrator.", file=sys.stderr)
        else:
            if name is None:
                fail(
                    "there are accounts already: say who this one is for, as in 'attune account add NAME'.", exit_code=2
                )
            token = record.invite(None, name, role=role)
        print(welcome_link(home, token))


@account_app.command("list")
def account_list(as_json: Json = False, home: Home = None) -> None:
    """List the accounts."""
    with closing(open_record(home, create=False)) as record:
        rows = [
            {
                "name": account.name,
                "roles": " ".join([account.role, *account.also]),
                "created": account.created_at.isoformat(timespec="minutes"),
                "state": "stopped"
                if account.disabled_at
                else "in use"
                if account.has_password
                else "link not followed",
            }
            for account in record.accounts(None)
        ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        print("  ".join(row.values()))
    if not rows:
        print("There are no accounts yet: 'attune account add' prints the link for the first.")


@account_app.command("reset")
def account_reset(name: Annotated[str, typer.Argument()], home: Home = None) -> None:
    """Print a one-time link with which NAME sets a new password."""
    from practice.errors import NotThereError

    with closing(open_record(home, create=False)) as record:
        try:
            token = record.reset_account(None, name)
        except NotThereError:
            fail(f"there is no account of the name {name!r}. 'attune account list' shows those there are.")
        print(welcome_link(home, token))


@app.command()
def backup(file: Annotated[Path, typer.Argument()], home: Home = None) -> None:
    """Write both stores, models and settings, at one moment, into one file."""
    from practice.backup import backup_home

    settings = read_settings(home)
    key = record_key(settings)
    summary = backup_home(settings.home, file.absolute(), key=key, servers=settings.servers)
    with closing(open_record(home, key)) as record:
        record.note_backup()
    print(f"{summary.file} holds {summary.files} files of {summary.made_at[:19]}, {summary.bytes / 1e6:.1f} MB.")


@app.command()
def restore(file: Annotated[Path, typer.Argument(exists=True)], home: Home = None) -> None:
    """Bring a backup back into an empty home."""
    from practice.backup import holds_encrypted_record, restore_home
    from practice.encryption import key_of_passphrase, read_key_file

    settings = read_settings(home)
    key = None
    if holds_encrypted_record(file):
        key = (
            key_of_passphrase(ask_unseen("The record in this backup is encrypted. Its passphrase: "))
            if settings.record_key_file is None
            else read_key_file(settings.record_key_file)
        )
    summary = restore_home(file.absolute(), settings.home, key=key, servers=settings.servers)
    with closing(open_record(home, key)) as record:
        verdict = record.verify_audit()
    state = "unbroken" if verdict.intact else f"BROKEN at row {verdict.broken_at}"
    print(f"{settings.home} is as it was at {summary.made_at}. The audit trail of {verdict.rows} rows is {state}.")


KeyFile = Annotated[
    Path | None, typer.Option("--key-file", help="File that holds the key, mode 600; made where it is missing.")
]


@app.command()
def encrypt(key_file: KeyFile = None, home: Home = None) -> None:
    """Put the record under a key, in place: a file's, or a passphrase that is asked for at every start."""
    from practice.encryption import encrypt_record, key_of_passphrase, make_key_file, read_key_file

    settings = read_settings(home)
    file = record_on_disk(settings)
    key_file = key_file or settings.record_key_file
    if key_file is None:
        typed = ask_unseen("A passphrase for the record, 12 letters or more: ")
        if ask_unseen("The same again: ") != typed:
            fail("the two were not the same. Nothing was changed.")
        key = key_of_passphrase(typed)
    else:
        key = read_key_file(key_file) if key_file.exists() else make_key_file(key_file.absolute())
    if not file.exists():
        open_record(home, key).close()
    else:
        open_record(home).close()  # reported where it is damaged, brought up to date where it is old
        encrypt_record(file, key)
    print(f"{file} is encrypted. Without its key nobody can read it, you included: keep the key apart and twice.")
    if key_file is not None:
        print(f"Start Attune with ATTUNE_RECORD_KEY_FILE={key_file.absolute()}")
    for copy in sorted(file.parent.glob(f"{file.name}.before-*")):
        print(f"Not encrypted, and yours to delete: {copy}", file=sys.stderr)


@app.command()
def decrypt(home: Home = None) -> None:
    """Take the record out from under its key, in place."""
    from practice.encryption import decrypt_record

    settings = read_settings(home)
    file = record_on_disk(settings)
    key = record_key(settings)
    if key is None:
        fail(f"the record at {file} is not encrypted.")
    decrypt_record(file, key)
    print(f"{file} is not encrypted any more.")


@app.command("verify-audit")
def verify_audit(
    kept: Annotated[
        str | None, typer.Option(help="A last hash that was kept from an earlier check: it must still stand there.")
    ] = None,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Check that nothing in the audit trail was changed or removed."""
    if kept is not None and not re.fullmatch("[0-9a-f]{64}", kept):
        fail(f"{kept!r} is no hash of an audit trail: that has 64 of the characters 0–9 and a–f.", exit_code=2)
    with closing(open_record(home, create=False)) as record:
        verdict = record.verify_audit(kept=kept)
    if as_json:
        print_json(asdict(verdict))
    elif verdict.intact:
        print(f"The audit trail of {verdict.rows} rows is unbroken. Its last hash, worth keeping elsewhere:")
        print(verdict.head)
        if kept is not None:
            print(f"The hash that was kept stands in row {verdict.kept_at}: nothing up to there was cut or made anew.")
    if verdict.broken_at is not None:
        fail(f"the audit trail is broken at row {verdict.broken_at}: what stands there was changed or removed.")
    if not verdict.intact:
        fail("the hash that was kept stands in no row: the audit trail was cut off before it, or made anew.")


@app.command()
def doctor(as_json: Json = False, home: Home = None) -> None:
    """Say what of Attune works on this machine and what is in the home."""
    settings = read_settings(home)
    checks: dict[str, Callable[[], str]] = {
        "python": lambda: sys.version.split()[0],
        "home": lambda: f"{settings.home}, {shutil.disk_usage(settings.home).free / 1e9:.0f} GB free",
        "catalogue": lambda: catalogue_says(home),
        "record": lambda: record_says(home),
        "mood model": lambda: getattr(model_in_use(home), "model_id", "none"),
        "sound files": lambda: f"libsndfile {metadata.version('soundfile')}, FFmpeg by PyAV {metadata.version('av')}",
        "tempo and pitch": lambda: f"librosa {metadata.version('librosa')}",
        "browser tests": lambda: shutil.which("chromium") or "no Chromium here; only tests need one",
    }
    findings: list[dict[str, Any]] = []
    for name, check in checks.items():
        try:
            findings.append({"check": name, "works": True, "found": check()})
        except ATTUNE_ERRORS as error:
            findings.append({"check": name, "works": False, "found": str(error)})
    if as_json:
        print_json(findings)
    else:
        print_table(("check", "works", "found"), findings)
    if not all(finding["works"] for finding in findings):
        fail("something above does not work; its line says what to do.")


# --- what the commands share ------------------------------------------------------------------------------------------


def announce(line: str) -> None:
    """Print a line at once, also where the output is a file that somebody follows."""
    print(line, flush=True)


def fail(message: str, *, exit_code: int = 1) -> NoReturn:
    """Name a failure on stderr and end."""
    print(f"attune: {message}", file=sys.stderr)
    raise typer.Exit(exit_code)


def settings_of(home: Path | None, **given: Any) -> Settings:
    """Settings of this run; nothing is made."""
    settings = Settings(**given if home is None else {**given, "home": home})
    return settings.model_copy(update={"home": settings.home.expanduser().absolute()})


def read_settings(home: Path | None, **given: Any) -> Settings:
    """Settings of this run; the home is made where it is not there yet."""
    settings = settings_of(home, **given)
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"the home {settings.home} cannot be made: {error.strerror}. Name another with --home.")
    return settings


def open_catalogue(home: Path | None) -> Catalogue:
    """The catalogue of the home."""
    from music_library import Catalogue

    return Catalogue.open(read_settings(home).catalogue)


def open_record(home: Path | None, key: RecordKey | None = None, *, create: bool = True) -> Record:
    """The record of the home, under a key that is known already or is found now; made only where `create` says so."""
    from practice import Record

    settings = read_settings(home) if create else settings_of(home)
    key = (key or record_key(settings)) if settings.record_file else None
    return Record.open(settings.record, key=key, create=create)


def songs_kept_private(home: Path | None) -> frozenset[str]:
    """Songs that are some client's own: a plan that is made here is for nobody that the record knows."""
    settings = read_settings(home)
    if settings.record_file is not None and not settings.record_file.exists():
        return frozenset()
    with closing(open_record(home)) as record:
        return record.songs_of_somebody()


def record_on_disk(settings: Settings) -> Path:
    """The record's file; a record on a server is encrypted by the server."""
    if settings.record_file is None:
        fail("the record is on a database server: encrypt the server's disk or tables instead.")
    return settings.record_file


def record_key(settings: Settings) -> RecordKey | None:
    """The key of an encrypted record: from its file, or typed."""
    from practice.encryption import find_key

    return find_key(settings.record_file, settings.record_key_file, ask=ask_unseen)


def ask_unseen(question: str) -> str:
    """What somebody types without its being shown; a line of the input where no terminal is there."""
    from getpass import getpass

    if sys.stdin.isatty():
        return getpass(question)
    return sys.stdin.readline().rstrip("\n")


def welcome_link(home: Path | None, token: str) -> str:
    """Where a one-time link is followed."""
    settings = read_settings(home)
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    return f"{base.rstrip('/')}/welcome?link={token}"


def catalogue_says(home: Path | None) -> str:
    """How much the catalogue holds."""
    with closing(open_catalogue(home)) as catalogue:
        return f"{catalogue.count()} tracks"


def record_says(home: Path | None) -> str:
    """Whether the record opens, how it is kept, and when it was last backed up."""
    settings = read_settings(home)
    if settings.record_file is not None and not settings.record_file.exists():
        return f"none yet at {settings.record_file}; it is made at the first start"
    with closing(open_record(home, create=False)) as record:
        kept = "on a server" if settings.record_file is None else "encrypted" if record.key else "not encrypted"
        last = record.last_backup()
    return f"opens, {kept}, " + (f"last backup {last:%Y-%m-%d %H:%M}" if last else "never backed up")


def model_in_use(home: Path | None) -> MoodModel:
    """The mood model that this home uses: one that was promoted, or the starter model."""
    from music_library import model_in_use as find_model

    return find_model(read_settings(home).home)


def mood_of(text: str, catalogue: Catalogue, option: str) -> Mood:
    """The point that a word, a pair of numbers or `track:ID` names."""
    from music_library.own_words import words_in_use
    from recommender import Mood, find_mood

    try:
        if text.startswith("track:"):
            track = catalogue.track(text.removeprefix("track:"))
            if track.valence is None or track.arousal is None:
                raise typer.BadParameter(f"{text} has no mood yet: scan it first.", param_hint=option)
            return Mood(track.valence, track.arousal)
        mood: Mood = find_mood(text, words_in_use(catalogue))
        return mood
    except (RecommenderError, LibraryError) as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def track_of(text: str) -> str | None:
    """The id in `track:ID`; None where the text is a word or a point."""
    return text.removeprefix("track:") if text.startswith("track:") else None


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


def one_line(text: str) -> str:
    """Text of a file or its name as a terminal may have it: what would move, colour or break the line is spelt out."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def print_table(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print a table for people; text from files is shown as it is, never read as markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    columns = list(columns)
    table = Table(*columns)
    for row in rows:
        values = [row.get(column) for column in columns]
        cells = ["" if v is None else f"{v:.2f}" if isinstance(v, float) else str(v) for v in values]
        table.add_row(*[Text(one_line(cell)) for cell in cells])
    # A file or a pipe has no width of its own: there nothing is squeezed.
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def main() -> None:
    """Run the command line: 0 is success, 2 a usage error, 1 a failure that is named on stderr."""
    try:
        app()
    except ATTUNE_ERRORS as error:
        print(f"attune: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:  # whoever read our output, `head` for one, has seen enough
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
