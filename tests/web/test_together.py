"""From those who are here to one list, and words that say whether somebody answered and never what."""

from __future__ import annotations

import pytest

from benchmarks.generator import library
from practice.group_seats import WAYS, Seat
from practice.group_sessions import GroupSession
from practice.groups import COLOURS
from practice.safety import AvoidEntry, Marks, Protection
from recommender import Mood
from web.clinician import together
from web.words import sentences


@pytest.fixture(scope="module")
def tracks():
    return library(600, rng=4)


def test_what_bounds_one_bounds_the_list_and_what_one_brings_has_a_turn(tracks):
    ids = [str(track_id) for track_id in tracks.ids[:4]]
    members = [
        together.member(0, Protection(avoid=(AvoidEntry("x", "track", ids[1]),)), picks=(ids[2],)),
        together.member(
            1, Protection(marks=Marks(loved=frozenset({ids[3]}))), picks=(ids[1],), present=Mood(-0.5, 0.1)
        ),
        together.member(2, Protection()),
    ]
    plan = together.list_for(
        tracks, members, present=Mood(0, 0), target=Mood(0.5, -0.2), minutes=24, leads=1, opening=ids[0]
    )
    assert plan.playlist.track_ids()[0] == ids[0]
    assert ids[1] not in {*plan.playlist.track_ids(), *plan.playlist.pool.track_ids()}
    turns = together.turns_of(plan)
    assert [(turn.number, turn.track_id, turn.position is None) for turn in turns] == [
        (0, ids[2], False),
        (1, ids[1], True),
    ]
    colours = {"0": "red", "1": "blue", "2": "green"}
    assert together.brought_says(plan, colours) == {ids[2]: "Brought by red."}
    assert together.left_out_says(plan, colours, {ids[1]: "Low Tide"}) == ["No turn today: Low Tide, brought by blue."]


def meeting(how="own", phase="gathering"):
    return GroupSession("g", None, "p", "h", how, False, False, 0, None, None, phase, None, (), (), False)  # type: ignore[arg-type]


def seat(**more):
    values = {"has_answered": False, "has_answered_after": False, "present": Mood(0.123, 0.456), "left_at": None} | more
    return Seat(0, "red", "s", "c", "ABC-1234-5", (), **values)


def test_a_seat_says_whether_somebody_answered_and_never_what():
    assert together.named(seat()) == "red · ABC-1234-5"
    said = {
        together.seat_says(seat(has_answered=answered, has_answered_after=answered), meeting(how, phase))
        for answered in (True, False)
        for how in WAYS
        for phase in ("gathering", "listening", "after", "over")
    }
    assert said == {"has answered", "not yet", "here", "has answered again", "no answer afterwards"}
    assert not any("0.1" in text or "0.4" in text for text in said)
    assert together.seat_says(seat(left_at="now"), meeting()) == "has left"


def test_every_colour_and_way_has_its_words():
    keys = [f"group_room.colour_{name}" for name in COLOURS]
    keys += [f"clinician.group_how_{how}" for how in WAYS] + [f"clinician.group_means_{how}" for how in WAYS]
    assert [key for key in keys if key not in sentences()] == []
    assert len(set(COLOURS)) == 12
