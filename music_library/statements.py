"""What people say about tracks: all of it is kept, and what follows from the latest stands in the track's columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from music_library.changes import next_version
from music_library.database import reading, writing
from music_library.errors import BadStatementError, UnknownTrackError
from music_library.listing import Listing
from music_library.schema import statements, tracks
from music_library.track import Track

t = tracks.c


@dataclass(frozen=True)
class Statement:
    """Something that a person said about a track."""

    kind: str
    value: Any
    """None takes back what was said before."""
    account: str
    said_at: float


class Said(NamedTuple):
    """Statements about some tracks, and the columns that follow from them."""

    ids: list[str]
    said: dict[str, Any]
    values: dict[str, Any]


class Statements(Listing):
    """How statements are kept; the kinds of them stand in the classes that build on this one."""

    def statements(self, track_id: str) -> list[Statement]:
        """Everything that people ever said about a track, oldest first."""
        query = select(statements).where(statements.c.track_id == track_id).order_by(statements.c.number)
        with reading(self.engine) as db:
            rows = db.execute(query).mappings().all()
        return [
            Statement(
                row["kind"], None if row["value"] is None else json.loads(row["value"]), row["account"], row["said_at"]
            )
            for row in rows
        ]

    def say_words_of(self, track_id: str, text: str | None, *, account: str) -> None:
        """Keep the words of a song as a person pasted them; None takes them back. See `music_library.lyrics`."""
        self._say([track_id], account, {"lyrics": text}, {})

    def _say(
        self,
        track_ids: Sequence[str],
        account: str,
        said: dict[str, Any],
        values: dict[str, Any] | Callable[[Connection], dict[str, Any]],
    ) -> list[Track]:
        """Keep the same statements, and what follows from them, for some tracks."""
        wanted = list(dict.fromkeys(track_ids))

        def same_for_all(db: Connection) -> list[Said]:
            return [Said(wanted, said, values(db) if callable(values) else values)] if said else []

        return self._say_each(wanted, account, same_for_all)

    def _say_each(
        self, track_ids: Sequence[str], account: str, changes: Callable[[Connection], list[Said]]
    ) -> list[Track]:
        """Keep statements and what follows from them, all or none, in one transaction."""
        if not account.strip():
            raise BadStatementError("A correction, tag or mark needs the account of whoever says it.")
        wanted = list(dict.fromkeys(track_ids))
        if not wanted:
            return []
        now = self.clock()
        with writing(self.engine) as db:
            version = 0
            for change in changes(db):
                version = version or next_version(db)
                for start in range(0, len(change.ids), 500):
                    batch = change.ids[start : start + 500]
                    known = set(db.execute(select(t.id).where(t.id.in_(batch))).scalars())
                    for track_id in batch:
                        if track_id not in known:
                            raise UnknownTrackError(track_id)
                    if change.values:
                        db.execute(tracks.update().where(t.id.in_(batch)).values(**change.values, changed_in=version))
                    db.execute(
                        statements.insert(),
                        [
                            {
                                "track_id": track_id,
                                "kind": kind,
                                "value": None if value is None else json.dumps(value),
                                "account": account,
                                "said_at": now,
                            }
                            for track_id in batch
                            for kind, value in change.said.items()
                        ],
                    )
        return self.tracks_by_id(wanted)
