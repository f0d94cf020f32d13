"""Marks on songs, one or many at once: sung or not, language, words and what they are about, heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from music_library.errors import LibraryError
from web.clinician import look, state
from web.clinician.access import asker
from web.serving import stores
from web.words import say

THEMES = ("loss", "love_ending", "war", "faith", "drink_or_drugs", "harm", "swearing", "other")
AS_IT_IS = "as_it_is"
YES_NO = (AS_IT_IS, "yes", "no")
UNKNOWN = "unknown"
YES_NO_UNKNOWN = (*YES_NO, UNKNOWN)
VOICES = (AS_IT_IS, "sung", "instrumental", UNKNOWN)
TAGS_AT_ONCE = 500


def mark_many(track_ids: Sequence[str]) -> None:
    """One form for all the chosen songs; what is left as it is stays different in each."""
    with st.form("mark-many", border=False):
        voice = st.radio(say("mood.mark_voice"), VOICES, horizontal=True, format_func=option)
        language = st.text_input(say("mood.mark_language"), max_chars=16, help=say("mood.mark_language_help"))
        no_language = st.checkbox(say("mood.mark_language_unknown"))
        checked = st.radio(say("mood.mark_words_checked"), YES_NO, horizontal=True, format_func=option)
        themes = st.pills(say("mood.mark_more_themes"), THEMES, selection_mode="multi", format_func=theme)
        with st.container(horizontal=True):
            explicit = st.radio(say("mood.mark_explicit"), YES_NO_UNKNOWN, format_func=option)
            faith = st.radio(say("mood.mark_faith"), YES_NO_UNKNOWN, format_func=option)
            heard = st.radio(say("mood.mark_heard"), YES_NO, format_func=option)
        if not st.form_submit_button(say("mood.mark_keep", n=len(track_ids)), type="primary"):
            return
    marks: dict[str, Any] = {
        "voice": None if voice in (AS_IT_IS, UNKNOWN) else voice,
        "language": None if no_language else language.strip().lower() or None,
        "words_checked": yes_no(checked),
        "more_themes": [theme(name) for name in themes],
        "explicit": yes_no(explicit),
        "faith": yes_no(faith),
        "heard": yes_no(heard),
        "not_known": [
            name
            for name, is_taken_back in (
                ("voice", voice == UNKNOWN),
                ("language", no_language),
                ("explicit", explicit == UNKNOWN),
                ("faith", faith == UNKNOWN),
            )
            if is_taken_back
        ],
    }
    if keep(track_ids, marks):
        st.session_state[state.DONE] = say("mood.marked", n=len(track_ids))
    st.rerun()


def keep(track_ids: Sequence[str], marks: dict[str, Any]) -> bool:
    """Keep marks on songs, all or none; say whether it was done."""
    actor = asker()
    try:
        stores().catalogue.mark(list(track_ids), account=actor.account_id, **marks)
    except LibraryError as error:
        st.session_state[state.TROUBLE] = str(error)
        return False
    return True


def write_into_files(track_ids: Sequence[str], *, key: str) -> None:
    """Write moods into the files, only here and only when it is pressed twice."""
    from music_library.write_tags import can_write_tags

    with st.expander(say("mood.write_tags")):
        st.write(say("mood.write_tags_means"))
        if not can_write_tags():
            look.quiet(say("mood.write_tags_missing"), key=f"write-missing-{key}")
            return
        if len(track_ids) > TAGS_AT_ONCE:
            look.quiet(say("mood.write_tags_many", n=TAGS_AT_ONCE), key=f"write-many-{key}")
            return
        sure = st.checkbox(say("mood.write_tags_sure", n=len(track_ids)), key=f"sure-{key}")
        st.button(
            say("mood.write_tags_go"),
            key=f"write-{key}",
            disabled=not sure,
            on_click=write_tags,
            args=(tuple(track_ids), key),
        )


def write_tags(track_ids: tuple[str, ...], key: str) -> None:
    """Write the moods of these songs into their files."""
    from music_library.write_tags import write_mood_tags

    asker()
    try:
        done = list(write_mood_tags(stores().catalogue, track_ids))
    except LibraryError as error:
        st.session_state[state.TROUBLE] = str(error)
        return
    failed = [one.error for one in done if one.error]
    st.session_state[state.DONE] = say("mood.tags_written", n=len(done) - len(failed))
    if failed:
        st.session_state[state.TROUBLE] = "\n".join(failed[:10])
    st.session_state[f"sure-{key}"] = False


def done() -> None:
    """Say what was just done, once."""
    text = st.session_state.pop(state.DONE, None)
    if text:
        look.quiet(text, key="done")


def option(name: str) -> str:
    """One answer of a mark."""
    return say(f"mood.option_{name}")


def theme(name: str) -> str:
    """A theme as it is kept and read."""
    return say(f"clinician.theme_{name}")


def yes_no(name: str) -> bool | None:
    """Yes, no, or neither of them."""
    return None if name in (AS_IT_IS, UNKNOWN) else name == "yes"
