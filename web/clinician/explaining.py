"""Why a song sounds as we guess, in sentences that a therapist can check by ear."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from recommender.errors import RecommenderError
from web.serving import stores
from web.words import say, sentences

if TYPE_CHECKING:
    from recommender import Reason
    from web.components.plan_chart import SongRow

MOST_CUES = 2


def why_lines(track_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """For each track that was heard, a sentence each for what raises or lowers its place; kept until music changes."""
    model = stores().home / "models" / "in_use.json"
    changed = model.stat().st_mtime_ns if model.exists() else 0
    return _why_lines(tuple(track_ids), str(stores().catalogue.version()), changed, str(stores().home))


def with_sounds(rows: Sequence[SongRow]) -> list[SongRow]:
    """The rows of a list, each with what in its sound puts it where it stands."""
    lines = why_lines([row.id for row in rows])
    return [replace(row, sounds=lines.get(row.id, ())) for row in rows]


@st.cache_data(max_entries=32, show_spinner=False)
def _why_lines(
    track_ids: tuple[str, ...],
    version: str,  # noqa: ARG001 - the key of the cache, as are the two below
    model_changed: int,  # noqa: ARG001
    home: str,  # noqa: ARG001
) -> dict[str, tuple[str, ...]]:
    from music_library.explaining import why_these_moods

    try:
        found = why_these_moods(stores().catalogue, stores().home, track_ids)
    except RecommenderError:
        return {}  # the pages that show the model say what is wrong with it
    return {track_id: tuple(cue_sentences(reasons)) for track_id, reasons in found.items()}


def cue_sentences(reasons: Iterable[Reason]) -> Iterable[str]:
    """Cues as sentences, those of one axis and direction together, the strongest first."""
    groups: dict[str, list[str]] = {}
    for reason in reasons:
        values = reason.values
        key = f"mood.cue_{values['cue']}_{'high' if values['is_high'] else 'low'}"
        phrase = sentences().get(key) or _of_kind(str(values["cue"]), is_high=bool(values["is_high"]))
        if phrase is None:
            continue
        group = groups.setdefault(f"{values['axis']}_{'up' if values['raises'] else 'down'}", [])
        if phrase not in group and len(group) < MOST_CUES:
            group.append(phrase)
    for name, phrases in groups.items():
        cues = say("mood.cues_two", one=phrases[0], other=phrases[1]) if len(phrases) > 1 else phrases[0]
        yield say(f"mood.why_{name}", cues=cues)


def _of_kind(cue: str, *, is_high: bool) -> str | None:
    # Several key profiles and windows say the same: how major it is.
    kind = "mode" if cue.startswith("mode_") else cue
    return sentences().get(f"mood.cue_{kind}_{'high' if is_high else 'low'}")
