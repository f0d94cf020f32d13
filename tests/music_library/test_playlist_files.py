"""Playlist files read back as they were written, whatever titles and paths hold."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from music_library.errors import PlaylistFileError
from music_library.playlist_files import read_playlist, write_playlist
from music_library.tags import clean

ENDINGS = ["m3u8", "xspf", "jspf"]
names = st.binary(min_size=1, max_size=40).filter(lambda n: not {0, 47} & set(n) and n not in (b".", b".."))
titles = st.none() | st.text(max_size=60)


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("ending", ENDINGS)
@given(rows=st.lists(st.tuples(names, titles, titles, st.none() | st.floats(0, 1e5)), max_size=8))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_it_reads_back_as_it_was_written(tmp_path_factory, ending, relative, rows):
    folder = tmp_path_factory.mktemp("p")
    music = os.fsencode(folder / "music")
    wanted = [
        {"path": Path(os.fsdecode(music + b"/" + name)), "title": title, "artist": artist, "duration_s": seconds}
        for name, title, artist, seconds in rows
    ]
    file = folder / f"list.{ending}"
    write_playlist(file, wanted, relative=relative)
    read = read_playlist(file)
    assert [entry.path for entry in read] == [row["path"] for row in wanted]
    for entry, row in zip(read, wanted, strict=True):
        if ending != "m3u8":  # there, artist and title share one line
            assert (entry.title, entry.artist) == (clean(row["title"]), clean(row["artist"]))
        seconds = row["duration_s"]
        assert entry.duration_s is None if seconds is None else entry.duration_s == pytest.approx(seconds, abs=0.51)


def test_m3u8_keeps_artist_and_title(tmp_path):
    row = {"path": "/m/a.mp3", "title": "Sad - but true", "artist": "The Band", "duration_s": 61.4}
    write_playlist(tmp_path / "a.m3u8", [row])
    entry = read_playlist(tmp_path / "a.m3u8")[0]
    assert (entry.artist, entry.title, entry.duration_s) == ("The Band", "Sad - but true", 61.0)


def test_m3u8_stays_one_line_a_track(tmp_path):
    rows = [
        {"path": "/m/a.mp3", "title": "x\n/etc/passwd\r\n#EXTINF:1,y", "artist": "\u2028b", "duration_s": 1.0},
        {"path": "/m/line\nbreak.mp3", "title": None, "artist": None, "duration_s": None},
    ]
    write_playlist(tmp_path / "a.m3u8", rows)
    lines = (tmp_path / "a.m3u8").read_bytes().splitlines()
    assert len(lines) == 1 + 2 * 2
    assert [line for line in lines if not line.startswith(b"#")] == [b"/m/a.mp3", b"file:///m/line%0Abreak.mp3"]


def test_relative_paths_move_with_the_folder(tmp_path):
    (tmp_path / "a" / "music").mkdir(parents=True)
    (tmp_path / "a" / "music" / "s.mp3").touch()
    for ending in ENDINGS:
        write_playlist(tmp_path / "a" / f"l.{ending}", [{"path": str(tmp_path / "a/music/s.mp3")}], relative=True)
    (tmp_path / "a").rename(tmp_path / "b")
    for ending in ENDINGS:
        assert [entry.path for entry in read_playlist(tmp_path / "b" / f"l.{ending}")] == [tmp_path / "b/music/s.mp3"]


def test_a_path_shown_with_escapes_is_written_in_its_own_bytes(tmp_path):
    from music_library.files import shown

    odd = os.fsencode(tmp_path) + b"/caf\xe9.mp3"
    write_playlist(tmp_path / "a.m3u8", [{"path": shown(odd), "title": "x"}])
    assert odd in (tmp_path / "a.m3u8").read_bytes().split(b"\n")


def test_markup_in_titles_is_text(tmp_path):
    title = "</title><script>alert(1)</script>&amp;"
    write_playlist(tmp_path / "a.xspf", [{"path": "/m/a.mp3", "title": title}])
    assert read_playlist(tmp_path / "a.xspf")[0].title == title
    assert b"<script" not in (tmp_path / "a.xspf").read_bytes()


def test_jspf_is_json_as_its_specification_says(tmp_path):
    write_playlist(tmp_path / "a.jspf", [{"path": "/m/a b.mp3", "title": "T", "artist": "A", "duration_s": 1.5}])
    track = json.loads((tmp_path / "a.jspf").read_bytes())["playlist"]["track"][0]
    assert track == {"location": ["file:///m/a%20b.mp3"], "title": "T", "creator": "A", "duration": 1500}


def test_another_ending_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(PlaylistFileError, match=r"\.m3u8, \.xspf or \.jspf"):
        write_playlist(tmp_path / "a.pls", [])
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_named_and_nothing_is_left(tmp_path):
    (tmp_path / "a.m3u8").mkdir()
    with pytest.raises(PlaylistFileError, match="cannot be written"):
        write_playlist(tmp_path / "a.m3u8", [{"path": "/m/a.mp3"}])
    assert [path.name for path in tmp_path.iterdir()] == ["a.m3u8"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<playlist/>",
        b"\xff\xfe",
        b'<?xml version="1.0" encoding="TF-8"?><playlist version="1" xmlns="http://xspf.org/ns/0/"/>',
        b'<?xml version="1.0" encoding="shift_jis"?><playlist version="1" xmlns="http://xspf.org/ns/0/"/>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><playlist xmlns="http://xspf.org/ns/0/">&a;</playlist>',
    ],
)
def test_what_is_no_xspf_is_refused(tmp_path, content):
    (tmp_path / "a.xspf").write_bytes(content)
    with pytest.raises(PlaylistFileError, match="no XSPF"):
        read_playlist(tmp_path / "a.xspf")


@pytest.mark.parametrize("ending", ENDINGS)
@given(content=st.binary(max_size=300))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_bytes_are_read_or_refused(tmp_path_factory, ending, content):
    file = tmp_path_factory.mktemp("p") / f"a.{ending}"
    file.write_bytes(content)
    with contextlib.suppress(PlaylistFileError):
        read_playlist(file)
