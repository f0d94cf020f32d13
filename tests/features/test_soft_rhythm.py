"""Soft beats: told where sharp attacks tell none, and never against a clear pulse."""

from __future__ import annotations

import numpy as np
import pytest

from features import extract
from features.rhythm import Tempo
from features.soft_rhythm import SoftPulses, with_soft_pulses
from features.spectrum import FRAME_RATE
from tests import signals
from tests.signals import write

UNTOLD = Tempo(None, None, None, 0.05, None)
SECONDS = 50.0
N_FRAMES = round(SECONDS * FRAME_RATE)


def beating(bpm: float) -> SoftPulses:
    """Pulses that swell once a beat."""
    beat = np.arange(N_FRAMES) / FRAME_RATE * bpm / 60
    pulse = np.maximum(np.cos(2 * np.pi * beat), 0).astype(np.float32) ** 4
    return SoftPulses(pulse, pulse)


def chance(seed: int) -> SoftPulses:
    rng = np.random.default_rng(seed)
    return SoftPulses(*rng.random((2, N_FRAMES)).astype(np.float32))


@pytest.mark.parametrize("bpm", [57, 72, 95])
def test_a_soft_beat_is_told_where_sharp_attacks_tell_none(bpm):
    told = with_soft_pulses(UNTOLD, beating(bpm), duration_s=SECONDS)
    assert told.bpm == pytest.approx(bpm, rel=0.02)
    assert told.odds is not None
    assert told.clarity == UNTOLD.clarity


@pytest.mark.parametrize("seed", range(5))
def test_chance_tells_no_soft_beat(seed):
    assert with_soft_pulses(UNTOLD, chance(seed), duration_s=SECONDS) == UNTOLD


def test_a_clear_pulse_stays_whatever_the_soft_ones_say():
    clear = Tempo(120.0, 60.0, 0.9, 0.2, 0.01)
    assert with_soft_pulses(clear, beating(80), duration_s=SECONDS) == clear


def test_a_weak_pulse_gives_way_to_another_beat_but_not_to_its_own_half_or_double():
    weak = Tempo(96.0, None, 1.0, 0.1, None)
    assert with_soft_pulses(weak, beating(64), duration_s=SECONDS).bpm == pytest.approx(64, rel=0.02)
    for bpm in (48, 96, 192):
        same = weak._replace(bpm=float(bpm))
        assert with_soft_pulses(same, beating(96), duration_s=SECONDS) == same


def test_what_is_short_has_no_tempo():
    assert with_soft_pulses(UNTOLD, beating(90), duration_s=7.9) == UNTOLD


def voices(bpm: float, *, seconds: int = 40, seed: int = 1) -> np.ndarray:
    """Voices with vibrato: held chords, and a tune that comes in softly, a note a beat."""
    rng = np.random.default_rng(seed)
    y = 2e-4 * rng.standard_normal(seconds * signals.SR)
    beat = 60 / bpm

    def sing(hz: float, start: float, length: float, loudness: float, attack: float) -> None:
        first = round(start * signals.SR)
        t = np.arange(min(round(length * signals.SR), len(y) - first)) / signals.SR
        wavering = 1 + 0.008 * np.sin(2 * np.pi * rng.uniform(4.5, 6) * t + rng.uniform(0, 6))
        phase = 2 * np.pi * np.cumsum(hz * wavering) / signals.SR
        swell = np.clip(t / attack, 0, 1) * np.clip((length - t) / attack, 0, 1)
        y[first : first + len(t)] += loudness * swell * sum(np.sin(k * phase) / k**1.5 for k in range(1, 6))

    chords = ((220, 277.2, 329.6), (185, 220, 277.2), (146.8, 185, 220), (164.8, 207.7, 246.9))
    for n in range(int(seconds / beat)):
        if n % 8 == 0:
            for hz in chords[n // 8 % 4]:
                sing(hz, n * beat, 8 * beat, 0.1, 0.5)
        if rng.random() < 0.85:
            sing(float(rng.choice((440, 493.9, 554.4, 659.3, 740))), n * beat, 0.95 * beat, 0.03, 0.15)
    return y.astype(np.float32)


@pytest.mark.parametrize("bpm", [64, 90])
def test_voices_that_come_in_softly_have_a_tempo(tmp_path, bpm):
    heard = extract(write(tmp_path / "voices.wav", voices(bpm)))
    assert heard.tempo_bpm == pytest.approx(bpm, rel=0.02)
    assert "no_pulse" not in heard.flags
