"""Music: the library as a table with search, more of it, and what could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from recommender import Mood
from web.clinician import library_view, look, navigation, state
from web.clinician.access import asker
from web.clinician.first_start import choose_folder
from web.clinician.suggesting import clock, title_of
from web.components.mood_plane import mood_plane, say_place
from web.components.upload import upload
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from music_library import Track

MOST_ROWS = 500
SOUND_FILES = ("mp3", "m4a", "aac", "flac", "ogg", "oga", "opus", "wav", "aif", "aiff", "wma")


def music_page() -> None:
    """The library."""
    actor = asker()
    st.title(say("clinician.music_title"), anchor=False)
    catalogue = stores().catalogue
    with st.container(horizontal=True, vertical_alignment="center"):
        add_music()
        if stores().record.may_train(actor):
            st.page_link(navigation.page("training"), label=say("clinician.training_name"))
    library_view.coming_in()
    count = catalogue.count()
    if count == 0:
        st.write(say("clinician.no_music"))
    else:
        view = st.segmented_control(
            say("clinician.music_view"),
            ("table", "map"),
            key=state.MUSIC_VIEW,
            default="table",
            required=True,
            format_func=lambda name: say(f"clinician.music_view_{name}"),
            label_visibility="collapsed",
        )
        words = st.text_input(
            say("clinician.music_search"),
            key=state.MUSIC_SEARCH,
            placeholder=say("clinician.music_search"),
            label_visibility="collapsed",
        )
        if view == "map":
            show_map(words)
        else:
            list_found(words, count)
    show_failed()


def add_music() -> None:
    """A folder, or the demo music."""
    with st.popover(say("clinician.music_add"), type="primary"):
        choose_folder()
        add_song()
        if stores().catalogue.count() == 0 and st.button(say("clinician.first_demo")):
            refused = library_view.start_demo()
            if refused:
                look.notice(refused, key="demo")


def show_map(words: str) -> None:
    """Where the library has music and where it has none; of what was searched for, if anything was."""
    st.write(say("clinician.map_music_means"))
    dots = library_view.dots_of_words(words)
    if not dots.at:
        st.write(say("clinician.music_none_found"))
    mood_plane(key="music-map", present=None, target=None, library=dots.at, labels=dots.labels, reach=dots.reach)


def add_song() -> None:
    """One file, for the song that a client names in the room."""
    files = upload(say("clinician.music_add_one"), endings=SOUND_FILES, key="one-song")
    if files is None or not st.button(say("clinician.music_add_one_go")):
        return
    asker()
    refused = library_view.add_file(files.name, files.getvalue())
    if refused:
        look.notice(refused, key="song")
    else:
        st.write(say("clinician.folder_added"))


def list_found(words: str, count: int) -> None:
    """The tracks that go by what was typed."""
    tracks = [track for track in stores().catalogue.tracks(words=words, limit=MOST_ROWS) if not track.error]
    look.quiet(say("clinician.music_count", n=count, hours=f"{library_view.hours():.1f}"), key="count")
    if not tracks:
        st.write(say("clinician.music_none_found"))
        return
    picked = st.dataframe(
        [row_of(track) for track in tracks],
        hide_index=True,
        height=min(640, 38 + 35 * len(tracks)),
        key="music-table",
        on_select="rerun",
        selection_mode="single-row",
    )
    rows = picked.selection.rows
    if rows and rows[0] < len(tracks):
        track = tracks[rows[0]]
        with st.container(horizontal=True, vertical_alignment="center", key="card-picked"):
            st.text(title_of(track), width="stretch")
            if st.button(say("clinician.open"), type="primary"):
                navigation.go_to("song", song=track.id)
    if len(tracks) == MOST_ROWS:
        look.quiet(say("clinician.music_shown", n=MOST_ROWS), key="shown")


def row_of(track: Track) -> dict[str, Any]:
    """One track as a row of the table; what is not known stays empty."""
    mood = None if track.valence is None or track.arousal is None else Mood(track.valence, track.arousal)
    return {
        say("clinician.music_columns_title"): title_of(track),
        say("clinician.music_columns_artist"): track.artist,
        say("clinician.music_columns_album"): track.album,
        say("clinician.music_columns_minutes"): clock(track.duration_s) if track.duration_s else None,
        say("clinician.music_columns_tempo"): round(track.tempo_bpm) if track.tempo_bpm else None,
        say("clinician.music_columns_key"): track.key,
        say("clinician.music_columns_mood"): say_place(mood) if mood else None,
        say("clinician.music_columns_source"): say(f"clinician.source_{track.mood_source}") if mood else None,
    }


def show_failed() -> None:
    """What could not be read, why, and what to do."""
    failed = stores().catalogue.tracks(failed=True, limit=MOST_ROWS)
    if not failed:
        return
    st.header(say("clinician.music_failed_title"), anchor=False)
    st.dataframe(
        [
            {
                say("clinician.music_columns_path"): str(track.path),
                say("clinician.music_columns_reason"): track.error,
            }
            for track in failed
        ],
        hide_index=True,
    )
