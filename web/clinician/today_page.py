"""Today: what needs the clinician, then the clients, and the way into a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from web.clinician import dates, library_view, look, navigation, state
from web.clinician.access import asker, do
from web.clinician.first_start import first_start, is_first
from web.clinician.plan_page import heading
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client
    from practice.live import Message


def today_page() -> None:
    """Show what needs the clinician today; on the first visit, lead them into their first session."""
    actor = asker()
    if "clinician" not in actor.roles:  # without clients there is nothing of today to show
        navigation.go_to("training")
    if is_first(actor):
        first_start(actor)
        return
    st.title(say("clinician.today_title"), anchor=False)
    look.trouble()
    if st.button(say("clinician.today_start"), type="primary"):
        navigation.go_to("start")
    record = stores().record
    clients = record.clients(actor)
    if not clients and not record.sessions(actor, limit=1):
        st.write(say("clinician.today_empty"))
    going_on(actor, clients)
    needs_you(actor, clients)
    if clients:
        st.header(say("clinician.today_clients"), anchor=False)
    for client in clients:
        client_row(client)
    when_you_have_time()
    library_view.coming_in()


def going_on(actor: Actor, clients: list[Client]) -> None:
    """Sessions that are open now."""
    codes = {client.id: f"{client.code} · {client.sign}" for client in clients}
    for session in stores().record.open_sessions(actor):
        with st.container(horizontal=True, vertical_alignment="center", key=f"card-open-{session.id}"):
            name = codes.get(session.client_id or "", say("clinician.who_trial"))
            st.text(say("clinician.today_open", name=name, at=dates.hour(session.started_at)), width="stretch")
            if st.button(say("clinician.live_name"), key=f"live-{session.id}"):
                navigation.go_to("live", session=session.id)


def needs_you(actor: Actor, clients: list[Client]) -> None:
    """Messages first, then what waits to be approved, signed, looked at or done."""
    record = stores().record
    messages = record.messages(actor)
    drafts = record.drafts_to_approve(actor)
    notes = record.notes_to_sign(actor)
    failed = stores().catalogue.counts().failed
    requests = record.requests(actor)
    has_back_up = not notes or record.last_backup() is not None
    if has_back_up and not (messages or drafts or notes or failed or requests):
        return
    st.header(say("clinician.today_needs"), anchor=False)
    for message in messages:
        show_message(message)
    for request in requests:
        look.notice(
            f"{request.code}: {say(f'clinician.request_{request.kind}')} {request.text}".rstrip(),
            key=f"request-{request.id}",
        )
    codes = {client.id: client.code for client in clients}
    if drafts:
        st.write(counted("today_drafts", len(drafts)))
    for plan in drafts:
        name = heading(plan, codes.get(plan.client_id or "", ""))
        st.page_link(navigation.page("plan"), label=name, query_params={"plan": plan.id})
    if notes:
        st.page_link(
            navigation.page("after"), label=counted("today_notes", len(notes)), query_params={"session": notes[0]}
        )
    if not has_back_up:
        st.page_link(navigation.page("settings"), label=say("clinician.back_up_never"))
    if failed:
        st.page_link(navigation.page("music"), label=counted("today_failed", failed))


def show_message(message: Message) -> None:
    """What a client wanted known, until it has been read."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"notice-message-{message.event_id}"):
        kind = say(f"clinician.message_{message.kind}")
        st.text(
            f"{message.code} · {dates.short_day(message.at)}, {dates.hour(message.at)}  {kind} {message.text}".rstrip(),
            width="stretch",
        )
        st.button(
            say("clinician.message_read"),
            key=f"read-{message.event_id}",
            on_click=read,
            args=(message.session_id, message.event_id),
        )


def read(session_id: str, event_id: str) -> None:
    """Say that a message has been read."""
    do(lambda actor: stores().record.mark_message_read(actor, session_id, event_id))


def client_row(client: Client) -> None:
    """One client, to open or to start with."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"client-{client.id}"):
        st.text(f"{client.code} · {client.sign}", width="stretch")
        if st.button(say("clinician.open"), key=f"open-{client.id}"):
            navigation.go_to("client", client=client.id)
        if st.button(say("clinician.start"), key=f"start-{client.id}"):
            st.session_state[state.WHO] = client.id
            navigation.go_to("start")


def when_you_have_time() -> None:
    """What can wait."""
    with st.expander(say("clinician.today_later")):
        st.page_link(navigation.page("settings"), label=say("clinician.later_help_text"))
        st.page_link(navigation.page("settings"), label=say("clinician.later_back_up"))
        st.page_link(navigation.page("music"), label=say("clinician.later_music"))


def counted(key: str, n: int) -> str:
    """A sentence about one or several."""
    return say(f"clinician.{key}_one" if n == 1 else f"clinician.{key}", n=n)
