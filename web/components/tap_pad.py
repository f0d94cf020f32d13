"""A pad to tap a speed on, by touch, key or switch; and a clock of thirty seconds to count steps by."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import streamlit as st

from web.components.definitions import definition
from web.words import say

MOST_TAPS = 13
LONGEST_S = 120.0


def tap_pad(
    mode: Literal["tap", "count"], *, key: str, says: str = "", on_tapped: Callable[[list[float]], None] | None = None
) -> None:
    """Show the pad; `on_tapped` gets the times of the latest taps, in seconds, whenever tapping rests."""

    def tapped() -> None:
        value = st.session_state[key].tapped
        if on_tapped is not None and value:
            on_tapped(read_taps(value))

    definition("tap_pad", html='<div class="attune-tap"></div>')(
        key=key, data={"mode": mode, "says": says, "texts": texts()}, on_tapped_change=tapped
    )


def read_taps(value: object) -> list[float]:
    """The times that the browser sent, checked.

    Raises
    ------
    ValueError
        If they are no list of times.
    """
    if not isinstance(value, list) or len(value) > MOST_TAPS:
        raise ValueError("the pad sent something that is no list of taps")
    times = [float(one) for one in value if isinstance(one, (int, float)) and not isinstance(one, bool)]
    if len(times) != len(value) or not all(math.isfinite(one) and 0 <= one <= LONGEST_S for one in times):
        raise ValueError("the pad sent a tap at no time")
    return times


def texts() -> dict[str, str]:
    """Every sentence of the pad; the browser fills in the number of taps."""
    plain = "tap how tap_one count count_how count_now count_over count_again"
    return {name: say(f"clinician.pad_{name}") for name in plain.split()} | {"taps": say("clinician.pad_taps", n="{n}")}
