"""Which songs of the library are shown, and what became of those that could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from music_library import jobs
from music_library.choosing import Only
from music_library.errors import LibraryError
from web.clinician import look, state
from web.clinician.access import asker
from web.clinician.suggesting import title_of
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor

FILTERS = ("not_heard", "heard", "words_unchecked", "words_checked", "unsure", "wanted")
MOST_FAILED = 50


def choose_filters(actor: Actor) -> Only | None:
    """What must be true of the songs; None where everything is shown."""
    offered = FILTERS if "clinician" in actor.roles else FILTERS[:-1]
    chosen = st.pills(
        say("mood.filters"),
        offered,
        selection_mode="multi",
        key=state.MUSIC_FILTERS,
        format_func=lambda name: say(f"mood.filter_{name}"),
    )
    return only_of(actor, chosen) if chosen else None


def only_of(actor: Actor, chosen: list[str]) -> Only:
    """The chosen filters as the library takes them."""
    checked = {"words_checked", "words_unchecked"} & set(chosen)
    return Only(
        heard_by=actor.account_id if "heard" in chosen else None,
        not_heard_by=actor.account_id if "not_heard" in chosen else None,
        words_checked=None if len(checked) != 1 else checked == {"words_checked"},
        unsure=True if "unsure" in chosen else None,
        ids=stores().record.wanted_songs(actor) if "wanted" in chosen else None,
    )


def show_failed() -> None:
    """What could not be read: what happened, what to do, and the way to try again."""
    count = stores().catalogue.count(failed=True)
    if not count:
        return
    st.header(say("clinician.music_failed_title"), anchor=False)
    st.button(say("mood.try_all_again"), on_click=try_again, args=(None,), key="try-all")
    for track in stores().catalogue.tracks(failed=True, limit=MOST_FAILED):
        with st.container(key=f"card-failed-{track.id}"):
            st.text(f"{title_of(track)}\n{track.path}")
            look.quiet(f"{track.error_reason or ''}\n{track.error_remedy or ''}".strip(), key=f"why-{track.id}")
            st.button(
                say("mood.try_again"),
                key=f"try-{track.id}",
                on_click=try_again,
                args=(track.id,),
                help=say("mood.try_again_help"),
            )
    if count > MOST_FAILED:
        look.quiet(say("mood.failed_more", n=count - MOST_FAILED), key="failed-more")


def try_again(track_id: str | None) -> None:
    """Read one file that failed once more, or all of them, now."""
    asker()
    catalogue = stores().catalogue
    wanted = catalogue.tracks(failed=True) if track_id is None else [catalogue.track(track_id)]
    files, problem = [], ""
    for track in wanted:
        try:
            files.append(catalogue.file_of(track.id))
        except LibraryError as error:
            problem = str(error)
    try:
        if files:
            catalogue.try_again(None if track_id is None else [track_id])
            jobs.start_scan(catalogue, files)
    except LibraryError as error:
        problem = str(error)
    if problem:
        st.session_state[state.TROUBLE] = problem
