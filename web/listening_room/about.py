"""What is kept about a client: shown, saved, turned on and off, and asked for, from their own open room."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from practice.consent import PURPOSES, REQUESTS
from practice.errors import PracticeError, RoomClosedError
from practice.room_events import as_text_stands
from practice.scales import shipped_scales
from web.audio import nothing
from web.listening_room.language import language_of, say
from web.middleware import ROOM_COOKIE

if TYPE_CHECKING:
    from practice import Record
    from practice.consent import Kept

LONGEST_TEXT = 2000


def about_routes(record: Record) -> list[Route]:
    """Where the room's own cookie lets a client see and decide."""

    def kept(request: Request) -> Kept | None:
        try:
            return record.kept_about_me(request.cookies.get(ROOM_COOKIE, ""))
        except RoomClosedError:
            return None

    def show(request: Request) -> Response:
        mine = kept(request)
        if mine is None:
            return nothing()
        uses = {"choose_songs": mine.choose_songs, "improve": mine.improve}
        return JSONResponse({"uses": uses, "sessions": [session_shown(one) for one in mine.sessions]})

    def copy(request: Request) -> Response:
        mine = kept(request)
        if mine is None:
            return nothing()
        text = "\n".join(lines_of(mine, language_of(request)))
        return PlainTextResponse(text, headers={"Content-Disposition": 'attachment; filename="my-answers.txt"'})

    async def change(request: Request) -> Response:
        said = await read_json(request)
        token, use, is_on = request.cookies.get(ROOM_COOKIE, ""), said.get("use"), said.get("on")
        if use not in PURPOSES or not isinstance(is_on, bool):
            return Response(status_code=400)
        return await done(lambda: record.set_own_agreement(token, use, is_on=is_on))

    async def ask(request: Request) -> Response:
        said = await read_json(request)
        token, what, text = request.cookies.get(ROOM_COOKIE, ""), said.get("what"), said.get("text", "")
        if what not in REQUESTS or not isinstance(text, str) or len(text) > LONGEST_TEXT:
            return Response(status_code=400)
        return await done(lambda: record.ask_for(token, what, text))

    return [
        Route("/room/about", show, methods=["GET"]),
        Route("/room/about", change, methods=["POST"]),
        Route("/room/about/copy", copy, methods=["GET"]),
        Route("/room/ask", ask, methods=["POST"]),
    ]


async def read_json(request: Request) -> dict[str, Any]:
    """A posted JSON object, or an empty one."""
    try:
        said = json.loads(await request.body())
        return dict(as_text_stands(said)) if isinstance(said, dict) else {}
    except (ValueError, RecursionError):
        return {}


async def done(action: Any) -> Response:
    """Do it, and say that it is done; nothing where there is no such room."""
    try:
        await run_in_threadpool(action)
    except PracticeError:
        return nothing()
    return Response(status_code=204)


def session_shown(session: dict[str, Any]) -> dict[str, Any]:
    """One session, as its client may see it."""
    return {
        "at": session["started_at"],
        "songs": [{"title": song["title"], "artist": song["artist"]} for song in session["played"]],
        "answers": [
            {name: answer[name] for name in ("phase", "item", "number", "choice", "missing")}
            | ({} if answer["scale_id"] in shipped_scales() else {"own": in_own_words(answer)})
            for answer in session["answers"]
        ],
        "said": [one["text"] for one in session["said"] if one["kind"] == "words" and one["text"]],
    }


def in_numbers(answer: dict[str, Any]) -> str:
    """An answer on a scale that ships: its word, or 0 to 100."""
    return f"{answer['item']} {answer['missing'] or answer['choice'] or round(100 * answer['number'])}"


def in_own_words(answer: dict[str, Any]) -> str:
    """An answer on a scale that the clinic brought: its question's name and its own value, in no other words."""
    value = answer["missing"] or answer["choice"] or f"{answer['number']:g}"
    return f"{answer['item']}: {value}".replace("_", " ")


def lines_of(kept: Kept, language: str) -> Iterator[str]:
    """The same as a text that can be kept."""
    yield say("about_code", language, code=kept.code)
    for session in kept.sessions:
        shown = session_shown(session)
        yield ""
        yield f"{shown['at'][:16].replace('T', ' ')} UTC"
        for answer in shown["answers"]:
            yield f"  {answer['phase']}: {answer.get('own') or in_numbers(answer)}"
        for song in shown["songs"]:
            yield f"  {one_line(song['title'])} · {one_line(song['artist'])}"
        for text in shown["said"]:
            yield f"  “{one_line(text)}”"


def one_line(text: str) -> str:
    """Text from a file or a person, without breaks that could pass for lines of ours."""
    return " ".join(text.split())
