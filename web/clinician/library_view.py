"""The library as pages need it: kept between runs, and honest about music that is still coming in."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from music_library import jobs
from music_library.errors import LibraryError
from recommender import Reason, Rules
from recommender.costs import Weights
from recommender.field import field_of
from recommender.personal import as_heard_by, difference, likings
from web.clinician import look, state
from web.clinician.access import asker, watcher
from web.clinician.suggesting import Dots, dots_of
from web.handed_in import keep_file
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from music_library import Track
    from music_library.jobs import Job
    from practice import Actor
    from recommender import Candidates, Playlist
    from recommender.personal import Listener

REFRESH_S = 2.0
MOST_FOUND = 5_000
"""Songs that a search shows on the map."""
MUSIC_KINDS = ("scan", "demo")
"""Jobs that bring music in; training has a page of its own."""


def candidates() -> Candidates:
    """The tracks that can be planned with; the same object until the catalogue changes, so its index is kept."""
    return stores().catalogue.candidates()


def candidates_for(actor: Actor, client_id: str | None) -> tuple[Candidates, Listener | None]:
    """The library as this client is likely to hear it, where they agreed to that; everyone's otherwise.

    The same object for the same listener until the catalogue changes, so that its index is kept.
    """
    everyone = candidates()
    listener = stores().record.listener(actor, client_id, everyone) if client_id else None
    if listener is None:
        return everyone, None
    with _heard_lock:
        for kept in _heard:
            if kept[0] is everyone and kept[1] == listener:
                return kept[2], listener
        heard = as_heard_by(everyone, listener)
        _heard.append((everyone, listener, heard))
        return heard, listener


def rules_heard(rules: Rules | None, listener: Listener | None) -> Rules | None:
    """The rules, with what this client is likely to like where nobody has said it."""
    if listener is None:
        return rules
    rules = rules or Rules()
    return replace(rules, liking={**likings(candidates(), listener), **rules.liking})


def for_them(playlist: Playlist, listener: Listener | None) -> Playlist:
    """The list, saying how its songs are heard by this client beside everyone."""
    if listener is None:
        return playlist
    at = [candidates().position_of[one.track_id] for one in playlist.tracks]
    valence, arousal = difference(listener, candidates().places[at])
    values = {"valence": round(valence, 3), "arousal": round(arousal, 3), "n": listener.n_ratings}
    return replace(playlist, warnings=(*playlist.warnings, Reason("for_them", values)))


_heard: deque[tuple[Candidates, Listener, Candidates]] = deque(maxlen=4)
_heard_lock = threading.Lock()


def dots(rules: Rules | None = None, *, heard: Candidates | None = None) -> Dots:
    """Where the library has music, for the map; with `rules`, only what they leave, as `heard` by a client."""
    if heard is None and (rules is None or rules == Rules()):
        return _dots(str(stores().catalogue.version()))
    tracks = candidates() if heard is None else heard
    rules = rules or Rules()
    return dots_of(tracks, field_of(tracks, rules, Weights()).allowed)


@st.cache_data(max_entries=2, show_spinner=False)
def _dots(version: str) -> Dots:  # noqa: ARG001 - the key of the cache
    return dots_of(candidates())


def dots_found(words: str, only: Any) -> Dots:
    """Where the songs lie that go by `words` and are among `only`."""
    if not words.strip() and only is None:
        return dots()
    tracks = candidates()
    allowed = np.zeros(len(tracks), np.bool_)
    found = stores().catalogue.tracks(words=words, only=only, limit=MOST_FOUND)
    allowed[[row for track in found if (row := tracks.position_of.get(track.id)) is not None]] = True
    return dots_of(tracks, allowed)


def hours() -> float:
    """How much music can be planned with."""
    return stores().catalogue.counts().hours


def tracks_of(playlist: Playlist) -> dict[str, Track]:
    """Every track of a list and its pool, by id."""
    wanted = list(dict.fromkeys([*playlist.track_ids(), *sorted(playlist.pool.track_ids())]))
    return {track.id: track for track in stores().catalogue.tracks_by_id(wanted)}


def model_id(tracks: Iterable[Track]) -> str:
    """The mood model whose estimates these tracks carry; empty where people said every mood."""
    return ", ".join(sorted({track.model_id for track in tracks if track.model_id}))


def is_coming_in() -> bool:
    """Whether music is being made or read at this moment."""
    return any(job.kind in MUSIC_KINDS and not job.is_over for job in jobs.running(stores().catalogue))


def coming_in(*, show_new: bool = False) -> None:
    """How far running jobs are, refreshed by itself while there are any; everyone sees the same.

    With `show_new` the whole page is drawn again as soon as there is more music: for one that waits for it.
    """
    if is_coming_in():
        _progress_live(stores().catalogue.counts().ready, show_new=show_new)
    else:
        _show_jobs()


@st.fragment(run_every=REFRESH_S)
def _progress_live(seen: int, *, show_new: bool) -> None:
    watcher()
    if not is_coming_in() or (show_new and stores().catalogue.counts().ready != seen):
        st.rerun()
    _show_jobs()


def _show_jobs() -> None:
    for job in worth_showing(jobs.running(stores().catalogue)):
        if not job.is_over:
            ready = stores().catalogue.counts().ready
            done = min(ready, job.total or 0) if job.kind == "demo" else job.done
            share = done / job.total if job.total else 0.0
            st.progress(min(1.0, share), text=job_says(job, ready=ready))
            st.button(say("clinician.job_pause"), key=f"pause-{job.id}", on_click=pause, args=(job.id,))
        elif job.state in {"paused", "cancelled", "failed"}:
            text = job.error or "" if job.state == "failed" else ""
            look.notice(say(f"clinician.job_{job.state}", done=job.done, error=text), key=f"job-{job.id}")
            st.button(say("clinician.job_resume"), key=f"resume-{job.id}", on_click=resume, args=(job.id,))


def worth_showing(all_jobs: Sequence[Job]) -> list[Job]:
    """The latest job of each kind; while the demo music is made, the scans that it starts are part of it."""
    latest: dict[str, Job] = {}
    for job in all_jobs:
        if job.kind in MUSIC_KINDS:
            latest.setdefault(job.kind, job)
    if "demo" in latest and not latest["demo"].is_over:
        latest.pop("scan", None)
    return list(latest.values())


def pause(job_id: str) -> None:
    """End a job so that it can go on later; what it has finished stays."""
    asker()
    jobs.pause(stores().catalogue, job_id)


def resume(job_id: str) -> None:
    """Go on where a job was."""
    asker()
    try:
        jobs.resume(stores().catalogue, job_id)
    except LibraryError as error:
        st.session_state[state.TROUBLE] = str(error)


def job_says(job: Job, *, ready: int) -> str:
    """One job's progress in words; of the demo music, what can be used counts, not what is composed."""
    if job.kind == "demo":
        if not ready:
            return say("clinician.demo_starting")
        total = max(job.total or 0, job.done, 1)
        return say("clinician.job_demo", ready=min(ready, total), total=total)
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
        jobs.start_demo(stores().catalogue)
    except LibraryError as error:
        return str(error)
    return None


def start_scan(folder: str) -> str | None:
    """Read a folder in a process of its own; the sentence that refused it, if any."""
    path = Path(folder.strip()).expanduser()
    if not folder.strip() or not path.is_dir():
        return say("clinician.folder_missing")
    try:
        jobs.start_scan(stores().catalogue, [path.resolve()])
    except LibraryError as error:
        return str(error)
    return None


def add_file(name: str, content: bytes) -> str | None:
    """Keep one file in the home's own music folder and read it; the sentence that refused it, if any."""
    try:
        jobs.start_scan(stores().catalogue, [keep_file("added", name, content)])
    except LibraryError as error:
        return str(error)
    return None
