"""When a client usually comes is kept with them, checked, and only theirs to write who work with them."""

from __future__ import annotations

import pytest

from practice.errors import BadClientError
from practice.record import Record
from practice.store import Actor


def test_the_usual_time_is_kept_and_taken_back(record: Record, clinician: Actor, client_id: str):
    kept = record.set_usual_time(clinician, client_id, day=1, at="10:30")
    assert (kept.usual_day, kept.usual_time) == (1, "10:30")
    assert record.client(clinician, client_id) == kept
    assert record.set_usual_time(clinician, client_id, day=None, at=None).usual_day is None


@pytest.mark.parametrize(("day", "at"), [(7, None), (-1, None), (0, "24:00"), (0, "9:5"), (0, "half past nine")])
def test_what_is_no_day_or_time_is_refused_by_its_value(record: Record, clinician: Actor, client_id: str, day, at):
    with pytest.raises(BadClientError, match=str(day) if at is None else at):
        record.set_usual_time(clinician, client_id, day=day, at=at)
