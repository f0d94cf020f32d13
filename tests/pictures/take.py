"""Take a picture of every page in every state at phone, tablet and laptop width, light and dark, from the running app.

`python -m tests.pictures.take OUT --home HOME [--only NAME ...] [--widths phone,laptop] [--themes dark]`; the home
needs music (`attune demo`) and is only copied. Look at what it took.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM_FLAGS, Server, running_server
from tests.browser.settling import keep_still, resize, settle, watch
from tests.conftest import chromium
from tests.pictures import trained
from tests.pictures.clinic import make_clinic
from tests.pictures.states import State, all_states, choose
from tests.web.homes import NAME, PASSWORD

WIDTHS = {"phone": (360, 780), "tablet": (820, 1180), "laptop": (1440, 900)}
THEMES = ("light", "dark")
TALLEST = 3200


@dataclass(frozen=True)
class Wanted:
    """Which pictures to take, and where to put them."""

    out: Path
    widths: Sequence[str]
    themes: Sequence[str]
    only: Sequence[str]

    def has(self, name: str) -> bool:
        """Whether a picture of this name is wanted."""
        return not self.only or any(name.startswith(one) for one in self.only)


@contextmanager
def a_page(browser: Browser, width_name: str, state: Path | None) -> Iterator[Page]:
    """A page of its own at a width."""
    width, height = WIDTHS[width_name]
    context = browser.new_context(viewport={"width": width, "height": height}, storage_state=state)
    watch(context)
    yield context.new_page()
    context.close()


def pictures(page: Page, wanted: Wanted, name: str, width_name: str) -> None:
    """The whole page in each theme, however far it scrolls, up to a limit."""
    width, height = WIDTHS[width_name]
    for theme in wanted.themes:
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        keep_still(page)
        if page.locator("[data-testid=stApp]").count():
            settle(page)
        tall = page.evaluate("() => (document.querySelector('[data-testid=stMain]') || document.body).scrollHeight")
        resize(page, width, min(TALLEST, max(height, int(tall))))
        page.screenshot(path=wanted.out / f"{name}-{width_name}-{theme}.png")
        resize(page, width, height)


def first_run(browser: Browser, server: Server, wanted: Wanted) -> None:
    """The screens before anything stands: the link, the account, which music, and Today with nothing on it."""
    for width in wanted.widths:
        with a_page(browser, width, None) as page:
            page.goto(server.link)
            pictures(page, wanted, "first-account", width)
    context = browser.new_context()
    watch(context)
    page = context.new_page()
    page.goto(server.link)
    page.get_by_role("checkbox").check()
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").first.fill(PASSWORD)
    page.get_by_role("button", name="Create my account").click()
    page.get_by_role("button", name="Try it on myself").wait_for(timeout=60_000)
    state = wanted.out / "signed-in.json"
    page.context.storage_state(path=state)
    for width in wanted.widths:
        with a_page(browser, width, state) as page:
            page.goto(server.url)
            settle(page)
            pictures(page, wanted, "first-start", width)
            page.get_by_role("button", name="Nobody yet, look around").click()
            settle(page)
            pictures(page, wanted, "first-today", width)
    for width in wanted.widths:
        with a_page(browser, width, state) as page:
            walk_the_room(page, server.url, wanted, width)
    state.unlink()


def walk_the_room(page: Page, url: str, wanted: Wanted, width: str) -> None:
    """A session on trial from the first choice to the goodbye, and the way back to the clinician's pages."""
    page.goto(f"{url}/start")
    settle(page)
    page.get_by_text("Just trying, keep nothing").first.click(timeout=60_000)
    settle(page)
    choose(page, "Now", "sad")
    choose(page, "To", "calm")
    page.get_by_role("button", name="Play here now").click()
    page.wait_for_url(re.compile("/room"))
    page.get_by_role("slider").first.wait_for(timeout=60_000)
    pictures(page, wanted, "room-feel", width)
    for slider in page.get_by_role("slider").all():
        slider.click(position={"x": 60, "y": 10})
    for button, screen, name in (
        ("This is right", "first", "first-song"), ("You choose for me", "ready", "ready"),
        ("Play", "playing", "playing"), ("Stop", "stopped", "stopped"), ("Finish", "after", "after"),
        ("Skip", "last", "last"), ("Skip", "goodbye", "goodbye"),
    ):  # fmt: skip
        page.get_by_role("button", name=button, exact=True).first.click(timeout=60_000)
        page.locator(f"main.{screen}").wait_for(timeout=60_000)
        pictures(page, wanted, f"room-{name}", width)
    page.get_by_role("button", name="Close", exact=True).click()
    page.wait_for_url(re.compile("/room/closed"))
    pictures(page, wanted, "room-closed", width)
    page.locator("a[href='/sign-in/back']").click()
    page.get_by_label("Password").wait_for()
    pictures(page, wanted, "room-back", width)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button").first.click()
    settle(page)
    pictures(page, wanted, "room-back-again", width)


def every_state(browser: Browser, server: Server, states: Sequence[State], ids: dict[str, str], wanted: Wanted) -> None:
    """Every one of these states of the clinician's pages."""
    context = browser.new_context()
    watch(context)
    page = context.new_page()
    page.goto(f"{server.url}/sign-in")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").first.fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    settle(page)
    state = wanted.out / "signed-in.json"
    page.context.storage_state(path=state)
    chosen = [one for one in states if wanted.has(one.name)]
    for width in wanted.widths:
        with a_page(browser, width, state) as page:
            for one in chosen:
                one.show(page, server.url, ids)
                pictures(page, wanted, one.name, width)
    state.unlink()


def main() -> None:
    """Copy the home twice, once to begin in and once to fill, and take every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--home", type=Path, required=True, help="a home that has music; it is copied")
    parser.add_argument("--only", nargs="*", default=[], help="pictures whose names begin so")
    parser.add_argument("--widths", default=",".join(WIDTHS))
    parser.add_argument("--themes", default=",".join(THEMES))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    wanted = Wanted(given.out, given.widths.split(","), given.themes.split(","), given.only)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        if wanted.has("first") or wanted.has("room"):
            shutil.copytree(given.home, Path(folder) / "empty")
            with running_server(Path(folder) / "empty") as server:
                first_run(browser, server, wanted)
        shutil.copytree(given.home, Path(folder) / "full")
        clinic = make_clinic(Path(folder) / "full")
        with running_server(Path(folder) / "full") as server:
            every_state(browser, server, all_states(), clinic.ids, wanted)
        if any(wanted.has(one.name) for one in trained.STATES):
            trained.make_trained(Path(folder) / "trained")
            with running_server(Path(folder) / "trained") as server:
                every_state(browser, server, trained.STATES, {}, wanted)
            report_file(browser, next((Path(folder) / "trained" / "models").glob("*/report.html")), wanted)


def report_file(browser: Browser, file: Path, wanted: Wanted) -> None:
    """The report card as the file that is saved beside a model."""
    for width in wanted.widths:
        with a_page(browser, width, None) as page:
            page.goto(file.as_uri())
            pictures(page, wanted, "report-card-file", width)


if __name__ == "__main__":
    main()
