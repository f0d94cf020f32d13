"""The first screen after an account is made: which music, and who is here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from web.clinician import library_view, look, navigation, state
from web.clinician.access import asker, watcher
from web.clinician.choosing_who import NEW, TRIAL
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor

DEMO_PIECES = 48
SOURCES = ("demo", "folder")


def is_first(actor: Actor) -> bool:
    """Whether this account has not begun yet: no client, no session, no trial, and not looked around."""
    record = stores().record
    return not (st.session_state.get(state.LOOKED_AROUND) or record.clients(actor) or record.has_begun(actor))


def first_start(actor: Actor) -> None:  # noqa: ARG001 - as every page, it is given who asks
    """Which music, then who is here."""
    st.title(say("clinician.first_title"), anchor=False)
    source = st.radio(
        say("clinician.first_music_ask"),
        SOURCES,
        format_func=lambda name: say(f"clinician.first_{name}"),
        captions=[say(f"clinician.first_{name}_caption") for name in SOURCES],
        label_visibility="collapsed",
    )
    if source == "demo":
        begin_demo()
        demo_progress()
    else:
        choose_folder()
        library_view.coming_in()
    look.quiet(say("clinician.first_later"), key="later")
    st.header(say("clinician.first_who"), anchor=False)
    with st.container(horizontal=True, key="attune-who"):
        if st.button(say("clinician.first_try"), type="primary"):
            begin_with(TRIAL)
        if st.button(say("clinician.first_client")):
            begin_with(NEW)
        if st.button(say("clinician.first_nobody")):
            st.session_state[state.LOOKED_AROUND] = True
            st.rerun()


def begin_with(who: str) -> None:
    """Go on to a session with that choice made."""
    st.session_state[state.LOOKED_AROUND] = True
    st.session_state[state.WHO] = who
    navigation.go_to("start")


def begin_demo() -> None:
    """A press that makes the demo music, if the library is empty and nothing is being made."""
    if stores().catalogue.count() or library_view.is_coming_in():
        return
    if st.button(say("clinician.first_demo_make")):
        refused = library_view.start_demo()
        if refused:
            look.notice(refused, key="demo")
        else:
            st.rerun()


def demo_progress() -> None:
    """How many pieces are ready, refreshed by itself until all are."""
    if library_view.is_coming_in():
        _demo_live()
    elif stores().catalogue.count():
        _demo_says()


@st.fragment(run_every=library_view.REFRESH_S)
def _demo_live() -> None:
    watcher()
    _demo_says()


def _demo_says() -> None:
    ready = stores().catalogue.counts().ready
    if ready == 0:
        st.progress(0.0, text=say("clinician.demo_starting"))
    elif ready < DEMO_PIECES and library_view.is_coming_in():
        st.progress(ready / DEMO_PIECES, text=say("clinician.demo_ready", ready=ready, total=DEMO_PIECES))
    else:
        st.write(say("clinician.demo_all_ready", total=ready))


def choose_folder(key: str = "folder") -> None:
    """A folder on the computer that Attune runs on."""
    with st.form(key, border=False):
        folder = st.text_input(say("clinician.folder_ask"), help=say("clinician.folder_hint"))
        if not st.form_submit_button(say("clinician.folder_add")):
            return
    asker()
    refused = library_view.start_scan(folder)
    if refused:
        look.notice(refused, key=key)
    else:
        st.write(say("clinician.folder_added"))
