"""From a score to a stereo recording: players placed, a room around them, one loudness for all pieces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import fft
from scipy.ndimage import maximum_filter1d, uniform_filter1d
from scipy.signal import sosfilt

from music_library.demo.arrangement import Hit, Layer, PlayedNote, Score
from music_library.demo.drums import DRUMS
from music_library.demo.instruments import INSTRUMENTS
from music_library.demo.synthesis import SR, Numbers, Wave, fall

TARGET_LUFS = -18.0
CEILING_DB = -2.0  # of samples: leaves a decibel for what lies between them and for the codec
_FORCES = 5  # layers of touch kept for each pitch
TAIL_S = 3.0


def mix(score: Score, layers: Sequence[Layer], *, seed: int, hall_s: float) -> Wave:
    """Play a score and return it as stereo, shape (2, n), at `SR`."""
    n = int((score.end_s + TAIL_S) * SR)
    dry, send = np.zeros((2, n), np.float32), np.zeros((2, n), np.float32)
    for number, layer in enumerate(layers):
        rng = np.random.default_rng([seed, number])
        if layer.kind == "drums":
            stem = _drum_stem(score.hits.get(number, []), n=n, rng=rng)
        else:
            stem = _stem(score.notes.get(number, []), layer, n=n, rng=rng)
        level = _active_loudness(stem)
        if level is None:
            continue
        stem *= np.float32(10 ** ((layer.level_db - 20 - level) / 20))
        dry += stem
        send += np.float32(layer.room) * stem
    wet = _reverberate(send, seconds=hall_s, rng=np.random.default_rng([seed, 999]))
    return _master(dry + wet)


def _stem(notes: Sequence[PlayedNote], layer: Layer, *, n: int, rng: np.random.Generator) -> Wave:
    out = np.zeros((2, n), np.float32)
    instrument = INSTRUMENTS[layer.instrument]
    wanted: dict[tuple[int, int], float] = {}
    for note in notes:
        which = (note.pitch, _touch(note.force))
        wanted[which] = max(wanted.get(which, 0.0), note.length_s)
    played = {
        (pitch, touch): instrument.play(
            pitch, (touch + 0.5) / _FORCES, int((length + instrument.release_s + 0.01) * SR), rng
        )
        for (pitch, touch), length in wanted.items()
    }
    for note in notes:
        wave = played[note.pitch, _touch(note.force)]
        start = int(note.start_s * SR)
        length = min(int((note.length_s + instrument.release_s) * SR), wave.shape[-1], n - start)
        if length < 64:
            continue
        shaped = wave[..., :length] * (fall(length, seconds=instrument.release_s) * np.float32(0.25 + note.force))
        place = np.clip(layer.pan + layer.width * (note.pitch - layer.centre) / 24, -0.9, 0.9)
        left, right = np.cos((place + 1) * np.pi / 4), np.sin((place + 1) * np.pi / 4)
        sides = shaped if shaped.ndim == 2 else (shaped, shaped)
        out[0, start : start + length] += np.float32(left) * sides[0]
        out[1, start : start + length] += np.float32(right) * sides[1]
    return out


def _touch(force: float) -> int:
    return min(_FORCES - 1, int(force * _FORCES))


def _drum_stem(hits: Sequence[Hit], *, n: int, rng: np.random.Generator) -> Wave:
    out = np.zeros((2, n), np.float32)
    # Three takes of each stroke: the same noise twice in a row sounds like a machine.
    takes: dict[tuple[str, int, int], Wave] = {}
    for number, hit in enumerate(hits):
        which = (hit.drum, _touch(hit.force), number % 3)
        player, pan = DRUMS[hit.drum]
        if which not in takes:
            takes[which] = player((which[1] + 0.5) / _FORCES, rng)
        wave = takes[which]
        start = int(hit.start_s * SR)
        length = min(wave.size, n - start)
        if length > 0:
            shaped = wave[:length] * np.float32(hit.force)
            out[0, start : start + length] += np.float32(np.cos((pan + 1) * np.pi / 4)) * shaped
            out[1, start : start + length] += np.float32(np.sin((pan + 1) * np.pi / 4)) * shaped
    return out


def _k_weighting() -> Numbers:
    """ITU-R BS.1770's two filters, designed for this rate."""
    w0 = 2 * np.pi * 1681.974 / SR
    a, q = 10 ** (3.99984 / 40), 0.70717
    alpha, cosine = np.sin(w0) / (2 * q), np.cos(w0)
    shelf = np.array(
        [
            a * ((a + 1) + (a - 1) * cosine + 2 * np.sqrt(a) * alpha),
            -2 * a * ((a - 1) + (a + 1) * cosine),
            a * ((a + 1) + (a - 1) * cosine - 2 * np.sqrt(a) * alpha),
            (a + 1) - (a - 1) * cosine + 2 * np.sqrt(a) * alpha,
            2 * ((a - 1) - (a + 1) * cosine),
            (a + 1) - (a - 1) * cosine - 2 * np.sqrt(a) * alpha,
        ]
    )
    return np.stack([shelf / shelf[3], _high_pass(38.135, q=0.5003)])


def _high_pass(hertz: float, *, q: float) -> Numbers:
    w0 = 2 * np.pi * hertz / SR
    alpha, cosine = np.sin(w0) / (2 * q), np.cos(w0)
    section = np.array([(1 + cosine) / 2, -(1 + cosine), (1 + cosine) / 2, 1 + alpha, -2 * cosine, 1 - alpha])
    out: Numbers = section / section[3]
    return out


def _blocks(y: Wave) -> Numbers:
    """Mean K-weighted power of the two sides in 100 ms steps of 400 ms blocks."""
    power = (sosfilt(_k_weighting(), y) ** 2).sum(axis=0)
    step = SR // 10
    steps = power[: power.size // step * step].reshape(-1, step).mean(axis=1)
    return np.convolve(steps, np.ones(4) / 4, mode="valid")


def loudness(y: Wave) -> float:
    """Integrated loudness in LUFS (ITU-R BS.1770, both gates)."""
    power = _blocks(y)
    power = power[power > 10 ** ((-70 + 0.691) / 10)]
    if not power.size:
        return float("-inf")
    gated = power[power > power.mean() * 0.1]
    return float(-0.691 + 10 * np.log10(gated.mean()))


def _active_loudness(stem: Wave) -> float | None:
    """Loudness of a player while it plays, from up to 16 s of it."""
    sounding = np.flatnonzero(np.abs(stem[0, :: SR // 20]) > 1e-5)
    if not sounding.size:
        return None
    middle = int(sounding[sounding.size // 2]) * (SR // 20)
    level = loudness(stem[:, max(0, middle - 8 * SR) : middle + 8 * SR])
    return level if np.isfinite(level) else None


def _reverberate(y: Wave, *, seconds: float, rng: np.random.Generator) -> Wave:
    """Put a room around the sound: noise that decays, sooner in the treble, after a few early reflections."""
    m = int(min(seconds * 1.1, 3.2) * SR)
    t = np.arange(m) / SR
    size = fft.next_fast_len(y.shape[1] + m, real=True)
    f = np.fft.rfftfreq(m, 1 / SR)
    out = np.empty_like(y)
    for side in range(2):
        hiss = np.fft.rfft(rng.standard_normal(m))
        response = np.zeros(m)
        for low, high, factor in ((120, 600, 1.0), (600, 2500, 0.85), (2500, 6500, 0.5)):
            band = np.fft.irfft(hiss * ((f >= low) & (f < high)), m)
            response += band * np.exp(-6.9 * t / (seconds * factor))
        response *= np.clip(t / 0.012, 0, 1)
        for delay_ms in rng.uniform(9, 48, 7):
            response[int(delay_ms * SR / 1000)] += rng.choice([-1, 1]) * 6.0 * np.exp(-delay_ms / 30)
        response = np.roll(response, int(0.014 * SR))
        response[: int(0.014 * SR)] = 0
        response /= np.sqrt(np.sum(response**2))
        spectrum = fft.rfft(y[side], size) * fft.rfft(response.astype(np.float32), size)
        out[side] = fft.irfft(spectrum, size)[: y.shape[1]]
    return out


def _master(y: Wave) -> Wave:
    y = sosfilt(_high_pass(28.0, q=0.7).reshape(1, 6), y).astype(np.float32)
    y *= fall(y.shape[1], seconds=2.2)
    y[:, : int(0.004 * SR)] *= np.linspace(0, 1, int(0.004 * SR), dtype=np.float32)
    y *= np.float32(10 ** ((TARGET_LUFS - loudness(y)) / 20))
    limited = _limit(y)
    if limited is y:
        return y
    return _limit(limited * np.float32(10 ** ((TARGET_LUFS - loudness(limited)) / 20)))  # limiting took some away


def _limit(y: Wave) -> Wave:
    """Turn peaks down smoothly, before they come, instead of cutting them."""
    ceiling = 10 ** (CEILING_DB / 20)
    peak = np.abs(y).max(axis=0)
    if peak.max() <= ceiling:
        return y
    look = int(0.005 * SR) | 1
    need = maximum_filter1d(np.maximum(peak / ceiling, 1.0), 4 * look)
    gain = uniform_filter1d(1.0 / need, 2 * look)
    limited: Wave = (y * np.minimum(gain, 1.0)).astype(np.float32)
    return np.clip(limited, -ceiling, ceiling)
