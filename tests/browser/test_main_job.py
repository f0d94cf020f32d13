"""The main job, as a stranger does it: from the printed link to music that one can hear and stop."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import running_server
from tests.browser.main_job import make_account, play_for_oneself
from tests.browser.rooms import silence_after, wait_for, wait_until_heard

pytestmark = [pytest.mark.browser, pytest.mark.timeout(500), pytest.mark.xdist_group("main_job")]

MAX_PRESSES = 9


def test_a_stranger_hears_a_playlist_from_sad_to_calm_and_stops_it(tmp_path, new_page):
    """How many seconds it takes, 90 at most, is measured in benchmarks/room.py."""
    with running_server(tmp_path / "home", "--demo") as server:
        page = new_page()
        make_account(page, server.link)
        assert play_for_oneself(page) <= MAX_PRESSES
        wait_until_heard(page)
        first = page.evaluate("attunePlayer.sound.at")
        wait_for(lambda: page.evaluate("attunePlayer.sound.at") > first, message="the song does not move on")
        stop = page.get_by_role("button", name="Stop", exact=True)
        assert silence_after(page, stop.click) <= 1000
        expect(page.get_by_role("heading", name="The music has stopped")).to_be_visible()
