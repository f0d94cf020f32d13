"""Each hard rule at its edge: what just keeps it may play, what just breaks it, or is not known, may not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recommender.candidates import Candidates
from recommender.constraints import FeatureRange, Rules
from recommender.errors import RulesError
from recommender.hard_rules import (
    EDGE,
    allowed_tracks,
    at_cadence,
    hidden_tracks,
    likely_tempos,
    low_tracks,
    words_of,
)

NAN = float("nan")
NUMBERS: dict[str, Any] = {
    "valence": 0.0, "arousal": 0.0, "valence_sd": 0.1, "arousal_sd": 0.1, "duration_s": 200.0, "tempo_bpm": 100.0,
    "tempo_alternative_bpm": 50.0, "tempo_odds": 0.9, "pulse_clarity": 0.5, "tempo_drift": 0.01, "mode": 0.2,
    "key_clarity": 0.5, "loudness_lufs": -14.0, "largest_rise_db": 5.0,
}  # fmt: skip
CLAIMS = {"certain_mood": False, "instrumental": False, "words_checked": True}
NAMES = {"titles": "An old song", "artists": "Ann", "albums": "First", "themes": frozenset({"Loss"})}


def one_track(**changed: Any) -> Candidates:
    """A library of one track, of which everything is known that is not changed."""
    columns: dict[str, Any] = {
        name: np.array([changed.get(name, value)], np.float32) for name, value in NUMBERS.items()
    }
    columns |= {name: np.array([changed.get(name, value)], np.bool_) for name, value in CLAIMS.items()}
    columns |= {name: (changed.get(name, value),) for name, value in NAMES.items()}
    ids = np.array([changed.get("id", "t1")])
    return Candidates(
        ids=ids, artist=np.zeros(1, np.int32), song=np.zeros(1, np.int32), key=np.zeros(1, np.int8), **columns
    )  # fmt: skip


def is_allowed(rules: Rules, **changed: Any) -> bool:
    return bool(allowed_tracks(one_track(**changed), rules)[0])


KEPT_AND_BROKEN = [
    ("unknown_mood", Rules(), {}, {"valence": NAN}),
    ("unknown_mood", Rules(), {}, {"arousal": NAN}),
    ("unknown_length", Rules(min_track_s=0), {"duration_s": 0.1}, {"duration_s": 0.0}),
    ("unknown_length", Rules(min_track_s=0), {}, {"duration_s": NAN}),
    ("min_track_s", Rules(), {"duration_s": 59.5}, {"duration_s": 59.4}),
    ("min_track_s", Rules(min_track_s=0.6), {"duration_s": 0.2}, {"duration_s": 0.05}),
    ("max_track_s", Rules(max_track_s=240), {"duration_s": 240.5}, {"duration_s": 240.6}),
    ("max_track_s", Rules(min_track_s=0, max_track_s=0), {"duration_s": 0.4}, {"duration_s": 1.2}),
    ("only_tracks", Rules(only_tracks=frozenset({"t1", "gone"})), {}, {"id": "t2"}),
    ("avoid_tracks", Rules(avoid_tracks=frozenset({"t2", "gone"})), {}, {"id": "t2"}),
    ("vetoes", Rules(vetoes=frozenset({"t2"})), {}, {"id": "t2"}),
    ("disliked", Rules(liking={"t1": 0.21, "t2": 0.2}), {}, {"id": "t2"}),
    ("avoid_artists", Rules(avoid_artists=frozenset({"Ben"})), {"artists": "Benny"}, {"artists": "BEN"}),
    ("avoid_artists", Rules(avoid_artists=frozenset({"Ben"})), {}, {"artists": "Ann feat. Ben"}),
    ("avoid_artists", Rules(avoid_artists=frozenset({"Ann & Ben"})), {"artists": "Ben"}, {"artists": "ann & ben"}),
    ("avoid_artists", Rules(avoid_artists=frozenset({"Ben"})), {}, {"artists": " "}),
    ("avoid_albums", Rules(avoid_albums=frozenset({"second"})), {}, {"albums": "Second"}),
    ("avoid_albums", Rules(avoid_albums=frozenset({"Second"})), {"albums": "Second one"}, {"albums": ""}),
    ("avoid_title_words", Rules(avoid_title_words=frozenset({"rain"})), {"titles": "Rainy"}, {"titles": "A RAIN, now"}),
    ("avoid_title_words", Rules(avoid_title_words=frozenset({"rain*"})), {"titles": "Train"}, {"titles": "Rainbow"}),
    ("avoid_title_words", Rules(avoid_title_words=frozenset({"old house"})), {"titles": "O"}, {"titles": "old House"}),
    ("avoid_title_words", Rules(avoid_title_words=frozenset({"rain", "?!"})), {}, {"titles": ""}),
    ("avoid_themes", Rules(avoid_themes=frozenset({"war"})), {}, {"themes": frozenset({"War"})}),
    ("avoid_themes", Rules(avoid_themes=frozenset({"WAR"})), {}, {"words_checked": False}),
    ("avoid_themes", Rules(avoid_themes=frozenset({"war"})), {"words_checked": False, "instrumental": True},
     {"themes": frozenset({"war"}), "instrumental": True}),
    ("avoid_ranges", Rules(avoid_ranges=(FeatureRange("mode", 0.3),)), {"mode": 0.29}, {"mode": 0.31}),
    ("avoid_ranges", Rules(avoid_ranges=(FeatureRange("mode", 0.3),)), {"mode": 0.29}, {"mode": NAN}),
    ("avoid_ranges", Rules(avoid_ranges=(FeatureRange("mode", 0.5),)), {"mode": 0.49}, {"mode": 0.5}),
    ("avoid_ranges", Rules(avoid_ranges=(FeatureRange("duration_s", 300),)), {}, {"duration_s": 301}),
    ("avoid_ranges", Rules(avoid_ranges=(FeatureRange("tempo_drift", 0.02),)), {}, {"tempo_drift": 0.03}),
    ("avoid_ranges", Rules(avoid_ranges=(FeatureRange("pulse_clarity", high=0.3),)), {}, {"pulse_clarity": 0.2}),
    ("avoid_ranges", Rules(avoid_ranges=(FeatureRange("largest_rise_db", 8),)), {}, {"largest_rise_db": 9}),
    ("avoid_ranges", Rules(avoid_ranges=(FeatureRange("loudness_lufs", high=-20),)), {}, {"loudness_lufs": -21}),
    ("avoid_ranges", Rules(avoid_ranges=(FeatureRange("mode", 0.5), FeatureRange("key_clarity", 0.0, 0.5))),
     {"key_clarity": 0.51}, {"key_clarity": 0.5}),
    ("avoid_ranges", Rules(avoid_ranges=(FeatureRange("valence", 0.5),)), {"valence": 0.37}, {"valence": 0.38}),
    ("avoid_ranges", Rules(avoid_ranges=(FeatureRange("arousal", high=-0.5),)), {"arousal": -0.37}, {"arousal": -0.38}),
    ("avoid_ranges", Rules(avoid_ranges=(FeatureRange("tempo_bpm", 101, 120),)), {}, {"tempo_bpm": 101}),
    ("avoid_ranges", Rules(avoid_ranges=(FeatureRange("tempo_bpm", 90, 99),)), {}, {"tempo_bpm": 99}),
    ("avoid_ranges", Rules(avoid_ranges=(FeatureRange("tempo_bpm", 40, 60),)), {}, {"tempo_odds": 0.79}),
    ("avoid_ranges", Rules(avoid_ranges=(FeatureRange("tempo_bpm", 40, 60),)), {"tempo_odds": 0.5,
     "tempo_alternative_bpm": 61}, {"tempo_odds": 0.5, "tempo_alternative_bpm": 60}),
    ("avoid_ranges", Rules(avoid_ranges=(FeatureRange("tempo_bpm", 40, 60),)), {"tempo_odds": 0.5,
     "tempo_alternative_bpm": 39}, {"tempo_odds": 0.5, "tempo_alternative_bpm": 40}),
    ("avoid_ranges", Rules(avoid_ranges=(FeatureRange("tempo_bpm", 40, 60),)), {}, {"tempo_bpm": NAN}),
    ("max_arousal", Rules(max_arousal=0.3), {"arousal": 0.17}, {"arousal": 0.18}),
    ("max_arousal", Rules(max_arousal=0.3), {"arousal": 0.29, "certain_mood": True}, {"arousal_sd": NAN}),
    ("max_arousal", Rules(max_arousal=0.25), {"arousal": 0.25, "certain_mood": True}, {"arousal": 0.25}),
    ("max_arousal", Rules(max_arousal=0.0), {"arousal": -0.13}, {"arousal": -0.12}),
    ("low_valence", Rules(low_valence=-0.3, max_low_valence_tracks=0), {"valence": -0.17}, {"valence": -0.18}),
    ("low_valence", Rules(low_valence=-0.3, max_low_valence_minutes=0), {}, {"valence_sd": NAN}),
    ("max_rise_db", Rules(max_rise_db=6), {"largest_rise_db": 6.0}, {"largest_rise_db": 6.01}),
    ("max_rise_db", Rules(max_rise_db=6), {}, {"largest_rise_db": NAN}),
    ("max_rise_db", Rules(max_rise_db=0), {"largest_rise_db": 0.0}, {"largest_rise_db": 0.5}),
    ("tempo", Rules(min_tempo_bpm=100), {}, {"tempo_bpm": 99.9}),
    ("tempo", Rules(max_tempo_bpm=100), {}, {"tempo_bpm": 100.1}),
    ("tempo", Rules(min_tempo_bpm=60), {"tempo_odds": 0.81}, {"tempo_odds": 0.79}),
    ("tempo", Rules(min_tempo_bpm=60), {}, {"tempo_odds": NAN}),
    ("tempo", Rules(max_tempo_bpm=110), {}, {"tempo_odds": 0.7, "tempo_alternative_bpm": 200.0}),
    ("tempo", Rules(min_tempo_bpm=50, max_tempo_bpm=100), {"tempo_odds": 0.5}, {"tempo_bpm": NAN}),
    ("tempo", Rules(max_tempo_bpm=100), {"tempo_bpm": 60.0, "tempo_odds": 0.5, "tempo_alternative_bpm": 100.0},
     {"tempo_bpm": 60.0, "tempo_odds": 0.5, "tempo_alternative_bpm": 100.1}),
    ("tempo", Rules(max_tempo_bpm=60), {"tempo_odds": 0.1}, {"tempo_odds": 0.2}),
    ("cadence_bpm", Rules(cadence_bpm=100), {"tempo_bpm": 102.9}, {"tempo_bpm": 103.1}),
    ("cadence_bpm", Rules(cadence_bpm=100), {"tempo_bpm": 50.0}, {"tempo_bpm": 75.0}),
    ("cadence_bpm", Rules(cadence_bpm=100), {"tempo_bpm": 200.0}, {"tempo_bpm": 400.0}),
    ("cadence_bpm", Rules(cadence_bpm=100), {"pulse_clarity": 0.3}, {"pulse_clarity": 0.29}),
    ("cadence_bpm", Rules(cadence_bpm=100), {}, {"pulse_clarity": NAN}),
    ("cadence_bpm", Rules(cadence_bpm=100), {"tempo_drift": 0.02}, {"tempo_drift": 0.0202}),
    ("cadence_bpm", Rules(cadence_bpm=100), {"tempo_drift": 0.0199, "tempo_bpm": 102.0},
     {"tempo_drift": 0.0199, "tempo_bpm": 102.1}),
    ("cadence_bpm", Rules(cadence_bpm=100), {}, {"tempo_drift": NAN}),
    ("cadence_bpm", Rules(cadence_bpm=100), {"tempo_odds": 0.5}, {"tempo_odds": 0.5, "tempo_alternative_bpm": 66.0}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "rules", "kept", "broken"), KEPT_AND_BROKEN)
def test_a_rule_hides_what_breaks_it_and_nothing_that_keeps_it(rule, rules, kept, broken):
    assert not hidden_tracks(one_track(**kept), rules)[rule][0]
    assert is_allowed(rules, **kept)
    assert hidden_tracks(one_track(**broken), rules)[rule][0]
    assert not is_allowed(rules, **broken)


def test_a_rule_that_is_off_is_not_asked():
    assert set(hidden_tracks(one_track(), Rules(min_track_s=0))) == {"unknown_mood", "unknown_length"}
    for rule, rules, _, _ in KEPT_AND_BROKEN:
        assert rule in hidden_tracks(one_track(), rules)
    some_low_moods = Rules(low_valence=-0.3, max_low_valence_tracks=1, max_low_valence_minutes=1)
    assert "low_valence" not in hidden_tracks(one_track(), some_low_moods)
    assert "low_valence" not in hidden_tracks(one_track(), Rules(max_low_valence_tracks=0))
    assert "disliked" not in hidden_tracks(one_track(), Rules(liking={"t1": 0.21}))


def test_a_range_of_what_is_no_feature_is_refused_with_those_there_are():
    with pytest.raises(RulesError, match=r"'colour' is no feature .* largest_rise_db"):
        allowed_tracks(one_track(), Rules(avoid_ranges=(FeatureRange("colour"),)))


@pytest.mark.parametrize(
    ("names", "rules"),
    [
        ("artists", Rules(avoid_artists=frozenset({"Ben"}))),
        ("albums", Rules(avoid_albums=frozenset({"Second"}))),
        ("titles", Rules(avoid_title_words=frozenset({"rain"}))),
    ],
)
def test_a_library_without_names_has_none_that_could_be_checked(names, rules):
    assert allowed_tracks(one_track(), rules)[0]
    assert not allowed_tracks(replace(one_track(), **{names: ()}), rules)[0]


def test_a_library_without_themes_plays_what_was_checked_alone():
    rules = Rules(avoid_themes=frozenset({"war"}))
    assert allowed_tracks(replace(one_track(), themes=()), rules)[0]
    assert not allowed_tracks(replace(one_track(words_checked=False), themes=()), rules)[0]


def test_a_low_mood_begins_at_the_edge_of_the_interval():
    low = Rules(low_valence=-0.3)
    edge = -0.3 + EDGE * 0.1
    assert not low_tracks(one_track(valence=edge + 0.001), low)[0]
    assert low_tracks(one_track(valence=edge - 0.001), low)[0]
    assert not low_tracks(one_track(valence=edge - 0.001, certain_mood=True), low)[0]
    assert low_tracks(one_track(valence=-0.31, certain_mood=True), low)[0]
    assert not low_tracks(one_track(valence=-0.25, certain_mood=True), Rules(low_valence=-0.25))[0]
    assert not low_tracks(one_track(valence=-0.9), Rules())[0]


def test_the_likely_tempos_are_those_with_odds_of_a_fifth():
    def tempos(**changed: Any) -> tuple[float, float]:
        first, second = likely_tempos(one_track(**changed))
        return float(first[0]), float(second[0])

    assert tempos(tempo_odds=0.9) == pytest.approx((100, NAN), nan_ok=True)
    assert tempos(tempo_odds=0.79) == (100, 50)
    assert tempos(tempo_odds=NAN) == (100, 50)
    assert tempos(tempo_odds=0.21) == (100, 50)
    assert tempos(tempo_odds=0.19) == (50, 50)
    assert tempos(tempo_odds=0.19, tempo_alternative_bpm=NAN) == pytest.approx((100, NAN), nan_ok=True)


def test_a_tolerance_is_kept_to_its_edge():
    for tempo, fits in ((97.0, True), (96.9, False), (103.0, True), (103.1, False), (48.5, True), (206.0, True)):
        assert at_cadence(one_track(tempo_bpm=tempo), 100, 0.0301)[0] == fits, tempo
    assert at_cadence(one_track(tempo_bpm=125.0), 100, 0.25)[0]


def test_names_are_compared_by_their_words():
    assert words_of("Ｃａｆé, the  2nd!") == ["café", "the", "2nd"]
    assert words_of("?!") == []


def test_other_files_of_an_avoided_song_are_hidden_too():
    both = one_track()
    twice = Candidates(
        **{
            name: (np.concatenate([value, value]) if isinstance(value, np.ndarray) else value * 2)
            for name, value in vars(both).items()
            if name in Candidates.__dataclass_fields__ and value is not None and name != "ids"
        },
        ids=np.array(["t1", "copy"]),
    )
    assert allowed_tracks(twice, Rules(avoid_tracks=frozenset({"copy"}))).tolist() == [False, False]
    assert allowed_tracks(twice, Rules(only_tracks=frozenset({"copy"}))).tolist() == [False, True]
    assert allowed_tracks(twice, Rules(avoid_tracks=frozenset({"elsewhere"}))).tolist() == [True, True]


def test_a_range_of_a_feature_without_ends_is_all_of_it():
    for value in (-60.0, 0.0):
        assert not is_allowed(Rules(avoid_ranges=(FeatureRange("loudness_lufs"),)), loudness_lufs=value)
