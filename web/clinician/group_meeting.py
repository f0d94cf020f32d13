"""A group that meets: the ways in, who has answered, what the therapist alone is told, the list, and the note."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from practice.errors import PracticeError
from recommender.errors import RecommenderError
from recommender.group import FAR_APART, spread_of
from web.clinician import dates, library_view, look, navigation, sending, session_words, state, suggesting, together
from web.clinician.access import asker, do, session_token
from web.components.leaving import leave_for
from web.components.plain_table import plain_table
from web.components.plan_chart import plan_chart
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.group_notes import GroupNote
    from practice.group_seats import OpenedSeat, Seat
    from practice.group_sessions import GroupSession
    from recommender.group import GroupPlan, Member

REFRESH_S = 2.0
BOXES = ("noticed", "meaning", "next_time")


def show_meeting(actor: Actor, meeting_id: str) -> None:
    """One session of a group: before and while it plays, or its note afterwards."""
    st.title(say("clinician.group_meeting_title"), anchor=False)
    look.trouble()
    try:
        meeting = stores().record.group_session(actor, meeting_id)
    except PracticeError as error:
        look.notice(str(error), key="meeting")
        st.page_link(navigation.page("groups"), label=say("clinician.groups_title"))
        return
    if meeting.phase == "over":
        write_note(actor, meeting)
        return
    with st.container(key="side-by-side"):
        left, right = st.columns([0.42, 0.58], gap="large")
    with left:
        watch_seats(meeting.id, answered_of(meeting))
        if meeting.how == "passed":
            pass_round(actor, meeting)
    with right:
        show_list(actor, meeting)
        st.button(say("clinician.group_end_all"), on_click=end, args=(meeting.id,))


def answered_of(meeting: GroupSession) -> tuple[Any, ...]:
    """What the page is drawn anew for: an answer that came in, somebody who left, the music over."""
    return (meeting.phase, *((seat.has_answered, seat.has_answered_after, seat.left_at) for seat in meeting.seats))


@st.fragment(run_every=REFRESH_S)
def watch_seats(meeting_id: str, seen: tuple[Any, ...]) -> None:
    """Everybody by colour and code, whether they have answered, and their way in."""
    actor = stores().record.who(session_token(), active=False)
    if actor is None:
        # The screen has just gone into the group's hands: this page must not lead it away from there.
        return
    try:
        meeting = stores().record.group_session(actor, meeting_id)
    except PracticeError:
        st.rerun()
    if answered_of(meeting) != seen:
        st.rerun()
    opened: dict[int, OpenedSeat] = st.session_state.get(state.GROUP_STARTED, {}).get(meeting.id, {})
    for seat in meeting.seats:
        with look.row(f"sign-{seat.colour}-{seat.session_id}"):
            st.text(f"{together.named(seat)}: {together.seat_says(seat, meeting)}", width="stretch")
            if meeting.how == "own" and seat.left_at is None:
                with st.popover(say("clinician.group_way_in")):
                    way_in(seat, opened.get(seat.number))


def way_in(seat: Seat, opened: OpenedSeat | None) -> None:
    """The link, numbers and picture for one member's tablet; a new one where they are not at hand any more."""
    if opened is not None and opened.link_token:
        sending.show_link(opened, key=seat.session_id)
    st.button(
        say("clinician.group_new_link"),
        key=f"renew-{seat.session_id}-{opened.pin if opened else ''}",
        on_click=renew,
        args=(seat.session_id,),
    )


def renew(session_id: str) -> None:
    """A new link for a seat; the old one ends."""
    actor = asker()
    try:
        meeting_id, opened = stores().record.renew_seat_link(actor, session_id)
    except PracticeError as error:
        st.session_state[state.TROUBLE] = str(error)
        return
    st.session_state.setdefault(state.GROUP_STARTED, {}).setdefault(meeting_id, {})[opened.number] = opened


def pass_round(actor: Actor, meeting: GroupSession) -> None:
    """Hand this screen round; afterwards it comes back with the therapist's password."""
    if meeting.phase != "gathering":
        return
    if st.button(say("clinician.group_pass_here")):
        go_to_room(actor, meeting)
    look.quiet(say("clinician.group_pass_means"), key="pass-means")


def go_to_room(actor: Actor, meeting: GroupSession) -> None:
    """Leave for the room that all see."""
    try:
        token = stores().record.host_room(actor, meeting.id)
    except PracticeError as error:
        look.notice(str(error), key="room")
        return
    leave_for(f"/room/enter/{token}")


def members_here(actor: Actor, meeting: GroupSession) -> list[Member]:
    """Those who are here, with what they said and brought."""
    record = stores().record
    return [
        together.member(seat.number, record.protection(actor, seat.client_id), present=seat.present, picks=seat.picks)
        for seat in meeting.here
    ]


def show_list(actor: Actor, meeting: GroupSession) -> None:
    """The list for those who are here, as it is now, and the press that approves and plays it."""
    record = stores().record
    plan = record.plan(actor, meeting.plan_id)
    try:
        members = members_here(actor, meeting)
        spread = spread_of(members)
        two = False
        if spread is not None and spread > FAR_APART:
            look.notice(say("clinician.group_far_apart"), key="far-apart")
            openings = st.radio(
                say("clinician.group_openings"),
                (1, 2),
                format_func=lambda n: say(f"clinician.group_openings_{n}"),
                horizontal=True,
                key=f"openings-{meeting.id}",
            )
            two = openings == 2
        opening, closing = meeting.opening, meeting.closing
        group = together.list_for(
            library_view.candidates(), members,
            present=plan.present, target=plan.target, minutes=plan.minutes, leads=meeting.leads,
            opening=opening, closing=closing, two_openings=two,
        )  # fmt: skip
    except (PracticeError, RecommenderError) as error:
        look.notice(str(error), key="group-list")
        return
    if meeting.phase != "gathering":
        look.quiet(say(f"clinician.group_phase_{meeting.phase}"), key="phase")
        if st.button(say("clinician.live_watch")):
            navigation.go_to("live", session=meeting.host_id)
    n, minutes = len(group.playlist.tracks), round(group.playlist.length_s / 60)
    st.header(say("clinician.list_title_one" if n == 1 else "clinician.list_title", n=n, minutes=minutes), anchor=False)
    if meeting.how != "none":
        said = sum(member.present is not None for member in members)
        look.quiet(say("clinician.group_from_answers", n=said, of=len(members)), key="from-answers")
    with st.container(key="attune-go"):
        label = "clinician.group_play" if meeting.phase == "gathering" else "clinician.group_play_anew"
        kind: Any = "primary" if meeting.phase == "gathering" else "secondary"
        pressed = st.button(say(label), type=kind, width="stretch")
    look.quiet(say("clinician.group_play_means"), key="play-means")
    if pressed:
        play(actor, meeting, group, two_openings=two)
    show_rows(meeting, group)


def show_rows(meeting: GroupSession, group: GroupPlan) -> None:
    """The songs with who brought them, and those that have no turn."""
    tracks = library_view.tracks_of(group.playlist)
    colours = {str(seat.number): seat.colour for seat in meeting.seats}
    brought = together.brought_says(group, colours)
    rows = suggesting.rows_of(group.playlist, tracks)
    plan_chart([replace(row, why=brought.get(row.id, row.why)) for row in rows], key=f"group-list-{meeting.id}")
    lost = stores().catalogue.tracks_by_id([track_id for _, track_id in group.left_out])
    for i, line in enumerate(
        together.left_out_says(group, colours, {one.id: suggesting.title_of(one) for one in lost})
    ):
        look.quiet(line, key=f"left-out-{i}")


def play(actor: Actor, meeting: GroupSession, group: GroupPlan, *, two_openings: bool) -> None:
    """Approve the list, being present, and leave for the room that all see."""
    tracks = library_view.tracks_of(group.playlist).values()
    try:
        stores().record.make_group_list(
            actor, meeting.id, group.playlist, tracks, together.turns_of(group),
            model_id=library_view.model_id(tracks), two_openings=two_openings,
        )  # fmt: skip
    except PracticeError as error:
        look.notice(str(error), key="group-play")
        return
    go_to_room(actor, meeting)


def end(meeting_id: str) -> None:
    """End the session for everybody."""
    do(lambda actor: stores().record.end_group_session(actor, meeting_id))


def write_note(actor: Actor, meeting: GroupSession) -> None:
    """One note for all, a line each; signed, each line goes to its own record."""
    note = stores().record.group_note(actor, meeting.id)
    names = {seat.number: together.named(seat) for seat in meeting.seats}
    with st.container(key="side-by-side"):
        left, right = st.columns([0.42, 0.58], gap="large")
    with left:
        st.header(say("clinician.after_facts"), anchor=False)
        st.text(dates.moment(meeting.started_at))
        for seat in meeting.seats:
            with look.row(f"sign-{seat.colour}-{seat.session_id}"):
                st.text(f"{together.named(seat)}: {together.seat_says(seat, meeting)}")
        if note.facts.played:
            rows = [session_words.played_row(one) for one in note.facts.played]
            plain_table(rows, key="played", title=say("clinician.played_title"), numbers=[say("clinician.played_at")])
        else:
            look.quiet(say("clinician.group_nothing_played"), key="nothing-played")
    with right:
        st.header(say("clinician.note_title"), anchor=False)
        if note.signed_at is not None:
            show_signed(note, names)
        else:
            note_form(meeting, note, names)


def show_signed(note: GroupNote, names: dict[int, str]) -> None:
    """What was signed."""
    for box in BOXES:
        st.subheader(say(f"clinician.note_{box}"), anchor=False)
        st.text(getattr(note, box) or say("clinician.note_left_empty"))
    for number, line in note.lines.items():
        st.text(f"{names[number]}: {line or say('clinician.note_left_empty')}")
    signed_at = dates.moment(note.signed_at) if note.signed_at else ""
    look.quiet(say("clinician.note_signed", name=note.signed_by, day=signed_at), key="signed")


def note_form(meeting: GroupSession, note: GroupNote, names: dict[int, str]) -> None:
    """The boxes and lines, to keep or to sign."""
    look.quiet(say("clinician.group_note_means"), key="note-means")
    with st.form("group-note", border=False):
        boxes = {
            box: st.text_area(say(f"clinician.note_{box}"), value=getattr(note, box), max_chars=10_000, height=100)
            for box in BOXES
        }
        lines = {
            number: st.text_input(say("clinician.group_line", name=names[number]), value=line, max_chars=2000)
            for number, line in note.lines.items()
        }
        with st.container(horizontal=True):
            sign = st.form_submit_button(say("clinician.note_sign"), type="primary")
            keep = st.form_submit_button(say("clinician.note_keep"))
    if not (sign or keep):
        return
    record, actor = stores().record, asker()
    try:
        kept = record.save_group_note(actor, meeting.id, version=note.version, lines=lines, **boxes)
        if sign:
            record.sign_group_note(actor, meeting.id, version=kept.version)
    except PracticeError as error:
        look.notice(str(error), key="note")
        return
    st.rerun()
