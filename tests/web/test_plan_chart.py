"""What the list takes from the browser."""

from __future__ import annotations

import pytest

from web.components.plan_chart import SongRow, read_acted


def row(n: int) -> SongRow:
    return SongRow(f"t{n}", n, "Title", "Artist", "3:00", "why", (), (0.0, 0.0), (0.1, 0.1), "says")


def test_a_press_on_a_row_names_the_song_and_its_place():
    acted = read_acted({"action": "up", "position": 1, "track_id": "t2"}, [row(1), row(2)])
    assert (acted.action, acted.position, acted.track_id) == ("up", 1, "t2")


@pytest.mark.parametrize("action", ["like", "open", "take"])
def test_a_song_that_is_offered_can_be_opened_or_taken(action):
    assert read_acted({"action": action, "position": 0, "track_id": "t1"}, [row(1)]).action == action


@pytest.mark.parametrize(
    "value",
    [
        None,
        {"action": "erase", "position": 0, "track_id": "t1"},
        {"action": "up", "position": 1, "track_id": "t1"},
        {"action": "up", "position": 0, "track_id": "somebody else's"},
    ],
)
def test_a_press_that_no_row_offers_is_refused(value):
    with pytest.raises(ValueError, match="the list sent"):
        read_acted(value, [row(1), row(2)])
