"""The list that a group hears: put in place and approved by a therapist who is present."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from practice import audit
from practice.errors import PlanStateError
from practice.group_seats import SeatTurn, protections_of, require_group_session, seat_rows
from practice.plan_copies import Plan, TrackToCopy, heading_of, read_plan, write_contents
from practice.plan_keeping import mark_approved, refuse_barred
from practice.schema import group_sessions, group_turns, plans
from practice.store import Actor, Store
from recommender.playlist import Playlist


class GroupLists(Store):
    """The use of putting a list in place."""

    def make_group_list(
        self,
        actor: Actor,
        group_session_id: str,
        playlist: Playlist,
        tracks: Iterable[TrackToCopy],
        turns: Sequence[SeatTurn],
        *,
        model_id: str,
        two_openings: bool = False,
    ) -> Plan:
        """Put this list in place and approve it, being present: from now on it plays.

        Raises
        ------
        UnsafePlanError
            If the list or its pool holds what one of those here must not hear; nothing is changed then.
        PlanStateError
            If the session is over.
        """
        with self._transaction() as db:
            now = self.now()
            row = require_group_session(db, actor, group_session_id)
            if row.ended_at is not None:
                raise PlanStateError("This session is over.", state="ended")
            plan = db.execute(sa.select(plans).where(plans.c.id == row.plan_id)).one()
            heading = heading_of(playlist, model_id=model_id, present_word="", target_word=str(plan.target_word))
            db.execute(plans.update().where(plans.c.id == plan.id).values(**heading, version=plan.version + 1))
            mark_approved(db, actor, str(plan.id), present=True, at=now)
            write_contents(db, str(plan.id), playlist, tracks)
            protections = protections_of(db, group_session_id, at=now)
            refuse_barred(db, str(plan.id), protections, whom="group")
            by_number = {seat.number: str(seat.session_id) for seat in seat_rows(db, group_session_id)}
            placed = {
                (by_number[turn.number], turn.track_id): turn.position for turn in turns if turn.number in by_number
            }
            for session_id in by_number.values():
                db.execute(group_turns.update().where(group_turns.c.session_id == session_id).values(position=None))
            for (session_id, track_id), position in placed.items():
                db.execute(
                    group_turns.update()
                    .where(group_turns.c.session_id == session_id, group_turns.c.track_id == track_id)
                    .values(position=position)
                )
            db.execute(
                group_sessions.update()
                .where(group_sessions.c.id == group_session_id)
                .values(made_at=now, two_openings=two_openings)
            )
            if any(seat.client_id is not None for seat in seat_rows(db, group_session_id)):
                audit.note(
                    db, at=now, who=actor.account_id, action="group_list_approved", subject=group_session_id,
                    model=model_id, version=plan.version + 1, present=True,
                )  # fmt: skip
            return read_plan(db, str(plan.id))
