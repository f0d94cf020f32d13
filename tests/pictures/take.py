"""Take a picture of every page at phone, tablet and laptop width, light and dark, from the running application.

`python -m tests.pictures.take OUT [--home HOME]`; the home needs music (`attune demo`). Look at what it took.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM_FLAGS, running_server
from tests.conftest import chromium

WIDTHS = {"phone": (360, 780), "tablet": (820, 1180), "laptop": (1440, 900)}
PAGES = ("", "clients", "groups", "music", "settings")
PASSWORD = "a long walk by the river"


def sign_up(page: Page, link: str) -> None:
    """Make the first account."""
    page.goto(link)
    page.get_by_role("checkbox").check()
    page.get_by_label("Name").fill("Robin")
    page.get_by_label("Password").first.fill(PASSWORD)
    page.get_by_role("button", name="Create my account").click()
    page.get_by_role("button", name="Try it on myself").wait_for(timeout=60_000)


def settle(page: Page) -> None:
    """Wait until the page has stopped changing."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)


def choose(page: Page, group: str, word: str) -> None:
    """Choose a word for Now or To."""
    words = page.get_by_role("radiogroup", name=group, exact=True)
    words.get_by_role("radio", name=word, exact=True).click(timeout=60_000)


def take_all(browser: Browser, url: str, link: str, out: Path) -> None:
    """Walk through the application once for each width and theme."""
    state = out / "signed-in.json"
    first = browser.new_context(color_scheme="light")
    page = first.new_page()
    page.goto(link)
    page.screenshot(path=out / "first-account.png")
    sign_up(page, link)
    settle(page)
    page.screenshot(path=out / "first-start.png")
    first.storage_state(path=state)
    for width_name, (width, height) in WIDTHS.items():
        for theme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=theme, storage_state=state
            )
            page = context.new_page()
            walk(page, url, out, f"{width_name}-{theme}")
            context.close()
    state.unlink()


def walk(page: Page, url: str, out: Path, suffix: str) -> None:
    """Every page, then a session from the first choice to the goodbye."""

    def picture(name: str) -> None:
        page.wait_for_timeout(700)  # screens of the room fade in
        page.screenshot(path=out / f"{name}-{suffix}.png")

    for name in PAGES:
        page.goto(f"{url}/{name}")
        settle(page)
        picture(name or "today")
    page.goto(f"{url}/start")
    page.get_by_text("Just trying, keep nothing").first.click(timeout=60_000)
    choose(page, "Now", "sad")
    choose(page, "To", "calm")
    page.get_by_role("button", name="Play here now").wait_for(timeout=60_000)
    settle(page)
    picture("start")
    page.get_by_role("button", name="Play here now").click()
    page.wait_for_url(re.compile("/room"))
    page.get_by_role("slider").first.wait_for()
    picture("room-feel")
    for slider in page.get_by_role("slider").all():
        slider.click(position={"x": 60, "y": 10})
    page.get_by_role("button", name="This is right").click()
    page.get_by_role("button", name="You choose for me").wait_for()
    picture("room-first-song")
    page.get_by_role("button", name="You choose for me").click()
    page.get_by_role("button", name="Play", exact=True).wait_for()
    picture("room-ready")
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="Stop", exact=True).wait_for()
    page.wait_for_timeout(1500)
    picture("room-playing")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("button", name="Finish").wait_for()
    picture("room-stopped")
    page.get_by_role("button", name="Finish").click()
    page.wait_for_timeout(500)
    picture("room-after")
    page.get_by_role("button", name="Skip").first.click()
    page.wait_for_timeout(500)
    picture("room-goodbye")
    page.goto(f"{url}/sign-in")
    page.get_by_label("Password").fill(PASSWORD)
    name = page.get_by_label("Name")
    if name.count():
        name.fill("Robin")
    page.get_by_role("button", name=re.compile("Sign in|Back|Continue|Open")).first.click()
    page.wait_for_timeout(1000)


def main() -> None:
    """Start a server on the home and take every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--home", type=Path, help="a home that has music; a new one with the demo music if not given")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as empty, sync_playwright() as playwright:
        home = given.home or Path(empty) / "home"
        with running_server(home) as server:
            browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
            take_all(browser, server.url, server.link, given.out)


if __name__ == "__main__":
    main()
