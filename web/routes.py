"""Every route that is ours; the rest is Streamlit's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from web.audio import audio_response
from web.listening_room.routes import room_routes
from web.live import live_routes
from web.sign_in.routes import sign_in_routes

if TYPE_CHECKING:
    from web.serving import Stores


def routes(stores: Stores) -> list[Route]:
    """Sign-in, the listening room, sound by track id, and health."""

    def clinicians_audio(request: Request) -> Response:
        # The guard has already asked for a clinician's sign-in: everything outside the room needs one.
        return audio_response(stores.catalogue, request.path_params["track_id"])

    return [
        Route("/health", health, methods=["GET"]),
        Route("/audio/{track_id}", clinicians_audio, methods=["GET"]),
        *sign_in_routes(stores),
        *room_routes(stores),
        *live_routes(stores),
    ]


def health(_request: Request) -> Response:
    """Say that the server answers."""
    return JSONResponse({"status": "ok"})
