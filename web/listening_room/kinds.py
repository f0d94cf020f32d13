"""What some rooms have beside the usual one: a script of their own, and what that script must know."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

from practice.errors import RoomClosedError
from web.listening_room.state import SIGN_COLOURS

if TYPE_CHECKING:
    from practice import Record
    from practice.group_rooms import GroupRoom
    from practice.movement import Movement


class Kind(NamedTuple):
    """What a kind of room needs beside what its preset does."""

    scripts: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()


KINDS = {
    "player": Kind(),
    "slots": Kind(("slots",)),
    "move": Kind(("move",)),
    # One tablet may go round, to members with different presets.
    "group": Kind(("lines", "in_words", "carer", "group"), ("in_words", "simple", "calm", "forms")),
}
"""Kinds of room, by name."""


def kind_of(record: Record, room_token: str) -> tuple[Kind, dict[str, Any]]:
    """The kind of the room of a token, and what goes into its state beside the usual."""
    try:
        group = record.group_room(room_token)
        movement = None if group is not None else record.movement_in_room(room_token)
    except RoomClosedError:
        return KINDS["player"], {}
    if group is not None:
        return group_kind(group), group_json(group)
    if movement is not None:
        return KINDS["move"], {"movement": movement_json(movement)}
    return KINDS["slots" if record.room(room_token).slots else "player"], {}


def group_kind(group: GroupRoom) -> Kind:
    """As for every group; with the frame where the tablet goes round to somebody who presses one switch."""
    kind = KINDS["group"]
    if any(seat.preset == "one_switch" for seat in group.round):
        return Kind((*kind.scripts, "scan"), (*kind.looks, "one_switch"))
    return kind


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
        "colours": SIGN_COLOURS,
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
