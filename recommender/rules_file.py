"""Rules as YAML: the keys of `Rules`, checked, with errors that name the line."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial
from typing import Any

import yaml

from recommender.constraints import FeatureRange, Rules, Slot
from recommender.errors import RulesError
from recommender.hard_rules import RANGE_FEATURES

RULE_KEYS = tuple(entry.name for entry in fields(Rules))

_SETS = frozenset(
    {
        "avoid_tracks",
        "avoid_artists",
        "avoid_albums",
        "avoid_title_words",
        "avoid_themes",
        "vetoes",
        "only_tracks",
        "familiar_first",
        "rested",
    }
)
_NUMBERS: dict[str, tuple[float, float]] = {
    "max_arousal": (-1, 1),
    "low_valence": (-1, 1),
    "max_low_valence_minutes": (0, math.inf),
    "max_rise_db": (0, math.inf),
    "min_track_s": (0, 3600),
    "max_track_s": (1, 36000),
    "min_tempo_bpm": (1, 400),
    "max_tempo_bpm": (1, 400),
    "prefer_min_tempo_bpm": (1, 400),
    "prefer_max_tempo_bpm": (1, 400),
    "largest_step": (0.01, 3),
    "length_tolerance_s": (0, 3600),
    "cadence_bpm": (20, 300),
    "cadence_tolerance": (0, 0.2),
    "cadence_pulse_clarity": (0, 1),
}
_WHOLE: dict[str, tuple[int, int]] = {"max_low_valence_tracks": (0, 1000), "artist_spacing": (0, 100)}


def rules_from_yaml(text: str, *, source: str = "rules") -> Rules:
    """Read rules from YAML whose keys are the fields of `Rules`.

    Parameters
    ----------
    text : str
        YAML; an empty text gives the rules that nobody has changed.
    source : str
        What errors call the text, such as its file name.

    Raises
    ------
    RulesError
        With the source and line of what cannot be read: an unknown or repeated key, a value of the wrong kind or out of
        range, or rules that contradict one another.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise _error(source, line, f"this is not YAML: {getattr(error, 'problem', None) or error}") from error
    if node is None:
        return Rules()
    if not isinstance(node, yaml.MappingNode):
        raise _error(source, node.start_mark.line + 1, "rules are `key: value` lines")
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key not in RULE_KEYS:
            raise _error(source, line, f"{key!r} is no rule; known are {', '.join(RULE_KEYS)}")
        if key in values:
            raise _error(source, line, f"{key!r} is said twice, first on line {lines[key]}")
        lines[key] = line
        plain = _plain(value_node, source)
        values[key] = _read(key, plain, partial(_error_of_key, source, line, key))
    _check_together(values, lines, source)
    return Rules(**values)


def _error(source: str, line: int, problem: str) -> RulesError:
    return RulesError(f"{source}, line {line}: {problem}.", source=source, line=line, problem=problem)


def _error_of_key(source: str, line: int, key: str, problem: str) -> RulesError:
    return _error(source, line, f"{key}: {problem}")


def _plain(node: yaml.Node, source: str) -> Any:
    try:
        return yaml.safe_load(yaml.serialize(node))
    except yaml.YAMLError as error:
        raise _error(source, node.start_mark.line + 1, f"this value cannot be read: {error}") from error


def _read(key: str, value: Any, error: Callable[[str], RulesError]) -> Any:
    if value is None and key in ("only_tracks", "max_arousal", "low_valence", "opening", "closing"):
        return None
    if key in _SETS:
        if isinstance(value, str) or not isinstance(value, list):
            raise error(f"expected a list, found {value!r}")
        return frozenset(str(entry) for entry in value)
    if key in _NUMBERS:
        return _number(value, *_NUMBERS[key], error)
    if key in _WHOLE:
        number = _number(value, *_WHOLE[key], error)
        if number != int(number):
            raise error(f"expected a whole number, found {value!r}")
        return int(number)
    if key in ("opening", "closing"):
        return str(value)
    if key in ("instrumental_first", "low_energy_first"):
        if not isinstance(value, bool):
            raise error(f"expected true or false, found {value!r}")
        return value
    return {"pins": _pins, "liking": _liking, "avoid_ranges": _ranges, "slots": _slots}[key](value, error)


def _number(value: Any, low: float, high: float, error: Callable[[str], RulesError]) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise error(f"expected a number, found {value!r}")
    if not low <= value <= high:
        raise error(f"expected {low:g} to {high:g}, found {value:g}")
    return float(value)


def _table(value: Any, error: Callable[[str], RulesError]) -> Mapping[Any, Any]:
    if not isinstance(value, dict):
        raise error(f"expected `key: value` lines, found {value!r}")
    return value


def _pins(value: Any, error: Callable[[str], RulesError]) -> dict[int, str]:
    pins = {}
    for place, track_id in _table(value, error).items():
        if isinstance(place, bool) or not isinstance(place, int) or place < 0:
            raise error(f"a place is a whole number from 0, found {place!r}")
        pins[place] = str(track_id)
    return pins


def _liking(value: Any, error: Callable[[str], RulesError]) -> dict[str, float]:
    return {str(track_id): _number(liking, 0, 1, error) for track_id, liking in _table(value, error).items()}


def _entries(value: Any, known: set[str], error: Callable[[str], RulesError]) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise error(f"expected a list of tables, found {value!r}")
    for entry in value:
        unknown = sorted(str(name) for name in set(entry) - known)
        if unknown:
            raise error(f"{unknown[0]!r} is not known here; known are {', '.join(sorted(known))}")
    return value


def _ranges(value: Any, error: Callable[[str], RulesError]) -> tuple[FeatureRange, ...]:
    ranges = []
    for entry in _entries(value, {"feature", "low", "high"}, error):
        if entry.get("feature") not in RANGE_FEATURES:
            raise error(f"feature must be one of {', '.join(RANGE_FEATURES)}, found {entry.get('feature')!r}")
        if "low" not in entry and "high" not in entry:
            raise error("a range needs low, high or both")
        low = _number(entry["low"], -1e9, 1e9, error) if "low" in entry else -math.inf
        high = _number(entry["high"], -1e9, 1e9, error) if "high" in entry else math.inf
        if low > high:
            raise error(f"low {low:g} is above high {high:g}")
        ranges.append(FeatureRange(entry["feature"], low, high))
    return tuple(ranges)


def _slots(value: Any, error: Callable[[str], RulesError]) -> tuple[Slot, ...]:
    slots = []
    for entry in _entries(value, {"position", "kind", "minutes"}, error):
        if entry.get("kind") not in ("live", "talk", "silence"):
            raise error(f"kind must be live, talk or silence, found {entry.get('kind')!r}")
        position = _number(entry.get("position"), 0, 1000, error)
        if position != int(position):
            raise error(f"position must be a whole number, found {position:g}")
        slots.append(Slot(int(position), entry["kind"], _number(entry.get("minutes"), 0.1, 60, error)))
    return tuple(slots)


def _check_together(values: Mapping[str, Any], lines: Mapping[str, int], source: str) -> None:
    shortest, longest = values.get("min_track_s"), values.get("max_track_s")
    if shortest is not None and longest is not None and shortest > longest:
        raise _error(source, lines["min_track_s"], f"the shortest song {shortest:g} is above the longest {longest:g}")
    low, high = values.get("prefer_min_tempo_bpm"), values.get("prefer_max_tempo_bpm")
    if low is not None and high is not None and low > high:
        raise _error(source, lines["prefer_min_tempo_bpm"], f"the slowest tempo {low:g} is above the fastest {high:g}")
    low, high = values.get("min_tempo_bpm"), values.get("max_tempo_bpm")
    if low is not None and high is not None and low > high:
        raise _error(source, lines["min_tempo_bpm"], f"the slowest tempo {low:g} is above the fastest {high:g}")
    for key in ("max_low_valence_tracks", "max_low_valence_minutes"):
        if values.get(key) is not None and values.get("low_valence") is None:
            raise _error(source, lines[key], f"{key} needs low_valence, which says where a low mood begins")
    pins = values.get("pins") or {}
    opening = values.get("opening")
    if opening is not None and pins.get(0, opening) != opening:
        raise _error(source, lines["opening"], f"two songs are to open: {opening} and {pins[0]}")
