"""What holds for whoever is here before a list is made: their limits, and how loud it will be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from practice.safety import loudness_for
from web.clinician import look, navigation, state
from web.clinician.client_limits import limit_says
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client


def what_holds(actor: Actor, client: Client | None) -> None:
    """The limits and the loudness; both are changed in the client's record."""
    loudness = loudness_for(stores().record.protection(actor, None if client is None else client.id))
    look.quiet(say("clinician.more_rules"), key="what-holds")
    lines = [limit_says(limit) for limit in client.limits] if client else []
    if client and client.avoid:
        lines.append(say("clinician.client_avoids", n=len(client.avoid)))
    lines.append(say("clinician.more_loudness", start=f"{loudness.start_db:g}", limit=f"{loudness.limit_db:g}"))
    st.text("\n".join(lines))
    if client is not None:
        change_limits(client, key="more")


def change_limits(client: Client, *, key: str) -> None:
    """The way to the part of the record where limits are put on and taken off."""
    if st.button(say("clinician.more_change"), key=f"limits-{key}"):
        st.session_state[state.CLIENT_PART] = "more"
        navigation.go_to("client", client=client.id)
