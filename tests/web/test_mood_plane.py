"""What the map says, and what it takes from the browser."""

from __future__ import annotations

import pytest

from recommender import MOOD_PLACES, Mood
from web.components.mood_plane import MOST_POINTS, PathSong, places, read_chosen, say_place, texts


def test_the_sixteen_places_are_all_there_those_of_one_quadrant_together():
    listed = places()
    assert sorted(place["name"] for place in listed) == sorted(MOOD_PLACES)
    quadrants = [place["quadrant"] for place in listed]
    assert quadrants == sorted(quadrants, key=["bad_high", "good_high", "bad_low", "good_low"].index)


def test_a_place_that_holds_two_words_keeps_which_was_chosen():
    valence, arousal = MOOD_PLACES["angry or scared"]
    chosen = read_chosen({"which": "present", "valence": valence, "arousal": arousal, "word": "scared"})
    assert chosen.placed.word == "scared"
    assert chosen.placed.mood == Mood(valence, arousal)


@pytest.mark.parametrize("name", list(MOOD_PLACES))
def test_a_place_goes_by_its_own_word(name):
    assert say_place(MOOD_PLACES[name]) == name


def test_the_centre_is_in_the_middle():
    assert say_place(Mood(0.02, -0.01)) == "in the middle"


def test_they_will_say_and_stay_with_this_set_no_point():
    assert read_chosen({"which": "present", "unsaid": True}).placed is None
    assert read_chosen({"which": "target", "stay": True}).placed is None


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"which": "other", "valence": 0, "arousal": 0},
        {"which": "present"},
        {"which": "present", "valence": 3, "arousal": 0},
        {"which": "present", "valence": "nan", "arousal": 0},
        {"which": "present", "valence": "far", "arousal": 0},
    ],
)
def test_what_is_no_choice_is_refused(value):
    with pytest.raises(ValueError, match="the map sent"):
        read_chosen(value)


def test_the_points_of_a_drawn_route_are_taken_in_their_order():
    chosen = read_chosen({"which": "through", "points": [[0.5, -0.25], [-1, 1]]})
    assert chosen.through == (Mood(0.5, -0.25), Mood(-1.0, 1.0))
    assert read_chosen({"which": "through", "points": []}).through == ()


@pytest.mark.parametrize("points", [None, "x", [[0]], [[0, 3]], [["a", 0]], [[None, 0]], [[0, 0]] * (MOST_POINTS + 1)])
def test_a_route_that_is_none_is_refused(points):
    with pytest.raises(ValueError, match="the map sent"):
        read_chosen({"which": "through", "points": points})


def test_sentences_that_the_browser_fills_in_keep_their_places():
    said = texts()
    assert "{n}" in said["through_n"]
    assert "{place}" in said["through_own"]
    assert {"{word}", "{feeling}", "{energy}"} <= set(said["says"].replace(":", " ").replace(",", " ").split())


def test_a_word_that_is_none_of_ours_is_not_kept():
    chosen = read_chosen({"which": "target", "valence": 0.1, "arousal": 0.1, "word": "<b>"})
    assert chosen.placed.word is None


def test_the_outline_of_a_song_holds_four_in_five():
    spread = PathSong(Mood(0, 0), 0.2, 0.1).as_data()["spread"]
    assert spread == pytest.approx([0.256, 0.128], abs=0.001)
