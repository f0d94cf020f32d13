"""Leaves Streamlit for one of the plain pages: sign-in, or the listening room."""

from __future__ import annotations

import streamlit as st

from web.components.definitions import definition


def leave_for(path: str) -> None:
    """Send the browser to `path` on this server; the page ends there.

    Nothing of the page may run after it: once the client's screen has opened, asking who is there would lead elsewhere.
    """
    definition("go", html="<span></span>")(key=f"go-{path}", data={"path": path}, height=1)
    st.stop()
