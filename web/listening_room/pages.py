"""Pages of the room that need no script: the door, Help, the end, and what went wrong."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from practice.errors import LockedOutError
from web.listening_room.language import NAMESPACE, language_of, say
from web.listening_room.looks import EVERYONE, style_address
from web.listening_room.scripts import script_address
from web.plain_pages import Html, fill, page

PACKAGE = __package__ or ""


def plain_page(
    language: str,
    title: str,
    content: Html,
    *,
    help_at: str = "/room/help",
    script: str = "",
    look: str = EVERYONE,
) -> Html:
    """A page of the room that needs no script, or only one that sends what waits on the device."""
    link = Html(f'<a class="button quiet" href="{help_at}">{say("help", language)}</a>') if help_at else ""
    return fill(
        PACKAGE,
        "plain.html",
        namespace=NAMESPACE,
        language=language,
        title=title,
        content=content,
        corner=link,
        style=style_address(look),
        preset=look.rpartition("-")[2],
        script=Html(f'<script src="{script}" defer></script>') if script else "",
    )


def plain(language: str, title: str, content: Html, *, status_code: int = 200, **more: str) -> Response:
    """The answer with such a page."""
    return page(plain_page(language, title, content, **more), status_code=status_code)


def too_many(request: Request, error: LockedOutError) -> Response:
    """Too many links that do not work were tried from here."""
    language = language_of(request)
    text = say("door_locked", language, minutes=error.values["wait_minutes"])
    title = say("door_title", language)
    content = fill(PACKAGE, "message.html", namespace=NAMESPACE, title=title, text=text)
    return plain(language, title, content, status_code=429)


def message(language: str, key: str, text: str, *, status_code: int = 200, **values: object) -> Response:
    """A page that says one thing; what waits on the device is sent from it."""
    title, said = say(key, language), say(text, language, **values)
    content = fill(PACKAGE, "message.html", namespace=NAMESPACE, title=title, text=said)
    return plain(language, title, content, status_code=status_code, script=script_address(["hand_in"], language))


def came_from(request: Request) -> str:
    """The page of ours that a person came from; the room where that is not known."""
    try:
        referer = urlsplit(request.headers.get("referer", ""))
    except ValueError:  # no address at all
        return "/room"
    is_ours = referer.netloc == request.headers.get("host") and not referer.path.endswith("/help")
    # An address that begins with two slashes would lead to another host; browsers read a backslash as one.
    return referer.path if is_ours and re.match(r"/[^/\\]", referer.path) else "/room"
