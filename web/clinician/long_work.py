"""Long work beside every page: what runs, how far it is, and an end to it for whoever may start it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from music_library import jobs
from web.clinician import library_view, look
from web.clinician.access import do, watcher
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from music_library.jobs import Job

SHOW_IT_THEMSELVES = {"today", "start", "music", "training"}
"""Pages that show what runs in their own place."""


def beside(page: str) -> None:
    """Show what runs, under the names of the pages; nothing where nothing does."""
    if page not in SHOW_IT_THEMSELVES and unfinished():
        _live()


def unfinished() -> list[Job]:
    """What runs now; the scans that belong to the demo music are part of it."""
    found = [job for job in jobs.running(stores().catalogue) if not job.is_over]
    return [job for job in found if job.kind != "scan"] if any(job.kind == "demo" for job in found) else found


@st.fragment(run_every=library_view.REFRESH_S)
def _live() -> None:
    actor = watcher()
    ready = stores().catalogue.counts().ready
    for job in unfinished():
        says = (
            library_view.job_says(job, ready=ready)
            if job.kind in library_view.MUSIC_KINDS
            else say("clinician.job_model")
        )
        look.quiet(says, key=f"beside-{job.id}")
        if stores().record.may_stop(actor, job.kind):
            st.button(say("clinician.job_stop"), key=f"beside-stop-{job.id}", on_click=stop, args=(job.id,))


def stop(job_id: str) -> None:
    """End a job; what it has finished stays, and it can go on later from the page that it belongs to."""
    do(lambda actor: stores().record.stop_job(actor, stores().catalogue, job_id))
