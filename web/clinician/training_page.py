"""Tags and training: a table is checked row by row, a model is trained beside the work, judged, and put in use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from music_library import jobs
from music_library.errors import LibraryError
from music_library.table_text import TagTableError
from music_library.tag_table import SCALES
from practice.errors import PracticeError
from web.clinician import library_view, look, state, training_words
from web.clinician.access import asker, session_token, watcher
from web.clinician.report_card_view import show_report_card
from web.components.plain_table import plain_table
from web.components.upload import upload
from web.handed_in import RefusedFileError, keep_file
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from music_library.jobs import Job
    from music_library.tag_table import TagTable
    from practice import Actor

FROM_COLUMN = training_words.FROM_COLUMN
TABLES = "tables"
PROBLEMS_SHOWN = 100
"""Wrong rows of a table that stand on the page; a file to save holds them all."""


def training_page() -> None:
    """Check a table of ratings, train on it, look at the report card, and put the model in use."""
    actor = asker()
    st.title(say("mood.training_title"), anchor=False)
    if not stores().record.may_train(actor):
        look.notice(say("mood.training_not_yours"), key="not-yours")
        return
    look.trouble()
    models = known_models(actor)
    look.quiet(say("mood.training_in_use", name=training_words.in_use(models)), key="in-use")
    going_on()
    st.write(say("mood.training_means"))
    with st.container(key="side-by-side"):
        left, right = st.columns([0.6, 0.4], gap="medium")
    with left:
        choose_table(actor)
    with right:
        template()
        consented()
    show_models(actor, models)


def known_models(actor: Actor) -> list[dict[str, Any]]:
    """The models of this home; read again only when one of their files has changed."""
    folder = stores().home / "models"
    seen = sorted((str(file), file.stat().st_mtime_ns) for file in folder.glob("*/*.json"))
    history = folder / "history.json"
    return _models(actor, str(folder), [*seen, ("", history.stat().st_mtime_ns if history.exists() else 0)])


@st.cache_data(max_entries=4, show_spinner=False)
def _models(_actor: Actor, folder: str, seen: list[tuple[str, int]]) -> list[dict[str, Any]]:  # noqa: ARG001 - key
    return stores().record.models(_actor, Path(folder).parent)


# The table


def choose_table(actor: Actor) -> None:
    """A table, its scale, and whether every row can be used."""
    st.header(say("mood.training_table_title"), anchor=False)
    brought = sorted((stores().home / TABLES).glob("*"))
    if not brought:
        st.write(say("mood.training_empty"))
    file = upload(say("mood.training_upload"), endings=("csv", "tsv", "txt"), key="table")
    before = None
    if brought and file is None:
        before = st.selectbox(
            say("mood.training_tables"), brought, index=None, format_func=lambda path: path.name, key=state.TABLE
        )
    scale = st.segmented_control(
        say("mood.training_scale"),
        [*SCALES, FROM_COLUMN],
        key=state.SCALE,
        format_func=lambda name: (
            say("mood.training_scale_column") if name == FROM_COLUMN else training_words.scale(name)
        ),
    )
    has_table = file is not None or before is not None
    if has_table and scale is None:
        look.quiet(say("mood.training_scale_ask"), key="scale-ask")
    if st.button(say("mood.training_check"), type="primary", disabled=not has_table or scale is None):
        try:
            path = keep_file(TABLES, file.name, file.getvalue()) if file is not None else before
        except RefusedFileError as error:
            look.notice(str(error), key="refused")
            return
        st.session_state[state.CHECKED] = (path, None if scale == FROM_COLUMN else scale)
    if has_table and state.CHECKED in st.session_state:
        show_checked(actor, *st.session_state[state.CHECKED])


def show_checked(actor: Actor, path: Path, scale: str | None) -> None:
    """Every wrong row, or that all are fine and the way on."""
    try:
        table: TagTable = stores().record.check_tags(actor, stores().catalogue, path, scale=scale)
    except TagTableError as error:
        show_problems(path.name, error)
        return
    st.text(say("mood.training_checked", n=len(table.tags)))
    for n, note in enumerate(table.notes):
        look.quiet(say("mood.training_note", note=training_words.note_says({"kind": note})), key=f"note-{n}")
    st.button(
        say("mood.training_go"), type="primary", on_click=train, args=(path, scale), disabled=is_going_on("train")
    )


def show_problems(name: str, error: TagTableError) -> None:
    """Row, column, what stands there, what is wrong and what to do."""
    rows = training_words.problem_rows(error.values["problems"])
    key = "mood.training_problems_one" if len(rows) == 1 else "mood.training_problems"
    look.notice(say(key, file=name, n=len(rows)), key="problems")
    plain_table(rows[:PROBLEMS_SHOWN], key="problems", title=say("mood.training_problems_title"))
    if len(rows) > PROBLEMS_SHOWN:
        look.quiet(say("mood.training_problems_shown", n=PROBLEMS_SHOWN), key="problems-shown")
    st.download_button(
        say("mood.training_problems_save"), data=str(error), file_name=f"{name}.txt", mime="text/plain",
        on_click="ignore",
    )  # fmt: skip


def train(path: Path, scale: str | None) -> None:
    """Start training in a process of its own."""
    _try(lambda actor: stores().record.start_training(actor, stores().catalogue, path, scale=scale))
    st.session_state.pop(state.CHECKED, None)


def template() -> None:
    """A table to fill in."""
    st.header(say("mood.training_template"), anchor=False)
    st.write(say("mood.training_template_means"))
    token = session_token()
    st.download_button(
        say("mood.training_template"),
        data=lambda: template_for(token),
        file_name="ratings.csv",
        mime="text/csv",
        on_click="ignore",
    )


def template_for(token: str) -> str:
    """The template for whoever is signed in with `token` at the moment of the press; it runs outside the page."""
    actor = stores().record.who(token)
    return "" if actor is None else stores().record.tag_template(actor, stores().catalogue)


def consented() -> None:
    """A table of the ratings of clients who agreed to it."""
    st.header(say("mood.training_consented"), anchor=False)
    st.write(say("mood.training_consented_means"))
    st.button(say("mood.training_consented_go"), on_click=make_consented)
    made = st.session_state.pop(state.CONSENTED, None)
    if made:
        st.text(made)


def make_consented() -> None:
    """Write the table of consented ratings beside the others."""

    def make(actor: Actor) -> None:
        table = stores().record.training_table(actor)
        path = keep_file(TABLES, "clients-who-agreed.csv", table.csv.encode())
        st.session_state[state.CONSENTED] = say(
            "mood.training_consented_made", rows=table.rows, clients=table.clients, name=path.name
        )

    _try(make)


# What is going on


def is_going_on(*kinds: str) -> bool:
    """Whether such a job runs now."""
    return any(job.kind in kinds and not job.is_over for job in jobs.running(stores().catalogue))


def going_on() -> None:
    """How far a training or a change of the model is, refreshed by itself; and how the latest one ended."""
    if is_going_on(*jobs.MODEL_KINDS):
        _live()
    else:
        show_jobs()


@st.fragment(run_every=library_view.REFRESH_S)
def _live() -> None:
    watcher()
    if not is_going_on(*jobs.MODEL_KINDS):
        st.rerun()
    show_jobs()


def show_jobs() -> None:
    """The latest training and the latest change of the model."""
    latest: dict[str, Job] = {}
    for job in jobs.running(stores().catalogue):
        if job.kind in jobs.MODEL_KINDS:
            latest.setdefault("train" if job.kind == "train" else "change", job)
    for job in latest.values():
        text = training_words.job_says(job)
        if not job.is_over:
            st.progress(min(1.0, job.done / job.total) if job.total else 0.0, text=text)
            if job.kind == "train":
                st.button(say("mood.training_stop"), key=f"stop-{job.id}", on_click=stop, args=(job.id,))
        elif job.state == "ended":
            st.text(text)
        else:
            look.notice(text, key=f"job-{job.id}")


def stop(job_id: str) -> None:
    """Ask a training to end."""
    _try(lambda actor: stores().record.stop_job(actor, stores().catalogue, job_id))


# The models


def show_models(actor: Actor, models: list[dict[str, Any]]) -> None:
    """Every model, the report card of one of them, and the way to put it in use or to go back."""
    st.header(say("mood.models_title"), anchor=False)
    for row in models:
        if row.get("problem"):
            look.notice(say("mood.models_broken", id=row["id"], problem=row["problem"]), key=f"broken-{row['id']}")
    can_go_back = not models[0]["in_use"]
    if can_go_back:
        st.button(say("mood.models_back"), on_click=roll_back, disabled=is_going_on("promote", "rollback"))
    usable = {row["id"]: row for row in reversed(models) if row["usable"]}
    if len(usable) < 2:
        st.write(say("mood.models_none"))
        return
    # A choice of its own for each newest model: when a training has ended, its card is the one that is shown.
    chosen = st.selectbox(
        say("mood.models_choose"),
        list(usable),
        format_func=lambda name: training_words.option(usable[name]),
        key=f"models-{next(iter(usable))}",
    )
    show_model(actor, usable[chosen], in_use=next((row["model_id"] for row in models if row["in_use"]), ""))


def show_model(actor: Actor, row: Mapping[str, Any], *, in_use: str) -> None:
    """One model's verdict, what can be done with it, and its report card."""
    report = stores().record.report_card(actor, stores().home, row["id"])
    if report is None:
        st.write(say("mood.models_starter_card"))
    else:
        st.text(training_words.verdict_says(report))
        if not row["in_use"] and report.get("in_use_id") not in {None, in_use}:
            look.quiet(say("mood.models_compared_before", table=report.get("table", "")), key="compared-before")
    if not row["in_use"]:
        st.button(
            say("mood.models_put"),
            type="primary",
            on_click=put_in_use,
            args=(row["id"],),
            disabled=is_going_on("promote", "rollback")
            or (report is not None and not report["comparison"]["may_promote"]),
        )
        look.quiet(say("mood.models_put_means"), key="put-means")
    if report is not None:
        show_report_card(report)


def put_in_use(model: str) -> None:
    """Put a model in use, in a process of its own: every song is estimated again."""
    _try(lambda actor: stores().record.promote_model(actor, stores().catalogue, model))


def roll_back() -> None:
    """Go back to the model before, in a process of its own."""
    _try(lambda actor: stores().record.roll_back_model(actor, stores().catalogue))


def _try(what: Any) -> None:
    try:
        what(asker())
    except (PracticeError, LibraryError) as error:
        st.session_state[state.TROUBLE] = str(error)
