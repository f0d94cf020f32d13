"""What counts of a track: where a person's word stands before a measurement, as expressions of SQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, case, or_, select
from sqlalchemy.sql.functions import coalesce

from music_library.schema import own_scale, tracks

t = tracks.c


def _own(name: str, axis: str, usual: float) -> ColumnElement[Any]:
    """Offset or slope of the clinic's own scale, read once a statement; `usual` where it is off."""
    value = select(own_scale.c[name]).where(own_scale.c.axis == axis, own_scale.c.is_on.is_(True)).scalar_subquery()
    return coalesce(value, usual)


def _heard_here(axis: str) -> ColumnElement[Any]:
    """An estimate as this clinic would place it, kept on the plane."""
    place = _own("offset", axis, 0.0) + _own("slope", axis, 1.0) * t[f"estimated_{axis}"]
    return case((place > 1.0, 1.0), (place < -1.0, -1.0), else_=place)


ESTIMATED_VALENCE, ESTIMATED_AROUSAL = _heard_here("valence"), _heard_here("arousal")
VALENCE = coalesce(t.said_valence, t.tag_valence, ESTIMATED_VALENCE)
AROUSAL = coalesce(t.said_arousal, t.tag_arousal, ESTIMATED_AROUSAL)


def _is_said(axis: str) -> ColumnElement[bool]:
    return or_(t[f"said_{axis}"].is_not(None), t[f"tag_{axis}"].is_not(None))


def _spread(axis: str) -> ColumnElement[Any]:
    return case((_is_said(axis), 0.0), else_=_own("slope", axis, 1.0) * t[f"{axis}_sd"])


EFFECTIVE: dict[str, ColumnElement[Any]] = {
    "tempo_bpm": coalesce(t.said_tempo_bpm, t.tempo_bpm),
    "tempo_alternative_bpm": case((t.said_tempo_bpm.is_(None), t.tempo_alternative_bpm)),
    "tempo_odds": case((t.said_tempo_bpm.is_not(None), 1.0), else_=t.tempo_odds),
    "mode": coalesce(t.said_mode, t.mode),
    "valence": VALENCE,
    "arousal": AROUSAL,
    "valence_sd": _spread("valence"),
    "arousal_sd": _spread("arousal"),
    "estimated_valence": ESTIMATED_VALENCE,
    "estimated_arousal": ESTIMATED_AROUSAL,
    "key": coalesce(t.said_key, t.key),
    "mood_source": case(
        (or_(t.said_valence.is_not(None), t.said_arousal.is_not(None)), "correction"),
        (t.tag_valence.is_not(None), "tag"),
        (t.estimated_valence.is_not(None), "estimate"),
    ),
    "voice": coalesce(t.voice, t.seed_voice),
    "language": coalesce(t.language, t.seed_language),
}
"""What counts, where a person's word stands before a measurement: correction, then tag, then estimate."""
