"""Clients under code and sign; names stay outside Attune."""

from __future__ import annotations

import streamlit as st

from web.clinician import look, navigation, state
from web.clinician.access import asker
from web.clinician.choosing_who import NEW
from web.clinician.today_page import client_row
from web.serving import stores
from web.words import say

MANY = 8
"""From so many clients on, a place to type a code or a sign is worth its room."""


def clients_page() -> None:
    """The caseload, a new client, and those whose therapy has ended."""
    actor = asker()
    st.title(say("clinician.clients_title"), anchor=False)
    look.trouble()
    everyone = stores().record.clients(actor, ended=True)
    clients = [client for client in everyone if client.ended_at is None]
    ended = [client for client in everyone if client.ended_at is not None]
    if st.button(say("clinician.clients_add"), type="primary"):
        st.session_state[state.WHO] = NEW
        navigation.go_to("start")
    if not clients:
        st.write(say("clinician.clients_empty"))
    wanted = ""
    if len(clients) >= MANY:
        wanted = st.text_input(say("clinician.clients_find"), max_chars=40).strip().casefold()
    for client in clients:
        if wanted in f"{client.code} {client.sign}".casefold():
            client_row(client)
    if ended:
        with st.expander(say("clinician.clients_ended", n=len(ended))):
            for client in ended:
                client_row(client)
