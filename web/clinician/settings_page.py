"""Settings: who is signed in, and what Attune is, is not, and cannot know."""

from __future__ import annotations

import streamlit as st

from web.clinician.access import asker
from web.components.leaving import leave_for
from web.words import say


def settings_page() -> None:
    """Settings and About."""
    actor = asker()
    st.title(say("clinician.settings_title"), anchor=False)
    st.header(say("clinician.settings_you"), anchor=False)
    st.text(say("clinician.settings_signed_in", name=actor.name))
    if st.button(say("clinician.sign_out")):
        leave_for("/sign-out")
    about()


def about() -> None:
    """The intended purpose, the model, and what neither can know."""
    st.header(say("clinician.about_title"), anchor=False)
    st.write(say("clinician.about_purpose"))
    st.subheader(say("clinician.about_cannot_title"), anchor=False)
    st.write(say("clinician.about_cannot"))
    st.subheader(say("clinician.about_scope_title"), anchor=False)
    st.write(say("clinician.about_scope"))
