"""Melodies: a motif, its repetition and variation along a phrase's arc, fitted to the harmony."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from music_library.demo.harmony import Chord

# One bar in beats; a negative length is a rest. The pace is how much a melody has to say.
RHYTHMS: dict[tuple[int, str], tuple[tuple[float, ...], ...]] = {
    (4, "slow"): ((2, 2), (3, 1), (1, 1, 2), (2, 1, 1), (1.5, 0.5, 2), (-1, 1, 2)),
    (4, "medium"): ((1, 1, 2), (1.5, 0.5, 1, 1), (1, 0.5, 0.5, 2), (0.5, 0.5, 1, 2), (1, 1, 1, 1), (-0.5, 0.5, 1, 2)),
    (4, "lively"): (
        (0.5, 0.5, 1, 0.5, 0.5, 1),
        (1, 0.5, 0.5, 1, 1),
        (0.75, 0.75, 0.5, 1, 1),
        (0.5, 0.5, 0.5, 0.5, 1, 1),
        (1.5, 0.5, 0.5, 0.5, 1),
        (-0.5, 0.5, 0.5, 0.5, 1, 1),
    ),
    (4, "fast"): (
        (0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1),
        (0.5, 0.25, 0.25, 0.5, 0.5, 0.5, 0.5, 1),
        (0.75, 0.75, 0.5, 0.75, 0.75, 0.5),
        (0.5, 0.5, 0.25, 0.25, 0.5, 1, 1),
        (0.5,) * 8,
    ),
    (3, "slow"): ((3,), (2, 1), (1, 2), (1, 1, 1), (1.5, 0.5, 1)),
    (3, "medium"): ((2, 1), (1, 1, 1), (1, 0.5, 0.5, 1), (1.5, 0.5, 1), (0.5, 0.5, 1, 1)),
    (3, "lively"): ((1, 1, 1), (0.5, 0.5, 1, 1), (1, 0.5, 0.5, 0.5, 0.5), (0.5, 0.5, 0.5, 0.5, 1), (1.5, 0.5, 1)),
    (3, "fast"): ((0.5,) * 6, (0.5, 0.5, 0.5, 0.5, 1), (1, 0.5, 0.5, 0.5, 0.5), (0.5, 0.5, 1, 0.5, 0.5)),
}
_LEAP_COST = np.array([0.8, 0.0, 0.0, 0.5, 0.6, 0.9, 4.0, 1.2, 2.2, 2.2, 4.0, 5.0, 2.4])


@dataclass(frozen=True)
class Tone:
    """One note of a line: start and length in beats from the section's start, pitch, and weight in [0, 1.2]."""

    beat: float
    length: float
    pitch: int
    weight: float = 0.8


@dataclass(frozen=True)
class _Slot:
    beat: float
    length: float
    step: float  # the motif's wish, in scale steps from the note before; NaN is free
    cadence: str  # "", "half" or "full"


def compose_melody(
    bars: Sequence[tuple[Chord, ...]],
    *,
    beats_per_bar: int,
    tonic: int,
    pace: str,
    low: int,
    high: int,
    lift: float,
    rng: np.random.Generator,
) -> list[Tone]:
    """Compose a line over the bars: motif, answer, repetition, cadence, with one climax.

    Parameters
    ----------
    bars : sequence of tuple of Chord
        The harmony, one tuple a bar.
    beats_per_bar, tonic, pace
        Metre, tonic pitch class and key of `RHYTHMS`.
    low, high : int
        Range in MIDI pitches.
    lift : float
        How far, in semitones, the arc of the section stands above the middle of the range.
    rng : numpy.random.Generator
        Where the choices come from.
    """
    slots = _plan(len(bars), beats_per_bar=beats_per_bar, pace=pace, rng=rng)
    total = len(bars) * beats_per_bar
    pitches = np.arange(low, high + 1)
    cost = np.zeros((len(slots), pitches.size))
    for row, slot in enumerate(slots):
        chord = chord_at(bars, slot.beat, beats_per_bar=beats_per_bar)
        place = slot.beat / total
        arc = (low + high) / 2 - 3 + lift + 6.0 * np.sin(np.pi * min(1.0, place * 1.05) ** 1.25)
        cost[row] = _fit(pitches, chord, slot, tonic=tonic, beats_per_bar=beats_per_bar)
        cost[row] += 0.035 * (pitches - arc) ** 2 + rng.uniform(0, 0.5, pitches.size)
    chosen = _cheapest(cost, pitches, [slot.step for slot in slots])
    return [
        Tone(slot.beat, slot.length, int(pitch), _weight(slot, total=total, beats_per_bar=beats_per_bar))
        for slot, pitch in zip(slots, chosen, strict=True)
    ]


def chord_at(bars: Sequence[tuple[Chord, ...]], beat: float, *, beats_per_bar: int) -> Chord:
    """The chord that sounds at a beat."""
    index = min(int(beat // beats_per_bar), len(bars) - 1)
    chords = bars[index]
    within = (beat - index * beats_per_bar) / beats_per_bar
    return chords[min(int(within * len(chords)), len(chords) - 1)]


def _plan(n_bars: int, *, beats_per_bar: int, pace: str, rng: np.random.Generator) -> list[_Slot]:
    bank = RHYTHMS[beats_per_bar, pace]
    first, second, third = (bank[i] for i in rng.permutation(len(bank))[:3])
    contours = {rhythm: _contour(len(rhythm), rng) for rhythm in (first, second, third)}
    slots: list[_Slot] = []
    for bar in range(n_bars):
        phrase_end = bar % 4 == 3
        if phrase_end:
            last = bar == n_bars - 1
            rhythm: tuple[float, ...] = (
                (beats_per_bar - 1, -1) if last or pace in ("slow", "medium") else (1, 1, beats_per_bar - 2)
            )
            steps: tuple[float, ...] = (float("nan"),) * len(rhythm)
        else:
            # a b a' | a b c: two statements of the motif, then something new before the close
            rhythm = third if bar % 8 == 6 else (first, second, first)[bar % 4]
            steps = contours[rhythm]
        beat = float(bar * beats_per_bar)
        for i, length in enumerate(rhythm):
            if length > 0:
                is_last = phrase_end and i == max(j for j, x in enumerate(rhythm) if x > 0)
                cadence = "" if not is_last else ("full" if bar % 8 == 7 or bar == n_bars - 1 else "half")
                slots.append(_Slot(beat, float(length), steps[i], cadence))
            beat += abs(length)
    return slots


def _contour(n: int, rng: np.random.Generator) -> tuple[float, ...]:
    # A motif mostly walks, turns once, and may leap once; the first note is free to go where the harmony is.
    direction = rng.choice([-1, 1])
    turn = rng.integers(1, max(2, n))
    steps = [float("nan")]
    for i in range(1, n):
        size = rng.choice([1, 1, 1, 2, 0], p=[0.3, 0.25, 0.2, 0.18, 0.07])
        steps.append(float(direction * size if i <= turn else -direction * size))
    if n > 2 and rng.random() < 0.5:
        leap = int(rng.integers(1, n))
        steps[leap] = float(np.sign(steps[leap]) or direction) * 3
    return tuple(steps)


def _fit(
    pitches: NDArray[np.int_], chord: Chord, slot: _Slot, *, tonic: int, beats_per_bar: int
) -> NDArray[np.float64]:
    classes = pitches % 12
    in_chord = np.isin(classes, chord.tones)
    in_scale = np.isin(classes, list(chord.scale))
    above = np.isin((classes - 1) % 12, chord.tones)  # a semitone above a chord tone grates when held
    within = slot.beat % beats_per_bar
    strong = within == 0 or (beats_per_bar == 4 and within == 2) or slot.length >= 1.5
    cost = np.where(in_chord, 0.0, np.where(strong, 3.0, 0.35))
    cost = cost + np.where(above & ~in_chord & (slot.length >= 1), 2.5, 0.0)
    cost = cost + np.where(in_scale | in_chord, 0.0, 1e6)
    if slot.cadence == "full":
        cost = cost + np.where(classes == tonic, 0.0, 4.0) + np.where(in_chord, 0.0, 4.0)
    elif slot.cadence == "half":
        cost = cost + np.where(classes == tonic, 1.5, 0.0) + np.where(in_chord, 0.0, 4.0)
    return cost


def _cheapest(cost: NDArray[np.float64], pitches: NDArray[np.int_], steps: Sequence[float]) -> list[int]:
    """The line with the least total cost, by Viterbi: local fit, small steps, the motif's own shape."""
    interval = pitches[None, :] - pitches[:, None]  # from row to column
    size = np.abs(interval)
    base = np.where(size < _LEAP_COST.size, _LEAP_COST[np.minimum(size, _LEAP_COST.size - 1)], 8.0)
    best = cost[0].copy()
    back: list[NDArray[np.intp]] = []
    for row in range(1, len(cost)):
        move = base
        if not np.isnan(steps[row]):
            move = base * 0.6 + np.minimum(0.55 * np.abs(interval - 1.75 * steps[row]), 3.0)
        total = best[:, None] + move
        back.append(total.argmin(axis=0))
        best = total.min(axis=0) + cost[row]
    path = [int(best.argmin())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return [int(pitches[i]) for i in reversed(path)]


def _weight(slot: _Slot, *, total: float, beats_per_bar: int) -> float:
    within = slot.beat % beats_per_bar
    phrase = (slot.beat % (4 * beats_per_bar)) / (4 * beats_per_bar)
    accent = 0.06 if within == 0 else (0.02 if within == 2 else -0.04)
    swell = 0.16 * np.sin(np.pi * min(1.0, phrase * 1.15))
    climax = 0.08 * np.sin(np.pi * slot.beat / total)
    return float(0.68 + accent + swell + climax - (0.08 if slot.cadence else 0.0))


def ornament(
    line: Sequence[Tone],
    bars: Sequence[tuple[Chord, ...]],
    *,
    beats_per_bar: int,
    amount: float,
    rng: np.random.Generator,
) -> list[Tone]:
    """Vary a line: some longer notes step through a neighbour on their way to the next note."""
    varied: list[Tone] = []
    for tone, following in zip(line, [*line[1:], None], strict=True):
        if (
            following is None
            or tone.length < 1
            or rng.random() > amount
            or following.beat - tone.beat > tone.length + 0.1
        ):
            varied.append(tone)
            continue
        chord = chord_at(bars, tone.beat + tone.length / 2, beats_per_bar=beats_per_bar)
        direction = 1 if following.pitch >= tone.pitch else -1
        middle = next(
            tone.pitch + direction * d for d in (1, 2, 3, 4) if (tone.pitch + direction * d) % 12 in chord.scale
        )
        if middle == following.pitch:
            middle = next(
                tone.pitch - direction * d for d in (1, 2, 3, 4) if (tone.pitch - direction * d) % 12 in chord.scale
            )
        half = tone.length / 2
        varied.append(replace(tone, length=half))
        varied.append(Tone(tone.beat + half, half, middle, tone.weight - 0.12))
    return varied
