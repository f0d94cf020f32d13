"""What a file may claim and hold is bounded, and what is refused is named with what to do."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from features import AudioDecodeError, NotAudioError, decoders, extract
from tests.features.odd_files import encoded, song, sound_bytes


@pytest.mark.parametrize("name", ["gone.flac", "a\0name.flac"])
def test_a_file_that_cannot_be_opened_is_named_with_its_reason(tmp_path, name):
    with pytest.raises(NotAudioError, match="cannot be opened: ") as refused:
        extract(tmp_path / name)
    assert "you may read it" in refused.value.remedy


@pytest.mark.parametrize(("sr", "channels"), [(1, 1), (44_100, 65)])
def test_what_no_recording_has_is_refused_with_what_the_file_claims(tmp_path, sr, channels):
    soundfile.write(tmp_path / "odd.wav", np.zeros((100, channels), np.float32), sr)
    with pytest.raises(AudioDecodeError, match=f"claims {sr} samples a second and {channels} channels"):
        extract(tmp_path / "odd.wav")


@pytest.mark.parametrize("made", [lambda: sound_bytes("FLAC"), lambda: encoded("adts", "aac")], ids=["FLAC", "AAC"])
def test_what_is_longer_than_is_read_is_heard_so_far_and_said_to_be_a_part(tmp_path, monkeypatch, made):
    monkeypatch.setattr(decoders, "MAX_SECONDS", 6.0)
    (tmp_path / "long").write_bytes(made())
    heard = extract(tmp_path / "long")
    assert heard.duration_s == pytest.approx(6, abs=decoders.BLOCK_SECONDS)
    assert "partial" in heard.flags


def test_a_film_without_sound_is_no_sound(tmp_path):
    with av.open(str(tmp_path / "silent.mp4"), "w") as out:
        picture = out.add_stream("mpeg4", rate=10)
        picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
        for _ in range(20):
            out.mux(picture.encode(av.VideoFrame(64, 64, "yuv420p")))
        out.mux(picture.encode(None))
    with pytest.raises(NotAudioError, match="no sound track"):
        extract(tmp_path / "silent.mp4")


@pytest.mark.parametrize("fails", ["open", "read"])
def test_where_one_decoder_gives_up_the_other_reads(tmp_path, monkeypatch, fails):
    """libsndfile may fail at the first byte or at the first block: FFmpeg hears the same music."""
    soundfile.write(tmp_path / "song.flac", song(), 44_100)
    whole = extract(tmp_path / "song.flac")

    class Failing(soundfile.SoundFile):
        def __init__(self, *a: object, **more: object) -> None:
            if fails == "open":
                raise OSError("no")
            super().__init__(*a, **more)

        def read(self, *a: object, **more: object) -> object:
            raise soundfile.LibsndfileError(3)

    monkeypatch.setattr(soundfile, "SoundFile", Failing)
    heard = extract(tmp_path / "song.flac")
    assert (heard.key, heard.flags) == (whole.key, whole.flags)
    assert heard.tempo_bpm == pytest.approx(whole.tempo_bpm, rel=0.01)
    assert heard.duration_s == pytest.approx(whole.duration_s, abs=0.01)


def test_what_breaks_off_in_the_middle_is_read_on_by_the_other(tmp_path, monkeypatch):
    soundfile.write(tmp_path / "song.flac", song(), 44_100)
    read = soundfile.SoundFile.read

    def fails_after_the_first_block(self: soundfile.SoundFile, *a: object, **more: object) -> object:
        if self.tell() > 0:
            raise soundfile.LibsndfileError(3)
        return read(self, *a, **more)

    monkeypatch.setattr(soundfile.SoundFile, "read", fails_after_the_first_block)
    heard = extract(Path(tmp_path / "song.flac"))
    assert heard.duration_s == pytest.approx(10, abs=0.01)
    assert "partial" in heard.flags
