"""Chords, scales and voice leading: what sounds together, and how one chord moves to the next."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

NOTE_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
_ROMAN = {"i": 0, "ii": 1, "iii": 2, "iv": 3, "v": 4, "vi": 5, "vii": 6}
_SUFFIXES: dict[str, tuple[int, ...]] = {
    "6": (9,),
    "add9": (14,),
    "sus4": (),
    "sus2": (),
    "o": (),
    "o7": (9,),
    "+": (),
    "5": (),
    "maj7": (11,),
    "7": (10,),
    "9": (10, 14),
    "maj9": (11, 14),
}
_TOKEN = re.compile(r"^([b#]?)([ivIV]+)(o7|o|\+|maj9|maj7|add9|sus4|sus2|5|6|7|9)?(?:/([357]))?$")


@dataclass(frozen=True)
class Key:
    """A tonic (0 is C) and "major" or "minor"."""

    tonic: int
    mode: str

    @property
    def name(self) -> str:
        """Such as `Eb minor`."""
        return f"{NOTE_NAMES[self.tonic]} {self.mode}"

    @classmethod
    def of(cls, name: str) -> Key:
        """The key with this name."""
        tonic, mode = name.split()
        if mode not in SCALES:
            raise ValueError(f"{name!r} is not a key: expected a note name and major or minor")
        return cls(NOTE_NAMES.index(tonic), mode)


@dataclass(frozen=True)
class Chord:
    """A chord within a key: pitch classes from the root up, the bass, and the scale a melody may use over it."""

    root: int
    tones: tuple[int, ...]
    bass: int
    scale: frozenset[int]


def chord_of(token: str, key: Key) -> Chord:
    """Read a Roman numeral such as `iv`, `V7`, `bII`, `Imaj7/3` in a key.

    Degrees count along the key's own scale (VI in C minor is A flat); lower case is a minor triad.
    """
    match = _TOKEN.match(token)
    if match is None:
        raise ValueError(f"{token!r} is not a chord: expected a Roman numeral such as iv, V7 or bIImaj7/3")
    shift, roman, suffix, slash = match.group(1), match.group(2), match.group(3) or "", match.group(4)
    scale = SCALES[key.mode]
    root = (key.tonic + scale[_ROMAN[roman.lower()]] + {"b": -1, "#": 1, "": 0}[shift]) % 12
    third, fifth = (4 if roman.isupper() else 3), 7
    if suffix in ("o", "o7"):
        third, fifth = 3, 6
    if suffix == "+":
        fifth = 8
    intervals = [0, third, fifth, *_SUFFIXES.get(suffix, ())]
    if suffix in ("sus4", "sus2"):
        intervals[1] = 5 if suffix == "sus4" else 2
    if suffix == "5":
        intervals = [0, 7]
    tones = tuple((root + interval) % 12 for interval in intervals)
    position = {None: 0, "3": 1, "5": 2, "7": 3}[slash]
    return Chord(root, tones, tones[min(position, len(tones) - 1)], _melody_scale(tones, key))


def _melody_scale(tones: Sequence[int], key: Key) -> frozenset[int]:
    # A raised seventh over V displaces the natural one: both at once is a mistake to the ear.
    pitch_classes = {(key.tonic + step) % 12 for step in SCALES[key.mode]}
    for tone in tones:
        if tone not in pitch_classes:
            pitch_classes -= {p for p in ((tone - 1) % 12, (tone + 1) % 12) if p not in tones}
            pitch_classes.add(tone)
    return frozenset(pitch_classes)


def bars_of(progression: str, key: Key) -> list[tuple[Chord, ...]]:
    """Read a progression: bars separated by spaces, chords that share a bar by commas."""
    return [tuple(chord_of(token, key) for token in bar.split(",")) for bar in progression.split()]


def _voicings(chord: Chord, *, low: int, high: int, voices: int) -> Iterator[tuple[int, ...]]:
    tones = chord.tones
    if len(tones) < voices:
        tones = (*tones, *itertools.islice(itertools.cycle(tones), voices - len(tones)))
    # With more tones than voices the fifth goes first, then the root, which the bass has.
    if len(tones) > voices:
        tones = tuple(t for i, t in enumerate(tones) if i != 2)
        tones = tones[-voices:] if len(tones) > voices else tones
    places = [[p for p in range(low, high + 1) if p % 12 == tone] for tone in tones]
    for choice in itertools.product(*places):
        pitches = tuple(sorted(choice))
        if len(set(pitches)) == len(pitches) and pitches[-1] - pitches[0] <= 21:
            yield pitches


def _movement(before: Sequence[int], after: Sequence[int]) -> float:
    cost = sum(abs(a - b) for a, b in zip(before, after, strict=True)) * 1.0
    cost += 2.0 * max(0, abs(after[-1] - before[-1]) - 4)
    for i, j in itertools.combinations(range(len(before)), 2):
        interval = (before[j] - before[i]) % 12
        if interval in (0, 7) and (after[j] - after[i]) % 12 == interval and after[i] != before[i]:
            cost += 4.0  # parallel fifths and octaves
    return cost


def lead_voices(chords: Sequence[Chord], *, centre: int, voices: int) -> list[tuple[int, ...]]:
    """Choose a voicing for each chord so that the voices move as little as they can around a centre.

    Returns
    -------
    list of tuple
        MIDI pitches from low to high, `voices` of them for each chord.
    """
    voiced: list[tuple[int, ...]] = []
    for chord in chords:
        options = list(_voicings(chord, low=centre - 12, high=centre + 12, voices=voices))
        previous = voiced[-1] if voiced else None

        def cost(pitches: tuple[int, ...], previous: tuple[int, ...] | None = previous) -> float:
            muddy = sum(3.0 for a, b in itertools.pairwise(pitches) if b - a < 3 and a < 55)
            crowded = sum(1.0 for a, b in itertools.pairwise(pitches) if b - a < 2)
            away = 0.35 * abs(sum(pitches) / len(pitches) - centre)
            return muddy + crowded + away + (_movement(previous, pitches) if previous else 0.0)

        voiced.append(min(options, key=cost))
    return voiced
