"""Changing a kept plan: what a person has put in stays through every other change, and says itself to the room."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from benchmarks.generator import library
from recommender import Mood, PlanRequest, Playlist, Rules, plan
from recommender.errors import NoPlaylistError
from recommender.playlist import PlannedSlot
from web.clinician import plan_edits

TRACKS = library(400, rng=8)
REQUEST = PlanRequest(Mood(-0.5, -0.2), Mood(0.5, -0.4), 24)


@dataclass(frozen=True)
class Song:
    id: str


@dataclass(frozen=True)
class Place:
    song: Song
    reasons: tuple


@dataclass(frozen=True)
class Kept:
    """What the record gives back of a playlist."""

    places: tuple[Place, ...]
    slots: tuple[PlannedSlot, ...]
    request: PlanRequest


def kept(playlist: Playlist) -> Kept:
    places = tuple(Place(Song(track.track_id), track.reasons) for track in playlist.tracks)
    return Kept(places, playlist.slots, playlist.request)


def test_talk_takes_its_time_from_the_songs_and_stands_before_the_last():
    first = kept(plan(TRACKS, REQUEST))
    changed = plan_edits.with_slot(first, TRACKS, Rules(), "talk")
    (slot,) = changed.slots
    assert (slot.kind, slot.duration_s) == ("talk", 180.0)
    assert slot.position == len(first.places) - 1
    assert changed.length_s == pytest.approx(24 * 60, abs=30)
    assert len(set(changed.track_ids()) & set(plan_edits.ids_of(first))) >= len(changed.tracks) - 2


def test_what_is_no_song_can_be_moved_and_taken_out_and_stays_when_songs_move():
    two = kept(plan_edits.with_slot(kept(plan(TRACKS, REQUEST)), TRACKS, Rules(), "live"))
    up = plan_edits.with_slots(two, TRACKS, Rules(), "slot_up", 0)
    assert up.slots[0].position == two.slots[0].position - 1
    assert up.track_ids() == tuple(plan_edits.ids_of(two))
    first = replace(two, slots=(replace(two.slots[0], position=1),))
    assert plan_edits.with_slots(first, TRACKS, Rules(), "slot_up", 0).slots[0].position == 1
    moved = plan_edits.edited(two, TRACKS, Rules(), "down", 0)
    assert [slot.kind for slot in moved.slots] == ["live"]
    assert plan_edits.with_slots(two, TRACKS, Rules(), "slot_out", 0).slots == ()


def test_a_chosen_opening_stays_through_a_swap_elsewhere_and_ends_when_it_is_moved():
    wanted = str(TRACKS.ids[17])
    opened = kept(plan_edits.with_end(kept(plan(TRACKS, REQUEST)), TRACKS, Rules(), "opening", wanted))
    assert plan_edits.ids_of(opened)[0] == wanted
    swapped = plan_edits.edited(opened, TRACKS, Rules(), "swap", 2)
    assert swapped.track_ids()[0] == wanted
    assert swapped.tracks[0].reasons[0].kind == "opening"
    assert plan_edits.held(kept(swapped), Rules()).opening == wanted
    moved = plan_edits.edited(opened, TRACKS, Rules(), "down", 0)
    assert moved.track_ids()[1] == wanted
    assert plan_edits.held(kept(moved), Rules()).opening is None


def test_no_song_that_must_not_play_can_close():
    barred = str(TRACKS.ids[int(np.argmax(TRACKS.arousal))])
    with pytest.raises(NoPlaylistError, match="max_arousal"):
        plan_edits.with_end(
            kept(plan(TRACKS, REQUEST, Rules(max_arousal=0.3))), TRACKS, Rules(max_arousal=0.3), "closing", barred
        )


def test_every_change_keeps_the_holds_the_pace_and_the_wind_down():
    request = replace(REQUEST, hold_present=0.35, hold_target=0.1, pace=2.0, wind_down=0.25)
    plan_of_it = kept(plan(TRACKS, request))
    for changed in (
        plan_edits.with_slot(plan_of_it, TRACKS, Rules(), "talk"),
        plan_edits.with_end(plan_of_it, TRACKS, Rules(), "opening", str(TRACKS.ids[17])),
        plan_edits.edited(plan_of_it, TRACKS, Rules(), "never", 2),
        plan_edits.edited(plan_of_it, TRACKS, Rules(), "down", 0),
    ):
        assert changed.request == request


def test_songs_like_one_are_near_it_allowed_not_in_the_list_and_can_take_its_place():
    first = kept(plan(TRACKS, REQUEST))
    banned = plan_edits.like(first, TRACKS, Rules(), 1)[0]
    rules = Rules(vetoes=frozenset({banned}))
    offered = plan_edits.like(first, TRACKS, rules, 1)
    assert len(offered) == plan_edits.MOST_LIKE
    assert banned not in offered
    assert not set(offered) & set(plan_edits.ids_of(first))
    at = [TRACKS.position_of[one] for one in (plan_edits.ids_of(first)[1], *offered)]
    apart = np.hypot(*(TRACKS.places[at[1:]] - TRACKS.places[at[0]]).T)
    everywhere = np.hypot(*(TRACKS.places - TRACKS.places[at[0]]).T)
    assert apart.mean() < np.quantile(everywhere, 0.1)
    changed = plan_edits.with_song(first, TRACKS, rules, 1, offered[2])
    assert changed.track_ids() == (first.places[0].song.id, offered[2], *plan_edits.ids_of(first)[2:])
    with pytest.raises(NoPlaylistError, match="vetoes"):
        plan_edits.with_song(first, TRACKS, rules, 1, banned)
