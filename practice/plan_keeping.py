"""Keeping a plan: who may open it, its row, its approval, and what must not be in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice.barred import barred_songs
from practice.caseload import in_caseload, protection_of
from practice.errors import NotThereError, UnsafePlanError
from practice.plan_copies import read_songs
from practice.safety import Protection
from practice.schema import caseload, plans
from practice.settings import setting
from practice.store import Actor, new_id, require_role


def require_plan(db: Connection, actor: Actor, plan_id: str, *, at: datetime) -> Row[tuple[object, ...]]:
    """The plan's row, if it is of a client in `actor`'s caseload, or `actor`'s own trial.

    Raises
    ------
    NotThereError
        Otherwise, whether it exists or not.
    """
    require_role(db, actor, "clinician", action="open a plan")
    row = db.execute(sa.select(plans).where(plans.c.id == plan_id)).one_or_none()
    if row is None:
        raise NotThereError("plan")
    if row.client_id is None:
        if row.account_id != actor.account_id:
            raise NotThereError("plan")
        return row
    mine = db.execute(
        sa.select(caseload.c.id).where(caseload.c.client_id == row.client_id, *in_caseload(actor, at)).limit(1)
    ).first()
    if mine is None:
        raise NotThereError("plan")
    return row


def insert_plan(
    db: Connection,
    actor: Actor,
    client_id: str | None,
    heading: Mapping[str, Any],
    *,
    at: datetime,
    version: int = 1,
    replaces: str | None = None,
) -> str:
    """Put a draft into the record, without its songs, and give its id."""
    plan_id = new_id()
    db.execute(
        plans.insert().values(
            id=plan_id,
            client_id=client_id,
            account_id=actor.account_id,
            state="draft",
            version=version,
            replaces=replaces,
            created_at=at,
            **heading,
        )
    )
    return plan_id


def mark_approved(db: Connection, actor: Actor, plan_id: str, *, present: bool, at: datetime) -> None:
    """Note who approved a plan and its pool, when, and until when that holds."""
    db.execute(
        plans.update()
        .where(plans.c.id == plan_id)
        .values(
            state="approved",
            approved_by=actor.account_id,
            approved_at=at,
            approved_present=present,
            expires_at=at + timedelta(days=setting(db, "approval_days")),
        )
    )


def refuse_forbidden(db: Connection, plan_id: str, client_id: str | None, *, at: datetime) -> None:
    """Judge a plan and its pool by one client's limits of this moment.

    Raises
    ------
    UnsafePlanError
        If anything in it must not be heard.
    """
    refuse_barred(db, plan_id, [protection_of(db, client_id, at=at)], whom="client")


def refuse_barred(db: Connection, plan_id: str, protections: Iterable[Protection], *, whom: str) -> None:
    """Judge a plan and its pool by the limits of everybody who is to hear it.

    Raises
    ------
    UnsafePlanError
        If one of them must not hear something in it.
    """
    songs = read_songs(db, plan_id)
    barred: set[str] = set()
    for protection in protections:
        barred |= barred_songs(songs.values(), protection)
    if barred:
        titles = sorted(songs[track_id].title or track_id for track_id in barred)
        raise UnsafePlanError(
            f"{len(barred)} of these songs must not be played for this {whom}: {', '.join(titles[:5])}. Suggest again.",
            titles=titles,
            track_ids=sorted(barred),
        )
