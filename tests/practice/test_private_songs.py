"""A song that is one client's own plays in their sessions and nowhere else, and nobody learns whose it is."""

from __future__ import annotations

import pytest

from practice.errors import NotThereError, UnsafePlanError
from practice.limits import Owners
from practice.record import Record
from practice.safety import rules_for
from practice.store import Actor
from tests.practice.conftest import Clock, a_playlist, approved, settled, some_tracks, started
from tests.practice.test_groups import circle


@pytest.fixture
def other(record: Record, clinician: Actor) -> str:
    return settled(record, clinician)


def draft(record: Record, actor: Actor, client_id: str | None) -> str:
    return record.draft_plan(actor, client_id, a_playlist(), some_tracks(), model_id="m").id


def test_no_plan_for_anybody_else_may_hold_it(record: Record, clinician: Actor, client_id: str, other: str):
    record.set_owner(clinician, "t1", client_id, title="Song 1")
    assert "t1" not in rules_for(record.protection(clinician, client_id)).avoid_tracks
    for somebody in (other, None):
        assert "t1" in rules_for(record.protection(clinician, somebody)).avoid_tracks
        plan_id = draft(record, clinician, somebody)
        with pytest.raises(UnsafePlanError, match="Song 1"):
            record.approve(clinician, plan_id, present=True)
    record.approve(clinician, draft(record, clinician, client_id), present=True)


def test_it_is_silent_in_rooms_that_were_open_before(record: Record, clinician: Actor, client_id: str, other: str):
    rooms = {somebody: started(record, clinician, somebody)[1] for somebody in (client_id, other, None)}
    assert all(record.may_hear(room, "t1") for room in rooms.values())
    record.set_owner(clinician, "t1", client_id, title="Song 1")
    assert {somebody: record.may_hear(room, "t1") for somebody, room in rooms.items()} == {
        client_id: True,
        other: False,
        None: False,
    }
    assert "t1" not in [song.id for song in record.room(rooms[other]).songs]


@pytest.mark.parametrize(("clients", "guests"), [(2, 0), (1, 1), (0, 2)])
def test_it_is_never_in_a_group_not_even_with_its_owner(record, clinician, clients, guests):
    group = circle(record, clinician, clients=clients, guests=guests)
    owner = group.clients[0] if group.clients else settled(record, clinician)
    record.set_owner(clinician, "t1", owner, title="Song 1")
    with pytest.raises(UnsafePlanError, match="Song 1"):
        group.make()


def test_it_has_one_owner_of_the_caseload_until_it_is_given_back(
    record: Record, clinician: Actor, client_id: str, other: str
):
    record.set_owner(clinician, "t1", client_id, title="Song 1")
    record.set_owner(clinician, "t1", other, title="Song 1")
    assert record.owners_of(clinician, "t1") == Owners((other,), others=False)
    assert record.protection(clinician, other).marks.private == {"t1"}
    record.set_owner(clinician, "t1", None, title="Song 1")
    assert record.owners_of(clinician, "t1") == Owners((), others=False)
    approved(record, clinician, client_id)


def test_a_colleague_learns_that_it_is_somebodys_but_not_whose_and_cannot_give_it_away(
    record: Record, clinician: Actor, colleague: Actor, client_id: str, clock: Clock
):
    record.set_owner(clinician, "t1", client_id, title="Song 1")
    assert record.owners_of(colleague, "t1") == Owners((), others=True)
    record.set_owner(colleague, "t1", None, title="Song 1")
    assert record.owners_of(clinician, "t1") == Owners((client_id,), others=False)
    with pytest.raises(NotThereError):
        record.set_owner(colleague, "t1", client_id, title="Song 1")
