"""Sound files as real folders hold them: rare formats, lying headers, half copies, and what is no sound at all.

Each case knows what must come of it: `features`, `error`, or `either` where a damaged file may or may not be readable.
Nothing may crash, hang, or give features of silence.
"""

from __future__ import annotations

import io
import os
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.signals import chord_song

FEATURES, ERROR, EITHER = "features", "error", "either"


@dataclass(frozen=True)
class OddFile:
    """A case: its file name, what must come of it, and how it is made."""

    name: str
    outcome: str
    make: Callable[[Path], object]
    flag: str | None = None
    """A flag that its features must carry."""


@lru_cache(maxsize=64)
def song(sr: int = 44_100, channels: int = 2, seconds: float = 10.0) -> NDArray[np.float32]:
    """A song of block chords with a little difference between its channels, shape (n_samples, channels)."""
    mono = chord_song(2, minor=False, bpm=120, seconds=seconds, sr=sr)
    hiss = 1e-3 * np.random.default_rng(7).standard_normal((len(mono), channels))
    return (mono[:, None] + hiss).astype(np.float32)


def sound_bytes(
    kind: str = "WAV",
    subtype: str | None = None,
    *,
    sr: int = 44_100,
    channels: int = 2,
    y: NDArray[np.float32] | None = None,
) -> bytes:
    """A song in one of libsndfile's formats."""
    buffer = io.BytesIO()
    sr = 48_000 if subtype == "OPUS" and sr > 24_000 else sr
    y = song(sr, channels) if y is None else y
    with soundfile.SoundFile(buffer, "w", sr, y.shape[1], subtype, format=kind) as file:
        # In pieces: libsndfile's Vorbis writer overflows its stack on one long call.
        for start in range(0, len(y), 4096):
            file.write(y[start : start + 4096])
    return buffer.getvalue()


@lru_cache(maxsize=64)
def encoded(
    container: str, codec: str, *, sr: int = 48_000, layout: str = "stereo", seconds: float = 10.0, video: bool = False
) -> bytes:
    """A song in one of FFmpeg's formats."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        picture = out.add_stream("mpeg4", rate=10) if video else None
        if picture is not None:
            picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
        track = out.add_stream(codec, rate=sr, layout=layout)
        track.bit_rate = 128_000
        channels = av.AudioLayout(layout).nb_channels
        y = np.ascontiguousarray(song(sr, channels, seconds))
        formats = track.codec_context.codec.audio_formats
        resampler = av.AudioResampler(
            format=formats[0].name, layout=layout, rate=sr, frame_size=track.frame_size or 1024
        )
        if picture is not None:
            for i in range(20):
                image = av.VideoFrame.from_ndarray(np.full((64, 64, 3), i * 10, np.uint8), format="rgb24")
                image.pts, image.time_base = i, Fraction(1, 10)
                out.mux(picture.encode(image))
            out.mux(picture.encode(None))
        frame = av.AudioFrame.from_ndarray(y.reshape(1, -1), format="flt", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = sr, 0, Fraction(1, sr)
        for ready in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(track.encode(ready))
        out.mux(track.encode(None))
    return buffer.getvalue()


def silent_video() -> bytes:
    """A film without a sound track."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as out:
        track = out.add_stream("mpeg4", rate=10)
        track.width, track.height, track.pix_fmt = 64, 64, "yuv420p"
        for i in range(50):
            image = av.VideoFrame.from_ndarray(np.full((64, 64, 3), i, np.uint8), format="rgb24")
            image.pts, image.time_base = i, Fraction(1, 10)
            out.mux(track.encode(image))
        out.mux(track.encode(None))
    return buffer.getvalue()


def _bytes(make: Callable[[], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(make())


def _case(name: str, outcome: str, make: Callable[[], bytes], flag: str | None = None) -> OddFile:
    return OddFile(name, outcome, _bytes(make), flag)


def with_id3(sound: bytes, *, picture_bytes: int) -> bytes:
    """Put an ID3v2.3 tag with a picture of any size before an MP3."""
    body = b"\0image/jpeg\0\x03\0" + b"\xff\xd8" + bytes(max(0, picture_bytes))
    frame = b"APIC" + struct.pack(">I", len(body)) + b"\0\0" + body
    size = len(frame)
    syncsafe = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + syncsafe + frame + sound


def patched(data: bytes, offset: int, new: bytes) -> bytes:
    """The same bytes with some replaced."""
    return data[:offset] + new + data[offset + len(new) :]


def flac_with_frames(total: int) -> bytes:
    """A FLAC file whose header states any number of samples."""
    data = sound_bytes("FLAC")
    start = data.index(b"fLaC") + 8 + 13  # the last 36 bits of eight bytes within STREAMINFO
    first = data[start] & 0xF0 | total >> 32 & 0x0F
    return patched(data, start, bytes([first]) + struct.pack(">I", total & 0xFFFFFFFF))


def xing_with_frames(frames: int) -> bytes:
    """An MP3 whose Xing or Info header states any number of frames."""
    data = sound_bytes("MP3")
    at = max(data.find(b"Xing"), data.find(b"Info"))
    return patched(data, at + 8, struct.pack(">I", frames)) if at >= 0 else data


def flipped(data: bytes, *, seed: int) -> bytes:
    """Bytes of which a hundredth to a ten-thousandth is damaged, in odd seeds the header too."""
    rng = np.random.default_rng(seed)
    share, after = 10.0 ** -(2 + seed % 3), 4 if seed % 2 else 200
    damaged = np.frombuffer(data, np.uint8).copy()
    n = max(1, int(share * len(damaged)))
    damaged[rng.integers(min(after, len(damaged) - 1), len(damaged), n)] = rng.integers(0, 256, n)
    return damaged.tobytes()


SNDFILE = (
    ("WAV", "PCM_16"), ("WAV", "FLOAT"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"),
    ("AIFF", "PCM_16"), ("OGG", "OPUS"), ("AU", "PCM_16"), ("CAF", "PCM_16"), ("W64", "PCM_16"),
)  # fmt: skip
LAVC = (
    ("ipod", "aac"), ("adts", "aac"), ("mp4", "aac"), ("asf", "wmav2"), ("matroska", "flac"), ("webm", "libopus"),
    ("mp2", "mp2"), ("ac3", "ac3"), ("ipod", "alac"), ("wv", "wavpack"), ("tta", "tta"), ("mov", "pcm_s16le"),
    ("mpegts", "aac"), ("eac3", "eac3"), ("caf", "alac"),
)  # fmt: skip


def _formats() -> Iterator[OddFile]:
    for kind, subtype in SNDFILE:
        for sr in (8_000, 16_000, 48_000):
            for channels in (1, 2):
                yield _case(
                    f"{kind}-{subtype}-{sr}-{channels}.bin", FEATURES,
                    lambda k=kind, s=subtype, r=sr, c=channels: sound_bytes(k, s, sr=r, channels=c),
                    "narrow_band" if sr < 22_050 and subtype != "OPUS" else None,
                )  # fmt: skip
    for subtype in ("PCM_U8", "PCM_24", "PCM_32", "DOUBLE", "ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM"):
        yield _case(f"{subtype}.wav", FEATURES, lambda s=subtype: sound_bytes("WAV", s))
    for sr in (11_025, 22_050, 24_000, 32_000, 88_200, 96_000, 176_400, 192_000):
        yield _case(f"{sr}.wav", FEATURES, lambda r=sr: sound_bytes("WAV", "PCM_24", sr=r))
    for channels in (3, 4, 5, 6, 7, 8, 16):
        yield _case(f"{channels} channels.wav", FEATURES, lambda c=channels: sound_bytes("WAV", "PCM_16", channels=c))
    for kind in ("RF64", "WAVEX", "AIFF", "NIST", "MAT5", "PVF", "VOC", "AVR", "IRCAM", "SVX"):
        channels = 1 if kind == "SVX" else 2
        outcome = FEATURES if kind in ("RF64", "WAVEX", "AIFF") else EITHER
        yield _case(f"{kind}.snd", outcome, lambda k=kind, c=channels: sound_bytes(k, "PCM_16", channels=c))
    for container, codec in LAVC:
        for layout in ("mono", "stereo"):
            yield _case(
                f"{container}-{codec}-{layout}.bin", FEATURES,
                lambda n=container, c=codec, y=layout: encoded(n, c, layout=y),
            )  # fmt: skip
    for layout in ("5.1", "7.1", "hexadecagonal"):
        yield _case(f"{layout}.mov", FEATURES, lambda y=layout: encoded("mov", "pcm_s16le", layout=y))
        yield _case(f"{layout}.mka", FEATURES, lambda y=layout: encoded("matroska", "pcm_f32le", layout=y))
    yield _case("film with sound.mp4", FEATURES, lambda: encoded("mp4", "aac", video=True))
    yield _case("film with sound.mkv", FEATURES, lambda: encoded("matroska", "aac", video=True))


def _names() -> Iterator[OddFile]:
    for kind, subtype in SNDFILE:
        for suffix in ("txt", "mp3", "jpg"):
            yield _case(f"{kind}-{subtype} called.{suffix}", FEATURES, lambda k=kind, s=subtype: sound_bytes(k, s))
    for name in (
        "line\nbreak.wav",
        "-rf.wav",
        "'quotes\".wav",
        "%s%n.wav",
        "trailing .wav ",
        "ünïcödé 音楽.wav",
        "x" * 240 + ".wav",
    ):
        yield _case(name, FEATURES, sound_bytes)
    yield _case(os.fsdecode(b"not utf-8 \xff\xfe.wav"), FEATURES, sound_bytes)
    yield _case(os.fsdecode(b"latin-1 caf\xe9.m4a"), FEATURES, lambda: encoded("ipod", "aac"))


def _cut() -> Iterator[OddFile]:
    for kind, subtype in SNDFILE:
        for share in (0.5, 0.75, 0.95):
            yield _case(
                f"{kind}-{subtype} cut at {share}.bin", FEATURES,
                lambda k=kind, s=subtype, p=share: (d := sound_bytes(k, s))[: int(p * len(d))],
            )  # fmt: skip
        yield _case(f"{kind}-{subtype} one byte short.bin", FEATURES, lambda k=kind, s=subtype: sound_bytes(k, s)[:-1])
        yield _case(f"{kind}-{subtype} header only.bin", ERROR, lambda k=kind, s=subtype: sound_bytes(k, s)[:64])
        yield _case(
            f"{kind}-{subtype} with junk behind.bin",
            FEATURES,
            lambda k=kind, s=subtype: sound_bytes(k, s) + b"junk" * 999,
        )
    for container, codec in (
        ("adts", "aac"),
        ("asf", "wmav2"),
        ("matroska", "flac"),
        ("mp2", "mp2"),
        ("ac3", "ac3"),
    ):
        for share in (0.5, 0.9):
            yield _case(
                f"{container}-{codec} cut at {share}.bin", FEATURES,
                lambda n=container, c=codec, p=share: (d := encoded(n, c))[: int(p * len(d))],
            )  # fmt: skip
    yield _case("index lost.m4a", ERROR, lambda: encoded("ipod", "aac")[:50_000])
    for size in (100, 5_000, 100_000):
        yield _case(f"{size} zeros before.mp3", EITHER, lambda n=size: bytes(n) + sound_bytes("MP3"))
    for size in (1_000, 1_000_000, 20_000_000):
        yield _case(f"cover of {size}.mp3", FEATURES, lambda n=size: with_id3(sound_bytes("MP3"), picture_bytes=n))
    yield _case("two in one.mp3", FEATURES, lambda: sound_bytes("MP3") + sound_bytes("MP3", sr=48_000))
    yield _case("two in one.ogg", FEATURES, lambda: sound_bytes("OGG") + sound_bytes("OGG"))
    yield _case("old tag.mp3", FEATURES, lambda: sound_bytes("MP3") + b"TAG" + b"Song".ljust(125, b"\0"))
    yield _case("tag alone.mp3", ERROR, lambda: with_id3(b"", picture_bytes=2_000))


def _lies() -> Iterator[OddFile]:
    for size in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF):
        data = struct.pack("<I", size)
        yield _case(
            f"data size {size}.wav", EITHER if size < 2 else FEATURES, lambda b=data: patched(sound_bytes(), 40, b)
        )
        yield _case(
            f"riff size {size}.wav", EITHER if size < 2 else FEATURES, lambda b=data: patched(sound_bytes(), 4, b)
        )
    for rate in (0, 1, 100, 0x7FFFFFFF, 0xFFFFFFFF):
        yield _case(f"rate {rate}.wav", ERROR, lambda r=rate: patched(sound_bytes(), 24, struct.pack("<I", r)))
    for channels in (0, 65, 1024, 65_535):
        yield _case(
            f"{channels} channels stated.wav",
            EITHER,
            lambda c=channels: patched(sound_bytes(), 22, struct.pack("<H", c)),
        )
    for bits in (0, 1, 17, 255):
        yield _case(f"{bits} bits.wav", EITHER, lambda b=bits: patched(sound_bytes(), 34, struct.pack("<H", b)))
    for code in (0, 2, 0x50, 0xFFFF):
        yield _case(f"code {code}.wav", EITHER, lambda c=code: patched(sound_bytes(), 20, struct.pack("<H", c)))
    for total in (0, 1, 10**6, 2**36 - 1):
        yield _case(f"total {total}.flac", FEATURES, lambda n=total: flac_with_frames(n))
    for frames in (0, 1, 10**6, 2**32 - 1):
        yield _case(f"{frames} frames.mp3", FEATURES, lambda n=frames: xing_with_frames(n))
    yield _case("size unknown.au", FEATURES, lambda: patched(sound_bytes("AU", "PCM_16"), 8, b"\xff" * 4))


def _signal(
    name: str, outcome: str, y: Callable[[], NDArray[np.float32]], flag: str | None = None, **options: str
) -> OddFile:
    kind, subtype = options.get("kind", "WAV"), options.get("subtype", "FLOAT")
    return _case(name, outcome, lambda: sound_bytes(kind, subtype, y=y()), flag)


def _signals() -> Iterator[OddFile]:
    n = 441_000
    for kind, subtype in SNDFILE:
        yield _signal(
            f"silent {kind} {subtype}", ERROR, lambda: np.zeros((480_000, 2), np.float32), kind=kind, subtype=subtype
        )
    yield _signal("no samples.wav", ERROR, lambda: np.zeros((0, 2), np.float32))
    for count in (1, 100, 4_410, 44_100, 130_000):
        yield _signal(f"{count} samples.wav", ERROR, lambda c=count: song()[:c])
    for count in (140_000, 200_000, 340_000):
        yield _signal(f"{count} samples are short.wav", FEATURES, lambda c=count: song()[:c], "short")
    yield _signal("offset alone.wav", ERROR, lambda: np.full((n, 2), 0.3, np.float32))
    yield _signal("offset.wav", FEATURES, lambda: song() * np.float32(0.5) + np.float32(0.2), "dc")
    yield _signal(
        "dither alone.wav",
        ERROR,
        lambda: np.random.default_rng(1).choice([-1, 0, 1], (n, 2)).astype(np.float32) / 32768,
    )
    yield _signal("all NaN.wav", ERROR, lambda: np.full((n, 2), np.nan, np.float32))
    yield _signal("all infinite.wav", EITHER, lambda: np.full((n, 2), np.inf, np.float32))
    for bad in (np.nan, np.inf, -np.inf, 1e30, -3e38):
        yield _signal(f"some {bad}.wav", FEATURES, lambda b=bad: _sprinkled(b), "partial")
    for gain in (1e-3, 1e-2, 5.0, 50.0):
        yield _signal(f"gain {gain}.wav", FEATURES, lambda g=gain: song() * np.float32(g))
    yield _signal("inverted.wav", FEATURES, lambda: song() * np.array([1, -1], np.float32), "phase_cancelled")
    yield _signal(
        "inverted exactly.wav", FEATURES, lambda: song(channels=1) * np.array([1, -1], np.float32), "phase_cancelled"
    )
    yield _signal("left only.wav", FEATURES, lambda: song() * np.array([1, 0], np.float32))
    yield _signal("one of eight.wav", FEATURES, lambda: song(channels=8) * np.eye(8, dtype=np.float32)[5])
    yield _signal("clipped.wav", FEATURES, lambda: np.clip(song() * np.float32(20), -1, 1), "clipped")
    yield _signal(
        "mostly silent.wav", FEATURES, lambda: np.concatenate([song(), np.zeros((20 * 44_100, 2), np.float32)])
    )
    yield _signal(
        "silent first.wav", FEATURES, lambda: np.concatenate([np.zeros((70 * 44_100, 2), np.float32), song()])
    )
    yield _signal(
        "white noise.wav", FEATURES, lambda: 0.1 * np.random.default_rng(2).standard_normal((n, 2)), "no_pulse"
    )
    yield _signal("one tone.wav", FEATURES, lambda: _tone(440.0, n), "no_pulse")
    yield _signal("very low.wav", FEATURES, lambda: _tone(41.0, n), "no_pulse")
    yield _signal("very high.wav", FEATURES, lambda: _tone(9_000.0, n), "no_pulse")


def _sprinkled(value: float) -> NDArray[np.float32]:
    y = song().copy()
    y[::50_001] = value
    return y


def _tone(frequency: float, n: int) -> NDArray[np.float32]:
    y = 0.3 * np.sin(2 * np.pi * frequency * np.arange(n) / 44_100)
    return np.stack([y, y], axis=1).astype(np.float32)


def _no_sound() -> Iterator[OddFile]:
    here = b"/etc/hostname"
    texts = {
        "text.mp3": b"This is not a song.\n" * 100,
        "page.mp3": b"<!DOCTYPE html><html><body>404</body></html>",
        "playlist.mp3": b"#EXTM3U\n#EXTINF:10,\n" + here + b"\n",
        "hls.mp3": b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n",
        "concat.mp3": b"ffconcat version 1.0\nfile '" + here + b"'\n",
        "session.mp3": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
        "sheet.cue": b'FILE "song.wav" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n',
        "empty.wav": b"",
        "one byte.wav": b"\0",
        "zeros.mp3": bytes(200_000),
        "picture.mp3": b"\x89PNG\r\n\x1a\n" + bytes(500),
        "photo.mp3": b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(range(256)) * 20,
        "archive.mp3": b"PK\x03\x04" + bytes(range(256)) * 20,
        "program.mp3": b"\x7fELF\x02\x01\x01" + bytes(3_000),
        "document.mp3": b"%PDF-1.7\n" + b"1 0 obj\n" * 300,
        "notes.mid": b"MThd\0\0\0\x06\0\0\0\x01\x01\xe0MTrk\0\0\0\x04\0\xff\x2f\0",
        "utf16.mp3": "not a song".encode("utf-16") * 200,
    }
    for name, data in texts.items():
        yield _case(name, ERROR, lambda d=data: d)
    yield _case("film without sound.mkv", ERROR, silent_video)
    for seed in range(12):
        yield _case(f"random {seed}.mp3", EITHER, lambda s=seed: np.random.default_rng(s).bytes(60_000))


def _no_files() -> Iterator[OddFile]:
    yield OddFile("folder.mp3", ERROR, lambda path: path.mkdir())
    yield OddFile("pipe.mp3", ERROR, os.mkfifo)
    yield OddFile("zero.mp3", ERROR, lambda path: path.symlink_to("/dev/zero"))
    yield OddFile("random.mp3", ERROR, lambda path: path.symlink_to("/dev/urandom"))
    yield OddFile("null.mp3", ERROR, lambda path: path.symlink_to("/dev/null"))
    yield OddFile("gone.mp3", ERROR, lambda path: path.symlink_to("nowhere"))
    yield OddFile("loop.mp3", ERROR, lambda path: path.symlink_to(path.name))
    yield OddFile("missing.mp3", ERROR, str)
    yield OddFile("socket.mp3", ERROR, _socket)


def _socket(path: Path) -> None:
    """A socket; its name is bound from within its folder, because such names may not be long."""
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path.name)
    finally:
        os.chdir(here)


def _damaged() -> Iterator[OddFile]:
    for kind, subtype in SNDFILE:
        for seed in range(4):
            yield _case(
                f"{kind}-{subtype} damaged {seed}.bin", EITHER,
                lambda k=kind, s=subtype, i=seed: flipped(sound_bytes(k, s), seed=i),
            )  # fmt: skip
    for container, codec in LAVC[:6]:
        for seed in range(4):
            yield _case(
                f"{container}-{codec} damaged {seed}.bin", EITHER,
                lambda n=container, c=codec, i=seed: flipped(encoded(n, c), seed=i),
            )  # fmt: skip


def odd_files() -> list[OddFile]:
    """All cases, over 300."""
    families = (_formats, _names, _cut, _lies, _signals, _no_sound, _no_files, _damaged)
    return [case for family in families for case in family()]
