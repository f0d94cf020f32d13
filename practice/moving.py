"""Plans to move to: drafted only where somebody is there and falls have been thought about."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from practice import audit
from practice.caseload import require_client
from practice.errors import BadPlanError
from practice.movement import Movement, check_movement, read_movement
from practice.plan_copies import Plan, TrackToCopy, heading_of, read_plan, write_contents
from practice.plan_keeping import insert_plan, require_plan
from practice.schema import movements, plans
from practice.session_rows import row_of_token
from practice.store import Actor, Store, require_role
from recommender.playlist import Playlist


class Movements(Store):
    """The uses of music to move to."""

    def draft_movement(
        self,
        actor: Actor,
        client_id: str | None,
        playlist: Playlist,
        tracks: Iterable[TrackToCopy],
        movement: Movement,
        *,
        supervised: bool,
        model_id: str,
    ) -> Plan:
        """Keep a tempo-matched playlist as a draft.

        Parameters
        ----------
        supervised : bool
            That the therapist is with them, the floor is clear, and falls have been thought about.

        Raises
        ------
        BadPlanError
            If `supervised` was not said, or the movement is none.
        NotThereError
            If the client is not in the caseload.
        """
        check_movement(movement)
        if not supervised:
            raise BadPlanError(
                "Before anyone moves to music, say that you are with them, the floor is clear and falls have been "
                "thought about."
            )
        heading = heading_of(playlist, model_id=model_id, present_word="", target_word="")
        with self._transaction() as db:
            if client_id is None:
                require_role(db, actor, "clinician", action="make a plan")
            else:
                require_client(db, actor, client_id, at=self.now())
            plan_id = insert_plan(db, actor, client_id, heading, at=self.now())
            write_contents(db, plan_id, playlist, tracks)
            db.execute(
                movements.insert().values(
                    plan_id=plan_id,
                    purpose=movement.purpose,
                    cadence_bpm=float(movement.cadence_bpm),
                    said_by=movement.said_by,
                    level=float(movement.level),
                    is_loose=movement.is_loose,
                    count_in=movement.count_in,
                    rests=[[rest.before_song, rest.minutes] for rest in movement.rests],
                    thought_with=movement.thought_with.strip()[:100],
                    agreed_by=actor.account_id,
                    agreed_at=self.now(),
                )
            )
            if client_id is not None:
                audit.note(
                    db, at=self.now(), who=actor.account_id, action="movement_drafted", subject=plan_id,
                    client=client_id, speed_bpm=round(movement.speed_bpm, 1), supervised=True,
                )  # fmt: skip
            return read_plan(db, plan_id)

    def movement(self, actor: Actor, plan_id: str) -> Movement | None:
        """What a plan is moved to with; None for a plan that is not for moving.

        Raises
        ------
        NotThereError
            If the plan is not there, or not the asker's.
        """
        with self._reading() as db:
            require_plan(db, actor, plan_id, at=self.now())
            return read_movement(db, plan_id)

    def movement_in_room(self, room_token: str) -> Movement | None:
        """The same for the open room of a token: what its screens need to count in and to rest.

        Raises
        ------
        RoomClosedError
            If it is no room's token.
        """
        with self._reading() as db:
            return read_movement(db, str(row_of_token(db, room_token).plan_id))

    def last_movement(self, actor: Actor, client_id: str) -> Movement | None:
        """What a client moved to last, to begin from."""
        with self._reading() as db:
            require_client(db, actor, client_id, at=self.now())
            plan_id = db.execute(
                sa.select(plans.c.id)
                .join(movements, movements.c.plan_id == plans.c.id)
                .where(plans.c.client_id == client_id, plans.c.approved_at.is_not(None))
                .order_by(plans.c.approved_at.desc())
                .limit(1)
            ).scalar_one_or_none()
            return None if plan_id is None else read_movement(db, plan_id)
