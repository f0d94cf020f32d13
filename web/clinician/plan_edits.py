"""Changing a kept plan by hand: it becomes a playlist again, is changed, and is stored as the next version."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from recommender import Playlist, Rules
from recommender import plan as plan_playlist
from recommender.constraints import Slot
from recommender.editing import arrange, move, remove, swap, with_length
from recommender.similar import more_like

if TYPE_CHECKING:
    from practice.plan_copies import Plan
    from recommender import Candidates

SLOT_MINUTES = {"live": 5.0, "talk": 3.0, "silence": 1.0}
"""How long what is no song takes, by its kind (d)."""
MOST_LIKE = 6
"""Songs that are offered as like another."""


def playlist_of(plan: Plan, candidates: Candidates, rules: Rules) -> Playlist:
    """The stored plan as a playlist that can be changed, with the pool that these rules leave it.

    Raises
    ------
    NoPlaylistError
        If the plan breaks what must hold for this client by now.
    RulesError
        If one of its tracks is no longer in the library.
    """
    empty = Playlist(plan.request, (), 0.0, None)
    return arrange(empty, ids_of(plan), candidates, rules)


def ids_of(plan: Plan) -> list[str]:
    """The songs of the list, in order."""
    return [place.song.id for place in plan.places]


def held(plan: Plan, rules: Rules) -> Rules:
    """The rules, with what a person has put into this plan: its opening and closing song, and what is no song."""
    said = [{reason.kind for reason in place.reasons} for place in plan.places]
    return replace(
        rules,
        slots=slots_of(plan),
        opening=plan.places[0].song.id if "opening" in said[0] else rules.opening,
        closing=plan.places[-1].song.id if "closing" in said[-1] else rules.closing,
    )


def slots_of(plan: Plan) -> tuple[Slot, ...]:
    """What is no song, as rules take it."""
    return tuple(Slot(slot.position, slot.kind, slot.duration_s / 60) for slot in plan.slots)  # type: ignore[arg-type]


def with_locks(rules: Rules, locks: Mapping[int, str]) -> Rules:
    """The rules, with the songs that the clinician has locked held in their places."""
    return replace(rules, pins={**rules.pins, **locks})


def edited(plan: Plan, candidates: Candidates, rules: Rules, action: str, position: int) -> Playlist:
    """The playlist after one press on a row.

    Raises
    ------
    NoPlaylistError, RulesError
        If that cannot be done; the sentence says why.
    """
    rules = held(plan, rules)
    now = playlist_of(plan, candidates, rules)
    moved = {"up": {position, position - 1}, "down": {position, position + 1}}.get(action, {position})
    rules = _without_ends(plan, rules, moved)
    if action == "up":
        return move(now, position, position - 1, candidates, rules)
    if action == "down":
        return move(now, position, position + 1, candidates, rules)
    if action == "swap":
        return swap(now, position, candidates, rules)
    if action == "never":
        return remove(now, position, candidates, rules)
    raise ValueError(f"{action!r} is no change of a plan")


def with_song(plan: Plan, candidates: Candidates, rules: Rules, position: int, track_id: str) -> Playlist:
    """The plan with a song that a person chose at `position`, in place of the one that was there.

    Raises
    ------
    NoPlaylistError, RulesError
        If the song must not play for this client, or stands in the list already.
    """
    rules = held(plan, rules)
    now = playlist_of(plan, candidates, rules)
    return swap(now, position, candidates, _without_ends(plan, rules, {position}), track_id=track_id)


def like(plan: Plan, candidates: Candidates, rules: Rules, position: int) -> tuple[str, ...]:
    """Songs that could stand at `position`, nearest in mood and sound first; none that the plan holds already.

    Raises
    ------
    RulesError
        If the song is no longer in the library.
    """
    taken = replace(rules, avoid_tracks=rules.avoid_tracks | frozenset(ids_of(plan)))
    return more_like(candidates, plan.places[position].song.id, taken, count=MOST_LIKE)


def _without_ends(plan: Plan, rules: Rules, moved: Collection[int]) -> Rules:
    """A song that is moved or swapped by hand is no longer the one that was to open or close."""
    return replace(
        rules,
        opening=None if 0 in moved else rules.opening,
        closing=None if len(plan.places) - 1 in moved else rules.closing,
    )


def with_slot(plan: Plan, candidates: Candidates, rules: Rules, kind: str) -> Playlist:
    """The plan with live playing, talk or silence before its last song; the songs make room for it.

    Raises
    ------
    NoPlaylistError, RulesError
        If no time is left for songs, or none fit.
    """
    position = max(len(plan.places) - 1, 1)
    rules = held(plan, rules)
    return _anew(plan, candidates, replace(rules, slots=(*rules.slots, Slot(position, kind, SLOT_MINUTES[kind]))))  # type: ignore[arg-type]


def with_slots(plan: Plan, candidates: Candidates, rules: Rules, action: str, index: int) -> Playlist:
    """The plan after one press on what is no song: one place up or down, or taken out.

    Raises
    ------
    NoPlaylistError, RulesError
        If that cannot be done.
    """
    rules = held(plan, rules)
    slots = list(rules.slots)
    if action == "slot_out":
        del slots[index]
        return _anew(plan, candidates, replace(rules, slots=tuple(slots)))
    by = {"slot_up": -1, "slot_down": 1}[action]
    # The room begins with a song that the client chose, so nothing comes before the first.
    slots[index] = replace(slots[index], position=min(max(slots[index].position + by, 1), len(plan.places)))
    slots.sort(key=lambda slot: slot.position)
    return playlist_of(plan, candidates, replace(rules, slots=tuple(slots)))


def with_end(plan: Plan, candidates: Candidates, rules: Rules, which: str, track_id: str) -> Playlist:
    """The plan with a song that opens or closes it (`which`), the others kept where they can stay.

    Raises
    ------
    NoPlaylistError, RulesError
        If the song must not play for this client, or no list fits it.
    """
    rules = held(plan, rules)
    rules = replace(rules, opening=track_id) if which == "opening" else replace(rules, closing=track_id)
    return _anew(plan, candidates, rules)


def lasting(plan: Plan, candidates: Candidates, rules: Rules, minutes: float) -> Playlist:
    """The plan made longer or shorter, its songs kept where they can stay.

    Raises
    ------
    NoPlaylistError, RulesError
        If no list of that length fits these rules.
    """
    return with_length(playlist_of(plan, candidates, held(plan, rules)), minutes, candidates, held(plan, rules))


def _anew(plan: Plan, candidates: Candidates, rules: Rules) -> Playlist:
    return plan_playlist(candidates, plan.request, rules, keep=ids_of(plan))


def unlocked_by(action: str, position: int, locks: Mapping[int, str]) -> dict[int, str]:
    """The locks that stay after a press: a song that is moved, swapped or taken out is no longer held."""
    gone = {position}
    if action == "up":
        gone.add(position - 1)
    if action == "down":
        gone.add(position + 1)
    return {place: track_id for place, track_id in locks.items() if place not in gone}
