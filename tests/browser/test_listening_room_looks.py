"""Every screen of the listening room: readable, reachable, reflowing, in each preset and both themes."""

from __future__ import annotations

import io
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import CHROMIUM_FLAGS
from tests.browser.room_screens import KINDS, SCREENS, open_kind, open_room, show
from tests.browser.rooms import make_rooms, wait_for
from tests.browser.settling import keep_still
from tests.conftest import chromium

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("room_looks")]

TARGET_PX = {"simple": 96, "one_switch": 120}
SMALL = """(least) => [...document.querySelectorAll('button, a, summary, input, textarea, fieldset label')]
    .filter((one) => one.offsetParent && !one.closest('fieldset label input') && one.type !== 'radio')
    .map((one) => [one.textContent || one.id || one.type, one.getBoundingClientRect()])
    .filter(([, box]) => box.width < least - 0.01 || box.height < least - 0.01)
    .map(([name, box]) => `${name} ${box.width}x${box.height}`)"""
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    rooms = make_rooms(tmp_path_factory.mktemp("clinic") / "home", seconds=6)
    yield rooms
    rooms.kill()


def said(page):
    """Everything that a person reads or hears on the screen."""
    return page.evaluate(
        """() => [document.body.innerText, ...[...document.querySelectorAll("[aria-label], [aria-valuetext]")]
            .flatMap((one) => [one.ariaLabel, one.ariaValueText])].join(" ")"""
    )


def opened(rooms, new_page, room, **options):
    """A room of a preset, or one that was made for something."""
    return (open_kind if room in KINDS else open_room)(rooms, new_page, room, **options)


@pytest.mark.parametrize("room", [*SCREENS, *KINDS])
def test_axe_finds_nothing_on_any_screen_in_either_theme(rooms, new_page, room):
    """Whatever is no matter of colours is the same in both."""
    page = opened(rooms, new_page, room, viewport={"width": 820, "height": 1100})
    found = []
    for screen in [*(SCREENS | KINDS)[room], "help"]:
        if screen == "help":
            page.evaluate("mode = ''; openHelp()")
        else:
            show(page, screen)
        if screen == "before" and room in {"standard", "calm"}:
            page.get_by_role("button", name="This is right").click()
        # A key in place of its sentence would show like this.
        assert re.findall(r"\b[a-z]+_[a-z_]+\b", said(page)) == [], screen
        for scheme, options in (("light", None), ("dark", {"runOnly": ["color-contrast"]})):
            page.emulate_media(color_scheme=scheme)
            keep_still(page)
            violations = Axe().run(page, options=options).response["violations"]
            found += [(scheme, screen, one["id"], one["nodes"][0]["html"][:120]) for one in violations]
    assert found == []


@pytest.mark.parametrize("room", [*SCREENS, *KINDS])
def test_every_target_is_large_and_nothing_is_wider_than_a_small_phone(rooms, new_page, room):
    page = opened(rooms, new_page, room, viewport={"width": 320, "height": 640})
    found = []
    for screen in (SCREENS | KINDS)[room]:
        show(page, screen)
        found += [(screen, one) for one in page.evaluate(SMALL, TARGET_PX.get(room, 48))]
        if page.evaluate(WIDE) > 0:
            found.append((screen, "wider than 320 px"))
    page.evaluate("mode = ''; openHelp()")
    found += [("help", one) for one in page.evaluate(SMALL, TARGET_PX.get(room, 48))]
    assert found == []


def test_at_twice_the_text_size_nothing_is_wider_than_a_phone_and_what_a_line_is_about_breaks_at_words(rooms, browser):
    flags = [*CHROMIUM_FLAGS, "--blink-settings=defaultFontSize=32"]
    large = browser.browser_type.launch(executable_path=chromium(), args=flags)
    try:
        found = []
        for preset in ("standard", "one_switch"):
            page = open_room(rooms, large.new_page, preset, viewport={"width": 360, "height": 740})
            for screen in SCREENS[preset]:
                show(page, screen)
                if page.evaluate(WIDE) > 0:
                    found.append((preset, screen))
                lines = page.locator(".ends span").all()
                found += [one.inner_text() for one in lines if one.bounding_box()["height"] > 2 * 60]
        assert found == []
    finally:
        large.close()


def test_with_colours_of_the_devices_own_the_bars_and_the_lines_are_still_seen(rooms, new_page):
    page = open_room(rooms, new_page, "simple", forced_colors="active")
    show(page, "before")
    grounds = "(one) => getComputedStyle(one).backgroundColor"
    filled, empty = page.locator(".bars .on").first, page.locator(".bars i:not(.on)").first
    assert filled.evaluate(grounds) != empty.evaluate(grounds)
    line = open_room(rooms, new_page, "standard", forced_colors="active")
    show(line, "before")
    seen = Image.open(io.BytesIO(line.get_by_role("slider").first.screenshot())).convert("RGB")
    assert len({seen.getpixel((seen.width // 4, y)) for y in range(seen.height)}) > 1


def test_stop_is_at_least_64_px_and_always_in_view_while_music_plays(rooms, new_page):
    page = open_room(rooms, new_page, "standard", viewport={"width": 320, "height": 480})
    for screen in ("playing", "instead", "middle", "question"):
        show(page, screen)
        box = page.locator("#stop").bounding_box()
        assert box["height"] >= 64
        assert box["y"] + box["height"] <= 480


PLACES = ("t1", "t2", "t3", "a1", "a2", "o2", "o3", "k1", "k2")
MANY = {f"song{n:010}": (f"A Song of Quite Ordinary Length {n}", f"Somebody and the Others {n % 7}") for n in range(16)}


@pytest.mark.parametrize("preset", SCREENS)
@pytest.mark.parametrize("language", ["en-GB", "cy-GB"])
def test_a_room_weighs_less_than_50_kb_and_asks_at_most_six_times_before_there_is_sound(
    tmp_path, new_page, preset, language
):
    """Everything that the server has sent by the press on Play, unpacked: pages, scripts, looks, answers."""
    rooms = make_rooms(tmp_path / "home", seconds=0.5, titles=dict.fromkeys(PLACES, ("x", "y")) | MANY)
    try:
        page = new_page(locale=language)
        client_id = rooms.clinic.new_client()
        rooms.enter(page, rooms.clinic.start(client_id=client_id, preset=preset, listed=tuple(MANY)[:8]))
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.evaluate("begin()")
        values = "state.scale.kind === 'lines' ? { valence: 0.1, arousal: 0.3 } : {}"
        page.evaluate(f"give('before', {values}, {{}}, afterBefore)")
        expect(page.locator("main.first")).to_be_visible()
        page.evaluate("chooseFirst(place.order[0], 'chosen_for_me')")
        expect(page.locator("main.ready")).to_be_visible()
        arrived = "answers.waiting.every((one) => one.kind === 'first_song')"
        wait_for(lambda: page.evaluate(arrived), message="the answers did not arrive")
        sent = [one for one in rooms.sent() if one[0] != "/health"]
        assert sum(size for _, size in sent) < 50_000, sent
        assert len(sent) <= 6, sent
    finally:
        rooms.kill()


def test_nothing_stands_in_the_way_of_the_first_paint(rooms, new_page):
    """One style sheet and a script that waits; how soon the paint comes is measured in benchmarks/room.py."""
    page = open_room(rooms, new_page, "standard")
    blocking = page.evaluate(
        """() => [...document.head.querySelectorAll("script:not([defer]), link[rel=stylesheet]")].length"""
    )
    assert blocking == 1
    assert page.locator("body > script[src]:not([defer])").count() == 0


HOSTILE = [
    "<script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    '"><svg onload=window.hacked=1>',
    "</title></script><script>window.hacked=1</script>",
    "javascript:window.hacked=1",
    "[click](http://evil.example)",
    "http://evil.example/x.png",
    "![x](http://evil.example/x.png)",
    "{title} {0} %s ${7*7} {{7*7}}",
    "‮drowssap‬",
    "\u0000\u0007\u001b[31m",
    "W" * 10_000,
    "’; DROP TABLE events; --",
    "<a href='http://evil.example'>x</a>",
    "&lt;b&gt;&amp;",
    "שלום עולם مرحبا",
    "\u2028\u2029",
    "=1+1",
    "`rm -rf`",
    "<style>body{display:none}</style>",
    "<iframe src='http://evil.example'></iframe>",
    "<object data='http://evil.example/x.swf'></object>",
    "<embed src='http://evil.example/x'>",
    "<base href='http://evil.example/'>",
    "<meta http-equiv='refresh' content='0;url=http://evil.example'>",
    "<link rel=stylesheet href=http://evil.example/x.css>",
    "<form action=http://evil.example><input name=pin></form>",
    "<details open ontoggle=window.hacked=1>",
    "<video><source onerror=window.hacked=1></video>",
    "<math><mtext></mtext><mglyph><svg><mtext><style><path id='</style><img onerror=window.hacked=1 src>'>",
    "data:text/html,<script>window.hacked=1</script>",
    "' onfocus=window.hacked=1 autofocus='",
    '" onmouseover=window.hacked=1 x="',
    "%3Cscript%3Ewindow.hacked=1%3C/script%3E",
    "\\u003cscript\\u003ewindow.hacked=1\\u003c/script\\u003e",
    "stop",
    "help_999",
    "__proto__",
    "a\u0301" * 200,
    "\U0001f600" * 300,
]
assert len(HOSTILE) == 40


def test_hostile_titles_run_nothing_ask_nothing_and_break_nothing(tmp_path, new_page):
    ids = [f"t{n}" for n in range(len(HOSTILE))]
    titles = dict.fromkeys(PLACES, ("x", "y")) | {one: (text, text) for one, text in zip(ids, HOSTILE, strict=True)}
    rooms = make_rooms(tmp_path / "home", seconds=0.5, titles=titles)
    try:
        page = new_page(viewport={"width": 320, "height": 640})
        errors = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        rooms.enter(page, rooms.clinic.start(client_id=rooms.clinic.new_client(), listed=tuple(ids)))
        page.evaluate(f"place.heard = {ids!r}")
        for n in range(len(ids)):
            page.evaluate(
                f"place.n = {n}; mode = 'song'; go('playing'); sound.now = {{ track: '{ids[n]}', element: {{}} }}"
            )
            assert page.evaluate(WIDE) <= 0
            assert page.locator(".now h1").evaluate("(one) => one.textContent") == HOSTILE[n]
        for screen in ("again", "keep", "first", "instead"):
            page.evaluate("mode = ''; state.openers = place.heard; state.replan = place.heard; place.order = ['t1']")
            show(page, screen)
            assert page.evaluate(WIDE) <= 0
        assert page.evaluate("window.hacked") is None
        assert page.locator("main a, main img, main script, main style").count() == 0
        assert errors == []
    finally:
        rooms.kill()


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_titles_are_only_text_in_rooms_that_are_made_for_something(tmp_path, new_page, kind):
    ids = [f"t{n}" for n in range(len(HOSTILE))]
    titles = {one: (text, text) for one, text in zip(ids, HOSTILE, strict=True)} | {"x1": ("x", "y"), "x2": ("x", "y")}
    rooms = make_rooms(tmp_path / "home", seconds=0.5, titles=titles)
    try:
        errors = []
        page = open_kind(rooms, new_page, kind, viewport={"width": 320, "height": 640})
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.evaluate(f"Object.assign(place, {{ heard: {ids!r}, order: {ids!r} }})")
        shown = {"round": "playing", "seat": "group_now"}.get(kind, "playing")
        for n in range(len(ids)):
            page.evaluate(f"place.n = {n}; mode = 'song'; sound.now = {{ track: '{ids[n]}', element: {{}} }}")
            if kind == "seat":
                page.evaluate(
                    f"mode = ''; Object.assign(group, {{ phase: 'listening', order: {ids!r}, playing: {n} }})"
                )
            page.evaluate(f"go('{shown}')")
            assert page.evaluate(WIDE) <= 0
            assert page.locator(".now h1, .now .large").first.evaluate("(one) => one.textContent") == HOSTILE[n]
        for screen in KINDS[kind]:
            show(page, screen)
            assert page.evaluate(WIDE) <= 0
        assert page.evaluate("window.hacked") is None
        assert page.locator("main img, main script, main style, main a:not([href^='/'], [href^='?'])").count() == 0
        assert errors == []
    finally:
        rooms.kill()
