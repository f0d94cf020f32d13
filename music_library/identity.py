"""What a recording is known by: a hash of its sound, so that moving, renaming or retagging it changes nothing.

Only the container is read here, nothing is decoded. Where a format is not understood, or is damaged, the whole file is
hashed: it then keeps its identity when it moves, though not when its tags change.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator
from typing import IO

_CHUNK = 1 << 20


def content_hash(file: IO[bytes]) -> str:
    """Hash the sound in an open file, leaving out its tags.

    Parameters
    ----------
    file : binary file
        Open for reading and seekable.

    Returns
    -------
    str
        40 hexadecimal digits.
    """
    size = file.seek(0, os.SEEK_END)
    digest = hashlib.blake2b(digest_size=20)
    start = _after_id3v2(file, size)
    file.seek(start)
    head = file.read(16)
    try:
        parts = list(_sound_parts(file, head, start, size))
    except (struct.error, _NotUnderstood):
        parts = [(0, size)]
    if not parts or sum(length for _, length in parts) <= 0:
        parts = [(0, size)]
    for offset, length in parts:
        file.seek(offset)
        while length > 0 and (chunk := file.read(min(_CHUNK, length))):
            digest.update(chunk)
            length -= len(chunk)
    return digest.hexdigest()


class _NotUnderstood(Exception):  # noqa: N818  # never leaves this module
    pass


def _sound_parts(file: IO[bytes], head: bytes, start: int, size: int) -> Iterator[tuple[int, int]]:
    """Offset and length of every part of the file that is sound."""
    if head[:4] == b"fLaC":
        yield from _flac(file, start, size)
    elif head[:4] == b"OggS":
        yield from _ogg(file, start, size)
    elif head[:4] in (b"RIFF", b"FORM") and head[8:12] in (b"WAVE", b"AIFF", b"AIFC"):
        yield from _chunks(file, start, size, big_endian=head[:4] == b"FORM")
    elif head[4:8] == b"ftyp":
        yield from _mp4(file, start, size)
    else:  # MPEG frames and all else: tags stand before or after the sound
        yield start, _before_tags_at_the_end(file, start, size) - start


def _after_id3v2(file: IO[bytes], size: int) -> int:
    offset = 0
    while True:  # there may be several, one after the other
        file.seek(offset)
        head = file.read(10)
        if len(head) < 10 or head[:3] != b"ID3" or any(byte & 0x80 for byte in head[6:10]):
            return offset
        length = (head[6] << 21) | (head[7] << 14) | (head[8] << 7) | head[9]
        following = offset + 10 + length + (10 if head[5] & 0x10 else 0)
        if following >= size:
            return offset
        offset = following


def _before_tags_at_the_end(file: IO[bytes], start: int, size: int) -> int:
    end = size
    for _ in range(4):  # ID3v1, APE and Lyrics3, in any order
        before = end
        if end - start >= 128:
            file.seek(end - 128)
            if file.read(3) == b"TAG":
                end -= 128
        if end - start >= 32:
            file.seek(end - 32)
            footer = file.read(32)
            if footer[:8] == b"APETAGEX":
                length, _, flags = struct.unpack("<III", footer[12:24])
                length += 32 if flags & 0x80000000 else 0
                end = end - length if 0 < length <= end - start else end
        if end - start >= 15:
            file.seek(end - 15)
            footer = file.read(15)
            if footer[6:] == b"LYRICS200" and footer[:6].isdigit() and int(footer[:6]) + 15 <= end - start:
                end -= int(footer[:6]) + 15
        if end == before:
            break
    return end


def _flac(file: IO[bytes], start: int, size: int) -> Iterator[tuple[int, int]]:
    offset = start + 4
    is_last = False
    while not is_last:
        file.seek(offset)
        head = file.read(4)
        if len(head) < 4:
            raise _NotUnderstood
        is_last = bool(head[0] & 0x80)
        offset += 4 + int.from_bytes(head[1:4], "big")
    if offset >= size:
        raise _NotUnderstood
    yield offset, _before_tags_at_the_end(file, offset, size) - offset


def _ogg(file: IO[bytes], start: int, size: int) -> Iterator[tuple[int, int]]:
    """What the pages carry, without their headers: retagging renumbers the pages, and each page has a checksum.

    The packets before the sound are left out: of Vorbis three, of Opus and Speex two, of FLAC as many as it says.
    """
    offset = start
    packets_seen: dict[int, int] = {}
    packets_to_skip: dict[int, int] = {}
    while offset + 27 <= size:
        file.seek(offset)
        page = file.read(27 + 255)
        if page[:4] != b"OggS":
            raise _NotUnderstood
        serial = struct.unpack("<I", page[14:18])[0]
        n_segments = page[26]
        lacing = page[27 : 27 + n_segments]
        body = offset + 27 + n_segments
        offset = body + sum(lacing)
        if serial not in packets_to_skip:
            file.seek(body)
            packets_to_skip[serial] = _ogg_header_packets(file.read(16))
            packets_seen[serial] = 0
        skipped = 0
        for length in lacing:
            if packets_seen[serial] >= packets_to_skip[serial]:
                break
            skipped += length
            packets_seen[serial] += length < 255
        if offset - body > skipped:
            yield body + skipped, offset - body - skipped


def _ogg_header_packets(first: bytes) -> int:
    if first[:7] == b"\x01vorbis":
        return 3
    if first[:8] in (b"OpusHead", b"Speex   "):
        return 2
    if first[:5] == b"\x7fFLAC" and len(first) >= 9:
        return 1 + int.from_bytes(first[7:9], "big")
    return 0


def _chunks(file: IO[bytes], start: int, size: int, *, big_endian: bool) -> Iterator[tuple[int, int]]:
    offset = start + 12
    found = False
    while offset + 8 <= size:
        file.seek(offset)
        name, length = struct.unpack(">4sI" if big_endian else "<4sI", file.read(8))
        # A recorder that was switched off leaves a length of 0 or of 2^32 − 1: the rest is sound.
        if name in (b"data", b"SSND") and (length == 0 or offset + 8 + length > size):
            length = size - offset - 8
        if name in (b"fmt ", b"COMM", b"data", b"SSND"):
            found = found or name in (b"data", b"SSND")
            yield offset + 8, length
        offset += 8 + length + length % 2
    if not found:
        raise _NotUnderstood


def _mp4(file: IO[bytes], start: int, size: int) -> Iterator[tuple[int, int]]:
    offset = start
    found = False
    while offset + 8 <= size:
        file.seek(offset)
        head = file.read(16)
        length, name = struct.unpack(">I4s", head[:8])
        body = offset + 8
        if length == 1 and len(head) == 16:
            length, body = struct.unpack(">Q", head[8:16])[0], offset + 16
        elif length == 0:
            length = size - offset
        if length < body - offset:
            raise _NotUnderstood
        if name == b"mdat":
            found = True
            yield body, min(size, offset + length) - body
        offset += length
    if not found:
        raise _NotUnderstood
