"""Who agreed to what, which room they use, and how long the record is kept."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import streamlit as st

from web.clinician import dates, look
from web.clinician.access import do, session_token
from web.clinician.client_listener import listener_part
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client

PRESETS = ("standard", "simple", "calm", "one_switch", "carer")
ANSWERS = ("no", "yes", "not_known")
MONTHS = tuple(range(1, 13))
FIRST_YEAR, LAST_YEAR = 2020, 2150
PURPOSES = ("choose_songs", "improve")


def agreements_part(actor: Actor, client: Client) -> None:
    """Who agreed, and what was answered at the first session."""
    first_questions(client)
    preset = st.selectbox(
        say("clinician.clients_preset"),
        PRESETS,
        index=PRESETS.index(client.preset),
        format_func=lambda name: f"{say(f'clinician.preset_{name}')}: {say(f'clinician.preset_{name}_for')}",
    )
    if preset != client.preset and st.button(say("clinician.preset_keep"), type="primary"):
        change(client, preset=preset)
        st.rerun()
    usual_time(client)
    optional_uses(actor, client, title=say("clinician.uses_title"))
    listener_part(actor, client)
    if any(stores().record.agrees(actor, client.id, purpose) for purpose in PURPOSES):
        st.button(say("clinician.leave_suggestions"), on_click=leave_suggestions, args=(client.id,))
    keep_until(actor, client)
    export(client)


def first_questions(client: Client) -> None:
    """What was answered at the first session; an answer that is known by now can be put right."""
    st.text(say("clinician.agreed_line", who=say(f"clinician.agreed_{client.agreed_by}")))
    questions = {"sounds_hurt": ("hurt", client.sounds_hurt), "seizures": ("seizure", client.seizures)}
    for name, (words, answer) in questions.items():
        with look.row(f"answer-{name}"):
            st.text(say(f"clinician.{words}_line", answer=say(f"clinician.answer_{answer}")), width="stretch")
            with st.popover(say("clinician.change")):
                now = st.radio(
                    say(f"clinician.new_{words}"),
                    ANSWERS,
                    index=ANSWERS.index(answer),
                    format_func=lambda one: say(f"clinician.answer_{one}"),
                    key=f"now-{name}-{client.id}",
                )
                if st.button(say("clinician.keep"), key=f"keep-{name}", disabled=now == answer):
                    change(client, **{name: now})
                    st.rerun()
    look.quiet(say("clinician.answers_mean"), key="answers-mean")


def usual_time(client: Client) -> None:
    """When they usually come: on that day they stand first on Today."""
    with st.form("usual-time", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        day = st.selectbox(
            say("clinician.usual_day"),
            range(7),
            index=client.usual_day,
            format_func=dates.weekday_name,
            placeholder=say("clinician.usual_day_none"),
        )
        at = st.time_input(say("clinician.usual_time"), value=client.usual_time, step=900, key=f"usual-{client.id}")
        if st.form_submit_button(say("clinician.keep")):
            time = f"{at:%H:%M}" if at else None
            do(lambda actor: stores().record.set_usual_time(actor, client.id, day=day, at=time))
            st.rerun()


def change(client: Client, **what: Any) -> None:
    """Change what is known about them; refused where somebody else has changed it meanwhile."""
    do(lambda actor: stores().record.change_client(actor, client.id, version=client.version, **what))


def optional_uses(actor: Actor, client: Client, *, title: str, key: str = "uses") -> None:
    """What their answers may be used for beyond their own record; off unless they said so."""
    st.header(title, anchor=False)
    for purpose in PURPOSES:
        is_on = stores().record.agrees(actor, client.id, purpose)
        wanted = st.toggle(say(f"clinician.use_{purpose}"), value=is_on, key=f"{key}-{purpose}-{is_on}")
        if wanted != is_on:
            agree(client, purpose, is_on=wanted)
            st.rerun()


def agree(client: Client, purpose: str, *, is_on: bool) -> None:
    """Note what was said about an optional use; somebody who tries Attune on themselves says it themselves."""
    said_by = "client" if client.agreed_by == "self_trial" else client.agreed_by
    do(lambda actor: stores().record.set_agreement(actor, client.id, purpose, is_on=is_on, said_by=said_by))


def leave_suggestions(client_id: str) -> None:
    """Turn both uses off and forget what was learned from their answers, at once."""
    do(lambda actor: stores().record.leave_suggestions(actor, client_id))


def keep_until(actor: Actor, client: Client) -> None:
    """Until when the record is kept, as the clinician writes it; nothing is ever deleted by itself."""
    st.header(say("clinician.keep_title"), anchor=False)
    kept = stores().record.kept_until(actor, client.id)
    st.text(
        say("clinician.keep_line", month=f"{kept[0]:%B %Y}", basis=kept[1]) if kept else say("clinician.keep_unset")
    )
    st.write(say("clinician.keep_hints"))
    with st.form("keep-until", border=False):
        left, middle, right = st.columns([0.28, 0.2, 0.52])
        month = left.selectbox(
            say("clinician.keep_month"), MONTHS, index=None, format_func=dates.month_name,
            placeholder=say("clinician.keep_month_hint"),
        )  # fmt: skip
        year = middle.number_input(say("clinician.keep_year"), min_value=FIRST_YEAR, max_value=LAST_YEAR, value=None)
        basis = right.text_input(say("clinician.keep_basis"), max_chars=300)
        sent = st.form_submit_button(say("clinician.keep"))
        if sent and look.is_filled(keep_month=month, keep_year=year, keep_basis=basis) and month and year:
            do(lambda a: stores().record.keep_until(a, client.id, date(int(year), month, 1), basis=basis))
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
