"""One look for every page: our own style sheet over the theme, and ways to show text that is only ever text."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from practice.clients import Client

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"

THEME: dict[str, str | int | bool] = {
    "theme.font": FONT,
    "theme.headingFont": FONT,
    "theme.baseFontSize": 16,
    "theme.baseRadius": "12px",
    "theme.buttonRadius": "12px",
    "theme.showWidgetBorder": True,
    "theme.linkUnderline": True,
    "theme.light.primaryColor": "#0b5fa5",
    "theme.light.backgroundColor": "#ffffff",
    "theme.light.secondaryBackgroundColor": "#f5f4f1",
    "theme.light.textColor": "#1d2125",
    "theme.light.borderColor": "#dcdad5",
    "theme.light.linkColor": "#0b5fa5",
    "theme.light.sidebar.backgroundColor": "#f5f4f1",
    "theme.light.sidebar.secondaryBackgroundColor": "#eae8e3",
    "theme.light.sidebar.borderColor": "#dcdad5",
    "theme.dark.primaryColor": "#8cc4f2",
    "theme.dark.backgroundColor": "#1b1f23",
    "theme.dark.secondaryBackgroundColor": "#262b30",
    "theme.dark.textColor": "#eceae6",
    "theme.dark.borderColor": "#3a4046",
    "theme.dark.linkColor": "#8cc4f2",
    "theme.dark.sidebar.backgroundColor": "#16191c",
    "theme.dark.sidebar.secondaryBackgroundColor": "#22272b",
    "theme.dark.sidebar.borderColor": "#2c3136",
}
"""What Streamlit is told at start; `.streamlit/config.toml` holds the same for a page run by hand."""


def theme_options() -> dict[str, str | int | bool]:
    """The theme as options for Streamlit's configuration."""
    return dict(THEME)


@cache
def _style() -> str:
    return f"<style>{(resources.files(__package__) / 'look.css').read_text('utf-8')}</style>"


def put_on() -> None:
    """Lay our style sheet over the page. The sheet is fixed: nothing that anyone typed is ever in it."""
    st.html(_style())


def row(key: str) -> DeltaGenerator:
    """A line of a list: what it is, then what can be done with it."""
    return st.container(horizontal=True, vertical_alignment="center", key=f"row-{key}")


def of_client(client: Client) -> str:
    """The part of a key by which the style sheet shows the colour of a client's sign."""
    return f"sign-{client.sign.partition(' ')[0]}-{client.id}"


def notice(text: str, *, key: str) -> None:
    """Say something that needs the reader's eye; shown as text, whatever a title or an error holds."""
    with st.container(key=f"notice-{key}"):
        st.text(text)


def is_filled(**fields: object) -> bool:
    """Whether every field of a form that was sent holds something; one that does not is named by its label's key."""
    from web.words import say

    missing = [name for name, value in fields.items() if not (value.strip() if isinstance(value, str) else value)]
    if missing:
        labels = ", ".join(f"“{say(f'clinician.{name}')}”" for name in missing)
        notice(say("clinician.form_missing", fields=labels), key="missing")
    return not missing


def quiet(text: str, *, key: str) -> None:
    """Say something in a small voice, as text."""
    with st.container(key=f"quiet-{key}"):
        st.text(text)


def trouble() -> None:
    """Say what a callback could not do, once."""
    from web.clinician import state

    text = st.session_state.pop(state.TROUBLE, None)
    if text:
        notice(text, key="trouble")
