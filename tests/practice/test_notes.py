"""One note a session: facts filled in, boxes empty, signed and locked; and what clients let their therapist know."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from practice.errors import BadClientError, NotThereError, PlanStateError
from practice.record import Record
from practice.room_events import Event
from practice.schema import notes
from practice.store import Actor
from tests.practice.conftest import Clock, check_in, event, settled, started


def at(minute: int, number: int, kind: str, **values: object) -> Event:
    return Event(f"event-{number:04d}", kind, f"2026-03-02T10:{minute:02d}:00Z", values)


@pytest.fixture
def session_id(record: Record, clinician: Actor, client_id: str, clock: Clock) -> str:
    session_id, room_token = started(record, clinician, client_id)
    record.add_events(
        room_token,
        [
            check_in(1, "before", {"valence": 0.3, "arousal": 0.6}),
            at(2, 2, "song_started", track="t0"),
            at(5, 3, "song_ended", track="t0"),
            at(5, 4, "song_started", track="t1"),
            at(6, 5, "skipped", track="t1", instead="t6"),
            at(6, 6, "song_started", track="t6"),
            at(8, 7, "stopped", by="button"),
            at(9, 8, "words", text="The second one was too loud"),
        ],
    )
    clock.on(minutes=12)
    record.end_session(clinician, session_id)
    return session_id


def test_the_facts_are_filled_in_and_the_boxes_are_empty(record: Record, clinician: Actor, session_id: str):
    note = record.note(clinician, session_id)
    assert (note.noticed, note.meaning, note.next_time, note.version, note.signed_at) == ("", "", "", 0, None)
    assert [(played.title, played.how) for played in note.facts.played] == [
        ("Song 0", "ended"),
        ("Song 1", "skipped"),
        ("Song 6", "stopped"),
    ]
    assert (note.facts.minutes, len(note.facts.stops), len(note.facts.answers)) == (12.0, 1, 2)
    assert [said.text for said in note.facts.said] == ["The second one was too loud"]


def test_a_signed_note_is_locked_and_takes_addenda_only(
    record: Record, clinician: Actor, session_id: str, clock: Clock
):
    saved = record.save_note(clinician, session_id, noticed="Hummed.", meaning="", next_time="Quieter.", version=0)
    assert session_id in record.notes_to_sign(clinician)
    signed = record.sign_note(clinician, session_id, version=saved.version)
    assert (signed.signed_by, signed.signed_at) == ("Ada Fenn", clock.now)
    assert record.notes_to_sign(clinician) == []
    with pytest.raises(PlanStateError, match="addendum"):
        record.save_note(clinician, session_id, noticed="Changed.", meaning="", next_time="", version=signed.version)
    with pytest.raises(PlanStateError):
        record.sign_note(clinician, session_id, version=signed.version)
    added = record.add_addendum(clinician, session_id, "Carer rang.")
    assert (added.noticed, [entry.text for entry in added.addenda]) == ("Hummed.", ["Carer rang."])
    assert record.note_is_as_signed(clinician, session_id)


def test_facts_stay_as_they_were_when_signed(record: Record, clinician: Actor, client_id: str, clock: Clock):
    session_id, room_token = started(record, clinician, client_id)
    record.end_session(clinician, session_id)
    record.sign_note(clinician, session_id, version=0)
    record.add_events(room_token, [at(9, 1, "words", text="late")])
    assert record.note(clinician, session_id).facts["said"] == []


def test_a_note_that_was_changed_behind_the_programs_back_is_noticed(record: Record, clinician: Actor, session_id: str):
    record.sign_note(clinician, session_id, version=0)
    with record.engine.begin() as db:
        db.execute(sa.update(notes).values(meaning="something else"))
    assert not record.note_is_as_signed(clinician, session_id)


def test_the_second_of_two_writers_of_a_note_is_told(record: Record, clinician: Actor, session_id: str):
    record.save_note(clinician, session_id, noticed="One.", meaning="", next_time="", version=0)
    with pytest.raises(PlanStateError, match="meanwhile"):
        record.save_note(clinician, session_id, noticed="Two.", meaning="", next_time="", version=0)


def test_an_addendum_needs_a_signed_note(record: Record, clinician: Actor, session_id: str):
    with pytest.raises(PlanStateError, match="not signed yet"):
        record.add_addendum(clinician, session_id, "More.")


def test_a_trial_has_no_note(record: Record, clinician: Actor):
    session_id, _ = started(record, clinician, None)
    with pytest.raises(NotThereError):
        record.note(clinician, session_id)


def test_messages_are_unread_until_they_are_read(record: Record, clinician: Actor, colleague: Actor, client_id: str):
    session_id, room_token = started(record, clinician, client_id)
    record.add_events(
        room_token,
        [
            at(1, 1, "told"),
            at(2, 2, "upset", level="a_lot"),
            at(3, 3, "upset", level="no"),
            at(4, 4, "words", text=" "),
        ],
    )
    assert [(message.kind, message.text) for message in record.messages(clinician)] == [
        ("upset", "a_lot"),
        ("told", ""),
    ]
    record.mark_message_read(clinician, session_id, "event-0001")
    record.mark_message_read(clinician, session_id, "event-0001")
    assert [message.kind for message in record.messages(clinician)] == ["upset"]
    assert [message.is_read for message in record.messages(clinician, read_too=True)] == [False, True]
    assert record.messages(colleague) == []


def test_a_marked_moment_keeps_song_place_and_their_words(record: Record, clinician: Actor, client_id: str):
    session_id, _ = started(record, clinician, client_id)
    moment = record.mark_moment(clinician, session_id, track_id="t1", position_s=82.5, text="smiled")
    record.write_their_words(clinician, moment, "My mother's kitchen")
    (kept,) = record.facts(clinician, session_id).moments
    assert (kept.title, kept.position_s, kept.text, kept.their_words) == (
        "Song 1",
        82.5,
        "smiled",
        "My mother's kitchen",
    )


def test_a_session_that_upset_waits_for_its_form_until_it_is_written_or_the_note_is_signed(
    record: Record, clinician: Actor, client_id: str
):
    asked = []
    for level in ("a_lot", "a_little", "no"):
        session_id, token = started(record, clinician, client_id)
        record.add_events(token, [event(1, "upset", level=level)])
        record.end_session(clinician, session_id)
        asked.append(session_id)
    assert {one.session_id for one in record.upset_waiting(clinician)} == {asked[0], asked[1]}
    record.write_upset_form(clinician, client_id, session_id=asked[0], seen="Turned away")
    assert [one.session_id for one in record.upset_waiting(clinician)] == [asked[1]]
    note = record.save_note(clinician, asked[1], noticed="Talked about it.", meaning="", next_time="", version=0)
    record.sign_note(clinician, asked[1], version=note.version)
    assert record.upset_waiting(clinician) == []


def test_the_upset_form_proposes_an_avoid_entry_and_makes_none(record: Record, clinician: Actor, client_id: str):
    session_id, _ = started(record, clinician, client_id)
    form = record.write_upset_form(clinician, client_id, session_id=session_id, track_id="t2", seen="Turned away")
    assert (form.playing, form.avoid_proposed) == ("Song 2 · Artist 2", ("track", "t2"))
    assert record.client(clinician, client_id).avoid == ()
    assert [kept.id for kept in record.upset_forms(clinician, client_id)] == [form.id]
    with pytest.raises(BadClientError):
        record.write_upset_form(clinician, client_id, seen=" ")
    other = settled(record, clinician)
    with pytest.raises(NotThereError):
        record.write_upset_form(clinician, other, session_id=session_id, seen="x")


def test_goals_open_and_close(record: Record, clinician: Actor, client_id: str):
    goal = record.set_goal(clinician, client_id, "Sleep through", strand="feel")
    record.close_goal(clinician, client_id, goal.id, outcome="partly", words="Most nights")
    record.set_goal(clinician, client_id, "Sing with others", strand="together")
    assert [(kept.text, kept.outcome) for kept in record.goals(clinician, client_id)] == [
        ("Sing with others", None),
        ("Sleep through", "partly"),
    ]
    with pytest.raises(NotThereError):
        record.close_goal(clinician, client_id, goal.id, outcome="reached")


def test_a_song_of_the_story_that_hurts_is_barred(record: Record, clinician: Actor, client_id: str):
    record.add_to_story(clinician, client_id, chapter="now", title="Song 3", track_id="t3", feeling="avoid")
    record.add_to_story(clinician, client_id, chapter="childhood", title="Song 4", track_id="t4", who="Gran")
    marks = record.protection(clinician, client_id).marks
    assert (marks.painful, marks.loved) == ({"t3"}, {"t4"})
    story = record.story(clinician, client_id)
    assert [song.chapter for song in story] == ["childhood", "now"]
    record.remove_from_story(clinician, client_id, story[0].id)
    assert len(record.story(clinician, client_id)) == 1
    assert record.protection(clinician, client_id).marks.painful == {"t3"}


def test_an_ended_therapy_starts_nothing_and_turns_optional_uses_off_unless_asked_again(
    record: Record, clinician: Actor, client_id: str
):
    record.set_agreement(clinician, client_id, "improve", is_on=True, said_by="client")
    record.end_therapy(clinician, client_id, words="Moved away", asked_again=False)
    assert not record.agrees(clinician, client_id, "improve")
    with pytest.raises(PlanStateError, match="ended"):
        started(record, clinician, client_id)
    with pytest.raises(PlanStateError, match="already"):
        record.end_therapy(clinician, client_id, asked_again=True)
    assert record.clients(clinician) == []
    assert [client.id for client in record.clients(clinician, ended=True)] == [client_id]


def test_the_seven_reporting_items_are_empty_until_written(record: Record, clinician: Actor, client_id: str):
    assert set(record.reporting(clinician, client_id).values()) == {""}
    record.write_reporting(clinician, client_id, "theory", "Iso principle")
    record.write_reporting(clinician, client_id, "theory", "Iso principle, self-chosen songs")
    assert record.reporting(clinician, client_id)["theory"] == "Iso principle, self-chosen songs"
    assert len(record.reporting(clinician, client_id)) == 7


def test_rest_ends_by_itself(record: Record, clinician: Actor, client_id: str, clock: Clock):
    record.mark_song(clinician, client_id, "t1", "rest", title="Song 1", until=clock.now + timedelta(days=14))
    assert record.protection(clinician, client_id).marks.rest == {"t1"}
    clock.on(days=15)
    assert record.protection(clinician, client_id).marks.rest == frozenset()


def test_an_event_is_no_fact_of_another_session(record: Record, clinician: Actor, client_id: str, session_id: str):
    other, room_token = started(record, clinician, client_id)
    record.add_events(room_token, [event(1, "words", text="other")])
    assert [said.text for said in record.facts(clinician, other).said] == ["other"]


def test_a_song_that_goes_on_after_a_stop_is_one_play(record: Record, clinician: Actor, client_id: str):
    session_id, room_token = started(record, clinician, client_id)
    record.add_events(
        room_token,
        [
            at(1, 1, "song_started", track="t0", from_s=0),
            at(2, 2, "stopped", track="t0"),
            at(3, 3, "song_started", track="t0", from_s=60),
            at(5, 4, "song_ended", track="t0"),
        ],
    )
    (played,) = record.facts(clinician, session_id).played
    assert (played.how, played.started_at.minute, played.ended_at.minute) == ("ended", 1, 5)


def test_a_song_that_could_not_be_played_is_told_as_one(record: Record, clinician: Actor, client_id: str):
    session_id, room_token = started(record, clinician, client_id)
    record.add_events(room_token, [at(1, 1, "song_started", track="t0"), at(2, 2, "missing", track="t0")])
    (played,) = record.facts(clinician, session_id).played
    assert played.how == "missing"


def test_plays_are_counted_once_a_session_within_two_weeks(
    record: Record, clinician: Actor, client_id: str, clock: Clock
):
    for _ in range(3):
        _, room_token = started(record, clinician, client_id)
        moment = clock.now.isoformat()
        record.add_events(
            room_token,
            [Event(f"event-{number:04d}", "song_started", moment, {"track": "t0"}) for number in range(2)],
        )
        clock.on(days=6)
    assert record.plays(clinician, client_id) == {"t0": 2}
