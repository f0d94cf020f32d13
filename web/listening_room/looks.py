"""How a room looks: one style sheet for all, and what a preset or a page adds to it, in one answer."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from web.audio import nothing
from web.listening_room.scripts import in_order, own_parts
from web.plain_pages import UNCHANGING, asset, version_of

if TYPE_CHECKING:
    from practice.room import RoomState

PACKAGE = __package__ or ""
EVERYONE = "style"
DOOR = "style-door"
ABOUT = "forms-about"
"""Fetched with the screens that come late: what follows the music, what is kept."""
OWN = ("in_words", "simple", "calm", "one_switch", "forms", "door")


def look_of(room: RoomState, *also: str) -> str:
    """The name of a room's style sheet: what everyone has, what its preset adds, and `also` what it was made for."""
    wanted = {room.preset, *own_parts(room), *also}
    wanted |= {"forms"} if "carer" in wanted else set()  # what was seen is asked before the music
    return "-".join((EVERYONE, *(look for look in OWN if look in wanted)))


def is_look(name: str) -> bool:
    """Whether there is a style sheet of this name."""
    return name == ABOUT or (in_order(name, (EVERYONE, *OWN)) and name.startswith(EVERYONE))


def style_address(name: str) -> str:
    """Where a style sheet is, by an address that changes with it."""
    return f"/room/style/{name}.css?v={version_of(style(name))}"


def show_style(request: Request) -> Response:
    """The style sheet that was asked for."""
    name = request.path_params["name"]
    return Response(style(name), media_type="text/css", headers=UNCHANGING) if is_look(name) else nothing()


@cache
def style(name: str) -> bytes:
    """The style sheets that a name is put together from."""
    return b"".join(asset(PACKAGE, f"{part}.css") for part in name.split("-"))
