"""Play scores on many instruments, so that a model cannot take timbre for mood.

A rated score says how a piece feels on one instrument. The same notes on strings, guitar, winds or a synthesiser feel
much the same, and a model that has heard all of them cannot lean on the sound of a piano.
"""

from __future__ import annotations

import struct
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

SR = 32_000
MAX_SECONDS = 120.0
LEAD, BODY, BASS = 0, 1, 2
_KEPT_CONTROLLERS = (1, 11, 64)  # modulation, expression, pedal; banks and volumes belong to the old instruments


class Orchestration(NamedTuple):
    """A soundfont's file name and three General MIDI programs: for the top, middle and bottom notes."""

    name: str
    soundfont: str
    lead: int
    body: int
    bass: int
    has_pedal: bool = False
    """Whether notes ring on: a held pedal turns what does not decay into mush."""


ORCHESTRATIONS = (
    Orchestration("piano", "FluidR3_GM.sf2", 0, 0, 0, has_pedal=True),
    Orchestration("guitar", "TimGM6mb.sf2", 24, 24, 32, has_pedal=True),
    Orchestration("rock", "TimGM6mb.sf2", 30, 27, 33),
    Orchestration("quartet", "FluidR3_GM.sf2", 40, 41, 42),
    Orchestration("synth", "TimGM6mb.sf2", 81, 4, 38),
    Orchestration("winds", "FluidR3_GM.sf2", 73, 71, 70),
)
SOUNDFONT_FOLDERS = (Path("/usr/share/sounds/sf2"), Path("/usr/share/sounds/sf3"), Path("/usr/share/soundfonts"))


class _Event(NamedTuple):
    tick: int
    data: bytes


def _number(data: bytes, i: int) -> tuple[int, int]:
    """A MIDI number of variable length at `i`, and where the next byte stands."""
    value = 0
    while True:
        byte = data[i]
        i += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, i


def _bytes_of(number: int) -> bytes:
    out = [number & 0x7F]
    while number := number >> 7:
        out.append(number & 0x7F | 0x80)
    return bytes(reversed(out))


def _events(track: bytes) -> Iterator[_Event]:
    i = tick = status = 0
    while i < len(track):
        delta, i = _number(track, i)
        tick += delta
        if track[i] & 0x80:
            status = track[i]
            i += 1
        if status == 0xFF:
            kind = track[i]
            length, j = _number(track, i + 1)
            if kind == 0x51:
                yield _Event(tick, bytes([0xFF, 0x51, 3]) + track[j : j + 3])
            i = j + length
        elif status in (0xF0, 0xF7):
            length, i = _number(track, i)
            i += length
        else:
            size = 1 if status >> 4 in (0xC, 0xD) else 2
            yield _Event(tick, bytes([status]) + track[i : i + size])
            i += size


def _first_seconds(events: list[_Event], seconds: float, division: int) -> list[_Event]:
    """The events up to a time; every note that is still held then ends there."""
    tempo_us, start_tick, start_s = 500_000, 0, 0.0
    kept: list[_Event] = []
    held: set[tuple[int, int]] = set()
    for event in events:
        now_s = start_s + (event.tick - start_tick) * tempo_us / division / 1e6
        if now_s > seconds:
            break
        kept.append(event)
        if event.data[0] == 0xFF:
            tempo_us, start_tick, start_s = int.from_bytes(event.data[3:6], "big"), event.tick, now_s
        elif event.data[0] >> 4 in (8, 9):
            note = (event.data[0] & 15, event.data[1])
            (held.add if event.data[0] >> 4 == 9 and event.data[2] else held.discard)(note)
    last = kept[-1].tick if kept else 0
    return kept + [_Event(last, bytes([0x80 | channel, pitch, 0])) for channel, pitch in sorted(held)]


def orchestrate(midi: bytes, orchestration: Orchestration) -> bytes:
    """The same notes, pedal and tempo, spread over three channels by register, with the given programs."""
    n_tracks, division = struct.unpack(">HH", midi[10:14])
    events: list[_Event] = []
    i = 14
    for _ in range(n_tracks):
        length = struct.unpack(">I", midi[i + 4 : i + 8])[0]
        events += _events(midi[i + 8 : i + 8 + length])
        i += 8 + length
    events.sort(key=lambda event: event.tick)
    events = _first_seconds(events, MAX_SECONDS, division)
    voice_of: dict[tuple[int, int], int] = {}
    starts: dict[int, list[int]] = {}
    for event in events:
        if event.data[0] >> 4 == 9 and event.data[2] and event.data[0] & 15 != 9:
            starts.setdefault(event.tick, []).append(event.data[1])
    out = [
        _Event(0, bytes([0xC0 | channel, program]))
        for channel, program in enumerate((orchestration.lead, orchestration.body, orchestration.bass))
    ]
    for event in events:
        status, channel = event.data[0] >> 4, event.data[0] & 15
        if event.data[0] == 0xFF:
            out.append(event)
        elif channel == 9:
            continue
        elif status in (8, 9):
            pitch = event.data[1]
            if status == 9 and event.data[2]:
                together = starts[event.tick]
                voice = LEAD if pitch == max(together) and pitch >= 57 else BASS if pitch < 50 else BODY
                before = voice_of.get((channel, pitch), voice)
                if before != voice:
                    out.append(_Event(event.tick, bytes([0x80 | before, pitch, 0])))
                voice_of[channel, pitch] = voice
            out.append(_Event(event.tick, bytes([status << 4 | voice_of.get((channel, pitch), BODY)]) + event.data[1:]))
        elif status == 0xB and event.data[1] in _KEPT_CONTROLLERS and (orchestration.has_pedal or event.data[1] != 64):
            out += [_Event(event.tick, bytes([0xB0 | voice]) + event.data[1:]) for voice in (LEAD, BODY, BASS)]
    # A note that is never let go would sound, and be rendered, for ever.
    end = out[-1].tick if out else 0
    out += [_Event(end, bytes([0xB0 | voice, kind, 0])) for voice in (LEAD, BODY, BASS) for kind in (64, 123, 120)]
    track = bytearray()
    tick = 0
    for event in out:
        track += _bytes_of(event.tick - tick) + event.data
        tick = event.tick
    track += b"\x00\xff\x2f\x00"
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, division) + b"MTrk" + struct.pack(">I", len(track)) + bytes(track)


def soundfont(name: str) -> Path | None:
    """Where a soundfont is, if it is installed."""
    return next((folder / name for folder in SOUNDFONT_FOLDERS if (folder / name).exists()), None)


def render(midi: Path, orchestration: Orchestration, out: Path) -> None:
    """Play a score into a mono FLAC file of at most two minutes."""
    font = soundfont(orchestration.soundfont)
    if font is None:
        raise FileNotFoundError(f"{orchestration.soundfont} is not installed; looked in {SOUNDFONT_FOLDERS}")
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        score, wav = Path(folder) / "score.mid", Path(folder) / "out.wav"
        score.write_bytes(orchestrate(midi.read_bytes(), orchestration))
        command = ["fluidsynth", "-ni", "-q", "-F", str(wav), "-r", str(SR), "-g", "0.4", str(font), str(score)]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        y, _ = soundfile.read(wav, dtype="float32", frames=round(MAX_SECONDS * SR), always_2d=True)
        loud = np.flatnonzero(np.abs(y).max(axis=1) > 1e-3)
        y = y[: loud[-1] + SR // 2].mean(axis=1) if len(loud) else y.mean(axis=1)
        part = out.with_name(out.name + ".part")
        soundfile.write(part, 0.9 * y / max(float(np.abs(y).max()), 1e-6), SR, format="FLAC")
    part.replace(out)
