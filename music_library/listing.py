"""Tracks as they are listed: found by id, by words and by marks, with what counts of each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, func, select

from music_library.choosing import Only, matching
from music_library.database import reading
from music_library.effective import EFFECTIVE
from music_library.errors import MissingFileError, UnknownTrackError
from music_library.files import shown
from music_library.own_words import words_in_use
from music_library.schema import files, tracks
from music_library.store import Store
from music_library.track import Track

t = tracks.c
_PLAIN = (
    "id",
    "path",
    "title",
    "artist",
    "album",
    "duration_s",
    "pulse_clarity",
    "key_clarity",
    "loudness_lufs",
    "outside_training",
    "flags",
    "genre",
    "tempo_drift",
    "true_peak_dbtp",
    "largest_rise_db",
    "model_id",
    "is_words_checked",
    "themes",
    "is_explicit",
    "is_faith",
    "words",
    "is_missing",
    "error_code",
    "error_reason",
    "error_remedy",
)


class Listing(Store):
    """The uses that read tracks."""

    def track(self, track_id: str) -> Track:
        """One track; `UnknownTrackError` if this library never held it."""
        with reading(self.engine) as db:
            row = db.execute(_select_tracks().where(t.id == track_id)).mappings().first()
        if row is None:
            raise UnknownTrackError(track_id)
        return _track(row)

    def tracks_by_id(self, track_ids: Sequence[str]) -> list[Track]:
        """Several tracks, in the order asked for; ids that are not known are left out."""
        found: dict[str, Track] = {}
        with reading(self.engine) as db:
            for start in range(0, len(track_ids), 500):
                batch = track_ids[start : start + 500]
                rows = db.execute(_select_tracks().where(t.id.in_(batch))).mappings()
                found |= {row["id"]: _track(row) for row in rows}
        return [found[track_id] for track_id in track_ids if track_id in found]

    def tracks(
        self,
        *,
        words: str = "",
        failed: bool = False,
        only: Only | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Track]:
        """Tracks in order of arrival.

        Parameters
        ----------
        words : str
            Only tracks for which every word is found in title, artist, album, genre, tags, marks or file name, or is
            the word of a mood near theirs.
        failed : bool
            Only tracks that could not be analysed.
        only : Only, optional
            What else must be true of them.
        limit, offset : int
            A page of the answer.
        """
        statement = _select_tracks().where(self._matches(words, failed, only)).order_by(t.number).limit(limit)
        with reading(self.engine) as db:
            return [_track(row) for row in db.execute(statement.offset(offset)).mappings()]

    def count(self, *, words: str = "", failed: bool = False, only: Only | None = None) -> int:
        """How many tracks `tracks` would answer with."""
        statement = select(func.count()).select_from(tracks).where(self._matches(words, failed, only))
        with reading(self.engine) as db:
            return int(db.execute(statement).scalar_one())

    def ids(self, *, words: str = "", only: Only | None = None) -> list[str]:
        """The ids of all tracks that `tracks` would answer with."""
        statement = select(t.id).where(self._matches(words, False, only)).order_by(t.number)
        with reading(self.engine) as db:
            return list(db.execute(statement).scalars())

    def file_of(self, track_id: str) -> Path:
        """A file of this track that is there now.

        Raises
        ------
        UnknownTrackError
            If this library never held it.
        MissingFileError
            If none of its files is there.
        """
        statement = (
            select(files.c.path)
            .join(tracks, t.number == files.c.track_number)
            .where(t.id == track_id)
            .order_by(files.c.missing_since.is_not(None), files.c.path)
        )
        with reading(self.engine) as db:
            paths = [bytes(path) for path in db.execute(statement).scalars()]
        if not paths:
            raise UnknownTrackError(track_id)
        for path in paths:
            if (file := Path(os.fsdecode(path))).is_file():
                return file
        raise MissingFileError(track_id, shown(paths[0]))

    def _matches(self, words: str, failed: bool, only: Only | None) -> ColumnElement[bool]:
        return matching(words, failed=failed, only=only, mood_words=words_in_use(self))


def _select_tracks() -> Select[Any]:
    return select(
        *(t[name] for name in _PLAIN),
        *(column.label(name) for name, column in EFFECTIVE.items()),
        t.tempo_bpm.label("heard_tempo_bpm"),
        t.mode.label("heard_mode"),
        t.key.label("heard_key"),
    )


def _track(row: RowMapping) -> Track:
    values = dict(row)
    reason, remedy = values["error_reason"], values["error_remedy"]
    flags = tuple(values["flags"].split()) + (("missing",) if values["is_missing"] else ())
    words_checked, explicit, faith = (values.pop(f"is_{name}") for name in ("words_checked", "explicit", "faith"))
    return Track(
        **values
        | {
            "flags": flags,
            "instrumental": None if values["voice"] is None else values["voice"] == "instrumental",
            "error": None if reason is None else f"{reason} {remedy or ''}".strip(),
            "words_checked": bool(words_checked),
            "explicit": explicit,
            "faith": faith,
            "themes": frozenset(theme for theme in (values["themes"] or "").split("\n") if theme),
            "words": tuple(word for word in (values["words"] or "").split("\n") if word),
        }
    )
