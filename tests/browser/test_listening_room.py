"""The listening room on a client's device, by what is heard at the end of its sound graph."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from playwright.sync_api import expect

from tests.browser.rooms import (
    HEARD,
    answer_lines,
    level,
    make_rooms,
    play,
    press,
    silence_after,
    wait_for,
    wait_until_heard,
    wait_until_silent,
    watch_screens,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    rooms = make_rooms(tmp_path_factory.mktemp("clinic") / "home", seconds=6, lengths={"t1": 40, "t2": 12, "k1": 30})
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
    rooms.enter(page, started)
    press(page, "Start")
    answer_lines(page)
    press(page, "You choose for me")
    press(page, "Play")
    wait_until_heard(page)
    expect(page.get_by_text("Song 1 of 2")).to_be_visible()
    expect(page.get_by_text("Song 2 of 2")).to_be_visible()
    wait_until_heard(page)
    expect(page.get_by_role("heading", name="How do you feel now?")).to_be_visible()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_hidden()
    for slider in page.get_by_role("slider").all():
        assert slider.get_attribute("aria-valuetext") == "not answered yet"
        slider.press("ArrowRight")
    press(page, "This is right")
    page.get_by_role("textbox", name="Anything to say about the music?").fill("The second one")
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
    page.wait_for_load_state()
    assert "Grey Morning" not in page.content()
    assert page.goto(f"{rooms.url}/room").status == 404


@pytest.mark.parametrize("how", ["button", "Escape", "Space", "Enter", "Help"])
def test_stop_is_silence_within_a_second(page, how):
    play(page)
    if how in {"button", "Help"}:
        took_ms = silence_after(page, lambda: press(page, "Stop" if how == "button" else "Help"))
    else:
        took_ms = silence_after(page, lambda: page.keyboard.press(how))
    assert took_ms <= 1000
    if how == "Help":
        expect(page.get_by_role("link", name="999")).to_be_visible()
        press(page, "Back")
    expect(page.get_by_role("heading", name="The music has stopped")).to_be_visible()
    page.wait_for_timeout(500)
    assert level(page) < HEARD


@pytest.mark.parametrize("screen", ["instead", "middle", "question"])
def test_escape_stops_above_every_question(page, screen):
    play(page)
    page.evaluate(f"go('{screen}')")
    expect(page.locator(f"main.{screen} h1")).to_be_visible()
    assert silence_after(page, lambda: page.keyboard.press("Escape")) <= 1000


def test_another_focused_button_keeps_space_and_focus_goes_back_to_stop(page):
    play(page)
    expect(page.locator("#stop")).to_be_focused()
    louder = page.get_by_role("button", name="Louder")
    louder.focus()
    page.keyboard.press("Space")
    assert level(page) > HEARD
    expect(page.locator("#stop")).to_be_focused(timeout=30_000)
    page.keyboard.press("Space")
    wait_until_silent(page)


def test_the_music_goes_on_and_stops_with_the_server_dead_and_answers_arrive_once_it_is_back(mortal, new_page):
    client_id = mortal.clinic.new_client()
    started = mortal.clinic.start(client_id=client_id)
    page = new_page()
    mortal.enter(page, started)
    press(page, "Start")
    answer_lines(page)
    press(page, "You choose for me")
    press(page, "Play")
    wait_until_heard(page)
    wait_for(lambda: page.evaluate("Boolean(sound.kept.get('t2'))"), message="the next song is not fetched")
    mortal.kill()
    expect(page.get_by_text("Song 2 of 3")).to_be_visible()
    wait_until_heard(page)
    assert silence_after(page, lambda: page.keyboard.press("Escape")) <= 1000
    press(page, "Tell my therapist")
    expect(page.get_by_text("The connection has gone. Your therapist cannot see this yet.")).to_be_visible()
    page.locator("#help").click()
    expect(page.get_by_role("link", name="116 123")).to_be_visible()
    press(page, "Back")
    press(page, "Finish")
    press(page, "I am not sure")
    press(page, "Skip")
    press(page, "Close")
    expect(page.get_by_text("Please leave this page open.")).to_be_visible()
    mortal.serve()
    page.wait_for_url("**/room/closed", timeout=60_000)
    counts = Counter(mortal.events(started.session_id))
    assert (counts["check_in"], counts["told"], counts["stopped"], counts["ended"]) == (2, 1, 1, 1)


def test_a_reload_keeps_the_place_and_starts_no_sound(page, rooms):
    play(page)
    # A busy machine's sound clock lags the wall clock, so the place is waited for and not timed.
    wait_for(lambda: page.evaluate("sound.at") > 2.5, message="the song does not move on")
    left_at = page.evaluate("sound.at")
    page.reload()
    expect(page.get_by_role("heading", name="We kept your place")).to_be_visible()
    assert level(page) == 0
    press(page, "Go on")
    wait_until_heard(page)
    assert page.evaluate("sound.at") >= left_at


def test_it_starts_quietly_and_never_passes_the_limit(page):
    press(page, "Start")
    press(page, "I am not sure")
    press(page, "You choose for me")
    # The fade is read against the clock of the sound itself, which a busy machine slows as well.
    page.evaluate(
        """() => {
            const ramp = sound.ramp.bind(sound);
            window.fade = [];
            sound.ramp = (deck, to, seconds) => {
                const began = sound.context.currentTime;
                ramp(deck, to, seconds);
                if (to) setInterval(() => fade.push([sound.context.currentTime - began, deck.fade.gain.value]), 20);
            };
        }"""
    )
    press(page, "Play")
    wait_for(lambda: page.evaluate("fade.some(([s, gain]) => gain > 0.999)"), message="it never fades in")
    for seconds, gain in page.evaluate("fade"):
        assert gain <= math.sin(math.pi / 2 * min(1.0, (seconds + 0.25) / 3)) + 1e-3
    assert page.evaluate("sound.level.gain.value") == pytest.approx(10 ** (-12 / 20), rel=0.02)
    settled = loudest(page)
    for _ in range(8):
        press(page, "Louder")
    expect(page.get_by_text("This is as loud as it goes here.")).to_be_visible()
    limit = 10 ** (-3 / 20)
    wait_for(lambda: page.evaluate("sound.level.gain.value") > 0.99 * limit, message="it does not get louder")
    assert page.evaluate("sound.level.gain.value") <= limit * 1.001
    assert loudest(page) / settled == pytest.approx(10 ** (9 / 20), rel=0.1)  # 9 dB from the start to the limit
    press(page, "Quieter")
    wait_for(lambda: page.evaluate("sound.level.gain.value") < 0.75 * limit, message="it does not get quieter")


def loudest(page):
    """The loudest moment of two periods of the tone's tremolo, by the sound's own clock."""
    page.evaluate(
        """() => {
            const until = sound.context.currentTime + 2.9;
            window.most = { level: 0 };
            const look = setInterval(() => {
                const samples = new Float32Array(sound.analyser.fftSize);
                sound.analyser.getFloatTimeDomainData(samples);
                most.level = Math.max(most.level, Math.hypot(...samples) / Math.sqrt(samples.length));
                if (sound.context.currentTime > until) clearInterval(look), (most.done = true);
            }, 10);
        }"""
    )
    wait_for(lambda: page.evaluate("most.done"), message="the sound's clock stands still")
    return page.evaluate("most.level")


def test_two_songs_that_cross_near_the_limit_stay_below_the_ceiling_of_each(page):
    curves = page.evaluate(
        "[0.5, 1].map((start) => [fadeCurve(1, 0, true), fadeCurve(0, start, true)].map((one) => [...one]))"
    )
    for coming, going in curves:
        assert max(a + b for a, b in zip(coming, going, strict=True)) <= 1 + 1e-6
    powers = page.evaluate("[fadeCurve(1, 0, false), fadeCurve(0, 1, false)].map((one) => [...one])")
    assert [a * a + b * b for a, b in zip(*powers, strict=True)] == pytest.approx([1] * len(powers[0]), abs=1e-6)


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
    page.evaluate(
        """() => {
            window.lowest = 1;
            setInterval(() => {
                const samples = new Float32Array(sound.analyser.fftSize);
                sound.analyser.getFloatTimeDomainData(samples);
                const level = Math.hypot(...samples) / Math.sqrt(samples.length);
                if (mode === "song" && (place.n === 0 || sound.at < 3)) window.lowest = Math.min(lowest, level);
            }, 10);
        }"""
    )
    wait_for(lambda: page.evaluate("place.n === 1 && sound.at > 3"), message="the second song does not come")
    assert page.evaluate("lowest") > HEARD


def test_another_song_is_chosen_from_what_was_approved(rooms, new_page):
    started = rooms.clinic.start(client_id=rooms.clinic.new_client(sounds_hurt="no", seizures="no"))
    page = new_page()
    rooms.enter(page, started)
    play(page)
    press(page, "Different song")
    expect(page.get_by_role("heading", name="Which one instead?")).to_be_visible()
    assert page.locator(".cards button").all_inner_texts() == ["Low Tide", "Paper Boats"]
    press(page, "Keep this song")
    expect(page.get_by_role("heading", name="The Long Way Down to the Harbour")).to_be_visible()
    press(page, "Different song")
    press(page, "Paper Boats")
    expect(page.get_by_role("heading", name="Paper Boats")).to_be_visible()
    press(page, "A song I know well")
    expect(page.get_by_role("heading", name="Calon Lân")).to_be_visible()
    wait_until_heard(page)
    press(page, "Stop")
    wait_for(lambda: "stopped" in rooms.events(started.session_id), message="Stop never arrived")
    counts = Counter(rooms.events(started.session_id))
    assert (counts["skipped"], counts["known_well"], counts["song_started"]) == (1, 1, 3)


def test_the_lock_screen_names_the_song_and_pausing_there_is_stopping(page):
    play(page)
    wait_for(lambda: page.evaluate("navigator.mediaSession.metadata?.title") is not None, message="nothing is named")
    assert page.evaluate("navigator.mediaSession.metadata.title") == "The Long Way Down to the Harbour"
    # As a headset's pause key does; no press of ours comes before it.
    page.evaluate("sound.now.element.pause()")
    wait_until_silent(page)
    expect(page.get_by_role("heading", name="The music has stopped")).to_be_visible()
    assert page.evaluate("navigator.mediaSession.metadata") is None


def test_who_is_not_sure_is_not_asked_again(page):
    play(page)
    press(page, "Stop")
    press(page, "Finish")
    expect(page.get_by_role("heading", name="Anything to say about the music?")).to_be_visible()


def test_the_therapists_stop_reaches_the_room_and_is_acknowledged(rooms, new_page):
    started = rooms.clinic.start(client_id=rooms.clinic.new_client())
    page = new_page()
    rooms.enter(page, started)
    play(page)
    rooms.clinic.record.ask_to_stop(rooms.clinic.actor, started.session_id)
    wait_until_silent(page)
    expect(page.get_by_role("heading", name="The music has stopped")).to_be_visible()
    wait_for(lambda: "stopped" in rooms.events(started.session_id), message="Stop was not acknowledged")


def test_the_therapist_changes_the_next_song_then_skips_to_the_closing_one(rooms, new_page):
    record, actor = rooms.clinic.record, rooms.clinic.actor
    started = rooms.clinic.start(client_id=rooms.clinic.new_client())
    page = new_page()
    rooms.enter(page, started)
    play(page)
    wait_for(lambda: record.session(actor, started.session_id).songs_started == 1, message="nothing was said to play")
    before = record.room_order(actor, started.session_id)
    song = record.ask_for_different_next(actor, started.session_id)
    changed = (before[0], song.id, *before[2:])
    wait_for(lambda: record.room_order(actor, started.session_id) == changed, message="the next song stayed")
    assert list(changed) == page.evaluate("place.order")
    expect(page.get_by_role("heading", name="The Long Way Down to the Harbour")).to_be_visible()
    closing = record.ask_for_closing(actor, started.session_id)
    expect(page.get_by_role("heading", name=closing.title)).to_be_visible()
    wait_until_heard(page)
    wait_for(lambda: Counter(rooms.events(started.session_id))["song_started"] == 2, message="it was not told")
    counts = Counter(rooms.events(started.session_id))
    assert (counts["next_changed"], counts["skipped"]) == (1, 1)


def test_the_end_from_the_therapists_side_ends_the_room(rooms, new_page):
    started = rooms.clinic.start(client_id=rooms.clinic.new_client())
    page = new_page()
    rooms.enter(page, started)
    play(page)
    rooms.clinic.record.end_session(rooms.clinic.actor, started.session_id)
    expect(page.get_by_role("heading", name="This session has ended")).to_be_visible()
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
    expect(page.get_by_role("heading", name="You feel different from what this music was chosen for")).to_be_visible()
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
    watch_screens(page)
    press(page, "Play")
    expect(page.get_by_text("Song 2 of 3")).to_be_visible()
    assert "missing" in page.evaluate("seen")
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
