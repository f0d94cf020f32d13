"""People and cover: colleagues, their accounts, emergency looks, and what the audit has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from practice.accounts import ROLES
from practice.errors import PracticeError
from web.clinician import dates, look, navigation, sending, state
from web.clinician.access import asker, do, session_token
from web.components.plain_table import plain_table
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.accounts import Account

AUDIT_ROWS = 50


def people_part(actor: Actor) -> None:
    """Colleagues and cover for a clinician; accounts and the audit for an administrator."""
    record = stores().record
    st.text(say("clinician.settings_signed_in", name=actor.name))
    new_password()
    where_signed_in()
    looks = record.emergency_looks(actor) if "clinician" in actor.roles else []
    if looks:
        st.header(say("clinician.looks_title"), anchor=False)
        codes = {client.id: client.code for client in record.clients(actor, ended=True)}
        for client_id, one in looks:
            line = say(
                "clinician.looks_line",
                code=codes.get(client_id, ""),
                name=one.account_name,
                day=dates.moment(one.since),
                reason=one.reason,
            )
            look.notice(line, key=f"look-{one.id}")
    if "administrator" in actor.roles:
        show_accounts(actor)
    else:
        names = [name for _, name in record.colleagues(actor)]
        st.text("\n".join(names) or say("clinician.colleagues_none"))
    if "clinician" in actor.roles:
        st.header(say("clinician.cover_title"), anchor=False)
        st.write(say("clinician.cover_means"))
        emergency(actor)
    if "administrator" in actor.roles:
        show_audit(actor)


def new_password() -> None:
    """Choose another password, with the one in use."""
    with st.expander(say("clinician.password_title")), st.form("password", border=False, clear_on_submit=True):
        st.write(say("clinician.password_means"))
        old = st.text_input(say("clinician.password_old"), type="password", autocomplete="current-password")
        new = st.text_input(say("clinician.password_new"), type="password", autocomplete="new-password")
        if not st.form_submit_button(say("clinician.password_change")):
            return
        try:
            stores().record.change_password(session_token(), old, new)
        except PracticeError as error:
            look.notice(str(error), key="password")
            return
        look.notice(say("clinician.password_changed"), key="password")


def where_signed_in() -> None:
    """Where one is signed in, and an end to it everywhere but here."""
    found = stores().record.own_sign_ins(session_token())
    with st.expander(say("clinician.sign_ins_title", n=len(found))):
        for one in found:
            line = say("clinician.sign_ins_line", since=dates.moment(one.since), seen=dates.moment(one.last_seen))
            st.text(line + ("  ·  " + say("clinician.sign_ins_this") if one.is_this else ""))
        if len(found) > 1:
            st.button(say("clinician.sign_ins_end_others"), key="end-other-sign-ins", on_click=end_others)


def end_others() -> None:
    """Sign out everywhere but here."""
    do(lambda _: stores().record.end_other_sign_ins(session_token()))


def show_accounts(actor: Actor) -> None:
    """Every account, a new one, a new link, and stopping one."""
    st.header(say("clinician.accounts_title"), anchor=False)
    for account in stores().record.accounts(actor):
        with look.row(f"account-{account.id}"):
            st.text(account_says(account), width="stretch")
            if account.disabled_at is None and account.id != actor.account_id:
                st.button(say("clinician.account_link"), key=f"link-{account.id}", on_click=new_link,
                          args=(account.name,))  # fmt: skip
                st.button(say("clinician.account_sign_out"), key=f"sign-out-{account.id}", on_click=sign_out,
                          args=(account.id,))  # fmt: skip
                st.button(say("clinician.account_stop"), key=f"stop-{account.id}", on_click=stop,
                          args=(account.id,))  # fmt: skip
    made = st.session_state.get(state.ACCOUNT_LINK)
    if made is not None:
        with st.container(key="card-account-link"):
            st.text(say("clinician.account_link_for", name=made[0]))
            st.code(f"{sending.public_url()}/welcome?link={made[1]}", language=None, wrap_lines=True)
            look.quiet(say("clinician.account_link_once"), key="account-link")
    with st.form("account", border=False, clear_on_submit=True):
        left, right = st.columns([0.6, 0.4])
        name = left.text_input(say("clinician.account_name"), max_chars=80)
        role = right.selectbox(
            say("clinician.account_role"), ROLES, format_func=lambda one: say(f"clinician.role_{one}")
        )
        if st.form_submit_button(say("clinician.account_add")) and look.is_filled(account_name=name):
            invite(name, role)
            st.rerun()


def account_says(account: Account) -> str:
    """A name, what they may do, and whether they can sign in."""
    roles = ", ".join(say(f"clinician.role_{role}") for role in (account.role, *account.also))
    if account.disabled_at is not None:
        how = say("clinician.account_stopped", day=dates.day(account.disabled_at))
    else:
        how = "" if account.has_password else say("clinician.account_waits")
    return "  ·  ".join(part for part in (account.name, roles, how) if part)


def invite(name: str, role: str) -> None:
    """Make an account and keep its one-time link for showing once."""
    try:
        token = stores().record.invite(asker(), name, role=role)
    except PracticeError as error:
        st.session_state[state.TROUBLE] = str(error)
        return
    st.session_state[state.ACCOUNT_LINK] = (name.strip(), token)


def new_link(name: str) -> None:
    """Give somebody a one-time link to a new password."""
    try:
        token = stores().record.reset_account(asker(), name)
    except PracticeError as error:
        st.session_state[state.TROUBLE] = str(error)
        return
    st.session_state[state.ACCOUNT_LINK] = (name, token)


def stop(account_id: str) -> None:
    """Stop an account from signing in."""
    do(lambda actor: stores().record.disable_account(actor, account_id))


def sign_out(account_id: str) -> None:
    """End somebody's sign-ins; they may sign in again."""
    do(lambda actor: stores().record.end_sign_ins(actor, account_id))


def emergency(actor: Actor) -> None:  # noqa: ARG001 - as every part, it is given who asks
    """Open a record that is not one's own, by its code and with a reason that others will read."""
    with st.expander(say("clinician.emergency_title")):
        st.write(say("clinician.emergency_means"))
        with st.form("emergency", border=False):
            code = st.text_input(say("clinician.emergency_code"), max_chars=20)
            reason = st.text_input(say("clinician.emergency_why"), max_chars=500)
            opened = st.form_submit_button(say("clinician.emergency_go"))
        if not opened:
            return
        try:
            client_id = stores().record.break_glass(asker(), code, reason=reason)
        except PracticeError as error:
            look.notice(str(error), key="emergency")
            return
        navigation.go_to("client", client=client_id)


def show_audit(actor: Actor) -> None:
    """The latest that was written down about who did what, and whether the chain holds."""
    with st.expander(say("clinician.audit_title")):
        if st.button(say("clinician.audit_check")):
            verdict = stores().record.verify_audit()
            text = "audit_intact" if verdict.intact else "audit_broken"
            look.notice(say(f"clinician.{text}", rows=verdict.rows), key="audit")
        names = {account.id: account.name for account in stores().record.accounts(actor)}
        rows = [
            {
                say("clinician.audit_at"): dates.moment(row.at),
                say("clinician.audit_who"): names.get(row.who, row.who.replace("_", " ")),
                say("clinician.audit_what"): row.action.replace("_", " "),
            }
            for row in stores().record.audit_rows(actor, limit=AUDIT_ROWS)
        ]
        plain_table(rows, key="audit", title=say("clinician.audit_title"))
