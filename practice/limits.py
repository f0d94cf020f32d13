"""What bounds a client's music: avoid list, limits by effect, and marks on songs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from practice import audit
from practice.caseload import MARKS, in_caseload, own_songs_of_others, protection_of, require_client
from practice.errors import BadClientError, NotThereError
from practice.safety import AvoidEntry, AvoidKind, Limit, Protection, check_numbers, rules_for, said_words
from practice.schema import avoid_list, caseload, limits, song_marks
from practice.settings import setting
from practice.store import Actor, Store, new_id, require_role
from practice.strands import NUMBERS, Strand, lean
from recommender.constraints import Rules


@dataclass(frozen=True)
class Owners:
    """Whose own a song is; nobody's where it may be played to everybody."""

    mine: tuple[str, ...]
    """Ids of clients of the caseload."""
    others: bool
    """Whether it is private to a client of somebody else, too."""


class ClientLimits(Store):
    """The uses of limits, avoid list and marks."""

    def protection(self, actor: Actor, client_id: str | None) -> Protection:
        """What bounds a client's music, for `safety.rules_for`.

        None is "just trying", or a guest: only what is private to a client is kept from them.
        """
        with self._reading() as db:
            if client_id is None:
                require_role(db, actor, "clinician", action="make a plan")
            else:
                require_client(db, actor, client_id, at=self.now())
            return protection_of(db, client_id, at=self.now())

    def songs_of_somebody(self) -> frozenset[str]:
        """Songs that are some client's own, without saying whose: for lists that are made for nobody in particular."""
        with self._reading() as db:
            return own_songs_of_others(db, None)

    def rules(self, actor: Actor, client_id: str | None, strand: Strand = "feel") -> Rules:
        """What a planner must keep to for a client, with what this kind of session prefers."""
        protection = self.protection(actor, client_id)
        with self._reading() as db:
            settings = {name: setting(db, name) for name in NUMBERS[strand] or ()}
        return lean(rules_for(protection), protection, strand, settings)

    def avoid(
        self,
        actor: Actor,
        client_id: str,
        kind: AvoidKind,
        value: str,
        *,
        low: float | None = None,
        high: float | None = None,
        reason: str = "",
    ) -> AvoidEntry:
        """Put something on the avoid list; it holds at once, in open sessions too.

        Parameters
        ----------
        kind : str
            `words`, `track` (an id), `artist`, `album`, `title_word`, `theme`, or `feature_range` (a numeric library
            column, with `low` and `high`).
        """
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            entry_id = self._add_avoid(db, actor, client_id, kind, value, low, high, reason)
            audit.note(
                db,
                at=self.now(),
                who=actor.account_id,
                action="avoid_added",
                subject=client_id,
                entry=entry_id,
                kind=kind,
            )
            return AvoidEntry(entry_id, kind, value.strip(), low, high, reason)

    def _add_avoid(
        self,
        db: Connection,
        actor: Actor,
        client_id: str,
        kind: AvoidKind,
        value: str,
        low: float | None,
        high: float | None,
        reason: str,
    ) -> str:
        if not value.strip() or len(value) > 300:
            raise BadClientError("An entry of the avoid list needs 1 to 300 letters.")
        if kind not in {"track", "feature_range"} and not safe_text(value):
            raise BadClientError("An entry of the avoid list needs at least one letter or number.")
        if kind == "feature_range":
            if low is None and high is None:
                raise BadClientError("A range needs a lowest or a highest value.")
            if low is not None and high is not None and low > high:
                raise BadClientError("The lowest value of the range lies above the highest.")
        entry_id = new_id()
        db.execute(
            avoid_list.insert().values(
                id=entry_id,
                client_id=client_id,
                kind=kind,
                value=value.strip(),
                low=low,
                high=high,
                reason=reason[:500],
                added_by=actor.account_id,
                added_at=self.now(),
            )
        )
        return entry_id

    def stop_avoiding(self, actor: Actor, client_id: str, entry_id: str) -> None:
        """Take an entry off the avoid list; the list keeps that it was there."""
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            now = self.now()
            changed = db.execute(
                avoid_list.update()
                .where(
                    avoid_list.c.id == entry_id, avoid_list.c.client_id == client_id, avoid_list.c.removed_at.is_(None)
                )
                .values(removed_at=now, removed_by=actor.account_id)
            ).rowcount
            if not changed:
                raise NotThereError("entry of the avoid list")
            audit.note(db, at=now, who=actor.account_id, action="avoid_removed", subject=client_id, entry=entry_id)

    def set_limit(
        self,
        actor: Actor,
        client_id: str,
        effect: str,
        *,
        numbers: Mapping[str, float] | None = None,
        reason: str,
        review_on: date | None = None,
    ) -> Limit:
        """Put a limit on, or replace its numbers; named by effect, with a reason and a day to look at it again.

        Raises
        ------
        BadClientError
            If there is no such limit, a number lies outside its range, or the reason is empty.
        """
        if not reason.strip():
            raise BadClientError("A limit needs a reason.")
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            self._end_limit(db, actor, client_id, effect, "replaced")
            limit = self._put_limit(db, actor, client_id, effect, numbers or {}, reason, review_on)
            audit.note(
                db, at=self.now(), who=actor.account_id, action="limit_set", subject=client_id, effect=effect,
                numbers=dict(limit.numbers),
            )  # fmt: skip
            return limit

    def _put_limit(
        self,
        db: Connection,
        actor: Actor,
        client_id: str,
        effect: str,
        numbers: Mapping[str, float],
        reason: str,
        review_on: date | None,
    ) -> Limit:
        filled = check_numbers(effect, numbers)
        limit_id = new_id()
        db.execute(
            limits.insert().values(
                id=limit_id,
                client_id=client_id,
                effect=effect,
                numbers=filled,
                reason=reason[:500],
                review_on=review_on,
                set_by=actor.account_id,
                set_at=self.now(),
                end_reason="",
            )
        )
        return Limit(limit_id, effect, filled, reason, review_on)

    def _end_limit(self, db: Connection, actor: Actor, client_id: str, effect: str, reason: str) -> bool:
        ended = db.execute(
            limits.update()
            .where(limits.c.client_id == client_id, limits.c.effect == effect, limits.c.ended_at.is_(None))
            .values(ended_at=self.now(), ended_by=actor.account_id, end_reason=reason[:500])
        ).rowcount
        return bool(ended)

    def lift_limit(self, actor: Actor, client_id: str, effect: str, *, reason: str) -> None:
        """Take a limit off, with a reason.

        Raises
        ------
        NotThereError
            If it is not on.
        """
        if not reason.strip():
            raise BadClientError("Taking a limit off needs a reason.")
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            if not self._end_limit(db, actor, client_id, effect, reason):
                raise NotThereError("limit")
            audit.note(db, at=self.now(), who=actor.account_id, action="limit_lifted", subject=client_id, effect=effect)

    def mark_song(
        self,
        actor: Actor,
        client_id: str,
        track_id: str,
        mark: str,
        *,
        title: str,
        artist: str = "",
        until: datetime | None = None,
    ) -> None:
        """Mark a song for one client: `loved`, `known_well`, `safe`, `painful`, `rest`, `to_find` or `private`."""
        require_one_of("mark", mark, MARKS)
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            put_mark(db, client_id, track_id, mark, title, artist, said_by="clinician", at=self.now(), until=until)

    def owners_of(self, actor: Actor, track_id: str) -> Owners:
        """The clients of the caseload to whom a song is private, and whether it is so to a colleague's client."""
        with self._reading() as db:
            require_role(db, actor, "clinician", action="see whose song it is")
            found = frozenset(
                db.execute(
                    sa.select(song_marks.c.client_id).where(
                        song_marks.c.track_id == track_id, song_marks.c.mark == "private"
                    )
                ).scalars()
            )
            own = sa.select(caseload.c.client_id).where(*in_caseload(actor, self.now()))
            mine = frozenset(db.execute(own).scalars())
            return Owners(tuple(sorted(found & mine)), others=bool(found - mine))

    def set_owner(self, actor: Actor, track_id: str, client_id: str | None, *, title: str, artist: str = "") -> None:
        """Make a song private to one client of the caseload, or (None) to nobody of it.

        It then plays in that client's own sessions and in no others, of groups neither. What is private to a
        colleague's client stays so.
        """
        with self._transaction() as db:
            now = self.now()
            if client_id is None:
                require_role(db, actor, "clinician", action="say whose song it is")
            else:
                require_client(db, actor, client_id, at=now)
            mine = sa.select(caseload.c.client_id).where(*in_caseload(actor, now))
            db.execute(
                song_marks.delete().where(
                    song_marks.c.track_id == track_id,
                    song_marks.c.mark == "private",
                    song_marks.c.client_id.in_(mine),
                )
            )
            if client_id is not None:
                put_mark(db, client_id, track_id, "private", title, artist, said_by="clinician", at=now)

    def unmark_song(self, actor: Actor, client_id: str, track_id: str, mark: str) -> None:
        """Take a mark off a song."""
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            db.execute(
                song_marks.delete().where(
                    song_marks.c.client_id == client_id, song_marks.c.track_id == track_id, song_marks.c.mark == mark
                )
            )


def put_mark(
    db: Connection,
    client_id: str,
    track_id: str,
    mark: str,
    title: str,
    artist: str,
    *,
    said_by: str,
    at: datetime,
    until: datetime | None = None,
) -> None:
    """Write one mark in place of the one that may be there."""
    db.execute(
        song_marks.delete().where(
            song_marks.c.client_id == client_id, song_marks.c.track_id == track_id, song_marks.c.mark == mark
        )
    )
    db.execute(
        song_marks.insert().values(
            client_id=client_id,
            track_id=track_id,
            mark=mark,
            title=title,
            artist=artist,
            said_by=said_by,
            marked_at=at,
            until=until,
        )
    )


def safe_text(value: str) -> bool:
    """Whether anything is left to compare once punctuation is gone: an empty entry would match everything."""
    return bool(said_words(value))


def require_one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    """Refuse a value that is none of the allowed ones."""
    if value not in allowed:
        raise BadClientError(f"{name} is {value!r}; it must be one of {', '.join(allowed)}.", field=name, value=value)
