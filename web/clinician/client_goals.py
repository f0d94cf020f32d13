"""A client's goals, open ones first, and what became of them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import streamlit as st

from web.clinician import dates, look
from web.clinician.access import do
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client
    from practice.goals import Goal

OUTCOMES = ("reached", "partly", "not_reached", "no_longer_wanted")
STRANDS = ("feel", "move", "together", "other")


def goals_part(actor: Actor, client: Client) -> None:
    """Show the goals, and let one be set or closed."""
    goals = stores().record.goals(actor, client.id)
    if not goals:
        st.write(say("clinician.goals_empty"))
    for goal in goals:
        with look.row(f"goal-{goal.id}"):
            st.text("\n".join(goal_lines(goal)), width="stretch")
            if goal.outcome is None:
                close_goal(client.id, goal.id)
    with st.container(key="card-goal"), st.form("goal", border=False, clear_on_submit=True):
        text = st.text_input(say("clinician.goal_ask"), max_chars=500)
        left, right = st.columns(2)
        strand = left.selectbox(
            say("clinician.goal_strand"), STRANDS, format_func=lambda name: say(f"clinician.strand_{name}")
        )
        review_on: date | None = right.date_input(say("clinician.limit_review_on"), value=None, format="DD/MM/YYYY")
        if st.form_submit_button(say("clinician.goal_add")) and look.is_filled(goal_ask=text):
            do(lambda a: stores().record.set_goal(a, client.id, text, strand=strand, review_on=review_on))
            st.rerun()


def goal_lines(goal: Goal) -> list[str]:
    """A goal, what strand it belongs to, and what became of it or when it is looked at again."""
    lines = [goal.text]
    about = [say(f"clinician.strand_{goal.strand}")]
    if goal.outcome:
        about.append(f"{say(f'clinician.outcome_{goal.outcome}')} {goal.outcome_words}".rstrip())
    elif goal.review_on:
        about.append(say("clinician.limit_review", day=dates.day(goal.review_on)))
    return [*lines, "  ·  ".join(about)]


def close_goal(client_id: str, goal_id: str) -> None:
    """Say what became of a goal."""
    with st.popover(say("clinician.goal_close")):
        outcome = st.radio(
            say("clinician.goal_outcome"),
            OUTCOMES,
            format_func=lambda name: say(f"clinician.outcome_{name}"),
            key=f"outcome-{goal_id}",
        )
        words = st.text_input(say("clinician.goal_words"), max_chars=1000, key=f"words-{goal_id}")
        if st.button(say("clinician.keep"), key=f"close-{goal_id}"):
            do(lambda a: stores().record.close_goal(a, client_id, goal_id, outcome=outcome, words=words))
            st.rerun()
