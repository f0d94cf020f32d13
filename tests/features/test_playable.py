"""Every format that can be heard can be copied into one that browsers play."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from features import NotAudioError, SilentAudioError, extract, playable_copy, why_not_playable
from tests.features.odd_files import encoded, song, sound_bytes
from tests.signals import write

PLAYED = {
    "song.mp3": lambda: sound_bytes("MP3"),
    "song.flac": lambda: sound_bytes("FLAC"),
    "song.ogg": lambda: sound_bytes("OGG"),
    "song.opus": lambda: sound_bytes("OGG", "OPUS"),
    "song.wav": lambda: sound_bytes("WAV"),
    "song.m4a": lambda: encoded("ipod", "aac"),
    "song.aac": lambda: encoded("adts", "aac"),
}
COPIED = {
    "song.aiff": lambda: sound_bytes("AIFF"),
    "song.wma": lambda: encoded("asf", "wmav2"),
    "alac.m4a": lambda: encoded("ipod", "alac"),
    "high.flac": lambda: sound_bytes("FLAC", sr=96_000),
    "wide.wav": lambda: sound_bytes("WAV", "PCM_16", channels=6),
    "eight.wav": lambda: sound_bytes("WAV", "PCM_16", channels=8),
    "phone.au": lambda: sound_bytes("AU", "ULAW", sr=8_000, channels=1),
}


@pytest.mark.parametrize("name", PLAYED)
def test_what_browsers_play_needs_no_copy(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(PLAYED[name]())
    assert why_not_playable(path) is None


@pytest.mark.parametrize("name", COPIED)
def test_what_browsers_do_not_play_becomes_an_mp3_of_the_same_music(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(COPIED[name]())
    assert why_not_playable(path)
    copy = playable_copy(path, tmp_path / "copy.mp3")
    assert why_not_playable(copy) is None
    heard, before = extract(copy), extract(path)
    assert heard.duration_s == pytest.approx(before.duration_s, abs=0.2)
    assert heard.key == before.key


def test_the_copy_of_cancelling_channels_is_as_loud_as_the_music(tmp_path):
    path = write(tmp_path / "inverted.wav", song() * np.array([1, -1], np.float32), sr=44_100)
    heard = extract(path)
    copy = playable_copy(path, tmp_path / "copy.mp3", flags=heard.flags)
    mono = soundfile.read(copy, dtype="float32")[0].mean(axis=1)
    assert np.sqrt(np.mean(mono**2)) == pytest.approx(np.sqrt(np.mean(song() ** 2)), rel=0.1)


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"no sound", NotAudioError), (sound_bytes("WAV", y=np.zeros((88_200, 2), np.float32)), SilentAudioError)],
)
def test_nothing_is_left_behind_where_there_is_nothing_to_copy(tmp_path, content, error):
    path = tmp_path / "song.wav"
    path.write_bytes(content)
    with pytest.raises(error):
        playable_copy(path, tmp_path / "copy.mp3")
    assert [found.name for found in tmp_path.iterdir()] == ["song.wav"]
