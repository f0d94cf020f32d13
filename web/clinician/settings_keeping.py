"""Agreements and retention for the whole site: who the clinic is, records whose month has come, and erasing one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from practice.errors import PracticeError
from web.clinician import dates, look, navigation
from web.clinician.access import asker, do
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor

NATIONS = ("england", "scotland", "wales", "northern_ireland")
PLAIN_TEXTS = ("clinic", "clinic_contact")


def keeping_part(actor: Actor) -> None:
    """The clinic's own texts, records to look at, and erasing."""
    st.write(say("clinician.keeping_means"))
    reminders = stores().record.retention_reminders(actor)
    st.header(say("clinician.keeping_due"), anchor=False)
    if not reminders:
        st.write(say("clinician.keeping_none_due"))
    for reminder in reminders:
        with look.row(f"due-{reminder.client_id}"):
            line = say("clinician.today_kept_until", code=reminder.code, basis=reminder.basis)
            st.text(f"{line} ({dates.month(reminder.keep_until)})", width="stretch")
            if st.button(say("clinician.open"), key=f"due-{reminder.client_id}"):
                navigation.go_to("client", client=reminder.client_id)
    site(actor)
    if "administrator" in actor.roles:
        erasing()


def site(actor: Actor) -> None:
    """Who the clinic is and where, as clients read it."""
    record = stores().record
    st.header(say("clinician.site_title"), anchor=False)
    now = {name: record.site_text(name) or "" for name in (*PLAIN_TEXTS, "nation", "sees_children")}
    may = "administrator" in actor.roles
    if not may:
        look.quiet(say("clinician.site_administrator"), key="site")
    with st.form("site", border=False):
        wanted = {
            name: st.text_input(say(f"clinician.site_{name}"), value=now[name], max_chars=300, disabled=not may)
            for name in PLAIN_TEXTS
        }
        wanted["nation"] = st.selectbox(
            say("clinician.site_nation"),
            NATIONS,
            index=NATIONS.index(now["nation"]) if now["nation"] in NATIONS else 0,
            format_func=lambda name: say(f"clinician.nation_{name}"),
            disabled=not may,
        )
        children = st.checkbox(say("clinician.site_children"), value=now["sees_children"] == "yes", disabled=not may)
        wanted["sees_children"] = "yes" if children else "no"
        if not st.form_submit_button(say("clinician.keep"), disabled=not may):
            return
    for name, text in wanted.items():
        if text != now[name]:
            write(name, text)
    st.rerun()


def write(name: str, text: str) -> None:
    """Keep one text of the site."""
    do(lambda actor: stores().record.write_site_text(actor, name, text))


def erasing() -> None:
    """Erase one client's whole record; by code, with a reason, and after a second press."""
    with st.expander(say("clinician.erase_title")):
        st.write(say("clinician.erase_means"))
        with st.form("erase", border=False):
            code = st.text_input(say("clinician.emergency_code"), max_chars=20)
            reason = st.text_input(say("clinician.erase_why"), max_chars=500)
            sure = st.checkbox(say("clinician.erase_sure"))
            pressed = st.form_submit_button(say("clinician.erase_go"))
        if not pressed:
            return
        if not sure:
            look.notice(say("clinician.erase_not_sure"), key="erase")
            return
        try:
            erased = stores().record.erase_record(asker(), code, reason=reason)
        except PracticeError as error:
            look.notice(str(error), key="erase")
            return
        look.notice(say("clinician.erase_done", rows=erased.rows, sha256=erased.sha256), key="erase")
