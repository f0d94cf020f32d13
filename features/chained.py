"""Ogg files that hold several recordings one after the other, as a radio's do: each is heard, not the first alone.

libsndfile ends with the first of them, and FFmpeg may decode the next by the first one's tables, which makes noise.
"""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterator
from typing import IO

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger(__name__)

_FIRST_PAGE = b"OggS\0\x02"
_CHUNK = 1 << 20
_MOST_LINKS = 10_000


def links(file: IO[bytes]) -> list[tuple[int, int]]:
    """Start and end of each recording in an Ogg file, in bytes.

    Several tracks that begin together (a film's) are one.
    """
    starts: list[int] = []
    group_ends = -1
    for offset in _first_pages(file):
        if offset != group_ends:
            starts.append(offset)
        file.seek(offset + 26)
        n_segments = file.read(1)[0]
        group_ends = offset + 27 + n_segments + sum(file.read(n_segments))
        if len(starts) > _MOST_LINKS:
            break
    size = file.seek(0, os.SEEK_END)
    return list(zip(starts, [*starts[1:], size], strict=True))


def _first_pages(file: IO[bytes]) -> Iterator[int]:
    """Where a page begins that says it is the first of its track."""
    at, kept = 0, b""
    while True:
        file.seek(at)
        chunk = file.read(_CHUNK)
        if not chunk:
            return
        data, begin = kept + chunk, at - len(kept)
        found = data.find(_FIRST_PAGE)
        while found >= 0:
            if found + 27 <= len(data) or begin + found + 27 <= file.seek(0, os.SEEK_END):
                yield begin + found
            found = data.find(_FIRST_PAGE, found + 1)
        at += len(chunk)
        kept = data[-(len(_FIRST_PAGE) - 1) :]


class _Part(io.RawIOBase):
    """A part of a file as a file."""

    def __init__(self, file: IO[bytes], start: int, end: int) -> None:
        self._file, self._start, self._size, self._at = file, start, end - start, 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = min(max(0, base + offset), self._size)
        return self._at

    def tell(self) -> int:
        return self._at

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        self._file.seek(self._start + self._at)
        data = self._file.read(min(len(view), self._size - self._at))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


def later_blocks(
    file: IO[bytes], parts: list[tuple[int, int]], *, sr: int, channels: int, block_frames: int, problems: list[str]
) -> Iterator[NDArray[np.float32]]:
    """The sound of some recordings of a file, brought to the rate and channels of one before.

    Parameters
    ----------
    file : binary file
        An Ogg file, open and seekable.
    parts : list of (int, int)
        Of `links`.
    sr, channels : int
        Of what was read before.
    block_frames : int
        Frames at once.
    problems : list of str
        Takes why a part could not be read.

    Yields
    ------
    ndarray of shape (n_frames, channels)
    """
    import soundfile

    for start, end in parts:
        try:
            with soundfile.SoundFile(_Part(file, start, end)) as sound:
                convert = _Converter(sound.samplerate, sound.channels, sr=sr, channels=channels)
                while len(block := sound.read(block_frames, dtype="float32", always_2d=True)):
                    yield convert(block)
                yield convert(np.zeros((0, sound.channels), dtype=np.float32), last=True)
        except (soundfile.SoundFileError, OSError, ValueError) as error:
            log.debug("a later part of an Ogg file cannot be read: %s", error)
            problems.append(f"a later part of the file cannot be read: {error}")


class _Converter:
    """Brings blocks to the rate and number of channels of those before."""

    def __init__(self, from_sr: int, from_channels: int, *, sr: int, channels: int) -> None:
        import soxr  # type: ignore[import-untyped]

        self._is_as_before = from_channels == channels
        self._channels = channels
        width = channels if self._is_as_before else 1
        same = from_sr == sr
        self._stream = None if same else soxr.ResampleStream(from_sr, sr, width, dtype="float32", quality="HQ")

    def __call__(self, block: NDArray[np.float32], *, last: bool = False) -> NDArray[np.float32]:
        if not self._is_as_before:
            block = block.mean(axis=1, keepdims=True)
        if self._stream is not None:
            block = self._stream.resample_chunk(np.ascontiguousarray(block), last=last)
        return block if self._is_as_before else np.repeat(block, self._channels, axis=1)
