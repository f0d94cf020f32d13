"""Groups: a label, members by code and colour, an opening and a closing song; only their therapist sees who."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice import audit
from practice.caseload import in_caseload, require_client
from practice.errors import BadClientError, NotThereError, PlanStateError
from practice.schema import caseload, clients, group_members, groups
from practice.store import Actor, Store, new_id, require_role

COLOURS = (
    "red",
    "blue",
    "green",
    "yellow",
    "purple",
    "orange",
    "turquoise",
    "pink",
    "brown",
    "grey",
    "black",
    "white",
)
"""One a member; the word stands beside the colour wherever it is shown."""
FEWEST, MOST = 2, 12


@dataclass(frozen=True)
class GroupMember:
    """A client in a group."""

    client_id: str
    code: str
    sign: str
    colour: str


@dataclass(frozen=True)
class Group:
    """A group as its therapist sees it."""

    id: str
    label: str
    """What the therapist calls it, such as "Tuesday"; no names."""
    members: tuple[GroupMember, ...]
    """Those in the therapist's caseload now whose therapy goes on."""
    opening: str | None
    closing: str | None
    version: int
    created_at: datetime


def require_group(db: Connection, actor: Actor, group_id: str) -> Row[tuple[object, ...]]:
    """The group's row, if it is `actor`'s and goes on.

    Raises
    ------
    NotThereError
        Otherwise, whether it exists or not.
    """
    require_role(db, actor, "clinician", action="open a group")
    row = db.execute(
        sa.select(groups).where(
            groups.c.id == group_id, groups.c.account_id == actor.account_id, groups.c.ended_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        raise NotThereError("group")
    return row


def check_size(n: int) -> None:
    """Refuse a group of one, and one larger than there are colours."""
    if not FEWEST <= n <= MOST:
        raise BadClientError(f"A group has {FEWEST} to {MOST} members; this one has {n}.", members=n)


def read_group(db: Connection, actor: Actor, group_id: str, *, at: datetime) -> Group:
    """A group whose owner the caller has been found to be; members of another caseload are left out."""
    row = db.execute(sa.select(groups).where(groups.c.id == group_id)).one()
    mine = sa.exists().where(caseload.c.client_id == clients.c.id, *in_caseload(actor, at))
    members = db.execute(
        sa.select(clients.c.id, clients.c.code, clients.c.sign, group_members.c.colour)
        .join(group_members, group_members.c.client_id == clients.c.id)
        .where(group_members.c.group_id == group_id, clients.c.ended_at.is_(None), mine)
        .order_by(group_members.c.added_at, clients.c.code)
    )
    return Group(
        id=row.id,
        label=row.label,
        members=tuple(GroupMember(one.id, one.code, one.sign, one.colour) for one in members),
        opening=row.opening,
        closing=row.closing,
        version=row.version,
        created_at=row.created_at,
    )


class Groups(Store):
    """The uses of groups that meet again."""

    def new_group(self, actor: Actor, label: str, members: Sequence[str]) -> Group:
        """Make a group of clients of one's own caseload.

        Raises
        ------
        BadClientError
            If there are fewer than 2 or more than 12, or the label is empty.
        NotThereError
            If one of them is not in the caseload: one answer.
        """
        self._check_label(label)
        with self._transaction() as db:
            require_role(db, actor, "clinician", action="make a group")
            group_id = new_id()
            db.execute(
                groups.insert().values(
                    id=group_id,
                    account_id=actor.account_id,
                    label=label.strip()[:60],
                    version=1,
                    created_at=self.now(),
                )
            )
            self._put_members(db, actor, group_id, members)
            audit.note(db, at=self.now(), who=actor.account_id, action="group_made", subject=group_id, n=len(members))
            return read_group(db, actor, group_id, at=self.now())

    @staticmethod
    def _check_label(label: str) -> None:
        if not label.strip() or len(label.strip()) > 60:
            raise BadClientError("A group needs a label of 1 to 60 letters, without names.")

    def _put_members(self, db: Connection, actor: Actor, group_id: str, members: Sequence[str]) -> None:
        wanted = list(dict.fromkeys(members))
        for client_id in wanted:
            if require_client(db, actor, client_id, at=self.now()).ended_at is not None:
                raise PlanStateError("The therapy of one of them has ended.", state="ended")
        check_size(len(wanted))
        had: Mapping[str, Any] = {
            row.client_id: row
            for row in db.execute(sa.select(group_members).where(group_members.c.group_id == group_id))
        }
        free = [colour for colour in COLOURS if colour not in {had[one].colour for one in wanted if one in had}]
        db.execute(group_members.delete().where(group_members.c.group_id == group_id))
        db.execute(
            group_members.insert(),
            [
                {
                    "group_id": group_id,
                    "client_id": client_id,
                    # Somebody who stays keeps their colour.
                    "colour": had[client_id].colour if client_id in had else free.pop(0),
                    "added_at": had[client_id].added_at if client_id in had else self.now(),
                }
                for client_id in wanted
            ],
        )

    def change_group(
        self,
        actor: Actor,
        group_id: str,
        *,
        version: int,
        label: str,
        members: Sequence[str],
        opening: str | None = None,
        closing: str | None = None,
    ) -> Group:
        """Change who is in it, what it is called, and the songs that it begins and ends with (track ids).

        Raises
        ------
        PlanStateError
            If it was changed since `version` was read.
        """
        self._check_label(label)
        with self._transaction() as db:
            row = require_group(db, actor, group_id)
            if row.version != version:
                raise PlanStateError("This group has been changed meanwhile. Look again, then change.")
            values = {"label": label.strip(), "opening": opening, "closing": closing, "version": version + 1}
            db.execute(groups.update().where(groups.c.id == group_id).values(**values))
            self._put_members(db, actor, group_id, members)
            audit.note(db, at=self.now(), who=actor.account_id, action="group_changed", subject=group_id)
            return read_group(db, actor, group_id, at=self.now())

    def end_group(self, actor: Actor, group_id: str) -> None:
        """A group that does not meet any more; what was written about its sessions stays."""
        with self._transaction() as db:
            require_group(db, actor, group_id)
            db.execute(groups.update().where(groups.c.id == group_id).values(ended_at=self.now()))
            db.execute(group_members.delete().where(group_members.c.group_id == group_id))
            audit.note(db, at=self.now(), who=actor.account_id, action="group_ended", subject=group_id)

    def group(self, actor: Actor, group_id: str) -> Group:
        """One group of one's own."""
        with self._reading() as db:
            require_group(db, actor, group_id)
            return read_group(db, actor, group_id, at=self.now())

    def groups(self, actor: Actor) -> list[Group]:
        """One's own groups, the newest first."""
        with self._reading() as db:
            require_role(db, actor, "clinician", action="open a group")
            found = db.execute(
                sa.select(groups.c.id)
                .where(groups.c.account_id == actor.account_id, groups.c.ended_at.is_(None))
                .order_by(groups.c.created_at.desc(), groups.c.id)
            ).scalars()
            return [read_group(db, actor, group_id, at=self.now()) for group_id in found]
