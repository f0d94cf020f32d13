"""A track as everybody outside the catalogue sees it, and as one row of a table."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from music_library.catalogue import Catalogue
    from recommender.playlist import PlannedTrack

LIBRARY_COLUMNS = (
    "id",
    "path",
    "title",
    "artist",
    "album",
    "duration_s",
    "tempo_bpm",
    "tempo_alternative_bpm",
    "tempo_odds",
    "pulse_clarity",
    "key",
    "key_clarity",
    "mode",
    "loudness_lufs",
    "valence",
    "valence_sd",
    "arousal",
    "arousal_sd",
    "mood_source",
    "outside_training",
    "flags",
    "error",
)
"""The columns of a library row, in their order."""


@dataclass(frozen=True)
class Track:
    """One recording: what its file says, what was heard, and what people said. Unknown is None."""

    id: str
    path: str
    title: str | None
    artist: str | None
    album: str | None
    duration_s: float | None
    tempo_bpm: float | None
    tempo_alternative_bpm: float | None
    tempo_odds: float | None
    pulse_clarity: float | None
    key: str | None
    key_clarity: float | None
    mode: float | None
    loudness_lufs: float | None
    valence: float | None
    valence_sd: float | None
    """Spread of the estimate; 0 where a person said the mood."""
    arousal: float | None
    arousal_sd: float | None
    mood_source: str | None
    """`estimate`, `tag` or `correction`; None where no mood is known."""
    outside_training: bool | None
    flags: tuple[str, ...]
    error: str | None
    """Why it could not be analysed, and what to do."""
    # Beside the library row:
    genre: str | None
    tempo_drift: float | None
    true_peak_dbtp: float | None
    largest_rise_db: float | None
    estimated_valence: float | None
    estimated_arousal: float | None
    heard_tempo_bpm: float | None
    heard_mode: float | None
    heard_key: str | None
    model_id: str | None
    voice: str | None
    """`sung` or `instrumental`; None where nobody knows: then it counts as sung."""
    instrumental: bool | None
    language: str | None
    words_checked: bool
    themes: frozenset[str]
    explicit: bool | None
    faith: bool | None
    words: tuple[str, ...]
    """Free tags."""
    is_missing: bool
    error_code: str | None
    error_reason: str | None
    error_remedy: str | None

    def row(self) -> dict[str, Any]:
        """The library row: plain values for JSON, None for what is unknown."""
        values = {name: getattr(self, name) for name in LIBRARY_COLUMNS}
        return values | {"flags": " ".join(self.flags)}


TRACK_FIELDS = tuple(field.name for field in fields(Track))


def library_rows(catalogue: Catalogue, *, failed: bool = False) -> Iterator[dict[str, Any]]:
    """Every track of the catalogue as a library row, in order of arrival; `failed`: only those without analysis."""
    page = 2000
    offset = 0
    while batch := catalogue.tracks(failed=failed, limit=page, offset=offset):
        yield from (track.row() for track in batch)
        offset += page


def plan_row(catalogue: Catalogue, planned: PlannedTrack, reason: str) -> dict[str, Any]:
    """One row of a plan: the library row, and where in the plan the track stands and why."""
    return catalogue.track(planned.track_id).row() | {
        "start_s": planned.start_s,
        "target_valence": planned.target.valence,
        "target_arousal": planned.target.arousal,
        "reason": reason,
    }


FORMULA = re.compile("[\\s'\"\ufeff\u200b]*[=+@\uff1d\uff0b\uff0d\uff20-]")
"""How a formula begins; also with the wide signs of Chinese and Japanese, which some spreadsheets take for the same."""


def csv_cell(value: object) -> str:
    """One cell of a CSV file, which no spreadsheet takes for a formula.

    Numbers stay numbers. Text that begins like a formula, also behind spaces of any kind, gets an apostrophe in front.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value) if math.isfinite(value) else ""
    text = " ".join(str(value).splitlines()) if "\n" in str(value) or "\r" in str(value) else str(value)
    return f"'{text}" if FORMULA.match(text) else text
