"""The clinic's own placements: which song to ask about next, and what they do to the scale of its library."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select

from music_library.changes import next_version
from music_library.database import reading, writing
from music_library.schema import own_scale, tracks
from recommender.own_scale import LEAST_PLACED, OwnScale, fit_own_scale, worth_placing
from recommender.personal import EVERYONE, next_to_ask

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from music_library.catalogue import Catalogue

AXES = ("valence", "arousal")
TO_PLACE = 10
SUDDEN_RISE_DB = 10.0
"""A song that gets this much louder within a second is not put before anybody unasked."""
_SAME = 0.02
__all__ = ["AXES", "LEAST_PLACED", "TO_PLACE", "AxisScale", "next_to_place", "own_scale_of", "placed", "tune", "want"]

t = tracks.c


@dataclass(frozen=True)
class AxisScale:
    """What the clinic's placements do to one axis."""

    scale: OwnScale
    is_on: bool
    is_wanted: bool


def placed(catalogue: Catalogue) -> int:
    """How many songs people have placed themselves."""
    with reading(catalogue.engine) as db:
        rows = db.execute(select(t.id).where(t.said_valence.is_not(None), t.said_arousal.is_not(None)))
        return len(rows.all())


def next_to_place(catalogue: Catalogue, *, leave_out: Collection[str] = ()) -> str | None:
    """The safe song whose place would tell most and which nobody has placed yet; None where there is none.

    Of those whose estimates lie farthest from the songs placed, it is the one whose place is least sure. Safe is what
    may be put before somebody unasked: nothing that is marked explicit, nothing that gets suddenly loud, and nothing of
    `leave_out`, such as what is one client's own.
    """
    candidates = catalogue.candidates()
    if not len(candidates):
        return None
    with reading(catalogue.engine) as db:
        explicit = set(db.execute(select(t.id).where(t.is_explicit.is_(True))).scalars())
        tagged = set(db.execute(select(t.id).where(t.tag_valence.is_not(None))).scalars())
        where = select(t.estimated_valence, t.estimated_arousal).where(
            t.said_valence.is_not(None), t.said_arousal.is_not(None), t.estimated_valence.is_not(None)
        )
        done = np.array([list(row) for row in db.execute(where.order_by(t.number))], float).reshape(-1, 2)
    barred = [at for one in {*leave_out, *explicit, *tagged} if (at := candidates.position_of.get(one)) is not None]
    is_safe = ~candidates.known("certain_mood") & (candidates.known("largest_rise_db") <= SUDDEN_RISE_DB)
    is_safe[barred] = False
    sds = np.column_stack([candidates.valence_sd, candidates.arousal_sd]).astype(float)
    for i, axis in enumerate(AXES):
        own = own_scale_of(catalogue).get(axis)
        done[:, i] = own.scale.apply(done[:, i]) if own is not None and own.is_on else done[:, i]
    is_safe &= np.isfinite(sds).all(axis=1) & np.isfinite(candidates.places).all(axis=1)
    at = next_to_ask(EVERYONE, candidates.places, sds, is_safe=worth_placing(candidates.places, done, is_safe))
    return None if at is None else str(candidates.ids[at])


def own_scale_of(catalogue: Catalogue) -> dict[str, AxisScale]:
    """What is in use and what was measured, by axis; empty until enough songs are placed."""
    with reading(catalogue.engine) as db:
        rows = db.execute(select(own_scale)).all()
    return {
        row.axis: AxisScale(
            OwnScale(row.offset, row.slope, row.placed, row.is_on, row.error_before, row.error_after),
            row.is_on,
            row.is_wanted,
        )
        for row in rows
    }


def tune(catalogue: Catalogue) -> dict[str, AxisScale]:
    """Fit the scale again to all placements that stand now, and use it where it helps on those left out.

    To be called when songs were placed, and when estimates have changed.
    """
    before = own_scale_of(catalogue)
    if not before and placed(catalogue) < LEAST_PLACED:
        return before
    fitted = {axis: _fitted(catalogue.engine, axis) for axis in AXES}
    is_wanted = all(each.is_wanted for each in before.values())
    _keep(catalogue, fitted, is_wanted=is_wanted)
    return own_scale_of(catalogue)


def want(catalogue: Catalogue, *, is_wanted: bool) -> None:
    """Use the clinic's own scale where it helps, or never."""
    fitted = {axis: _fitted(catalogue.engine, axis) for axis in AXES}
    _keep(catalogue, fitted, is_wanted=is_wanted)


def _fitted(engine: Engine, axis: str) -> OwnScale:
    said, estimated, sd = t[f"said_{axis}"], t[f"estimated_{axis}"], t[f"{axis}_sd"]
    query = select(said, estimated, sd).where(said.is_not(None), estimated.is_not(None)).order_by(t.number)
    with reading(engine) as db:
        rows = np.array([[value if value is not None else np.nan for value in row] for row in db.execute(query)])
    rows = rows.reshape(-1, 3).astype(float)
    return fit_own_scale(rows[:, 1], rows[:, 0], rows[:, 2])


def _keep(catalogue: Catalogue, fitted: dict[str, OwnScale], *, is_wanted: bool) -> None:
    before = own_scale_of(catalogue)
    with writing(catalogue.engine) as db:
        db.execute(own_scale.delete())
        for axis, scale in fitted.items():
            is_on = is_wanted and scale.helps
            was = before.get(axis)
            # As good as the same: what is in use stays, so that not every estimate moves by a hair.
            stays = is_on and was is not None and was.is_on and _is_near(was.scale, scale)
            offset, slope = (was.scale.offset, was.scale.slope) if stays and was else (scale.offset, scale.slope)
            db.execute(
                own_scale.insert().values(
                    axis=axis, offset=offset, slope=slope, is_on=is_on, is_wanted=is_wanted, placed=scale.placed,
                    error_before=scale.error_before, error_after=scale.error_after,
                )
            )  # fmt: skip
            if (is_on or (was is not None and was.is_on)) and not stays:
                is_estimate = t[f"estimated_{axis}"].is_not(None)
                db.execute(tracks.update().where(is_estimate).values(changed_in=next_version(db)))


def _is_near(one: OwnScale, other: OwnScale) -> bool:
    return abs(one.offset - other.offset) < _SAME and abs(one.slope - other.slope) < _SAME
