"""Rules from YAML: what is read, what is refused, and that every key is documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recommender.constraints import FeatureRange, Rules, Slot
from recommender.errors import RulesError
from recommender.rules_file import RULE_KEYS, rules_from_yaml

EVERY_KEY = """
avoid_tracks: [t1]
avoid_artists: ["Ann"]
avoid_albums: [First]
avoid_title_words: [war, li*]
avoid_themes: [loss]
avoid_ranges:
  - {feature: tempo_bpm, low: 150}
vetoes: [t2]
min_track_s: 90
max_track_s: 400
only_tracks: [t3, t4]
max_arousal: 0.3
low_valence: -0.2
max_low_valence_tracks: 2
max_low_valence_minutes: 6
max_rise_db: 10
min_tempo_bpm: 60
max_tempo_bpm: 100
largest_step: 0.5
length_tolerance_s: 20
artist_spacing: 4
pins: {1: t3}
opening: t4
closing: t5
slots:
  - {position: 1, kind: talk, minutes: 5}
cadence_bpm: 100
cadence_tolerance: 0.05
cadence_pulse_clarity: 0.4
liking: {t3: 0.9}
familiar_first: [t3]
rested: [t4]
instrumental_first: true
prefer_min_tempo_bpm: 60
prefer_max_tempo_bpm: 80
low_energy_first: true
"""


def test_every_key_is_read_into_its_rule():
    assert rules_from_yaml(EVERY_KEY) == Rules(
        avoid_tracks=frozenset({"t1"}),
        avoid_artists=frozenset({"Ann"}),
        avoid_albums=frozenset({"First"}),
        avoid_title_words=frozenset({"war", "li*"}),
        avoid_themes=frozenset({"loss"}),
        avoid_ranges=(FeatureRange("tempo_bpm", low=150),),
        vetoes=frozenset({"t2"}),
        min_track_s=90,
        max_track_s=400,
        only_tracks=frozenset({"t3", "t4"}),
        max_arousal=0.3,
        low_valence=-0.2,
        max_low_valence_tracks=2,
        max_low_valence_minutes=6,
        max_rise_db=10,
        min_tempo_bpm=60,
        max_tempo_bpm=100,
        largest_step=0.5,
        length_tolerance_s=20,
        artist_spacing=4,
        pins={1: "t3"},
        opening="t4",
        closing="t5",
        slots=(Slot(1, "talk", 5),),
        cadence_bpm=100,
        cadence_tolerance=0.05,
        cadence_pulse_clarity=0.4,
        liking={"t3": 0.9},
        familiar_first=frozenset({"t3"}),
        rested=frozenset({"t4"}),
        instrumental_first=True,
        prefer_min_tempo_bpm=60,
        prefer_max_tempo_bpm=80,
        low_energy_first=True,
    )
    assert all(f"{key}:" in EVERY_KEY for key in RULE_KEYS)


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}"])
def test_nothing_said_changes_nothing(text):
    assert rules_from_yaml(text) == Rules()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("max_arousal: 0.3\nmax_energy: 1", r"mine.yaml, line 2: 'max_energy' is no rule"),
        ("max_arousal: loud", r"line 1: max_arousal: expected a number, found 'loud'"),
        ("\nmax_arousal: 3", r"line 2: max_arousal: expected -1 to 1, found 3"),
        ("max_arousal: true", "expected a number"),
        ("max_arousal: .nan", "expected a number"),
        ("artist_spacing: 1.5", "expected a whole number"),
        ("avoid_artists: Ann", "expected a list"),
        ("max_arousal: 0\nmax_arousal: 1", "line 2: 'max_arousal' is said twice, first on line 1"),
        ("- a", "rules are `key: value` lines"),
        ("a: [", "line 1: this is not YAML"),
        ("pins: {-1: t}", "a place is a whole number from 0"),
        ("liking: {t: 2}", "expected 0 to 1"),
        ("avoid_ranges: [{feature: colour, low: 1}]", "feature must be one of"),
        ("avoid_ranges: [{feature: mode}]", "needs low, high or both"),
        ("avoid_ranges: [{feature: mode, low: 1, high: 0}]", "is above high"),
        ("slots: [{position: 0, kind: dance, minutes: 1}]", "kind must be"),
        ("slots: [{position: 0, kind: talk, minutes: 1, loud: 1}]", "'loud' is not known here"),
        ("min_tempo_bpm: 100\nmax_tempo_bpm: 60", "line 1: the slowest tempo 100 is above the fastest 60"),
        ("max_low_valence_tracks: 2", "needs low_valence"),
        ("min_track_s: 100\nmax_track_s: 60", "the shortest song 100 is above the longest 60"),
        ("opening: a\npins: {0: b}", "two songs are to open"),
        ("prefer_min_tempo_bpm: 90\nprefer_max_tempo_bpm: 60", "line 1: the slowest tempo 90 is above the fastest 60"),
        ("low_energy_first: 1", "expected true or false"),
        ("instrumental_first: often", "expected true or false"),
        ("max_arousal: !!python/object:os.system x", "cannot be read|not YAML"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text, message):
    with pytest.raises(RulesError, match=message):
        rules_from_yaml(text, source="mine.yaml")


def test_every_rule_is_documented():
    text = (Path(__file__).parents[2] / "docs/reference/rules.md").read_text("utf-8")
    assert [key for key in RULE_KEYS if f"`{key}`" not in text] == []


def test_what_nobody_says_is_off_or_as_documented():
    text = (Path(__file__).parents[2] / "docs/reference/rules.md").read_text("utf-8")
    documented = {
        key: float(said)
        for key, said in re.findall(r"^\| `(\w+)`[^|]*\|[^|]*\((\d[\d.]*)(?:; no limit)?\) \|", text, re.MULTILINE)
    }
    assert set(documented) == {
        "min_track_s", "cadence_tolerance", "cadence_pulse_clarity", "length_tolerance_s", "artist_spacing",
    }  # fmt: skip
    rules = Rules()
    assert {key: getattr(rules, key) for key in documented} == documented
    said = [getattr(rules, key) for key in RULE_KEYS if key not in documented]
    assert [value for value in said if not (value is None or value is False or value in (frozenset(), (), {}))] == []
