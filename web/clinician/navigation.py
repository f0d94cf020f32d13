"""The pages, the order in which the sidebar names them, and the way from one to another."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from music_library.errors import LibraryError
from practice.errors import PracticeError
from web.clinician import state
from web.clinician.access import asker
from web.clinician.look import notice, put_on, quiet
from web.components.leaving import leave_for
from web.components.signed_out import leave_when_signed_out
from web.words import say


def pages() -> list[st.Page]:
    """Every page; the five of the sidebar first, then those that are reached from inside them."""
    from web.clinician.after_page import after_page
    from web.clinician.card_page import card_page
    from web.clinician.client_page import client_page
    from web.clinician.clients_page import clients_page
    from web.clinician.groups_page import groups_page
    from web.clinician.live_page import live_page
    from web.clinician.move_page import move_page
    from web.clinician.music_page import music_page
    from web.clinician.placing_page import placing_page
    from web.clinician.plan_page import plan_page
    from web.clinician.settings_page import settings_page
    from web.clinician.song_page import song_page
    from web.clinician.start_page import start_page
    from web.clinician.today_page import today_page
    from web.clinician.training_page import training_page
    from web.clinician.words_page import words_page

    made = {
        "today": _page(today_page, "today", default=True),
        "clients": _page(clients_page, "clients"),
        "groups": _page(groups_page, "groups"),
        "music": _page(music_page, "music"),
        "settings": _page(settings_page, "settings"),
        "start": _page(start_page, "start", hidden=True),
        "move": _page(move_page, "move", hidden=True),
        "client": _page(client_page, "client", hidden=True),
        "plan": _page(plan_page, "plan", hidden=True),
        "live": _page(live_page, "live", hidden=True),
        "after": _page(after_page, "after", hidden=True),
        "card": _page(card_page, "card", hidden=True),
        "song": _page(song_page, "song", hidden=True),
        "training": _page(training_page, "training", hidden=True),
        "placing": _page(placing_page, "placing", hidden=True),
        "words": _page(words_page, "words", hidden=True),
    }
    st.session_state[state.PAGES] = made
    return list(made.values())


def page(name: str) -> st.Page:
    """The page of a name, for a link to it."""
    found: st.Page = st.session_state[state.PAGES][name]
    return found


def go_to(name: str, **query: str) -> None:
    """Show another page; the rest of this one is not run."""
    st.switch_page(page(name), query_params=query or None)


def asked_for(key: str, given: Mapping[str, object] | None = None) -> str:
    """What the address of the page asks for, or what this visit chose last."""
    value = (given or st.query_params).get(key)
    return value if isinstance(value, str) else ""


def beside_the_page(name: str) -> None:
    """Long work, whose pages these are, and the way out, below the names of the pages."""
    from web.clinician.long_work import beside

    with st.sidebar:
        beside(name)
        quiet(asker().name, key="signed-in")
        if st.button(say("clinician.sign_out"), key="sign-out"):
            leave_for("/sign-out")
        leave_when_signed_out()


def _page(function: Callable[[], None], name: str, *, default: bool = False, hidden: bool = False) -> st.Page:
    def run() -> None:
        put_on()
        try:
            function()
        except (PracticeError, LibraryError) as error:  # what an account may not do, or what went away meanwhile
            notice(str(error), key="refused")
        beside_the_page(name)

    return st.Page(
        run,
        title=say(f"clinician.{name}_name"),
        url_path="" if default else name,
        default=default,
        visibility="hidden" if hidden else "visible",
    )
