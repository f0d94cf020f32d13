"""The mood words of this site, wherever a page names a place on the map."""

from __future__ import annotations

from collections.abc import Mapping

from recommender.mood_words import MOOD_WORDS, MoodWord
from web import serving


def in_use() -> Mapping[str, MoodWord]:
    """Every word with its place, as this clinic uses them; the usual ones where no store is open."""
    from music_library.own_words import words_in_use

    return words_in_use(serving.stores().catalogue) if serving.are_open() else MOOD_WORDS
