"""Every reason and warning has a sentence, and the sentence can be filled from its values."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.generator import library
from recommender import explain
from recommender.constraints import Rules
from recommender.mood import Mood
from recommender.planner import plan
from recommender.playlist import PlanRequest
from web.words import say, sentences

DOCUMENTED = set(re.findall(r"^([a-z_]+) {2,}\S", explain.__doc__, flags=re.MULTILINE)) - {"kind"}
SAD, CALM = Mood(-0.6, -0.2), Mood(0.5, -0.5)


@pytest.fixture(scope="module")
def playlists():
    tracks = library(150, rng=8)
    ids = [str(track_id) for track_id in tracks.ids]
    unknown = replace(
        tracks,
        tempo_bpm=np.where(np.arange(150) % 3 == 0, np.nan, tracks.tempo_bpm).astype(np.float32),
        outside_training=np.arange(150) % 4 == 0,
        instrumental=np.arange(150) % 2 == 0,
        valence_sd=np.full(150, 0.55, np.float32),
    )
    told = Rules(
        liking=dict.fromkeys(ids[:40], 0.9), familiar_first=frozenset(ids[:60]), rested=frozenset(ids[60:]),
        instrumental_first=True, pins={1: ids[3]}, opening=ids[4], closing=ids[7], artist_spacing=9,
    )  # fmt: skip
    return [
        plan(tracks, PlanRequest(SAD, CALM, 24)),
        plan(unknown, PlanRequest(SAD, CALM, 24), told),
        plan(tracks, PlanRequest(SAD, SAD, 24)),
        plan(tracks, PlanRequest(SAD, CALM, 24, route="stay")),
        plan(tracks, PlanRequest(SAD, CALM, 24), Rules(only_tracks=frozenset(ids[:5]))),
        plan(tracks, PlanRequest(Mood(-1, -1), Mood(1, 1), 12)),
        plan(tracks, PlanRequest(Mood(0.6, 0), Mood(-0.6, 0), 24), Rules(low_valence=-0.5)),
        plan(tracks, PlanRequest(Mood(-0.75, -0.4), Mood(0.75, 0.4), 20)),
    ]


def test_every_reason_that_plans_give_is_documented_and_can_be_said(playlists):
    seen = set()
    for playlist in playlists:
        for reason in (*playlist.warnings, *(reason for track in playlist.tracks for reason in track.reasons)):
            seen.add(reason.kind)
            assert reason.kind in DOCUMENTED
            sentence = say(f"reasons.{reason.kind}", **reason.values)
            assert sentence
            assert "{" not in sentence
    assert {"opening", "closing", "pinned", "liked", "known_well", "instrumental", "no_clear_pulse", "unsure"} <= seen
    assert {"outside_training", "matches_present", "on_the_way", "reaches_target", "stays", "already_there"} <= seen
    assert {"too_far", "thin_library", "few_tracks", "relaxed_length", "tempo_close", "key_close"} <= seen


def test_every_documented_kind_has_a_sentence():
    assert [kind for kind in DOCUMENTED if f"reasons.{kind}" not in sentences()] == []
    assert len(DOCUMENTED) > 20


def test_the_percent_along_the_route_rises(playlists):
    kinds = [track.reasons[0] for track in playlists[0].tracks]
    percent = [reason.values["percent"] for reason in kinds if reason.kind == "on_the_way"]
    assert percent == sorted(percent)
    assert all(0 < value < 100 for value in percent)


def test_a_tempo_twice_as_fast_is_said_as_such():
    tracks = library(2, rng=1)
    double = replace(tracks, tempo_bpm=np.array([64, 130], np.float32))
    reasons = explain._flow_reasons(double, 0, 1)
    assert "tempo_double" in {reason.kind for reason in reasons}
    assert "tempo_half" in {reason.kind for reason in explain._flow_reasons(double, 1, 0)}
