"""The server dies, the network goes, the page is left: the session goes on or ends kindly, and nothing is lost."""

from __future__ import annotations

from collections import Counter

import pytest
from playwright.sync_api import expect

from tests.browser.rooms import (
    answer_lines,
    level,
    make_rooms,
    play,
    press,
    silence_after,
    wait_for,
    wait_until_heard,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def rooms(tmp_path):
    rooms = make_rooms(tmp_path / "home", seconds=20)
    yield rooms
    rooms.kill()


def stands_in(page):
    """Wait until the device could answer for the server."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def test_a_reload_without_the_server_ends_kindly_with_help_and_goes_on_once_it_is_back(rooms, new_page):
    started = rooms.clinic.start(client_id=rooms.clinic.new_client())
    page = new_page()
    rooms.enter(page, started)
    stands_in(page)
    play(page)
    rooms.kill()
    page.reload()
    expect(page.get_by_role("heading", name="The connection has gone")).to_be_visible()
    expect(page.get_by_text("The music has stopped. Your answers are safe on this device.")).to_be_visible()
    page.get_by_role("link", name="Help", exact=True).click()
    expect(page.get_by_role("link", name="116 123")).to_be_in_viewport()
    page.goto(f"{rooms.url}/room/help")
    expect(page.get_by_role("link", name="999")).to_be_visible()
    assert page.locator("body").evaluate("(one) => getComputedStyle(one).margin") == "0px"  # the style sheet is there
    kept = page.evaluate(
        "caches.keys().then((names) => Promise.all(names.map((one) => caches.open(one).then((a) => a.keys()))))"
    )
    assert sum(map(len, kept)) == 1
    rooms.serve()
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_role("heading", name="We kept your place")).to_be_visible()
    press(page, "Go on")
    wait_until_heard(page)


def test_help_is_one_press_away_before_anything_and_without_the_server(rooms, new_page):
    page = new_page()
    rooms.enter(page, rooms.clinic.start(client_id=rooms.clinic.new_client()))
    rooms.kill()
    press(page, "Help")
    for number in ("999", "116 123", "85258", "111"):
        expect(page.get_by_role("link", name=number, exact=True)).to_be_visible()
    expect(page.get_by_text("Your therapist is in the room. You can tell them.")).to_be_visible()
    press(page, "Back")
    expect(page.get_by_role("heading", name="Hello")).to_be_visible()


def test_a_network_that_is_lost_for_a_while_loses_and_doubles_nothing(rooms, new_page):
    started = rooms.clinic.start(client_id=rooms.clinic.new_client())
    page = new_page()
    rooms.enter(page, started)
    press(page, "Start")
    answer_lines(page)
    press(page, "You choose for me")
    press(page, "Play")
    wait_until_heard(page)
    wait_for(lambda: page.evaluate("Boolean(sound.kept.get('t2') && sound.kept.get('k1'))"), message="nothing is kept")
    page.context.set_offline(True)
    press(page, "How is it now?")
    answer_lines(page, valence=20, arousal=30)
    press(page, "A song I know well")
    wait_until_heard(page)
    # A long time of trying passes at once: what counts is how often, not how long.
    for _ in range(20):
        assert page.evaluate("answers.send()") is False
    waiting = page.evaluate("answers.waiting.map((one) => one.id)")
    assert len(waiting) >= 4
    assert len(set(waiting)) == len(waiting)
    wait_until_heard(page)
    # The answer to the first sending is lost on its way back, so it is sent again.
    lost = []
    page.route(
        "**/room/events/**",
        lambda route: (route.fetch(), lost.append(1), route.abort()) if not lost else route.continue_(),
    )
    page.context.set_offline(False)
    wait_for(lambda: page.evaluate("answers.waiting.length") == 0, message="the answers did not arrive")
    assert lost
    page.unroute("**/room/events/**")
    press(page, "Stop")
    wait_for(lambda: "stopped" in rooms.events(started.session_id), message="Stop did not arrive")
    counts = Counter(rooms.events(started.session_id))
    wanted = {"check_in": 2, "known_well": 1, "song_started": 2, "first_song": 1, "started": 1, "stopped": 1}
    assert {kind: counts[kind] for kind in wanted} == wanted


def test_a_server_that_restarts_in_the_middle_is_not_noticed_and_its_stop_still_arrives(rooms, new_page):
    started = rooms.clinic.start(client_id=rooms.clinic.new_client())
    page = new_page()
    rooms.enter(page, started)
    play(page)
    rooms.kill()
    rooms.serve()
    assert page.evaluate("[mode, place.screen]") == ["song", "playing"]
    wait_until_heard(page)
    rooms.clinic.record.ask_to_stop(rooms.clinic.actor, started.session_id)
    expect(page.get_by_role("heading", name="The music has stopped")).to_be_visible()
    wait_for(lambda: "stopped" in rooms.events(started.session_id), message="Stop was not acknowledged")


def test_an_event_that_the_server_never_takes_does_not_keep_the_others(rooms, new_page):
    started = rooms.clinic.start(client_id=rooms.clinic.new_client())
    page = new_page()
    rooms.enter(page, started)
    page.evaluate("answers.add('Not A Kind'); answers.add('started'); answers.send()")
    wait_for(lambda: page.evaluate("answers.waiting.length") == 0, message="it waits for ever")
    assert rooms.events(started.session_id) == ["started"]


def test_the_next_client_sees_nothing_and_what_was_left_behind_arrives_where_it_belongs(rooms, new_page):
    first = rooms.clinic.start(client_id=rooms.clinic.new_client())
    page = new_page()
    rooms.enter(page, first)
    play(page)
    page.context.set_offline(True)
    press(page, "Stop")
    press(page, "Tell my therapist")
    expect(page.get_by_text("Your therapist cannot see this yet.")).to_be_visible()
    page.close()
    second = rooms.clinic.start(client_id=rooms.clinic.new_client(), listed=("t3",))
    context_page = page.context.new_page()
    page.context.set_offline(False)
    rooms.enter(context_page, second)
    expect(context_page.get_by_role("heading", name="Hello")).to_be_visible()
    wait_for(lambda: "told" in rooms.events(first.session_id), message="the first client's message did not arrive")
    assert rooms.events(second.session_id) == []
    keys = "Object.keys(localStorage).filter((key) => !key.endsWith(state.session))"
    wait_for(lambda: context_page.evaluate(keys) == [], message="something of the first client stays on the device")
    assert "Grey Morning" not in context_page.content()


def test_a_session_that_was_ended_meanwhile_still_gets_what_waits_on_the_device(rooms, new_page):
    started = rooms.clinic.start(client_id=rooms.clinic.new_client())
    page = new_page()
    rooms.enter(page, started)
    play(page)
    page.context.set_offline(True)
    press(page, "Stop")
    page.evaluate("answers.add('words', { text: 'the second one' })")
    rooms.clinic.record.end_session(rooms.clinic.actor, started.session_id)
    page.context.set_offline(False)
    page.goto(f"{rooms.url}/room")
    expect(page.get_by_role("heading", name="This session has ended")).to_be_visible()
    wait_for(lambda: "words" in rooms.events(started.session_id), message="it did not arrive")
    wait_for(lambda: page.evaluate("localStorage.length") == 0, message="it stays on the device")
    assert Counter(rooms.events(started.session_id))["stopped"] == 1


def test_stop_is_silence_within_a_second_with_the_server_dead(rooms, new_page):
    page = new_page()
    rooms.enter(page, rooms.clinic.start(client_id=rooms.clinic.new_client()))
    play(page)
    rooms.kill()
    assert silence_after(page, lambda: press(page, "Stop")) <= 1000
    expect(page.get_by_role("heading", name="The music has stopped")).to_be_visible()
    assert level(page) < 1e-5
