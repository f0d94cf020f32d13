"""What a device shows when the server cannot be reached: a script that the browser keeps, with one page in it."""

from __future__ import annotations

import json

from starlette.responses import Response

from web.plain_pages import Html, asset

POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


def offline_script(page: Html, *, style: str) -> Response:
    """The service worker: it answers for a page that cannot be reached, and keeps the style sheet.

    Parameters
    ----------
    page : Html
        A kind end and Help; nothing in it is of a client.
    style : str
        The address of the style sheet that it uses.
    """
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
    told = {"PAGE": page, "STYLE": style, "HEADERS": headers}
    lines = [f"const {name} = {json.dumps(value, ensure_ascii=False)};\n".encode() for name, value in told.items()]
    return Response(
        b"".join(lines) + asset(__package__ or "", "offline.js"),
        media_type="text/javascript",
        headers={"Service-Worker-Allowed": "/room"},
    )
