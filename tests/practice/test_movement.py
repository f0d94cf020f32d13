"""Music to move to: somebody is there, the level is the therapist's, and the room and the note know the speed."""

from __future__ import annotations

import pytest

from practice.errors import BadPlanError, NotAllowedError, NotThereError, SomeoneMustBePresentError
from practice.movement import Movement, Rest, check_movement
from recommender.constraints import Rules
from tests.practice.conftest import a_playlist, event, settled, some_tracks

WALK = Movement("walking", 100.0, said_by="tapped", level=1.05, rests=(Rest(2, 1.0),), thought_with="the physio")


def drafted(record, clinician, client_id, movement=WALK, *, supervised=True):
    return record.draft_movement(
        clinician, client_id, a_playlist(), some_tracks(), movement, supervised=supervised, model_id="model-1"
    )


def test_nothing_is_made_to_move_to_before_somebody_says_that_they_are_there(record, clinician, client_id):
    with pytest.raises(BadPlanError, match="you are with them"):
        drafted(record, clinician, client_id, supervised=False)
    assert record.plans(clinician, client_id) == []


@pytest.mark.parametrize(
    ("movement", "message"),
    [
        (Movement("walking", 20), "30 to 240"),
        (Movement("walking", 400), "30 to 240"),
        (Movement("walking", 100, level=1.2), "90 %, 95 %, 100 %, 105 %, 110 %"),
        (Movement("dancing", 100), "walking"),
        (Movement("hands", 100, rests=(Rest(0, 1),)), "comes after a song"),
        (Movement("hands", 100, rests=(Rest(1, 60),)), "up to 10 minutes"),
    ],
)
def test_what_nobody_moves_at_is_refused(movement, message):
    with pytest.raises(BadPlanError, match=message):
        check_movement(movement)


def test_the_rules_of_a_movement_ask_for_its_level_and_keep_every_other_rule():
    rules = WALK.rules(Rules(max_arousal=0.4))
    assert (rules.cadence_bpm, rules.cadence_tolerance, rules.max_arousal) == (105.0, 0.03, 0.4)
    assert Movement("hands", 60, is_loose=True).rules(Rules()).cadence_tolerance == 0.05


def test_nobody_moves_alone(record, clinician, client_id):
    plan = drafted(record, clinician, client_id)
    record.approve(clinician, plan.id, present=True)
    with pytest.raises(SomeoneMustBePresentError):
        record.start_session(clinician, plan.id, with_client=False)
    started = record.start_session(clinician, plan.id, with_client=True)
    assert record.movement_in_room(started.room_token) == WALK


def test_the_note_says_the_speed_and_with_whom_falls_were_thought_about(record, clinician, client_id):
    plan = drafted(record, clinician, client_id)
    record.approve(clinician, plan.id, present=True)
    started = record.start_session(clinician, plan.id, with_client=True)
    record.add_events(started.room_token, [event(1, "song_started", track="t0")])
    record.end_session(clinician, started.session_id)
    note = record.sign_note(clinician, started.session_id, version=0)
    assert note.facts["movement"]["cadence_bpm"] == 100.0
    assert note.facts["movement"]["thought_with"] == "the physio"
    assert '"cadence_bpm": 100.0' in record.export_client(clinician, client_id).files["record.json"]
    assert record.last_movement(clinician, client_id) == WALK


def test_an_edited_plan_is_still_one_to_move_to(record, clinician, client_id):
    plan = drafted(record, clinician, client_id)
    record.approve(clinician, plan.id, present=True)
    edited = record.edit_plan(
        clinician, plan.id, a_playlist(songs=3), some_tracks(), version=plan.version, model_id="model-1"
    )
    assert record.movement(clinician, edited.id) == WALK
    record.approve(clinician, edited.id, present=True)
    with pytest.raises(SomeoneMustBePresentError):
        record.start_session(clinician, edited.id, with_client=False)


def test_a_colleague_cannot_tell_somebody_elses_movement_from_none(record, clinician, colleague):
    mine = settled(record, clinician)
    plan = drafted(record, clinician, mine)
    told = set()
    for plan_id, client in ((plan.id, mine), ("f" * 32, "e" * 32)):
        for use in (
            lambda plan_id=plan_id: record.movement(colleague, plan_id),
            lambda client=client: record.last_movement(colleague, client),
            lambda client=client: drafted(record, colleague, client),
        ):
            with pytest.raises(NotThereError) as raised:
                use()
            told.add(str(raised.value))
    assert len(told) == 2  # one sentence about plans, one about clients


def test_a_retrainer_moves_nobody(record, clinician):
    retrainer = record.create_account(
        record.invite(clinician, "Ro", role="retrainer"), password="a table of many tracks"
    )
    with pytest.raises(NotAllowedError):
        drafted(record, retrainer, None)


def test_a_tried_movement_leaves_nothing(record, clinician):
    plan = drafted(record, clinician, None)
    record.approve(clinician, plan.id, present=True)
    started = record.start_session(clinician, plan.id, with_client=True)
    record.end_session(clinician, started.session_id)
    with record.engine.connect() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM movements").scalar() == 0


def test_an_erased_record_takes_its_movements_along(record, clinician, client_id):
    drafted(record, clinician, client_id)
    code = record.client(clinician, client_id).code
    record.erase_record(clinician, code, reason="asked to be removed")
    with record.engine.connect() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM movements").scalar() == 0
