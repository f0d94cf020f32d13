"""The pages and the order in which the sidebar names them."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from web.clinician.look import put_on
from web.words import say


def pages() -> list[st.Page]:
    """Every page; the five of the sidebar first, then those that are reached from inside them."""
    from web.clinician.clients_page import clients_page
    from web.clinician.groups_page import groups_page
    from web.clinician.music_page import music_page
    from web.clinician.settings_page import settings_page
    from web.clinician.start_page import start_page
    from web.clinician.today_page import today_page

    return [
        _page(today_page, "today", default=True),
        _page(clients_page, "clients"),
        _page(groups_page, "groups"),
        _page(music_page, "music"),
        _page(settings_page, "settings"),
        _page(start_page, "start", hidden=True),
    ]


def _page(function: Callable[[], None], name: str, *, default: bool = False, hidden: bool = False) -> st.Page:
    def run() -> None:
        put_on()
        function()

    return st.Page(
        run,
        title=say(f"clinician.{name}_name"),
        url_path=None if default else name,
        default=default,
        visibility="hidden" if hidden else "visible",
    )
