"""Keys from evidence made by hand: chords, bass and notes of a cadence; and no key is dearer than another."""

from __future__ import annotations

import numpy as np
import pytest

from features.key import KeyEvidence, key_probabilities, tonality
from features.key_profiles import PROFILES

MAJOR, MINOR = (0, 4, 7), (0, 3, 7)


def piece(*chords: tuple[int, tuple[int, ...]]) -> KeyEvidence:
    """As many half seconds of each chord as it is named, the bass on its root."""
    chroma, bass, triads = np.zeros(12), np.zeros(12), np.zeros(24)
    for root, steps in chords:
        for step in steps:
            chroma[(root + step) % 12] += 1
        bass[root % 12] += 1
        if steps in (MAJOR, MINOR):
            triads[root % 12 + (0 if steps == MAJOR else 12)] += 1
    return KeyEvidence(
        plain_chroma=chroma, clean_chroma=chroma, upper_chroma=chroma, bass_chroma=bass, roots=bass, triads=triads
    )


def moved(evidence: KeyEvidence, semitones: int) -> KeyEvidence:
    return KeyEvidence(
        *(np.roll(c, semitones) for c in evidence[:5]),
        np.concatenate([np.roll(half, semitones) for half in np.split(evidence.triads, 2)]),
    )


CADENCES = {
    "C major": piece((0, MAJOR), (5, MAJOR), (7, MAJOR), (0, MAJOR)),
    "C minor": piece((0, MINOR), (5, MINOR), (7, MAJOR), (0, MINOR)),
    "A minor": piece((9, MINOR), (2, MINOR), (4, MAJOR), (9, MINOR), (0, MAJOR)),
}


@pytest.mark.parametrize("key", CADENCES)
def test_a_cadence_is_in_the_key_it_ends_in(key):
    assert tonality(CADENCES[key], tuned_share=1.0).key == key


FIFTH = (0, 7)


@pytest.mark.parametrize(("third", "mode"), [(4, "major"), (3, "minor")])
def test_fifths_without_thirds_are_in_the_mode_of_the_tune_above_them(third, mode):
    degrees = (0, 2, third, 5, 7, 5 + third, 7 + third)
    evidence = piece((0, FIFTH), (5, FIFTH), (7, FIFTH), (0, FIFTH))
    tune = np.bincount(degrees, minlength=12) * 0.5
    evidence = evidence._replace(
        plain_chroma=evidence.plain_chroma + tune, clean_chroma=evidence.clean_chroma + tune, upper_chroma=tune
    )
    assert tonality(evidence, tuned_share=1.0).key == f"C {mode}"


@pytest.mark.parametrize("key", CADENCES)
@pytest.mark.parametrize("semitones", [1, 5, 11])
def test_a_piece_moved_up_is_in_the_key_moved_up_as_surely_as_before(key, semitones):
    before, after = key_probabilities(CADENCES[key]), key_probabilities(moved(CADENCES[key], semitones))
    expected = np.concatenate([np.roll(half, semitones) for half in np.split(before, 2)])
    np.testing.assert_allclose(after, expected, rtol=1e-9)


def test_the_mode_is_the_probability_of_a_major_key():
    for evidence in CADENCES.values():
        probabilities = key_probabilities(evidence)
        assert probabilities.sum() == pytest.approx(1)
        mode = tonality(evidence, tuned_share=1.0).mode
        assert (1 + mode) / 2 == pytest.approx(probabilities[:12].sum())


def test_what_is_out_of_tune_or_all_notes_alike_has_no_key():
    assert tonality(CADENCES["C major"], tuned_share=0.3) == (None, None, None)
    alike = KeyEvidence(*[np.ones(12)] * 5, np.ones(24))
    assert tonality(alike, tuned_share=1.0) == (None, None, None)


@pytest.mark.parametrize(
    ("profile", "total", "rounding"), [("bellman_budge", 100.0, 1e-9), ("albrecht_shanahan", 1.0, 0.0025)]
)
def test_profiles_that_count_notes_add_up_to_all_notes(profile, total, rounding):
    for values in PROFILES[profile]:
        assert sum(values) == pytest.approx(total, abs=rounding)
