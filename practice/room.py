"""What the listening room may know: its state, and what it may play."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from practice.barred import CopiedSong, barred_songs
from practice.caseload import protection_of
from practice.errors import RoomClosedError
from practice.listeners import listener_in
from practice.plan_copies import PlanSong, read_plan, read_songs
from practice.room_events import RoomEvents, scale_of
from practice.safety import rules_for, safety_file
from practice.scales import Scale, shipped_scales, to_plane
from practice.schema import accounts, clients
from practice.session_rows import is_open, room_row, row_of_token
from practice.session_summaries import read_answers
from practice.settings import setting
from practice.site import site_text
from recommender.mood import Mood
from recommender.playlist import PlanRequest

if TYPE_CHECKING:
    from recommender.candidates import Candidates
    from recommender.constraints import Rules
    from recommender.personal import Listener


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


class Room(RoomEvents):
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
            own_scale=None if str(row.scale_id) in shipped_scales() else scale_of(db, row),
            feeling_first=bool(row.feeling_first),
            ask_tension=bool(row.ask.get("tension")),
            ask_pain=bool(row.ask.get("pain")),
            ask_middle=bool(row.ask.get("middle")),
            ask_session_line=bool(row.ask.get("session_line")),
            show_answers=bool(row.ask.get("show_answers")),
            request=plan.request,
            mood_moved=row.client_id is not None
            and _has_moved(before, scale_of(db, row), plan.present, setting(db, "mood_moved")),
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
