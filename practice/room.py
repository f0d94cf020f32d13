"""What the listening room may know and say: its state, and events that are stored exactly once."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice.barred import CopiedSong, barred_songs
from practice.caseload import protection_of
from practice.errors import BadEventError, RoomClosedError
from practice.limits import put_mark
from practice.listeners import listener_in
from practice.own_scales import find_scale
from practice.plan_copies import PlanSong, read_plan, read_songs
from practice.safety import rules_for, safety_file
from practice.scales import Scale, read_answer, shipped_scales, to_plane
from practice.schema import accounts, answers, clients, events, sessions
from practice.session_rows import is_open, room_row, row_of_token
from practice.session_summaries import read_answers
from practice.settings import setting
from practice.site import site_text
from practice.store import Store, insert_once
from recommender.mood import Mood
from recommender.playlist import PlanRequest

if TYPE_CHECKING:
    from recommender.candidates import Candidates
    from recommender.constraints import Rules
    from recommender.personal import Listener

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


@dataclass(frozen=True)
class RoomSong:
    """What the room knows of a song: nothing about mood."""

    id: str
    title: str
    artist: str
    duration_s: float
    loudness_lufs: float | None
    true_peak_db: float | None


@dataclass(frozen=True)
class RoomSlot:
    """Something between the songs that a person ends: live playing, talk, silence."""

    before_song: int
    """It comes before the song at this place (0 is first), or after the last."""
    kind: str
    minutes: float


class RoomPosition(NamedTuple):
    """What a room must hear of at once: whether it is open, and what its therapist last asked of it."""

    is_open: bool
    stop_asked_at: datetime | None
    next_asked: Mapping[str, Any] | None


@dataclass(frozen=True)
class RoomState:
    """Everything that the room needs to run, also when the server goes away."""

    session_id: str
    code: str | None
    sign: str | None
    """None where nothing is kept."""
    preset: str
    present: bool
    """The therapist is in the room; otherwise no one is watching."""
    handed_over: bool
    """On the clinician's own screen, not by link."""
    room_name: str
    clinic: str
    minutes: float
    route: str
    songs: tuple[RoomSong, ...]
    """In the order of the plan."""
    slots: tuple[RoomSlot, ...]
    pool: tuple[RoomSong, ...]
    """Every other song that was approved with it."""
    openers: tuple[str, ...]
    alternates: tuple[tuple[str, ...], ...]
    known_well: tuple[str, ...]
    replan: tuple[str, ...]
    start_db: float
    limit_db: float
    fade_in_s: float
    cross_fade_s: float
    scale: str
    own_scale: Scale | None
    """The clinic's own scale that is asked with; None where it is one that ships."""
    feeling_first: bool
    ask_tension: bool
    ask_pain: bool
    ask_middle: bool
    ask_session_line: bool
    show_answers: bool
    request: PlanRequest
    """What the plan was asked for."""
    mood_moved: bool
    """The answer before lies further from the plan's present mood than the setting `mood_moved`."""
    answered: tuple[str, ...]
    """The phases that have been answered: `before`, `middle`, `after`."""
    place: Mapping[str, Any] | None
    """Where the room last said it was."""
    pleasure_drop: float | None
    """Fall of the feeling line, as a share of it, at which the room asks once; None: never (`stay`)."""
    tension_high: tuple[float, float]
    """Level and rise of tension at which the room asks."""
    scan_s: float
    """Seconds that the frame of the one-switch preset rests; 0: it moves only when told."""
    stop_asked_at: datetime | None
    next_asked: Mapping[str, Any] | None
    """The therapist's last wish: `id`, `what` (`different`, `closing`), `track`, and `during` which song."""
    started_at: datetime
    open_until: datetime
    ended_at: datetime | None


def _as_moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise BadEventError(f"{text!r} is not a time in ISO 8601.") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _check_event(event: Event) -> str:
    """Refuse what is not shaped like an event; give its values as stored JSON."""
    if not isinstance(event.id, str) or not _EVENT_ID.fullmatch(event.id):
        raise BadEventError("An event needs an id of 8 to 64 letters, digits, - or _.")
    if not isinstance(event.kind, str) or not _KIND.fullmatch(event.kind):
        raise BadEventError("An event needs a kind in small letters.")
    if not isinstance(event.values, Mapping):
        raise BadEventError("An event's values must be a mapping.")
    try:
        text = json.dumps(dict(event.values), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadEventError("An event's values must be plain JSON, without NaN.") from error
    if len(text.encode()) > MOST_BYTES_AN_EVENT:
        raise BadEventError(f"An event holds at most {MOST_BYTES_AN_EVENT} bytes.")
    return text


class Room(Store):
    """The uses of the listening room. Its token is the only thing that a client's device holds."""

    def room(self, room_token: str) -> RoomState:
        """All that the open room of this token may show.

        A room that the client has ended can be read a little longer (setting `goodbye_minutes`), so that its last page
        stands; `ended_at` says so, and `may_hear` is False then.

        Raises
        ------
        RoomClosedError
            If there is no open room of this token: one answer for all reasons.
        """
        with self._reading() as db:
            row = row_of_token(db, room_token)
            goodbye = timedelta(minutes=setting(db, "goodbye_minutes"))
            if not is_open(row, self.now()) and not (
                row.ended_by == "client" and row.ended_at + goodbye > self.now() and row.open_until > self.now()
            ):
                raise RoomClosedError
            return self._state(db, row)

    def _state(self, db: Connection, row: Row[tuple[object, ...]]) -> RoomState:
        plan = read_plan(db, str(row.plan_id))
        client_id = None if row.client_id is None else str(row.client_id)
        client = None if client_id is None else db.execute(sa.select(clients).where(clients.c.id == client_id)).one()
        barred = self._barred(db, row, plan.songs.values())
        listed = [place.song for place in plan.places if place.song.id not in barred]
        in_list = {song.id for song in listed}
        said = read_answers(db, str(row.id))
        stop_rules = safety_file().stop_rules

        def allowed(track_ids: Sequence[str]) -> tuple[str, ...]:
            return tuple(track_id for track_id in track_ids if track_id not in barred)

        before = {answer.item: answer.number for answer in said if answer.phase == "before"}
        return RoomState(
            session_id=str(row.id),
            code=None if client is None else client.code,
            sign=None if client is None else client.sign,
            preset=str(row.preset),
            present=bool(row.with_client),
            handed_over=not row.by_link,
            room_name=str(
                db.execute(sa.select(accounts.c.room_name).where(accounts.c.id == row.account_id)).scalar_one()
            ),
            clinic=site_text(db, "clinic") or "",
            minutes=plan.minutes,
            route=plan.route,
            songs=tuple(_room_song(song) for song in listed),
            slots=tuple(
                RoomSlot(
                    sum(place.song.id not in barred for place in plan.places[: slot.position]),
                    slot.kind,
                    slot.duration_s / 60,
                )
                for slot in plan.slots
            ),
            pool=tuple(
                _room_song(song)
                for song in sorted(plan.songs.values(), key=lambda song: song.id)
                if song.id not in in_list and song.id not in barred
            ),
            openers=allowed(plan.pool.openers),
            alternates=tuple(
                allowed(slot)
                for place, slot in zip(plan.places, plan.pool.alternates, strict=True)
                if place.song.id not in barred
            ),
            known_well=allowed(plan.pool.known_well),
            replan=allowed(plan.pool.replan),
            **{name: float(row.loudness[name]) for name in ("start_db", "limit_db", "fade_in_s", "cross_fade_s")},
            scale=str(row.scale_id),
            own_scale=None if str(row.scale_id) in shipped_scales() else _scale_of(db, row),
            feeling_first=bool(row.feeling_first),
            ask_tension=bool(row.ask.get("tension")),
            ask_pain=bool(row.ask.get("pain")),
            ask_middle=bool(row.ask.get("middle")),
            ask_session_line=bool(row.ask.get("session_line")),
            show_answers=bool(row.ask.get("show_answers")),
            request=plan.request,
            mood_moved=row.client_id is not None
            and _has_moved(before, _scale_of(db, row), plan.present, setting(db, "mood_moved")),
            answered=tuple(dict.fromkeys(answer.phase for answer in said)),
            place=row.place,
            pleasure_drop=None if plan.route in stop_rules.pleasure_drop.off_in_routes else stop_rules.pleasure_drop.by,
            tension_high=(stop_rules.tension_high.at_least, stop_rules.tension_high.up_by),
            scan_s=setting(db, "scan_step_s"),
            stop_asked_at=row.stop_asked_at,
            next_asked=row.next_asked,
            started_at=row.started_at,
            open_until=row.open_until,
            ended_at=row.ended_at,
        )

    def room_planning(self, room_token: str | None, candidates: Candidates) -> tuple[Rules, Listener | None]:
        """What a new plan in the open room must obey, and how its client hears music, where they agreed to that.

        Raises
        ------
        RoomClosedError
            If there is no open room of this token.
        """
        with self._reading() as db:
            row = room_row(db, room_token, at=self.now())
            client_id = None if row.client_id is None else str(row.client_id)
            listener = None if client_id is None else listener_in(db, client_id, candidates)
            return rules_for(protection_of(db, client_id, at=self.now())), listener

    def room_position(self, room_token: str) -> RoomPosition:
        """What the room must hear of at once; cheap enough to ask every second."""
        with self._reading() as db:
            try:
                row = row_of_token(db, room_token)
            except RoomClosedError:
                return RoomPosition(False, None, None)
            return RoomPosition(is_open(row, self.now()), row.stop_asked_at, row.next_asked)

    def may_hear(self, room_token: str | None, track_id: str) -> bool:
        """Whether the open room of this token may play a track: only what was approved, and not what is avoided now."""
        with self._reading() as db:
            try:
                row = room_row(db, room_token, at=self.now())
            except RoomClosedError:
                return False
            songs = read_songs(db, str(row.plan_id))
            if track_id not in songs:
                return False
            return track_id not in self._barred(db, row, songs.values())

    def _barred(self, db: Connection, row: Row[tuple[object, ...]], songs: Collection[CopiedSong]) -> frozenset[str]:
        """What must not be heard in this room now."""
        client_id = None if row.client_id is None else str(row.client_id)
        return barred_songs(songs, protection_of(db, client_id, at=self.now()))

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
        checked = [(event, _as_moment(event.at), _check_event(event)) for event in new]
        stored = 0
        ends_trial = False
        with self._transaction() as db:
            now = self.now()
            row = row_of_token(db, room_token, left_too=True)
            over = row.ended_at or row.open_until
            if now > over + timedelta(days=setting(db, "late_events_days")):
                raise RoomClosedError
            for event, at, text in checked:
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
                        data=json.loads(text),
                    )
                    .returning(events.c.id)
                ).first()
                if fresh is not None:
                    stored += 1
                    self._take_in(db, owner, event, at)
                    self._pass_on(db, row, event, at=at, data=json.loads(text))
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
        if phase not in _PHASES:
            return f"phase {phase!r} is none of before, middle, after"
        said = event.values.get("values")
        if not isinstance(said, Mapping):
            return "a check-in needs values"
        reasons = event.values.get("missing")
        why: Mapping[str, Any] = reasons if isinstance(reasons, Mapping) else {}
        untouched = event.values.get("untouched")
        middle = set(untouched) if isinstance(untouched, list) else set()
        own = _scale_of(db, row)
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


def _scale_of(db: Connection, row: Row[tuple[object, ...]]) -> Scale:
    """The scale that a session asks with, in the version that it began with."""
    scale = find_scale(db, str(row.scale_id), int(row.scale_version))
    assert scale is not None  # noqa: S101 - it was there when the session began, and none is ever deleted
    return scale


def _room_song(song: PlanSong) -> RoomSong:
    return RoomSong(song.id, song.title, song.artist, song.duration_s, song.loudness_lufs, song.true_peak_db)


def _has_moved(before: Mapping[str, float | None], scale: Scale, present: Mood, far: float) -> bool:
    """Whether the answer before is far from where the plan starts; unknown where an axis was not answered."""
    point: dict[str, float] = {}
    for item in scale.items:
        number = before.get(item.id)
        if item.mood_axis is not None and number is not None:
            point[item.mood_axis] = to_plane(item, number)
    if len(point) < 2:
        return False
    return Mood(point["valence"], point["arousal"]).distance(present) > far
