"""Sessions: start, hand-over or link with PIN, the open room, the end."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice import audit, passwords
from practice.caseload import in_caseload, protection_of, require_client
from practice.clients import PRESETS
from practice.errors import (
    BadPlanError,
    LinkError,
    NotThereError,
    PlanStateError,
    RoomClosedError,
    SomeoneMustBePresentError,
    WrongPinError,
)
from practice.movement import is_to_move_to
from practice.own_scales import find_scale
from practice.plans import refuse_forbidden, require_plan
from practice.safety import loudness_for, someone_must_be_present
from practice.scales import PRESET_SCALES
from practice.schema import (
    answers,
    caseload,
    clients,
    events,
    group_seats,
    group_sessions,
    moments,
    plans,
    read_messages,
    room_tokens,
    sessions,
)
from practice.settings import setting
from practice.store import Actor, Store, new_id, new_token, require_role, token_hash


@dataclass(frozen=True)
class StartedSession:
    """A session that has just been opened; the secrets are shown once and stored only as hashes."""

    session_id: str
    room_token: str
    """For the room on this screen; `enter_room` exchanges it for one that only the room's cookie holds."""
    link_token: str | None
    """For another device, with `pin`."""
    pin: str | None


@dataclass(frozen=True)
class SessionSummary:
    """A session as the clinician sees it in a list."""

    id: str
    plan_id: str
    client_id: str | None
    preset: str
    with_client: bool
    started_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    is_open: bool
    songs_started: int
    answers: tuple[SessionAnswer, ...]


@dataclass(frozen=True)
class SessionAnswer:
    """One stored answer, raw, with the scale it was given on."""

    phase: str
    item: str
    scale_id: str
    scale_version: int
    number: float | None
    choice: str | None
    missing: str | None
    said_by: str
    at: datetime


@dataclass(frozen=True)
class LinkState:
    """What a page may say before the PIN is typed."""

    works: bool
    tries_left: int
    why_not: str = ""
    """`late`: its time has passed unused; `not_ready`: its list is being changed; empty: no reason is given."""
    was_for: datetime | None = None
    """When a late one was made."""


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


class Sessions(Store):
    """The uses of sessions, on the clinician's side and at the door of the room."""

    def start_session(
        self,
        actor: Actor,
        plan_id: str,
        *,
        with_client: bool,
        preset: str | None = None,
        by_link: bool | None = None,
        ask: Mapping[str, bool] | None = None,
        scale: str | None = None,
    ) -> StartedSession:
        """Open a session on an approved plan.

        Parameters
        ----------
        with_client : bool
            Whether the therapist is in the room; what the client reads about who is there follows from it.
        preset : str, optional
            The client's own, where absent.
        by_link : bool, optional
            Whether the room opens on another device, by link and PIN; where absent, exactly if nobody is with them.
        ask : mapping, optional
            What else the room asks, all off: `middle`, `tension`, `pain`, `show_answers`, `session_line`.
        scale : str, optional
            The scale to ask with; the preset's, where absent.

        Raises
        ------
        PlanStateError
            If the plan is not approved, or its approval is too old.
        SomeoneMustBePresentError
            If this client must not listen alone.
        UnsafePlanError
            If something in the plan was put on the avoid list since it was approved.
        """
        link = new_token() if (not with_client if by_link is None else by_link) else None
        pin = f"{secrets.randbelow(1_000_000):06d}" if link else None
        pin_hash = passwords.hash_secret(pin) if pin else None
        room_token = new_token()
        with self._transaction() as db:
            now = self.now()
            plan = require_plan(db, actor, plan_id, at=now)
            client_id = None if plan.client_id is None else str(plan.client_id)
            if plan.state != "approved":
                raise PlanStateError("This plan is not approved. Approve it, then start.", state=plan.state)
            if plan.expires_at <= now:
                raise PlanStateError("The approval of this plan is too old. Look at it and approve it again.")
            protection = protection_of(db, client_id, at=now)
            if not with_client and (someone_must_be_present(protection) or is_to_move_to(db, plan_id)):
                raise SomeoneMustBePresentError
            refuse_forbidden(db, plan_id, client_id, at=now)
            client = None
            if client_id is not None:
                client = db.execute(sa.select(clients).where(clients.c.id == client_id)).one()
                if client.ended_at is not None:
                    raise PlanStateError("This therapy has ended. Nothing can be started any more.", state="ended")
                # One open room for one client: an older one that was left open would mix two sessions' answers.
                for old in db.execute(
                    sa.select(sessions).where(sessions.c.client_id == client_id, sessions.c.ended_at.is_(None))
                ).all():
                    self._end(db, old, by="replaced", at=now)
            preset = preset or (client.preset if client is not None else "standard")
            if preset not in PRESETS:
                raise BadPlanError(f"{preset!r} is not a preset of the listening room.")
            asked = {**self._usual_questions(db, client_id), **(ask or {})}
            asked_with = find_scale(db, scale or PRESET_SCALES[preset])
            if asked_with is None:
                raise BadPlanError(f"There is no scale {scale!r}.")
            open_minutes = min(
                float(plan.minutes) + setting(db, "session_extra_minutes"), setting(db, "session_longest_minutes")
            )
            session_id = new_id()
            db.execute(
                sessions.insert().values(
                    id=session_id,
                    plan_id=plan_id,
                    client_id=client_id,
                    account_id=actor.account_id,
                    preset=preset,
                    with_client=with_client,
                    by_link=link is not None,
                    ask=asked,
                    scale_id=asked_with.id,
                    scale_version=asked_with.version,
                    feeling_first=client.feeling_first if client is not None and preset == "standard" else True,
                    loudness=loudness_for(protection).model_dump(),
                    entry_token_hash=token_hash(room_token),
                    link_token_hash=token_hash(link) if link else None,
                    pin_hash=pin_hash,
                    pin_wrong=0,
                    started_at=now,
                    open_until=now + timedelta(minutes=open_minutes),
                )
            )
            self._put_room_token(db, session_id, room_token)
            if client_id is not None:
                audit.note(
                    db, at=now, who=actor.account_id, action="session_started", subject=session_id, client=client_id,
                    plan=plan_id, with_client=with_client, by_link=link is not None,
                )  # fmt: skip
        return StartedSession(session_id, room_token, link, pin)

    def _usual_questions(self, db: Connection, client_id: str | None) -> dict[str, bool]:
        """What is asked where the therapist says nothing: the line about the session, every fourth time."""
        if client_id is None:
            return {}
        before = db.execute(
            sa.select(sa.func.count()).select_from(sessions).where(sessions.c.client_id == client_id)
        ).scalar_one()
        return {"session_line": (before + 1) % int(setting(db, "session_line_every")) == 0}

    def enter_room(self, token: str, *, origin: str = "") -> str:
        """Exchange the token of `start_session` for the room's own; it works once, and the old one ends.

        Raises
        ------
        LinkError
            If it was never made, is used up, or its session is over.
        """
        with self._guarding_links(origin), self._transaction() as db:
            row = db.execute(sa.select(sessions).where(sessions.c.entry_token_hash == token_hash(token))).one_or_none()
            if row is None or not is_open(row, self.now()):
                raise LinkError
            return self._new_room_token(db, str(row.id))

    def _new_room_token(self, db: Connection, session_id: str) -> str:
        """Give the room a new token; devices that held an older one may only hand in what they still have."""
        fresh = new_token()
        db.execute(
            room_tokens.update()
            .where(room_tokens.c.session_id == session_id, room_tokens.c.left_at.is_(None))
            .values(left_at=self.now())
        )
        db.execute(sessions.update().where(sessions.c.id == session_id).values(entry_token_hash=None))
        self._put_room_token(db, session_id, fresh)
        return fresh

    def _put_room_token(self, db: Connection, session_id: str, token: str) -> None:
        db.execute(
            room_tokens.insert().values(token_hash=token_hash(token), session_id=session_id, issued_at=self.now())
        )

    def link_state(self, link_token: str) -> LinkState:
        """Whether a client link works, before its PIN is typed; one answer for unknown and ended."""
        with self._reading() as db:
            row = self._link_row(db, link_token)
            if row is not None:
                return LinkState(works=True, tries_left=int(setting(db, "pin_tries")) - row.pin_wrong)
            unused = self._unused_link(db, link_token)
            if unused is None:
                return LinkState(works=False, tries_left=0)
            is_late = unused.open_until <= self.now()
            return LinkState(False, 0, "late" if is_late else "not_ready", unused.started_at if is_late else None)

    def _link_row(self, db: Connection, link_token: str) -> Row[tuple[object, ...]] | None:
        row = db.execute(
            sa.select(sessions).where(
                sessions.c.link_token_hash == token_hash(link_token), sessions.c.link_ended_at.is_(None)
            )
        ).one_or_none()
        if row is None or not is_open(row, self.now()) or self._is_in_the_works(db, row):
            return None
        return row

    @staticmethod
    def _is_in_the_works(db: Connection, row: Row[tuple[object, ...]]) -> bool:
        """Whether the list was changed after the link was made and before it was used: then it is nobody's approval."""
        state = db.execute(sa.select(plans.c.state).where(plans.c.id == row.plan_id)).scalar_one()
        return state == "superseded" and row.entry_token_hash is not None

    def _unused_link(self, db: Connection, link_token: str) -> Row[tuple[object, ...]] | None:
        """The session of a link that nobody used or ended."""
        return db.execute(
            sa.select(sessions).where(
                sessions.c.link_token_hash == token_hash(link_token),
                sessions.c.link_ended_at.is_(None),
                sessions.c.ended_at.is_(None),
                sessions.c.entry_token_hash.is_not(None),
            )
        ).one_or_none()

    def open_link(self, link_token: str, pin: str, *, origin: str = "") -> str:
        """Open the room on another device; a room that was open elsewhere is closed there.

        Parameters
        ----------
        origin : str, optional
            The asker's address: five bad links from one within five minutes end its tries for as long.

        Raises
        ------
        LinkError
            If the link does not work (any more).
        WrongPinError
            If the PIN is wrong; after five the link has ended.
        """
        # Counted before it is judged: many tries at once must not slip through while one is being hashed.
        with self._guarding_links(origin), self._transaction() as db:
            row = self._link_row(db, link_token)
            if row is None:
                raise LinkError
            allowed = int(setting(db, "pin_tries"))
            wrong = row.pin_wrong + 1
            last = wrong >= allowed
            db.execute(
                sessions.update()
                .where(sessions.c.id == row.id)
                .values(pin_wrong=wrong, link_ended_at=self.now() if last else None)
            )
        right = passwords.is_right("".join(pin.split())[:100], str(row.pin_hash))
        with self._transaction() as db:
            if not right:
                if row.client_id is not None:
                    audit.note(
                        db, at=self.now(), who="client", action="pin_ended_link" if last else "pin_wrong",
                        subject=str(row.id),
                    )  # fmt: skip
            else:
                db.execute(sessions.update().where(sessions.c.id == row.id).values(pin_wrong=0, link_ended_at=None))
                if row.client_id is not None:
                    audit.note(db, at=self.now(), who="client", action="link_opened", subject=str(row.id))
                return self._new_room_token(db, str(row.id))
        if last:
            raise LinkError
        raise WrongPinError(allowed - wrong)

    def revoke_link(self, actor: Actor, session_id: str) -> None:
        """End a client link and close the room that it opened."""
        with self._transaction() as db:
            row = require_session(db, actor, session_id, at=self.now())
            db.execute(
                sessions.update()
                .where(sessions.c.id == session_id)
                .values(link_ended_at=self.now(), entry_token_hash=None)
            )
            db.execute(room_tokens.update().where(room_tokens.c.session_id == session_id).values(revoked_at=self.now()))
            if row.client_id is not None:
                audit.note(db, at=self.now(), who=actor.account_id, action="link_revoked", subject=session_id)

    def ask_to_stop(self, actor: Actor, session_id: str) -> None:
        """The clinician's Stop: the room reads it in its state, and answers with a `stopped` event by the therapist."""
        with self._transaction() as db:
            require_session(db, actor, session_id, at=self.now())
            db.execute(sessions.update().where(sessions.c.id == session_id).values(stop_asked_at=self.now()))

    def end_session(self, actor: Actor, session_id: str) -> None:
        """End a session from the clinician's side; a trial is erased with everything in it.

        Raises
        ------
        NotThereError
            If there is no such session, or it is not the asker's.
        """
        with self._transaction() as db:
            row = require_session(db, actor, session_id, at=self.now())
            self._end(db, row, by="clinician", at=self.now())
        self._forget_deleted()

    def end_room(self, room_token: str) -> None:
        """End a session from the room; ending it again changes nothing.

        Raises
        ------
        RoomClosedError
            If the token is no room's.
        """
        with self._transaction() as db:
            row = row_of_token(db, room_token)
            self._end(db, row, by="client", at=self.now())
        self._forget_deleted()

    def _end(self, db: Connection, row: Row[tuple[object, ...]], *, by: str, at: datetime) -> None:
        if row.client_id is None:
            erase_trial(db, str(row.plan_id))
            return
        if row.ended_at is not None:
            return
        db.execute(
            sessions.update()
            .where(sessions.c.id == row.id)
            .values(ended_at=at, ended_by=by, link_ended_at=at, entry_token_hash=None)
        )
        audit.note(db, at=at, who=by if by == "client" else str(row.account_id), action="session_ended",
                   subject=str(row.id), by=by)  # fmt: skip

    def erase_leftovers(self, *, all_trials: bool = False) -> int:
        """Erase trials that were never ended, and say how many.

        Parameters
        ----------
        all_trials : bool, default=False
            True at the start of the server, when no trial can be going on; else only those that are too old.
        """
        with self._transaction() as db:
            of_a_group = sa.exists().where(group_sessions.c.plan_id == plans.c.id)
            query = sa.select(plans.c.id).where(plans.c.client_id.is_(None), ~of_a_group)
            if not all_trials:
                query = query.where(plans.c.created_at < self.now() - timedelta(hours=setting(db, "trial_hours")))
            left = list(db.execute(query).scalars())
            for plan_id in left:
                erase_trial(db, plan_id)
        if left:
            self._forget_deleted()
        return len(left)

    def sessions(self, actor: Actor, client_id: str | None = None, *, limit: int = 1000) -> list[SessionSummary]:
        """A client's sessions, or those of the whole caseload (None), newest first."""
        with self._reading() as db:
            now = self.now()
            if client_id is None:
                require_role(db, actor, "clinician", action="open a session")
                which: sa.ColumnElement[bool] = sa.exists().where(
                    caseload.c.client_id == sessions.c.client_id, *in_caseload(actor, now)
                )
            else:
                require_client(db, actor, client_id, at=now)
                which = sessions.c.client_id == client_id
            rows = db.execute(
                sa.select(sessions).where(which).order_by(sessions.c.started_at.desc(), sessions.c.id).limit(limit)
            ).all()
            return [summarise(db, row, at=now) for row in rows]

    def session(self, actor: Actor, session_id: str) -> SessionSummary:
        """One session of a client of the caseload, or one's own trial while it lasts."""
        with self._reading() as db:
            return summarise(db, require_session(db, actor, session_id, at=self.now()), at=self.now())

    def open_sessions(self, actor: Actor) -> list[SessionSummary]:
        """What is going on now in the caseload, own trials included; groups are asked for apart."""
        with self._reading() as db:
            require_role(db, actor, "clinician", action="open a session")
            now = self.now()
            mine = sa.exists().where(caseload.c.client_id == sessions.c.client_id, *in_caseload(actor, now))
            own_trial = sa.and_(sessions.c.client_id.is_(None), sessions.c.account_id == actor.account_id)
            rows = db.execute(
                sa.select(sessions)
                .where(sessions.c.ended_at.is_(None), sessions.c.open_until > now, sa.or_(mine, own_trial))
                .where(~is_of_a_group())
                .order_by(sessions.c.started_at.desc())
            ).all()
            return [summarise(db, row, at=now) for row in rows]


def is_of_a_group() -> sa.ColumnElement[bool]:
    """A condition on `sessions` that holds for the rooms of a group session."""
    return sa.or_(
        sa.exists().where(group_seats.c.session_id == sessions.c.id),
        sa.exists().where(group_sessions.c.host_id == sessions.c.id),
    )


def erase_trial(db: Connection, plan_id: str) -> None:
    """Erase a plan that nothing is kept of, with its sessions and what was said in them."""
    of_plan = sa.select(sessions.c.id).where(sessions.c.plan_id == plan_id)
    for table in (answers, read_messages, moments):
        db.execute(table.delete().where(table.c.session_id.in_(of_plan)))
    db.execute(events.delete().where(events.c.session_id.in_(of_plan)))
    db.execute(sessions.delete().where(sessions.c.plan_id == plan_id))
    older = db.execute(sa.select(plans.c.replaces).where(plans.c.id == plan_id)).scalar_one_or_none()
    db.execute(plans.delete().where(plans.c.id == plan_id))
    if older is not None:
        erase_trial(db, older)


def read_answers(db: Connection, session_id: str) -> tuple[SessionAnswer, ...]:
    """What was answered in a session, in order."""
    rows = db.execute(
        sa.select(answers).where(answers.c.session_id == session_id).order_by(answers.c.at, answers.c.item)
    )
    return tuple(
        SessionAnswer(
            row.phase,
            row.item,
            row.scale_id,
            row.scale_version,
            row.number,
            row.choice,
            row.missing,
            row.said_by,
            row.at,
        )
        for row in rows
    )


def summarise(db: Connection, row: Row[tuple[object, ...]], *, at: datetime) -> SessionSummary:
    """A session's row with its answers."""
    started: Any = db.execute(
        sa.select(sa.func.count())
        .select_from(events)
        .where(events.c.session_id == row.id, events.c.kind == "song_started")
    ).scalar_one()
    return SessionSummary(
        id=row.id,
        plan_id=row.plan_id,
        client_id=row.client_id,
        preset=row.preset,
        with_client=row.with_client,
        started_at=row.started_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        is_open=is_open(row, at),
        songs_started=int(started),
        answers=read_answers(db, str(row.id)),
    )
