"""A client's device in front of a running room: what is heard, what is pressed, what was stored."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import Page

from practice.sessions import StartedSession
from tests.web.listening import Clinic, make_clinic

ROOT = Path(__file__).parents[2]
SILENT = 1e-5
HEARD = 1e-3
PATIENCE_S = 60.0
"""How long anything is waited for: a loaded machine is slow, and only what never comes is wrong."""

LEVEL = """() => {
    const { analyser } = window.attunePlayer;
    if (!analyser) return 0;
    const samples = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(samples);
    return Math.hypot(...samples) / Math.sqrt(samples.length);
}"""


WATCH_SILENCE = """() => {
    const level = %s;
    window.watched = { pressed: null, heard: 0 };
    const onPress = () => (watched.pressed ??= performance.now());
    for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, onPress, { capture: true, once: true });
    const timer = setInterval(() => { if (level() >= %s) watched.heard = performance.now(); }, 5);
    watched.stop = () => (clearInterval(timer), watched.heard - watched.pressed);
}""" % (LEVEL, SILENT)  # noqa: UP031 - a script full of braces


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class Rooms:
    """A clinic and the server of its rooms."""

    clinic: Clinic
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self) -> None:
        command = [sys.executable, "-m", "tests.browser.room_server", str(self.clinic.stores.home), str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=1):  # noqa: S310 - our own server
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.05)

    def sent(self) -> list[tuple[str, int]]:
        """What the server has sent so far: address and bytes of each answer, unpacked."""
        lines = (self.clinic.stores.home / "sent.log").read_text("utf-8").splitlines()
        return [(path, int(size)) for path, _, size in (line.rpartition(" ") for line in lines)]

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def enter(self, page: Page, started: StartedSession) -> None:
        page.goto(f"{self.url}/room/enter/{started.room_token}")

    def events(self, session_id: str) -> list[str]:
        """The kinds of a session's stored events, in the order in which they happened."""
        with sa.create_engine(f"sqlite:///{self.clinic.stores.home / 'record.db'}").connect() as db:
            rows = db.execute(
                sa.text("SELECT kind FROM events WHERE session_id = :id ORDER BY at, rowid"), {"id": session_id}
            )
            return [str(row[0]) for row in rows]


def make_rooms(home: Path, **options: object) -> Rooms:
    port = free_port()
    rooms = Rooms(make_clinic(home, public_url=f"http://127.0.0.1:{port}", **options), port)  # type: ignore[arg-type]
    rooms.serve()
    return rooms


def level(page: Page) -> float:
    """The root mean square at the end of the sound graph now."""
    return float(page.evaluate(LEVEL))


def wait_for(claim: Callable[[], bool], *, message: str, seconds: float = PATIENCE_S) -> None:
    """Wait until `claim` holds."""
    until = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < until, message
        time.sleep(0.02)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def wait_until_heard(page: Page) -> None:
    wait_for(lambda: level(page) > HEARD, message="nothing is heard")


def wait_until_silent(page: Page) -> None:
    wait_for(lambda: level(page) < SILENT, message="it goes on sounding")


def silence_after(page: Page, act: Callable[[], None]) -> float:
    """Milliseconds from the press that `act` makes to the last sound, by the page's own clock.

    How long the test itself takes to press and to look is not counted: that is the machine's business.
    """
    page.evaluate(WATCH_SILENCE)
    act()
    wait_until_silent(page)
    return float(page.evaluate("watched.stop()"))


def answer_lines(page: Page, *, valence: int = 15, arousal: int = 30, press_right: bool = True) -> None:
    """Answer the two lines; where nothing else is said, close to where the plan starts."""
    page.locator("[aria-labelledby=line-valence]").fill(str(valence))
    page.locator("[aria-labelledby=line-arousal]").fill(str(arousal))
    if press_right:
        press(page, "This is right")


def watch_screens(page: Page) -> None:
    """Remember every screen from now on, also one that is gone before the test looks."""
    page.evaluate(
        """() => {
            const main = document.getElementById("screen");
            window.seen = [];
            new MutationObserver(() => seen.push(main.className)).observe(main, { attributeFilter: ["class"] });
        }"""
    )


def play(page: Page) -> None:
    """From the first screen of a hand-over to music, without answering anything exactly."""
    if page.get_by_role("button", name="Start", exact=True).count():
        press(page, "Start")
    press(page, "I am not sure")
    press(page, "You choose for me")
    press(page, "Play")
    wait_until_heard(page)
