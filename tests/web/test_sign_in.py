"""First account, sign-in, sign-out, and the screen that is in a client's hands."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from practice import Record
from settings import Settings
from tests.web.listening import ORIGIN, PASSWORD, Files
from web.middleware import SESSION_COOKIE, middleware
from web.routes import routes
from web.serving import Stores


@pytest.fixture
def empty(tmp_path):
    """A visitor of a clinic without any account, and its one-time link."""
    from starlette.applications import Starlette

    record = Record.open(tmp_path / "record.db")
    stores = Stores(Files(), record, tmp_path, Settings(home=tmp_path, public_url=ORIGIN))
    app = Starlette(routes=routes(stores), middleware=middleware(stores))
    with TestClient(app, base_url=ORIGIN, follow_redirects=False, headers={"Origin": ORIGIN}) as visitor:
        yield visitor, record, record.first_link()


def account(link, **changes):
    return {"link": link, "name": "Robin", "password": PASSWORD, "therapist": "yes"} | changes


def test_the_first_link_shows_the_intended_purpose_and_makes_one_account(empty):
    visitor, record, link = empty
    page = visitor.get("/welcome", params={"link": link}).text
    assert "It has not been assessed as a medical device." in page
    answer = visitor.post("/welcome", data=account(link))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert record.who(visitor.cookies[SESSION_COOKIE]).name == "Robin"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert visitor.post("/welcome", data=account(link, name="Eve")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"therapist": ""}, "Please tick"),
        ({"name": " "}, "Please give a name"),
        ({"password": "short"}, "password needs"),
    ],
)
def test_an_unfinished_form_comes_back_as_it_was(empty, changes, says):
    visitor, record, link = empty
    answer = visitor.post("/welcome", data=account(link, **changes))
    assert answer.status_code == 400
    assert says in answer.text
    assert PASSWORD not in answer.text
    assert record.first_link() is not None


@pytest.mark.parametrize("link", ["", "guess", "../../etc/passwd", "<script>alert(1)</script>"])
def test_a_made_up_link_makes_nothing(empty, link):
    visitor, record, _ = empty
    assert visitor.get("/welcome", params={"link": link}).status_code == 404
    answer = visitor.post("/welcome", data=account(link))
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text
    assert record.first_link() is not None


def test_what_is_typed_comes_back_as_text(empty):
    visitor, _, link = empty
    answer = visitor.post("/welcome", data=account(link, name='"><img src=x onerror=alert(1)>', password="x"))
    assert "<img" not in answer.text
    assert "&quot;&gt;&lt;img" in answer.text


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(visitor):
    answers = [
        visitor.post("/sign-in", data={"name": name, "password": "wrong"}).text.replace(name, "NAME")
        for name in ("Robin", "Nobody")
    ]
    assert answers[0] == answers[1]
    assert SESSION_COOKIE not in visitor.cookies


def test_the_sixth_try_is_locked_out_even_if_it_is_right(visitor):
    for _ in range(5):
        assert visitor.post("/sign-in", data={"name": "Robin", "password": "wrong"}).status_code == 403
    answer = visitor.post("/sign-in", data={"name": "Robin", "password": PASSWORD})
    assert answer.status_code == 429
    assert "Too many tries" in answer.text


def test_sign_out_ends_the_sign_in_on_the_server(clinic, clinician):
    token = clinician.cookies[SESSION_COOKIE]
    assert clinician.post("/sign-out").headers["location"] == "/sign-in?out"
    assert clinic.record.who(token) is None
    assert "You are signed out." in clinician.get("/sign-in?out").text


def test_signing_in_again_ends_the_older_sign_in(clinic, clinician):
    older = clinician.cookies[SESSION_COOKIE]
    clinician.post("/sign-in", data={"name": "Robin", "password": PASSWORD})
    assert clinic.record.who(older) is None
    assert clinic.record.who(clinician.cookies[SESSION_COOKIE]) is not None


def test_a_handed_over_screen_opens_nothing_until_the_password(clinic, clinician):
    client_id = clinic.new_client()
    started = clinic.start(client_id=client_id)
    entered = clinician.get(f"/room/enter/{started.room_token}")
    assert entered.headers["location"] == "/room"
    assert clinician.get("/today").status_code == 401
    assert clinician.get("/audio/t1").content == b""
    assert clinician.get("/sign-in").headers["location"] == "/sign-in/back"
    assert "take it back" in clinician.get("/sign-in/back").text
    assert clinician.post("/sign-in/back", data={"password": "wrong"}).status_code == 403
    assert clinician.get("/today").status_code == 401
    back = clinician.post("/sign-in/back", data={"password": PASSWORD})
    assert back.headers["location"] == f"/after?session={started.session_id}"
    assert clinician.get("/today").status_code == 200


def test_after_a_trial_the_way_back_leads_to_the_first_page(clinic, clinician):
    clinician.get(f"/room/enter/{clinic.start().room_token}")
    assert clinician.post("/sign-in/back", data={"password": PASSWORD}).headers["location"] == "/"
