"""Takes one control away, so that a test can show that its hazard's test then fails.

`ATTUNE_WITHOUT=H06 python -m pytest -p tests.without ...` runs with the control of hazard H06 gone. Never used else.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

import sqlalchemy as sa

from recommender.constraints import Rules


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _answers(value: Any) -> Callable[..., Any]:
    return lambda *_, **__: value


def _usual_loudness(_: Any) -> Any:
    from practice.safety import safety_file

    return safety_file().loudness["standard"]


def _approved_plan(db: Any, actor: Any, plan_id: str, *, at: Any) -> Any:
    from practice.plan_keeping import require_plan

    class AsIfApproved:
        def __init__(self, row: Any) -> None:
            self.row, self.state, self.expires_at = row, "approved", at.max.replace(tzinfo=at.tzinfo)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.row, name)

    return AsIfApproved(require_plan(db, actor, plan_id, at=at))


def _of_the_client(db: Any, row: Any) -> Any:
    from practice.own_scales import find_scale

    scale = find_scale(db, str(row.scale_id), int(row.scale_version))
    assert scale is not None
    return scale.model_copy(update={"by": "client"})


def _middle_where_untouched(scale: Any, item: str, raw: Any) -> Any:
    from practice.scales import read_answer

    return read_answer(scale, item, {"value": 0.5} if raw.get("missing") == "untouched" else raw)


def _default_only(db: Any, name: str) -> float:
    from practice.settings import defaults

    return defaults()[name].value


def _private_ones_too(db: Any, client_id: str) -> list[Any]:
    from practice.schema import sessions
    from practice.training_table import _felt_in

    rows = db.execute(sa.select(sessions).where(sessions.c.client_id == client_id))
    return [entry for row in rows for entry in _felt_in(db, row)]


def _anybody(db: Any, token: str, *, at: Any) -> str:
    from practice.schema import clients

    return str(db.execute(sa.select(clients.c.id).order_by(clients.c.created_at)).scalars().first())


def _always_intact(db: Any, **_: Any) -> Any:
    from practice.audit import AuditVerdict
    from practice.schema import audit

    return AuditVerdict(True, db.execute(sa.select(sa.func.count()).select_from(audit)).scalar_one(), "")


_RULES = ("practice.safety:rules_for", lambda protection, base=None, **_: base or Rules())  # noqa: ARG005
_SONGS = ("test_safety", "test_what_is_avoided_is_in_no_plan_and_no_pool")

# Hazard: what is replaced, by what, and the test of the hazard log that must notice.
CONTROLS: dict[str, tuple[list[tuple[str, Any]], str, str]] = {
    "H01": ([("practice.codes:_check", _answers("0"))], "test_codes_and_scales",
            "test_any_wrong_or_swapped_character_of_a_code_is_noticed"),
    "H02": ([("practice.room:_has_moved", _answers(False))], "test_sessions",
            "test_a_mood_far_from_the_plan_is_noticed"),
    "H03": ([("practice.sessions:require_plan", _approved_plan)], "test_sessions",
            "test_a_draft_is_approved_by_name_and_only_then_starts"),
    "H04": ([_RULES, ("practice.barred:rules_for", _RULES[1])], "test_safety",
            "test_a_limit_bounds_every_track_of_plan_and_pool"),
    "H05": ([("practice.safety:_avoid_sets", _answers({}))], *_SONGS),
    "H06": ([("practice.room:barred_songs", _answers(frozenset())),
             ("practice.plan_keeping:barred_songs", _answers(frozenset()))], "test_sessions",
            "test_what_is_avoided_now_neither_starts_nor_goes_on"),
    "H07": ([("practice.safety:loudness_for", _usual_loudness)], "test_safety", "test_start_quiet_bounds_the_player"),
    "H08": ([("practice.safety:allowance_percent", _answers(0.0))], "test_safety",
            "test_the_allowance_is_what_the_standard_says"),
    "H09": ([("practice.sessions:Sessions.ask_to_stop", _nothing)], "test_sessions",
            "test_the_therapists_stop_reaches_the_room"),
    "H10": ([("practice.room:setting", _default_only)], "test_sessions",
            "test_the_one_switch_frame_moves_as_the_site_set_it"),
    "H11": ([("practice.scales:_rises", _answers(True))], "test_codes_and_scales",
            "test_a_scale_whose_ends_are_turned_round_is_refused"),
    "H12": ([("practice.room_events:scale_of", _of_the_client)], "test_sessions",
            "test_what_a_carer_sees_is_stored_as_an_observers"),
    "H13": ([("practice.room_events:read_answer", _middle_where_untouched)], "test_sessions",
            "test_an_untouched_slider_is_missing_and_never_the_middle"),
    "H14": ([("practice.room_events:setting", _answers(0.0))], "test_sessions",
            "test_answers_that_come_late_are_taken_for_a_week"),
    "H15": ([("practice.caseload:in_caseload", lambda actor, at: (sa.true(),))], "test_access",  # noqa: ARG005
            "test_nobody_else_reads_or_writes_anything_and_cannot_tell_absent_from_forbidden"),
    "H16": ([("practice.passwords:refuse_locked", _nothing)], "test_accounts",
            "test_many_tries_at_once_do_not_slip_through"),
    "H17": ([("practice.room:Room.may_hear", _answers(True))], "test_sessions",
            "test_only_the_approved_pool_of_the_open_session_may_be_heard"),
    "H18": ([("practice.live:Live.mark_message_read", _nothing)], "test_notes",
            "test_messages_are_unread_until_they_are_read"),
    "H19": ([("practice.sessions:someone_must_be_present", _answers(False))], "test_sessions",
            "test_nobody_listens_alone_while_a_question_is_open"),
    "H20": ([("practice.safety:someone_must_be_present", _answers(False))], "test_safety",
            "test_someone_must_be_present_where_a_limit_or_an_open_question_says_so"),
    "H21": ([("practice.sessions:loudness_for", _usual_loudness)], "test_sessions",
            "test_a_client_who_is_hurt_by_sounds_starts_quietly"),
    "H22": ([_RULES], "test_safety", "test_a_worn_song_rests_while_others_fit"),
    "H23": ([_RULES, ("practice.barred:rules_for", _RULES[1])], "test_safety",
            "test_low_moods_are_few_and_never_last"),
    "H24": ([("practice.change:chance_of", _answers(0.5))], "test_change",
            "test_a_gap_is_told_with_how_often_it_comes_without_any_change"),
    "H25": ([("practice.audit:verify", _always_intact)], "test_store",
            "test_the_audit_breaks_where_a_row_was_changed"),
    "H26": ([("practice.store:_refuse_damaged", _nothing)], "test_store",
            "test_a_damaged_record_is_reported_and_never_made_anew"),
    "H27": ([("practice.consent:is_on", _answers(True))], "test_consent",
            "test_optional_uses_are_off_until_said_and_withdrawn_in_one_touch"),
    "H28": ([("practice.training_table:_felt_with_songs", _private_ones_too)], "test_export",
            "test_a_training_table_names_nobody"),
    "H29": ([("practice.erase:erase_everything", _answers(0))], "test_export",
            "test_an_erased_record_leaves_only_hashes_in_the_audit"),
    "H30": ([("practice.sessions:erase_trial", _nothing)], "test_sessions", "test_just_trying_leaves_nothing_behind"),
    "H31": ([("practice.consent:client_of_room", _anybody)], "test_access",
            "test_a_room_reaches_its_own_session_only"),
    "H32": ([("practice.export:safe_cell", lambda value: value)], "test_export",
            "test_no_cell_is_a_formula_and_no_text_is_markup"),
    "H33": ([("practice.sessions:is_to_move_to", _answers(False))], "test_movement", "test_nobody_moves_alone"),
    "H34": ([("practice.caseload:own_songs_of_others", _answers(frozenset()))], "test_private_songs",
            "test_it_is_silent_in_rooms_that_were_open_before"),
}  # fmt: skip


def take_away(hazard: str) -> None:
    """Put something that does nothing in the place of a control."""
    for where, instead in CONTROLS[hazard][0]:
        module, _, path = where.partition(":")
        place: Any = import_module(module)
        *parents, name = path.split(".")
        for parent in parents:
            place = getattr(place, parent)
        getattr(place, name)  # it is there
        setattr(place, name, instead)


def pytest_configure() -> None:
    """Before any test is collected, so that tests import what is left."""
    if hazard := os.environ.get("ATTUNE_WITHOUT"):
        take_away(hazard)
