"""Words for moods: every word has one place, and what is no mood is refused with help."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import UnknownMoodError
from recommender.mood import Mood
from recommender.mood_words import MOOD_PLACES, MOOD_WORDS, find_mood, place_of, with_changes

UNIT = st.floats(-1, 1, allow_subnormal=False)


def test_the_map_has_sixteen_places_on_a_grid_of_four_by_four():
    assert len(MOOD_PLACES) == 16
    assert {mood.valence for mood in MOOD_PLACES.values()} == {-0.75, -0.25, 0.25, 0.75}
    assert len(set(MOOD_PLACES.values())) == 16


def test_about_forty_words_lie_on_the_plane_and_say_where_they_come_from():
    assert 38 <= len(MOOD_WORDS) <= 50
    for word in MOOD_WORDS.values():
        assert -1 <= word.mood.valence <= 1
        assert -1 <= word.mood.arousal <= 1
        assert 0 < word.spread < 0.5
        assert word.source


def test_a_word_laid_between_places_is_their_mean():
    assert MOOD_WORDS["peaceful"].mood == Mood(0.75, -0.5)
    assert MOOD_WORDS["cheerful"].mood == Mood(0.5, 0.5)


@pytest.mark.parametrize(
    ("text", "quadrant"),
    [
        ("Sad", "bad_low"),
        (" calm ", "good_low"),
        ("ANGRY", "bad_high"),
        ("joyful", "good_high"),
        ("on-edge", "bad_high"),
    ],
)
def test_a_word_is_found_however_it_is_written(text, quadrant):
    assert find_mood(text).quadrant == quadrant


def test_angry_and_scared_share_one_place():
    assert find_mood("angry") == find_mood("scared") == MOOD_PLACES["angry or scared"]


@given(valence=UNIT, arousal=UNIT)
def test_two_numbers_are_the_point_they_name(valence, arousal):
    assert find_mood(f"{valence!r}, {arousal!r}") == Mood(valence, arousal)


@pytest.mark.parametrize("text", ["", "blorp", "1.2,0", "nan,0", "0,inf", "0.1", "0.1,0.2,0.3", "a,b"])
def test_what_is_no_mood_is_refused(text):
    with pytest.raises(UnknownMoodError, match=r"not a mood|off the plane"):
        find_mood(text)


def test_a_slip_of_the_pen_is_answered_with_the_nearest_word():
    with pytest.raises(UnknownMoodError, match=r"Did you mean .*relaxed"):
        find_mood("relaxd")


def test_a_clinician_may_move_a_word_and_add_one_without_touching_the_shipped_table():
    words = with_changes({"Calm": Mood(0.6, -0.6), "sparkly": Mood(0.5, 0.8)})
    assert find_mood("calm", words) == Mood(0.6, -0.6)
    assert words["sparkly"].source == "set by the clinician"
    assert find_mood("calm") == MOOD_PLACES["calm"]
    with pytest.raises(UnknownMoodError, match="off the plane"):
        with_changes({"mad": Mood(-2, 0)})


def test_every_place_is_its_own_nearest_word_and_the_centre_has_none():
    assert all(place_of(mood) == name for name, mood in MOOD_PLACES.items())
    assert place_of(Mood(0.05, -0.1)) == "in the middle"
