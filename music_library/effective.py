"""What counts of a track: where a person's word stands before a measurement, as expressions of SQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, case, or_
from sqlalchemy.sql.functions import coalesce

from music_library.schema import tracks

t = tracks.c
VALENCE = coalesce(t.said_valence, t.tag_valence, t.estimated_valence)
AROUSAL = coalesce(t.said_arousal, t.tag_arousal, t.estimated_arousal)


def _spread(said: ColumnElement[Any], tag: ColumnElement[Any], estimated: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((or_(said.is_not(None), tag.is_not(None)), 0.0), else_=estimated)


EFFECTIVE: dict[str, ColumnElement[Any]] = {
    "tempo_bpm": coalesce(t.said_tempo_bpm, t.tempo_bpm),
    "tempo_alternative_bpm": case((t.said_tempo_bpm.is_(None), t.tempo_alternative_bpm)),
    "tempo_odds": case((t.said_tempo_bpm.is_not(None), 1.0), else_=t.tempo_odds),
    "mode": coalesce(t.said_mode, t.mode),
    "valence": VALENCE,
    "arousal": AROUSAL,
    "valence_sd": _spread(t.said_valence, t.tag_valence, t.valence_sd),
    "arousal_sd": _spread(t.said_arousal, t.tag_arousal, t.arousal_sd),
    "mood_source": case(
        (or_(t.said_valence.is_not(None), t.said_arousal.is_not(None)), "correction"),
        (t.tag_valence.is_not(None), "tag"),
        (t.estimated_valence.is_not(None), "estimate"),
    ),
    "voice": coalesce(t.voice, t.seed_voice),
    "language": coalesce(t.language, t.seed_language),
}
"""What counts, where a person's word stands before a measurement: correction, then tag, then estimate."""
