"""Render the frozen corpus on which tempo, key and mode are judged: scores whose truth is written down.

Run in the benchmark's own environment (it needs music21 and mido, and the program fluidsynth):

    python benchmarks/corpus.py FOLDER [--limit N]

Half of the corpus is for tuning, half for judging. The halves share no soundfont, no ensemble and no kind of music, but
for Bach's chorales, of which each half has other ones. Everything is decided by the piece's own number, so that the
corpus is the same wherever it is made. `truth.csv` lists each file with its half, kind, tempo, key and mode.
"""

from __future__ import annotations

import argparse
import csv
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mido
import numpy as np
import soundfile

VERSION = "1"
SECONDS = 50.0
SOUNDFONTS = {
    "tuning": ("sf2/FluidR3_GM.sf2",),
    "judging": ("sf3/MuseScore_General.sf3", "sf2/TimGM6mb.sf2"),
}
SOUNDS = Path("/usr/share/sounds")
TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MAJOR_SCALE, MINOR_SCALE = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
# Chords as (root above the tonic, intervals); each progression begins and ends at home.
PROGRESSIONS = {
    False: (
        ((0, 4), (7, 4), (9, 3), (5, 4)),
        ((0, 4), (9, 3), (5, 4), (7, 4)),
        ((0, 4), (5, 4), (7, 4), (0, 4)),
        ((0, 4), (4, 3), (5, 4), (7, 4)),
        ((0, 4), (2, 3), (7, 4), (0, 4)),
    ),
    True: (
        ((0, 3), (8, 4), (3, 4), (10, 4)),
        ((0, 3), (5, 3), (7, 4), (0, 3)),
        ((0, 3), (10, 4), (8, 4), (7, 4)),
        ((0, 3), (5, 3), (10, 4), (3, 4)),
        ((0, 3), (8, 4), (5, 3), (7, 4)),
    ),
}


@dataclass(frozen=True)
class Note:
    """A note in quarter notes from the start; channel 9 is drums."""

    start: float
    length: float
    pitch: int
    velocity: int
    channel: int


@dataclass(frozen=True)
class Piece:
    """A score with what is known about it."""

    name: str
    half: str
    kind: str
    bpm: float
    tonic: int
    minor: bool
    programs: tuple[int, ...]
    notes: tuple[Note, ...]


def chords_of(notes: list[tuple[float, float, int]], *, tonic: int, minor: bool, beats: float) -> list[tuple[int, int]]:
    """A plain harmony for a melody: per bar the chord of the key that holds most of what is sung."""
    triads = ((0, 3), (5, 3), (7, 4), (8, 4), (3, 4)) if minor else ((0, 4), (5, 4), (7, 4), (9, 3))
    end = max(start + length for start, length, _ in notes)
    chords = []
    for bar in range(int(np.ceil(end / beats))):
        weights = np.zeros(12)
        for start, length, pitch in notes:
            inside = min(start + length, (bar + 1) * beats) - max(start, bar * beats)
            if inside > 0:
                weights[(pitch - tonic) % 12] += inside
        scores = [weights[[r, (r + t) % 12, (r + 7) % 12]].sum() - 0.01 * i for i, (r, t) in enumerate(triads)]
        chords.append(triads[int(np.argmax(scores))])
    return chords


def accompany(
    chords: list[tuple[int, int]], *, tonic: int, beats: int, style: str, rng: np.random.Generator
) -> Iterator[Note]:
    """Play chords, one a bar, in a style."""
    for bar, (root, third) in enumerate(chords):
        t = float(bar * beats)
        bass = 36 + (tonic + root) % 12
        triad = [48 + (tonic + root + step) % 12 for step in (0, third, 7)]
        if style == "vamp":
            for beat in range(beats):
                yield Note(t + beat, 0.5, bass if beat % 2 == 0 else bass + 7, 70, 1)
                for pitch in triad:
                    yield Note(t + beat + 0.5, 0.4, pitch + 12, 55, 2)
        elif style == "arpeggio":
            for i in range(beats * 2):
                pitch = [bass + 12, *triad, *(p + 12 for p in triad)][i % 5]
                yield Note(t + i / 2, 1.0, pitch, 60 + 12 * (i % 2 == 0), 1)
        elif style == "strum":
            for i in range(beats * 2):
                if i % 2 == 0 or rng.random() < 0.6:
                    for k, pitch in enumerate([bass + 12, *triad, triad[0] + 12]):
                        yield Note(t + i / 2 + 0.02 * k, 0.45, pitch, 72 - 14 * (i % 2), 1)
        elif style == "waltz":
            yield Note(t, 0.9, bass, 78, 1)
            for beat in range(1, beats):
                for pitch in triad:
                    yield Note(t + beat, 0.5, pitch + 12, 52, 2)
        elif style == "pad":
            for pitch in [bass + 12, *triad, triad[1] + 12]:
                yield Note(t, float(beats), pitch, 60, 2)
            for beat in range(beats):
                yield Note(t + beat, 0.8, triad[beat % 3] + 24, 58, 1)
        elif style == "band":
            for i in range(beats * 2):
                yield Note(t + i / 2, 0.45, bass, 80 if i % 2 == 0 else 66, 1)
            for pitch in triad:
                yield Note(t, beats * 0.95, pitch + 12, 58, 2)
        elif style == "riff":
            for i in range(beats * 2):
                if i in (0, 3, 4, 6) or rng.random() < 0.25:
                    for pitch in (bass + 12, bass + 19):
                        yield Note(t + i / 2, 0.4, pitch, 88, 2)
            for beat in range(beats):
                yield Note(t + beat, 0.9, bass, 84, 1)


def drums(n_bars: int, *, beats: int, style: str, rng: np.random.Generator) -> Iterator[Note]:
    """A drum part; kick on one, snare on the back beat, hats between."""
    hats = rng.choice([1, 2, 2, 4])
    for bar in range(n_bars):
        t = float(bar * beats)
        for beat in range(beats):
            if style == "four" or beat % 2 == 0:
                yield Note(t + beat, 0.2, 36, 100, 9)
            if beat % 2 == 1:
                yield Note(t + beat, 0.2, 38, 96, 9)
            for i in range(hats):
                yield Note(t + beat + i / hats, 0.1, 42, 70 if i == 0 else 52, 9)
        if style == "rock" and rng.random() < 0.5:
            yield Note(t + 1.5, 0.2, 36, 90, 9)


def melody_over(
    chords: list[tuple[int, int]], *, tonic: int, minor: bool, beats: int, rng: np.random.Generator, density: float
) -> Iterator[Note]:
    """A tune that walks the scale and rests on notes of the chord on strong beats."""
    scale = MINOR_SCALE if minor else MAJOR_SCALE
    ladder = [60 + tonic % 12 + 12 * octave + step for octave in (0, 1) for step in scale]
    place = 4
    for bar, (root, third) in enumerate(chords):
        t = 0.0
        while t < beats:
            length = float(rng.choice([0.5, 1.0, 1.5, 2.0], p=[0.4, 0.35, 0.1, 0.15]))
            length = min(length, beats - t)
            if rng.random() < density:
                place = int(np.clip(place + rng.integers(-2, 3), 0, len(ladder) - 1))
                pitch = ladder[place]
                if t % 2 == 0:
                    tones = [p for p in range(60, 85) if (p - tonic - root) % 12 in (0, third, 7)]
                    pitch = min(tones, key=lambda p: (abs(p - pitch), p))
                yield Note(bar * beats + t, length * 0.95, pitch, 84, 0)
            t += length


def generated(number: int, *, half: str, kind: str) -> Piece:
    """A song made from a kind's rules and its number."""
    rng = np.random.default_rng([int(VERSION), 1000 + number, sorted(KINDS).index(kind)])
    style, beats, (low, high), ensembles, beat, density = KINDS[kind]
    bpm = float(np.round(np.exp(rng.uniform(np.log(low), np.log(high))), 1))
    minor = bool(number % 2)
    tonic = int(rng.integers(12))
    first, second = rng.choice(len(PROGRESSIONS[minor]), size=2, replace=False)
    n_bars = int(np.ceil(SECONDS * bpm / 60 / beats)) + 1
    pool = PROGRESSIONS[minor]
    chords = [(pool[first] if (bar // 4) % 4 < 3 else pool[second])[bar % 4] for bar in range(n_bars)]
    notes = list(accompany(chords, tonic=tonic, beats=beats, style=style, rng=rng))
    notes += melody_over(chords, tonic=tonic, minor=minor, beats=beats, rng=rng, density=density)
    if beat:
        notes += drums(n_bars, beats=beats, style=beat, rng=rng)
    programs = ensembles[int(rng.integers(len(ensembles)))]
    return Piece(f"{kind}-{number:03d}", half, kind, bpm, tonic, minor, programs, tuple(notes))


# Style, beats a bar, tempo range, ensembles (programs of tune, first and second part), drums, how much the tune plays.
KINDS = {
    "pop": ("band", 4, (72, 132), ((80, 33, 88), (73, 32, 48), (53, 38, 4)), "four", 0.7),
    "ballad": ("arpeggio", 4, (55, 84), ((0, 0, 0), (68, 0, 48), (40, 0, 0)), "", 0.6),
    "waltz": ("waltz", 3, (70, 150), ((21, 32, 0), (71, 43, 24), (56, 58, 60)), "", 0.8),
    "rock": ("riff", 4, (80, 150), ((29, 34, 30), (65, 33, 29)), "rock", 0.5),
    "ambient": ("pad", 4, (55, 78), ((75, 11, 89), (78, 46, 91), (79, 14, 95)), "", 0.35),
}


def chorales(half: str, wanted: int) -> Iterator[Piece]:
    """Bach's four-part chorales: key from the signature and the last bass note."""
    from music21 import corpus

    ensembles = ((19,), (48,)) if half == "tuning" else ((52,), (24,), (61,), (71,))
    numbers = [n for n in range(1, 372) if (n % 2 == 0) == (half == "tuning")]
    names = sorted(str(p) for p in corpus.getComposer("bach") if re.search(r"bwv\d+(\.\d+)?\.mxl$", str(p)))
    found = 0
    for n in numbers:
        if found == wanted or n >= len(names):
            return
        score = corpus.parse(names[n])
        signature = next(iter(score.flatten().getElementsByClass("KeySignature")), None)
        if signature is None or len(score.parts) != 4:
            continue
        flat = score.expandRepeats() if any(True for _ in score.recurse().getElementsByClass("Repeat")) else score
        notes = [
            (float(e.offset), float(e.quarterLength), pitch.midi)
            for part in flat.parts
            for e in part.flatten().notes
            for pitch in e.pitches
            if e.quarterLength > 0
        ]
        bass = [e for e in flat.parts[-1].flatten().notes if e.quarterLength > 0]
        if not notes or not bass:
            continue
        major_tonic = (signature.sharps * 7) % 12
        last = bass[-1].pitches[0].midi % 12
        if last not in (major_tonic, (major_tonic + 9) % 12):
            continue  # modal, or ends on the dominant: no single truth
        rng = np.random.default_rng([int(VERSION), 2, n])
        bpm = float(np.round(rng.uniform(56, 96), 1))
        programs = ensembles[found % len(ensembles)] * 3
        made = tuple(looped([Note(s, d * 0.97, p, 78, 0) for s, d, p in notes], bpm=bpm))
        yield Piece(f"chorale-{n:03d}", half, "chorale", bpm, last, last != major_tonic, programs, made)
        found += 1


def looped(notes: list[Note], *, bpm: float) -> Iterator[Note]:
    """Repeat a short piece until it fills the time."""
    length = float(np.ceil(max(n.start + n.length for n in notes) / 4) * 4)
    for again in range(int(np.ceil(SECONDS * bpm / 60 / length))):
        for n in notes:
            yield Note(n.start + again * length, n.length, n.pitch, n.velocity, n.channel)


def tunes(half: str, kind: str, wanted: int) -> Iterator[Piece]:
    """Melodies whose key their collectors wrote down, with a plain accompaniment."""
    from music21 import converter, corpus, exceptions21

    folder, style, bpm_range, ensembles = TUNES[kind]
    root = Path(corpus.__file__).parent / folder
    texts = []
    for path in sorted(root.glob("*.abc")):
        for text in re.split(r"(?m)^(?=X:)", path.read_text("utf-8", errors="replace")):
            key = re.search(r"(?m)^K:\s*([A-G][#b]?)\s*(m|min|minor|maj|major)?\s*$", text)
            metre = re.search(r"(?m)^M:\s*(4/4|2/4|C|C\||3/4)\s*$", text)
            if key and metre and text.startswith("X:"):
                texts.append((text, key, metre.group(1)))
    rng = np.random.default_rng([int(VERSION), 3, sorted(TUNES).index(kind)])
    by_mode: dict[bool, list[tuple[str, re.Match[str], str]]] = {False: [], True: []}
    for tune in texts:
        by_mode[tune[1].group(2) in ("m", "min", "minor")].append(tune)
    found = 0
    for i in range(4 * wanted):
        if found == wanted:
            return
        minor = bool(i % 2)
        if not by_mode[minor]:
            continue
        text, key, metre = by_mode[minor].pop(int(rng.integers(len(by_mode[minor]))))
        try:
            score = converter.parse(text, format="abc").flatten()
        except (exceptions21.Music21Exception, ValueError, KeyError, IndexError, AttributeError, TypeError):
            # music21 raises whatever a strange tune provokes; the next one serves as well
            continue
        sung = [e for e in score.notes if e.isNote and e.quarterLength]
        notes = [(float(e.offset), float(e.quarterLength), e.pitch.midi) for e in sung]
        if len(notes) < 16 or max(s + d for s, d, _ in notes) < 12:
            continue
        tonic = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[key.group(1)[0]]
        tonic = (tonic + {"#": 1, "b": -1}.get(key.group(1)[1:], 0)) % 12
        if notes[-1][2] % 12 != tonic:
            continue  # a tune that does not end at home may not be in the key it names
        beats = 3 if metre == "3/4" else 4
        offset = min(s for s, _, _ in notes)
        notes = [(s - offset, d, p) for s, d, p in notes]
        bpm = float(np.round(np.exp(rng.uniform(*np.log(bpm_range))), 1))
        chords = chords_of(notes, tonic=tonic, minor=minor, beats=beats)
        made = [Note(s, d * 0.95, p, 86, 0) for s, d, p in notes]
        played = "waltz" if beats == 3 and style == "vamp" else style
        made += accompany(chords, tonic=tonic, beats=beats, style=played, rng=rng)
        programs = ensembles[found % len(ensembles)]
        yield Piece(f"{kind}-{found:03d}", half, kind, bpm, tonic, minor, programs, tuple(looped(made, bpm=bpm)))
        found += 1


TUNES = {
    "fiddle": ("ryansMammoth", "vamp", (84, 126), ((40, 32, 0), (73, 43, 21))),
    "song": ("essenFolksong", "arpeggio", (55, 92), ((73, 46, 0), (52, 11, 0), (68, 6, 0))),
    "session": ("oneills1850", "strum", (70, 120), ((72, 25, 0), (109, 24, 0), (110, 25, 0))),
}


def pieces() -> Iterator[Piece]:
    """The whole corpus, in an order that a shorter run also mixes."""
    yield from chorales("tuning", 80)
    yield from tunes("tuning", "fiddle", 80)
    for number in range(75):
        yield generated(number, half="tuning", kind="pop")
        yield generated(number, half="tuning", kind="ballad")
    yield from chorales("judging", 70)
    yield from tunes("judging", "song", 60)
    yield from tunes("judging", "session", 50)
    for number in range(45):
        yield generated(number, half="judging", kind="waltz")
        yield generated(number, half="judging", kind="rock")
        yield generated(number, half="judging", kind="ambient")


def midi_of(piece: Piece, path: Path, *, seed: int) -> None:
    """Write a piece as MIDI, with a player's small unevenness of 8 ms and a tenth of loudness."""
    rng = np.random.default_rng([int(VERSION), 4, seed])
    ticks = 480
    events: list[tuple[int, int, mido.Message]] = []
    for channel, program in enumerate(piece.programs):
        events.append((0, 0, mido.Message("program_change", channel=channel, program=program)))
    for n in piece.notes:
        late = float(rng.normal(0, 0.008)) * piece.bpm / 60
        start = max(0, round((n.start + late) * ticks))
        end = max(start + 1, round((n.start + late + n.length) * ticks))
        velocity = int(np.clip(n.velocity * rng.normal(1, 0.1), 20, 127))
        events.append((start, 2, mido.Message("note_on", channel=n.channel, note=n.pitch, velocity=velocity)))
        events.append((end, 1, mido.Message("note_off", channel=n.channel, note=n.pitch)))
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=round(60e6 / piece.bpm))])
    now = 0
    for tick, _, message in sorted(events, key=lambda e: e[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    file = mido.MidiFile(ticks_per_beat=ticks)
    file.tracks.append(track)
    file.save(path)


def render(piece: Piece, path: Path, *, soundfont: Path, seed: int) -> None:
    """Render a piece to FLAC."""
    with tempfile.TemporaryDirectory() as folder:
        midi, wav = Path(folder) / "piece.mid", Path(folder) / "piece.wav"
        midi_of(piece, midi, seed=seed)
        command = [
            "fluidsynth",
            "-niq",
            "-o",
            "synth.dynamic-sample-loading=1",
            "-r",
            "44100",
            "-g",
            "0.5",
            "-F",
            str(wav),
            "-T",
            "wav",
        ]
        command += [str(soundfont), str(midi)]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        y, sr = soundfile.read(wav, dtype="float32")
    y = y[: round(SECONDS * sr)]
    y *= 0.7 / max(float(np.abs(y).max()), 1e-6)
    soundfile.write(path, y, sr)


def main() -> None:
    """Render what is missing and write the truth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, default=None, help="only this many of each kind")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    with (given.folder / "truth.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["file", "half", "kind", "soundfont", "bpm", "key", "mode"])
        for i, piece in enumerate(pieces()):
            label = f"{piece.half}-{piece.kind}"
            counts[label] = counts.get(label, 0) + 1
            if given.limit is not None and counts[label] > given.limit:
                continue
            fonts = SOUNDFONTS[piece.half]
            soundfont = fonts[counts[label] % len(fonts)]
            path = given.folder / f"{piece.half}-{piece.name}.flac"
            if not path.exists():
                render(piece, path, soundfont=SOUNDS / soundfont, seed=i)
            mode = "minor" if piece.minor else "major"
            table.writerow([path.name, piece.half, piece.kind, soundfont, piece.bpm, TONICS[piece.tonic], mode])
            file.flush()
    print(counts)


if __name__ == "__main__":
    main()
