"""A clinic's own scale: found where it differs, off where it would not help, and never squeezing a library."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.own_scale import LEAST_PLACED, SLOPES, fit_own_scale, worth_placing

RELIABLE = 0.7  # how well estimates go with moods, at the same spread


def library(rng, *, offset, slope, n=200):
    """Estimates that spread as moods do, and where a clinic would place the songs."""
    mood = np.clip(rng.normal(0, 0.45, n), -1, 1)
    estimate = np.clip(RELIABLE * mood + np.sqrt(1 - RELIABLE**2) * rng.normal(0, 0.45, n), -1, 1)
    return estimate, np.clip(offset + slope * mood + rng.normal(0, 0.15, n), -1, 1)


def errors(*, offset_sd, slope_sd, n_placed, n_clinics=150):
    """Mean error on songs that were not placed, without and with the clinic's own scale."""
    before, after = 0.0, 0.0
    for seed in range(n_clinics):
        rng = np.random.default_rng(seed)
        offset, slope = offset_sd * rng.standard_normal(), 1 + slope_sd * rng.standard_normal()
        estimate, placed = library(rng, offset=offset, slope=slope)
        at = rng.permutation(len(estimate))
        known, rest = at[:n_placed], at[n_placed:]
        own = fit_own_scale(estimate[known], placed[known], np.full(n_placed, 0.35))
        moved = own.apply(estimate[rest]) if own.helps else estimate[rest]
        before += np.abs(placed[rest] - estimate[rest]).mean()
        after += np.abs(placed[rest] - moved).mean()
    return before, after


def test_ten_placements_help_clinics_that_hear_their_library_differently():
    before, after = errors(offset_sd=0.25, slope_sd=0.3, n_placed=10)
    assert after < 0.95 * before


def test_a_clinic_that_hears_as_the_model_does_loses_next_to_nothing():
    before, after = errors(offset_sd=0.0, slope_sd=0.0, n_placed=10)
    assert after < 1.02 * before


def test_few_placements_change_nothing():
    rng = np.random.default_rng(0)
    estimate, placed = library(rng, offset=0.5, slope=1.0, n=LEAST_PLACED - 1)
    own = fit_own_scale(estimate, placed, np.full(len(estimate), 0.3))
    assert not own.helps
    assert own.error_before is None


def test_a_clear_departure_is_found_and_measured_on_what_was_left_out():
    estimate = np.linspace(-0.6, 0.6, 12)
    own = fit_own_scale(estimate, estimate + 0.3, np.full(12, 0.1))
    assert own.helps
    assert own.offset == pytest.approx(0.3, abs=0.06)
    assert own.error_before == pytest.approx(0.3)
    assert own.error_after < 0.1
    assert own.placed == 12


def test_placements_that_all_agree_neither_turn_the_scale_round_nor_flatten_it():
    estimate = np.linspace(-0.8, 0.8, 20)
    turned = fit_own_scale(estimate, -estimate, np.full(20, 0.3))
    flat = fit_own_scale(estimate, np.full(20, 0.2), np.full(20, 0.3))
    for own in (turned, flat):
        assert SLOPES[0] <= own.slope <= SLOPES[1]
        moved = own.apply(np.linspace(-1, 1, 50))
        assert (np.diff(moved) >= 0).all()
        assert (np.abs(moved) <= 1).all()


def test_what_is_not_known_is_left_out():
    estimate = np.array([*np.linspace(-0.5, 0.5, 8), np.nan])
    own = fit_own_scale(estimate, np.nan_to_num(estimate) + 0.2, np.full(9, np.nan))
    assert own.placed == 8
    assert np.isfinite([own.offset, own.slope]).all()


def test_the_songs_that_tell_most_lie_far_from_those_placed():
    places = np.array([[-0.9, 0.0], [0.0, 0.0], [0.88, 0.0], [0.9, 0.0], [0.0, 0.3]])
    safe = np.ones(5, bool)
    assert worth_placing(places, np.empty((0, 2)), safe).tolist() == [True, False, False, False, False]
    assert worth_placing(places, places[:1], safe).tolist() == [False, False, True, True, False]
    assert worth_placing(places, places[[0, 3]], safe).tolist() == [False, False, False, False, True]
    assert worth_placing(places, places[:1], safe & (places[:, 0] < 0.5)).tolist() == [False, False, False, False, True]
    assert not worth_placing(places, places, np.zeros(5, bool)).any()
