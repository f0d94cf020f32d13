"""The version of the catalogue, which grows with every change of a track."""

from __future__ import annotations

from sqlalchemy import Connection, select

from music_library.schema import state


def next_version(db: Connection) -> int:
    """Begin a change of tracks; their `changed_in` becomes the answer.

    Whoever writes holds this row until the end of the transaction, so that versions are seen in their order.
    """
    is_it = state.c.name == "revision"
    db.execute(state.update().where(is_it).values(value=state.c.value + 1))
    return int(db.execute(select(state.c.value).where(is_it)).scalar_one())
