"""Today: what needs the clinician, then the clients, and the way into a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from web.clinician import dates, library_view, look, navigation, state
from web.clinician.access import asker, do
from web.clinician.choosing_who import NEW, TRIAL
from web.clinician.first_start import begin_with, first_start, is_first
from web.clinician.plan_view import heading
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client
    from practice.consent import Request
    from practice.live import Message

SHOWN = 4
"""Messages that stand open on the page; older ones fold away."""


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
    library_view.coming_in()
    going_on(actor, clients)
    if not clients and not record.sessions(actor, limit=1):
        lead_on(actor)
    needs_you(actor, clients)
    today = [client for client in clients if client.usual_day == dates.today().weekday()]
    others = [client for client in clients if client not in today]
    for title, shown in (
        ("today_expected", sorted(today, key=lambda client: client.usual_time or "")),
        ("today_other_clients" if today else "today_clients", others),
    ):
        if shown:
            st.header(say(f"clinician.{title}"), anchor=False)
        for client in shown:
            client_row(client, at=client.usual_time if title == "today_expected" else None)
    when_you_have_time(actor)


def going_on(actor: Actor, clients: list[Client]) -> None:
    """Sessions that are open now."""
    codes = {client.id: f"{client.code} · {client.sign}" for client in clients}
    for session in stores().record.open_sessions(actor):
        with st.container(horizontal=True, vertical_alignment="center", key=f"card-open-{session.id}"):
            name = codes.get(session.client_id or "", say("clinician.who_trial"))
            st.text(say("clinician.today_open", name=name, at=dates.hour(session.started_at)), width="stretch")
            if st.button(say("clinician.live_watch"), key=f"live-{session.id}"):
                navigation.go_to("live", session=session.id)

    labels = {group.id: group.label for group in stores().record.groups(actor)}
    for meeting in stores().record.group_sessions(actor, open_only=True):
        with st.container(horizontal=True, vertical_alignment="center", key=f"card-group-{meeting.id}"):
            text = say(
                "clinician.group_going_on",
                name=labels.get(meeting.group_id or "", say("clinician.group_guests")),
                at=dates.hour(meeting.started_at),
            )
            st.text(text, width="stretch")
            if st.button(say("clinician.group_go_on"), key=f"group-{meeting.id}"):
                navigation.go_to("groups", meeting=meeting.id)


def lead_on(actor: Actor) -> None:
    """What comes next while nothing is kept yet: after a trial, the first client."""
    if not stores().record.has_begun(actor):
        st.write(say("clinician.today_empty"))
        return
    if stores().record.open_sessions(actor):
        return
    st.write(say("clinician.today_tried"))
    with st.container(horizontal=True, key="attune-who"):
        if st.button(say("clinician.first_client")):
            begin_with(NEW)
        if st.button(say("clinician.today_try_again")):
            begin_with(TRIAL)


def needs_you(actor: Actor, clients: list[Client]) -> None:
    """Messages first, then what waits to be answered, approved, signed, looked at or done."""
    record = stores().record
    messages = record.messages(actor)
    drafts = record.drafts_to_approve(actor)
    notes = record.notes_to_sign(actor)
    group_notes = record.group_sessions(actor, unsigned_only=True)
    upset = record.upset_waiting(actor)
    failed = stores().catalogue.counts().failed
    requests = record.requests(actor)
    reminders = record.retention_reminders(actor)
    has_back_up = record.last_backup() is not None or not record.sessions(actor, limit=1)
    if has_back_up and not (messages or drafts or notes or group_notes or upset or failed or requests or reminders):
        return
    st.header(say("clinician.today_needs"), anchor=False)
    for message in messages[:SHOWN]:
        show_message(message)
    if len(messages) > SHOWN:
        with st.expander(say("clinician.today_older", n=len(messages) - SHOWN)):
            for message in messages[SHOWN:]:
                show_message(message)
    for request in requests:
        show_request(request)
    codes = {client.id: client.code for client in clients}
    for plan in drafts:
        waits(f"plan-{plan.id}", heading(plan, codes.get(plan.client_id or "", "")), "plan", plan=plan.id)
    if notes:
        waits("notes", counted("today_notes", len(notes)), "after", session=notes[0])
    if group_notes:
        waits("group-notes", counted("today_group_notes", len(group_notes)), "groups", meeting=group_notes[0].id)
    for one in upset:
        line = say("clinician.today_upset", code=one.code, day=dates.short_day(one.said_at))
        waits(f"upset-{one.session_id}", line, "after", session=one.session_id)
    for reminder in reminders:
        line = say("clinician.today_kept_until", code=reminder.code, basis=reminder.basis)
        waits(f"kept-{reminder.client_id}", line, "client", client=reminder.client_id)
    if failed:
        waits("failed", counted("today_failed", failed), "music")
    if not has_back_up:
        waits("back-up", say("clinician.back_up_never"), "settings", "back_up_make", part="back_up")


def waits(key: str, text: str, page: str, label: str = "today_see", **query: str) -> None:
    """One thing that waits, and the way to it."""
    with look.row(key):
        st.text(text, width="stretch")
        if st.button(say(f"clinician.{label}"), key=f"see-{key}"):
            navigation.go_to(page, **query)


def show_message(message: Message) -> None:
    """What a client wanted known, until it has been read."""
    with look.row(f"unread-{message.event_id}"):
        kind = say(f"clinician.message_{message.kind}")
        at = f"{dates.short_day(message.at)}, {dates.hour(message.at)}"
        with st.container(key=f"unread-{message.event_id}"):
            st.text(f"{kind} {message.text}".rstrip())
            look.quiet(f"{message.code} · {message.sign} · {at}", key=f"unread-{message.event_id}")
        st.button(
            say("clinician.message_read"),
            key=f"read-{message.event_id}",
            on_click=read,
            args=(message.session_id, message.event_id),
        )


def read(session_id: str, event_id: str) -> None:
    """Say that a message has been read."""
    do(lambda actor: stores().record.mark_message_read(actor, session_id, event_id))


def show_request(request: Request) -> None:
    """What a client asked for, until somebody has said what was done about it."""
    with st.container(key=f"card-request-{request.id}"):
        st.text(f"{request.code}: {say(f'clinician.request_{request.kind}')} {request.text}".rstrip())
        look.quiet(say("clinician.request_since", day=dates.day(request.at)), key=f"request-{request.id}")
        with st.form(f"request-{request.id}", border=False):
            answer = st.text_input(say("clinician.request_answer"), max_chars=4000)
            if st.form_submit_button(say("clinician.request_done")) and look.is_filled(request_answer=answer):
                do(lambda actor: stores().record.answer_request(actor, request.id, answer))
                st.rerun()


def client_row(client: Client, *, at: str | None = None) -> None:
    """One client, to open or to start with; with the time at which they usually come, where they come today."""
    with look.row(look.of_client(client)):
        st.text("  ·  ".join(part for part in (f"{client.code} · {client.sign}", at) if part), width="stretch")
        if st.button(say("clinician.open"), key=f"open-{client.id}"):
            navigation.go_to("client", client=client.id)
        if client.ended_at is None and st.button(say("clinician.start"), key=f"start-{client.id}"):
            st.session_state[state.WHO] = client.id
            navigation.go_to("start")


def when_you_have_time(actor: Actor) -> None:
    """What can wait, each with the part of the settings where it is done."""
    record = stores().record
    later = {"help": "later_help_text", "loudness": "later_loudness", "keeping": "later_keeping"}
    later |= {"people": "later_people"} if not record.colleagues(actor) else {}
    later |= {"back_up": "later_back_up"}
    with st.expander(say("clinician.today_later")):
        for part, sentence in later.items():
            with look.row(f"later-{part}"):
                st.text(say(f"clinician.{sentence}"), width="stretch")
                if st.button(say("clinician.today_see"), key=f"later-{part}"):
                    navigation.go_to("settings", part=part)
        with look.row("later-music"):
            st.text(say("clinician.later_music"), width="stretch")
            if st.button(say("clinician.today_see"), key="later-music"):
                navigation.go_to("music")


def counted(key: str, n: int) -> str:
    """A sentence about one or several."""
    return say(f"clinician.{key}_one" if n == 1 else f"clinician.{key}", n=n)
