"""Who may have which sound: every asker × every track × every way of asking, and not a byte beyond."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from tests.web.listening import ALTERNATES, KNOWN, LISTED, OPENERS, ORIGIN, OTHER, PASSWORD, Clinic
from web.middleware import ROOM_COOKIE, SESSION_COOKIE

POOL = frozenset({*LISTED, *ALTERNATES, *OPENERS, *KNOWN})
WAYS = (
    ("GET", {}),
    ("GET", {"Range": "bytes=0-99"}),
    ("GET", {"Range": "bytes=-1"}),
    ("GET", {"If-Range": "x", "Range": "bytes=0-"}),
    ("HEAD", {}),
)
# A dot alone is not among them: every device takes it out before it asks, and asks for the track itself.
DISGUISES = ("{id}", "{id}/", "{id}%00", "..%2f{id}", "%2e%2e/audio/{id}", "{id}.wav", "{id}%20", " {id}")


@pytest.fixture
def askers(clinic: Clinic) -> dict[str, dict[str, str]]:
    """Everybody who might ask, by the cookies that they show."""
    record, actor = clinic.record, clinic.actor
    signed_out = record.sign_in("Robin", PASSWORD)
    record.sign_out(signed_out)
    handed_over = record.sign_in("Robin", PASSWORD)
    record.hand_over(handed_over)
    stopped = record.create_account(record.invite(actor, "Cy"), password="a stone by the weir")
    of_stopped = record.sign_in("Cy", "a stone by the weir")
    record.disable_account(actor, stopped.account_id)
    ended = clinic.start(client_id=clinic.new_client(avoid="", sounds_hurt="no", seizures="no"))
    ended_room = record.enter_room(ended.room_token)
    record.end_session(actor, ended.session_id)
    linked = clinic.start(client_id=clinic.new_client(avoid="", sounds_hurt="no", seizures="no"), by_link=True)
    revoked_room = record.open_link(str(linked.link_token), str(linked.pin))
    record.revoke_link(actor, linked.session_id)
    left = clinic.start(client_id=clinic.new_client(avoid="", sounds_hurt="no", seizures="no"), by_link=True)
    left_room = record.open_link(str(left.link_token), str(left.pin))
    record.open_link(str(left.link_token), str(left.pin))
    room = record.enter_room(clinic.start().room_token)
    clinician = record.sign_in("Robin", PASSWORD)
    return {
        "nobody": {},
        "signed out": {SESSION_COOKIE: signed_out},
        "while a client holds the screen": {SESSION_COOKIE: handed_over},
        "stopped account": {SESSION_COOKIE: of_stopped},
        "guess": {SESSION_COOKIE: "A" * 43, ROOM_COOKIE: "A" * 43},
        "swapped": {SESSION_COOKIE: room, ROOM_COOKIE: clinician},
        "ended room": {ROOM_COOKIE: ended_room},
        "revoked room": {ROOM_COOKIE: revoked_room},
        "left room": {ROOM_COOKIE: left_room},
        "unopened door": {ROOM_COOKIE: str(linked.link_token)},
        "room": {ROOM_COOKIE: room},
        "clinician": {SESSION_COOKIE: clinician},
    }


def may_have(who: str, door: str, track_id: str) -> bool:
    """The rule, written down once more: a clinician any track, an open room its pool, nobody anything else."""
    if door == "/audio/":
        return who == "clinician"
    return who == "room" and track_id in POOL


@pytest.mark.parametrize(
    "ways", [pytest.param(WAYS[:1], id="one-way"), pytest.param(WAYS, id="all", marks=pytest.mark.soak)]
)
def test_nobody_has_a_byte_of_sound_beyond_their_own(
    clinic: Clinic,
    askers: dict[str, dict[str, str]],
    ways: tuple[tuple[str, dict[str, str]], ...],
    tell: Callable[[str], None],
):
    wrong: list[str] = []
    asked = 0
    disguises = DISGUISES if len(ways) > 1 else DISGUISES[:1]
    for who, cookies in askers.items():
        with TestClient(clinic.app, base_url=ORIGIN, follow_redirects=False, cookies=cookies) as device:
            tracks = [*clinic.titles, "nobody"]
            for door, track_id, (method, headers) in itertools.product(("/audio/", "/room/audio/"), tracks, ways):
                for disguise in disguises:
                    asked += 1
                    answer = device.request(method, door + disguise.format(id=track_id), headers=headers)
                    is_plain = disguise == "{id}"
                    # What is no address of sound is a page's, and those who are signed in see that: a page's words.
                    words = f"page {unquote(answer.url.path)}" if method == "GET" else ""
                    page = who == "clinician" and not is_plain and answer.text == words
                    page = page and answer.headers.get("content-type", "").startswith("text/plain")
                    has = answer.status_code in {200, 206} and not page
                    allowed = is_plain and track_id in clinic.titles and may_have(who, door, track_id)
                    if has != allowed or (not allowed and answer.content and not page):
                        wrong.append(f"{who} {method} {door}{disguise} {track_id}: {answer.status_code}")
    tell(f"{asked} requests for sound by {len(askers)} askers: {len(wrong)} answered with what is not theirs")
    assert wrong == []


def test_what_is_not_approved_is_in_this_matrix(clinic: Clinic):
    assert OTHER in clinic.titles
    assert OTHER not in POOL
