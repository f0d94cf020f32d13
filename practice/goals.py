"""What therapy is for and how it ends: goals, the musical life story, an ending, the seven reporting items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from practice import audit
from practice.caseload import require_client
from practice.errors import BadClientError, NotThereError, PlanStateError
from practice.limits import put_mark
from practice.schema import clients, endings, goals, life_story, reporting
from practice.store import Actor, Store, new_id

STRANDS = ("feel", "move", "together", "other")
OUTCOMES = ("reached", "partly", "not_reached", "no_longer_wanted")
CHAPTERS = ("childhood", "youth", "work_and_home", "people", "from_where", "faith", "now", "not_this_one")
FEELINGS = ("loved", "mixed", "avoid")
REPORTING_ITEMS = ("theory", "content", "schedule", "interventionist", "fidelity", "setting", "unit")
"""Robb et al. 2011, reporting guidelines for music-based interventions."""


@dataclass(frozen=True)
class Goal:
    """A goal in the client's or clinician's words, and what became of it."""

    id: str
    text: str
    strand: str
    review_on: date | None
    set_at: datetime
    outcome: str | None
    outcome_words: str
    closed_at: datetime | None


@dataclass(frozen=True)
class StorySong:
    """One song of a musical life story."""

    id: str
    chapter: str
    title: str
    artist: str
    track_id: str | None
    who: str
    place: str
    their_words: str
    feeling: str


def _choose(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise BadClientError(f"{name} is {value!r}; it must be one of {', '.join(allowed)}.", field=name, value=value)


class Goals(Store):
    """The uses of goals, life story, endings and reporting."""

    def set_goal(
        self, actor: Actor, client_id: str, text: str, *, strand: str = "feel", review_on: date | None = None
    ) -> Goal:
        """Set a goal."""
        _choose("strand", strand, STRANDS)
        if not text.strip():
            raise BadClientError("A goal needs some words.")
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            goal = Goal(new_id(), text.strip()[:2000], strand, review_on, self.now(), None, "", None)
            db.execute(
                goals.insert().values(
                    id=goal.id, client_id=client_id, text=goal.text, strand=strand, review_on=review_on,
                    set_by=actor.account_id, set_at=goal.set_at, outcome_words="",
                )
            )  # fmt: skip
            audit.note(db, at=self.now(), who=actor.account_id, action="goal_set", subject=client_id, goal=goal.id)
            return goal

    def close_goal(self, actor: Actor, client_id: str, goal_id: str, *, outcome: str, words: str = "") -> None:
        """Say what became of a goal.

        Raises
        ------
        NotThereError
            If the client has no such open goal.
        """
        _choose("outcome", outcome, OUTCOMES)
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            changed = db.execute(
                goals.update()
                .where(goals.c.id == goal_id, goals.c.client_id == client_id, goals.c.closed_at.is_(None))
                .values(outcome=outcome, outcome_words=words[:2000], closed_at=self.now())
            ).rowcount
            if not changed:
                raise NotThereError("goal")
            audit.note(
                db, at=self.now(), who=actor.account_id, action="goal_closed", subject=client_id, goal=goal_id,
                outcome=outcome,
            )  # fmt: skip

    def goals(self, actor: Actor, client_id: str) -> list[Goal]:
        """A client's goals, open ones first."""
        with self._reading() as db:
            require_client(db, actor, client_id, at=self.now())
            rows = db.execute(
                sa.select(goals)
                .where(goals.c.client_id == client_id)
                .order_by(goals.c.closed_at.is_not(None), goals.c.set_at.desc(), goals.c.id)
            )
            return [
                Goal(
                    row.id, row.text, row.strand, row.review_on, row.set_at, row.outcome, row.outcome_words,
                    row.closed_at,
                )
                for row in rows
            ]  # fmt: skip

    def add_to_story(
        self,
        actor: Actor,
        client_id: str,
        *,
        chapter: str,
        title: str,
        artist: str = "",
        track_id: str | None = None,
        who: str = "",
        place: str = "",
        their_words: str = "",
        feeling: str = "loved",
    ) -> StorySong:
        """Add a song to a chapter of the musical life story; one to avoid is barred at once if its track is known."""
        _choose("chapter", chapter, CHAPTERS)
        _choose("feeling", feeling, FEELINGS)
        if not title.strip():
            raise BadClientError("A song needs a title, or a few words that mean it.")
        song = StorySong(
            new_id(), chapter, title.strip()[:300], artist[:300], track_id, who[:300], place[:300], their_words[:2000],
            feeling,
        )  # fmt: skip
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            db.execute(
                life_story.insert().values(
                    id=song.id, client_id=client_id, chapter=chapter, title=song.title, artist=song.artist,
                    track_id=track_id, who=song.who, place=song.place, their_words=song.their_words, feeling=feeling,
                    added_by=actor.account_id, added_at=self.now(),
                )
            )  # fmt: skip
            if track_id is not None and feeling != "mixed":
                mark = "loved" if feeling == "loved" else "painful"
                put_mark(db, client_id, track_id, mark, song.title, song.artist, said_by="clinician", at=self.now())
            return song

    def story(self, actor: Actor, client_id: str) -> list[StorySong]:
        """The musical life story, chapter by chapter."""
        with self._reading() as db:
            require_client(db, actor, client_id, at=self.now())
            rows = db.execute(
                sa.select(life_story).where(life_story.c.client_id == client_id).order_by(life_story.c.added_at)
            ).all()
        songs = [
            StorySong(
                row.id, row.chapter, row.title, row.artist, row.track_id, row.who, row.place, row.their_words,
                row.feeling,
            )
            for row in rows
        ]  # fmt: skip
        return sorted(songs, key=lambda song: CHAPTERS.index(song.chapter))

    def remove_from_story(self, actor: Actor, client_id: str, song_id: str) -> None:
        """Take a song out of the life story."""
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            gone = db.execute(
                life_story.delete().where(life_story.c.id == song_id, life_story.c.client_id == client_id)
            ).rowcount
            if not gone:
                raise NotThereError("song of the life story")

    def end_therapy(self, actor: Actor, client_id: str, *, words: str = "", asked_again: bool) -> None:
        """Close a client's therapy; the record stays until its date, and nothing can be started any more.

        Parameters
        ----------
        asked_again : bool
            Whether the optional uses were asked about once more. Where they were not, they are turned off.

        Raises
        ------
        PlanStateError
            If it has ended already.
        """
        with self._transaction() as db:
            row = require_client(db, actor, client_id, at=self.now())
            if row.ended_at is not None:
                raise PlanStateError("This therapy has ended already.")
            now = self.now()
            db.execute(
                endings.insert().values(
                    client_id=client_id, words=words[:4000], asked_again=asked_again, ended_by=actor.account_id,
                    ended_at=now,
                )
            )  # fmt: skip
            db.execute(clients.update().where(clients.c.id == client_id).values(ended_at=now, version=row.version + 1))
            if not asked_again:
                self._turn_off_all(db, client_id, actor)
            audit.note(
                db, at=now, who=actor.account_id, action="therapy_ended", subject=client_id, asked_again=asked_again
            )

    def _turn_off_all(self, db: sa.Connection, client_id: str, actor: Actor) -> None:
        raise NotImplementedError  # Consent has it; the record is both

    def write_reporting(self, actor: Actor, client_id: str, item: str, text: str) -> None:
        """Write one of the seven reporting items for a client's therapy."""
        _choose("item", item, REPORTING_ITEMS)
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            key = (reporting.c.client_id == client_id, reporting.c.item == item)
            db.execute(reporting.delete().where(*key))
            db.execute(
                reporting.insert().values(
                    client_id=client_id, item=item, text=text[:4000], written_by=actor.account_id,
                    written_at=self.now(),
                )
            )  # fmt: skip

    def reporting(self, actor: Actor, client_id: str) -> dict[str, str]:
        """The seven reporting items as written; empty where nobody has."""
        with self._reading() as db:
            require_client(db, actor, client_id, at=self.now())
            rows = db.execute(sa.select(reporting).where(reporting.c.client_id == client_id))
            return dict.fromkeys(REPORTING_ITEMS, "") | {row.item: row.text for row in rows}
