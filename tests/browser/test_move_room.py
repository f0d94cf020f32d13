"""Music to move to, in the room: four clicks, rests that wait for a press, and Stop at any time."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from practice.movement import Movement, Rest
from recommender.mood import Estimate, Mood
from recommender.playlist import PlannedTrack, PlanRequest, Playlist, Pool
from tests.browser.rooms import make_rooms, press, wait_for, wait_until_heard, wait_until_silent, watch_screens
from tests.web.listening import KNOWN, Song

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    rooms = make_rooms(tmp_path_factory.mktemp("clinic") / "home", seconds=4, lengths={"t2": 30})
    yield rooms
    rooms.kill()


def start(rooms, movement):
    """A session to move to, on the tones t1 and t2."""
    record, actor = rooms.clinic.record, rooms.clinic.actor
    client_id = rooms.clinic.new_client(sounds_hurt="no", seizures="no")
    songs = [Song(i, *rooms.clinic.titles[i], duration_s=160.0) for i in rooms.clinic.titles]
    planned = tuple(
        PlannedTrack(i, 160.0 * n, 160.0, Mood(0, 0), Estimate(Mood(0, 0), 0.3, 0.3))
        for n, i in enumerate(("t1", "t2"))
    )
    request = PlanRequest(Mood(0, 0), Mood(0, 0), minutes=5, route="stay")
    playlist = Playlist(request, planned, 320.0, None, pool=Pool((), ((), ()), KNOWN, ()))
    plan = record.draft_movement(actor, client_id, playlist, songs, movement, supervised=True, model_id="test")
    record.approve(actor, plan.id, present=True)
    return record.start_session(actor, plan.id, with_client=True)


def mode(page):
    return page.evaluate("() => window.attunePlayer.mode")


def to_ready(page, rooms, started):
    rooms.enter(page, started)
    press(page, "Start")
    press(page, "I am not sure")
    expect(page.get_by_role("heading", name="Ready")).to_be_visible()


def test_clicks_come_first_then_the_song_then_a_rest_that_waits(rooms, new_page):
    started = start(rooms, Movement("walking", 120.0, rests=(Rest(1, 1.0),)))
    page = new_page(viewport={"width": 820, "height": 1100})
    to_ready(page, rooms, started)
    expect(page.get_by_text("You will hear four clicks, 120 a minute.")).to_be_visible()
    expect(page.get_by_text("Press Stop if you feel unsteady.")).to_be_visible()
    watch_screens(page)
    press(page, "Play")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    wait_for(lambda: mode(page) == "song", message="the music does not follow the clicks")
    assert page.evaluate("seen").index("counting") < page.evaluate("seen").index("playing")
    expect(page.get_by_role("heading", name="Rest now")).to_be_visible()
    wait_until_silent(page)
    page.wait_for_timeout(1500)  # nothing may begin by itself
    assert mode(page) == ""
    page.reload()
    expect(page.get_by_role("heading", name="Rest now")).to_be_visible()
    press(page, "Go on")
    wait_for(lambda: mode(page) == "song", message="the music does not go on")
    expect(page.get_by_text("Song 2 of 2")).to_be_visible()
    wait_until_heard(page)
    press(page, "Stop")
    wait_until_silent(page)

    def is_told() -> bool:
        kinds = rooms.events(started.session_id)
        return (kinds.count("count_in"), kinds.count("rest")) == (2, 1)

    wait_for(is_told, message="clicks and rest are not told")


def test_stop_ends_the_clicks_and_no_music_follows(rooms, new_page):
    started = start(rooms, Movement("walking", 40.0))
    page = new_page(viewport={"width": 820, "height": 1100})
    to_ready(page, rooms, started)
    press(page, "Play")
    wait_until_heard(page)
    assert mode(page) == "count"
    page.keyboard.press("Escape")
    wait_until_silent(page)
    expect(page.get_by_role("heading", name="The music has stopped")).to_be_visible()
    page.wait_for_timeout(7000)  # longer than what was left of four clicks at 40 a minute
    assert mode(page) == ""
    assert "song_started" not in rooms.events(started.session_id)


def test_a_room_without_movement_loads_nothing_of_it(rooms, new_page):
    page = new_page(viewport={"width": 820, "height": 1100})
    scripts = []
    page.on("request", lambda request: scripts.append(request.url) if ".js" in request.url else None)
    rooms.enter(page, rooms.clinic.start())
    expect(page.get_by_role("slider").first).to_be_visible()
    assert [re.search(r"/room/script/([\w-]+)\.js", url)[1] for url in scripts if "/script/" in url] == [
        "lines-standard"
    ]
