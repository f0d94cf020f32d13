"""The instruments: a pitch, a force and a length become a sound.

Each returns shape (n,) or, for ensembles, (2, n), from attack on; the mixer shapes the release.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from music_library.demo.synthesis import (
    SR,
    Numbers,
    Wave,
    decay,
    glide_phase,
    hertz,
    noise,
    read_table,
    ring,
    rise,
    wave_table,
)

Player = Callable[[int, float, int, np.random.Generator], Wave]


def _strings_of(pitch: int, *, stiffness: float, partials: int) -> tuple[Numbers, Numbers]:
    k = np.arange(1, partials + 1, dtype=float)
    return k, hertz(pitch) * k * np.sqrt(1 + stiffness * k**2)


def _piano(pitch: int, force: float, n: int, rng: np.random.Generator, *, softness: float = 1.0) -> Wave:
    stiffness = 3e-4 * 2 ** ((pitch - 60) / 14)
    k, f = _strings_of(pitch, stiffness=stiffness, partials=30)
    # Soft hammers leave out what is high; harder blows bring it back.
    corner = (700 + 2600 * force**1.6) * (0.75 if softness > 1 else 1.0)
    amplitude = np.abs(np.sin(np.pi * k * 0.118)) / k**0.7 / (1 + (f / corner) ** 2)
    slow = 0.22 * 2 ** ((pitch - 50) / 17) + 0.00022 * f
    fast = 3.2 * slow + 0.6
    detune = 2 ** (rng.uniform(0.25, 0.7) / 1200)
    y = ring(
        np.concatenate([f, f * detune, f / detune]),
        np.concatenate([0.55 * amplitude, 0.25 * amplitude, 0.2 * amplitude]),
        np.concatenate([fast, slow, slow * 1.1]),
        n=n,
    )
    y *= rise(n, seconds=0.0035 + 0.004 * softness * (1 - force))
    thump = min(n, int(0.09 * SR))
    y[:thump] += (
        (0.02 + 0.02 * force)
        * noise(thump, low_hz=60, high_hz=500, rng=rng)
        * decay(thump, rate=60)
        * rise(thump, seconds=0.003)
    )
    return y


def _felt_piano(pitch: int, force: float, n: int, rng: np.random.Generator) -> Wave:
    return _piano(pitch, force, n, rng, softness=2.2)


def _pluck(
    pitch: int, force: float, n: int, rng: np.random.Generator, *, at: float, bright: float, ring_s: float
) -> Wave:
    k, f = _strings_of(pitch, stiffness=4e-5, partials=40)
    corner = bright * (0.5 + force)
    amplitude = np.abs(np.sin(np.pi * k * at)) / k / (1 + (f / corner) ** 2) ** 0.75
    rate = 1 / (ring_s * 2 ** ((52 - pitch) / 20)) + 1.1e-7 * f**2 + 0.0011 * f
    y = ring(
        np.concatenate([f, f * 1.0006]),
        np.concatenate([0.75 * amplitude, 0.35 * amplitude]),
        np.concatenate([rate * 1.25, rate * 0.8]),
        n=n,
    )
    y *= rise(n, seconds=0.002)
    m = min(n, int(0.03 * SR))
    y[:m] += 0.05 * force * noise(m, low_hz=900, high_hz=3500, rng=rng) * decay(m, rate=180) * rise(m, seconds=0.001)
    return y


def _guitar(pitch: int, force: float, n: int, rng: np.random.Generator) -> Wave:
    y = _pluck(pitch, force, n, rng, at=0.17, bright=2200, ring_s=1.3)
    body = ring(
        np.array([104.0, 208.0, 392.0]), np.array([0.05, 0.04, 0.02]) * force, np.array([22.0, 26.0, 35.0]), n=n
    )
    return y + body


def _ukulele(pitch: int, force: float, n: int, rng: np.random.Generator) -> Wave:
    return _pluck(pitch, force, n, rng, at=0.24, bright=2600, ring_s=0.42)


def _harp(pitch: int, force: float, n: int, rng: np.random.Generator) -> Wave:
    return _pluck(pitch, force, n, rng, at=0.4, bright=1700, ring_s=1.9)


def _bass(pitch: int, force: float, n: int, rng: np.random.Generator) -> Wave:
    k, f = _strings_of(pitch, stiffness=8e-5, partials=16)
    amplitude = np.abs(np.sin(np.pi * k * 0.21)) / k**0.9 / (1 + (f / (380 + 500 * force)) ** 2)
    y = ring(f, amplitude, 1.1 + 0.006 * f, n=n) * rise(n, seconds=0.007)
    m = min(n, int(0.05 * SR))
    y[:m] += 0.05 * force * noise(m, low_hz=200, high_hz=900, rng=rng) * decay(m, rate=90) * rise(m, seconds=0.002)
    return y * 1.6


def _bars(
    ratios: tuple[float, ...], amplitudes: tuple[float, ...], times_s: tuple[float, ...], *, attack_s: float
) -> Player:
    """Tuned bars, tines and bells: a few inharmonic modes."""

    def play(pitch: int, force: float, n: int, rng: np.random.Generator) -> Wave:
        f = hertz(pitch) * np.array(ratios)
        hardness = np.array(amplitudes) * np.array([1.0, *([0.45 + 0.75 * force] * (len(ratios) - 1))])
        shorter = 2 ** ((pitch - 72) / 24)
        y = ring(f, hardness, shorter / np.array(times_s), n=n) * rise(n, seconds=attack_s)
        m = min(n, int(0.02 * SR))
        y[:m] += (
            0.03 * force * noise(m, low_hz=1500, high_hz=6000, rng=rng) * decay(m, rate=300) * rise(m, seconds=0.001)
        )
        return y

    return play


def _electric_piano(pitch: int, force: float, n: int, rng: np.random.Generator) -> Wave:
    f = hertz(pitch)
    t = np.arange(n) / SR
    index = (0.35 + 1.5 * force**1.5) * rng.uniform(0.92, 1.08) * np.exp(-3.0 * t) + 0.12
    body = np.sin(2 * np.pi * f * t + index * np.sin(2 * np.pi * f * t))
    tine = 0.10 * force * np.exp(-14 * t) * np.sin(2 * np.pi * min(f * 7.02, 0.45 * SR) * t)
    envelope = 0.7 * np.exp(-(0.5 + f / 900) * t) + 0.3 * np.exp(-4 * t)
    sound: Wave = ((body + tine) * envelope).astype(np.float32) * rise(n, seconds=0.004) * np.float32(0.75)
    return sound


def _formants(f: Numbers, peaks: tuple[tuple[float, float, float], ...]) -> Numbers:
    shape: Numbers = np.sum([gain / (1 + ((f - centre) / width) ** 2) for centre, width, gain in peaks], axis=0)
    return shape


def _ensemble(
    tilt: float,
    peaks: tuple[tuple[float, float, float], ...],
    *,
    voices: int,
    spread_cents: float,
    vibrato_cents: float,
    attack_s: float,
    bright_hz: float,
    breath: float = 0.0,
) -> Player:
    """Several players or singers a side, each a little out of tune with its own vibrato."""

    def play(pitch: int, force: float, n: int, rng: np.random.Generator) -> Wave:
        f0 = hertz(pitch)
        k = np.arange(1, 60, dtype=float)
        f = f0 * k
        harmonics = k**-tilt * (0.25 + _formants(f, peaks)) / (1 + (f / (bright_hz * (0.45 + force))) ** 2)
        harmonics = harmonics / np.sqrt(np.sum(harmonics**2))
        attack = rise(n, seconds=attack_s * (1.3 - 0.6 * force))
        sides = []
        for side in range(2):
            y = np.zeros(n, np.float32)
            for voice in range(voices):
                cents = spread_cents * (voice - (voices - 1) / 2 + (0.25 if side else -0.25))
                phase = glide_phase(
                    f0 * 2 ** ((cents + rng.normal(0, 1)) / 1200),
                    n=n,
                    vibrato_hz=rng.uniform(4.6, 5.8),
                    cents=vibrato_cents,
                    delay_s=rng.uniform(0.1, 0.5),
                    start=rng.random(),
                )
                y += read_table(wave_table(harmonics, frequency=f0, rng=rng), phase)
            y /= np.float32(np.sqrt(voices))
            if breath:
                y += np.float32(breath) * noise(n, low_hz=f0 * 0.9, high_hz=min(f0 * 3, 6000), rng=rng)
            sides.append(y * attack)
        return np.stack(sides)

    return play


def _solo(
    tilt: float,
    peaks: tuple[tuple[float, float, float], ...],
    *,
    odd: float = 1.0,
    vibrato_cents: float,
    attack_s: float,
    bright_hz: float,
    breath: float = 0.0,
    swell: float = 0.4,
) -> Player:
    """One wind or bowed player: a dark and a bright wave, blended as the note opens; breath; late vibrato."""

    def play(pitch: int, force: float, n: int, rng: np.random.Generator) -> Wave:
        f0 = hertz(pitch)
        k = np.arange(1, 50, dtype=float)
        f = f0 * k
        base = k**-tilt * (0.2 + _formants(f, peaks)) * np.where(k % 2 == 0, odd, 1.0)
        dark = base / (1 + (f / (0.45 * bright_hz)) ** 2)
        bright = base / (1 + (f / (bright_hz * (0.6 + force))) ** 2)
        phase = glide_phase(f0, n=n, vibrato_hz=rng.uniform(4.7, 5.5), cents=vibrato_cents, delay_s=0.25, start=0.0)
        # A player scoops a little into the note.
        phase -= 0.006 * f0 * 0.05 * np.exp(-np.arange(n) / SR / 0.05)
        low = read_table(wave_table(dark / np.sqrt(np.sum(dark**2)), frequency=f0), phase)
        high = read_table(wave_table(bright / np.sqrt(np.sum(bright**2)), frequency=f0), phase)
        opening = (swell + (1 - swell) * force) * rise(n, seconds=attack_s * 2.5)
        y = low + opening * (high - low)
        t = np.arange(n, dtype=np.float32) / SR
        shimmer = 1 + 0.05 * np.clip((t - 0.3) / 0.5, 0, 1) * np.sin(2 * np.pi * 5.1 * t)
        if breath:
            y = y + np.float32(breath) * noise(n, low_hz=f0, high_hz=min(6 * f0, 9000), rng=rng) * (
                1 + 2 * decay(n, rate=18)
            )
        return (y * shimmer * rise(n, seconds=attack_s * (1.2 - 0.5 * force))).astype(np.float32)

    return play


def _organ(pitch: int, force: float, n: int, rng: np.random.Generator, *, bars: tuple[float, ...]) -> Wave:
    f0 = hertz(pitch) / 2
    harmonics = np.zeros(32)
    for place, level in zip((1, 2, 3, 4, 6, 8, 10, 12, 16), bars, strict=True):
        harmonics[place - 1] = level
    harmonics /= np.sqrt(np.sum(harmonics**2))
    table = wave_table(harmonics, frequency=f0, rng=rng)
    sides = [
        read_table(table, glide_phase(f0 * 2 ** (c / 1200), n=n, vibrato_hz=6.1, cents=2.5, delay_s=-1, start=s))
        for c, s in ((-1.5, 0.0), (1.5, 0.31))
    ]
    sound: Wave = np.stack(sides) * rise(n, seconds=0.018) * np.float32(0.7 + 0.3 * force)
    return sound


def _soft_organ(pitch: int, force: float, n: int, rng: np.random.Generator) -> Wave:
    return _organ(pitch, force, n, rng, bars=(0.3, 1.0, 0.12, 0.35, 0.06, 0.08, 0.0, 0.0, 0.0)) * rise(n, seconds=0.09)


def _full_organ(pitch: int, force: float, n: int, rng: np.random.Generator) -> Wave:
    return _organ(pitch, force, n, rng, bars=(0.6, 1.0, 0.5, 0.7, 0.45, 0.5, 0.25, 0.3, 0.3))


def _saw(
    pitch: int, force: float, n: int, rng: np.random.Generator, *, tilt: float, bright: float, voices: int
) -> Wave:
    f0 = hertz(pitch)
    k = np.arange(1, 120, dtype=float)
    harmonics = k**-tilt / (1 + (f0 * k / (bright * (0.4 + force))) ** 2)
    table = wave_table(harmonics / np.sqrt(np.sum(harmonics**2)), frequency=f0)
    y = np.zeros(n, np.float32)
    for voice in range(voices):
        cents = 9.0 * (voice - (voices - 1) / 2)
        y += read_table(table, glide_phase(f0 * 2 ** (cents / 1200), n=n, start=rng.random() if voices > 1 else 0.0))
    return y / np.float32(np.sqrt(voices)) * rise(n, seconds=0.006)


def _synth_bass(pitch: int, force: float, n: int, rng: np.random.Generator) -> Wave:
    y = _saw(pitch, force, n, rng, tilt=1.0, bright=700, voices=1)
    return y * (0.6 + 0.4 * decay(n, rate=5))


def _overdriven_guitar(pitch: int, force: float, n: int, rng: np.random.Generator) -> Wave:
    sides = []
    for _ in range(2):  # recorded twice, as guitarists do
        y = _saw(pitch, force, n, rng, tilt=0.9, bright=2600, voices=2)
        sides.append(np.tanh(3.2 * y * (0.55 + 0.45 * decay(n, rate=2.0))))
    return np.stack(sides).astype(np.float32) * np.float32(0.5)


_STRINGS = ((260.0, 120.0, 0.9), (520.0, 200.0, 0.8), (1150.0, 400.0, 0.7), (2600.0, 900.0, 0.5))
_VOICE_AH = ((640.0, 130.0, 1.4), (1080.0, 160.0, 0.8), (2600.0, 350.0, 0.25))
_VOICE_OO = ((330.0, 110.0, 1.6), (800.0, 160.0, 0.45), (2500.0, 300.0, 0.08))


@dataclass(frozen=True)
class Instrument:
    """How to play it, how long it rings after the release, and its level against the others."""

    play: Player
    release_s: float
    gain: float = 1.0
    rings: bool = False  # decays by itself: may be let ring


INSTRUMENTS: dict[str, Instrument] = {
    "piano": Instrument(_piano, 0.18, 0.42, rings=True),
    "felt piano": Instrument(_felt_piano, 0.3, 0.62, rings=True),
    "guitar": Instrument(_guitar, 0.25, 0.62, rings=True),
    "ukulele": Instrument(_ukulele, 0.1, 0.62, rings=True),
    "harp": Instrument(_harp, 0.6, 0.55, rings=True),
    "bass": Instrument(_bass, 0.08, 0.5, rings=True),
    "marimba": Instrument(
        _bars((1, 3.93, 9.6), (1, 0.22, 0.06), (0.42, 0.12, 0.05), attack_s=0.003), 0.3, 0.55, rings=True
    ),
    "music box": Instrument(
        _bars((1, 2.0, 3.01, 5.42, 8.9), (1, 0.22, 0.12, 0.1, 0.04), (1.1, 0.5, 0.4, 0.2, 0.1), attack_s=0.002),
        0.7,
        0.42,
        rings=True,
    ),
    "bells": Instrument(_bars((1, 2.76, 5.4), (1, 0.25, 0.12), (1.6, 0.5, 0.2), attack_s=0.002), 0.8, 0.32, rings=True),
    "electric piano": Instrument(_electric_piano, 0.2, 0.42, rings=True),
    "strings": Instrument(
        _ensemble(1.15, _STRINGS, voices=2, spread_cents=7, vibrato_cents=9, attack_s=0.22, bright_hz=3000), 0.45, 0.3
    ),
    "short strings": Instrument(
        _ensemble(1.0, _STRINGS, voices=2, spread_cents=7, vibrato_cents=0, attack_s=0.02, bright_hz=3400), 0.09, 0.4
    ),
    "choir": Instrument(
        _ensemble(
            0.7, _VOICE_AH, voices=2, spread_cents=9, vibrato_cents=14, attack_s=0.4, bright_hz=2600, breath=0.02
        ),
        0.7,
        0.3,
    ),
    "humming": Instrument(
        _ensemble(
            0.9, _VOICE_OO, voices=2, spread_cents=8, vibrato_cents=10, attack_s=0.5, bright_hz=1500, breath=0.02
        ),
        0.9,
        0.34,
    ),
    "warm pad": Instrument(
        _ensemble(1.5, ((300.0, 300.0, 1.0),), voices=2, spread_cents=9, vibrato_cents=0, attack_s=0.9, bright_hz=1300),
        1.4,
        0.34,
    ),
    "cello": Instrument(
        _solo(1.0, _STRINGS, vibrato_cents=14, attack_s=0.09, bright_hz=1700, breath=0.015), 0.22, 0.34
    ),
    "fiddle": Instrument(_solo(0.85, _STRINGS, vibrato_cents=9, attack_s=0.03, bright_hz=3600, breath=0.02), 0.08, 0.3),
    "flute": Instrument(
        _solo(1.9, ((600.0, 900.0, 1.0),), vibrato_cents=12, attack_s=0.07, bright_hz=2600, breath=0.05), 0.14, 0.4
    ),
    "whistle": Instrument(
        _solo(2.4, ((1200.0, 1500.0, 1.0),), vibrato_cents=8, attack_s=0.03, bright_hz=3600, breath=0.035), 0.07, 0.34
    ),
    "clarinet": Instrument(
        _solo(1.0, ((700.0, 900.0, 1.0),), odd=0.12, vibrato_cents=4, attack_s=0.06, bright_hz=2000, breath=0.015),
        0.12,
        0.34,
    ),
    "brass": Instrument(
        _solo(
            0.7, ((600.0, 500.0, 0.8), (1400.0, 700.0, 0.6)), vibrato_cents=5, attack_s=0.035, bright_hz=3000, swell=0.2
        ),
        0.1,
        0.34,
    ),
    "soft organ": Instrument(_soft_organ, 0.35, 0.3),
    "organ": Instrument(_full_organ, 0.07, 0.26),
    "synth bass": Instrument(_synth_bass, 0.05, 0.5),
    "overdriven guitar": Instrument(_overdriven_guitar, 0.05, 0.42),
}
