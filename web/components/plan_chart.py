"""The list of a plan: one row a song with why it is there, how sure that is, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from web.components.definitions import definition
from web.words import say

SLOT_ACTIONS = ("slot_up", "slot_down", "slot_out")
ACTIONS = ("hear", "up", "down", "swap", "like", "lock", "never")
HEARING = ("hear", "whole")
"""Of one song: its parts, and all of it."""
CHOOSING = ("open", "take")
"""Of a song that is offered: to look at it, or to put it in."""


@dataclass(frozen=True)
class SongRow:
    """One row; every text in it is shown as text, whatever it holds."""

    id: str
    n: int
    title: str
    artist: str
    facts: str
    """Minutes, tempo, key."""
    why: str
    badges: tuple[str, ...]
    at: tuple[float, float]
    spread: tuple[float, float]
    spread_says: str
    locked: bool = False
    from_s: float | None = None
    """Where hearing it begins; None: at the start."""
    sounds: tuple[str, ...] = ()
    """What in its sound puts it there; folded away until somebody asks."""


@dataclass(frozen=True)
class SlotRow:
    """Something between the songs: live playing, talk, silence."""

    before: int
    """It comes before the song at this place (0 is first), or after the last."""
    text: str
    facts: str
    """What helps to join in: key and tempo of the songs on either side."""


@dataclass(frozen=True)
class Acted:
    """What was just pressed on a row."""

    action: str
    position: int
    """Place of the song, or number of the slot, from 0."""
    track_id: str


def plan_chart(
    rows: Sequence[SongRow],
    *,
    key: str,
    actions: Sequence[str] = (),
    slots: Sequence[SlotRow] = (),
    on_acted: Callable[[Acted], None] | None = None,
) -> None:
    """Show the rows; `actions` (of `ACTIONS`, `HEARING` and `CHOOSING`) says what each can be asked to do."""

    def acted() -> None:
        value = st.session_state[key].acted
        if on_acted is not None and value:
            on_acted(read_acted(value, rows, n_slots=len(slots)))

    definition("plan_chart", html='<div class="attune-plan"></div>', draws=True)(
        key=key,
        data={
            "texts": texts(),
            "actions": list(actions),
            "songs": [asdict(row) for row in rows],
            "slots": [asdict(slot) for slot in slots],
        },
        on_acted_change=acted,
    )


def read_acted(value: object, rows: Sequence[SongRow], *, n_slots: int = 0) -> Acted:
    """What the browser sent, checked against the rows that it was shown.

    Raises
    ------
    ValueError
        If it names no such action or row.
    """
    if isinstance(value, dict) and value.get("action") in SLOT_ACTIONS and value.get("position") in range(n_slots):
        return Acted(str(value["action"]), int(value["position"]), "")
    if not isinstance(value, dict) or value.get("action") not in (*ACTIONS, *CHOOSING):
        raise ValueError("the list sent something that is no action")
    found = [row for row in rows if row.id == value.get("track_id") and row.n - 1 == value.get("position")]
    if not found:
        raise ValueError("the list sent a row that it does not have")
    return Acted(str(value["action"]), found[0].n - 1, found[0].id)


def texts() -> dict[str, str]:
    """Every sentence of the list."""
    names = (
        "list hear hear_15 start middle end whole stop cannot_play up down swap like lock unlock never open take "
        "up_says down_says swap_says lock_says never_says slot_out"
    )
    return {key: say(f"clinician.plan_{key}") for key in names.split()} | {"sounds": say("mood.why_title")}
