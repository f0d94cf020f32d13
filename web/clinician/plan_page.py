"""One plan: the path, the list, what can be changed, and the approval."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from practice.errors import PracticeError
from recommender import Rules
from recommender.errors import RecommenderError
from web.clinician import (
    dates,
    explaining,
    joining_in,
    library_view,
    look,
    navigation,
    plan_edits,
    sending,
    state,
    suggesting,
    taking_along,
)
from web.clinician.access import asker
from web.clinician.song_page import rows_like
from web.components.leaving import leave_for
from web.components.mood_plane import PathSong, Placed, mood_plane, say_place
from web.components.plan_chart import ACTIONS, SLOT_ACTIONS, Acted, SlotRow, SongRow, plan_chart
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from music_library import Track
    from practice import Actor
    from practice.plan_copies import Plan
    from recommender import Candidates, Playlist

LONGER_BY = (6, -6)
"""Minutes that one press adds or takes: a song or two."""
MOST_OFFERED = 6
"""Songs offered for an end, of those that go by what was typed."""


def plan_page() -> None:
    """Show a plan, let it be changed, and let it be approved."""
    actor = asker()
    plan_id = navigation.asked_for("plan")
    try:
        plan = stores().record.plan(actor, plan_id)
    except PracticeError as error:
        st.title(say("clinician.plan_title"), anchor=False)
        look.notice(str(error), key="plan")
        return
    client = stores().record.client(actor, plan.client_id) if plan.client_id else None
    st.title(say("clinician.plan_title"), anchor=False)
    look.quiet(heading(plan, client.code if client else ""), key="plan-heading")
    way = suggesting.way_says(plan.request, plan.strand)
    if way:
        look.quiet(say("clinician.way", how=way), key="plan-way")
    look.trouble()
    with st.container(key="side-by-side"):
        left, right = st.columns([0.42, 0.58], gap="medium")
    with left:
        show_path(plan)
    with right:
        approval(actor, plan, client.code if client else "")
        rows = explaining.with_sounds(rows_of(plan, st.session_state.get(state.LOCKS, {}).get(plan.id, {}), actor))
        plan_chart(
            rows,
            key=f"plan-list-{plan.id}",
            actions=ACTIONS,
            slots=slot_rows(plan),
            on_acted=lambda acted: change(plan.id, acted),
        )
        show_like(plan)
        # Music to move to has rests of its own, and keeps one speed.
        if plan.state != "superseded" and stores().record.movement(actor, plan.id) is None:
            add_to_plan(plan)
        taking_along.take_along(plan, client.code if client else "")


def heading(plan: Plan, code: str) -> str:
    """Whose plan it is, how long, and what state it is in."""
    return say(
        f"clinician.plan_heading_{plan.state}",
        code=code,
        present=say_place(plan.present, plan.present_word or None),
        target=say_place(plan.target, plan.target_word or None),
        minutes=round(plan.length_s / 60),
        name=plan.approved_by or "",
        until=dates.day(plan.expires_at) if plan.expires_at else "",
    )


def show_path(plan: Plan) -> None:
    """The map with the plan's path."""
    path = [
        PathSong(
            suggesting.mood_of(place.song),
            place.song.valence_sd or 0.0,
            place.song.arousal_sd or 0.0,
            unsure=suggesting.is_unsure(place.reasons),
        )
        for place in plan.places
    ]
    present, target = Placed(plan.present, plan.present_word or None), Placed(plan.target, plan.target_word or None)
    unsure = [suggesting.is_unsure(place.reasons) for place in plan.places]
    says = suggesting.say_path([song.mood for song in path], unsure, present, target)
    mood_plane(key=f"plan-map-{plan.id}", present=present, target=target, path=path, path_says=says)
    if plan.warnings:
        look.quiet(" ".join(suggesting.sentence(warning) for warning in plan.warnings), key="warnings")


def rows_of(plan: Plan, locks: dict[int, str], actor: Actor) -> list[SongRow]:
    """The rows of a stored plan, with what the catalogue knows of each song beside the plan's own copy."""
    ids = [place.song.id for place in plan.places]
    tracks = {track.id: track for track in stores().catalogue.tracks_by_id(ids)}
    heard = stores().catalogue.heard_by(actor.account_id, ids)
    plays = stores().record.plays(actor, plan.client_id) if plan.client_id else {}
    known = stores().record.songs_known(actor, plan.client_id) if plan.client_id else set(ids)
    rows = []
    for n, place in enumerate(plan.places, 1):
        song, track = place.song, tracks.get(place.song.id)
        mood = suggesting.mood_of(song)
        rows.append(
            SongRow(
                id=song.id,
                n=n,
                title=song.title or (suggesting.title_of(track) if track else song.id),
                artist=song.artist,
                facts=suggesting.facts_of(track) if track else suggesting.clock(song.duration_s),
                why=suggesting.why(place.reasons),
                badges=tuple(
                    suggesting.badges_of(
                        place.reasons,
                        track,
                        is_heard=song.id in heard,
                        is_new=song.id not in known,
                        plays=plays.get(song.id, 0),
                    )
                ),
                at=(mood.valence, mood.arousal),
                spread=(1.28 * (song.valence_sd or 0.0), 1.28 * (song.arousal_sd or 0.0)),
                spread_says=suggesting.spread_says(mood, song.valence_sd or 0.0, song.arousal_sd or 0.0),
                locked=locks.get(n - 1) == song.id,
            )
        )
    return rows


def slot_rows(plan: Plan) -> list[SlotRow]:
    """What is no song, with the key and tempo on either side: so that a therapist can join in."""
    tracks = {track.id: track for track in stores().catalogue.tracks_by_id([place.song.id for place in plan.places])}
    rows = []
    for slot in plan.slots:
        sides = (("before", slot.position - 1), ("after", slot.position))
        said = [
            say(f"clinician.slot_{side}", facts=facts)
            for side, place in sides
            if 0 <= place < len(plan.places) and (facts := joining(tracks.get(plan.places[place].song.id)))
        ]
        text = say(f"clinician.slot_{slot.kind}", minutes=round(slot.duration_s / 60, 1))
        rows.append(SlotRow(slot.position, text, " ".join(said) if slot.kind == "live" else ""))
    return rows


def joining(track: Track | None) -> str:
    """Tempo, key, and how to play in it; empty where neither is known."""
    if track is None:
        return ""
    tempo = say("clinician.facts_tempo", tempo=round(track.tempo_bpm)) if track.tempo_bpm else ""
    return ", ".join(filter(None, (track.key, tempo, joining_in.hint(track.key))))


def add_to_plan(plan: Plan) -> None:
    """What can be put into the list: a song to open or close with, live playing, talk, silence."""
    with st.container(horizontal=True, key="add-to-plan"):
        for which in ("opening", "closing"):
            with st.popover(say(f"clinician.plan_add_{which}")):
                choose_end(plan, which)
        for kind in plan_edits.SLOT_MINUTES:
            st.button(say(f"clinician.plan_add_{kind}"), key=f"add-{kind}", on_click=add_slot, args=(plan.id, kind))
        for by in LONGER_BY:
            key = "longer" if by > 0 else "shorter"
            st.button(
                say(f"clinician.plan_{key}", minutes=abs(by)), key=f"last-{key}", on_click=make_last, args=(plan.id, by)
            )


def choose_end(plan: Plan, which: str) -> None:
    """A song to open or close with, found by its title, artist or album."""
    words = st.text_input(say("clinician.plan_find_song"), key=f"{state.PLAN_FIND}.{which}")
    if not words.strip():
        return
    found = [track for track in stores().catalogue.tracks(words=words, limit=MOST_OFFERED) if not track.error]
    if not found:
        st.write(say("clinician.plan_find_none"))
        return
    # The options of a select box are text; a button would read titles as Markdown.
    chosen = st.selectbox(
        say("clinician.plan_found"),
        found,
        format_func=lambda track: " · ".join(filter(None, (suggesting.title_of(track), track.artist))),
        key=f"{state.PLAN_FIND}.{which}.{words}",
    )
    st.button(
        say(f"clinician.plan_set_{which}"),
        key=f"set-{which}",
        type="primary",
        on_click=set_end,
        args=(plan.id, which, chosen.id),
    )


def show_like(plan: Plan) -> None:
    """Songs like the one of which that was asked, to hear and to put in its place."""
    asked = st.session_state.get(state.LIKE)
    if asked is None or asked[0] != plan.id or plan.state == "superseded":
        return
    st.dialog(say("clinician.plan_like"), width="medium", on_dismiss=close_like)(offer_like)(plan.id, asked[1])


def offer_like(plan_id: str, position: int) -> None:
    """The songs that are offered; a part that runs by itself, so it asks again who looks."""
    actor = asker()
    if st.session_state.get(state.LIKE) != (plan_id, position):
        st.rerun()  # one was taken: the page shows the plan as it is now
    try:
        plan = stores().record.plan(actor, plan_id)
    except PracticeError as error:
        look.notice(str(error), key="like")
        return
    song = plan.places[position].song
    candidates, _ = library_view.candidates_for(actor, plan.client_id)
    try:
        found = plan_edits.like(plan, candidates, rules_of_plan(actor, plan), position)
    except RecommenderError as error:
        look.notice(str(error), key="like")
        return
    # A header would read the title as Markdown.
    st.text(say("clinician.plan_like_title", title=song.title or song.id))
    if found:
        look.quiet(say("clinician.plan_like_means"), key="like-means")
        plan_chart(
            rows_like(found),
            key=f"like-{plan.id}-{position}",
            actions=("hear", "take"),
            on_acted=lambda acted: take(plan.id, position, acted.track_id),
        )
    else:
        st.write(say("clinician.plan_like_none"))
    st.button(say("clinician.plan_like_close"), on_click=close_like)


def rules_of_plan(actor: Actor, plan: Plan) -> Rules:
    """What must hold for the plan's client, what its kind of session prefers, and the speed of music to move to."""
    rules = stores().record.rules(actor, plan.client_id, plan.strand)
    movement = stores().record.movement(actor, plan.id)
    return rules if movement is None else movement.rules(rules)


def take(plan_id: str, position: int, track_id: str) -> None:
    """Put a song that was offered in the place of the one that it is like."""
    close_like()
    keep(
        plan_id,
        lambda plan, candidates, rules: plan_edits.with_song(plan, candidates, rules, position, track_id),
        {position},
    )


def close_like() -> None:
    """Offer no songs any more."""
    asker()
    st.session_state.pop(state.LIKE, None)


def make_last(plan_id: str, by: int) -> None:
    """Make the list longer or shorter by some minutes."""

    def made(plan: Plan, candidates: Candidates, rules: Rules) -> Playlist:
        return plan_edits.lasting(plan, candidates, rules, plan.minutes + by)

    keep(plan_id, made)


def add_slot(plan_id: str, kind: str) -> None:
    """Put live playing, talk or silence into the list."""
    keep(plan_id, lambda plan, candidates, rules: plan_edits.with_slot(plan, candidates, rules, kind))


def set_end(plan_id: str, which: str, track_id: str) -> None:
    """Open or close the list with a song."""
    keep(plan_id, lambda plan, candidates, rules: plan_edits.with_end(plan, candidates, rules, which, track_id))


def keep(plan_id: str, made: Callable[[Plan, Candidates, Rules], Playlist], unlocked: Collection[int] = ()) -> None:
    """Change a plan as a whole, and keep it as the next version; songs locked in place stay there.

    `unlocked` are places that the change itself frees.
    """
    actor = asker()
    record = stores().record
    try:
        plan = record.plan(actor, plan_id)
        kept: dict[int, str] = st.session_state.setdefault(state.LOCKS, {}).get(plan.id, {})
        locks = {place: track_id for place, track_id in kept.items() if place not in unlocked}
        rules = plan_edits.with_locks(rules_of_plan(actor, plan), locks)
        candidates, listener = library_view.candidates_for(actor, plan.client_id)
        playlist = library_view.for_them(made(plan, candidates, rules), listener)
        tracks = library_view.tracks_of(playlist).values()
        after = record.edit_plan(
            actor, plan.id, playlist, tracks, version=plan.version, model_id=library_view.model_id(tracks)
        )
    except (PracticeError, RecommenderError) as error:
        st.session_state[state.TROUBLE] = str(error)
        return
    order = playlist.track_ids()
    st.session_state[state.LOCKS][after.id] = {
        place: track_id for place, track_id in locks.items() if place < len(order) and order[place] == track_id
    }
    st.query_params["plan"] = after.id


def approval(actor: Actor, plan: Plan, code: str) -> None:
    """Approve, play, or send; what approval means stands beside it."""
    pool = len(plan.pool.track_ids() - {place.song.id for place in plan.places})
    heard = stores().catalogue.heard_by(actor.account_id, [place.song.id for place in plan.places])
    unheard = len(plan.places) - len(heard)
    if plan.state == "superseded":
        look.notice(say("clinician.plan_superseded"), key="superseded")
        return
    with st.container(horizontal=True):
        if plan.state == "draft" and st.button(say("clinician.approve_for", code=code), type="primary"):
            approve(actor, plan, present=False)
        if st.button(say("clinician.play_here"), type="primary" if plan.state == "approved" else "secondary"):
            play(actor, plan)
        if plan.state == "approved" and plan.client_id:
            with st.popover(say("clinician.send_tablet")):
                send(actor, plan)
    look.quiet(say("clinician.approve_means", n=len(plan.places), pool=pool), key="approve-means")
    if unheard and plan.state == "draft":
        look.quiet(say("clinician.approve_unheard", n=unheard), key="approve-unheard")
        with st.container(horizontal=True):
            if st.button(say("clinician.approve_hear")):
                navigation.go_to("song", song=next(one.song.id for one in plan.places if one.song.id not in heard))
            if st.button(say("clinician.approve_anyway")):
                approve(actor, plan, present=True)


def approve(actor: Actor, plan: Plan, *, present: bool) -> None:
    """Approve the version that is shown."""
    try:
        sending.require_files(plan_edits.ids_of(plan))
        stores().record.approve(actor, plan.id, present=present, version=plan.version)
    except PracticeError as error:
        look.notice(str(error), key="approve")
        return
    st.rerun()


def play(actor: Actor, plan: Plan) -> None:
    """Approve while present, open the session, and leave for the listening room."""
    try:
        sending.require_files(plan_edits.ids_of(plan))
        stores().record.approve(actor, plan.id, present=True, version=plan.version)
        started = stores().record.start_session(actor, plan.id, with_client=True)
    except PracticeError as error:
        look.notice(str(error), key="play")
        return
    leave_for(f"/room/enter/{started.room_token}")


def send(actor: Actor, plan: Plan) -> None:
    """Open a session on another device with an approved plan."""
    sent = st.session_state.get(state.SENT)
    if sent is not None and sent[0] == plan.id:
        sending.show_link(sent[1])
        return
    how = st.radio(
        say("clinician.send_ask"), ("present", "alone"), format_func=lambda name: say(f"clinician.send_{name}")
    )
    if not st.button(say("clinician.send_make_link"), type="primary"):
        return
    try:
        sending.require_files(plan_edits.ids_of(plan))
        started = stores().record.start_session(actor, plan.id, with_client=how == "present", by_link=True)
    except PracticeError as error:
        look.notice(str(error), key="send")
        return
    st.session_state[state.SENT] = (plan.id, started)
    sending.show_link(started)


def change(plan_id: str, acted: Acted) -> None:
    """Do what was pressed on a row, and keep it as the next version."""
    if acted.action in SLOT_ACTIONS:
        keep(
            plan_id,
            lambda plan, candidates, rules: plan_edits.with_slots(
                plan, candidates, rules, acted.action, acted.position
            ),
        )
        return
    actor = asker()
    record = stores().record
    try:
        plan = record.plan(actor, plan_id)
        locks: dict[int, str] = st.session_state.setdefault(state.LOCKS, {}).setdefault(plan.id, {})
        if acted.action == "lock":
            if locks.pop(acted.position, None) is None:
                locks[acted.position] = acted.track_id
            return
        if acted.action == "like":
            st.session_state[state.LIKE] = (plan.id, acted.position)
            return
        kept = plan_edits.unlocked_by(acted.action, acted.position, locks)
        if acted.action == "never" and plan.client_id:
            record.avoid(actor, plan.client_id, "track", acted.track_id)
        rules = plan_edits.with_locks(rules_of_plan(actor, plan), kept)
        # The song that is just being taken out for good does not yet break its own plan.
        rules = replace(rules, avoid_tracks=rules.avoid_tracks - {acted.track_id})
        candidates, listener = library_view.candidates_for(actor, plan.client_id)
        playlist = plan_edits.edited(plan, candidates, rules, acted.action, acted.position)
        playlist = library_view.for_them(playlist, listener)
        tracks = library_view.tracks_of(playlist).values()
        after = record.edit_plan(
            actor, plan.id, playlist, tracks, version=plan.version, model_id=library_view.model_id(tracks)
        )
    except (PracticeError, RecommenderError) as error:
        st.session_state[state.TROUBLE] = str(error)
        return
    st.session_state[state.LOCKS][after.id] = kept
    st.query_params["plan"] = after.id
