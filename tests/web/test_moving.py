"""From taps to a list that keeps the speed, with rests between its songs; and what the pad may send."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.generator import library
from practice.movement import PURPOSES, SAID_BY, Movement
from recommender.constraints import Rules
from web.clinician import moving
from web.components.tap_pad import read_taps
from web.words import sentences


@pytest.fixture(scope="module")
def steady():
    tracks = library(2000, rng=6)
    unknown = np.full(2000, np.nan, np.float32)
    return replace(
        tracks,
        tempo_alternative_bpm=unknown,
        tempo_odds=np.full(2000, 0.95, np.float32),
        pulse_clarity=np.full(2000, 0.6, np.float32),
        tempo_drift=np.zeros(2000, np.float32),
    )


def test_taps_become_a_speed_and_uneven_ones_say_so():
    even, says = moving.speed_of_taps([0.6 * n for n in range(13)])
    assert even == 100.0
    assert "uneven" not in says
    uneven = np.cumsum(np.random.default_rng(0).uniform(0.3, 0.9, 13)).tolist()
    assert "uneven" in moving.speed_of_taps(uneven)[1]
    assert moving.speed_of_taps([0.0, 0.5])[0] is None


def test_a_list_rests_between_its_songs_and_songs_and_rests_fill_the_time(steady):
    playlist, movement = moving.make_list(
        steady, Rules(), Movement("walking", 110.0), minutes=24.0, rest_every=2, rest_minutes=1.0
    )
    places = [rest.before_song for rest in movement.rests]
    assert places
    assert all(0 < place < len(playlist.tracks) for place in places)
    assert places == list(range(2, 2 * len(places) + 1, 2))
    songs_s = sum(track.duration_s for track in playlist.tracks)
    assert abs(songs_s + 60 * len(places) - 24 * 60) <= 30


def test_without_rests_there_are_none(steady):
    playlist, movement = moving.make_list(
        steady, Rules(), Movement("hands", 100.0), minutes=8.0, rest_every=0, rest_minutes=1.0
    )
    assert movement.rests == ()
    assert playlist.tracks


def test_how_many_songs_match_counts_the_clients_own_rules(steady):
    movement = Movement("walking", 110.0)
    every = moving.matching(steady, Rules(), movement)
    fewer = moving.matching(steady, Rules(max_arousal=0.0), movement)
    assert 0 < fewer < every
    assert moving.matching(steady, Rules(), replace(movement, is_loose=True)) > every


def test_the_note_says_speed_level_and_purpose():
    says = moving.movement_says(Movement("clapping", 96.0, said_by="tapped", level=1.05, thought_with="the physio"))
    for part in ("clapping", "96 a minute", "tapped", "105 %", "101 a minute", "the physio"):
        assert part in says


def test_everything_that_can_be_moved_to_has_its_words():
    keys = [f"move_for_{name}" for name in PURPOSES] + [f"move_by_{name}" for name in SAID_BY]
    keys += [f"move_pulse_{name}" for name in ("half", "same", "double")] + [f"move_rest_{n}" for n in range(4)]
    assert [key for key in keys if f"clinician.{key}" not in sentences()] == []


@pytest.mark.parametrize("sent", [None, "x", [1, "2"], [float("nan")], [True], [-1.0], [1e9], list(range(14))])
def test_what_is_no_list_of_taps_is_refused(sent):
    with pytest.raises(ValueError, match="the pad sent"):
        read_taps(sent)
