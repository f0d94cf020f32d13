"""One note for a group and a line for each member: the note stays with the group, a line goes to its own record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice import audit
from practice.caseload import in_caseload
from practice.errors import PlanStateError
from practice.facts import SessionFacts, facts_as_data, facts_of
from practice.group_seats import require_group_session, seat_rows
from practice.notes import MOST_LETTERS, seal_of
from practice.schema import accounts, caseload, group_lines, group_notes, notes, sessions
from practice.store import Actor, Store, new_id


@dataclass(frozen=True)
class GroupNote:
    """A group's note. The boxes and lines are the clinician's alone and start empty."""

    group_session_id: str
    facts: SessionFacts
    """Of the screen that all saw: which songs played, and when; no answers."""
    noticed: str
    meaning: str
    next_time: str
    lines: Mapping[int, str]
    """By the number of the seat; guests have none."""
    version: int
    signed_by: str | None
    signed_at: datetime | None


class GroupNotes(Store):
    """The uses of groups' notes."""

    def group_note(self, actor: Actor, group_session_id: str) -> GroupNote:
        """The note of a group session that one leads.

        Raises
        ------
        NotThereError
            If there is none, or somebody else leads it: one answer.
        """
        with self._reading() as db:
            return self._group_note(db, actor, require_group_session(db, actor, group_session_id))

    def _seats_of_clients(self, db: Connection, actor: Actor, group_session_id: str) -> dict[int, str]:
        """Session ids by seat number, of clients in the caseload now."""
        return {
            int(seat.number): str(seat.session_id)
            for seat in seat_rows(db, group_session_id)
            if seat.client_id is not None
            and db.execute(
                sa.select(caseload.c.id)
                .where(caseload.c.client_id == seat.client_id, *in_caseload(actor, self.now()))
                .limit(1)
            ).first()
        }

    def _group_note(self, db: Connection, actor: Actor, group: Row[tuple[object, ...]]) -> GroupNote:
        host = db.execute(sa.select(sessions).where(sessions.c.id == group.host_id)).one()
        row = db.execute(sa.select(group_notes).where(group_notes.c.group_session_id == group.id)).one_or_none()
        mine = self._seats_of_clients(db, actor, str(group.id))
        written: dict[str, str] = {
            line.session_id: line.text
            for line in db.execute(sa.select(group_lines).where(group_lines.c.session_id.in_(mine.values())))
        }
        signed_by = None
        if row is not None and row.signed_by is not None:
            signed_by = db.execute(sa.select(accounts.c.name).where(accounts.c.id == row.signed_by)).scalar_one()
        return GroupNote(
            group_session_id=str(group.id),
            facts=facts_of(db, host),
            noticed="" if row is None else row.noticed,
            meaning="" if row is None else row.meaning,
            next_time="" if row is None else row.next_time,
            lines={number: written.get(session_id, "") for number, session_id in mine.items()},
            version=0 if row is None else row.version,
            signed_by=signed_by,
            signed_at=None if row is None else row.signed_at,
        )

    def save_group_note(
        self,
        actor: Actor,
        group_session_id: str,
        *,
        noticed: str,
        meaning: str,
        next_time: str,
        lines: Mapping[int, str],
        version: int,
    ) -> GroupNote:
        """Keep a draft of the boxes and lines.

        Raises
        ------
        PlanStateError
            If the note is signed, or was written in since `version` was read.
        """
        with self._transaction() as db:
            group = require_group_session(db, actor, group_session_id)
            row = self._writable(db, group_session_id, version)
            boxes = {
                "noticed": noticed[:MOST_LETTERS],
                "meaning": meaning[:MOST_LETTERS],
                "next_time": next_time[:MOST_LETTERS],
                "version": version + 1,
                "written_by": actor.account_id,
                "written_at": self.now(),
            }
            if row is None:
                db.execute(group_notes.insert().values(group_session_id=group_session_id, **boxes))
            else:
                db.execute(
                    group_notes.update().where(group_notes.c.group_session_id == group_session_id).values(**boxes)
                )
            mine = self._seats_of_clients(db, actor, group_session_id)
            for number, text in lines.items():
                if number in mine:
                    db.execute(group_lines.delete().where(group_lines.c.session_id == mine[number]))
                    if text.strip():
                        db.execute(
                            group_lines.insert().values(session_id=mine[number], text=text.strip()[:MOST_LETTERS])
                        )
            return self._group_note(db, actor, group)

    @staticmethod
    def _writable(db: Connection, group_session_id: str, version: int) -> Row[tuple[object, ...]] | None:
        row = db.execute(sa.select(group_notes).where(group_notes.c.group_session_id == group_session_id)).one_or_none()
        if row is not None and row.signed_at is not None:
            raise PlanStateError("This note is signed.", state="signed")
        if version != (0 if row is None else row.version):
            raise PlanStateError("Somebody else has written in this note meanwhile. Look again, then save.")
        return row

    def sign_group_note(self, actor: Actor, group_session_id: str, *, version: int) -> GroupNote:
        """Sign and lock the note; each member's line becomes the signed note of their own session, and nothing else.

        Raises
        ------
        PlanStateError
            If it is signed already, or changed since `version` was read.
        """
        with self._transaction() as db:
            group = require_group_session(db, actor, group_session_id)
            row = self._writable(db, group_session_id, version)
            if row is None:
                raise PlanStateError("Nothing is written yet. Write a line, then sign.", state="draft")
            now = self.now()
            host = db.execute(sa.select(sessions).where(sessions.c.id == group.host_id)).one()
            seal = seal_of(str(row.noticed), str(row.meaning), str(row.next_time), facts_as_data(facts_of(db, host)))
            db.execute(
                group_notes.update()
                .where(group_notes.c.group_session_id == group_session_id)
                .values(signed_by=actor.account_id, signed_at=now, seal=seal)
            )
            audit.note(
                db, at=now, who=actor.account_id, action="group_note_signed", subject=group_session_id, seal=seal
            )
            for session_id in self._seats_of_clients(db, actor, group_session_id).values():
                self._sign_line(db, actor, session_id, at=now)
            return self._group_note(db, actor, group)

    def _sign_line(self, db: Connection, actor: Actor, session_id: str, *, at: datetime) -> None:
        own = db.execute(sa.select(notes).where(notes.c.session_id == session_id)).one_or_none()
        if own is not None:
            return  # written, and perhaps signed, on its own: that stands
        session = db.execute(sa.select(sessions).where(sessions.c.id == session_id)).one()
        line = db.execute(sa.select(group_lines.c.text).where(group_lines.c.session_id == session_id)).scalar() or ""
        facts = facts_as_data(facts_of(db, session))
        seal = seal_of(line, "", "", facts)
        db.execute(
            notes.insert().values(
                id=new_id(),
                session_id=session_id,
                client_id=session.client_id,
                noticed=line,
                meaning="",
                next_time="",
                facts=facts,
                version=1,
                written_by=actor.account_id,
                written_at=at,
                signed_by=actor.account_id,
                signed_at=at,
                seal=seal,
            )
        )
        audit.note(db, at=at, who=actor.account_id, action="note_signed", subject=session_id, seal=seal)
