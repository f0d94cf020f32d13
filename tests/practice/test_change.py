"""Change is told with its chance, and nothing more is said than a person's own sessions carry."""

from __future__ import annotations

import numpy as np
import pytest

from practice.change import Odds, band, chance_of, mean_change, plain_odds
from practice.record import Record
from practice.store import Actor
from tests.practice.conftest import Clock, check_in, event, settled, started


@pytest.mark.parametrize(
    ("points", "odds"),
    [(10, Odds(1, 2)), (15, Odds(3, 10)), (20, Odds(1, 6)), (23, Odds(1, 10)), (28, Odds(1, 20, fewer=True))],
)
def test_a_gap_is_told_with_how_often_it_comes_without_any_change(points: int, odds: Odds):
    assert plain_odds(chance_of(points / 100, rating_error=0.10)) == odds
    assert chance_of(points / 100, rating_error=0.10) == chance_of(-points / 100, rating_error=0.10)


def test_the_chance_is_what_two_noisy_ratings_of_one_state_give():
    rng = np.random.default_rng(1)
    differences = rng.normal(0, 0.1, 200_000) - rng.normal(0, 0.1, 200_000)
    for gap in (0.05, 0.15, 0.23):
        assert chance_of(gap, rating_error=0.10) == pytest.approx(np.mean(np.abs(differences) >= gap), abs=0.005)


def test_the_band_of_the_run_chart_is_28_of_100():
    assert round(100 * band(0.10)) == 28


def test_no_mean_is_told_before_six_sessions():
    assert mean_change([0.1] * 5, sessions_needed=6) is None


def test_the_interval_of_the_mean_holds_what_it_should():
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(2000):
        told = mean_change(list(rng.normal(0.12, 0.2, 6)), sessions_needed=6)
        held += abs(told.mean - 0.12) <= told.half_width
    assert held / 2000 == pytest.approx(0.95, abs=0.02)


def _session(
    record: Record, clinician: Actor, client_id: str, before: float | None, after: float | None, song: str
) -> str:
    session_id, room_token = started(record, clinician, client_id)
    sent = [event(9, "song_started", track=song)]
    if before is not None:
        sent.append(check_in(1, "before", {"valence": before, "arousal": 0.5}))
    if after is not None:
        sent.append(check_in(2, "after", {"valence": after, "arousal": 0.5}))
    record.add_events(room_token, sent)
    record.end_session(clinician, session_id)
    return session_id


def test_a_session_tells_its_difference_and_its_chance(record: Record, clinician: Actor, client_id: str):
    session_id = _session(record, clinician, client_id, 0.38, 0.61, "t0")
    change = record.change(clinician, session_id)
    assert (round(change.difference, 2), change.odds) == (0.23, Odds(1, 10))


@pytest.mark.parametrize(("before", "after"), [(None, 0.9), (0.1, None)])
def test_a_missing_answer_gives_no_change(record: Record, clinician: Actor, client_id: str, before, after):
    session_id = _session(record, clinician, client_id, before, after, "t0")
    assert record.change(clinician, session_id) is None


def test_words_and_what_a_carer_sees_are_never_turned_into_a_difference(record: Record, clinician: Actor):
    for preset, item, first, last in (
        ("simple", "feeling", "not_good", "good"),
        ("carer", "looks", "upset", "at_ease"),
    ):
        session_id, room_token = started(record, clinician, settled(record, clinician, preset=preset))
        record.add_events(room_token, [check_in(1, "before", {item: first}), check_in(2, "after", {item: last})])
        assert len(record.session(clinician, session_id).answers) == 2
        assert record.change(clinician, session_id, item) is None


def test_a_review_shows_points_first_and_a_sentence_from_six_sessions(
    record: Record, clinician: Actor, client_id: str, clock: Clock
):
    ends = [(0.3, 0.6, "t0"), (0.5, 0.3, "t1"), (0.4, 0.45, "t0"), (0.2, 0.5, "t0"), (0.5, 0.7, "t2"), (0.4, 0.6, "t0")]
    for number, (before, after, song) in enumerate(ends):
        _session(record, clinician, client_id, before, after, song)
        clock.on(days=7)
        review = record.review(clinician, client_id)
        assert review.enough_for_a_chart is (number >= 2)
        assert (review.mean is not None) is (number >= 5)
    assert review.mean.mean == pytest.approx(np.mean([after - before for before, after, _ in ends]))
    by_song = {song.track_id: (song.sessions, song.rises, song.falls, song.is_grey) for song in review.songs}
    assert by_song == {"t0": (4, 3, 0, False), "t1": (1, 0, 1, True), "t2": (1, 1, 0, True)}
