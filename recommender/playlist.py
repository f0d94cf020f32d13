"""A planned playlist, as data: tracks, targets, reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from recommender.mood import Estimate, Mood

RouteKind = Literal["iso", "direct", "stay", "drawn"]


@dataclass(frozen=True)
class PlanRequest:
    """Where a session starts, where it should lead, and how long it takes."""

    present: Mood
    target: Mood
    minutes: float = 24.0
    route: RouteKind = "iso"
    waypoints: tuple[Mood, ...] = ()
    """Points of a drawn route, between present and target."""
    seed: int = 0
    present_track: str | None = None
    """A song that the route starts from: its mood counts as the present one, and it opens the plan."""
    target_track: str | None = None
    """A song that the route leads to: its mood counts as the target, and it closes the plan."""
    hold_present: float | None = None
    """Part of the tracks held at the present mood, in [0, 0.5]; None: as the route says (iso 0.2, drawn one track)."""
    hold_target: float | None = None
    pace: float = 1.0
    """1 moves evenly; 2 leaves slowly and hurries later, 0.5 the other way round."""
    wind_down: float = 0.0
    """Part of the tracks at the end, in [0, 0.5], that lead on from the target to a quiet close."""


@dataclass(frozen=True)
class Reason:
    """Why, as data; the screens own the words. `kind` is a key of the words table, `values` fill its sentence."""

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PlannedTrack:
    """One track of a playlist, with the place on the route that it was chosen for."""

    track_id: str
    start_s: float
    duration_s: float
    target: Mood
    estimate: Estimate
    reasons: tuple[Reason, ...] = ()
    """The strongest first: a list with room for one sentence shows that one."""
    locked: bool = False
    """Whether a person put it there."""


@dataclass(frozen=True)
class PlannedSlot:
    """Something in the session that is not a song, with its place in time; it comes before the song at `position`."""

    position: int
    kind: str
    start_s: float
    duration_s: float


@dataclass(frozen=True)
class Pool:
    """What may replace a planned track without being a new plan."""

    openers: tuple[str, ...] = ()
    alternates: tuple[tuple[str, ...], ...] = ()
    """Up to two for each track of the playlist, in its order."""
    known_well: tuple[str, ...] = ()
    replan: tuple[str, ...] = ()
    """What a new plan for the rest of the session may draw on."""

    def track_ids(self) -> frozenset[str]:
        """Every track in the pool."""
        slots = [track_id for slot in self.alternates for track_id in slot]
        return frozenset([*self.openers, *slots, *self.known_well, *self.replan])


@dataclass(frozen=True)
class Playlist:
    """A plan: its tracks in order, how good it is, and what had to give way."""

    request: PlanRequest
    tracks: tuple[PlannedTrack, ...]
    length_s: float
    bound_percent: float | None
    """The plan costs at most this much more, in percent, than the best possible one; None: no bound was computed."""
    relaxed: tuple[str, ...] = ()
    """Which rules had to be relaxed, in the order in which they were: never a hard rule."""
    warnings: tuple[Reason, ...] = ()
    pool: Pool = field(default_factory=Pool)
    slots: tuple[PlannedSlot, ...] = ()
    hidden: Mapping[str, int] = field(default_factory=dict)
    """How many tracks each hard rule hid, by its name."""
    cost: float = 0.0
    """What the plan costs, in the planner's own units: for comparing plans of one request."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """Raw figures of the plan (`metrics.measure`): tracking error, jumps, steps."""

    def track_ids(self) -> tuple[str, ...]:
        """The tracks in their order."""
        return tuple(track.track_id for track in self.tracks)
