"""Why there is no playlist: which rule left nothing, how many tracks each hid, what is wanted twice."""

from __future__ import annotations

import numpy as np

from recommender.candidates import Candidates
from recommender.constraints import Rules
from recommender.errors import NoPlaylistError, RulesError
from recommender.field import Field
from recommender.hard_rules import hidden_tracks
from recommender.playlist import PlanRequest


def pinned_track_hidden(
    field: Field, rules: Rules, position: int | None, row: int, *, rule: str | None = None
) -> NoPlaylistError:
    """A track is wanted at a place (None: the last), and a rule keeps it from playing."""
    track_id, rule = str(field.candidates.ids[row]), rule or rule_that_hides(field.candidates, rules, row)
    where = "at the end" if position is None else f"at place {position + 1}"
    return NoPlaylistError(
        f"track {track_id} is wanted {where}, but the rule {rule} keeps it from playing. "
        "Take it out of the plan or change the rule.",
        reason="pinned_track_hidden",
        track_id=track_id,
        position=position,
        rule=rule,
        hidden=field.hidden,
        left=field.n_allowed,
    )


def no_playlist(field: Field, request: PlanRequest) -> NoPlaylistError:
    """Say which rule left nothing, how many tracks each hid, and the nearest mood that is left."""
    hidden = dict(field.hidden)
    worst = max(hidden, key=lambda name: hidden[name], default=None)
    nearest = None
    rows = np.flatnonzero(field.allowed)
    if len(rows):
        away = np.hypot(*(field.candidates.places[rows] - np.array(request.target, float)).T)
        nearest = tuple(field.candidates.places[rows[int(away.argmin())]].tolist())
    if len(field.candidates) == 0:
        message = "there is no music yet: add a folder of music first."
    elif worst is None:
        message = "there are too few tracks for this plan: add music or ask for a shorter session."
    else:
        listed = ", ".join(f"{name} hides {count}" for name, count in sorted(hidden.items(), key=lambda kv: -kv[1]))
        message = (
            f"no playlist obeys the rules: of {len(field.candidates)} tracks {field.n_allowed} are left ({listed}). "
            f"Change {worst} first, or add music."
        )
    return NoPlaylistError(
        message, reason="nothing_left", rule=worst, hidden=hidden, left=field.n_allowed, nearest=nearest
    )


def rule_that_hides(candidates: Candidates, rules: Rules, row: int) -> str:
    return next(name for name, mask in hidden_tracks(candidates, rules).items() if mask[row])


def rows_of_pins(candidates: Candidates, rules: Rules) -> dict[int, int]:
    wanted = dict(rules.pins)
    if rules.opening is not None:
        if wanted.get(0, rules.opening) != rules.opening:
            raise RulesError(
                f"two songs are to open: {wanted[0]} and {rules.opening}. Keep one of them.", rules=("opening", "pins")
            )
        wanted[0] = rules.opening
    unknown = [
        track_id
        for track_id in [*wanted.values(), rules.closing]
        if track_id and track_id not in candidates.position_of
    ]
    if unknown:
        raise RulesError(
            f"track {unknown[0]} is wanted in the plan but is not among the tracks. Choose another.",
            track_id=unknown[0],
        )
    rows = {int(position): candidates.position_of[track_id] for position, track_id in wanted.items()}
    closing = [candidates.position_of[rules.closing]] if rules.closing is not None else []
    both = [row for row in rows.values() if row not in closing] + closing
    songs = [int(candidates.song[row]) for row in both]
    if len(set(songs)) < len(songs) or min(rows, default=0) < 0:
        raise RulesError("one song is wanted at two places of the plan. Keep it at one of them.", rules=("pins",))
    return rows
