"""One note a session: the facts filled in, three empty boxes, a signature, then addenda."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice import audit
from practice.caseload import in_caseload
from practice.errors import NotThereError, PlanStateError
from practice.facts import SessionFacts, facts_as_data, facts_of
from practice.schema import accounts, addenda, caseload, notes, sessions
from practice.session_rows import is_of_a_group, require_session
from practice.store import Actor, Store, new_id, require_role

MOST_LETTERS = 20_000


@dataclass(frozen=True)
class Addendum:
    """What was added to a signed note."""

    text: str
    written_by: str
    written_at: datetime


@dataclass(frozen=True)
class Note:
    """A note. The three boxes are the clinician's alone and start empty."""

    session_id: str
    client_id: str
    facts: SessionFacts | Mapping[str, Any]
    """Of this moment while it is a draft; as they were when it was signed, afterwards."""
    noticed: str
    meaning: str
    next_time: str
    version: int
    """0 before anything was written."""
    signed_by: str | None
    signed_at: datetime | None
    addenda: tuple[Addendum, ...]


class Notes(Store):
    """The uses of notes."""

    def note(self, actor: Actor, session_id: str) -> Note:
        """The note of a session; its boxes are empty before anything was written.

        Raises
        ------
        NotThereError
            If the session is not there, is not of the caseload, or keeps nothing.
        """
        with self._reading() as db:
            session = self._kept_session(db, actor, session_id)
            return self._note(db, session)

    def _kept_session(self, db: Connection, actor: Actor, session_id: str) -> Row[tuple[object, ...]]:
        session = require_session(db, actor, session_id, at=self.now())
        if session.client_id is None:
            raise NotThereError("note")
        return session

    def _note(self, db: Connection, session: Row[tuple[object, ...]]) -> Note:
        names = {row.id: row.name for row in db.execute(sa.select(accounts.c.id, accounts.c.name))}
        row = db.execute(sa.select(notes).where(notes.c.session_id == session.id)).one_or_none()
        if row is None:
            return Note(str(session.id), str(session.client_id), facts_of(db, session), "", "", "", 0, None, None, ())
        added = db.execute(
            sa.select(addenda).where(addenda.c.note_id == row.id).order_by(addenda.c.written_at, addenda.c.id)
        )
        return Note(
            session_id=row.session_id,
            client_id=row.client_id,
            facts=facts_of(db, session) if row.facts is None else row.facts,
            noticed=row.noticed,
            meaning=row.meaning,
            next_time=row.next_time,
            version=row.version,
            signed_by=names.get(row.signed_by),
            signed_at=row.signed_at,
            addenda=tuple(Addendum(entry.text, names[entry.written_by], entry.written_at) for entry in added),
        )

    def save_note(
        self, actor: Actor, session_id: str, *, noticed: str, meaning: str, next_time: str, version: int
    ) -> Note:
        """Keep a draft of the three boxes.

        Raises
        ------
        PlanStateError
            If the note is signed, or somebody else has written in it since `version` was read.
        """
        with self._transaction() as db:
            session = self._kept_session(db, actor, session_id)
            row = db.execute(sa.select(notes).where(notes.c.session_id == session_id)).one_or_none()
            if row is not None and row.signed_at is not None:
                raise PlanStateError("This note is signed. Write an addendum instead.", state="signed")
            if version != (0 if row is None else row.version):
                raise PlanStateError("Somebody else has written in this note meanwhile. Look again, then save.")
            boxes = {
                "noticed": noticed[:MOST_LETTERS],
                "meaning": meaning[:MOST_LETTERS],
                "next_time": next_time[:MOST_LETTERS],
                "version": version + 1,
                "written_by": actor.account_id,
                "written_at": self.now(),
            }
            if row is None:
                db.execute(
                    notes.insert().values(id=new_id(), session_id=session_id, client_id=session.client_id, **boxes)
                )
            else:
                db.execute(notes.update().where(notes.c.id == row.id).values(**boxes))
            return self._note(db, session)

    def sign_note(self, actor: Actor, session_id: str, *, version: int) -> Note:
        """Sign and lock a note with its facts as they are now. A note with empty boxes can be signed.

        Raises
        ------
        PlanStateError
            If it is signed already, or changed since `version` was read.
        """
        with self._transaction() as db:
            session = self._kept_session(db, actor, session_id)
            row = db.execute(sa.select(notes).where(notes.c.session_id == session_id)).one_or_none()
            if (row is not None and row.signed_at is not None) or version != (0 if row is None else row.version):
                raise PlanStateError("This note was signed or changed meanwhile. Look again.")
            now = self.now()
            if row is None:
                db.execute(
                    notes.insert().values(
                        id=new_id(), session_id=session_id, client_id=session.client_id, noticed="", meaning="",
                        next_time="", version=1, written_by=actor.account_id, written_at=now,
                    )
                )  # fmt: skip
                row = db.execute(sa.select(notes).where(notes.c.session_id == session_id)).one()
            facts = facts_as_data(facts_of(db, session))
            seal = seal_of(row.noticed, row.meaning, row.next_time, facts)
            db.execute(
                notes.update()
                .where(notes.c.id == row.id)
                .values(facts=facts, signed_by=actor.account_id, signed_at=now, seal=seal)
            )
            # The seal in the chained audit shows later that the note is still what was signed.
            audit.note(db, at=now, who=actor.account_id, action="note_signed", subject=session_id, seal=seal)
            return self._note(db, session)

    def add_addendum(self, actor: Actor, session_id: str, text: str) -> Note:
        """Add to a signed note; what was signed stays as it is.

        Raises
        ------
        PlanStateError
            If the note is not signed yet.
        """
        with self._transaction() as db:
            session = self._kept_session(db, actor, session_id)
            row = db.execute(sa.select(notes).where(notes.c.session_id == session_id)).one_or_none()
            if row is None or row.signed_at is None:
                raise PlanStateError("This note is not signed yet. Write in its boxes.", state="draft")
            if not text.strip():
                raise PlanStateError("An addendum needs some words.")
            db.execute(
                addenda.insert().values(
                    id=new_id(),
                    note_id=row.id,
                    text=text[:MOST_LETTERS],
                    written_by=actor.account_id,
                    written_at=self.now(),
                )
            )
            audit.note(db, at=self.now(), who=actor.account_id, action="note_added_to", subject=session_id)
            return self._note(db, session)

    def note_is_as_signed(self, actor: Actor, session_id: str) -> bool:
        """Whether a signed note still has the seal that the audit keeps."""
        with self._reading() as db:
            session = self._kept_session(db, actor, session_id)
            row = db.execute(sa.select(notes).where(notes.c.session_id == session.id)).one_or_none()
            if row is None or row.signed_at is None:
                return False
            return bool(seal_of(row.noticed, row.meaning, row.next_time, row.facts) == row.seal)

    def notes_to_sign(self, actor: Actor) -> list[str]:
        """Ids of ended sessions of the caseload without a signed note, newest first; groups have one note for all."""
        with self._reading() as db:
            require_role(db, actor, "clinician", action="read notes")
            signed = sa.exists().where(notes.c.session_id == sessions.c.id, notes.c.signed_at.is_not(None))
            mine = sa.exists().where(caseload.c.client_id == sessions.c.client_id, *in_caseload(actor, self.now()))
            over = sa.or_(sessions.c.ended_at.is_not(None), sessions.c.open_until <= self.now())
            return list(
                db.execute(
                    sa.select(sessions.c.id)
                    .where(mine, over, ~signed, ~is_of_a_group())
                    .order_by(sessions.c.started_at.desc())
                ).scalars()
            )


def seal_of(noticed: str, meaning: str, next_time: str, facts: Mapping[str, Any]) -> str:
    """What an audit keeps of a signed note: changes with every letter and fact of it."""
    text = json.dumps([noticed, meaning, next_time, facts], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
