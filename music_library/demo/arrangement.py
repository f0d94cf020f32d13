"""From a sketch to a score: the sections of a song, and what each player plays in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from music_library.demo.harmony import Chord, Key, bars_of, lead_voices
from music_library.demo.melody import Tone, chord_at, compose_melody, ornament

SECTION_BARS = {"i": 4, "A": 8, "B": 8, "o": 4}


@dataclass(frozen=True)
class Layer:
    """One player: what it plays, on what, how loud against the melody, and where it stands.

    `pattern` is read at `step` beats a sign. Chords: x strikes, - holds, . rests. Strum: D, U. Bass: R root, 5 fifth,
    3 third, 8 octave, a approach to the next root. Arpeggio: digits count the chord's notes upwards. Ostinato: digits
    count scale steps above the root. Drums: `name:pattern;name:pattern`, one bar each, X x o from loud to soft.
    """

    kind: str
    instrument: str = ""
    level_db: float = 0.0
    pan: float = 0.0
    width: float = 0.0
    room: float = 0.3
    pattern: str = ""
    step: float = 0.5
    centre: int = 60
    voices: int = 3
    plays: str = "iABo"
    enters: int = 0
    touch: float = 0.6
    length: float = 1.0
    ringing: bool = False


@dataclass(frozen=True)
class Sketch:
    """What the composer decides before writing a note."""

    style: tuple[Layer, ...]
    verse: str
    bridge: str
    form: str = "iAABAo"
    pace: str = "slow"
    seed: int = 0
    swing: float = 0.0
    hall_s: float = 1.6
    closing: str = ""
    loose_s: float = 0.007


@dataclass(frozen=True)
class PlayedNote:
    """A note as played: seconds, MIDI pitch, force in [0, 1]."""

    start_s: float
    length_s: float
    pitch: int
    force: float


@dataclass(frozen=True)
class Hit:
    """A drum stroke."""

    start_s: float
    drum: str
    force: float


@dataclass(frozen=True)
class Score:
    """Everything that is played, by layer, and when the last bar ends."""

    notes: dict[int, list[PlayedNote]]
    hits: dict[int, list[Hit]]
    end_s: float


@dataclass
class _Section:
    letter: str
    index: int
    first_bar: int
    bars: list[tuple[Chord, ...]]
    strength: float
    is_last_verse: bool = False
    voicings: dict[tuple[int, int], list[tuple[int, ...]]] = field(default_factory=dict)


@dataclass
class _Stage:
    """What every player needs to know."""

    key: Key
    beats_per_bar: int
    sketch: Sketch
    rng: np.random.Generator
    lines: dict[str, list[Tone]] = field(default_factory=dict)


def count_bars(sketch: Sketch) -> int:
    """Bars from the first to the last."""
    return sum(SECTION_BARS[letter] for letter in sketch.form)


def arrange(sketch: Sketch, *, key: Key, bpm: float, beats_per_bar: int) -> Score:
    """Write the score of a sketch. The same sketch always gives the same score."""
    stage = _Stage(key, beats_per_bar, sketch, np.random.default_rng(sketch.seed))
    sections = _sections(sketch, key)
    _write_lines(stage, sections)
    clock = _Clock(bpm, beats=count_bars(sketch) * beats_per_bar, slowing=2 * beats_per_bar, swing=sketch.swing)
    notes: dict[int, list[PlayedNote]] = {}
    hits: dict[int, list[Hit]] = {}
    for number, layer in enumerate(sketch.style):
        for section in sections:
            if section.letter not in layer.plays or section.index < layer.enters:
                continue
            offset = section.first_bar * beats_per_bar
            if layer.kind == "drums":
                for beat, drum, weight in _drums(layer, section, stage):
                    start = max(0.0, clock.seconds(beat + offset) + stage.rng.normal(0, sketch.loose_s * 0.6))
                    force = weight * (0.75 + 0.25 * section.strength) * (1 + stage.rng.normal(0, 0.06))
                    hits.setdefault(number, []).append(Hit(start, drum, float(np.clip(force, 0.05, 1))))
                continue
            for tone in _PLAYERS[layer.kind](layer, section, stage):
                start = max(0.0, clock.seconds(tone.beat + offset) + stage.rng.normal(0, sketch.loose_s))
                end = clock.seconds(tone.beat + offset + tone.length)
                force = layer.touch * tone.weight / 0.75 * section.strength * (1 + stage.rng.normal(0, 0.05))
                notes.setdefault(number, []).append(
                    PlayedNote(start, max(0.06, end - start), tone.pitch, float(np.clip(force, 0.08, 1)))
                )
    return Score(notes, hits, clock.seconds(count_bars(sketch) * beats_per_bar))


class _Clock:
    """Beats to seconds: steady until the last bars, which slow down; off-beats late where the music swings."""

    def __init__(self, bpm: float, *, beats: int, slowing: int, swing: float) -> None:
        self._beat_s, self._from, self._swing = 60 / bpm, beats - slowing, swing

    def seconds(self, beat: float) -> float:
        whole, part = divmod(beat, 1.0)
        if self._swing:
            bend = 0.5 + self._swing
            part = part * 2 * bend if part < 0.5 else bend + (part - 0.5) * 2 * (1 - bend)
        beat = whole + part
        late = max(0.0, beat - self._from)
        return self._beat_s * (beat + 0.022 * late**2)


def _sections(sketch: Sketch, key: Key) -> list[_Section]:
    verse, bridge = bars_of(sketch.verse, key), bars_of(sketch.bridge, key)
    closing = sketch.closing or ("iv i iv i" if key.mode == "minor" else "IV I IV I")
    first_bar, sections, verses = 0, [], 0
    for index, letter in enumerate(sketch.form):
        n = SECTION_BARS[letter]
        source = {"i": verse, "A": verse, "B": bridge, "o": bars_of(closing, key)}[letter]
        bars = (source * (-(-n // len(source))))[:n]
        verses += letter == "A"
        last_verse = letter == "A" and "A" not in sketch.form[index + 1 :]
        if last_verse or letter == "o":
            bars = [*bars[:-1], (bars_of("i" if key.mode == "minor" else "I", key)[0][0],)]
        strength = {"i": 0.8, "A": min(0.84 + 0.05 * (verses - 1), 0.95), "B": 0.98, "o": 0.76}[letter]
        sections.append(_Section(letter, index, first_bar, bars, 1.0 if last_verse else strength, last_verse))
        first_bar += n
    return sections


def _write_lines(stage: _Stage, sections: Sequence[_Section]) -> None:
    """Compose each section's tune once, so that a verse that comes back is known again."""
    layer = next((x for x in stage.sketch.style if x.kind == "melody"), None)
    if layer is None:
        return
    for letter, lift in (("A", 0.0), ("B", 3.0), ("o", -2.5), ("i", -2.0)):
        section = next((s for s in sections if s.letter == letter), None)
        if section is not None:
            stage.lines[letter] = compose_melody(
                section.bars,
                beats_per_bar=stage.beats_per_bar,
                tonic=stage.key.tonic,
                pace="slow" if letter in "io" and stage.sketch.pace == "medium" else stage.sketch.pace,
                low=layer.centre - 9,
                high=layer.centre + 11,
                lift=lift,
                rng=stage.rng,
            )


def _line(section: _Section, stage: _Stage) -> list[Tone]:
    line = stage.lines[section.letter]
    amount = {0: 0.0, 1: 0.0, 2: 0.25}.get(section.index, 0.4) if section.letter == "A" else 0.0
    if amount:
        rng = np.random.default_rng([stage.sketch.seed, section.index])
        line = ornament(line, section.bars, beats_per_bar=stage.beats_per_bar, amount=amount, rng=rng)
    return line


def _melody(layer: Layer, section: _Section, stage: _Stage) -> Iterator[Tone]:
    for tone in _line(section, stage):
        yield Tone(tone.beat, tone.length * layer.length, tone.pitch, tone.weight)


def _double(layer: Layer, section: _Section, stage: _Stage) -> Iterator[Tone]:
    lead = next(x for x in stage.sketch.style if x.kind == "melody")
    shift = 12 * round((layer.centre - lead.centre) / 12)
    for tone in _line(section, stage):
        yield Tone(tone.beat, tone.length * layer.length, tone.pitch + shift, tone.weight - 0.06)


def _harmony_line(layer: Layer, section: _Section, stage: _Stage) -> Iterator[Tone]:
    """A second voice under the tune, on the chord's tones, a third to a sixth below."""
    for tone in stage.lines[section.letter]:
        if tone.length < 0.5:
            continue
        chord = chord_at(section.bars, tone.beat, beats_per_bar=stage.beats_per_bar)
        below = [p for p in range(tone.pitch - 9, tone.pitch - 2) if p % 12 in chord.tones]
        if below:
            shift = 12 * round((layer.centre - tone.pitch) / 12)
            yield Tone(tone.beat, tone.length * layer.length, below[-1] + shift, tone.weight - 0.1)


def _spans(section: _Section, stage: _Stage) -> list[tuple[float, float, Chord]]:
    beats = stage.beats_per_bar
    return [
        (bar * beats + i * beats / len(chords), beats / len(chords), chord)
        for bar, chords in enumerate(section.bars)
        for i, chord in enumerate(chords)
    ]


def _voiced(layer: Layer, section: _Section, stage: _Stage) -> list[tuple[float, float, Chord, tuple[int, ...]]]:
    spans = _spans(section, stage)
    which = (layer.centre, layer.voices)
    if which not in section.voicings:
        section.voicings[which] = lead_voices([c for _, _, c in spans], centre=layer.centre, voices=layer.voices)
    return [(*span, pitches) for span, pitches in zip(spans, section.voicings[which], strict=True)]


def _is_final(section: _Section, beat: float, stage: _Stage) -> bool:
    """Whether a beat lies in the piece's last bar, where every player comes to rest."""
    return section.letter == "o" and beat >= (len(section.bars) - 1) * stage.beats_per_bar


def _chords(layer: Layer, section: _Section, stage: _Stage) -> Iterator[Tone]:
    pattern = layer.pattern or "x"
    for start, length, _, pitches in _voiced(layer, section, stage):
        if not layer.pattern or _is_final(section, start, stage):
            strokes = [(start, length, 0.75)]
        else:
            strokes = list(_strokes(pattern, start=start, length=length, step=layer.step, bar=stage.beats_per_bar))
        for beat, held, weight in strokes:
            for voice, pitch in enumerate(pitches):
                top = 0.04 if voice == len(pitches) - 1 else 0.0
                yield Tone(beat, held * layer.length, pitch, weight + top)


def _strokes(
    pattern: str, *, start: float, length: float, step: float, bar: int
) -> Iterator[tuple[float, float, float]]:
    steps = round(length / step)
    first = round((start % bar) / step)
    i = 0
    while i < steps:
        sign = pattern[(first + i) % len(pattern)]
        held = 1
        while i + held < steps and pattern[(first + i + held) % len(pattern)] == "-":
            held += 1
        if sign in "xXo":
            yield start + i * step, held * step, {"X": 0.88, "x": 0.72, "o": 0.56}[sign]
        i += held


def _strum(layer: Layer, section: _Section, stage: _Stage) -> Iterator[Tone]:
    for start, length, _, pitches in _voiced(layer, section, stage):
        if _is_final(section, start, stage):
            for voice, pitch in enumerate(pitches):
                yield Tone(start + 0.04 * voice, length, pitch, 0.7)
            continue
        steps = round(length / layer.step)
        first = round((start % stage.beats_per_bar) / layer.step)
        signs = [layer.pattern[(first + i) % len(layer.pattern)] for i in range(steps)]
        for i, sign in enumerate(signs):
            if sign not in "DU":
                continue
            until = next((j for j in range(i + 1, steps) if signs[j] in "DU"), steps)
            order = pitches if sign == "D" else pitches[::-1][:3]
            for voice, pitch in enumerate(order):
                weight = (0.8 if i == 0 else 0.7) if sign == "D" else 0.55
                yield Tone(
                    start + i * layer.step + 0.022 * voice, (until - i) * layer.step * layer.length, pitch, weight
                )


def _arpeggio(layer: Layer, section: _Section, stage: _Stage) -> Iterator[Tone]:
    for start, length, _, pitches in _voiced(layer, section, stage):
        if _is_final(section, start, stage):
            for voice, pitch in enumerate(pitches):
                yield Tone(start + voice * min(layer.step, 0.5), length - voice * min(layer.step, 0.5), pitch, 0.66)
            continue
        steps = round(length / layer.step)
        first = round((start % stage.beats_per_bar) / layer.step)
        for i in range(steps):
            sign = layer.pattern[(first + i) % len(layer.pattern)]
            if sign == ".":
                continue
            octave, voice = divmod(int(sign), len(pitches))
            beat = start + i * layer.step
            held = max(length - i * layer.step, 1.0) if layer.ringing else layer.step * layer.length
            yield Tone(beat, held, pitches[voice] + 12 * octave, 0.78 if i == 0 else (0.7 if i % 2 == 0 else 0.62))


def _bass(layer: Layer, section: _Section, stage: _Stage) -> Iterator[Tone]:
    spans = _spans(section, stage)
    before = layer.centre
    for number, (start, length, chord) in enumerate(spans):
        following = spans[(number + 1) % len(spans)][2]
        root = _nearest(chord.bass, to=round(0.7 * before + 0.3 * layer.centre))
        root += 12 * ((root < layer.centre - 8) - (root > layer.centre + 8))
        before = root
        if _is_final(section, start, stage) or not layer.pattern:
            yield Tone(start, length * layer.length, root, 0.75)
            continue
        for beat, held, sign in _bass_signs(layer, start=start, length=length, bar=stage.beats_per_bar):
            pitch = root
            if sign == "5":
                fifth = chord.tones[2] if len(chord.tones) > 2 else (chord.root + 7) % 12
                pitch = root + (fifth - root) % 12
                pitch -= 12 if pitch > layer.centre + 8 else 0
            elif sign == "3":
                pitch = root + (chord.tones[1] - root) % 12
            elif sign == "8":
                pitch = root + 12
            elif sign == "a":
                goal = _nearest(following.bass, to=root)
                pitch = goal - 1 if goal >= root else goal + (1 if (goal + 1) % 12 in chord.scale else 2)
            yield Tone(beat, held * layer.length, pitch, 0.78 if sign == "R" else 0.68)


def _nearest(pitch_class: int, *, to: int) -> int:
    return to + (pitch_class - to + 6) % 12 - 6


def _bass_signs(layer: Layer, *, start: float, length: float, bar: int) -> Iterator[tuple[float, float, str]]:
    steps = round(length / layer.step)
    first = round((start % bar) / layer.step)
    i = 0
    while i < steps:
        sign = layer.pattern[(first + i) % len(layer.pattern)]
        held = 1
        while i + held < steps and layer.pattern[(first + i + held) % len(layer.pattern)] == "-":
            held += 1
        if sign not in ".-":
            yield start + i * layer.step, held * layer.step, sign
        i += held


def _ostinato(layer: Layer, section: _Section, stage: _Stage) -> Iterator[Tone]:
    for start, length, chord in _spans(section, stage):
        ladder = [p for p in range(layer.centre - 8, layer.centre + 24) if p % 12 in chord.scale]
        root = min(
            (i for i, p in enumerate(ladder) if p % 12 == chord.root), key=lambda i: abs(ladder[i] - layer.centre)
        )
        if _is_final(section, start, stage):
            yield Tone(start, length, ladder[root], 0.8)
            continue
        first = round((start % stage.beats_per_bar) / layer.step)
        for i in range(round(length / layer.step)):
            sign = layer.pattern[(first + i) % len(layer.pattern)]
            if sign != ".":
                accent = 0.84 if i % round(1 / layer.step) == 0 else 0.66
                yield Tone(start + i * layer.step, layer.step * layer.length, ladder[root + int(sign)], accent)


def _drums(layer: Layer, section: _Section, stage: _Stage) -> Iterator[tuple[float, str, float]]:
    beats, bars = stage.beats_per_bar, len(section.bars)
    lines = [part.split(":") for part in layer.pattern.split(";")]
    loud = {"X": 0.95, "x": 0.72, "o": 0.42}
    for bar in range(bars):
        if _is_final(section, bar * beats, stage):
            yield float(bar * beats), lines[0][0], 0.6
            continue
        fill = bar == bars - 1 and section.letter in "AB" and layer.voices > 3
        for drum, pattern in lines:
            step = beats / len(pattern)
            for i, sign in enumerate(pattern):
                if sign == "." or (fill and i * step >= beats - 1 and drum in ("snare", "tom", "rim", "hat")):
                    continue
                yield bar * beats + i * step, drum, loud[sign]
        if fill:
            drum = "tom" if any(d == "tom" for d, _ in lines) else "snare"
            for i in range(4):
                yield bar * beats + beats - 1 + i * 0.25, drum, 0.55 + 0.1 * i
        if bar == 0 and layer.voices > 3 and section.letter in "AB":
            yield 0.0, "cymbal", 0.7


_PLAYERS: dict[str, Callable[[Layer, _Section, _Stage], Iterator[Tone]]] = {
    "melody": _melody,
    "double": _double,
    "second voice": _harmony_line,
    "chords": _chords,
    "strum": _strum,
    "arpeggio": _arpeggio,
    "bass": _bass,
    "ostinato": _ostinato,
}
