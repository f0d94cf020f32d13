"""Leaves for sign-in when a sign-in has ended: at the first press, what stands on the screen is nobody's any more."""

from __future__ import annotations

from web.components.definitions import definition


def leave_when_signed_out() -> None:
    """Watch the page's connection, which the server ends where nobody is signed in."""
    definition("signed_out", html="<span></span>")(key="signed-out", height=1)
