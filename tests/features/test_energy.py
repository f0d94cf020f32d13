"""Loudness against the standard's own reference and another implementation."""

from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest

from features.energy import LoudnessMeter
from features.errors import SilentAudioError
from tests.signals import chord_song, noise


def measure(y: np.ndarray, *, sr: int, block: int = 7_001):
    meter = LoudnessMeter(sr, y.shape[1])
    for start in range(0, len(y), block):
        part = y[start : start + block].astype(np.float32)
        meter.add(part, peak=float(np.abs(part).max()))
    return meter.result()


@pytest.mark.parametrize("sr", [44_100, 48_000])
def test_a_full_scale_sine_at_997_hz_in_one_channel_has_minus_3_lufs(sr):
    y = np.sin(2 * np.pi * 997 * np.arange(10 * sr) / sr)[:, None]
    assert measure(y, sr=sr).integrated_lufs == pytest.approx(-3.01, abs=0.1)


@pytest.mark.parametrize("sr", [22_050, 32_000, 44_100, 48_000])
@pytest.mark.parametrize("kind", ["song", "noise", "fading"])
def test_loudness_is_within_a_fifth_of_a_unit_of_pyloudnorm(sr, kind):
    y = {"song": chord_song(0, minor=False, seconds=12, sr=sr), "noise": noise(seconds=12, sr=sr)}.get(kind)
    if y is None:
        y = noise(seconds=12, sr=sr) * np.linspace(1, 0.01, 12 * sr)
    stereo = np.stack([y, 0.5 * y], axis=1)
    expected = pyloudnorm.Meter(sr).integrated_loudness(stereo.astype(np.float64))
    assert measure(stereo, sr=sr).integrated_lufs == pytest.approx(expected, abs=0.2)


def test_the_true_peak_between_two_samples_is_found():
    # A sine at a quarter of the rate, sampled 45 degrees off its crests: every sample is 3 dB under the true peak.
    y = 0.5 * np.sin(np.pi / 2 * np.arange(96_000) + np.pi / 4)[:, None]
    assert measure(y, sr=48_000).true_peak_dbtp == pytest.approx(-6.02, abs=0.3)


def test_the_largest_rise_is_the_step_that_was_made():
    y = noise(seconds=20, sr=44_100)[:, None]
    y[: 10 * 44_100] *= 0.1
    assert measure(y, sr=44_100).largest_rise_db == pytest.approx(20, abs=0.7)


def test_how_the_blocks_are_cut_changes_nothing():
    y = chord_song(0, minor=False, seconds=8, sr=44_100)[:, None]
    whole, cut = measure(y, sr=44_100, block=len(y)), measure(y, sr=44_100, block=1_000)
    assert cut.integrated_lufs == pytest.approx(whole.integrated_lufs, abs=1e-4)
    assert np.allclose(cut.curve_lufs, whole.curve_lufs, atol=1e-3)


def test_silence_has_no_loudness():
    with pytest.raises(SilentAudioError, match="nothing to hear"):
        measure(np.zeros((44_100, 2)), sr=44_100)


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_how_a_recording_is_cut_into_blocks_changes_nothing(channels):
    y = np.stack([noise(seconds=3, sr=22_050, seed=i) for i in range(channels)], axis=1)
    whole, cut = (measure(y, sr=22_050, block=block) for block in (len(y), 997))
    assert cut.integrated_lufs == pytest.approx(whole.integrated_lufs, abs=1e-3)
    np.testing.assert_allclose(cut.steps_lufs, whole.steps_lufs, atol=1e-3)
