"""What some rooms have beside the usual one: a script of their own, and what that script must know."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from practice.errors import RoomClosedError

if TYPE_CHECKING:
    from practice import Record
    from practice.group_rooms import GroupRoom
    from practice.movement import Movement

KINDS = {"player": (), "slots": ("slots.js",), "move": ("move.js",), "group": ("group.js",)}
"""Kinds of room, by the name of their script; what a kind adds comes in before the last part, which begins."""


def kind_of(record: Record, room_token: str) -> tuple[str, dict[str, Any]]:
    """The kind of the room of a token, and what goes into its state beside the usual."""
    try:
        group = record.group_room(room_token)
        movement = None if group is not None else record.movement_in_room(room_token)
    except RoomClosedError:
        return "player", {}
    if group is not None:
        return "group", group_json(group)
    if movement is not None:
        return "move", {"movement": movement_json(movement)}
    return ("slots" if record.room(room_token).slots else "player"), {}


def movement_json(movement: Movement) -> dict[str, Any]:
    """What the room needs to count in and to rest; whom falls were thought about with stays outside."""
    return {
        "speed_bpm": round(movement.speed_bpm, 2),
        "count_in": movement.count_in,
        "rests": [rest.before_song for rest in movement.rests],
    }


def group_json(group: GroupRoom) -> dict[str, Any]:
    """What a group's room shows: colours, turns and how far it is. Nobody's answer, and nobody's code but one's own."""
    shown: dict[str, Any] = {
        "role": group.role,
        "how": group.how,
        "phase": group.phase,
        "made": group.made,
        "colour": group.colour,
        "next": group.next_colour,
        "turns": [asdict(turn) for turn in group.turns],
        "prompts": group.prompts,
        "order": list(group.order),
        "playing": group.playing,
    }
    if group.role == "host":
        shown["round"] = [asdict(seat) for seat in group.round]
    state: dict[str, Any] = {"group": shown}
    if group.role == "seat":
        # A member's own tablet plays nothing: it needs the titles, and before the list is made not even those.
        state |= {"openers": [], "alternates": [], "known": [], "replan": []}
        if group.phase == "gathering":
            state |= {"songs": [], "tracks": {}}
    return state
