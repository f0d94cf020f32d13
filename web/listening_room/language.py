"""Which language the room speaks on a device."""

from __future__ import annotations

from starlette.requests import Request

from web import words

NAMESPACE = "listening_room"
LANGUAGE_COOKIE = "attune_language"
LANGUAGES = {"en": "English", "cy": "Cymraeg"}


def language_of(request: Request) -> str:
    """The language chosen on the first screen, else the device's, else English."""
    chosen = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    device = request.headers.get("accept-language", "")[:2].lower()
    return next((one for one in (chosen, device) if one in LANGUAGES), words.DEFAULT_LANGUAGE)


def say(key: str, language: str, **values: object) -> str:
    """A sentence of the room."""
    return words.say(f"{NAMESPACE}.{key}", language, **values)
