"""The two ways all instruments sound: ringing modes, and read-out waves with vibrato.

A struck or plucked thing is a sum of decaying sines. With block length K the sample n = bK + k of a mode z is
(z^K)^b z^k, so a whole note is one small matrix product: exact, and a hundred times quicker than evaluating sines.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SR = 32_000
Wave = NDArray[np.float32]
Numbers = NDArray[np.float64]


def ring(frequencies: Numbers, amplitudes: Numbers, decays: Numbers, *, n: int) -> Wave:
    """Sum decaying sines that all start at zero phase.

    Parameters
    ----------
    frequencies, amplitudes, decays : ndarray of shape (n_modes,)
        Hz, linear, and 1/s (the amplitude falls to 1/e in 1/decay seconds). Modes near Nyquist are left out.
    n : int
        Samples wanted.

    Returns
    -------
    ndarray of shape (n,)
    """
    audible = (frequencies < 0.46 * SR) & (amplitudes != 0)
    frequencies, amplitudes, decays = frequencies[audible], amplitudes[audible], decays[audible]
    if not frequencies.size:
        return np.zeros(n, np.float32)
    block = max(1, int(np.sqrt(n)))
    blocks = -(-n // block)
    exponent = (-decays + 2j * np.pi * frequencies) / SR
    within = amplitudes[:, None] * np.exp(exponent[:, None] * np.arange(block))
    starts = np.exp(exponent[:, None] * (block * np.arange(blocks)))
    left = np.vstack([starts.real, starts.imag]).astype(np.float32)
    right = np.vstack([within.imag, within.real]).astype(np.float32)
    out: Wave = (left.T @ right).reshape(-1)[:n]
    return out


def wave_table(harmonics: Numbers, *, frequency: float, rng: np.random.Generator | None = None) -> Wave:
    """One period with these harmonic amplitudes, those above Nyquist left out; random phases if `rng` is given."""
    size = 2048
    spectrum = np.zeros(size // 2 + 1, complex)
    keep = min(len(harmonics), int(0.46 * SR / frequency), size // 2 - 1)
    phases = rng.uniform(0, 2 * np.pi, keep) if rng is not None else np.zeros(keep)
    spectrum[1 : keep + 1] = harmonics[:keep] * np.exp(1j * (phases - np.pi / 2)) * size / 2
    return np.fft.irfft(spectrum, size).astype(np.float32)


def glide_phase(
    frequency: float, *, n: int, vibrato_hz: float = 0.0, cents: float = 0.0, delay_s: float = 0.3, start: float = 0.0
) -> Numbers:
    """Phase in cycles of a tone whose vibrato of `cents` each way grows in after `delay_s`."""
    t = np.arange(n) / SR
    phase = frequency * t + start
    if cents > 0:
        depth = frequency * (2 ** (cents / 1200) - 1) / (2 * np.pi * vibrato_hz)
        grown = np.clip((t - delay_s) / 0.5, 0, 1)
        phase = phase + depth * grown * np.sin(2 * np.pi * vibrato_hz * t + 6.28 * start)
    return phase


def read_table(table: Wave, phase: Numbers) -> Wave:
    """Read one period at these phases (in cycles), with linear interpolation."""
    size = table.size
    position = (phase - np.floor(phase)).astype(np.float32) * np.float32(size)
    index = position.astype(np.int32)
    fraction = position - index
    index &= size - 1
    closed = np.append(table, table[0])
    out: Wave = closed[index] + fraction * (closed[index + 1] - closed[index])
    return out


def rise(n: int, *, seconds: float) -> Wave:
    """A smooth attack from 0 to 1."""
    out = np.ones(n, np.float32)
    m = min(n, max(2, int(seconds * SR)))
    out[:m] = 0.5 - 0.5 * np.cos(np.pi * np.arange(m) / m)
    return out


def fall(n: int, *, seconds: float) -> Wave:
    """A smooth release from 1 to 0 over the last `seconds`."""
    out = np.ones(n, np.float32)
    m = min(n, max(2, int(seconds * SR)))
    out[n - m :] = (0.5 + 0.5 * np.cos(np.pi * np.arange(1, m + 1) / m)) ** 1.5
    return out


def decay(n: int, *, rate: float) -> Wave:
    """exp(-rate t)."""
    return np.exp(-rate * np.arange(n) / SR).astype(np.float32)


def noise(n: int, *, low_hz: float, high_hz: float, rng: np.random.Generator) -> Wave:
    """Noise within a band with soft edges, unit standard deviation."""
    size = 1 << int(np.ceil(np.log2(max(n, 64))))
    spectrum = np.fft.rfft(rng.standard_normal(size).astype(np.float32))
    f = np.fft.rfftfreq(size, 1 / SR) + 1.0
    spectrum = spectrum / np.sqrt((1 + (low_hz / f) ** 4) * (1 + (f / high_hz) ** 4))
    y = np.fft.irfft(spectrum, size)[:n]
    return (y / max(float(np.std(y)), 1e-9)).astype(np.float32)


def hertz(pitch: float) -> float:
    """Frequency of a MIDI pitch at A = 440 Hz."""
    return float(440.0 * 2 ** ((pitch - 69) / 12))
