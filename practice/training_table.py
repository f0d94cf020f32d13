"""Consented ratings as a table that names nobody: at least five clients, or none at all."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice import audit
from practice.consent import is_on
from practice.errors import PracticeError
from practice.export import as_csv
from practice.facts import facts_of
from practice.own_scales import find_scale
from practice.scales import to_plane
from practice.schema import clients, sessions, song_marks
from practice.settings import setting
from practice.store import Actor, Store, require_role

COLUMNS = ("track_id", "valence", "arousal", "group", "rater", "scale")
# An answer after the music is about the song that was just heard; one that came much later is about something else.
_SOON = timedelta(minutes=3)


class TooFewClientsError(PracticeError):
    """Fewer clients agreed than a table without names needs."""

    code = "too_few_clients"


@dataclass(frozen=True)
class TrainingTable:
    """The table as CSV, with what it holds. The moods are how people felt with a song, not what the song expresses."""

    csv: str
    rows: int
    clients: int


class Training(Store):
    """The use that leaves the record for training."""

    def training_table(self, actor: Actor, *, rng: random.Random | None = None) -> TrainingTable:
        """How consenting clients felt with songs, without codes, dates or private songs.

        Raters are numbered anew, in an order drawn anew, at every export.

        Parameters
        ----------
        actor : Actor
            A retrainer or administrator.
        rng : random.Random, optional
            Draws the numbers; the system's own randomness, where absent.

        Raises
        ------
        TooFewClientsError
            If fewer than five clients (setting) agree now and have an answer to give.
        NotAllowedError
            For any other role.
        """
        rng = rng or random.SystemRandom()
        with self._transaction() as db:
            require_role(db, actor, "retrainer", "administrator", action="export ratings")
            by_client: list[list[tuple[str, float, float]]] = []
            for client_id in db.execute(sa.select(clients.c.id).order_by(clients.c.id)).scalars():
                if is_on(db, client_id, "improve"):
                    felt = _felt_with_songs(db, client_id)
                    if felt:
                        by_client.append(felt)
            needed = int(setting(db, "clients_for_training"))
            if len(by_client) < needed:
                raise TooFewClientsError(
                    f"At least {needed} clients must agree and have answered before a table can be made.", needed=needed
                )
            rng.shuffle(by_client)
            rows = [
                {
                    "track_id": track_id,
                    "valence": round(valence, 2),
                    "arousal": round(arousal, 2),
                    "group": f"r{number}",
                    "rater": f"r{number}",
                    "scale": "-1:1",
                }
                for number, felt in enumerate(by_client, 1)
                for track_id, valence, arousal in felt
            ]
            rng.shuffle(rows)
            audit.note(
                db, at=self.now(), who=actor.account_id, action="training_table", rows=len(rows), clients=len(by_client)
            )
            return TrainingTable(as_csv(rows, COLUMNS), len(rows), len(by_client))


def _felt_with_songs(db: Connection, client_id: str) -> list[tuple[str, float, float]]:
    private = set(
        db.execute(
            sa.select(song_marks.c.track_id).where(song_marks.c.client_id == client_id, song_marks.c.mark == "private")
        ).scalars()
    )
    felt = []
    for session in db.execute(sa.select(sessions).where(sessions.c.client_id == client_id)):
        felt += [entry for entry in felt_in(db, session) if entry[0] not in private]
    return felt


def felt_in(db: Connection, session: Row[tuple[object, ...]]) -> list[tuple[str, float, float]]:
    """Where somebody said how they felt while a song played, or right after it: the song and the place on the plane."""
    facts = facts_of(db, session)
    points: dict[tuple[str, object], dict[str, float]] = {}
    for answer in facts.answers:
        scale = find_scale(db, answer.scale_id, answer.scale_version)
        item = None if scale is None else scale.item(answer.item)
        if answer.phase == "before" or answer.said_by != "client" or item is None or item.mood_axis is None:
            continue
        if answer.number is not None:
            points.setdefault((answer.phase, answer.at), {})[item.mood_axis] = to_plane(item, answer.number)
    felt = []
    for (_, at), point in points.items():
        heard = [
            played
            for played in facts.played
            if played.started_at <= at and (played.ended_at is None or at - played.ended_at <= _SOON)  # type: ignore[operator]
        ]
        if len(point) == 2 and heard:
            felt.append((heard[-1].track_id, point["valence"], point["arousal"]))
    return felt
