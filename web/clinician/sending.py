"""A list becomes a plan, and a plan reaches a tablet: by link, numbers and a picture of the link."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import segno
import streamlit as st

from music_library.errors import LibraryError
from practice.errors import PlanStateError, PracticeError
from practice.scales import shipped_scales
from web.clinician import library_view, look, navigation, state
from web.clinician.suggesting import title_of
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from practice import Actor
    from practice.group_seats import OpenedSeat
    from practice.plan_copies import Plan
    from practice.sessions import StartedSession
    from recommender import Playlist
    from web.clinician.suggesting import Wish


NAMED_AWAY = 3
"""So many missing songs are named."""


def draft(actor: Actor, client_id: str | None, playlist: Playlist, wish: Wish) -> Plan:
    """Keep the list as a draft, with a copy of every track of its list and pool."""
    tracks = library_view.tracks_of(playlist).values()
    return stores().record.draft_plan(
        actor,
        client_id,
        playlist,
        tracks,
        model_id=library_view.model_id(tracks),
        present_word=wish.present.word or "",
        target_word=wish.target.word or "",
        strand=wish.strand,
    )


def require_files(track_ids: Iterable[str]) -> None:
    """See that every song of a list can be played now: a missing disk must not end in a silent session.

    Raises
    ------
    PlanStateError
        If files are not where they were; it names the first of them.
    """
    away = []
    for track_id in track_ids:
        try:
            stores().catalogue.file_of(track_id)
        except LibraryError:
            away.append(track_id)
    if away:
        tracks = stores().catalogue.tracks_by_id(away[:NAMED_AWAY])
        names = ", ".join(f"“{title_of(track)}”" for track in tracks)
        key = "files_away_one" if len(away) == 1 else "files_away"
        raise PlanStateError(say(f"clinician.{key}", n=len(away), names=names))


def choose_scale() -> None:
    """Which scale the room asks with, where the clinic has brought one of its own; else the preset says it."""
    own = {scale.id: scale for scale in stores().record.scales() if scale.id not in shipped_scales()}
    if own:
        st.selectbox(
            say("clinician.scale_ask"),
            [None, *own],
            format_func=lambda name: say("clinician.scale_usual") if name is None else own[name].title,
            key=state.SCALE,
            width=280,
        )


def send_to_tablet(actor: Actor, client_id: str, playlist: Playlist, wish: Wish) -> None:
    """Let the list be opened on another device."""
    with st.popover(say("clinician.send_tablet")):
        sent: tuple[str, StartedSession] | None = st.session_state.get(state.SENT)
        if sent is not None and sent[0] == client_id:
            show_link(sent[1])
            return
        how = st.radio(
            say("clinician.send_ask"), ("present", "alone"), format_func=lambda name: say(f"clinician.send_{name}")
        )
        if not st.button(say("clinician.send_make"), type="primary"):
            return
        try:
            require_files(playlist.track_ids())
            plan = draft(actor, client_id, playlist, wish)
            stores().record.approve(actor, plan.id, present=how == "present")
            started = stores().record.start_session(
                actor, plan.id, with_client=how == "present", by_link=True, scale=st.session_state.get(state.SCALE)
            )
        except PracticeError as error:
            look.notice(str(error), key="send")
            return
        st.session_state[state.SENT] = (client_id, started)
        show_link(started)


def show_link(started: StartedSession | OpenedSeat, *, key: str = "") -> None:
    """The link, its numbers and its picture."""
    link = f"{public_url()}/room/enter/{started.link_token}"
    st.write(say("clinician.send_link"))
    st.code(link, language=None, wrap_lines=True)
    st.image(segno.make(link, error="m").svg_data_uri(scale=5, border=2, light="#ffffff", dark="#1b1b1b"), width=220)
    st.markdown(say("clinician.send_pin", pin=started.pin))
    look.quiet(say("clinician.send_once"), key=f"send-once{key}")
    if not key:  # one client's; a group is watched on its own page
        st.page_link(navigation.page("live"), label=say("clinician.send_watch"))
    if is_this_computer_only(link):
        look.quiet(say("clinician.send_loopback"), key=f"send-loopback{key}")


def public_url() -> str:
    """How this server is reached."""
    return (stores().settings.public_url or "").rstrip("/")


def is_this_computer_only(link: str) -> bool:
    """Whether no other device can open the link."""
    host = urlsplit(link).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")
