"""The library as pages need it: kept between runs, and honest about music that is still coming in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from music_library import jobs, model_in_use
from music_library.errors import LibraryError
from web.clinician import look
from web.clinician.access import asker, watcher
from web.clinician.suggesting import dots_of
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from music_library import Track
    from recommender import Candidates, Playlist

REFRESH_S = 2.0


def candidates() -> Candidates:
    """The tracks that can be planned with; the same object until the catalogue changes, so its index is kept."""
    return stores().catalogue.candidates()


def dots() -> list[tuple[float, float, float]]:
    """Where the library has music, for the map."""
    return _dots(str(stores().catalogue.version()))


@st.cache_data(max_entries=2, show_spinner=False)
def _dots(version: str) -> list[tuple[float, float, float]]:  # noqa: ARG001 - the key of the cache
    return dots_of(candidates())


def hours() -> float:
    """How much music can be planned with."""
    return stores().catalogue.counts().hours


def tracks_of(playlist: Playlist) -> dict[str, Track]:
    """Every track of a list and its pool, by id."""
    wanted = list(dict.fromkeys([*playlist.track_ids(), *sorted(playlist.pool.track_ids())]))
    return {track.id: track for track in stores().catalogue.tracks_by_id(wanted)}


def model_id() -> str:
    """The mood model whose estimates the library holds."""
    model = _model(str(stores().home))
    return model.model_id if model is not None else ""


@st.cache_resource(show_spinner=False, ttl=60)
def _model(home: str) -> Any:  # noqa: ARG001 - the key of the cache
    return model_in_use(stores().home)


def is_coming_in() -> bool:
    """Whether music is being made or read at this moment."""
    return any(job.state == "running" for job in jobs.running(stores().home))


def coming_in() -> None:
    """How far running jobs are, refreshed by itself while there are any; everyone sees the same."""
    if is_coming_in():
        _progress_live()
    else:
        _show_jobs()


@st.fragment(run_every=REFRESH_S)
def _progress_live() -> None:
    watcher()
    if not is_coming_in():
        st.rerun()
    _show_jobs()


def _show_jobs() -> None:
    for job in jobs.running(stores().home):
        if job.state == "running":
            share = job.done / job.total if job.total else 0.0
            st.progress(min(1.0, share), text=job_says(job))
            st.button(say("clinician.job_cancel"), key=f"cancel-{job.id}", on_click=cancel, args=(job.id,))
        elif job.state == "failed":
            look.notice(say("clinician.job_failed", error=job.error or ""), key=f"job-{job.id}")


def cancel(job_id: str) -> None:
    """Stop a running job; what it has finished stays."""
    asker()
    jobs.cancel(stores().home, job_id)


def job_says(job: Any) -> str:
    """One job's progress in words."""
    if job.kind == "demo":
        return say("clinician.job_demo", done=job.done, total=job.total)
    if not job.total:
        return say("clinician.job_scan_starting")
    if job.seconds_left is None:
        return say("clinician.job_scan_no_time", done=job.done, total=job.total)
    return say("clinician.job_scan", done=job.done, total=job.total, left=time_left(job.seconds_left))


def time_left(seconds: float) -> str:
    """A time left that does not pretend to be exact."""
    if seconds < 90:
        return say("clinician.seconds_left", seconds=max(5, round(seconds / 5) * 5))
    return say("clinician.minutes_left", minutes=round(seconds / 60))


def start_demo() -> str | None:
    """Make the demo music in a process of its own; the sentence that refused it, if any."""
    try:
        jobs.start_demo(stores().home)
    except LibraryError as error:
        return str(error)
    return None


def start_scan(folder: str) -> str | None:
    """Read a folder in a process of its own; the sentence that refused it, if any."""
    from pathlib import Path

    path = Path(folder.strip()).expanduser()
    if not folder.strip() or not path.is_dir():
        return say("clinician.folder_missing")
    try:
        jobs.start_scan(stores().home, [path.resolve()])
    except LibraryError as error:
        return str(error)
    return None
