"""The clinician's pages in a real browser, by keyboard and pointer."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.request
import uuid
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from music_library import Catalogue
from music_library.jobs import JobReport
from music_library.schema import jobs
from practice import Event, Record
from tests.browser.conftest import Server, running_server
from tests.browser.settling import settle
from tests.web.homes import NAME, PASSWORD, Home, fill, make_home

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("clinician_pages")]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return make_home(tmp_path_factory.mktemp("clinic") / "home")


@pytest.fixture(scope="module")
def server(home: Home) -> Iterator[Server]:
    with running_server(home.folder) as running:
        wait_for(running.url)
        yield running


def wait_for(url: str) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):  # noqa: S310 - our own server
                return
        except OSError:
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.2)


@pytest.fixture
def signed_in(server: Server, new_page: Callable[..., Page]) -> Callable[..., Page]:
    """Open a page of the clinician's in a fresh browser that is signed in."""

    def open_page(path: str = "/", **options: object) -> Page:
        page = new_page(**options)
        page.goto(f"{server.url}/sign-in")
        page.get_by_label("Name").fill(NAME)
        page.get_by_label("Password").first.fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", level=1).first.wait_for()
        if path != "/":
            page.goto(server.url + path)
        settle(page)
        return page

    return open_page


def choose(page: Page, now: str, to: str) -> None:
    page.get_by_role("radiogroup", name="Now", exact=True).get_by_role("radio", name=now, exact=True).click()
    settle(page)
    page.get_by_role("radiogroup", name="To", exact=True).get_by_role("radio", name=to, exact=True).click()
    settle(page)


def titles(page: Page) -> list[str]:
    expect(page.locator(".attune-plan .title").first).to_be_visible()
    return page.locator(".attune-plan .title").all_inner_texts()


# At moments that are given, however busy the machine is; a while after whatever was tapped before.
TAP_EVERY_HALF_SECOND = """(pad) => {
    const began = performance.now() + 4000;
    for (let n = 0; n < 6; n++) {
        const tap = new KeyboardEvent("keydown", { key: "j", bubbles: true, cancelable: true });
        Object.defineProperty(tap, "timeStamp", { value: began + 500 * n });
        pad.dispatchEvent(tap);
    }
}"""


def test_a_speed_is_tapped_by_key_and_nothing_plays_before_falls_were_thought_about(signed_in):
    page = signed_in("/move")
    page.get_by_text("Just trying, keep nothing").first.click()
    settle(page)
    pad = page.get_by_role("button", name="Tap here")
    pad.focus()
    page.keyboard.press("j")
    expect(page.get_by_role("status").filter(has_text=re.compile("1 tap|One tap|Go on", re.I)).first).to_be_visible()
    pad.evaluate(TAP_EVERY_HALF_SECOND)
    expect(page.get_by_text(re.compile(r"^Their own speed"))).to_be_visible()
    expect(page.get_by_text("120 a minute", exact=True)).to_be_visible()
    settle(page)
    page.get_by_text("Type", exact=True).click()
    settle(page)
    page.get_by_label("Steps or beats a minute").fill("100")
    page.get_by_label("Steps or beats a minute").press("Enter")
    settle(page)
    expect(page.get_by_text("100 a minute", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile(r"^100 %, 100 a minute: \d+ song"))).to_be_visible()
    play = page.get_by_role("button", name="Play here now")
    expect(play).to_be_disabled()
    page.get_by_text("I am with them").click()
    settle(page)
    expect(play).to_be_enabled()


def test_the_map_is_set_by_keyboard_alone(signed_in):
    page = signed_in("/start")
    now = page.get_by_role("slider", name="now")
    now.focus()
    page.keyboard.type("sad")
    expect(now).to_have_attribute("aria-valuetext", re.compile(r"^sad: feels good 2 of 9, energy 4 of 9"))
    page.keyboard.press("Escape")
    expect(now).to_have_attribute("aria-valuetext", re.compile("not set"))
    page.keyboard.type("sad")
    page.keyboard.press("Enter")
    settle(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Enter")
    settle(page)
    assert float(now.get_attribute("aria-valuenow")) == pytest.approx(-0.70)
    target = page.get_by_role("slider", name="target")
    target.focus()
    page.keyboard.type("calm")
    page.keyboard.press("Enter")
    settle(page)
    expect(page.get_by_role("heading", name=re.compile(r"\d+ songs, \d+ min"))).to_be_visible()


def test_a_press_on_the_map_sets_first_where_it_is_and_then_where_it_leads(signed_in):
    page = signed_in("/start")
    plane = page.locator(".attune-plane svg.plane")
    box = plane.bounding_box()
    page.mouse.click(box["x"] + 0.2 * box["width"], box["y"] + 0.6 * box["height"])
    settle(page)
    page.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + 0.8 * box["height"])
    settle(page)
    expect(page.get_by_role("heading", name=re.compile(r"\d+ songs, \d+ min"))).to_be_visible()


def test_a_route_is_drawn_with_one_line_moved_by_keys_and_changed_in_its_list(signed_in):
    page = signed_in("/start")
    choose(page, "sad", "calm")
    straight = titles(page)
    page.get_by_role("button", name="More: route").click()
    page.get_by_text("Drawn on the map").click()
    page.keyboard.press("Escape")
    settle(page)
    box = page.locator(".attune-plane svg.plane").bounding_box()

    def at(across: float, down: float) -> tuple[float, float]:
        return box["x"] + across * box["width"], box["y"] + down * box["height"]

    page.mouse.move(*at(0.18, 0.62))  # begins on the ring of now, which stays where it is
    page.mouse.down()
    page.mouse.move(*at(0.5, 0.15), steps=12)
    page.mouse.move(*at(0.82, 0.8), steps=12)
    page.mouse.up()
    settle(page)
    points = page.get_by_role("slider", name=re.compile(r"^point \d on the way"))
    expect(points).to_have_count(1)
    expect(page.get_by_role("radiogroup", name="Now").get_by_role("radio", name="sad")).to_be_checked()
    assert titles(page) != straight
    before = float(points.first.get_attribute("aria-valuenow"))
    points.first.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    settle(page)
    assert float(points.first.get_attribute("aria-valuenow")) == pytest.approx(before - 0.05, abs=0.002)
    page.get_by_role("button", name="Add a point on the way").click()
    settle(page)
    page.get_by_label("point 2 on the way").and_(page.locator("select")).select_option("settled")
    settle(page)
    expect(points).to_have_count(2)
    points.first.focus()
    page.keyboard.press("Delete")
    settle(page)
    expect(points).to_have_count(1)
    expect(points.first).to_have_attribute("aria-valuetext", re.compile("^settled"))


def test_the_list_changes_at_once_as_anything_changes(signed_in):
    page = signed_in("/start")
    choose(page, "sad", "calm")
    first = titles(page)
    page.get_by_role("radio", name="36", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile(r"songs, 3[567] min"))).to_be_visible()
    settle(page)
    assert len(titles(page)) > len(first)
    page.get_by_role("radiogroup", name="To", exact=True).get_by_role("radio", name="excited", exact=True).click()
    settle(page)
    assert titles(page) != first


def test_one_press_approves_starts_and_hands_the_screen_over(signed_in):
    page = signed_in("/start")
    choose(page, "sad", "calm")
    page.get_by_role("button", name="Just trying, keep nothing").or_(
        page.get_by_role("radio", name="Just trying, keep nothing")
    ).first.click()
    settle(page)
    page.get_by_role("button", name="Play here now").click()
    page.wait_for_url(re.compile(r"/room"))


def test_a_new_client_is_four_questions(signed_in):
    page = signed_in("/start")
    page.get_by_role("button", name="New client").or_(page.get_by_role("radio", name="New client")).first.click()
    settle(page)
    make = page.get_by_role("button", name="Add this client")
    expect(make).to_be_disabled()
    for question in ("Do everyday sounds hurt or upset them?", "Has sound or music ever set off a seizure?"):
        page.get_by_role("radiogroup", name=question).get_by_text("No", exact=True).click()
        settle(page)
    page.get_by_text("The client", exact=True).click()
    settle(page)
    make.click()
    settle(page)
    choose(page, "sad", "calm")
    expect(page.get_by_role("button", name="Play here now")).to_be_enabled()


def test_a_plan_is_changed_row_by_row(home, signed_in):
    page = signed_in(f"/plan?plan={home.plan_id}")
    before = titles(page)
    rows = page.locator(".attune-plan li.song")
    rows.nth(0).get_by_role("button", name=re.compile("^Move down")).click()
    settle(page)
    moved = titles(page)
    assert moved[:2] == before[1::-1]
    rows.nth(2).get_by_role("button", name=re.compile("^Lock")).click()
    settle(page)
    expect(rows.nth(2)).to_have_class(re.compile("locked"))
    rows.nth(0).get_by_role("button", name=re.compile("^Swap")).click()
    settle(page)
    swapped = titles(page)
    assert swapped[0] != moved[0]
    assert swapped[2] == moved[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_song_like_another_is_put_in_its_place(home, signed_in, scheme):
    page = signed_in(f"/plan?plan={home.plan_id}", color_scheme=scheme)
    before = titles(page)
    page.get_by_role("button", name=re.compile("^More like this")).nth(1).click()
    offered = page.get_by_role("dialog")
    expect(offered.get_by_text(f"In the place of {before[1]}")).to_be_visible()
    wanted = offered.locator(".title").nth(1)
    expect(wanted).to_be_visible()
    letters = page.evaluate("(e) => Number(getComputedStyle(e).color.match(/\\d+/)[0])", wanted.element_handle())
    assert (letters > 128) is (scheme == "dark")
    title = wanted.inner_text()
    offered.get_by_role("button", name=re.compile("^Put it here")).nth(1).click()
    expect(offered).to_have_count(0)
    expect(page.locator(".attune-plan .title").nth(1)).to_have_text(title)
    assert titles(page)[0] == before[0]


def test_talk_and_an_opening_song_are_put_into_a_plan_moved_and_taken_out(home, signed_in):
    page = signed_in(f"/plan?plan={home.plan_id}")
    slots = page.locator(".attune-plan li.slot")
    page.get_by_role("button", name="+ Talk, 3 min").click()
    settle(page)
    expect(slots).to_have_count(1)
    listed = titles(page)
    slots.get_by_role("button", name=re.compile("^Move up")).click()
    settle(page)
    assert titles(page) == listed
    page.get_by_role("button", name="+ Opening song").click()
    page.get_by_label("Title, artist or album").fill(listed[-1])
    page.get_by_label("Title, artist or album").press("Enter")
    page.get_by_role("button", name="Open with this song").click(timeout=20_000)
    settle(page)
    assert titles(page)[0] == listed[-1]
    expect(page.get_by_text("You chose this song to open with.")).to_be_visible()
    slots.get_by_role("button", name="Take out").click()
    settle(page)
    expect(slots).to_have_count(0)


def test_a_note_is_kept_signed_and_added_to(home, signed_in):
    page = signed_in(f"/after?session={home.session_id}")
    page.get_by_label("What I noticed").fill("More talk than last week.")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text(re.compile("^Signed by Robin"))).to_be_visible()
    expect(page.get_by_text("More talk than last week.")).to_be_visible()
    page.get_by_label("Add to this note").fill("They asked for the tape.")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("They asked for the tape.")).to_be_visible()


def test_everything_that_is_kept_about_a_client_is_saved_as_one_file(home, signed_in):
    page = signed_in(f"/client?client={home.client_id}")
    page.get_by_role("radio", name="Agreements", exact=True).click()
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save a copy").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert any(name.endswith(".json") for name in archive.namelist())


def test_the_clinicians_place_stands_before_the_estimate(home, signed_in):
    page = signed_in(f"/song?song={home.track_id}")
    page.get_by_role("radiogroup", name="Your place").get_by_role("radio", name="calm", exact=True).click()
    settle(page)
    page.get_by_role("button", name="Keep my answer").first.click()
    settle(page)
    expect(page.get_by_role("button", name="Use the estimate again")).to_be_visible()


def test_songs_are_chosen_and_opened_by_keyboard_alone(signed_in):
    page = signed_in("/music")
    page.get_by_test_id("data-grid-canvas").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    settle(page)
    page.get_by_role("button", name="Open", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Song", level=1)).to_be_visible(timeout=30_000)
    expect(page.get_by_role("button", name="Keep these marks")).to_be_visible()


def test_a_list_appears_by_itself_when_music_comes_in(tmp_path, new_page):
    home = tmp_path / "home"
    home.mkdir()
    catalogue = Catalogue.open(home / "catalogue.db")
    record = Record.open(home / "record.db")
    record.create_account(record.first_link() or "", NAME, PASSWORD)
    with running_server(home) as server:
        wait_for(server.url)
        report = JobReport(catalogue, "scan", ["/music"])
        page = new_page()
        page.goto(f"{server.url}/sign-in")
        page.get_by_label("Name").fill(NAME)
        page.get_by_label("Password").first.fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Try it on myself").click()
        choose(page, "sad", "calm")
        expect(page.get_by_text("The list appears by itself.", exact=False)).to_be_visible()
        fill(catalogue, [], n=60)
        report.tell(60, 90, 30.0, at_once=True)
        expect(page.get_by_role("button", name="Play here now")).to_be_enabled()
        report.end("ended")


def test_long_work_stands_beside_every_page_and_ends_at_one_press(home, signed_in):
    catalogue = Catalogue.open(home.folder / "catalogue.db")
    # It heeds the signal as work does, also where these tests were started in the background.
    heeds = "import signal, time; signal.signal(signal.SIGINT, signal.default_int_handler); time.sleep(600)"
    work = subprocess.Popen([sys.executable, "-c", heeds])
    report = JobReport(catalogue, "scan", ["/music"])
    report.tell(12, 90, 240.0, at_once=True)
    with catalogue.engine.begin() as db:
        db.execute(jobs.update().where(jobs.c.id == report.id).values(pid=work.pid))
    page = signed_in("/clients")
    beside = page.get_by_test_id("stSidebar")
    try:
        expect(beside.get_by_text("12 of 90 ready, about 4 min left.", exact=False)).to_be_visible()
        beside.get_by_role("button", name="Stop it").click()
        assert work.wait(120) != 0
    finally:
        work.kill()  # where it was not stopped: it must not outlive this test
        work.wait()
    report.end("cancelled")
    expect(beside.get_by_role("button", name="Stop it")).to_have_count(0)


def test_the_live_view_follows_the_room_and_says_whether_stop_was_answered(home, signed_in):
    record = Record.open(home.folder / "record.db")
    record.approve(home.actor, home.plan_id, present=True)
    started = record.start_session(home.actor, home.plan_id, with_client=True)
    plan = record.plan(home.actor, home.plan_id)
    page = signed_in(f"/live?session={started.session_id}")
    room = page.locator(".attune-live")
    expect(room.locator(".now")).to_have_text("Nothing is playing yet.")
    record.add_events(started.room_token, [happened("song_started", track=plan.places[0].song.id)])
    expect(room.locator(".now")).to_contain_text(" of ")
    order = [place.song.id for place in plan.places]
    record.add_events(started.room_token, [happened("place", screen="playing", n=0, order=order, heard=order[:1])])
    expect(room.locator(".next")).to_contain_text(plan.places[1].song.title)
    room.get_by_role("button", name="Different next song").click()
    expect(room.locator(".asked")).to_contain_text("has not answered")
    asked = record.room_position(started.room_token).next_asked
    order[1] = asked["track"]
    record.add_events(started.room_token, [happened("place", screen="playing", n=0, order=order, heard=order[:1])])
    expect(room.locator(".next")).to_contain_text(plan.songs[asked["track"]].title)
    expect(room.locator(".asked")).to_contain_text("Comes next: ")
    room.get_by_role("button", name="Skip to closing song").click()
    expect(room.locator(".asked")).to_contain_text("has not answered")  # no tablet is there
    assert record.room_position(started.room_token).next_asked["track"] == order[-1]
    room.get_by_role("button", name="Stop the music").click()
    expect(room.locator(".told")).to_contain_text("has not answered")
    record.add_events(started.room_token, [happened("stopped", by="therapist"), happened("told")])
    expect(room.locator(".now")).to_have_text("The music has stopped.")
    expect(room.locator(".messages")).to_contain_text("Wanted you to know.")
    record.end_session(home.actor, started.session_id)
    expect(room.locator(".now")).to_have_text("The session is over.")
    expect(room.locator(".stop")).to_be_disabled()
    expect(room.get_by_role("button")).to_have_count(0)  # and nothing stands there that does nothing


def happened(kind: str, **values: object) -> Event:
    return Event(uuid.uuid4().hex, kind, datetime.now(UTC).isoformat(), values)


def test_after_sign_out_the_next_press_leads_to_sign_in(server, signed_in):
    page = signed_in("/start")
    page.request.post(f"{server.url}/sign-out", headers={"Origin": server.url})
    page.get_by_role("radio", name="8", exact=True).click()
    page.wait_for_url(re.compile("/sign-in"))
