"""What a plan holds: copies of its tracks, their places and reasons, so that a record stays true for ever."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import Connection

from practice.barred import CLAIMS, NUMBERS
from practice.errors import BadPlanError
from practice.schema import accounts, plan_places, plan_songs, plans
from practice.strands import STRANDS, Strand, strand_of
from recommender.mood import Mood
from recommender.playlist import PlannedSlot, PlanRequest, Playlist, Pool, Reason, RouteKind

LONGEST_MINUTES = 60
"""No session is planned longer than this, whatever is asked."""


class TrackToCopy(Protocol):
    """What a plan copies of a track, so that the record stays true when the catalogue changes."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str | None: ...
    @property
    def artist(self) -> str | None: ...
    @property
    def album(self) -> str | None: ...
    @property
    def duration_s(self) -> float | None: ...
    @property
    def loudness_lufs(self) -> float | None: ...
    @property
    def valence(self) -> float | None: ...
    @property
    def valence_sd(self) -> float | None: ...
    @property
    def arousal(self) -> float | None: ...
    @property
    def arousal_sd(self) -> float | None: ...


@dataclass(frozen=True)
class PlanSong:
    """A track as it was when the plan was made."""

    id: str
    title: str
    artist: str
    album: str
    duration_s: float
    loudness_lufs: float | None
    true_peak_db: float | None
    valence: float | None
    valence_sd: float | None
    arousal: float | None
    arousal_sd: float | None
    mood_source: str | None
    outside_training: bool | None
    themes: tuple[str, ...]
    numbers: Mapping[str, float | None]
    """Further columns of the library that limits read; 1 and 0 stand for yes and no."""


@dataclass(frozen=True)
class PlanPlace:
    """One place of the list: the song, where it starts, what it was chosen for and why."""

    song: PlanSong
    start_s: float
    target: Mood
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Plan:
    """A plan with its pool. Approval covers both."""

    id: str
    client_id: str | None
    """None: just trying, nothing is kept."""
    account_id: str
    state: str
    """`draft`, `approved` or `superseded`."""
    version: int
    replaces: str | None
    created_at: datetime
    present: Mood
    present_word: str
    target: Mood
    target_word: str
    route: str
    waypoints: tuple[Mood, ...]
    seed: int
    minutes: float
    hold_present: float | None
    """Part of the songs held at the present mood; None: as the route says. So with the target."""
    hold_target: float | None
    pace: float
    wind_down: float
    strand: Strand
    """The kind of session that it was made for: what it prefers, and what its room asks."""
    length_s: float
    bound_percent: float | None
    relaxed: tuple[str, ...]
    warnings: tuple[Reason, ...]
    model_id: str
    places: tuple[PlanPlace, ...]
    pool: Pool
    songs: Mapping[str, PlanSong]
    """Every song of the list and the pool, by track id."""
    slots: tuple[PlannedSlot, ...]
    """Live playing, talk and silence, in order."""
    approved_by: str | None
    """The name of who approved."""
    approved_at: datetime | None
    approved_present: bool | None
    expires_at: datetime | None

    @property
    def request(self) -> PlanRequest:
        """What the plan was asked for: a new plan that is made from it keeps all of that."""
        route: RouteKind = self.route  # type: ignore[assignment]
        return PlanRequest(
            self.present,
            self.target,
            self.minutes,
            route,
            self.waypoints,
            self.seed,
            hold_present=self.hold_present,
            hold_target=self.hold_target,
            pace=self.pace,
            wind_down=self.wind_down,
        )


_COLUMNS = ("valence", "valence_sd", "arousal", "arousal_sd", "loudness_lufs")


def _number(value: object) -> float | None:
    """A finite float, or None: no NaN ever reaches a table."""
    if value is None:
        return None
    number = float(value)  # type: ignore[arg-type]
    return number if math.isfinite(number) else None


def _copy(track: TrackToCopy) -> dict[str, Any]:
    duration = _number(track.duration_s)
    if duration is None or duration <= 0:
        raise BadPlanError(f"{track.title or track.id} has no known length, so it cannot be planned.")
    outside = getattr(track, "outside_training", None)
    return {
        "track_id": track.id,
        "title": track.title or "",
        "artist": track.artist or "",
        "album": track.album or "",
        "duration_s": duration,
        "true_peak_db": _number(getattr(track, "true_peak_dbtp", None)),
        **{name: _number(getattr(track, name)) for name in _COLUMNS},
        "mood_source": getattr(track, "mood_source", None),
        "outside_training": None if outside is None else bool(outside),
        "themes": sorted(getattr(track, "themes", None) or ()),
        "numbers": {name: _number(getattr(track, name, None)) for name in (*NUMBERS, *CLAIMS)},
    }


def _plain_values(value: Any) -> Any:
    """Reasons' values as JSON can hold them; NumPy's own numbers become Python's."""
    if isinstance(value, Mapping):
        return {str(key): _plain_values(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain_values(entry) for entry in value]
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    try:
        return _number(value)
    except (TypeError, ValueError):
        return str(value)


def _reasons(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    return [{"kind": reason.kind, "values": _plain_values(reason.values)} for reason in reasons]


def _read_reasons(stored: Iterable[Mapping[str, Any]]) -> tuple[Reason, ...]:
    return tuple(Reason(entry["kind"], entry["values"]) for entry in stored)


def write_contents(db: Connection, plan_id: str, playlist: Playlist, tracks: Iterable[TrackToCopy]) -> None:
    """Copy every track of a list and its pool into a plan, in place of what it held.

    Raises
    ------
    BadPlanError
        If a track is not among `tracks`, or has no known length.
    """
    by_id = {track.id: track for track in tracks}
    pool = playlist.pool
    wanted = [track.track_id for track in playlist.tracks] + sorted(pool.track_ids())
    lost = [track_id for track_id in wanted if track_id not in by_id]
    if lost:
        raise BadPlanError(
            f"The plan holds {len(lost)} tracks that were not handed over with it, the first is {lost[0]}.", lost=lost
        )
    db.execute(plan_places.delete().where(plan_places.c.plan_id == plan_id))
    db.execute(plan_songs.delete().where(plan_songs.c.plan_id == plan_id))
    db.execute(
        plan_songs.insert(), [{"plan_id": plan_id, **_copy(by_id[track_id])} for track_id in dict.fromkeys(wanted)]
    )
    places: list[dict[str, Any]] = []

    def put(role: str, position: int, rank: int, track_id: str, **more: Any) -> None:
        blank: dict[str, Any] = {"start_s": None, "target_valence": None, "target_arousal": None, "reasons": []}
        place = {"plan_id": plan_id, "role": role, "position": position, "rank": rank, "track_id": track_id}
        places.append({**place, **blank, **more})

    for position, track in enumerate(playlist.tracks):
        put(
            "song",
            position,
            0,
            track.track_id,
            start_s=float(track.start_s),
            target_valence=float(track.target[0]),
            target_arousal=float(track.target[1]),
            reasons=_reasons(track.reasons),
        )
    for position, slot in enumerate(pool.alternates):
        for rank, track_id in enumerate(slot):
            put("alternate", position, rank, track_id)
    for role, track_ids in (("opener", pool.openers), ("known_well", pool.known_well), ("replan", pool.replan)):
        for position, track_id in enumerate(track_ids):
            put(role, position, 0, track_id)
    db.execute(plan_places.insert(), places)


def heading_of(
    playlist: Playlist, *, model_id: str, present_word: str, target_word: str, strand: Strand = "feel"
) -> dict[str, Any]:
    """A plan's own row, apart from who, when and for whom.

    Raises
    ------
    BadPlanError
        If the list is empty, or longer than an hour, or there is no such kind of session.
    """
    request = playlist.request
    if not playlist.tracks:
        raise BadPlanError("A plan needs at least one song.")
    if strand not in STRANDS:
        raise BadPlanError(f"{strand!r} is not a kind of session: use one of {', '.join(STRANDS)}.")
    if request.minutes > LONGEST_MINUTES:
        raise BadPlanError(f"No session is longer than {LONGEST_MINUTES} minutes.", minutes=request.minutes)
    return {
        "present_valence": float(request.present[0]),
        "present_arousal": float(request.present[1]),
        "present_word": present_word[:60],
        "target_valence": float(request.target[0]),
        "target_arousal": float(request.target[1]),
        "target_word": target_word[:60],
        "route": request.route,
        "waypoints": [[float(point[0]), float(point[1])] for point in request.waypoints],
        "course": {
            "hold_present": _number(request.hold_present),
            "hold_target": _number(request.hold_target),
            "pace": float(request.pace),
            "wind_down": float(request.wind_down),
            "strand": strand,
        },
        "slots": [
            [int(slot.position), slot.kind, float(slot.start_s), float(slot.duration_s)] for slot in playlist.slots
        ],
        "seed": int(request.seed),
        "minutes": float(request.minutes),
        "length_s": float(playlist.length_s),
        "bound_percent": _number(playlist.bound_percent),
        "relaxed": list(playlist.relaxed),
        "warnings": _reasons(playlist.warnings),
        "model_id": model_id,
    }


def read_songs(db: Connection, plan_id: str) -> dict[str, PlanSong]:
    """Every song of a plan and its pool, by track id."""
    return {
        row.track_id: PlanSong(
            id=row.track_id,
            title=row.title,
            artist=row.artist,
            album=row.album,
            duration_s=row.duration_s,
            loudness_lufs=row.loudness_lufs,
            true_peak_db=row.true_peak_db,
            valence=row.valence,
            valence_sd=row.valence_sd,
            arousal=row.arousal,
            arousal_sd=row.arousal_sd,
            mood_source=row.mood_source,
            outside_training=row.outside_training,
            themes=tuple(row.themes),
            numbers=row.numbers,
        )
        for row in db.execute(sa.select(plan_songs).where(plan_songs.c.plan_id == plan_id))
    }


def read_plan(db: Connection, plan_id: str) -> Plan:
    """A plan that the caller has already been found allowed to read."""
    row = db.execute(
        sa.select(plans, accounts.c.name.label("approver"))
        .outerjoin(accounts, accounts.c.id == plans.c.approved_by)
        .where(plans.c.id == plan_id)
    ).one()
    songs = read_songs(db, plan_id)
    order = (plan_places.c.position, plan_places.c.rank)
    found = db.execute(sa.select(plan_places).where(plan_places.c.plan_id == plan_id).order_by(*order)).all()
    places = tuple(
        PlanPlace(
            songs[place.track_id],
            place.start_s,
            Mood(place.target_valence, place.target_arousal),
            _read_reasons(place.reasons),
        )
        for place in found
        if place.role == "song"
    )
    alternates: list[list[str]] = [[] for _ in places]
    for place in found:
        if place.role == "alternate" and place.position < len(alternates):
            alternates[place.position].append(place.track_id)

    course = row.course or {}  # a plan of before there were any

    def of(role: str) -> tuple[str, ...]:
        return tuple(place.track_id for place in found if place.role == role)

    return Plan(
        id=row.id,
        client_id=row.client_id,
        account_id=row.account_id,
        state=row.state,
        version=row.version,
        replaces=row.replaces,
        created_at=row.created_at,
        present=Mood(row.present_valence, row.present_arousal),
        present_word=row.present_word,
        target=Mood(row.target_valence, row.target_arousal),
        target_word=row.target_word,
        route=row.route,
        waypoints=tuple(Mood(*point) for point in row.waypoints),
        seed=row.seed,
        minutes=row.minutes,
        hold_present=course.get("hold_present"),
        hold_target=course.get("hold_target"),
        pace=course.get("pace", 1.0),
        wind_down=course.get("wind_down", 0.0),
        strand=strand_of(row.course),
        length_s=row.length_s,
        bound_percent=row.bound_percent,
        relaxed=tuple(row.relaxed),
        warnings=_read_reasons(row.warnings),
        model_id=row.model_id,
        places=places,
        pool=Pool(of("opener"), tuple(tuple(slot) for slot in alternates), of("known_well"), of("replan")),
        songs=songs,
        slots=tuple(PlannedSlot(*slot) for slot in row.slots or ()),
        approved_by=row.approver,
        approved_at=row.approved_at,
        approved_present=row.approved_present,
        expires_at=row.expires_at,
    )


def plan_as_data(plan: Plan) -> dict[str, Any]:
    """A plan as JSON can hold it, for exports."""
    data = asdict(plan)
    data.update(
        present=list(plan.present), target=list(plan.target), waypoints=[list(point) for point in plan.waypoints]
    )
    for place in data["places"]:
        place["target"] = list(place["target"])
    return data
