"""Over a thousand odd files: the cases of `odd_files`, and every kind of damage on every format with several seeds."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.features.odd_files import (
    EITHER,
    ERROR,
    FEATURES,
    LAVC,
    SNDFILE,
    OddFile,
    encoded,
    flipped,
    odd_files,
    patched,
    song,
    sound_bytes,
)
from tests.features.strangers_files import strangers_files

STREAMED = {"adts", "asf", "matroska", "webm", "mp2", "ac3", "mpegts", "eac3"}
"""Containers that can be read from the start without what stands at their end."""
PLAIN = tuple((kind, "PCM_16") for kind in ("WAV", "FLAC", "AIFF", "AU", "CAF", "W64"))
FLOATS = (("WAV", "DOUBLE"), ("AIFF", "FLOAT"), ("AU", "FLOAT"), ("CAF", "FLOAT"), ("W64", "FLOAT"), ("RF64", "FLOAT"))
HEADS = {
    "RIFF": b"RIFF\xff\xff\xff\x7fWAVEfmt ", "FORM": b"FORM\0\0\xff\xffAIFFCOMM", "fLaC": b"fLaC\0\0\0\x22",
    "OggS": b"OggS\0\2", "ID3": b"ID3\x04\0\0\0\0\x7f\x7f", "ftyp": b"\0\0\0\x20ftypM4A ", "caff": b"caff\0\1\0\0",
    "wvpk": b"wvpk\xff\xff\0\0", "ASF": bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "frame": b"\xff\xfb\x90\x44",
}  # fmt: skip


def _case(name: str, outcome: str, make: Callable[[], bytes], flag: str | None = None) -> OddFile:
    return OddFile(name, outcome, lambda path: path.write_bytes(make()), flag)


def _rates() -> Iterator[OddFile]:
    for kind, subtype in PLAIN:
        for sr in (11_025, 12_000, 22_050, 24_000, 32_000, 64_000, 88_200, 96_000, 176_400, 192_000):
            for channels in (1, 2):
                yield _case(
                    f"rate {sr} of {channels} {kind}.mp3", FEATURES,
                    lambda k=kind, s=subtype, r=sr, c=channels: sound_bytes(k, s, sr=r, channels=c),
                    "narrow_band" if sr < 22_050 else None,
                )  # fmt: skip
        for channels in (3, 4, 5, 6, 7, 8):
            yield _case(
                f"{channels} channels {kind}.wav", FEATURES,
                lambda k=kind, s=subtype, c=channels: sound_bytes(k, s, channels=c, sr=32_000),
            )  # fmt: skip
    for sr in (16_000, 22_050, 24_000, 32_000):
        for kind, subtype in (("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS")):
            yield _case(f"coded at {sr} {kind}.wma", FEATURES, lambda k=kind, s=subtype, r=sr: sound_bytes(k, s, sr=r))


def _cuts() -> Iterator[OddFile]:
    for kind, subtype in SNDFILE:
        for percent in (1, 5, 15, 30, 45, 60, 70, 80, 90, 99):
            yield _case(
                f"{kind} {subtype} first {percent} percent.flac", FEATURES if percent >= 45 else EITHER,
                lambda k=kind, s=subtype, p=percent: (d := sound_bytes(k, s, sr=32_000))[: p * len(d) // 100],
            )  # fmt: skip
        for seed in range(3):
            yield _case(
                f"{kind} {subtype} from the middle {seed}.ogg", EITHER,
                lambda k=kind, s=subtype, i=seed: (d := sound_bytes(k, s, sr=32_000))[(i + 1) * len(d) // 5 :],
            )  # fmt: skip
            yield _case(
                f"{kind} {subtype} with a hole {seed}.aiff", EITHER,
                lambda k=kind, s=subtype, i=seed: _with_hole(sound_bytes(k, s, sr=32_000), i),
            )  # fmt: skip
    for container, codec in LAVC:
        for percent in (5, 40, 60, 80, 95):
            yield _case(
                f"{container} {codec} first {percent} percent.m4a",
                FEATURES if percent >= 60 and container in STREAMED else EITHER,
                lambda n=container, c=codec, p=percent: (d := encoded(n, c))[: p * len(d) // 100],
            )


def _with_hole(data: bytes, seed: int) -> bytes:
    """A copy that a broken disk left zeros in."""
    rng = np.random.default_rng(seed)
    start = int(rng.integers(200, len(data) // 2))
    size = int(rng.integers(512, len(data) // 4))
    return data[:start] + bytes(min(size, len(data) - start)) + data[start + size :]


def _flips() -> Iterator[OddFile]:
    for kind, subtype in SNDFILE:
        for seed in range(4, 16):
            yield _case(
                f"{kind} {subtype} flipped {seed}.wav", EITHER,
                lambda k=kind, s=subtype, i=seed: flipped(sound_bytes(k, s, sr=32_000), seed=i),
            )  # fmt: skip
    for container, codec in LAVC:
        for seed in range(4, 12):
            yield _case(
                f"{container} {codec} flipped {seed}.mp3", EITHER,
                lambda n=container, c=codec, i=seed: flipped(encoded(n, c), seed=i),
            )  # fmt: skip


def _lies() -> Iterator[OddFile]:
    for offset in (4, 16, 20, 22, 24, 28, 32, 34, 40):
        for value in (0, 1, 0x7FFF, 0xFFFF, 0x12345678, 0xFFFFFFFE):
            new = struct.pack("<I", value) if offset not in (20, 22, 32, 34) else struct.pack("<H", value & 0xFFFF)
            yield _case(
                f"wav byte {offset} is {value}.wav", EITHER, lambda o=offset, b=new: patched(sound_bytes(), o, b)
            )
    for offset in (4, 20, 22, 26, 28, 30):
        for value in (0, 1, 0x7FFF, 0xFFFF):
            yield _case(
                f"aiff byte {offset} is {value}.aiff", EITHER,
                lambda o=offset, v=value: patched(sound_bytes("AIFF", "PCM_16"), o, struct.pack(">H", v)),
            )  # fmt: skip
    for size in (0, 1, 200, 0x0FFFFFFF):
        head = b"ID3\x03\0\0" + bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
        yield _case(f"a tag that says {size}.mp3", EITHER, lambda h=head: h + sound_bytes("MP3"))


def _values() -> Iterator[OddFile]:
    for kind, subtype in FLOATS:
        for bad in (np.nan, np.inf, -np.inf, 1e20):
            yield _case(
                f"{bad} within {kind} {subtype}.wav", FEATURES,
                lambda k=kind, s=subtype, b=bad: sound_bytes(k, s, y=_with_value(b)), "partial",
            )  # fmt: skip
        yield _case(
            f"nothing but NaN {kind} {subtype}.wav",
            ERROR,
            lambda k=kind, s=subtype: sound_bytes(k, s, y=np.full((200_000, 2), np.nan, np.float32)),
        )
    for kind, subtype in SNDFILE:
        for seconds in (0.0, 0.01, 0.5, 1.5, 2.7):
            yield _case(
                f"{seconds} s of {kind} {subtype}.mp3", ERROR,
                lambda k=kind, s=subtype, t=seconds: sound_bytes(k, s, sr=32_000, y=_first(t, _rate(k, s))),
            )  # fmt: skip
        for level in (0.0, 1e-7):
            yield _case(
                f"level {level} {kind} {subtype}.flac", ERROR,
                lambda k=kind, s=subtype, g=level: sound_bytes(k, s, sr=32_000, y=song(_rate(k, s)) * np.float32(g)),
            )  # fmt: skip


def _rate(kind: str, subtype: str) -> int:
    return 48_000 if subtype == "OPUS" else 32_000


def _first(seconds: float, sr: int) -> NDArray[np.float32]:
    return song(sr)[: int(seconds * sr)]


def _with_value(value: float) -> NDArray[np.float32]:
    y = song(32_000).copy()
    y[::30_011] = value
    return y


@lru_cache(maxsize=1)
def _variable() -> bytes:
    """A variable-rate MP3 without its first frame, which would tell how long it is."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(
        buffer, "w", 44_100, 2, "MPEG_LAYER_III", format="MP3", bitrate_mode="VARIABLE", compression_level=0.5
    ) as file:
        file.write(song())
    data = buffer.getvalue()
    second = next(i for i in range(100, len(data)) if data[i : i + 2] == data[:2])
    return data[second:]


def _rest() -> Iterator[OddFile]:
    yield _case("variable rate without a header.mp3", FEATURES, _variable)
    for name, head in HEADS.items():
        for seed in range(4):
            yield _case(
                f"{name} and noise {seed}.mp3", EITHER,
                lambda h=head, s=seed: h + np.random.default_rng(s).bytes(30_000),
            )  # fmt: skip
        yield _case(f"{name} and nothing.mp3", ERROR, lambda h=head: h)
        yield _case(f"{name} and zeros.mp3", ERROR, lambda h=head: h + bytes(100_000))
    for kind, subtype in SNDFILE:
        for other, other_subtype in SNDFILE[:4]:
            yield _case(
                f"{kind} {subtype} then {other} {other_subtype}.mp3", EITHER,
                lambda k=kind, s=subtype, o=other, t=other_subtype: (
                    (d := sound_bytes(k, s, sr=32_000))[: len(d) // 2] + sound_bytes(o, t, sr=32_000)
                ),
            )  # fmt: skip


def odd_file_grid() -> list[OddFile]:
    """All cases, over a thousand; their names end like music, so that a scan of their folder takes them all."""
    families = (_rates, _cuts, _flips, _lies, _values, _rest)
    return [*odd_files(), *(case for family in families for case in family()), *strangers_files()]
