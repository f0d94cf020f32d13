"""The musical life story: songs by chapter, with who, where, and the client's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from web.clinician import look
from web.clinician.access import asker, do
from web.clinician.suggesting import title_of
from web.components.printing import print_button
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client
    from practice.goals import StorySong

CHAPTERS = ("childhood", "youth", "work_and_home", "people", "from_where", "faith", "now", "not_this_one")
FEELINGS = ("loved", "mixed", "avoid")
FOUND = 8


def story_part(actor: Actor, client: Client) -> None:
    """Show the story chapter by chapter, and let a song be added to one."""
    songs = stores().record.story(actor, client.id)
    if songs:
        with st.container(key="no-print-story", horizontal=True):
            print_button(say("clinician.story_print"))
    else:
        st.write(say("clinician.story_empty"))
    for chapter in CHAPTERS:
        of_chapter = [song for song in songs if song.chapter == chapter]
        if of_chapter:
            st.header(say(f"clinician.chapter_{chapter}"), anchor=False)
        for song in of_chapter:
            with look.row(f"story-{song.id}"):
                st.text(song_says(song), width="stretch")
                st.button(
                    say("clinician.take_off"), key=f"story-off-{song.id}", on_click=remove, args=(client.id, song.id)
                )
    add_song(client)


def add_song(client: Client) -> None:
    """One more song; where it is in the library it is tied to the recording, so that what it means to them counts."""
    # A new form once a song was added, and the same one, with all that was typed, where something is missing.
    so_far = len(stores().record.story(asker(), client.id))
    with st.container(key="card-story"), st.form(f"story-{so_far}", border=False):
        st.header(say("clinician.story_new"), anchor=False)
        top = st.columns(3)
        chapter = top[0].selectbox(
            say("clinician.story_chapter"), CHAPTERS, format_func=lambda name: say(f"clinician.chapter_{name}")
        )
        title = top[1].text_input(say("clinician.story_title"), max_chars=300)
        artist = top[2].text_input(say("clinician.story_artist"), max_chars=300)
        left, right = st.columns(2)
        who = left.text_input(say("clinician.story_who"), max_chars=300)
        place = right.text_input(say("clinician.story_place"), max_chars=300)
        words = st.text_input(say("clinician.story_their_words"), max_chars=300)
        feeling = st.radio(
            say("clinician.story_feeling"),
            FEELINGS,
            horizontal=True,
            format_func=lambda name: say(f"clinician.feeling_{name}"),
        )
        if st.form_submit_button(say("clinician.story_add"), type="primary") and look.is_filled(story_title=title):
            track = recording_of(title, artist)
            do(
                lambda asked_by: stores().record.add_to_story(
                    asked_by, client.id, chapter=chapter, feeling=feeling, title=title, artist=artist, who=who,
                    place=place, their_words=words, track_id=track.id if track else None,
                )
            )  # fmt: skip
            st.rerun()


def recording_of(title: str, artist: str) -> Any:
    """The one recording of the library that goes by this title, and by this artist if one was typed; else None."""
    found = [
        track
        for track in stores().catalogue.tracks(words=title, limit=FOUND)
        if title_of(track).casefold() == title.strip().casefold()
        and (not artist.strip() or (track.artist or "").casefold() == artist.strip().casefold())
    ]
    return found[0] if len(found) == 1 else None


def song_says(song: StorySong) -> str:
    """One song of the story in lines."""
    first = f"{song.title} · {song.artist}" if song.artist else song.title
    about = ", ".join(part for part in (song.who, song.place) if part)
    words = f"“{song.their_words}”" if song.their_words else ""
    feeling = say(f"clinician.feeling_{song.feeling}")
    return "\n".join(part for part in (f"{first} ({feeling})", about, words) if part)


def remove(client_id: str, song_id: str) -> None:
    """Take a song out of the story."""
    do(lambda actor: stores().record.remove_from_story(actor, client_id, song_id))
