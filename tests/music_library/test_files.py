"""Walking names everything, reads only regular files, and comes to an end."""

from __future__ import annotations

import inspect
import os
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_library.files import FoundFile, Unreadable, absolute, begins_like_music, shown, walk


def found(folder: Path) -> list[str]:
    return [Path(os.fsdecode(f.path)).name for f in walk(absolute(folder)) if isinstance(f, FoundFile)]


def unreadable(folder: Path) -> dict[str, str]:
    return {Path(os.fsdecode(f.path)).name: f.reason for f in walk(absolute(folder)) if isinstance(f, Unreadable)}


def test_files_come_in_the_order_of_their_names(tmp_path):
    for name in ("b/2.mp3", "b/1.mp3", "a.flac", "c.ogg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert found(tmp_path) == ["a.flac", "c.ogg", "1.mp3", "2.mp3"]


def test_a_linked_folder_is_followed_once(tmp_path):
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "a.mp3").write_bytes(b"x")
    (tmp_path / "root").mkdir()
    for name in ("one", "two"):
        (tmp_path / "root" / name).symlink_to(tmp_path / "music")
    assert found(tmp_path / "root") == ["a.mp3"]


def test_links_in_a_circle_end(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    assert found(tmp_path) == []
    assert set(unreadable(tmp_path)) == {"up", "self"}


@pytest.mark.parametrize("steps", [".", ".."])
def test_a_link_to_a_folder_that_it_lies_in_is_not_walked_when_it_is_named_itself(tmp_path, steps):
    (tmp_path / "album").mkdir()
    (tmp_path / "a.mp3").write_bytes(b"x")
    (tmp_path / "album" / "loop").symlink_to(steps)
    assert found(tmp_path / "album" / "loop") == []
    assert "leads back" in unreadable(tmp_path / "album" / "loop")["loop"]


def test_a_link_to_another_folder_may_be_named_itself(tmp_path):
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "a.mp3").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "music")
    assert found(tmp_path / "link") == ["a.mp3"]


def test_what_is_no_file_is_named(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.mp3")
    (tmp_path / "null.mp3").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(tmp_path)  # a socket's path must be short
        server.bind("socket.mp3")
        named = unreadable(tmp_path)
    assert {name: reason.split()[3].rstrip(",") for name, reason in named.items()} == {
        "pipe.mp3": "pipe",
        "null.mp3": "device",
        "socket.mp3": "socket",
    }


def test_folders_deeper_than_calls_may_go(tmp_path):
    # The limit is lowered instead of making a thousand folders: what removes them afterwards calls itself for each.
    deepest = tmp_path / "/".join(["d"] * 300)
    deepest.mkdir(parents=True)
    (deepest / "a.mp3").write_bytes(b"x")
    frames = len(inspect.stack())
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(frames + 150)
    try:
        names = found(tmp_path)
    finally:
        sys.setrecursionlimit(limit)
    assert names == ["a.mp3"]


@pytest.mark.parametrize(
    "head",
    [
        b"DSD \x1c" + bytes(11),
        b"FRM8" + bytes(12),
        b"\0\0\0\x14ftypqt  \0\0\0\0",
        bytes.fromhex("1a45dfa3") + bytes(12),
    ],
    ids=["DSF", "DFF", "QuickTime", "Matroska"],
)
def test_sound_of_one_bit_and_the_sound_of_films_are_music_by_their_beginning(head):
    assert begins_like_music(head)


@pytest.mark.parametrize("head", [b"MThd\0\0\0\6", b"PSID\0\2", b"IMPM", b"Extended Module:"])
def test_songs_as_notes_are_not_passed_by_in_silence(tmp_path, head):
    (tmp_path / "song").write_bytes(head.ljust(400, b"\0"))
    assert found(tmp_path) == ["song"]


@pytest.mark.parametrize("name", ["film.mkv", "film.MOV", "film.avi", "book.aax", "disc.dsf"])
def test_films_and_sold_books_are_looked_at(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    assert found(tmp_path) == [name]


@pytest.mark.parametrize("name", ["._song.mp3", "cover.jpg", "list.m3u", "song.mp3.part"])
def test_what_is_kept_beside_music_is_no_music(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x00\x05\x16\x07 something")
    assert found(tmp_path) == []


@pytest.mark.parametrize("name", [".01 Piece.4711.partial", "song.flac.part", "song.ogg.crdownload"])
def test_what_is_still_being_written_is_left_until_it_has_its_name(tmp_path, name):
    (tmp_path / name).write_bytes(b"OggS fLaC")
    assert found(tmp_path) == []
    (tmp_path / name).rename(tmp_path / "song.ogg")
    assert found(tmp_path) == ["song.ogg"]


@pytest.mark.parametrize("folder", [".Trash-1000", "@eaDir", "$RECYCLE.BIN"])
def test_what_belongs_to_other_programs_is_left_alone(tmp_path, folder):
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "a.mp3").write_bytes(b"x")
    assert found(tmp_path) == []


def test_a_single_file_is_music_whatever_its_name(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"x")
    assert found(tmp_path / "a.bin") == ["a.bin"]


@given(st.binary(max_size=64))
def test_every_name_can_be_shown_and_written(name):
    text = shown(name)
    assert text.encode().decode() == text
    assert "\x00" not in text


@given(st.binary(max_size=16))
def test_any_beginning_is_judged_without_a_fault(head):
    assert begins_like_music(head) in (True, False)


def test_pictures_and_texts_do_not_begin_like_music():
    for head in (
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"\x89PNG\r\n\x1a\n",
        b"%PDF-1.4",
        b"\xff\xfeh\x00i\x00",
        b"PK\x03\x04",
    ):
        assert not begins_like_music(head.ljust(16, b"\x00"))
