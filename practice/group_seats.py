"""The seats of a group session: who sits where, by colour, and what bounds the music of all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice.caseload import protection_of
from practice.errors import NotThereError
from practice.safety import Protection
from practice.schema import group_seats, group_sessions
from practice.store import Actor, require_role
from recommender.mood import Mood

How = Literal["own", "passed", "none"]
WAYS: tuple[How, ...] = ("own", "passed", "none")
Phase = Literal["gathering", "listening", "after", "over"]


@dataclass(frozen=True)
class SeatWish:
    """Who is to take part, and which songs they bring."""

    client_id: str | None = None
    """None: a guest, known by colour only, of whom nothing is kept."""
    picks: tuple[str, ...] = ()
    """Track ids, the first one first."""


@dataclass(frozen=True)
class OpenedSeat:
    """The way into one member's own room; the secrets are shown once."""

    number: int
    colour: str
    code: str | None
    session_id: str
    room_token: str
    link_token: str | None
    pin: str | None


@dataclass(frozen=True)
class Seat:
    """One member in a group session, for the therapist.

    Attributes
    ----------
    has_answered, has_answered_after : bool
        Whether, not what.
    present : Mood or None
        Where the answers before place them, for the medians and the spread: never shown to anybody else.
    """

    number: int
    colour: str
    session_id: str
    client_id: str | None
    code: str | None
    picks: tuple[str, ...]
    has_answered: bool
    has_answered_after: bool
    present: Mood | None
    left_at: datetime | None


@dataclass(frozen=True)
class SeatTurn:
    """Whose song stands where; None: there was no turn for it, or somebody's limit keeps it out."""

    number: int
    track_id: str
    position: int | None


def group_of(db: Connection, session_id: str) -> Row[tuple[object, ...]] | None:
    """The group session that a room belongs to, as its host or as a seat."""
    seat = sa.select(group_seats.c.group_session_id).where(group_seats.c.session_id == session_id).scalar_subquery()
    return db.execute(
        sa.select(group_sessions).where(sa.or_(group_sessions.c.host_id == session_id, group_sessions.c.id == seat))
    ).one_or_none()


def seat_rows(db: Connection, group_session_id: str, *, here: bool = False) -> list[Row[tuple[object, ...]]]:
    """The seats of a group session in their order; `here` leaves out those who have left."""
    query = sa.select(group_seats).where(group_seats.c.group_session_id == group_session_id)
    if here:
        query = query.where(group_seats.c.left_at.is_(None))
    return list(db.execute(query.order_by(group_seats.c.number)).all())


def require_group_session(db: Connection, actor: Actor, group_session_id: str) -> Row[tuple[object, ...]]:
    """The group session's row, if `actor` leads it.

    Raises
    ------
    NotThereError
        Otherwise, whether it exists or not.
    """
    require_role(db, actor, "clinician", action="open a group")
    row = db.execute(
        sa.select(group_sessions).where(
            group_sessions.c.id == group_session_id, group_sessions.c.account_id == actor.account_id
        )
    ).one_or_none()
    if row is None:
        raise NotThereError("group")
    return row


def protections_of(db: Connection, group_session_id: str, *, at: datetime) -> list[Protection]:
    """What bounds the music of each who takes part, guests too; somebody who left does not bound it any more."""
    return [
        protection_of(db, None if seat.client_id is None else str(seat.client_id), at=at)
        for seat in seat_rows(db, group_session_id, here=True)
    ]


def phase_of(row: Row[tuple[object, ...]], *, is_open: bool) -> Phase:
    """How far a group session has come."""
    if row.ended_at is not None or not is_open:
        return "over"
    if row.after_at is not None:
        return "after"
    return "listening" if row.made_at is not None else "gathering"
