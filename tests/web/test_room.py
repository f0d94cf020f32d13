"""The listening room's requests: the door, the page, the answers; one room, one cookie."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from recommender.candidates import Candidates
from recommender.constraints import Rules
from recommender.mood import Mood
from tests.web.listening import ORIGIN, OTHER, make_clinic
from web import words
from web.listening_room.language import LANGUAGES
from web.listening_room.looks import style
from web.listening_room.order import new_order
from web.listening_room.scripts import FIRST, LAST, LATER, OWN, literals, script, sentences_said
from web.listening_room.state import match_gain_db
from web.middleware import ANSWERS_COOKIE, ROOM_COOKIE
from web.plain_pages import Html, asset, fill, json_block, squeezed, template
from web.words import sentences


def event(number, kind="note", **values):
    return {"id": f"event-{number:04}", "kind": kind, "at": "2026-01-05T10:00:00Z", "values": values}


def send(visitor, *events):
    return visitor.post("/room/events", json={"events": list(events)})


def state_on(page):
    return json.loads(re.search(r'id="state">(.*?)</script>', page, flags=re.DOTALL)[1])


def test_a_hand_over_works_once(clinic, visitor):
    started = clinic.start()
    assert visitor.get(f"/room/enter/{started.room_token}").headers["location"] == "/room"
    assert visitor.get("/room").status_code == 200
    again = visitor.get(f"/room/enter/{started.room_token}")
    assert again.status_code == 404
    assert "This link has ended" in again.text


def test_a_link_opens_with_its_pin_only_and_five_wrong_ones_end_it(clinic, visitor):
    started = clinic.start(client_id=clinic.new_client(seizures="no", sounds_hurt="no"), with_client=False)
    door = f"/room/enter/{started.link_token}"
    page = visitor.get(door).text
    assert "6 numbers" in page
    assert "/room/style/style-door.css" in page
    wrong = "000000" if started.pin != "000000" else "111111"
    first = visitor.post(door, data={"pin": wrong})
    assert first.status_code == 403
    assert "You have 4 more tries." in first.text
    opened = visitor.post(door, data={"pin": f" {started.pin[:3]} {started.pin[3:]} "})
    assert opened.headers["location"] == "/room"
    assert visitor.get("/room").status_code == 200
    for _ in range(5):
        visitor.post(door, data={"pin": wrong})
    assert "This link has ended" in visitor.post(door, data={"pin": started.pin}).text


def test_the_rooms_cookie_is_kept_from_scripts_and_from_the_clinicians_pages(clinic, visitor):
    cookie = visitor.get(f"/room/enter/{clinic.start().room_token}").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "path=/room" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie


def test_with_tls_cookies_travel_encrypted_only(tmp_path):
    from starlette.testclient import TestClient

    url = "https://music.clinic.lan"
    clinic = make_clinic(tmp_path / "home", seconds=0.1, public_url=url)
    with TestClient(clinic.app, base_url=url, follow_redirects=False) as visitor:
        answer = visitor.get(f"/room/enter/{clinic.start().room_token}")
        assert "secure" in answer.headers["set-cookie"].lower()
        assert "max-age" in answer.headers["strict-transport-security"]


def test_the_page_says_nothing_of_mood_files_or_other_songs(clinic, visitor):
    visitor.get(f"/room/enter/{clinic.start(client_id=clinic.new_client()).room_token}")
    page = visitor.get("/room").text
    for secret in ("valence_sd", str(clinic.stores.home), ".wav", clinic.titles[OTHER][0], "loudness_lufs"):
        assert secret not in page
    state = state_on(page)
    assert state["songs"] == ["t1", "t2", "t3"]
    assert OTHER not in state["tracks"]


def test_a_hostile_title_stays_text_in_the_page(tmp_path):
    from starlette.testclient import TestClient

    from tests.web.listening import ORIGIN, TITLES

    hostile = "</script><script>alert(1)</script><!-- & ‮"
    clinic = make_clinic(tmp_path / "home", seconds=0.1, titles=TITLES | {"t1": (hostile, hostile)})
    with TestClient(clinic.app, base_url=ORIGIN, follow_redirects=False) as visitor:
        visitor.get(f"/room/enter/{clinic.start().room_token}")
        page = visitor.get("/room").text
        assert "<script>alert" not in page
        assert state_on(page)["tracks"]["t1"]["title"] == hostile


def test_events_are_stored_once_and_answers_arrive(clinic, visitor):
    client_id = clinic.new_client()
    visitor.get(f"/room/enter/{clinic.start(client_id=client_id).room_token}")
    check_in = event(
        1, "check_in", phase="before", values={"valence": 0.2, "arousal": None}, missing={"arousal": "not_sure"}
    )
    assert send(visitor, check_in, event(2)).json()["new"] == 2
    assert send(visitor, check_in, event(2), event(3)).json()["new"] == 1
    (session,) = clinic.record.sessions(clinic.actor, client_id)
    said = {answer.item: (answer.number, answer.missing) for answer in session.answers}
    assert said == {"valence": (0.2, None), "arousal": (None, "not_sure")}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"events":[{"id":"x"}]}',
        b'{"events":[{"id":"x","kind":"K","at":"y","values":{}}]}',
        b"\xff",
        b'{"events":' + b"[" * 30_000,
        b'{"events":[{"id":"event-01","kind":"told","at":"2026-03-02T10:05:00Z","values":{"n":'
        + b"9" * 5_000
        + b"}}]}",
    ],
)
def test_what_is_no_event_is_refused(clinic, visitor, body):
    visitor.get(f"/room/enter/{clinic.start().room_token}")
    assert visitor.post("/room/events", content=body).status_code == 400


def test_without_the_rooms_cookie_nothing_is_there(clinic, visitor):
    clinic.start()
    assert visitor.get("/room").status_code == 404
    assert visitor.get("/room/state").content == b""
    assert send(visitor, event(1)).status_code == 404


def test_after_leaving_the_device_knows_nothing_of_the_session(clinic, visitor):
    visitor.get(f"/room/enter/{clinic.start().room_token}")
    visitor.post("/room/leave")
    assert ROOM_COOKIE not in visitor.cookies
    assert "close this page" in visitor.get("/room/closed").text
    assert visitor.get("/room").status_code == 404


def test_the_first_room_of_any_preset_waits_for_no_file_to_be_read(clinic):
    read = (sentences, template, asset, literals)
    for one in (*read, script, style):
        one.cache_clear()
    with TestClient(clinic.app, base_url=ORIGIN, headers={"Origin": ORIGIN}) as device:
        missed = [one.cache_info().misses for one in read]
        for preset in ("standard", "simple", "calm", "one_switch", "carer"):
            for language in LANGUAGES:
                started = clinic.start(client_id=clinic.new_client(), preset=preset)
                page = device.get(f"/room/enter/{started.room_token}", headers={"Accept-Language": language})
                assert page.status_code == 200
                for address in re.findall(r'(?:src|href)="(/room/[^"]+)"', page.text):
                    assert device.get(address.replace("&amp;", "&")).status_code == 200
    assert [one.cache_info().misses for one in read] == missed


def test_help_needs_nothing_at_all(visitor):
    for path in ("/help", "/room/help"):
        page = visitor.get(path).text
        assert "tel:999" in page
        assert "116 123" in page


@pytest.mark.parametrize(
    ("lufs", "peak", "gain"),
    [(-18, -6, 0), (-8, 0, -10), (None, None, -8), (-30, -14, 12), (-30, None, 2), (-24, -1, 3)],
)
def test_songs_are_matched_to_minus_18_without_passing_minus_1_dbtp(lufs, peak, gain):
    assert match_gain_db(lufs, peak, limit_db=-3) == pytest.approx(gain)


ROOMS_WORDS = ("listening_room.", "group_room.", "move_room.", "slots_room.")


def of_the_room(language):
    """Every sentence that a client can read, in a language alone: nothing of another one fills a gap."""
    return {key: text for key, text in sentences(language).items() if key.startswith(ROOMS_WORDS)}


def test_all_that_a_part_of_the_room_says_of_its_own_is_among_the_rooms_words():
    own = {file.stem for file in (Path(words.__file__).parent / "en").glob("*_room.yaml")}
    assert {f"{name}." for name in own} == set(ROOMS_WORDS)
    assert {name.removesuffix("_room") for name in own} - {"listening"} <= {*OWN, *LATER}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "parts",
    [
        ("lines", "standard"),
        ("lines", "strain", "calm"),
        ("lines", "calm"),
        ("in_words", "scan"),
        ("carer",),
        ("lines", "standard", "slots"),
        ("lines", "standard", "move"),
        ("lines", "in_words", "carer", "scan", "group"),
        *((one,) for one in LATER),
    ],
)
def test_every_sentence_that_a_script_says_comes_with_it_in_every_language(parts, language):
    every = parts if parts[0] in LATER else (*FIRST, *parts, LAST)
    source = b"\n".join(asset("web.listening_room", f"{name}.js") for name in every).decode()
    said = set(re.findall(r'(?:say|para|title|button)\("([a-z0-9_]+[a-z0-9])"', source))
    assert len(said) > 15
    come = sentences_said(every, language)
    assert said <= set(come)
    assert set(come.values()) <= set(of_the_room(language).values())


@pytest.mark.parametrize("language", ["en", "cy"])
def test_no_sentence_of_the_scripts_is_left_unsaid(language):
    """Each sentence that only a script could say reaches some room."""
    on_pages = ("door_", "help_", "closed_", "back_", "late_", "not_ready_", "day_", "offline_reload", "about_code")
    lone = {"lang", "product", "no_script", "ended_text", "say_no"}
    names = {key.partition(".")[2] for key in sentences("en") if key.startswith("listening_room.")}
    reached = set(sentences_said((*FIRST, *OWN, LAST, *LATER), language))
    assert {one for one in names - reached if not one.startswith(on_pages)} <= lone


def test_a_script_that_nobody_wrote_is_not_there(visitor):
    for name in (
        "lines-other",
        "after-lines",
        "lines-lines",
        "calm-lines",
        "calm-style",
        "simple",
        "..",
        "start",
        "routes",
        "",
    ):
        assert visitor.get(f"/room/script/{name}.js").status_code == 404
        assert visitor.get(f"/room/style/{name}.css").status_code == 404
        assert visitor.get(f"/room/offline/{name}.js").status_code == 404


def test_scripts_are_squeezed_without_touching_what_they_say():
    source = 'const a = { b: "x , { y }", c: `1 ; 2` }; // why\n  // a comment\n\n  if (a && b) {\n    c("//");\n  }\n'
    assert squeezed(source, "js") == 'const a={b:"x , { y }",c:`1 ; 2`};if(a&&b){c("//")}'
    look = (
        "/* why */\na :is(b, c) > d { width: calc(1rem + 2px); }\n@media (max-width: 3rem) and (color) { e { f: g } }\n"
    )
    assert squeezed(look, "css") == (
        "a :is(b,c) > d{width:calc(1rem + 2px)}@media (max-width:3rem) and (color){e{f:g}}"
    )


def test_clients_sentences_are_short_and_calm():
    for key, text in of_the_room("en").items():
        for sentence in re.split(r"(?<=[.?!]) ", text):
            assert len(sentence.split()) <= 12, f"{key}: {sentence}"
        assert "!" not in text, key
        assert " should " not in text, key


def test_a_template_that_names_what_is_not_there_is_an_error():
    with pytest.raises(KeyError):
        fill("web.sign_in", "message.html", namespace="sign_in", title="x")


def test_data_in_a_page_cannot_end_its_script():
    assert json_block({"a": "</script>&"}) == Html('{"a":"\\u003c/script\\u003e\\u0026"}')


def test_a_check_in_is_answered_with_whether_the_mood_has_moved(clinic, visitor):
    visitor.get(f"/room/enter/{clinic.start(client_id=clinic.new_client()).room_token}")
    near, far = {"valence": 0.15, "arousal": 0.3}, {"valence": 0.9, "arousal": 0.9}
    assert send(visitor, event(1, "check_in", phase="before", values=near)).json() == {"new": 1, "mood_moved": False}
    visitor.get(f"/room/enter/{clinic.start(client_id=clinic.new_client()).room_token}")
    assert send(visitor, event(2, "check_in", phase="before", values=far)).json() == {"new": 1, "mood_moved": True}


def test_answers_reach_their_own_session_also_from_another_room(clinic, visitor):
    first = clinic.start(client_id=clinic.new_client())
    second = clinic.start(client_id=clinic.new_client())
    for started in (first, second):
        visitor.get(f"/room/enter/{started.room_token}")
    late = event(1, "words", text="said before the battery was empty")
    for _ in range(2):
        answer = visitor.post(f"/room/events/{first.session_id}", json={"events": [late]})
    assert answer.json() == {"new": 0}
    kinds = [
        [one.kind for one in clinic.record.session_events(clinic.actor, started.session_id)]
        for started in (first, second)
    ]
    assert kinds == [["words"], []]
    visitor.post("/room/leave", json={"session": first.session_id})
    assert visitor.post(f"/room/events/{first.session_id}", json={"events": [late]}).status_code == 404


@pytest.mark.parametrize("session", ["", "../x", "a;path=/", "中", 3, None])
def test_leaving_names_a_session_or_nothing(clinic, visitor, session):
    visitor.get(f"/room/enter/{clinic.start().room_token}")
    answer = visitor.post("/room/leave", json={"session": session})
    assert answer.status_code == 200
    assert [one for one in answer.headers.get_list("set-cookie") if one.startswith(ANSWERS_COOKIE)] == []


def test_a_late_link_says_for_which_day_it_was(clinic, visitor):
    now = datetime(2026, 1, 6, 10, tzinfo=UTC)  # a Tuesday
    clinic.record.now = lambda: now
    client_id = clinic.new_client(seizures="no", sounds_hurt="no")
    started = clinic.start(client_id=client_id, with_client=False)
    door = f"/room/enter/{started.link_token}"
    assert visitor.get(door).status_code == 200
    clinic.record.now = lambda: now + timedelta(hours=3)
    page = visitor.get(door)
    assert page.status_code == 404
    assert "This session was for Tuesday. Your therapist can make a new one." in page.text
    assert "6 numbers" not in page.text
    clinic.record.end_session(clinic.actor, started.session_id)
    assert "This link has ended." in visitor.get(door).text


def test_a_list_that_is_being_changed_does_not_open(clinic, visitor):
    client_id = clinic.new_client(seizures="no", sounds_hurt="no")
    started = clinic.start(client_id=client_id, with_client=False)
    door = f"/room/enter/{started.link_token}"
    session = clinic.record.session(clinic.actor, started.session_id)
    clinic.change_plan(session.plan_id)
    page = visitor.get(door)
    assert "Your therapist has not finished this list yet." in page.text
    assert visitor.post(door, data={"pin": started.pin}).status_code == 404


def test_help_leads_back_to_where_one_came_from(visitor):
    came_from = {"Referer": "http://127.0.0.1:8501/room/enter/abc?x=1"}
    assert 'href="/room/enter/abc"' in visitor.get("/room/help", headers=came_from).text
    for elsewhere in (
        "http://evil.example/x",
        "http://127.0.0.1:8501/room/help",
        "http://127.0.0.1:8501//evil",
        "http://127.0.0.1:8501/\\evil",
        "http://[",
        "//x",
        "",
    ):
        assert 'class="button" href="/room"' in visitor.get("/room/help", headers={"Referer": elsewhere}).text


def test_what_answers_for_a_dead_server_holds_help_and_nothing_of_a_client(clinic, visitor):
    client_id = clinic.new_client()
    visitor.get(f"/room/enter/{clinic.start(client_id=client_id).room_token}")
    answer = visitor.get("/room/offline/style-calm.js")
    assert answer.headers["service-worker-allowed"] == "/room"
    assert answer.headers["cache-control"] == "no-store"
    assert "tel:999" in answer.text
    assert "Your answers are safe on this device." in answer.text
    client = clinic.record.client(clinic.actor, client_id)
    for secret in (client.code, client.sign, *(title for title, _ in clinic.titles.values())):
        assert secret not in answer.text


@pytest.fixture
def own_room(clinic, visitor):
    """A client's device in their room, and the client's id."""
    client_id = clinic.new_client()
    visitor.get(f"/room/enter/{clinic.start(client_id=client_id).room_token}")
    return visitor, client_id


def test_a_client_sees_and_saves_what_is_kept_about_them(clinic, own_room):
    visitor, client_id = own_room
    values, missing = {"valence": 0.25, "arousal": None}, {"arousal": "not_sure"}
    check_in = event(1, "check_in", phase="before", values=values, missing=missing)
    send(visitor, check_in, event(2, "song_started", track="t2", n=1), event(3, "words", text="soft\nand slow"))
    (session,) = visitor.get("/room/about").json()["sessions"]
    assert [song["title"] for song in session["songs"]] == ["Grey Morning"]
    assert {(answer["item"], answer["number"]) for answer in session["answers"]} == {
        ("valence", 0.25),
        ("arousal", None),
    }
    copy = visitor.get("/room/about/copy")
    assert "attachment" in copy.headers["content-disposition"]
    assert clinic.record.client(clinic.actor, client_id).code in copy.text
    assert "before: valence 25" in copy.text
    assert "“soft and slow”" in copy.text


def test_a_client_turns_a_use_on_and_off_in_one_touch(clinic, own_room):
    visitor, client_id = own_room
    for is_on in (True, False):
        assert visitor.post("/room/about", json={"use": "improve", "on": is_on}).status_code == 204
        assert clinic.record.agrees(clinic.actor, client_id, "improve") is is_on
        assert visitor.get("/room/about").json()["uses"]["improve"] is is_on


def test_a_client_asks_for_notes_removal_and_complains(clinic, own_room):
    visitor, _ = own_room
    for what, text in (("notes", ""), ("removal", ""), ("complaint", "too loud")):
        assert visitor.post("/room/ask", json={"what": what, "text": text}).status_code == 204
    asked = {(one.kind, one.text) for one in clinic.record.requests(clinic.actor)}
    assert asked == {("notes", ""), ("removal", ""), ("complaint", "too loud")}


@pytest.mark.parametrize("where", ["/room/about", "/room/ask"])
def test_a_body_that_is_nested_without_end_is_refused(own_room, where):
    assert own_room[0].post(where, content=b'{"use":' + b"[" * 30_000).status_code == 400


@pytest.mark.parametrize("said", [{}, {"use": "all", "on": True}, {"use": "improve", "on": "yes"}, [1]])
def test_a_use_that_does_not_exist_is_not_changed(own_room, said):
    assert own_room[0].post("/room/about", json=said).status_code == 400


def test_nobody_else_sees_or_decides(clinic, visitor):
    clinic.start(client_id=clinic.new_client())
    assert visitor.get("/room/about").content == b""
    assert visitor.get("/room/about/copy").content == b""
    assert visitor.post("/room/about", json={"use": "improve", "on": True}).status_code == 404
    assert visitor.post("/room/ask", json={"what": "notes"}).status_code == 404


def test_the_site_says_what_stands_under_help(clinic, visitor):
    record, actor = clinic.record, clinic.actor
    record.write_site_text(actor, "nation", "northern_ireland")
    record.write_site_text(actor, "sees_children", "yes")
    page = visitor.get("/help").text
    assert 'href="tel:08088088000"' in page
    assert 'href="tel:08001111"' in page
    assert "NHS 111" not in page
    assert 'href="sms:85258"' in page


def test_welsh_has_every_sentence():
    english, welsh = set(of_the_room("en")), set(of_the_room("cy"))
    assert welsh - english == {"listening_room.help_mark"}
    assert english <= welsh


def test_the_welsh_help_text_is_marked_and_the_english_stands_below_it(clinic, visitor):
    visitor.get(f"/room/enter/{clinic.start().room_token}")
    for path in ("/room?lang=cy", "/room/help?lang=cy", "/room/offline/style.js?lang=cy"):
        page = visitor.get(path).text.replace('\\"', '"')
        welsh, mark, english = page.partition("(needs a human translation)")
        assert "ffoniwch <a" in welsh
        assert mark
        assert '<div lang="en">' in english
        for number in ("tel:999", "tel:116123", "sms:85258", "tel:111"):
            assert number in welsh
            assert number in english
    assert "needs a human translation" not in visitor.get("/room/help?lang=en").text


def test_a_translation_fills_the_same_places():
    english, welsh = sentences("en"), sentences("cy")
    for key, text in welsh.items() - {("listening_room.help_mark", welsh["listening_room.help_mark"])}:
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", english[key])), key


def test_the_device_or_the_choice_on_the_first_screen_decide_the_language(clinic, visitor):
    visitor.get(f"/room/enter/{clinic.start().room_token}")
    page = visitor.get("/room", headers={"Accept-Language": "cy-GB,en;q=0.5"}).text
    assert '<html lang="cy">' in page
    address = re.search(r'src="(/room/script/[^"]+)"', page)[1].replace("&amp;", "&")
    assert 'stop:"Stopio"' in visitor.get(address).text
    assert 'id="help-text" role="main" lang="cy"' in page
    assert '<html lang="cy">' in visitor.get("/room?lang=cy").text
    assert '<html lang="cy">' in visitor.get("/room").text
    assert '<html lang="en">' in visitor.get("/room?lang=en").text
    assert '<html lang="en">' in visitor.get("/room?lang=../../etc").text


def library_of(room, *, n_others=40):
    """The room's songs from low to high in feeling, and others that would fit better."""
    ids = np.array([*sorted({song.id for song in (*room.songs, *room.pool)}), *(f"other{n}" for n in range(n_others))])
    n = len(ids)
    return Candidates(
        ids=ids,
        valence=np.where(np.char.startswith(ids, "other"), 0.5, np.linspace(-0.8, 0.6, n)).astype(np.float32),
        arousal=np.full(n, -0.5, np.float32),
        valence_sd=np.full(n, 0.2, np.float32),
        arousal_sd=np.full(n, 0.2, np.float32),
        duration_s=np.full(n, 160, np.float32),
        tempo_bpm=np.full(n, 90, np.float32),
        key=np.zeros(n, np.int8),
        loudness_lufs=np.full(n, -18, np.float32),
        artist=np.arange(n, dtype=np.int32),
        song=np.arange(n, dtype=np.int32),
        titles=tuple(ids.tolist()),
    )


def test_a_new_order_holds_approved_songs_only_and_starts_where_the_client_is(clinic):
    token = clinic.start(client_id=None).room_token
    room = clinic.record.room(token)
    approved = {song.id for song in room.songs} | set(room.replan) | set(room.openers) | {"a1", "a2"}
    order = new_order(library_of(room), clinic.record, token, room, Mood(0.5, -0.5))
    assert order
    assert set(order) <= approved
    assert len(set(order)) == len(order)


@pytest.mark.parametrize("agrees", [True, False])
def test_a_new_order_hears_the_songs_as_the_first_plan_did(clinic, monkeypatch, agrees):
    """What was planned for their ears is planned anew for their ears; for everyone's where they do not agree."""
    from recommender import planner
    from recommender.personal import Axis, Listener, as_heard_by

    token = clinic.start(client_id=None).room_token
    room = clinic.record.room(token)
    library = library_of(room)
    listener = Listener(Axis(0.1, 1.0), Axis(-0.25, 1.0), (0.0, 0.4, 0.0), 12) if agrees else None
    monkeypatch.setattr(clinic.record, "room_planning", lambda *_: (Rules(), listener))
    asked = []
    plan = planner.plan
    monkeypatch.setattr(planner, "plan", lambda *given: asked.append(given) or plan(*given))
    new_order(library, clinic.record, token, room, Mood(0.5, -0.5))
    (songs, _, rules) = asked[0]
    expected = as_heard_by(library, listener) if listener else library
    at = [expected.position_of[one] for one in songs.ids.tolist()]
    for name in ("valence", "arousal", "valence_sd", "arousal_sd"):
        assert getattr(songs, name).tolist() == getattr(expected, name)[at].tolist()
    assert bool(rules.liking) is agrees


def test_a_new_order_keeps_the_plans_holds_and_obeys_its_limits(clinic, monkeypatch):
    from recommender import planner

    token = clinic.start(client_id=None).room_token
    room = clinic.record.room(token)
    room = replace(room, request=replace(room.request, hold_target=0.4, pace=2.0, wind_down=0.2, route="direct"))
    banned = room.songs[0].id
    monkeypatch.setattr(clinic.record, "room_planning", lambda *_: (Rules(vetoes=frozenset({banned})), None))
    asked = []
    plan = planner.plan
    monkeypatch.setattr(planner, "plan", lambda *given: asked.append(given) or plan(*given))
    order = new_order(library_of(room), clinic.record, token, room, Mood(0.5, -0.5))
    assert asked[0][1] == replace(room.request, present=Mood(0.5, -0.5))
    assert banned not in order
    stay = replace(room, request=replace(room.request, route="stay"))
    new_order(library_of(room), clinic.record, token, stay, Mood(0.5, -0.5))
    assert asked[1][1].route == "iso"


def test_only_a_client_on_their_own_gets_a_new_order(clinic, visitor):
    visitor.get(f"/room/enter/{clinic.start(client_id=clinic.new_client()).room_token}")
    assert visitor.post("/room/order", json={"valence": 0.5, "arousal": 0.5}).status_code == 404


def test_guessing_links_is_stopped_after_five_bad_ones(clinic, visitor):
    bad = [visitor.get(f"/room/enter/guess{n}").status_code for n in range(6)]
    assert bad == [404] * 5 + [429]
    assert visitor.get(f"/room/enter/{clinic.start().room_token}").status_code == 429


def test_opening_a_clients_link_again_and_again_is_no_guessing(clinic, visitor):
    client_id = clinic.new_client(seizures="no", sounds_hurt="no")
    door = f"/room/enter/{clinic.start(client_id=client_id, with_client=False).link_token}"
    assert [visitor.get(door).status_code for _ in range(7)] == [200] * 7


def test_a_link_that_has_ended_may_be_tried_again_and_again_before_the_new_one(clinic, visitor):
    client_id = clinic.new_client(seizures="no", sounds_hurt="no")
    old = clinic.start(client_id=client_id, with_client=False)
    clinic.record.revoke_link(clinic.actor, old.session_id)
    for _ in range(7):
        assert visitor.get(f"/room/enter/{old.link_token}").status_code == 404
        assert visitor.post(f"/room/enter/{old.link_token}", data={"pin": old.pin}).status_code == 404
    new = clinic.start(client_id=client_id, with_client=False)
    assert visitor.post(f"/room/enter/{new.link_token}", data={"pin": new.pin}).status_code == 303


def test_where_nobody_knows_whether_sounds_hurt_it_starts_quietly(clinic, visitor):
    for said, sound in ({"sounds_hurt": "no", "seizures": "no"}, (-12, -3, 3)), ({}, (-24, -10, 10)):
        visitor.get(f"/room/enter/{clinic.start(client_id=clinic.new_client(**said)).room_token}")
        told = state_on(visitor.get("/room").text)["sound"]
        assert (told["start_db"], told["limit_db"], told["fade_in_s"]) == sound
