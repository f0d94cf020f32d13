"""Whether the tracks of a tempo-matched list truly keep the tempo: rendered pieces whose every beat is known.

    python -m benchmarks.movement --work FOLDER [--pieces 160] [--out FILE.json]

Half of the pieces keep one tempo. The others must not be listed wherever they leave it: they speed up, jump, breathe,
or lose their pulse for a third of the time. Each is played once (this needs fluidsynth and FluidR3), heard once, and
asked for at every cadence from 60 to 150, at the exact and the loose tolerance. What is judged is every track that a
list could hold, not only those of one plan.
"""

from __future__ import annotations

import argparse
import json
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.rendering import soundfont
from features import extract_many
from recommender.candidates import Candidates
from recommender.constraints import Rules
from recommender.hard_rules import allowed_tracks
from recommender.tempo_match import LOOSE_TOLERANCE, TOLERANCE

SECONDS = 75.0
SR = 32_000
TICKS_A_SECOND = 960
KINDS = ("steady", "steady", "steady", "steady", "speeds_up", "jumps", "breathes", "stops_beating")
STYLES = ("band", "vamp", "waltz", "arpeggio", "riff", "ballad")
LEADS, BODIES, BASSES = (0, 24, 26, 40, 56, 73, 80), (0, 4, 19, 24, 25, 48), (32, 33, 34, 43)
CHORDS = ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14))
CADENCES = tuple(range(60, 151, 5))
TRULY = 0.005
"""A list's tolerance plus this is still within it: a beat cannot be timed better from a minute of music."""


@dataclass(frozen=True)
class Piece:
    """A rendered piece and the truth about it."""

    name: str
    kind: str
    style: str
    slowest_bpm: float
    fastest_bpm: float

    def is_at(self, cadence_bpm: float, tolerance: float) -> bool:
        """Whether all of it lies at the cadence, its half or its double."""
        if self.kind == "stops_beating":
            return False
        ends = np.array([self.slowest_bpm, self.fastest_bpm])
        return any(bool((np.abs(ends / (cadence_bpm * f) - 1) <= tolerance + TRULY).all()) for f in (0.5, 1, 2))


def beats_of(kind: str, bpm: float, draw: np.random.Generator) -> NDArray[np.float64]:
    """The times of the beats of a piece, in seconds."""
    change: Callable[[float], float]
    size = draw.uniform(0.07, 0.15) * draw.choice([-1, 1])
    at = draw.uniform(0.3, 0.7) * SECONDS
    change = {
        "speeds_up": lambda t: 1 + size * t / SECONDS,
        "jumps": lambda t: 1 + size * (t > at),
        "breathes": lambda t: 1 + 0.5 * abs(size) * np.sin(2 * np.pi * t / 12),
    }.get(kind, lambda _t: 1.0)
    times = [0.0]
    while times[-1] < SECONDS:
        times.append(times[-1] + 60 / (bpm * change(times[-1])))
    return np.array(times)


def score(kind: str, style: str, bpm: float, draw: np.random.Generator) -> tuple[bytes, Piece]:
    """A MIDI file of a piece, and what is true of it but for its name."""
    beats = beats_of(kind, bpm, draw)
    local = 60 / np.diff(beats)
    notes: list[tuple[float, float, int, int, int]] = []  # start, end, pitch, velocity, channel
    tonic, in_bar = int(draw.integers(40, 52)), 3 if style == "waltz" else 4
    has_drums = style in ("band", "riff") or (style == "vamp" and draw.random() < 0.5)
    silent = (0.35 * SECONDS, 0.68 * SECONDS) if kind == "stops_beating" else (np.inf, np.inf)

    def when(beat: float) -> float:
        return float(np.interp(beat, np.arange(len(beats)), beats))

    def play(beat: float, length: float, pitch: int, velocity: int, channel: int) -> None:
        loudness = int(np.clip(velocity + draw.normal(0, 6), 20, 120))
        notes.append((when(beat) + draw.normal(0, 0.004), when(beat + length) - 0.01, pitch, loudness, channel))

    for bar in range((len(beats) - 2) // in_bar):
        chord = CHORDS[bar % 4]
        first = bar * in_bar
        root = tonic + chord[0] % 12
        if silent[0] <= when(first) < silent[1]:
            # Long chords that come in at no beat: sound without a pulse.
            for step in chord:
                late = draw.uniform(0, 1.0)
                play(first + late, in_bar - late, tonic + 12 + step, 50, 1)
            continue
        for beat in range(in_bar):
            at = float(first + beat)
            if has_drums:
                play(at, 0.25, 36 if beat % 2 == 0 else 38, 96, 9)
                for half in (0.0, 0.5):
                    play(at + half, 0.2, 42, 64, 9)
            if style in ("band", "riff"):
                for half in (0.0, 0.5):
                    play(at + half, 0.45, root - 12, 84, 2)
            elif style == "vamp":
                play(at, 0.5, root - 12 + (7 if beat % 2 else 0), 76, 2)
                for step in chord:
                    play(at + 0.5, 0.4, tonic + 12 + step, 60, 1)
            elif style == "waltz":
                if beat == 0:
                    play(at, 0.9, root - 12, 84, 2)
                else:
                    for step in chord:
                        play(at, 0.5, tonic + 12 + step, 56, 1)
            elif style == "arpeggio":
                for i in range(2):
                    play(at + i / 2, 0.9, tonic + 12 + chord[(2 * beat + i) % 3], 74 - 12 * i, 1)
            else:
                for step in chord:
                    play(at, 0.95, tonic + 12 + step, 58 if beat else 70, 1)
        beat = 0.0
        while beat < in_bar:
            length = float(draw.choice([0.5, 1, 1, 2]))
            if draw.random() < 0.8:
                play(first + beat, min(length, in_bar - beat) * 0.9, tonic + 24 + int(draw.choice(chord)), 78, 0)
            beat += length
    programs = [int(draw.choice(of)) for of in (LEADS, BODIES, BASSES)]
    return midi(notes, programs), Piece("", kind, style, float(local.min()), float(local.max()))


def midi(notes: list[tuple[float, float, int, int, int]], programs: list[int]) -> bytes:
    """Notes with times in seconds as a MIDI file: two beats a second of half of `TICKS_A_SECOND` ticks each."""
    events = [(0, bytes([0xC0 | channel, program])) for channel, program in enumerate(programs)]
    for start, end, pitch, velocity, channel in notes:
        begins = max(round(start * TICKS_A_SECOND), 0)
        ends = max(round(end * TICKS_A_SECOND), begins + 20)
        events += [(begins, bytes([0x90 | channel, pitch, velocity])), (ends, bytes([0x80 | channel, pitch, 0]))]
    track, now = bytearray(), 0
    for tick, data in sorted(events, key=lambda event: event[0]):
        track += _variable(tick - now) + data
        now = tick
    track += b"\x00\xff\x2f\x00"
    head = b"MThd" + struct.pack(">IHHH", 6, 0, 1, TICKS_A_SECOND // 2)
    return head + b"MTrk" + struct.pack(">I", len(track)) + bytes(track)


def _variable(number: int) -> bytes:
    out = [number & 0x7F]
    while number := number >> 7:
        out.append(number & 0x7F | 0x80)
    return bytes(reversed(out))


def render(folder: Path, n_pieces: int, *, rng: int) -> dict[Path, Piece]:
    """Play the pieces that are not there yet."""
    font = soundfont("FluidR3_GM.sf2")
    if font is None:
        raise FileNotFoundError("FluidR3_GM.sf2 is not installed: it is in the package fluid-soundfont-gm")
    folder.mkdir(parents=True, exist_ok=True)
    pieces = {}
    for number in range(n_pieces):
        draw = np.random.default_rng([rng, number])
        kind, style = KINDS[number % len(KINDS)], STYLES[(number // len(KINDS)) % len(STYLES)]
        data, truth = score(kind, style, float(draw.uniform(58, 160)), draw)
        path = folder / f"{rng}-{number:04d}-{kind}-{style}.wav"
        if not path.exists():
            written, part = path.with_suffix(".mid"), path.with_suffix(".part")
            written.write_bytes(data)
            command = ["fluidsynth", "-ni", "-q", "-T", "wav", "-F", str(part), "-r", str(SR), "-g", "0.4"]
            subprocess.run([*command, str(font), str(written)], check=True, capture_output=True, timeout=120)
            part.replace(path)
        pieces[path] = Piece(path.stem, truth.kind, truth.style, truth.slowest_bpm, truth.fastest_bpm)
    return pieces


def heard(pieces: dict[Path, Piece]) -> tuple[Candidates, list[Piece]]:
    """The pieces as the planner sees them: tempo, its alternative, their odds, clarity and drift, all as heard."""
    found = [
        (features, pieces[Path(path)])
        for path, features in extract_many(list(pieces), workers=1)
        if not isinstance(features, Exception)
    ]
    n = len(found)

    def column(values: list[float | None]) -> NDArray[np.float32]:
        return np.array([np.nan if value is None else value for value in values], np.float32)

    blank = np.zeros(n, np.float32)
    return Candidates(
        ids=np.array([piece.name for _, piece in found]),
        valence=blank, arousal=blank, valence_sd=blank + 0.3, arousal_sd=blank + 0.3,
        duration_s=column([features.duration_s for features, _ in found]),
        tempo_bpm=column([features.tempo_bpm for features, _ in found]),
        key=np.full(n, -1, np.int8), loudness_lufs=blank - 14, artist=np.full(n, -1, np.int32),
        song=np.arange(n, dtype=np.int32),
        tempo_alternative_bpm=column([features.tempo_alternative_bpm for features, _ in found]),
        tempo_odds=column([features.tempo_odds for features, _ in found]),
        pulse_clarity=column([features.pulse_clarity for features, _ in found]),
        tempo_drift=column([features.tempo_drift for features, _ in found]),
    ), [piece for _, piece in found]  # fmt: skip


def judged(candidates: Candidates, pieces: list[Piece], tolerance: float) -> dict[str, object]:
    """How much of what lists could hold truly keeps the cadence, and how much of what keeps it they could hold."""
    listed = right = there = found = 0
    wrong: dict[str, int] = {}
    usable: set[int] = set()
    for cadence in CADENCES:
        rules = Rules(cadence_bpm=float(cadence), cadence_tolerance=tolerance)
        allowed = allowed_tracks(candidates, rules)
        truth = np.array([piece.is_at(cadence, tolerance) for piece in pieces])
        listed, right = listed + int(allowed.sum()), right + int((allowed & truth).sum())
        there, found = there + int(truth.sum()), found + int((allowed & truth).sum())
        usable |= set(np.flatnonzero(allowed).tolist())
        for row in np.flatnonzero(allowed & ~truth):
            name = f"{pieces[row].kind} {pieces[row].style}"
            wrong[name] = wrong.get(name, 0) + 1
    return {
        "listed": listed,
        "truly_right": right,
        "right_percent": round(100 * right / max(listed, 1), 2),
        "found_percent": round(100 * found / max(there, 1), 1),
        "pieces_ever_listed": len(usable),
        "wrong": dict(sorted(wrong.items(), key=lambda entry: -entry[1])),
    }


def main() -> None:
    """Render, hear, judge, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--pieces", type=int, default=160)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "movement.json")
    options = parser.parse_args()
    pieces = render(options.work, options.pieces, rng=options.seed)
    candidates, truth = heard(pieces)
    result = {
        "pieces": len(truth),
        "seed": options.seed,
        "within_3_percent": judged(candidates, truth, TOLERANCE),
        "within_5_percent": judged(candidates, truth, LOOSE_TOLERANCE),
    }
    print(json.dumps(result, indent=1))
    options.out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
