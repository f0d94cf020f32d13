"""Every sentence that the clinician's pages ask for exists, and says nothing that Attune never says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from music_library.retrain import STEPS
from practice import clients, facts, goals
from practice.safety import AvoidKind, safety_file
from recommender.cues import AROUSAL_CUES, VALENCE_CUES
from recommender.hard_rules import _RULES
from web.clinician.music_filters import FILTERS
from web.words import sentences
from web.words.reasons import say_hidden, say_reason

WEB = Path(__file__).parents[2] / "web"
PAGES = sorted([*(WEB / "clinician").glob("*.py"), *(WEB / "components").glob("*.py")])
NEVER = re.compile(r"\b(heal|treats?|prescri\w+|dose|detects? your mood|clinically proven)\b", re.I)


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_every_sentence_that_a_page_names_exists(file):
    wanted = re.findall(r'say\(\s*"(\w+\.\w+)"', file.read_text("utf-8"))
    assert [key for key in wanted if key not in sentences()] == []


def test_everything_that_a_record_can_hold_has_its_words():
    keys = [f"message_{kind}" for kind in facts._SAID]
    keys += [f"played_{how}" for how in (*facts._ENDS.values(), "open")]
    keys += [f"limit_{name}" for name in safety_file().limits]
    keys += [f"number_{name}" for kind in safety_file().limits.values() for name in kind.values]
    keys += [f"preset_{name}" for name in clients.PRESETS] + [f"agreed_{name}" for name in clients.AGREED_BY]
    keys += [f"chapter_{name}" for name in goals.CHAPTERS] + [f"feeling_{name}" for name in goals.FEELINGS]
    keys += [f"strand_{name}" for name in goals.STRANDS] + [f"outcome_{name}" for name in goals.OUTCOMES]
    keys += [f"plan_heading_{state}" for state in ("draft", "approved", "superseded")]
    keys += [f"job_{state}" for state in ("paused", "cancelled", "failed")]
    keys += [f"avoid_{kind}" for kind in get_args(AvoidKind)]
    assert [key for key in keys if f"clinician.{key}" not in sentences()] == []


def test_every_cue_of_the_model_has_its_words_for_much_and_for_little():
    cues = {"mode" if cue.startswith("mode_") else cue for cue in (*VALENCE_CUES, *AROUSAL_CUES)}
    keys = [f"mood.cue_{cue}_{way}" for cue in cues for way in ("high", "low")]
    keys += [f"mood.why_{axis}_{way}" for axis in ("valence", "arousal") for way in ("up", "down")]
    keys += [f"mood.training_step_{step}" for step in (*STEPS, "starting")]
    keys += [f"mood.filter_{name}" for name in FILTERS]
    assert [key for key in keys if key not in sentences()] == []


def test_no_sentence_promises_what_attune_does_not_do():
    own = {key: text for key, text in sentences().items() if key.startswith(("clinician.", "mood."))}
    del own["clinician.about_purpose"]  # it says that Attune is not intended to treat
    assert {key: text for key, text in own.items() if NEVER.search(text)} == {}


def test_a_target_that_is_too_far_is_said_with_what_would_help_in_order():
    values = {"minutes": 8.0, "longer_minutes": 24, "nearer_valence": 0.1, "nearer_arousal": 0.0, "direct": True}
    said = say_reason("too_far", values)
    places = [said.index(part) for part in ("too far for 8 minutes", "24 minutes would", "nearer target", "straight")]
    assert places == sorted(places)
    assert "24 minutes" not in say_reason("too_far", values | {"longer_minutes": None})


def test_every_rule_that_can_hide_a_song_has_its_words():
    names = [name for name, _, _ in _RULES] + ["unknown_mood", "unknown_length"]
    assert len(say_hidden(dict.fromkeys(names, 1))) == len(names)


ALL_WORDS = sorted((WEB / "words").rglob("*.yaml"))


@pytest.mark.parametrize("file", ALL_WORDS, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_no_sentence_is_written_twice_where_the_second_would_hide_the_first(file):
    keys = re.findall(r"^(\w+):", file.read_text("utf-8"), re.M)
    assert sorted(key for key in set(keys) if keys.count(key) > 1) == []
