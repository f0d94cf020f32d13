"""What is learned of one listener helps after ten ratings, and does not harm before or without need."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.listeners import relative_error
from recommender.personal import EVERYONE, fit_axis, fit_listener, next_to_ask


@pytest.mark.parametrize(("n", "most"), [(10, 0.85), (3, 1.0), (1, 1.0)])
def test_a_peculiar_listener_is_predicted_better(n, most):
    assert relative_error(n, neutral=False, n_listeners=300) <= most


@pytest.mark.parametrize("n", [3, 10])
def test_a_listener_like_everyone_loses_at_most_two_percent(n):
    assert relative_error(n, neutral=True, n_listeners=300) <= 1.02


def test_without_ratings_a_listener_is_like_everyone():
    assert fit_axis([], []) == EVERYONE.valence
    assert fit_axis([float("nan")], [0.5]) == EVERYONE.valence
    moods = np.linspace(-1, 1, 5)
    assert EVERYONE.valence.apply(moods) == pytest.approx(moods)
    assert EVERYONE.likes(moods, moods) == pytest.approx(np.full(5, 0.5))


def test_an_offset_and_a_slope_are_found_from_many_ratings():
    moods = np.linspace(-0.8, 0.8, 200)
    axis = fit_axis(moods, 0.2 + 0.7 * moods)
    assert axis.offset == pytest.approx(0.2, abs=0.02)
    assert axis.slope == pytest.approx(0.7, abs=0.03)
    assert axis.peculiar > 0.99


def test_the_direction_of_liking_is_found_and_shrunk():
    rng = np.random.default_rng(0)
    moods = rng.uniform(-0.8, 0.8, (100, 2))
    nothing = np.full((100, 2), np.nan)
    listener = fit_listener(moods, nothing, 0.8 * moods[:, 0])
    assert listener.likes(np.array([0.8, -0.8]), np.zeros(2)) == pytest.approx([0.82, 0.18], abs=0.05)
    few = fit_listener(moods[:2], nothing[:2], 0.8 * moods[:2, 0])
    assert abs(few.liking[1]) < abs(listener.liking[1])
    assert listener.n_ratings == 0


def test_the_next_question_is_about_the_least_sure_safe_track():
    moods, sds = np.zeros((3, 2)), np.array([[0.2, 0.2], [0.5, 0.5], [0.4, 0.4]])
    assert next_to_ask(EVERYONE, moods, sds, is_safe=np.array([True, False, True])) == 2
    assert next_to_ask(EVERYONE, moods, sds, is_safe=np.zeros(3, bool)) is None


def test_ratings_and_estimates_must_match():
    with pytest.raises(ValueError, match="2 estimates and 1 ratings"):
        fit_axis([0.1, 0.2], [0.1])
