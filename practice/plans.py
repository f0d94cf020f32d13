"""Plans: draft, approved with a pool, superseded; who, when and by which model."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from practice import audit
from practice.caseload import in_caseload, require_client
from practice.errors import PlanStateError
from practice.movement import carry_movement
from practice.plan_copies import Plan, TrackToCopy, heading_of, read_plan, write_contents
from practice.plan_keeping import insert_plan, mark_approved, refuse_forbidden, require_plan
from practice.schema import caseload, plans
from practice.store import Actor, Store, require_role
from practice.strands import Strand, strand_of
from recommender.playlist import Playlist


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
        strand: Strand = "feel",
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
        strand : str
            The kind of session: its preferences and questions stay with the plan.

        Raises
        ------
        BadPlanError
            If a track is not among `tracks` or has no length, the list is empty, or it is longer than an hour.
        """
        heading = heading_of(
            playlist, model_id=model_id, present_word=present_word, target_word=target_word, strand=strand
        )
        with self._transaction() as db:
            if client_id is None:
                require_role(db, actor, "clinician", action="make a plan")
            else:
                require_client(db, actor, client_id, at=self.now())
            plan_id = insert_plan(db, actor, client_id, heading, at=self.now())
            write_contents(db, plan_id, playlist, tracks)
            if client_id is not None:
                audit.note(
                    db, at=self.now(), who=actor.account_id, action="plan_drafted", subject=plan_id, client=client_id
                )
            return read_plan(db, plan_id)

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
                strand=strand_of(row.course),
            )
            if row.state == "draft":
                db.execute(plans.update().where(plans.c.id == plan_id).values(version=version + 1, **heading))
                edited = plan_id
            else:
                db.execute(plans.update().where(plans.c.id == plan_id).values(state="superseded"))
                client_id = None if row.client_id is None else str(row.client_id)
                edited = insert_plan(
                    db, actor, client_id, heading, at=self.now(), version=version + 1, replaces=plan_id
                )
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
            mark_approved(db, actor, plan_id, present=present, at=now)
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
