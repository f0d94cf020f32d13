"""Reads what rooms are made of before anybody waits for it: the first client sees as soon as all others."""

from __future__ import annotations

from importlib import resources

from practice.scales import shipped_scales
from web.listening_room.language import LANGUAGES
from web.listening_room.looks import ABOUT, EVERYONE, style
from web.listening_room.looks import OWN as OWN_LOOKS
from web.listening_room.scripts import LATER, OWN, script
from web.plain_pages import template
from web.words import sentences

PACKAGE = __package__ or ""


def read_ahead() -> None:
    """Read every sentence, template, style sheet and script of the rooms."""
    shipped_scales()
    for language in LANGUAGES:
        sentences(language)
        for name in ("-".join(OWN), *LATER):
            script(name, language)
    for file in (resources.files(PACKAGE) / "templates").iterdir():
        template(PACKAGE, file.name)
    for name in (ABOUT, "-".join((EVERYONE, *OWN_LOOKS))):
        style(name)
