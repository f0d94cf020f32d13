"""A stored plan keeps how its route is held, hurried and wound down; a new plan that is made from it does too."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from practice.record import Record
from practice.schema import plans
from practice.store import Actor
from recommender.mood import Mood
from recommender.playlist import PlanRequest
from tests.practice.conftest import a_playlist, some_tracks

SHAPED = {"hold_present": 0.3, "hold_target": None, "pace": 2.0, "wind_down": 0.25}


def shaped(**changes: object):
    playlist = a_playlist()
    return replace(playlist, request=replace(playlist.request, **{**SHAPED, **changes}))


def test_a_plan_comes_back_with_the_request_that_it_was_made_for(record: Record, clinician: Actor, client_id: str):
    request = replace(shaped().request, route="drawn", waypoints=(Mood(0.0, 0.1),), seed=3)
    playlist = replace(a_playlist(), request=request)
    made = record.draft_plan(clinician, client_id, playlist, some_tracks(), model_id="m")
    assert record.plan(clinician, made.id).request == request
    edited = record.edit_plan(
        clinician, made.id, shaped(hold_target=0.1), some_tracks(), version=made.version, model_id="m"
    )
    assert (edited.hold_present, edited.hold_target, edited.pace, edited.wind_down) == (0.3, 0.1, 2.0, 0.25)
    record.approve(clinician, edited.id, present=True)
    room = record.start_session(clinician, edited.id, with_client=True).room_token
    assert record.room(room).request == edited.request


def test_a_plan_from_before_they_were_kept_has_the_routes_own(record: Record, clinician: Actor, client_id: str):
    made = record.draft_plan(clinician, client_id, shaped(), some_tracks(), model_id="m")
    with record.engine.begin() as db:
        db.execute(sa.update(plans).values(course=None))
    old = record.plan(clinician, made.id)
    assert old.request == PlanRequest(old.present, old.target, old.minutes)


@pytest.mark.parametrize("name", ["hold_present", "hold_target"])
def test_an_export_says_them_too(record: Record, clinician: Actor, client_id: str, name: str):
    from practice.plan_copies import plan_as_data

    made = record.draft_plan(clinician, client_id, shaped(**{name: 0.4}), some_tracks(), model_id="m")
    assert plan_as_data(made)[name] == 0.4
