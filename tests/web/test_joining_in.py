"""What is said for joining in sounds as the song does, by the arithmetic of semitones."""

from __future__ import annotations

import pytest

from recommender.candidates import KEY_NAMES
from web.clinician.joining_in import NOTES, capo, hint, relative_key


@pytest.mark.parametrize("key", KEY_NAMES)
def test_shapes_under_the_capo_sound_in_the_key(key):
    fret, shape = capo(key)
    assert 0 <= fret <= 7
    assert shape.split()[1] == key.split()[1]
    assert (NOTES[shape.split()[0]] + fret) % 12 == NOTES[key.split()[0]]


@pytest.mark.parametrize("key", KEY_NAMES)
def test_the_relative_of_the_relative_is_the_key(key):
    again = relative_key(relative_key(key))
    assert NOTES[again.split()[0]] == NOTES[key.split()[0]]
    assert again.split()[1] == key.split()[1]


@pytest.mark.parametrize(("key", "relative"), [("C major", "A minor"), ("E minor", "G major"), ("F major", "D minor")])
def test_the_relative_has_the_same_notes(key, relative):
    assert relative_key(key) == relative


def test_where_the_key_is_not_known_nothing_is_said():
    assert hint(None) == hint("no key") == ""
