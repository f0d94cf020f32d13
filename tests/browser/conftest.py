"""A real server on a home of its own, and a real Chromium that looks at it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.rooms import Rooms, make_rooms
from tests.browser.settling import watch
from tests.conftest import chromium
from tests.left_open import left_open  # noqa: F401  # fixture

PATIENCE_MS = 60_000
"""How long anything is waited for: a loaded machine is slow, and only what never comes is wrong."""
expect.set_options(timeout=PATIENCE_MS)

ROOT = Path(__file__).parents[2]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=user-gesture-required",
]


@dataclass
class Server:
    """A running `attune serve`."""

    process: subprocess.Popen[str]
    home: Path
    link: str
    """What it printed: the one-time link on an empty home, else the address."""

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        match = re.match(r"https?://[^/]+", self.link)
        assert match
        return match[0]

    def kill(self) -> None:
        """End it without a chance to say goodbye."""
        self.process.kill()
        self.process.wait(10)


@contextmanager
def running_server(home: Path, *options: str, seconds: float = 90) -> Iterator[Server]:
    """Start `attune serve` on a free port, wait for its link, and end it with everything that it started."""
    log = home.parent / f"{home.name}-server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "cli", "serve", "--port", "0", "--home", str(home), *options],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    try:
        deadline = time.monotonic() + seconds
        while not (match := re.search(r"^\s+(https?://\S+)\s*$", log.read_text("utf-8"), re.M)):
            assert process.poll() is None, f"the server ended:\n{log.read_text('utf-8')}"
            assert time.monotonic() < deadline, f"no link within {seconds} s:\n{log.read_text('utf-8')}"
            time.sleep(0.1)
        yield Server(process, home, match[1])
    finally:
        try:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)
        except ProcessLookupError:
            pass
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        end_jobs(home)


def end_jobs(home: Path) -> None:
    """End what the server started for this home: jobs go on without it on purpose."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().split(b"\0")
            if os.fsencode(home) in command and b"cli" in command:
                os.kill(int(entry.parent.name), signal.SIGKILL)
        except OSError:
            continue  # it ended by itself


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for each module: its event loop would stand in the way of other tests of the same process."""
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Rooms]:
    """Rooms whose server a test may kill."""
    rooms = make_rooms(tmp_path / "home", seconds=12)
    yield rooms
    rooms.kill()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page in a fresh profile; whatever it asked of another host fails the test."""
    contexts: list[BrowserContext] = []
    elsewhere: list[str] = []

    def open_page(**options: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(PATIENCE_MS)
        watch(context)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "request",
            lambda request: (
                elsewhere.append(request.url)
                if not re.match(r"(https?|wss?)://127\.|data:|blob:", request.url)
                else None
            ),
        )
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert elsewhere == [], "a page asked another host"
