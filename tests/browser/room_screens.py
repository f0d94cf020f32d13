"""Every screen of the listening room, by preset, and how to stand on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.rooms import Rooms

STANDARD = [
    "hello", "not_mine", "not_now", "before", "moved", "first", "more", "ready", "playing", "instead", "middle",
    "question", "stopped", "after", "last", "upset", "goodbye", "again", "keep", "about", "mine", "complain", "missing",
    "offline", "kept_place", "ended", "leaving", "two_tabs",
]  # fmt: skip
OTHERS = [
    "hello", "not_mine", "not_now", "before", "first", "more", "ready", "playing", "instead", "stopped", "after",
    "goodbye", "again", "keep", "missing", "offline", "kept_place", "ended", "leaving", "two_tabs",
]  # fmt: skip
ABOUT = ["about", "mine", "complain"]
SCREENS = {
    "standard": STANDARD,
    "simple": OTHERS,
    "calm": [*OTHERS, "moved", "middle", "question", "last", "upset", *ABOUT],
    "one_switch": [*(one for one in OTHERS if one != "instead"), *ABOUT],
    "carer": [*OTHERS, "noting", "refused", *ABOUT],
}
HEARD = "Object.assign(place, { heard: ['t1', 't2'], n: 0, kept: 't2', again_track: 't1' })"


def open_room(rooms: Rooms, new_page: Callable[..., Page], preset: str, **options: Any) -> Page:
    """A device in a room of this preset that asks everything that can be asked."""
    page = new_page(reduced_motion="reduce", **options)
    ask = {"tension": True, "session_line": True, "show_answers": True, "middle": True}
    rooms.enter(page, rooms.clinic.start(client_id=rooms.clinic.new_client(), preset=preset, ask=ask))
    page.evaluate(HEARD)
    return page


def show(page: Page, screen: str) -> None:
    """Go to a screen; where music plays on it, as if it did."""
    sounds = "song" if screen in {"playing", "instead", "middle", "question", "noting"} else ""
    page.evaluate(f"mode = '{sounds}'; go('{screen}')")
    expect(page.locator(f"main.{screen}")).to_be_visible()
    if screen in {"about", "mine"}:
        page.wait_for_load_state("networkidle")
