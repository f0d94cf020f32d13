"""Optional uses are off, turned by one touch; requests are answered; records are kept until somebody decides."""

from __future__ import annotations

from datetime import date

import pytest

from practice.errors import BadClientError, NotThereError
from practice.record import Record
from practice.store import Actor
from tests.practice.conftest import PASSWORD, Clock, check_in, event, settled, started


def test_optional_uses_are_off_until_said_and_withdrawn_in_one_touch(
    record: Record, clinician: Actor, client_id: str, clock: Clock
):
    _, room_token = started(record, clinician, client_id)
    assert not record.agrees(clinician, client_id, "choose_songs")
    for turned in (True, False, True, False):
        clock.on(seconds=1)
        record.set_own_agreement(room_token, "choose_songs", is_on=turned)
        assert record.agrees(clinician, client_id, "choose_songs") is turned
        assert not record.agrees(clinician, client_id, "improve")
    said = record.agreements(clinician, client_id)
    assert [(entry.is_on, entry.said_by) for entry in said] == [
        (False, "client"),
        (True, "client"),
        (False, "client"),
        (True, "client"),
    ]


def test_the_last_word_within_one_second_holds(record: Record, clinician: Actor, client_id: str):
    for turned in (True, False, True):
        record.set_agreement(clinician, client_id, "improve", is_on=turned, said_by="parent")
    assert record.agrees(clinician, client_id, "improve")


def test_nobody_else_agrees_for_a_client(record: Record, clinician: Actor, client_id: str):
    with pytest.raises(BadClientError):
        record.set_agreement(clinician, client_id, "improve", is_on=True, said_by="clinician")
    with pytest.raises(BadClientError):
        record.set_agreement(clinician, client_id, "sell", is_on=True, said_by="client")


def test_a_client_sees_answers_and_songs_and_no_note(record: Record, clinician: Actor, client_id: str):
    session_id, room_token = started(record, clinician, client_id)
    record.add_events(room_token, [check_in(1, "before", {"valence": 0.3}), event(2, "song_started", track="t0")])
    record.save_note(clinician, session_id, noticed="private thought", meaning="", next_time="", version=0)
    record.mark_moment(clinician, session_id, text="private moment")
    kept = record.kept_about_me(room_token)
    assert kept.sessions[0]["played"][0]["title"] == "Song 0"
    assert kept.sessions[0]["answers"][0]["number"] == 0.3
    assert "private" not in str(kept)


def test_a_complaint_reaches_an_administrator_even_where_nothing_is_kept(
    record: Record, clinician: Actor, colleague: Actor, client_id: str
):
    boss = record.create_account(record.invite(clinician, "Di Hall", role="administrator"), password=PASSWORD)
    _, room_token = started(record, clinician, client_id)
    record.ask_for(room_token, "notes")
    record.ask_for(room_token, "removal", "Please take it all away")
    _, trial = started(record, clinician, None)
    record.ask_for(trial, "complaint", "Too loud")
    assert [request.kind for request in record.requests(boss)] == ["removal", "complaint"]
    assert [request.kind for request in record.requests(clinician)] == ["notes", "removal", "complaint"]
    assert record.requests(colleague) == []
    complaint = record.requests(boss)[1]
    assert (complaint.client_id, complaint.code, complaint.text) == (None, "", "Too loud")
    with pytest.raises(NotThereError):
        record.answer_request(colleague, complaint.id, "x")
    record.answer_request(boss, complaint.id, "We have turned it down.")
    assert [request.kind for request in record.requests(boss)] == ["removal"]
    with pytest.raises(NotThereError):
        record.answer_request(boss, complaint.id, "again")


def test_a_record_is_remembered_when_its_month_comes_and_deleted_by_nobody(
    record: Record, clinician: Actor, colleague: Actor, client_id: str, clock: Clock
):
    other = settled(record, clinician)
    record.keep_until(clinician, client_id, date(2026, 5, 17), basis="8 years after the end")
    record.keep_until(clinician, other, date(2034, 5, 1), basis="8 years after the end")
    assert record.kept_until(clinician, client_id) == (date(2026, 5, 1), "8 years after the end")
    assert record.retention_reminders(clinician) == []
    clock.on(days=70)
    assert [reminder.client_id for reminder in record.retention_reminders(clinician)] == [client_id]
    assert record.retention_reminders(colleague) == []
    assert len(record.clients(clinician)) == 2
