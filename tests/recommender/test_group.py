"""A group's plan: everyone's limits at once, fair turns, nobody left out, nobody's answer shown."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.generator import library, moods, tastes
from recommender.constraints import Rules
from recommender.errors import NoPlaylistError
from recommender.group import FAR_APART, Member, limits_of_all, median_mood, plan_together, spread_of, two_moods
from recommender.mood import Mood
from recommender.playlist import PlanRequest
from tests.recommender.test_hard_rules import assert_obeys, messy_library, some_rules

REQUEST = PlanRequest(Mood(0, 0), Mood(0.5, -0.4), 36)


@pytest.fixture(scope="module")
def tracks():
    return library(600, rng=4)


def test_the_route_starts_at_the_median_of_the_answers_and_one_who_says_nothing_does_not_count(tracks):
    members = [Member("a", present=Mood(-0.5, 0.2)), Member("b", present=Mood(-0.3, 0.4)), Member("c")]
    members.append(Member("d", present=Mood(0.9, 0.3)))
    assert median_mood(members) == Mood(-0.3, 0.3)
    group = plan_together(tracks, REQUEST, members)
    assert group.playlist.request.present == Mood(-0.3, 0.3)
    assert group.spread == pytest.approx(Mood(-0.5, 0.2).distance(Mood(0.9, 0.3)))
    assert group.spread > FAR_APART
    assert median_mood([Member("c")]) is None
    assert spread_of([Member("c")]) is None


def test_the_strictest_limit_and_every_veto_hold_for_all():
    merged = limits_of_all(
        [
            Rules(max_arousal=0.5, vetoes=frozenset({"x"}), min_tempo_bpm=60, only_tracks=frozenset("ab")),
            Rules(max_arousal=0.2, avoid_tracks=frozenset({"y"}), only_tracks=frozenset("bc"), artist_spacing=5),
            Rules(liking={"z": 0.1, "w": 0.9}, max_low_valence_tracks=1, low_valence=-0.3),
            Rules(low_valence=-0.1, max_rise_db=9),
        ]
    )
    assert (merged.max_arousal, merged.min_tempo_bpm, merged.artist_spacing) == (0.2, 60, 5)
    assert merged.vetoes == {"x"}
    assert merged.avoid_tracks == {"y", "z"}
    assert merged.only_tracks == frozenset("b")
    assert (merged.low_valence, merged.max_low_valence_tracks, merged.max_rise_db) == (-0.1, 1, 9)


def test_own_songs_come_in_fair_turn_from_whoever_leads(tracks):
    ids = [str(track_id) for track_id in tracks.ids]
    members = [Member("a", picks=(ids[1], ids[2], ids[3])), Member("b", picks=(ids[4],)), Member("c")]
    members.append(Member("d", picks=(ids[5], ids[6])))
    group = plan_together(tracks, REQUEST, members, leads="b")
    assert [turn.code for turn in group.turns][:3] == ["b", "d", "a"]
    positions = [turn.position for turn in group.turns]
    assert positions == sorted(positions)
    for turn in group.turns:
        assert group.playlist.track_ids()[turn.position] == turn.track_id
    brought = {ids[number] for number in range(1, 7)}
    assert {turn.track_id for turn in group.turns} | {track for _, track in group.left_out} == brought
    counts = [sum(turn.code == code for turn in group.turns) for code in "abd"]
    assert max(counts) - min(counts) <= 1 or counts[1] == 1  # b brought only one


def test_a_song_that_another_member_cannot_hear_is_left_out(tracks):
    pick = str(tracks.ids[7])
    members = [Member("a", picks=(pick,)), Member("b", rules=Rules(vetoes=frozenset({pick})))]
    group = plan_together(tracks, REQUEST, members)
    assert group.left_out == (("a", pick),)
    assert pick not in {*group.playlist.track_ids(), *group.playlist.pool.track_ids()}


def test_the_least_satisfied_member_is_better_off_than_under_plain_averaging(tracks):
    from benchmarks.groups import fairness

    figures = fairness(count=4, n_tracks=600)
    assert figures["fair_least"] > 1.02 * figures["plain_least"]
    assert figures["fair_mean"] > 0.97 * figures["plain_mean"]


def test_two_openings_meet_both_ends_and_the_larger_part_comes_first(tracks):
    members = [
        Member("a", present=Mood(-0.7, -0.5)),
        Member("b", present=Mood(0.6, 0.6)),
        Member("c", present=Mood(-0.6, -0.3)),
    ]
    assert two_moods(members) == (Mood(pytest.approx(-0.65), pytest.approx(-0.4)), Mood(0.6, 0.6))
    assert two_moods(members[:1]) is None
    group = plan_together(tracks, REQUEST, members, two_openings=True)
    first, second = (track.estimate.mood for track in group.playlist.tracks[:2])
    assert first.distance(Mood(-0.65, -0.4)) < 0.2
    assert second.distance(Mood(0.6, 0.6)) < 0.2


def test_two_openings_stand_after_the_opening_song_and_bring_no_song_twice(tracks):
    ids = [str(track_id) for track_id in tracks.ids]
    members = [
        Member("a", present=Mood(-0.7, -0.5), picks=(ids[3],)),
        Member("b", present=Mood(0.6, 0.6), picks=(ids[9],)),
    ]
    group = plan_together(tracks, REQUEST, members, Rules(opening=ids[9]), two_openings=True)
    listed = group.playlist.track_ids()
    assert listed[0] == ids[9]
    assert len(set(listed)) == len(listed)
    assert ("b", ids[9]) in group.left_out


def test_weightings_that_come_to_one_liking_are_planned_once(tracks, monkeypatch):
    from recommender.planner import Planning

    solved = []
    solve = Planning._solve
    monkeypatch.setattr(Planning, "_solve", lambda planning: solved.append(planning.rules.liking) or solve(planning))
    ids = [str(track_id) for track_id in tracks.ids]
    plan_together(tracks, REQUEST, [Member("a", liking={ids[1]: 0.9, ids[2]: 0.4})])
    assert len(solved) == 1  # one member's weight is one, whatever the round and the seed
    solved.clear()
    plan_together(tracks, REQUEST, [Member("a", liking={ids[1]: 0.9}), Member("b", liking={ids[2]: 0.9})])
    assert len({tuple(liking.items()) for liking in solved}) == len(solved)


def test_a_group_of_nobody_is_the_plain_plan(tracks):
    assert plan_together(tracks, REQUEST, []).playlist.tracks


@st.composite
def groups(draw: st.DrawFn):
    tracks = messy_library(draw(st.integers(0, 10_000)), draw(st.sampled_from([40, 120])))
    ids = st.sampled_from(tracks.ids.tolist())
    mood = st.builds(Mood, st.floats(-0.9, 0.9), st.floats(-0.9, 0.9))
    members = [
        Member(
            code,
            liking=draw(st.dictionaries(ids, st.floats(0, 1), max_size=5)),
            present=draw(st.none() | mood),
            rules=draw(some_rules(tracks)),
            picks=tuple(draw(st.lists(ids, max_size=3, unique=True))),
        )
        for code in "abc"[: draw(st.integers(1, 3))]
    ]
    return tracks, PlanRequest(draw(mood), draw(mood), draw(st.sampled_from([12, 24]))), members


def check_group(tracks, request, members) -> None:
    try:
        group = plan_together(tracks, request, members)
    except NoPlaylistError:
        return
    for member in members:
        assert_obeys(tracks, member.rules, group.playlist)
    turns = [turn.code for turn in group.turns]
    for place, code in enumerate(turns):  # nobody's next song before everybody's last one
        before = turns[:place]
        assert all(before.count(other) >= min(turns.count(other), before.count(code)) for other in set(turns))
    assert [turn.position for turn in group.turns] == sorted(turn.position for turn in group.turns)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(groups())
def test_no_group_plan_breaks_a_limit_or_veto_of_anyone(situation):
    check_group(*situation)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(10))  # ten thousand in all, for both cores to share
@settings(max_examples=1_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(groups())
def test_no_group_plan_of_ten_thousand_breaks_a_limit_or_veto_of_anyone(part, situation):
    check_group(*situation)


def test_simulated_tastes_have_two_members_who_are_alike(tracks):
    one, two, other, *_ = tastes(tracks, 4, rng=1)
    ids = list(one)[:200]
    alike = sum(abs(one[track_id] - two[track_id]) for track_id in ids)
    assert alike < sum(abs(one[track_id] - other[track_id]) for track_id in ids)
    assert moods(1)
