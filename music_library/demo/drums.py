"""Drum sounds: skins as sweeping sines, metal and wires as shaped noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from music_library.demo.synthesis import SR, Wave, decay, noise, ring, rise

Drum = Callable[[float, np.random.Generator], Wave]


def _skin(start_hz: float, end_hz: float, *, bend: float, ring_s: float, click: float) -> Drum:
    def play(force: float, rng: np.random.Generator) -> Wave:
        n = int(min(ring_s * 5, 1.2) * SR)
        t = np.arange(n) / SR
        phase = end_hz * t + (start_hz - end_hz) / bend * (1 - np.exp(-bend * t))
        y = np.sin(2 * np.pi * phase).astype(np.float32) * decay(n, rate=1 / ring_s)
        m = int(0.02 * SR)
        y[:m] += click * force * noise(m, low_hz=400, high_hz=3000, rng=rng) * decay(m, rate=220)
        return y * rise(n, seconds=0.0015)

    return play


def _wires(*, low_hz: float, high_hz: float, seconds: float, attack_s: float = 0.001, level: float = 0.3) -> Drum:
    def play(force: float, rng: np.random.Generator) -> Wave:
        n = int(seconds * 6 * SR)
        y = noise(n, low_hz=low_hz, high_hz=high_hz * (0.6 + 0.4 * force), rng=rng) * decay(n, rate=1 / seconds)
        return y * rise(n, seconds=attack_s) * np.float32(level)

    return play


def _snare(force: float, rng: np.random.Generator) -> Wave:
    n = int(0.35 * SR)
    head = ring(np.array([186.0, 278.0, 331.0]), np.array([0.5, 0.28, 0.2]), np.array([22.0, 28.0, 33.0]), n=n)
    rattle = noise(n, low_hz=1100, high_hz=4500 + 3500 * force, rng=rng) * decay(n, rate=17) * np.float32(0.22)
    return (head + rattle) * rise(n, seconds=0.001)


def _cymbal(force: float, rng: np.random.Generator) -> Wave:
    n = int(2.4 * SR)
    hiss = noise(n, low_hz=3500, high_hz=7000 + 3000 * force, rng=rng) * decay(n, rate=2.6)
    body = noise(n, low_hz=900, high_hz=4000, rng=rng) * decay(n, rate=4.5)
    return (0.16 * hiss + 0.06 * body).astype(np.float32) * rise(n, seconds=0.004)


def _ride(force: float, rng: np.random.Generator) -> Wave:
    n = int(0.9 * SR)
    ping = ring(np.array([3140.0, 4270.0, 5630.0]), np.array([0.05, 0.035, 0.03]), np.array([7.0, 8.0, 10.0]), n=n)
    return ping + noise(n, low_hz=3000, high_hz=6000 + 3000 * force, rng=rng) * decay(n, rate=9) * np.float32(0.05)


def _clap(force: float, rng: np.random.Generator) -> Wave:
    n = int(0.28 * SR)
    y = noise(n, low_hz=800, high_hz=2400 + 1200 * force, rng=rng) * decay(n, rate=26)
    hands = np.zeros(n, np.float32)
    for start in (0, 0.011, 0.023):
        i = int(start * SR)
        hands[i:] = np.maximum(hands[i:], decay(n - i, rate=70))
    return y * (0.3 * hands + 0.25 * decay(n, rate=20)) * rise(n, seconds=0.001)


DRUMS: dict[str, tuple[Drum, float]] = {  # and the place from left (-1) to right (1)
    "kick": (_skin(120, 48, bend=28, ring_s=0.13, click=0.10), 0.0),
    "soft kick": (_skin(85, 50, bend=22, ring_s=0.12, click=0.02), 0.0),
    "great drum": (_skin(95, 52, bend=12, ring_s=0.32, click=0.08), 0.0),
    "tom": (_skin(170, 108, bend=14, ring_s=0.17, click=0.06), -0.3),
    "frame drum": (_skin(128, 92, bend=18, ring_s=0.15, click=0.05), 0.15),
    "snare": (_snare, 0.05),
    "brush": (_wires(low_hz=1200, high_hz=5500, seconds=0.075, attack_s=0.03, level=0.16), 0.15),
    "brush tap": (_wires(low_hz=900, high_hz=5000, seconds=0.035, attack_s=0.002, level=0.2), -0.1),
    "hat": (_wires(low_hz=6000, high_hz=12000, seconds=0.022, level=0.2), 0.3),
    "open hat": (_wires(low_hz=5500, high_hz=12000, seconds=0.11, level=0.18), 0.3),
    "shaker": (_wires(low_hz=4200, high_hz=9000, seconds=0.03, attack_s=0.018, level=0.15), -0.35),
    "tambourine": (_wires(low_hz=5500, high_hz=10500, seconds=0.05, attack_s=0.003, level=0.17), 0.4),
    "rim": (_wires(low_hz=1500, high_hz=3500, seconds=0.012, level=0.32), -0.2),
    "clap": (_clap, 0.1),
    "cymbal": (_cymbal, -0.25),
    "ride": (_ride, 0.35),
}
