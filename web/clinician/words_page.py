"""Mood words: where each stands on the map, to be moved, added to, and taken back; and how large the middle is."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from music_library import own_words
from music_library.errors import LibraryError
from recommender.errors import RecommenderError
from recommender.mood_words import CENTRE, MOOD_WORDS, MoodWord
from web import mood_words
from web.clinician import look, state, suggesting
from web.clinician.access import asker
from web.components.definitions import key_of
from web.components.mood_plane import Chosen, Placed, mood_plane
from web.components.plain_table import plain_table
from web.serving import stores
from web.words import say

NEW = ""
_CENTRES = (CENTRE, "neutral")


def words_page() -> None:
    """Show every word and let one be moved at a time."""
    asker()
    st.title(say("mood.words_title"), anchor=False)
    look.trouble()
    st.write(say("mood.words_means"))
    words = mood_words.in_use()
    names = [NEW, *sorted(name for name in words if name not in _CENTRES)]
    chosen = st.selectbox(
        say("mood.words_which"),
        names,
        index=None,
        key=state.WORD,
        format_func=lambda name: name or say("mood.words_new"),
        on_change=begin,
    )
    if chosen is not None:
        move(chosen, words)
    neutral(words)
    st.header(say("mood.words_all"), anchor=False)
    rows = [row_of(name, word) for name, word in sorted(words.items())]
    plain_table(rows, key="all-words", title=say("mood.words_all"))


def begin() -> None:
    """Another word: the place that was pressed is not its."""
    asker()
    st.session_state.pop(state.WORD_AT, None)


def move(chosen: str, known: Mapping[str, MoodWord]) -> None:
    """One word on the map."""
    name = chosen or st.text_input(say("mood.words_name"), max_chars=own_words.LONGEST_WORD)
    now = Placed(known[chosen].mood, chosen) if chosen else None
    own: Placed | None = st.session_state.get(state.WORD_AT) or now
    mood_plane(key=f"word-{key_of(chosen)}", present=None, target=own, on_chosen=place, only_target=True)
    with st.container(horizontal=True):
        is_ready = own is not None and bool(name.strip()) and own != now
        st.button(say("clinician.keep"), type="primary", disabled=not is_ready, on_click=keep, args=(name,))
        if chosen and known[chosen].source != usual_source(chosen):
            label = "words_back" if chosen in MOOD_WORDS else "words_away"
            st.button(say(f"mood.{label}"), on_click=forget, args=(chosen,))


def usual_source(name: str) -> str:
    """Where a word's usual place comes from."""
    return MOOD_WORDS[name].source if name in MOOD_WORDS else ""


def place(chosen: Chosen) -> None:
    """Hold the place that was pressed until it is kept."""
    asker()
    if chosen.placed is not None:
        st.session_state[state.WORD_AT] = chosen.placed


def keep(name: str) -> None:
    """Keep the word where it was put."""
    actor = asker()
    own: Placed = st.session_state.pop(state.WORD_AT)
    try:
        kept = own_words.set_word(stores().catalogue, name, own.mood, account=actor.account_id)
    except (LibraryError, RecommenderError) as error:
        st.session_state[state.TROUBLE] = str(error)
        return
    st.session_state[state.WORD] = kept


def forget(name: str) -> None:
    """Take the word back to its usual place, or away."""
    asker()
    own_words.forget_word(stores().catalogue, name)
    st.session_state.pop(state.WORD_AT, None)
    st.session_state[state.WORD] = name if name in MOOD_WORDS else None


def neutral(words: Mapping[str, MoodWord]) -> None:
    """How far from the centre a mood is still "in the middle"."""
    st.header(say("mood.neutral_title"), anchor=False)
    st.write(say("mood.neutral_means"))
    now = own_words.neutral_radius(words)
    radius = st.slider(
        say("mood.neutral_ask"), 0.0, own_words.LARGEST_NEUTRAL, value=float(now), step=0.01, key=f"neutral-{now}"
    )
    if radius != now:
        st.button(say("clinician.keep"), key="keep-neutral", on_click=set_neutral, args=(radius,))


def set_neutral(radius: float) -> None:
    """Keep how large the middle is."""
    actor = asker()
    try:
        own_words.set_neutral_radius(stores().catalogue, radius, account=actor.account_id)
    except LibraryError as error:
        st.session_state[state.TROUBLE] = str(error)


def row_of(name: str, word: MoodWord) -> dict[str, str]:
    """One word as a row."""
    is_own = word.source != usual_source(name)
    return {
        say("mood.words_column_word"): name,
        say("mood.words_column_feeling"): str(suggesting.of9(word.mood.valence)),
        say("mood.words_column_energy"): str(suggesting.of9(word.mood.arousal)),
        say("mood.words_column_source"): say("mood.words_yours") if is_own else word.source,
    }
