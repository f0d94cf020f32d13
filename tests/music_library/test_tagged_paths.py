"""Paths of tables that were written elsewhere lead to the files that they mean, or to nothing."""

from __future__ import annotations

import os

import pytest

from features import FEATURES_VERSION
from music_library.catalogue import Catalogue
from music_library.schema import files, tracks
from music_library.table_text import TagTableError
from music_library.tagged_tracks import LEAST_GROUPS, LEAST_TRACKS, check_table
from recommender import training
from tests.web.homes import fill
from web.words import say


@pytest.fixture
def library(tmp_path):
    """A catalogue of three files of four names, by Ann, Bob and Cy."""
    opened = Catalogue.open(tmp_path / "catalogue.db")
    fill(opened, (), n=3)
    with opened.engine.begin() as db:
        for number, artist in enumerate(("Ann", "Bob", "Cy"), start=1):
            said = {"artist": artist, "features_version": FEATURES_VERSION}
            db.execute(tracks.update().where(tracks.c.number == number).values(**said))
        for name, number in (("a/twice.mp3", 1), ("b/twice.mp3", 2), ("a/only.mp3", 3), ("copy/a/only.mp3", 3)):
            path = os.fsencode(tmp_path / "music" / name)
            values = {"path": path, "track_number": number, "size": 9, "modified_ns": 0, "changed_ns": 0}
            db.execute(files.insert().values(**values))
    yield opened
    opened.close()


def test_a_table_that_was_made_elsewhere_finds_its_files(library, tmp_path):
    folder = tmp_path / "far" / "Caf\u00e9 & co"
    folder.mkdir(parents=True)
    (folder / "50% more.mp3").write_bytes(b"x")
    plain = "far/Caf\u00e9 & co/50% more.mp3"
    for written in (
        plain,
        "far/Cafe\u0301 & co/50% more.mp3",  # a Mac's letters
        plain.replace("/", "\\"),
        "far/Caf%C3%A9%20%26%20co/50%25%20more.mp3",
        (folder / "50% more.mp3").as_uri(),
    ):
        (tmp_path / "elsewhere.csv").write_text(f"path,valence,arousal\n{written},0,0\n", "utf-8")
        found = check_table(library, tmp_path / "elsewhere.csv", scale="-1:1").tags[0].path
        assert found is not None
        assert found.samefile(folder / "50% more.mp3")
    (tmp_path / "elsewhere.csv").write_text(
        f"path,valence,arousal\n{plain},0,0\n{folder.as_uri()}/50%25 more.mp3,1,1\n"
    )
    with pytest.raises(TagTableError, match=r"row 3, path .*the same track as in row 2"):
        check_table(library, tmp_path / "elsewhere.csv", scale="-1:1")


def test_the_end_of_a_path_is_enough_where_the_library_has_one_that_ends_so(library, tmp_path):
    (tmp_path / "away").mkdir()
    table = tmp_path / "away" / "tags.csv"

    def found(path):
        table.write_text(f"path,valence,arousal\n{path},0,0\n", "utf-8")
        return check_table(library, table, scale="-1:1").tags[0]

    assert found("only.mp3").path.parts[-2:] == ("a", "only.mp3")
    assert found("a\\twice.mp3").path.parts[-2:] == ("a", "twice.mp3")
    assert found("a/twice.mp3").group == "Ann"
    for unsure in ("twice.mp3", "c/only.mp3", "nly.mp3", "/a/only.mp3", "C:\\a\\only.mp3"):
        with pytest.raises(TagTableError, match="no such file"):
            found(unsure)
    table.write_text("path,valence,arousal,artist\na/twice.mp3,0,0,\nb/twice.mp3,0,0,Unknown\na/only.mp3,0,0,Cy\n")
    assert [tag.group for tag in check_table(library, table, scale="-1:1").tags] == ["Ann", "Bob", "Cy"]
    table.write_text("path,valence,arousal\na/twice.mp3,0,0\n")
    assert "no_groups" not in check_table(library, table, scale="-1:1").notes


def test_what_training_would_refuse_is_told_when_a_table_is_checked(library, tmp_path):
    assert (LEAST_TRACKS, LEAST_GROUPS) == (training.LEAST_TRACKS, training.LEAST_GROUPS)
    enough = "".join(f"{i}.mp3,{i / 60},0.{i},A{i % 3}\n" for i in range(60))
    for i in range(60):
        (tmp_path / f"{i}.mp3").write_bytes(b"x")
    for rows, notes in (
        (enough, ()),
        (enough.replace("A1", "A2").replace("A0", "a2"), ("one_group",)),
        ("".join(f"{i}.mp3,0.5,0.{i},A{i}\n" for i in range(49)), ("too_few", "constant_valence")),
    ):
        (tmp_path / "some.csv").write_text(f"path,valence,arousal,artist\n{rows}")
        assert check_table(library, tmp_path / "some.csv", scale="0:1").notes == notes
        for note in notes:
            assert say(f"mood.note_{note}")
