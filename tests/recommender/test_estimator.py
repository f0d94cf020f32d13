"""The estimator keeps scikit-learn's contract, and its parts do what they say."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from recommender.estimator import MoodRegressor, weighted_quantile


@parametrize_with_checks([MoodRegressor(alpha=1.0), MoodRegressor(alpha=1.0, n_waves=16, wave_share=0.2)])
def test_it_keeps_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


def made_up(n: int = 400, p: int = 12, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p))
    y = np.column_stack([X[:, 0] - X[:, 1], X[:, 2]]) + 0.1 * rng.standard_normal((n, 2))
    return X, y


def test_a_linear_law_is_found():
    X, y = made_up()
    model = MoodRegressor(alpha=0.1).fit(X[:300], y[:300])
    assert np.corrcoef(model.predict(X[300:])[:, 0], y[300:, 0])[0, 1] > 0.97


def test_waves_find_what_no_line_can():
    rng = np.random.default_rng(1)
    X = rng.uniform(-2, 2, (800, 2))
    y = np.cos(2 * X[:, 0])
    line = MoodRegressor(alpha=1.0).fit(X[:600], y[:600])
    waves = MoodRegressor(alpha=1.0, n_waves=200, wave_width=3.0, wave_share=1.0).fit(X[:600], y[:600])
    assert line.score(X[600:], y[600:]) < 0.1
    assert waves.score(X[600:], y[600:]) > 0.9


def test_a_cue_never_counts_against_its_known_direction():
    X, y = made_up()
    signs = np.zeros((2, 12))
    signs[0, 0], signs[0, 1], signs[1, 2] = 1, 1, 1  # the second is wrong: y falls with column 1
    model = MoodRegressor(cue_signs=signs, cue_share=1.0, cue_alpha=1.0).fit(X, y)
    assert model.stack_.coef[0, 0] > 0.5
    assert model.stack_.coef[0, 1] == 0
    assert np.count_nonzero(model.stack_.coef[0]) == 1


def test_a_feature_that_is_trusted_less_counts_less():
    X, y = made_up(60)
    trust = np.ones((2, 12))
    trust[0, 0] = 0.1
    plain, wary = MoodRegressor(60.0).fit(X, y), MoodRegressor(60.0, feature_weights=trust).fit(X, y)
    assert abs(wary.stack_.coef[0, 0]) < 0.1 * abs(plain.stack_.coef[0, 0])


def test_unknown_values_are_a_feature_of_their_own_and_columns_never_known_do_no_harm():
    X, y = made_up()
    rng = np.random.default_rng(2)
    unknown = rng.random(400) < 0.5
    y[unknown, 0] += 3
    X[unknown, 5] = np.nan
    X[:, 7] = np.nan
    model = MoodRegressor(alpha=1.0).fit(X[:300], y[:300])
    assert model.score(X[300:], y[300:]) > 0.95


def test_one_absurd_value_moves_an_estimate_no_further_than_a_rare_one_does():
    X, y = made_up()
    model = MoodRegressor(alpha=1.0).fit(X, y)
    row = np.zeros((1, 12))
    row[0, 0] = 5.0
    wild = row.copy()
    wild[0, 0] = 1e9
    assert model.predict(wild) == pytest.approx(model.predict(row))


def test_weighted_quantiles_are_those_of_the_rows_repeated():
    rng = np.random.default_rng(3)
    X, weight = rng.standard_normal((50, 3)), rng.integers(0, 4, 50)
    repeated = np.repeat(X, weight, axis=0)
    assert weighted_quantile(X, weight.astype(float), 0.3) == pytest.approx(
        weighted_quantile(repeated, np.ones(len(repeated)), 0.3)
    )


def test_weights_of_the_wrong_shape_are_refused():
    X, y = made_up()
    with pytest.raises(ValueError, match="n_targets, n_features"):
        MoodRegressor(feature_weights=np.ones((2, 3))).fit(X, y)
