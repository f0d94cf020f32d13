"""Plans: draft, approved with a pool, superseded; who, when and by which model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice import audit
from practice.barred import barred_songs
from practice.caseload import in_caseload, protection_of, require_client
from practice.errors import NotThereError, PlanStateError, UnsafePlanError
from practice.movement import carry_movement
from practice.plan_copies import Plan, PlanSong, TrackToCopy, heading_of, read_plan, read_songs, write_contents
from practice.schema import caseload, plans
from practice.settings import setting
from practice.store import Actor, Store, new_id, require_role
from recommender.playlist import Playlist

__all__ = ["Plan", "PlanSong", "Plans", "refuse_forbidden", "require_plan"]


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


class Plans(Store):
    """The uses of plans."""

    def draft_plan(
        self,
        actor: Actor,
        client_id: str | None,
        playlist: Playlist,
        tracks: Iterable[TrackToCopy],
        *,
        model_id: str,
        present_word: str = "",
        target_word: str = "",
    ) -> Plan:
        """Keep a playlist as a draft, with a copy of every track of its list and pool.

        Parameters
        ----------
        client_id : str or None
            None is "just trying, keep nothing": the plan is erased at the end of its session, and leaves no audit.
        tracks : iterable of catalogue tracks
            At least those of `playlist.tracks` and `playlist.pool`; further ones are ignored.
        model_id : str
            The model whose estimates were used.

        Raises
        ------
        BadPlanError
            If a track is not among `tracks` or has no length, the list is empty, or it is longer than an hour.
        """
        heading = heading_of(playlist, model_id=model_id, present_word=present_word, target_word=target_word)
        with self._transaction() as db:
            if client_id is None:
                require_role(db, actor, "clinician", action="make a plan")
            else:
                require_client(db, actor, client_id, at=self.now())
            plan_id = self._insert_plan(db, actor, client_id, heading, version=1, replaces=None)
            write_contents(db, plan_id, playlist, tracks)
            if client_id is not None:
                audit.note(
                    db, at=self.now(), who=actor.account_id, action="plan_drafted", subject=plan_id, client=client_id
                )
            return read_plan(db, plan_id)

    def _insert_plan(
        self,
        db: Connection,
        actor: Actor,
        client_id: str | None,
        heading: Mapping[str, Any],
        *,
        version: int,
        replaces: str | None,
    ) -> str:
        plan_id = new_id()
        db.execute(
            plans.insert().values(
                id=plan_id,
                client_id=client_id,
                account_id=actor.account_id,
                state="draft",
                version=version,
                replaces=replaces,
                created_at=self.now(),
                **heading,
            )
        )
        return plan_id

    def edit_plan(
        self,
        actor: Actor,
        plan_id: str,
        playlist: Playlist,
        tracks: Iterable[TrackToCopy],
        *,
        version: int,
        model_id: str,
        present_word: str | None = None,
        target_word: str | None = None,
    ) -> Plan:
        """Change a plan by hand. A draft changes in place; an approved plan is superseded by a new draft.

        Raises
        ------
        PlanStateError
            If somebody else has changed it since `version` was read, or it is superseded.
        """
        with self._transaction() as db:
            row = require_plan(db, actor, plan_id, at=self.now())
            if row.version != version or row.state == "superseded":
                raise PlanStateError("This plan has been changed meanwhile. Look at it again.", state=row.state)
            heading = heading_of(
                playlist,
                model_id=model_id,
                present_word=str(row.present_word) if present_word is None else present_word,
                target_word=str(row.target_word) if target_word is None else target_word,
            )
            if row.state == "draft":
                db.execute(plans.update().where(plans.c.id == plan_id).values(version=version + 1, **heading))
                edited = plan_id
            else:
                db.execute(plans.update().where(plans.c.id == plan_id).values(state="superseded"))
                client_id = None if row.client_id is None else str(row.client_id)
                edited = self._insert_plan(db, actor, client_id, heading, version=version + 1, replaces=plan_id)
                carry_movement(db, plan_id, edited)
            write_contents(db, edited, playlist, tracks)
            if row.client_id is not None:
                audit.note(
                    db, at=self.now(), who=actor.account_id, action="plan_edited", subject=edited, was=row.state,
                    version=version + 1,
                )  # fmt: skip
            return read_plan(db, edited)

    def approve(self, actor: Actor, plan_id: str, *, present: bool, version: int | None = None) -> Plan:
        """Approve the list and its pool, by name; an approved plan is renewed.

        Parameters
        ----------
        present : bool
            Whether the therapist will be in the room ([Play here now]).
        version : int, optional
            The version that was looked at.

        Raises
        ------
        PlanStateError
            If the plan is superseded or has another version.
        UnsafePlanError
            If the list or the pool holds what this client must not hear; nothing is approved then.
        """
        with self._transaction() as db:
            now = self.now()
            row = require_plan(db, actor, plan_id, at=now)
            if row.state == "superseded" or (version is not None and row.version != version):
                raise PlanStateError("This plan has been changed meanwhile. Look at it again.", state=row.state)
            refuse_forbidden(db, plan_id, None if row.client_id is None else str(row.client_id), at=now)
            db.execute(
                plans.update()
                .where(plans.c.id == plan_id)
                .values(
                    state="approved",
                    approved_by=actor.account_id,
                    approved_at=now,
                    approved_present=present,
                    expires_at=now + timedelta(days=setting(db, "approval_days")),
                )
            )
            if row.client_id is not None:
                audit.note(
                    db, at=now, who=actor.account_id, action="plan_approved", subject=plan_id, client=row.client_id,
                    model=row.model_id, version=row.version, present=present,
                )  # fmt: skip
            return read_plan(db, plan_id)

    def plan(self, actor: Actor, plan_id: str) -> Plan:
        """One plan of a client of the caseload, or one's own trial.

        Raises
        ------
        NotThereError
            If there is no such plan, or it is somebody else's: one answer.
        """
        with self._reading() as db:
            require_plan(db, actor, plan_id, at=self.now())
            return read_plan(db, plan_id)

    def plans(self, actor: Actor, client_id: str, *, superseded: bool = False) -> list[Plan]:
        """A client's plans, newest first."""
        with self._reading() as db:
            require_client(db, actor, client_id, at=self.now())
            query = sa.select(plans.c.id).where(plans.c.client_id == client_id)
            if not superseded:
                query = query.where(plans.c.state != "superseded")
            found = db.execute(query.order_by(plans.c.created_at.desc(), plans.c.id)).scalars()
            return [read_plan(db, plan_id) for plan_id in found]

    def drafts_to_approve(self, actor: Actor) -> list[Plan]:
        """Drafts of the whole caseload, newest first, for the page of today."""
        with self._reading() as db:
            require_role(db, actor, "clinician", action="open a plan")
            found = db.execute(
                sa.select(plans.c.id)
                .where(
                    plans.c.state == "draft",
                    sa.exists().where(caseload.c.client_id == plans.c.client_id, *in_caseload(actor, self.now())),
                )
                .order_by(plans.c.created_at.desc(), plans.c.id)
            ).scalars()
            return [read_plan(db, plan_id) for plan_id in found]


def refuse_forbidden(db: Connection, plan_id: str, client_id: str | None, *, at: datetime) -> None:
    """Judge a plan and its pool by the limits of this moment.

    Raises
    ------
    UnsafePlanError
        If anything in it must not be heard.
    """
    protection = protection_of(db, client_id, at=at)
    songs = read_songs(db, plan_id)
    barred = barred_songs(songs.values(), protection)
    if barred:
        found = [songs[track_id] for track_id in barred]
        titles = sorted(song.title or song.id for song in found)
        raise UnsafePlanError(
            f"{len(found)} of these songs must not be played for this client: {', '.join(titles[:5])}. Suggest again.",
            titles=titles,
            track_ids=sorted(song.id for song in found),
        )
