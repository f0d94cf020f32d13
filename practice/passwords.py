"""Passwords and PINs: argon2id, and the counting of tries."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

import argon2
import sqlalchemy as sa
from sqlalchemy import Connection

from practice.errors import LockedOutError
from practice.schema import tries
from practice.settings import setting
from practice.store import new_id

_JUDGED_LETTERS = 72
_SAFE = 3
"""Of 0 to 4: more than 10^8 guesses."""
_hasher = argon2.PasswordHasher()


def hash_secret(secret: str) -> str:
    """An argon2id hash with its own salt."""
    return _hasher.hash(secret)


def is_right(secret: str, stored: str | None) -> bool:
    """Whether `secret` is the one that was stored; takes as long where nothing was stored."""
    try:
        return _hasher.verify(stored or _nobodys(), secret) and stored is not None
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _hasher.hash(new_id())


def is_easily_guessed(password: str, *, said: Sequence[str]) -> bool:
    """Whether a guesser would have a password within a hundred million tries [1]_.

    Parameters
    ----------
    said : sequence of str
        Words that a guesser tries first: the account's name, the product, the trade.

    References
    ----------
    .. [1] Wheeler, D. L. "zxcvbn: low-budget password strength estimation." USENIX Security, 2016.
    """
    from zxcvbn import zxcvbn  # its tables of common passwords take a moment to load

    return int(zxcvbn(password[:_JUDGED_LETTERS], user_inputs=list(said))["score"]) < _SAFE


def _subject(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def count_try(db: Connection, kind: str, name: str, *, at: datetime) -> None:
    """Count a try before it is judged, so that many at once cannot slip through.

    Raises
    ------
    LockedOutError
        If the tries within the window are used up, the right answer or not.
    """
    refuse_locked(db, kind, name, at=at)
    db.execute(tries.delete().where(tries.c.at < at - timedelta(days=1)))
    db.execute(tries.insert().values(id=new_id(), kind=kind, subject=_subject(name), at=at))


def refuse_locked(db: Connection, kind: str, name: str, *, at: datetime) -> None:
    """Refuse where the tries within the window are used up.

    Raises
    ------
    LockedOutError
        Until the window has passed.
    """
    window = timedelta(minutes=setting(db, "sign_in_window_minutes"))
    used = db.execute(
        sa.select(sa.func.count())
        .select_from(tries)
        .where(
            tries.c.kind == kind,
            tries.c.subject == _subject(name),
            # Not beyond the window either way: a clock that was set back must not lock a name for as long.
            tries.c.at.between(at - window, at + window),
            tries.c.at != at - window,
        )
    ).scalar_one()
    if used >= setting(db, "sign_in_tries"):
        raise LockedOutError(round(window.total_seconds() / 60))


def forgive_tries(db: Connection, kind: str, name: str) -> None:
    """Forget the tries of one who has shown the right answer."""
    db.execute(tries.delete().where(tries.c.kind == kind, tries.c.subject == _subject(name)))
