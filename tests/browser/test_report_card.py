"""The report card opened as a file: forty hostile titles, artists and genres run nothing, ask nothing, lead nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.web.homes import HOSTILE
from tests.web.report_cards import a_report
from web.report_card import write_html

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("report_card")]


@pytest.fixture
def open_file(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a file in a fresh profile, and keep what it asked for and said."""
    contexts: list[BrowserContext] = []

    def open_page(path: Path, said: list[str], **options: object) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: said.append(f"asked for {request.url}"))
        page.on("dialog", lambda dialog: said.append(f"said {dialog.message}"))
        page.on("console", lambda message: said.append(f"wrote {message.text}"))
        page.on("framenavigated", lambda frame: said.append(f"went to {frame.url}"))
        page.goto(path.as_uri())
        page.wait_for_load_state("networkidle")
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (820, "light"), (820, "dark")])
def test_forty_hostile_names_run_nothing_ask_nothing_and_lead_nowhere(
    tmp_path: Path, open_file: Callable[..., Page], width: int, scheme: str
):
    path = write_html(a_report(), tmp_path)
    said: list[str] = []
    page = open_file(path, said, viewport={"width": width, "height": 900}, color_scheme=scheme)
    assert said == [f"asked for {path.as_uri()}", f"went to {path.as_uri()}"]
    assert page.title() == f"Report card of {HOSTILE[0]}"
    assert page.evaluate("document.scripts.length") == 0
    for kind in ("a", "img", "iframe", "form", "base", "object", "embed", "details", "math", "[onload]", "[onerror]"):
        assert page.locator(kind).count() == 0, kind
    assert page.evaluate("document.querySelectorAll('style').length") == 1
    assert page.evaluate("getComputedStyle(document.querySelector('.frame')).fill") == "none"  # its own look is allowed
    shown = page.evaluate("[...document.querySelectorAll('td')].map((cell) => cell.textContent)")
    for name in HOSTILE:
        # A browser reads a carriage return as a line end; none of these holds one.
        assert f"genre: {name}" in shown
        assert f"{name} · {name}" in shown
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if width != 820:
        return  # what axe judges is the same at every width, and takes long
    violations = Axe().run(page).response["violations"]
    assert [(v["id"], [node["target"] for node in v["nodes"]][:3]) for v in violations] == []


def test_it_prints_in_black_on_white_without_cutting_a_table(tmp_path: Path, open_file: Callable[..., Page]):
    path = write_html(a_report(), tmp_path)
    page = open_file(path, [], viewport={"width": 820, "height": 900}, color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate(
        "[...document.querySelectorAll('.wide')].every((one) => getComputedStyle(one).overflowX === 'visible')"
    )
    assert page.pdf(format="A4").startswith(b"%PDF")
