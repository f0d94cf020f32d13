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
