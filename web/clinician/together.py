"""From those who are here to a list for all of them; no widgets here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from practice.group_seats import Seat, SeatTurn
from practice.safety import Protection, rules_for
from recommender import Mood, PlanRequest, Rules
from recommender.group import GroupPlan, Member, plan_together
from web.words import say

if TYPE_CHECKING:
    from practice.group_sessions import GroupSession
    from recommender import Candidates

LEAST_ANSWERS = 2


def member(number: int, protection: Protection, *, present: Mood | None = None, picks: Sequence[str] = ()) -> Member:
    """Somebody as the planner sees them: what bounds their music, what they like, what they bring."""
    rules = rules_for(protection)
    return Member(str(number), rules.liking, present, rules, tuple(picks))


def list_for(
    candidates: Candidates,
    members: Sequence[Member],
    *,
    present: Mood,
    target: Mood,
    minutes: float,
    leads: int,
    opening: str | None = None,
    closing: str | None = None,
    two_openings: bool = False,
) -> GroupPlan:
    """One list for all of them.

    Raises
    ------
    NoPlaylistError
        If everyone's limits together leave nothing.
    RulesError
        If the opening or the closing song is not in the library.
    """
    request = PlanRequest(present, target, minutes)
    rules = Rules(opening=opening, closing=closing)
    return plan_together(candidates, request, members, rules, leads=str(leads), two_openings=two_openings)


def turns_of(plan: GroupPlan) -> list[SeatTurn]:
    """Whose song stands where, as it is kept; those without a turn too."""
    placed = [SeatTurn(int(turn.code), turn.track_id, turn.position) for turn in plan.turns]
    return placed + [SeatTurn(int(code), track_id, None) for code, track_id in plan.left_out]


def colour(name: str) -> str:
    """A colour's word."""
    return say(f"group_room.colour_{name}")


def named(seat: Seat) -> str:
    """A seat as the therapist sees it: its colour, and its code where there is one."""
    return f"{colour(seat.colour)} · {seat.code}" if seat.code else colour(seat.colour)


def seat_says(seat: Seat, meeting: GroupSession) -> str:
    """Whether somebody has answered or left; never what they said."""
    if seat.left_at is not None:
        return say("clinician.seat_left")
    if meeting.how == "none":
        return say("clinician.seat_here")
    if meeting.phase in {"gathering", "listening"}:
        return say("clinician.seat_answered" if seat.has_answered else "clinician.seat_waiting")
    if seat.has_answered_after:
        return say("clinician.seat_answered_after")
    return say("clinician.seat_none_after" if meeting.phase == "over" else "clinician.seat_waiting")


def brought_says(plan: GroupPlan, colours: Mapping[str, str]) -> dict[str, str]:
    """By track id: who brought it."""
    return {turn.track_id: say("clinician.group_brought", colour=colour(colours[turn.code])) for turn in plan.turns}


def left_out_says(plan: GroupPlan, colours: Mapping[str, str], titles: Mapping[str, str]) -> list[str]:
    """Songs that were brought and have no turn; whose limit keeps one out is not named."""
    return [
        say("clinician.group_left_out", colour=colour(colours[code]), title=titles.get(track_id, track_id))
        for code, track_id in plan.left_out
    ]
