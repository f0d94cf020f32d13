"""Everything else about a client: what is limited and why, what upset them, who may open the record, how it ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

import streamlit as st

from practice.errors import PracticeError
from practice.goals import REPORTING_ITEMS
from web.clinician import dates, look, navigation
from web.clinician.access import do
from web.clinician.client_agreements import optional_uses
from web.clinician.client_limits import limits_part
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.access import Access
    from practice.clients import Client
    from practice.upset_forms import UpsetForm


def everything_part(actor: Actor, client: Client) -> None:
    """What is needed now and then, folded but for the limits."""
    st.header(say("clinician.limits_title"), anchor=False)
    limits_part(actor, client)
    st.header(say("clinician.history_title"), anchor=False)
    if st.button(say("clinician.card_go")):
        navigation.go_to("card", client=client.id)
    upset = stores().record.upset_forms(actor, client.id)
    with st.expander(say("clinician.upset_forms", n=len(upset))):
        for form in upset:
            st.text("\n".join(upset_lines(form)))
    with st.expander(say("clinician.uses_history")):
        history = stores().record.agreements(actor, client.id)
        lines = [
            say(
                f"clinician.agreement_{'on' if one.is_on else 'off'}",
                what=say(f"clinician.use_{one.purpose}"),
                who=say(f"clinician.agreed_{one.said_by}"),
                day=dates.day(one.at),
            )
            for one in history
        ]
        st.text("\n".join(lines) or say("clinician.uses_history_empty"))
    with st.expander(say("clinician.access_title")):
        access(actor, client)
    with st.expander(say("clinician.reporting_title")):
        reporting(actor, client)
    if client.ended_at is None:
        with st.expander(say("clinician.ending_title")):
            ending(actor, client)


def upset_lines(form: UpsetForm) -> list[str]:
    """One form: when, and whatever was written."""
    written = {name: getattr(form, name) for name in ("playing", "place", "seen", "helped", "done")}
    return [
        dates.moment(form.written_at),
        *(f"{say(f'clinician.upset_{name}')} {text}" for name, text in written.items() if text),
    ]


def access(actor: Actor, client: Client) -> None:
    """Who can or could open this record; cover by name, and handing on."""
    record = stores().record
    given = record.who_has_access(actor, client.id)
    for one in given:
        with look.row(f"access-{one.id}"):
            st.text(access_says(one), width="stretch")
            if one.kind == "cover" and is_now(one):
                st.button(say("clinician.cover_end"), key=f"end-{one.id}", on_click=end_cover, args=(client.id, one.id))
    colleagues = dict(record.colleagues(actor))
    if not colleagues:
        look.quiet(say("clinician.colleagues_none"), key="colleagues-none")
        return
    with st.form(f"cover-{len(given)}", border=False):
        left, middle, right = st.columns([0.3, 0.25, 0.45])
        who = left.selectbox(
            say("clinician.cover_who"), list(colleagues), index=None, format_func=colleagues.__getitem__
        )
        until: date | None = middle.date_input(say("clinician.cover_until"), value=None, format="DD/MM/YYYY")
        reason = right.text_input(say("clinician.cover_why"), max_chars=300)
        with st.container(horizontal=True):
            cover = st.form_submit_button(say("clinician.cover_give"))
            hand_on = st.form_submit_button(say("clinician.hand_on"))
    if cover and look.is_filled(cover_who=who, cover_until=until) and who and until:
        last = datetime.combine(until, time(23, 59), tzinfo=dates.local(datetime.now(UTC)).tzinfo).astimezone(UTC)
        do(lambda a: stores().record.give_cover(a, client.id, who, until=last, reason=reason))
        st.rerun()
    if hand_on and look.is_filled(cover_who=who) and who:
        do(lambda a: stores().record.hand_on(a, client.id, who))
        st.rerun()


def is_now(one: Access) -> bool:
    """Whether it holds still."""
    return one.until is None or one.until > datetime.now(UTC)


def access_says(one: Access) -> str:
    """One way in: whose, since when, until when and why."""
    until = say("clinician.access_until", day=dates.day(one.until)) if one.until else ""
    parts = (one.account_name, say(f"clinician.access_{one.kind}"), dates.day(one.since), until, one.reason)
    return "  ·  ".join(part for part in parts if part)


def end_cover(client_id: str, access_id: str) -> None:
    """End a colleague's cover at once."""
    do(lambda actor: stores().record.end_cover(actor, client_id, access_id))


def reporting(actor: Actor, client: Client) -> None:
    """The seven items by which others can tell what was done; they go out with every export."""
    st.write(say("clinician.reporting_means"))
    written = stores().record.reporting(actor, client.id)
    with st.form("reporting", border=False):
        texts = {
            item: st.text_area(say(f"clinician.reporting_{item}"), value=written[item], max_chars=4000, height=80)
            for item in REPORTING_ITEMS
        }
        if not st.form_submit_button(say("clinician.keep")):
            return
    for item, text in texts.items():
        if text != written[item]:
            write_item(client.id, item, text)
    st.rerun()


def write_item(client_id: str, item: str, text: str) -> None:
    """Keep one of the seven items."""
    do(lambda actor: stores().record.write_reporting(actor, client_id, item, text))


def ending(actor: Actor, client: Client) -> None:
    """Close the therapy: the optional uses are asked about once more, then nothing can be started any more."""
    st.write(say("clinician.ending_means"))
    optional_uses(actor, client, title=say("clinician.ending_ask_again"), key="ending")
    words = st.text_area(say("clinician.ending_words"), max_chars=4000, height=80)
    asked = st.checkbox(say("clinician.ending_asked"))
    if st.button(say("clinician.ending_go")):
        try:
            stores().record.end_therapy(actor, client.id, words=words, asked_again=asked)
        except PracticeError as error:
            look.notice(str(error), key="ending")
            return
        st.rerun()
