"""A model file holds no recording that it was trained on, and the search for one finds it in every disguise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features import FEATURE_NAMES, FEATURES_VERSION
from recommender.model_file import save_model
from recommender.training import Ratings, train
from recommender.training_rows import rows_in_file

N = 80


@pytest.fixture(scope="module")
def rated() -> Ratings:
    """Recordings of eighty artists in the real vector, each feature on a scale of its own, some values unknown."""
    rng = np.random.default_rng(0)
    scale, offset = np.exp(rng.normal(0, 2, len(FEATURE_NAMES))), rng.normal(0, 30, len(FEATURE_NAMES))
    factors = rng.standard_normal((N, 8))
    Z = factors @ rng.standard_normal((8, len(FEATURE_NAMES))) / 3 + 0.5 * rng.standard_normal((N, len(FEATURE_NAMES)))
    X = (offset + scale * Z).astype(np.float32)
    X[rng.random(X.shape) < 0.02] = np.nan
    ratings = factors[:, :2] + 0.3 * rng.standard_normal((N, 2))
    return Ratings("made up", tuple(X[:, None, :]), ratings, np.arange(N).astype(str), np.ones(N))


@pytest.fixture(scope="module")
def model(rated):
    return train([rated], feature_names=FEATURE_NAMES, features_version=FEATURES_VERSION)


@pytest.fixture(scope="module")
def rows(rated):
    return np.concatenate(rated.segments)


def test_a_trained_model_holds_none_of_its_rows(model, rows, tmp_path):
    save_model(model, tmp_path / "model.json")
    assert rows_in_file(tmp_path / "model.json", rows) == ()


def _known(row):
    return np.where(np.isfinite(row), row, 0.0)


def _in_the_card(model, rows):
    return replace(model, card={**model.card, "neighbours": [[round(float(v), 4) for v in _known(rows[7])]]})


def _among_the_waves(model, rows):
    direction = model.stack.direction.copy()
    scaled = _known((rows[7] - model.stack.mean) / model.stack.scale)
    direction[1, : model.stack.n_features, 3] = 0.1 * np.clip(scaled, -4, 4)
    return replace(model, stack=replace(model.stack, direction=direction))


def _bent_among_the_coefficients(model, rows):
    coef = model.stack.coef.copy()
    coef[0] = -0.01 * model.stack.standardised(rows[7:8])[0]
    return replace(model, stack=replace(model.stack, coef=coef))


def _as_the_mean(model, rows):
    mean = np.where(np.isfinite(rows[7]), rows[7], model.stack.mean).astype(np.float64)
    return replace(model, stack=replace(model.stack, mean=mean))


def _one_after_the_other_with_an_offset(model, rows):
    line = np.concatenate([[0.5, 0.25], *(_known(row) for row in rows[6:9])])
    return replace(model, card={**model.card, "notes": line.tolist()})


@pytest.mark.parametrize(
    "put_in",
    [
        _in_the_card,
        _among_the_waves,
        _bent_among_the_coefficients,
        _as_the_mean,
        _one_after_the_other_with_an_offset,
    ],
)
def test_a_row_that_was_put_in_is_found(model, rows, tmp_path, put_in):
    save_model(put_in(model, rows), tmp_path / "model.json")
    found = rows_in_file(tmp_path / "model.json", rows)
    assert {each.row for each in found} & {6, 7, 8}


def test_rows_of_other_music_are_not_taken_for_its_own(model, rows, tmp_path):
    save_model(model, tmp_path / "model.json")
    others = rows[:, ::-1].copy()
    assert rows_in_file(tmp_path / "model.json", others) == ()
