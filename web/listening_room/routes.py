"""The client's door, page, state, answers and sound; every request asks for the room's own cookie."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from practice.errors import BadEventError, LinkError, LockedOutError, RoomClosedError, SignInError, WrongPinError
from practice.room_events import Event
from recommender.mood import Mood
from web.audio import audio_response, nothing
from web.listening_room.about import about_routes, read_json
from web.listening_room.help import help_lines
from web.listening_room.kinds import kind_of
from web.listening_room.language import LANGUAGE_COOKIE, NAMESPACE, language_of, say
from web.listening_room.looks import ABOUT, DOOR, is_look, look_of, show_style, style_address
from web.listening_room.offline import offline_script
from web.listening_room.order import new_order
from web.listening_room.pages import came_from, message, plain, plain_page, too_many
from web.listening_room.reading_ahead import read_ahead
from web.listening_room.scripts import languages_but, later_addresses, own_parts, script_address, show_script
from web.listening_room.state import room_json
from web.live import events_as_they_come, room_news
from web.middleware import AFTER_COOKIE, ANSWERS_COOKIE, ROOM_COOKIE, SESSION_COOKIE, client_address
from web.plain_pages import Html, fill, form, json_block, page

if TYPE_CHECKING:
    from practice.room import RoomState
    from web.serving import Stores

PACKAGE = __package__ or ""
EVENTS_AT_ONCE = 100


def room_routes(stores: Stores) -> list[Route]:
    """Everything below `/room`, and the help page."""
    read_ahead()
    room = ListeningRoom(stores)
    return [
        Route("/room", room.show, methods=["GET"]),
        Route("/room/enter/{token}", room.enter, methods=["GET"]),
        Route("/room/enter/{token}", room.open_door, methods=["POST"]),
        Route("/room/state", room.state, methods=["GET"]),
        Route("/room/events", room.events, methods=["POST"]),
        Route("/room/events/{session_id}", room.events, methods=["POST"]),
        Route("/room/audio/{track_id}", room.audio, methods=["GET"]),
        Route("/room/live", room.live, methods=["GET"]),
        Route("/room/order", room.order, methods=["POST"]),
        Route("/room/leave", room.leave, methods=["POST"]),
        Route("/room/closed", room.closed, methods=["GET"]),
        Route("/room/style/{name}.css", show_style, methods=["GET"]),
        Route("/room/script/{name}.js", show_script, methods=["GET"]),
        Route("/room/offline/{look}.js", room.offline, methods=["GET"]),
        Route("/room/help", room.show_help, methods=["GET"]),
        Route("/help", room.show_help, methods=["GET"]),
        *about_routes(stores.record),
        # The guard lets everything below /room through to here, so nothing of it may fall through to Streamlit.
        Route("/room/{rest:path}", not_there),
    ]


def answers_path(session_id: str) -> str:
    """Where the answers of one session go."""
    return f"/room/events/{session_id}"


def not_there(_request: Request) -> Response:
    """The answer for an address that is no page of these."""
    return nothing()


class ListeningRoom:
    """The room's answers; holds the stores that they ask."""

    def __init__(self, stores: Stores) -> None:
        self.record = stores.record
        self.catalogue = stores.catalogue
        self.is_https = (stores.settings.public_url or "").startswith("https:")

    def room(self, request: Request) -> RoomState | None:
        """The open session behind the room's cookie, if there is one."""
        return self.room_of(request.cookies.get(ROOM_COOKIE, ""))

    def room_of(self, token: str) -> RoomState | None:
        """The open session of a room's token, if there is one."""
        try:
            return self.record.room(token)
        except RoomClosedError:
            return None

    def show(self, request: Request) -> Response:
        """The one page; its screens are drawn by the script."""
        language = language_of(request)
        room = self.room(request)
        if room is None:
            return message(language, "ended_title", "ended_text", status_code=404)
        kind, more = kind_of(self.record, request.cookies.get(ROOM_COOKIE, ""))
        look = look_of(room, *kind.looks)
        state = (
            room_json(room)
            | more
            | {
                "now": self.record.now().isoformat(),
                "languages": languages_but(language),
                "later": later_addresses(language)
                | {"about_look": style_address(ABOUT), "offline": f"/room/offline/{look}.js"},
                "clinic_contact": self.record.site_text("clinic_contact"),
            }
        )
        watched = say("help_present" if room.present else "help_alone", language)
        markup = fill(
            PACKAGE,
            "room.html",
            namespace=NAMESPACE,
            language=language,
            preset=room.preset,
            help=help_lines(self.record, watched=watched, language=language),
            state=json_block(state),
            style=style_address(look),
            script=script_address(own_parts(room, *kind.scripts), language),
        )
        response = page(markup)
        if "lang" in request.query_params:
            response.set_cookie(LANGUAGE_COOKIE, language, path="/room", samesite="lax", secure=self.is_https)
        return response

    def show_help(self, request: Request) -> Response:
        """Help for anyone, without sign-in, cookie or script."""
        return page(self.help_page(language_of(request), back=came_from(request)))

    def help_page(self, language: str, *, back: str) -> Html:
        """Help as a page of its own."""
        lines = help_lines(self.record, watched="", language=language)
        button = fill(PACKAGE, "back.html", namespace=NAMESPACE, language=language, back=back)
        return plain_page(language, say("help_title", language), Html(lines + button), help_at="")

    def offline(self, request: Request) -> Response:
        """The script that answers in the server's place when it cannot be reached: with Help, and a kind end."""
        look = request.path_params["look"]
        if not is_look(look):
            return nothing()
        language = language_of(request)
        # One page for both, so that a small tablet keeps little.
        end = fill(PACKAGE, "offline.html", namespace=NAMESPACE, language=language)
        content = Html(end + help_lines(self.record, watched="", language=language, level=2))
        return offline_script(
            plain_page(language, say("offline_title", language), content, help_at="#help-title", look=look),
            style=style_address(look),
        )

    def enter(self, request: Request) -> Response:
        """Take a hand-over token at once, or ask for the PIN of a client's link."""
        token = request.path_params["token"]
        if self.record.link_state(token).works:  # a link that waits for its PIN is no bad try at a hand-over
            return self.door(request, token)
        try:
            room_token = self.record.enter_room(token, origin=client_address(request.scope))
        except LockedOutError as error:
            return too_many(request, error)
        except LinkError:
            return self.door(request, token)
        handed_over = self.lock_clinician(request)
        response = self.entered(room_token)
        room = self.record.room(room_token)
        group = self.record.group_room(room_token)
        if handed_over and (room.code is not None or group is not None):
            # Where the clinician goes on afterwards, when the room itself is forgotten.
            response.set_cookie(
                AFTER_COOKIE,
                room.session_id if group is None else f"group.{group.id}",
                path="/sign-in",
                httponly=True,
                samesite="strict",
                secure=self.is_https,
            )
        return response

    def lock_clinician(self, request: Request) -> bool:
        """The screen goes into a client's hands: the clinician's pages on it close until the password is typed."""
        token = request.cookies.get(SESSION_COOKIE)
        if not token:
            return False
        try:
            self.record.hand_over(token)
        except SignInError:
            return False  # nobody is signed in here: nothing to lock
        return True

    def entered(self, room_token: str) -> Response:
        """Go into the room with its cookie."""
        response = RedirectResponse("/room", status_code=303)
        response.set_cookie(ROOM_COOKIE, room_token, path="/room", httponly=True, samesite="lax", secure=self.is_https)
        response.set_cookie(
            ANSWERS_COOKIE,
            room_token,
            path=answers_path(self.record.room(room_token).session_id),
            max_age=int(self.record.setting("late_events_days") * 86_400),
            httponly=True,
            samesite="lax",
            secure=self.is_https,
        )
        return response

    def door(self, request: Request, token: str, *, error: str = "", status_code: int = 200) -> Response:
        """Ask for the PIN, or say that the link has ended."""
        language = language_of(request)
        link = self.record.link_state(token)
        if link.was_for is not None:
            day = say(f"day_{link.was_for.weekday()}", language)
            return message(language, "late_title", "late_text", status_code=404, day=day)
        if link.why_not == "not_ready":
            return message(language, "not_ready_title", "not_ready_text", status_code=404)
        if not link.works:
            return message(language, "door_title", "door_ended", status_code=404)
        content = fill(PACKAGE, "door.html", namespace=NAMESPACE, language=language, error=error)
        return plain(language, say("door_title", language), content, status_code=status_code, look=DOOR)

    async def open_door(self, request: Request) -> Response:
        """Take the PIN."""
        token = request.path_params["token"]
        fields = await form(request)
        pin = "".join(letter for letter in fields.get("pin", "") if letter.isdigit())
        try:
            origin = client_address(request.scope)
            room_token = await run_in_threadpool(partial(self.record.open_link, token, pin, origin=origin))
        except LockedOutError as error:
            return too_many(request, error)
        except WrongPinError as error:
            left = error.values["left"]
            language = language_of(request)
            text = say("door_wrong_last", language) if left == 1 else say("door_wrong", language, left=left)
            return await run_in_threadpool(lambda: self.door(request, token, error=text, status_code=403))
        except LinkError:
            return message(language_of(request), "door_title", "door_ended", status_code=404)
        await run_in_threadpool(self.lock_clinician, request)
        return self.entered(room_token)

    def state(self, request: Request) -> Response:
        """What the page was drawn from, as it is now."""
        room = self.room(request)
        if room is None:
            return nothing()
        return JSONResponse(room_json(room) | kind_of(self.record, request.cookies.get(ROOM_COOKIE, ""))[1])

    async def events(self, request: Request) -> Response:
        """Store what the device says, each once, and answer only when that is done.

        By the session's own address its answers arrive also after the device has gone into another room.
        """
        is_named = "session_id" in request.path_params
        token = request.cookies.get(ANSWERS_COOKIE if is_named else ROOM_COOKIE)
        if not token:
            return nothing()
        try:
            sent = json.loads(await request.body())["events"]
            events = [Event(one["id"], one["kind"], one["at"], one["values"]) for one in sent]
        except (ValueError, KeyError, TypeError, RecursionError):
            return Response(status_code=400)
        if len(events) > EVENTS_AT_ONCE:
            return Response(status_code=400)
        try:
            new = await run_in_threadpool(self.record.add_events, token, events)
        except RoomClosedError:
            return nothing()
        except BadEventError:
            return Response(status_code=400)
        answer: dict[str, object] = {"new": new}
        if any(event.kind == "check_in" for event in events):
            room = await run_in_threadpool(self.room_of, token)
            answer["mood_moved"] = room is not None and room.mood_moved
        return JSONResponse(answer)

    async def order(self, request: Request) -> Response:
        """A new order of approved songs for a client who feels otherwise than planned and is on their own."""
        said = await read_json(request)
        room = await run_in_threadpool(self.room, request)
        answers = map(said.get, ("valence", "arousal"))
        values = [float(one) for one in answers if isinstance(one, (int, float)) and 0 <= one <= 1]
        if room is None or room.present or len(values) != 2:
            return nothing()
        present = Mood(*(2 * one - 1 for one in values))
        token = request.cookies.get(ROOM_COOKIE) or ""

        def planned() -> list[str]:
            return new_order(self.catalogue.candidates(), self.record, token, room, present)

        try:
            return JSONResponse({"order": await run_in_threadpool(planned)})
        except RoomClosedError:
            return nothing()

    def live(self, request: Request) -> Response:
        """Tell the room at once when the therapist stops it or the session ends."""
        token = request.cookies.get(ROOM_COOKIE)
        if not token or not self.record.room_position(token)[0]:
            return nothing()
        return events_as_they_come(lambda: room_news(self.record, token), of=f"room {token}")

    def audio(self, request: Request) -> Response:
        """The sound of a song of this session's approved pool, and of no other."""
        token = request.cookies.get(ROOM_COOKIE)
        track_id = request.path_params["track_id"]
        if not token or not self.record.may_hear(token, track_id):
            return nothing()
        return audio_response(self.catalogue, track_id)

    async def leave(self, request: Request) -> Response:
        """Forget the room on this device."""
        response = JSONResponse({})
        response.delete_cookie(ROOM_COOKIE, path="/room")
        session_id = (await read_json(request)).get("session")
        if isinstance(session_id, str) and session_id.isascii() and session_id.isalnum():
            response.delete_cookie(ANSWERS_COOKIE, path=answers_path(session_id))
        response.headers["Clear-Site-Data"] = '"cache"'
        return response

    def closed(self, request: Request) -> Response:
        """The end: the way back for the clinician whose screen this is, or nothing more."""
        language = language_of(request)
        if self.record.is_handed_over(request.cookies.get(SESSION_COOKIE)):
            title = say("back_title", language)
            content = fill(PACKAGE, "give_back.html", namespace=NAMESPACE, language=language, title=title)
            return plain(language, title, content)
        return message(language, "closed_title", "closed_text")
