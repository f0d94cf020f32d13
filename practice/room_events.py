"""What the listening room says: events that are stored exactly once, and what they mean."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from practice.errors import BadEventError, RoomClosedError
from practice.limits import put_mark
from practice.own_scales import find_scale
from practice.plan_copies import read_plan
from practice.scales import Scale, read_answer, shipped_scales
from practice.schema import answers, events, sessions
from practice.session_rows import row_of_token
from practice.settings import setting
from practice.store import Store, insert_once

_EVENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_KIND = re.compile(r"[a-z][a-z_]{0,39}")
MOST_EVENTS_AT_ONCE = 500
MOST_BYTES_AN_EVENT = 8_000
_PHASES = frozenset({"before", "middle", "after"})


@dataclass(frozen=True)
class Event:
    """Something that happened in the room. The device makes the id, so sending it twice stores it once."""

    id: str
    """8 to 64 letters, digits, `-` or `_`, random."""
    kind: str
    at: str
    """When, by the device's clock: ISO 8601 with an offset or Z."""
    values: Mapping[str, Any] = field(default_factory=dict)


def _as_moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise BadEventError(f"{text!r} is not a time in ISO 8601.") from error
    try:
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise BadEventError(f"{text!r} is beyond the first or the last day that a calendar holds.") from error


def as_text_stands(value: Any) -> Any:
    """What a device sent, with text that every store can keep.

    Half a character (where a long text was cut inside an emoji) and NUL become the sign for what cannot be shown: they
    are no reason to lose an answer.
    """
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")
    if isinstance(value, Mapping):
        return {as_text_stands(str(name)): as_text_stands(one) for name, one in value.items()}
    return [as_text_stands(one) for one in value] if isinstance(value, (list, tuple)) else value


def _check_event(event: Event) -> str:
    """Refuse what is not shaped like an event; give its values as stored JSON."""
    if not isinstance(event.id, str) or not _EVENT_ID.fullmatch(event.id):
        raise BadEventError("An event needs an id of 8 to 64 letters, digits, - or _.")
    if not isinstance(event.kind, str) or not _KIND.fullmatch(event.kind):
        raise BadEventError("An event needs a kind in small letters.")
    if not isinstance(event.values, Mapping):
        raise BadEventError("An event's values must be a mapping.")
    try:
        text = json.dumps(as_text_stands(event.values), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadEventError("An event's values must be plain JSON, without NaN.") from error
    if len(text.encode()) > MOST_BYTES_AN_EVENT:
        raise BadEventError(f"An event holds at most {MOST_BYTES_AN_EVENT} bytes.")
    return text


class RoomEvents(Store):
    """The uses of a room's device for what has happened. Its token is the only thing that it holds."""

    def add_events(self, room_token: str, new: Sequence[Event]) -> int:
        """Store what happened in the room, each event exactly once, and say how many were new.

        Events are taken for some days after a session has ended (setting `late_events_days`), because a device may have
        been offline. `check_in` events become answers: their values hold `phase` (`before`, `middle`, `after`) and
        `values`, item to number or choice; None is missing, for the reason in `missing` (item to `not_sure`, `skipped`,
        `untouched`, `cannot_tell`; `skipped` where nothing is said). Items listed in `untouched` are missing too.
        `place` is remembered, `kept` marks a song as known well, `ended` closes the room.

        Raises
        ------
        RoomClosedError
            If the token is no room's, or its session ended too long ago.
        BadEventError
            If an event is not shaped like one; then none of them is stored.
        """
        if len(new) > MOST_EVENTS_AT_ONCE:
            raise BadEventError(f"At most {MOST_EVENTS_AT_ONCE} events at once.")
        checked = []
        for event in new:
            at, text = _as_moment(event.at), _check_event(event)
            checked.append((replace(event, values=json.loads(text)), at))
        stored = 0
        ends_trial = False
        with self._transaction() as db:
            now = self.now()
            row = row_of_token(db, room_token, left_too=True)
            over = row.ended_at or row.open_until
            if now > over + timedelta(days=setting(db, "late_events_days")):
                raise RoomClosedError
            for event, at in checked:
                owner = self._owner_of(db, row, event)
                if owner is None:
                    continue
                # Not `rowcount`: PostgreSQL's driver does not tell it for an insert that may do nothing.
                fresh = db.execute(
                    insert_once(db, events)
                    .values(
                        session_id=owner.id,
                        id=event.id,
                        kind=event.kind,
                        at=at,
                        received_at=now,
                        data=event.values,
                    )
                    .returning(events.c.id)
                ).first()
                if fresh is not None:
                    stored += 1
                    self._take_in(db, owner, event, at)
                    self._pass_on(db, row, event, at=at, data=event.values)
                    ends_trial = ends_trial or (event.kind == "ended" and row.client_id is None)
            if any(event.kind == "ended" for event in new):
                self._end(db, row, by="client", at=now)
        if ends_trial:
            self._forget_deleted()
        return stored

    def _owner_of(self, db: Connection, row: Row[tuple[object, ...]], event: Event) -> Row[tuple[object, ...]] | None:  # noqa: ARG002 - groups read them
        """Whose record an event belongs to: the room's own, but for a tablet that goes round a group."""
        return row

    def _pass_on(self, db: Connection, row: Row[tuple[object, ...]], event: Event, *, at: datetime, data: Any) -> None:
        """Who else is to know of an event: nobody, but for the screen that a group shares."""

    def _end(self, db: Connection, row: Row[tuple[object, ...]], *, by: str, at: datetime) -> None:
        raise NotImplementedError  # Sessions has it; the record is both

    def _take_in(self, db: Connection, row: Row[tuple[object, ...]], event: Event, at: datetime) -> None:
        """What an event means beyond having happened. One that makes no sense is kept as it is, with the problem."""
        if event.kind == "check_in":
            problem = self._add_answers(db, row, event, at)
            if problem:
                db.execute(
                    events.update()
                    .where(events.c.session_id == row.id, events.c.id == event.id)
                    .values(problem=problem[:300])
                )
        elif event.kind == "place":
            db.execute(sessions.update().where(sessions.c.id == row.id).values(place=dict(event.values)))
        elif event.kind == "kept" and row.client_id is not None:
            song = read_plan(db, str(row.plan_id)).songs.get(str(event.values.get("song")))
            if song is not None:
                put_mark(
                    db, str(row.client_id), song.id, "known_well", song.title, song.artist, said_by="client", at=at
                )

    def _add_answers(self, db: Connection, row: Row[tuple[object, ...]], event: Event, at: datetime) -> str:
        """Store a check-in's answers; give what is wrong with it, or nothing."""
        phase = event.values.get("phase")
        if not isinstance(phase, str) or phase not in _PHASES:
            return f"phase {phase!r} is none of before, middle, after"
        said = event.values.get("values")
        if not isinstance(said, Mapping):
            return "a check-in needs values"
        reasons = event.values.get("missing")
        why: Mapping[str, Any] = reasons if isinstance(reasons, Mapping) else {}
        untouched = event.values.get("untouched")
        middle = [item for item in untouched if isinstance(item, str)] if isinstance(untouched, list) else []
        own = scale_of(db, row)
        read: list[dict[str, Any]] = []
        for item_id, value in said.items():
            scale: Scale = own if own.item(str(item_id)) is not None else shipped_scales()["lines"]
            raw = {"missing": why.get(item_id, "skipped")} if value is None else {"value": value}
            if item_id in middle:
                raw = {"missing": "untouched"}
            try:
                answer = read_answer(scale, str(item_id), raw)
            except ValueError as error:
                return str(error)
            read.append(
                {
                    "session_id": row.id,
                    "event_id": event.id,
                    "item": answer.item,
                    "phase": phase,
                    "scale_id": scale.id,
                    "scale_version": scale.version,
                    "number": answer.number,
                    "choice": answer.choice,
                    "missing": answer.missing,
                    "said_by": scale.by,
                    "at": at,
                }
            )
        if read:
            db.execute(answers.insert(), read)
        return ""


def scale_of(db: Connection, row: Row[tuple[object, ...]]) -> Scale:
    """The scale that a session asks with, in the version that it began with."""
    scale = find_scale(db, str(row.scale_id), int(row.scale_version))
    assert scale is not None  # noqa: S101 - it was there when the session began, and none is ever deleted
    return scale
