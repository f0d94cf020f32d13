"""Comfort listening, in the room: tension and pain are asked on lines of their own, before and after."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from practice.strands import questions_of
from tests.browser.rooms import make_rooms, press, wait_until_heard, wait_until_silent

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    rooms = make_rooms(tmp_path_factory.mktemp("clinic") / "home", seconds=30)
    yield rooms
    rooms.kill()


def test_tension_and_pain_are_asked_before_and_after_and_the_middle_is_never_taken_for_an_answer(rooms, new_page):
    client_id = rooms.clinic.new_client(sounds_hurt="no", seizures="no")
    started = rooms.clinic.start(client_id=client_id, ask=questions_of("ease"))
    page = new_page(viewport={"width": 820, "height": 1400})
    rooms.enter(page, started)
    press(page, "Start")
    expect(page.get_by_text("How much pain do you have?")).to_be_visible()
    assert page.get_by_role("slider").count() == 4
    for slider in page.get_by_role("slider").all()[:3]:
        slider.press("Home")
    press(page, "This is right")
    expect(page.get_by_text("You left the pain line in the middle. Is the middle right?")).to_be_visible()
    press(page, "Change it")
    page.get_by_role("slider").last.press("Home")
    press(page, "This is right")
    press(page, "You choose for me")
    press(page, "Play")
    wait_until_heard(page)
    press(page, "Stop")
    wait_until_silent(page)
    press(page, "Finish")
    expect(page.get_by_role("heading", name="How do you feel now?")).to_be_visible()
    for slider in page.get_by_role("slider").all():
        assert slider.get_attribute("aria-valuetext") == "not answered yet"
        slider.press("End")
    press(page, "This is right")
    expect(page.get_by_role("heading", name="Anything to say about the music?")).to_be_visible()
    press(page, "Skip")
    press(page, "Close")
    page.wait_for_url("**/room/closed")
    (session,) = rooms.clinic.record.sessions(rooms.clinic.actor, client_id)
    pain = {answer.phase: answer.number for answer in session.answers if answer.item == "pain"}
    assert pain == {"before": 0.0, "after": 1.0}
