"""Who a session is for: a client by code and sign, a new one, or nobody of whom anything is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from practice.errors import PracticeError
from web.clinician import look, state
from web.clinician.access import asker
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client

TRIAL = "trial"
NEW = "new"
RECENT = 6
ANSWERS = ("no", "yes", "not_known")
AGREED_BY = ("client", "parent", "attorney", "best_interests", "self_trial")


def choose_who(actor: Actor) -> str | Client | None:
    """The client, `TRIAL`, `NEW` while a new client's questions are open, or None while nobody is chosen."""
    clients = {client.id: client for client in stores().record.clients(actor)[:RECENT]}
    chosen = st.session_state.get(state.WHO)
    if chosen not in {None, TRIAL, NEW, *clients} and isinstance(chosen, str):
        other = find(actor, chosen)
        if other is not None:
            clients[other.id] = other
    options = [*clients, NEW, TRIAL]
    names = {TRIAL: say("clinician.who_trial"), NEW: say("clinician.who_new")}
    names |= {client.id: f"{client.code} · {client.sign}" for client in clients.values()}
    who = st.pills(say("clinician.who_ask"), options, format_func=names.__getitem__, key=state.WHO)
    return who if who in {NEW, TRIAL} else clients.get(who) if who else None


def find(actor: Actor, client_id: str) -> Client | None:
    """A client of the caseload, or None: it may have been handed to a colleague meanwhile."""
    try:
        return stores().record.client(actor, client_id)
    except PracticeError:
        return None


def new_client_form(actor: Actor) -> None:
    """The four questions of a first session, on one screen."""
    code, sign = suggested(actor)
    names = {answer: say(f"clinician.answer_{answer}") for answer in ANSWERS}
    with st.container(key="card-new-client"):
        st.header(say("clinician.new_client_title"), anchor=False)
        look.quiet(say("clinician.new_client_made", code=code, sign=sign), key="new-client")
        avoid = st.text_input(say("clinician.new_avoid"), placeholder=say("clinician.new_avoid_hint"), max_chars=500)
        avoid_unknown = st.checkbox(say("clinician.new_avoid_unknown"))
        hurt = st.radio(say("clinician.new_hurt"), ANSWERS, index=None, format_func=names.__getitem__, horizontal=True)
        seizure = st.radio(
            say("clinician.new_seizure"), ANSWERS, index=None, format_func=names.__getitem__, horizontal=True
        )
        agreed = st.radio(
            say("clinician.new_agreed"),
            AGREED_BY,
            index=None,
            format_func=lambda name: say(f"clinician.agreed_{name}"),
        )
        if avoid_unknown or "not_known" in {hurt, seizure}:
            look.quiet(say("clinician.new_must_stay"), key="must-stay")
        st.button(
            say("clinician.new_make"),
            type="primary",
            disabled=None in {hurt, seizure, agreed},
            on_click=add_client,
            args=(None if avoid_unknown else avoid, hurt, seizure, agreed),
        )


def suggested(actor: Actor) -> tuple[str, str]:
    """The code and sign that a new client will have, the same until they are used."""
    if state.NEW_CLIENT not in st.session_state:
        st.session_state[state.NEW_CLIENT] = stores().record.suggest_client(actor)
    pair: tuple[str, str] = st.session_state[state.NEW_CLIENT]
    return pair


def add_client(avoid: str | None, hurt: str, seizure: str, agreed: str) -> None:
    """Keep the new client and choose them."""
    actor = asker()
    code, sign = suggested(actor)
    try:
        client = stores().record.new_client(
            actor, agreed_by=agreed, avoid=avoid, sounds_hurt=hurt, seizures=seizure, code=code, sign=sign
        )
    except PracticeError as error:
        st.session_state[state.TROUBLE] = str(error)
        return
    finally:
        del st.session_state[state.NEW_CLIENT]
    st.session_state[state.WHO] = client.id
