"""Talk and live playing between the songs, in the room: the song before ends, and nothing plays until a press."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from recommender.mood import Estimate, Mood
from recommender.playlist import PlannedSlot, PlannedTrack, PlanRequest, Playlist, Pool
from tests.browser.rooms import make_rooms, press, wait_for, wait_until_heard, wait_until_silent
from tests.web.listening import KNOWN, Song

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    rooms = make_rooms(tmp_path_factory.mktemp("clinic") / "home", seconds=4)
    yield rooms
    rooms.kill()


def start(rooms, *slots):
    """A session on the tones t1 and t2, with these between them."""
    record, actor = rooms.clinic.record, rooms.clinic.actor
    client_id = rooms.clinic.new_client(sounds_hurt="no", seizures="no")
    songs = [Song(i, *rooms.clinic.titles[i], duration_s=160.0) for i in rooms.clinic.titles]
    planned = tuple(
        PlannedTrack(i, 160.0 * n, 160.0, Mood(0, 0), Estimate(Mood(0, 0), 0.3, 0.3))
        for n, i in enumerate(("t1", "t2"))
    )
    request = PlanRequest(Mood(0, 0), Mood(0, 0), minutes=12, route="stay")
    playlist = Playlist(request, planned, 680.0, None, pool=Pool((), ((), ()), KNOWN, ()), slots=slots)
    plan = record.draft_plan(actor, client_id, playlist, songs, model_id="test")
    record.approve(actor, plan.id, present=True)
    return record.start_session(actor, plan.id, with_client=True)


def test_talk_then_live_playing_wait_for_a_press_each_and_then_the_music_goes_on(rooms, new_page):
    started = start(rooms, PlannedSlot(1, "talk", 160.0, 180.0), PlannedSlot(1, "live", 340.0, 300.0))
    page = new_page(viewport={"width": 820, "height": 1100})
    rooms.enter(page, started)
    press(page, "Start")
    press(page, "I am not sure")
    press(page, "Play")
    wait_until_heard(page)
    expect(page.get_by_role("heading", name="We talk now")).to_be_visible(timeout=20_000)
    wait_until_silent(page)
    page.reload()
    expect(page.get_by_role("heading", name="We talk now")).to_be_visible()
    press(page, "Go on")
    expect(page.get_by_role("heading", name="We play now")).to_be_visible()
    page.wait_for_timeout(1500)  # nothing may begin by itself
    assert page.evaluate("() => window.attunePlayer.mode") == ""
    press(page, "Go on")
    expect(page.get_by_text("Song 2 of 2")).to_be_visible()
    wait_until_heard(page)
    wait_for(lambda: rooms.events(started.session_id).count("slot") == 2, seconds=20, message="they are not told")


def test_a_quiet_moment_after_the_last_song_leads_to_what_comes_after_the_music(rooms, new_page):
    started = start(rooms, PlannedSlot(2, "silence", 320.0, 60.0))
    page = new_page(viewport={"width": 820, "height": 1100})
    rooms.enter(page, started)
    press(page, "Start")
    press(page, "I am not sure")
    press(page, "Play")
    expect(page.get_by_text("Song 2 of 2")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("heading", name="A quiet moment")).to_be_visible(timeout=20_000)
    press(page, "Go on")
    expect(page.get_by_role("heading", name="Anything to say about the music?")).to_be_visible()
