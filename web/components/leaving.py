"""Leaves Streamlit for one of the plain pages: sign-in, or the listening room."""

from __future__ import annotations

import streamlit as st

from web.components.definitions import definition, key_of


def leave_for(path: str) -> None:
    """Send the browser to `path` on this server; the page ends there.

    Nothing of the page may run after it: once the client's screen has opened, asking who is there would lead elsewhere.
    """
    definition("go", html="<span></span>")(key=f"go-{key_of(path)}", data={"path": path}, height=1)
    st.stop()
