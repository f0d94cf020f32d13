"""Which session is meant, and who may open it: by a room's token, or from a clinician's caseload."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice.caseload import in_caseload
from practice.errors import NotThereError, RoomClosedError
from practice.schema import caseload, group_seats, group_sessions, room_tokens, sessions
from practice.store import Actor, require_role, token_hash


def is_open(row: Row[tuple[object, ...]], at: datetime) -> bool:
    """Whether a session's row is of one that is going on."""
    return bool(row.ended_at is None and row.open_until > at)


def row_of_token(db: Connection, room_token: str | None, *, left_too: bool = False) -> Row[tuple[object, ...]]:
    """The session of a room's token; `left_too` takes a token whose room was entered elsewhere since.

    Raises
    ------
    RoomClosedError
        If there is none.
    """
    query = (
        sa.select(sessions)
        .join(room_tokens, room_tokens.c.session_id == sessions.c.id)
        .where(room_tokens.c.token_hash == token_hash(room_token or ""), room_tokens.c.revoked_at.is_(None))
    )
    if not left_too:
        query = query.where(room_tokens.c.left_at.is_(None))
    row = db.execute(query).one_or_none()
    if row is None:
        raise RoomClosedError
    return row


def room_row(db: Connection, room_token: str | None, *, at: datetime) -> Row[tuple[object, ...]]:
    """The open session of a room's token.

    Raises
    ------
    RoomClosedError
        If there is none: never made, ended, too late, or entered elsewhere since.
    """
    row = row_of_token(db, room_token)
    if not is_open(row, at):
        raise RoomClosedError
    return row


def require_session(db: Connection, actor: Actor, session_id: str, *, at: datetime) -> Row[tuple[object, ...]]:
    """A session's row, if it is of a client in `actor`'s caseload, or `actor`'s own trial.

    Raises
    ------
    NotThereError
        Otherwise, whether it exists or not.
    """
    require_role(db, actor, "clinician", action="open a session")
    row = db.execute(sa.select(sessions).where(sessions.c.id == session_id)).one_or_none()
    if row is None:
        raise NotThereError("session")
    if row.client_id is None:
        allowed = row.account_id == actor.account_id
    else:
        allowed = (
            db.execute(
                sa.select(caseload.c.id).where(caseload.c.client_id == row.client_id, *in_caseload(actor, at)).limit(1)
            ).first()
            is not None
        )
    if not allowed:
        raise NotThereError("session")
    return row


def is_of_a_group() -> sa.ColumnElement[bool]:
    """A condition on `sessions` that holds for the rooms of a group session."""
    return sa.or_(
        sa.exists().where(group_seats.c.session_id == sessions.c.id),
        sa.exists().where(group_sessions.c.host_id == sessions.c.id),
    )
