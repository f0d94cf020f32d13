"""Music to move to: whose speed, at what level, with which rests; a list that keeps it, and who is there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

from practice.errors import PracticeError
from practice.movement import PURPOSES, Movement
from recommender.errors import NoPlaylistError
from recommender.tempo_match import COUNT_S, FASTEST_BPM, LEVELS, SLOWEST_BPM, cadence_of_count
from web.clinician import library_view, look, moving, navigation, state, suggesting
from web.clinician.access import asker
from web.clinician.choosing_who import NEW, choose_who, new_client_form
from web.clinician.start_page import is_open, rules_for
from web.components.leaving import leave_for
from web.components.plan_chart import plan_chart
from web.components.tap_pad import tap_pad
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client
    from recommender import Playlist, Rules

WAYS = ("tap", "count", "type")
SAID_BY = {"tap": "tapped", "count": "counted", "type": "typed"}
REST_EVERY = (0, 1, 2, 3)


def move_page() -> None:
    """Let the clinician find a person's speed and make a list that keeps it."""
    actor = asker()
    st.title(say("clinician.move_title"), anchor=False)
    look.quiet(say("clinician.move_is"), key="move-is")
    if stores().catalogue.count() == 0:
        st.write(say("clinician.no_music"))
        st.page_link(navigation.page("music"), label=say("clinician.no_music_go"))
        return
    look.trouble()
    with st.container(key="side-by-side"):
        left, right = st.columns([0.48, 0.52], gap="large")
    with left:
        who = choose_who(actor)
        if who == NEW:
            new_client_form(actor)
        purpose = st.segmented_control(
            say("clinician.move_for_ask"),
            PURPOSES,
            format_func=lambda name: say(f"clinician.move_for_{name}"),
            key=state.MOVE_FOR,
            default="walking",
            required=True,
        )
        begin_from_last(actor, who)
        way, bpm = choose_speed()
        rules = rules_for(actor, who)
        movement = None if bpm is None else choose_level(Movement(purpose or "other", bpm, said_by=SAID_BY[way]), rules)  # type: ignore[arg-type]
    with right:
        if movement is None:
            st.write(say("clinician.move_waits"))
            return
        show_list(actor, who, movement, rules)


def begin_from_last(actor: Actor, who: str | Client | None) -> None:
    """What this client moved to last, to begin from."""
    last = None if who is None or isinstance(who, str) else stores().record.last_movement(actor, who.id)
    if last is None:
        return
    speed = f"{last.cadence_bpm:g}"
    st.button(say("clinician.move_from_last", bpm=speed), on_click=take_last, args=(last.cadence_bpm, last.purpose))


def take_last(cadence_bpm: float, purpose: str) -> None:
    """Put last time's speed into the form; it can still be changed."""
    st.session_state[state.MOVE_WAY] = "type"
    st.session_state[state.MOVE_TYPED] = round(cadence_bpm)
    st.session_state[state.MOVE_FOR] = purpose


def choose_speed() -> tuple[str, float | None]:
    """How the speed was found, and what it is; None while it is not known."""
    way = st.segmented_control(
        say("clinician.move_speed_ask"),
        WAYS,
        format_func=lambda name: say(f"clinician.move_way_{name}"),
        key=state.MOVE_WAY,
        default="tap",
        required=True,
    )
    way = way or "tap"
    if way == "tap":
        bpm, says = st.session_state.get(state.MOVE_TAPPED, (None, ""))
        tap_pad("tap", key="move-tap", says=says, on_tapped=keep_taps)
        return way, bpm
    if way == "count":
        tap_pad("count", key="move-count")
        steps = st.number_input(
            say("clinician.move_steps"),
            math.ceil(SLOWEST_BPM * COUNT_S / 60),
            math.floor(FASTEST_BPM * COUNT_S / 60),
            value=None,
            step=1,
            key=state.MOVE_STEPS,
        )
        return way, None if steps is None else cadence_of_count(steps).bpm
    typed = st.number_input(
        say("clinician.move_typed"), int(SLOWEST_BPM), int(FASTEST_BPM), value=None, step=1, key=state.MOVE_TYPED
    )
    return way, None if typed is None else float(typed)


def keep_taps(times_s: list[float]) -> None:
    """Read the speed from taps."""
    asker()
    st.session_state[state.MOVE_TAPPED] = moving.speed_of_taps(times_s)


def choose_level(movement: Movement, rules: Rules) -> Movement:
    """The level, how close, the count-in: the clinician alone moves them."""
    from dataclasses import replace

    st.metric(say("clinician.move_speed"), say("clinician.move_a_minute", bpm=f"{movement.cadence_bpm:g}"))
    candidates = library_view.candidates()
    is_loose = bool(st.session_state.get(state.MOVE_LOOSE))
    movement = replace(movement, is_loose=is_loose)
    counts = {level: moving.matching(candidates, rules, replace(movement, level=level)) for level in LEVELS}

    def level_says(level: float) -> str:
        speed = movement.cadence_bpm * level
        key = "move_level_one" if counts[level] == 1 else "move_level"
        return say(f"clinician.{key}", percent=f"{100 * level:.0f}", speed=f"{speed:.0f}", n=counts[level])

    level = st.radio(
        say("clinician.move_level_ask"), LEVELS, index=LEVELS.index(1.0), format_func=level_says, key=state.MOVE_LEVEL
    )
    with st.container(horizontal=True, gap="medium"):
        st.checkbox(say("clinician.move_loose"), key=state.MOVE_LOOSE)
        count_in = st.checkbox(say("clinician.move_count_in"), value=True, key=state.MOVE_COUNT_IN)
    return replace(movement, level=float(level or 1.0), count_in=count_in)


def show_list(actor: Actor, who: str | Client | None, movement: Movement, rules: Rules) -> None:
    """The list at this speed, and what must be said before it plays."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        minutes = st.segmented_control(
            say("clinician.minutes_ask"), moving.MINUTES, default=8, key=state.MOVE_MINUTES, required=True
        )
        every = st.selectbox(
            say("clinician.move_rest_ask"),
            REST_EVERY,
            format_func=lambda n: say(f"clinician.move_rest_{n}"),
            key=state.MOVE_REST,
        )
    try:
        playlist, movement = moving.make_list(
            library_view.candidates(), rules, movement, minutes=float(minutes or 8), rest_every=every, rest_minutes=1.0
        )
    except NoPlaylistError:
        look.notice(say("clinician.move_nothing", speed=f"{movement.speed_bpm:.0f}"), key="move-nothing")
        return
    n = len(playlist.tracks)
    title = "list_title_one" if n == 1 else "list_title"
    st.header(say(f"clinician.{title}", n=n, minutes=round(playlist.length_s / 60)), anchor=False)
    if movement.rests:
        places = ", ".join(str(rest.before_song) for rest in movement.rests)
        look.quiet(say("clinician.move_rests_after", places=places), key="move-rests")
    if any(warning.kind == "relaxed_length" for warning in playlist.warnings):
        short = "move_short_one" if n == 1 else "move_short"
        look.quiet(say(f"clinician.{short}", n=n, minutes=round(playlist.length_s / 60)), key="move-short")
    agreed, thought_with = ask_supervision()
    with st.container(key="attune-go"):
        pressed = st.button(
            say("clinician.play_here"), type="primary", disabled=is_open(who) or not agreed, width="stretch"
        )
    if is_open(who):
        st.write(say("clinician.who_first"))
    elif not agreed:
        look.quiet(say("clinician.move_first_agree"), key="move-agree")
    if pressed:
        play(actor, who, playlist, movement, thought_with)
    tracks = library_view.tracks_of(playlist)
    rows = suggesting.rows_of(playlist, tracks)
    from dataclasses import replace

    rows = [replace(row, why=moving.pulse_says(tracks[row.id], movement.speed_bpm), spread_says="") for row in rows]
    plan_chart(rows, key="move-list")


def ask_supervision() -> tuple[bool, str]:
    """Whether somebody is with them and falls have been thought about, and with whom."""
    with st.container(key="card-supervision"):
        thought_with = st.text_input(
            say("clinician.move_with_ask"), max_chars=100, help=say("clinician.move_with_help")
        )
        agreed = st.checkbox(say("clinician.move_agree"), key=state.MOVE_AGREED)
        look.quiet(say("clinician.move_stop_if"), key="move-stop-if")
    return agreed, thought_with


def play(actor: Actor, who: str | Client | None, playlist: Playlist, movement: Movement, thought_with: str) -> None:
    """Approve while present, open the session, and leave for the listening room on this screen."""
    from dataclasses import replace

    client_id = None if who is None or isinstance(who, str) else who.id
    tracks = library_view.tracks_of(playlist).values()
    record = stores().record
    try:
        plan = record.draft_movement(
            actor,
            client_id,
            playlist,
            tracks,
            replace(movement, thought_with=thought_with),
            supervised=bool(st.session_state.get(state.MOVE_AGREED)),
            model_id=library_view.model_id(tracks),
        )
        record.approve(actor, plan.id, present=True)
        started = record.start_session(actor, plan.id, with_client=True)
    except PracticeError as error:
        look.notice(str(error), key="play")
        return
    st.session_state[state.MOVE_AGREED] = False
    leave_for(f"/room/enter/{started.room_token}")
