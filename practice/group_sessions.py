"""A group's session: one list for all, a room of its own for each member, and what the therapist alone is told."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice import audit, passwords
from practice.barred import barred_songs
from practice.caseload import in_caseload, protection_of, require_client
from practice.errors import BadClientError, BadPlanError, NotThereError, PlanStateError, UnsafePlanError
from practice.groups import COLOURS, Group, check_size, require_group
from practice.own_scales import find_scale
from practice.plan_copies import Plan, TrackToCopy, heading_of, read_plan, read_songs, write_contents
from practice.safety import Protection, loudness_for
from practice.scales import PRESET_SCALES, to_plane
from practice.schema import (
    answers,
    caseload,
    clients,
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
from practice.sessions import Sessions, erase_trial, is_open, read_answers
from practice.settings import setting
from practice.store import Actor, new_id, new_token, require_role, token_hash
from recommender.mood import Mood
from recommender.playlist import Playlist

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
class StartedGroup:
    """A group session that has just been opened."""

    id: str
    plan_id: str
    host_id: str
    host_token: str
    """For the screen that all see, and that plays; exchanged as any room's."""
    seats: tuple[OpenedSeat, ...]


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


class GroupSessions(Sessions):
    """The uses of group sessions on the therapist's side."""

    def start_group(
        self,
        actor: Actor,
        seats: Sequence[SeatWish],
        playlist: Playlist,
        tracks: Iterable[TrackToCopy],
        *,
        how: How,
        model_id: str,
        group_id: str | None = None,
        leads: int = 0,
        prompts: bool = False,
        opening: str | None = None,
        closing: str | None = None,
        target_word: str = "",
    ) -> StartedGroup:
        """Open a session for a group: a room that all see, and a seat for everybody.

        Parameters
        ----------
        playlist : Playlist
            The list as it is before anyone has answered; it plays only once `make_group_list` has approved one.
        how : str
            `own`: each answers on a tablet of their own, by link and PIN; `passed`: one tablet goes round; `none`:
            nobody is asked.
        leads : int
            Number of the seat whose song comes first.

        Raises
        ------
        BadClientError
            If there are fewer than 2 or more than 12, or somebody sits twice.
        NotThereError
            If a client is not in the caseload: one answer.
        """
        if how not in WAYS:
            raise BadPlanError(f"{how!r} is none of {', '.join(WAYS)}.")
        check_size(len(seats))
        kept = [seat.client_id for seat in seats if seat.client_id is not None]
        if len(kept) != len(set(kept)):
            raise BadClientError("Somebody would sit in this group twice.")
        pins = [f"{secrets.randbelow(1_000_000):06d}" if how == "own" else None for _ in seats]
        hashes = [passwords.hash_secret(pin) if pin else None for pin in pins]
        heading = heading_of(playlist, model_id=model_id, present_word="", target_word=target_word)
        with self._transaction() as db:
            now = self.now()
            require_role(db, actor, "clinician", action="open a group")
            colours = self._colours(db, actor, group_id, seats)
            plan_id = self._insert_plan(db, actor, None, heading, version=1, replaces=None)
            write_contents(db, plan_id, playlist, tracks)
            protections = []
            rows = []
            for seat in seats:
                row = None
                if seat.client_id is not None:
                    row = require_client(db, actor, seat.client_id, at=now)
                    if row.ended_at is not None:
                        raise PlanStateError("The therapy of one of them has ended.", state="ended")
                    for old in db.execute(
                        sa.select(sessions).where(sessions.c.client_id == seat.client_id, sessions.c.ended_at.is_(None))
                    ).all():
                        self._end(db, old, by="replaced", at=now)
                    protections.append(protection_of(db, seat.client_id, at=now))
                rows.append(row)
            together = loudness_for(Protection(limits=tuple(limit for one in protections for limit in one.limits)))
            open_until = now + timedelta(
                minutes=min(
                    playlist.request.minutes + 2 * setting(db, "session_extra_minutes"),
                    setting(db, "session_longest_minutes"),
                )
            )

            def room(client: Row[tuple[object, ...]] | None, token: str, **more: Any) -> str:
                session_id = new_id()
                preset = "standard" if client is None else str(client.preset)
                scale = find_scale(db, PRESET_SCALES[preset])
                assert scale is not None  # noqa: S101 - the presets' own scales ship
                db.execute(
                    sessions.insert().values(
                        id=session_id,
                        plan_id=plan_id,
                        client_id=None if client is None else client.id,
                        account_id=actor.account_id,
                        preset=preset,
                        with_client=True,
                        ask={},
                        scale_id=scale.id,
                        scale_version=scale.version,
                        feeling_first=True if client is None or preset != "standard" else client.feeling_first,
                        loudness=together.model_dump(),
                        entry_token_hash=token_hash(token),
                        pin_wrong=0,
                        started_at=now,
                        open_until=open_until,
                        **more,
                    )
                )
                self._put_room_token(db, session_id, token)
                return session_id

            host_token = new_token()
            host_id = room(None, host_token, by_link=False)
            group_session_id = new_id()
            db.execute(
                group_sessions.insert().values(
                    id=group_session_id,
                    group_id=group_id,
                    account_id=actor.account_id,
                    plan_id=plan_id,
                    host_id=host_id,
                    how=how,
                    prompts=prompts,
                    two_openings=False,
                    leads=leads % len(seats),
                    opening=opening,
                    closing=closing,
                )
            )
            opened = []
            for number, (seat, client, colour, pin, pin_hash) in enumerate(
                zip(seats, rows, colours, pins, hashes, strict=True)
            ):
                token, link = new_token(), new_token() if pin else None
                session_id = room(
                    client,
                    token,
                    by_link=link is not None,
                    link_token_hash=token_hash(link) if link else None,
                    pin_hash=pin_hash,
                )
                db.execute(
                    group_seats.insert().values(
                        session_id=session_id,
                        group_session_id=group_session_id,
                        client_id=seat.client_id,
                        number=number,
                        colour=colour,
                    )
                )
                for rank, track_id in enumerate(dict.fromkeys(seat.picks)):
                    db.execute(group_turns.insert().values(session_id=session_id, rank=rank, track_id=track_id))
                code = None if client is None else str(client.code)
                opened.append(OpenedSeat(number, colour, code, session_id, token, link, pin))
                if client is not None:
                    audit.note(
                        db, at=now, who=actor.account_id, action="session_started", subject=session_id,
                        client=str(client.id), plan=plan_id, with_client=True, by_link=link is not None, group=True,
                    )  # fmt: skip
        return StartedGroup(group_session_id, plan_id, host_id, host_token, tuple(opened))

    def _colours(
        self, db: Connection, actor: Actor, group_id: str | None, seats: Sequence[SeatWish]
    ) -> tuple[str, ...]:
        """Everybody's colour: as in their group, and the next free ones for the others."""
        known: dict[str, str] = {}
        if group_id is not None:
            require_group(db, actor, group_id)
            known = {member.client_id: member.colour for member in self._group(db, actor, group_id).members}
        taken = {known[seat.client_id] for seat in seats if seat.client_id in known}
        free = [colour for colour in COLOURS if colour not in taken]
        return tuple(known[seat.client_id] if seat.client_id in known else free.pop(0) for seat in seats)

    def _group(self, db: Connection, actor: Actor, group_id: str) -> Group:
        raise NotImplementedError  # Groups has it; the record is both

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
        raise NotImplementedError  # Plans has it; the record is both

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
            db.execute(
                plans.update()
                .where(plans.c.id == plan.id)
                .values(
                    **heading,
                    version=plan.version + 1,
                    state="approved",
                    approved_by=actor.account_id,
                    approved_at=now,
                    approved_present=True,
                    expires_at=now + timedelta(days=setting(db, "approval_days")),
                )
            )
            write_contents(db, str(plan.id), playlist, tracks)
            self._refuse_for_anyone(db, group_session_id, str(plan.id), at=now)
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

    def _refuse_for_anyone(self, db: Connection, group_session_id: str, plan_id: str, *, at: datetime) -> None:
        songs = read_songs(db, plan_id)
        barred: set[str] = set()
        for protection in protections_of(db, group_session_id, at=at):
            barred |= barred_songs(songs.values(), protection)
        if barred:
            titles = sorted(songs[track_id].title or track_id for track_id in barred)
            raise UnsafePlanError(
                f"{len(barred)} of these songs must not be played for this group: {', '.join(titles[:5])}. "
                "Suggest again.",
                titles=titles,
                track_ids=sorted(barred),
            )

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


def phase_of(row: Row[tuple[object, ...]], *, is_open: bool) -> Phase:
    """How far a group session has come."""
    if row.ended_at is not None or not is_open:
        return "over"
    if row.after_at is not None:
        return "after"
    return "listening" if row.made_at is not None else "gathering"


def _placed(db: Connection, session_id: str) -> Mood | None:
    """Where the answers before place somebody; None where an axis was not answered on a line."""
    point: dict[str, float] = {}
    for answer in read_answers(db, session_id):
        scale = find_scale(db, answer.scale_id, answer.scale_version)
        item = None if scale is None else scale.item(answer.item)
        if answer.phase == "before" and item is not None and item.mood_axis is not None and answer.number is not None:
            point[item.mood_axis] = to_plane(item, answer.number)
    return Mood(point["valence"], point["arousal"]) if len(point) == 2 else None


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
