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
from tests.browser.settling import settle, watch
from tests.conftest import chromium
from tests.pictures.clinic import make_clinic
from tests.pictures.states import all_states, choose
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
def each_look(browser: Browser, wanted: Wanted, state: Path | None) -> Iterator[Iterator[tuple[Page, str]]]:
    """A fresh page for each width and theme, with what its pictures are called."""

    def looks() -> Iterator[tuple[Page, str]]:
        for width_name in wanted.widths:
            width, height = WIDTHS[width_name]
            for theme in wanted.themes:
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme="dark" if theme == "dark" else "light",
                    storage_state=state,
                )
                watch(context)
                yield context.new_page(), f"{width_name}-{theme}"
                context.close()

    yield looks()


def picture(page: Page, wanted: Wanted, name: str) -> None:
    """The whole page, however far it scrolls, up to a limit."""
    page.wait_for_timeout(500)  # screens of the room fade in
    size = page.viewport_size or {"width": 0, "height": 0}
    height = page.evaluate("() => (document.querySelector('[data-testid=stMain]') || document.body).scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": min(TALLEST, max(size["height"], int(height)))})
    page.wait_for_timeout(200)
    page.screenshot(path=wanted.out / f"{name}.png")
    page.set_viewport_size(size)


def first_run(browser: Browser, server: Server, wanted: Wanted) -> None:
    """The screens before anything stands: the link, the account, which music, and Today with nothing on it."""
    with each_look(browser, wanted, None) as looks:
        for page, look in looks:
            page.goto(server.link)
            picture(page, wanted, f"first-account-{look}")
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
    with each_look(browser, wanted, state) as looks:
        for page, look in looks:
            page.goto(server.url)
            settle(page)
            picture(page, wanted, f"first-start-{look}")
            page.get_by_role("button", name="Nobody yet, look around").click()
            settle(page)
            picture(page, wanted, f"first-today-{look}")
    with each_look(browser, wanted, state) as looks:
        for page, look in looks:
            walk_the_room(page, server.url, wanted, look)
    state.unlink()


def walk_the_room(page: Page, url: str, wanted: Wanted, look: str) -> None:
    """A session from the first choice to the goodbye, and the way back."""
    page.goto(f"{url}/start")
    settle(page)
    page.get_by_text("Just trying, keep nothing").first.click(timeout=60_000)
    settle(page)
    choose(page, "Now", "sad")
    choose(page, "To", "calm")
    page.get_by_role("button", name="Play here now").click()
    page.wait_for_url(re.compile("/room"))
    page.get_by_role("slider").first.wait_for(timeout=60_000)
    picture(page, wanted, f"room-feel-{look}")
    for slider in page.get_by_role("slider").all():
        slider.click(position={"x": 60, "y": 10})
    for button, then in (
        ("This is right", "first-song"), ("You choose for me", "ready"), ("Play", "playing"), ("Stop", "stopped"),
        ("Finish", "after"), ("Skip", "goodbye"),
    ):  # fmt: skip
        page.get_by_role("button", name=button, exact=True).first.click(timeout=60_000)
        page.wait_for_timeout(1000)
        picture(page, wanted, f"room-{then}-{look}")
    page.goto(f"{url}/sign-in")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("Sign in|Back|Continue|Open")).first.click()
    page.get_by_role("heading", level=1).first.wait_for()


def every_state(browser: Browser, server: Server, ids: dict[str, str], wanted: Wanted) -> None:
    """Every state of every page of the clinician's, and the prints."""
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
    chosen = [one for one in all_states() if wanted.has(one.name)]
    with each_look(browser, wanted, state) as looks:
        for page, look in looks:
            for one in chosen:
                one.show(page, server.url, ids)
                picture(page, wanted, f"{one.name}-{look}")
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
            every_state(browser, server, clinic.ids, wanted)


if __name__ == "__main__":
    main()
