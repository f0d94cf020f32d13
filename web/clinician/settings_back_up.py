"""Back-up: when the last one was made, making one, and having one brought back at the next start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from practice.errors import PracticeError
from web.clinician import dates, look, state
from web.clinician.access import asker, do
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor


def back_up_part(actor: Actor) -> None:
    """The last back-up, for everyone; making one and bringing one back, for an administrator."""
    record = stores().record
    last = record.last_backup()
    if last is None:
        look.notice(say("clinician.back_up_never"), key="back-up")
    else:
        st.text(say("clinician.back_up_last", day=dates.moment(last)))
    st.write(say("clinician.back_up_means"))
    kept = "server" if stores().settings.record_file is None else "plain" if record.key is None else "encrypted"
    look.quiet(say(f"clinician.back_up_{kept}"), key="kept")
    if "administrator" not in actor.roles:
        look.quiet(say("clinician.back_up_administrator"), key="administrator")
        return
    make_one()
    bring_back(actor)
    with st.expander(say("clinician.back_up_command_title")):
        st.write(say("clinician.back_up_command"))
        st.code(f"attune backup --home {stores().home} FILE", language=None, wrap_lines=True)


def make_one() -> None:
    """Write a back-up into a folder of this computer."""
    made = st.session_state.pop(state.BACKUP_MADE, None)
    # Always there, filled or not: what is unfolded below keeps its place, and stays unfolded.
    said = st.container()
    if made is not None:
        with said:
            look.quiet(say("clinician.back_up_made", file=made), key="made")
    with st.form("back-up", border=False):
        folder = st.text_input(say("clinician.back_up_folder"), placeholder=say("clinician.back_up_folder_help"))
        if not st.form_submit_button(say("clinician.back_up_make"), type="primary"):
            return
    try:
        summary = stores().record.make_backup(
            asker(), stores().home, Path(folder.strip()), servers=stores().settings.servers
        )
    except PracticeError as error:
        with said:
            look.notice(str(error), key="not-made")
        return
    st.session_state[state.BACKUP_MADE] = str(summary.file)
    st.rerun()


def bring_back(actor: Actor) -> None:
    """Check a back-up, and put it in place of what is here when Attune starts the next time."""
    waiting = stores().record.waiting_backup(actor, stores().home)
    if waiting is not None:
        look.notice(say("clinician.bring_back_waits", file=waiting.file), key="waits")
        st.button(say("clinician.bring_back_not"), on_click=take_back)
        return
    with st.expander(say("clinician.bring_back_title")):
        if stores().settings.servers:
            st.write(say("clinician.bring_back_server"))
        else:
            choose_one()


def choose_one() -> None:
    """Which back-up, why, and whether it is meant."""
    st.write(say("clinician.bring_back_means"))
    with st.form("bring-back", border=False):
        file = st.text_input(say("clinician.bring_back_file"))
        reason = st.text_input(say("clinician.bring_back_why"), max_chars=500)
        sure = st.checkbox(say("clinician.bring_back_sure"))
        if not st.form_submit_button(say("clinician.bring_back_go")):
            return
    if not sure:
        look.notice(say("clinician.bring_back_not_sure"), key="bring-back")
        return
    try:
        stores().record.bring_back(asker(), stores().home, Path(file.strip()), reason=reason)
    except PracticeError as error:
        look.notice(str(error), key="bring-back")
        return
    st.rerun()


def take_back() -> None:
    """Have the next start bring back nothing."""
    do(lambda actor: stores().record.take_back_bring_back(actor, stores().home))
