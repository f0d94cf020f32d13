"""Server-sent events: the therapist's Stop on its way into the room, the room's news on its way to the therapist."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from practice.errors import CannotAskRoomError, PracticeError
from web.middleware import SESSION_COOKIE

if TYPE_CHECKING:
    from practice import Actor, Record
    from practice.plan_copies import PlanSong
    from web.serving import Stores

ASKED_EVERY_S = 0.5
STILL_THERE_EVERY_S = 15.0
STREAMS_AT_ONCE = 20
"""Of one session: each asks the record twice a second, and one device must not crowd out the others' Stop."""


_open_streams: Counter[str] = Counter()


def live_routes(stores: Stores) -> list[Route]:
    """What a clinician watches and does while a session goes on; the guard has asked for the sign-in."""
    record = stores.record

    async def watch(request: Request) -> Response:
        session_id = request.path_params["session_id"]
        token = request.cookies.get(SESSION_COOKIE)
        if await run_in_threadpool(session_news, record, token, session_id) is None:
            return Response(status_code=404)
        return events_as_they_come(lambda: session_news(record, token, session_id), of=f"session {session_id} {token}")

    def stop(request: Request) -> Response:
        actor = record.who(request.cookies.get(SESSION_COOKIE))
        if actor is None:
            return Response(status_code=401)
        try:
            record.ask_to_stop(actor, request.path_params["session_id"])
        except PracticeError:
            return Response(status_code=404)
        return Response(status_code=204)

    def ask_for(request: Request, *, ask: Callable[[Actor, str], PlanSong]) -> Response:
        """Another next song, or the closing one; the answer is what comes, or why that cannot be."""
        actor = record.who(request.cookies.get(SESSION_COOKIE))
        if actor is None:
            return Response(status_code=401)
        try:
            song = ask(actor, request.path_params["session_id"])
        except CannotAskRoomError as error:
            return JSONResponse({"why": error.values["why"]}, status_code=409)
        except PracticeError:
            return Response(status_code=404)
        return JSONResponse({"track_id": song.id})

    return [
        Route("/live/{session_id}", watch, methods=["GET"]),
        Route("/live/{session_id}/stop", stop, methods=["POST"]),
        *(
            Route(f"/live/{{session_id}}/{wish}", partial(ask_for, ask=ask), methods=["POST"])
            for wish, ask in (("different", record.ask_for_different_next), ("closing", record.ask_for_closing))
        ),
    ]


def session_news(record: Record, token: str | None, session_id: str) -> dict[str, Any] | None:
    """How a session stands, for its clinician; None once it is over, not theirs, or the sign-in has ended."""
    actor = record.who(token, active=False)
    if actor is None:
        return None
    try:
        session = record.session(actor, session_id)
        events = len(record.session_events(actor, session_id))
    except PracticeError:
        return None
    return {
        "is_open": session.is_open,
        "songs_started": session.songs_started,
        "events": events,
        "answers": [
            {"phase": one.phase, "item": one.item, "number": one.number, "choice": one.choice, "missing": one.missing}
            for one in session.answers
        ],
    }


def room_news(record: Record, room_token: str) -> dict[str, Any]:
    """What the room must know at once: whether it is still open, and what it was last asked for."""
    is_open, asked, wish = record.room_position(room_token)
    return {"is_open": is_open, "stop_asked_at": None if asked is None else asked.isoformat(), "next_asked": wish}


def events_as_they_come(news: Callable[[], dict[str, Any] | None], *, of: str) -> Response:
    """Send what `news` says whenever it says something new, until it says None or that nothing is open.

    Parameters
    ----------
    of : str
        Whose events they are; beyond `STREAMS_AT_ONCE` of the same the answer is a refusal, until one of them ends.
    """
    if _open_streams[of] >= STREAMS_AT_ONCE:
        return Response(status_code=429, headers={"Retry-After": "5"})

    async def stream() -> AsyncIterator[str]:
        last: dict[str, Any] | None = None
        silent_s = 0.0
        with _counted(of) as count:
            # Asked for once more: many that come at the same moment have all been let in.
            while count <= STREAMS_AT_ONCE and (now := await run_in_threadpool(news)) is not None:
                if now != last:
                    yield f"data: {json.dumps(now)}\n\n"
                    last, silent_s = now, 0.0
                elif silent_s >= STILL_THERE_EVERY_S:
                    yield ": still here\n\n"
                    silent_s = 0.0
                if not now["is_open"]:
                    return
                await anyio.sleep(ASKED_EVERY_S)
                silent_s += ASKED_EVERY_S

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@contextmanager
def _counted(of: str) -> Iterator[int]:
    _open_streams[of] += 1
    try:
        yield _open_streams[of]
    finally:
        _open_streams[of] -= 1
        if not _open_streams[of]:
            del _open_streams[of]
