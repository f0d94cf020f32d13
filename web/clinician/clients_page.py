"""Clients under code and sign; names stay outside Attune."""

from __future__ import annotations

import streamlit as st

from web.clinician import navigation, state
from web.clinician.access import asker
from web.clinician.choosing_who import NEW
from web.clinician.today_page import client_row
from web.serving import stores
from web.words import say


def clients_page() -> None:
    """The caseload, and a new client."""
    actor = asker()
    st.title(say("clinician.clients_title"), anchor=False)
    clients = stores().record.clients(actor)
    if st.button(say("clinician.clients_add"), type="primary"):
        st.session_state[state.WHO] = NEW
        navigation.go_to("start")
    if not clients:
        st.write(say("clinician.clients_empty"))
        return
    for client in clients:
        client_row(client)
