"""A group session ends, for one or for all; of guests nothing stays."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice import audit
from practice.group_seats import group_of, require_group_session, seat_rows
from practice.schema import (
    answers,
    events,
    group_lines,
    group_notes,
    group_seats,
    group_sessions,
    group_turns,
    moments,
    plan_places,
    plans,
    read_messages,
    sessions,
)
from practice.sessions import Sessions, erase_trial
from practice.store import Actor


class GroupEndings(Sessions):
    """The uses of ending sessions, for the rooms of a group too."""

    def end_group_session(self, actor: Actor, group_session_id: str) -> None:
        """End it for everybody; of guests nothing stays."""
        with self._transaction() as db:
            row = require_group_session(db, actor, group_session_id)
            self._end_all(db, row, by="clinician", at=self.now())
        self._forget_deleted()

    def _end(self, db: Connection, row: Row[tuple[object, ...]], *, by: str, at: datetime) -> None:
        group = group_of(db, str(row.id))
        if group is None:
            super()._end(db, row, by=by, at=at)
        elif group.host_id == row.id:
            self._end_all(db, group, by=by, at=at)
        else:
            self._leave_seat(db, row, by=by, at=at)

    def _leave_seat(self, db: Connection, row: Row[tuple[object, ...]], *, by: str, at: datetime) -> None:
        """One member leaves; the others are told nothing."""
        if row.ended_at is not None:
            return
        db.execute(
            group_seats.update()
            .where(group_seats.c.session_id == row.id, group_seats.c.left_at.is_(None))
            .values(left_at=at)
        )
        db.execute(
            sessions.update()
            .where(sessions.c.id == row.id)
            .values(ended_at=at, ended_by=by, link_ended_at=at, entry_token_hash=None)
        )
        if row.client_id is not None:
            audit.note(db, at=at, who=by if by == "client" else str(row.account_id), action="session_ended",
                       subject=str(row.id), by=by)  # fmt: skip

    def _end_all(self, db: Connection, group: Row[tuple[object, ...]], *, by: str, at: datetime) -> None:
        if group.ended_at is not None:
            return
        seats = seat_rows(db, str(group.id))
        for seat in seats:
            row = db.execute(sa.select(sessions).where(sessions.c.id == seat.session_id)).one()
            if row.ended_at is None:
                db.execute(
                    sessions.update()
                    .where(sessions.c.id == row.id)
                    .values(ended_at=at, ended_by=by, link_ended_at=at, entry_token_hash=None)
                )
                if row.client_id is not None:
                    audit.note(db, at=at, who=str(row.account_id), action="session_ended", subject=str(row.id), by=by)
        db.execute(
            sessions.update()
            .where(sessions.c.id == group.host_id)
            .values(ended_at=at, ended_by=by, link_ended_at=at, entry_token_hash=None)
        )
        db.execute(group_sessions.update().where(group_sessions.c.id == group.id).values(ended_at=at))
        for seat in seats:
            if seat.client_id is None:
                erase_room(db, str(seat.session_id))
        if all(seat.client_id is None for seat in seats):
            erase_group_session(db, str(group.id))

    def erase_leftovers(self, *, all_trials: bool = False) -> int:
        """As for single sessions; and group sessions that were never ended end, so that nothing of guests stays."""
        with self._transaction() as db:
            late = db.execute(
                sa.select(group_sessions)
                .join(sessions, sessions.c.id == group_sessions.c.host_id)
                .where(group_sessions.c.ended_at.is_(None), sessions.c.open_until <= self.now())
            ).all()
            for row in late:
                self._end_all(db, row, by="late", at=self.now())
        if late:
            self._forget_deleted()
        return super().erase_leftovers(all_trials=all_trials)


def erase_room(db: Connection, session_id: str) -> None:
    """Erase one room with everything that was said in it."""
    for table in (answers, read_messages, moments, group_turns, group_lines, group_seats):
        db.execute(table.delete().where(table.c.session_id == session_id))
    db.execute(events.delete().where(events.c.session_id == session_id))
    db.execute(sessions.delete().where(sessions.c.id == session_id))


def erase_group_session(db: Connection, group_session_id: str) -> None:
    """Erase a group session in which nobody is left of whom anything is kept."""
    row = db.execute(sa.select(group_sessions).where(group_sessions.c.id == group_session_id)).one()
    db.execute(group_notes.delete().where(group_notes.c.group_session_id == group_session_id))
    db.execute(group_sessions.delete().where(group_sessions.c.id == group_session_id))
    erase_room(db, str(row.host_id))
    erase_trial(db, str(row.plan_id))


def forget_medians(db: Connection, client_id: str) -> list[str]:
    """Forget where the lists started that a client's answers went into; give the group sessions that were theirs."""
    shared = list(
        db.execute(sa.select(group_seats.c.group_session_id).where(group_seats.c.client_id == client_id)).scalars()
    )
    for plan in db.execute(
        sa.select(plans).where(
            plans.c.id.in_(sa.select(group_sessions.c.plan_id).where(group_sessions.c.id.in_(shared)))
        )
    ).all():
        to = {"present_valence": plan.target_valence, "present_arousal": plan.target_arousal}
        db.execute(plans.update().where(plans.c.id == plan.id).values(**to, present_word="", waypoints=[], warnings=[]))
        target = {"target_valence": plan.target_valence, "target_arousal": plan.target_arousal, "reasons": []}
        db.execute(
            plan_places.update().where(plan_places.c.plan_id == plan.id, plan_places.c.role == "song").values(**target)
        )
    return shared
