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


def script_sentences(language: str, kind: str = "player") -> dict[str, str]:
    """Every sentence that the script of a kind of room may say, in a language; English where it has none."""
    table = words.sentences() | words.sentences(language)
    ours: dict[str, str] = {}
    for namespace in (NAMESPACE, f"{kind}_room"):
        start = len(namespace) + 1
        ours |= {key[start:]: text for key, text in table.items() if key.startswith(f"{namespace}.")}
    return {key: text for key, text in ours.items() if not key.startswith(("door_", "help_"))}
