"""The pages, the order in which the sidebar names them, and the way from one to another."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from web.clinician import state
from web.clinician.look import put_on
from web.words import say


def pages() -> list[st.Page]:
    """Every page; the five of the sidebar first, then those that are reached from inside them."""
    from web.clinician.after_page import after_page
    from web.clinician.client_page import client_page
    from web.clinician.clients_page import clients_page
    from web.clinician.groups_page import groups_page
    from web.clinician.live_page import live_page
    from web.clinician.move_page import move_page
    from web.clinician.music_page import music_page
    from web.clinician.plan_page import plan_page
    from web.clinician.settings_page import settings_page
    from web.clinician.song_page import song_page
    from web.clinician.start_page import start_page
    from web.clinician.today_page import today_page

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
        "song": _page(song_page, "song", hidden=True),
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


def _page(function: Callable[[], None], name: str, *, default: bool = False, hidden: bool = False) -> st.Page:
    def run() -> None:
        put_on()
        function()

    return st.Page(
        run,
        title=say(f"clinician.{name}_name"),
        url_path="" if default else name,
        default=default,
        visibility="hidden" if hidden else "visible",
    )
