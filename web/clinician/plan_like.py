"""More like this: songs that could stand in the place of one of a plan's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from practice.errors import PracticeError
from recommender.errors import RecommenderError
from web.clinician import library_view, look, plan_edits, state
from web.clinician.access import asker
from web.clinician.plan_changes import keep, rules_of_plan
from web.clinician.song_page import rows_like
from web.components.plan_chart import plan_chart
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice.plan_copies import Plan


def show_like(plan: Plan) -> None:
    """Songs like the one of which that was asked, to hear and to put in its place."""
    asked = st.session_state.get(state.LIKE)
    if asked is None or asked[0] != plan.id or plan.state == "superseded":
        return
    st.dialog(say("clinician.plan_like"), width="medium", on_dismiss=close_like)(offer_like)(plan.id, asked[1])


def offer_like(plan_id: str, position: int) -> None:
    """The songs that are offered; a part that runs by itself, so it asks again who looks."""
    actor = asker()
    if st.session_state.get(state.LIKE) != (plan_id, position):
        st.rerun()  # one was taken: the page shows the plan as it is now
    try:
        plan = stores().record.plan(actor, plan_id)
    except PracticeError as error:
        look.notice(str(error), key="like")
        return
    song = plan.places[position].song
    candidates, _ = library_view.candidates_for(actor, plan.client_id)
    try:
        found = plan_edits.like(plan, candidates, rules_of_plan(actor, plan), position)
    except RecommenderError as error:
        look.notice(str(error), key="like")
        return
    # A header would read the title as Markdown.
    st.text(say("clinician.plan_like_title", title=song.title or song.id))
    if found:
        look.quiet(say("clinician.plan_like_means"), key="like-means")
        plan_chart(
            rows_like(found),
            key=f"like-{plan.id}-{position}",
            actions=("hear", "take"),
            on_acted=lambda acted: take(plan.id, position, acted.track_id),
        )
    else:
        st.write(say("clinician.plan_like_none"))
    st.button(say("clinician.plan_like_close"), on_click=close_like)


def take(plan_id: str, position: int, track_id: str) -> None:
    """Put a song that was offered in the place of the one that it is like."""
    close_like()
    keep(
        plan_id,
        lambda plan, candidates, rules: plan_edits.with_song(plan, candidates, rules, position, track_id),
        {position},
    )


def close_like() -> None:
    """Offer no songs any more."""
    asker()
    st.session_state.pop(state.LIKE, None)
