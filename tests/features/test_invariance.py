"""What must not change what is heard: level, phase, offset, channels, sampling rate, codec."""

from __future__ import annotations

import numpy as np
import pytest
import soxr

from features import FEATURE_NAMES, FEATURES, AudioFeatures, extract
from tests.features.odd_files import sound_bytes
from tests.signals import chord_song, noise, write

# With a drone and a room around it: in digital silence between notes, which no recording has, a codec is all one hears.
TIME = np.arange(20 * 44_100) / 44_100
DRONE = 0.03 * (
    np.sin(2 * np.pi * 164.81 * TIME) + np.sin(2 * np.pi * 246.94 * TIME) + np.sin(2 * np.pi * 392.0 * TIME)
)
SONG = chord_song(4, minor=True, bpm=96, seconds=20, sr=44_100) + DRONE + 0.01 * noise(seconds=20, sr=44_100)
STEREO = np.stack([SONG, 0.8 * SONG], axis=1).astype(np.float32)


@pytest.fixture(scope="module")
def as_it_is(tmp_path_factory):
    return extract(write(tmp_path_factory.mktemp("song") / "song.wav", STEREO, sr=44_100, subtype="FLOAT"))


def same_music(heard: AudioFeatures, before: AudioFeatures, *, within: float = 0.02) -> None:
    assert heard.tempo_bpm == pytest.approx(before.tempo_bpm, rel=0.01)
    assert heard.key == before.key
    assert heard.mode == pytest.approx(before.mode, abs=0.05)
    width = np.array([spec.high - spec.low for spec in FEATURES])
    change = np.abs(heard.vector - before.vector) / width
    worst = int(np.nanargmax(change))
    assert change[worst] < within, f"{FEATURE_NAMES[worst]}: {before.vector[worst]} became {heard.vector[worst]}"


@pytest.mark.parametrize("gain", [0.01, 0.3, 3.0])
def test_level_changes_nothing_but_loudness(tmp_path, as_it_is, gain):
    heard = extract(write(tmp_path / "gain.wav", STEREO * np.float32(gain), sr=44_100, subtype="FLOAT"))
    same_music(heard, as_it_is)
    assert heard.loudness_lufs == pytest.approx(as_it_is.loudness_lufs + 20 * np.log10(gain), abs=0.05)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("polarity", lambda y: -y),
        ("one channel inverted", lambda y: y * np.array([1, -1], np.float32)),
        ("channels swapped", lambda y: y[:, ::-1]),
        ("offset", lambda y: y + np.float32(0.05)),
        ("mono", lambda y: y.mean(axis=1)),
        ("four channels", lambda y: np.concatenate([y, y], axis=1)),
    ],
)
def test_channels_phase_and_offset_change_nothing(tmp_path, as_it_is, name, change):
    heard = extract(write(tmp_path / f"{name}.wav", change(STEREO), sr=44_100, subtype="FLOAT"))
    same_music(heard, as_it_is)


def test_one_inverted_channel_changes_nothing_where_the_channels_are_almost_strangers(tmp_path):
    left, right = SONG, chord_song(4, minor=True, bpm=96, seconds=20, sr=44_100)[::-1] + 0.12 * SONG
    wide = np.stack([left, right - right @ left / (left @ left) * left + 0.06 * left], axis=1).astype(np.float32)
    before = extract(write(tmp_path / "wide.wav", wide, sr=44_100, subtype="FLOAT"))
    after = extract(write(tmp_path / "inverted.wav", wide * np.array([1, -1], np.float32), sr=44_100, subtype="FLOAT"))
    same_music(after, before, within=1e-4)
    assert "phase_cancelled" not in before.flags + after.flags


@pytest.mark.parametrize("sr", [22_050, 48_000, 96_000])
def test_the_sampling_rate_changes_nothing(tmp_path, as_it_is, sr):
    y = soxr.resample(STEREO, 44_100, sr, quality="VHQ")
    same_music(extract(write(tmp_path / "rate.wav", y, sr=sr, subtype="FLOAT")), as_it_is)


@pytest.mark.parametrize(
    ("kind", "subtype"), [("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("FLAC", "PCM_16")]
)
def test_the_codec_changes_nothing(tmp_path, as_it_is, kind, subtype):
    path = tmp_path / "coded.bin"
    y = soxr.resample(STEREO, 44_100, 48_000, quality="VHQ")
    path.write_bytes(sound_bytes(kind, subtype, sr=48_000, y=y))
    # Between clean synthetic notes a codec's own noise is heard more than in recordings, so the bound is a wide one.
    same_music(extract(path), as_it_is, within=0.15)
