"""Accounts: one-time links, sign-in, its lock, its end, and the hand-over of the screen."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from practice import passwords
from practice.errors import BadAccountError, LinkError, LockedOutError, NotAllowedError, NotThereError, SignInError
from practice.record import Record
from practice.schema import account_links, accounts, sign_ins
from practice.store import Actor
from tests.practice.conftest import PASSWORD, Clock, at_once, started


def test_the_first_link_makes_one_account_and_then_none(record: Record):
    token = record.first_link()
    assert token is not None
    second = record.first_link()
    actor = record.create_account(token, "Ada", PASSWORD)
    assert actor.roles == {"clinician", "administrator"}
    assert record.first_link() is None
    for used in (token, second):
        with pytest.raises(LinkError):
            record.create_account(used, "Eve", PASSWORD)
    assert len(record.accounts(actor)) == 1


def test_links_passwords_and_sign_ins_are_stored_as_hashes_only(record: Record, clinician: Actor):
    link = record.invite(clinician, "Bo")
    token = record.sign_in("Ada Fenn", PASSWORD)
    with record.engine.connect() as db:
        stored = [
            str(value)
            for table in (accounts, account_links, sign_ins)
            for row in db.execute(sa.select(table))
            for value in row
        ]
    assert not [value for value in stored if link in value or token in value or PASSWORD in value]
    assert any(value.startswith("$argon2id$") for value in stored)


def test_a_link_ends_after_a_day(record: Record, clock: Clock):
    token = record.first_link()
    clock.on(hours=25)
    with pytest.raises(LinkError):
        record.create_account(token, "Ada", PASSWORD)


def test_a_password_that_cannot_be_taken_leaves_the_link_good(record: Record):
    token = record.first_link()
    for name, password in (("Ada", "short"), ("Ada of the river", "ada of the river"), ("", PASSWORD)):
        with pytest.raises(BadAccountError):
            record.create_account(token, name, password)
    assert record.create_account(token, "Ada", PASSWORD).name == "Ada"


def test_unknown_name_wrong_password_and_stopped_account_have_one_answer(
    record: Record, clinician: Actor, colleague: Actor
):
    record.disable_account(clinician, colleague.account_id)
    said = set()
    for name, password in (("Nobody", PASSWORD), ("Ada Fenn", "wrong wrong wrong"), ("Bo Reed", PASSWORD)):
        with pytest.raises(SignInError) as caught:
            record.sign_in(name, password)
        said.add((type(caught.value), str(caught.value), tuple(caught.value.values)))
    assert len(said) == 1


@pytest.mark.parametrize("name", ["Ada Fenn", "Nobody"])
def test_after_five_wrong_tries_even_the_right_password_is_refused_for_five_minutes(
    record: Record, clinician: Actor, clock: Clock, name: str
):
    for _ in range(5):
        with pytest.raises(SignInError) as caught:
            record.sign_in(name, "wrong wrong wrong")
        assert not isinstance(caught.value, LockedOutError)
    with pytest.raises(LockedOutError):
        record.sign_in(name, PASSWORD)
    actions = [row.action for row in record.audit_rows(clinician)]
    assert actions.count("sign_in_refused") == 5
    assert actions.count("sign_in_locked") == 1
    clock.on(minutes=5, seconds=1)
    if name == "Ada Fenn":
        assert record.who(record.sign_in(name, PASSWORD)) is not None


def test_many_tries_at_once_do_not_slip_through(record: Record, clinician: Actor):
    answers = []

    def guess() -> None:
        try:
            record.sign_in("Ada Fenn", "wrong wrong wrong")
        except SignInError as error:
            answers.append(type(error))

    at_once(guess, times=12)
    assert answers.count(SignInError) == 5
    assert answers.count(LockedOutError) == 7


@pytest.mark.parametrize("happens", ["stopped", "new password"])
def test_what_happens_to_an_account_while_its_password_is_looked_at_counts(
    record: Record, clinician: Actor, colleague: Actor, monkeypatch: pytest.MonkeyPatch, happens: str
):
    def meanwhile(*_: object) -> bool:
        monkeypatch.undo()
        if happens == "stopped":
            record.disable_account(clinician, colleague.account_id)
        else:
            record.create_account(record.reset_account(clinician, "Bo Reed"), password="a stone by the weir")
        return True

    monkeypatch.setattr(passwords, "is_right", meanwhile)
    with pytest.raises(SignInError):
        record.sign_in("Bo Reed", PASSWORD)


def test_names_are_one_whatever_their_case(record: Record, clinician: Actor):
    assert record.who(record.sign_in(" ada FENN ", PASSWORD)) == clinician
    with pytest.raises(BadAccountError, match="already"):
        record.invite(clinician, "ADA fenn")


def test_a_sign_in_ends_when_nothing_is_done_for_a_quarter_of_an_hour(record: Record, clinician: Actor, clock: Clock):
    token = record.sign_in("Ada Fenn", PASSWORD)
    for _ in range(3):
        clock.on(minutes=14)
        assert record.who(token) == clinician
    clock.on(minutes=15, seconds=1)
    assert record.who(token) is None


def test_a_page_that_refreshes_by_itself_does_not_keep_a_sign_in(record: Record, clinician: Actor, clock: Clock):
    token = record.sign_in("Ada Fenn", PASSWORD)
    for _ in range(3):
        clock.on(minutes=6)
        record.who(token, active=False)
    assert record.who(token) is None


def test_nobody_is_signed_in_by_a_guessed_empty_or_ended_token(record: Record, clinician: Actor):
    token = record.sign_in("Ada Fenn", PASSWORD)
    record.sign_out(token)
    assert [record.who(each) for each in (token, "", None, "x" * 43)] == [None] * 4


def test_while_the_client_holds_the_screen_the_sign_in_is_locked(record: Record, clinician: Actor, clock: Clock):
    token = record.sign_in("Ada Fenn", PASSWORD)
    assert not record.is_handed_over(token)
    record.hand_over(token)
    assert record.who(token) is None
    assert record.is_handed_over(token)
    clock.on(minutes=40)  # a session is longer than the idle time; the screen waits for its owner
    with pytest.raises(SignInError):
        record.take_back(token, "wrong wrong wrong")
    assert record.who(token) is None
    record.take_back(token, PASSWORD)
    assert record.who(token) == clinician


def test_taking_back_is_guessed_no_more_often_than_signing_in(record: Record, clinician: Actor):
    token = record.sign_in("Ada Fenn", PASSWORD)
    record.hand_over(token)
    for _ in range(5):
        with pytest.raises(SignInError):
            record.take_back(token, "wrong wrong wrong")
    with pytest.raises(LockedOutError):
        record.take_back(token, PASSWORD)
    assert record.who(token) is None


def test_a_reset_link_signs_out_whoever_knew_the_old_password(record: Record, clinician: Actor):
    token = record.sign_in("Ada Fenn", PASSWORD)
    link = record.reset_account(None, "Ada Fenn")
    record.create_account(link, password="another quiet river")
    assert record.who(token) is None
    with pytest.raises(SignInError):
        record.sign_in("Ada Fenn", PASSWORD)
    assert record.who(record.sign_in("Ada Fenn", "another quiet river")) == clinician


def test_one_link_of_an_account_is_good_at_a_time_and_none_outlives_a_new_password(record: Record, clinician: Actor):
    older, newer = (record.reset_account(clinician, "Ada Fenn") for _ in range(2))
    with pytest.raises(LinkError):
        record.create_account(older, password="a stone by the weir")
    record.create_account(newer, password="a stone by the weir")
    left = record.reset_account(clinician, "Ada Fenn")
    record.change_password(record.sign_in("Ada Fenn", "a stone by the weir"), "a stone by the weir", PASSWORD)
    with pytest.raises(LinkError):
        record.create_account(left, password="a heron by the weir")
    assert record.sign_in("Ada Fenn", PASSWORD)


def test_a_stopped_account_is_out_at_once_and_the_last_administrator_cannot_be_stopped(
    record: Record, clinician: Actor, colleague: Actor
):
    token = record.sign_in("Bo Reed", PASSWORD)
    record.disable_account(clinician, colleague.account_id)
    assert record.who(token) is None
    with pytest.raises(NotAllowedError):
        record.clients(colleague)
    with pytest.raises(NotAllowedError, match="only administrator"):
        record.disable_account(clinician, clinician.account_id)


def test_only_an_administrator_adds_accounts(record: Record, colleague: Actor):
    for ask in (lambda: record.invite(colleague, "Cy"), lambda: record.accounts(colleague)):
        with pytest.raises(NotAllowedError):
            ask()


def test_a_forged_actor_has_only_the_roles_of_its_account(record: Record, colleague: Actor):
    forged = Actor(colleague.account_id, "Bo Reed", "administrator")
    with pytest.raises(NotAllowedError):
        record.accounts(forged)


def test_guessing_at_links_is_stopped_after_five_and_noted(record: Record, clinician: Actor, clock: Clock):
    good = record.invite(clinician, "Bo")
    for _ in range(5):
        with pytest.raises(LinkError):
            record.create_account("guess", "Eve", PASSWORD, origin="10.0.0.9")
    for use in (record.enter_room, lambda token, origin: record.open_link(token, "123456", origin=origin)):
        with pytest.raises(LockedOutError):
            use("guess", origin="10.0.0.9")
    with pytest.raises(LockedOutError):
        record.create_account(good, password=PASSWORD, origin="10.0.0.9")
    assert [row.action for row in record.audit_rows(clinician)].count("link_refused") == 5
    assert record.link_account_name(good) == "Bo"
    assert record.create_account(good, password=PASSWORD, origin="10.0.0.7").name == "Bo", "others are not locked out"


def test_watching_an_open_session_of_ones_own_keeps_a_sign_in_and_nothing_else_does(
    record: Record, clinician: Actor, colleague: Actor, client_id: str, clock: Clock
):
    token, other = record.sign_in("Ada Fenn", PASSWORD), record.sign_in("Bo Reed", PASSWORD)
    session_id, _ = started(record, clinician, client_id)
    for _ in range(4):
        clock.on(minutes=12)
        assert record.who(token, active=False, watching=session_id) == clinician
        record.who(other, active=False, watching=session_id)
    assert record.who(other) is None, "somebody else's session"
    clock.on(minutes=12)  # the session has closed by itself meanwhile
    assert record.who(token, active=False, watching=session_id) == clinician
    clock.on(minutes=4)
    assert record.who(token) is None


@pytest.mark.parametrize(
    "easy",
    ["1234567890", "password1234", "qwertyuiop", "aaaaaaaaaaaaaaa", "attunemusic", "Letmein123456"],
)
def test_a_password_that_guessers_try_first_is_not_taken(record: Record, easy: str):
    with pytest.raises(BadAccountError, match="Many people"):
        record.create_account(str(record.first_link()), "Ada Fenn", easy)
    assert record.create_account(str(record.first_link()), "Ada Fenn", PASSWORD)


def test_a_password_is_changed_with_the_one_in_use_and_other_sign_ins_end(record: Record, clinician: Actor):
    here, elsewhere = record.sign_in("Ada Fenn", PASSWORD), record.sign_in("Ada Fenn", PASSWORD)
    with pytest.raises(SignInError):
        record.change_password(here, "not the one in use", "a heron by the weir")
    with pytest.raises(BadAccountError):
        record.change_password(here, PASSWORD, "short")
    with pytest.raises(SignInError):
        record.change_password("guess", PASSWORD, "a heron by the weir")
    assert record.who(elsewhere)
    record.change_password(here, PASSWORD, "a heron by the weir")
    assert record.who(here)
    assert record.who(elsewhere) is None
    assert record.sign_in("Ada Fenn", "a heron by the weir")
    with pytest.raises(SignInError):
        record.sign_in("Ada Fenn", PASSWORD)
    assert "password_changed" in [row.action for row in record.audit_rows(clinician)]


def test_a_new_password_is_guessed_no_more_often_than_a_sign_in(record: Record, clinician: Actor):
    here = record.sign_in("Ada Fenn", PASSWORD)
    for _ in range(5):
        with pytest.raises(SignInError):
            record.change_password(here, "guess", "a heron by the weir")
    with pytest.raises(LockedOutError):
        record.change_password(here, PASSWORD, "a heron by the weir")


def test_people_see_where_they_are_signed_in_and_end_it_everywhere_else(
    record: Record, clinician: Actor, colleague: Actor, clock: Clock
):
    here = record.sign_in("Ada Fenn", PASSWORD)
    clock.on(minutes=2)
    elsewhere = record.sign_in("Ada Fenn", PASSWORD)
    colleagues = record.sign_in(record.accounts(None)[1].name, PASSWORD)
    assert [one.is_this for one in record.own_sign_ins(here)] == [False, True]
    assert record.end_other_sign_ins(here) == 1
    assert (record.who(here), record.who(elsewhere)) == (clinician, None)
    assert record.who(colleagues) == colleague
    assert [one.is_this for one in record.own_sign_ins(here)] == [True]
    assert record.audit_rows(clinician)[0].action == "sign_ins_ended"
    for ended in (elsewhere, "guess"):
        with pytest.raises(SignInError):
            record.own_sign_ins(ended)
        with pytest.raises(SignInError):
            record.end_other_sign_ins(ended)


def test_a_sign_in_that_ran_out_is_not_listed(record: Record, clinician: Actor, clock: Clock):
    record.sign_in("Ada Fenn", PASSWORD)
    clock.on(minutes=16)
    here = record.sign_in("Ada Fenn", PASSWORD)
    assert [one.is_this for one in record.own_sign_ins(here)] == [True]


def test_an_administrator_ends_somebodys_sign_ins_and_nobody_else_does(
    record: Record, clinician: Actor, colleague: Actor
):
    name = record.accounts(None)[1].name
    token = record.sign_in(name, PASSWORD)
    with pytest.raises(NotAllowedError):
        record.end_sign_ins(colleague, clinician.account_id)
    assert record.end_sign_ins(clinician, colleague.account_id) == 1
    assert record.who(token) is None
    assert record.sign_in(name, PASSWORD)
    with pytest.raises(NotThereError):
        record.end_sign_ins(clinician, "nobody")
