"""The door of the room: the token that is exchanged once, and the link with its PIN."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice import audit, passwords
from practice.errors import LinkError, WrongPinError
from practice.schema import plans, room_tokens, sessions
from practice.session_rows import is_open, require_session
from practice.settings import setting
from practice.store import Actor, Store, new_token, token_hash


@dataclass(frozen=True)
class LinkState:
    """What a page may say before the PIN is typed."""

    works: bool
    tries_left: int
    why_not: str = ""
    """`late`: its time has passed unused; `not_ready`: its list is being changed; empty: no reason is given."""
    was_for: datetime | None = None
    """When a late one was made."""


def put_room_token(db: Connection, session_id: str, token: str, *, at: datetime) -> None:
    """Let a token open a room; what is stored is its hash."""
    db.execute(room_tokens.insert().values(token_hash=token_hash(token), session_id=session_id, issued_at=at))


class RoomDoor(Store):
    """The uses of coming into the room."""

    def enter_room(self, token: str, *, origin: str = "") -> str:
        """Exchange the token of `start_session` for the room's own; it works once, and the old one ends.

        Raises
        ------
        LinkError
            If it was never made, is used up, or its session is over.
        """
        with self._guarding_links(origin, token), self._transaction() as db:
            row = db.execute(sa.select(sessions).where(sessions.c.entry_token_hash == token_hash(token))).one_or_none()
            if row is None or not is_open(row, self.now()):
                raise LinkError
            return self._new_room_token(db, str(row.id))

    def _new_room_token(self, db: Connection, session_id: str) -> str:
        """Give the room a new token; devices that held an older one may only hand in what they still have."""
        fresh = new_token()
        db.execute(
            room_tokens.update()
            .where(room_tokens.c.session_id == session_id, room_tokens.c.left_at.is_(None))
            .values(left_at=self.now())
        )
        db.execute(sessions.update().where(sessions.c.id == session_id).values(entry_token_hash=None))
        put_room_token(db, session_id, fresh, at=self.now())
        return fresh

    def link_state(self, link_token: str) -> LinkState:
        """Whether a client link works, before its PIN is typed; one answer for unknown and ended."""
        with self._reading() as db:
            row = self._link_row(db, link_token)
            if row is not None:
                left = max(int(setting(db, "pin_tries")) - row.pin_wrong, 0)
                return LinkState(works=left > 0, tries_left=left)
            unused = self._unused_link(db, link_token)
            if unused is None:
                return LinkState(works=False, tries_left=0)
            is_late = unused.open_until <= self.now()
            return LinkState(False, 0, "late" if is_late else "not_ready", unused.started_at if is_late else None)

    def _link_row(self, db: Connection, link_token: str) -> Row[tuple[object, ...]] | None:
        row = db.execute(
            sa.select(sessions).where(
                sessions.c.link_token_hash == token_hash(link_token), sessions.c.link_ended_at.is_(None)
            )
        ).one_or_none()
        if row is None or not is_open(row, self.now()) or self._is_in_the_works(db, row):
            return None
        return row

    @staticmethod
    def _is_in_the_works(db: Connection, row: Row[tuple[object, ...]]) -> bool:
        """Whether the list was changed after the link was made and before it was used: then it is nobody's approval."""
        state = db.execute(sa.select(plans.c.state).where(plans.c.id == row.plan_id)).scalar_one()
        return state == "superseded" and row.entry_token_hash is not None

    def _unused_link(self, db: Connection, link_token: str) -> Row[tuple[object, ...]] | None:
        """The session of a link that nobody used or ended."""
        return db.execute(
            sa.select(sessions).where(
                sessions.c.link_token_hash == token_hash(link_token),
                sessions.c.link_ended_at.is_(None),
                sessions.c.ended_at.is_(None),
                sessions.c.entry_token_hash.is_not(None),
            )
        ).one_or_none()

    def open_link(self, link_token: str, pin: str, *, origin: str = "") -> str:
        """Open the room on another device; a room that was open elsewhere is closed there.

        Parameters
        ----------
        origin : str, optional
            The asker's address: five bad links from one within five minutes end its tries for as long.

        Raises
        ------
        LinkError
            If the link does not work (any more).
        WrongPinError
            If the PIN is wrong; after five the link has ended.
        """
        # Counted before it is judged: many tries at once must not slip through while one is being hashed.
        with self._guarding_links(origin, link_token), self._transaction() as db:
            row = self._link_row(db, link_token)
            allowed = int(setting(db, "pin_tries"))
            if row is None or row.pin_wrong >= allowed:
                raise LinkError
            wrong = row.pin_wrong + 1
            db.execute(sessions.update().where(sessions.c.id == row.id).values(pin_wrong=wrong))
        right = passwords.is_right("".join(pin.split())[:100], str(row.pin_hash))
        with self._transaction() as db:
            # Hashing takes a moment, in which the link may have been revoked or ended: then it stays so.
            works = self._link_row(db, link_token) is not None
            if right and works:
                db.execute(sessions.update().where(sessions.c.id == row.id).values(pin_wrong=0))
                self._note_pin(db, row, "link_opened")
                return self._new_room_token(db, str(row.id))
            if not right:
                if wrong >= allowed and works:
                    db.execute(sessions.update().where(sessions.c.id == row.id).values(link_ended_at=self.now()))
                self._note_pin(db, row, "pin_ended_link" if wrong >= allowed else "pin_wrong")
        if right or wrong >= allowed:
            raise LinkError
        raise WrongPinError(allowed - wrong)

    def _note_pin(self, db: Connection, row: Row[tuple[object, ...]], action: str) -> None:
        if row.client_id is not None:  # guests leave nothing behind
            audit.note(db, at=self.now(), who="client", action=action, subject=str(row.id))

    def revoke_link(self, actor: Actor, session_id: str) -> None:
        """End a client link and close the room that it opened."""
        with self._transaction() as db:
            row = require_session(db, actor, session_id, at=self.now())
            db.execute(
                sessions.update()
                .where(sessions.c.id == session_id)
                .values(link_ended_at=self.now(), entry_token_hash=None)
            )
            db.execute(room_tokens.update().where(room_tokens.c.session_id == session_id).values(revoked_at=self.now()))
            if row.client_id is not None:
                audit.note(db, at=self.now(), who=actor.account_id, action="link_revoked", subject=session_id)
