"""The listening room on a client's device, by what is heard at the end of its sound graph."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from playwright.sync_api import expect

from tests.browser.rooms import HEARD, level, make_rooms, play, press, wait_for, wait_until_heard, wait_until_silent

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    rooms = make_rooms(tmp_path_factory.mktemp("clinic") / "home", seconds=6, lengths={"t1": 30, "k1": 30})
    yield rooms
    rooms.kill()


@pytest.fixture
def mortal(tmp_path):
    """Rooms whose server a test may kill."""
    rooms = make_rooms(tmp_path / "home", seconds=6)
    yield rooms
    rooms.kill()


@pytest.fixture
def page(rooms, new_page):
    """A device in the room of a client whose therapist is there."""
    page = new_page(viewport={"width": 820, "height": 1100})
    rooms.enter(page, rooms.clinic.start(client_id=rooms.clinic.new_client(sounds_hurt="no", seizures="no")))
    return page


def test_a_whole_session_is_heard_answered_and_stored_once_and_leaves_nothing_behind(rooms, new_page):
    client_id = rooms.clinic.new_client()
    started = rooms.clinic.start(client_id=client_id, listed=("t2", "t3"))
    page = new_page(viewport={"width": 820, "height": 1100})
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    rooms.enter(page, started)
    press(page, "Start")
    for slider, side in zip(page.get_by_role("slider").all(), (60, 190), strict=True):
        slider.click(position={"x": side, "y": 32})
    press(page, "This is right")
    press(page, "You choose for me")
    assert not [url for url in requests if "/audio/" in url]
    assert len(requests) <= 6
    press(page, "Play")
    wait_until_heard(page)
    expect(page.get_by_text("Song 1 of 2")).to_be_visible()
    expect(page.get_by_text("Song 2 of 2")).to_be_visible(timeout=8000)
    wait_until_heard(page)
    expect(page.get_by_role("heading", name="How do you feel now?")).to_be_visible(timeout=10_000)
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_hidden()
    for slider in page.get_by_role("slider").all():
        assert slider.get_attribute("aria-valuetext") == "not answered yet"
        slider.press("ArrowRight")
    press(page, "This is right")
    page.get_by_label("Anything to say").fill("The second one")
    page.get_by_label("No", exact=True).check()
    press(page, "Finish")
    expect(page.get_by_text("You heard 2 songs. Thank you.")).to_be_visible()
    press(page, "Keep a song")
    press(page, "Grey Morning")
    expect(page.get_by_text("Grey Morning is now on your list")).to_be_visible()
    press(page, "Close")
    page.wait_for_url("**/room/closed")
    counts = Counter(rooms.events(started.session_id))
    once = ("started", "first_song", "words", "kept", "finished", "ended")
    assert {kind: counts[kind] for kind in once} == dict.fromkeys(once, 1)
    assert (counts["check_in"], counts["song_started"], counts["song_ended"]) == (2, 2, 2)
    (session,) = rooms.clinic.record.sessions(rooms.clinic.actor, client_id)
    after = {answer.item: answer.number for answer in session.answers if answer.phase == "after"}
    assert after == {"valence": 0.51, "arousal": 0.51}
    assert not session.is_open
    assert page.evaluate("localStorage.length") == 0
    assert [cookie["name"] for cookie in page.context.cookies()] == []
    page.go_back()
    assert "Grey Morning" not in page.content()
    assert page.goto(f"{rooms.url}/room").status == 404


@pytest.mark.parametrize("how", ["button", "Escape", "Space", "Enter", "Help"])
def test_stop_is_silence_within_a_second(page, how):
    play(page)
    began = time.monotonic()
    if how in {"button", "Help"}:
        press(page, "Stop" if how == "button" else "Help")
    else:
        page.keyboard.press(how)
    wait_until_silent(page)
    assert time.monotonic() - began <= 1.0
    if how == "Help":
        expect(page.get_by_role("link", name="999")).to_be_visible()
        press(page, "Back")
    expect(page.get_by_role("heading", name="The music has stopped")).to_be_visible()
    time.sleep(0.5)
    assert level(page) < HEARD


@pytest.mark.parametrize("screen", ["instead", "middle", "question"])
def test_escape_stops_above_every_question(page, screen):
    play(page)
    page.evaluate(f"go('{screen}')")
    page.keyboard.press("Escape")
    wait_until_silent(page)


def test_another_focused_button_keeps_space_and_focus_goes_back_to_stop(page):
    play(page)
    expect(page.locator("#stop")).to_be_focused()
    louder = page.get_by_role("button", name="Louder")
    louder.focus()
    page.keyboard.press("Space")
    assert level(page) > HEARD
    expect(page.locator("#stop")).to_be_focused(timeout=7000)
    page.keyboard.press("Space")
    wait_until_silent(page)


def test_the_music_goes_on_and_stops_with_the_server_dead_and_answers_arrive_once_it_is_back(mortal, new_page):
    client_id = mortal.clinic.new_client()
    started = mortal.clinic.start(client_id=client_id)
    page = new_page()
    mortal.enter(page, started)
    play(page)
    wait_for(lambda: page.evaluate("Boolean(sound.kept.get('t2'))"), seconds=6, message="the next song is not fetched")
    mortal.kill()
    expect(page.get_by_text("Song 2 of 3")).to_be_visible(timeout=8000)
    wait_until_heard(page)
    page.keyboard.press("Escape")
    wait_until_silent(page)
    press(page, "Tell my therapist")
    expect(page.get_by_text("The connection has gone. Your therapist cannot see this yet.")).to_be_visible()
    page.locator("#help").click()
    expect(page.get_by_role("link", name="116 123")).to_be_visible()
    press(page, "Back")
    press(page, "Finish")
    press(page, "I am not sure")
    press(page, "Skip")
    press(page, "Close")
    expect(page.get_by_text("Your answers are safe on this device.")).to_be_visible(timeout=10_000)
    mortal.serve()
    page.wait_for_url("**/room/closed", timeout=30_000)
    counts = Counter(mortal.events(started.session_id))
    assert (counts["check_in"], counts["told"], counts["stopped"], counts["ended"]) == (2, 1, 1, 1)


def test_a_reload_keeps_the_place_and_starts_no_sound(page, rooms):
    play(page)
    # A busy machine's sound clock lags the wall clock, so the place is waited for and not timed.
    wait_for(lambda: page.evaluate("sound.at") > 2.5, seconds=60, message="the song does not move on")
    left_at = page.evaluate("sound.at")
    page.reload()
    expect(page.get_by_role("heading", name="We kept your place")).to_be_visible()
    assert level(page) == 0
    press(page, "Go on")
    wait_until_heard(page)
    assert page.evaluate("sound.at") >= left_at


def test_it_starts_quietly_and_never_passes_the_limit(page):
    play(page)
    early = page.evaluate("sound.now.fade.gain.value")
    # A busy machine renders slower than the clock, so the fade is waited for and not timed.
    wait_for(lambda: page.evaluate("sound.now.fade.gain.value") > 0.999, seconds=25, message="it never fades in")
    settled = level(page)
    assert early < 0.5
    assert page.evaluate("sound.level.gain.value") == pytest.approx(10 ** (-12 / 20), rel=0.02)
    for _ in range(8):
        press(page, "Louder")
    expect(page.get_by_text("This is as loud as it goes here.")).to_be_visible()
    page.wait_for_timeout(1000)
    # From -12 to -3 dB is a factor of 2.8; the tone's own tremolo moves it by up to a third either way.
    assert settled * 1.8 < level(page) < settled * 4
    assert page.evaluate("sound.level.gain.value") == pytest.approx(10 ** (-3 / 20), rel=0.02)


def test_loud_and_quiet_songs_come_out_alike(rooms, new_page):
    page = new_page()
    rooms.enter(page, rooms.clinic.start(listed=("t1",), lufs={"t1": -8.0, "k1": -18.0}))
    press(page, "I am not sure")
    press(page, "You choose for me")
    press(page, "Play")
    wait_until_heard(page)
    matched = page.evaluate("sound.now.match.gain.value")
    press(page, "A song I know well")
    assert matched == pytest.approx(10 ** (-10 / 20), rel=0.01)
    assert page.evaluate("sound.now.match.gain.value") == pytest.approx(1.0)


def test_songs_cross_over_without_a_gap(rooms, new_page):
    page = new_page()
    rooms.enter(page, rooms.clinic.start(listed=("t2", "t3")))
    play(page)
    page.wait_for_timeout(3200)
    lowest, until = 1.0, time.monotonic() + 3
    while time.monotonic() < until:
        lowest = min(lowest, level(page))
    assert page.evaluate("place.n") == 1
    assert lowest > HEARD


def test_the_therapists_stop_reaches_the_room_and_is_acknowledged(rooms, new_page):
    started = rooms.clinic.start(client_id=rooms.clinic.new_client())
    page = new_page()
    rooms.enter(page, started)
    play(page)
    rooms.clinic.record.ask_to_stop(rooms.clinic.actor, started.session_id)
    wait_for(lambda: level(page) < 1e-5, seconds=2.5, message="the room did not stop")
    expect(page.get_by_role("heading", name="The music has stopped")).to_be_visible()
    wait_for(lambda: "stopped" in rooms.events(started.session_id), seconds=3, message="Stop was not acknowledged")


def test_the_end_from_the_therapists_side_ends_the_room(rooms, new_page):
    started = rooms.clinic.start(client_id=rooms.clinic.new_client())
    page = new_page()
    rooms.enter(page, started)
    play(page)
    rooms.clinic.record.end_session(rooms.clinic.actor, started.session_id)
    expect(page.get_by_role("heading", name="This session has ended")).to_be_visible(timeout=3000)
    wait_until_silent(page)


def test_lines_need_no_dragging_and_are_asked_about_when_untouched(page):
    press(page, "Start")
    press(page, "This is right")
    expect(page.get_by_text("You left the lines in the middle. Is the middle right?")).to_be_visible()
    press(page, "Change it")
    feeling = page.get_by_role("slider", name="How do you feel right now?")
    feeling.press("ArrowLeft")
    assert feeling.input_value() == "49"
    page.get_by_role("button", name="Feeling: more").click()
    assert feeling.input_value() == "54"
    press(page, "This is right")
    expect(page.get_by_text("You left the energy line in the middle. Is the middle right?")).to_be_visible()
    press(page, "Yes, the middle")
    # The plan starts far from the middle, so the room asks before it goes on.
    expect(page.get_by_role("heading", name="You feel different from last time")).to_be_visible()
    press(page, "No, keep it")
    expect(page.get_by_role("heading", name="Which song first?")).to_be_visible()


def test_a_little_of_a_song_has_its_own_stop(page):
    press(page, "Start")
    press(page, "I am not sure")
    page.get_by_role("button", name="Hear a little of Slow Train Home").click()
    wait_until_heard(page)
    page.get_by_role("button", name="Stop Slow Train Home").click()
    wait_until_silent(page)
    expect(page.get_by_role("heading", name="Which song first?")).to_be_visible()


def test_a_song_that_cannot_be_played_is_passed_over(rooms, new_page):
    page = new_page()
    page.route("**/room/audio/t1", lambda route: route.fulfill(status=404))
    rooms.enter(page, rooms.clinic.start(client_id=rooms.clinic.new_client()))
    press(page, "Start")
    press(page, "I am not sure")
    press(page, "You choose for me")
    press(page, "Play")
    expect(page.get_by_text("We go to the next one.")).to_be_visible()
    expect(page.get_by_text("Song 2 of 3")).to_be_visible(timeout=6000)
    wait_until_heard(page)


def test_a_second_window_is_sent_back_to_the_first(page):
    play(page)
    second = page.context.new_page()
    second.goto(page.url)
    expect(second.get_by_role("heading", name="This session is open in another window")).to_be_visible()
    assert level(page) > HEARD
    press(second, "Use this one")
    expect(page.get_by_role("heading", name="This session is open in another window")).to_be_visible()
    wait_until_silent(page)
    expect(second.get_by_role("heading", name="We kept your place")).to_be_visible()


def test_with_one_switch_the_frame_goes_round_any_press_chooses_and_any_press_stops(rooms, new_page):
    page = new_page()
    rooms.enter(page, rooms.clinic.start(client_id=rooms.clinic.new_client(), preset="one_switch"))
    framed = page.locator(".framed")
    expect(framed).to_have_text("Start")
    expect(framed).not_to_have_text("Start", timeout=5000)
    for wanted in ("Start", "Very good", "Very awake", "You choose for me", "Play"):
        page.evaluate("scanAgain()")
        wait_for(lambda wanted=wanted: framed.inner_text() == wanted, seconds=60, message=f"{wanted} is never framed")
        page.keyboard.press("q")
        page.wait_for_timeout(300)
    wait_until_heard(page)
    page.mouse.click(3, 3)
    wait_until_silent(page)
    expect(framed).to_have_text("Go on")
    page.wait_for_timeout(300)
    page.keyboard.press("Space")
    wait_until_heard(page)
    page.wait_for_timeout(300)
    page.keyboard.press("Tab")
    wait_until_silent(page)


def test_a_rating_that_fell_far_is_asked_about_once_and_never_judged(page):
    press(page, "Start")
    press(page, "This is right")
    press(page, "Yes, the middle")
    press(page, "No, keep it")
    press(page, "You choose for me")
    press(page, "Play")
    wait_until_heard(page)
    for n in range(2):
        press(page, "How is it now?")
        for slider in page.get_by_role("slider").all():
            slider.press("Home")
        press(page, "This is right")
        if n == 0:
            expect(page.get_by_role("heading", name="How is this music for you?")).to_be_visible()
            press(page, "It is sad, and that is OK")
        expect(page.get_by_text("Song 1 of 3")).to_be_visible()
    wait_until_heard(page)
