"""What the page of a room is made of: its scripts, put together for a preset, with the sentences that they say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from practice.scales import shipped_scales
from web.audio import nothing
from web.listening_room.language import LANGUAGES, NAMESPACE, language_of
from web.plain_pages import UNCHANGING, asset, version_of
from web.words import sentences

if TYPE_CHECKING:
    from practice.room import RoomState

PACKAGE = __package__ or ""
FIRST = ("sound", "answers", "page", "music", "screens", "playing", "trouble")
"""Every room needs these, in this order; a tablet asks once for all."""
OWN = ("lines", "strain", "own_scale", "in_words", "standard", "calm", "carer", "scan", "slots", "move", "group")
"""What only some presets need, between the first and the last; a room asks for its own by name."""
LAST = "start"
LATER = ("after", "about")
"""Fetched by the room itself: what follows the music when it begins, what is kept when somebody asks for it."""

HAND_IN = {"hand_in": ("answers", "hand_in")}
"""On a page that only says one thing: sends what waits on the device."""

NAME = re.compile(r'(?<=[{,])"([a-z_]\w*)":')
"""A sentence's key, which needs no quotes before what it says."""

LITERAL = re.compile(r'"([a-z0-9_]+)"')


def own_parts(room: RoomState, *also: str) -> tuple[str, ...]:
    """The scripts that this room needs besides those that every room has, and `also` what it was made for."""
    kind = scale_kind(room)
    has_lines = kind in {"lines", "own"} or room.preset in {"standard", "calm"}  # the line about the session
    wanted = {
        "lines": has_lines,
        "strain": kind == "lines" and (room.ask_tension or room.ask_pain),
        "own_scale": kind == "own",
        "in_words": kind == "words",
        "standard": room.preset == "standard",
        "calm": room.preset == "calm",
        "carer": kind == "seen" or room.preset == "carer",
        "scan": room.preset == "one_switch",
    }
    return tuple(part for part in OWN if part in also or wanted.get(part))


def scale_kind(room: RoomState) -> str:
    """How a room asks: on `lines`, in `words`, by what is `seen`, or as a clinic's `own` scale says."""
    if room.own_scale is not None:
        return "own"
    scale = shipped_scales()[room.scale]
    if scale.kind == "slider":
        return "lines"
    return "seen" if scale.by == "observer" else "words"


def script_address(parts: Iterable[str], language: str) -> str:
    """Where the scripts are, by an address that changes with any of them."""
    name = "-".join(parts)
    return f"/room/script/{name}.js?lang={language}&v={version_of(script(name, language))}"


def later_addresses(language: str) -> dict[str, str]:
    """Where the scripts are that the room fetches later."""
    return {part: script_address([part], language) for part in LATER}


def show_script(request: Request) -> Response:
    """The scripts that were asked for, in one answer."""
    name = request.path_params["name"]
    if name not in {*LATER, *HAND_IN} and not in_order(name, OWN):
        return nothing()
    return Response(script(name, language_of(request)), media_type="text/javascript", headers=UNCHANGING)


def in_order(name: str, known: tuple[str, ...]) -> bool:
    """Whether a name is put together from known ones, each once and in their order: only so many can be asked for."""
    parts = name.split("-")
    return parts == [one for one in known if one in parts]


@cache
def script(name: str, language: str) -> bytes:
    """The scripts of a room with these parts of its own, or one that is fetched later; before them, what they say."""
    if name in HAND_IN:
        return joined(HAND_IN[name])
    if name in LATER:
        parts: tuple[str, ...] = (name,)
        head = "Object.assign(words,{...%s,...words});\n"  # what a room says in its own way stays
    else:
        parts = (*FIRST, *name.split("-"), LAST)
        head = '"use strict";\nconst words=%s;\n'
    said = NAME.sub(r"\1:", json.dumps(sentences_said(parts, language), ensure_ascii=False, separators=(",", ":")))
    return (head % said).encode() + joined(parts)


def joined(parts: Iterable[str]) -> bytes:
    """Scripts, one after the other."""
    return b"\n".join(asset(PACKAGE, f"{part}.js") for part in parts)


def sentences_said(parts: Iterable[str], language: str) -> Mapping[str, str]:
    """The sentences that scripts can say, in a language; English where it has none.

    A script may have sentences of its own, as `move` in `move_room.yaml`. A key stands in a script whole ("stop"), or
    as a beginning with an underscore ("word_") that it adds a word to.
    """
    said = frozenset().union(*(literals(part) for part in parts))
    beginnings = tuple(one for one in said if one.endswith("_"))
    every = sentences() | sentences(language)
    found: dict[str, str] = {}
    for namespace in (NAMESPACE, *(f"{part}_room" for part in parts)):
        start = len(namespace) + 1
        ours = {key[start:]: text for key, text in every.items() if key.startswith(f"{namespace}.")}
        found |= {key: text for key, text in ours.items() if key in said or key.startswith(beginnings)}
    return found


@cache
def literals(part: str) -> frozenset[str]:
    """The short strings in a script that could be a sentence's key, or part of one."""
    return frozenset(LITERAL.findall(asset(PACKAGE, f"{part}.js").decode()))


def languages_but(language: str) -> list[tuple[str, str]]:
    """The languages to choose besides the one that is spoken."""
    return [(code, name) for code, name in LANGUAGES.items() if code != language]
