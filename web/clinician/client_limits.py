"""What is limited for a client, named by its effect, each with a reason and a day to look at it again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import streamlit as st

from practice.safety import safety_file
from web.clinician import dates, look
from web.clinician.access import do
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client
    from practice.safety import Limit


def limit_says(limit: Limit) -> str:
    """A limit with its numbers, in words."""
    numbers = ", ".join(f"{say(f'clinician.number_{name}')} {value:g}" for name, value in limit.numbers.items())
    return say(f"clinician.limit_{limit.effect}") + (f" ({numbers})" if numbers else "")


def limits_part(actor: Actor, client: Client) -> None:  # noqa: ARG001 - every part is given who asks
    """What is limited, named by its effect, each with a reason and a day to look at it again."""
    st.write(say("clinician.limits_means"))
    for limit in client.limits:
        with look.row(f"limit-{limit.id}"):
            review = say("clinician.limit_review", day=dates.day(limit.review_on)) if limit.review_on else ""
            st.text("\n".join(part for part in (limit_says(limit), limit.reason, review) if part), width="stretch")
            with st.popover(say("clinician.take_off")):
                reason = st.text_input(say("clinician.limit_why_off"), key=f"why-{limit.id}", max_chars=500)
                if st.button(say("clinician.take_off"), key=f"lift-{limit.id}", disabled=not reason.strip()):
                    lift(client.id, limit.effect, reason)
                    st.rerun()
    add_limit(client)


def lift(client_id: str, effect: str, reason: str) -> None:
    """Take a limit off, with its reason."""
    do(lambda actor: stores().record.lift_limit(actor, client_id, effect, reason=reason))


def add_limit(client: Client) -> None:
    """Put a limit on."""
    kinds = safety_file().limits
    with st.container(key="card-add-limit"):
        effect = st.selectbox(
            say("clinician.limit_add"),
            list(kinds),
            index=None,
            placeholder=say("clinician.limit_choose"),
            format_func=lambda name: say(f"clinician.limit_{name}"),
        )
        if effect is None:
            return
        numbers: dict[str, float] = {}
        for name, number in kinds[effect].values.items():
            value = st.number_input(
                say(f"clinician.number_{name}"),
                min_value=float(number.low),
                max_value=float(number.high),
                value=None if number.optional and numbers else float(number.default),
                key=f"{effect}-{name}",
            )
            if value is not None:
                numbers[name] = float(value)
        reason = st.text_input(say("clinician.limit_why"), max_chars=500)
        review_on: date | None = st.date_input(say("clinician.limit_review_on"), value=None, format="DD/MM/YYYY")
        if st.button(say("clinician.limit_put_on"), type="primary", disabled=not reason.strip()):
            do(
                lambda actor: stores().record.set_limit(
                    actor, client.id, effect, numbers=numbers, reason=reason, review_on=review_on
                )
            )
            st.rerun()
