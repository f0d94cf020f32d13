"""Groups: one list for all, answers that stay apart, a note with a line each, and guests of whom nothing stays."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from practice.errors import (
    BadClientError,
    CannotAskRoomError,
    NotThereError,
    PlanStateError,
    RoomClosedError,
    UnsafePlanError,
)
from practice.group_seats import SeatTurn, SeatWish
from practice.group_starts import StartedGroup
from practice.record import Record
from practice.schema import metadata
from practice.store import Actor
from recommender.mood import Mood
from tests.practice.conftest import a_playlist, check_in, event, settled, some_tracks


@dataclass
class Circle:
    """A group session that has been opened, with its rooms."""

    record: Record
    actor: Actor
    clients: list[str]
    started: StartedGroup
    rooms: list[str]

    def make(self, turns=(), **more):
        return self.record.make_group_list(
            self.actor, self.started.id, a_playlist(), some_tracks(), turns, model_id="model-1", **more
        )

    def now(self):
        return self.record.group_session(self.actor, self.started.id)


def circle(record, clinician, *, clients=3, guests=0, how="own", picks=None, **more) -> Circle:
    members = [settled(record, clinician) for _ in range(clients)]
    seats = [SeatWish(one, (picks or {}).get(number, ())) for number, one in enumerate(members)]
    seats += [SeatWish() for _ in range(guests)]
    started = record.start_group(clinician, seats, a_playlist(), some_tracks(), how=how, model_id="model-1", **more)
    return Circle(record, clinician, members, started, [seat.room_token for seat in started.seats])


def say(number, token, record, valence, arousal, phase="before", **more):
    record.add_events(token, [check_in(number, phase, {"valence": valence, "arousal": arousal}, **more)])


def rows_in(record, table):
    with record.engine.connect() as db:
        return db.execute(sa.select(sa.func.count()).select_from(metadata.tables[table])).scalar()


def test_a_group_has_two_to_twelve_members_each_with_a_colour_that_stays(record, clinician):
    members = [settled(record, clinician) for _ in range(4)]
    group = record.new_group(clinician, " Tuesday ", members[:3])
    assert group.label == "Tuesday"
    colours = {member.client_id: member.colour for member in group.members}
    assert len(set(colours.values())) == 3
    changed = record.change_group(
        clinician, group.id, version=1, label="Tuesday", members=[members[3], members[1]], opening="t1", closing="t2"
    )
    after = {member.client_id: member.colour for member in changed.members}
    assert after[members[1]] == colours[members[1]]
    assert after[members[3]] != after[members[1]]
    assert (changed.opening, changed.closing, changed.version) == ("t1", "t2", 2)
    with pytest.raises(PlanStateError, match="changed meanwhile"):
        record.change_group(clinician, group.id, version=1, label="x", members=members)
    for wrong in (members[:1], []):
        with pytest.raises(BadClientError, match="2 to 12"):
            record.new_group(clinician, "x", wrong)
    record.end_group(clinician, group.id)
    assert record.groups(clinician) == []


def test_a_colleague_cannot_tell_anothers_group_from_none(record, clinician, colleague):
    group = record.new_group(clinician, "Tuesday", [settled(record, clinician) for _ in range(2)])
    open_circle = circle(record, clinician)
    told = set()
    for group_id in (group.id, "f" * 32):
        with pytest.raises(NotThereError) as raised:
            record.group(colleague, group_id)
        told.add(str(raised.value))
    for session_id in (open_circle.started.id, "f" * 32):
        for use in (record.group_session, record.group_note, record.end_group_session, record.host_room):
            with pytest.raises(NotThereError) as raised:
                use(colleague, session_id)
            told.add(str(raised.value))
    assert len(told) == 1
    assert record.groups(colleague) == []
    assert record.group_sessions(colleague) == []


def test_nobody_is_seated_who_is_not_in_the_caseload(record, clinician, colleague):
    mine, theirs = settled(record, clinician), settled(record, colleague)
    for use in (
        lambda: record.new_group(clinician, "x", [mine, theirs]),
        lambda: record.start_group(
            clinician, [SeatWish(mine), SeatWish(theirs)], a_playlist(), some_tracks(), how="own", model_id="m"
        ),
    ):
        with pytest.raises(NotThereError):
            use()
    assert rows_in(record, "group_sessions") == rows_in(record, "groups") == rows_in(record, "sessions") == 0


def test_answers_stay_in_their_own_rooms_and_only_the_therapist_gets_the_medians_parts(record, clinician):
    group = circle(record, clinician)
    for number, (valence, arousal) in enumerate([(0.1113, 0.2), (0.5, 0.5), (0.9117, 0.8)]):
        say(number, group.rooms[number], record, valence, arousal)
    seats = group.now().seats
    assert [seat.present for seat in seats] == [
        Mood(pytest.approx(2 * 0.1113 - 1), pytest.approx(-0.6)),
        Mood(0.0, 0.0),
        Mood(pytest.approx(2 * 0.9117 - 1), pytest.approx(0.6)),
    ]
    group.make()
    for number, token in enumerate([*group.rooms, group.started.host_token]):
        received = repr(record.room(token)) + repr(record.group_room(token))
        for other, figure in enumerate(["0.1113", "-0.7774", "0.9117", "0.8234"]):
            assert figure not in received, (number, other)
    for number, client_id in enumerate(group.clients):
        exported = "\n".join(record.export_client(clinician, client_id).files.values())
        assert ("0.1113" in exported) == (number == 0)
        assert ("0.9117" in exported) == (number == 2)
        for other in group.clients:
            if other != client_id:
                assert other not in exported
                assert record.client(clinician, other).code not in exported


def test_how_far_ones_answer_lies_from_the_others_is_told_to_nobody_in_a_room(record, clinician):
    group = circle(record, clinician)
    say(1, group.rooms[0], record, 1.0, 1.0)
    group.make()
    assert not record.room(group.rooms[0]).mood_moved


def test_nothing_plays_before_the_list_is_approved_and_then_only_on_the_screen_that_all_see(record, clinician):
    group = circle(record, clinician)
    assert not record.may_hear(group.started.host_token, "t0")
    group.make()
    assert record.may_hear(group.started.host_token, "t0")
    assert not any(record.may_hear(token, "t0") for token in group.rooms)
    record.end_group_session(clinician, group.started.id)
    assert not record.may_hear(group.started.host_token, "t0")


def test_what_one_of_them_must_not_hear_is_approved_for_nobody_and_stops_at_once(record, clinician):
    group = circle(record, clinician)
    record.avoid(clinician, group.clients[1], "track", "t2")
    with pytest.raises(UnsafePlanError, match="must not be played for this group"):
        group.make()
    assert group.now().phase == "gathering"
    record.stop_avoiding(clinician, group.clients[1], record.client(clinician, group.clients[1]).avoid[0].id)
    group.make()
    assert record.may_hear(group.started.host_token, "t2")
    record.avoid(clinician, group.clients[2], "track", "t2")
    assert not record.may_hear(group.started.host_token, "t2")
    assert "t2" not in [song.id for song in record.room(group.started.host_token).songs]
    record.add_events(group.rooms[2], [event(9, "ended")])
    assert record.may_hear(group.started.host_token, "t2"), "who has left does not bound the music of those who stay"


def test_the_quietest_members_loudness_holds_for_all(record, clinician):
    loud, quiet = settled(record, clinician), settled(record, clinician, sounds_hurt="yes")
    started = record.start_group(
        clinician, [SeatWish(loud), SeatWish(quiet)], a_playlist(), some_tracks(), how="none", model_id="m"
    )
    room = record.room(started.host_token)
    assert (room.start_db, room.limit_db) == (-24, -10)


def test_one_member_leaves_and_the_others_are_told_nothing(record, clinician):
    group = circle(record, clinician)
    group.make()
    before = [repr(record.group_room(token)) for token in (*group.rooms[1:], group.started.host_token)]
    record.add_events(group.rooms[0], [event(1, "ended")])
    assert [repr(record.group_room(token)) for token in (*group.rooms[1:], group.started.host_token)] == before
    assert group.now().seats[0].left_at is not None
    assert [seat.number for seat in group.now().here] == [1, 2]
    assert not record.session(clinician, group.started.seats[0].session_id).is_open
    assert record.session(clinician, group.started.seats[1].session_id).is_open


def test_songs_are_told_in_the_record_of_everyone_who_is_there_and_of_nobody_who_left(record, clinician, clock):
    group = circle(record, clinician)
    group.make()
    heard = event(1, "song_started", track="t0")
    record.add_events(group.started.host_token, [heard])
    record.add_events(group.started.host_token, [heard])
    record.add_events(group.rooms[0], [event(2, "ended")])
    clock.on(minutes=10)
    later = {"id": "event-0003", "kind": "song_started", "at": "2026-03-02T10:20:00Z", "values": {"track": "t1"}}
    from practice.room_events import Event

    record.add_events(group.started.host_token, [Event(**later)])
    record.end_group_session(clinician, group.started.id)
    played = [
        [song.track_id for song in record.facts(clinician, seat.session_id).played] for seat in group.started.seats
    ]
    assert played == [["t0"], ["t0", "t1"], ["t0", "t1"]]


def test_on_a_tablet_that_goes_round_an_answer_is_of_whoever_held_it(record, clinician):
    group = circle(record, clinician, how="passed")
    host = group.started.host_token
    assert [seat.colour for seat in record.group_room(host).round] == [seat.colour for seat in group.started.seats]
    say(1, host, record, 0.25, 0.75, seat=1)
    say(2, host, record, 0.9, 0.9, seat=7)
    say(3, group.rooms[0], record, 0.9, 0.9, seat=1)  # a member's own room speaks for nobody else
    seats = group.now().seats
    assert [seat.has_answered for seat in seats] == [False, True, False]
    assert seats[1].present == Mood(-0.5, 0.5)
    assert record.group_room(host).round[1].answered == ("before",)
    with record.engine.connect() as db:
        whose = db.execute(sa.select(metadata.tables["answers"].c.session_id)).scalars().all()
    assert set(whose) == {group.started.seats[1].session_id}


def test_turns_are_public_by_colour_and_who_brought_a_song_that_was_left_out_is_not(record, clinician):
    group = circle(record, clinician, picks={0: ("t1", "t9"), 2: ("t3",)})
    group.make([SeatTurn(0, "t1", 1), SeatTurn(2, "t3", 3), SeatTurn(0, "t9", None)])
    for token in (*group.rooms, group.started.host_token):
        room = record.group_room(token)
        assert [(turn.position, turn.colour) for turn in room.turns] == [
            (1, group.started.seats[0].colour),
            (3, group.started.seats[2].colour),
        ]
    assert [(turn.number, turn.position) for turn in group.now().turns] == [(0, 1), (2, 3), (0, None)]


def test_the_song_that_somebody_brought_is_not_exchanged_before_their_turn(record, clinician):
    group = circle(record, clinician, picks={1: ("t2",)})
    group.make((SeatTurn(1, "t2", 2),))
    token, order = group.started.host_token, ["t0", "t1", "t2", "t3"]
    for n, asked in enumerate(("t7", None)):
        told = [
            event(2 * n + 1, "song_started", track=order[n]),
            event(2 * n + 2, "place", screen="playing", n=n, order=order, heard=order[: n + 1]),
        ]
        record.add_events(token, told)
        if asked is not None:
            assert record.ask_for_different_next(clinician, group.started.host_id).id == asked
            continue
        with pytest.raises(CannotAskRoomError, match="brought") as refused:
            record.ask_for_different_next(clinician, group.started.host_id)
        assert refused.value.values["why"] == "brought"
        assert record.ask_for_closing(clinician, group.started.host_id).id == "t3"


def test_the_next_one_leads_next_time(record, clinician):
    members = [settled(record, clinician) for _ in range(3)]
    group = record.new_group(clinician, "Tuesday", members)
    assert record.who_leads_next(clinician, group.id) == 0
    seats = [SeatWish(one) for one in members]
    started = record.start_group(
        clinician, seats, a_playlist(), some_tracks(), how="none", model_id="m", group_id=group.id, leads=0
    )
    colours = {member.client_id: member.colour for member in group.members}
    assert record.group_room(started.host_token).next_colour == colours[members[1]]
    assert record.who_leads_next(clinician, group.id) == 1


def test_one_note_and_a_line_each_that_goes_to_its_own_record_only(record, clinician):
    group = circle(record, clinician, guests=1)
    group.make()
    record.add_events(group.started.host_token, [event(1, "song_started", track="t0")])
    assert record.notes_to_sign(clinician) == []
    record.end_group_session(clinician, group.started.id)
    assert record.notes_to_sign(clinician) == [], "a group has one note, not one a member"
    assert [one.id for one in record.group_sessions(clinician, unsigned_only=True)] == [group.started.id]
    note = record.group_note(clinician, group.started.id)
    assert set(note.lines) == {0, 1, 2}
    assert [song.track_id for song in note.facts.played] == ["t0"]
    lines = {0: "Quixotic hum", 1: "Zanzibar drum", 3: "a guest's line"}
    note = record.save_group_note(
        clinician, group.started.id, noticed="Jubilant all", meaning="", next_time="", lines=lines, version=0
    )
    with pytest.raises(PlanStateError, match="meanwhile"):
        record.save_group_note(clinician, group.started.id, noticed="", meaning="", next_time="", lines={}, version=0)
    signed = record.sign_group_note(clinician, group.started.id, version=note.version)
    assert signed.signed_by == "Ada Fenn"
    assert record.group_sessions(clinician, unsigned_only=True) == []
    with pytest.raises(PlanStateError, match="signed"):
        record.sign_group_note(clinician, group.started.id, version=signed.version)
    words = ("Quixotic", "Zanzibar", "Jubilant", "guest's line")
    for number, client_id in enumerate(group.clients):
        exported = "\n".join(record.export_client(clinician, client_id).files.values())
        assert [word in exported for word in words] == [number == 0, number == 1, False, False]
        session_id = group.started.seats[number].session_id
        assert record.note_is_as_signed(clinician, session_id)


def test_of_guests_nothing_stays(record, clinician):
    group = circle(record, clinician, clients=0, guests=3)
    say(1, group.rooms[0], record, 0.2, 0.4)
    group.make()
    record.add_events(group.started.host_token, [event(1, "song_started", track="t0")])
    record.add_events(group.rooms[1], [event(2, "ended")])
    assert len(group.now().here) == 2
    audited = rows_in(record, "audit")
    record.end_group_session(clinician, group.started.id)
    for table in ("sessions", "plans", "answers", "events", "group_sessions", "group_seats", "group_turns"):
        assert rows_in(record, table) == 0, table
    assert rows_in(record, "audit") == audited
    with pytest.raises(RoomClosedError):
        record.room(group.rooms[0])


def test_of_a_guest_among_clients_nothing_stays_and_the_clients_keep_theirs(record, clinician):
    group = circle(record, clinician, clients=2, guests=1)
    for number in range(3):
        say(number, group.rooms[number], record, 0.2, 0.4)
    record.end_group_session(clinician, group.started.id)
    assert rows_in(record, "answers") == 4
    assert rows_in(record, "group_seats") == 2


def test_a_group_that_nobody_ended_is_ended_at_the_next_start_and_clients_answers_survive(record, clinician, clock):
    group = circle(record, clinician, clients=2, guests=1)
    say(0, group.rooms[0], record, 0.2, 0.4)
    record.erase_leftovers(all_trials=True)
    assert group.now().phase == "gathering", "a restart in the middle of a session ends nothing"
    clock.on(hours=5)
    record.erase_leftovers(all_trials=True)
    assert group.now().phase == "over"
    assert rows_in(record, "group_seats") == 2
    assert rows_in(record, "answers") == 2


def test_erasing_one_member_takes_their_part_and_the_median_and_leaves_the_others(record, clinician):
    group = circle(record, clinician, picks={0: ("t1",)})
    for number in range(3):
        say(number, group.rooms[number], record, 0.1, 0.2)
    group.make([SeatTurn(0, "t1", 1)])
    record.end_group_session(clinician, group.started.id)
    record.save_group_note(
        clinician, group.started.id, noticed="", meaning="", next_time="", lines={0: "Quixotic"}, version=0
    )
    code = record.client(clinician, group.clients[0]).code
    record.erase_record(clinician, code, reason="asked to be removed")
    now = group.now()
    assert [seat.number for seat in now.seats] == [1, 2]
    assert now.turns == ()
    plan = record.plan(clinician, now.plan_id)
    assert plan.present == plan.target
    assert rows_in(record, "answers") == 4
    assert rows_in(record, "group_lines") == 0
    for client_id in group.clients[1:]:
        record.erase_record(clinician, record.client(clinician, client_id).code, reason="asked to be removed")
    for table in ("group_sessions", "group_seats", "sessions", "plans", "events", "answers"):
        assert rows_in(record, table) == 0, table


def test_a_client_sits_in_one_session_at_a_time(record, clinician):
    group = circle(record, clinician)
    plan = record.draft_plan(clinician, group.clients[0], a_playlist(), some_tracks(), model_id="m")
    record.approve(clinician, plan.id, present=True)
    record.start_session(clinician, plan.id, with_client=True)
    assert group.now().seats[0].left_at is not None
    with pytest.raises(BadClientError, match="twice"):
        record.start_group(
            clinician, [SeatWish(group.clients[1])] * 2, a_playlist(), some_tracks(), how="own", model_id="m"
        )


def test_a_seat_opens_with_its_own_link_and_pin(record, clinician):
    group = circle(record, clinician)
    seat = group.started.seats[1]
    token = record.open_link(seat.link_token, seat.pin)
    assert record.group_room(token).colour == seat.colour
    assert record.room(token).code == seat.code
    assert all(one.link_token is None for one in circle(record, clinician, how="passed").started.seats)


def test_today_shows_no_room_of_a_group_among_single_sessions(record, clinician):
    circle(record, clinician, guests=1)
    assert record.open_sessions(clinician) == []
    assert len(record.group_sessions(clinician, open_only=True)) == 1


def test_the_audit_tells_of_a_group_without_saying_who_sat_with_whom(record, clinician):
    group = circle(record, clinician)
    group.make()
    record.end_group_session(clinician, group.started.id)
    for client_id in group.clients:
        trail = record.export_client(clinician, client_id).files["audit.csv"]
        assert json.dumps(client_id)[1:-1] in trail
        for other in group.clients:
            assert other == client_id or other not in trail
