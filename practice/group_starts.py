"""A group session opens: a room that all see, and a seat for everybody."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice import audit, passwords
from practice.caseload import protection_of, require_client
from practice.errors import BadClientError, BadPlanError, PlanStateError
from practice.group_endings import GroupEndings
from practice.group_seats import WAYS, How, OpenedSeat, SeatWish
from practice.groups import COLOURS, check_size, read_group, require_group
from practice.own_scales import find_scale
from practice.plan_copies import TrackToCopy, heading_of, write_contents
from practice.plan_keeping import insert_plan
from practice.room_door import put_room_token
from practice.safety import Protection, loudness_for
from practice.scales import PRESET_SCALES
from practice.schema import group_seats, group_sessions, group_turns, sessions
from practice.settings import setting
from practice.store import Actor, new_id, new_token, require_role, token_hash
from recommender.playlist import Playlist


@dataclass(frozen=True)
class StartedGroup:
    """A group session that has just been opened."""

    id: str
    plan_id: str
    host_id: str
    host_token: str
    """For the screen that all see, and that plays; exchanged as any room's."""
    seats: tuple[OpenedSeat, ...]


class GroupStarts(GroupEndings):
    """The use of starting a group session."""

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
            plan_id = insert_plan(db, actor, None, heading, at=now)
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
                put_room_token(db, session_id, token, at=now)
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
            known = {
                member.client_id: member.colour for member in read_group(db, actor, group_id, at=self.now()).members
            }
        taken = {known[seat.client_id] for seat in seats if seat.client_id in known}
        free = [colour for colour in COLOURS if colour not in taken]
        return tuple(known[seat.client_id] if seat.client_id in known else free.pop(0) for seat in seats)
