"""Sessions: approval before anything plays, the door, answers exactly once, and nothing kept of a trial."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
import sqlalchemy as sa

from practice import passwords
from practice.errors import (
    BadEventError,
    LinkError,
    NotThereError,
    PlanStateError,
    RoomClosedError,
    SomeoneMustBePresentError,
    UnsafePlanError,
    WrongPinError,
)
from practice.record import Record
from practice.room_events import MOST_EVENTS_AT_ONCE, Event
from practice.schema import metadata, room_tokens, sessions
from practice.store import Actor
from recommender.mood import Mood
from recommender.playlist import PlannedSlot
from tests.practice.conftest import (
    PASSWORD,
    Clock,
    SomeTrack,
    a_playlist,
    approved,
    at_once,
    check_in,
    event,
    settled,
    some_tracks,
    started,
)


def test_a_draft_is_approved_by_name_and_only_then_starts(
    record: Record, clinician: Actor, client_id: str, clock: Clock
):
    draft = record.draft_plan(clinician, client_id, a_playlist(), some_tracks(), model_id="model-1", present_word="sad")
    assert (draft.state, draft.present_word, draft.model_id) == ("draft", "sad", "model-1")
    with pytest.raises(PlanStateError, match="not approved"):
        record.start_session(clinician, draft.id, with_client=True)
    plan = record.approve(clinician, draft.id, present=True)
    assert (plan.state, plan.approved_by, plan.approved_at) == ("approved", "Ada Fenn", clock.now)
    assert record.start_session(clinician, plan.id, with_client=True).room_token
    noted = next(row for row in record.audit_rows(clinician) if row.action == "plan_approved")
    assert noted.details == {"client": client_id, "model": "model-1", "present": True, "version": 1}


def test_talk_between_songs_is_kept_and_keeps_its_place_in_the_room_when_a_song_is_barred(
    record: Record, clinician: Actor, client_id: str
):
    slots = (PlannedSlot(1, "talk", 200.0, 180.0), PlannedSlot(4, "silence", 980.0, 60.0))
    playlist = replace(a_playlist(), slots=slots)
    plan = record.draft_plan(clinician, client_id, playlist, some_tracks(), model_id="model-1")
    assert record.plan(clinician, plan.id).slots == slots
    record.approve(clinician, plan.id, present=True)
    session = record.start_session(clinician, plan.id, with_client=True)
    before = record.room(session.room_token).slots
    assert [(slot.before_song, slot.kind, slot.minutes) for slot in before] == [(1, "talk", 3.0), (4, "silence", 1.0)]
    record.avoid(clinician, client_id, "track", "t0")
    assert [slot.before_song for slot in record.room(session.room_token).slots] == [0, 3]
    without = record.edit_plan(clinician, plan.id, a_playlist(), some_tracks(), version=1, model_id="model-1")
    assert without.slots == ()


def test_a_plan_keeps_titles_and_moods_as_they_were(record: Record, clinician: Actor, client_id: str):
    tracks = [replace(track, valence=0.33, title="<b>Café</b>") for track in some_tracks()]
    plan = record.draft_plan(clinician, client_id, a_playlist(), tracks, model_id="m")
    again = record.plan(clinician, plan.id)
    assert again == plan
    assert [place.song.title for place in again.places] == ["<b>Café</b>"] * 4
    assert {song.valence for song in again.songs.values()} == {0.33}
    assert again.pool == a_playlist().pool
    assert again.places[1].reasons == a_playlist().tracks[1].reasons


def test_what_is_not_a_number_is_stored_as_unknown(record: Record, clinician: Actor, client_id: str):
    tracks = [replace(track, valence=float("nan"), loudness_lufs=float("-inf")) for track in some_tracks()]
    plan = record.draft_plan(clinician, client_id, a_playlist(), tracks, model_id="m")
    assert {(song.valence, song.loudness_lufs) for song in plan.songs.values()} == {(None, None)}


def test_an_approval_lasts_thirty_days_and_is_renewed_by_one_press(
    record: Record, clinician: Actor, client_id: str, clock: Clock
):
    plan_id = approved(record, clinician, client_id)
    clock.on(days=30, seconds=1)
    with pytest.raises(PlanStateError, match="too old"):
        record.start_session(clinician, plan_id, with_client=True)
    record.approve(clinician, plan_id, present=False)
    assert record.start_session(clinician, plan_id, with_client=True)


def test_an_edit_returns_an_approved_plan_to_draft(record: Record, clinician: Actor, client_id: str):
    plan_id = approved(record, clinician, client_id)
    edited = record.edit_plan(clinician, plan_id, a_playlist(songs=3), some_tracks(), version=1, model_id="m")
    assert (edited.state, edited.replaces, edited.version, edited.approved_by) == ("draft", plan_id, 2, None)
    assert record.plan(clinician, plan_id).state == "superseded"
    for refused in (plan_id, edited.id):
        with pytest.raises(PlanStateError):
            record.start_session(clinician, refused, with_client=True)
    with pytest.raises(PlanStateError):
        record.approve(clinician, plan_id, present=True)


def test_the_second_of_two_editors_is_told(record: Record, clinician: Actor, client_id: str):
    plan = record.draft_plan(clinician, client_id, a_playlist(), some_tracks(), model_id="m")
    record.edit_plan(clinician, plan.id, a_playlist(songs=3), some_tracks(), version=plan.version, model_id="m")
    with pytest.raises(PlanStateError, match="meanwhile"):
        record.edit_plan(clinician, plan.id, a_playlist(songs=2), some_tracks(), version=plan.version, model_id="m")


def test_only_the_approved_pool_of_the_open_session_may_be_heard(
    record: Record, clinician: Actor, client_id: str, clock: Clock
):
    session_id, room_token = started(record, clinician, client_id)
    in_pool = {f"t{number}" for number in range(10)}
    assert {track for track in [*in_pool, "t10", "t11", "", "../t1"] if record.may_hear(room_token, track)} == in_pool
    assert not record.may_hear("guess", "t1")
    assert not record.may_hear(None, "t1")
    record.end_session(clinician, session_id)
    assert not record.may_hear(room_token, "t1")


def test_a_session_closes_by_itself(record: Record, clinician: Actor, client_id: str, clock: Clock):
    _, room_token = started(record, clinician, client_id)
    clock.on(minutes=53)
    assert record.room(room_token).present
    clock.on(minutes=2)  # 24 minutes of music and 30 more
    with pytest.raises(RoomClosedError):
        record.room(room_token)
    assert not record.may_hear(room_token, "t1")


def test_what_is_avoided_now_neither_starts_nor_goes_on(record: Record, clinician: Actor, client_id: str):
    session_id, room_token = started(record, clinician, client_id)
    plan_id = record.session(clinician, session_id).plan_id
    record.avoid(clinician, client_id, "artist", "Artist 1")
    assert not record.may_hear(room_token, "t1")
    state = record.room(room_token)
    assert [song.id for song in state.songs] == ["t0", "t2", "t3"]
    assert len(state.alternates) == len(state.songs)
    with pytest.raises(UnsafePlanError, match="Song 1"):
        record.start_session(clinician, plan_id, with_client=True)
    with pytest.raises(UnsafePlanError):
        record.approve(clinician, plan_id, present=True)


def test_the_room_knows_songs_pool_and_gains_and_no_mood(record: Record, clinician: Actor, client_id: str):
    _, room_token = started(record, clinician, client_id)
    state = record.room(room_token)
    client = record.client(clinician, client_id)
    assert (state.code, state.sign, state.room_name) == (client.code, client.sign, "Ada")
    assert [song.title for song in state.songs] == ["Song 0", "Song 1", "Song 2", "Song 3"]
    assert {song.id for song in state.pool} == {"t4", "t5", "t6", "t7", "t8", "t9"}
    assert (state.start_db, state.limit_db, state.fade_in_s, state.cross_fade_s) == (-12, -3, 3, 2)
    assert (state.scale, state.answered, state.place) == ("affective_slider", (), None)
    assert not hasattr(state.songs[0], "valence")


def test_a_client_who_is_hurt_by_sounds_starts_quietly(record: Record, clinician: Actor):
    _, room_token = started(record, clinician, settled(record, clinician, sounds_hurt="yes"))
    state = record.room(room_token)
    assert (state.start_db, state.limit_db, state.fade_in_s) == (-24, -10, 10)


@pytest.mark.parametrize("unknown", [{"avoid": None}, {"seizures": "not_known"}, {"seizures": "yes"}])
def test_nobody_listens_alone_while_a_question_is_open(
    record: Record, clinician: Actor, unknown: dict[str, str | None]
):
    client_id = settled(record, clinician, **unknown)
    plan_id = approved(record, clinician, client_id)
    with pytest.raises(SomeoneMustBePresentError):
        record.start_session(clinician, plan_id, with_client=False)
    assert record.start_session(clinician, plan_id, with_client=True)


def test_the_door_of_this_screen_opens_once(record: Record, clinician: Actor, client_id: str):
    _, door = started(record, clinician, client_id)
    room_token = record.enter_room(door)
    assert room_token != door
    assert record.room(room_token)
    with pytest.raises(RoomClosedError):
        record.room(door)
    for used in (door, room_token, "guess"):
        with pytest.raises(LinkError):
            record.enter_room(used)


def test_a_link_opens_with_its_pin_and_closes_the_room_elsewhere(record: Record, clinician: Actor, client_id: str):
    session = record.start_session(clinician, approved(record, clinician, client_id), with_client=False)
    assert session.link_token is not None
    assert session.pin is not None
    assert len(session.link_token) >= 22  # 128 bits in base 64
    assert len(session.pin) == 6
    assert record.link_state(session.link_token).works
    first = record.open_link(session.link_token, session.pin)
    assert not record.room(first).handed_over
    second = record.open_link(session.link_token, f" {session.pin[:3]} {session.pin[3:]} ")
    assert record.room(second)
    with pytest.raises(RoomClosedError):
        record.room(first)
    assert record.add_events(first, [event(1)]) == 1, "what the first device still had is not lost"


def test_five_wrong_pins_end_a_link_for_good(record: Record, clinician: Actor, client_id: str):
    session = record.start_session(clinician, approved(record, clinician, client_id), with_client=False)
    wrong = f"{(int(session.pin) + 1) % 1_000_000:06d}"
    left = []
    for _ in range(4):
        with pytest.raises(WrongPinError) as caught:
            record.open_link(session.link_token, wrong)
        left.append(caught.value.values["left"])
    assert left == [4, 3, 2, 1]
    with pytest.raises(LinkError):
        record.open_link(session.link_token, wrong)
    with pytest.raises(LinkError):
        record.open_link(session.link_token, session.pin)
    assert not record.link_state(session.link_token).works
    actions = [row.action for row in record.audit_rows(clinician)]
    assert (actions.count("pin_wrong"), actions.count("pin_ended_link")) == (4, 1)


def test_a_link_that_is_revoked_while_its_pin_is_looked_at_stays_revoked(
    record: Record, clinician: Actor, client_id: str, monkeypatch: pytest.MonkeyPatch
):
    session = record.start_session(clinician, approved(record, clinician, client_id), with_client=False)

    def revoked_meanwhile(*_: object) -> bool:
        record.revoke_link(clinician, session.session_id)
        return True

    monkeypatch.setattr(passwords, "is_right", revoked_meanwhile)
    with pytest.raises(LinkError):
        record.open_link(session.link_token, session.pin)
    monkeypatch.undo()
    assert not record.link_state(session.link_token).works
    with pytest.raises(LinkError):
        record.open_link(session.link_token, session.pin)


def test_many_pins_at_once_do_not_slip_through(record: Record, clinician: Actor, client_id: str):
    session = record.start_session(clinician, approved(record, clinician, client_id), with_client=False)
    wrong = f"{(int(session.pin) + 1) % 1_000_000:06d}"
    answers: list[type[Exception]] = []

    def guess() -> None:
        try:
            record.open_link(session.link_token, wrong)
        except (LinkError, WrongPinError) as error:
            answers.append(type(error))

    at_once(guess, times=12)
    assert (answers.count(WrongPinError), answers.count(LinkError)) == (4, 8)
    with pytest.raises(LinkError):
        record.open_link(session.link_token, session.pin)


def test_a_right_pin_does_not_add_up_with_the_wrong_ones(record: Record, clinician: Actor, client_id: str):
    session = record.start_session(clinician, approved(record, clinician, client_id), with_client=False)
    for _ in range(7):
        record.open_link(session.link_token, session.pin)
    assert record.link_state(session.link_token).tries_left == 5


def test_a_revoked_link_closes_its_room(record: Record, clinician: Actor, client_id: str):
    session = record.start_session(clinician, approved(record, clinician, client_id), with_client=False)
    room_token = record.open_link(session.link_token, session.pin)
    record.revoke_link(clinician, session.session_id)
    assert not record.may_hear(room_token, "t1")
    with pytest.raises(LinkError):
        record.open_link(session.link_token, session.pin)


def test_links_pins_and_room_tokens_are_stored_as_hashes_only(record: Record, clinician: Actor, client_id: str):
    session = record.start_session(clinician, approved(record, clinician, client_id), with_client=False)
    room_token = record.open_link(session.link_token, session.pin)
    with record.engine.connect() as db:
        stored = [
            str(value) for table in (sessions, room_tokens) for row in db.execute(sa.select(table)) for value in row
        ]
    for secret in (session.link_token, session.room_token, room_token):
        assert not [value for value in stored if secret in value]
    assert [value for value in stored if value.startswith("$argon2id$")]
    assert session.pin not in stored


def test_events_are_stored_exactly_once_however_often_they_are_sent(record: Record, clinician: Actor, client_id: str):
    session_id, room_token = started(record, clinician, client_id)
    batch = [check_in(1, "before", {"valence": 0.25, "arousal": 0.75}), event(2), event(3, "song_started", track="t0")]
    assert record.add_events(room_token, batch) == 3
    assert record.add_events(room_token, batch) == 0
    assert record.add_events(room_token, [*batch, event(4)]) == 1
    said = record.session(clinician, session_id)
    assert [(answer.item, answer.number) for answer in said.answers] == [("arousal", 0.75), ("valence", 0.25)]
    assert said.songs_started == 1


def test_the_same_event_id_in_another_session_is_another_event(record: Record, clinician: Actor, client_id: str):
    _, first = started(record, clinician, client_id)
    _, other = started(record, clinician, settled(record, clinician))
    assert record.add_events(first, [event(1)]) == 1
    assert record.add_events(other, [event(1)]) == 1


def test_answers_are_kept_raw_with_scale_and_version(record: Record, clinician: Actor, client_id: str):
    session_id, room_token = started(record, clinician, client_id, ask={"tension": True})
    record.add_events(room_token, [check_in(1, "after", {"valence": 0.3, "tension": 0.9})])
    found = {
        (a.item, a.scale_id, a.scale_version, a.number, a.said_by)
        for a in record.session(clinician, session_id).answers
    }
    assert found == {
        ("valence", "affective_slider", 1, 0.3, "client"),
        ("tension", "lines", 1, 0.9, "client"),
    }


def test_an_untouched_slider_is_missing_and_never_the_middle(record: Record, clinician: Actor, client_id: str):
    session_id, room_token = started(record, clinician, client_id)
    record.add_events(room_token, [check_in(1, "before", {"valence": 0.5, "arousal": 0.8}, untouched=["valence"])])
    found = {answer.item: (answer.number, answer.missing) for answer in record.session(clinician, session_id).answers}
    assert found == {"valence": (None, "untouched"), "arousal": (0.8, None)}


def test_not_sure_is_stored_as_missing(record: Record, clinician: Actor, client_id: str):
    session_id, room_token = started(record, clinician, client_id)
    record.add_events(
        room_token,
        [
            check_in(
                1,
                "before",
                {"valence": None, "arousal": None},
                missing={"valence": "not_sure", "arousal": "not_sure"},
            )
        ],
    )
    assert {answer.missing for answer in record.session(clinician, session_id).answers} == {"not_sure"}
    assert record.room(room_token).answered == ("before",)


def test_what_a_carer_sees_is_stored_as_an_observers(record: Record, clinician: Actor):
    client_id = settled(record, clinician, preset="carer")
    session_id, room_token = started(record, clinician, client_id)
    record.add_events(
        room_token, [check_in(1, "before", {"looks": "upset", "body": None}, missing={"body": "cannot_tell"})]
    )
    found = {(a.item, a.choice, a.missing, a.said_by) for a in record.session(clinician, session_id).answers}
    assert found == {("looks", "upset", None, "observer"), ("body", None, "cannot_tell", "observer")}


def test_an_answer_that_makes_no_sense_is_kept_with_its_problem_and_is_no_answer(
    record: Record, clinician: Actor, client_id: str
):
    session_id, room_token = started(record, clinician, client_id)
    odd = [
        check_in(1, "before", {"valence": 7}),
        check_in(2, "before", {"valence": True}),
        check_in(3, "later", {"valence": 0.5}),
        check_in(4, "before", {"anger": 0.5}),
        event(5, "check_in", phase="before"),
    ]
    assert record.add_events(room_token, odd) == 5
    assert record.session(clinician, session_id).answers == ()


@pytest.mark.parametrize(
    "odd",
    [
        event(5, "told", text="a smile cut in two \ud83d"),
        event(5, "told", text="a\0b"),
        event(5, "check_in", phase=["before"], values={"valence": 0.5}),
        event(5, "check_in", phase="before", values={"valence": 10**400}),
        event(5, "check_in", phase="before", values={"valence": None}, missing={"valence": ["x"]}),
        event(5, "check_in", phase="before", values={"\ud800": 0.5}),
        event(5, "check_in", phase="before", values={"valence": 0.5}, untouched=[{"a": 1}, "valence"]),
    ],
)
def test_no_answer_is_lost_because_another_holds_what_no_text_can(
    record: Record, clinician: Actor, client_id: str, odd: Event
):
    session_id, room_token = started(record, clinician, client_id)
    after = check_in(6, "after", {"valence": 0.5, "arousal": 0.25})
    assert record.add_events(room_token, [odd, after]) == 2
    assert record.add_events(room_token, [odd, after]) == 0
    assert {answer.phase for answer in record.session(clinician, session_id).answers} <= {"before", "after"}
    assert len([one for one in record.session(clinician, session_id).answers if one.phase == "after"]) == 2
    said = [one for one in record.session_events(clinician, session_id) if one.kind == "told"]
    assert "\ufffd" in str(said) if odd.kind == "told" else said == []


def test_whatever_stands_in_an_event_the_record_can_still_be_read(record: Record, clinician: Actor, client_id: str):
    session_id, room_token = started(record, clinician, client_id)
    kinds = (
        "song_started",
        "song_ended",
        "stopped",
        "skipped",
        "told",
        "words",
        "upset",
        "mood_moved",
        "kept",
        "place",
    )
    odd = ([1, [2]], {"a": [1]}, 10**400, -1e308, "", True, None)
    keys = ("song", "track", "from_s", "text", "level", "answer", "db")
    sent = [event(number, kind, **dict.fromkeys(keys, one)) for number, (kind, one) in enumerate(product(kinds, odd))]
    assert record.add_events(room_token, sent) == len(sent)
    assert len(record.session_events(clinician, session_id)) == len(sent)
    assert record.facts(clinician, session_id).played == ()
    assert "" not in record.plays(clinician, client_id)
    assert record.songs_known(clinician, client_id)
    assert record.messages(clinician, read_too=True)
    assert record.review(clinician, client_id).changes == ()
    assert record.export_client(clinician, client_id).zipped
    assert record.room(room_token).ended_at is None


@pytest.mark.parametrize(
    "bad",
    [
        Event("short", "started", "2026-03-02T10:05:00Z"),
        Event("event-0001'; --", "started", "2026-03-02T10:05:00Z"),
        Event("event-0001", "Started!", "2026-03-02T10:05:00Z"),
        Event("event-0001", "started", "yesterday"),
        Event("event-0001", "started", "0001-01-01T00:00:00+14:00"),
        Event("event-0001", "started", "9999-12-31T23:59:59-14:00"),
        Event("event-0001", "words", "2026-03-02T10:05:00Z", {"text": "x" * 9000}),
        Event("event-0001", "level", "2026-03-02T10:05:00Z", {"db": float("nan")}),
    ],
)
def test_a_misshapen_event_is_refused_with_its_whole_batch(
    record: Record, clinician: Actor, client_id: str, bad: Event
):
    _, room_token = started(record, clinician, client_id)
    with pytest.raises(BadEventError):
        record.add_events(room_token, [event(7), bad])
    assert record.add_events(room_token, [event(7)]) == 1


def test_no_more_events_than_a_room_can_have_are_taken_at_once(record: Record, clinician: Actor, client_id: str):
    _, room_token = started(record, clinician, client_id)
    with pytest.raises(BadEventError):
        record.add_events(room_token, [event(number) for number in range(MOST_EVENTS_AT_ONCE + 1)])


def test_answers_that_come_late_are_taken_for_a_week(record: Record, clinician: Actor, client_id: str, clock: Clock):
    session_id, room_token = started(record, clinician, client_id)
    record.end_session(clinician, session_id)
    clock.on(days=6)
    assert record.add_events(room_token, [check_in(1, "after", {"valence": 0.9, "arousal": 0.1})]) == 1
    clock.on(days=2)
    with pytest.raises(RoomClosedError):
        record.add_events(room_token, [event(2)])


def test_the_place_is_kept_and_a_kept_song_is_known_well(record: Record, clinician: Actor, client_id: str):
    _, room_token = started(record, clinician, client_id)
    record.add_events(room_token, [event(1, "place", index=2, screen="playing"), event(2, "kept", song="t3")])
    assert record.room(room_token).place == {"index": 2, "screen": "playing"}
    assert record.protection(clinician, client_id).marks.known_well == {"t3"}


def test_a_mood_far_from_the_plan_is_noticed(record: Record, clinician: Actor, client_id: str):
    for answer, moved in (({"valence": 0.25, "arousal": 0.25}, False), ({"valence": 0.9, "arousal": 0.9}, True)):
        _, room_token = started(record, clinician, client_id)
        assert record.room(room_token).request.present == Mood(-0.5, -0.5)
        record.add_events(room_token, [check_in(1, "before", answer)])
        assert record.room(room_token).mood_moved is moved


def test_in_a_trial_there_is_nobody_to_tell_that_a_mood_is_another(record: Record, clinician: Actor):
    _, room_token = started(record, clinician, None)
    record.add_events(room_token, [check_in(1, "before", {"valence": 0.9, "arousal": 0.9})])
    assert not record.room(room_token).mood_moved


def test_the_end_from_the_room_leaves_its_last_page_for_a_while(
    record: Record, clinician: Actor, client_id: str, clock: Clock
):
    session_id, room_token = started(record, clinician, client_id)
    record.add_events(room_token, [event(1, "ended")])
    assert record.session(clinician, session_id).ended_by == "client"
    assert record.room(room_token).ended_at == clock.now
    assert not record.may_hear(room_token, "t0")
    clock.on(minutes=11)
    with pytest.raises(RoomClosedError):
        record.room(room_token)


def test_a_new_session_ends_the_one_that_was_left_open(record: Record, clinician: Actor, client_id: str):
    old, old_token = started(record, clinician, client_id)
    new, _ = started(record, clinician, client_id)
    assert record.session(clinician, old).ended_by == "replaced"
    assert not record.may_hear(old_token, "t0")
    assert [session.id for session in record.open_sessions(clinician)] == [new]


def test_a_room_that_has_said_goodbye_is_not_going_on(record: Record, clinician: Actor, client_id: str):
    session_id, room_token = started(record, clinician, client_id)
    record.add_events(room_token, [event(1, "finished", songs=1)])
    assert record.open_sessions(clinician) == []
    assert record.session(clinician, session_id).is_open


@pytest.mark.parametrize("end", ["room", "event", "clinician"])
def test_just_trying_leaves_nothing_behind(record: Record, clinician: Actor, tmp_path: Path, end: str):
    before = _everything(record)
    tracks = [replace(track, title="Zanzibar Lullaby") for track in some_tracks()]
    plan = record.draft_plan(clinician, None, a_playlist(), tracks, model_id="m", present_word="Weltschmerz")
    edited = record.edit_plan(
        clinician, record.approve(clinician, plan.id, present=True).id, a_playlist(), tracks, version=1, model_id="m"
    )
    record.approve(clinician, edited.id, present=True)
    session = record.start_session(clinician, edited.id, with_client=True)
    room_token = record.enter_room(session.room_token)
    assert record.room(room_token).sign is None
    record.add_events(room_token, [check_in(1, "before", {"valence": 0.123456}), event(2, "words", text="Xylophones")])
    if end == "room":
        record.end_room(room_token)
    elif end == "event":
        record.add_events(room_token, [event(3, "ended")])
    else:
        record.end_session(clinician, session.session_id)
    assert _everything(record) == before
    assert (tmp_path / "record.db-wal").stat().st_size == 0, "the write-ahead log still holds what was erased"
    record.close()
    for file in tmp_path.iterdir():
        bytes_left = file.read_bytes()
        assert not [word for word in (b"Zanzibar", b"Weltschmerz", b"Xylophones") if word in bytes_left], file


def _everything(record: Record) -> dict[str, int]:
    with record.engine.connect() as db:
        return {
            table.name: db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


def test_a_trial_that_was_left_is_erased_when_it_is_old(record: Record, clinician: Actor, tmp_path: Path, clock: Clock):
    session_id, _ = started(record, clinician, None)
    again = Record.open(tmp_path / "record.db", clock=clock)
    assert again.session(clinician, session_id), "another process must not erase a trial that is going on"
    clock.on(hours=13)
    again.close()
    again = Record.open(tmp_path / "record.db", clock=clock)
    with pytest.raises(NotThereError):
        again.session(clinician, session_id)
    assert again.erase_leftovers(all_trials=True) == 0
    again.close()


def test_a_trial_is_its_own_clinicians_only(record: Record, clinician: Actor, colleague: Actor):
    session_id, _ = started(record, clinician, None)
    with pytest.raises(NotThereError):
        record.session(colleague, session_id)


def test_a_plan_is_never_longer_than_an_hour(record: Record, clinician: Actor, client_id: str):
    with pytest.raises(Exception, match="60 minutes"):
        record.draft_plan(clinician, client_id, a_playlist(minutes=61), some_tracks(), model_id="m")


def test_a_plan_whose_tracks_are_not_all_there_is_refused(record: Record, clinician: Actor, client_id: str):
    with pytest.raises(Exception, match="first is t9"):
        record.draft_plan(clinician, client_id, a_playlist(), some_tracks(9), model_id="m")
    nameless = [replace(track, duration_s=None) for track in some_tracks()]
    with pytest.raises(Exception, match="no known length"):
        record.draft_plan(clinician, client_id, a_playlist(), nameless, model_id="m")


def test_a_track_without_tags_can_be_planned(record: Record, clinician: Actor, client_id: str):
    tracks = [SomeTrack(track.id, None, artist=None, album=None) for track in some_tracks()]
    plan = record.draft_plan(clinician, client_id, a_playlist(), tracks, model_id="m")
    assert plan.places[0].song.title == ""


def test_signing_in_is_not_needed_for_the_room_and_does_not_open_it(record: Record, clinician: Actor, client_id: str):
    token = record.sign_in("Ada Fenn", PASSWORD)
    with pytest.raises(RoomClosedError):
        record.room(token)


def test_the_therapists_stop_reaches_the_room(record: Record, clinician: Actor, client_id: str, clock: Clock):
    session_id, room_token = started(record, clinician, client_id)
    assert record.room_position(room_token) == (True, None, None)
    record.ask_to_stop(clinician, session_id)
    assert record.room_position(room_token) == (True, clock.now, None)
    assert record.room(room_token).stop_asked_at == clock.now
    record.end_session(clinician, session_id)
    assert record.room_position(room_token) == (False, clock.now, None)
    assert record.room_position("guess") == (False, None, None)


def test_the_one_switch_frame_moves_as_the_site_set_it(record: Record, clinician: Actor):
    client_id = settled(record, clinician, preset="one_switch")
    _, room_token = started(record, clinician, client_id)
    state = record.room(room_token)
    assert (state.preset, state.scale, state.scan_s) == ("one_switch", "switch5", 2.5)
    record.set_setting(clinician, "scan_step_s", 0)
    assert record.room(room_token).scan_s == 0


@pytest.mark.parametrize("present", [True, False])
def test_the_room_says_truly_whether_somebody_is_there(record: Record, clinician: Actor, client_id: str, present: bool):
    session = record.start_session(clinician, approved(record, clinician, client_id), with_client=present)
    assert record.room(session.room_token).present is present
    assert (session.link_token is None) is present


def test_what_the_room_told_is_told_to_the_live_view_in_order(
    record: Record, clinician: Actor, client_id: str, clock: Clock
):
    session_id, room_token = started(record, clinician, client_id)
    record.add_events(room_token, [event(1, "started")])
    first = record.session_events(clinician, session_id)
    clock.on(seconds=5)
    record.add_events(room_token, [event(2, "level", db=-15)])
    later = record.session_events(clinician, session_id, after=first[-1].received_at)
    assert [(each.id, each.kind) for each in first] == [("event-0001", "started")]
    assert [(each.kind, each.values) for each in later] == [("level", {"db": -15})]


def test_the_therapist_is_told_when_somebody_wants_other_music_than_planned(
    record: Record, clinician: Actor, client_id: str
):
    session_id, room_token = started(record, clinician, client_id)
    record.add_events(room_token, [event(1, "mood_moved", answer="no")])
    assert record.facts(clinician, session_id).said == ()
    record.add_events(room_token, [event(2, "mood_moved", answer="yes")])
    assert [one.kind for one in record.facts(clinician, session_id).said] == ["mood_moved"]


def test_songs_that_were_played_or_marked_are_known_and_the_others_new_to_them(
    record: Record, clinician: Actor, client_id: str
):
    _, room_token = started(record, clinician, client_id)
    record.add_events(room_token, [event(1, "song_started", track="t2")])
    record.mark_song(clinician, client_id, "t5", "loved", title="Song 5")
    record.mark_song(clinician, client_id, "t6", "painful", title="Song 6")
    assert record.songs_known(clinician, client_id) == {"t2", "t5"}
    assert record.songs_known(clinician, settled(record, clinician)) == set()


def test_songs_that_cross_over_in_one_moment_are_told_apart_whichever_event_comes_first(
    record: Record, clinician: Actor, client_id: str
):
    for crossing in (("song_ended", "song_started"), ("song_started", "song_ended")):
        session_id, room_token = started(record, clinician, client_id)
        track = {"song_ended": "t0", "song_started": "t1"}
        told = [event(number, kind, track=track[kind]) for number, kind in enumerate(crossing, 2)]
        record.add_events(room_token, [event(1, "song_started", track="t0"), *told])
        played = record.facts(clinician, session_id).played
        assert [(one.track_id, one.how) for one in played] == [("t0", "ended"), ("t1", "open")]


def test_of_a_trial_that_is_over_only_that_somebody_has_begun_is_left(
    record: Record, clinician: Actor, colleague: Actor
):
    assert not record.has_begun(clinician)
    plan = record.draft_plan(clinician, None, a_playlist(), some_tracks(), model_id="m")
    record.approve(clinician, plan.id, present=True)
    screen = record.sign_in(clinician.name, PASSWORD)
    session = record.start_session(clinician, plan.id, with_client=True)
    record.hand_over(screen)
    record.end_session(clinician, session.session_id)
    assert record.sessions(clinician) == []
    assert record.has_begun(clinician)
    assert not record.has_begun(colleague)
