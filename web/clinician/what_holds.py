"""What holds for whoever is here before a list is made: their limits, and how loud it will be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from practice.safety import loudness_for, safety_file
from web.clinician import look, navigation, state
from web.clinician.access import do
from web.clinician.client_limits import limit_says
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client

TEMPO = "tempo_between"
WIDER_BPM = 20
"""By how much each end is moved at first when a limit on tempo is relaxed."""


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


def relax_tempo(client: Client) -> None:
    """Widen the limit on tempo where it leaves no music, with a reason, as every limit has one."""
    limit = next((one for one in client.limits if one.effect == TEMPO), None)
    if limit is None:
        return
    with st.popover(say("clinician.relax_tempo")):
        st.text("\n".join((limit_says(limit), limit.reason)))
        numbers: dict[str, float] = {}
        for (name, number), by in zip(safety_file().limits[TEMPO].values.items(), (-WIDER_BPM, WIDER_BPM), strict=True):
            wider = min(number.high, max(number.low, limit.numbers[name] + by))
            numbers[name] = st.number_input(
                say(f"clinician.number_{name}"),
                float(number.low),
                float(number.high),
                float(wider),
                key=f"relax-{name}",
            )
        reason = st.text_input(say("clinician.limit_why"), max_chars=500, key="relax-why")
        if st.button(say("clinician.relax_tempo_go"), type="primary", disabled=not reason.strip()):
            do(
                lambda actor: stores().record.set_limit(
                    actor, client.id, TEMPO, numbers=numbers, reason=reason, review_on=limit.review_on
                )
            )
            st.rerun()


def change_limits(client: Client, *, key: str) -> None:
    """The way to the part of the record where limits are put on and taken off."""
    if st.button(say("clinician.more_change"), key=f"limits-{key}"):
        st.session_state[state.CLIENT_PART] = "more"
        navigation.go_to("client", client=client.id)
