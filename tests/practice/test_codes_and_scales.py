"""Codes that catch a slip of the finger, and scales as data."""

from __future__ import annotations

import itertools

import pytest

from practice.codes import ALPHABET, COLOURS, THINGS, new_code, new_sign, read_code
from practice.data_files import read_yaml
from practice.errors import BadClientError, DataFileError, SettingError
from practice.record import Record
from practice.scales import PRESET_SCALES, read_answer, read_scale, shipped_scales, to_plane
from practice.settings import defaults
from practice.store import Actor
from tests.practice.conftest import approved, check_in


def test_any_wrong_or_swapped_character_of_a_code_is_noticed():
    for _ in range(5):
        code = new_code()
        letters = code.replace("-", "")
        wrong = {letters[:place] + other + letters[place + 1 :] for place in range(8) for other in ALPHABET} | {
            letters[:place] + letters[place + 1] + letters[place] + letters[place + 2 :] for place in range(7)
        }
        for typed in wrong - {letters}:
            with pytest.raises(BadClientError):
                read_code(typed)


def test_a_code_is_read_however_it_is_typed():
    code = new_code()
    assert read_code(code.lower()) == code
    assert read_code(" " + code.replace("-", " ")) == code
    assert read_code(code.replace("0", "O").replace("1", "l")) == code
    for typed in ("", "N4M-7F3K", "N4M-7F3K-QQ", "N4M-7F3K-*"):
        with pytest.raises(BadClientError):
            read_code(typed)


def test_codes_do_not_come_twice_and_signs_only_when_all_are_taken():
    assert len({new_code() for _ in range(300)}) == 300
    every = {f"{colour} {thing}" for colour, thing in itertools.product(COLOURS, THINGS)}
    last = every - {"green otter"}
    assert new_sign(last) == "green otter"
    assert new_sign(every) in every


def test_the_affective_slider_is_as_published():
    scale = shipped_scales()["affective_slider"]
    assert [(item.id, item.minimum, item.maximum, item.start) for item in scale.items] == [
        ("valence", 0, 1, 0.5),
        ("arousal", 0, 1, 0.5),
    ]
    assert all(item.step is not None and item.step <= 0.01 for item in scale.items)
    assert [(item.low_anchor, item.high_anchor) for item in scale.items] == [
        ("Feeling bad", "Feeling good"),
        ("Very sleepy", "Wide awake"),
    ]


def test_scales_of_words_have_no_place_on_the_plane():
    for name in ("simple3", "switch5", "observed"):
        assert all(item.mood_axis is None and item.minimum is None for item in shipped_scales()[name].items)
    assert [len(item.choices) for item in shipped_scales()["simple3"].items] == [3, 3]
    assert [len(item.choices) for item in shipped_scales()["switch5"].items] == [5, 5]
    assert shipped_scales()["observed"].by == "observer"


def test_every_preset_asks_with_a_scale_and_every_scale_has_a_licence():
    assert set(PRESET_SCALES.values()) <= set(shipped_scales())
    assert all(scale.licence for scale in shipped_scales().values())


def test_raw_answers_are_turned_into_the_plane_by_two_s_minus_one():
    valence = shipped_scales()["affective_slider"].items[0]
    assert [to_plane(valence, raw) for raw in (0, 0.25, 0.5, 1)] == [-1, -0.5, 0, 1]


def test_the_middle_counts_only_if_it_was_touched_or_confirmed():
    scale = shipped_scales()["affective_slider"]
    assert read_answer(scale, "valence", {"value": 0.5, "touched": False}).missing == "untouched"
    assert read_answer(scale, "valence", {"value": 0.5, "touched": False, "confirmed": True}).number == 0.5
    assert read_answer(scale, "valence", {"value": 0.5, "touched": True}).number == 0.5


GOOD = """\
id: mine
version: 1
title: Mine
kind: slider
source: me
licence: bought
by: client
items:
  - {id: joy, question: Joy?, low_anchor: none, high_anchor: much, minimum: 0, maximum: 10}
"""


def test_a_clinic_can_bring_its_own_scale():
    assert read_scale(GOOD.replace("Joy?", "'Joy?'"), source="mine.yaml").item("joy").maximum == 10


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("version: 1", "version: one", 2),
        ("licence: bought\n", "", 1),
        ("kind: slider", "kind: dial", 4),
        ("minimum: 0", "minimum: low", 9),
        ("maximum: 10", "maximum: 10, colour: red", 9),
        ("title: Mine", "title: Mine\ntitle: Yours", 4),
        ("by: client", "by: [client", 8),
    ],
)
def test_a_wrong_scale_is_refused_with_its_line(old, new, line):
    with pytest.raises(DataFileError) as caught:
        read_scale(GOOD.replace("Joy?", "'Joy?'").replace(old, new), source="mine.yaml")
    assert caught.value.values["line"] == line
    assert str(caught.value).startswith(f"mine.yaml, line {line}:")


def test_a_scale_whose_ends_are_turned_round_is_refused():
    with pytest.raises(DataFileError, match="minimum must lie below"):
        read_scale(
            GOOD.replace("Joy?", "'Joy?'").replace("minimum: 0, maximum: 10", "minimum: 10, maximum: 0"), source="m"
        )


CHOICES = """\
id: mine
version: 1
title: Mine
kind: choice
source: me
licence: bought
by: client
items:
  - {id: face, question: Which?, choices: [{id: a, label: A, step: 1}, {id: b, label: B, step: 2}]}
"""


@pytest.mark.parametrize(
    ("text", "old", "new", "why"),
    [
        (
            GOOD,
            "items:\n",
            f"items:\n{GOOD[GOOD.index('  - ') :]}".replace("Joy?", "'Joy?'"),
            "two items have the same id",
        ),
        (GOOD, ": 10}", ": 10, choices: [{id: a, label: A, step: 1}]}", "joy of a slider scale has choices"),
        (GOOD, "high_anchor: much, ", "", "joy of a slider scale needs both anchors"),
        (CHOICES, ", {id: b, label: B, step: 2}", "", "face of a choice scale needs at least two choices"),
        (CHOICES, "id: b", "id: a", "face has two choices with the same id"),
    ],
)
def test_a_scale_whose_items_do_not_fit_its_kind_is_refused_by_the_item(text, old, new, why):
    text = text.replace("Joy?", "'Joy?'").replace("Which?", "'Which?'")
    assert read_scale(text, source="mine.yaml")
    with pytest.raises(DataFileError, match=f"mine.yaml, line [0-9]+.*{why}"):
        read_scale(text.replace(old, new), source="mine.yaml")


@pytest.mark.parametrize(
    ("scale", "item", "said", "why"),
    [
        ("affective_slider", "hunger", {"value": 0.5}, "no item 'hunger'"),
        ("affective_slider", "valence", {"missing": "bored"}, "'bored' is not a reason"),
        ("affective_slider", "valence", {"value": "high"}, "'high' is not a number"),
        ("affective_slider", "valence", {"value": True}, "True is not a number"),
        ("affective_slider", "valence", {"value": 1.01}, "1.01 is not between 0.0 and 1.0"),
        ("observed", "looks", {"value": "angry"}, "'angry' is not a choice of looks"),
    ],
)
def test_an_answer_that_the_scale_does_not_know_is_refused_by_its_value(scale, item, said, why):
    with pytest.raises(ValueError, match=why):
        read_answer(shipped_scales()[scale], item, said)


def test_an_answer_that_was_not_given_is_skipped():
    answer = read_answer(shipped_scales()["observed"], "looks", {})
    assert (answer.number, answer.choice, answer.missing) == (None, None, "skipped")


def test_yaml_that_builds_objects_is_refused():
    with pytest.raises(DataFileError):
        read_yaml("!!python/object/apply:os.system ['true']", source="bad.yaml")


def test_every_default_lies_within_its_own_range_and_says_where_it_comes_from():
    for name, default in defaults().items():
        assert default.low <= default.value <= default.high, name
        assert default.source, name


def test_a_site_sets_numbers_within_their_range(record: Record, clinician: Actor, colleague: Actor):
    record.set_setting(clinician, "approval_days", 14)
    record.set_setting(clinician, "approval_days", 21)
    assert record.setting("approval_days") == 21
    for name, value in (("approval_days", 4000), ("no_such", 1)):
        with pytest.raises(SettingError):
            record.set_setting(clinician, name, value)
    with pytest.raises(Exception, match="administrator"):
        record.set_setting(colleague, "approval_days", 20)
    assert [row.details for row in record.audit_rows(clinician) if row.action == "setting_set"] == [
        {"value": 21},
        {"value": 14},
    ]


def test_the_help_text_holds_only_after_a_second_person_has_confirmed_it(
    record: Record, clinician: Actor, colleague: Actor
):
    version = record.write_site_text(clinician, "help", "Call 999.")
    assert record.site_text("help") is None
    with pytest.raises(Exception, match="second person"):
        record.confirm_site_text(clinician, "help", version)
    record.confirm_site_text(colleague, "help", version)
    assert record.site_text("help") == "Call 999."
    record.write_site_text(colleague, "help", "Call me.")
    assert record.site_text("help") == "Call 999."


def test_a_clinics_own_scale_is_asked_with_kept_in_its_version_and_told_as_a_share_of_its_line(
    record: Record, clinician: Actor, colleague: Actor, client_id: str
):
    text = GOOD.replace("Joy?", "'Joy?'")
    record.bring_scale(clinician, text, source="mine.yaml")
    session = record.start_session(clinician, approved(record, clinician, client_id), with_client=True, scale="mine")
    record.bring_scale(clinician, text.replace("version: 1", "version: 2").replace("maximum: 10", "maximum: 20"))
    record.add_events(session.room_token, [check_in(1, "before", {"joy": 4}), check_in(2, "after", {"joy": 9})])
    told = record.session(clinician, session.session_id).answers
    assert [(answer.number, answer.scale_id, answer.scale_version) for answer in told] == [
        (4, "mine", 1),
        (9, "mine", 1),
    ]
    assert record.change(clinician, session.session_id, "joy").difference == pytest.approx(0.5)
    assert [scale.version for scale in record.scales() if scale.id == "mine"] == [2]
    with pytest.raises(DataFileError, match="already"):
        record.bring_scale(clinician, text)
    with pytest.raises(DataFileError, match="ships with"):
        record.bring_scale(clinician, text.replace("id: mine", "id: lines"))
    with pytest.raises(Exception, match="administrator"):
        record.bring_scale(colleague, text.replace("id: mine", "id: other"))
