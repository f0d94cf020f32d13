"""Colour and texture: where the energy lies, how it changes from frame to frame, how rough it is."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from features.energy import slope_per_minute
from features.spectrum import FRAME_RATE, N_MELS, band_edges, mel_frequencies

N_MFCC = 13
# Relative to the mean power of the stretch: what lies 40 dB under it, a codec has made.
_FLOOR = np.float32(1e-4)
_ONSET_FLOOR = np.float32(1e-3)
_N_LOW_MELS = 16
# A bow or a pad takes 0.1 s to come in; what lies 50 dB under the mean is as faint as the faintest peak that is kept.
_SLOW_FRAMES, _SLOW_FLOOR = 4, np.float32(1e-5)
MODULATION_BANDS_HZ = ((0.5, 1.0), (1.0, 2.0), (2.0, 4.0), (4.0, 8.0), (8.0, 16.0))


class Texture(NamedTuple):
    """What rhythm needs from the mel spectrum: how much it rises from frame to frame, in bels, shape (n_frames,)."""

    onset_strength: NDArray[np.float32]
    loud_onset_strength: NDArray[np.float32]
    """Counting only what rises over -30 dB: for onsets, not for tempo."""
    low_onset_strength: NDArray[np.float32]
    """The same below about 500 Hz."""
    slow_onset_strength: NDArray[np.float32]
    """From each frame to that 0.1 s later, beyond what the bands beside had: soft attacks, and no vibrato."""


@lru_cache(maxsize=1)
def _mel_hz() -> NDArray[np.float32]:
    return mel_frequencies().astype(np.float32)


def texture(mel: NDArray[np.float32], contrast: NDArray[np.float32]) -> tuple[Texture, dict[str, float]]:
    """Onset strength and timbre features of a stretch.

    Parameters
    ----------
    mel : ndarray of shape (n_frames, N_MELS)
        Mel power relative to the stretch's own mean.
    contrast : ndarray of shape (n_bands,)
        Of `spectrum.CONTRAST_HZ`.
    """
    level = np.log10(mel + _FLOOR)
    rise = np.maximum(level[1:] - level[:-1], 0)
    bands = band_edges()
    flux = np.stack([rise[:, a:b].mean(axis=1) for a, b in bands], axis=1)
    onset_strength = _from_first_frame(flux.mean(axis=1))
    loud = np.log10(mel + _ONSET_FLOOR)
    loud_rise = np.maximum(loud[1:] - loud[:-1], 0)
    sound = Texture(
        onset_strength,
        _from_first_frame(loud_rise.mean(axis=1)),
        _from_first_frame(loud_rise[:, :_N_LOW_MELS].mean(axis=1)),
        _slow_rise(mel),
    )
    values: dict[str, float] = {}
    for i in range(len(bands)):
        values[f"flux_band{i + 1}"] = float(flux[:, i].mean())
        values[f"flux_band{i + 1}_sd"] = float(flux[:, i].std())
    values |= _shape(mel)
    values |= _bands(mel)
    values |= {f"contrast_band{i + 1}": float(v) for i, v in enumerate(contrast)}
    values |= _mfcc(level)
    values |= _change(mel, level)
    values |= _percussive(mel)
    values |= _modulation(onset_strength)
    return sound, values


def _slow_rise(mel: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much each band rises within 0.1 s above itself and its neighbours, in the middle of that time [1]_.

    References
    ----------
    .. [1] Boeck, S. and Widmer, G. "Maximum filter vibrato suppression for onset detection." DAFx, 2013.
    """
    if len(mel) <= _SLOW_FRAMES:
        return np.zeros(len(mel), np.float32)
    level = np.log10(mel + _SLOW_FLOOR)
    before = level[:-_SLOW_FRAMES].copy()
    np.maximum(before[:, 1:], level[:-_SLOW_FRAMES, :-1], out=before[:, 1:])
    np.maximum(before[:, :-1], level[:-_SLOW_FRAMES, 1:], out=before[:, :-1])
    rise = np.maximum(level[_SLOW_FRAMES:] - before, 0).mean(axis=1)
    half = _SLOW_FRAMES // 2
    return np.concatenate([np.zeros(half, np.float32), rise, np.zeros(half, np.float32)])


def _from_first_frame(rise: NDArray[np.floating]) -> NDArray[np.float32]:
    """The first frame has none before it to rise from."""
    return np.concatenate([np.zeros(1, np.float32), rise]).astype(np.float32)


def _stats(name: str, x: NDArray[np.float32]) -> dict[str, float]:
    p10, p50, p90 = np.percentile(x, [10, 50, 90])
    return {
        f"{name}_mean": float(x.mean()),
        f"{name}_sd": float(x.std()),
        f"{name}_p10": float(p10),
        f"{name}_p50": float(p50),
        f"{name}_p90": float(p90),
        f"{name}_slope": slope_per_minute(x.astype(np.float64), step_s=1 / FRAME_RATE),
    }


def _shape(mel: NDArray[np.float32]) -> dict[str, float]:
    """Centroid, spread, roll-off and flatness, from mel bands weighted by their width."""
    power = mel + np.float32(1e-9)
    total = power.sum(axis=1)
    octave = np.log2(_mel_hz() / np.float32(440.0)).astype(np.float32)
    centroid = power @ octave / total
    spread = np.sqrt(np.maximum(power @ octave**2 / total - centroid**2, 0))
    cumulative = np.cumsum(power, axis=1) / total[:, None]
    rolloff = octave[np.minimum((cumulative < 0.85).sum(axis=1), N_MELS - 1)]
    flatness = np.exp(np.log(mel + _FLOOR).mean(axis=1)) / (mel + _FLOOR).mean(axis=1)
    values = _stats("centroid", centroid) | _stats("rolloff", rolloff)
    values |= {
        "spread_mean": float(spread.mean()),
        "spread_sd": float(spread.std()),
        "flatness_mean": float(flatness.mean()),
        "flatness_sd": float(flatness.std()),
        "flatness_p90": float(np.percentile(flatness, 90)),
    }
    return values


def _bands(mel: NDArray[np.float32]) -> dict[str, float]:
    """Level of each wide band relative to all."""
    values = {}
    total = mel.sum(axis=1).mean() or 1.0
    for i, (a, b) in enumerate(band_edges()):
        share = float(mel[:, a:b].sum(axis=1).mean() / total)
        values[f"band{i + 1}_level"] = float(10 * np.log10(share + 1e-5))
    return values


@lru_cache(maxsize=1)
def _dct() -> NDArray[np.float32]:
    return np.asarray(scipy.fft.dct(np.eye(N_MELS), axis=1, norm="ortho")[:, 1 : N_MFCC + 1], dtype=np.float32)


def _mfcc(level: NDArray[np.float32]) -> dict[str, float]:
    coefficients = level @ _dct()
    means, spreads = coefficients.mean(axis=0), coefficients.std(axis=0)
    values = {f"mfcc{i + 1}_mean": float(v) for i, v in enumerate(means)}
    return values | {f"mfcc{i + 1}_sd": float(v) for i, v in enumerate(spreads)}


def _change(mel: NDArray[np.float32], level: NDArray[np.float32]) -> dict[str, float]:
    """How new each frame is beside the one before, and each second beside the one before."""
    loud = np.log1p(np.float32(100) * mel)
    unit = loud / (np.linalg.norm(loud, axis=1) + np.float32(1e-6))[:, None]
    frame_novelty = np.maximum(1 - np.einsum("ij,ij->i", unit[1:], unit[:-1]), 0)
    shape = level - level.mean(axis=1, keepdims=True)
    k = round(FRAME_RATE)
    n = len(shape) // k
    seconds = shape[: n * k].reshape(n, k, -1).mean(axis=1) if n else shape.mean(axis=0, keepdims=True)
    second_novelty = np.linalg.norm(np.diff(seconds, axis=0), axis=1) / np.sqrt(N_MELS)
    return {
        "frame_novelty_mean": float(frame_novelty.mean()) if len(frame_novelty) else 0.0,
        "frame_novelty_p50": float(np.median(frame_novelty)) if len(frame_novelty) else 0.0,
        "frame_novelty_p90": float(np.percentile(frame_novelty, 90)) if len(frame_novelty) else 0.0,
        "novelty_mean": float(second_novelty.mean()) if len(second_novelty) else 0.0,
        "novelty_p90": float(np.percentile(second_novelty, 90)) if len(second_novelty) else 0.0,
    }


def _percussive(mel: NDArray[np.float32]) -> dict[str, float]:
    """Share of the energy that stands up in time rather than in frequency (medians over every second frame)."""
    root = np.sqrt(mel[::2])
    if len(root) < 9:
        return {"percussive_share": 0.0}
    harmonic = _running_median(root)
    percussive = _running_median(np.ascontiguousarray(root.T)).T
    squares = percussive**2
    share = squares / (squares + harmonic**2 + np.float32(1e-9))
    weights = root**2
    return {"percussive_share": float((share * weights).sum() / max(float(weights.sum()), 1e-9))}


def _running_median(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Median of each nine neighbours along the first axis, the ends repeated.

    Triples are sorted once and shared by the windows that overlap: the median of nine is the median of the highest
    low, the middle middle and the lowest high of its three triples. A tenth of the time of a general rank filter.
    """
    padded = np.concatenate([np.repeat(x[:1], 4, axis=0), x, np.repeat(x[-1:], 4, axis=0)])
    low, middle, high = _sorted_triple(padded[:-2], padded[1:-1], padded[2:])
    n = len(x)
    highest_low = np.maximum(np.maximum(low[:n], low[3 : n + 3]), low[6 : n + 6])
    lowest_high = np.minimum(np.minimum(high[:n], high[3 : n + 3]), high[6 : n + 6])
    middle_middle = _sorted_triple(middle[:n], middle[3 : n + 3], middle[6 : n + 6])[1]
    return _sorted_triple(highest_low, middle_middle, lowest_high)[1]


def _sorted_triple(
    a: NDArray[np.float32], b: NDArray[np.float32], c: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Lowest, middle and highest of three arrays, element by element."""
    less, more = np.minimum(a, b), np.maximum(a, b)
    return np.minimum(less, c), np.maximum(less, np.minimum(more, c)), np.maximum(more, c)


def _modulation(onset_strength: NDArray[np.float32]) -> dict[str, float]:
    """Share of the onset strength's fluctuation at different speeds."""
    x = onset_strength - onset_strength.mean()
    power = np.abs(scipy.fft.rfft(x)) ** 2
    hz = scipy.fft.rfftfreq(len(x), d=1 / FRAME_RATE)
    total = float(power[hz >= 0.5].sum()) or 1.0
    return {
        f"modulation_band{i + 1}": float(power[(hz >= low) & (hz < high)].sum() / total)
        for i, (low, high) in enumerate(MODULATION_BANDS_HZ)
    }
