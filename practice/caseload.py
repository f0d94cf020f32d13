"""Whose client somebody is, and what bounds that client's music."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice.errors import NotThereError
from practice.safety import AvoidEntry, Limit, Marks, Protection
from practice.schema import avoid_list, caseload, clients, limits, song_marks
from practice.store import Actor, require_role

MARKS = ("loved", "known_well", "safe", "painful", "rest", "to_find", "private")


def require_client(db: Connection, actor: Actor, client_id: str, *, at: datetime) -> Row[tuple[object, ...]]:
    """The client's row, if `actor` is a clinician with that client in their caseload now.

    Raises
    ------
    NotThereError
        Otherwise, whether the client exists or not: one answer.
    NotAllowedError
        If `actor` is no clinician.
    """
    require_role(db, actor, "clinician", action="open a client's record")
    row = db.execute(
        sa.select(clients)
        .join(caseload, caseload.c.client_id == clients.c.id)
        .where(clients.c.id == client_id, *in_caseload(actor, at))
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NotThereError("client")
    return row


def in_caseload(actor: Actor, at: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions on `caseload` that hold where it is `actor`'s at that time.

    A clock that was set back neither takes a client from their clinician nor gives back what was ended.
    """
    within = sa.and_(caseload.c.since <= at, caseload.c.until > at)
    return (
        caseload.c.account_id == actor.account_id,
        caseload.c.ended_at.is_(None),
        sa.or_(caseload.c.until.is_(None), within),
    )


def protection_of(db: Connection, client_id: str | None, *, at: datetime) -> Protection:
    """All that bounds a client's music; where nothing is kept (None), only that songs are private to others."""
    others_own = own_songs_of_others(db, client_id)
    if client_id is None:
        return Protection(others_own=others_own)
    row = db.execute(sa.select(clients).where(clients.c.id == client_id)).one()
    marked: dict[str, set[str]] = {name: set() for name in MARKS}
    for mark in db.execute(sa.select(song_marks).where(song_marks.c.client_id == client_id)):
        if mark.until is None or mark.until > at:
            marked[mark.mark].add(mark.track_id)
    open_questions = {
        "sounds_hurt": row.sounds_hurt == "not_known",
        "seizures": row.seizures == "not_known",
        "avoid": not row.avoid_known,
    }
    return Protection(
        limits=tuple(
            Limit(limit.id, limit.effect, limit.numbers, limit.reason, limit.review_on)
            for limit in db.execute(
                sa.select(limits)
                .where(limits.c.client_id == client_id, limits.c.ended_at.is_(None))
                .order_by(limits.c.set_at, limits.c.id)
            )
        ),
        avoid=tuple(
            AvoidEntry(entry.id, entry.kind, entry.value, entry.low, entry.high, entry.reason)
            for entry in db.execute(
                sa.select(avoid_list)
                .where(avoid_list.c.client_id == client_id, avoid_list.c.removed_at.is_(None))
                .order_by(avoid_list.c.added_at, avoid_list.c.id)
            )
        ),
        marks=Marks(
            loved=frozenset(marked["loved"]),
            known_well=frozenset(marked["known_well"]),
            safe=frozenset(marked["safe"]),
            painful=frozenset(marked["painful"]),
            rest=frozenset(marked["rest"]),
            private=frozenset(marked["private"]),
        ),
        not_known=frozenset(name for name, is_open in open_questions.items() if is_open),
        others_own=others_own,
    )


def own_songs_of_others(db: Connection, client_id: str | None) -> frozenset[str]:
    """Songs that are private to clients, and not to this one; None is somebody of whom nothing is kept."""
    own = sa.select(song_marks.c.track_id, song_marks.c.client_id).where(song_marks.c.mark == "private")
    owners: dict[str, set[str]] = {}
    for track_id, owner in db.execute(own):
        owners.setdefault(track_id, set()).add(owner)
    return frozenset(track_id for track_id, whose in owners.items() if client_id not in whose)
