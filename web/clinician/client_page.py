"""One client: what they like and must not hear, their plans and sessions, what is limited and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import streamlit as st

from practice.errors import PracticeError
from web.clinician import dates, look, navigation, session_words, state
from web.clinician.access import asker
from web.clinician.client_agreements import agreements_part
from web.clinician.client_everything import everything_part
from web.clinician.client_goals import goals_part
from web.clinician.client_limits import limit_says
from web.clinician.client_review import review_part
from web.clinician.client_songs import songs_part
from web.clinician.client_story import story_part
from web.clinician.plan_view import heading
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client

WITH_A_PRIMARY = {"story", "review"}
"""Parts whose own first button is the primary one of the page."""


def client_page() -> None:
    """Show one client's record."""
    actor = asker()
    try:
        client = stores().record.client(actor, navigation.asked_for("client"))
    except PracticeError as error:
        st.title(say("clinician.client_name"), anchor=False)
        look.notice(str(error), key="client")
        return
    with st.container(key=f"head-{look.of_client(client)}"):
        st.title(f"{client.code} · {client.sign}", anchor=False)
    look.trouble()
    look.quiet("  ·  ".join(facts(client)), key="client-facts")
    part = st.session_state.get(state.CLIENT_PART) or "songs"
    if client.ended_at is not None:
        look.notice(say("clinician.client_ended", day=dates.day(client.ended_at)), key="ended")
    else:
        has_own = part in WITH_A_PRIMARY
        kind: Literal["primary", "secondary"] = "secondary" if has_own else "primary"
        if st.button(say("clinician.today_start"), type=kind, key="no-print-start"):
            st.session_state[state.WHO] = client.id
            navigation.go_to("start")
    # Not st.tabs: those run and send every tab at once, and a record can be long.
    with st.container(key="no-print-parts"):
        part = st.segmented_control(
            say("clinician.client_part"),
            list(PARTS),
            key=state.CLIENT_PART,
            default="songs",
            required=True,
            format_func=lambda name: say(f"clinician.client_tab_{name}"),
            label_visibility="collapsed",
        )
    PARTS[part or "songs"](actor, client)


def facts(client: Client) -> list[str]:
    """What holds for this client, one phrase each."""
    lines = [say("clinician.client_preset", preset=say(f"clinician.preset_{client.preset}"))]
    if client.usual_day is not None:
        lines.append(f"{dates.weekday_name(client.usual_day)} {client.usual_time or ''}".rstrip())
    lines += [limit_says(limit) for limit in client.limits]
    if client.avoid:
        lines.append(say("clinician.client_avoids", n=len(client.avoid)))
    if client.must_be_present:
        lines.append(say("clinician.client_must_be_present"))
    return lines


def sessions_part(actor: Actor, client: Client) -> None:
    """Their sessions and their plans, newest first."""
    sessions = stores().record.sessions(actor, client.id)
    if not sessions:
        st.write(say("clinician.sessions_empty"))
    for session in sessions:
        with look.row(f"session-{session.id}"):
            st.text(session_words.line(session), width="stretch")
            if session.is_open and st.button(say("clinician.live_watch"), key=f"live-{session.id}"):
                navigation.go_to("live", session=session.id)
            if not session.is_open and st.button(say("clinician.open"), key=f"after-{session.id}"):
                navigation.go_to("after", session=session.id)
    plans = stores().record.plans(actor, client.id)
    st.header(say("clinician.client_plans"), anchor=False)
    if not plans:
        st.write(say("clinician.plans_empty"))
    for plan in plans:
        with look.row(f"plan-{plan.id}"):
            st.text(heading(plan, dates.short_day(plan.created_at)), width="stretch")
            if st.button(say("clinician.open"), key=f"open-{plan.id}"):
                navigation.go_to("plan", plan=plan.id)


PARTS = {
    "songs": songs_part,
    "story": story_part,
    "sessions": sessions_part,
    "review": review_part,
    "goals": goals_part,
    "agreements": agreements_part,
    "more": everything_part,
}
