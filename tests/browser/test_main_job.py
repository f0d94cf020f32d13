"""The main job, as a stranger does it: from the printed link to music that one can hear and stop."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import running_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

PASSWORD = "a long walk by the river"
MAX_PRESSES = 9
MAX_SECONDS = 90


class Presses:
    """Counts what a person presses from the moment they are signed in."""

    def __init__(self) -> None:
        self.count = 0

    def press(self, page: Page, name: str | re.Pattern[str], *, role: str = "button", timeout: float = 60_000) -> None:
        page.get_by_role(role, name=name).first.click(timeout=timeout)
        self.count += 1

    def choose(self, page: Page, group: str, word: str) -> None:
        words = page.get_by_role("radiogroup", name=group, exact=True)
        words.get_by_role("radio", name=word, exact=True).click(timeout=60_000)
        self.count += 1


def sound(page: Page) -> dict[str, float]:
    """How loud the graph's end is now, and how far the song has come."""
    return page.evaluate(
        """() => {
            const { analyser } = window.attunePlayer;
            const samples = new Float32Array(analyser.fftSize);
            analyser.getFloatTimeDomainData(samples);
            const seconds = Math.max(0, ...window.attunePlayer.elements().map((element) => element.currentTime));
            return { rms: Math.hypot(...samples) / Math.sqrt(samples.length), seconds };
        }"""
    )


def wait_until(claim: Callable[[], bool], *, seconds: float, message: str) -> None:
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, message
        time.sleep(0.05)


def test_a_stranger_hears_a_playlist_from_sad_to_calm_and_stops_it(tmp_path, new_page):
    with running_server(tmp_path / "home", "--demo") as server:
        page = new_page()
        page.goto(server.link)
        page.get_by_role("checkbox").check()
        page.get_by_label("Name").fill("Robin")
        page.get_by_label("Password").first.fill(PASSWORD)
        page.get_by_role("button", name="Create my account").click()

        signed_in = time.monotonic()
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
        wait_until(lambda: sound(page)["rms"] > 1e-4, seconds=15, message="nothing is heard")
        first = sound(page)["seconds"]
        wait_until(lambda: sound(page)["seconds"] > first, seconds=5, message="the song does not move on")
        assert time.monotonic() - signed_in <= MAX_SECONDS
        assert person.count <= MAX_PRESSES

        pressed = time.monotonic()
        page.get_by_role("button", name="Stop", exact=True).click()
        wait_until(lambda: sound(page)["rms"] < 1e-5, seconds=1, message="still sounding a second after Stop")
        assert time.monotonic() - pressed <= 1.0
        expect(page.get_by_role("heading", name="The music has stopped")).to_be_visible()
