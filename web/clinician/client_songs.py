"""The songs that mean something to a client, and what must never play."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from web.clinician import look, suggesting
from web.clinician.access import do
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client
    from practice.safety import AvoidEntry

MARKS = ("loved", "known_well", "safe", "painful", "rest", "private")
FOUND = 12


def songs_part(actor: Actor, client: Client) -> None:
    """The songs that mean something to them, and what must never play."""
    protection = stores().record.protection(actor, client.id)
    marked: dict[str, frozenset[str]] = {name: getattr(protection.marks, name, frozenset()) for name in MARKS}
    if not any(marked.values()):
        st.write(say("clinician.client_songs_empty"))
    add_song(client)
    for name in MARKS:
        if marked[name]:
            st.header(say(f"clinician.mark_{name}"), anchor=False)
            for track in stores().catalogue.tracks_by_id(sorted(marked[name])):
                with look.row(f"mark-{name}-{track.id}"):
                    st.text(named(track), width="stretch")
                    st.button(
                        say("clinician.take_off"),
                        key=f"unmark-{name}-{track.id}",
                        on_click=unmark,
                        args=(client.id, track.id, name),
                    )
    to_find = [song for song in stores().record.story(actor, client.id) if song.track_id is None]
    if to_find:
        st.header(say("clinician.mark_to_find"), anchor=False)
        look.quiet(say("clinician.to_find_means"), key="to-find")
        for song in to_find:
            with look.row(f"find-{song.id}"):
                st.text(f"{song.title} · {song.artist}" if song.artist else song.title, width="stretch")
    st.header(say("clinician.avoid_title"), anchor=False)
    for entry in client.avoid:
        with look.row(f"avoid-{entry.id}"):
            st.text(avoid_says(entry), width="stretch")
            st.button(say("clinician.take_off"), key=f"allow-{entry.id}", on_click=allow, args=(client.id, entry.id))
    if "avoid" in protection.not_known:
        look.notice(say("clinician.avoid_not_known"), key="avoid-not-known")
        st.button(say("clinician.avoid_now_known"), on_click=avoid_is_known, args=(client.id, client.version))
    with st.form("avoid", border=False, clear_on_submit=True):
        words = st.text_input(say("clinician.avoid_ask"), max_chars=300)
        if st.form_submit_button(say("clinician.avoid_add")) and look.is_filled(avoid_ask=words):
            do(lambda asked_by: stores().record.avoid(asked_by, client.id, "words", words))
            st.rerun()


def add_song(client: Client) -> None:
    """Find a song of the library and say what it is to them."""
    with st.container(key="card-add-song"):
        words = st.text_input(say("clinician.song_find"), key=f"find-{client.id}")
        if not words.strip():
            return
        found = {track.id: track for track in stores().catalogue.tracks(words=words, limit=FOUND)}
        if not found:
            st.write(say("clinician.music_none_found"))
            return
        chosen = st.selectbox(
            say("clinician.song_choose"), list(found), format_func=lambda track_id: named(found[track_id])
        )
        mark = st.segmented_control(
            say("clinician.song_is"),
            MARKS,
            default="loved",
            required=True,
            format_func=lambda name: say(f"clinician.mark_{name}"),
        )
        with st.container(horizontal=True):
            if st.button(say("clinician.song_add"), type="primary"):
                track = found[chosen]
                title, artist = suggesting.title_of(track), track.artist or ""
                do(
                    lambda asked_by: stores().record.mark_song(
                        asked_by, client.id, track.id, mark, title=title, artist=artist
                    )
                )
                st.rerun()
            if st.button(say("clinician.avoid_song")):
                do(lambda asked_by: stores().record.avoid(asked_by, client.id, "track", chosen))
                st.rerun()


def avoid_is_known(client_id: str, version: int) -> None:
    """Somebody has asked by now: what they must not hear is on the list."""
    do(lambda actor: stores().record.change_client(actor, client_id, version=version, avoid_known=True))


def named(track: Any) -> str:
    """A song as one line."""
    title = suggesting.title_of(track)
    return f"{title} · {track.artist}" if track.artist else title


def avoid_says(entry: AvoidEntry) -> str:
    """An entry of the avoid list in words."""
    value = entry.value
    if entry.kind == "track":
        found = stores().catalogue.tracks_by_id([entry.value])
        value = named(found[0]) if found else say("clinician.avoid_lost")
    return say(f"clinician.avoid_{entry.kind}", value=value, low=entry.low, high=entry.high)


def unmark(client_id: str, track_id: str, mark: str) -> None:
    """Take a mark off a song."""
    do(lambda actor: stores().record.unmark_song(actor, client_id, track_id, mark))


def allow(client_id: str, entry_id: str) -> None:
    """Take an entry off the avoid list."""
    do(lambda actor: stores().record.stop_avoiding(actor, client_id, entry_id))
