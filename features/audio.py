"""A sound file as mono audio at one rate, in blocks, with what was wrong with it."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.decoders import Stream
from features.errors import AudioDecodeError, AudioTooShortError

SR = 22_050
MIN_SECONDS = 3.0
SHORT_SECONDS = 8.0
# Beyond this a sample is noise from a broken header: 40 dB over full scale.
_LOUDEST = 100.0
_DC = 0.005
_CLIPPED_SHARE = 2e-4


@lru_cache(maxsize=4)
def _ones(n: int) -> NDArray[np.float32]:
    return np.ones(n, dtype=np.float32)


class Mixer:
    """Downmix blocks to mono, and watch for what makes a downmix lie.

    The mean of two channels of which one is inverted is next to silence (−90 dB); their difference is the music. So
    the powers of both are added up, and when the mean is the lesser, the caller starts again with `use_difference`:
    which of two channels somebody inverted then changes nothing that is heard.
    """

    def __init__(self, channels: int, *, use_difference: bool = False) -> None:
        self.channels = channels
        self.use_difference = use_difference
        self._lost_by_mean = False
        self.n_frames = 0
        self.n_broken = 0
        self._n_flat = 0
        self._power = np.zeros(channels)
        self._sum = np.zeros(channels)
        self._mix_power = 0.0
        self._loudest_channel = 0

    def __call__(self, block: NDArray[np.float32], *, peak: float) -> NDArray[np.float32]:
        """Return the mono mix of a block of shape (n_frames, n_channels) whose highest sample is `peak`."""
        if self.channels == 1:
            mono = block[:, 0]
        elif self.channels == 2:
            left, right = block[:, 0], block[:, 1]
            mono = (left - right) if self.use_difference else (left + right)
            mono *= np.float32(0.5)
        elif self.use_difference:
            mono = np.ascontiguousarray(block[:, self._loudest_channel])
        else:
            mono = block @ np.full(self.channels, 1 / self.channels, dtype=np.float32)
        self._watch(block, mono, peak)
        return mono

    def again(self) -> Mixer:
        """A new mixer that uses what this one learned about cancelled phases."""
        mixer = Mixer(self.channels, use_difference=True)
        mixer._loudest_channel = int(np.argmax(self._power))
        # Correlation of left and right below -0.2: the mean loses the music, and a player would as well.
        mixer._lost_by_mean = self.channels > 2 or self._mix_power < 0.4 * float(self._power.sum()) / 2
        return mixer

    def _watch(self, block: NDArray[np.float32], mono: NDArray[np.float32], peak: float) -> None:
        self.n_frames += len(block)
        if self.channels == 2:
            # Only their sum is asked for.
            self._power[0] += float(np.dot(block.ravel(), block.ravel()))
            self._mix_power += float(np.dot(mono, mono))
        elif self.channels > 1:
            self._power += [float(np.dot(channel, channel)) for channel in block.T]
            self._mix_power += float(np.dot(mono, mono))
        self._sum += _ones(len(block)) @ block
        if peak >= 0.985 and max(float(mono.max(initial=0.0)), -float(mono.min(initial=0.0))) >= 0.95:
            loud = np.abs(block) >= 0.985
            flat = loud[2:] & loud[1:-1] & loud[:-2]
            self._n_flat += int(np.count_nonzero(flat))

    @property
    def is_cancelled(self) -> bool:
        """Whether the plain mean of the channels loses more of the music than their difference does."""
        if self.channels == 1 or self.use_difference:
            return False
        total = float(self._power.sum())
        if self.channels == 2:
            return self._mix_power < 0.5 * total / 2
        return self._mix_power < 0.1 * total / self.channels**2

    @property
    def flags(self) -> tuple[str, ...]:
        """What was wrong with the channels, after all blocks."""
        flags = []
        if self.n_frames and self._n_flat > _CLIPPED_SHARE * self.n_frames * self.channels:
            flags.append("clipped")
        if self._lost_by_mean:
            flags.append("phase_cancelled")
        if self.n_frames and np.any(np.abs(self._sum) > _DC * self.n_frames):
            flags.append("dc")
        return tuple(flags)


def highest_sample(block: NDArray[np.float32]) -> float:
    """Highest absolute value of a block; NaN where there is one in it."""
    if block.size == 0:
        return 0.0
    return float(np.maximum(block.max(), -block.min()))


def finite(block: NDArray[np.float32]) -> tuple[NDArray[np.float32], float, bool]:
    """Replace what is no number, and cut what is absurdly loud.

    Returns the block, its highest sample, and whether anything was broken.
    """
    peak = highest_sample(block)
    if peak <= _LOUDEST:
        return block, peak, False
    block = np.where(np.isfinite(block), np.clip(block, -_LOUDEST, _LOUDEST), 0).astype(np.float32)
    return block, highest_sample(block), True


def resample_stream(sr: int, to_sr: int, channels: int) -> Any:
    """A soxr stream from one rate to another, or None where they are the same."""
    import soxr  # type: ignore[import-untyped]  # comes with librosa, as its resampler

    return None if sr == to_sr else soxr.ResampleStream(sr, to_sr, channels, dtype="float32", quality="HQ")


class Resampler:
    """Resample mono blocks to `SR`, without a seam between blocks."""

    def __init__(self, sr: int) -> None:
        self._stream = resample_stream(sr, SR, 1)

    def __call__(self, mono: NDArray[np.float32], *, last: bool = False) -> NDArray[np.float32]:
        """Return the samples that are ready; `last` flushes."""
        if self._stream is None:
            return mono
        out: NDArray[np.float32] = self._stream.resample_chunk(np.ascontiguousarray(mono), last=last)
        return out


def quality_flags(stream: Stream, mixer: Mixer) -> tuple[str, ...]:
    """The flags of a recording that has been read to its end."""
    flags = ["partial"] if stream.problems or mixer.n_broken else []
    flags += mixer.flags
    if stream.sr < SR:
        flags.append("narrow_band")
    return tuple(flags)


def require_duration(duration_s: float, *, is_partial: bool) -> None:
    """Refuse what is too short to have a tempo, a key or a mood."""
    if duration_s >= MIN_SECONDS:
        return
    found = math.floor(10 * duration_s) / 10  # 2.99 s are not 3.0
    if is_partial:
        raise AudioDecodeError(
            f"Only {found:.1f} s of the file could be decoded; at least {MIN_SECONDS:.0f} s are needed.",
            "It may be damaged or copy-protected: copy it again from where it came from, or convert it to FLAC or MP3.",
        )
    raise AudioTooShortError(
        f"The recording lasts {found:.1f} s; at least {MIN_SECONDS:.0f} s are needed.",
        "Leave it out, or use a longer recording.",
    )
