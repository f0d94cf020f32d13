"""Intervals of a model's figures: they hold the truth about as often as they say, at any number of recordings."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.evaluation import bootstrap, figures


def drawn(rng, n, *, noise=0.8):
    rated = rng.standard_normal(n)
    return 0.6 * rated + noise * 0.6 * rng.standard_normal(n), rated


def test_each_figure_lies_in_its_interval_and_the_same_seed_gives_the_same():
    estimated, rated = drawn(np.random.default_rng(0), 200)
    ends = bootstrap(estimated, rated)
    assert list(ends) == ["r2", "r", "rmse", "ccc"]
    for name, value in figures(estimated, rated).items():
        assert ends[name][0] < value < ends[name][1]
    assert bootstrap(estimated, rated) == ends


def test_an_interval_is_that_of_drawing_anew_and_measuring_again():
    """The same answer as the slow way: draw recordings, measure them with `figures`, take the middle 95 %."""
    estimated, rated = drawn(np.random.default_rng(1), 120)
    rng = np.random.default_rng(5)
    rows = rng.integers(0, 120, (400, 120))
    slow = [figures(estimated[at], rated[at]) for at in rows]
    ends = bootstrap(estimated, rated, rng=5, draws=400)
    for name in ("r2", "r", "rmse", "ccc"):
        assert ends[name] == pytest.approx(np.quantile([one[name] for one in slow], [0.025, 0.975]))


def test_intervals_hold_the_truth_nineteen_times_of_twenty():
    rng = np.random.default_rng(2)
    truth = figures(*drawn(np.random.default_rng(3), 400_000))
    inside = dict.fromkeys(truth, 0)
    for seed in range(300):
        ends = bootstrap(*drawn(rng, 150), rng=seed, draws=300)
        for name, value in truth.items():
            inside[name] += ends[name][0] <= value <= ends[name][1]
    assert all(0.90 <= count / 300 <= 0.98 for count in inside.values()), inside


def test_more_recordings_make_it_narrower_and_many_are_no_burden():
    rng = np.random.default_rng(4)
    widths = []
    for n in (100, 1_000, 100_000):
        low, high = bootstrap(*drawn(rng, n))["r2"]
        widths.append(high - low)
    assert widths[0] > 2 * widths[1] > 10 * widths[2]


def test_estimates_that_never_move_have_no_correlation():
    rated = np.random.default_rng(0).standard_normal(50)
    ends = bootstrap(np.zeros(50), rated)
    assert ends["r"] == (0.0, 0.0)
    assert ends["r2"][1] <= 0.0
