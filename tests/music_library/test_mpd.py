"""A music server, where one is installed, opens what we write."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

from music_library.playlist_files import write_playlist
from tests.signals import chord_song, write


@pytest.mark.mpd
def test_mpd_loads_the_playlist_in_its_order(tmp_path):
    names = ["b, with comma.ogg", "a ü.ogg", "c #1 100%.ogg"]
    music, lists = tmp_path / "music", tmp_path / "lists"
    for folder in (music, lists):
        folder.mkdir()
    rows = []
    for i, name in enumerate(names):
        write(music / name, chord_song(i, minor=False, seconds=3.5))
        rows.append({"path": str(music / name), "title": f"Title {i}", "artist": "Artist", "duration_s": 3.5})
    write_playlist(lists / "plan.m3u", rows)  # the one ending that MPD looks for
    with _mpd(tmp_path) as ask:
        ask("update")
        _until(lambda: "songs: 3" in ask("stats") and "updating_db" not in ask("status"))
        ask('load "plan"')
        loaded = [line.partition(": ")[2] for line in ask("playlistinfo").splitlines() if line.startswith("file: ")]
    assert [Path(file).name for file in loaded] == names


class _mpd:  # noqa: N801  # reads as a function where it is used
    """A music server without sound, on a socket in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # A socket's path must be short.
        self.link = Path(f"/tmp/attune-mpd-{os.getpid()}")  # noqa: S108

    def __enter__(self):
        self.link.symlink_to(self.folder)
        config = self.folder / "mpd.conf"
        config.write_text(
            f'music_directory "{self.folder}/music"\nplaylist_directory "{self.folder}/lists"\n'
            f'db_file "{self.folder}/db"\nbind_to_address "{self.link}/socket"\nauto_update "no"\n'
            'audio_output {\n type "null"\n name "none"\n}\n'
        )
        self.server = subprocess.Popen(
            ["mpd", "--no-daemon", "--stderr", config], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        _until((self.folder / "socket").exists)
        return self.ask

    def ask(self, command: str) -> str:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(str(self.link / "socket"))
            answer = connection.makefile("rwb")
            assert answer.readline().startswith(b"OK MPD")
            answer.write(f"{command}\n".encode())
            answer.flush()
            lines = []
            while (line := answer.readline().decode()) != "OK\n":
                assert not line.startswith("ACK"), line
                assert line, "the server went away"
                lines.append(line)
            answer.close()
        return "".join(lines)

    def __exit__(self, *_: object) -> None:
        self.server.terminate()
        self.server.communicate(timeout=20)
        self.link.unlink()


def _until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
