"""Sessions: start, the therapist's Stop, the end."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice import audit, passwords
from practice.caseload import protection_of
from practice.clients import PRESETS
from practice.errors import BadPlanError, PlanStateError, SomeoneMustBePresentError
from practice.movement import is_to_move_to
from practice.own_scales import find_scale
from practice.plan_keeping import refuse_forbidden, require_plan
from practice.room_door import put_room_token
from practice.safety import loudness_for, someone_must_be_present
from practice.scales import PRESET_SCALES
from practice.schema import answers, clients, events, group_sessions, moments, plans, read_messages, sessions
from practice.session_rows import require_session, row_of_token
from practice.settings import setting
from practice.store import Actor, Store, new_id, new_token, token_hash
from practice.strands import preset_of, questions_of, strand_of


@dataclass(frozen=True)
class StartedSession:
    """A session that has just been opened; the secrets are shown once and stored only as hashes."""

    session_id: str
    room_token: str
    """For the room on this screen; `enter_room` exchanges it for one that only the room's cookie holds."""
    link_token: str | None
    """For another device, with `pin`."""
    pin: str | None


class Sessions(Store):
    """The uses of starting and ending sessions."""

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
            That of the plan's kind of session, where absent; else the client's own.
        by_link : bool, optional
            Whether the room opens on another device, by link and PIN; where absent, exactly if nobody is with them.
        ask : mapping, optional
            What else the room asks beside what the plan's kind of session does: `middle`, `tension`, `pain`,
            `show_answers`, `session_line`.
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
            strand = strand_of(plan.course)
            preset = preset or preset_of(strand) or (client.preset if client is not None else "standard")
            if preset not in PRESETS:
                raise BadPlanError(f"{preset!r} is not a preset of the listening room.")
            asked = {**self._usual_questions(db, client_id), **questions_of(strand), **(ask or {})}
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
            put_room_token(db, session_id, room_token, at=now)
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
