"""What real folders hold gives features or a named error: never a crash, a hang or an invented number."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

import features.warmed  # noqa: F401  # librosa's compiling is no file's time
from features import AudioFeatures, FeatureError, extract, extract_many
from tests.features.odd_files import EITHER, ERROR, FEATURES, OddFile, encoded, flipped, odd_files, patched, sound_bytes

CASES = odd_files()
FEW = [case for i, case in enumerate(CASES) if i % 18 == 0]


def judge(case: OddFile, result: AudioFeatures | FeatureError) -> str:
    """Say what is wrong with a result, or nothing."""
    got = FEATURES if isinstance(result, AudioFeatures) else ERROR
    if case.outcome not in (EITHER, got):
        return f"{case.name!r}: wanted {case.outcome}, got {result!r}"
    if isinstance(result, FeatureError):
        return "" if result.reason and result.remedy else f"{case.name!r}: an error without reason or remedy"
    if case.flag and case.flag not in result.flags:
        return f"{case.name!r}: no flag {case.flag} in {result.flags}"
    numbers = [result.duration_s, result.loudness_lufs, result.true_peak_dbtp, result.largest_rise_db]
    if not np.isfinite(numbers).all() or np.isinf(result.vector).any() or not np.isfinite(result.loudness_curve).all():
        return f"{case.name!r}: a number that is none"
    if (result.tempo_bpm is None) != ("no_pulse" in result.flags) or (result.key is None) != ("no_key" in result.flags):
        return f"{case.name!r}: flags {result.flags} do not fit {result.tempo_bpm} and {result.key}"
    if result.duration_s < 8 and result.tempo_bpm is not None:
        return f"{case.name!r}: a tempo from {result.duration_s:.1f} s"
    return ""


def test_there_are_over_three_hundred_odd_files():
    assert len({case.name for case in CASES}) == len(CASES) > 300


@pytest.mark.parametrize("case", FEW, ids=lambda case: case.name.encode("ascii", "backslashreplace").decode()[:40])
def test_an_odd_file_gives_features_or_a_named_error(tmp_path, case):
    path = tmp_path / case.name
    case.make(path)
    started = time.process_time()  # of the processor, so that a busy machine changes nothing
    try:
        result: AudioFeatures | FeatureError = extract(path)
    except FeatureError as error:
        result = error
    assert judge(case, result) == ""
    assert time.process_time() - started < 10


def heard_s(path: Path, data: bytes) -> float:
    """How many seconds of the ten are heard, as a part."""
    path.write_bytes(data)
    result = extract(path)
    assert "partial" in result.flags
    return result.duration_s


def test_an_mp3_is_heard_beyond_a_hole_in_it(tmp_path):
    whole = sound_bytes("MP3", sr=32_000)
    assert heard_s(tmp_path / "hole.mp3", whole[:30_000] + bytes(20_000) + whole[50_000:]) == pytest.approx(
        8.5, abs=0.3
    )


@pytest.mark.parametrize("seed", [3, 6, 12, 15])
def test_an_mp3_is_heard_beyond_frames_that_claim_another_setup(tmp_path, seed):
    assert heard_s(tmp_path / "damaged.mp3", flipped(sound_bytes("MP3", sr=32_000), seed=seed)) > 8


@pytest.mark.parametrize("seed", [7, 10])
def test_packets_of_tracks_that_there_are_not_end_nothing(tmp_path, seed):
    assert heard_s(tmp_path / "damaged.ts", flipped(encoded("mpegts", "aac"), seed=seed)) > 3


def test_a_header_that_points_beyond_what_a_file_can_be_hides_no_sound(tmp_path):
    whole = sound_bytes("CAF", "PCM_16")
    size = whole.index(b"data") + 4
    path = tmp_path / "lies.caf"
    path.write_bytes(patched(whole, size, (1 << 62).to_bytes(8, "big")))
    assert extract(path).duration_s == pytest.approx(10, abs=0.01)


@pytest.mark.soak
def test_every_odd_file_gives_features_or_a_named_error(tmp_path):
    paths = {}
    for number, case in enumerate(CASES):
        folder = tmp_path / f"{number:03d}"
        folder.mkdir()
        case.make(folder / case.name)
        paths[folder / case.name] = case
    results = dict(extract_many(paths, workers=2))
    assert set(results) == set(paths)
    assert [wrong for path, case in paths.items() if (wrong := judge(case, results[path]))] == []
