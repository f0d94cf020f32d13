"""Nobody reads or writes beyond their own: roles × ids × uses, one answer for absent and forbidden."""

from __future__ import annotations

import contextlib
import inspect
import itertools
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from practice.errors import BadClientError, NotAllowedError, NotThereError, PracticeError, RoomClosedError
from practice.group_seats import SeatWish
from practice.movement import Movement
from practice.record import Record
from practice.schema import metadata
from practice.store import Actor
from recommender.candidates import Candidates
from tests.practice.conftest import PASSWORD, Clock, a_playlist, event, settled, some_tracks, started


@dataclass(frozen=True)
class Things:
    """Ids of one client's things."""

    client: str
    plan: str
    session: str
    moment: str
    goal: str
    story: str
    entry: str
    access: str
    member: str
    group: str
    group_session: str
    seat: str


ABSENT = Things(*["0" * 32] * 12)

# One line for each use that names something of a client: it must be refused wherever the client is not one's own.
OF_A_CLIENT: dict[str, Callable[[Record, Actor, Things], Any]] = {
    "client": lambda r, a, t: r.client(a, t.client),
    "change_client": lambda r, a, t: r.change_client(a, t.client, version=1, preset="calm"),
    "set_usual_time": lambda r, a, t: r.set_usual_time(a, t.client, day=0, at="10:30"),
    "protection": lambda r, a, t: r.protection(a, t.client),
    "rules": lambda r, a, t: r.rules(a, t.client),
    "avoid": lambda r, a, t: r.avoid(a, t.client, "artist", "X"),
    "stop_avoiding": lambda r, a, t: r.stop_avoiding(a, t.client, t.entry),
    "set_limit": lambda r, a, t: r.set_limit(a, t.client, "start_quiet", reason="x"),
    "lift_limit": lambda r, a, t: r.lift_limit(a, t.client, "someone_present", reason="x"),
    "mark_song": lambda r, a, t: r.mark_song(a, t.client, "t1", "loved", title="x"),
    "unmark_song": lambda r, a, t: r.unmark_song(a, t.client, "t1", "loved"),
    "set_owner": lambda r, a, t: r.set_owner(a, "t1", t.client, title="x"),
    "draft_plan": lambda r, a, t: r.draft_plan(a, t.client, a_playlist(), some_tracks(), model_id="m"),
    "draft_movement": lambda r, a, t: r.draft_movement(
        a, t.client, a_playlist(), some_tracks(), Movement("walking", 100.0), supervised=True, model_id="m"
    ),
    "movement": lambda r, a, t: r.movement(a, t.plan),
    "last_movement": lambda r, a, t: r.last_movement(a, t.client),
    "group": lambda r, a, t: r.group(a, t.group),
    "new_group": lambda r, a, t: r.new_group(a, "x", [t.client, t.member]),
    "change_group": lambda r, a, t: r.change_group(a, t.group, version=1, label="x", members=[t.client, t.member]),
    "who_leads_next": lambda r, a, t: r.who_leads_next(a, t.group),
    "start_group": lambda r, a, t: r.start_group(
        a, [SeatWish(t.client), SeatWish()], a_playlist(), some_tracks(), how="none", model_id="m"
    ),
    "make_group_list": lambda r, a, t: r.make_group_list(
        a, t.group_session, a_playlist(), some_tracks(), (), model_id="m"
    ),
    "group_session": lambda r, a, t: r.group_session(a, t.group_session),
    "renew_seat_link": lambda r, a, t: r.renew_seat_link(a, t.seat),
    "host_room": lambda r, a, t: r.host_room(a, t.group_session),
    "end_group_session": lambda r, a, t: r.end_group_session(a, t.group_session),
    "group_note": lambda r, a, t: r.group_note(a, t.group_session),
    "save_group_note": lambda r, a, t: r.save_group_note(
        a, t.group_session, noticed="", meaning="", next_time="", lines={}, version=0
    ),
    "sign_group_note": lambda r, a, t: r.sign_group_note(a, t.group_session, version=0),
    "end_group": lambda r, a, t: r.end_group(a, t.group),
    "edit_plan": lambda r, a, t: r.edit_plan(a, t.plan, a_playlist(), some_tracks(), version=1, model_id="m"),
    "approve": lambda r, a, t: r.approve(a, t.plan, present=True),
    "plan": lambda r, a, t: r.plan(a, t.plan),
    "plans": lambda r, a, t: r.plans(a, t.client),
    "start_session": lambda r, a, t: r.start_session(a, t.plan, with_client=True),
    "revoke_link": lambda r, a, t: r.revoke_link(a, t.session),
    "ask_to_stop": lambda r, a, t: r.ask_to_stop(a, t.session),
    "ask_for_different_next": lambda r, a, t: r.ask_for_different_next(a, t.session),
    "ask_for_closing": lambda r, a, t: r.ask_for_closing(a, t.session),
    "room_order": lambda r, a, t: r.room_order(a, t.session),
    "end_session": lambda r, a, t: r.end_session(a, t.session),
    "sessions": lambda r, a, t: r.sessions(a, t.client),
    "session": lambda r, a, t: r.session(a, t.session),
    "facts": lambda r, a, t: r.facts(a, t.session),
    "songs_known": lambda r, a, t: r.songs_known(a, t.client),
    "plays": lambda r, a, t: r.plays(a, t.client),
    "session_events": lambda r, a, t: r.session_events(a, t.session),
    "export_client": lambda r, a, t: r.export_client(a, t.client),
    "leave_suggestions": lambda r, a, t: r.leave_suggestions(a, t.client),
    "mark_message_read": lambda r, a, t: r.mark_message_read(a, t.session, "event-0001"),
    "mark_moment": lambda r, a, t: r.mark_moment(a, t.session),
    "write_about_song": lambda r, a, t: r.write_about_song(a, t.session, "t1", "x"),
    "write_their_words": lambda r, a, t: r.write_their_words(a, t.moment, "x"),
    "write_upset_form": lambda r, a, t: r.write_upset_form(a, t.client, seen="x"),
    "upset_forms": lambda r, a, t: r.upset_forms(a, t.client),
    "note": lambda r, a, t: r.note(a, t.session),
    "save_note": lambda r, a, t: r.save_note(a, t.session, noticed="", meaning="", next_time="", version=0),
    "sign_note": lambda r, a, t: r.sign_note(a, t.session, version=0),
    "add_addendum": lambda r, a, t: r.add_addendum(a, t.session, "x"),
    "note_is_as_signed": lambda r, a, t: r.note_is_as_signed(a, t.session),
    "set_goal": lambda r, a, t: r.set_goal(a, t.client, "x"),
    "close_goal": lambda r, a, t: r.close_goal(a, t.client, t.goal, outcome="reached"),
    "goals": lambda r, a, t: r.goals(a, t.client),
    "add_to_story": lambda r, a, t: r.add_to_story(a, t.client, chapter="now", title="x"),
    "remove_from_story": lambda r, a, t: r.remove_from_story(a, t.client, t.story),
    "story": lambda r, a, t: r.story(a, t.client),
    "end_therapy": lambda r, a, t: r.end_therapy(a, t.client, asked_again=True),
    "write_reporting": lambda r, a, t: r.write_reporting(a, t.client, "theory", "x"),
    "reporting": lambda r, a, t: r.reporting(a, t.client),
    "change": lambda r, a, t: r.change(a, t.session),
    "review": lambda r, a, t: r.review(a, t.client),
    "agreements": lambda r, a, t: r.agreements(a, t.client),
    "agrees": lambda r, a, t: r.agrees(a, t.client, "improve"),
    "set_agreement": lambda r, a, t: r.set_agreement(a, t.client, "improve", is_on=True, said_by="client"),
    "keep_until": lambda r, a, t: r.keep_until(a, t.client, date(2034, 1, 1), basis="8 years"),
    "kept_until": lambda r, a, t: r.kept_until(a, t.client),
    "who_has_access": lambda r, a, t: r.who_has_access(a, t.client),
    "give_cover": lambda r, a, t: r.give_cover(a, t.client, a.account_id, until=r.now() + timedelta(1), reason="x"),
    "end_cover": lambda r, a, t: r.end_cover(a, t.client, t.access),
    "hand_on": lambda r, a, t: r.hand_on(a, t.client, a.account_id),
    "listener": lambda r, a, t: r.listener(a, t.client, library()),
    "listener_answers": lambda r, a, t: r.listener_answers(a, t.client),
    "forget_listener": lambda r, a, t: r.forget_listener(a, t.client),
}
# Uses that name nothing of a client: what they list is checked below, or they are about accounts and the site.
OF_NOBODY = {
    "groups",
    "group_sessions",
    "suggest_client",
    "new_client",
    "clients",
    "drafts_to_approve",
    "has_begun",
    "open_sessions",
    "messages",
    "upset_waiting",
    "notes_to_sign",
    "retention_reminders",
    "requests",
    "answer_request",
    "emergency_looks",
    "break_glass",
    "erase_record",
    "bring_scale",
    "training_table",
    "invite",
    "reset_account",
    "disable_account",
    "end_sign_ins",
    "accounts",
    "colleagues",
    "audit_rows",
    "make_backup",
    "bring_back",
    "waiting_backup",
    "take_back_bring_back",
    "set_setting",
    "site_text_history",
    "write_site_text",
    "confirm_site_text",
    "may_train",
    "check_tags",
    "tag_template",
    "models",
    "report_card",
    "start_training",
    "may_stop",
    "stop_job",
    "promote_model",
    "roll_back_model",
    "private_songs",
    "owners_of",
    "wanted_songs",
}
LISTS = (
    "groups",
    "group_sessions",
    "clients",
    "drafts_to_approve",
    "open_sessions",
    "messages",
    "notes_to_sign",
    "sessions",
    "emergency_looks",
)


def library() -> Candidates:
    """A library of one song."""
    one = np.zeros(1, np.float32)
    return Candidates(
        np.array(["t"]), one, one, one, one, one + 60, one + 100, np.zeros(1, np.int8), one, np.zeros(1, np.int32),
        np.zeros(1, np.int32),
    )  # fmt: skip


def uses_that_name_who_asks() -> set[str]:
    return {
        name
        for name, use in inspect.getmembers(Record, inspect.isfunction)
        if not name.startswith("_") and "actor" in inspect.signature(use).parameters
    }


@pytest.fixture
def things(record: Record, clinician: Actor, clock: Clock) -> Things:
    """A client of Ada's with one of everything."""
    return one_of_everything(record, clinician)


def one_of_everything(record: Record, actor: Actor) -> Things:
    """A new client of somebody's, with one of everything."""
    client_id = settled(record, actor, avoid="bagpipes", seizures="yes")
    session_id, room_token = started(record, actor, client_id)
    record.add_events(room_token, [event(1, "told")])
    others = [settled(record, actor), settled(record, actor)]
    meeting = record.start_group(
        actor, [SeatWish(one) for one in others], a_playlist(), some_tracks(), how="none", model_id="m"
    )
    return Things(
        client=client_id,
        plan=record.session(actor, session_id).plan_id,
        session=session_id,
        moment=record.mark_moment(actor, session_id),
        goal=record.set_goal(actor, client_id, "x").id,
        story=record.add_to_story(actor, client_id, chapter="now", title="x").id,
        entry=record.client(actor, client_id).avoid[0].id,
        access=record.who_has_access(actor, client_id)[0].id,
        member=others[0],
        group=record.new_group(actor, "Tuesday", others).id,
        group_session=meeting.id,
        seat=meeting.seats[0].session_id,
    )


@pytest.fixture
def others(record: Record, clinician: Actor, colleague: Actor) -> dict[str, Actor]:
    """Everyone who must not see Ada's client."""
    stopped = record.create_account(record.invite(clinician, "Cy Stone"), password=PASSWORD)
    record.disable_account(clinician, stopped.account_id)
    return {
        "colleague": colleague,
        "administrator": record.create_account(
            record.invite(clinician, "Di Hall", role="administrator"), password=PASSWORD
        ),
        "retrainer": record.create_account(record.invite(clinician, "Ed Lake", role="retrainer"), password=PASSWORD),
        "stopped": stopped,
        "nobody": Actor("0" * 32, "Eve", "clinician", ("administrator",)),
    }


def test_every_use_that_names_who_asks_is_in_this_matrix():
    assert uses_that_name_who_asks() == set(OF_A_CLIENT) | OF_NOBODY


def everything(record: Record) -> dict[str, list[tuple[Any, ...]]]:
    with record.engine.connect() as db:
        return {
            table.name: sorted(map(tuple, db.execute(sa.select(table))), key=str) for table in metadata.sorted_tables
        }


def test_nobody_else_reads_or_writes_anything_and_cannot_tell_absent_from_forbidden(
    record: Record, clinician: Actor, things: Things, others: dict[str, Actor]
):
    before = everything(record)
    tried = 0
    for role, actor in others.items():
        for name, use in OF_A_CLIENT.items():
            answers = []
            for target in (things, ABSENT):
                with pytest.raises((NotThereError, NotAllowedError)) as caught:
                    use(record, actor, target)
                answers.append((type(caught.value), str(caught.value)))
                tried += 1
            assert answers[0] == answers[1], f"{name} tells {role} that something is there"
    assert tried == len(others) * len(OF_A_CLIENT) * 2
    assert everything(record) == before


NAMES = tuple(field.name for field in fields(Things))
EVERY_WAY = list(itertools.product((True, False), repeat=len(NAMES)))


@pytest.mark.parametrize(
    "ways",
    [
        pytest.param([way for way in EVERY_WAY if sum(way) in {1, len(NAMES) - 1}], id="one"),
        pytest.param(
            [way for way in EVERY_WAY if min(sum(way), len(NAMES) - sum(way)) <= 2], id="two", marks=pytest.mark.soak
        ),
    ],
)
def test_no_id_of_somebody_elses_works_beside_one_of_ones_own(
    record: Record,
    clinician: Actor,
    colleague: Actor,
    things: Things,
    ways: list[tuple[bool, ...]],
    tell: Callable[[str], None],
):
    """Ids of two clients mixed: one or two of somebody else's among one's own, and the other way round."""
    own = one_of_everything(record, colleague)
    of_theirs = read_of(record, clinician, things)
    tried = 0
    for way in ways:
        mixed = Things(*[getattr(own if is_own else things, name) for is_own, name in zip(way, NAMES, strict=True)])
        for name, use in OF_A_CLIENT.items():
            if name not in READS and mixed != own:
                tried += 1
                with contextlib.suppress(PracticeError):
                    use(record, colleague, mixed)
    changed = [name for name, said in read_of(record, clinician, things).items() if said != of_theirs[name]]
    tell(f"{tried} uses with ids of two clients mixed in {len(ways)} ways: {len(changed)} reached somebody else's")
    assert changed == []


def read_of(record: Record, actor: Actor, things: Things) -> dict[str, str]:
    """What a clinician reads of their client, without what a colleague's client has for their own by design."""
    read = {use: OF_A_CLIENT[use](record, actor, things) for use in READS}
    read["protection"] = replace(read["protection"], others_own=frozenset())
    return {use: repr(value) for use, value in read.items()}


READS = ("client", "protection", "plan", "plans", "sessions", "session", "facts", "upset_forms", "goals", "story",
         "note", "agreements", "kept_until", "who_has_access", "reporting")  # fmt: skip


def test_their_own_clinician_is_refused_nothing_for_being_who_she_is(record: Record, clinician: Actor, things: Things):
    own_trouble = {"give_cover", "end_cover", "hand_on"}  # to oneself, or no cover: absent for another reason
    for name, use in OF_A_CLIENT.items():
        try:
            use(record, clinician, things)
        except (NotThereError, NotAllowedError):
            assert name in own_trouble | {"close_goal", "stop_avoiding", "lift_limit", "remove_from_story"}, name
        except PracticeError:
            continue  # a state that an earlier use has changed


def test_no_list_shows_what_is_not_ones_own(record: Record, things: Things, others: dict[str, Actor]):
    assert things
    for role, actor in others.items():
        for name in LISTS:
            if role == "colleague":
                assert getattr(record, name)(actor) == [], name
            else:
                with pytest.raises(NotAllowedError):
                    getattr(record, name)(actor)


def test_only_clinicians_make_clients_and_plans_and_nobody_learns_of_theirs(
    record: Record, others: dict[str, Actor], things: Things
):
    for role in ("administrator", "retrainer", "stopped", "nobody"):
        for use in (
            lambda actor: record.new_client(actor, agreed_by="client"),
            lambda actor: record.suggest_client(actor),
            lambda actor: record.draft_plan(actor, None, a_playlist(), some_tracks(), model_id="m"),
            lambda actor: record.break_glass(actor, "000-0000-0", reason="an emergency at the door"),
        ):
            with pytest.raises((NotAllowedError, BadClientError)):
                use(others[role])


def test_administrators_read_no_notes_and_clinicians_no_audit(
    record: Record, colleague: Actor, others: dict[str, Actor], things: Things
):
    assert record.audit_rows(others["administrator"])
    for actor in (colleague, others["retrainer"], others["nobody"]):
        with pytest.raises(NotAllowedError):
            record.audit_rows(actor)


def test_cover_is_named_ends_by_itself_and_is_not_passed_on(
    record: Record, clinician: Actor, colleague: Actor, things: Things, clock: Clock, others: dict[str, Actor]
):
    until = clock.now + timedelta(days=7)
    record.give_cover(clinician, things.client, colleague.account_id, until=until, reason="leave")
    assert record.client(colleague, things.client).id == things.client
    with pytest.raises(NotAllowedError, match="not your own"):
        record.give_cover(colleague, things.client, clinician.account_id, until=until, reason="no")
    with pytest.raises(NotAllowedError):
        record.hand_on(colleague, things.client, clinician.account_id)
    clock.on(days=7, seconds=1)
    with pytest.raises(NotThereError):
        record.client(colleague, things.client)
    for refused in (others["administrator"], others["stopped"]):
        with pytest.raises(NotThereError):
            record.give_cover(
                clinician, things.client, refused.account_id, until=clock.now + timedelta(1), reason="leave"
            )


def test_cover_can_be_ended_at_once(record: Record, clinician: Actor, colleague: Actor, things: Things, clock: Clock):
    record.give_cover(
        clinician, things.client, colleague.account_id, until=clock.now + timedelta(days=7), reason="leave"
    )
    cover = next(entry for entry in record.who_has_access(clinician, things.client) if entry.kind == "cover")
    record.end_cover(clinician, things.client, cover.id)
    with pytest.raises(NotThereError):
        record.client(colleague, things.client)


def test_an_emergency_look_needs_a_reason_ends_and_is_seen(
    record: Record, clinician: Actor, colleague: Actor, things: Things, clock: Clock
):
    code = record.client(clinician, things.client).code
    with pytest.raises(BadClientError):
        record.break_glass(colleague, code, reason="hm")
    assert record.break_glass(colleague, code, reason="Found in distress, therapist away") == things.client
    assert record.client(colleague, things.client).code == code
    ((seen_client, look),) = record.emergency_looks(clinician)
    assert (seen_client, look.account_name, look.reason) == (
        things.client,
        "Bo Reed",
        "Found in distress, therapist away",
    )
    assert "break_glass" in [row.action for row in record.audit_rows(clinician)]
    clock.on(hours=24, seconds=1)
    with pytest.raises(NotThereError):
        record.client(colleague, things.client)


def test_a_client_that_is_handed_on_is_no_longer_ones_own(
    record: Record, clinician: Actor, colleague: Actor, things: Things
):
    record.hand_on(clinician, things.client, colleague.account_id)
    assert record.client(colleague, things.client)
    with pytest.raises(NotThereError):
        record.client(clinician, things.client)


def test_a_room_reaches_its_own_session_only(record: Record, clinician: Actor, things: Things):
    other_client = settled(record, clinician)
    _, room_token = started(record, clinician, other_client)
    kept = record.kept_about_me(room_token)
    assert kept.code == record.client(clinician, other_client).code
    assert len(kept.sessions) == 1
    record.set_own_agreement(room_token, "improve", is_on=True)
    assert not record.agrees(clinician, things.client, "improve")
    _, trial = started(record, clinician, None)
    for token in ("guess", trial, ""):
        for use in (
            record.kept_about_me,
            lambda token: record.set_own_agreement(token, "improve", is_on=True),
            lambda token: record.ask_for(token, "notes"),
        ):
            with pytest.raises(RoomClosedError):
                use(token)
