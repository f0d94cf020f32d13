"""Sessions and their answers in words; no widgets here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from web.words import say

if TYPE_CHECKING:
    from practice.sessions import SessionAnswer, SessionSummary

ITEMS = ("valence", "arousal", "tension", "pain")


def line(session: SessionSummary) -> str:
    """A session as one line: when, how many songs, what changed."""
    parts = [f"{session.started_at:%-d %B %Y, %H:%M}"]
    songs = session.songs_started
    parts.append(say("clinician.session_song" if songs == 1 else "clinician.session_songs", n=songs))
    if session.is_open:
        parts.append(say("clinician.session_open"))
    parts += [
        say("clinician.session_change", item=say(f"clinician.item_{item}"), before=pair[0], after=pair[1])
        for item in ITEMS
        if (pair := before_and_after(session.answers, item)) is not None
    ]
    return "  ·  ".join(parts)


def before_and_after(answers: Sequence[SessionAnswer], item: str) -> tuple[str, str] | None:
    """What was answered before and after on the same scale, as 0 to 100 or in words; None unless both are there."""
    found: dict[str, SessionAnswer] = {
        answer.phase: answer for answer in answers if answer.item == item and answer.missing is None
    }
    before, after = found.get("before"), found.get("after")
    if before is None or after is None or before.scale_id != after.scale_id:
        return None
    return said(before), said(after)


def said(answer: SessionAnswer) -> str:
    """One answer: a line as 0 to 100, words as they were."""
    if answer.number is not None:
        return str(round(100 * answer.number))
    return answer.choice or ""
