"""First account, sign-in, sign-out, and taking a screen back from a client."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from practice.errors import BadAccountError, LinkError, LockedOutError, SignInError
from web import words
from web.middleware import AFTER_COOKIE, SESSION_COOKIE, client_address
from web.plain_pages import Html, asset_response, asset_version, fill, form, page

if TYPE_CHECKING:
    from web.serving import Stores

NAMESPACE = "sign_in"


def sign_in_routes(stores: Stores) -> list[Route]:
    """The pages that anyone may ask for."""
    pages = SignInPages(stores)
    return [
        Route("/welcome", pages.welcome, methods=["GET"]),
        Route("/welcome", pages.create_account, methods=["POST"]),
        Route("/sign-in", pages.ask, methods=["GET"]),
        Route("/sign-in", pages.sign_in, methods=["POST"]),
        Route("/sign-in/back", pages.ask_back, methods=["GET"]),
        Route("/sign-in/back", pages.take_back, methods=["POST"]),
        Route("/sign-in/style.css", style, methods=["GET"]),
        Route("/sign-in/{rest:path}", not_there),
        Route("/sign-out", pages.sign_out, methods=["GET", "POST"]),
    ]


def not_there(_request: Request) -> Response:
    """Nothing below sign-in may fall through to pages that need one."""
    return Response(status_code=404)


def style(_request: Request) -> Response:
    """The style sheet of these pages."""
    return asset_response(__package__ or "", "style.css")


def sign_in_page(template_name: str, /, *, title: str, status_code: int = 200, **values: Any) -> Response:
    """One of these pages, in their common frame."""
    package = __package__ or ""
    content = fill(package, template_name, namespace=NAMESPACE, title=title, **values)
    style_version = asset_version(package, "style.css")
    frame = fill(package, "page.html", namespace=NAMESPACE, title=title, content=content, style=style_version)
    return page(frame, status_code=status_code)


def say(key: str, **values: Any) -> str:
    """A sentence of these pages."""
    return words.say(f"{NAMESPACE}.{key}", **values)


class SignInPages:
    """The pages' answers; holds the stores that they ask."""

    def __init__(self, stores: Stores) -> None:
        self.record = stores.record
        self.is_https = (stores.settings.public_url or "").startswith("https:")

    def welcome(self, request: Request) -> Response:
        """Ask for the first account, or for the password of an invited one."""
        return self.welcome_page(request.query_params.get("link", ""))

    def welcome_page(self, link: str, *, error: str = "", name: str = "", ticked: bool = False) -> Response:
        """The form of the first account, as far as it was filled in."""
        title = say("welcome_title")
        if not link:
            return sign_in_page("message.html", title=title, text=say("link_missing"), status_code=404)
        try:
            of_account = self.record.link_account_name(link)
        except LinkError:
            return sign_in_page("message.html", title=title, text=say("link_ended"), status_code=404)
        return sign_in_page(
            "welcome.html",
            title=title,
            link=link,
            error=error,
            name=of_account or name,
            is_fixed=Html("readonly" if of_account else ""),
            ticked=Html("checked" if ticked else ""),
            status_code=400 if error else 200,
        )

    async def create_account(self, request: Request) -> Response:
        """Make the account and sign it in."""
        fields = await form(request)
        link, name, password = fields.get("link", ""), fields.get("name", "").strip(), fields.get("password", "")
        ticked = fields.get("therapist") == "yes"
        if not ticked or not name:
            error = say("name_missing" if ticked else "tick_missing")
            return await run_in_threadpool(self.welcome_page, link, error=error, name=name, ticked=ticked)
        try:
            origin = client_address(request.scope)
            actor = await run_in_threadpool(partial(self.record.create_account, link, name, password, origin=origin))
        except LockedOutError as error:
            text, title = say("locked", minutes=error.values["wait_minutes"]), say("welcome_title")
            return sign_in_page("message.html", title=title, text=text, status_code=429)
        except LinkError:
            return await run_in_threadpool(self.welcome_page, link)
        except BadAccountError as error:
            return await run_in_threadpool(self.welcome_page, link, error=str(error), name=name, ticked=True)
        return self.signed_in(await run_in_threadpool(self.record.sign_in, actor.name, password))

    def ask(self, request: Request) -> Response:
        """Show the sign-in form, or what fits better: the pages, or the way back from a client."""
        token = request.cookies.get(SESSION_COOKIE, "")
        if token and self.record.is_handed_over(token):
            return RedirectResponse("/sign-in/back", status_code=303)
        if token and self.record.who(token) is not None:
            return RedirectResponse("/", status_code=303)
        note = say("signed_out") if "out" in request.query_params else ""
        return self.sign_in_form(note=note)

    def sign_in_form(self, *, note: str = "", error: str = "", name: str = "", status_code: int = 200) -> Response:
        """The sign-in form."""
        return sign_in_page(
            "sign_in.html", title=say("sign_in_title"), note=note, error=error, name=name, status_code=status_code
        )

    async def sign_in(self, request: Request) -> Response:
        """Take a name and a password."""
        fields = await form(request)
        name, password = fields.get("name", "").strip(), fields.get("password", "")
        try:
            token = await run_in_threadpool(self.record.sign_in, name, password)
        except LockedOutError as error:
            text = say("locked", minutes=error.values["wait_minutes"])
            return self.sign_in_form(error=text, name=name, status_code=429)
        except SignInError:
            return self.sign_in_form(error=say("wrong"), name=name, status_code=403)
        old = request.cookies.get(SESSION_COOKIE)
        if old:
            await run_in_threadpool(self.record.sign_out, old)
        return self.signed_in(token)

    def signed_in(self, token: str) -> Response:
        """Go on to the clinician's pages with a fresh cookie."""
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(SESSION_COOKIE, token, path="/", httponly=True, samesite="strict", secure=self.is_https)
        return response

    def ask_back(self, request: Request) -> Response:
        """Ask for the password that takes the screen back from a client."""
        token = request.cookies.get(SESSION_COOKIE, "")
        if not token or not self.record.is_handed_over(token):
            return RedirectResponse("/sign-in", status_code=303)
        return self.back_form()

    def back_form(self, *, error: str = "", status_code: int = 200) -> Response:
        """The form that takes the screen back."""
        return sign_in_page("take_back.html", title=say("back_title"), error=error, status_code=status_code)

    async def take_back(self, request: Request) -> Response:
        """Unlock the clinician's pages on this screen."""
        token = request.cookies.get(SESSION_COOKIE, "")
        fields = await form(request)
        try:
            await run_in_threadpool(self.record.take_back, token, fields.get("password", ""))
        except LockedOutError as error:
            text = say("locked", minutes=error.values["wait_minutes"])
            return self.back_form(error=text, status_code=429)
        except SignInError:
            return self.back_form(error=say("wrong_password"), status_code=403)
        session_id = request.cookies.get(AFTER_COOKIE, "")
        kind, _, group_id = session_id.partition(".")
        goes_on = f"/groups?meeting={quote(group_id)}" if kind == "group" else f"/after?session={quote(session_id)}"
        response = RedirectResponse(goes_on if session_id else "/", status_code=303)
        response.delete_cookie(AFTER_COOKIE, path="/sign-in")
        return response

    async def sign_out(self, request: Request) -> Response:
        """End the sign-in; a link from another site cannot, because the cookie stays at home."""
        token = request.cookies.get(SESSION_COOKIE)
        if token:
            await run_in_threadpool(self.record.sign_out, token)
        response = RedirectResponse("/sign-in?out", status_code=303)
        response.delete_cookie(SESSION_COOKIE, path="/")
        return response
