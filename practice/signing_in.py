"""Signing in and out, with a lock after some tries; a sign-in is locked while a client holds the screen."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice import audit, passwords
from practice.accounts import Accounts, actor_of, end_links, name_key
from practice.errors import LockedOutError, SignInError
from practice.schema import accounts, sessions, sign_ins
from practice.settings import setting
from practice.store import Actor, new_token, token_hash

# Writing "seen just now" at every rerun of a page would cost a synced write each; this much is precise enough.
_SEEN_EVERY = timedelta(seconds=20)


class SigningIn(Accounts):
    """The uses of signing in."""

    def sign_in(self, name: str, password: str) -> str:
        """Check name and password and give the token of a new sign-in.

        Raises
        ------
        SignInError
            If they do not go together; the same for unknown names, wrong passwords and stopped accounts.
        LockedOutError
            After 5 tries within 5 minutes (settings), the right password or not, the name known or not.
        """
        account_id, judged_by = self._judge(name, password)
        token = new_token()
        with self._transaction() as db:
            _require_as_judged(db, account_id, judged_by)
            now = self.now()
            db.execute(
                sign_ins.insert().values(
                    token_hash=token_hash(token), account_id=account_id, created_at=now, seen_at=now
                )
            )
            audit.note(db, at=now, who=account_id, action="signed_in", subject=account_id)
        return token

    def _judge(self, name: str, password: str) -> tuple[str, str]:
        """The account's id and stored hash if the password is its own; every try is counted before it is judged."""
        key = name_key(name)
        locked: LockedOutError | None = None
        with self._transaction() as db:
            try:
                passwords.count_try(db, "sign_in", key, at=self.now())
            except LockedOutError as error:
                locked = error
                audit.note(db, at=self.now(), who="unknown", action="sign_in_locked", subject=token_hash(key))
            row = self._by_name(db, name)
        if locked is not None:
            raise locked
        usable = row is not None and row.disabled_at is None
        stored = str(row.password_hash) if row is not None and usable and row.password_hash is not None else None
        right = passwords.is_right(password[:1000], stored)
        with self._transaction() as db:
            if right:
                passwords.forgive_tries(db, "sign_in", key)
            else:
                audit.note(db, at=self.now(), who="unknown", action="sign_in_refused", subject=token_hash(key))
        if not right or row is None:
            raise SignInError
        return str(row.id), str(row.password_hash)

    def who(self, token: str | None, *, active: bool = True, watching: str | None = None) -> Actor | None:
        """Who is signed in with `token`: None if nobody, signed out, idle too long, or while a client holds the screen.

        Parameters
        ----------
        active : bool, default=True
            False where a page asks by itself (a fragment that refreshes), so that it does not count as doing something.
        watching : str, optional
            Id of an open session of one's own that the page shows: watching it counts, although nothing is pressed.
        """
        if not token:
            return None
        with self._reading() as db:
            row = self._sign_in_row(db, token)
            if row is None or row.handed_over_at is not None:
                return None
            now = self.now()
            idle = now - row.seen_at
            if watching is not None:
                active = active or self._is_watching(db, str(row.account_id), watching, now)
            if not _is_within(idle, timedelta(minutes=setting(db, "idle_sign_out_minutes"))):
                return None
        if active and not _is_within(idle, _SEEN_EVERY):
            with self._transaction() as db:
                db.execute(sign_ins.update().where(sign_ins.c.token_hash == token_hash(token)).values(seen_at=now))
        return actor_of(row)

    @staticmethod
    def _is_watching(db: Connection, account_id: str, session_id: str, at: datetime) -> bool:
        mine = (sessions.c.id == session_id, sessions.c.account_id == account_id)
        is_open = (sessions.c.ended_at.is_(None), sessions.c.open_until > at)
        return db.execute(sa.select(sessions.c.id).where(*mine, *is_open)).first() is not None

    def _sign_in_row(self, db: Connection, token: str) -> Row[tuple[object, ...]] | None:
        row = db.execute(
            sa.select(sign_ins, accounts.c.id, accounts.c.name, accounts.c.role, accounts.c.also)
            .join(accounts, accounts.c.id == sign_ins.c.account_id)
            .where(
                sign_ins.c.token_hash == token_hash(token),
                sign_ins.c.ended_at.is_(None),
                accounts.c.disabled_at.is_(None),
            )
        ).one_or_none()
        if row is None:
            return None
        longest = timedelta(hours=setting(db, "sign_in_hours"))
        return row if _is_within(self.now() - row.created_at, longest) else None

    def change_password(self, token: str, old: str, new: str) -> None:
        """Choose a new password, with the one in use; every other sign-in of the account ends.

        Raises
        ------
        SignInError
            If nobody is signed in with `token`, or `old` is wrong; `LockedOutError` after too many tries.
        BadAccountError
            If the new one cannot be taken; the old one stays.
        """
        actor = self.who(token)
        if actor is None:
            raise SignInError
        account_id, judged_by = self._judge(actor.name, old)
        with self._reading() as db:
            shortest = int(setting(db, "minimum_password_letters"))
        self._check_password(actor.name, new, shortest)
        stored = passwords.hash_secret(new)
        with self._transaction() as db:
            _require_as_judged(db, account_id, judged_by)
            now = self.now()
            db.execute(accounts.update().where(accounts.c.id == actor.account_id).values(password_hash=stored))
            end_links(db, account_id, at=now)
            db.execute(
                sign_ins.update()
                .where(
                    sign_ins.c.account_id == actor.account_id,
                    sign_ins.c.ended_at.is_(None),
                    sign_ins.c.token_hash != token_hash(token),
                )
                .values(ended_at=now)
            )
            audit.note(db, at=now, who=actor.account_id, action="password_changed", subject=actor.account_id)

    def sign_out(self, token: str) -> None:
        """End a sign-in; nothing happens if it has ended."""
        with self._transaction() as db:
            now = self.now()
            ended = db.execute(
                sign_ins.update()
                .where(sign_ins.c.token_hash == token_hash(token), sign_ins.c.ended_at.is_(None))
                .values(ended_at=now)
                .returning(sign_ins.c.account_id)
            ).scalar_one_or_none()
            if ended is not None:
                audit.note(db, at=now, who=ended, action="signed_out", subject=ended)

    def hand_over(self, token: str) -> None:
        """Lock a sign-in because the screen goes into a client's hands; `who` is None until `take_back`.

        Raises
        ------
        SignInError
            If nobody is signed in with `token`.
        """
        if self.who(token) is None:
            raise SignInError
        with self._transaction() as db:
            now = self.now()
            account_id = db.execute(
                sign_ins.update()
                .where(sign_ins.c.token_hash == token_hash(token))
                .values(handed_over_at=now)
                .returning(sign_ins.c.account_id)
            ).scalar_one()
            audit.note(db, at=now, who=account_id, action="handed_over", subject=account_id)

    def is_handed_over(self, token: str | None) -> bool:
        """Whether `token` is a sign-in that waits for its clinician to take the screen back."""
        if not token:
            return False
        with self._reading() as db:
            row = self._sign_in_row(db, token)
            return row is not None and row.handed_over_at is not None

    def take_back(self, token: str, password: str) -> None:
        """Unlock a handed-over sign-in with its account's password.

        Raises
        ------
        SignInError
            If the password is wrong, or `token` is no sign-in.
        LockedOutError
            After too many tries, which count together with those of `sign_in`.
        """
        with self._reading() as db:
            row = self._sign_in_row(db, token)
        if row is None:
            raise SignInError
        account_id, judged_by = self._judge(str(row.name), password)
        with self._transaction() as db:
            _require_as_judged(db, account_id, judged_by)
            now = self.now()
            db.execute(
                sign_ins.update()
                .where(sign_ins.c.token_hash == token_hash(token))
                .values(handed_over_at=None, seen_at=now)
            )
            audit.note(db, at=now, who=str(row.account_id), action="taken_back", subject=str(row.account_id))


def _is_within(passed: timedelta, limit: timedelta) -> bool:
    """Whether so little time has passed; not where a clock that was set back says that it is still to come."""
    return -limit <= passed <= limit


def _require_as_judged(db: Connection, account_id: str, judged_by: str) -> None:
    """Refuse where an account was stopped or given another password in the moment that hashing the one typed took."""
    row = db.execute(sa.select(accounts).where(accounts.c.id == account_id)).one_or_none()
    if row is None or row.disabled_at is not None or row.password_hash != judged_by:
        raise SignInError
