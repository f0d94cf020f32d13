"""Which tracks go by what was typed and asked for, as conditions of SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, literal, not_, or_, select

from music_library.effective import AROUSAL, EFFECTIVE, VALENCE
from music_library.schema import statements, tracks
from music_library.tags import search_key
from recommender.errors import UnknownMoodError
from recommender.mood import Mood
from recommender.mood_words import MoodWord, find_mood

MOOD_WORD_RADIUS = 0.35
"""How near a track must lie to a mood word to be found by it: one largest step of a route."""
UNSURE_SD = 0.5
"""From this spread on an estimate is too wide to lean on, as `recommender.explain` says of a plan's songs."""
_AT_ONCE = 20_000

t = tracks.c


@dataclass(frozen=True)
class Only:
    """What must be true of tracks; what is None does not matter."""

    heard_by: str | None = None
    """An account that has listened to them."""
    not_heard_by: str | None = None
    words_checked: bool | None = None
    """Somebody has checked the words, or there are none."""
    unsure: bool | None = None
    """The estimate is too wide to lean on, or outside the training music, and nobody has said better."""
    ids: frozenset[str] | None = None


def matching(words: str, *, failed: bool, only: Only | None, mood_words: Mapping[str, MoodWord]) -> ColumnElement[bool]:
    """Tracks for which every word is found, or is the word of a mood near theirs, and that are as `only` says."""
    conditions: list[ColumnElement[bool]] = [literal(True)] if not failed else [t.error_code.is_not(None)]
    for word in search_key(words).split()[:20]:
        found: ColumnElement[bool] = or_(
            *(
                column.contains(word, autoescape=True)
                for column in (t.search_text, t.themes, t.words, EFFECTIVE["voice"], EFFECTIVE["language"])
            )
        )
        if (mood := _mood_of_word(word, mood_words)) is not None:
            away = (VALENCE - mood.valence) * (VALENCE - mood.valence) + (AROUSAL - mood.arousal) * (
                AROUSAL - mood.arousal
            )
            found = or_(found, away <= MOOD_WORD_RADIUS**2)
        conditions.append(found)
    return and_(*conditions, *(_asked(only) if only is not None else ()))


def _asked(only: Only) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if only.heard_by is not None:
        conditions.append(_heard_by(only.heard_by))
    if only.not_heard_by is not None:
        conditions.append(not_(_heard_by(only.not_heard_by)))
    if only.words_checked is not None:
        is_checked = or_(t.is_words_checked.is_(True), func.coalesce(EFFECTIVE["voice"], "") == "instrumental")
        conditions.append(is_checked if only.words_checked else not_(func.coalesce(is_checked, False)))
    if only.unsure is not None:
        is_wide = or_(EFFECTIVE["valence_sd"] > UNSURE_SD, EFFECTIVE["arousal_sd"] > UNSURE_SD)
        is_unsure = and_(EFFECTIVE["mood_source"] == "estimate", or_(is_wide, t.outside_training.is_(True)))
        conditions.append(is_unsure if only.unsure else not_(func.coalesce(is_unsure, False)))
    if only.ids is not None:
        conditions.append(t.id.in_(sorted(only.ids)[:_AT_ONCE]))
    return conditions


def _heard_by(account: str) -> ColumnElement[bool]:
    said = (statements.c.kind == "heard", statements.c.account == account)
    latest = select(func.max(statements.c.number)).where(*said).group_by(statements.c.track_id)
    heard = select(statements.c.track_id).where(statements.c.number.in_(latest), statements.c.value == "true")
    return t.id.in_(heard)


def _mood_of_word(word: str, mood_words: Mapping[str, MoodWord]) -> Mood | None:
    try:
        return find_mood(word, mood_words) if word.isalpha() else None
    except UnknownMoodError:
        return None
