"""Words for moods: where each lies on the plane, how wide it is, and where that comes from.

Sixteen words are the places of the map, a grid of four by four over the circumplex [1]_. Every other word is laid
between places by hand: its point is their mean, so that the table can be read, argued with and changed. No coordinate
comes from a rated word list. All of them are defaults that a clinician may move.

References
----------
.. [1] Russell, J. A. "A circumplex model of affect." Journal of Personality and Social Psychology, 1980.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from recommender.errors import UnknownMoodError
from recommender.mood import Mood

NEUTRAL_RADIUS = 0.15
"""Within this distance of the centre a mood has no word but "in the middle"."""
CENTRE = "in the middle"


class MoodWord(NamedTuple):
    """What a word stands for."""

    mood: Mood
    spread: float
    """Standard deviation of where people put it, the same in every direction."""
    source: str


_ROWS = (
    (0.75, ("angry or scared", "on edge", "lively", "excited")),
    (0.25, ("upset", "worried", "interested", "happy")),
    (-0.25, ("sad", "bored", "settled", "content")),
    (-0.75, ("low", "tired", "sleepy", "calm")),
)
_COLUMNS = (-0.75, -0.25, 0.25, 0.75)

MOOD_PLACES: Mapping[str, Mood] = MappingProxyType(
    {word: Mood(valence, arousal) for arousal, row in _ROWS for valence, word in zip(_COLUMNS, row, strict=True)}
)
"""The sixteen places of the map, from top left to bottom right."""

_BETWEEN: Mapping[str, tuple[str, ...]] = {
    "angry": ("angry or scared",),
    "scared": ("angry or scared",),
    "frustrated": ("angry or scared", "upset"),
    "tense": ("upset", "on edge"),
    "irritated": ("upset", "worried"),
    "anxious": ("worried", "on edge"),
    "restless": ("worried", "on edge", "lively", "interested"),
    "alert": ("on edge", "lively"),
    "hurt": ("upset", "sad"),
    "lonely": ("sad", "bored"),
    "gloomy": ("sad", "low"),
    "melancholy": ("sad", "bored", "low", "tired"),
    "down": ("low", "tired"),
    "empty": ("bored", "tired"),
    "nostalgic": ("bored", "settled"),
    "drowsy": ("tired", "sleepy"),
    "dreamy": ("settled", "sleepy"),
    "relaxed": ("settled", "content", "sleepy", "calm"),
    "peaceful": ("content", "calm"),
    "tender": ("settled", "content"),
    "hopeful": ("interested", "happy", "settled", "content"),
    "focused": ("interested", "settled"),
    "proud": ("happy", "content"),
    "cheerful": ("interested", "happy", "lively", "excited"),
    "joyful": ("happy", "excited"),
    "energetic": ("lively", "excited"),
    "playful": ("lively", "interested"),
}


def _mean(moods: tuple[Mood, ...]) -> Mood:
    return Mood(sum(m.valence for m in moods) / len(moods), sum(m.arousal for m in moods) / len(moods))


def _table() -> dict[str, MoodWord]:
    words = {name: MoodWord(mood, 0.25, "place of the map") for name, mood in MOOD_PLACES.items()}
    words[CENTRE] = MoodWord(Mood(0.0, 0.0), NEUTRAL_RADIUS, "centre of the map")
    words["neutral"] = MoodWord(Mood(0.0, 0.0), NEUTRAL_RADIUS, "centre of the map")
    for word, places in _BETWEEN.items():
        moods = tuple(MOOD_PLACES[place] for place in places)
        source = f"one word of {places[0]!r}" if len(places) == 1 else f"own default, between {', '.join(places)}"
        words[word] = MoodWord(_mean(moods), 0.25 if len(places) < 4 else 0.35, source)
    return words


MOOD_WORDS: Mapping[str, MoodWord] = MappingProxyType(_table())
"""Every word that a plan can be asked for with."""


def with_changes(
    changes: Mapping[str, Mood],
    words: Mapping[str, MoodWord] = MOOD_WORDS,
    *,
    spreads: Mapping[str, float] = MappingProxyType({}),
) -> Mapping[str, MoodWord]:
    """The table with words moved or added by a clinician; theirs say so in `source`.

    `spreads` are those that are not as usual; that of "in the middle" is the radius of the neutral zone.

    Raises
    ------
    UnknownMoodError
        If a point lies off the plane or a word is blank.
    """
    table = dict(words)
    for word, mood in changes.items():
        name = _normal(word)
        if not name:
            raise UnknownMoodError("A mood word cannot be blank: give it a name.", text=word)
        _require_on_plane(mood, text=f"{word}: {mood.valence:g},{mood.arousal:g}")
        usual = table[name].spread if name in table else 0.25
        table[name] = MoodWord(Mood(*mood), spreads.get(word, usual), "set by the clinician")
    return MappingProxyType(table)


def find_mood(text: str, words: Mapping[str, MoodWord] = MOOD_WORDS) -> Mood:
    """The point that a word or a pair of numbers means.

    Parameters
    ----------
    text : str
        A word of the table, in any case, or `valence,arousal`, both in [-1, 1].
    words : mapping, default=MOOD_WORDS
        The table; see `with_changes`.

    Raises
    ------
    UnknownMoodError
        If it is neither; the message names the nearest words.
    """
    name = _normal(text)
    if name in words:
        return words[name].mood
    numbers = _numbers(text)
    if numbers is not None:
        mood = Mood(*numbers)
        _require_on_plane(mood, text=text)
        return mood
    near = difflib.get_close_matches(name, words, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"Known words: {', '.join(sorted(words))}."
    raise UnknownMoodError(
        f"{text!r} is not a mood: give a known word, or valence,arousal as two numbers from -1 to 1. {hint}",
        text=text,
        near=tuple(near),
    )


def place_of(mood: Mood, words: Mapping[str, MoodWord] = MOOD_WORDS) -> str:
    """The word of the map that lies nearest; "in the middle" within the neutral zone, where no word is right."""
    if math.hypot(*mood) <= words[CENTRE].spread:
        return CENTRE
    return min(MOOD_PLACES, key=lambda name: words[name].mood.distance(mood))


def _normal(text: str) -> str:
    return " ".join(text.replace("_", " ").replace("-", " ").casefold().split())


def _numbers(text: str) -> tuple[float, float] | None:
    parts = text.split(",")
    if len(parts) != 2:
        return None
    try:
        return float(parts[0]), float(parts[1])
    except ValueError:
        return None


def _require_on_plane(mood: Mood, *, text: str) -> None:
    if not all(-1 <= value <= 1 for value in mood):
        raise UnknownMoodError(
            f"{text!r} is off the plane: valence and arousal are numbers from -1 to 1.", text=text, near=()
        )
