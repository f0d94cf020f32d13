"""Group sessions as their therapist sees them, and the ways into their rooms."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice import audit, passwords
from practice.caseload import in_caseload
from practice.errors import NotThereError, PlanStateError
from practice.group_seats import How, OpenedSeat, Phase, Seat, SeatTurn, phase_of, require_group_session, seat_rows
from practice.groups import require_group
from practice.own_scales import find_scale
from practice.scales import to_plane
from practice.schema import caseload, clients, group_notes, group_seats, group_sessions, group_turns, sessions
from practice.session_rows import is_open
from practice.session_summaries import read_answers
from practice.store import Actor, Store, new_token, require_role, token_hash
from recommender.mood import Mood


@dataclass(frozen=True)
class GroupSession:
    """A group session as its therapist sees it."""

    id: str
    group_id: str | None
    plan_id: str
    host_id: str
    how: How
    prompts: bool
    two_openings: bool
    leads: int
    """Number of the seat whose song comes first."""
    opening: str | None
    closing: str | None
    phase: Phase
    started_at: datetime
    seats: tuple[Seat, ...]
    turns: tuple[SeatTurn, ...]
    is_signed: bool

    @property
    def here(self) -> tuple[Seat, ...]:
        """Those who have not left."""
        return tuple(seat for seat in self.seats if seat.left_at is None)


class GroupSessions(Store):
    """The uses of reading group sessions, and of letting people in again."""

    def group_session(self, actor: Actor, group_session_id: str) -> GroupSession:
        """One group session that one leads.

        Raises
        ------
        NotThereError
            If there is none, or somebody else leads it: one answer.
        """
        with self._reading() as db:
            return self._group_session(db, actor, require_group_session(db, actor, group_session_id))

    def group_sessions(
        self, actor: Actor, *, open_only: bool = False, unsigned_only: bool = False
    ) -> list[GroupSession]:
        """The group sessions that one leads, the newest first."""
        with self._reading() as db:
            require_role(db, actor, "clinician", action="open a group")
            query = (
                sa.select(group_sessions)
                .join(sessions, sessions.c.id == group_sessions.c.host_id)
                .where(group_sessions.c.account_id == actor.account_id)
                .order_by(sessions.c.started_at.desc())
            )
            found = [self._group_session(db, actor, row) for row in db.execute(query).all()]
        if open_only:
            found = [one for one in found if one.phase != "over"]
        if unsigned_only:
            found = [one for one in found if one.phase == "over" and not one.is_signed]
        return found

    def _group_session(self, db: Connection, actor: Actor, row: Row[tuple[object, ...]]) -> GroupSession:
        mine = sa.exists().where(caseload.c.client_id == clients.c.id, *in_caseload(actor, self.now()))
        codes: dict[str, str] = {
            one.id: one.code for one in db.execute(sa.select(clients.c.id, clients.c.code).where(mine))
        }
        seats, turns = [], []
        for seat in seat_rows(db, str(row.id)):
            said = read_answers(db, str(seat.session_id))
            brought = db.execute(
                sa.select(group_turns).where(group_turns.c.session_id == seat.session_id).order_by(group_turns.c.rank)
            ).all()
            turns += [SeatTurn(int(seat.number), str(turn.track_id), turn.position) for turn in brought]
            is_mine = seat.client_id is None or seat.client_id in codes
            seats.append(
                Seat(
                    number=int(seat.number),
                    colour=str(seat.colour),
                    session_id=str(seat.session_id),
                    client_id=seat.client_id if is_mine else None,
                    code=codes.get(str(seat.client_id)),
                    picks=tuple(str(turn.track_id) for turn in brought),
                    has_answered=any(answer.phase == "before" for answer in said),
                    has_answered_after=any(answer.phase == "after" for answer in said),
                    present=_placed(db, str(seat.session_id)) if is_mine else None,
                    left_at=seat.left_at,
                )
            )
        host = db.execute(sa.select(sessions).where(sessions.c.id == row.host_id)).one()
        signed = db.execute(
            sa.select(group_notes.c.signed_at).where(group_notes.c.group_session_id == row.id)
        ).scalar_one_or_none()
        return GroupSession(
            id=str(row.id),
            group_id=row.group_id,
            plan_id=str(row.plan_id),
            host_id=str(row.host_id),
            how=row.how,
            prompts=bool(row.prompts),
            two_openings=bool(row.two_openings),
            leads=int(row.leads),
            opening=row.opening,
            closing=row.closing,
            phase=phase_of(row, is_open=is_open(host, self.now())),
            started_at=host.started_at,
            seats=tuple(seats),
            turns=tuple(sorted(turns, key=lambda turn: (turn.position is None, turn.position or 0))),
            is_signed=signed is not None,
        )

    def who_leads_next(self, actor: Actor, group_id: str) -> int:
        """The seat that leads next time: one further than last time, and the first at first."""
        with self._reading() as db:
            require_group(db, actor, group_id)
            last = db.execute(
                sa.select(group_sessions.c.leads)
                .join(sessions, sessions.c.id == group_sessions.c.host_id)
                .where(group_sessions.c.group_id == group_id)
                .order_by(sessions.c.started_at.desc())
                .limit(1)
            ).scalar_one_or_none()
            return 0 if last is None else int(last) + 1

    def host_room(self, actor: Actor, group_session_id: str) -> str:
        """A way into the room that all see, once more; where it was open before, it closes.

        Raises
        ------
        PlanStateError
            If the session is over.
        """
        token = new_token()
        with self._transaction() as db:
            row = require_group_session(db, actor, group_session_id)
            if row.ended_at is not None:
                raise PlanStateError("This session is over.", state="ended")
            db.execute(sessions.update().where(sessions.c.id == row.host_id).values(entry_token_hash=token_hash(token)))
        return token

    def renew_seat_link(self, actor: Actor, session_id: str) -> tuple[str, OpenedSeat]:
        """A new link and PIN for a member's own tablet, and the group session's id; the old link ends.

        Raises
        ------
        NotThereError
            If it is no seat of a group that one leads.
        PlanStateError
            If they have left, or the session is over.
        """
        link, pin = new_token(), f"{secrets.randbelow(1_000_000):06d}"
        pin_hash = passwords.hash_secret(pin)
        with self._transaction() as db:
            require_role(db, actor, "clinician", action="open a group")
            seat = db.execute(sa.select(group_seats).where(group_seats.c.session_id == session_id)).one_or_none()
            if seat is None:
                raise NotThereError("group")
            group = require_group_session(db, actor, seat.group_session_id)
            if seat.left_at is not None or group.ended_at is not None:
                raise PlanStateError("They have left, or this session is over.", state="ended")
            db.execute(
                sessions.update()
                .where(sessions.c.id == session_id)
                .values(link_token_hash=token_hash(link), pin_hash=pin_hash, pin_wrong=0, link_ended_at=None)
            )
            code = None
            if seat.client_id is not None:
                code = db.execute(sa.select(clients.c.code).where(clients.c.id == seat.client_id)).scalar_one()
                audit.note(db, at=self.now(), who=actor.account_id, action="link_renewed", subject=session_id)
            return str(group.id), OpenedSeat(int(seat.number), str(seat.colour), code, session_id, "", link, pin)


def _placed(db: Connection, session_id: str) -> Mood | None:
    """Where the answers before place somebody; None where an axis was not answered on a line."""
    point: dict[str, float] = {}
    for answer in read_answers(db, session_id):
        scale = find_scale(db, answer.scale_id, answer.scale_version)
        item = None if scale is None else scale.item(answer.item)
        if answer.phase == "before" and item is not None and item.mood_axis is not None and answer.number is not None:
            point[item.mood_axis] = to_plane(item, answer.number)
    return Mood(point["valence"], point["arousal"]) if len(point) == 2 else None
