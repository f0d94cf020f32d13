"""What can be pressed to change a plan, and how the change is kept as its next version."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from practice.errors import PracticeError
from recommender import Rules
from recommender.errors import RecommenderError
from web.clinician import library_view, plan_edits, state, suggesting
from web.clinician.access import asker
from web.components.plan_chart import SLOT_ACTIONS, Acted
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from practice import Actor
    from practice.plan_copies import Plan
    from recommender import Candidates, Playlist

LONGER_BY = (6, -6)
"""Minutes that one press adds or takes: a song or two."""
MOST_OFFERED = 6
"""Songs offered for an end, of those that go by what was typed."""


def add_to_plan(plan: Plan) -> None:
    """What can be put into the list: a song to open or close with, live playing, talk, silence."""
    with st.container(horizontal=True, key="add-to-plan"):
        for which in ("opening", "closing"):
            with st.popover(say(f"clinician.plan_add_{which}")):
                choose_end(plan, which)
        for kind in plan_edits.SLOT_MINUTES:
            st.button(say(f"clinician.plan_add_{kind}"), key=f"add-{kind}", on_click=add_slot, args=(plan.id, kind))
        for by in LONGER_BY:
            key = "longer" if by > 0 else "shorter"
            st.button(
                say(f"clinician.plan_{key}", minutes=abs(by)), key=f"last-{key}", on_click=make_last, args=(plan.id, by)
            )


def choose_end(plan: Plan, which: str) -> None:
    """A song to open or close with, found by its title, artist or album."""
    words = st.text_input(say("clinician.plan_find_song"), key=f"{state.PLAN_FIND}.{which}")
    if not words.strip():
        return
    found = [track for track in stores().catalogue.tracks(words=words, limit=MOST_OFFERED) if not track.error]
    if not found:
        st.write(say("clinician.plan_find_none"))
        return
    # The options of a select box are text; a button would read titles as Markdown.
    chosen = st.selectbox(
        say("clinician.plan_found"),
        found,
        format_func=lambda track: " · ".join(filter(None, (suggesting.title_of(track), track.artist))),
        key=f"{state.PLAN_FIND}.{which}.{words}",
    )
    st.button(
        say(f"clinician.plan_set_{which}"),
        key=f"set-{which}",
        type="primary",
        on_click=set_end,
        args=(plan.id, which, chosen.id),
    )


def make_last(plan_id: str, by: int) -> None:
    """Make the list longer or shorter by some minutes."""

    def made(plan: Plan, candidates: Candidates, rules: Rules) -> Playlist:
        return plan_edits.lasting(plan, candidates, rules, plan.minutes + by)

    keep(plan_id, made)


def add_slot(plan_id: str, kind: str) -> None:
    """Put live playing, talk or silence into the list."""
    keep(plan_id, lambda plan, candidates, rules: plan_edits.with_slot(plan, candidates, rules, kind))


def set_end(plan_id: str, which: str, track_id: str) -> None:
    """Open or close the list with a song."""
    keep(plan_id, lambda plan, candidates, rules: plan_edits.with_end(plan, candidates, rules, which, track_id))


def change(plan_id: str, acted: Acted) -> None:
    """Do what was pressed on a row, and keep it as the next version."""
    if acted.action in SLOT_ACTIONS:
        keep(
            plan_id,
            lambda plan, candidates, rules: plan_edits.with_slots(
                plan, candidates, rules, acted.action, acted.position
            ),
        )
        return
    actor = asker()
    record = stores().record
    try:
        plan = record.plan(actor, plan_id)
        locks: dict[int, str] = st.session_state.setdefault(state.LOCKS, {}).setdefault(plan.id, {})
        if acted.action == "lock":
            if locks.pop(acted.position, None) is None:
                locks[acted.position] = acted.track_id
            return
        if acted.action == "like":
            st.session_state[state.LIKE] = (plan.id, acted.position)
            return
        kept = plan_edits.unlocked_by(acted.action, acted.position, locks)
        if acted.action == "never" and plan.client_id:
            record.avoid(actor, plan.client_id, "track", acted.track_id)
        rules = plan_edits.with_locks(rules_of_plan(actor, plan), kept)
        # The song that is just being taken out for good does not yet break its own plan.
        rules = replace(rules, avoid_tracks=rules.avoid_tracks - {acted.track_id})
        candidates, listener = library_view.candidates_for(actor, plan.client_id)
        playlist = plan_edits.edited(plan, candidates, rules, acted.action, acted.position)
        keep_as_next(actor, plan, library_view.for_them(playlist, listener), kept)
    except (PracticeError, RecommenderError) as error:
        st.session_state[state.TROUBLE] = str(error)


def keep(plan_id: str, made: Callable[[Plan, Candidates, Rules], Playlist], unlocked: Collection[int] = ()) -> None:
    """Change a plan as a whole, and keep it as the next version; songs locked in place stay there.

    `unlocked` are places that the change itself frees.
    """
    actor = asker()
    try:
        plan = stores().record.plan(actor, plan_id)
        kept: dict[int, str] = st.session_state.setdefault(state.LOCKS, {}).get(plan.id, {})
        locks = {place: track_id for place, track_id in kept.items() if place not in unlocked}
        rules = plan_edits.with_locks(rules_of_plan(actor, plan), locks)
        candidates, listener = library_view.candidates_for(actor, plan.client_id)
        playlist = library_view.for_them(made(plan, candidates, rules), listener)
        keep_as_next(actor, plan, playlist, locks)
    except (PracticeError, RecommenderError) as error:
        st.session_state[state.TROUBLE] = str(error)


def keep_as_next(actor: Actor, plan: Plan, playlist: Playlist, locks: Mapping[int, str]) -> None:
    """Keep a changed list as the plan's next version and show it; songs stay locked that stand where they stood.

    Raises
    ------
    PracticeError
        If somebody else has changed the plan meanwhile, or it cannot be kept.
    """
    tracks = library_view.tracks_of(playlist).values()
    after = stores().record.edit_plan(
        actor, plan.id, playlist, tracks, version=plan.version, model_id=library_view.model_id(tracks)
    )
    order = playlist.track_ids()
    st.session_state[state.LOCKS][after.id] = {
        place: track_id for place, track_id in locks.items() if place < len(order) and order[place] == track_id
    }
    st.query_params["plan"] = after.id


def rules_of_plan(actor: Actor, plan: Plan) -> Rules:
    """What must hold for the plan's client, what its kind of session prefers, and the speed of music to move to."""
    rules = stores().record.rules(actor, plan.client_id, plan.strand)
    movement = stores().record.movement(actor, plan.id)
    return rules if movement is None else movement.rules(rules)
