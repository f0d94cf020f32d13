"""What the guard refuses, and what stands on every answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from settings import Settings
from tests.web.listening import ORIGIN
from web.middleware import BODY_LIMIT, SESSION_COOKIE, RateLimit, allowed_hosts, is_open, limited, streamlit_policy

ROOT = Path(__file__).parents[2]
STREAMLITS = ["/", "/today", "/_stcore/health", "/_stcore/host-config", "/media/abc.wav", "/app/static/x.png",
              "/_stcore/upload_file/a/b", "/component/x/y.js", "/static/js/index.js", "/room/../today"]  # fmt: skip


@pytest.mark.parametrize("path", STREAMLITS)
def test_nothing_of_streamlits_is_answered_without_sign_in(visitor, path):
    answer = visitor.get(path)
    assert answer.status_code in {401, 404}
    assert answer.content == b""


def test_a_person_without_sign_in_is_led_to_it(visitor):
    answer = visitor.get("/today", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_a_signed_in_clinician_reaches_the_pages(clinician):
    assert clinician.get("/today").text == "page /today"


def test_the_websocket_is_refused_without_sign_in(visitor):
    with pytest.raises(WebSocketDisconnect), visitor.websocket_connect("ws://127.0.0.1:8501/_stcore/stream"):
        pass


def test_the_websocket_is_refused_from_another_site(clinician):
    with (
        pytest.raises(WebSocketDisconnect),
        clinician.websocket_connect("ws://127.0.0.1:8501/_stcore/stream", headers={"Origin": "http://evil.example"}),
    ):
        pass


def test_the_websocket_ends_at_the_first_message_after_sign_out(clinic, clinician):
    with clinician.websocket_connect("ws://127.0.0.1:8501/_stcore/stream", headers={"Origin": ORIGIN}) as websocket:
        websocket.send_text("one")
        assert websocket.receive_text() == "one"
        clinic.record.sign_out(clinician.cookies[SESSION_COOKIE])
        websocket.send_text("two")
        with pytest.raises(WebSocketDisconnect):
            websocket.receive_text()


def test_a_strange_host_is_refused(clinic):
    with TestClient(clinic.app, base_url="http://evil.example") as visitor:
        assert visitor.get("/health").status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "localhost:8501", "[::1]:8501"])
def test_its_own_names_are_known(visitor, host):
    assert visitor.get("/health", headers={"Host": host}).json() == {"status": "ok"}


@pytest.mark.parametrize(
    "host", ["", "[", "a]", "evil@127.0.0.1", "127.0.0.1:8501, evil", "127.0.0.1:port", "127.1", "127.0.0.1\\@evil"]
)
def test_what_is_no_host_is_none_of_its_names(visitor, host):
    assert visitor.get("/health", headers={"Host": host}).status_code == 400


def test_hosts_come_from_the_settings():
    settings = Settings(host="0.0.0.0", public_url="https://music.clinic.lan:8443")  # noqa: S104
    assert allowed_hosts(settings) == {"localhost", "127.0.0.1", "::1", "music.clinic.lan"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": ORIGIN}, 403),  # reaches sign-in, which refuses the wrong password
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": f"{ORIGIN}@evil.example"}, 403),
        ({"Origin": f"{ORIGIN}/"}, 403),
        ({"Origin": "ftp://127.0.0.1:8501"}, 403),
        ({"Origin": "http://["}, 403),
        ({}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_only_our_own_pages_may_change_anything(clinic, headers, status):
    with TestClient(clinic.app, base_url=ORIGIN, follow_redirects=False) as visitor:
        answer = visitor.post("/sign-in", data={"name": "Robin", "password": "wrong"}, headers=headers)
        assert answer.status_code == status
        assert ("do not go together" in answer.text) == (headers == {"Origin": ORIGIN})


@pytest.mark.parametrize("path", ["/sign-in", "/help", "/health", "/room", "/today", "/audio/t1"])
def test_security_headers_stand_on_every_answer(visitor, path):
    headers = visitor.get(path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


def test_plain_pages_run_nothing_but_our_own_script(visitor):
    policy = visitor.get("/room").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy


def test_streamlits_pages_run_no_inline_script_but_its_own_by_hash():
    scripts = next(part for part in streamlit_policy().split("; ") if part.startswith("script-src"))
    assert scripts.startswith("script-src 'self' blob: 'sha256-")
    assert "unsafe" not in scripts


def test_no_file_of_the_machine_loosens_streamlit(tmp_path):
    """Neither its agents' door nor pages that frame it are opened by whatever else uses Streamlit on this machine."""
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text(
        "[server]\nenableXsrfProtection = false\nenableCORS = false\n"
        "enableAgentApi = true\nenableStaticServing = true\n"
        '[client]\nallowedOrigins = ["http://evil.example"]\n'
    )
    names = ["enableXsrfProtection", "enableCORS", "enableAgentApi", "enableStaticServing"]
    code = (
        "import json; from streamlit.web import bootstrap; from streamlit import config; import app, settings\n"
        f"names = [*map('server.'.__add__, {names}), 'client.allowedOrigins']\n"
        "before = [config.get_option(name) for name in names]\n"
        "bootstrap.load_config_options(dict(app.streamlit_options(settings.Settings(), 8501)))\n"
        "print(json.dumps([before, [config.get_option(name) for name in names]]))"
    )
    env = os.environ | {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env, cwd=tmp_path
    )
    before, held = json.loads(done.stdout)
    assert before == [False, False, True, True, ["http://evil.example"]]
    assert held == [True, True, False, False, []]


def test_a_body_that_is_too_long_is_refused(visitor):
    assert visitor.post("/room/events", content=b"x" * (BODY_LIMIT + 1)).status_code == 413


@pytest.mark.parametrize("path", ["/sign-in", "/room/events"])
def test_a_body_that_does_not_say_its_length_is_refused_where_it_gets_too_long(clinic, visitor, path):
    visitor.get(f"/room/enter/{clinic.start().room_token}")
    answer = visitor.post(path, content=iter([b"x" * BODY_LIMIT, b"x"]))
    assert (answer.status_code, answer.text) == (413, "That is more than this server takes.")


@pytest.mark.anyio
async def test_a_body_that_hides_its_length_is_cut_off():
    async def endless():
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    receive = limited(endless, 2500)
    assert [(await receive())["type"] for _ in range(3)] == ["http.request", "http.request", "http.disconnect"]


def test_many_posts_at_once_are_refused_and_then_allowed_again():
    rate = RateLimit(10, per_s=60)
    assert [rate.allows("a", now=0.0) for _ in range(11)] == [True] * 10 + [False]
    assert rate.allows("b", now=0.0)
    assert rate.allows("a", now=7.0)
    assert not rate.allows("a", now=7.1)


@pytest.mark.parametrize("path", ["/rooms", "/roomy", "/sign-inn", "/audio/t1", "/healthz", "/sign-in.html", "//room"])
def test_no_path_is_open_because_it_looks_like_one(path):
    assert not is_open(path)
