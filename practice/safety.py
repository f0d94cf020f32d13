"""Limits by effect, the avoid list and loudness, turned into planner rules and player limits."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from practice.data_files import read_checked
from practice.errors import BadClientError
from recommender.constraints import FeatureRange, Rules

AvoidKind = Literal["words", "track", "artist", "album", "title_word", "theme", "feature_range"]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Number(_Shape):
    """One number of a limit and what a clinician may set."""

    low: float
    high: float
    default: float
    optional: bool = False


class LimitKind(_Shape):
    """What a limit does: to the planner (`rules`, `switches`, `marks`), the player (`loudness`) or the session."""

    values: dict[str, Number] = {}
    rules: dict[str, str] = {}
    switches: tuple[str, ...] = ()
    marks: dict[str, Literal["safe", "known"]] = {}
    loudness: str | None = None
    someone_present: bool = False

    @model_validator(mode="after")
    def _does_something(self) -> LimitKind:
        known = set(Rules.__dataclass_fields__)
        for rule, value in self.rules.items():
            if rule not in known:
                raise ValueError(f"{rule!r} is not a planner rule")
            if value not in self.values:
                raise ValueError(f"{value!r} is not a value of this limit")
        for rule in (*self.switches, *self.marks):
            if rule not in known:
                raise ValueError(f"{rule!r} is not a planner rule")
        if not (self.rules or self.switches or self.marks or self.loudness or self.someone_present):
            raise ValueError("this limit has no effect")
        return self


class Loudness(_Shape):
    """What the player may do, in dB below full scale; `limit_db` is never passed."""

    start_db: float
    limit_db: float
    fade_in_s: float
    cross_fade_s: float

    @model_validator(mode="after")
    def _starts_below_the_limit(self) -> Loudness:
        if not self.start_db <= self.limit_db <= 0:
            raise ValueError("start must not lie above the limit, and the limit not above 0 dB")
        return self


class PleasureDrop(_Shape):
    """When the client is asked how the music is, because pleasure went down."""

    by: float
    scale: str
    item: str
    times_a_session: int
    off_in_routes: tuple[str, ...]


class TensionHigh(_Shape):
    """When the client is asked, and the therapist told, because tension is high and went up."""

    at_least: float
    up_by: float
    scale: str
    item: str
    tell_therapist: bool


class StopRules(_Shape):
    """Ask, never decide."""

    pleasure_drop: PleasureDrop
    tension_high: TensionHigh


class Allowance(_Shape):
    """Sound allowance of WHO-ITU H.870."""

    reference_db: float
    reference_db_children: float
    hours_a_week: float


class SafetyFile(_Shape):
    """The whole of safety.yaml."""

    version: int
    limits: dict[str, LimitKind]
    answers: dict[str, dict[str, tuple[str, ...]]]
    present_while_not_known: tuple[str, ...]
    stop_rules: StopRules
    loudness: dict[str, Loudness]
    allowance: Allowance

    @model_validator(mode="after")
    def _names_fit(self) -> SafetyFile:
        for kind in self.limits.values():
            if kind.loudness is not None and kind.loudness not in self.loudness:
                raise ValueError(f"there is no loudness {kind.loudness!r}")
        for said in self.answers.values():
            for effects in said.values():
                for effect in effects:
                    if effect not in self.limits:
                        raise ValueError(f"there is no limit {effect!r}")
        if "standard" not in self.loudness:
            raise ValueError("loudness needs `standard`")
        return self


@cache
def safety_file() -> SafetyFile:
    """The limits, stop rules and loudness that ship."""
    text = (resources.files("practice") / "safety.yaml").read_text("utf-8")
    return read_checked(text, SafetyFile, source="safety.yaml")


@dataclass(frozen=True)
class AvoidEntry:
    """One thing that this client must not hear."""

    id: str
    kind: AvoidKind
    value: str
    """Track id, artist, album, word, theme, or the feature's name; `words` is what was said, not yet sorted."""
    low: float | None = None
    high: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Limit:
    """A limit that is on for a client."""

    id: str
    effect: str
    numbers: Mapping[str, float]
    reason: str
    review_on: date | None = None


@dataclass(frozen=True)
class Marks:
    """What a client's song marks say, as track ids."""

    loved: frozenset[str] = frozenset()
    known_well: frozenset[str] = frozenset()
    safe: frozenset[str] = frozenset()
    painful: frozenset[str] = frozenset()
    rest: frozenset[str] = frozenset()
    private: frozenset[str] = frozenset()
    """Their own, for nobody else."""


@dataclass(frozen=True)
class Protection:
    """All that bounds one client's music: limits that are on, the avoid list, marks, and open questions."""

    limits: tuple[Limit, ...] = ()
    avoid: tuple[AvoidEntry, ...] = ()
    marks: Marks = field(default_factory=Marks)
    not_known: frozenset[str] = frozenset()
    """Questions of the first session that nobody could answer yet."""
    others_own: frozenset[str] = frozenset()
    """Songs that are private to somebody else; whose is never said."""


NOTHING = frozenset({"none", "no", "nothing", "nil", "n/a", "na", "no thanks", "nothing at all"})
"""What people write into a field where they mean that there is nothing."""


def said_words(text: str) -> tuple[str, ...]:
    """Sort what was typed under "music or sounds to avoid" into single things: split at commas, semicolons, lines.

    One of `NOTHING` alone is no thing to avoid; beside others it is kept, since it may be a title.
    """
    parts = (" ".join(part.split()) for part in re.split(r"[,;\n]+", text))
    found = tuple(dict.fromkeys(part for part in parts if any(letter.isalnum() for letter in part)))
    return () if len(found) == 1 and found[0].casefold().strip(" .!") in NOTHING else found


def check_numbers(effect: str, numbers: Mapping[str, float]) -> dict[str, float]:
    """The numbers of a limit, with defaults filled in.

    Raises
    ------
    BadClientError
        If there is no such limit or number, or it lies outside its range.
    """
    kind = safety_file().limits.get(effect)
    if kind is None:
        raise BadClientError(f"There is no limit {effect!r}.", effect=effect)
    unknown = set(numbers) - set(kind.values)
    if unknown:
        raise BadClientError(f"The limit {effect} has no {', '.join(sorted(unknown))}.", effect=effect)
    filled: dict[str, float] = {}
    for name, allowed in kind.values.items():
        # Where one of several optional numbers is given, the others are off; where none is, all take their defaults.
        if name not in numbers and allowed.optional and any(kind.values[given].optional for given in numbers):
            continue
        value = float(numbers.get(name, allowed.default))
        if not math.isfinite(value) or not allowed.low <= value <= allowed.high:
            raise BadClientError(
                f"{name} is {value:g}; it must lie between {allowed.low:g} and {allowed.high:g}.", effect=effect
            )
        filled[name] = value
    if filled.get("min_tempo_bpm", 0) > filled.get("max_tempo_bpm", math.inf):
        raise BadClientError("The slowest tempo lies above the fastest.", effect=effect)
    return filled


def _tightest(rule: str, old: Any, new: Any) -> Any:
    """Two limits on one thing: the stricter stands."""
    if old is None:
        return new
    if rule in {"min_tempo_bpm", "low_valence"}:
        return max(old, new)
    if isinstance(old, frozenset):
        return old & new
    return min(old, new)


def rules_for(protection: Protection, base: Rules | None = None, *, played: Collection[str] = ()) -> Rules:
    """Planner rules for one client: everything that is hard for them, on top of `base`.

    Parameters
    ----------
    protection : Protection
        From `Record.protection`.
    base : Rules, optional
        What the clinician set for this plan; it can be tightened here, never loosened.
    played : collection of str
        Track ids that are worn, to be rested beside those marked so.
    """
    rules = base or Rules()
    known = protection.marks.known_well | protection.marks.loved | protection.marks.safe
    marked = {"safe": protection.marks.safe, "known": known}
    changes: dict[str, Any] = {}

    def tighten(rule: str, value: Any) -> None:
        changes[rule] = _tightest(rule, changes.get(rule, getattr(rules, rule)), value)

    for limit in protection.limits:
        kind = safety_file().limits[limit.effect]
        for rule, number in kind.rules.items():
            if number in limit.numbers:
                value = limit.numbers[number]
                tighten(rule, int(value) if rule == "max_low_valence_tracks" else value)
        for rule, mark in kind.marks.items():
            if rule == "only_tracks":
                tighten(rule, marked[mark] - protection.marks.painful)
            else:
                changes[rule] = changes.get(rule, getattr(rules, rule)) | marked[mark]
        for rule in kind.switches:
            changes[rule] = True
    avoided = _avoid_sets(protection.avoid)
    avoided["avoid_tracks"] |= protection.others_own
    for rule, values in avoided.items():
        changes[rule] = getattr(rules, rule) | values
    ranges = tuple(
        FeatureRange(
            entry.value,
            -math.inf if entry.low is None else entry.low,
            math.inf if entry.high is None else entry.high,
        )
        for entry in protection.avoid
        if entry.kind == "feature_range"
    )
    # Of a song that is both, that it is loved says more.
    liking = dict.fromkeys(protection.marks.known_well, 0.8) | dict.fromkeys(protection.marks.loved, 1.0)
    return replace(
        rules,
        **changes,
        avoid_ranges=(*rules.avoid_ranges, *ranges),
        vetoes=rules.vetoes | protection.marks.painful,
        rested=rules.rested | protection.marks.rest | frozenset(played),
        liking={**liking, **rules.liking},
    )


def _avoid_sets(avoid: Iterable[AvoidEntry]) -> dict[str, frozenset[str]]:
    rules: dict[str, set[str]] = {
        "avoid_tracks": set(),
        "avoid_artists": set(),
        "avoid_albums": set(),
        "avoid_title_words": set(),
        "avoid_themes": set(),
    }
    where = {"track": "avoid_tracks", "artist": "avoid_artists", "album": "avoid_albums", "theme": "avoid_themes"}
    for entry in avoid:
        if entry.kind in where:
            rules[where[entry.kind]].add(entry.value)
        elif entry.kind == "title_word":
            rules["avoid_title_words"].add(entry.value)
        elif entry.kind == "words":
            # Nobody has sorted yet whether this is an artist or a song: it counts as both. Not as a theme: that would
            # hide every song whose words nobody has checked.
            for rule in ("avoid_artists", "avoid_title_words"):
                rules[rule].add(entry.value)
    return {rule: frozenset(values) for rule, values in rules.items()}


def loudness_for(protection: Protection) -> Loudness:
    """The player's limits: of several, the quietest of each."""
    file = safety_file()
    names = [file.limits[limit.effect].loudness for limit in protection.limits]
    kinds = [file.loudness["standard"], *(file.loudness[name] for name in names if name is not None)]
    return Loudness(
        start_db=min(kind.start_db for kind in kinds),
        limit_db=min(kind.limit_db for kind in kinds),
        fade_in_s=max(kind.fade_in_s for kind in kinds),
        cross_fade_s=max(kind.cross_fade_s for kind in kinds),
    )


def someone_must_be_present(protection: Protection) -> bool:
    """Whether nobody may listen on their own with these limits and open questions."""
    file = safety_file()
    return any(file.limits[limit.effect].someone_present for limit in protection.limits) or bool(
        protection.not_known & set(file.present_while_not_known)
    )


def allowance_percent(levels_db: Iterable[tuple[float, float]], *, children: bool = False) -> float:
    """Share of a week's sound allowance that was used, in percent [1]_.

    Parameters
    ----------
    levels_db : iterable of (hours, level at the ear in dB(A))

    References
    ----------
    .. [1] WHO and ITU. "Safe listening devices and systems", ITU-T H.870, 2018.
    """
    rules = safety_file().allowance
    reference = rules.reference_db_children if children else rules.reference_db
    return 100 * sum(hours / rules.hours_a_week * 10 ** ((level - reference) / 10) for hours, level in levels_db)
