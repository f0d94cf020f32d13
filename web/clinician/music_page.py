"""Music: the library as a table with search, more of it, and what could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from music_library.demo.leaving import demo_files, demo_folder, leave_out
from recommender import Mood
from web.clinician import library_view, look, marking, music_filters, navigation, state
from web.clinician.access import asker
from web.clinician.first_start import choose_folder
from web.clinician.suggesting import clock, title_of
from web.components.mood_plane import mood_plane, say_place
from web.components.upload import upload
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from music_library import Track
    from practice import Actor

MOST_ROWS = 500
SOUND_FILES = ("mp3", "m4a", "aac", "flac", "ogg", "oga", "opus", "wav", "aif", "aiff", "wma")


def music_page() -> None:
    """The library."""
    actor = asker()
    st.title(say("clinician.music_title"), anchor=False)
    catalogue = stores().catalogue
    with st.container(horizontal=True, vertical_alignment="center", key="music-ways"):
        add_music()
        st.page_link(navigation.page("placing"), label=say("clinician.placing_name"))
        st.page_link(navigation.page("words"), label=say("clinician.words_name"))
        if stores().record.may_train(actor):
            st.page_link(navigation.page("training"), label=say("clinician.training_name"))
    look.trouble()
    marking.done()
    library_view.coming_in()
    count = catalogue.count()
    if count == 0:
        st.write(say("clinician.no_music"))
        if st.button(say("clinician.first_demo")):
            begin_demo()
        choose_folder("first-folder")
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
        only = music_filters.choose_filters(actor)
        if view == "map":
            show_map(words, only)
        else:
            list_found(actor, words, only)
    music_filters.show_failed()


def add_music() -> None:
    """A folder, or the demo music."""
    with st.popover(say("clinician.music_add"), type="primary"):
        choose_folder()
        add_song()
        if demo_files(stores().home) and not library_view.is_coming_in():
            st.button(say("clinician.demo_out"), help=say("clinician.demo_out_means"), on_click=take_demo_out)


def take_demo_out() -> None:
    """Take the demo music out of the library; it can be made again."""
    asker()
    leave_out(stores().home)
    refused = library_view.start_scan(str(demo_folder(stores().home)))
    if refused:
        st.session_state[state.TROUBLE] = refused


def begin_demo() -> None:
    """Make the demo music."""
    refused = library_view.start_demo()
    if refused:
        look.notice(refused, key="demo")
    else:
        st.rerun()


def show_map(words: str, only: Any) -> None:
    """Where the library has music and where it has none; of what was searched for, if anything was."""
    st.write(say("clinician.map_music_means"))
    dots = library_view.dots_found(words, only)
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


def list_found(actor: Actor, words: str, only: Any) -> None:
    """The tracks that go by what was typed and chosen; several can be marked at once."""
    catalogue = stores().catalogue
    tracks = [track for track in catalogue.tracks(words=words, only=only, limit=MOST_ROWS) if not track.error]
    if words.strip() or only is not None:
        look.quiet(say("mood.music_found", n=catalogue.count(words=words, only=only)), key="count")
    else:
        look.quiet(
            say("clinician.music_count", n=catalogue.counts().ready, hours=f"{library_view.hours():.1f}"), key="count"
        )
    if not tracks:
        st.write(say("clinician.music_none_found"))
        return
    heard = catalogue.heard_by(actor.account_id, [track.id for track in tracks])
    picked = st.dataframe(
        [row_of(track, is_heard=track.id in heard) for track in tracks],
        hide_index=True,
        height=min(640, 38 + 35 * len(tracks)),
        key="music-table",
        on_select="rerun",
        selection_mode="multi-row",
    )
    if len(tracks) == MOST_ROWS:
        look.quiet(say("clinician.music_shown", n=MOST_ROWS), key="shown")
    chosen = [tracks[row] for row in picked.selection.rows if row < len(tracks)]
    if st.checkbox(say("mood.choose_all"), key=state.MUSIC_ALL):
        with_chosen(catalogue.ids(words=words, only=only), None)
    elif chosen:
        with_chosen([track.id for track in chosen], chosen[0] if len(chosen) == 1 else None)
    else:
        look.quiet(say("mood.choose_how"), key="choose-how")


def with_chosen(track_ids: list[str], one: Track | None) -> None:
    """What can be done with the chosen songs: open the one, or mark all of them."""
    with st.container(key="card-picked"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(title_of(one) if one else say("mood.chosen", n=len(track_ids)), width="stretch")
            if one and st.button(say("clinician.open"), type="primary"):
                navigation.go_to("song", song=one.id)
        if one is None:
            marking.mark_many(track_ids)
        marking.write_into_files(track_ids, key="chosen")


def row_of(track: Track, *, is_heard: bool) -> dict[str, Any]:
    """One track as a row of the table; what is not known stays empty."""
    mood = None if track.valence is None or track.arousal is None else Mood(track.valence, track.arousal)
    return {
        say("clinician.music_columns_title"): title_of(track),
        say("clinician.music_columns_artist"): track.artist,
        say("clinician.music_columns_mood"): say_place(mood) if mood else None,
        say("clinician.music_columns_minutes"): clock(track.duration_s) if track.duration_s else None,
        say("clinician.music_columns_tempo"): round(track.tempo_bpm) if track.tempo_bpm else None,
        say("clinician.music_columns_key"): track.key,
        say("clinician.music_columns_source"): say(f"clinician.source_{track.mood_source}") if mood else None,
        say("mood.column_words"): words_of(track),
        say("mood.column_heard"): say("mood.option_yes") if is_heard else "",
        say("clinician.music_columns_album"): track.album,
    }


def words_of(track: Track) -> str:
    """What is known of the words; empty where nobody has checked them."""
    if track.instrumental:
        return say("mood.option_instrumental")
    return say("mood.words_are_checked") if track.words_checked else ""
