"""Every screen of the listening room, by preset, and how to stand on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from practice.group_seats import SeatTurn, SeatWish
from practice.movement import Movement, Rest
from recommender.mood import Estimate, Mood
from recommender.playlist import PlannedSlot, PlannedTrack, PlanRequest, Playlist, Pool
from tests.browser.rooms import Rooms
from tests.web.listening import KNOWN, Song

STANDARD = [
    "hello", "not_mine", "not_now", "before", "moved", "first", "more", "ready", "playing", "instead", "middle",
    "question", "stopped", "after", "last", "upset", "goodbye", "again", "keep", "about", "mine", "complain", "missing",
    "no_sound", "offline", "kept_place", "ended", "leaving", "two_tabs",
]  # fmt: skip
OTHERS = [
    "hello", "not_mine", "not_now", "before", "first", "more", "ready", "playing", "instead", "stopped", "after",
    "goodbye", "again", "keep", "missing", "no_sound", "offline", "kept_place", "ended", "leaving", "two_tabs",
]  # fmt: skip
ABOUT = ["about", "mine", "complain"]
SCREENS = {
    "standard": STANDARD,
    "simple": OTHERS,
    "calm": [*OTHERS, "moved", "middle", "question", "last", "upset", *ABOUT],
    "one_switch": [*(one for one in OTHERS if one != "instead"), *ABOUT],
    "carer": [*OTHERS, "noting", "refused", *ABOUT],
}
KINDS = {
    "round": [
        "group_round", "group_hold", "group_rate", "refused", "group_given", "group_ready", "playing", "instead",
        "stopped", "after", "goodbye", "missing", "no_sound", "offline", "kept_place", "ended", "leaving", "two_tabs",
    ],
    "seat": [
        "group_hello", "not_mine", "before", "group_now", "group_leave", "refused", "after", "group_thanks", *ABOUT,
    ],
    "move": ["ready", "counting", "playing", "rest"],
    "slots": ["slot", "ready", "playing"],
    "own_scale": ["before", "after"],
}  # fmt: skip
"""Rooms that are made for something: a tablet that goes round a group, a member's own, moving, slots between songs, and
one that asks on a scale of the clinic's own."""
STARS = """\
id: stars
version: 1
title: Stars
kind: slider
source: Made for pictures and tests.
licence: Own wording.
by: client
items:
  - {id: joy, question: "How much joy?", low_anchor: Nothing, high_anchor: Lots, minimum: 0, maximum: 10, step: 1}
"""
HEARD = "Object.assign(place, { heard: ['t1', 't2'], n: 0, kept: 't2', again_track: 't1' })"


def open_room(rooms: Rooms, new_page: Callable[..., Page], preset: str, **options: Any) -> Page:
    """A device in a room of this preset that asks everything that can be asked."""
    page = new_page(reduced_motion="reduce", **options)
    ask = {"tension": True, "session_line": True, "show_answers": True, "middle": True}
    rooms.enter(page, rooms.clinic.start(client_id=rooms.clinic.new_client(), preset=preset, ask=ask))
    page.evaluate(HEARD)
    return page


def open_kind(rooms: Rooms, new_page: Callable[..., Page], kind: str, **options: Any) -> Page:
    """A device in a room of this kind."""
    page = new_page(reduced_motion="reduce", **options)
    page.goto(f"{rooms.url}/room/enter/{way_in(rooms, kind)}")
    page.evaluate(HEARD)
    page.evaluate("Object.assign(place, { holder: 0, slot_at: 1, slot_nth: 0 })")
    return page


def way_in(rooms: Rooms, kind: str) -> str:
    """The token of a new room of this kind, on every tone there is."""
    record, actor = rooms.clinic.record, rooms.clinic.actor
    if kind == "own_scale" and "stars" not in {scale.id for scale in record.scales()}:
        record.bring_scale(actor, STARS)
    clients = [rooms.clinic.new_client(sounds_hurt="no", seizures="no") for _ in range(2)]
    slots = [PlannedSlot(1, what, 160.0, 180.0) for what in ("live", "talk", "silence")] if kind == "slots" else []
    songs = [Song(i, *rooms.clinic.titles[i], duration_s=160.0) for i in rooms.clinic.titles]
    ids = [song.id for song in songs]
    mood = Mood(0, 0)
    planned = tuple(
        PlannedTrack(i, 160.0 * n, 160.0, mood, Estimate(mood, 0.3, 0.3)) for n, i in enumerate(ids[: len(ids) - 2])
    )
    pool = Pool((), tuple(tuple(ids[-2:]) for _ in planned), tuple(one for one in KNOWN if one in ids), ())
    request = PlanRequest(mood, mood, minutes=12, route="stay")
    playlist = Playlist(request, planned, 160.0 * len(planned), None, pool=pool, slots=tuple(slots))
    if kind in {"round", "seat"}:
        seats = [SeatWish(clients[0], (ids[0],)), SeatWish(clients[1]), SeatWish()]
        how = "passed" if kind == "round" else "own"
        started = record.start_group(actor, seats, playlist, songs, how=how, model_id="test", prompts=True)
        turns = (SeatTurn(0, ids[0], 0), SeatTurn(2, ids[1], 1))
        record.make_group_list(actor, started.id, playlist, songs, turns, model_id="test")
        return record.host_room(actor, started.id) if kind == "round" else started.seats[0].room_token
    if kind == "move":
        movement = Movement("walking", 100.0, rests=(Rest(1, 1.0),))
        plan = record.draft_movement(actor, clients[0], playlist, songs, movement, supervised=True, model_id="test")
    else:
        plan = record.draft_plan(actor, clients[0], playlist, songs, model_id="test")
    record.approve(actor, plan.id, present=True)
    scale = "stars" if kind == "own_scale" else None
    return record.start_session(actor, plan.id, with_client=True, scale=scale).room_token


def show(page: Page, screen: str) -> None:
    """Go to a screen; where music plays on it, as if it did."""
    sounds = "song" if screen in {"playing", "instead", "middle", "question", "noting"} else ""
    page.evaluate(f"mode = '{sounds}'; go('{screen}')")
    expect(page.locator(f"main.{screen}")).to_be_visible()
    if screen in {"about", "mine"}:
        page.wait_for_load_state("networkidle")
