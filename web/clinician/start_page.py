"""Start a session: who, from where to where, how long; the list stands beside it and changes at once."""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from practice.errors import PracticeError
from practice.strands import STRANDS, Strand
from recommender import MOOD_PLACES, Mood
from recommender.errors import NoPlaylistError
from web.clinician import explaining, library_view, look, navigation, sending, state, suggesting
from web.clinician.access import asker
from web.clinician.choosing_who import NEW, TRIAL, choose_who, new_client_form
from web.clinician.suggesting import HOLDS, MINUTES, PACES, Dots, Shape, Wish
from web.clinician.what_holds import change_limits, relax_tempo, what_holds
from web.components.leaving import leave_for
from web.components.mood_plane import Chosen, Placed, mood_plane, say_place
from web.components.plan_chart import plan_chart
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client
    from recommender import Playlist, Rules

MIDDLE = Placed(Mood(0.0, 0.0))
ROUTES = ("iso", "direct", "stay", "drawn")


def start_page() -> None:
    """Let the clinician set a session up in ten seconds, and start it with one press."""
    actor = asker()
    st.title(say("clinician.start_title"), anchor=False)
    if stores().catalogue.count() == 0 and not library_view.is_coming_in():
        st.write(say("clinician.no_music"))
        st.page_link(navigation.page("music"), label=say("clinician.no_music_go"))
        return
    look.trouble()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="setting-up"):
        who = choose_who(actor)
        minutes = choose_minutes()
        route = choose_route(actor, who)
        strand = choose_strand()
        sending.choose_scale()
    if who == NEW:
        new_client_form(actor)
    wish = wish_of(minutes, route, strand)
    with st.container(key="side-by-side"):
        left, right = st.columns([0.63, 0.37], gap="medium")
    playlist: Playlist | None = None
    problem: NoPlaylistError | None = None
    client_id = None if who is None or isinstance(who, str) else who.id
    candidates, listener = library_view.candidates_for(actor, client_id)
    rules = library_view.rules_heard(rules_for(actor, who, strand), listener)
    if wish is not None:
        try:
            playlist = suggesting.suggest(candidates, wish, rules)
            playlist = library_view.for_them(playlist, listener)
        except NoPlaylistError as error:
            problem = error
    with left:
        dots = library_view.dots(rules, heard=None if listener is None else candidates)
        show_map(playlist, wish, dots, is_drawn=route == "drawn")
    with right:
        if strand != "feel":
            look.quiet(say(f"clinician.strand_{strand}_means"), key="strand")
        if playlist is not None and wish is not None:
            show_list(actor, who, playlist, wish)
        elif problem is not None and wish is not None:
            show_problem(problem, wish, None if who is None or isinstance(who, str) else who)
        else:
            st.write(say(f"clinician.{waits_for()}"))
        library_view.coming_in(show_new=suggesting.is_short_of_music(playlist))


def show_problem(problem: NoPlaylistError, wish: Wish, client: Client | None) -> None:
    """Why there is no list, and the ways out of it; while music is coming in, only that it is."""
    if library_view.is_coming_in():
        st.write(say("clinician.list_soon"))
        return
    look.notice(suggesting.nothing_fits(problem, wish), key="nothing-fits")
    nearest = problem.values.get("nearest")
    with st.container(horizontal=True):
        if nearest is not None:
            mood = Mood(*nearest)
            st.button(say("clinician.go_to", place=say_place(mood)), on_click=go_to_nearest, args=(mood,))
        if client is not None and (problem.values.get("hidden") or {}).get("tempo"):
            relax_tempo(client)
        if client is not None and client.limits:
            change_limits(client, key="problem")
        st.page_link(navigation.page("music"), label=say("clinician.music_add"))


def go_to_nearest(mood: Mood) -> None:
    """Lead to the nearest mood that there is music for."""
    set_mood(Chosen("target", Placed(mood)))


def choose_minutes() -> int:
    """How long; the usual length first."""
    if st.session_state.get(state.MINUTES) is None:
        st.session_state[state.MINUTES] = suggesting.usual_minutes(library_view.hours())
    chosen = st.segmented_control(say("clinician.minutes_ask"), MINUTES, key=state.MINUTES, required=True)
    return int(chosen or suggesting.USUAL_MINUTES)


def choose_route(actor: Actor, who: str | Client | None) -> Any:
    """By which route, and what else holds, out of the way until it is wanted."""
    route: Any = "stay"
    with st.popover(say("clinician.more")):
        st.page_link(navigation.page("move"), label=say("clinician.start_move"))
        if not st.session_state.get(state.STAY):
            route = st.radio(
                say("clinician.route_ask"),
                ROUTES,
                format_func=lambda name: say(f"clinician.route_{name}"),
                help=say("clinician.route_help"),
                key=state.ROUTE,
            )
            choose_shape()
        what_holds(actor, None if who is None or isinstance(who, str) else who)
    return route


def choose_shape() -> None:
    """How long it stays at both ends, how fast it moves, and whether it closes quietly."""
    choices = (("hold_present", HOLDS, "hold"), ("hold_target", HOLDS, "hold"), ("pace", PACES, "pace"))
    for name, options, words in choices:
        st.segmented_control(
            say(f"clinician.shape_{name}"),
            list(options),
            format_func=partial(shape_says, words),
            key=f"{state.SHAPE}.{name}",
            default=next(iter(options)),
            required=True,
        )
    st.checkbox(say("clinician.shape_winds_down"), key=f"{state.SHAPE}.winds_down")


def shape_says(words: str, name: str) -> str:
    """One of these choices."""
    return say(f"clinician.shape_{words}_{name}")


def shape() -> Shape:
    """What was chosen of that; the usual where nothing was."""
    said = {one.name: st.session_state.get(f"{state.SHAPE}.{one.name}") for one in fields(Shape)}
    return Shape(**{name: value for name, value in said.items() if value is not None})


def choose_strand() -> Strand:
    """The usual session, comfort listening, or songs they know."""
    chosen = st.segmented_control(
        say("clinician.strand_ask"),
        STRANDS,
        format_func=lambda name: say(f"clinician.strand_session_{name}"),
        key=state.STRAND,
        default="feel",
        required=True,
        on_change=lead_to_calm,
    )
    return chosen or "feel"


def lead_to_calm() -> None:
    """Comfort listening leads to calm, unless something else was said."""
    asker()
    if st.session_state.get(state.STRAND) == "ease" and st.session_state.get(state.TARGET) is None:
        st.session_state[state.TARGET] = Placed(MOOD_PLACES["calm"], "calm")


def wish_of(minutes: int, route: Any, strand: Strand = "feel") -> Wish | None:
    """What is set, or None while something is missing."""
    present = MIDDLE if st.session_state.get(state.UNSAID) else st.session_state.get(state.PRESENT)
    target = present if st.session_state.get(state.STAY) else st.session_state.get(state.TARGET)
    if present is None or target is None:
        return None
    return Wish(present, target, minutes, route, st.session_state.get(state.SEED, 0), strand, through(), shape())


def through() -> tuple[Mood, ...]:
    """The points of the drawn route."""
    points: tuple[Mood, ...] = st.session_state.get(state.THROUGH, ())
    return points


def waits_for() -> str:
    """Which sentence says what is still to be chosen."""
    has_present = st.session_state.get(state.PRESENT) or st.session_state.get(state.UNSAID)
    has_target = st.session_state.get(state.TARGET) or st.session_state.get(state.STAY)
    if has_present:
        return "list_waits_target"
    return "list_waits_present" if has_target else "list_waits"


def rules_for(actor: Actor, who: str | Client | None, strand: Strand = "feel") -> Rules:
    """What must hold for this client; where nothing is kept, only what is private to another."""
    return stores().record.rules(actor, None if who is None or isinstance(who, str) else who.id, strand)


def show_map(playlist: Playlist | None, wish: Wish | None, dots: Dots, *, is_drawn: bool) -> None:
    """The map with the path over it, and how far the music reaches that this client may hear."""
    mood_plane(
        key="start-map",
        present=None if st.session_state.get(state.UNSAID) else st.session_state.get(state.PRESENT),
        target=None if st.session_state.get(state.STAY) else st.session_state.get(state.TARGET),
        unsaid=bool(st.session_state.get(state.UNSAID)),
        stay=bool(st.session_state.get(state.STAY)),
        path=suggesting.path_of(playlist) if playlist else (),
        path_says=suggesting.path_says(playlist, wish) if playlist and wish else "",
        library=dots.at,
        reach=dots.reach,
        through=through() if is_drawn else None,
        on_chosen=set_mood,
    )


def set_mood(chosen: Chosen) -> None:
    """Keep what was set on the map; a new choice starts from the best list again."""
    asker()
    if chosen.which == "through":
        st.session_state[state.THROUGH] = chosen.through
        st.session_state[state.SEED] = 0
        st.session_state.pop(state.SAVED, None)
        return
    place, flag = (state.PRESENT, state.UNSAID) if chosen.which == "present" else (state.TARGET, state.STAY)
    st.session_state[flag] = chosen.placed is None
    if chosen.placed is not None:
        st.session_state[place] = chosen.placed
    st.session_state[state.SEED] = 0
    st.session_state.pop(state.SAVED, None)


def show_list(actor: Actor, who: str | Client | None, playlist: Playlist, wish: Wish) -> None:
    """The list, what it takes to play it, and why each song is there."""
    n = len(playlist.tracks)
    minutes = round(playlist.length_s / 60)
    title = "list_title_one" if n == 1 else "list_title"
    st.header(say(f"clinician.{title}", n=n, minutes=minutes), anchor=False)
    if st.session_state.get(state.UNSAID):
        look.quiet(say("clinician.list_unsaid"), key="unsaid")
    if playlist.warnings:
        look.quiet(" ".join(suggesting.sentence(warning) for warning in playlist.warnings), key="warnings")
    show_ways_to_play(actor, who, playlist, wish)
    tracks = library_view.tracks_of(playlist)
    plan_chart(explaining.with_sounds(suggesting.rows_of(playlist, tracks)), key="start-list")
    if who == TRIAL:
        look.quiet(say("clinician.send_trial"), key="send-trial")


def show_ways_to_play(actor: Actor, who: str | Client | None, playlist: Playlist, wish: Wish) -> None:
    """[Play here now], and the other ways."""
    with st.container(key="attune-go"):
        if st.button(say("clinician.play_here"), type="primary", disabled=is_open(who), width="stretch"):
            play_here(actor, who, playlist, wish)
    if is_open(who):
        st.write(say("clinician.who_first"))
    else:
        pool = len(playlist.pool.track_ids() - set(playlist.track_ids()))
        means = "play_here_means" if pool else "play_here_means_none"
        look.quiet(say(f"clinician.{means}", n=len(playlist.tracks), pool=pool), key="means")
    with st.container(horizontal=True):
        st.button(say("clinician.another_list"), on_click=another_list)
        if who is not None and not isinstance(who, str):
            if st.button(say("clinician.save_plan")):
                keep_plan(actor, who.id, playlist, wish)
            sending.send_to_tablet(actor, who.id, playlist, wish)
    if state.SAVED in st.session_state:
        st.write(say("clinician.saved_plan"))


def is_open(who: str | Client | None) -> bool:
    """Whether it is still to be said who is here."""
    return who is None or who == NEW


def another_list() -> None:
    """Another list that costs hardly more than the best one."""
    asker()
    st.session_state[state.SEED] = st.session_state.get(state.SEED, 0) + 1


def play_here(actor: Actor, who: str | Client | None, playlist: Playlist, wish: Wish) -> None:
    """Approve while present, open the session, and leave for the listening room on this screen."""
    client_id = None if who is None or isinstance(who, str) else who.id
    try:
        sending.require_files(playlist.track_ids())
        plan = sending.draft(actor, client_id, playlist, wish)
        stores().record.approve(actor, plan.id, present=True)
        started = stores().record.start_session(
            actor, plan.id, with_client=True, scale=st.session_state.get(state.SCALE)
        )
    except PracticeError as error:
        look.notice(str(error), key="play")
        return
    leave_for(f"/room/enter/{started.room_token}")


def keep_plan(actor: Actor, client_id: str, playlist: Playlist, wish: Wish) -> None:
    """Keep the list as a draft under the client."""
    try:
        st.session_state[state.SAVED] = sending.draft(actor, client_id, playlist, wish).id
    except PracticeError as error:
        look.notice(str(error), key="keep")
