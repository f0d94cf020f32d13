"""A library is compared with itself as far as it tells, and never so far that its own choice of music is lost."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.library_reference import LEAST_TRACKS, library_reference
from recommender.training import train
from tests.recommender.test_model import NAMES, made_up_ratings

N_FEATURES = 40
MEAN, SD, RAW_SD = np.linspace(-3, 3, N_FEATURES), np.linspace(0.5, 4, N_FEATURES), np.array([0.3, 0.3])


def library(n: int, *, shift: float = 0.0, stretch: float = 1.0, narrow: float = 1.0, seed: int = 0):
    """Tracks like the training music, but `shift` off and `stretch` times as different; and their raw estimates."""
    rng = np.random.default_rng(seed)
    vectors = MEAN + SD * (shift + stretch * rng.standard_normal((n, N_FEATURES)))
    return vectors, narrow * RAW_SD * rng.standard_normal((n, 2))


def refer(n: int, **how: float):
    return library_reference(*library(n, **how), mean=MEAN, sd=SD, raw_sd=RAW_SD)


@pytest.mark.parametrize("n", [1, LEAST_TRACKS - 1])
def test_a_few_tracks_tell_nothing(n):
    assert refer(n, shift=3.0).is_none


@pytest.mark.parametrize("n", [10, 50, 200])
def test_a_library_like_the_training_music_stays_as_it_is(n):
    vectors, _ = library(n)
    reference = refer(n)
    assert np.abs(reference.shift).mean() < 0.03
    assert np.abs(reference.apply(vectors) - vectors).mean() < 0.06 * SD.mean()


def test_a_library_that_lies_far_off_as_a_whole_is_brought_back_the_surer_the_more_tracks_it_has():
    left = [2.0 - refer(n, shift=2.0).shift.mean() for n in (12, 50, 500)]
    assert left[0] > left[1] > left[2] > 0
    assert left[2] < 0.25
    vectors, _ = library(500, shift=2.0, stretch=0.4)
    Z = (refer(500, shift=2.0, stretch=0.4).apply(vectors) - MEAN) / SD
    assert abs(Z.mean()) < 0.3
    assert 0.7 < Z.std() < 1.1


def test_what_may_be_the_choice_of_one_kind_of_music_is_left_alone():
    assert np.abs(refer(200, shift=0.5).shift).mean() < 0.1


def test_the_less_the_moods_of_a_library_differ_the_more_is_put_down_to_its_choice():
    shifts = [refer(200, shift=1.5, narrow=narrow).shift.mean() for narrow in (1.0, 0.7, 0.5)]
    assert shifts[0] > shifts[1] > shifts[2]
    assert shifts[2] == 0


def test_what_is_unknown_stays_unknown_and_a_feature_that_never_changes_is_left_alone():
    vectors, raw = library(100, shift=2.0)
    vectors[3, 5] = np.nan
    vectors[:, 6] = np.nan
    vectors[:, 7] = 9.0
    reference = library_reference(vectors, raw, mean=MEAN, sd=SD, raw_sd=RAW_SD)
    referred = reference.apply(vectors)
    np.testing.assert_array_equal(np.isnan(referred), np.isnan(vectors))
    assert (reference.shift[6], reference.scale[6]) == (0, 1)
    assert (reference.shift[7], reference.scale[7]) == (0, 1)


def test_the_order_of_the_tracks_does_not_matter():
    vectors, raw = library(60, shift=1.0)
    order = np.random.default_rng(1).permutation(60)
    one = library_reference(vectors, raw, mean=MEAN, sd=SD, raw_sd=RAW_SD)
    other = library_reference(vectors[order], raw[order], mean=MEAN, sd=SD, raw_sd=RAW_SD)
    np.testing.assert_allclose(one.shift, other.shift, atol=1e-9)
    np.testing.assert_allclose(one.scale, other.scale, atol=1e-9)


def test_a_strange_library_is_estimated_better_with_its_reference_and_a_file_alone_without():
    model = train([made_up_ratings()], feature_names=NAMES, features_version="1")
    unseen = made_up_ratings(300, seed=1)
    strange = tuple((segments * 0.7 + 2.5).astype(np.float32) for segments in unseen.segments)
    alone = model.estimate(strange)
    together = model.estimate(strange, reference=model.refer(strange))
    usual = model.estimate(unseen.segments)
    assert np.abs(together.arousal - usual.arousal).mean() < 0.4 * np.abs(alone.arousal - usual.arousal).mean()
    # A hundred tracks of the training's own kind lose nothing.
    same = model.estimate(unseen.segments[:100], reference=model.refer(unseen.segments[:100]))
    assert np.abs(same.arousal - usual.arousal[:100]).max() < 0.1


def test_two_sets_that_sound_differently_as_a_whole_teach_one_model_what_they_share():
    strange = made_up_ratings(seed=5, name="other")
    strange = type(strange)(
        "other",
        tuple((segments * 2 + 6).astype(np.float32) for segments in strange.segments),
        strange.ratings,
        strange.group,
        strange.weight,
    )
    both = train([made_up_ratings(), strange], feature_names=NAMES, features_version="1")
    unseen = made_up_ratings(500, seed=6)
    said = both.estimate(unseen.segments)
    assert abs(np.median(said.arousal)) < 0.12
    assert np.corrcoef(said.arousal, unseen.ratings[:, 1])[0, 1] > 0.8
    assert said.outside_training.mean() < 0.1
