"""Odd and unlucky devices: a full disk, a wrong clock, no loudspeaker, a phone call, a network that says nothing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from tests.browser.rooms import HEARD, level, make_rooms, play, press, wait_for, wait_until_heard, wait_until_silent

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    rooms = make_rooms(tmp_path_factory.mktemp("clinic") / "home", seconds=12)
    yield rooms
    rooms.kill()


def enter(rooms, new_page, *, script: str = "0"):
    """A device that runs a script before every page, in the room of a new client."""
    page = new_page(viewport={"width": 820, "height": 1100})
    page.add_init_script(script)
    started = rooms.clinic.start(client_id=rooms.clinic.new_client())
    rooms.enter(page, started)
    return page, started


def to_play(page) -> None:
    """As far as the Play button."""
    press(page, "Start")
    press(page, "I am not sure")
    press(page, "You choose for me")


FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"
FILLS_UP = """(() => {
    let writes = 0;
    const { setItem } = Storage.prototype;
    Storage.prototype.setItem = function (...what) {
        if ((writes += 1) > 6) throw new DOMException("full", "QuotaExceededError");
        setItem.apply(this, what);
    };
})()"""
REFUSED = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"


@pytest.mark.parametrize("store", [FULL, FILLS_UP, REFUSED], ids=["full", "fills_up", "refused"])
def test_where_nothing_can_be_stored_a_session_still_loses_no_answer(rooms, new_page, store):
    page, started = enter(rooms, new_page, script=store)
    page.context.set_offline(True)
    press(page, "Start")
    press(page, "I am not sure")
    press(page, "You choose for me")
    expect(page.get_by_role("heading", name="Ready")).to_be_visible()
    page.context.set_offline(False)
    wait_for(lambda: page.evaluate("answers.waiting.length") == 0, message="the answers did not arrive")
    assert Counter(rooms.events(started.session_id)) == {"started": 1, "check_in": 1, "first_song": 1}


@pytest.mark.parametrize("years", [-1, 1])
def test_on_a_device_that_thinks_it_is_another_year_moments_are_told_by_the_server(rooms, new_page, years):
    clock = f"(() => {{ const {{ now }} = Date; Date.now = () => now() + {years} * 365 * 86400000; }})()"
    page, started = enter(rooms, new_page, script=clock)
    press(page, "Start")
    press(page, "I am not sure")
    wait_for(lambda: "check_in" in rooms.events(started.session_id), message="the answer did not arrive")
    with sa.create_engine(f"sqlite:///{rooms.clinic.stores.home / 'record.db'}").connect() as db:
        said = db.execute(sa.text("SELECT at FROM events WHERE session_id = :id"), {"id": started.session_id})
        moments = [datetime.fromisoformat(row[0]).replace(tzinfo=UTC) for row in said]
    assert all(abs(datetime.now(UTC) - at) < timedelta(days=1) for at in moments)


def test_a_network_that_swallows_what_is_sent_is_said_soon_and_nothing_is_lost(rooms, new_page):
    page, started = enter(rooms, new_page)
    play(page)
    page.route("**/room/events/**", lambda _: None)
    press(page, "Stop")
    press(page, "Tell my therapist")
    expect(page.get_by_text("Your therapist cannot see this yet.")).to_be_visible()
    page.unroute("**/room/events/**")
    wait_for(lambda: page.evaluate("answers.waiting.length") == 0, message="it waits for ever for the first try")
    assert Counter(rooms.events(started.session_id))["told"] == 1


def test_the_sign_in_page_of_a_guest_network_is_no_answer(rooms, new_page):
    page, started = enter(rooms, new_page)
    page.route("**/room/events/**", lambda route: route.fulfill(status=200, body="<h1>Free Wi-Fi</h1>"))
    press(page, "Start")
    press(page, "I am not sure")
    assert page.evaluate("answers.send()") is False
    assert page.evaluate("answers.waiting.length") == 2
    page.unroute("**/room/events/**")
    wait_for(lambda: page.evaluate("answers.waiting.length") == 0, message="the answers did not arrive")
    assert Counter(rooms.events(started.session_id)) == {"started": 1, "check_in": 1}


def test_a_device_without_sound_says_so_and_goes_on_once_it_has_some(rooms, new_page):
    page, started = enter(rooms, new_page)
    to_play(page)
    page.evaluate("(() => { window.kept = { AudioContext }; delete window.AudioContext; })()")
    press(page, "Play")
    expect(page.get_by_role("heading", name="No sound comes from this device")).to_be_visible()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_hidden()
    press(page, "Tell my therapist")
    wait_for(lambda: "told" in rooms.events(started.session_id), message="the therapist is not told")
    page.evaluate("void Object.assign(window, kept)")
    press(page, "Try again")
    wait_until_heard(page)
    assert page.evaluate("place.heard") == ["t1"]


def test_sound_that_is_taken_away_as_by_a_call_stops_the_music_and_a_press_goes_on(rooms, new_page):
    page, _ = enter(rooms, new_page)
    play(page)
    page.evaluate("sound.context.suspend()")
    expect(page.get_by_role("heading", name="The music has stopped")).to_be_visible()
    press(page, "Go on with the music")
    wait_until_heard(page)


def test_a_song_that_never_comes_is_passed_over_and_not_counted_as_heard(rooms, new_page):
    page, _ = enter(rooms, new_page)
    page.route("**/room/audio/t1", lambda _: None)
    to_play(page)
    press(page, "Play")
    wait_for(lambda: page.evaluate("sound.now.since > 0"), message="nobody looks whether it plays")
    page.evaluate("sound.now.since -= 12000")  # a long time of waiting passes at once
    expect(page.get_by_text("Song 2 of 3")).to_be_visible()
    wait_until_heard(page)
    assert page.evaluate("place.heard") == ["t2"]


def test_a_song_to_hear_a_little_of_that_cannot_be_played_says_so(rooms, new_page):
    page, _ = enter(rooms, new_page)
    page.route("**/room/audio/t1", lambda route: route.fulfill(status=404))
    press(page, "Start")
    press(page, "I am not sure")
    page.get_by_role("button", name="Hear a little").first.click()
    expect(page.get_by_text("This song cannot be played")).to_be_visible()


def test_play_without_the_server_says_so_and_plays_the_same_song_once_it_is_back(mortal, new_page):
    page, _ = enter(mortal, new_page)
    to_play(page)
    mortal.kill()
    press(page, "Play")
    expect(page.get_by_role("heading", name="The connection has gone")).to_be_visible()
    mortal.serve()
    press(page, "Go on")
    wait_until_heard(page)
    expect(page.get_by_text("Song 1 of 3")).to_be_visible()


def test_a_browser_without_channels_knows_its_second_window_too(rooms, new_page):
    page, _ = enter(rooms, new_page, script="delete window.BroadcastChannel")
    play(page)
    second = page.context.new_page()
    second.add_init_script("delete window.BroadcastChannel")
    second.goto(page.url)
    expect(second.get_by_role("heading", name="This session is open in another window")).to_be_visible()
    assert level(page) > HEARD
    press(second, "Use this one")
    wait_until_silent(page)
    expect(page.get_by_role("heading", name="This session is open in another window")).to_be_visible()
