"""What a client's answers have taught of how they hear music: shown, and forgotten on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from recommender.personal import difference
from web.clinician import library_view
from web.clinician.access import do
from web.serving import stores
from web.words import say
from web.words.reasons import say_difference

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client


def listener_part(actor: Actor, client: Client) -> None:
    """How they hear music beside everyone; the switch stands among the agreements, above."""
    st.header(say("mood.listener_title"), anchor=False)
    record = stores().record
    answers = record.listener_answers(actor, client.id)
    if not record.agrees(actor, client.id, "choose_songs"):
        st.write(say("mood.listener_off", n=answers))
    else:
        listener = record.listener(actor, client.id, library_view.candidates())
        if listener is None:
            st.write(say("mood.listener_none"))
        else:
            valence, arousal = difference(listener, library_view.candidates().places)
            how = say_difference(valence, arousal)
            st.write(say("mood.listener_learned", n=listener.n_ratings, how=how))
    if answers:
        st.button(
            say("mood.listener_forget"),
            on_click=forget,
            args=(client.id,),
            help=say("mood.listener_forget_means"),
        )


def forget(client_id: str) -> None:
    """Let answers given until now choose no songs any more."""
    do(lambda actor: stores().record.forget_listener(actor, client_id))
