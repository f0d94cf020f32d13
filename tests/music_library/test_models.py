"""The starter model is there, fits what this version hears, and gives way to a promoted one."""

from __future__ import annotations

import numpy as np
import pytest

from features import FEATURE_NAMES, FEATURES_VERSION
from music_library.models import model_in_use, starter_model
from recommender.errors import ModelMismatchError


def test_the_starter_model_fits_the_features_of_this_version():
    model = starter_model()
    assert model.feature_names == FEATURE_NAMES
    assert model.features_version == FEATURES_VERSION
    usual = model.estimate_rows(model.stack.mean[None, :])
    assert abs(usual.valence[0]) < 0.4
    assert abs(usual.arousal[0]) < 0.4
    assert not usual.outside_training[0]


def test_the_starter_model_hears_minor_as_less_good_and_more_onsets_as_more_energy():
    model = starter_model()
    rows = np.repeat(model.stack.mean[None, :], 3, axis=0)
    for i, name in enumerate(FEATURE_NAMES):
        if name.startswith("mode_") and not name.startswith(("mode_sd", "mode_soft")):
            rows[1, i] -= model.stack.scale[i]
        if name in ("onset_rate", "low_onset_rate", "onset_strength_mean", "frame_novelty_p50"):
            rows[2, i] += model.stack.scale[i]
    said = model.estimate_rows(rows)
    assert said.valence[1] < said.valence[0] - 0.1
    assert said.arousal[2] > said.arousal[0] + 0.1


def test_a_home_without_a_promoted_model_uses_the_starter(tmp_path):
    assert model_in_use(tmp_path).model_id == starter_model().model_id


def test_a_promoted_model_that_was_spoiled_is_named(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "in_use.json").write_text("{}")
    with pytest.raises(ModelMismatchError, match=r"in_use\.json"):
        model_in_use(tmp_path)
