"""The running server: listeners whose connections drop, a server killed under them, and strangers at the door."""

from __future__ import annotations

import http.client
import json
import random
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from music_library.demo.leaving import demo_files, leave_out
from music_library.jobs import Job, running
from practice.record import Record
from practice.schema import events
from tests.browser.conftest import Server, running_server
from tests.practice.conftest import PASSWORD, a_playlist, settled, some_tracks


@dataclass
class Listener:
    """A device in a room of its own: keeps what it has said until the server has acknowledged it."""

    number: int
    door: str
    cookie: str = ""
    waiting: list[dict[str, object]] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)
    dropped: int = 0
    refused: list[str] = field(default_factory=list)


def open_rooms(home: Path, listeners: int) -> list[Listener]:
    """A record with a session for each listener."""
    home.mkdir(parents=True, exist_ok=True)
    record = Record.open(home / "record.db")
    ada = record.create_account(str(record.first_link()), "Ada", PASSWORD)
    made = []
    for number in range(listeners):
        plan = record.draft_plan(ada, settled(record, ada), a_playlist(minutes=60), some_tracks(), model_id="m")
        record.approve(ada, plan.id, present=True)
        made.append(Listener(number, record.start_session(ada, plan.id, with_client=True).room_token))
    record.close()
    return made


def address_of(server: Server) -> tuple[str, int]:
    host, _, port = server.url.removeprefix("http://").partition(":")
    return host, int(port)


def enter(server: Server, listener: Listener) -> None:
    """Open the room, and keep its cookie as a browser does."""
    connection = http.client.HTTPConnection(*address_of(server), timeout=60)
    connection.request("GET", f"/room/enter/{listener.door}")
    answer = connection.getresponse()
    answer.read()
    listener.cookie = str(answer.getheader("set-cookie")).split(";")[0]
    connection.close()


def request_for(server: Server, listener: Listener) -> bytes:
    host, port = address_of(server)
    body = json.dumps({"events": listener.waiting}).encode()
    head = (
        f"POST /room/events HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: http://{host}:{port}\r\n"
        f"Cookie: {listener.cookie}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def hand_in(server: Server, listener: Listener, rng: random.Random) -> None:
    """Send all that waits; some connections drop before, while, or after the server has it."""
    whole = request_for(server, listener)
    drop = rng.random() < 0.3
    begun = time.perf_counter()
    try:
        with socket.create_connection(address_of(server), timeout=60) as connection:
            if drop:
                listener.dropped += 1
                connection.sendall(whole[: rng.choice([len(whole) // 3, len(whole) - 5, len(whole)])])
                return  # closed, and nobody knows what arrived
            connection.sendall(whole)
            answer = b""
            while part := connection.recv(65536):
                answer += part
    except OSError:
        listener.dropped += 1
        return
    if answer.startswith(b"HTTP/1.1 200"):
        listener.took_s.append(time.perf_counter() - begun)
        listener.waiting.clear()
    elif answer:
        listener.refused.append(answer[:200].decode("latin-1"))


def listen(server: Server, listener: Listener, each: int, *, first: int, rng: random.Random) -> None:
    """Say `each` things, one after the other, and hand in whatever has not been acknowledged."""
    for number in range(first, first + each):
        said = {
            "id": f"event-{number:05d}",
            "kind": "level",
            "at": datetime.now(UTC).isoformat(),
            "values": {"db": -12},
        }
        listener.waiting.append(said)
        hand_in(server, listener, rng)
        time.sleep(rng.uniform(0, 0.05))


def all_at_once(server: Server, listeners: list[Listener], each: int, *, first: int, seed: int) -> None:
    threads = [
        threading.Thread(
            target=listen, args=(server, one, each), kwargs={"first": first, "rng": random.Random(seed + one.number)}
        )
        for one in listeners
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def hand_in_the_rest(server: Server, listeners: list[Listener]) -> None:
    """What a device does when it is back: it sends until all is acknowledged."""

    class Steady(random.Random):
        def random(self) -> float:
            return 1.0  # no more drops

    for one in listeners:
        for _ in range(20):
            if not one.waiting:
                break
            hand_in(server, one, Steady())


def stored_events(home: Path) -> tuple[int, int, str]:
    """How many events there are, how many different ones, and whether the file is whole."""
    record = Record.open(home / "record.db")
    with record.engine.connect() as db:
        count = db.execute(sa.select(sa.func.count()).select_from(events)).scalar_one()
        different = len(set(map(tuple, db.execute(sa.select(events.c.session_id, events.c.id)))))
        verdict = str(db.exec_driver_sql("PRAGMA integrity_check").scalar())
    assert record.verify_audit().intact
    record.close()
    return count, different, verdict


STRANGE_PATHS = (
    "/audio/t1", "/room/audio/t1", "/media/t1.wav", "/media/../record.db", "/app/static/t1.wav",
    "/app/static/../../record.db", "/app/static/%2e%2e/%2e%2e/record.db", "/audio/..%2f..%2frecord.db",
    "/room/audio/..%2f..%2frecord.db", "/room/audio/../../record.db", "//audio/t1", "/audio//t1", "/audio/t1/",
    "/audio/t1%00", "/%61udio/t1", "/audio/t1;.js", "/audio/t1?x=/room", "/room/../audio/t1", "/room/%2e%2e/audio/t1",
    "/static/../record.db", "/static/%2e%2e/%2e%2e/record.db", "/static/..%2f..%2fapp.py", "/_stcore/upload_file/a/b",
    "/_stcore/host-config", "/_stcore/message?hash=x", "/component/x/../../../record.db", "/sign-in/../today",
)  # fmt: skip
STRANGE_COOKIES = (
    "", "attune_session=", "attune_session=guess", "attune_room=guess", "attune_session=x; attune_room=x",
    "attune_session=" + "A" * 43, "attune_room=" + "A" * 43, "attune_session=%00; attune_room='", ";;;=;",
)  # fmt: skip


def ask(server: Server, method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    """Ask in so many bytes: nothing tidies the path on its way."""
    connection = http.client.HTTPConnection(*address_of(server), timeout=60)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def strangers(server: Server, cookies: tuple[str, ...], methods: tuple[str, ...]) -> list[str]:
    """Everything that a stranger got anything for."""
    got = []
    for method in methods:
        for path in STRANGE_PATHS:
            for cookie in cookies:
                headers = {"Cookie": cookie, "Range": "bytes=0-99"} if cookie else {}
                status, body = ask(server, method, path, headers)
                if status in {200, 206} or body:
                    got.append(f"{method} {path} {cookie!r}: {status}, {len(body)} bytes")
    return got


def test_a_server_that_is_killed_under_its_listeners_stores_each_answer_once_and_lets_no_stranger_in(tmp_path: Path):
    home = tmp_path / "home"
    listeners = open_rooms(home, 8)
    with running_server(home) as server:
        for one in listeners:
            enter(server, one)
        killer = threading.Timer(0.3, server.kill)
        killer.start()
        all_at_once(server, listeners, 5, first=0, seed=1)
        killer.join()
    assert stored_events(home)[2] == "ok"
    with running_server(home) as server:
        all_at_once(server, listeners, 2, first=5, seed=2)
        hand_in_the_rest(server, listeners)
        assert strangers(server, STRANGE_COOKIES[:4], ("GET",)) == []
    assert stored_events(home) == (8 * 7, 8 * 7, "ok")
    assert [one.refused for one in listeners if one.refused] == []
    assert "locked" not in (home.parent / "home-server.log").read_text("utf-8")


@pytest.mark.soak
def test_fifty_listeners_with_dropped_connections_are_stored_once_and_soon_by_the_running_server(
    tmp_path: Path, tell: Callable[[str], None]
):
    home = tmp_path / "home"
    listeners = open_rooms(home, 50)
    with running_server(home) as server:
        for one in listeners:
            enter(server, one)
        all_at_once(server, listeners, 20, first=0, seed=3)
        hand_in_the_rest(server, listeners)
    took = sorted(seconds for one in listeners for seconds in one.took_s)
    p95 = took[int(len(took) * 0.95)]
    dropped = sum(one.dropped for one in listeners)
    tell(f"50 listeners, 20 events each: {len(took)} acknowledged answers, {dropped} dropped, p95 {p95:.3f} s")
    assert stored_events(home) == (1000, 1000, "ok")
    assert dropped > 100
    assert [one.refused for one in listeners if one.refused] == []
    assert "locked" not in (home.parent / "home-server.log").read_text("utf-8")
    assert p95 < 1.0


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_server_that_is_killed_again_and_again_stores_each_answer_once(tmp_path: Path, tell: Callable[[str], None]):
    home = tmp_path / "home"
    listeners = open_rooms(home, 10)
    rng = random.Random(4)
    for life in range(12):
        with running_server(home) as server:
            if life == 0:
                for one in listeners:
                    enter(server, one)
            killer = threading.Timer(rng.uniform(0.05, 0.6), server.kill)
            killer.start()
            all_at_once(server, listeners, 5, first=5 * life, seed=100 * life)
            killer.join()
        assert stored_events(home)[2] == "ok"
    with running_server(home) as server:
        hand_in_the_rest(server, listeners)
    stored, different, verdict = stored_events(home)
    tell(f"a server killed 12 times under 10 listeners: {stored} answers stored, {different} different, file {verdict}")
    assert (stored, different, verdict) == (10 * 60, 10 * 60, "ok")


@pytest.mark.soak
def test_no_stranger_gets_a_byte_of_sound_or_of_streamlits_files(tmp_path: Path, tell: Callable[[str], None]):
    with running_server(tmp_path / "home") as server:
        got = strangers(server, STRANGE_COOKIES, ("GET", "HEAD"))
    tell(f"{len(STRANGE_PATHS) * len(STRANGE_COOKIES) * 2} requests of strangers, {len(got)} answered")
    assert got == []


def of_session(leader: int) -> list[int]:
    """The processes that a process has started in its own session, itself among them."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session = entry.read_text("utf-8").rpartition(")")[2].split()[:4]
        except OSError:
            continue  # it ended by itself
        if int(session) == leader and state != "Z":
            found.append(int(entry.parent.name))
    return found


def until(true: Callable[[], object], message: str) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, message
        time.sleep(0.05)


def demo_jobs(home: Path) -> list[Job]:
    return [job for job in running(home) if job.kind == "demo"]


@pytest.fixture
def ctrl_c(request: pytest.FixtureRequest) -> Iterator[None]:
    """What Ctrl-C does to whatever is started now, however these tests were started."""
    before = signal.signal(signal.SIGINT, request.param)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("ctrl_c", "how"),
    [
        pytest.param(signal.default_int_handler, signal.SIGINT, id="interrupted"),
        pytest.param(signal.default_int_handler, signal.SIGTERM, id="ended"),
        # A script that starts it in the background has it ignore Ctrl-C, and that is handed down.
        pytest.param(signal.SIG_IGN, signal.SIGKILL, id="killed"),
    ],
    indirect=["ctrl_c"],
)
@pytest.mark.usefixtures("ctrl_c")
def test_the_music_that_is_composed_beside_the_server_ends_with_it(tmp_path: Path, how: signal.Signals) -> None:
    home = tmp_path / "home"
    with running_server(home, "--demo") as server:
        until(lambda: any(job.state == "running" for job in demo_jobs(home)), "nothing is composed")
        with sa.create_engine(f"sqlite:///{home / 'catalogue.db'}").connect() as db:
            composer = db.execute(sa.text("SELECT pid FROM jobs WHERE kind = 'demo'")).scalar_one()
        until(lambda: len(of_session(composer)) > 1, "the pieces are not being made")
        server.process.send_signal(how)
        server.process.wait(60)
        until(lambda: of_session(composer) == [], "the music is still composed")
        assert [job.state for job in demo_jobs(home)] == ["paused"]
    with running_server(home, "--demo") as server:  # and the next start goes on
        until(lambda: any(job.state == "running" for job in demo_jobs(home)), "nothing is composed")


def test_a_server_with_demo_music_leaves_out_what_was_taken_out(tmp_path: Path) -> None:
    home = tmp_path / "home"
    leave_out(home)
    with running_server(home, "--demo") as server:
        connection = http.client.HTTPConnection(*address_of(server), timeout=60)
        connection.request("GET", "/health")
        assert connection.getresponse().status == 200
        connection.close()
        assert demo_jobs(home) == []
        assert demo_files(home) == []
