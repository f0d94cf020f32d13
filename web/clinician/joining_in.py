"""How a therapist can join in: the relative key, and easy chord shapes under a capo."""

from __future__ import annotations

from web.words import say

NOTES = {"C": 0, "C#": 1, "Db": 1, "D": 2, "D#": 3, "Eb": 3, "E": 4, "F": 5, "F#": 6, "Gb": 6, "G": 7, "G#": 8, "Ab": 8,
         "A": 9, "A#": 10, "Bb": 10, "B": 11}  # fmt: skip
SHARP = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
EASY = {"major": ("C", "A", "G", "E", "D"), "minor": ("A", "E", "D")}
"""Keys whose chords lie well on a guitar without a capo."""
HIGHEST_CAPO = 7


def relative_key(key: str) -> str | None:
    """The key with the same notes: A minor for C major; None where `key` is no key."""
    tonic, _, mode = key.partition(" ")
    if tonic not in NOTES or mode not in EASY:
        return None
    away, other = (9, "minor") if mode == "major" else (3, "major")
    return f"{SHARP[(NOTES[tonic] + away) % 12]} {other}"


def capo(key: str) -> tuple[int, str] | None:
    """The lowest fret, and the easy key whose shapes sound as `key` there; None where `key` is no key."""
    tonic, _, mode = key.partition(" ")
    if tonic not in NOTES or mode not in EASY:
        return None
    frets = {(NOTES[tonic] - NOTES[shape]) % 12: shape for shape in EASY[mode]}
    fret = min(frets)
    return (fret, f"{frets[fret]} {mode}") if fret <= HIGHEST_CAPO else None


def hint(key: str | None) -> str:
    """Both in one line; empty where the key is not known."""
    relative, shapes = relative_key(key or ""), capo(key or "")
    if relative is None or shapes is None:
        return ""
    fret, shape = shapes
    if fret == 0:
        return say("clinician.join_in_open", relative=relative)
    return say("clinician.join_in", relative=relative, fret=fret, shape=shape)
