"""The model in use: one scale, spreads that hold, familiarity, reasons, and nothing of its training rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.errors import ModelMismatchError, TrainingError
from recommender.evaluation import by_artist
from recommender.model import MoodModel
from recommender.training import LEAST_TRACKS, Ratings, train

NAMES = ("onset_rate", "third_lean", *(f"mfcc{i}_mean" for i in range(1, 11)))


def made_up_ratings(n: int = 300, *, seed: int = 0, noise: float = 0.6, name: str = "made up") -> Ratings:
    """Arousal follows the first feature and valence the second; the rest is noise of many artists."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, len(NAMES)))
    ratings = np.column_stack([X[:, 1], X[:, 0]]) + noise * rng.standard_normal((n, 2))
    group = rng.integers(0, n // 5, n).astype(str)
    segments = tuple(row[None, :].astype(np.float32) for row in X)
    return Ratings(name, segments, 5 + 2 * ratings, group, np.ones(n))


@pytest.fixture(scope="module")
def model() -> MoodModel:
    return train([made_up_ratings()], feature_names=NAMES, features_version="1")


@pytest.fixture(scope="module")
def unseen() -> Ratings:
    return made_up_ratings(2000, seed=1)


def on_one_scale(model: MoodModel, ratings: Ratings) -> np.ndarray:
    about = model.card["sets"][0]
    scales = np.array([about["valence"], about["arousal"]])
    return (ratings.ratings - scales[:, 0]) / scales[:, 1]


def test_mapped_estimates_of_unseen_tracks_spread_like_the_ratings(model, unseen):
    said, rated = model.estimate(unseen.segments), on_one_scale(model, unseen)
    for mapped, raw, truth in (
        (said.valence, said.raw_valence, rated[:, 0]),
        (said.arousal, said.raw_arousal, rated[:, 1]),
    ):
        assert 0.8 < mapped.std() / truth.std() < 1.2
        assert raw.std() < mapped.std()
        assert np.corrcoef(mapped, truth)[0, 1] > 0.8
        assert np.all(np.abs(mapped) < 1)


def test_the_map_keeps_the_order_of_tracks_and_reaches_every_quadrant(model, unseen):
    said = model.estimate(unseen.segments)
    order = np.argsort(said.raw_valence)
    assert np.all(np.diff(said.valence[order]) >= 0)
    for good in (True, False):
        for high in (True, False):
            assert np.mean(((said.valence > 0) == good) & ((said.arousal > 0) == high)) > 0.15


def test_nine_tenths_of_unseen_ratings_lie_within_their_interval(model, unseen):
    said, rated = model.estimate(unseen.segments), on_one_scale(model, unseen)
    for axis, (raw, half, mapped, sd) in enumerate(
        (
            (said.raw_valence, said.raw_valence_half_width, said.valence, said.valence_sd),
            (said.raw_arousal, said.raw_arousal_half_width, said.arousal, said.arousal_sd),
        )
    ):
        assert 0.86 < np.mean(np.abs(rated[:, axis] - raw) <= half) < 0.95
        assert 0.86 < np.mean(np.abs(rated[:, axis] - mapped) <= 1.645 * sd) < 0.95


def test_music_unlike_any_heard_is_outside_and_less_sure(model):
    rng = np.random.default_rng(2)
    usual = model.estimate_rows(rng.standard_normal((500, len(NAMES))))
    odd = model.estimate_rows(5 * rng.choice([-1, 1], (500, len(NAMES))))
    assert usual.outside_training.mean() < 0.06
    assert odd.outside_training.mean() > 0.99
    assert odd.valence_sd.mean() > usual.valence_sd.mean()


def test_a_track_of_many_stretches_is_the_mean_of_their_estimates_and_wavering_widens_its_spread(model):
    rng = np.random.default_rng(3)
    segments = rng.standard_normal((4, len(NAMES)))
    parts, whole = model.estimate_rows(segments), model.estimate([segments])
    assert whole.raw_valence[0] == pytest.approx(parts.raw_valence.mean())
    steady = model.estimate([np.repeat(segments[:1], 4, axis=0)])
    assert steady.raw_valence[0] == pytest.approx(parts.raw_valence[0])
    wavering = np.vstack([segments[0], -segments[0]] * 2)
    assert model.estimate([wavering]).raw_valence_half_width[0] > 0
    assert len(model.estimate([])) == 0


def test_reasons_name_what_can_be_heard_and_its_direction(model):
    busy = np.zeros(len(NAMES))
    busy[0] = 3.0
    reason = model.explain(busy)[0]
    assert (reason.kind, reason.values["axis"], reason.values["cue"]) == ("mood_cue", "arousal", "onset_rate")
    assert reason.values["is_high"]
    assert reason.values["raises"]
    assert not model.explain(-busy)[0].values["raises"]


def test_features_of_another_version_name_or_number_are_refused(model):
    with pytest.raises(ModelMismatchError, match="version 1, and this Attune hears version 9"):
        model.require_features(NAMES, "9")
    with pytest.raises(ModelMismatchError, match="'tempo' instead of 'onset_rate'"):
        model.require_features(("tempo", *NAMES[1:]), "1")
    with pytest.raises(ModelMismatchError, match=r"shape \(1, 3\)"):
        model.estimate([np.zeros((1, 3))])


def test_training_twice_gives_the_same_model_and_another_number_gives_another_id(model):
    again = train([made_up_ratings()], feature_names=NAMES, features_version="1")
    assert again.model_id == model.model_id
    other = replace(model, features_version="2")
    assert other.model_id != model.model_id


def test_of_very_many_tracks_part_teaches_the_spreads_and_each_counts_as_its_mean(model, unseen, monkeypatch):
    monkeypatch.setattr("recommender.training._ENOUGH_FOR_SPREADS", 150)
    monkeypatch.setattr("recommender.training._MOST_ROWS", 450)
    ratings = made_up_ratings()
    twice = replace(ratings, segments=tuple(np.vstack([rows - 0.2, rows + 0.2]) for rows in ratings.segments))
    quick = train([twice], feature_names=NAMES, features_version="1")
    np.testing.assert_allclose(quick.stack.coef, model.stack.coef, atol=1e-6)
    said, rated = quick.estimate(unseen.segments), on_one_scale(model, unseen)
    assert 0.82 < np.mean(np.abs(rated[:, 0] - said.raw_valence) <= said.raw_valence_half_width) < 0.97


def test_two_sources_on_different_scales_are_brought_onto_one():
    shifted = made_up_ratings(seed=5, name="other")
    shifted = replace(shifted, ratings=shifted.ratings / 9 - 0.4)
    both = train([made_up_ratings(), shifted], feature_names=NAMES, features_version="1")
    unseen = made_up_ratings(1000, seed=6)
    said = both.estimate(unseen.segments)
    assert abs(np.median(said.valence)) < 0.1
    assert np.corrcoef(said.valence, unseen.ratings[:, 0])[0, 1] > 0.8


@pytest.mark.parametrize("n_groups", [3, 25])
def test_ratings_that_are_just_enough_are_also_judged_on_artists_left_out(n_groups):
    ratings = made_up_ratings(LEAST_TRACKS, noise=0.1)
    ratings = replace(ratings, group=(np.arange(LEAST_TRACKS) % n_groups).astype(str))
    judged = by_artist(ratings, feature_names=NAMES)
    assert np.isfinite(judged.raw).all()
    assert np.corrcoef(judged.raw[:, 0], judged.rated[:, 0])[0, 1] > 0.5


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda r: r.take(np.arange(40)), "40 rated tracks, and at least 50"),
        (lambda r: replace(r, ratings=np.column_stack([r.ratings[:, 0], np.full(300, 2.0)])), "the same arousal, 2"),
        (lambda r: replace(r, ratings=np.where(np.arange(600).reshape(300, 2) == 7, np.nan, r.ratings)), "Track 4"),
        (lambda r: replace(r, group=np.full(300, "one")), "belong to 1 artists or groups, and at least 3"),
        (lambda r: replace(r, group=np.array(["one", "other"] * 150)), "belong to 2 artists or groups, and at least 3"),
        (lambda r: replace(r, segments=(r.segments[1], *r.segments[1:]), group=np.arange(300).astype(str)), "'0' and"),
    ],
)
def test_ratings_that_no_model_can_honestly_be_trained_on_are_refused(spoil, message):
    with pytest.raises(TrainingError, match=message):
        train([spoil(made_up_ratings())], feature_names=NAMES, features_version="1")


def coarse(ratings: Ratings, values: np.ndarray) -> Ratings:
    """The same music with ratings that are one of a few values only, the nearest in rank."""
    ranks = ratings.ratings.argsort(axis=0).argsort(axis=0) * len(values) // len(ratings)
    return replace(ratings, ratings=values[ranks])


@pytest.mark.parametrize("values", [np.array([-1.0, 1.0]), np.array([1.0, 2.0, 4.0, 5.0])], ids=["two", "four"])
def test_a_fold_speaks_in_the_units_of_its_whole_also_where_the_median_jumps_between_coarse_ratings(values):
    ratings = coarse(made_up_ratings(noise=0.3), values)
    half = ratings.on_own_scale().take(np.arange(0, 300, 3))
    assert np.array_equal(half.scaled, ratings.scaled[::3])
    judged = by_artist(ratings, feature_names=NAMES)
    # An answer in other units lies a whole step off, at best as good as knowing nothing.
    for axis in range(2):
        error = judged.raw[:, axis] - judged.rated[:, axis]
        assert np.mean(error**2) < 0.6 * judged.rated[:, axis].var()
        assert abs(error.mean()) < 0.1


def test_ratings_that_are_nearly_all_the_same_are_refused_with_their_value():
    ratings = made_up_ratings()
    ratings.ratings[20:, 1] = 7.0
    with pytest.raises(TrainingError, match=r"280 of 300 tracks of made up have the same arousal, 7 "):
        train([ratings], feature_names=NAMES, features_version="1")
