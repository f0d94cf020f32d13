"""Kinds of session beside the usual one: what is preferred in them. Preferences only: no limit comes from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from practice.safety import Protection
from recommender.constraints import Rules

Strand = Literal["feel", "ease", "known"]
STRANDS: tuple[Strand, ...] = ("feel", "ease", "known")
"""`feel`: the usual session; `ease`: comfort listening; `known`: songs they know first, with a carer."""
WIND_DOWN = 0.3
"""Part of an easing list that stays at its target."""
NUMBERS: Mapping[Strand, tuple[str, str] | None] = {
    "feel": None,
    "ease": ("ease_slowest_bpm", "ease_fastest_bpm"),
    "known": ("known_slowest_bpm", "known_fastest_bpm"),
}
"""The settings that say which tempos are preferred."""


def strand_of(course: Mapping[str, Any] | None) -> Strand:
    """The kind of session that a stored plan was made for; the usual one for plans of before there were any."""
    found: Strand = (course or {}).get("strand", "feel")
    return found


def lean(rules: Rules, protection: Protection, strand: Strand, settings: Mapping[str, float]) -> Rules:
    """`rules` with the preferences of a kind of session: what they love and know first, then tempo and energy.

    Parameters
    ----------
    settings : mapping
        At least the two that `NUMBERS` names for this strand.
    """
    names = NUMBERS[strand]
    if names is None:
        return rules
    marks = protection.marks
    return replace(
        rules,
        familiar_first=rules.familiar_first | marks.loved | marks.known_well | marks.safe,
        prefer_min_tempo_bpm=settings[names[0]],
        prefer_max_tempo_bpm=settings[names[1]],
        low_energy_first=rules.low_energy_first or strand == "ease",
    )


def questions_of(strand: Strand) -> dict[str, bool]:
    """What is asked beside how they feel: before and after easing, how tense they are and how much pain there is."""
    return {"tension": True, "pain": True} if strand == "ease" else {}


def preset_of(strand: Strand) -> str | None:
    """The room's preset, where the kind of session has one: a carer answers for what they see, and says who agreed."""
    return "carer" if strand == "known" else None


def holds(strand: Strand) -> dict[str, Any]:
    """How long the list stays where it leads, as a plan is asked for it: easing ends with a wind-down."""
    return {"hold_target": WIND_DOWN} if strand == "ease" else {}
