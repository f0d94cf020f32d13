"""What a tempo-matched plan was made for: a person's speed, the level that the therapist chose, and rests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import sqlalchemy as sa
from sqlalchemy import Connection

from practice.errors import BadPlanError
from practice.schema import movements
from recommender.constraints import Rules
from recommender.tempo_match import FASTEST_BPM, LEVELS, LOOSE_TOLERANCE, SLOWEST_BPM, TOLERANCE

Purpose = Literal["walking", "clapping", "hands", "other"]
SaidBy = Literal["tapped", "counted", "typed"]
PURPOSES: tuple[Purpose, ...] = ("walking", "clapping", "hands", "other")
SAID_BY: tuple[SaidBy, ...] = ("tapped", "counted", "typed")
LONGEST_REST_MINUTES = 10.0


@dataclass(frozen=True)
class Rest:
    """A pause without music; it ends when somebody presses, never by itself."""

    before_song: int
    """Position of the song that comes after it, 1 or more."""
    minutes: float


@dataclass(frozen=True)
class Movement:
    """What a tempo-matched plan was made for.

    Attributes
    ----------
    cadence_bpm : float
        The person's own steps, claps or movements a minute.
    level : float
        Part of the cadence that the music plays at, one of 0.9 to 1.1: only the therapist moves it.
    is_loose : bool
        Whether tracks may lie within 5 % instead of 3 %.
    count_in : bool
        Whether four clicks at the speed come before the music begins.
    thought_with : str
        With whom falls were thought about; may stay empty, no name.
    """

    purpose: Purpose
    cadence_bpm: float
    said_by: SaidBy = "typed"
    level: float = 1.0
    is_loose: bool = False
    count_in: bool = True
    rests: tuple[Rest, ...] = ()
    thought_with: str = ""

    @property
    def speed_bpm(self) -> float:
        """What the tracks match: the cadence at its level."""
        return self.cadence_bpm * self.level

    def rules(self, base: Rules) -> Rules:
        """`base`, and every track at this speed."""
        tolerance = LOOSE_TOLERANCE if self.is_loose else TOLERANCE
        return replace(base, cadence_bpm=self.speed_bpm, cadence_tolerance=tolerance)


def check_movement(movement: Movement) -> None:
    """Refuse what nobody moves at.

    Raises
    ------
    BadPlanError
        Naming what was found and what is expected.
    """
    if movement.purpose not in PURPOSES or movement.said_by not in SAID_BY:
        raise BadPlanError(f"{movement.purpose!r} is none of {', '.join(PURPOSES)}.")
    if not SLOWEST_BPM <= movement.cadence_bpm <= FASTEST_BPM:
        raise BadPlanError(
            f"{movement.cadence_bpm:g} a minute is no speed to move at: {SLOWEST_BPM:g} to {FASTEST_BPM:g}.",
            cadence_bpm=movement.cadence_bpm,
        )
    if movement.level not in LEVELS:
        levels = ", ".join(f"{100 * level:g} %" for level in LEVELS)
        raise BadPlanError(f"The level is {100 * movement.level:g} %; it must be one of {levels}.")
    for rest in movement.rests:
        if rest.before_song < 1 or not 0 < rest.minutes <= LONGEST_REST_MINUTES:
            raise BadPlanError(f"A rest takes up to {LONGEST_REST_MINUTES:g} minutes and comes after a song.")


def read_movement(db: Connection, plan_id: str) -> Movement | None:
    """What a plan is to be moved to with, if it is; the caller has been found allowed to read the plan."""
    row = db.execute(sa.select(movements).where(movements.c.plan_id == plan_id)).one_or_none()
    if row is None:
        return None
    return Movement(
        purpose=row.purpose,
        cadence_bpm=row.cadence_bpm,
        said_by=row.said_by,
        level=row.level,
        is_loose=row.is_loose,
        count_in=row.count_in,
        rests=tuple(Rest(int(before), float(minutes)) for before, minutes in row.rests),
        thought_with=row.thought_with,
    )


def is_to_move_to(db: Connection, plan_id: str) -> bool:
    """Whether a plan was made for moving, which nobody does alone."""
    return db.execute(sa.select(movements.c.plan_id).where(movements.c.plan_id == plan_id)).first() is not None


def carry_movement(db: Connection, plan_id: str, to: str) -> None:
    """Give the next version of a plan what it is moved to with, and who agreed to that."""
    row = db.execute(sa.select(movements).where(movements.c.plan_id == plan_id)).mappings().one_or_none()
    if row is not None:
        db.execute(movements.insert().values(**{**row, "plan_id": to}))
