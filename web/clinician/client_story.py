"""The musical life story: songs by chapter, with who, where, and the client's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from web.clinician.access import do
from web.components.printing import print_button
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client
    from practice.goals import StorySong

CHAPTERS = ("childhood", "youth", "work_and_home", "people", "from_where", "faith", "now", "not_this_one")
FEELINGS = ("loved", "mixed", "avoid")


def story_part(actor: Actor, client: Client) -> None:
    """Show the story chapter by chapter, and let a song be added to one."""
    songs = stores().record.story(actor, client.id)
    if not songs:
        st.write(say("clinician.story_empty"))
    for chapter in CHAPTERS:
        of_chapter = [song for song in songs if song.chapter == chapter]
        if of_chapter:
            st.header(say(f"clinician.chapter_{chapter}"), anchor=False)
        for song in of_chapter:
            with st.container(horizontal=True, vertical_alignment="center", key=f"story-{song.id}"):
                st.text(song_says(song), width="stretch")
                st.button(
                    say("clinician.take_off"), key=f"story-off-{song.id}", on_click=remove, args=(client.id, song.id)
                )
    with st.container(key="card-story"), st.form("story", border=False, clear_on_submit=True):
        chapter = st.selectbox(
            say("clinician.story_chapter"), CHAPTERS, format_func=lambda name: say(f"clinician.chapter_{name}")
        )
        written = {
            name: st.text_input(say(f"clinician.story_{name}"), max_chars=300)
            for name in ("title", "artist", "who", "place", "their_words")
        }
        feeling = st.radio(
            say("clinician.story_feeling"),
            FEELINGS,
            horizontal=True,
            format_func=lambda name: say(f"clinician.feeling_{name}"),
        )
        if st.form_submit_button(say("clinician.story_add"), type="primary") and written["title"].strip():
            do(
                lambda asked_by: stores().record.add_to_story(
                    asked_by, client.id, chapter=chapter, feeling=feeling, **written
                )
            )
            st.rerun()
    if songs:
        print_button(say("clinician.story_print"))


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
