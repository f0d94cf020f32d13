"""Place ten songs you know: we ask about songs that lie far apart, and the places tune the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from music_library import placing
from music_library.errors import LibraryError
from recommender import Mood
from web.clinician import look, navigation, song_page, state
from web.clinician.access import asker
from web.components.mood_plane import Chosen, Placed, mood_plane, say_place
from web.components.plan_chart import plan_chart
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor


def placing_page() -> None:
    """Ask for the place of one song after the other."""
    actor = asker()
    st.title(say("mood.placing_title"), anchor=False)
    look.trouble()
    st.write(say("mood.placing_means"))
    n_placed = placing.placed(stores().catalogue)
    done = st.session_state.get(state.PLACING_DONE, 0)
    st.progress(min(1.0, done / placing.TO_PLACE), text=say("mood.placing_done", done=done, of=placing.TO_PLACE))
    ask(actor)
    show_scale(n_placed)


def ask(actor: Actor) -> None:
    """The next song, its map, and the three answers."""
    skipped: set[str] = st.session_state.setdefault(state.PLACING_SKIPPED, set())
    now = st.session_state.get(state.PLACING_NOW)
    if now is None:
        barred = stores().record.private_songs(actor)
        now = placing.next_to_place(stores().catalogue, leave_out=skipped | barred)
        st.session_state[state.PLACING_NOW] = now
    if now is None:
        st.write(say("mood.placing_none"))
        st.page_link(navigation.page("music"), label=say("clinician.music_title"))
        return
    track = stores().catalogue.track(now)
    st.header(say("mood.placing_ask"), anchor=False)
    plan_chart([song_page.row_of(track, is_guess_shown=False)], key=f"placing-{now}", actions=("hear",))
    own: Placed | None = st.session_state.get(state.PLACING_AT)
    mood_plane(
        key=f"placing-map-{now}",
        present=None,
        target=own,
        on_chosen=place,
        only_target=True,
    )
    with st.container(horizontal=True):
        st.button(say("clinician.song_keep"), type="primary", disabled=own is None, on_click=keep, args=(now,))
        st.button(say("mood.placing_unknown"), on_click=skip, args=(now,))
    if own is not None and track.estimated_valence is not None and track.estimated_arousal is not None:
        mood = Mood(track.estimated_valence, track.estimated_arousal)
        look.quiet(say("clinician.song_guess", word=say_place(mood)), key="guess")


def place(chosen: Chosen) -> None:
    """Hold the place that was pressed until it is kept."""
    asker()
    if chosen.placed is not None:
        st.session_state[state.PLACING_AT] = chosen.placed


def keep(track_id: str) -> None:
    """Let the place stand, tune the scale, and go on to the next song."""
    actor = asker()
    own: Placed = st.session_state.pop(state.PLACING_AT)
    catalogue = stores().catalogue
    try:
        catalogue.correct(track_id, account=actor.account_id, valence=own.mood.valence, arousal=own.mood.arousal)
        placing.tune(catalogue)
    except LibraryError as error:
        st.session_state[state.TROUBLE] = str(error)
        return
    st.session_state[state.PLACING_DONE] = st.session_state.get(state.PLACING_DONE, 0) + 1
    st.session_state[state.PLACING_NOW] = None


def skip(track_id: str) -> None:
    """Ask about another song instead."""
    asker()
    st.session_state.setdefault(state.PLACING_SKIPPED, set()).add(track_id)
    st.session_state.pop(state.PLACING_AT, None)
    st.session_state[state.PLACING_NOW] = None


def show_scale(n_placed: int) -> None:
    """What the placements do to the map, measured on songs that were left out, and the way to turn it off."""
    st.header(say("mood.scale_title"), anchor=False)
    scales = placing.own_scale_of(stores().catalogue)
    if n_placed < placing.LEAST_PLACED or not scales:
        st.write(say("mood.scale_too_few", n=n_placed, needed=placing.LEAST_PLACED))
        return
    for axis, each in scales.items():
        scale = each.scale
        if scale.error_before is None or scale.error_after is None:
            continue
        name = say(f"mood.report_axis_{axis}")
        before, after = f"{scale.error_before:.2f}", f"{scale.error_after:.2f}"
        says = "scale_on" if each.is_on else "scale_off" if each.is_wanted else "scale_unwanted"
        how = scale_says(axis, scale.offset, scale.slope)
        st.text(say(f"mood.{says}", axis=name, how=how, before=before, after=after, n=scale.placed))
    is_wanted = all(each.is_wanted for each in scales.values())
    wanted = st.toggle(say("mood.scale_use"), value=is_wanted, key=f"scale-{is_wanted}")
    if wanted != is_wanted:
        asker()
        placing.want(stores().catalogue, is_wanted=wanted)
        st.rerun()


def scale_says(axis: str, offset: float, slope: float) -> str:
    """Which way the clinic's scale moves the library."""
    parts = [f"mood.scale_{axis}_{'up' if offset > 0 else 'down'}"] if abs(offset) >= 0.05 else []
    parts += [f"mood.scale_{'wider' if slope > 1 else 'narrower'}"] if abs(slope - 1) >= 0.08 else []
    return say("mood.scale_and").join(say(key) for key in parts) or say("mood.scale_hardly")
