"""The search against the exact optimum by integer programming, on problems small enough for both."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.generator import library, moods
from benchmarks.oracle import optimum
from recommender.constraints import Rules
from recommender.costs import FORBIDDEN, Weights
from recommender.planner import Planning
from recommender.playlist import PlanRequest
from recommender.routes import lay_out
from recommender.search import Problem, bound_of, search, tightened

N_TRACKS = 6


def problem_of(size: int, number: int, rules: Rules | None = None) -> Problem:
    present, target = moods(number + 1, rng=11)[number]
    request = PlanRequest(present, target, minutes=N_TRACKS * 3.9)
    planning = Planning(library(size, rng=number), request, rules or Rules(), Weights())
    problem, _ = planning.problem(lay_out(request, N_TRACKS), choices=15)
    assert problem is not None
    return problem


@pytest.mark.parametrize("number", range(12))
def test_the_search_finds_an_order_within_three_percent_of_the_optimum_whenever_there_is_one(number):
    problem = problem_of([100, 300, 2000][number % 3], number, Rules(low_valence=-0.7, max_low_valence_tracks=2))
    exact = optimum(problem)
    bound = bound_of(problem)
    found = search(problem, bound, width=100) if bound.is_possible else None
    assert (found is None) == (exact is None)
    if found is not None:
        assert exact[0] <= problem.cost(found) <= exact[0] * 1.03
        assert bound.cost <= tightened(problem, bound, found) <= exact[0]


def test_the_tightened_bound_knows_that_songs_do_not_come_twice():
    # Two places, and the one good song is the cheapest at both: at least one place must take the dear one.
    problem = Problem(
        own=[np.array([0, 1000], np.int32)] * 3,
        transitions=[np.zeros((2, 2), np.int32)] * 2,
        duration_ms=[np.array([100_000, 100_000])] * 3,
        song=[np.array([0, 1]), np.array([0, 2]), np.array([0, 3])],
        artist=[np.array([0, 1]), np.array([2, 3]), np.array([4, 5])],
        low=[np.zeros(2, bool)] * 3,
        shortest_ms=290_000,
        longest_ms=310_000,
    )
    bound = bound_of(problem)
    found = search(problem, bound, width=100)
    assert (bound.cost, problem.cost(found)) == (0, 2000)
    assert tightened(problem, bound, found) == pytest.approx(2000, abs=20)


def test_the_optimum_of_a_problem_solved_by_hand_is_found():
    # Two slots, two songs each; the cheap pair is forbidden, the next too long, so the third must be it.
    problem = Problem(
        own=[np.array([0, 10], np.int32), np.array([0, 10], np.int32)],
        transitions=[np.array([[FORBIDDEN, 0], [0, 0]], np.int32)],
        duration_ms=[np.array([100, 60]), np.array([60, 100])],
        song=[np.array([0, 1]), np.array([2, 3])],
        artist=[np.array([0, 1]), np.array([2, 3])],
        low=[np.zeros(2, bool), np.zeros(2, bool)],
        shortest_ms=100,
        longest_ms=150,
    )
    assert search(problem, bound_of(problem), width=10) == [1, 0]
    assert optimum(problem) == (10, [1, 0])
