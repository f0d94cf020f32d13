"""Mode, harmony, register and melody, from spectral peaks; `key` names the key."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.audio import SR
from features.key_profiles import all_key_correlations, scale_fit, soft_mode
from features.spectrum import HOP, N_FFT, PITCH_HOP, PITCH_N_FFT, PITCH_RATE, Peaks

WINDOWS_S = (5, 10, 20)
SCALES = {
    "diatonic": (0, 2, 4, 5, 7, 9, 11),
    "harmonic_minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic_minor": (0, 2, 3, 5, 7, 9, 11),
    "pentatonic": (0, 2, 4, 7, 9),
    "whole_tone": (0, 2, 4, 6, 8, 10),
}
CHORDS = {
    "major": (0, 4, 7),
    "minor": (0, 3, 7),
    "diminished": (0, 3, 6),
    "augmented": (0, 4, 8),
    "suspended": (0, 5, 7),
    "dominant7": (0, 4, 7, 10),
    "major7": (0, 4, 7, 11),
    "minor7": (0, 3, 7, 10),
}
_LOW_MIDI, _N_SEMITONES = 33, 76
# A harmonic of a lower note looks like a note of its own: octave, twelfth, two octaves, and the third above.
_GHOSTS = ((12, 0.3), (19, 0.3), (24, 0.2), (28, 0.2))
# Below, a bin of the spectrum is wider than a semitone; above, partials outnumber notes.
_FIRST, _LAST = 42 - _LOW_MIDI, 96 - _LOW_MIDI
_BASS = (42, 60)
# A note 60 dB under the highest peak counts a tenth of the loudest.
_FAINT_NOTE = 1e-3
_KEY_BASS, _UPPER = (36, 57), (60, 90)
_TUNED_MIDI = (50, 84)
_TUNED_WITHIN = 0.15


class Pitches(NamedTuple):
    """What a stretch sounds like in semitones."""

    chroma: NDArray[np.float32]
    """Shape (n_frames, 12), each frame summing to 1 or, without pitch, to 0; C is column 0."""
    plain_chroma: NDArray[np.float32]
    """The same with harmonics left in: worse for mood, better for naming the key."""
    upper_chroma: NDArray[np.float32]
    """Without harmonics, from C4 to F6: the tune and the upper voices."""
    bass_chroma: NDArray[np.float32]
    """Without harmonics, from C2 to Ab3."""
    salience: NDArray[np.float32]
    """Shape (n_frames, 76), from 55 Hz up, harmonics of lower notes suppressed."""
    tuning: float
    """Departure from A = 440 Hz in semitones, in [-0.5, 0.5)."""
    tuned_share: float
    """Share of peak magnitude within 0.15 semitones of the tuned grid: 0.3 for noise, near 1 for a piano."""


def pitches(peaks: Peaks, *, n_frames: int) -> Pitches:
    """Turn spectral peaks into semitones, in the recording's own tuning."""
    total = float(peaks.magnitude.sum())
    if total <= 0:
        none = np.zeros((n_frames, 12), np.float32)
        return Pitches(none, none, none, none, np.zeros((n_frames, _N_SEMITONES), np.float32), 0.0, float("nan"))
    fine = (peaks.midi > _TUNED_MIDI[0]) & (peaks.midi < _TUNED_MIDI[1])
    angle = np.float32(2 * np.pi) * (peaks.midi[fine] % np.float32(1))
    weight = np.sqrt(peaks.magnitude[fine])
    mean = complex(np.dot(weight, np.cos(angle)), np.dot(weight, np.sin(angle)))
    tuning = float(np.angle(mean) / (2 * np.pi)) if mean else 0.0
    departure = (peaks.midi[fine] - tuning + 0.5) % 1.0 - 0.5
    tuned_share = float(weight[np.abs(departure) < _TUNED_WITHIN].sum() / max(float(weight.sum()), 1e-12))
    semitone = np.clip(np.round(peaks.midi - tuning).astype(np.intp) - _LOW_MIDI, 0, _N_SEMITONES - 1)
    sums = np.bincount(
        peaks.frame * _N_SEMITONES + semitone, weights=peaks.magnitude, minlength=n_frames * _N_SEMITONES
    )
    salience: NDArray[np.float64] = sums.astype(np.float64).reshape(n_frames, _N_SEMITONES)
    ghost = np.zeros_like(salience)
    for interval, share in _GHOSTS:
        np.maximum(ghost[:, interval:], share * salience[:, :-interval], out=ghost[:, interval:])
    clean = np.maximum(salience - ghost, 0)
    return Pitches(
        chroma=_folded(clean),
        plain_chroma=_folded(salience),
        upper_chroma=_folded(clean, first=_UPPER[0] - _LOW_MIDI, last=_UPPER[1] - _LOW_MIDI),
        bass_chroma=_folded(clean, first=_KEY_BASS[0] - _LOW_MIDI, last=_KEY_BASS[1] - _LOW_MIDI),
        salience=clean.astype(np.float32),
        tuning=tuning,
        tuned_share=tuned_share,
    )


@lru_cache(maxsize=4)
def _to_chroma(first: int, last: int) -> NDArray[np.float64]:
    """Which pitch class each semitone of the salience has, shape (last - first, 12)."""
    return np.eye(12)[(np.arange(first, last) + _LOW_MIDI) % 12]


def _folded(salience: NDArray[np.float64], *, first: int = _FIRST, last: int = _LAST) -> NDArray[np.float32]:
    """Chroma of each frame, from square roots, summing to 1; fading notes still have a pitch, silence has none."""
    part = salience[:, first:last]
    chroma = np.sqrt(part) @ _to_chroma(first, last)
    sums = chroma.sum(axis=1, keepdims=True)
    chroma = np.divide(chroma, sums, out=np.zeros_like(chroma), where=sums > 1e-9)
    loudness = part.sum(axis=1)
    chroma[loudness < 1e-3 * loudness.max(initial=0.0)] = 0
    return np.asarray(chroma, dtype=np.float32)


class NewNotes(NamedTuple):
    """What comes in at each frame of the short spectrum, three arrays of shape (n_frames,)."""

    harmony: NDArray[np.float32]
    bass: NDArray[np.float32]
    notes: NDArray[np.float32]
    """By the logarithm of every semitone, so that a soft tune over loud chords is told as well."""


def new_notes(pitch: Pitches, *, n_frames: int) -> NewNotes:
    """How much harmony, bass and single notes are new at each frame of the short spectrum."""
    bass = np.sqrt(pitch.salience[:, _BASS[0] - _LOW_MIDI : _BASS[1] - _LOW_MIDI])
    every = np.log1p(pitch.salience / np.float32(_FAINT_NOTE))
    at = np.arange(n_frames) * (HOP / SR) + N_FFT / (2 * SR)
    rises = []
    for notes in (pitch.chroma, bass, every):
        rise = np.maximum(notes[2:] - notes[:-2], 0).sum(axis=1)
        centre = (np.arange(len(rise)) + 1) * (PITCH_HOP / SR) + PITCH_N_FFT / (2 * SR)
        rises.append(np.interp(at, centre, rise).astype(np.float32) if len(rise) else np.zeros(n_frames, np.float32))
    return NewNotes(*rises)


def windows_of(chroma: NDArray[np.float32], *, seconds: float) -> NDArray[np.float64]:
    """Mean chroma of windows that overlap by half, shape (n_windows, 12)."""
    size = min(len(chroma), round(seconds * PITCH_RATE))
    if size == 0:
        return np.zeros((1, 12))
    sums = np.concatenate([np.zeros((1, 12)), np.cumsum(chroma, axis=0, dtype=np.float64)])
    starts = np.arange(0, len(chroma) - size + 1, max(1, size // 2))
    means = (sums[starts + size] - sums[starts]) / size
    return np.asarray(means[means.sum(axis=1) > 0.05]) if (means.sum(axis=1) > 0.05).any() else np.zeros((1, 12))


@lru_cache(maxsize=1)
def _chord_templates() -> NDArray[np.float32]:
    """Unit templates as columns, twelve roots of each quality in turn."""
    columns = []
    for steps in CHORDS.values():
        template = np.zeros(12)
        template[list(steps)] = 1 / np.sqrt(len(steps))
        columns += [np.roll(template, root) for root in range(12)]
    return np.asarray(columns, dtype=np.float32).T


def tonal_features(pitch: Pitches, peaks: Peaks) -> dict[str, float]:
    """Mode, harmony, register and melody of a stretch."""
    chroma = pitch.chroma
    values: dict[str, float] = {"tuned_share": pitch.tuned_share, "tuning": pitch.tuning}
    if not chroma.any():
        return values
    for seconds in WINDOWS_S:
        windows = windows_of(chroma, seconds=seconds)
        for profile, correlations in all_key_correlations(windows).items():
            mode = soft_mode(correlations)
            values[f"mode_{profile}_{seconds}s"] = float(mode.mean())
            if profile == "bellman_budge":
                p20, p80 = np.percentile(mode, [20, 80])
                values[f"mode_soft_share_{seconds}s"] = float(np.mean(1 / (1 + np.exp(-12 * mode))))
                values[f"mode_p20_{seconds}s"] = float(p20)
                values[f"mode_p80_{seconds}s"] = float(p80)
                values[f"mode_sd_{seconds}s"] = float(mode.std())
                if seconds == 10:
                    values |= _key_features(windows, correlations)
        if seconds == 10:
            fits = {name: scale_fit(windows, steps) for name, steps in SCALES.items()}
            values |= {f"scale_{name}": float(fit.mean()) for name, fit in fits.items()}
            values["scale_minor_lean"] = float(
                np.mean(np.maximum(fits["harmonic_minor"], fits["melodic_minor"]) - fits["diatonic"])
            )
    values |= _chord_features(chroma)
    values |= _register_features(pitch.salience)
    values["roughness"] = roughness(peaks)
    return values


def _key_features(windows: NDArray[np.float64], correlations: NDArray[np.float64]) -> dict[str, float]:
    keys = correlations.argmax(axis=1)
    ordered = np.sort(correlations, axis=1)
    rows = np.arange(12)[None, :] + (keys % 12)[:, None]
    degrees = np.take_along_axis(windows, rows % 12, axis=1).mean(axis=0)
    degrees = degrees / max(float(degrees.sum()), 1e-9)
    mean = windows.mean(axis=0)
    share = mean / max(float(mean.sum()), 1e-9)
    values = {
        "key_clarity": float(ordered[:, -1].mean()),
        "key_gap": float((ordered[:, -1] - ordered[:, -2]).mean()),
        "key_change_share": float(np.mean(keys[1:] != keys[:-1])) if len(keys) > 1 else 0.0,
        "chroma_entropy": float(-(share * np.log2(share + 1e-12)).sum() / np.log2(12)),
    }
    # Major third and sixth against minor: the degrees that tell bright from dark.
    values["third_lean"] = float(degrees[4] - degrees[3])
    values["sixth_lean"] = float(degrees[9] - degrees[8])
    return values | {f"degree_{i}": float(v) for i, v in enumerate(degrees)}


def half_seconds(chroma: NDArray[np.float32]) -> NDArray[np.float32]:
    """Chroma of each half second that is not silent, as unit vectors, shape (n, 12)."""
    half = max(1, round(0.5 * PITCH_RATE))
    sums = np.concatenate([np.zeros((1, 12), np.float32), np.cumsum(chroma, axis=0)])
    smooth = (sums[half:] - sums[:-half]) / half if len(chroma) > half else chroma.mean(axis=0, keepdims=True)
    norm = np.linalg.norm(smooth, axis=1)
    is_heard = norm > 1e-6
    return np.asarray(smooth[is_heard] / norm[is_heard][:, None])


def _chord_features(chroma: NDArray[np.float32]) -> dict[str, float]:
    half = max(1, round(0.5 * PITCH_RATE))
    unit = half_seconds(chroma)
    match = (unit @ _chord_templates()).reshape(len(unit), len(CHORDS), 12)
    best = match.max(axis=2)
    chosen = best.argmax(axis=1)
    root = match.reshape(len(unit), -1).argmax(axis=1)
    values = {f"chord_{name}": float(np.mean(chosen == i)) for i, name in enumerate(CHORDS)}
    values["chord_major_lean"] = float(np.mean(best[:, 0] - best[:, 1]))
    values["chord_clarity"] = float(best.max(axis=1).mean())
    moved = root[half:] != root[:-half]
    values["chord_change_rate"] = float(np.mean(moved) * 2) if len(moved) else 0.0
    change = 1 - np.einsum("ij,ij->i", unit[half:], unit[:-half]) if len(unit) > half else np.zeros(1)
    values["harmonic_change_mean"] = float(change.mean())
    values["harmonic_change_p90"] = float(np.percentile(change, 90))
    return values


def _register_features(salience: NDArray[np.float32]) -> dict[str, float]:
    weight = np.sqrt(salience)
    total = weight.sum(axis=1)
    heard = total > 1e-3 * float(total.max(initial=0.0))
    weight, total = weight[heard], total[heard]
    midi = np.arange(_N_SEMITONES, dtype=np.float32) + _LOW_MIDI
    mean = weight @ midi / total
    core = weight[:, _FIRST:_LAST]
    polyphony = (core > 0.32 * core.max(axis=1, keepdims=True)).sum(axis=1)
    # The melody is the strongest note from G3 to B5: simple, and enough to count how often it moves.
    upper = weight[:, 55 - _LOW_MIDI : 84 - _LOW_MIDI]
    melody = upper.argmax(axis=1) + 55
    sung = upper.max(axis=1) > 0.1 * np.sqrt(salience.max(initial=0.0))
    step = np.abs(np.diff(melody))
    moved = (step > 0) & sung[1:] & sung[:-1]
    lowest = (weight > 0.4 * weight.max(axis=1, keepdims=True)).argmax(axis=1) + _LOW_MIDI
    return {
        "register_mean": float(mean.mean()),
        "register_sd": float(mean.std()),
        "register_low_share": float((weight[:, : 48 - _LOW_MIDI].sum(axis=1) / total).mean()),
        "register_high_share": float((weight[:, 72 - _LOW_MIDI :].sum(axis=1) / total).mean()),
        "bass_mean": float(lowest.mean()),
        "polyphony_mean": float(polyphony.mean()),
        "polyphony_sd": float(polyphony.std()),
        "melody_change_rate": float(moved.mean() * PITCH_RATE) if len(moved) else 0.0,
        "melody_step": float(np.minimum(step[moved], 24).mean()) if moved.any() else 0.0,
        "melody_mean": float(melody.mean()),
        "melody_sd": float(melody.std()),
    }


def roughness(peaks: Peaks) -> float:
    """Roughness of neighbouring peaks, relative to their energy [1]_.

    References
    ----------
    .. [1] Sethares, W. A. "Tuning, Timbre, Spectrum, Scale." Springer, 1998: parametrised after Plomp and Levelt.
    """
    frequency = 440 * np.exp2((peaks.midi - 69) / 12)
    energy = float(np.dot(peaks.magnitude, peaks.magnitude))
    if energy <= 0:
        return 0.0
    total = 0.0
    for apart in (1, 2):
        same = peaks.frame[apart:] == peaks.frame[:-apart]
        low, high = frequency[:-apart][same], frequency[apart:][same]
        width = 0.24 / (0.0207 * low + 18.96)
        x = width * (high - low)
        product = peaks.magnitude[:-apart][same] * peaks.magnitude[apart:][same]
        total += float(np.dot(product, np.exp(-3.5 * x) - np.exp(-5.75 * x)))
    return total / energy
