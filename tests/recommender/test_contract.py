"""What every planner keeps, ours and the rules it is compared with."""

from __future__ import annotations

import pytest

from benchmarks.generator import library, moods
from recommender.baselines import greedy_plan, random_plan
from recommender.constraints import Rules
from recommender.errors import NoPlaylistError
from recommender.planner import plan
from recommender.playlist import PlanRequest

PLANNERS = [plan, greedy_plan, random_plan]
RULES = Rules(max_arousal=0.2, min_tempo_bpm=80)


@pytest.fixture(scope="module")
def tracks():
    return library(500, rng=2)


@pytest.mark.parametrize("planner", PLANNERS)
def test_only_allowed_songs_play_and_none_twice(planner, tracks):
    for present, target in moods(5, rng=3):
        playlist = planner(tracks, PlanRequest(present, target, 24), RULES)
        rows = [tracks.position_of[track_id] for track_id in playlist.track_ids()]
        assert len(set(tracks.song[rows].tolist())) == len(rows) >= 3
        assert all(tracks.arousal[row] + 1.28 * tracks.arousal_sd[row] <= 0.2 for row in rows)
        assert all(tracks.tempo_bpm[row] >= 80 for row in rows)


@pytest.mark.parametrize("planner", PLANNERS)
def test_times_follow_one_another_and_every_track_has_a_reason(planner, tracks):
    (present, target), *_ = moods(1, rng=3)
    playlist = planner(tracks, PlanRequest(present, target, 24), RULES)
    clock = 0.0
    for track in playlist.tracks:
        assert track.start_s == pytest.approx(clock, abs=0.01)
        assert track.reasons
        clock += track.duration_s
    assert playlist.length_s == pytest.approx(clock, abs=0.01)


@pytest.mark.parametrize("planner", PLANNERS)
def test_the_same_request_gives_the_same_plan(planner, tracks):
    (present, target), *_ = moods(1, rng=3)
    request = PlanRequest(present, target, 24, seed=4)
    assert planner(tracks, request).track_ids() == planner(tracks, request).track_ids()


@pytest.mark.parametrize("planner", PLANNERS)
def test_where_nothing_is_left_every_planner_says_so(planner, tracks):
    (present, target), *_ = moods(1, rng=3)
    with pytest.raises(NoPlaylistError, match="only_tracks"):
        planner(tracks, PlanRequest(present, target, 24), Rules(only_tracks=frozenset()))


def test_ours_costs_less_than_the_greedy_rule_in_every_raw_figure(tracks):
    ours, greedy = [], []
    for present, target in moods(20, rng=5):
        ours.append(plan(tracks, PlanRequest(present, target, 45)).figures)
        greedy.append(greedy_plan(tracks, PlanRequest(present, target, 45)).figures)
    for name in ("tempo_jump", "key_jump", "loudness_jump", "largest_step_back"):
        assert sum(figures[name] for figures in ours) < 0.7 * sum(figures[name] for figures in greedy), name
