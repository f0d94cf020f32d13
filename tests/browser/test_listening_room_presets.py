"""The other presets: one switch, a carer who answers, few words, nothing that moves; and the keyboard alone."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from playwright.sync_api import expect

from tests.browser.rooms import answer_lines, make_rooms, press, silence_after, wait_for, wait_until_heard

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
BOUNCE_MS = 300


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    rooms = make_rooms(tmp_path_factory.mktemp("clinic") / "home", seconds=6, lengths={"t1": 40})
    yield rooms
    rooms.kill()


def open_room(rooms, new_page, preset, **options):
    started = rooms.clinic.start(client_id=rooms.clinic.new_client(), preset=preset, **options)
    page = new_page()
    rooms.enter(page, started)
    return page, started


def frame(page, wanted):
    """Move the frame with the first of two switches until it is on `wanted`, and choose it with the second."""
    framed = page.locator(".framed")
    for _ in range(20):
        if framed.inner_text() == wanted:
            break
        page.wait_for_timeout(BOUNCE_MS)
        page.keyboard.press("Tab")
    assert framed.inner_text() == wanted
    page.wait_for_timeout(BOUNCE_MS)
    page.keyboard.press("q")


def two_switches(page):
    page.evaluate("state.scan_s = 0; scanAgain()")


def test_the_frame_goes_round_twice_then_rests_and_nothing_happens_by_waiting(rooms, new_page):
    page, started = open_room(rooms, new_page, "one_switch")
    framed = page.locator(".framed")
    expect(framed).to_have_text("Start")
    expect(framed).not_to_have_text("Start")  # it moves by itself
    page.evaluate(
        """() => {
            window.framed = [];
            const note = () => framed.push(document.querySelector(".framed")?.textContent);
            new MutationObserver(note).observe(document.body, { subtree: true, attributeFilter: ["class"] });
            state.scan_s = 0.2;
            scanAgain();
        }"""
    )
    expect(page.get_by_text("Press when you are ready.").first).to_be_visible()
    expect(framed).to_have_text("Go on")
    names = page.evaluate("framed.filter((one, i) => one && one !== framed[i - 1])")
    round_once = ["Start", "Not mine", "Not now", "What is kept about me", "Cymraeg", "Help"]
    assert names == [*round_once, *round_once, "Go on"]
    page.wait_for_timeout(1000)
    assert page.evaluate("place.screen") == "hello"
    page.keyboard.press("x")
    expect(framed).to_have_text("Start")
    assert page.evaluate("place.screen") == "hello"
    assert rooms.events(started.session_id) == []


@pytest.mark.parametrize("how", ["key", "tap", "Tab", "shortcut"])
def test_while_music_plays_every_press_stops(rooms, new_page, how):
    page, started = open_room(rooms, new_page, "one_switch")
    two_switches(page)
    for wanted in ("Start", "Very good", "Very awake", "You choose for me", "Play"):
        frame(page, wanted)
    wait_until_heard(page)
    acts = {
        "key": lambda: page.keyboard.press("q"),
        "tap": lambda: page.mouse.click(3, 3),
        "Tab": lambda: page.keyboard.press("Tab"),
        "shortcut": lambda: page.keyboard.press("Control+q"),
    }
    assert silence_after(page, acts[how]) <= 1000
    expect(page.locator(".framed")).to_have_text("Go on")
    assert page.locator("#screen .actions button").all_inner_texts() == [
        "Go on",
        "Different song",
        "A song I know well",
        "Finish",
    ]
    (session,) = rooms.clinic.record.sessions(rooms.clinic.actor, session_client(rooms, started))
    assert {one.item: one.choice for one in session.answers} == {"feeling": "very_good", "energy": "very_awake"}


def session_client(rooms, started):
    return rooms.clinic.record.session(rooms.clinic.actor, started.session_id).client_id


def test_a_press_that_trembles_stops_once_and_starts_nothing(rooms, new_page):
    page, _ = open_room(rooms, new_page, "one_switch")
    two_switches(page)
    for wanted in ("Start", "Very good", "Very awake", "You choose for me", "Play"):
        frame(page, wanted)
    wait_until_heard(page)
    # Two presses 60 ms apart, whatever the machine does meanwhile: their own times are what counts.
    page.evaluate(
        """() => {
            const at = performance.now();
            for (const [kind, later] of [["keydown", 0], ["keydown", 60]]) {
                const press = new KeyboardEvent(kind, { key: "q", cancelable: true });
                Object.defineProperty(press, "timeStamp", { value: at + later });
                onPress(press);
            }
        }"""
    )
    expect(page.locator(".framed")).to_have_text("Go on")
    assert page.evaluate("[mode, place.screen]") == ["", "stopped"]


def test_with_one_switch_help_is_reached_and_left_again(rooms, new_page):
    page, _ = open_room(rooms, new_page, "one_switch")
    two_switches(page)
    frame(page, "Help")
    expect(page.get_by_role("link", name="116 123")).to_be_visible()
    frame(page, "Back")
    expect(page.get_by_role("heading", name="Hello")).to_be_visible()


def test_a_carer_answers_for_what_is_seen_and_keeps_the_times(rooms, new_page):
    page, started = open_room(rooms, new_page, "carer")
    press(page, "Start")
    expect(page.get_by_text("You are answering for what you see, not for how they feel.")).to_be_visible()
    press(page, "Next")
    expect(page.get_by_text("Please say whether they agreed.")).to_be_visible()
    page.get_by_role("group", name="Looks").get_by_label("upset").check()
    page.get_by_role("group", name="Body").get_by_label("I cannot tell").check()
    page.get_by_label("Yes, by what they did").check()
    press(page, "Next")
    press(page, "You choose for me")
    press(page, "Play")
    wait_until_heard(page)
    press(page, "Note what I see")
    expect(page.get_by_text("If they seem upset, press Stop.")).to_be_visible()
    for sign in ("Singing", "Asleep"):
        press(page, sign)
        expect(page.get_by_text(f"Kept: {sign}")).to_be_visible()
    wait_until_heard(page)
    press(page, "Back")
    press(page, "They like this")
    expect(page.get_by_text("This is kept.")).to_be_visible()
    press(page, "Stop")
    press(page, "Finish")
    expect(page.get_by_role("heading", name="After the music: what do you see?")).to_be_visible()
    page.get_by_role("group", name="Looks").get_by_label("at ease").check()
    page.get_by_label("Anything the therapist needs to know?").fill("hummed along")
    press(page, "Finish")
    expect(page.get_by_role("heading", name="The session is over")).to_be_visible()
    press(page, "Close")
    page.wait_for_url("**/room/closed")
    counts = Counter(rooms.events(started.session_id))
    assert (counts["assent"], counts["saw"], counts["liked"], counts["words"], counts["check_in"]) == (1, 2, 1, 1, 2)
    answers = rooms.clinic.record.session(rooms.clinic.actor, started.session_id).answers
    assert {one.said_by for one in answers} == {"observer"}
    said = {(one.phase, one.item): one.choice or one.missing for one in answers}
    assert said == {
        ("before", "looks"): "upset",
        ("before", "body"): "cannot_tell",
        ("after", "looks"): "at_ease",
        ("after", "body"): "skipped",
    }


def test_where_they_do_not_agree_it_ends_kindly_and_nothing_was_saved(rooms, new_page):
    page, started = open_room(rooms, new_page, "carer")
    press(page, "Start")
    page.get_by_role("group", name="Looks").get_by_label("upset").check()
    page.get_by_role("group", name="Did they agree to music now?").get_by_label("No", exact=True).check()
    press(page, "Next")
    expect(page.get_by_role("heading", name="Then not today")).to_be_visible()
    expect(page.get_by_text("Nothing was saved.")).to_be_visible()
    press(page, "Close")
    page.wait_for_url("**/room/closed")
    assert rooms.events(started.session_id) == ["ended"]
    assert rooms.clinic.record.session(rooms.clinic.actor, started.session_id).answers == ()


def test_simple_is_few_words_and_two_songs(rooms, new_page):
    page, started = open_room(rooms, new_page, "simple")
    expect(page.get_by_text("What is kept about me")).to_have_count(0)
    press(page, "Start")
    words = page.locator("#screen .actions button")
    assert words.all_inner_texts() == ["Good", "In the middle", "Not good", "Not sure"]
    press(page, "In the middle")
    assert words.all_inner_texts() == ["A lot", "Some", "A little", "Not sure"]
    page.reload()
    press(page, "A little")
    assert page.locator(".cards > li").count() == 2
    press(page, "You choose for me")
    press(page, "Play")
    wait_until_heard(page)
    assert page.locator("#screen button").all_inner_texts() == ["Different song"]
    press(page, "Stop")
    press(page, "Finish")
    press(page, "Good")
    press(page, "Not sure")
    expect(page.get_by_role("heading", name="The session is over")).to_be_visible()
    answers = rooms.clinic.record.session(rooms.clinic.actor, started.session_id).answers
    wait_for(
        lambda: len(rooms.clinic.record.session(rooms.clinic.actor, started.session_id).answers) == 4,
        message="the answers did not arrive",
    )
    answers = rooms.clinic.record.session(rooms.clinic.actor, started.session_id).answers
    said = {(one.phase, one.item): one.choice or one.missing for one in answers}
    assert said == {
        ("before", "feeling"): "middle",
        ("before", "energy"): "a_little",
        ("after", "feeling"): "good",
        ("after", "energy"): "not_sure",
    }


def test_calm_says_what_will_happen_and_shows_what_comes_next(rooms, new_page):
    page, _ = open_room(rooms, new_page, "calm", ask={"middle": True})
    expect(page.get_by_text("This is what will happen. It is the same each time.")).to_be_visible()
    assert page.locator("ol li").all_inner_texts() == [
        "Two questions.",
        "You pick the first song.",
        "3 songs, about 8 minutes.",
        "Two questions.",
        "The end.",
    ]
    expect(page.get_by_text("I may ask once if the music is OK.")).to_be_visible()
    press(page, "Start")
    assert page.locator("input[type=range]").first.get_attribute("aria-labelledby") == "line-valence"
    answer_lines(page)
    press(page, "You choose for me")
    press(page, "Play")
    expect(page.get_by_text("Then 2 more songs")).to_be_visible()
    assert page.locator("ol.rest li").all_inner_texts() == ["Grey Morning", "Kettle Song"]
    assert page.locator("#screen button").all_inner_texts() == ["Different song"]


@pytest.mark.parametrize("preset", ["calm", "simple", "one_switch"])
def test_nothing_moves(rooms, new_page, preset):
    page, _ = open_room(rooms, new_page, preset)
    for screen in ("hello", "before", "first", "ready", "playing", "stopped", "after", "goodbye"):
        page.evaluate(f"mode = '{'song' if screen == 'playing' else ''}'; go('{screen}')")
        expect(page.locator(f"main.{screen} h1")).to_be_visible()
        moving = page.evaluate(
            """() => [...document.querySelectorAll("*")].filter((one) => {
                const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(one);
                return animationName !== "none" || transitionDuration !== "0s" || scrollBehavior !== "auto";
            }).map((one) => one.outerHTML.slice(0, 80))"""
        )
        assert moving == []
        assert page.evaluate("document.getAnimations().length") == 0


def test_a_whole_session_by_keyboard_alone(rooms, new_page):
    page, started = open_room(rooms, new_page, "standard")

    def tab_to(name):
        expect(page.get_by_role("button", name=name, exact=True).first).to_be_visible()
        for _ in range(40):
            focused = page.evaluate(
                "(document.activeElement.getAttribute('aria-label') || document.activeElement.textContent).trim()"
            )
            if focused == name:
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{name} is not reached by Tab")

    def enter(name):
        tab_to(name)
        page.keyboard.press("Enter")

    enter("Start")
    for _ in range(2):
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.type") == "range":
                break
        page.keyboard.press("ArrowLeft")
    enter("This is right")
    # Whether the list still fits is known when the server has answered.
    expect(
        page.get_by_role(
            "heading", name=re.compile("You feel different from what this music was chosen for|Which song first")
        )
    ).to_be_visible()
    if page.locator("main.moved").count():
        enter("No, keep it")
    enter("You choose for me")
    enter("Play")
    wait_until_heard(page)
    expect(page.locator("#stop")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", name="The music has stopped")).to_be_visible()
    enter("Finish")
    expect(page.get_by_role("heading", name="How do you feel now?")).to_be_visible()
    enter("Skip")
    enter("Skip")
    enter("Close")
    page.wait_for_url("**/room/closed")
    assert Counter(rooms.events(started.session_id))["ended"] == 1
