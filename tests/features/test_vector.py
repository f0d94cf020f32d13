"""The table of features is the only list there is, and its page is current."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from features import FEATURE_NAMES, FEATURES, extract
from features.key_profiles import PROFILES
from features.reference import reference_page
from tests import signals
from tests.signals import write


def test_names_are_unique_and_more_than_a_hundred():
    assert len(set(FEATURE_NAMES)) == len(FEATURE_NAMES) > 100


def test_the_reference_page_is_current():
    page = Path(__file__).parents[2] / "docs" / "reference" / "features.md"
    assert page.read_text(encoding="utf-8") == reference_page()


@pytest.mark.parametrize("minor", [False, True])
def test_a_song_has_every_feature_within_its_range(tmp_path, minor):
    heard = extract(write(tmp_path / "song.wav", signals.chord_song(3, minor=minor, seconds=40)))
    outside = {
        spec.name: float(value)
        for spec, value in zip(FEATURES, heard.vector, strict=True)
        if not spec.low <= value <= spec.high
    }
    assert outside == {}


@pytest.mark.parametrize(("name", "total"), [("bellman_budge", 100.0), ("albrecht_shanahan", 1.0)])
def test_profiles_that_are_shares_add_up_as_in_their_papers(name, total):
    for profile in PROFILES[name]:
        assert np.sum(profile) == pytest.approx(total, rel=0.003)


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_has_its_peak_at_the_tonic_or_the_fifth_and_the_third_of_its_mode(name):
    major, minor = (np.asarray(profile) for profile in PROFILES[name])
    assert {int(np.argmax(major)), int(np.argmax(minor))} <= {0, 7}
    assert major[4] > major[3]
    assert minor[3] > minor[4]
