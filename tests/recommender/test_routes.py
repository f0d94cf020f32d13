"""Where the tracks of a route should stand, and what is said when it cannot be walked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.generator import library
from recommender.constraints import Rules
from recommender.editing import move, remove, replan, swap, with_length
from recommender.errors import NoPlaylistError, RulesError
from recommender.mood import Mood
from recommender.planner import plan
from recommender.playlist import PlanRequest
from recommender.routes import USUAL_STEP, WIDEST_STEP, lay_out, still_ahead, warnings_for
from recommender.similar import more_like

moods = st.builds(Mood, st.floats(-1, 1), st.floats(-1, 1))
SAD, CALM = Mood(-0.6, -0.2), Mood(0.5, -0.5)


@pytest.fixture(scope="module")
def tracks():
    return library(800, rng=3)


@given(present=moods, target=moods, n=st.integers(3, 20))
def test_an_iso_route_holds_a_fifth_at_each_end_and_moves_in_equal_steps(present, target, n):
    if present.distance(target) < 0.25:
        return
    course = lay_out(PlanRequest(present, target), n)
    held = 1 if n < 7 else max(2, round(0.2 * n + 1e-9))
    assert np.allclose(course.waypoints[:held], present)
    assert np.allclose(course.waypoints[n - held :], target)
    moving = np.hypot(*np.diff(course.waypoints[held - 1 : n - held + 1], axis=0).T)
    assert np.allclose(moving, moving[0])
    assert moving[0] == pytest.approx(present.distance(target) / (n - 2 * held + 1))
    assert course.largest_step == pytest.approx(max(USUAL_STEP, moving[0]))


@given(present=moods, through=moods, target=moods, n=st.integers(3, 20))
def test_a_drawn_route_goes_from_end_to_end_along_its_points(present, through, target, n):
    course = lay_out(PlanRequest(present, target, route="drawn", waypoints=(through,)), n)
    assert np.allclose(course.waypoints[0], present)
    assert np.allclose(course.waypoints[-1], target)
    for place in course.waypoints:  # each lies on one of the two legs: the detour over it is no detour
        legs = ((present, through), (through, target))
        detours = [Mood(*place).distance(a) + Mood(*place).distance(b) - a.distance(b) for a, b in legs]
        assert min(detours) < 1e-6


def test_direct_stands_at_the_target_and_stay_at_the_present_mood():
    assert np.allclose(lay_out(PlanRequest(SAD, CALM, route="direct"), 5).waypoints, CALM)
    assert np.allclose(lay_out(PlanRequest(SAD, CALM, route="stay"), 5).waypoints, SAD)


def test_holds_and_pace_can_be_chosen():
    course = lay_out(PlanRequest(SAD, CALM, hold_present=0.4, hold_target=0.1), 10)
    assert (course.n_start, course.n_target) == (4, 1)
    slow = lay_out(PlanRequest(SAD, CALM, pace=2.0), 10)
    step = np.hypot(*np.diff(slow.waypoints, axis=0).T)
    assert step[2] < step[6]
    assert slow.largest_step >= step.max() - 1e-9


@given(
    present=moods,
    target=moods,
    n=st.integers(2, 20),
    share=st.floats(0.05, 0.5),
    route=st.sampled_from(["iso", "direct", "stay"]),
)
def test_winding_down_leads_from_where_the_route_ends_to_low_energy_and_never_up(present, target, n, share, route):
    request = PlanRequest(present, target, route=route, wind_down=share)
    course = lay_out(request, n)
    rest = lay_out(replace(request, wind_down=0.0), n - course.n_quiet)
    assert len(course.waypoints) == n == len(course.directions) + 1
    assert np.allclose(course.waypoints[: n - course.n_quiet], rest.waypoints)
    ending = course.waypoints[n - course.n_quiet - 1 :]
    assert np.allclose(ending[:, 0], ending[0, 0])
    assert (np.diff(ending[:, 1]) <= 1e-9).all()
    if course.n_quiet:
        assert ending[-1, 1] == pytest.approx(min(ending[0, 1], -0.5))
        assert course.largest_step >= -np.diff(ending[:, 1]).min() - 1e-9


def test_a_plan_that_winds_down_ends_quiet_and_says_so(tracks):
    playlist = plan(tracks, PlanRequest(SAD, Mood(0.5, 0.5), 45, wind_down=0.25))
    assert playlist.tracks[-1].estimate.mood.arousal < -0.3
    assert [track.reasons[0].kind for track in playlist.tracks[-2:]] == ["winds_down"] * 2
    with pytest.raises(RulesError, match="wind down"):
        plan(tracks, PlanRequest(SAD, CALM, 24, target_track=str(tracks.ids[9]), wind_down=0.25))


def test_a_new_plan_of_a_drawn_route_leaves_out_the_points_that_were_passed():
    through = (Mood(-0.5, 0.5), Mood(0.0, 0.5), Mood(0.5, 0.5))
    request = PlanRequest(Mood(-0.5, 0.0), Mood(0.5, 0.0), route="drawn", waypoints=through)
    assert still_ahead(request, 0.0) == through
    assert still_ahead(request, 0.5) == through[2:]
    assert still_ahead(request, 1.0) == ()


def test_moods_that_are_nearly_one_give_a_plan_that_stays_and_says_so(tracks):
    playlist = plan(tracks, PlanRequest(CALM, Mood(0.5, -0.4), 24))
    assert [warning.kind for warning in playlist.warnings][:1] == ["already_there"]
    assert {track.target for track in playlist.tracks} == {Mood(0.5, -0.4)}


def test_steps_above_the_usual_are_said_and_too_far_proposes_in_order():
    far = PlanRequest(Mood(-0.9, -0.9), Mood(0.9, 0.9), 16)
    (warning,) = warnings_for(far, lay_out(far, 4), median_s=240, n_allowed=800)
    assert warning.kind == "too_far"
    assert list(warning.values)[-4:] == ["longer_minutes", "nearer_valence", "nearer_arousal", "direct"]
    longer = replace(far, minutes=float(warning.values["longer_minutes"]))
    n_longer = int(longer.minutes * 60 / 240)
    assert lay_out(longer, n_longer).needed_step <= WIDEST_STEP
    (small,) = warnings_for(far, lay_out(far, 4), median_s=240, n_allowed=4)
    assert small.values["longer_minutes"] is None, "no length makes a library of four songs reach it"
    nearer = replace(far, target=Mood(warning.values["nearer_valence"], warning.values["nearer_arousal"]))
    assert lay_out(nearer, 4).needed_step <= WIDEST_STEP + 1e-9
    bigger = PlanRequest(Mood(-0.6, 0), Mood(0.6, 0), 16)
    said = warnings_for(bigger, lay_out(bigger, 4), median_s=240, n_allowed=800)
    assert [warning.kind for warning in said] == ["bigger_steps"]
    two = PlanRequest(Mood(-0.6, 0), Mood(0.6, 0), 8)
    assert warnings_for(two, lay_out(two, 2), median_s=240, n_allowed=800)[0].kind == "too_far"


def test_a_route_from_a_song_to_itself_is_refused_by_name(tracks):
    one = str(tracks.ids[5])
    with pytest.raises(RulesError, match=f"track {one} is where the route begins and where it leads"):
        plan(tracks, PlanRequest(SAD, CALM, 24, present_track=one, target_track=one))


def test_a_route_from_song_to_song_opens_and_closes_with_them(tracks):
    first, last = str(tracks.ids[5]), str(tracks.ids[9])
    playlist = plan(tracks, PlanRequest(SAD, CALM, 24, present_track=first, target_track=last))
    assert playlist.track_ids()[0] == first
    assert playlist.track_ids()[-1] == last
    assert abs(playlist.length_s - 1440) <= 30
    with pytest.raises(RulesError, match="two songs"):
        plan(tracks, PlanRequest(SAD, CALM, 24, present_track=first), Rules(opening=last))
    with pytest.raises(RulesError, match="gone"):
        plan(tracks, PlanRequest(SAD, CALM, 24, target_track="gone"))


def test_more_like_this_is_near_in_mood_and_sound_and_keeps_the_rules(tracks):
    seed = str(tracks.ids[5])
    alike = more_like(tracks, seed, Rules(avoid_tracks=frozenset({str(tracks.ids[6])})), count=20)
    assert len(alike) == 20
    assert not {seed, str(tracks.ids[6])} & set(alike)
    rows = [tracks.position_of[track_id] for track_id in alike]
    away = np.hypot(*(tracks.places[rows] - tracks.places[5]).T)
    assert away.max() < np.median(np.hypot(*(tracks.places - tracks.places[5]).T))
    twin = replace(tracks, vectors=np.zeros((800, 2), np.float32))
    twin.vectors[rows[:1]] = 50  # the nearest no longer sounds like it
    assert alike[0] not in more_like(twin, seed, count=20)


def test_a_swap_takes_the_alternate_and_a_forbidden_song_is_refused(tracks):
    rules = Rules(max_arousal=0.3)
    playlist = plan(tracks, PlanRequest(SAD, CALM, 24), rules)
    other = swap(playlist, 1, tracks, rules)
    assert other.track_ids()[1] == playlist.pool.alternates[1][0]
    assert other.track_ids()[2:] == playlist.track_ids()[2:]
    wild = str(tracks.ids[int(np.argmax(tracks.arousal))])
    with pytest.raises(NoPlaylistError, match="max_arousal"):
        swap(playlist, 1, tracks, rules, track_id=wild)
    with pytest.raises(NoPlaylistError, match="no_song_twice"):
        swap(playlist, 1, tracks, rules, track_id=playlist.track_ids()[0])
    with pytest.raises(RulesError, match="no place 99"):
        swap(playlist, 98, tracks, rules)


def test_moving_locking_and_taking_out_do_what_they_say(tracks):
    playlist = plan(tracks, PlanRequest(SAD, CALM, 24))
    a, b, c, *rest = playlist.track_ids()
    assert move(playlist, 2, 0, tracks).track_ids() == (c, a, b, *rest)
    locked = Rules(pins={1: b})
    assert plan(tracks, replace(playlist.request, target=Mood(0.2, 0.2)), locked).track_ids()[1] == b
    assert b not in remove(playlist, 1, tracks, locked).track_ids()


def test_a_longer_plan_keeps_most_of_its_songs(tracks):
    playlist = plan(tracks, PlanRequest(SAD, CALM, 24))
    longer, shorter = (with_length(playlist, minutes, tracks) for minutes in (36, 12))
    assert abs(longer.length_s - 36 * 60) <= 30
    assert abs(shorter.length_s - 12 * 60) <= 30
    assert len(set(longer.track_ids()) & set(playlist.track_ids())) >= len(playlist.tracks) / 2
    assert len(set(shorter.track_ids()) & set(playlist.track_ids())) >= len(shorter.tracks) / 2


def test_a_new_plan_starts_where_the_person_is_now_and_alone_stays_with_what_was_approved(tracks):
    playlist = plan(tracks, PlanRequest(SAD, CALM, 24))
    heard = playlist.track_ids()[:2]
    moved = Mood(-0.2, 0.4)
    together = replan(playlist, tracks, present=moved, heard=heard, minutes=16, alone=False)
    assert together.tracks[0].estimate.mood.distance(moved) < 0.25
    assert not set(heard) & set(together.track_ids())
    alone = replan(playlist, tracks, present=moved, heard=heard, minutes=16, alone=True)
    assert set(alone.track_ids()) <= playlist.pool.track_ids() | set(playlist.track_ids())
    assert alone.tracks[0].estimate.mood.distance(moved) <= max(
        track.estimate.mood.distance(moved) for track in alone.tracks
    )
