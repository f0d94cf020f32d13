"""A plan is approved, played here, or sent to another device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from practice.errors import PracticeError
from web.clinician import look, navigation, plan_edits, sending, state
from web.components.leaving import leave_for
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.plan_copies import Plan


def approval(actor: Actor, plan: Plan, code: str) -> None:
    """Approve, play, or send; what approval means stands beside it."""
    pool = len(plan.pool.track_ids() - {place.song.id for place in plan.places})
    heard = stores().catalogue.heard_by(actor.account_id, [place.song.id for place in plan.places])
    unheard = len(plan.places) - len(heard)
    if plan.state == "superseded":
        look.notice(say("clinician.plan_superseded"), key="superseded")
        return
    with st.container(horizontal=True):
        if plan.state == "draft" and st.button(say("clinician.approve_for", code=code), type="primary"):
            approve(actor, plan, present=False)
        if st.button(say("clinician.play_here"), type="primary" if plan.state == "approved" else "secondary"):
            play(actor, plan)
        if plan.state == "approved" and plan.client_id:
            with st.popover(say("clinician.send_tablet")):
                send(actor, plan)
    look.quiet(say("clinician.approve_means", n=len(plan.places), pool=pool), key="approve-means")
    if unheard and plan.state == "draft":
        look.quiet(say("clinician.approve_unheard", n=unheard), key="approve-unheard")
        with st.container(horizontal=True):
            if st.button(say("clinician.approve_hear")):
                navigation.go_to("song", song=next(one.song.id for one in plan.places if one.song.id not in heard))
            if st.button(say("clinician.approve_anyway")):
                approve(actor, plan, present=True)


def approve(actor: Actor, plan: Plan, *, present: bool) -> None:
    """Approve the version that is shown."""
    try:
        sending.require_files(plan_edits.ids_of(plan))
        stores().record.approve(actor, plan.id, present=present, version=plan.version)
    except PracticeError as error:
        look.notice(str(error), key="approve")
        return
    st.rerun()


def play(actor: Actor, plan: Plan) -> None:
    """Approve while present, open the session, and leave for the listening room."""
    try:
        sending.require_files(plan_edits.ids_of(plan))
        stores().record.approve(actor, plan.id, present=True, version=plan.version)
        started = stores().record.start_session(actor, plan.id, with_client=True)
    except PracticeError as error:
        look.notice(str(error), key="play")
        return
    leave_for(f"/room/enter/{started.room_token}")


def send(actor: Actor, plan: Plan) -> None:
    """Open a session on another device with an approved plan."""
    sent = st.session_state.get(state.SENT)
    if sent is not None and sent[0] == plan.id:
        sending.show_link(sent[1])
        return
    how = st.radio(
        say("clinician.send_ask"), ("present", "alone"), format_func=lambda name: say(f"clinician.send_{name}")
    )
    if not st.button(say("clinician.send_make_link"), type="primary"):
        return
    try:
        sending.require_files(plan_edits.ids_of(plan))
        started = stores().record.start_session(actor, plan.id, with_client=how == "present", by_link=True)
    except PracticeError as error:
        look.notice(str(error), key="send")
        return
    st.session_state[state.SENT] = (plan.id, started)
    sending.show_link(started)
