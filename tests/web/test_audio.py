"""Sound by track id: to whom, how much, and nothing to anyone else."""

from __future__ import annotations

import os

import pytest

from tests.web.listening import ALTERNATES, KNOWN, LISTED, OPENERS, OTHER
from web.audio import media_type
from web.middleware import ROOM_COOKIE


@pytest.fixture
def room(clinic, visitor):
    """A device in an open room."""
    visitor.get(f"/room/enter/{clinic.start().room_token}")
    return visitor


def test_a_whole_song_comes_with_its_length_and_type(clinic, clinician):
    answer = clinician.get("/audio/t1")
    assert answer.status_code == 200
    assert answer.content == clinic.files.paths["t1"].read_bytes()
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-99", 0, 100), ("bytes=1000-", 1000, None), ("bytes=-50", -50, None)],
)
def test_a_range_comes_as_asked(clinic, clinician, asked, start, end):
    whole = clinic.files.paths["t1"].read_bytes()
    answer = clinician.get("/audio/t1", headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == whole[start:end]
    assert answer.headers["content-range"].endswith(f"/{len(whole)}")


def test_a_range_beyond_the_end_is_refused(clinician):
    assert clinician.get("/audio/t1", headers={"Range": "bytes=99999999-"}).status_code == 416


def test_head_gives_the_length_only(clinic, clinician):
    answer = clinician.head("/audio/t1")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) == clinic.files.paths["t1"].stat().st_size


@pytest.mark.parametrize("track_id", sorted({*LISTED, *ALTERNATES, *OPENERS, *KNOWN}))
def test_the_room_hears_everything_approved(room, track_id):
    assert room.get(f"/room/audio/{track_id}").status_code == 200


@pytest.mark.parametrize("track_id", [OTHER, "nobody", "..%2Frecord.db", "%2Fetc%2Fpasswd", "t1%00", "t1/../x1"])
def test_the_room_hears_nothing_else(room, track_id):
    answer = room.get(f"/room/audio/{track_id}")
    assert (answer.status_code, answer.content) == (404, b"")


def test_the_rooms_cookie_opens_no_catalogue(room):
    cookie = room.cookies[ROOM_COOKIE]
    for path in ("/audio/t1", f"/audio/{OTHER}"):
        answer = room.get(path, headers={"Cookie": f"{ROOM_COOKIE}={cookie}; attune_session={cookie}"})
        assert (answer.status_code, answer.content) == (404, b"")


def test_nothing_is_heard_without_a_cookie_after_sign_out_or_after_the_session(clinic, clinician):
    assert clinician.get("/audio/t1").status_code == 200
    clinician.post("/sign-out")
    assert clinician.get("/audio/t1").content == b""
    started = clinic.start()
    clinician.get(f"/room/enter/{started.room_token}")
    assert clinician.get("/room/audio/t1").status_code == 200
    clinic.record.end_session(clinic.actor, started.session_id)
    refused = clinician.get("/room/audio/t1")
    assert (refused.status_code, refused.content) == (404, b"")


def test_the_answer_is_the_same_for_forbidden_absent_and_lost(clinic, room):
    clinic.files.paths["a1"].unlink()
    answers = [room.get(f"/room/audio/{track_id}") for track_id in (OTHER, "nobody", "a1")]
    assert len({(answer.status_code, answer.content, tuple(sorted(answer.headers))) for answer in answers}) == 1


@pytest.mark.timeout(10)
def test_a_pipe_in_the_place_of_a_song_hangs_nothing(clinic, clinician, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    clinic.files.paths["t1"] = tmp_path / "pipe"
    assert clinician.get("/audio/t1").status_code == 404


def test_what_is_no_sound_is_not_sent(clinic, clinician, tmp_path):
    (tmp_path / "song.mp3").write_text("root:x:0:0", "utf-8")
    clinic.files.paths["t1"] = tmp_path / "song.mp3"
    assert clinician.get("/audio/t1").content == b""


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"ID3\x04\x00\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"fLaC\x00\x00\x00\x22", "audio/flac"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"\x00\x00\x00\x20ftypM4A ", "audio/mp4"),
        (b"<script>", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_the_first_bytes_say_what_a_file_is(head, kind):
    assert media_type(head) == kind
