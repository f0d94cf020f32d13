"""Accounts and their roles: made by one-time links, reset, stopped, listed."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice import audit, passwords
from practice.errors import BadAccountError, LinkError, NotAllowedError, NotThereError
from practice.schema import account_links, accounts, sign_ins
from practice.settings import setting
from practice.store import Actor, Store, new_id, new_token, require_role, token_hash

ROLES = ("clinician", "retrainer", "administrator")
_CONTEXT_WORDS = (
    "attune",
    "music",
    "musik",
    "therapy",
    "therapist",
    "clinic",
    "clinician",
    "playlist",
    "administrator",
)
"""What somebody who guesses passwords of Attune's tries first."""


def end_links(db: Connection, account_id: str | None, *, at: datetime) -> None:
    """End the links of an account that nobody has followed (None: the first account's): one is good at a time."""
    db.execute(
        account_links.update()
        .where(account_links.c.account_id.is_not_distinct_from(account_id), account_links.c.used_at.is_(None))
        .values(used_at=at)
    )


@dataclass(frozen=True)
class Account:
    """An account as an administrator sees it."""

    id: str
    name: str
    room_name: str
    """What clients read: "{room name} is with you"."""
    role: str
    also: tuple[str, ...]
    created_at: datetime
    has_password: bool
    disabled_at: datetime | None


def name_key(name: str) -> str:
    """What two spellings of one name share."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def actor_of(row: Row[tuple[object, ...]]) -> Actor:
    """Who asks, of a row that holds an account."""
    return Actor(account_id=row.id, name=row.name, role=row.role, also=tuple(row.also))


class Accounts(Store):
    """The uses of accounts."""

    def first_link(self) -> str | None:
        """A one-time token that lets the first account be made, or None once there is one.

        Every start may ask anew; the tokens of earlier starts stay good until the first account exists.
        """
        with self._transaction() as db:
            if db.execute(sa.select(accounts.c.id).limit(1)).first() is not None:
                return None
            return self._new_link(db, None)

    def _new_link(self, db: Connection, account_id: str | None) -> str:
        token = new_token()
        now = self.now()
        if account_id is not None:
            end_links(db, account_id, at=now)
        db.execute(
            account_links.insert().values(
                token_hash=token_hash(token),
                account_id=account_id,
                created_at=now,
                expires_at=now + timedelta(hours=setting(db, "account_link_hours")),
            )
        )
        return token

    def link_account_name(self, token: str) -> str | None:
        """The name that a link is for; None for the first account's link, which asks for one.

        Raises
        ------
        LinkError
            If the link is not good.
        """
        with self._reading() as db:
            link = self._good_link(db, token)
            if link is None:
                raise LinkError
            if link.account_id is None:
                return None
            return str(db.execute(sa.select(accounts.c.name).where(accounts.c.id == link.account_id)).scalar_one())

    def _good_link(self, db: Connection, token: str) -> Row[tuple[object, ...]] | None:
        link = db.execute(
            sa.select(account_links).where(
                account_links.c.token_hash == token_hash(token),
                account_links.c.used_at.is_(None),
                account_links.c.expires_at > self.now(),
            )
        ).one_or_none()
        if link is not None and link.account_id is None and db.execute(sa.select(accounts.c.id).limit(1)).first():
            return None  # somebody else has made the first account
        return link

    def _refuse_guesser(self, db: Connection, origin: str) -> None:
        passwords.refuse_locked(db, "link", origin, at=self.now())

    def _note_bad_link(self, db: Connection, origin: str) -> None:
        passwords.count_try(db, "link", origin, at=self.now())
        audit.note(db, at=self.now(), who="unknown", action="link_refused", subject=token_hash(origin))

    def create_account(
        self, token: str, name: str = "", password: str = "", *, room_name: str = "", origin: str = ""
    ) -> Actor:
        """Follow a one-time link: make the first account, or choose the password of an invited or reset one.

        Parameters
        ----------
        token : str
            From `first_link`, `invite` or `reset_account`; it works once.
        name : str
            Ignored where the link is an existing account's.
        room_name : str
            What clients read; the name, where empty.
        origin : str, optional
            The asker's address: five bad links from one within five minutes end its tries for as long.

        Raises
        ------
        LinkError
            If the link was never made, is used or too old: one answer.
        BadAccountError
            If the name or password cannot be taken; the link stays good.
        """
        with self._guarding_links(origin, token), self._reading() as db:
            link = self._good_link(db, token)
            if link is None:
                raise LinkError
            shortest = int(setting(db, "minimum_password_letters"))
            if link.account_id is not None:
                name = str(db.execute(sa.select(accounts.c.name).where(accounts.c.id == link.account_id)).scalar_one())
        self._check_name(name)
        self._check_password(name, password, shortest)
        stored = passwords.hash_secret(password)
        with self._transaction() as db:
            link = self._good_link(db, token)
            if link is None:
                raise LinkError
            now = self.now()
            if link.account_id is None:
                account_id = new_id()
                self._insert(db, account_id, name, room_name, role="clinician", also=["administrator"])
            else:
                account_id = str(link.account_id)
                # Whoever knew the old password is signed out.
                db.execute(
                    sign_ins.update()
                    .where(sign_ins.c.account_id == account_id, sign_ins.c.ended_at.is_(None))
                    .values(ended_at=now)
                )
            db.execute(accounts.update().where(accounts.c.id == account_id).values(password_hash=stored))
            end_links(db, link.account_id, at=now)
            audit.note(db, at=now, who=account_id, action="password_chosen", subject=account_id)
            return actor_of(db.execute(sa.select(accounts).where(accounts.c.id == account_id)).one())

    @staticmethod
    def _check_password(name: str, password: str, shortest: int) -> None:
        if len(password) < shortest or len(password) > 1000:
            raise BadAccountError(f"A password needs {shortest} letters or more; a short sentence is good.")
        if name_key(password) == name_key(name):
            raise BadAccountError("The password must not be the name.")
        if passwords.is_easily_guessed(password, said=(*name.split(), *_CONTEXT_WORDS)):
            raise BadAccountError("Many people use this password, or one like it. A short sentence of yours is good.")

    @staticmethod
    def _check_name(name: str) -> None:
        if not 1 <= len(name.strip()) <= 80 or not name.isprintable():
            raise BadAccountError("A name needs 1 to 80 letters, on one line.")

    def _insert(
        self, db: Connection, account_id: str, name: str, room_name: str, *, role: str, also: list[str]
    ) -> None:
        if db.execute(sa.select(accounts.c.id).where(accounts.c.name_key == name_key(name))).first():
            raise BadAccountError(f"There is an account named {name.strip()!r} already. Choose another name.")
        now = self.now()
        db.execute(
            accounts.insert().values(
                id=account_id,
                name=name.strip(),
                name_key=name_key(name),
                room_name=(room_name or name).strip()[:80],
                role=role,
                also=also,
                created_at=now,
            )
        )
        audit.note(db, at=now, who=account_id, action="account_made", subject=account_id, role=role, also=also)

    def invite(self, actor: Actor | None, name: str, *, role: str = "clinician", room_name: str = "") -> str:
        """Make an account without a password and give the one-time token of its link.

        Parameters
        ----------
        actor : Actor or None
            An administrator; None is the command line, whose user owns the files anyway.

        Raises
        ------
        NotAllowedError
            If `actor` is no administrator.
        BadAccountError
            If the name is taken or no name, or `role` is none of the roles.
        """
        self._check_name(name)
        if role not in ROLES:
            raise BadAccountError(f"{role!r} is not a role; the roles are {', '.join(ROLES)}.")
        with self._transaction() as db:
            if actor is not None:
                require_role(db, actor, "administrator", action="add accounts")
            account_id = new_id()
            self._insert(db, account_id, name, room_name, role=role, also=[])
            return self._new_link(db, account_id)

    def reset_account(self, actor: Actor | None, name: str) -> str:
        """Give a one-time link that lets an account choose a new password; the old one works until it is followed.

        Raises
        ------
        NotThereError
            If there is no such account.
        NotAllowedError
            If `actor` is no administrator.
        """
        with self._transaction() as db:
            if actor is not None:
                require_role(db, actor, "administrator", action="reset accounts")
            row = self._by_name(db, name)
            if row is None:
                raise NotThereError("account")
            audit.note(
                db,
                at=self.now(),
                who=actor.account_id if actor else "command_line",
                action="reset_link",
                subject=str(row.id),
            )
            return self._new_link(db, str(row.id))

    def disable_account(self, actor: Actor, account_id: str) -> None:
        """Stop an account from signing in, at once; its records stay.

        Raises
        ------
        NotAllowedError
            If `actor` is no administrator, or it is the last account that is one.
        """
        with self._transaction() as db:
            require_role(db, actor, "administrator", action="stop accounts")
            rows = db.execute(sa.select(accounts).where(accounts.c.disabled_at.is_(None))).all()
            if account_id not in {row.id for row in rows}:
                raise NotThereError("account")
            left = [row for row in rows if row.id != account_id and "administrator" in {row.role, *row.also}]
            if not left:
                raise NotAllowedError("stop the only administrator")
            now = self.now()
            db.execute(accounts.update().where(accounts.c.id == account_id).values(disabled_at=now))
            db.execute(
                sign_ins.update()
                .where(sign_ins.c.account_id == account_id, sign_ins.c.ended_at.is_(None))
                .values(ended_at=now)
            )
            audit.note(db, at=now, who=actor.account_id, action="account_stopped", subject=account_id)

    def accounts(self, actor: Actor | None) -> list[Account]:
        """All accounts, for an administrator or the command line (None)."""
        with self._reading() as db:
            if actor is not None:
                require_role(db, actor, "administrator", action="list accounts")
            return [
                Account(
                    row.id,
                    row.name,
                    row.room_name,
                    row.role,
                    tuple(row.also),
                    row.created_at,
                    row.password_hash is not None,
                    row.disabled_at,
                )
                for row in db.execute(sa.select(accounts).order_by(accounts.c.created_at, accounts.c.name_key))
            ]

    def colleagues(self, actor: Actor) -> list[tuple[str, str]]:
        """Id and name of the other clinicians, for naming who covers."""
        with self._reading() as db:
            require_role(db, actor, "clinician", "administrator", action="list colleagues")
            rows = db.execute(
                sa.select(accounts)
                .where(accounts.c.id != actor.account_id, accounts.c.disabled_at.is_(None))
                .order_by(accounts.c.name_key)
            )
            return [(row.id, row.name) for row in rows if "clinician" in {row.role, *row.also}]

    @staticmethod
    def _by_name(db: Connection, name: str) -> Row[tuple[object, ...]] | None:
        return db.execute(sa.select(accounts).where(accounts.c.name_key == name_key(name))).one_or_none()
