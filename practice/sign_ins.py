"""Where an account is signed in, so that people can end what they left open, and administrators what is not theirs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from practice import audit
from practice.errors import NotThereError, SignInError
from practice.schema import accounts, sign_ins
from practice.settings import setting
from practice.signing_in import SigningIn
from practice.store import Actor, require_role, token_hash


class SignIn(NamedTuple):
    """One place where an account is signed in."""

    since: datetime
    last_seen: datetime
    is_this: bool
    """Whether it is the one that asks."""


class SignIns(SigningIn):
    """The uses of looking after sign-ins."""

    def own_sign_ins(self, token: str) -> list[SignIn]:
        """Where the account of this sign-in is signed in, latest first; those that have run out are not among them.

        Raises
        ------
        SignInError
            If nobody is signed in with `token`.
        """
        actor = self._require_signed_in(token)
        with self._reading() as db:
            since = self.now() - timedelta(hours=setting(db, "sign_in_hours"))
            seen = self.now() - timedelta(minutes=setting(db, "idle_sign_out_minutes"))
            rows = db.execute(
                sa.select(sign_ins)
                .where(*_open_of(actor.account_id), sign_ins.c.created_at > since, sign_ins.c.seen_at > seen)
                .order_by(sign_ins.c.created_at.desc(), sign_ins.c.token_hash)
            )
            return [SignIn(row.created_at, row.seen_at, row.token_hash == token_hash(token)) for row in rows]

    def end_other_sign_ins(self, token: str) -> int:
        """End every sign-in of one's account but this; how many there were.

        Raises
        ------
        SignInError
            If nobody is signed in with `token`.
        """
        actor = self._require_signed_in(token)
        with self._transaction() as db:
            others = (*_open_of(actor.account_id), sign_ins.c.token_hash != token_hash(token))
            return self._end_sign_ins(db, others, who=actor.account_id, subject=actor.account_id)

    def end_sign_ins(self, actor: Actor, account_id: str) -> int:
        """End every sign-in of somebody's account, which can sign in again; how many there were.

        Raises
        ------
        NotAllowedError
            If `actor` is no administrator.
        NotThereError
            If there is no such account.
        """
        with self._transaction() as db:
            require_role(db, actor, "administrator", action="end the sign-ins of others")
            if db.execute(sa.select(accounts.c.id).where(accounts.c.id == account_id)).first() is None:
                raise NotThereError("account")
            return self._end_sign_ins(db, _open_of(account_id), who=actor.account_id, subject=account_id)

    def _require_signed_in(self, token: str) -> Actor:
        actor = self.who(token)
        if actor is None:
            raise SignInError
        return actor

    def _end_sign_ins(self, db: Connection, which: tuple[ColumnElement[bool], ...], *, who: str, subject: str) -> int:
        ended = db.execute(sign_ins.update().where(*which).values(ended_at=self.now())).rowcount
        if ended:
            audit.note(db, at=self.now(), who=who, action="sign_ins_ended", subject=subject)
        return int(ended)


def _open_of(account_id: str) -> tuple[ColumnElement[bool], ...]:
    return (sign_ins.c.account_id == account_id, sign_ins.c.ended_at.is_(None))
