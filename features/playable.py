"""Copies that every browser plays, for the sound files that some do not."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from features.audio import Mixer, finite, resample_stream
from features.decoders import Stream, open_container, open_regular, open_stream, sound_track
from features.errors import AudioDecodeError, NotAudioError, SilentAudioError

HIGHEST_RATE = 48_000
_MP3_RATES = (32_000, 44_100, 48_000)
_PLAYED = {
    "WAV": {"PCM_16", "PCM_U8", "PCM_24", "PCM_32", "FLOAT"},
    "WAVEX": {"PCM_16", "PCM_24", "PCM_32", "FLOAT"},
    "FLAC": {"PCM_S8", "PCM_16", "PCM_24"},
    "OGG": {"VORBIS", "OPUS"},
    "MP3": {"MPEG_LAYER_III"},
    "MPEG": {"MPEG_LAYER_III"},
}


def why_not_playable(path: Path | str, *, flags: Collection[str] = ()) -> str | None:
    """Say why some browser will not play a file as it stands, or None when all will.

    Parameters
    ----------
    path : path-like
        A sound file; content decides, not the name.
    flags : collection of str
        Of its `AudioFeatures`: a file with `phase_cancelled` is silent on one loudspeaker.

    Raises
    ------
    NotAudioError
        If it is not a regular file, or holds no sound.
    """
    with open_regular(path) as file:
        codec, sr, channels, is_played = _format_of(file)
    if not is_played:
        return f"{codec} is not played by every browser"
    if sr > HIGHEST_RATE:
        return f"{sr} Hz is more than {HIGHEST_RATE}"
    if channels > 2:
        return f"{channels} channels are more than 2"
    if "phase_cancelled" in flags:
        return "its channels cancel each other"
    return None


def _format_of(file: IO[bytes]) -> tuple[str, int, int, bool]:
    import av
    import soundfile

    os.lseek(file.fileno(), 0, os.SEEK_SET)
    try:
        with soundfile.SoundFile(os.dup(file.fileno()), closefd=True) as sound:
            is_played = sound.subtype in _PLAYED.get(sound.format, ())
            return f"{sound.format} {sound.subtype}", int(sound.samplerate), int(sound.channels), is_played
    except (soundfile.SoundFileError, TypeError, ValueError, OSError):
        pass
    file.seek(0)
    try:
        with open_container(file) as container:
            track = sound_track(container)
            if track is None:
                raise NotAudioError("The file holds no sound track.", "Choose a sound file.")
            is_played = container.format.name.split(",")[0] in ("mov", "aac") and track.codec_context.name == "aac"
            codec = f"{track.codec_context.name} in {container.format.name.split(',')[0]}"
            return codec, int(track.sample_rate), int(track.channels), is_played
    except (av.FFmpegError, ValueError, OSError) as error:
        raise NotAudioError(
            "No sound was found in the file.", "If it plays elsewhere, convert it to FLAC, WAV or MP3."
        ) from error


def playable_copy(source: Path | str, copy: Path, *, flags: Collection[str] = ()) -> Path:
    """Write an MP3 copy that every browser plays: at most two channels and 48 kHz, phases mended.

    The copy gets its name only when it is whole.

    Parameters
    ----------
    source : path-like
        A sound file in any format that can be heard.
    copy : Path
        Where the copy goes.
    flags : collection of str
        Of its `AudioFeatures`; with `phase_cancelled` the difference of the channels is written.

    Raises
    ------
    NotAudioError, AudioDecodeError, SilentAudioError
        If there is nothing to copy.
    """
    import soundfile

    unfinished = copy.with_name(f".{copy.name}.{os.getpid()}.part")
    with open_regular(source) as file:
        stream = open_stream(file)
        mixer = None
        if "phase_cancelled" in flags:
            mixer = Mixer(stream.channels)
            for block in stream.blocks:
                block, peak, _ = finite(block)
                mixer(block, peak=peak)
            mixer = mixer.again()
            stream = open_stream(file)
        rate = stream.sr if stream.sr in _MP3_RATES else (48_000 if stream.sr % 48_000 == 0 else 44_100)
        loudest = 0.0
        try:
            with soundfile.SoundFile(
                unfinished, "w", rate, 2, "MPEG_LAYER_III", format="MP3", bitrate_mode="CONSTANT", compression_level=0.4
            ) as out:
                for block in _stereo_blocks(stream, mixer, rate):
                    loudest = max(loudest, float(np.abs(block).max(initial=0.0)))
                    out.write(np.clip(block, -1, 1))
            if loudest == 0.0:
                raise SilentAudioError("There is nothing to hear in the recording.", "Check the file, or leave it out.")
            unfinished.replace(copy)
        except soundfile.SoundFileError as error:
            raise AudioDecodeError(
                f"No copy for the browser could be written: {error}.",
                "Check that the disk has room, or convert the file.",
            ) from error
        finally:
            unfinished.unlink(missing_ok=True)
    return copy


def _stereo_blocks(stream: Stream, mixer: Mixer | None, rate: int) -> Iterator[NDArray[np.float32]]:
    resample = resample_stream(stream.sr, rate, 2)
    for raw in stream.blocks:
        sound, peak, _ = finite(raw)
        block = _stereo(sound, mixer, peak)
        yield block if resample is None else resample.resample_chunk(block)
    if resample is not None:
        yield resample.resample_chunk(np.zeros((0, 2), np.float32), last=True)


def _stereo(block: NDArray[np.float32], mixer: Mixer | None, peak: float) -> NDArray[np.float32]:
    """Two channels of any number: centre and surround at -3 dB where the layout is the usual one."""
    channels = block.shape[1]
    if mixer is not None:
        mono = mixer(block, peak=peak)
        return np.stack([mono, mono], axis=1)
    if channels == 1:
        return np.repeat(block, 2, axis=1)
    if channels == 2:
        return np.ascontiguousarray(block)
    if channels in (5, 6):
        half = np.float32(0.7071)
        surround = channels - 2
        left = block[:, 0] + half * (block[:, 2] + block[:, surround])
        right = block[:, 1] + half * (block[:, 2] + block[:, surround + 1])
        return (np.stack([left, right], axis=1) * np.float32(0.5)).astype(np.float32)
    mono = block.mean(axis=1, dtype=np.float32)
    return np.stack([mono, mono], axis=1)
