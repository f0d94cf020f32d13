"""People to records: clients, plans and their approval, sessions, notes; the rules of safety."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from practice.record import Record
    from practice.room import RoomState
    from practice.room_events import Event
    from practice.store import Actor

__all__ = ["Actor", "Event", "Record", "RoomState"]

_HOMES = {"Actor": "store", "Event": "room_events", "Record": "record", "RoomState": "room"}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"practice.{_HOMES[name]}"), name)
