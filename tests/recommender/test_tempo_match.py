"""Music to move to: the cadence that was tapped, and only tracks that keep it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.generator import library
from recommender.errors import NoPlaylistError, RulesError
from recommender.tempo_match import cadence_of_count, cadence_of_taps, match_tempo, pulse_against


def taps(bpm: float, *, count: int = 13, jitter_s: float = 0.02, seed: int = 0):
    return np.arange(count) * 60 / bpm + np.random.default_rng(seed).normal(0, jitter_s, count)


@pytest.fixture(scope="module")
def steady():
    tracks = library(3000, rng=6)
    draw = np.random.default_rng(1)
    return replace(
        tracks,
        tempo_alternative_bpm=(tracks.tempo_bpm * draw.choice([0.5, 2, 1.5], 3000)).astype(np.float32),
        tempo_odds=draw.uniform(0.5, 1, 3000).astype(np.float32),
        pulse_clarity=draw.uniform(0, 1, 3000).astype(np.float32),
        tempo_drift=draw.uniform(0, 0.06, 3000).astype(np.float32),
    )


@pytest.mark.parametrize("bpm", [90, 100, 110, 120])
def test_unsteady_tapping_is_read_within_one_beat_a_minute(bpm):
    read = [cadence_of_taps(taps(bpm, seed=seed)).bpm for seed in range(200)]
    assert np.mean(np.abs(np.array(read) - bpm) <= 1) >= 0.95


@settings(deadline=None)
@given(bpm=st.floats(90, 120), off_s=st.lists(st.floats(-0.02, 0.02), min_size=13, max_size=13))
def test_however_taps_miss_the_beat_by_up_to_20_ms_they_are_read_within_one_beat_a_minute(bpm, off_s):
    cadence = cadence_of_taps(np.arange(13) * 60 / bpm + np.array(off_s))
    assert cadence.bpm == pytest.approx(bpm, abs=1.0)


def test_a_missed_tap_does_not_change_the_cadence():
    even = taps(100, jitter_s=0)
    cadence = cadence_of_taps(np.delete(even, [4, 8]))
    assert cadence.bpm == pytest.approx(100)
    assert cadence.unsteadiness == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("times", [[], [0, 0.5, 1], [1, 1, 1, 1, 1], [0, 10, 20, 30, 40]])
def test_taps_without_a_beat_are_not_known(times):
    assert cadence_of_taps(times) is None


def test_counted_steps_are_a_cadence_and_nonsense_is_refused():
    assert cadence_of_count(50).bpm == 100
    with pytest.raises(RulesError, match="Count again"):
        cadence_of_count(500)


def test_every_track_keeps_the_cadence_and_is_clear_and_steady(steady):
    playlist = match_tempo(steady, 105, 24, level=1.05)
    assert abs(playlist.length_s - 1440) <= 30
    for track_id in (*playlist.track_ids(), *playlist.pool.track_ids()):
        row = steady.position_of[track_id]
        tempos = [steady.tempo_bpm[row]]
        if 1 - steady.tempo_odds[row] >= 0.2:
            tempos.append(steady.tempo_alternative_bpm[row])
        for tempo in tempos:
            assert min(abs(tempo / (105 * 1.05 * factor) - 1) for factor in (0.5, 1, 2)) <= 0.03
        assert steady.pulse_clarity[row] >= 0.3
        assert steady.tempo_drift[row] <= 0.03


def test_a_library_whose_pulse_nobody_knows_has_nothing_to_move_to():
    with pytest.raises(NoPlaylistError, match="cadence_bpm hides 100"):
        match_tempo(library(100), 105, 24)


@pytest.mark.parametrize(
    ("tempo", "drift", "fits"),
    [(100, 0.0, True), (102.5, 0.0, True), (102.5, 0.01, True), (102.5, 0.02, False), (100, 0.02, True),
     (100, 0.021, False), (104, 0.0, False), (100, np.nan, False)],
)  # fmt: skip
def test_all_of_a_track_lies_at_the_cadence_not_only_its_middle(tempo, drift, fits):
    from recommender.constraints import Rules
    from recommender.hard_rules import allowed_tracks

    one = replace(
        library(1),
        tempo_bpm=np.array([tempo], np.float32),
        tempo_odds=np.ones(1, np.float32),
        pulse_clarity=np.ones(1, np.float32),
        tempo_drift=np.array([drift], np.float32),
    )
    assert allowed_tracks(one, Rules(cadence_bpm=100, min_track_s=0)).tolist() == [fits]


def test_half_and_double_are_told():
    assert [pulse_against(tempo, 100) for tempo in (51, 99, 203)] == ["half", "same", "double"]
