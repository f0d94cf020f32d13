"""A session that goes on, on another device: quiet, no charts, and a Stop."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from practice.errors import PracticeError
from web.clinician import joining_in, look, navigation, session_words, state, suggesting
from web.clinician.access import asker, watcher
from web.components.live_room import LiveSong, Marked, live_room
from web.serving import stores
from web.words import say

REFRESH_S = 2.0


def live_page() -> None:
    """Watch one open session, or say that there is none."""
    actor = asker()
    st.title(say("clinician.live_name"), anchor=False)
    look.trouble()
    record = stores().record
    session_id = navigation.asked_for("session") or next((s.id for s in record.open_sessions(actor)), "")
    if not session_id:
        st.write(say("clinician.live_none"))
        return
    try:
        session = record.session(actor, session_id)
        plan = record.plan(actor, session.plan_id)
        client = record.client(actor, session.client_id) if session.client_id else None
    except PracticeError as error:
        # A trial is gone as soon as it has ended.
        is_over = st.session_state.pop(state.ENDED, None) == session_id
        look.notice(say("clinician.live_trial_over") if is_over else str(error), key="live")
        return
    if client is not None:
        look.quiet(f"{client.code} · {client.sign}", key=f"live-{look.of_client(client)}")
    tracks = {track.id: track for track in stores().catalogue.tracks_by_id(list(plan.songs))}
    songs = {
        song.id: LiveSong(
            song.title or song.id,
            suggesting.facts_of(tracks[song.id]) if song.id in tracks else suggesting.clock(song.duration_s),
            song.duration_s,
            joining_in.hint(tracks[song.id].key) if song.id in tracks else "",
        )
        for song in plan.songs.values()
    }
    watch(session_id, songs)
    with st.container(horizontal=True):
        if client is not None and st.button(say("clinician.live_write_up")):
            navigation.go_to("after", session=session_id)
        if session.is_open:
            st.button(say("clinician.live_end"), on_click=end, args=(session_id,))


@st.fragment(run_every=REFRESH_S)
def watch(session_id: str, songs: Mapping[str, LiveSong]) -> None:
    """What goes on, asked again every two seconds."""
    actor = watcher(session_id)
    try:
        session = stores().record.session(actor, session_id)
        facts = stores().record.facts(actor, session_id)
        order = stores().record.room_order(actor, session_id)
    except PracticeError as error:
        look.notice(str(error), key="watch")
        return
    live_room(
        session_id,
        session_words.live_state(session, facts, order),
        songs=songs,
        on_marked=lambda marked: mark(session_id, marked),
    )


def mark(session_id: str, marked: Marked) -> None:
    """Keep a moment."""
    actor = asker()
    try:
        stores().record.mark_moment(
            actor, session_id, track_id=marked.track_id, position_s=marked.position_s, text=marked.text
        )
    except PracticeError as error:
        st.session_state[state.TROUBLE] = str(error)


def end(session_id: str) -> None:
    """End the session for everybody."""
    actor = asker()
    try:
        stores().record.end_session(actor, session_id)
        st.session_state[state.ENDED] = session_id
    except PracticeError as error:
        st.session_state[state.TROUBLE] = str(error)
