"""Kinds of session lean, and never bind: what is loved comes first, then tempo and energy; every limit stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.generator import library
from practice.errors import BadPlanError, NotThereError
from practice.safety import Limit, Marks, Protection, rules_for
from practice.scales import shipped_scales
from practice.strands import NUMBERS, STRANDS, holds, lean, preset_of, questions_of, strand_of
from recommender import Mood, PlanRequest, Rules, plan
from recommender.hard_rules import allowed_tracks
from tests.practice.conftest import a_playlist, check_in, some_tracks

SETTINGS = {"ease_slowest_bpm": 60, "ease_fastest_bpm": 80, "known_slowest_bpm": 60, "known_fastest_bpm": 110}
CALM = PlanRequest(Mood(-0.3, 0.2), Mood(0.5, -0.4), 24)


@pytest.fixture(scope="module")
def tracks():
    tracks = library(800, rng=9)
    tempo = np.random.default_rng(3).uniform(50, 180, 800).astype(np.float32)
    return replace(tracks, tempo_bpm=tempo)


def approved_as(record, clinician, client_id, strand):
    plan = record.draft_plan(clinician, client_id, a_playlist(), some_tracks(), model_id="m", strand=strand)
    return record.approve(clinician, plan.id, present=True).id


def of(tracks, playlist, name):
    return np.array([getattr(tracks, name)[tracks.position_of[track_id]] for track_id in playlist.track_ids()])


def test_the_usual_session_prefers_nothing_more(tracks):
    rules = Rules(max_arousal=0.3)
    assert lean(rules, Protection(), "feel", {}) is rules
    assert questions_of("feel") == holds("feel") == {}
    assert preset_of("feel") is None


@pytest.mark.parametrize("strand", ["ease", "known"])
def test_a_preference_hides_no_song(tracks, strand):
    rules = lean(Rules(), Protection(), strand, SETTINGS)
    assert allowed_tracks(tracks, rules).sum() == allowed_tracks(tracks, Rules()).sum()


def test_easing_is_slower_and_quieter_than_the_usual_list(tracks):
    usual = plan(tracks, CALM, Rules())
    eased = plan(tracks, replace(CALM, **holds("ease")), lean(Rules(), Protection(), "ease", SETTINGS))

    def off(playlist):
        tempo = of(tracks, playlist, "tempo_bpm")
        return np.mean((tempo < 60) | (tempo > 80))

    assert off(eased) < off(usual)
    assert of(tracks, eased, "arousal").mean() <= of(tracks, usual, "arousal").mean()


def test_what_they_love_comes_before_what_is_slow(tracks):
    fast = [str(track_id) for track_id, tempo in zip(tracks.ids, tracks.tempo_bpm, strict=True) if tempo > 130]
    protection = Protection(marks=Marks(loved=frozenset(fast)))
    rules = lean(rules_for(protection), protection, "ease", SETTINGS)
    playlist = plan(tracks, CALM, rules)
    assert np.mean([track_id in protection.marks.loved for track_id in playlist.track_ids()]) >= 0.8


@pytest.mark.parametrize("strand", STRANDS)
def test_no_kind_of_session_loosens_a_limit(tracks, strand):
    protection = Protection(limits=(Limit("1", "tempo_between", {"min_tempo_bpm": 90, "max_tempo_bpm": 120}, "x"),))
    rules = lean(rules_for(protection), protection, strand, SETTINGS)
    tempos = of(tracks, plan(tracks, CALM, rules), "tempo_bpm")
    assert ((tempos >= 90) & (tempos <= 120)).all()


def test_easing_asks_tension_and_pain_before_and_after_on_lines_of_their_own(record, clinician, client_id):
    plan_id = approved_as(record, clinician, client_id, "ease")
    started = record.start_session(clinician, plan_id, with_client=True)
    room = record.room(started.room_token)
    assert (room.ask_tension, room.ask_pain) == (True, True)
    for item in ("tension", "pain"):
        assert shipped_scales()["lines"].item(item) is not None
    record.add_events(
        started.room_token,
        [
            check_in(1, "before", {"valence": 0.4, "arousal": 0.5, "tension": 0.7, "pain": 0.62}),
            check_in(2, "after", {"valence": 0.5, "arousal": 0.4, "tension": 0.5, "pain": 0.31}),
        ],
    )
    said = {
        (answer.phase, answer.item): (answer.scale_id, answer.number)
        for answer in record.session(clinician, started.session_id).answers
    }
    assert said["before", "pain"] == ("lines", 0.62)
    assert said["after", "pain"] == ("lines", 0.31)


def test_songs_they_know_opens_the_carers_room(record, clinician, client_id):
    plan_id = approved_as(record, clinician, client_id, "known")
    started = record.start_session(clinician, plan_id, with_client=True)
    room = record.room(started.room_token)
    assert (room.preset, room.scale) == ("carer", "observed")


@pytest.mark.parametrize("strand", STRANDS)
def test_a_changed_plan_stays_of_its_kind(record, clinician, client_id, strand):
    plan = record.plan(clinician, approved_as(record, clinician, client_id, strand))
    after = record.edit_plan(clinician, plan.id, a_playlist(), some_tracks(), version=plan.version, model_id="m")
    assert after.id != plan.id
    assert (plan.strand, after.strand) == (strand, strand)


def test_a_plan_of_before_kinds_were_kept_is_of_the_usual_one():
    assert strand_of(None) == strand_of({"pace": 1.0}) == "feel"


def test_a_kind_that_is_none_is_refused_before_anything_is_kept(record, clinician, client_id):
    with pytest.raises(BadPlanError, match="feel, ease, known"):
        record.draft_plan(clinician, client_id, a_playlist(), some_tracks(), model_id="m", strand="fall")  # type: ignore[arg-type]


def test_rules_for_a_kind_of_session_are_the_clients_with_its_preferences(record, clinician, client_id):
    usual, eased = record.rules(clinician, client_id), record.rules(clinician, client_id, "ease")
    assert usual == rules_for(record.protection(clinician, client_id))
    assert (eased.prefer_min_tempo_bpm, eased.prefer_max_tempo_bpm, eased.low_energy_first) == (60, 80, True)
    with pytest.raises(NotThereError):
        record.rules(clinician, "somebody else's", "ease")


def test_every_kind_names_settings_that_exist(record):
    for names in NUMBERS.values():
        for name in names or ():
            assert record.setting(name) == SETTINGS[name]
