"""Moods are written into files only when asked; the sound stays the same, and what fails changes nothing."""

from __future__ import annotations

import sys

import mutagen
import pytest

from music_library import write_tags
from music_library.catalogue import Catalogue
from music_library.identity import content_hash
from music_library.scanning import scan
from music_library.write_tags import WriteTagsError, write_mood_tags
from tests.signals import click_track, write

FORMATS = ("wav", "flac", "ogg", "mp3", "aiff")


def sound(path):
    with path.open("rb") as file:
        return content_hash(file)


def texts(path):
    opened = mutagen.File(path)
    found = {}
    for name, value in opened.tags.items():
        short = name.split(":")[-1].upper()
        found["MOOD" if short == "TMOO" else short] = str(value[0] if isinstance(value, list) else value)
    return found


@pytest.fixture
def library(tmp_path, quick_hearing):
    """One song in each format that this machine writes, scanned and placed by hand."""
    music = tmp_path / "music"
    music.mkdir()
    for k, ending in enumerate(FORMATS):
        write(music / f"song.{ending}", click_track(80 + 10 * k, seconds=4))
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    scan(catalogue, [music])
    for track in catalogue.tracks():
        catalogue.correct(track.id, account="me", valence=0.75, arousal=-0.75)
    yield catalogue, music
    catalogue.close()


def test_the_mood_stands_in_every_format_and_the_sound_is_the_same(library):
    catalogue, music = library
    before = {path: sound(path) for path in music.iterdir()}
    ids = catalogue.ids()
    assert [one.error for one in write_mood_tags(catalogue, ids)] == [None] * len(FORMATS)
    for path in music.iterdir():
        found = texts(path)
        assert found["MOOD"] == "calm", path
        assert found["ATTUNE_VALENCE"] == "0.750"
        assert found["ATTUNE_AROUSAL"] == "-0.750"
        assert found["ATTUNE_SOURCE"] == "correction"
    assert {path: sound(path) for path in music.iterdir()} == before
    summary = scan(catalogue, [music])
    assert (summary.analysed, summary.missing, summary.failed) == (0, 0, 0)
    assert catalogue.ids() == ids
    assert all(track.mood_source == "correction" for track in catalogue.tracks())


def test_writing_twice_leaves_one_of_each(library):
    catalogue, music = library
    list(write_mood_tags(catalogue, catalogue.ids()))
    once = {path: texts(path) for path in music.iterdir()}
    list(write_mood_tags(catalogue, catalogue.ids()))
    assert {path: texts(path) for path in music.iterdir()} == once


def test_if_the_sound_would_change_the_file_stays_as_it_was(library, monkeypatch):
    catalogue, music = library

    def spoil(file, tags, *, shown):
        file.write_bytes(file.read_bytes()[:-400])

    monkeypatch.setattr(write_tags, "_set_tags", spoil)
    before = {path: path.read_bytes() for path in music.iterdir()}
    done = list(write_mood_tags(catalogue, catalogue.ids()))
    assert all("its sound would have changed" in one.error for one in done)
    assert {path: path.read_bytes() for path in music.iterdir()} == before


def test_what_holds_no_tags_is_named_and_left(library, tmp_path):
    catalogue, music = library
    flac = music / "song.flac"
    flac.write_bytes(b"no music at all")
    gone = catalogue.tracks(words="mp3")[0].id
    (music / "song.mp3").unlink()
    errors = {one.path: one.error for one in write_mood_tags(catalogue, [*catalogue.ids(words="flac"), gone])}
    assert any("The file is as it was" in (error or "") for error in errors.values())
    assert any("not there any more" in (error or "") for error in errors.values())
    assert flac.read_bytes() == b"no music at all"
    assert sorted(path.name for path in music.iterdir()) == ["song.aiff", "song.flac", "song.ogg", "song.wav"]


def test_without_the_extra_it_is_said_how_to_get_it(library, monkeypatch):
    catalogue, _ = library
    monkeypatch.setitem(sys.modules, "mutagen", None)
    monkeypatch.setattr(write_tags, "can_write_tags", lambda: False)
    with pytest.raises(WriteTagsError, match=r"pip install 'attune\[write-tags\]'"):
        list(write_mood_tags(catalogue, catalogue.ids()))
