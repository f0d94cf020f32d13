"""Every state of the clinician's pages in both themes, with forty hostile titles: judged by axe, and only ever text."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request

from music_library.playlist_files import FORMATS, playlist_content
from tests.browser.conftest import Server, running_server
from tests.browser.settling import resize, settle, watch
from tests.pictures.clinic import Clinic, make_clinic
from tests.pictures.states import State, all_states
from tests.web.homes import HOSTILE, NAME, PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("clinician_states")]

LIVE = "a[href*='evil'], [src*='evil'], img[src='x'], base, svg[onload], [onerror], [onmouseover], [ontoggle]"
CONTRAST_ONLY = {"runOnly": ["color-contrast"]}


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    folder = tmp_path_factory.mktemp("clinic") / "home"
    return make_clinic(folder, titles=HOSTILE, said=HOSTILE[0], every_song=True)


@pytest.fixture(scope="module")
def server(clinic: Clinic) -> Iterator[Server]:
    with running_server(clinic.folder) as running:
        yield running


@pytest.fixture(scope="module")
def asked_elsewhere() -> list[str]:
    return []


@pytest.fixture(scope="module")
def page(server: Server, browser: Browser, asked_elsewhere: list[str]) -> Iterator[Page]:
    """One signed-in page for all states: signing in anew for each would take longer than looking at it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    watch(context)
    page = context.new_page()

    def note(request: Request) -> None:
        if not request.url.startswith((server.url, server.url.replace("http", "ws", 1), "data:", "blob:")):
            asked_elsewhere.append(request.url)

    page.on("request", note)
    page.goto(f"{server.url}/sign-in")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").first.fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    settle(page)
    yield page
    context.close()


@pytest.mark.parametrize("state", all_states(), ids=lambda state: state.name)
def test_a_state_breaks_no_rule_fits_a_narrow_screen_and_brings_no_title_alive(
    clinic: Clinic, server: Server, page: Page, asked_elsewhere: list[str], state: State
) -> None:
    page.emulate_media(color_scheme="light")
    state.show(page, server.url, clinic.ids)
    assert page.locator(LIVE).count() == 0
    assert page.title() != "taken"
    assert page.url.startswith(server.url)
    assert asked_elsewhere == []
    assert too_wide_at(page, 320) <= 1
    found = violations(page)
    page.emulate_media(color_scheme="dark")
    settle(page)
    found += violations(page, CONTRAST_ONLY)
    assert found == []


def too_wide_at(page: Page, width: int) -> int:
    """How far something reaches beyond a narrow screen, in px."""
    resize(page, width, 900)
    over = page.evaluate(
        """() => {
            const over = (one) => one.scrollWidth - one.clientWidth;
            return Math.max(over(document.querySelector("[data-testid=stMain]")), over(document.documentElement));
        }"""
    )
    page.set_viewport_size({"width": 1280, "height": 900})
    return int(over)


def violations(page: Page, options: dict[str, list[str]] | None = None) -> list[tuple[str, list[list[str]]]]:
    """What axe finds, in short."""
    response = Axe().run(page, options=options).response
    return [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in response["violations"]]


def test_an_export_holds_the_titles_as_text(clinic: Clinic, browser: Browser, tmp_path: Path) -> None:
    files = clinic.record.export_client(clinic.actor, clinic.ids["full"]).files
    pages = {name: text for name, text in files.items() if name.endswith(".html")}
    assert pages
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name, text in pages.items():
        assert html.escape(HOSTILE[0]) in text
        (tmp_path / name).write_text(text, "utf-8")
        page.goto((tmp_path / name).as_uri())
        assert page.locator(f"script, a[href], iframe, img, {LIVE}").count() == 0
        assert page.title() != "taken"
    assert asked == [(tmp_path / name).as_uri() for name in pages]
    context.close()
    for name, text in files.items():
        if name.endswith(".csv"):
            cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
            number = re.compile(r"[-+]?\d+(\.\d+)?(e-?\d+)?")
            assert [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell and not number.fullmatch(cell)] == [], (
                name
            )


SERVED_AS = {"m3u8": "text/plain", "xspf": "application/xml", "jspf": "application/json"}


@pytest.mark.parametrize("ending", FORMATS)
def test_a_playlist_file_holds_the_titles_as_text(clinic: Clinic, browser: Browser, ending: str) -> None:
    rows = [{"path": f"/music/{n}.flac", "title": one, "artist": one} for n, one in enumerate(HOSTILE)]
    content = playlist_content(ending, rows)
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.route("http://127.0.0.1:9/*", lambda route: route.fulfill(body=content, content_type=SERVED_AS[ending]))
    page.goto(f"http://127.0.0.1:9/list.{ending}")
    assert asked == [f"http://127.0.0.1:9/list.{ending}"]
    assert page.locator(f"script, a[href], iframe, img, {LIVE}").count() == 0
    assert page.title() != "taken"
    assert content.count(b"/music/") == len(HOSTILE)
    if ending == "m3u8":
        lines = content.decode("utf-8").splitlines()
        assert [line for line in lines if not line.startswith("#")] == [row["path"] for row in rows]
    context.close()


def test_a_list_is_saved_as_a_playlist_file(clinic: Clinic, server: Server, page: Page) -> None:
    page.goto("about:blank")  # what another state has unfolded is folded again
    state = next(one for one in all_states() if one.name == "plan-files")
    state.show(page, server.url, clinic.ids)
    with page.expect_download() as download:
        page.get_by_role("button", name="M3U8 file").click()
    lines = Path(download.value.path()).read_text("utf-8").splitlines()
    plan = clinic.record.plan(clinic.actor, clinic.ids["approved"])
    tracks = {one.id: one for one in clinic.catalogue.tracks_by_id([place.song.id for place in plan.places])}
    wanted = [str(tracks[place.song.id].path) for place in plan.places]
    assert [line for line in lines if not line.startswith("#")] == wanted


BUTTONS = """() => {
    const found = [];
    // What is folded away is not there until it is unfolded.
    const folded = (one) => one.closest("details:not([open]) > :not(summary)");
    const visible = (one) => one.checkVisibility({ visibilityProperty: true }) && !folded(one);
    const look = (root) => {
        for (const one of root.querySelectorAll("*")) {
            if (one.shadowRoot) look(one.shadowRoot);
            const pressed = one.matches("button, a[href], summary, input, textarea, [role=slider]");
            // Of a group of radios one is reached by Tab and the others by arrow keys.
            const inGroup = one.matches("[role=radio], input[type=radio]");
            if (pressed && !inGroup && !one.disabled && one.tabIndex >= 0 && visible(one)) found.push(one);
        }
    };
    look(document);
    window.attuneFound = found;
    window.attuneReached = new Set();
    return found.length;
}"""
FOCUSED = """() => {
    let one = document.activeElement;
    while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
    window.attuneReached.add(one);
    return window.attuneFound.filter((each) => !window.attuneReached.has(each)).length;
}"""
NAMES = """() => window.attuneFound.filter((each) => !window.attuneReached.has(each))
    .map((each) => each.getAttribute("aria-label") || each.textContent || each.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("name", ["today", "start-list", "client-story", "live", "after", "settings-people-and-cover"])
def test_everything_that_can_be_pressed_is_reached_by_tab(
    clinic: Clinic, server: Server, page: Page, name: str
) -> None:
    state = next(one for one in all_states() if one.name == name)
    state.show(page, server.url, clinic.ids)
    count = page.evaluate(BUTTONS)
    for _ in range(2 * count + 40):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == 0:
            break
    assert page.evaluate(NAMES) == []


def test_a_table_shows_every_number_where_the_screen_is_narrow(clinic: Clinic, server: Server, page: Page) -> None:
    next(one for one in all_states() if one.name == "client-review").show(page, server.url, clinic.ids)
    for width in (360, 820, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        cells = page.locator(".attune-table td.number bdi")
        assert cells.count() > 0
        unseen = "all => all.filter((one) => one.getBoundingClientRect().width < 4).map((one) => one.textContent)"
        assert cells.evaluate_all(unseen) == []
    page.set_viewport_size({"width": 1280, "height": 900})
