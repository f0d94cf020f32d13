"""Whatever is handed in, a reader gives a value or its own error, and what was stored can still be read by all."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import strategies as st
from starlette.testclient import TestClient

from music_library.errors import PlaylistFileError
from music_library.playlist_files import read_playlist
from music_library.table_text import TagTableError
from music_library.tag_table import read_tag_table
from practice.errors import DataFileError
from practice.scales import read_scale
from recommender import model_file, rules_from_yaml
from recommender.errors import ModelMismatchError, RulesError
from tests.house.fuzzing import (
    Place,
    any_json,
    changed_at,
    damaged_bytes,
    damaged_text,
    places,
    quick_and_long,
    refusal,
)
from tests.web.listening import ORIGIN, Clinic, make_clinic

ROOT = Path(__file__).parents[2]
SCALES = tuple(file.read_text("utf-8") for file in sorted((ROOT / "practice/scales").glob("*.yaml")))
RULES = (
    "max_arousal: 0.4\nmin_tempo_bpm: 60\nmax_tempo_bpm: 110\n",
    "avoid_artists: [The Band, Somebody]\navoid_title_words: [rain*]\nlow_valence: -0.3\nmax_low_valence_tracks: 2\n",
    "cadence_bpm: 100\ninstrumental_first: true\n",
)
TABLES = (
    "path,valence,arousal,artist,scale\na.flac,0.5,-0.5,Somebody,-1:1\nb.mp3,0.1,0.9,Other,-1:1\n",
    "track_id;valence;arousal;weight\nabc;5,5;3,2;1\nabd;1,0;9;2\n",
    'path\tvalence\tarousal\trater\n"a, b.flac"\t1\t9\tr1\n',
)
PLAYLISTS = {
    ".m3u8": (b"#EXTM3U\n#EXTINF:120,Somebody - A Song\n../music/a%20song.flac\nfile:///music/b.mp3\n",),
    ".xspf": (
        b'<?xml version="1.0" encoding="UTF-8"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track>'
        b"<location>file:///music/a.flac</location><title>A</title><duration>1000</duration></track></trackList></playlist>",
    ),
    ".jspf": (b'{"playlist": {"title": "x", "track": [{"location": ["file:///music/a.flac"], "title": "A"}]}}',),
}


STARTER = json.loads((ROOT / "music_library/starter_model/model.json").read_text("utf-8"))


def rules(text: str) -> None:
    """Rules are read or refused with their line."""
    refused = refusal(lambda: rules_from_yaml(text), RulesError)
    assert refused is None or "line" in refused


def scales(text: str) -> None:
    """Scales are read or refused by their name."""
    refused = refusal(lambda: read_scale(text, source="own.yaml"), DataFileError)
    assert refused is None or "own.yaml" in refused


def tag_tables(content: bytes, scale: str | None) -> None:
    """Tables are read whole, with every number on the plane, or refused by row."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tags.csv"
        file.write_bytes(content)
        refused = refusal(lambda: read_tag_table(file, scale=scale), TagTableError)
        assert refused is None or "tags.csv" in refused
        if refused is None:
            tags = read_tag_table(file, scale=scale).tags
            assert all(-1 <= tag.valence <= 1 and -1 <= tag.arousal <= 1 for tag in tags)


def playlists(suffix: str, data: st.DataObject) -> None:
    """Playlists are read or refused by name."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"list{suffix}"
        file.write_bytes(data.draw(damaged_bytes(PLAYLISTS[suffix])))
        refused = refusal(lambda: read_playlist(file), PlaylistFileError)
        assert refused is None or str(file) in refused


def models(place: Place, new: object, honest: bool) -> None:
    """A changed model is refused, also where its hash was made anew, or answers as the one that was saved."""
    content = changed_at({name: value for name, value in STARTER.items() if name != "sha256"}, place, new)
    if honest and isinstance(content, dict):
        # Written out here, because the room's own hash refuses the infinities that a file may hold.
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        content = {**content, "sha256": hashlib.sha256(text.encode("utf-8")).hexdigest()}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.json"
        file.write_text(json.dumps(content), "utf-8")
        refused = refusal(lambda: model_file.load_model(file), ModelMismatchError)
        assert refused is None or "model.json" in refused


TABLE_BYTES = tuple(table.encode() for table in TABLES)
CHECKS = [
    *quick_and_long(rules, text=damaged_text(RULES)),
    *quick_and_long(scales, text=damaged_text(SCALES)),
    *quick_and_long(tag_tables, content=damaged_bytes(TABLE_BYTES), scale=st.sampled_from([None, "1:9", "-1:1"])),
    *quick_and_long(playlists, suffix=st.sampled_from(sorted(PLAYLISTS)), data=st.data()),
    *quick_and_long(
        models,
        place=st.sampled_from([place for place in places(STARTER) if place != ("sha256",)]),
        new=any_json(),
        honest=st.booleans(),
    ),
]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.timeout(1200)
def test_a_damaged_file_is_read_or_refused_by_name(check: Callable[[], None]):
    check()


KINDS = ("check_in", "song_started", "song_ended", "stopped", "told", "words", "place", "kept", "level", "ended_later",
         "upsetting", "skipped", "asked_again", "message", "upset", "not_mine", "mood_moved")  # fmt: skip
NAMES = ("phase", "values", "missing", "untouched", "song", "track", "from_s", "text", "valence", "arousal", "by", "db",
         "position_s", "screen", "tension", "at")  # fmt: skip
# Half an emoji as a text field may cut it, what databases end a text at, and a number beyond every other.
STRANGE = st.sampled_from(
    ["\ud800", "cut inside \ud83d", "\udc00\ud800", "a\0b", "中" * 90, 10**400, -(10**400), {"\ud800": 1}, [1, [2]]]
)
EVENTS = st.fixed_dictionaries(
    {
        "id": st.from_regex(r"[A-Za-z0-9_-]{8,20}", fullmatch=True) | any_json(),
        "kind": st.sampled_from(KINDS) | any_json(),
        "at": st.just("2026-03-02T10:05:00Z") | st.datetimes().map(datetime.isoformat) | any_json(),
        "values": st.dictionaries(st.sampled_from(NAMES), any_json(NAMES) | STRANGE, max_size=6) | any_json(NAMES),
    }
)


Room = tuple[Clinic, TestClient, str, str]


def a_room(folder: Path) -> Room:
    """A clinic with a session that has just begun, the client's device, and the ids of client and session."""
    clinic = make_clinic(folder / "home", seconds=0.5)
    client_id = clinic.new_client(avoid="", sounds_hurt="no", seizures="no")
    started = clinic.start(client_id=client_id)
    with pytest.MonkeyPatch.context() as patch:
        # A device that says thousands of things in a minute would be told to wait, and nothing more be tried.
        patch.setattr("web.middleware.POSTS_A_MINUTE", 1_000_000_000)
        device = TestClient(clinic.app, base_url=ORIGIN, follow_redirects=False, headers={"Origin": ORIGIN})
        device.get(f"/room/enter/{started.room_token}")
    return clinic, device, client_id, started.session_id


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return a_room(tmp_path_factory.mktemp("clinic"))


def everybody_can_still_read(clinic: Clinic, device: TestClient, client_id: str, session_id: str) -> None:
    record, ada = clinic.record, clinic.actor
    assert device.get("/room/state").status_code == 200
    record.facts(ada, session_id)
    record.session_events(ada, session_id)
    record.messages(ada, read_too=True)
    record.change(ada, session_id)
    record.review(ada, client_id)
    record.plays(ada, client_id)
    record.songs_known(ada, client_id)
    record.upset_forms(ada, client_id)
    assert device.get("/room/about").status_code == 200
    assert record.export_client(ada, client_id).zipped


def say(sent: object) -> None:
    """A device's word is stored or refused, never a fault of the server's."""
    post("/room/events", sent, {200, 400, 413})


def ask(where: str, sent: object) -> None:
    """What a device asks for is done or refused, never a fault of the server's."""
    post(where, sent, {200, 204, 400, 404, 413})


def post(where: str, sent: object, expected: set[int]) -> None:
    # As text: a device may send infinities, which the client of these tests would not.
    answer = ROOM[-1][1].post(where, content=json.dumps(sent), headers={"Content-Type": "application/json"})
    assert answer.status_code in expected, answer.text


ROOM: list[Room] = []


SENT = st.fixed_dictionaries({"events": st.lists(EVENTS, max_size=4)}) | any_json(("events",))


ASKED = ("use", "on", "what", "text", "valence", "arousal", "session")
ASKING = st.dictionaries(
    st.sampled_from(ASKED),
    any_json() | STRANGE | st.sampled_from(["choose_songs", "improve", "removal", "complaint", True, 0.5]),
    max_size=4,
)
ROOM_SAYS = [
    *quick_and_long(say, sent=SENT),
    *quick_and_long(ask, where=st.sampled_from(["/room/about", "/room/ask", "/room/order"]), sent=ASKING | any_json()),
]


@pytest.mark.parametrize("check", ROOM_SAYS)
@pytest.mark.timeout(1200)
def test_whatever_a_device_says_is_stored_or_refused_and_the_record_can_still_be_read(
    room: Room, check: Callable[[], None]
):
    ROOM.append(room)
    check()
    everybody_can_still_read(*room)
