"""Who asks: called first by every page, fragment and callback, because each of them can run without the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from music_library.errors import LibraryError
from practice.errors import PracticeError
from web.clinician import state
from web.components.leaving import leave_for
from web.middleware import SESSION_COOKIE
from web.serving import stores

if TYPE_CHECKING:
    from practice import Actor


def asker() -> Actor:
    """The clinician whose browser this is; without one the page leaves for sign-in and runs no further."""
    actor = stores().record.who(session_token())
    if actor is None:
        leave_for("/sign-in")
        st.stop()
    return actor


def do(what: Callable[[Actor], object]) -> bool:
    """Do something as whoever asks now, and say whether it was done; a refusal is shown on the next run."""
    try:
        what(asker())
    except (PracticeError, LibraryError) as error:
        st.session_state[state.TROUBLE] = str(error)
        return False
    return True


def session_token() -> str:
    """What the browser shows to say who it is; empty where it shows nothing."""
    return st.context.cookies.get(SESSION_COOKIE) or ""


def watcher(session_id: str | None = None) -> Actor:
    """As `asker`, for a part of a page that refreshes by itself: it does not count as the clinician doing something.

    Watching an open session of one's own does.
    """
    actor = stores().record.who(session_token(), active=False, watching=session_id)
    if actor is None:
        leave_for("/sign-in")
        st.stop()
    return actor
