"""A recording is known by its sound: tags come and go, the hash stays; another sound, another hash."""

from __future__ import annotations

import io
import shutil
import struct
from pathlib import Path

import mutagen
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_library.identity import content_hash
from tests.signals import chord_song, write


def hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return content_hash(file)


def make(path: Path, *, tonic: int = 0) -> Path:
    """A short recording in the format that the name says."""
    y = chord_song(tonic, minor=False, seconds=4, sr=44_100)
    if path.suffix != ".m4a":
        subtype = {".ogg": "VORBIS", ".opus": "OPUS"}.get(path.suffix)
        form = {".opus": "OGG"}.get(path.suffix)
        options = {key: value for key, value in (("subtype", subtype), ("format", form)) if value}
        sr = 48_000 if path.suffix == ".opus" else 44_100
        return write(path, y, sr=sr, **options)
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44_100, layout="mono")
        frame = av.AudioFrame.from_ndarray(y[None, :], format="fltp", layout="mono")
        frame.rate = 44_100
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return path


def retag(path: Path, title: str) -> None:
    """Change the tags as a music program would, long enough to move everything that follows them."""
    audio = mutagen.File(path, easy=True)
    if audio.tags is None:
        audio.add_tags()
    if path.suffix in {".wav", ".aiff"}:
        from mutagen.id3 import TIT2

        audio.tags.add(TIT2(encoding=3, text=[title]))
    else:
        audio["title"] = title
    audio.save()


@pytest.mark.parametrize("ending", ["mp3", "flac", "ogg", "opus", "wav", "aiff", "m4a"])
def test_retagging_keeps_the_identity_of_every_format(tmp_path, ending):
    song = make(tmp_path / f"song.{ending}")
    before, size = hash_of(song), song.stat().st_size
    for title in ("A title", "A long title " * 2000):
        retag(song, title)
        assert hash_of(song) == before
    assert song.stat().st_size > size + 10_000


@pytest.mark.parametrize("ending", ["mp3", "flac", "ogg", "opus", "wav", "aiff", "m4a"])
def test_another_sound_has_another_identity(tmp_path, ending):
    assert hash_of(make(tmp_path / f"a.{ending}")) != hash_of(make(tmp_path / f"b.{ending}", tonic=4))


def test_a_copy_has_the_same_identity(tmp_path):
    song = make(tmp_path / "a.ogg")
    assert hash_of(Path(shutil.copy(song, tmp_path / "b.ogg"))) == hash_of(song)


def test_tags_at_the_end_of_an_mp3_do_not_count(tmp_path):
    song = make(tmp_path / "a.mp3")
    plain = song.read_bytes()
    id3v1 = b"TAG" + b"x" * 125
    ape_item = struct.pack("<II", 3, 0) + b"Title\x00abc"
    ape_size = len(ape_item) + 32
    ape = ape_item + b"APETAGEX" + struct.pack("<IIII", 2000, ape_size, 1, 0) + bytes(8)
    for tail in (id3v1, ape, ape + id3v1):
        assert content_hash(io.BytesIO(plain + tail)) == content_hash(io.BytesIO(plain))


def test_silence_of_another_length_has_another_identity():
    def wav(n: int) -> bytes:
        body = np.zeros(n, dtype="<i2").tobytes()
        fmt = struct.pack("<HHIIHH", 1, 1, 44_100, 88_200, 2, 16)
        inside = b"WAVEfmt " + struct.pack("<I", 16) + fmt + b"data" + struct.pack("<I", len(body)) + body
        return b"RIFF" + struct.pack("<I", len(inside)) + inside

    assert content_hash(io.BytesIO(wav(1000))) != content_hash(io.BytesIO(wav(1001)))


HEADS = [
    b"",
    b"fLaC",
    b"OggS",
    b"RIFF\xff\xff\xff\xffWAVE",
    b"FORM\x00\x00\x00\x00AIFF",
    b"ID3\x04\x00\x00",
    b"abcdftyp",
]


@given(st.sampled_from(HEADS), st.binary(max_size=400), st.sampled_from([b"", b"TAG" + bytes(125), b"APETAGEX" * 4]))
def test_any_bytes_have_an_identity(head, body, tail):
    content = head + body + tail
    identity = content_hash(io.BytesIO(content))
    assert len(identity) == 40
    assert content_hash(io.BytesIO(content)) == identity
