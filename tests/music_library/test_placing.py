"""The clinic's placements: safe songs far apart are asked about; what they teach moves every estimate, or none."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import update

from music_library import placing
from music_library.catalogue import Catalogue
from music_library.choosing import Only
from music_library.errors import BadStatementError
from music_library.schema import tracks
from tests.web.homes import fill

ME, COLLEAGUE = "account-1", "account-2"


@pytest.fixture
def library(tmp_path):
    """Sixty songs whose estimates a clinic would move."""
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    fill(catalogue, (), n=60)
    yield catalogue
    catalogue.close()


def set_columns(catalogue, track_id, **values):
    with catalogue.engine.begin() as db:
        db.execute(update(tracks).where(tracks.c.id == track_id).values(**values, changed_in=catalogue.version()))
        db.exec_driver_sql("UPDATE state SET value = value + 1 WHERE name = 'revision'")
        db.execute(update(tracks).where(tracks.c.id == track_id).values(changed_in=catalogue.version() + 1))


def test_songs_asked_about_lie_far_apart_and_of_far_ones_it_is_the_least_sure(library):
    songs = library.tracks()
    for song in songs:
        set_columns(library, song.id, estimated_valence=0.0, estimated_arousal=0.0)
    corners = {songs[0].id: (0.9, 0.9), songs[1].id: (0.88, 0.9), songs[2].id: (-0.9, -0.9), songs[3].id: (-0.5, 0.5)}
    for n, (track_id, (valence, arousal)) in enumerate(corners.items()):
        values = {"estimated_valence": valence, "estimated_arousal": arousal, "valence_sd": 0.2 + 0.02 * n}
        set_columns(library, track_id, **values, arousal_sd=0.1)
    asked = []
    for _ in range(3):
        asked.append(placing.next_to_place(library))
        library.correct(asked[-1], account=ME, valence=0.0, arousal=0.0)
    assert asked[:2] == [songs[2].id, songs[1].id]  # as far apart as can be; of two beside each other the less sure
    assert asked[2] == songs[3].id  # far from both; not the neighbour of one that is placed


def test_only_what_is_safe_is_asked_about(library):
    first = placing.next_to_place(library)
    library.mark([first], account=ME, explicit=True)
    second = placing.next_to_place(library)
    set_columns(library, second, largest_rise_db=14.0)
    third = placing.next_to_place(library)
    fourth = placing.next_to_place(library, leave_out={third})
    assert len({first, second, third, fourth}) == 4
    library.correct(fourth, account=ME, valence=0.0, arousal=0.0)
    assert placing.next_to_place(library) not in (first, second, fourth)


def test_an_empty_library_has_nothing_to_ask(tmp_path):
    catalogue = Catalogue.open(tmp_path / "empty.db")
    assert placing.next_to_place(catalogue) is None
    assert placing.tune(catalogue) == {}
    catalogue.close()


def place(catalogue, n, *, offset):
    for track in catalogue.tracks(limit=n):
        valence = min(1.0, max(-1.0, track.estimated_valence + offset))
        catalogue.correct(track.id, account=ME, valence=valence, arousal=track.estimated_arousal)


def test_placements_move_every_estimate_where_they_help_and_no_placement(library):
    for track in library.tracks():
        set_columns(
            library, track.id, estimated_valence=0.6 * track.valence, raw_valence=0.3 * track.valence, valence_sd=0.1
        )
    place(library, 12, offset=0.3)
    before = {track.id: track for track in library.tracks()}
    scales = placing.tune(library)
    assert scales["valence"].is_on
    assert not scales["arousal"].is_on
    assert scales["valence"].scale.error_after < scales["valence"].scale.error_before
    after = library.tracks()
    for track in after[12:]:
        moved = scales["valence"].scale.apply(np.array([before[track.id].valence]))[0]
        assert track.valence == pytest.approx(moved)
        assert track.arousal == before[track.id].arousal
    for track in after[:12]:
        assert (track.valence, track.mood_source) == (before[track.id].valence, "correction")
    at = library.candidates().position_of[after[20].id]
    assert library.candidates().valence[at] == pytest.approx(after[20].valence, abs=1e-6)
    expected = scales["valence"].scale.apply(np.array([0.5 * before[after[20].id].valence]))[0]
    assert library.candidates().valence_expected[at] == pytest.approx(expected, abs=1e-6)
    placing.want(library, is_wanted=False)
    assert [track.valence for track in library.tracks()] == [before[track.id].valence for track in after]
    assert not placing.tune(library)["valence"].is_on
    placing.want(library, is_wanted=True)
    assert placing.own_scale_of(library)["valence"].is_on


def test_placements_that_would_not_help_leave_the_scale_off(library):
    place(library, 10, offset=0.0)
    scales = placing.tune(library)
    assert not any(each.is_on for each in scales.values())


def test_songs_are_chosen_by_what_is_known_of_them(library):
    ids = library.ids()
    library.mark(ids[:3], account=ME, heard=True)
    library.mark(ids[:1], account=ME, heard=False)
    library.mark(ids[3:5], account=COLLEAGUE, heard=True)
    assert library.ids(only=Only(heard_by=ME)) == ids[1:3]
    assert library.count(only=Only(not_heard_by=ME)) == 58
    library.mark(ids[:2], account=ME, words_checked=True)
    library.mark(ids[2:4], account=ME, voice="instrumental")
    assert library.ids(only=Only(words_checked=True)) == ids[:4]
    assert library.ids(only=Only(words_checked=False, heard_by=ME)) == []
    unsure = library.ids(only=Only(unsure=True))
    assert unsure == [track.id for track in library.tracks() if track.outside_training]
    library.correct(unsure[0], account=ME, valence=0, arousal=0)
    assert unsure[0] not in library.ids(only=Only(unsure=True))
    assert library.ids(words="piece 7", only=Only(ids=frozenset(ids[5:8]))) == ids[7:8]
    assert library.ids(only=Only(ids=frozenset())) == []


def test_themes_are_added_to_many_songs_beside_those_that_each_has(library):
    ids = library.ids()[:3]
    library.mark(ids[:1], account=ME, themes=["loss"])
    library.mark(ids, account=ME, more_themes=["war"], language="en")
    assert [sorted(track.themes) for track in library.tracks_by_id(ids)] == [["loss", "war"], ["war"], ["war"]]
    assert {track.language for track in library.tracks_by_id(ids)} == {"en"}


def test_a_key_that_was_said_stands_before_the_one_that_was_heard(library):
    track = library.tracks()[0]
    said = library.correct(track.id, account=ME, key="Eb major")
    assert (said.key, said.heard_key) == ("Eb major", track.key)
    at = library.candidates().position_of[track.id]
    assert library.candidates().key[at] == 3
    with pytest.raises(BadStatementError, match=r"'H flat' is no key"):
        library.correct(track.id, account=ME, key="H flat")
    assert library.take_back(track.id, account=ME, kinds=["key"]).key == track.key
