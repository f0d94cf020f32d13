"""What a stranger's folder holds is heard whole, and what cannot be heard says why in words that help."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from features import (
    AudioDecodeError,
    AudioFeatures,
    AudioTooShortError,
    FeatureError,
    NotAudioError,
    SilentAudioError,
    decoders,
    extract,
)
from features.chained import links
from features.decoders import open_regular, open_stream
from tests.features.odd_files import ERROR, encoded, song, sound_bytes
from tests.features.strangers_files import even_mp3, id3v24, ogg, opus_with_gain, strangers_files, variable_mp3
from tests.features.test_odd_files import judge

CASES = {case.name: case for case in strangers_files()}


def heard(folder: Path, name: str) -> AudioFeatures:
    CASES[name].make(folder / name)
    return extract(folder / name)


def seconds_and_problems(path: Path, data: bytes) -> tuple[float, list[str], float]:
    """Seconds that the decoders read of a file, what they complain of, and the highest sample."""
    path.write_bytes(data)
    with open_regular(path) as file:
        stream = open_stream(file)
        frames, peak = 0, 0.0
        for block in stream.blocks:
            frames += len(block)
            peak = max(peak, float(abs(block).max(initial=0)))
    return frames / stream.sr, stream.problems, peak


@pytest.mark.parametrize("name", [n for n in CASES if CASES[n].outcome == ERROR])
def test_what_cannot_be_heard_is_named_by_what_it_is(tmp_path, name):
    said = {
        "sold.m4p": (AudioDecodeError, "copy-protected"),
        "sold.wma": (AudioDecodeError, "copy-protected"),
        "first track silent.mka": (FeatureError, "nothing to hear|silent|below"),
        "tune.sid": (NotAudioError, "notes for a synthesizer"),
        "tune.mod": (NotAudioError, "notes for a synthesizer"),
        "tune.xm": (NotAudioError, "notes for a synthesizer"),
        "songs.pls": (NotAudioError, "a list of songs"),
        "copy that broke off.flac": (NotAudioError, "nothing but zeros"),
    }
    kind, words = said[name]
    with pytest.raises(kind, match=words) as refused:
        heard(tmp_path, name)
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("song.mid", b"MThd\0\0\0\x06\0\0\0\x01\x01\xe0MTrk\0\0\0\x04\0\xff\x2f\0", "notes for a synthesizer"),
        ("page.mp3", b"<!DOCTYPE html><title>404</title>", "a web page"),
        ("cover.mp3", b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(range(256)) * 9, "a picture"),
        ("album.mp3", b"PK\x03\x04" + bytes(range(256)) * 9, "an archive"),
        ("booklet.mp3", b"%PDF-1.7\n" + b"1 0 obj\n" * 99, "a document"),
        ("words.mp3", "Es war, als hätt der Himmel\n".encode() * 300, "a text"),
        ("words in UTF-16.mp3", ("Es war, als hätt der Himmel\n" * 300).encode("utf-16"), "a text"),
        ("noise.mp3", bytes(range(128, 256)) * 50, "No sound was found"),
    ],
)
def test_what_is_no_sound_is_called_what_it_is(tmp_path, name, data, words):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(NotAudioError, match=words):
        extract(tmp_path / name)


def test_a_variable_mp3_that_does_not_tell_its_length_is_heard_to_its_end(tmp_path):
    seconds, problems, _ = seconds_and_problems(tmp_path / "song.mp3", variable_mp3())
    assert seconds == pytest.approx(10, abs=0.2)
    assert problems == []


def test_tags_of_any_size_do_not_make_a_whole_mp3_a_part(tmp_path):
    padded = id3v24((b"TIT2", b"\3Song"), after=bytes(2_000_000)) + even_mp3()
    seconds, problems, _ = seconds_and_problems(tmp_path / "song.mp3", padded)
    assert seconds == pytest.approx(10, abs=0.2)
    assert problems == []
    assert "partial" not in heard(tmp_path, "tags upon tags.mp3").flags


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("radio.ogg", 20),
        ("radio of two rates.ogg", 20),
        ("jingle first.ogg", 10.5),
        ("radio of two kinds.ogg", 20),
        ("radio.opus", 20),
    ],
)
def test_each_recording_in_a_chain_is_heard_as_what_it_is(tmp_path, name, seconds):
    CASES[name].make(tmp_path / "made")
    read, problems, peak = seconds_and_problems(tmp_path / "read", (tmp_path / "made").read_bytes())
    assert read == pytest.approx(seconds, abs=0.05)
    assert problems == []
    assert peak < 1  # by another's tables it is noise, hundreds of times full scale


def test_a_part_of_a_chain_that_cannot_be_read_is_said(tmp_path):
    whole, next_one = ogg("VORBIS", serial=1), bytearray(ogg("VORBIS", serial=2))
    next_one[40:200] = bytes(160)
    read, problems, _ = seconds_and_problems(tmp_path / "radio.ogg", whole + bytes(next_one))
    assert read == pytest.approx(10, abs=0.05)
    assert "later part" in problems[0]


def test_a_chain_is_known_by_its_first_pages(tmp_path):
    parts = [ogg("VORBIS", serial=1, seconds=3.0), ogg("OPUS", serial=2, seconds=3.0)]
    path = tmp_path / "radio.ogg"
    path.write_bytes(b"".join(parts))
    with path.open("rb") as file:
        assert links(file) == [(0, len(parts[0])), (len(parts[0]), len(parts[0]) + len(parts[1]))]


def test_the_level_that_an_opus_header_asks_for_is_heard(tmp_path):
    levels = {}
    for gain in (0, -10):
        (tmp_path / f"{gain}.opus").write_bytes(opus_with_gain(gain))
        levels[gain] = extract(tmp_path / f"{gain}.opus").loudness_lufs
    assert levels[0] - levels[-10] == pytest.approx(10, abs=0.1)


@pytest.mark.parametrize("name", ["one bit.dsf", "one bit twice as fast.dsf", "one bit.dff"])
def test_sound_of_one_bit_is_heard_without_the_noise_beyond_hearing(tmp_path, name):
    found = heard(tmp_path, name)
    assert found.duration_s == pytest.approx(4, abs=0.01)
    assert found.true_peak_dbtp == pytest.approx(-8, abs=1)  # its loudest note has 0.4 of full scale


def test_of_two_tracks_the_one_that_a_player_takes_is_heard(tmp_path):
    assert heard(tmp_path, "second track marked.mka").loudness_lufs > -40


def test_a_file_of_which_next_to_nothing_can_be_decoded_is_not_called_short(tmp_path):
    whole = bytearray(encoded("adts", "aac"))
    whole[4_000:] = bytes(len(whole) - 4_000)
    (tmp_path / "broken.aac").write_bytes(bytes(whole))
    with pytest.raises(AudioDecodeError, match=r"Only 0\.\d s of the file could be decoded|nothing in it"):
        extract(tmp_path / "broken.aac")


def test_a_tone_that_nobody_hears_has_no_tempo_because_there_is_nothing_to_hear(tmp_path):
    tone = 0.5 * np.sin(2 * np.pi * 40_000 * np.arange(1_920_000) / 192_000)
    soundfile.write(tmp_path / "bats.wav", tone.astype(np.float32), 192_000)
    with pytest.raises(SilentAudioError, match="above what is heard"):
        extract(tmp_path / "bats.wav")


def test_what_is_a_hundredth_too_short_is_not_said_to_be_long_enough(tmp_path):
    soundfile.write(tmp_path / "short.wav", song()[: int(2.99 * 44_100)], 44_100)
    with pytest.raises(AudioTooShortError, match=r"lasts 2\.9 s; at least 3 s"):
        extract(tmp_path / "short.wav")


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
def test_the_number_by_which_a_wav_names_its_coding_is_no_text(tmp_path, monkeypatch, subtype):
    monkeypatch.setattr(decoders, "_soundfile_stream", lambda _: None)
    data = sound_bytes("WAVEX", subtype)
    assert data[20:22] == b"\xfe\xff"
    assert seconds_and_problems(tmp_path / "song.wav", data)[0] == pytest.approx(10, abs=0.01)


def test_what_is_behind_an_mp3_is_no_sound(tmp_path):
    seconds, _, _ = seconds_and_problems(tmp_path / "song.mp3", sound_bytes("MP3") + b"LYRICS" * 20_000)
    assert seconds == pytest.approx(10, abs=0.2)


@pytest.mark.soak
def test_every_strangers_file_gives_features_or_a_named_error(tmp_path):
    for name, case in CASES.items():
        try:
            result: AudioFeatures | FeatureError = heard(tmp_path, name)
        except FeatureError as error:
            result = error
        assert judge(case, result) == ""
