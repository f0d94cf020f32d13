"""Mood words as this clinic uses them: moved, added, and how large the neutral zone is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import select

from music_library.database import reading, writing
from music_library.errors import BadStatementError
from music_library.schema import mood_words
from recommender.mood import Mood
from recommender.mood_words import CENTRE, MOOD_WORDS, NEUTRAL_RADIUS, MoodWord, with_changes

if TYPE_CHECKING:
    from music_library.store import Store

LONGEST_WORD = 60
LARGEST_NEUTRAL = 0.35
"""A wider middle would reach the innermost words of the map."""
_KEPT_S = 2.0  # another process's change is seen that late; a page asks for hundreds of words at once
_kept: dict[int, tuple[float, Store, Mapping[str, MoodWord]]] = {}


def words_in_use(catalogue: Store) -> Mapping[str, MoodWord]:
    """Every mood word with its place, those of this clinic before the usual ones."""
    kept = _kept.get(id(catalogue))
    if kept is not None and kept[1] is catalogue and time.monotonic() - kept[0] < _KEPT_S:
        return kept[2]
    with reading(catalogue.engine) as db:
        rows = db.execute(select(mood_words)).all()
    words = MOOD_WORDS
    if rows:
        own = {row.word: Mood(row.valence, row.arousal) for row in rows}
        spreads = {row.word: row.spread for row in rows if row.spread is not None}
        words = with_changes(own, spreads=spreads)
    _kept.clear()
    _kept[id(catalogue)] = (time.monotonic(), catalogue, words)
    return words


def neutral_radius(words: Mapping[str, MoodWord]) -> float:
    """Within this distance of the centre a mood has no word but "in the middle"."""
    return words[CENTRE].spread if CENTRE in words else NEUTRAL_RADIUS


def set_word(catalogue: Store, word: str, mood: Mood, *, account: str) -> str:
    """Move a mood word, or add one, and give it as it is kept.

    Raises
    ------
    BadStatementError
        If the word is blank, too long, or the centre, which does not move.
    UnknownMoodError
        If the point lies off the plane.
    """
    name = _name(word)
    if name in (CENTRE, "neutral"):
        raise BadStatementError(f"{name!r} is the centre of the map and stays there.", word=word)
    with_changes({name: mood})
    _put(catalogue, name, mood, None, account)
    return name


def set_neutral_radius(catalogue: Store, radius: float, *, account: str) -> None:
    """Say within what distance of the centre a mood counts as "in the middle"."""
    if not 0 <= radius <= LARGEST_NEUTRAL:  # also refuses NaN
        raise BadStatementError(
            f"The middle reaches {radius:g} far; it must lie from 0 to {LARGEST_NEUTRAL:g}.", value=radius
        )
    _put(catalogue, CENTRE, Mood(0.0, 0.0), radius, account)


def forget_word(catalogue: Store, word: str) -> None:
    """Take a word back to its usual place, or away where it is none of the usual ones."""
    with writing(catalogue.engine) as db:
        db.execute(mood_words.delete().where(mood_words.c.word == _name(word)))
    _kept.clear()


def _put(catalogue: Store, word: str, mood: Mood, spread: float | None, account: str) -> None:
    if not account.strip():
        raise BadStatementError("A mood word needs the account of whoever says it.")
    values = {"valence": mood.valence, "arousal": mood.arousal, "spread": spread, "account": account}
    values["said_at"] = catalogue.clock()
    with writing(catalogue.engine) as db:
        if not db.execute(mood_words.update().where(mood_words.c.word == word).values(**values)).rowcount:
            db.execute(mood_words.insert().values(word=word, **values))
    _kept.clear()


def _name(word: str) -> str:
    name = " ".join(word.replace("_", " ").replace("-", " ").casefold().split())
    if not name or len(name) > LONGEST_WORD or not any(letter.isalpha() for letter in name):
        raise BadStatementError(
            f"{word[:80]!r} is no mood word: give one of up to {LONGEST_WORD} letters.", word=word[:80]
        )
    return name
