"""The main job, press by press: from an account that has just been made to music."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

PASSWORD = "a long walk by the river"
COMPOSING_MS = 300_000
"""How long the first demo music is waited for; how long it takes is measured in benchmarks/room.py."""


class Presses:
    """Counts what a person presses from the moment they are signed in."""

    def __init__(self) -> None:
        self.count = 0

    def press(self, page: Page, name: str) -> None:
        """Press a button."""
        page.get_by_role("button", name=name).first.click(timeout=COMPOSING_MS)
        self.count += 1

    def choose(self, page: Page, group: str, word: str) -> None:
        """Choose a word beside the map."""
        words = page.get_by_role("radiogroup", name=group, exact=True)
        words.get_by_role("radio", name=word, exact=True).click()
        self.count += 1


def make_account(page: Page, link: str) -> None:
    """The first account, by the link that the server printed."""
    page.goto(link)
    page.get_by_role("checkbox").check()
    page.get_by_label("Name").fill("Robin")
    page.get_by_label("Password").first.fill(PASSWORD)
    page.get_by_role("button", name="Create my account").click()


def play_for_oneself(page: Page) -> int:
    """From the first page to Play, with nothing typed; how many presses that took."""
    person = Presses()
    person.press(page, "Try it on myself")
    person.choose(page, "Now", "sad")
    person.choose(page, "To", "calm")
    expect(page.get_by_role("radio", name="12")).to_be_checked()
    person.press(page, "Play here now")
    page.wait_for_url(re.compile(r"/room"))
    page.get_by_role("slider").nth(0).click(position={"x": 60, "y": 10})
    page.get_by_role("slider").nth(1).click(position={"x": 60, "y": 10})
    person.count += 2
    person.press(page, "This is right")
    person.press(page, "You choose for me")
    person.press(page, "Play")
    return person.count
