"""A group of five on five devices: one leaves, one is offline, and nobody learns another's answer."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, expect

from practice.group_seats import SeatTurn, SeatWish
from recommender.mood import Estimate, Mood
from recommender.playlist import PlannedTrack, PlanRequest, Playlist, Pool
from tests.browser.rooms import make_rooms, press, wait_for, wait_until_heard, wait_until_silent
from tests.web.listening import Song

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

BOUNCE_MS = 400
ANSWERS = ((0.07, 0.13), (0.23, 0.91), (0.37, 0.61), (0.83, 0.43), (0.97, 0.29))
"""Feeling and energy of each, in hundredths that appear nowhere else by chance in pairs."""


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    rooms = make_rooms(tmp_path_factory.mktemp("clinic") / "home", seconds=5, lengths={"t1": 120, "t2": 120})
    yield rooms
    rooms.kill()


LISTEN = """() => {
    const got = (window.attuneGot = []);
    window.attuneSent = [];
    const ask = window.fetch.bind(window);
    window.fetch = async (address, options) => {
        window.attuneSent.push(String(options?.body ?? ""));
        const answer = await ask(address, options);
        if (!String(address).includes("/audio/")) got.push(await answer.clone().text());
        return answer;
    };
}"""


@dataclass
class Device:
    """A device, and everything that it received and sent."""

    page: Page
    received: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.add_init_script(f"({LISTEN})()")

    def collect(self) -> None:
        """Read what came since the page was loaded: the page itself with its data, and every answer of the server."""
        self.received += [self.page.content(), *self.page.evaluate("() => window.attuneGot")]
        self.sent += self.page.evaluate("() => window.attuneSent")


def a_list(rooms) -> tuple[Playlist, list[Song]]:
    songs = [Song(i, *rooms.clinic.titles[i], duration_s=160.0) for i in rooms.clinic.titles]
    planned = tuple(
        PlannedTrack(i, 160.0 * n, 160.0, Mood(0, 0), Estimate(Mood(0, 0), 0.3, 0.3))
        for n, i in enumerate(("t1", "t2"))
    )
    request = PlanRequest(Mood(-0.2, 0.1), Mood(0.75, -0.25), minutes=12)
    return Playlist(request, planned, 320.0, None, pool=Pool((), (("a1",), ("a2",)), (), ())), songs


def start(rooms, *, how, clients=5, guests=0):
    seats = [SeatWish(rooms.clinic.new_client(sounds_hurt="no", seizures="no"), ("t2",)) for _ in range(clients)]
    seats += [SeatWish()] * guests
    playlist, songs = a_list(rooms)
    return rooms.clinic.record.start_group(
        rooms.clinic.actor, seats, playlist, songs, how=how, model_id="test", prompts=True
    )


TURNS = (SeatTurn(3, "t2", 1),)


def make_list(rooms, started, turns=TURNS):
    playlist, songs = a_list(rooms)
    rooms.clinic.record.make_group_list(rooms.clinic.actor, started.id, playlist, songs, turns, model_id="test")
    return rooms.clinic.record.host_room(rooms.clinic.actor, started.id)


def answer(page: Page, feeling: float, energy: float) -> None:
    """Set both lines exactly, by keys, whichever stands first."""
    for slider in page.get_by_role("slider").all():
        name = slider.get_attribute("aria-labelledby")
        wanted = round(100 * (feeling if name == "line-valence" else energy))
        slider.press("Home")
        for _ in range(wanted):
            slider.press("ArrowRight")
    press(page, "This is right")


def seats_of(rooms, started):
    return rooms.clinic.record.group_session(rooms.clinic.actor, started.id).seats


def test_five_devices_one_session_one_leaves_one_is_offline_and_no_answer_reaches_another(rooms, new_page):
    started = start(rooms, how="own")
    devices = []
    for seat in started.seats:
        page = new_page(viewport={"width": 390, "height": 844})
        device = Device(page)
        devices.append(device)
        page.goto(f"{rooms.url}/room/enter/{seat.link_token}")
        page.get_by_label("The 6 numbers").fill(seat.pin)
        press(page, "Open")
        expect(page.get_by_text(f"You are {seat.colour}", exact=True)).to_be_visible()
    # One device loses the network before its answer can leave.
    devices[2].page.context.set_offline(True)
    for device, (feeling, energy) in zip(devices, ANSWERS, strict=True):
        press(device.page, "Start")
        answer(device.page, feeling, energy)
        expect(device.page.get_by_text("Please wait. We begin together.")).to_be_visible()

    def answered() -> list[bool]:
        return [seat.has_answered for seat in seats_of(rooms, started)]

    wait_for(lambda: answered() == [True, True, False, True, True], message="answers did not arrive")
    host_token = make_list(rooms, started)
    screen = Device(new_page(viewport={"width": 1280, "height": 800}))
    screen.page.goto(f"{rooms.url}/room/enter/{host_token}")
    press(screen.page, "Play")
    wait_until_heard(screen.page)
    for number in (0, 1, 3, 4):
        expect(devices[number].page.get_by_role("heading", name="Listening together")).to_be_visible()
        expect(devices[number].page.get_by_text("The Long Way Down to the Harbour")).to_be_visible()
    expect(devices[3].page.get_by_text("Your song is number 2.")).to_be_visible()
    expect(devices[4].page.get_by_text("Your song is number")).to_have_count(0)
    # One leaves; the others' screens stay as they are.
    before = [devices[number].page.locator("main").inner_text() for number in (1, 3, 4)]
    devices[0].collect()
    press(devices[0].page, "Leave quietly")
    press(devices[0].page, "Yes, leave")
    devices[0].page.wait_for_url("**/room/closed")
    wait_for(lambda: seats_of(rooms, started)[0].left_at is not None, message="leaving did not arrive")
    press(screen.page, "Pass to the next song")
    expect(screen.page.get_by_text("Song 2 of 2")).to_be_visible()
    expect(screen.page.get_by_text(f"{started.seats[3].colour} brought this song")).to_be_visible()
    for number, text in zip((1, 3, 4), before, strict=True):
        now = devices[number].page.locator("main").inner_text()
        assert started.seats[0].colour not in now.replace(text, "")
    # The one that was offline comes back: its answer arrives once, and the group has gone on without it.
    devices[2].page.context.set_offline(False)
    wait_for(lambda: answered()[2], message="the answer that waited did not arrive")
    expect(devices[2].page.get_by_text("Grey Morning")).to_be_visible()
    press(screen.page, "Stop")
    wait_until_silent(screen.page)
    press(screen.page, "Finish")
    expect(screen.page.get_by_text("What stood out?")).to_be_visible()
    for number in (1, 2, 3, 4):
        page = devices[number].page
        page.get_by_role("button", name="How I feel now").click()
        press(page, "I am not sure")
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    for device in (*devices[1:], screen):
        device.collect()
    press(screen.page, "Finish")
    press(screen.page, "Close")
    screen.page.wait_for_url("**/room/closed")
    wait_for(
        lambda: rooms.clinic.record.group_session(rooms.clinic.actor, started.id).phase == "over",
        message="the session did not end",
    )
    assert_nobody_learned_anything(rooms, started, devices, screen)


def assert_nobody_learned_anything(rooms, started, devices, screen) -> None:
    """No rating of one in what another received, on any screen or in any export."""
    said = [json.dumps({"valence": feeling, "arousal": energy}, separators=(",", ":")) for feeling, energy in ANSWERS]
    for number, device in enumerate(devices):
        own = [body for body in device.sent if '"check_in"' in body]
        assert own, "its answer left this device"
        received = "\n".join(device.received)
        for other, (feeling, energy) in enumerate(ANSWERS):
            if other == number:
                continue
            assert said[other] not in received
            for figure in (feeling, energy, 2 * feeling - 1, 2 * energy - 1):
                assert not re.search(rf"[:\[,\s]-?{abs(figure):.2f}\d*[,\]}}\s]", received), (number, other, figure)
            assert started.seats[other].code not in received
    common = "\n".join(screen.received)
    for feeling, energy in ANSWERS:
        assert f"{feeling}" not in common
        assert f"{energy}" not in common
    assert not any(seat.code in common for seat in started.seats)
    record, actor = rooms.clinic.record, rooms.clinic.actor
    for number, seat in enumerate(seats_of(rooms, started)):
        before = {
            one.item: one.number for one in record.session(actor, seat.session_id).answers if one.phase == "before"
        }
        assert before == {"valence": ANSWERS[number][0], "arousal": ANSWERS[number][1]}
        exported = "\n".join(record.export_client(actor, seat.client_id).files.values())
        for other, (feeling, energy) in enumerate(ANSWERS):
            assert (f'"number": {feeling}' in exported) == (other == number)
            assert (f'"number": {energy}' in exported) == (other == number)


def test_one_tablet_goes_round_and_shows_nobody_what_another_said(rooms, new_page):
    started = start(rooms, how="passed", clients=2, guests=1)
    page = new_page(viewport={"width": 820, "height": 1100})
    page.goto(f"{rooms.url}/room/enter/{rooms.clinic.record.host_room(rooms.clinic.actor, started.id)}")
    colours = [seat.colour for seat in started.seats]
    for number in (1, 0):
        press(page, colours[number])
        expect(page.get_by_role("heading", name=f"This is for {colours[number]}")).to_be_visible()
        press(page, "Start")
        for slider in page.get_by_role("slider").all():
            assert slider.get_attribute("aria-valuetext") == "not answered yet"
            assert slider.input_value() == "50"
        answer(page, *ANSWERS[number])
        expect(page.get_by_role("button", name=colours[number], exact=True)).to_have_count(0)
        page.reload()  # nothing of it stays on the device for the next one
        kept = page.evaluate("() => JSON.stringify(window.attunePlayer.place)")
        assert str(ANSWERS[number][0]) not in kept
    press(page, colours[2])
    press(page, "I pass")
    expect(page.get_by_text("Please give this screen to your therapist.")).to_be_visible()
    wait_for(
        lambda: [seat.has_answered for seat in seats_of(rooms, started)] == [True, True, False],
        message="answers did not arrive",
    )
    placed = [seat.present for seat in seats_of(rooms, started)]
    for number in (0, 1):
        assert placed[number] == pytest.approx(tuple(2 * one - 1 for one in ANSWERS[number]))
    # The list is made: the same screen now plays, and at the end nothing of the guest is left.
    page.goto(f"{rooms.url}/room/enter/{make_list(rooms, started, ())}")
    press(page, "Play")
    wait_until_heard(page)
    page.keyboard.press("Escape")
    wait_until_silent(page)
    press(page, "Pass to the next song")
    expect(page.get_by_text("Song 2 of 2")).to_be_visible()
    press(page, "Stop")
    press(page, "Finish")
    press(page, "Pass the tablet round")
    press(page, "That is everyone")
    press(page, "Close")
    page.wait_for_url("**/room/closed")
    wait_for(lambda: len(seats_of(rooms, started)) == 2, message="the guest was not erased")


def test_on_a_tablet_that_goes_round_one_switch_answers_for_who_has_one_and_nobody_else(rooms, new_page):
    record, actor = rooms.clinic.record, rooms.clinic.actor
    client_id = rooms.clinic.new_client(preset="one_switch", sounds_hurt="no", seizures="no")
    playlist, songs = a_list(rooms)
    started = record.start_group(
        actor, [SeatWish(client_id), SeatWish()], playlist, songs, how="passed", model_id="test"
    )
    colours = [seat.colour for seat in started.seats]
    page = new_page(viewport={"width": 820, "height": 1100}, reduced_motion="reduce")
    page.goto(f"{rooms.url}/room/enter/{record.host_room(actor, started.id)}")
    framed = page.locator(".framed")
    assert framed.count() == 0
    press(page, colours[0])
    expect(framed).to_have_text("Start")
    page.keyboard.press("x")
    expect(page.get_by_role("heading", name="How do you feel?")).to_be_visible()
    expect(framed).to_have_text("Very good")
    page.wait_for_timeout(BOUNCE_MS)  # a press that trembles is one
    page.mouse.click(5, 5)
    expect(page.get_by_role("heading", name="How much energy?")).to_be_visible()
    page.wait_for_timeout(BOUNCE_MS)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Whose turn is it?")).to_be_visible()
    assert framed.count() == 0
    wait_for(lambda: seats_of(rooms, started)[0].has_answered, message="the answer did not arrive")
    said = {one.item: one.choice for one in record.session(actor, started.seats[0].session_id).answers}
    assert said == {"feeling": "very_good", "energy": "very_awake"}
    page.wait_for_timeout(BOUNCE_MS)
    page.mouse.click(5, 5)  # beside everything: for the next one a press is only a press
    expect(page.get_by_role("heading", name="Whose turn is it?")).to_be_visible()
    press(page, colours[1])
    press(page, "Start")
    expect(page.get_by_role("slider").first).to_be_visible()


def test_a_group_that_nobody_asks_plays_at_once(rooms, new_page):
    started = start(rooms, how="none", clients=0, guests=3)
    page = new_page(viewport={"width": 820, "height": 1100})
    page.goto(f"{rooms.url}/room/enter/{make_list(rooms, started, ())}")
    expect(page.get_by_text(f"{started.seats[1].colour} leads next time")).to_be_visible()
    press(page, "Play")
    wait_until_heard(page)
    press(page, "Stop")
    wait_until_silent(page)
    press(page, "Finish")
    press(page, "Finish")
    press(page, "Close")
    page.wait_for_url("**/room/closed")
