"""What is learned of one listener helps after ten ratings, and does not harm before or without need."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.listeners import relative_error
from recommender import Mood, PlanRequest, Rules, plan
from recommender.candidates import Candidates
from recommender.field import LIKED
from recommender.hard_rules import DISLIKED, allowed_tracks
from recommender.personal import (
    EVERYONE,
    MOST_OFFSET,
    SLOPES,
    Listener,
    as_heard_by,
    difference,
    fit_axis,
    fit_listener,
    likings,
    next_to_ask,
)


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


def a_library(n: int = 60) -> Candidates:
    rng = np.random.default_rng(5)
    number = np.arange(n, dtype=np.int32)
    return Candidates(
        ids=np.array([f"t{k}" for k in range(n)]),
        valence=rng.uniform(-0.9, 0.9, n).astype(np.float32),
        arousal=rng.uniform(-0.9, 0.9, n).astype(np.float32),
        valence_sd=np.full(n, 0.2, np.float32),
        arousal_sd=np.full(n, 0.2, np.float32),
        duration_s=np.full(n, 200, np.float32),
        tempo_bpm=np.full(n, 90, np.float32),
        key=np.zeros(n, np.int8),
        loudness_lufs=np.full(n, -14, np.float32),
        artist=number,
        song=number,
        certain_mood=number < 5,
    )


def calm_listener() -> Listener:
    moods = np.linspace(-0.8, 0.8, 12)
    said = np.column_stack([moods, np.clip(moods - 0.25, -1, 1)])
    return fit_listener(np.column_stack([moods, moods]), said, np.linspace(-1, 1, 12))


def test_the_library_is_heard_as_the_listener_is_likely_to_hear_it_but_what_was_said_stays():
    library, listener = a_library(), calm_listener()
    heard = as_heard_by(library, listener)
    assert (heard.arousal[5:] < library.arousal[5:]).mean() > 0.9
    assert heard.arousal[:5] == pytest.approx(library.arousal[:5])
    assert np.abs(heard.arousal - library.arousal).max() <= MOST_OFFSET + (1 - SLOPES[0]) + 1e-6
    _, arousal = difference(listener, library.places)
    assert arousal < -0.1


def test_a_limit_lets_nothing_through_that_it_would_not_have_without_the_listener():
    library = a_library()
    rules = Rules(max_arousal=0.2, low_valence=-0.2, max_low_valence_tracks=0)
    for sign in (-1, 1):
        moods = np.linspace(-0.8, 0.8, 12)
        said = np.clip(np.column_stack([moods, moods]) + 0.4 * sign, -1, 1)
        heard = as_heard_by(library, fit_listener(np.column_stack([moods, moods]), said))
        assert not (allowed_tracks(heard, rules) & ~allowed_tracks(library, rules)).any()


def test_a_guess_of_liking_is_never_as_strong_as_a_word():
    guessed = likings(a_library(), calm_listener())
    assert len(guessed) == 60
    assert DISLIKED < min(guessed.values()) < max(guessed.values()) < LIKED
    assert likings(a_library(), EVERYONE) == {}


def test_a_plan_for_a_listener_is_made_of_what_they_hear():
    library = a_library(200)
    request = PlanRequest(Mood(-0.5, 0.0), Mood(0.5, -0.5), 20.0)
    heard = as_heard_by(library, calm_listener())
    playlist = plan(heard, request, Rules(liking=likings(library, calm_listener())))
    last = playlist.tracks[-1]
    at = library.position_of[last.track_id]
    assert last.estimate.mood.arousal == pytest.approx(heard.arousal[at])
    assert last.estimate.mood.arousal <= library.arousal[at]


def test_the_spread_of_estimates_makes_learning_slower():
    moods = np.linspace(-0.8, 0.8, 6)
    sure = fit_axis(moods, moods + 0.3, sds=np.full(6, 0.05))
    unsure = fit_axis(moods, moods + 0.3, sds=np.full(6, 0.6))
    assert 0 < unsure.offset < sure.offset < 0.3
