"""Sound files as blocks of samples: which decoder reads them, and how far it is trusted.

libsndfile comes first because it is fast; FFmpeg, through PyAV, reads what is left. Content decides the format, never
the name. FFmpeg gets an open file object and a list of allowed formats, never a path: given a path, a text file that
is called song.mp3 can make it read another file.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from features.chained import later_blocks, links
from features.errors import AudioDecodeError, NotAudioError
from features.kinds import kind_without_sound, protected

log = logging.getLogger(__name__)

BLOCK_SECONDS = 1.5
"""Whole tenths of a second, which is what the loudness meter measures: no block leaves it a rest."""
MAX_SECONDS = 12 * 3600.0
MIN_RATE, MAX_RATE = 4_000, 768_000
MAX_CHANNELS = 64
_LARGE_HEADER = 1 << 16
_MOST_SETUPS, _MOST_PROBLEMS = 32, 1000
_UNKNOWN_FRAMES = 1 << 62
_MP3_HEAD, _LEFT_OF_MP3 = 1 << 12, 1 << 13
# What one bit at many megahertz holds beyond hearing is noise: it is put aside before anything is measured.
_DSD_RATE = 44_100

# Demuxers that hold sound and read nothing but the bytes they are given: no playlists, no pictures, no network.
FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,iff,matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,"
    "ogg,rm,tak,tta,w64,wav,webm,wv,xwma"
)


@dataclass
class Stream:
    """An open sound file: iterate over `blocks` for float32 arrays of shape (n_frames, n_channels)."""

    sr: int
    channels: int
    blocks: Iterator[NDArray[np.float32]]
    problems: list[str] = field(default_factory=list)
    """Why only a part could be read; filled while the blocks are read."""


def open_regular(path: Path | str) -> IO[bytes]:
    """Open a regular file for reading; pipes, devices, folders and loops of links are refused, never waited for."""
    try:
        # O_NONBLOCK: opening a pipe without a writer would otherwise wait for one for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NotAudioError(
            f"The file cannot be opened: {reason}.", "Check that it still exists and that you may read it."
        ) from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise NotAudioError("This is not a file but a folder, a pipe or a device.", "Choose a sound file.")
    if status.st_size == 0:
        os.close(descriptor)
        raise NotAudioError("The file is empty.", "Copy it again from where it came from.")
    return os.fdopen(descriptor, "rb")


def open_stream(file: IO[bytes]) -> Stream:
    """Find the decoder that can read an open file and return its stream of blocks.

    Raises
    ------
    NotAudioError
        If no decoder finds sound in the file.
    AudioDecodeError
        If the file says that it is sound but nothing could be decoded.
    """
    stream = _soundfile_stream(file) or _pyav_stream(file)
    _require_plausible(stream.sr, stream.channels)
    return stream


def _require_plausible(sr: int, channels: int) -> None:
    if not MIN_RATE <= sr <= MAX_RATE or not 1 <= channels <= MAX_CHANNELS:
        raise AudioDecodeError(
            f"The file claims {sr} samples a second and {channels} channels; "
            f"{MIN_RATE} to {MAX_RATE} and at most {MAX_CHANNELS} can be read.",
            "Convert it to WAV or FLAC at 44,100 Hz, or leave it out.",
        )


def _block_frames(sr: int) -> int:
    return round(10 * BLOCK_SECONDS) * max(1, round(sr / 10))


def _soundfile_stream(file: IO[bytes]) -> Stream | None:
    """Open with libsndfile; None where it cannot read even the first block."""
    import soundfile

    os.lseek(file.fileno(), 0, os.SEEK_SET)
    try:
        # By descriptor: libsndfile cannot take names that are not UTF-8.
        sound = soundfile.SoundFile(os.dup(file.fileno()), closefd=True)
    except (soundfile.SoundFileError, TypeError, ValueError, OSError) as error:
        log.debug("libsndfile cannot open the file: %s", error)
        return None
    sr, channels = int(sound.samplerate), int(sound.channels)
    if not MIN_RATE <= sr <= MAX_RATE or not 1 <= channels <= MAX_CHANNELS:
        sound.close()
        return Stream(sr, channels, iter(()))
    try:
        first = sound.read(frames=_block_frames(sr), dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError, MemoryError) as error:
        log.debug("libsndfile cannot read the first block: %s", error)
        sound.close()
        return None
    if len(first) == 0:
        sound.close()
        return None
    stream = Stream(sr, channels, iter(()))
    stream.blocks = _soundfile_blocks(sound, first, file, stream)
    return stream


def _soundfile_blocks(sound: Any, first: NDArray[np.float32], file: IO[bytes], stream: Stream) -> Iterator[Any]:
    import soundfile

    stated, count = int(sound.frames), len(first)
    limit = int(MAX_SECONDS * stream.sr)
    with sound:
        yield first
        buffer = np.empty((_block_frames(stream.sr), stream.channels), dtype=np.float32)
        while count < limit:
            try:
                block = sound.read(out=buffer)
            except (soundfile.SoundFileError, OSError) as error:
                stream.problems.append(str(error))
                break
            if len(block) == 0:
                break
            count += len(block)
            yield block
        else:
            stream.problems.append(f"only the first {MAX_SECONDS / 3600:.0f} hours were read")
            return
    size = os.fstat(file.fileno()).st_size
    left = size - os.lseek(file.fileno(), 0, os.SEEK_CUR)
    if sound.format == "OGG" and left > 0 and len(parts := links(file)) > 1:
        yield from _later_recordings(file, parts[1:], stream, count)
        return
    is_mp3 = sound.format == "MP3"
    if stated > _UNKNOWN_FRAMES or (is_mp3 and not _tells_its_length(file)):
        stated = 0  # or a guess by the size and the first frame, which tags and a variable rate belie
    # A header that states too few frames (a FLAC may state 1, a variable MP3 has perhaps none) ends the reading without
    # an error: then much of the MP3 has not been read, or another file is larger than its sound would be in plain
    # double precision, which else only a giant cover explains.
    is_cut_off = left > _LEFT_OF_MP3 if is_mp3 else count * stream.channels * 8 + _LARGE_HEADER < size
    if not stream.problems and not is_cut_off and count >= 0.98 * stated:
        return
    # An MP3 with a hole ends at it without an error; FFmpeg looks beyond.
    for block in _the_rest(file, stream, count):
        count += len(block)
        yield block
    if not stream.problems and count < 0.98 * stated:
        stream.problems.append(f"the file promises {stated} frames and holds {count}")


def _tells_its_length(file: IO[bytes]) -> bool:
    """Whether an MP3 has a frame of its own that says how long it is."""
    start = 0
    while True:
        file.seek(start)
        head = file.read(_MP3_HEAD)
        if head[:3] != b"ID3" or len(head) < 10:
            return any(mark in head for mark in (b"Xing", b"Info", b"VBRI"))
        start += 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]) + (10 if head[5] & 0x10 else 0)


def _later_recordings(
    file: IO[bytes], parts: list[tuple[int, int]], stream: Stream, done: int
) -> Iterator[NDArray[np.float32]]:
    """What follows in a chained Ogg file: each part has its own end, and FFmpeg may read one by another's tables."""
    for block in later_blocks(
        file,
        parts,
        sr=stream.sr,
        channels=stream.channels,
        block_frames=_block_frames(stream.sr),
        problems=stream.problems,
    ):
        yield block
        done += len(block)
        if done >= MAX_SECONDS * stream.sr:
            stream.problems.append(f"only the first {MAX_SECONDS / 3600:.0f} hours were read")
            return


def _the_rest(file: IO[bytes], stream: Stream, done: int) -> Iterator[NDArray[np.float32]]:
    """What FFmpeg can still read of a file that libsndfile gave up on after `done` frames."""
    try:
        other = _pyav_stream(file)
        if (other.sr, other.channels) != (stream.sr, stream.channels):
            return
        for block in other.blocks:
            if done < len(block):
                yield block[done:]
            done = max(0, done - len(block))
    except (NotAudioError, AudioDecodeError) as error:
        log.debug("FFmpeg reads no more either: %s", error)


class _Bytes:
    """A file as FFmpeg wants it: going where there is nothing is an answer, not an error.

    Damaged headers point beyond what a file can be; FFmpeg then reads on from where it is, PyAV would give up.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.read, self.tell, self._seek = file.read, file.tell, file.seek

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        try:
            return self._seek(offset, whence)
        except (OSError, ValueError, OverflowError):
            return -1


def open_container(file: IO[bytes]) -> Any:
    """Open what FFmpeg knows, of the formats that Attune takes, without looking at any name or other file."""
    import av

    # Tags that are no text are no reason to refuse the sound; PyAV 19 reads on by itself.
    lenient: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}
    return av.open(_Bytes(file), mode="r", options={"format_whitelist": FORMATS}, **lenient)


def _pyav_stream(file: IO[bytes]) -> Stream:
    import av

    file.seek(0)
    try:
        container = open_container(file)
    except (av.FFmpegError, ValueError, OSError, MemoryError) as error:
        raise NotAudioError(*kind_without_sound(file)) from error
    track = sound_track(container)
    if track is None:
        container.close()
        raise NotAudioError("The file holds no sound track that can be decoded.", "Choose a sound file.")
    if why := protected(file, _tag_of(track)):
        container.close()
        raise AudioDecodeError(*why)
    sr, channels = int(track.sample_rate or 0), int(track.channels or 0)
    if track.codec_context.name.startswith("dsd_"):
        sr = _DSD_RATE
    if sr == 0 or channels == 0:
        # Some headers say it only with the first frame.
        container.close()
        raise AudioDecodeError(
            "The file is damaged at its start: it names no sampling rate or no channel.", "Copy or convert it again."
        )
    stream = Stream(sr, channels, iter(()))
    stream.blocks = _pyav_blocks(container, track, stream)
    return stream


def sound_track(container: Any) -> Any:
    """The track that a player would choose, or else the first that can be decoded; None without any."""
    best = container.streams.best("audio")
    sounds = [s for s in (best, *container.streams.audio) if s is not None and s.codec_context is not None]
    return sounds[0] if sounds else None


def _tag_of(track: Any) -> str:
    """What the container calls the coding; WAV's numbers are no text."""
    try:
        return str(track.codec_context.codec_tag)
    except UnicodeDecodeError:
        return ""


def _packets(container: Any, track: Any, problems: list[str]) -> Iterator[Any]:
    """The packets of a track, beyond damaged ones that claim to belong to a track that the file did not announce."""
    while len(problems) <= _MOST_PROBLEMS:
        try:
            yield from container.demux(track)
        except IndexError:
            problems.append("a packet of a track that there is not")
        else:
            return


def _to_float(layout: Any, sr: int) -> Callable[[Any], list[Any]]:
    """Turn frames into floats of one layout and rate, whatever each of them says of itself.

    A damaged frame may claim to be mono among stereo, or of another rate; the frames after it are as before.
    """
    import av

    resamplers: dict[tuple[str, str, int], Any] = {}

    def convert(frame: Any) -> list[Any]:
        setup = (frame.format.name, frame.layout.name, frame.sample_rate)
        if setup not in resamplers and len(resamplers) < _MOST_SETUPS:
            # Interleaved: PyAV reads beyond its planes, and dies, when there are eight or more of them.
            resamplers[setup] = av.AudioResampler(format="flt", layout=layout, rate=sr)
        if setup not in resamplers or not frame.samples:
            return []
        converted: list[Any] = resamplers[setup].resample(frame)
        return converted

    return convert


def _pyav_blocks(container: Any, track: Any, stream: Stream) -> Iterator[NDArray[np.float32]]:
    import av

    limit, count = int(MAX_SECONDS * stream.sr), 0
    # Asked now: a closed container no longer knows.
    stated = float(track.duration * track.time_base) if track.duration and track.time_base else 0.0
    pending: list[NDArray[np.float32]] = []
    size = 0
    with closing(container):
        try:
            to_float = _to_float(track.layout, stream.sr)
            for packet in _packets(container, track, stream.problems):
                try:
                    frames = [out for frame in packet.decode() for out in to_float(frame)]
                except av.FFmpegError as error:
                    # One damaged packet is not the end; what follows may be whole.
                    stream.problems.append(str(error))
                    if len(stream.problems) > _MOST_PROBLEMS:
                        break
                    continue
                for frame in frames:
                    samples = frame.to_ndarray().reshape(-1, stream.channels).astype(np.float32, copy=False)
                    pending.append(samples)
                    size += len(samples)
                    count += len(samples)
                if size >= _block_frames(stream.sr):
                    yield np.concatenate(pending)
                    pending, size = [], 0
                if count >= limit:
                    stream.problems.append(f"only the first {MAX_SECONDS / 3600:.0f} hours were read")
                    break
        except (av.FFmpegError, ValueError, OSError) as error:
            stream.problems.append(str(error))
        if pending:
            yield np.concatenate(pending)
    if count == 0:
        why = f" ({stream.problems[0]})" if stream.problems else ""
        raise AudioDecodeError(
            f"The file says that it is sound, but nothing in it could be decoded{why}.",
            "Copy it again from where it came from, or convert it to FLAC, WAV or MP3.",
        )
    if not stream.problems and 0 < count / stream.sr < 0.95 * stated < MAX_SECONDS:
        stream.problems.append(f"the file promises {stated:.0f} s and holds {count / stream.sr:.0f}")
