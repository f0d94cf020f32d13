"""Plain HTML pages outside Streamlit: templates filled with escaped text, forms read with a limit."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from web import words
from web.middleware import BODY_LIMIT

MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
UNCHANGING = {"Cache-Control": "public, max-age=31536000, immutable"}
COMMENT = re.compile(r"(^|\s+)// .*$|^\s*//$|^/\* .* \*/$")
SPACES = {
    "js": re.compile(
        r'("(?:[^"\\\n]|\\.)*"|`[^`]*`)|(?:\s*;)?\s*(})\s*|\s*([{()\[\],;:=<>?&|!*]|(?<= )\+(?= [^+]))\s*'
    ),
    "css": re.compile(r'("[^"]*")|(?:\s*;)?\s*(})\s*|\s*([{;,]|:(?= ))\s*'),
}
"""Text in quotes, which stays; the end of a block, which needs no semicolon before it; what needs no space around it.
In a style sheet ` :is` and `and (` need theirs, in a script a plus before another."""
PLACE = re.compile(r"\{\{\s*([a-z0-9_.]+)\s*\}\}")


class Html(str):
    """Markup that our own code made; everything else is escaped."""

    __slots__ = ()


@cache
def asset(package: str, name: str) -> bytes:
    """One of our own files, as it is served."""
    return squeezed((resources.files(package) / name).read_text("utf-8"), name.rpartition(".")[2]).encode()


def squeezed(source: str, kind: str) -> str:
    """A script ("js") or style sheet ("css") without comments and needless space: a slow tablet gets what it needs.

    What stands between double quotes or backticks stays as it is. Scripts end their statements with semicolons.
    """
    lines = (COMMENT.sub("", line).strip() for line in source.splitlines())
    return SPACES[kind].sub(lambda match: match[1] or match[2] or match[3], "\n".join(filter(None, lines)))


def version_of(content: bytes) -> str:
    """A short hash of what is served, for an address that may be cached for ever."""
    return hashlib.sha256(content).hexdigest()[:12]


def asset_version(package: str, name: str) -> str:
    """The version of one of our own files."""
    return version_of(asset(package, name))


def asset_response(package: str, name: str) -> Response:
    """Serve one of our own files, asked for by an address that carries its version."""
    return Response(asset(package, name), media_type=MEDIA_TYPES[name.rpartition(".")[2]], headers=UNCHANGING)


@cache
def template(package: str, name: str) -> str:
    """The text of a template."""
    return (resources.files(package) / "templates" / name).read_text("utf-8")


def fill(package: str, template_name: str, /, *, namespace: str, language: str = "en", **values: Any) -> Html:
    """Fill a template: `{{ words.key }}` with a sentence of the namespace, `{{ name }}` with a value; both escaped.

    Raises
    ------
    KeyError
        If the template names a sentence or a value that is not there.
    """

    def replacement(match: re.Match[str]) -> str:
        key = match[1]
        value = words.say(f"{namespace}.{key[6:]}", language) if key.startswith("words.") else values[key]
        return value if isinstance(value, Html) else html.escape(str(value))

    return Html(PLACE.sub(replacement, template(package, template_name)))


def page(markup: Html, *, status_code: int = 200) -> HTMLResponse:
    """Answer with a filled template."""
    return HTMLResponse(markup, status_code=status_code)


def json_block(data: Mapping[str, Any]) -> Html:
    """JSON that may stand in a script element: no tag can end it, and it is data, never run."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Html(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


async def form(request: Request) -> dict[str, str]:
    """The fields of a posted form, each once; an oversized or garbled one is empty."""
    body = await request.body()
    if len(body) > BODY_LIMIT:
        return {}
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}
