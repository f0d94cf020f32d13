"""The help text: the site's own where two people stand behind one, else ours for its nation; numbers as links."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from web.listening_room.language import NAMESPACE, say
from web.plain_pages import Html, fill
from web.words import DEFAULT_LANGUAGE, sentences

if TYPE_CHECKING:
    from practice import Record

TELEPHONE = re.compile(r"\b\d[\d ]{1,13}\d\b")


def help_lines(record: Record, *, watched: str, language: str, level: int = 1) -> Html:
    """The lines under Help.

    Parameters
    ----------
    watched : str
        Who is there, said truly; empty where that is not known.
    level : int, default=1
        Of the heading: 2 on a page that has another.
    """
    own = record.site_text("help")
    lines = [line.strip() for line in own.splitlines() if line.strip()] if own else usual_lines(record, language)
    linked = paragraphs(lines)
    mark = sentences(language).get(f"{NAMESPACE}.help_mark")
    if mark and not own:
        # Nobody has checked the translation yet, so the text that somebody has stands below it.
        english = paragraphs(usual_lines(record, DEFAULT_LANGUAGE))
        linked = Html(f'{linked}<p class="soft">{html.escape(mark)}</p><div lang="{DEFAULT_LANGUAGE}">{english}</div>')
    package = __package__ or ""
    return fill(
        package, "help.html", namespace=NAMESPACE, language=language, lines=linked, watched=watched, level=level
    )


def paragraphs(lines: list[str]) -> Html:
    """Lines as HTML, their numbers as links."""
    return Html("".join(f"<p>{numbers_linked(line)}</p>" for line in lines))


def usual_lines(record: Record, language: str = DEFAULT_LANGUAGE) -> list[str]:
    """The lines that come with Attune, for the site's nation."""
    is_northern_ireland = record.site_text("nation") == "northern_ireland"
    keys = ["help_999", "help_samaritans", "help_shout", "help_lifeline" if is_northern_ireland else "help_111"]
    if record.site_text("sees_children") == "yes":
        keys.append("help_childline")
    return [say(key, language) for key in keys]


def numbers_linked(line: str) -> str:
    """A line as HTML, with its telephone numbers as links; a text message where it says to text."""
    scheme = "sms" if re.search(r"\btext\b|SHOUT", line) else "tel"

    def link(match: re.Match[str]) -> str:
        number = match[0].replace(" ", "")
        return f'<a href="{scheme}:{number}">{match[0]}</a>'

    return TELEPHONE.sub(link, html.escape(line))
