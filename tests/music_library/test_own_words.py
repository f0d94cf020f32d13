"""Mood words of a clinic's own: they hold in plans, in search and in the neutral zone, and can be taken back."""

from __future__ import annotations

import pytest

from music_library import own_words
from music_library.catalogue import Catalogue
from music_library.errors import BadStatementError
from recommender import MOOD_WORDS, Mood, find_mood, place_of
from recommender.errors import UnknownMoodError
from tests.web.homes import fill

ME = "account-1"


@pytest.fixture
def catalogue(tmp_path):
    opened = Catalogue.open(tmp_path / "catalogue.db")
    yield opened
    opened.close()


def test_without_changes_the_usual_words_hold(catalogue):
    assert own_words.words_in_use(catalogue) == MOOD_WORDS


def test_a_word_is_moved_added_and_taken_back(catalogue):
    own_words.set_word(catalogue, "Calm", Mood(0.5, -0.5), account=ME)
    assert own_words.set_word(catalogue, "  Sunday  morning ", Mood(0.6, -0.1), account=ME) == "sunday morning"
    words = own_words.words_in_use(catalogue)
    assert find_mood("calm", words) == Mood(0.5, -0.5)
    assert find_mood("sunday morning", words) == Mood(0.6, -0.1)
    assert words["calm"].source == "set by the clinician"
    again = Catalogue.open(catalogue.place)
    assert find_mood("calm", own_words.words_in_use(again)) == Mood(0.5, -0.5)
    again.close()
    own_words.forget_word(catalogue, "calm")
    own_words.forget_word(catalogue, "sunday morning")
    assert own_words.words_in_use(catalogue) == MOOD_WORDS


def test_search_finds_songs_near_a_word_where_it_stands_now(catalogue):
    fill(catalogue, (), n=40)
    track = catalogue.tracks()[0]
    own_words.set_word(catalogue, "harbour", Mood(track.valence, track.arousal), account=ME)
    assert track.id in catalogue.ids(words="harbour")


def test_the_neutral_zone_grows_and_shrinks(catalogue):
    near = Mood(0.1, 0.05)
    assert place_of(near, own_words.words_in_use(catalogue)) == "in the middle"
    own_words.set_neutral_radius(catalogue, 0.05, account=ME)
    words = own_words.words_in_use(catalogue)
    assert own_words.neutral_radius(words) == 0.05
    assert place_of(near, words) == "interested"
    own_words.set_neutral_radius(catalogue, 0.35, account=ME)
    assert place_of(Mood(0.2, -0.2), own_words.words_in_use(catalogue)) == "in the middle"


@pytest.mark.parametrize("word", ["", "   ", "!!!", "x" * 61, "in the middle", "neutral"])
def test_what_is_no_word_or_the_centre_is_refused(catalogue, word):
    with pytest.raises(BadStatementError):
        own_words.set_word(catalogue, word, Mood(0.1, 0.1), account=ME)
    assert own_words.words_in_use(catalogue) == MOOD_WORDS


def test_a_point_off_the_plane_and_a_middle_that_is_too_large_are_refused(catalogue):
    with pytest.raises(UnknownMoodError, match="off the plane"):
        own_words.set_word(catalogue, "far", Mood(1.5, 0.0), account=ME)
    for radius in (-0.1, 0.4, float("nan")):
        with pytest.raises(BadStatementError, match="must lie from 0"):
            own_words.set_neutral_radius(catalogue, radius, account=ME)
