"""Who agreed to what, which room they use, their goals, and how long the record is kept."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import streamlit as st

from web.clinician import dates
from web.clinician.access import do, session_token
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client

PRESETS = ("standard", "simple", "calm", "one_switch", "carer")
PURPOSES = ("choose_songs", "improve")
OUTCOMES = ("reached", "partly", "not_reached", "no_longer_wanted")
STRANDS = ("feel", "move", "together", "other")


def goals_part(actor: Actor, client: Client) -> None:
    """Their goals, open ones first, and what became of them."""
    goals = stores().record.goals(actor, client.id)
    if not goals:
        st.write(say("clinician.goals_empty"))
    for goal in goals:
        with st.container(horizontal=True, vertical_alignment="center", key=f"goal-{goal.id}"):
            lines = [goal.text, say(f"clinician.strand_{goal.strand}")]
            if goal.review_on:
                lines.append(say("clinician.limit_review", day=dates.day(goal.review_on)))
            if goal.outcome:
                lines.append(f"{say(f'clinician.outcome_{goal.outcome}')} {goal.outcome_words}".rstrip())
            st.text("\n".join(lines), width="stretch")
            if goal.outcome is None:
                close_goal(client.id, goal.id)
    with st.form("goal", border=False, clear_on_submit=True):
        text = st.text_input(say("clinician.goal_ask"), max_chars=500)
        strand = st.selectbox(
            say("clinician.goal_strand"), STRANDS, format_func=lambda name: say(f"clinician.strand_{name}")
        )
        review_on: date | None = st.date_input(say("clinician.limit_review_on"), value=None, format="DD/MM/YYYY")
        if st.form_submit_button(say("clinician.goal_add")) and text.strip():
            do(lambda a: stores().record.set_goal(a, client.id, text, strand=strand, review_on=review_on))
            st.rerun()


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


def agreements_part(actor: Actor, client: Client) -> None:
    """Who agreed, and what was answered at the first session."""
    lines = [say("clinician.agreed_line", who=say(f"clinician.agreed_{client.agreed_by}"))]
    lines += [
        say(f"clinician.{question}_line", answer=say(f"clinician.answer_{answer}"))
        for question, answer in (("hurt", client.sounds_hurt), ("seizure", client.seizures))
    ]
    st.text("\n".join(lines))
    preset = st.selectbox(
        say("clinician.clients_preset"),
        PRESETS,
        index=PRESETS.index(client.preset),
        format_func=lambda name: say(f"clinician.preset_{name}"),
    )
    if preset != client.preset and st.button(say("clinician.preset_keep"), type="primary"):
        do(lambda asked_by: stores().record.change_client(asked_by, client.id, version=client.version, preset=preset))
        st.rerun()
    optional_uses(actor, client)
    keep_until(actor, client)
    export(client)


def optional_uses(actor: Actor, client: Client) -> None:
    """What their answers may be used for beyond their own record; off unless they said so."""
    st.header(say("clinician.uses_title"), anchor=False)
    for purpose in PURPOSES:
        is_on = stores().record.agrees(actor, client.id, purpose)
        wanted = st.toggle(say(f"clinician.use_{purpose}"), value=is_on, key=f"use-{purpose}-{is_on}")
        if wanted != is_on:
            agree(client, purpose, is_on=wanted)
            st.rerun()


def agree(client: Client, purpose: str, *, is_on: bool) -> None:
    """Note what was said about an optional use."""
    do(lambda actor: stores().record.set_agreement(actor, client.id, purpose, is_on=is_on, said_by=client.agreed_by))


def keep_until(actor: Actor, client: Client) -> None:
    """Until when the record is kept, as the clinician writes it; nothing is ever deleted by itself."""
    st.header(say("clinician.keep_title"), anchor=False)
    kept = stores().record.kept_until(actor, client.id)
    st.text(
        say("clinician.keep_line", month=f"{kept[0]:%B %Y}", basis=kept[1]) if kept else say("clinician.keep_unset")
    )
    st.write(say("clinician.keep_hints"))
    with st.form("keep-until", border=False):
        month = st.date_input(say("clinician.keep_month"), value=None, format="DD/MM/YYYY")
        basis = st.text_input(say("clinician.keep_basis"), max_chars=300)
        if st.form_submit_button(say("clinician.keep")) and month and basis.strip():
            do(lambda a: stores().record.keep_until(a, client.id, month.replace(day=1), basis=basis))
            st.rerun()


def export(client: Client) -> None:
    """Everything that is kept about them as one file; made when it is asked for, and written into the audit."""
    st.header(say("clinician.export_title"), anchor=False)
    st.write(say("clinician.export_means"))
    token = session_token()
    st.download_button(
        say("clinician.export_go"),
        data=lambda: exported(token, client.id),
        file_name=f"{client.code}.zip",
        mime="application/zip",
        on_click="ignore",
    )


def exported(token: str, client_id: str) -> bytes:
    """The export for whoever is signed in with `token` at the moment of the press; nothing for anybody else.

    It runs outside the page, where nothing of the page can be asked.
    """
    record = stores().record
    actor = record.who(token)
    return record.export_client(actor, client_id).zipped if actor is not None else b""
