"""Today: what needs the clinician, then the clients, and the way into a session."""

from __future__ import annotations

import streamlit as st

from web.clinician import library_view, look, navigation, state
from web.clinician.access import asker
from web.clinician.first_start import first_start, is_first
from web.clinician.plan_page import heading
from web.serving import stores
from web.words import say


def today_page() -> None:
    """Show what needs the clinician today; on the first visit, lead them into their first session."""
    actor = asker()
    if is_first(actor):
        first_start(actor)
        return
    st.title(say("clinician.today_title"), anchor=False)
    record = stores().record
    if st.button(say("clinician.today_start"), type="primary"):
        navigation.go_to("start")
    clients = record.clients(actor)
    sessions = record.sessions(actor, limit=1)
    if not sessions and not clients:
        st.write(say("clinician.today_empty"))
    drafts = record.drafts_to_approve(actor)
    failed = stores().catalogue.counts().failed
    if drafts or failed:
        st.header(say("clinician.today_needs"), anchor=False)
    if drafts:
        st.write(say("clinician.today_drafts_one" if len(drafts) == 1 else "clinician.today_drafts", n=len(drafts)))
        codes = {client.id: client.code for client in clients}
        for plan in drafts:
            name = heading(plan, codes.get(plan.client_id or "", ""))
            st.page_link(navigation.page("plan"), label=name, query_params={"plan": plan.id})
    if failed:
        look.quiet(
            say("clinician.today_failed_one" if failed == 1 else "clinician.today_failed", n=failed), key="failed"
        )
        st.page_link(navigation.page("music"), label=say("clinician.today_see"))
    if clients:
        st.header(say("clinician.today_clients"), anchor=False)
    for client in clients:
        with st.container(horizontal=True, vertical_alignment="center", key=f"client-{client.id}"):
            st.text(f"{client.code} · {client.sign}", width="stretch")
            if st.button(say("clinician.open"), key=f"open-{client.id}"):
                navigation.go_to("client", client=client.id)
            if st.button(say("clinician.start"), key=f"start-{client.id}"):
                st.session_state[state.WHO] = client.id
                navigation.go_to("start")
    library_view.coming_in()
