"""The therapist's Stop and the news of a session, as they travel."""

from __future__ import annotations

import json

import pytest

from practice import Event
from web.live import STREAMS_AT_ONCE, _open_streams, events_as_they_come, room_news, session_news
from web.middleware import ROOM_COOKIE, SESSION_COOKIE


def news_in(text):
    return [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]


def test_the_room_hears_of_a_stop_and_of_the_end(clinic, visitor):
    started = clinic.start(client_id=clinic.new_client())
    visitor.get(f"/room/enter/{started.room_token}")
    token = visitor.cookies[ROOM_COOKIE]
    assert room_news(clinic.record, token) == {"is_open": True, "stop_asked_at": None, "next_asked": None}
    clinic.record.ask_to_stop(clinic.actor, started.session_id)
    assert room_news(clinic.record, token)["stop_asked_at"] is not None
    clinic.record.end_session(clinic.actor, started.session_id)
    assert room_news(clinic.record, token)["is_open"] is False
    assert visitor.get("/room/live").status_code == 404


def test_a_clinician_hears_how_the_session_stands(clinic, clinician):
    started = clinic.start(client_id=clinic.new_client())
    token = clinician.cookies[SESSION_COOKIE]
    assert session_news(clinic.record, token, started.session_id)["songs_started"] == 0
    clinic.record.end_session(clinic.actor, started.session_id)
    answer = clinician.get(f"/live/{started.session_id}")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert [one["is_open"] for one in news_in(answer.text)] == [False]


def test_stop_is_for_the_sessions_own_clinician(clinic, clinician):
    started = clinic.start(client_id=clinic.new_client())
    assert clinician.post(f"/live/{started.session_id}/stop").status_code == 204
    assert clinician.post("/live/nobody/stop").status_code == 404
    assert clinician.get("/live/nobody").status_code == 404
    clinician.post("/sign-out")
    assert clinician.post(f"/live/{started.session_id}/stop").status_code == 401
    assert clinician.get(f"/live/{started.session_id}").content == b""
    assert session_news(clinic.record, "", started.session_id) is None


@pytest.mark.anyio
async def test_one_device_holds_so_many_streams_and_no_more_until_one_ends():
    def ask(whose):
        return events_as_they_come(lambda: {"is_open": True}, of=whose)

    held = [ask("a") for _ in range(STREAMS_AT_ONCE)]
    at_the_same_moment = ask("a")
    for answer in held:
        assert await anext(answer.body_iterator) == 'data: {"is_open": true}\n\n'
    assert ask("a").status_code == 429
    assert ask("b").status_code == 200
    assert [text async for text in at_the_same_moment.body_iterator] == []
    await held.pop().body_iterator.aclose()
    assert ask("a").status_code == 200
    for answer in held:
        await answer.body_iterator.aclose()
    assert not _open_streams


def test_whatever_happens_in_the_room_is_news(clinic, clinician):
    started = clinic.start(client_id=clinic.new_client())
    token = clinician.cookies[SESSION_COOKIE]
    before = session_news(clinic.record, token, started.session_id)
    clinic.record.add_events(started.room_token, [Event("event-0001", "stopped", "2026-01-05T10:00:00Z", {})])
    assert session_news(clinic.record, token, started.session_id) != before


def test_a_therapist_asks_for_another_next_song_and_is_told_which_or_why_not(clinic, clinician):
    started = clinic.start(client_id=clinic.new_client())
    address = f"/live/{started.session_id}"
    refused = clinician.post(f"{address}/different")
    assert (refused.status_code, refused.json()) == (409, {"why": "not_playing"})
    order = [song.id for song in clinic.record.room(started.room_token).songs]
    place = {"screen": "playing", "n": 0, "order": order, "heard": order[:1]}
    told = [("song_started", {"track": order[0]}), ("place", place)]
    now = "2026-01-05T10:00:00Z"
    clinic.record.add_events(
        started.room_token, [Event(f"event-000{n}", kind, now, values) for n, (kind, values) in enumerate(told)]
    )
    asked = clinician.post(f"{address}/different").json()
    assert asked["track_id"] not in order
    assert room_news(clinic.record, started.room_token)["next_asked"]["track"] == asked["track_id"]
    assert clinician.post(f"{address}/closing").json() == {"track_id": order[-1]}
    assert clinician.post("/live/nobody/closing").status_code == 404
    clinician.post("/sign-out")
    assert clinician.post(f"{address}/closing").status_code == 401
