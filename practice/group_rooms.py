"""What a group's rooms may know: the screen that all see, and each member's own. No answer leaves its own room."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice.barred import CopiedSong, barred_songs
from practice.errors import RoomClosedError
from practice.group_seats import How, Phase, group_of, phase_of, protections_of, seat_rows
from practice.room import Room, RoomState
from practice.room_events import Event
from practice.schema import events, group_sessions, group_turns, sessions
from practice.session_rows import is_open, row_of_token
from practice.session_summaries import read_answers
from practice.store import insert_once

MUSIC = frozenset({"song_started", "song_ended", "skipped", "stopped"})
"""What happens to the music happens to everybody who is there."""


@dataclass(frozen=True)
class RoundSeat:
    """One member on a tablet that goes round: what it must know to ask them, and nothing of what they say."""

    number: int
    colour: str
    preset: str
    scale: str
    feeling_first: bool
    answered: tuple[str, ...]
    """The phases that they have answered."""


@dataclass(frozen=True)
class PublicTurn:
    """Whose song stands where, by colour."""

    position: int
    colour: str


@dataclass(frozen=True)
class GroupRoom:
    """What a room of a group may show, beside its own state.

    Attributes
    ----------
    role : str
        `host`: the screen that all see and that plays; `seat`: one member's own.
    colour : str
        A seat's own; empty for the host.
    next_colour : str
        Who leads next time.
    playing : int or None
        Which song plays, from 0.
    round : tuple of RoundSeat
        For a host whose tablet goes round: those who are here.
    """

    id: str
    """The group session's; it stays on the server."""
    role: Literal["host", "seat"]
    how: How
    phase: Phase
    colour: str
    next_colour: str
    made: str
    """When the list that plays was made; empty before: a device that has another one begins anew."""
    turns: tuple[PublicTurn, ...]
    prompts: bool
    opening: str | None
    closing: str | None
    order: tuple[str, ...]
    playing: int | None
    round: tuple[RoundSeat, ...] = ()


class GroupRooms(Room):
    """The uses of the listening room, for the rooms of a group too."""

    def group_room(self, room_token: str) -> GroupRoom | None:
        """What the room of this token shows of its group; None for a room that belongs to none.

        Raises
        ------
        RoomClosedError
            If it is no room's token.
        """
        with self._reading() as db:
            row = row_of_token(db, room_token)
            group = group_of(db, str(row.id))
            return None if group is None else self._group_room(db, row, group)

    def _group_room(self, db: Connection, row: Row[tuple[object, ...]], group: Row[tuple[object, ...]]) -> GroupRoom:
        host = db.execute(sa.select(sessions).where(sessions.c.id == group.host_id)).one()
        seats = seat_rows(db, str(group.id))
        is_host = group.host_id == row.id
        place: Mapping[str, Any] = host.place or {}
        turns = [
            PublicTurn(int(turn.position), str(seat.colour))
            for seat in seats
            for turn in db.execute(
                sa.select(group_turns).where(
                    group_turns.c.session_id == seat.session_id, group_turns.c.position.is_not(None)
                )
            ).all()
        ]
        own = next((seat for seat in seats if seat.session_id == row.id), None)
        goes_round = is_host and group.how == "passed"
        playing, order = place.get("n"), place.get("order")
        return GroupRoom(
            id=str(group.id),
            role="host" if is_host else "seat",
            how=group.how,
            phase=phase_of(group, is_open=is_open(host, self.now())),
            colour="" if own is None else str(own.colour),
            next_colour=str(seats[(int(group.leads) + 1) % len(seats)].colour) if seats else "",
            made="" if group.made_at is None else group.made_at.isoformat(),
            turns=tuple(sorted(turns, key=lambda turn: turn.position)),
            prompts=bool(group.prompts),
            opening=group.opening,
            closing=group.closing,
            order=tuple(str(one) for one in order) if isinstance(order, list) else (),
            playing=int(playing) if isinstance(playing, int) and group.made_at is not None else None,
            round=tuple(self._round_seat(db, seat) for seat in seats if seat.left_at is None) if goes_round else (),
        )

    @staticmethod
    def _round_seat(db: Connection, seat: Row[tuple[object, ...]]) -> RoundSeat:
        row = db.execute(sa.select(sessions).where(sessions.c.id == seat.session_id)).one()
        said = read_answers(db, str(row.id))
        return RoundSeat(
            number=int(seat.number),
            colour=str(seat.colour),
            preset=str(row.preset),
            scale=str(row.scale_id),
            feeling_first=bool(row.feeling_first),
            answered=tuple(dict.fromkeys(answer.phase for answer in said)),
        )

    def _state(self, db: Connection, row: Row[tuple[object, ...]]) -> RoomState:
        state = super()._state(db, row)
        if group_of(db, str(row.id)) is None:
            return state
        # The plan starts from the median of what all said: how far one's own answer lies from it tells of the others'.
        return replace(state, mood_moved=False, request=replace(state.request, present=state.request.target))

    def may_hear(self, room_token: str | None, track_id: str) -> bool:
        """As for single rooms; in a group only the screen that all see plays, and only a list that was approved."""
        with self._reading() as db:
            try:
                row = row_of_token(db, room_token)
            except RoomClosedError:
                return False
            group = group_of(db, str(row.id))
            if group is not None and (group.host_id != row.id or group.made_at is None):
                return False
        return super().may_hear(room_token, track_id)

    def _barred(self, db: Connection, row: Row[tuple[object, ...]], songs: Collection[CopiedSong]) -> frozenset[str]:
        barred = super()._barred(db, row, songs)
        group = group_of(db, str(row.id))
        if group is None:
            return barred
        for protection in protections_of(db, str(group.id), at=self.now()):
            barred |= barred_songs(songs, protection)
        return barred

    def _owner_of(self, db: Connection, row: Row[tuple[object, ...]], event: Event) -> Row[tuple[object, ...]] | None:
        """On a tablet that goes round an answer is of whoever held it; None where it names nobody of this group."""
        number = event.values.get("seat")
        if number is None:
            return row
        group = group_of(db, str(row.id))
        if group is None or group.host_id != row.id:
            return None
        session_id = next((seat.session_id for seat in seat_rows(db, str(group.id)) if seat.number == number), None)
        if session_id is None:
            return None
        return db.execute(sa.select(sessions).where(sessions.c.id == session_id)).one()

    def _pass_on(self, db: Connection, row: Row[tuple[object, ...]], event: Event, *, at: datetime, data: Any) -> None:
        """What the common screen plays is told in the record of each client who is there."""
        if event.kind not in MUSIC and event.kind != "group_after":
            return
        group = group_of(db, str(row.id))
        if group is None or group.host_id != row.id:
            return
        if event.kind == "group_after":
            db.execute(group_sessions.update().where(group_sessions.c.id == group.id).values(after_at=at))
            return
        for seat in seat_rows(db, str(group.id)):
            if seat.client_id is None or (seat.left_at is not None and seat.left_at < at):
                continue
            db.execute(
                insert_once(db, events).values(
                    session_id=seat.session_id, id=event.id, kind=event.kind, at=at, received_at=self.now(), data=data
                )
            )
