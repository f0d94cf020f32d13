"""Audio whose truth is known because it was made that way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

SR = 22_050
MAJOR, MINOR = (0, 4, 7), (0, 3, 7)


def click_track(bpm: float, *, seconds: float = 30.0, sr: int = SR) -> NDArray[np.float32]:
    """A short decaying click on every beat."""
    y = np.zeros(round(seconds * sr), dtype=np.float32)
    t = np.arange(round(0.05 * sr)) / sr
    click = (np.sin(2 * np.pi * 1000 * t) * np.exp(-t * 80)).astype(np.float32)
    for beat in np.arange(0, seconds - 0.1, 60 / bpm):
        i = round(beat * sr)
        y[i : i + len(click)] += click[: len(y) - i]
    return 0.5 * y


def tone(frequency: float, *, seconds: float, sr: int = SR, n_partials: int = 6) -> NDArray[np.float32]:
    """A tone with a soft attack, a decay and falling partials."""
    t = np.arange(round(seconds * sr)) / sr
    y = sum(np.sin(2 * np.pi * frequency * k * t) / k for k in range(1, n_partials + 1) if frequency * k < sr / 2)
    return (y * np.minimum(t / 0.02, 1) * np.exp(-1.5 * t)).astype(np.float32)


def chord_song(
    tonic: int, *, minor: bool, bpm: float = 100.0, seconds: float = 30.0, sr: int = SR, a4: float = 440.0
) -> NDArray[np.float32]:
    """I-IV-V-I in block chords on every beat, with the bass; in minor the dominant is major, as harmony teaches."""
    third = MINOR if minor else MAJOR
    progression = [(0, third), (5, third), (7, MAJOR), (0, third)]
    y = np.zeros(round(seconds * sr), dtype=np.float32)
    beat_s = 60 / bpm
    for n in range(int(seconds / beat_s)):
        root, chord = progression[n // 2 % 4]
        i = round(n * beat_s * sr)
        for midi in [48 + tonic + root] + [60 + tonic + (root + step) % 12 for step in chord]:
            note = tone(a4 * 2 ** ((midi - 69) / 12), seconds=beat_s * 0.95, sr=sr)
            y[i : i + len(note)] += note[: len(y) - i]
    return (0.3 * y / np.abs(y).max()).astype(np.float32)


def noise(*, seconds: float = 30.0, sr: int = SR, seed: int = 0) -> NDArray[np.float32]:
    """White noise."""
    return (0.1 * np.random.default_rng(seed).standard_normal(round(seconds * sr))).astype(np.float32)


def write(path: Path, y: NDArray[np.float32], *, sr: int = SR, **options: str) -> Path:
    """Write audio of shape (n_samples,) or (n_samples, n_channels) and return its path."""
    soundfile.write(path, y, sr, **options)
    return path
