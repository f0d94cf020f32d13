"""One song: how it sounds, what a person hears in it, and what its words are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from music_library.errors import LibraryError
from recommender import Mood
from web.clinician import look, navigation, state, suggesting
from web.clinician.access import asker
from web.components.mood_plane import Chosen, PathSong, Placed, mood_plane, say_place
from web.components.plan_chart import SongRow, plan_chart
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from music_library import Track
    from practice import Actor

THEMES = ("loss", "love_ending", "war", "faith", "drink_or_drugs", "harm", "swearing", "other")


def song_page() -> None:
    """Let the clinician hear one song and put right what the estimate got wrong."""
    actor = asker()
    try:
        track = stores().catalogue.track(navigation.asked_for("song"))
    except LibraryError as error:
        st.title(say("clinician.song_name"), anchor=False)
        look.notice(str(error), key="song")
        return
    st.title(say("clinician.song_name"), anchor=False)
    look.trouble()
    plan_chart([row_of(track)], key=f"song-{track.id}", actions=("hear",))
    if track.error:
        look.notice(track.error, key="song-error")
        return
    with st.container(key="side-by-side"):
        left, right = st.columns([0.6, 0.4], gap="medium")
    with left:
        sounds_like(track)
    with right:
        tempo(track)
        words(actor, track)


def row_of(track: Track) -> SongRow:
    """The song as a row that can be heard."""
    mood = Mood(track.valence or 0.0, track.arousal or 0.0)
    spread = (track.valence_sd or 0.0, track.arousal_sd or 0.0)
    knows = track.valence is not None
    return SongRow(
        id=track.id,
        n=1,
        title=suggesting.title_of(track),
        artist=track.artist or "",
        facts=suggesting.facts_of(track),
        why=suggesting.spread_says(mood, *spread) if knows else "",
        badges=tuple(suggesting.badges_of((), track)),
        at=(mood.valence, mood.arousal),
        spread=(1.28 * spread[0], 1.28 * spread[1]),
        spread_says=suggesting.spread_says(mood, *spread) if knows else "",
    )


def sounds_like(track: Track) -> None:
    """The map with our guess and the clinician's place."""
    st.header(say("clinician.song_sounds"), anchor=False)
    st.write(say("clinician.song_sounds_means"))
    guess = None
    if track.estimated_valence is not None and track.estimated_arousal is not None:
        guess = Mood(track.estimated_valence, track.estimated_arousal)
    is_said = track.mood_source == "correction" and track.valence is not None and track.arousal is not None
    own = st.session_state.get(state.OWN_PLACE, {}).get(track.id)
    if own is None and is_said:
        own = Placed(Mood(track.valence or 0.0, track.arousal or 0.0))
    mood_plane(
        key=f"song-map-{track.id}",
        present=None,
        target=own,
        path=[PathSong(guess, track.valence_sd or 0.3, track.arousal_sd or 0.2)] if guess else (),
        path_says=say("clinician.song_guess", word=say_place(guess)) if guess else "",
        on_chosen=lambda chosen: place(track.id, chosen),
        only_target=True,
    )
    with st.container(horizontal=True):
        unsaved = own is not None and not (is_said and own.mood == Mood(track.valence or 0.0, track.arousal or 0.0))
        st.button(
            say("clinician.song_keep"), type="primary", disabled=not unsaved, on_click=keep_place, args=(track.id,)
        )
        if is_said:
            st.button(say("clinician.song_take_back"), on_click=take_back, args=(track.id, ("valence", "arousal")))


def place(track_id: str, chosen: Chosen) -> None:
    """Hold the place that was pressed until it is kept."""
    asker()
    if chosen.placed is not None:
        st.session_state.setdefault(state.OWN_PLACE, {})[track_id] = chosen.placed


def keep_place(track_id: str) -> None:
    """Let the clinician's place stand before the estimate."""
    actor = asker()
    own: Placed = st.session_state[state.OWN_PLACE].pop(track_id)
    stores().catalogue.correct(track_id, account=actor.account_id, valence=own.mood.valence, arousal=own.mood.arousal)


def take_back(track_id: str, kinds: tuple[str, ...]) -> None:
    """Let the estimate count again."""
    actor = asker()
    st.session_state.get(state.OWN_PLACE, {}).pop(track_id, None)
    stores().catalogue.take_back(track_id, account=actor.account_id, kinds=kinds)


def tempo(track: Track) -> None:
    """The tempo, its half and its double."""
    st.header(say("clinician.song_tempo"), anchor=False)
    bpm = track.tempo_bpm
    st.text(say("clinician.facts_tempo", tempo=f"{bpm:.0f}") if bpm else say("clinician.facts_no_tempo"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if bpm:
            st.button("÷2", on_click=set_tempo, args=(track.id, bpm / 2), help=say("clinician.song_tempo_half"))
            st.button("×2", on_click=set_tempo, args=(track.id, bpm * 2), help=say("clinician.song_tempo_double"))
        typed = st.number_input(
            say("clinician.song_tempo_type"), 20.0, 320.0, value=None, step=1.0, key=f"tempo-{track.id}"
        )
        if typed is not None:
            st.button(say("clinician.song_tempo_keep"), on_click=set_tempo, args=(track.id, typed))
        if track.heard_tempo_bpm is not None and bpm != track.heard_tempo_bpm:
            st.button(
                say("clinician.song_take_back"), key="tempo-back", on_click=take_back, args=(track.id, ("tempo_bpm",))
            )


def set_tempo(track_id: str, bpm: float) -> None:
    """Let the clinician's tempo stand before the one that was heard."""
    actor = asker()
    try:
        stores().catalogue.correct(track_id, account=actor.account_id, tempo_bpm=bpm)
    except LibraryError as error:
        st.session_state[state.TROUBLE] = str(error)


def words(actor: Actor, track: Track) -> None:
    """Whether somebody has listened to the words, and what they are about."""
    st.header(say("clinician.song_words"), anchor=False)
    options = ("none", "unchecked", "checked")
    now = "none" if track.instrumental else "checked" if track.words_checked else "unchecked"
    how = st.radio(
        say("clinician.song_words_ask"),
        options,
        index=options.index(now),
        format_func=lambda name: say(f"clinician.words_{name}"),
    )
    themes = st.pills(
        say("clinician.song_themes"),
        THEMES,
        selection_mode="multi",
        default=[name for name in THEMES if say(f"clinician.theme_{name}") in track.themes],
        format_func=lambda name: say(f"clinician.theme_{name}"),
        disabled=how == "none",
    )
    heard = track.id in stores().catalogue.heard_by(actor.account_id, [track.id])
    is_heard = st.checkbox(say("clinician.song_heard"), value=heard)
    if st.button(say("clinician.song_keep"), key="keep-words", type="primary"):
        stores().catalogue.mark(
            [track.id],
            account=actor.account_id,
            voice="instrumental" if how == "none" else "sung",
            words_checked=how == "checked",
            themes=[say(f"clinician.theme_{name}") for name in themes] if how != "none" else [],
            heard=is_heard,
        )
        st.rerun()
