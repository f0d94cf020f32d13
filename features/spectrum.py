"""The short-time spectra that all other modules share: one for time, one for pitch.

Frames are not padded or centred: a padded edge turns a constant offset into a click.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from features.audio import SR

N_FFT = 2048
HOP = 512
PITCH_N_FFT = 4096
PITCH_HOP = 2048
LOOKAHEAD = PITCH_N_FFT - PITCH_HOP
"""Samples beyond a stretch that its last frames reach into."""
FRAME_RATE = SR / HOP
PITCH_RATE = SR / PITCH_HOP
N_MELS = 64
N_BANDS = 8
CONTRAST_HZ = (75.0, 200.0, 400.0, 800.0, 1600.0, 3200.0)
_CONTRAST_SHARE = 0.2
_CONTRAST_FLOOR = 1e-6
_CONTRAST_EVERY = 4
_FRAMES_AT_ONCE = 128


class Spectra(NamedTuple):
    """A stretch of audio in both spectra."""

    mel: NDArray[np.float32]
    """Mel power, shape (n_frames, N_MELS), relative to the stretch's own mean power."""
    contrast: NDArray[np.float32]
    """Peaks over valleys in octave bands, in bels, shape (n_bands,); see `CONTRAST_HZ`."""
    peaks: Peaks
    n_pitch_frames: int


class Peaks(NamedTuple):
    """Spectral peaks between 55 and 4,500 Hz, one row each, ordered by frame."""

    frame: NDArray[np.intp]
    midi: NDArray[np.float32]
    magnitude: NDArray[np.float32]


@lru_cache(maxsize=4)
def _window(n: int) -> NDArray[np.float32]:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)).astype(np.float32)


@lru_cache(maxsize=1)
def mel_matrix() -> NDArray[np.float32]:
    """Mel filters as a matrix of shape (1 + N_FFT // 2, N_MELS), 40 to 10,000 Hz, from librosa."""
    import librosa.filters

    matrix = librosa.filters.mel(sr=SR, n_fft=N_FFT, n_mels=N_MELS, fmin=40.0, fmax=10_000.0, norm=None)
    return np.ascontiguousarray(matrix.T.astype(np.float32))


@lru_cache(maxsize=1)
def _mel_blocks() -> list[tuple[slice, slice, NDArray[np.float32]]]:
    """The mel matrix in blocks of eight filters with only the bins that these reach: a quarter of the products."""
    matrix = mel_matrix()
    blocks = []
    for first, last in band_edges():
        used = np.flatnonzero(matrix[:, first:last].any(axis=1))
        bins = slice(int(used[0]), int(used[-1]) + 1)
        blocks.append((bins, slice(first, last), np.ascontiguousarray(matrix[bins, first:last])))
    return blocks


@lru_cache(maxsize=1)
def mel_frequencies() -> NDArray[np.float64]:
    """Centre frequencies of the mel bands in Hz, shape (N_MELS,)."""
    import librosa

    return np.asarray(librosa.mel_frequencies(n_mels=N_MELS + 2, fmin=40.0, fmax=10_000.0), dtype=np.float64)[1:-1]


def _spectra(y: NDArray[np.float32], n_fft: int, hop: int) -> Iterator[tuple[int, NDArray[np.complex64]]]:
    """The first frame of each batch, and its spectra."""
    frames = np.lib.stride_tricks.sliding_window_view(y, n_fft)[::hop]
    for start in range(0, len(frames), _FRAMES_AT_ONCE):
        yield start, scipy.fft.rfft(frames[start : start + _FRAMES_AT_ONCE] * _window(n_fft), axis=1)


def spectra(y: NDArray[np.float32]) -> Spectra:
    """Compute both spectra of a stretch of mono audio at 22,050 Hz, of at least one pitch frame."""
    n_frames = 1 + (len(y) - N_FFT) // HOP
    mel = np.empty((n_frames, N_MELS), dtype=np.float32)
    highest_bin = int(CONTRAST_HZ[-1] * N_FFT / SR) + 1
    n_bins = _mel_blocks()[-1][0].stop
    some = np.empty((-(-n_frames // _CONTRAST_EVERY), highest_bin), dtype=np.float32)
    for start, spectrum in _spectra(y, N_FFT, HOP):
        part = spectrum[:, :n_bins]
        power = part.real**2
        power += part.imag**2
        rows = slice(start, start + len(power))
        for bins, filters, matrix in _mel_blocks():
            mel[rows, filters] = power[:, bins] @ matrix
        some[start // _CONTRAST_EVERY : -(-rows.stop // _CONTRAST_EVERY)] = power[::_CONTRAST_EVERY, :highest_bin]
    total = np.float32(float(mel.sum(axis=1).mean()) or 1.0)
    mel /= total
    some /= total
    peaks, n_pitch_frames = _peaks(y)
    return Spectra(mel, _contrast(some), peaks, n_pitch_frames)


def _contrast(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean of the strongest over mean of the weakest fifth of the bins of each octave, in bels.

    The floor, 60 dB under the recording's mean, keeps what a codec leaves out from looking like contrast.
    """
    contrasts = []
    for low, high in itertools.pairwise(CONTRAST_HZ):
        band = power[:, int(np.ceil(low * N_FFT / SR)) : int(high * N_FFT / SR)]
        n = max(1, round(_CONTRAST_SHARE * band.shape[1]))
        # Sorting is vectorised and ten times as fast as a partition at two places.
        ordered = np.sort(band, axis=1)
        peak = ordered[:, band.shape[1] - n :].mean(axis=1) + np.float32(_CONTRAST_FLOOR)
        valley = ordered[:, :n].mean(axis=1) + np.float32(_CONTRAST_FLOOR)
        contrasts.append(float(np.log10(peak / valley).mean()))
    return np.asarray(contrasts, dtype=np.float32)


def _peaks(y: NDArray[np.float32]) -> tuple[Peaks, int]:
    """Local maxima of the long spectrum, their pitch by a parabola through the logarithm."""
    low = int(np.floor(55 * PITCH_N_FFT / SR)) - 1
    high = int(np.ceil(4500 * PITCH_N_FFT / SR)) + 2
    found, n_frames = [], 0
    for start, spectrum in _spectra(y, PITCH_N_FFT, PITCH_HOP):
        part = spectrum[:, low:high]
        power = part.real**2
        power += part.imag**2
        centre = power[:, 1:-1]
        # 50 dB under the frame's highest peak nothing is heard beside it.
        is_peak = centre > centre.max(axis=1, keepdims=True) * np.float32(1e-5)
        is_peak &= centre > power[:, :-2]
        is_peak &= centre >= power[:, 2:]
        at = np.flatnonzero(is_peak)
        frame, column = np.divmod(at, centre.shape[1])
        # From the place among the centres to that among all bins: two more in each row.
        at += 2 * frame
        flat = power.ravel()
        left, middle, right = (np.log(flat[at + i] + np.float32(1e-30)) for i in range(3))
        bend = left - 2 * middle + right
        offset = np.float32(0.5) * (left - right) / np.where(bend < 0, bend, np.float32(np.inf))
        height = middle - np.float32(0.25) * (left - right) * offset
        frequency = (column + (low + 1) + offset) * (SR / PITCH_N_FFT)
        midi = 69 + 12 * np.log2(frequency / 440)
        found.append((frame + start, midi.astype(np.float32), np.exp(np.float32(0.5) * height)))
        n_frames += len(spectrum)
    frame, midi, magnitude = (np.concatenate(parts) for parts in zip(*found, strict=True))
    scale = np.float32(magnitude.max(initial=0.0) or 1.0)
    return Peaks(frame, midi, (magnitude / scale).astype(np.float32)), n_frames


def band_edges() -> list[tuple[int, int]]:
    """First and last mel band of each of the eight wide bands."""
    width = N_MELS // N_BANDS
    return [(i * width, (i + 1) * width) for i in range(N_BANDS)]
