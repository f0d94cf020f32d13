"""One recording into numbers: truth from how the recording was made."""

from __future__ import annotations

import numpy as np
import pytest

from features import FEATURE_NAMES, AudioTooShortError, NotAudioError, SilentAudioError, extract, extract_many
from tests import signals
from tests.signals import write


@pytest.mark.parametrize("bpm", [60, 100, 140, 180])
def test_a_click_track_has_the_tempo_it_was_made_with(tmp_path, bpm):
    heard = extract(write(tmp_path / "clicks.wav", signals.click_track(bpm)))
    assert heard.tempo_bpm == pytest.approx(bpm, rel=0.02)
    assert heard.pulse_clarity > 0.5


@pytest.mark.parametrize(
    ("tonic", "minor", "key"), [(0, False, "C major"), (9, True, "A minor"), (6, False, "F# major")]
)
def test_chords_have_the_key_and_mode_they_were_made_with(tmp_path, tonic, minor, key):
    heard = extract(write(tmp_path / "song.flac", signals.chord_song(tonic, minor=minor)))
    assert heard.key == key
    assert (heard.mode < 0) == minor


def wind(seconds: int = 40, seed: int = 3) -> np.ndarray:
    """Hiss that swells and sinks by chance."""
    rng = np.random.default_rng(seed)
    t = np.arange(seconds * signals.SR) / signals.SR
    gusts = np.interp(t, np.linspace(0, seconds, 2 * seconds), rng.random(2 * seconds))
    return (0.2 * gusts * rng.standard_normal(len(t))).astype(np.float32)


def swelling_tones(seconds: int = 40, seed: int = 3) -> np.ndarray:
    """Three held tones, each of which swells and wavers at its own slow pace."""
    rng = np.random.default_rng(seed)
    t = np.arange(seconds * signals.SR) / signals.SR
    y = np.zeros(len(t))
    for hz in (220.0, 277.2, 329.6):
        vibrato = 1 + 0.003 * np.sin(2 * np.pi * rng.uniform(0.05, 0.3) * t)
        swell = 1 + 0.3 * np.sin(2 * np.pi * rng.uniform(0.03, 0.2) * t)
        y += 0.1 * swell * np.sin(2 * np.pi * np.cumsum(hz * vibrato) / signals.SR)
    return (y + 1e-4 * rng.standard_normal(len(t))).astype(np.float32)


@pytest.mark.parametrize("make", [wind, swelling_tones])
def test_what_swells_without_a_beat_has_no_tempo(tmp_path, make):
    assert extract(write(tmp_path / "swell.wav", make())).tempo_bpm is None


def slow_tune() -> np.ndarray:
    """Soft notes two beats long over a drone, some left out: only the mean of several beats tells the pulse."""
    rng = np.random.default_rng(5)
    y = 0.05 * np.sin(2 * np.pi * 146.8 * np.arange(40 * signals.SR) / signals.SR)
    for n in range(39):
        if rng.random() < 0.7:
            note = signals.tone(float(rng.choice([294, 330, 370, 440, 494])), seconds=1.0)
            y[n * signals.SR : (n + 1) * signals.SR] += 0.1 * note
    return y.astype(np.float32)


def test_a_slow_tune_with_gaps_over_a_drone_has_a_tempo(tmp_path):
    heard = extract(write(tmp_path / "tune.wav", slow_tune()))
    assert heard.tempo_bpm == pytest.approx(60, rel=0.03) or heard.tempo_bpm == pytest.approx(120, rel=0.03)


def test_noise_has_neither_tempo_nor_key(tmp_path):
    heard = extract(write(tmp_path / "noise.wav", signals.noise()))
    assert heard.tempo_bpm is None
    assert heard.key is None
    assert heard.mode is None
    assert {"no_pulse", "no_key"} <= set(heard.flags)


def test_silence_is_an_error_and_not_117_beats_a_minute(tmp_path):
    with pytest.raises(SilentAudioError, match="nothing to hear"):
        extract(write(tmp_path / "silence.wav", np.zeros(22_050 * 10, dtype=np.float32)))


def test_a_constant_offset_is_silence(tmp_path):
    with pytest.raises(SilentAudioError, match="nothing to hear"):
        extract(write(tmp_path / "dc.wav", np.full(22_050 * 10, 0.5, dtype=np.float32)))


def test_under_three_seconds_is_an_error(tmp_path):
    with pytest.raises(AudioTooShortError, match=r"2\.0 s"):
        extract(write(tmp_path / "short.wav", signals.click_track(100, seconds=2.0)))


def test_a_long_recording_is_heard_in_stretches_of_a_minute(tmp_path):
    heard = extract(write(tmp_path / "long.wav", signals.chord_song(2, minor=False, seconds=200)))
    assert heard.segments.shape == (3, len(FEATURE_NAMES))
    assert heard.duration_s == pytest.approx(200, abs=0.1)


def test_many_files_give_features_or_errors_and_none_ends_the_rest(tmp_path):
    good = write(tmp_path / "good.wav", signals.chord_song(0, minor=False, seconds=10))
    bad = tmp_path / "bad.mp3"
    bad.write_text("this is not sound")
    results = dict(extract_many([bad, good]))
    assert isinstance(results[bad], NotAudioError)
    assert results[good].duration_s == pytest.approx(10, abs=0.1)
