"""From what was set to rows, a path and words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from recommender import Candidates, Estimate, Mood, PlanRequest, Playlist, Reason
from recommender.errors import NoPlaylistError
from recommender.playlist import PlannedTrack
from web.clinician import suggesting
from web.clinician.suggesting import Shape, Wish, way_says
from web.components.mood_plane import Placed
from web.words import say

SAD, CALM = Mood(-0.75, -0.25), Mood(0.75, -0.75)


@dataclass
class Song:
    id: str = "t1"
    path: str = "/music/folder/A file.mp3"
    title: str | None = None
    artist: str | None = None
    duration_s: float | None = 194.6
    tempo_bpm: float | None = None
    key: str | None = None
    words_checked: bool = True
    instrumental: bool | None = None


def planned(track_id: str, mood: Mood, *reasons: Reason, sd: float = 0.2) -> PlannedTrack:
    return PlannedTrack(track_id, 0.0, 180.0, mood, Estimate(mood, sd, sd), reasons)


def playlist(*tracks: PlannedTrack) -> Playlist:
    return Playlist(PlanRequest(SAD, CALM), tracks, 180.0 * len(tracks), None)


def candidates(n: int) -> Candidates:
    rng = np.random.default_rng(1)
    some = lambda: rng.uniform(-1, 1, n).astype(np.float32)  # noqa: E731
    return Candidates(
        ids=np.array([f"t{i}" for i in range(n)]),
        valence=some(),
        arousal=some(),
        valence_sd=np.full(n, 0.2, np.float32),
        arousal_sd=np.full(n, 0.2, np.float32),
        duration_s=np.full(n, 180, np.float32),
        tempo_bpm=np.full(n, 100, np.float32),
        key=np.zeros(n, np.int8),
        loudness_lufs=np.full(n, -16, np.float32),
        artist=np.arange(n, dtype=np.int32),
        song=np.arange(n, dtype=np.int32),
    )


def test_a_song_without_a_title_goes_by_its_file():
    assert suggesting.title_of(Song()) == "A file.mp3"
    assert suggesting.title_of(Song(path="C:\\Music\\Other.flac")) == "Other.flac"


def test_what_is_not_known_is_left_out_or_said_and_never_made_up():
    assert suggesting.facts_of(Song()) == "3:15  ·  no clear tempo"
    assert suggesting.facts_of(Song(tempo_bpm=83.7, key="D minor")) == "3:15  ·  84 BPM  ·  D minor"


def test_a_small_library_starts_with_twelve_minutes():
    assert suggesting.usual_minutes(2.4) == 12
    assert suggesting.usual_minutes(2.6) == 24


def test_the_map_speaks_in_nine_steps():
    assert [suggesting.of9(value) for value in (-1, -0.75, 0, 0.75, 1)] == [1, 2, 5, 8, 9]


def test_the_path_says_where_the_largest_step_is_and_which_songs_are_unsure():
    songs = [
        planned("t1", SAD),
        planned("t2", Mood(-0.7, -0.3), Reason("unsure", {"valence_sd": 0.5, "arousal_sd": 0.2})),
        planned("t3", Mood(0.6, -0.7)),
    ]
    said = suggesting.path_says(playlist(*songs), Wish(Placed(SAD, "sad"), Placed(CALM), 12))
    assert said == "Path of 3 songs from sad to calm. Largest step: song 2 to 3. Songs 2 are unsure."


def test_one_song_has_no_step():
    said = suggesting.path_says(playlist(planned("t1", SAD)), Wish(Placed(SAD), Placed(CALM), 8))
    assert said == "One song, from sad to calm."


def test_a_row_says_why_how_sure_and_what_to_look_out_for():
    track = planned(
        "t1",
        Mood(0.5, 0.0),
        Reason("matches_present", {"distance": 0.1}),
        Reason("unsure", {"valence_sd": 0.5, "arousal_sd": 0.2}),
        sd=0.25,
    )
    (row,) = suggesting.rows_of(playlist(track), {"t1": Song(title="**Bold**")}, extra={"t1": ["not heard by you"]})
    assert row.title == "**Bold**"
    assert row.why == say("reasons.matches_present", distance=0.1)
    assert row.badges == ("unsure", "not heard by you")
    assert row.spread == pytest.approx((0.32, 0.32))
    assert row.spread_says == ("Sounds like interested: feels good 7 of 9, energy 5 of 9, give or take 1 and 1.")


def test_a_small_library_is_shown_song_by_song_and_a_large_one_by_how_much_there_is():
    few = suggesting.dots_of(candidates(50))
    assert len(few.at) == len(few.labels) == 50
    many = suggesting.dots_of(candidates(3000))
    assert len(many.at) == len(many.labels) <= suggesting.MAP_CELLS**2
    assert max(share for _, _, share in many.at) == 1.0
    assert all(-1 <= v <= 1 and -1 <= a <= 1 for v, a, _ in many.at)
    assert sum(int(label.split()[0]) for label in many.labels) == 3000


def test_the_map_says_where_there_is_no_song_a_few_and_enough():
    one = candidates(4)
    one.valence[:], one.arousal[:] = [0.9, 0.9, 0.9, -0.9], [0.9, 0.9, 0.9, -0.9]
    reach = suggesting.dots_of(one).reach
    assert (reach[-1][-1], reach[0][0], reach[0][-1]) == (2, 1, 0)
    without = suggesting.dots_of(one, np.array([True, False, False, False]))
    assert len(without.at) == 1
    assert (without.reach[-1][-1], without.reach[0][0]) == (1, 0)


def test_a_drawn_route_goes_through_its_points_and_without_any_is_the_straight_one():
    wish = Wish(Placed(SAD), Placed(CALM), 36, "drawn", through=(Mood(0.0, 0.6),))
    assert (wish.request().route, wish.request().waypoints) == ("drawn", (Mood(0.0, 0.6),))
    assert (Wish(Placed(SAD), Placed(CALM), 36, "drawn").request().route) == "iso"
    assert Wish(Placed(SAD), Placed(CALM), 36, "iso", through=(Mood(0.0, 0.6),)).request().waypoints == ()


def test_a_track_without_a_mood_is_not_on_the_map():
    some = candidates(3)
    some.valence[1] = np.nan
    assert len(suggesting.dots_of(some).at) == 2


def test_more_music_is_waited_for_while_the_list_is_shorter_than_wanted():
    wish = Wish(Placed(SAD), Placed(CALM), 36)
    assert suggesting.is_short_of_music(None)
    assert suggesting.is_short_of_music(suggesting.suggest(candidates(3), wish))
    assert not suggesting.is_short_of_music(suggesting.suggest(candidates(400), wish))


def test_without_any_music_the_refusal_is_said_in_the_screens_own_words():
    wish = Wish(Placed(SAD), Placed(CALM), 12)
    with pytest.raises(NoPlaylistError) as refused:
        suggesting.suggest(candidates(0), wish)
    assert suggesting.nothing_fits(refused.value, wish) == "There is no music between sad and calm that fits."


def test_a_worn_song_says_how_often_it_was_played():
    assert suggesting.badges_of((), Song(), plays=4) == ["played 4× in 2 weeks"]


def test_what_is_held_hurried_and_wound_down_reaches_the_planner():
    here, there = Placed(Mood(-0.5, 0.1)), Placed(Mood(0.5, -0.4))
    plain = Wish(here, there, 24).request()
    assert (plain.hold_present, plain.hold_target, plain.pace, plain.wind_down) == (None, None, 1.0, 0.0)
    shaped = Wish(here, there, 24, shape=Shape("long", "short", "slow_first", winds_down=True)).request()
    assert (shaped.hold_present, shaped.hold_target, shaped.pace, shaped.wind_down) == (0.35, 0.1, 2.0, 0.25)
    assert Wish(here, there, 24, strand="ease").request().hold_target == 0.3
    assert Wish(here, there, 24, strand="ease", shape=Shape(hold_target="long")).request().hold_target == 0.35


def test_a_way_is_told_where_it_is_not_the_usual_one():
    moods = (SAD, CALM)
    assert way_says(PlanRequest(*moods, 24.0), "feel") == ""
    assert way_says(PlanRequest(*moods, 24.0, **Shape().of_request("ease")), "ease") == ""
    shaped = Shape(hold_present="long", hold_target="short", pace="slow_first", winds_down=True)
    assert way_says(PlanRequest(*moods, 24.0, **shaped.of_request("feel")), "feel") == (
        "35 % of it at the mood now, 10 % of it at the target, slow at first, winding down to a quiet close"
    )
    quick = Shape(pace="quick_first")
    assert way_says(PlanRequest(*moods, 24.0, **quick.of_request("feel")), "feel") == "quick at first"
