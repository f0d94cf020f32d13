"""A scale that the clinic brought, asked in the room: one question a screen, in its own words and numbers."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.rooms import make_rooms, press, wait_for, wait_until_heard, wait_until_silent

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
SCALE = """\
id: stars
version: 1
title: Stars
kind: slider
source: Made for a test.
licence: Own wording.
by: client
items:
  - {id: joy, question: "How much joy?", question_after: "How much joy now?", low_anchor: Nothing, high_anchor: Lots,
     minimum: 0, maximum: 10, step: 1}
  - {id: rest, question: "How rested?", low_anchor: Tired, high_anchor: Rested, minimum: 1, maximum: 5, step: 0.5}
  - {id: liked, question: "Did you like it?", low_anchor: "No", high_anchor: "Yes", minimum: 0, maximum: 1,
     after_only: true}
"""
WORDS = """\
id: weather
version: 1
title: Weather
kind: choice
source: Made for a test.
licence: Own wording.
by: client
items:
  - id: sky
    question: Which weather is it in you?
    choices: [{id: sun, label: "Sun <b>shines</b>", step: 2}, {id: rain, label: Rain, step: 1}]
"""


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    rooms = make_rooms(tmp_path_factory.mktemp("clinic") / "home", seconds=30)
    try:
        for text in (SCALE, WORDS):
            rooms.clinic.record.bring_scale(rooms.clinic.actor, text)
        yield rooms
    finally:
        rooms.kill()


def answers(rooms, client_id):
    (session,) = rooms.clinic.record.sessions(rooms.clinic.actor, client_id)
    return session.answers


def hear_some(page) -> None:
    press(page, "You choose for me")
    press(page, "Play")
    wait_until_heard(page)
    press(page, "Stop")
    wait_until_silent(page)
    press(page, "Finish")


def test_lines_of_the_clinics_own_are_asked_and_kept_on_their_own_numbers(rooms, new_page):
    client_id = rooms.clinic.new_client(sounds_hurt="no", seizures="no")
    started = rooms.clinic.start(client_id=client_id, scale="stars")
    page = new_page()
    rooms.enter(page, started)
    press(page, "Start")
    expect(page.get_by_role("heading", name="How much joy?")).to_be_visible()
    slider = page.get_by_role("slider")
    assert slider.get_attribute("aria-valuetext") == "not answered yet"
    slider.press("End")
    slider.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == "9"
    press(page, "This is right")
    expect(page.get_by_role("heading", name="How rested?")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="How rested?")).to_be_visible()
    press(page, "This is right")  # not touched: asked, and never taken for an answer
    expect(page.get_by_text("You left the line as it was. Is it right there?")).to_be_visible()
    press(page, "Change it")
    press(page, "This is right")
    press(page, "Yes, it is right")
    hear_some(page)
    expect(page.get_by_role("heading", name="How much joy now?")).to_be_visible()
    page.get_by_role("slider").press("Home")
    press(page, "This is right")
    press(page, "I am not sure")
    expect(page.get_by_role("heading", name="Did you like it?")).to_be_visible()
    page.get_by_role("slider").press("End")
    press(page, "This is right")
    expect(page.get_by_role("heading", name="Anything to say about the music?")).to_be_visible()
    press(page, "Skip")
    press(page, "What is kept about me")
    press(page, "Show my answers and songs")
    expect(page.get_by_text("joy: 9")).to_be_visible()
    wait_for(lambda: len(answers(rooms, client_id)) == 5, message="the answers do not arrive")
    assert {(a.phase, a.item, a.number, a.missing) for a in answers(rooms, client_id)} == {
        ("before", "joy", 9.0, None),
        ("before", "rest", 3.0, None),
        ("after", "joy", 0.0, None),
        ("after", "rest", None, "not_sure"),
        ("after", "liked", 1.0, None),
    }


@pytest.mark.parametrize("preset", ["simple", "calm"])
def test_own_words_are_asked_in_every_preset_and_are_text(rooms, new_page, preset):
    client_id = rooms.clinic.new_client(sounds_hurt="no", seizures="no")
    started = rooms.clinic.start(client_id=client_id, scale="weather", preset=preset)
    page = new_page()
    rooms.enter(page, started)
    press(page, "Start")
    expect(page.get_by_role("heading", name="Which weather is it in you?")).to_be_visible()
    press(page, "Sun <b>shines</b>")
    expect(page.get_by_role("heading", name="Which weather is it in you?")).to_have_count(0)
    wait_for(lambda: bool(answers(rooms, client_id)), message="the answer does not arrive")
    assert [(a.item, a.choice) for a in answers(rooms, client_id)] == [("sky", "sun")]
