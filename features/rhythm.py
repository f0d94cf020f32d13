"""Tempo with its alternative and their odds, pulse clarity, and how dense and regular onsets are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import scipy.fft
import scipy.ndimage
from numpy.typing import NDArray

from features.spectrum import FRAME_RATE

MIN_BPM, MAX_BPM = 30.0, 280.0
_WINDOW_S, _STEP_S = 12.0, 6.0
_PRIOR_BPM, _PRIOR_OCTAVES = 92.0, 0.7
# Noise repeats itself by chance, less so the longer it lasts: one beat later 0.11 of 12 s, 0.08 of 30 s, 0.07 of a
# minute; wind and speech .21 of 50 s. In the mean of one to four beats later noise, wind, speech, crackle and chords at
# random times stay under .07 of 50 s, and music whose beat is known begins at .12.
_MIN_CLARITY, _MIN_CLARITY_OF_A_SECOND = 0.05, 0.55
_MIN_MEAN, _MIN_MEAN_OF_A_SECOND = 0.06, 0.6
# Held tones that swell are more alike half a beat later than a whole one.
_MIN_CONTRAST = -0.1
# Onsets of all bands tell the beat and its parts; those of the bass and of new harmony fall on whole beats.
_WEIGHTS = (1.0, 0.5, 0.5, 0.5)
# Music reaches 0.1 and more, held tones by rounding and wavering 0.03.
_FAINT = 0.04
_SMOOTHING = np.array([0.25, 0.5, 0.25], dtype=np.float32)
# Fitted on renders of known tempo: the odds are then right as often as they say.
_ODDS_POWER = 5.0
_EQUAL, _FASTEST_METRONOME_BPM = 0.75, 200.0
_ONSET_BELS, _LOW_ONSET_BELS = 0.05, 0.1
_HARMONICS = (1.0, 0.5, 0.33, 0.25)
_STEADY_SHARE = 0.9


class Pulses(NamedTuple):
    """What may carry the beat, each of shape (n_frames,) at `spectrum.FRAME_RATE` frames a second."""

    onset_strength: NDArray[np.float32]
    low_onset_strength: NDArray[np.float32]
    new_harmony: NDArray[np.float32]
    new_bass: NDArray[np.float32]


class Tempo(NamedTuple):
    """The tempo of a recording, what else it may be, and how sure that is."""

    bpm: float | None
    alternative_bpm: float | None
    odds: float | None
    """Probability of `bpm` among the candidates."""
    clarity: float
    """Autocorrelation of what carries the beat, one beat later, in [0, 1]."""
    drift: float | None
    """Largest relative departure of the local tempo, in windows of 12 s; None where one in ten or more has no pulse."""


def _autocorrelations(onset_strength: NDArray[np.float32]) -> NDArray[np.float64]:
    """Autocorrelation of each window, shape (n_windows, n_lags), not divided by its power."""
    size = min(len(onset_strength), round(_WINDOW_S * FRAME_RATE))
    step = max(1, round(_STEP_S * FRAME_RATE))
    windows = np.lib.stride_tricks.sliding_window_view(onset_strength, size)[::step].astype(np.float64)
    windows = windows - windows.mean(axis=1, keepdims=True)
    n_fft = scipy.fft.next_fast_len(2 * size, real=True)
    power = np.abs(scipy.fft.rfft(windows, n=n_fft, axis=1)) ** 2
    correlation = scipy.fft.irfft(power, n=n_fft, axis=1)[:, :size]
    # Fewer pairs of frames lie far apart than near: correct for it, so that slow tempi are not hidden.
    return np.asarray(correlation * (size / (size - np.arange(size))))


_GRID = np.exp(np.arange(np.log(MIN_BPM), np.log(MAX_BPM), 0.01))


@lru_cache(maxsize=8)
def _tempo_matrix(n_lags: int) -> NDArray[np.float64]:
    """What each lag adds to each tempo of the grid, shape (n_lags, n_tempi), with the prior for what people tap.

    The autocorrelation at one to four beats, between two lags in proportion.
    """
    beat = 60 * FRAME_RATE / _GRID
    matrix = np.zeros((n_lags, len(_GRID)))
    weight_sum = np.zeros(len(_GRID))
    for k, weight in enumerate(_HARMONICS, start=1):
        inside = np.flatnonzero(k * beat < n_lags * 0.8)
        lag = k * beat[inside]
        before = np.minimum(np.floor(lag).astype(np.intp), n_lags - 1)
        after = np.minimum(before + 1, n_lags - 1)
        share = lag - before
        matrix[before, inside] += weight * (1 - share)
        matrix[after, inside] += weight * share
        weight_sum[inside] += weight
    prior = np.exp(-0.5 * (np.log2(_GRID / _PRIOR_BPM) / _PRIOR_OCTAVES) ** 2)
    return np.asarray(matrix * (prior / np.maximum(weight_sum, 1e-9)))


def _scores(correlation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Score of each tempo of the grid from autocorrelations of shape (n_lags,) or (n_windows, n_lags)."""
    return np.asarray(np.maximum(correlation @ _tempo_matrix(correlation.shape[-1]), 0))


def _candidates(scores: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Tempo and score of the peaks, best first."""
    inner = scores[1:-1]
    peaks = np.flatnonzero((inner > scores[:-2]) & (inner >= scores[2:]) & (inner > 0)) + 1
    peaks = peaks[np.argsort(-scores[peaks])][:4]
    found = []
    for i in peaks:
        left, middle, right = scores[i - 1 : i + 2]
        bend = left - 2 * middle + right
        offset = 0.5 * (left - right) / bend if bend < 0 else 0.0
        found.append((float(_GRID[i] * np.exp(0.01 * offset)), float(middle)))
    return found


def joint_correlations(pulses: Sequence[NDArray[np.float32]], weights: Sequence[float]) -> NDArray[np.float64] | None:
    """Weighted mean of the pulses' autocorrelations, each window in shares of its pulse's power; None without any."""
    total: NDArray[np.float64] | None = None
    weight_sum = 0.0
    for pulse, weight in zip(pulses, weights, strict=True):
        # A held tone rises by its rounding errors; relative to their own power these would beat too.
        if float(np.percentile(pulse, 99)) < _FAINT:
            continue
        # A frame is 23 ms; without smoothing a beat that falls between two frames looks weaker than its double.
        windows = _autocorrelations(np.convolve(pulse, _SMOOTHING, mode="same"))
        power = float(windows[:, 0].mean())
        if power > 0:
            windows *= weight / power
            total = windows if total is None else total + windows
            weight_sum += weight
    return None if total is None else total / weight_sum


def estimate_tempo(pulses: Pulses, *, duration_s: float) -> Tempo:
    """Estimate the tempo and how clear its pulse is.

    Parameters
    ----------
    pulses : Pulses
        Of equal length.
    duration_s : float
        Below 8 s there is no tempo: two bars of a slow piece last longer.

    Returns
    -------
    Tempo
        `bpm` is None where there is no pulse.

    References
    ----------
    .. [1] Peeters, G. "Template-based estimation of time-varying tempo." EURASIP J. Advances in Signal Proc., 2007.
    .. [2] Ellis, D. P. W. "Beat tracking by dynamic programming." J. New Music Research, 2007.
    """
    if duration_s < 8.0 or len(pulses.onset_strength) < 8 * FRAME_RATE * 0.95:
        return Tempo(None, None, None, 0.0, None)
    beat = beat_of(joint_correlations(pulses, _WEIGHTS))
    if beat is None:
        return Tempo(None, None, None, 0.0, None)
    if not _has_pulse(beat, duration_s=duration_s):
        return Tempo(None, None, None, beat.clarity, None)
    return tempo_of(beat, odds_power=_ODDS_POWER)


class Beat(NamedTuple):
    """What autocorrelations say of a beat, whether or not there is one."""

    candidates: list[tuple[float, float]]
    """Tempo and score, best first."""
    windows: NDArray[np.float64]
    clarity: float
    mean: float
    """Correlation at one to four beats in the mean."""
    contrast: float
    """How far that lies above the half beats between."""

    @property
    def bpm(self) -> float:
        return self.candidates[0][0]


def beat_of(windows: NDArray[np.float64] | None) -> Beat | None:
    """The best beat of autocorrelations of shape (n_windows, n_lags); None where there is none at all."""
    if windows is None:
        return None
    correlation = windows.mean(axis=0)
    candidates = _candidates(_scores(correlation))
    if not candidates:
        return None
    candidates = _fastest_equal_beat(candidates, correlation)
    bpm = candidates[0][0]
    lags = np.arange(len(correlation))
    beats = np.arange(1, 5) * 60 * FRAME_RATE / bpm
    beats = beats[beats < 0.8 * len(correlation)]
    mean = float(np.interp(beats, lags, correlation).mean())
    between = float(np.interp(beats - beats[0] / 2, lags, correlation).mean())
    return Beat(candidates, windows, pulse_clarity(correlation, bpm=bpm), mean, mean - between)


def tempo_of(beat: Beat, *, odds_power: float) -> Tempo:
    """A beat as the tempo, with its alternative, their odds and its drift."""
    weights = np.array([score for _, score in beat.candidates]) ** odds_power
    odds = float(weights[0] / weights.sum())
    alternative = beat.candidates[1][0] if len(beat.candidates) > 1 else None
    return Tempo(beat.bpm, alternative, odds, beat.clarity, _drift(beat.windows, beat.bpm))


def _fastest_equal_beat(
    candidates: list[tuple[float, float]], correlation: NDArray[np.float64]
) -> list[tuple[float, float]]:
    """Where every half beat equals the last, as only a metronome's do, the half beat is the beat."""
    bpm, score = candidates[0]
    if 2 * bpm > _FASTEST_METRONOME_BPM:
        return candidates
    if pulse_clarity(correlation, bpm=2 * bpm) < _EQUAL:
        return candidates
    others = [c for c in candidates if abs(np.log2(c[0] / bpm) - 1) > 0.05]
    return [(2 * bpm, score), *others]


def pulse_clarity(correlation: NDArray[np.float64], *, bpm: float) -> float:
    """Autocorrelation one beat later, in [0, 1].

    The height of a tempogram cannot serve: it is 0.92 for white noise, whose onsets never rest.
    """
    lag = 60 * FRAME_RATE / bpm
    near = np.interp([lag - 0.5, lag, lag + 0.5], np.arange(len(correlation)), correlation)
    return float(np.clip(near.max(), 0, 1))


def _has_pulse(beat: Beat, *, duration_s: float) -> bool:
    """Whether the beat comes back: at one to four beats in the mean, or, where a part of these are missing, at one."""
    if beat.contrast < _MIN_CONTRAST:
        return False
    least_mean = max(_MIN_MEAN, _MIN_MEAN_OF_A_SECOND / np.sqrt(duration_s))
    least_clarity = max(_MIN_CLARITY, _MIN_CLARITY_OF_A_SECOND / np.sqrt(duration_s))
    return bool(beat.mean >= least_mean or (beat.clarity >= least_clarity and beat.mean >= least_mean / 2))


def _drift(windows: NDArray[np.float64], bpm: float) -> float | None:
    """Largest relative departure of the local tempo within a quarter of an octave of `bpm`.

    A tempo that one can move to is there all the time: where the pulse stops, nobody can say how far it drifts.
    """
    heard = windows[windows[:, 0] > 0]
    if not len(heard):
        return None
    scores = _scores(heard / heard[:, :1])
    scores[:, np.abs(np.log2(_GRID / bpm)) >= 0.25] = 0
    best = scores.argmax(axis=1)
    rows = np.arange(len(scores))
    inner = (best > 0) & (best < len(_GRID) - 1)
    is_peak = inner & (scores[rows, best] > scores[rows, best - 1]) & (scores[rows, best] > 2 * _MIN_CLARITY)
    local = _GRID[best[is_peak]]
    if len(local) <= _STEADY_SHARE * len(windows):
        return None
    return float(np.max(np.abs(local / np.median(local) - 1)))


def onset_times(onset_strength: NDArray[np.float32], *, threshold: float) -> NDArray[np.float64]:
    """Times in seconds of the peaks of onset strength above a threshold, in bels.

    A fixed threshold, because a relative one finds as many onsets in a pad as in a drum kit.
    """
    highest = scipy.ndimage.maximum_filter1d(onset_strength, size=5, mode="nearest")
    return np.asarray(np.flatnonzero((onset_strength == highest) & (onset_strength > threshold)) / FRAME_RATE)


def onset_features(
    loud_onset_strength: NDArray[np.float32], low_onset_strength: NDArray[np.float32], *, duration_s: float
) -> dict[str, float]:
    """How many onsets there are, and how evenly they follow each other."""
    times = onset_times(loud_onset_strength, threshold=_ONSET_BELS)
    intervals = np.diff(times)
    intervals = intervals[intervals < 4]
    is_enough = len(intervals) >= 3
    return {
        "onset_rate": len(times) / duration_s,
        "low_onset_rate": len(onset_times(low_onset_strength, threshold=_LOW_ONSET_BELS)) / duration_s,
        "onset_interval_spread": float(np.std(np.log2(intervals))) if is_enough else float("nan"),
        "onset_interval_median": float(np.median(intervals)) if is_enough else float("nan"),
    }


def tempo_features(onset_strength: NDArray[np.float32], tempo: Tempo) -> dict[str, float]:
    """Tempo and pulse as features; tempo is NaN where there is none."""
    nan = float("nan")
    bpm = tempo.bpm
    total = _autocorrelations(onset_strength).sum(axis=0) if len(onset_strength) > 16 else np.zeros(2)
    correlation = total / total[0] if total[0] > 0 else np.zeros(len(total))
    low = round(60 * FRAME_RATE / MAX_BPM)
    high = min(len(correlation), round(60 * FRAME_RATE / MIN_BPM))
    stretch = correlation[low:high] if high > low else np.zeros(1)
    scores = _scores(correlation) if len(correlation) > 16 else np.ones(1)
    shares = scores / max(float(scores.sum()), 1e-12)
    return {
        "tempo_log2": float(np.log2(bpm / 100)) if bpm else nan,
        "tempo_alternative_log2": float(np.log2(tempo.alternative_bpm / 100)) if tempo.alternative_bpm else nan,
        "tempo_odds": tempo.odds if tempo.odds is not None else nan,
        "pulse_clarity": tempo.clarity,
        "pulse_peak": float(np.clip(stretch.max(initial=0.0), 0, 1)),
        "beat_regularity": _regularity(correlation, bpm) if bpm else nan,
        "tempo_entropy": float(-(shares * np.log2(shares + 1e-12)).sum() / np.log2(max(len(shares), 2))),
        "onset_strength_mean": float(onset_strength.mean()),
        "onset_strength_sd": float(onset_strength.std()),
        "onset_strength_p90": float(np.percentile(onset_strength, 90)),
        "onset_contrast": float(onset_strength.std() / max(float(onset_strength.mean()), 1e-6)),
    }


def _regularity(correlation: NDArray[np.float64], bpm: float) -> float:
    """Mean autocorrelation two and four beats later: a pulse that keeps its time."""
    lags = np.array([2, 4]) * 60 * FRAME_RATE / bpm
    inside = lags[lags < len(correlation) - 1]
    if not len(inside):
        return float("nan")
    return float(np.clip(np.interp(inside, np.arange(len(correlation)), correlation).mean(), -1, 1))
