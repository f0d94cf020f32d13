"""Where there is music: counts agree with every track looked at, but for those at the very edge."""

from __future__ import annotations

import numpy as np

from recommender.reach import CELLS, FINE, songs_near

MIDDLES = -1 + (np.arange(CELLS) + 0.5) * 2 / CELLS


def counted(places: np.ndarray, radius: float) -> np.ndarray:
    return np.array([[(np.hypot(*(places - (x, y)).T) <= radius).sum() for y in MIDDLES] for x in MIDDLES])


def test_the_count_lies_between_those_of_a_little_less_and_a_little_more():
    places = np.random.default_rng(0).uniform(-1, 1, (3000, 2))
    edge = np.sqrt(2) / FINE  # from the middle of a square to its corner
    found = songs_near(places, near=0.2)
    assert (counted(places, 0.2 - edge) <= found).all()
    assert (found <= counted(places, 0.2 + edge)).all()


def test_a_library_in_one_corner_reaches_no_other_and_unknown_moods_count_nowhere():
    places = np.array([[0.9, -0.9], [0.88, -0.91], [np.nan, 0.0]])
    found = songs_near(places)
    assert found[-1, 0] == 2
    assert found[0].sum() == found[:, -1].sum() == 0
    assert songs_near(np.empty((0, 2))).sum() == 0
