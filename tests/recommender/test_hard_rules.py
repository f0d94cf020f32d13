"""No hard rule is ever broken: by a plan, its pool, an exchange or a new plan, whatever the library and the rules."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.candidates import Candidates
from recommender.constraints import FeatureRange, Rules
from recommender.editing import move, replan, swap, with_length
from recommender.errors import NoPlaylistError, RulesError
from recommender.hard_rules import at_cadence, hidden_tracks, words_of
from recommender.mood import Mood
from recommender.planner import plan
from recommender.playlist import PlanRequest, Playlist

WORDS = ("rain", "home", "war", "light", "old", "Café")
THEMES = ("loss", "war", "faith")


def messy_library(seed: int, n_tracks: int) -> Candidates:
    """A library as real ones are: unknown tempos, keys, levels and moods, several files of one song, missing tags."""
    draw = np.random.default_rng(seed)

    def some(values, share):
        return np.where(draw.random(n_tracks) < share, np.nan, values).astype(np.float32)

    tempo = some(draw.uniform(50, 180, n_tracks), 0.15)
    return Candidates(
        ids=np.array([f"id{number:04d}" for number in draw.permutation(n_tracks)]),
        valence=some(draw.uniform(-1, 1, n_tracks), 0.05),
        arousal=some(draw.uniform(-1, 1, n_tracks), 0.05),
        valence_sd=some(draw.uniform(0.05, 0.5, n_tracks), 0.05),
        arousal_sd=some(draw.uniform(0.05, 0.5, n_tracks), 0.05),
        duration_s=some(draw.uniform(60, 300, n_tracks), 0.03),
        tempo_bpm=tempo,
        tempo_alternative_bpm=np.where(draw.random(n_tracks) < 0.4, np.nan, tempo * draw.choice([0.5, 2.0], n_tracks)),
        tempo_odds=some(draw.uniform(0.1, 1, n_tracks), 0.2),
        pulse_clarity=some(draw.uniform(0, 1, n_tracks), 0.1),
        tempo_drift=some(draw.uniform(0, 0.08, n_tracks), 0.1),
        key=draw.integers(-1, 24, n_tracks).astype(np.int8),
        loudness_lufs=some(draw.normal(-14, 4, n_tracks), 0.1),
        largest_rise_db=some(draw.uniform(0, 20, n_tracks), 0.2),
        artist=draw.integers(-1, max(n_tracks // 5, 2), n_tracks).astype(np.int32),
        song=draw.integers(0, max(int(n_tracks * 0.8), 1), n_tracks).astype(np.int32),
        certain_mood=draw.random(n_tracks) < 0.2,
        instrumental=draw.random(n_tracks) < 0.4,
        words_checked=draw.random(n_tracks) < 0.4,
        titles=tuple(" ".join(draw.choice(WORDS, 2)) if draw.random() < 0.9 else "" for _ in range(n_tracks)),
        artists=tuple(str(draw.choice(["Ann", "Ben feat. Ann", "Cleo", "Dan & Ben", ""])) for _ in range(n_tracks)),
        albums=tuple(str(draw.choice(["First", "Second", ""])) for _ in range(n_tracks)),
        themes=tuple(frozenset(draw.choice(THEMES, draw.integers(0, 2)).tolist()) for _ in range(n_tracks)),
    )


moods = st.builds(Mood, st.floats(-0.9, 0.9), st.floats(-0.9, 0.9))


def often(strategy: st.SearchStrategy, empty) -> st.SearchStrategy:
    """Something in one of three draws, else nothing."""
    return st.one_of(st.just(empty), st.just(empty), strategy)


@cache
def parts_of_rules(n_tracks: int) -> dict[str, st.SearchStrategy]:
    """What rules are drawn from in a library of this size; made once, because making takes longer than drawing."""
    ids = st.sampled_from([f"id{number:04d}" for number in range(n_tracks)])
    few = st.frozensets(ids, max_size=4)
    return {
        "pins": often(st.dictionaries(st.integers(0, 3), ids, max_size=2), {}),
        "opening": often(ids, None),
        "closing": often(ids, None),
        "avoid_tracks": few,
        "vetoes": few,
        "avoid_artists": often(st.frozensets(st.sampled_from(["ann", "CLEO"]), min_size=1), frozenset()),
        "avoid_albums": often(st.just(frozenset({"first"})), frozenset()),
        "avoid_title_words": often(
            st.frozensets(st.sampled_from(["War", "cafe\u0301", "li*"]), min_size=1), frozenset()
        ),
        "avoid_themes": often(st.frozensets(st.sampled_from(THEMES), min_size=1, max_size=2), frozenset()),
        "avoid_ranges": often(
            st.sampled_from(
                [
                    (FeatureRange("tempo_bpm", low=150),),
                    (FeatureRange("valence", high=-0.7),),
                    (FeatureRange("loudness_lufs", low=-8),),
                ]
            ),
            (),
        ),
        "max_arousal": often(st.floats(0.0, 0.9), None),
        "low_valence": often(st.floats(-0.8, 0.2), None),
        "max_low_valence_tracks": often(st.integers(0, 2), None),
        "max_low_valence_minutes": often(st.floats(0, 6), None),
        "max_rise_db": often(st.floats(5, 15), None),
        "min_tempo_bpm": often(st.floats(50, 70), None),
        "max_tempo_bpm": often(st.floats(120, 200), None),
        "largest_step": often(st.floats(0.3, 0.8), None),
        "liking": st.dictionaries(ids, st.floats(0, 1), max_size=6),
        "familiar_first": few,
        "rested": few,
        "instrumental_first": st.booleans(),
    }


@st.composite
def some_rules(draw: st.DrawFn, tracks: Candidates) -> Rules:
    drawn = {name: draw(part) for name, part in parts_of_rules(len(tracks)).items()}
    if 0 in drawn["pins"]:
        drawn["opening"] = None
    if drawn["low_valence"] is None:
        drawn["max_low_valence_tracks"] = drawn["max_low_valence_minutes"] = None
    return Rules(**drawn)


@st.composite
def situations(draw: st.DrawFn):
    tracks = messy_library(draw(st.integers(0, 10_000)), draw(st.sampled_from([12, 40, 120])))
    route = draw(st.sampled_from(["iso", "direct", "stay", "drawn"]))
    through = (draw(moods),) if route == "drawn" else ()
    minutes = draw(st.sampled_from([8, 12, 24]))
    request = PlanRequest(draw(moods), draw(moods), minutes, route, through, draw(st.integers(0, 2)))
    return tracks, request, draw(some_rules(tracks)), draw(moods), draw(st.integers(0, 100))


def assert_may_play(tracks: Candidates, rules: Rules, track_id: str) -> None:
    """Every rule that concerns one track, said again in the plainest way."""
    row = tracks.position_of[track_id]
    song = tracks.song[row]
    for named in (rules.avoid_tracks, rules.vetoes, {i for i, liking in rules.liking.items() if liking <= 0.2}):
        assert song not in {tracks.song[tracks.position_of[other]] for other in named}
    assert rules.only_tracks is None or track_id in rules.only_tracks
    if rules.avoid_artists:
        assert tracks.artists[row]
        assert not ("ann" in rules.avoid_artists and "Ann" in tracks.artists[row])
        assert not ("CLEO" in rules.avoid_artists and "Cleo" in tracks.artists[row])
    if rules.avoid_albums:
        assert tracks.albums[row] == "Second"
    if rules.avoid_title_words:
        title = tracks.titles[row].lower()
        assert title
        assert not ("War" in rules.avoid_title_words and "war" in title.split())
        assert not ("cafe\u0301" in rules.avoid_title_words and "café" in title)
        assert not ("li*" in rules.avoid_title_words and "light" in title)
    if rules.avoid_themes:
        assert not tracks.themes[row] & rules.avoid_themes
        assert tracks.words_checked[row] or tracks.instrumental[row]
    valence_sd = 0.0 if tracks.certain_mood[row] else 1.28 * float(tracks.valence_sd[row])
    arousal_sd = 0.0 if tracks.certain_mood[row] else 1.28 * float(tracks.arousal_sd[row])
    if rules.max_arousal is not None:
        assert float(tracks.arousal[row]) + arousal_sd <= rules.max_arousal
    if rules.max_rise_db is not None:
        assert tracks.largest_rise_db[row] <= rules.max_rise_db
    ranges = {entry.feature for entry in rules.avoid_ranges}
    if "valence" in ranges:
        assert float(tracks.valence[row]) - valence_sd > -0.7
    if "loudness_lufs" in ranges:
        assert tracks.loudness_lufs[row] < -8
    slowest, fastest = rules.min_tempo_bpm or 0, rules.max_tempo_bpm or 1000
    if rules.min_tempo_bpm or rules.max_tempo_bpm or "tempo_bpm" in ranges:
        fastest = min(fastest, 150 if "tempo_bpm" in ranges else 1000)
        odds, other = tracks.tempo_odds[row], tracks.tempo_alternative_bpm[row]
        assert np.isfinite(tracks.tempo_bpm[row])
        if not (odds < 0.2 and np.isfinite(other)):
            assert slowest <= tracks.tempo_bpm[row] <= fastest
        if np.isfinite(other) and not 1 - odds < 0.2:
            assert slowest <= other <= fastest


def low_rows(tracks: Candidates, rules: Rules, ids) -> list[int]:
    found = []
    for track_id in ids:
        row = tracks.position_of[track_id]
        sd = 0.0 if tracks.certain_mood[row] else 1.28155 * float(tracks.valence_sd[row])
        if not float(tracks.valence[row]) - sd >= rules.low_valence:
            found.append(row)
    return found


def assert_obeys(tracks: Candidates, rules: Rules, playlist: Playlist, heard: tuple[str, ...] = ()) -> None:
    ids = playlist.track_ids()
    songs = [int(tracks.song[tracks.position_of[track_id]]) for track_id in (*heard, *ids)]
    assert len(set(songs)) == len(songs)
    for track_id in {*ids, *playlist.pool.track_ids()}:
        assert_may_play(tracks, rules, track_id)
    if rules.largest_step is not None:
        places = tracks.places[[tracks.position_of[track_id] for track_id in ids]]
        assert np.all(np.hypot(*np.diff(places, axis=0).T) <= rules.largest_step + 1e-4)
    if rules.low_valence is not None:
        low = low_rows(tracks, rules, (*heard, *ids))
        assert not low_rows(tracks, rules, ids[-1:])
        if rules.max_low_valence_tracks is not None:
            assert len(low) <= max(rules.max_low_valence_tracks, len(low_rows(tracks, rules, heard)))
        if rules.max_low_valence_minutes is not None:
            heard_low = sum(tracks.duration_s[row] for row in low_rows(tracks, rules, heard))
            assert sum(tracks.duration_s[row] for row in low) / 60 <= max(
                rules.max_low_valence_minutes + 1e-3, heard_low / 60 + 1e-3
            )


def check_everything(tracks, request, rules, moved, pick) -> None:
    try:
        playlist = plan(tracks, request, rules)
    except (NoPlaylistError, RulesError):  # one song wanted at two places contradicts itself
        return
    assert_obeys(tracks, rules, playlist)
    assert playlist.tracks
    for change in (
        lambda: swap(playlist, pick % len(playlist.tracks), tracks, rules),
        lambda: swap(
            playlist, pick % len(playlist.tracks), tracks, rules, track_id=str(tracks.ids[pick % len(tracks)])
        ),
        lambda: move(playlist, pick % len(playlist.tracks), (pick // 3) % len(playlist.tracks), tracks, rules),
        lambda: with_length(playlist, 12, tracks, rules),
    ):
        try:
            assert_obeys(tracks, rules, change())
        except NoPlaylistError:
            continue
    # Any mixture of alternates that a client may choose obeys the rules as well.
    slots = zip(playlist.tracks, playlist.pool.alternates, strict=True)
    mixed = [replace(track, track_id=slot[pick % len(slot)]) if slot else track for track, slot in slots]
    assert_obeys(tracks, rules, replace(playlist, tracks=tuple(mixed)))
    heard = playlist.track_ids()[:1]
    for alone in (True, False):
        try:
            rest = replan(playlist, tracks, rules, present=moved, heard=heard, minutes=request.minutes - 3, alone=alone)
        except NoPlaylistError:
            continue
        assert_obeys(tracks, rules, rest, heard)
        if alone:
            approved = playlist.pool.track_ids() | set(playlist.track_ids())
            assert {*rest.track_ids(), *rest.pool.track_ids()} <= approved


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(situations())
def test_no_plan_swap_or_new_plan_breaks_a_hard_rule(situation):
    check_everything(*situation)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(10))  # ten thousand in all, for both cores to share
@settings(max_examples=1_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(situations())
def test_no_plan_swap_or_new_plan_breaks_a_hard_rule_in_ten_thousand(part, situation):
    check_everything(*situation)


def test_every_rule_names_what_it_hides():
    tracks = messy_library(1, 100)
    hidden = hidden_tracks(tracks, Rules(max_arousal=0.0, max_tempo_bpm=100, avoid_title_words=frozenset({"rain"})))
    assert set(hidden) == {"unknown_mood", "unknown_length", "min_track_s", "max_arousal", "tempo", "avoid_title_words"}
    for row in np.flatnonzero(~hidden["avoid_title_words"]):
        assert "rain" not in words_of(tracks.titles[row])


def test_a_mood_said_by_a_person_is_certain():
    tracks = messy_library(1, 2)
    tracks = replace(
        tracks,
        arousal=np.array([0.1, 0.1], np.float32),
        arousal_sd=np.array([0.5, 0.5], np.float32),
        certain_mood=np.array([True, False]),
    )
    assert hidden_tracks(tracks, Rules(max_arousal=0.2))["max_arousal"].tolist() == [False, True]


def test_an_alternative_tempo_counts_from_odds_of_a_fifth():
    tracks = replace(
        messy_library(1, 4),
        tempo_bpm=np.array([70, 70, 70, np.nan], np.float32),
        tempo_alternative_bpm=np.array([140, 140, np.nan, np.nan], np.float32),
        tempo_odds=np.array([0.75, 0.9, 0.5, np.nan], np.float32),
    )
    assert hidden_tracks(tracks, Rules(max_tempo_bpm=100))["tempo"].tolist() == [True, False, False, True]
    assert at_cadence(tracks, 70, 0.03).tolist() == [True, True, True, False]
    assert at_cadence(tracks, 100, 0.03).tolist() == [False] * 4
