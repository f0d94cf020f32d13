"""Python 3.11 with librosa 0.11 and Python 3.13 with librosa 1 hear the same; the reference was stored by the first."""

from __future__ import annotations

import json

import numpy as np
import pytest

from features import FEATURE_NAMES, FEATURES_VERSION
from music_library import starter_model
from tests.features.two_pythons import REFERENCE, SINGLE, hear

STORED = json.loads(REFERENCE.read_text("utf-8"))


@pytest.fixture(scope="module")
def heard() -> dict[str, dict[str, object]]:
    return hear()


def test_the_reference_is_of_this_version_of_hearing():
    assert STORED["features_version"] == FEATURES_VERSION


@pytest.mark.parametrize("name", list(STORED["heard"]))
def test_every_python_hears_what_was_stored(heard, name):
    now, then = heard[name], STORED["heard"][name]
    assert (now["key"], now["flags"]) == (then["key"], then["flags"])
    assert [one for one in then if (now[one] is None) != (then[one] is None)] == [], "known to one and not to the other"
    for one in SINGLE:
        assert now[one] is None or now[one] == pytest.approx(then[one], rel=1e-3, abs=1e-3), one
    # By the standard deviation in music of what is compared: a hundredth of it changes no mood.
    unit = np.maximum(starter_model().stack.scale, 1e-9)
    off = {
        feature: abs(now[feature] - then[feature]) / unit[i]
        for i, feature in enumerate(FEATURE_NAMES)
        if now[feature] is not None
    }
    assert {feature: round(by, 4) for feature, by in off.items() if by > 0.01} == {}
