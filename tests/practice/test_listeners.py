"""What a client's answers teach of them as a listener: only while they agree, only since it was last forgotten."""

from __future__ import annotations

import numpy as np
import pytest

from practice import Record
from practice.errors import RoomClosedError
from practice.room_events import Event
from practice.safety import rules_for
from practice.store import Actor
from recommender.candidates import Candidates
from tests.practice.conftest import Clock, check_in, event, some_tracks, started

N = len(some_tracks())


@pytest.fixture
def library() -> Candidates:
    """The tracks of `some_tracks`, which everyone hears in the middle."""
    zero, number = np.zeros(N, np.float32), np.arange(N, dtype=np.int32)
    return Candidates(
        ids=np.array([track.id for track in some_tracks()]), valence=zero, arousal=zero, valence_sd=zero + 0.1,
        arousal_sd=zero + 0.1, duration_s=zero + 200, tempo_bpm=zero + 90, key=np.zeros(N, np.int8),
        loudness_lufs=zero - 14, artist=number, song=number,
    )  # fmt: skip


def at(minute: int, made: Event) -> Event:
    return Event(made.id, made.kind, f"2026-03-02T10:{minute:02d}:00Z", made.values)


def sessions_with_answers(record: Record, clinician: Actor, client_id: str, clock: Clock, n: int) -> None:
    """Sessions in which they said, after a song of the middle, that they felt low in energy."""
    for _ in range(n):
        session_id, token = started(record, clinician, client_id)
        record.add_events(
            token,
            [
                at(5, event(1, "song_started", track="t1")),
                at(7, check_in(2, "middle", {"valence": 0.5, "arousal": 0.2})),
                at(8, event(3, "skipped", track="t1")),
                at(8, event(4, "song_started", track="t2")),
                at(9, check_in(5, "after", {"valence": 0.5, "arousal": 0.2})),
            ],
        )
        record.end_session(clinician, session_id)
        clock.on(minutes=1)


def test_nothing_is_learned_until_they_agree_and_nothing_after_they_take_it_back(
    record: Record, clinician: Actor, client_id: str, clock: Clock, library: Candidates
):
    sessions_with_answers(record, clinician, client_id, clock, 4)
    assert record.listener(clinician, client_id, library) is None
    assert record.listener_answers(clinician, client_id) == 8
    record.set_agreement(clinician, client_id, "choose_songs", is_on=True, said_by="client")
    learned = record.listener(clinician, client_id, library)
    assert learned is not None
    assert learned.n_ratings == 8
    assert learned.arousal.offset < -0.2
    assert abs(learned.valence.offset) < 0.05
    clock.on(minutes=1)
    record.set_agreement(clinician, client_id, "choose_songs", is_on=False, said_by="client")
    assert record.listener(clinician, client_id, library) is None


def test_what_was_learned_is_forgotten_at_once_and_the_record_keeps_its_answers(
    record: Record, clinician: Actor, client_id: str, clock: Clock, library: Candidates
):
    record.set_agreement(clinician, client_id, "choose_songs", is_on=True, said_by="client")
    sessions_with_answers(record, clinician, client_id, clock, 2)
    record.forget_listener(clinician, client_id)
    assert record.listener(clinician, client_id, library) is None
    assert record.listener_answers(clinician, client_id) == 0
    assert len(record.sessions(clinician, client_id)) == 2
    clock.on(minutes=1)
    sessions_with_answers(record, clinician, client_id, clock, 1)
    assert record.listener_answers(clinician, client_id) == 2


def test_leaving_suggestions_forgets_what_was_learned(
    record: Record, clinician: Actor, client_id: str, clock: Clock, library: Candidates
):
    record.set_agreement(clinician, client_id, "choose_songs", is_on=True, said_by="client")
    sessions_with_answers(record, clinician, client_id, clock, 2)
    record.leave_suggestions(clinician, client_id)
    clock.on(minutes=1)
    record.set_agreement(clinician, client_id, "choose_songs", is_on=True, said_by="client")
    assert record.listener(clinician, client_id, library) is None


def test_songs_that_left_the_library_teach_nothing(
    record: Record, clinician: Actor, client_id: str, clock: Clock, library: Candidates
):
    record.set_agreement(clinician, client_id, "choose_songs", is_on=True, said_by="client")
    sessions_with_answers(record, clinician, client_id, clock, 2)
    from dataclasses import replace

    gone = replace(library, ids=np.array([f"other{k}" for k in range(N)]))
    assert record.listener(clinician, client_id, gone) is None


def test_what_clients_want_and_what_is_their_own_is_told_without_saying_whose(
    record: Record, clinician: Actor, colleague: Actor, client_id: str
):
    record.mark_song(clinician, client_id, "t1", "loved", title="One", artist="")
    record.mark_song(clinician, client_id, "t2", "private", title="Two", artist="")
    record.mark_song(clinician, client_id, "t3", "painful", title="Three", artist="")
    assert record.wanted_songs(clinician) == {"t1"}
    assert record.wanted_songs(colleague) == frozenset()
    assert record.private_songs(colleague) == {"t2", "t3"}


def test_the_room_plans_for_the_same_ears_and_under_the_same_limits_as_the_pages(
    record: Record, clinician: Actor, client_id: str, clock: Clock, library: Candidates
):
    record.set_agreement(clinician, client_id, "choose_songs", is_on=True, said_by="client")
    sessions_with_answers(record, clinician, client_id, clock, 4)
    record.avoid(clinician, client_id, "track", "t11")
    token = started(record, clinician, client_id)[1]
    rules, learned = record.room_planning(token, library)
    assert learned is not None
    assert learned == record.listener(clinician, client_id, library)
    assert rules == rules_for(record.protection(clinician, client_id))
    record.set_agreement(clinician, client_id, "choose_songs", is_on=False, said_by="client")
    assert record.room_planning(token, library)[1] is None
    with pytest.raises(RoomClosedError):
        record.room_planning("somebody else's", library)
