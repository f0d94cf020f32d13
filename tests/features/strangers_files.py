"""Odd files as strangers hold them: tags upon tags, radio recordings, sound of one bit, films, sold copies, notes."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from functools import lru_cache

import av
import numpy as np
import soundfile

from tests.features.odd_files import ERROR, FEATURES, OddFile, encoded, patched, song, sound_bytes


def _syncsafe(n: int) -> bytes:
    return bytes((n >> shift) & 0x7F for shift in (21, 14, 7, 0))


def id3v24(*frames: tuple[bytes, bytes], flags: int = 0, before: bytes = b"", after: bytes = b"") -> bytes:
    """An ID3v2.4 tag."""
    body = before + b"".join(name + _syncsafe(len(data)) + b"\0\0" + data for name, data in frames) + after
    footer = b"3DI\x04\0\x10" + _syncsafe(len(body)) if flags & 0x10 else b""
    return b"ID3\x04\0" + bytes([flags]) + _syncsafe(len(body)) + body + footer


def ape_tag(*items: tuple[bytes, bytes]) -> bytes:
    """An APE tag of version 2, with header and footer."""
    body = b"".join(struct.pack("<II", len(value), 0) + name + b"\0" + value for name, value in items)
    ends = (
        b"APETAGEX" + struct.pack("<IIII", 2000, len(body) + 32, len(items), flags) + bytes(8)
        for flags in (0xA0000000, 0x80000000)
    )
    first, last = ends
    return first + body + last


@lru_cache(maxsize=4)
def variable_mp3(seconds: float = 10.0) -> bytes:
    """An MP3 of variable rate without the frame that tells its length; its first second is silent, and so is small."""
    buffer = io.BytesIO()
    y = song(seconds=seconds).copy()
    y[44_100:] += 0.05 * np.random.default_rng(5).standard_normal((len(y) - 44_100, 2)).astype(np.float32)
    y[:44_100] = 0
    with soundfile.SoundFile(
        buffer, "w", 44_100, 2, "MPEG_LAYER_III", format="MP3", bitrate_mode="VARIABLE", compression_level=0.3
    ) as file:
        file.write(y)
    data = buffer.getvalue()
    return data[next(i for i in range(100, len(data)) if data[i : i + 2] == data[:2]) :]


def even_mp3() -> bytes:
    """An MP3 of constant rate without the frame that tells its length."""
    data = sound_bytes("MP3")
    at = max(data.find(b"Xing"), data.find(b"Info"))
    return data if at < 0 else patched(data, at, b"\0\0\0\0")


def ogg(kind: str, *, serial: int, sr: int = 44_100, channels: int = 2, seconds: float = 10.0) -> bytes:
    """An Ogg file whose track has a number of its own, as each in a chain must."""
    data = bytearray(sound_bytes("OGG", kind, sr=sr, y=song(48_000 if kind == "OPUS" else sr, channels, seconds)))
    at = 0
    while at < len(data):
        size = 27 + data[at + 26] + sum(data[at + 27 : at + 27 + data[at + 26]])
        data[at + 14 : at + 18] = struct.pack("<I", serial)
        data[at + 22 : at + 26] = bytes(4)
        data[at + 22 : at + 26] = struct.pack("<I", _ogg_checksum(data[at : at + size]))
        at += size
    return bytes(data)


@lru_cache(maxsize=1)
def _checksums() -> list[int]:
    table = []
    for byte in range(256):
        rest = byte << 24
        for _ in range(8):
            rest = (rest << 1 ^ 0x04C11DB7) & 0xFFFFFFFF if rest & 0x80000000 else rest << 1
        table.append(rest)
    return table


def _ogg_checksum(page: bytes | bytearray) -> int:
    table, rest = _checksums(), 0
    for byte in page:
        rest = (rest << 8 ^ table[rest >> 24 ^ byte]) & 0xFFFFFFFF
    return rest


def opus_with_gain(gain_db: float) -> bytes:
    """Opus whose header asks for another level."""
    data = bytearray(sound_bytes("OGG", "OPUS"))
    at = data.index(b"OpusHead")
    data[at + 16 : at + 18] = struct.pack("<h", round(256 * gain_db))
    data[22:26] = bytes(4)
    first = 27 + data[26] + sum(data[27 : 27 + data[26]])
    data[22:26] = struct.pack("<I", _ogg_checksum(data[:first]))
    return bytes(data)


def _one_bit(rate: int, seconds: float) -> np.ndarray:
    """Notes as one bit, by a modulator of the first order."""
    t = np.arange(int(rate * seconds)) / rate
    wave = 0.4 * np.sin(2 * np.pi * 220 * (1 + (t // 0.5) % 3) * t) * np.exp(-4 * (t % 0.5))
    ones = np.floor((np.cumsum(wave) + np.arange(1, len(t) + 1)) / 2)
    return np.diff(np.r_[0, ones]).clip(0, 1).astype(np.uint8)


def dsf(rate: int = 2_822_400, seconds: float = 4.0) -> bytes:
    """Sony's file of one-bit sound, stereo."""
    bits, block = _one_bit(rate, seconds), 4096
    packed = np.packbits(bits, bitorder="little")
    packed = np.r_[packed, np.zeros(-len(packed) % block, np.uint8)].reshape(-1, block)
    data = np.repeat(packed, 2, axis=0).tobytes()
    form = b"fmt " + struct.pack("<QIIIIIIQII", 52, 1, 0, 2, 2, rate, 1, len(bits), block, 0)
    head = b"DSD " + struct.pack("<QQQ", 28, 92 + len(data), 0)
    return head + form + b"data" + struct.pack("<Q", 12 + len(data)) + data


def dff(rate: int = 2_822_400, seconds: float = 4.0) -> bytes:
    """Philips' file of one-bit sound, stereo."""
    data = np.repeat(np.packbits(_one_bit(rate, seconds)), 2).tobytes()

    def chunk(name: bytes, body: bytes) -> bytes:
        return name + struct.pack(">Q", len(body)) + body

    how = b"SND " + chunk(b"FS  ", struct.pack(">I", rate)) + chunk(b"CHNL", b"\0\2SLFTSRGT")
    how += chunk(b"CMPR", b"DSD \x0enot compressed\0")
    return chunk(b"FRM8", b"DSD " + chunk(b"FVER", b"\1\5\0\0") + chunk(b"PROP", how) + chunk(b"DSD ", data))


def encrypted_wma() -> bytes:
    """Windows Media with the object that says how it is encrypted."""
    data = bytearray(encoded("asf", "wmav2"))
    mark = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e") + struct.pack("<Q", 40) + bytes(16)
    data[16:24] = struct.pack("<Q", struct.unpack("<Q", data[16:24])[0] + len(mark))
    data[24:28] = struct.pack("<I", struct.unpack("<I", data[24:28])[0] + 1)
    return bytes(data[:30] + mark + data[30:])


@lru_cache(maxsize=2)
def two_tracks(*, default: int) -> bytes:
    """A film's two tracks, of which the first is silent; a player takes the one that is marked."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as out:
        tracks = [out.add_stream("pcm_s16le", rate=44_100, layout="stereo") for _ in range(2)]
        for i, track in enumerate(tracks):
            track.disposition = av.stream.Disposition.default if i == default else av.stream.Disposition(0)
        for track, gain in zip(tracks, (0, 20_000), strict=True):
            y = (song() * gain).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(y.reshape(1, -1), format="s16", layout="stereo")
            frame.sample_rate, frame.pts = 44_100, 0
            out.mux(track.encode(frame))
            out.mux(track.encode(None))
    return buffer.getvalue()


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def wav(*chunks: bytes, size: int | None = None) -> bytes:
    """A WAV file of any chunks."""
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def _wavs() -> Iterator[tuple[str, bytes]]:
    how = _chunk(b"fmt ", struct.pack("<HHIIHH", 1, 2, 44_100, 176_400, 4, 16))
    pcm = (song() * 20_000).astype("<i2").tobytes()
    yield "odd list first.wav", wav(_chunk(b"LIST", b"INFOINAM\5\0\0\0Title"), how, _chunk(b"data", pcm))
    yield "list of 20 MB.wav", wav(how, _chunk(b"LIST", b"INFO" + bytes(20_000_000)), _chunk(b"data", pcm))
    yield "two of data.wav", wav(how, _chunk(b"data", pcm), _chunk(b"data", pcm))
    yield "data before its format.wav", wav(_chunk(b"data", pcm), how)
    yield "length unknown.wav", wav(how, b"data\xff\xff\xff\xff" + pcm, size=0xFFFFFFFF)
    kind = bytes.fromhex("0100000000001000800000aa00389b71")
    wide = ((song() * 8e6).astype("<i4") << 8).astype("<i4").tobytes()
    of_24_in_32 = struct.pack("<HHIIHHHHI", 0xFFFE, 2, 44_100, 352_800, 8, 32, 22, 24, 3) + kind
    yield "24 bits in 32.wav", wav(_chunk(b"fmt ", of_24_in_32), _chunk(b"data", wide))


def strangers_files() -> list[OddFile]:
    """The cases: what a stranger's folder adds to `odd_files`."""
    mp3 = even_mp3()
    readable = {
        "variable without a length.mp3": variable_mp3(),
        "unsynchronised.mp3": id3v24((b"TIT2", b"\1\xff\0\xfe\0U\0n\0"), flags=0x80) + mp3,
        "extended header.mp3": id3v24((b"TIT2", b"\3Song"), flags=0x40, before=b"\0\0\0\6\1\0") + mp3,
        "tag with footer.mp3": id3v24((b"TIT2", b"\3Song"), flags=0x10) + mp3,
        "three tags.mp3": 3 * id3v24((b"TIT2", b"\3Song")) + mp3,
        "tags upon tags.mp3": (
            id3v24((b"TIT2", b"\3Song"), (b"APIC", b"\0image/jpeg\0\3\0" + bytes(300_000)), after=bytes(100_000))
            + mp3
            + ape_tag((b"Title", b"Song"), (b"Cover Art (Front)", b"x.jpg\0" + bytes(200_000)))
            + b"TAG"
            + b"Song".ljust(125, b"\0")
        ),
        "page before.mp3": b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n\r\n" + mp3,
        "radio.ogg": ogg("VORBIS", serial=1) + ogg("VORBIS", serial=2),
        "radio of two rates.ogg": ogg("VORBIS", serial=1, sr=22_050, channels=1) + ogg("VORBIS", serial=2),
        "jingle first.ogg": ogg("VORBIS", serial=1, seconds=0.5) + ogg("VORBIS", serial=2, sr=32_000),
        "radio of two kinds.ogg": ogg("VORBIS", serial=1) + ogg("OPUS", serial=2),
        "radio.opus": ogg("OPUS", serial=1) + ogg("OPUS", serial=2, channels=1),
        "softer.opus": opus_with_gain(-10),
        "louder.opus": opus_with_gain(20),
        "one bit.dsf": dsf(),
        "one bit twice as fast.dsf": dsf(5_644_800),
        "one bit.dff": dff(),
        "second track marked.mka": two_tracks(default=1),
        "film.avi": encoded("avi", "ac3", video=True),
        "real.rm": encoded("rm", "ac3"),
        **dict(_wavs()),
    }
    unreadable = {
        "sold.m4p": encoded("ipod", "aac", seconds=9.0).replace(b"mp4a", b"drms", 1),
        "sold.wma": encrypted_wma(),
        "first track silent.mka": two_tracks(default=0),
        "tune.sid": b"PSID\0\2\0\x7c" + bytes(300),
        "tune.mod": bytes(1080) + b"M.K." + bytes(5_000),
        "tune.xm": b"Extended Module: song" + bytes(3_000),
        "songs.pls": b"[playlist]\nFile1=song.mp3\n",
        "copy that broke off.flac": bytes(3_000_000),
    }
    return [
        *(OddFile(name, FEATURES, lambda path, d=data: path.write_bytes(d)) for name, data in readable.items()),
        *(OddFile(name, ERROR, lambda path, d=data: path.write_bytes(d)) for name, data in unreadable.items()),
    ]
