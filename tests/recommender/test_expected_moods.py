"""Plans follow what listeners can be expected to say, and still look as if they follow the route."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.generator import library, moods
from recommender.baselines import greedy_plan
from recommender.candidates import MOST_DRAWN
from recommender.constraints import Rules
from recommender.costs import Weights
from recommender.explain import NEAR
from recommender.field import field_of
from recommender.personal import Axis, Listener, as_heard_by
from recommender.planner import plan
from recommender.playlist import PlanRequest
from recommender.routes import lay_out

SLOPE = 0.6
"""What is shown is spread as ratings are; what can be expected of it is nearer to the middle."""


def squeezed(n, *, rng):
    """A library whose ratings will lie, in the mean, at `SLOPE` of what is shown."""
    tracks = library(n, rng=rng)
    return replace(
        tracks,
        valence_expected=(SLOPE * tracks.valence).astype(np.float32),
        arousal_expected=(SLOPE * tracks.arousal).astype(np.float32),
    )


def test_a_place_is_drawn_towards_its_expectation_and_no_further_than_it_or_the_limit():
    tracks = squeezed(400, rng=1)
    drawn = tracks.tracked - tracks.places
    wanted = (SLOPE - 1) * tracks.places
    assert np.abs(drawn).max() == pytest.approx(MOST_DRAWN)
    near = np.abs(wanted) < MOST_DRAWN
    assert 0.2 < near.mean() < 0.8
    assert drawn[near] == pytest.approx(wanted[near], abs=1e-6)
    assert (np.sign(drawn[~near]) == np.sign(wanted[~near])).all()
    assert np.hypot(MOST_DRAWN, MOST_DRAWN) < NEAR


def test_what_a_person_said_and_what_nobody_expects_anything_of_stays_where_it_is():
    tracks = squeezed(60, rng=2)
    said, unknown = np.arange(60) < 20, np.arange(60) >= 40
    tracks = replace(
        tracks,
        certain_mood=said,
        valence_expected=np.where(unknown, np.nan, tracks.valence_expected).astype(np.float32),
    )
    assert (tracks.tracked[said] == tracks.places[said]).all()
    assert (tracks.tracked[unknown, 0] == tracks.places[unknown, 0]).all()
    assert (tracks.tracked[unknown, 1] != tracks.places[unknown, 1]).any()
    for plain in (library(60, rng=2), tracks.as_shown()):
        assert (plain.tracked == plain.places).all()


def test_the_rule_of_others_knows_nothing_of_expectations():
    tracks, request = squeezed(800, rng=7), PlanRequest(*moods(1, rng=8)[0], 24)
    assert greedy_plan(tracks, request).track_ids() == greedy_plan(library(800, rng=7), request).track_ids()
    assert plan(tracks, request).track_ids() != plan(library(800, rng=7), request).track_ids()


def test_candidates_are_still_the_exact_nearest():
    tracks = squeezed(900, rng=3)
    field = field_of(tracks, Rules(), Weights())
    places = np.array([[0.7, -0.5], [-0.6, 0.1]])
    for place, (rows, cost) in zip(places, field.nearest(places, 25), strict=True):
        of_all = np.sort(field.cost_at(np.flatnonzero(field.allowed), place))
        assert cost.tolist() == of_all[:25].tolist()
        assert field.cost_at(rows, place).tolist() == cost.tolist()


def test_ratings_lie_nearer_the_route_than_if_plans_followed_what_is_shown():
    tracks = squeezed(2_000, rng=4)
    blind = tracks.as_shown()
    rng = np.random.default_rng(4)
    rated = SLOPE * tracks.places + rng.normal(0, 0.2, (len(tracks), 2))
    away = {"expected": [], "shown": []}
    seen = []
    for present, target in moods(30, rng=5):
        request = PlanRequest(present, target, 36)
        for name, candidates in (("expected", tracks), ("shown", blind)):
            playlist = plan(candidates, request)
            rows = [tracks.position_of[track_id] for track_id in playlist.track_ids()]
            waypoints = lay_out(request, len(rows)).waypoints
            away[name].append(float((np.hypot(*(rated[rows] - waypoints).T) ** 2).mean()))
            if name == "expected":
                seen.append(np.hypot(*(tracks.places[rows] - waypoints).T).mean())
                assert "thin_library" not in {warning.kind for warning in playlist.warnings}
    assert np.mean(away["expected"]) < 0.9 * np.mean(away["shown"])
    assert np.mean(seen) < NEAR


def test_expectations_move_with_the_listener_as_the_places_do():
    tracks = squeezed(100, rng=6)
    listener = Listener(Axis(offset=0.2), Axis(offset=-0.1, slope=0.9), (0.0, 0.0, 0.0), 12)
    heard = as_heard_by(tracks, listener)
    assert heard.valence_expected == pytest.approx(np.clip(tracks.valence_expected + 0.2, -1, 1), abs=1e-6)
    assert heard.arousal_expected == pytest.approx(0.9 * tracks.arousal_expected - 0.1, abs=1e-6)
    plain = as_heard_by(library(100, rng=6), listener)
    assert (plain.tracked == plain.places).all()
