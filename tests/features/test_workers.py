"""How long a file may take: by its size, not by what its header says."""

from __future__ import annotations

import pytest

from features.workers import time_limit


@pytest.mark.parametrize(("megabytes", "seconds"), [(0, 60), (5, 60), (30, 60), (90, 180), (345, 690), (100_000, 1800)])
def test_a_large_file_has_time_in_proportion_to_its_size_up_to_half_an_hour(tmp_path, megabytes, seconds):
    path = tmp_path / "sound.mp3"
    with path.open("wb") as file:
        file.truncate(megabytes * 10**6)  # sparse: takes no disk
    assert time_limit(path, 60) == pytest.approx(seconds)


def test_a_file_that_is_gone_has_the_time_of_a_normal_one(tmp_path):
    assert time_limit(tmp_path / "gone.mp3", 60) == 60
