"""Groups: not built yet, and said so."""

from __future__ import annotations

import streamlit as st

from web.clinician.access import asker
from web.words import say


def groups_page() -> None:
    """Say plainly that groups are not built yet."""
    asker()
    st.title(say("clinician.groups_title"), anchor=False)
    st.write(say("clinician.groups_not_built"))
