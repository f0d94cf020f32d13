"""What a therapist asks of a room while a song plays: another next song, or on to the closing one. The room does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice.errors import CannotAskRoomError
from practice.facts import facts_of
from practice.group_seats import group_of
from practice.plan_copies import Plan, PlanSong, read_plan
from practice.room import Room
from practice.schema import group_seats, group_turns, sessions
from practice.session_rows import is_open, require_session
from practice.store import Actor, new_id


class NextSongs(Room):
    """The uses of changing what comes next. Only approved songs come in, so the approval stands."""

    def ask_for_different_next(self, actor: Actor, session_id: str) -> PlanSong:
        """Ask the room to put another approved song in the place of the next one, and give that song.

        Raises
        ------
        NotThereError
            If the session is not there, or not the asker's.
        CannotAskRoomError
            If nothing plays, the last song plays, no other song was approved that may be heard, or a member of the
            group has brought the next one: nobody's turn is taken away.
        """
        with self._transaction() as db:
            row, place, plan = self._playing(db, actor, session_id)
            last_asked = (row.next_asked or {}).get("track")
            taken = {*place["order"], *place["heard"], last_asked}
            barred = self._barred(db, row, plan.songs.values())
            following = place["order"][place["n"] + 1]
            if _is_somebodys_turn(db, session_id, place["n"] + 1):
                raise CannotAskRoomError("brought")
            found = next((one for one in _instead_of(plan, following) if one not in taken and one not in barred), None)
            if found is None:
                raise CannotAskRoomError("none_left")
            self._ask(db, row, what="different", track=found, during=place["order"][place["n"]])
            return plan.songs[found]

    def ask_for_closing(self, actor: Actor, session_id: str) -> PlanSong:
        """Ask the room to go on to the last song now, and give that song.

        Raises
        ------
        NotThereError
            If the session is not there, or not the asker's.
        CannotAskRoomError
            If nothing plays, or the last song plays already.
        """
        with self._transaction() as db:
            row, place, plan = self._playing(db, actor, session_id)
            self._ask(db, row, what="closing", track=place["order"][-1], during=place["order"][place["n"]])
            return plan.songs[place["order"][-1]]

    def room_order(self, actor: Actor, session_id: str) -> tuple[str, ...]:
        """The songs as the room plays them, by id: the list as it was approved until the room has said otherwise."""
        with self._reading() as db:
            row = require_session(db, actor, session_id, at=self.now())
            plan = read_plan(db, str(row.plan_id))
            place = _place_of(row, plan)
            return tuple(place["order"]) if place else tuple(one.song.id for one in plan.places)

    def _playing(
        self, db: Connection, actor: Actor, session_id: str
    ) -> tuple[Row[tuple[object, ...]], Mapping[str, Any], Plan]:
        """A session's row while a song plays that is not the last, with where it is and its plan."""
        row = require_session(db, actor, session_id, at=self.now())
        plan = read_plan(db, str(row.plan_id))
        place = _place_of(row, plan)
        played = facts_of(db, row).played
        is_playing = bool(played) and played[-1].how == "open"
        if place is None or not is_playing or not is_open(row, self.now()):
            raise CannotAskRoomError("not_playing")
        if place["n"] + 1 >= len(place["order"]):
            raise CannotAskRoomError("last")
        return row, place, plan

    @staticmethod
    def _ask(db: Connection, row: Row[tuple[object, ...]], *, what: str, track: str, during: str) -> None:
        wish = {"id": new_id(), "what": what, "track": track, "during": during}
        db.execute(sessions.update().where(sessions.c.id == row.id).values(next_asked=wish))


def _place_of(row: Row[tuple[object, ...]], plan: Plan) -> Mapping[str, Any] | None:
    """Where the room last said it was, if it is a place in songs of this plan: a device may say anything."""
    place: Mapping[str, Any] = row.place or {}
    n, order, heard = place.get("n"), place.get("order"), place.get("heard")
    if not isinstance(order, list) or not order or not all(isinstance(one, str) and one in plan.songs for one in order):
        return None
    if not isinstance(n, int) or not 0 <= n < len(order):
        return None
    known = [one for one in heard if isinstance(one, str)] if isinstance(heard, list) else []
    return {"n": n, "order": order, "heard": known}


def _is_somebodys_turn(db: Connection, session_id: str, position: int) -> bool:
    """Whether the song at a position of a group's list was brought by one of them."""
    group = group_of(db, session_id)
    if group is None:
        return False
    brought = sa.select(group_turns.c.track_id).join(group_seats, group_seats.c.session_id == group_turns.c.session_id)
    here = (group_seats.c.group_session_id == group.id, group_turns.c.position == position)
    return db.execute(brought.where(*here)).first() is not None


def _instead_of(plan: Plan, track_id: str) -> Iterator[str]:
    """Approved songs that may stand in the place of one, the nearest first."""
    for place, alternates in zip(plan.places, plan.pool.alternates, strict=True):
        if place.song.id == track_id:
            yield from alternates
    yield from plan.pool.replan
    yield from plan.pool.openers
