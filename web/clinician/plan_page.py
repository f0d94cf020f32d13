"""One plan: the path, the list, what can be changed, and the approval."""

from __future__ import annotations

import streamlit as st

from practice.errors import PracticeError
from web.clinician import explaining, look, navigation, state, suggesting, taking_along
from web.clinician.access import asker
from web.clinician.plan_approval import approval
from web.clinician.plan_changes import add_to_plan, change
from web.clinician.plan_like import show_like
from web.clinician.plan_view import heading, rows_of, show_path, slot_rows
from web.components.plan_chart import ACTIONS, plan_chart
from web.serving import stores
from web.words import say


def plan_page() -> None:
    """Show a plan, let it be changed, and let it be approved."""
    actor = asker()
    plan_id = navigation.asked_for("plan")
    try:
        plan = stores().record.plan(actor, plan_id)
    except PracticeError as error:
        st.title(say("clinician.plan_title"), anchor=False)
        look.notice(str(error), key="plan")
        return
    client = stores().record.client(actor, plan.client_id) if plan.client_id else None
    st.title(say("clinician.plan_title"), anchor=False)
    look.quiet(heading(plan, client.code if client else ""), key="plan-heading")
    way = suggesting.way_says(plan.request, plan.strand)
    if way:
        look.quiet(say("clinician.way", how=way), key="plan-way")
    look.trouble()
    with st.container(key="side-by-side"):
        left, right = st.columns([0.345, 0.655], gap="medium")
    with left:
        show_path(plan)
    with right:
        approval(actor, plan, client.code if client else "")
        rows = explaining.with_sounds(rows_of(plan, st.session_state.get(state.LOCKS, {}).get(plan.id, {}), actor))
        plan_chart(
            rows,
            key=f"plan-list-{plan.id}",
            actions=ACTIONS,
            slots=slot_rows(plan),
            on_acted=lambda acted: change(plan.id, acted),
        )
        show_like(plan)
        # Music to move to has rests of its own, and keeps one speed.
        if plan.state != "superseded" and stores().record.movement(actor, plan.id) is None:
            add_to_plan(plan)
        taking_along.take_along(plan, client.code if client else "")
