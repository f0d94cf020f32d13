"""Groups: who meets, with which songs, and how they are asked; then one list for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from practice.errors import PracticeError
from practice.group_seats import WAYS, SeatWish
from practice.groups import COLOURS, FEWEST, MOST
from recommender import MOOD_PLACES, Mood
from recommender.errors import RecommenderError
from web.clinician import dates, library_view, look, navigation, state, suggesting, together
from web.clinician.access import asker, do
from web.clinician.group_meeting import show_meeting
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.groups import Group
    from practice.safety import Protection

GUESTS = "guests"
MINUTES = (12, 24, 36, 45)
FOUND = 12
USUAL_TARGET = "content"


def groups_page() -> None:
    """One's groups, one group to start, or one that meets."""
    actor = asker()
    meeting_id, group_id = navigation.asked_for("meeting"), navigation.asked_for("group")
    if meeting_id:
        show_meeting(actor, meeting_id)
        return
    if group_id:
        set_up(actor, group_id)
        return
    st.title(say("clinician.groups_title"), anchor=False)
    look.trouble()
    overview(actor)


def overview(actor: Actor) -> None:
    """What goes on, what waits for its note, the groups, and a new one."""
    record = stores().record
    meetings = record.group_sessions(actor)
    labels = {group.id: group.label for group in record.groups(actor)}
    for meeting in meetings:
        waits = meeting.phase == "over" and not meeting.is_signed
        if meeting.phase == "over" and not waits:
            continue
        with look.row(f"meeting-{meeting.id}"):
            name = labels.get(meeting.group_id or "", say("clinician.group_guests"))
            key = "group_to_sign" if waits else "group_going_on"
            is_today = dates.local(meeting.started_at).date() == dates.today()
            at = dates.hour(meeting.started_at) if is_today else dates.moment(meeting.started_at)
            st.text(say(f"clinician.{key}", name=name, at=at), width="stretch")
            label = "clinician.group_write_up" if waits else "clinician.group_go_on"
            if st.button(say(label), key=f"meeting-{meeting.id}"):
                navigation.go_to("groups", meeting=meeting.id)
    groups = record.groups(actor)
    if not groups and not meetings:
        st.write(say("clinician.groups_empty"))
    for group in groups:
        with look.row(f"group-{group.id}"):
            st.text(say("clinician.group_row", label=group.label, n=len(group.members)), width="stretch")
            if st.button(say("clinician.open"), key=f"group-{group.id}"):
                navigation.go_to("groups", group=group.id)
    with st.container(horizontal=True):
        if st.button(say("clinician.group_with_guests")):
            navigation.go_to("groups", group=GUESTS)
    new_group(actor, has_none=not groups)


def new_group(actor: Actor, *, has_none: bool) -> None:
    """Pick two or more clients and say what the group is called."""
    clients = {client.id: f"{client.code} · {client.sign}" for client in stores().record.clients(actor)}
    if len(clients) < FEWEST:
        return
    with st.expander(say("clinician.group_new"), expanded=has_none), st.form("new-group", border=False):
        label = st.text_input(say("clinician.group_label"), max_chars=60, help=say("clinician.group_label_help"))
        members = st.multiselect(
            say("clinician.group_members"), list(clients), format_func=clients.__getitem__, max_selections=MOST
        )
        made = st.form_submit_button(say("clinician.group_make"), type="primary")
    if made and do(lambda asked_by: stores().record.new_group(asked_by, label, members)):
        newest = stores().record.groups(actor)[0]
        navigation.go_to("groups", group=newest.id)
    elif made:
        st.rerun()


def end_group(group_id: str) -> None:
    """A group that does not meet any more."""
    if do(lambda asked_by: stores().record.end_group(asked_by, group_id)):
        st.query_params.clear()


def set_up(actor: Actor, group_id: str) -> None:
    """Who is here today, what they bring, where it leads, and how they are asked."""
    group: Group | None = None
    st.title(say("clinician.group_start_title"), anchor=False)
    look.trouble()
    if group_id != GUESTS:
        try:
            group = stores().record.group(actor, group_id)
        except PracticeError as error:
            look.notice(str(error), key="group")
            return
        look.quiet(group.label, key="group-label")
        with st.popover(say("clinician.group_end")):
            st.write(say("clinician.group_end_means"))
            st.button(say("clinician.group_end_now"), on_click=end_group, args=(group_id,))
    if stores().catalogue.count() == 0:
        st.write(say("clinician.no_music"))
        st.page_link(navigation.page("music"), label=say("clinician.no_music_go"))
        return
    with st.container(key="side-by-side"):
        left, right = st.columns([0.5, 0.5], gap="large")
    with left:
        clients, guests = who_is_here(group)
        protections = [stores().record.protection(actor, client_id) for client_id in clients]
        names = seat_names(group, clients, guests)
        picks, opening, closing = choose_songs(group, names, protections)
    with right:
        how, prompts, leads = choose_how(actor, group, names)
        present, target, minutes = choose_where(how)
        n = len(names)
        if not FEWEST <= n <= MOST:
            look.quiet(say("clinician.group_size", fewest=FEWEST, most=MOST, n=n), key="size")
        with st.container(key="attune-go"):
            pressed = st.button(
                say("clinician.group_start"), type="primary", disabled=not FEWEST <= n <= MOST, width="stretch"
            )
        look.quiet(say(f"clinician.group_means_{how}"), key="means")
    if pressed:
        everyone = [*protections, *[stores().record.protection(actor, None)] * guests]
        wishes = [SeatWish(client_id, picks[i]) for i, client_id in enumerate(clients)]
        wishes += [SeatWish(None, picks[len(clients) + i]) for i in range(guests)]
        members = [
            together.member(i, protection, picks=wish.picks)
            for i, (protection, wish) in enumerate(zip(everyone, wishes, strict=True))
        ]
        start(
            actor, group, wishes, members,
            how=how, prompts=prompts, leads=leads, present=present, target=target, minutes=minutes,
            opening=opening, closing=closing,
        )  # fmt: skip


def who_is_here(group: Group | None) -> tuple[list[str], int]:
    """The clients who are here today, and how many guests."""
    here: list[str] = []
    if group is not None:
        st.header(say("clinician.group_here"), anchor=False)
        for member in group.members:
            text = f"{together.colour(member.colour)} · {member.code} · {member.sign}"
            with st.container(key=f"here-sign-{member.colour}-{member.client_id}"):
                if st.checkbox(text, value=True, key=f"here-{group.id}-{member.client_id}"):
                    here.append(member.client_id)
    least = 0 if group is not None else FEWEST
    most = MOST - len(here)
    guests = st.number_input(
        say("clinician.group_guests_ask"), least, max(least, most), value=least, help=say("clinician.group_guests_help")
    )
    return here, int(guests)


def seat_names(group: Group | None, clients: list[str], guests: int) -> list[str]:
    """What each seat is called here: colour and code, and for guests the next free colours."""
    known = {member.client_id: member for member in group.members} if group is not None else {}
    taken = {known[one].colour for one in clients}
    free = [colour for colour in COLOURS if colour not in taken]
    names = [f"{together.colour(known[one].colour)} · {known[one].code}" for one in clients]
    return names + [together.colour(colour) for colour in free[:guests]]


def choose_songs(
    group: Group | None, names: list[str], protections: list[Protection]
) -> tuple[list[tuple[str, ...]], str | None, str | None]:
    """The opening and the closing song, and what each brings; anyone may bring nothing."""
    st.header(say("clinician.group_songs"), anchor=False)
    words = st.text_input(say("clinician.group_find"), key=state.GROUP_FIND, help=say("clinician.group_find_help"))
    found = stores().catalogue.tracks(words=words, limit=FOUND) if words.strip() else []
    kept: dict[str, str] = st.session_state.setdefault(state.GROUP_SONGS, {})
    kept |= {track.id: song_says(track) for track in found}
    own = [sorted(one.marks.loved | one.marks.known_well | one.marks.safe) for one in protections]
    usual = [one for one in ((group.opening, group.closing) if group else ()) if one]
    wanted = [*usual, *(track_id for songs in own for track_id in songs)]
    titles = kept | {track.id: song_says(track) for track in stores().catalogue.tracks_by_id(wanted)}

    def choose(label: str, first: list[str], key: str, usual: str | None = None) -> str | None:
        options = list(dict.fromkeys([*([usual] if usual in titles else []), *first, *kept]))
        options = [one for one in options if one in titles]
        return st.selectbox(
            label,
            options,
            index=0 if usual in titles else None,
            format_func=titles.__getitem__,
            placeholder=say("clinician.group_no_song"),
            key=key,
        )

    group_key = group.id if group else GUESTS
    opening = choose(say("clinician.group_opening"), [], f"opening-{group_key}", group.opening if group else None)
    closing = choose(say("clinician.group_closing"), [], f"closing-{group_key}", group.closing if group else None)
    with st.expander(say("clinician.group_bring")):
        look.quiet(say("clinician.group_bring_means"), key="bring")
        picks = [
            choose(name, own[i] if i < len(own) else [], f"bring-{group_key}-{name}") for i, name in enumerate(names)
        ]
    return [(pick,) if pick else () for pick in picks], opening, closing


def song_says(track: Any) -> str:
    """A song as one line."""
    title = suggesting.title_of(track)
    return f"{title} · {track.artist}" if track.artist else title


def choose_how(actor: Actor, group: Group | None, names: list[str]) -> tuple[Any, bool, int]:
    """How they are asked, whether prompts are shown, and who leads."""
    how = st.radio(say("clinician.group_how"), WAYS, format_func=lambda name: say(f"clinician.group_how_{name}"))
    usual = stores().record.who_leads_next(actor, group.id) if group is not None else 0
    leads = st.selectbox(
        say("clinician.group_leads"),
        range(len(names)),
        index=usual % len(names) if names else None,
        format_func=names.__getitem__,
    )
    prompts = st.checkbox(say("clinician.group_prompts"), help=say("clinician.group_prompts_help"))
    return how or "own", prompts, int(leads or 0)


def choose_where(how: str) -> tuple[Mood, Mood, float]:
    """Where it leads and how long; where it starts only if nobody is asked."""
    places = list(MOOD_PLACES)
    present = Mood(0.0, 0.0)
    if how == "none":
        word = st.selectbox(
            say("clinician.group_present"), places, index=None, placeholder=say("clinician.group_middle")
        )
        present = MOOD_PLACES[word] if word else present
    target = st.selectbox(
        say("clinician.group_target"), places, index=places.index(USUAL_TARGET), key=state.GROUP_TARGET
    )
    minutes = st.segmented_control(
        say("clinician.minutes_ask"), MINUTES, default=24, key=state.GROUP_MINUTES, required=True
    )
    return present, MOOD_PLACES[target or USUAL_TARGET], float(minutes or 24)


def start(
    actor: Actor, group: Group | None, wishes: list[SeatWish], members: list[Any], *, how: Any, prompts: bool,
    leads: int, present: Mood, target: Mood, minutes: float, opening: str | None, closing: str | None,
) -> None:  # fmt: skip
    """Open the session with the list as it is before anyone has answered, and show it."""
    record = stores().record
    try:
        plan = together.list_for(
            library_view.candidates(), members,
            present=present, target=target, minutes=minutes, leads=leads, opening=opening, closing=closing,
        )  # fmt: skip
        tracks = library_view.tracks_of(plan.playlist).values()
        started = record.start_group(
            actor, wishes, plan.playlist, tracks,
            how=how, model_id=library_view.model_id(tracks), group_id=group.id if group else None, leads=leads,
            prompts=prompts, opening=opening, closing=closing,
        )  # fmt: skip
        if group is not None and (opening, closing) != (group.opening, group.closing):
            everyone = [member.client_id for member in group.members]
            record.change_group(
                actor, group.id, version=group.version, label=group.label, members=everyone, opening=opening,
                closing=closing,
            )  # fmt: skip
    except (PracticeError, RecommenderError) as error:
        look.notice(str(error), key="start")
        return
    st.session_state.setdefault(state.GROUP_STARTED, {})[started.id] = {seat.number: seat for seat in started.seats}
    st.session_state.pop(state.GROUP_SONGS, None)
    navigation.go_to("groups", meeting=started.id)
