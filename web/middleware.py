"""Who may ask for anything at all: hosts, origins, sizes, rates, sign-in, and the headers of every answer.

Pure ASGI, because answers stream (audio, events) and Streamlit's pages live on a websocket.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import logging
import re
import time
from collections import OrderedDict
from functools import cache
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio.to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from practice.errors import StoreError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from web.serving import ServerSettings, Stores

logger = logging.getLogger(__name__)

SESSION_COOKIE = "attune_session"
ROOM_COOKIE = "attune_room"
ANSWERS_COOKIE = "attune_answers"
"""For one session's answers alone: they arrive also when the device is in another room by then."""
AFTER_COOKIE = "attune_after"
"""The id of the session that a screen was handed over for; no secret, and only sign-in sees it."""

OPEN_PATHS = frozenset({"/sign-in", "/sign-out", "/welcome", "/health", "/help", "/favicon.ico"})
"""What anyone may ask for; everything below `/room` asks for the room's own cookie itself."""

BODY_LIMIT = 64 * 1024
UPLOAD_LIMIT = 400 * 1024 * 1024
UPLOADS = "/_stcore/upload_file"
POSTS_A_MINUTE = 240
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[\w.-]+)(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
"""A name or an address, and a port: nothing else is a host, and what reads it otherwise must not be misled."""

PLAIN_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def middleware(stores: Stores) -> list[Middleware]:
    """What stands around every route and page."""
    return [Middleware(Guard, stores=stores)]


class Guard:
    """Refuse what may not be asked, and put the security headers on what is answered."""

    def __init__(self, app: ASGIApp, *, stores: Stores) -> None:
        self.app = app
        self.stores = stores
        self.hosts = allowed_hosts(stores.settings)
        self.any_address = stores.settings.insecure_lan
        self.posts = RateLimit(POSTS_A_MINUTE, per_s=60.0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or websocket."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        headers = Headers(scope=scope)
        send = self.with_headers(send, path)
        refusal = self.refusal(scope, path, headers)
        if refusal is None and not is_open(path):
            token = cookie(headers, SESSION_COOKIE)
            if not await self.is_signed_in(token):
                refusal = not_signed_in(scope, path, headers)
            elif scope["type"] == "websocket":
                receive, send = self.asking_again(receive, send, token)
        if refusal is not None:
            await refuse(scope, receive, send, refusal)
            return
        await self.answer(scope, limited(receive, body_limit(path)), send)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or say that nothing can be stored now: a device keeps what it has said and sends it again.

        A body that ends before its end was too long, or its sender is gone and hears no answer: neither is an error
        of ours, and nobody can fill the log with them.
        """
        has_begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except StoreError as error:
            logger.error("%s", error)
            if has_begun or scope["type"] != "http":
                raise
            busy = PlainTextResponse(str(error), status_code=503, headers={"Retry-After": "30"})
            await busy(scope, receive, send)
        except ClientDisconnect:
            if not has_begun:
                await too_long()(scope, receive, send)

    def refusal(self, scope: Scope, path: str, headers: Headers) -> Response | None:
        """Why this may not be asked by anyone, if so."""
        host = headers.get("host", "")
        if not self.knows_host(host):
            return PlainTextResponse("This server does not go by that name.", status_code=400)
        if climbs(path):
            return Response(status_code=404)
        if scope["type"] == "http" and scope["method"] in SAFE_METHODS:
            return None
        if not same_origin(headers, host):
            return PlainTextResponse("This was asked from another site.", status_code=403)
        if scope["type"] == "websocket":
            return None
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > body_limit(path):
            return too_long()
        # A whole group shares one address behind the clinic's router, so a room's answers are counted by room.
        is_answer = path.startswith("/room/events")
        asker = cookie(headers, ANSWERS_COOKIE) or cookie(headers, ROOM_COOKIE) if is_answer else client_address(scope)
        if is_open(path) and not self.posts.allows(asker or ""):
            return PlainTextResponse("Too many at once: wait a minute.", status_code=429, headers={"Retry-After": "60"})
        return None

    def knows_host(self, host: str) -> bool:
        """Whether this server goes by the name that it was asked under."""
        match = HOST.fullmatch(host)
        if match is None:
            return False
        name = match[1].lower().strip("[]").rstrip(".")
        if name in self.hosts:
            return True
        if not self.any_address:
            return False
        # A bare address cannot be rebound by somebody's name server, so on an open network it needs no list.
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    async def is_signed_in(self, token: str | None) -> bool:
        """Whether a clinician stands behind this cookie now."""
        if not token:
            return False
        return await anyio.to_thread.run_sync(self.stores.record.who, token) is not None

    def asking_again(self, receive: Receive, send: Send, token: str | None) -> tuple[Receive, Send]:
        """Receive and send as before, but close the websocket at the first message after the sign-in ended."""
        is_closed = False

        async def receive_if_signed_in() -> Message:
            nonlocal is_closed
            message = await receive()
            if message["type"] == "websocket.receive" and not await self.is_signed_in(token):
                is_closed = True
                await send({"type": "websocket.close", "code": 1008})
                return {"type": "websocket.disconnect", "code": 1008}
            return message

        async def send_if_open(message: Message) -> None:
            if not is_closed:
                await send(message)

        return receive_if_signed_in, send_if_open

    def with_headers(self, send: Send, path: str) -> Send:
        """Send with the security headers on every answer."""
        policy = PLAIN_POLICY if is_open(path) else streamlit_policy()
        secure = (self.stores.settings.public_url or "").startswith("https:")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = policy
                headers["X-Content-Type-Options"] = "nosniff"
                headers["X-Frame-Options"] = "DENY"
                # Not no-referrer: Chromium then sends "Origin: null" with our own forms.
                headers["Referrer-Policy"] = "same-origin"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers["Cross-Origin-Resource-Policy"] = "same-origin"
                headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
                if secure:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
                # Streamlit's own files carry the hash of their content in their names, ours in their addresses.
                is_named_by_content = path.startswith("/static/") or (is_open(path) and "Cache-Control" in headers)
                if not is_named_by_content:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        return send_with_headers


def is_open(path: str) -> bool:
    """Whether a path is answered without a clinician's sign-in (the room's and sign-in's pages guard themselves)."""
    return path in OPEN_PATHS or path == "/room" or path.startswith(("/room/", "/sign-in/"))


def climbs(path: str) -> bool:
    """Whether a path leads upwards or hides where it leads; nothing of ours has such an address."""
    return ".." in path.replace("\\", "/").split("/") or "\0" in path


def allowed_hosts(settings: ServerSettings) -> frozenset[str]:
    """The names that this server answers to: where it listens, and how it was said to be reached."""
    names = {"localhost", "127.0.0.1", "::1", settings.host.lower().strip("[]")}
    if settings.public_url:
        names.add((urlsplit(settings.public_url).hostname or "").lower())
    return frozenset(names - {"", "0.0.0.0", "::"})  # noqa: S104  # nosec B104 - named only to be taken out


def same_origin(headers: Headers, host: str) -> bool:
    """Whether a request that changes something comes from our own pages.

    Browsers send `Origin` with every such request; what sends neither it nor `Sec-Fetch-Site` is not one of ours.
    """
    origin = headers.get("origin")
    if origin is not None:
        return origin.lower() in {f"{scheme}://{host.lower()}" for scheme in ("http", "https")}
    return headers.get("sec-fetch-site") in {"same-origin", "none"}


def body_limit(path: str) -> int:
    """How many bytes a request may carry."""
    return UPLOAD_LIMIT if path.startswith(UPLOADS) else BODY_LIMIT


def limited(receive: Receive, limit: int) -> Receive:
    """Receive, but no more than `limit` bytes of a body that did not say how long it is."""
    taken = 0

    async def receive_limited() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > limit:
                return {"type": "http.disconnect"}
        return message

    return receive_limited


def not_signed_in(scope: Scope, path: str, headers: Headers) -> Response:
    """Send a person to sign-in; answer everything else with nothing."""
    is_page = scope["type"] == "http" and scope["method"] in SAFE_METHODS and "text/html" in headers.get("accept", "")
    if is_page:
        return RedirectResponse("/sign-in", status_code=303)
    return Response(status_code=404 if path.startswith(("/audio/", "/media/")) else 401)


def too_long() -> Response:
    """The answer to a body that is longer than this server takes."""
    return PlainTextResponse("That is more than this server takes.", status_code=413)


async def refuse(scope: Scope, receive: Receive, send: Send, response: Response) -> None:
    """Answer a request with `response`, or close a websocket that was never accepted."""
    if scope["type"] == "http":
        await response(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.close", "code": 1008})


def cookie(headers: Headers, name: str) -> str | None:
    """The value of a cookie, or None."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return None
    return morsel.value if morsel else None


def client_address(scope: Scope) -> str:
    """Who is asking, as far as the network knows."""
    client = scope.get("client")
    return str(client[0]) if client else ""


@cache
def streamlit_policy() -> str:
    """What Streamlit's own pages may load: themselves, their component modules (blobs), their one inline script."""
    import streamlit

    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
    inline = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in inline)
    return (
        f"default-src 'self'; script-src 'self' blob: {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; connect-src 'self' blob: data:; "
        "worker-src 'self' blob:; frame-src 'self'; object-src 'none'; form-action 'self'; base-uri 'self'; "
        "frame-ancestors 'none'"
    )


class RateLimit:
    """At most so many in a stretch of time from each address; forgets the longest silent first."""

    def __init__(self, most: int, *, per_s: float, addresses: int = 4096) -> None:
        self.most = most
        self.per_s = per_s
        self.addresses = addresses
        self._spent: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, address: str, now: float | None = None) -> bool:
        """Count one more, and say whether it is within the limit."""
        at = time.monotonic() if now is None else now
        spent, last = self._spent.pop(address, (0.0, at))
        spent = max(0.0, spent - (at - last) * self.most / self.per_s)
        allowed = spent + 1 <= self.most
        self._spent[address] = (spent + 1 if allowed else spent, at)
        while len(self._spent) > self.addresses:
            self._spent.popitem(last=False)
        return allowed
