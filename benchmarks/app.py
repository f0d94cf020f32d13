"""How long a clinician waits: a plan after a word is chosen, and each page, with a large library and while a scan runs.

    python -m benchmarks.app [--tracks 100000] [--work DIR] [--out FILE.json]

A real server, a real Chromium. A plan's time runs from the press on a word to another first song on the page; a page's
from the address to everything drawn. Wall-clock on whatever else the machine does: the load stands beside each figure.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.open_catalogue import fill
from music_library.catalogue import Catalogue
from practice.record import Record
from tests.browser.conftest import CHROMIUM_FLAGS, running_server
from tests.conftest import chromium
from tests.pictures.states import choose, settle

ROOT = Path(__file__).resolve().parent.parent
NAME, PASSWORD = "Robin", "a long walk by the river"
PAGES = ("", "clients", "start", "groups", "music", "settings")
PAIRS = (("sad", "calm"), ("upset", "settled"), ("tired", "lively"), ("on edge", "content"), ("bored", "happy"))
SR = 22_050


def wanted_home(home: Path, tracks: int) -> str:
    """A home with made-up tracks, an account and a client, made once; gives the client's id."""
    home.mkdir(parents=True, exist_ok=True)
    catalogue = Catalogue.open(home / "catalogue.db")
    if catalogue.count() == 0:
        fill(catalogue, tracks)
    record = Record.open(home / "record.db")
    link = record.first_link()
    if link is None:
        raise SystemExit(f"{home} has an account already: give another --work")
    actor = record.create_account(link, NAME, PASSWORD)
    return record.new_client(actor, agreed_by="client", sounds_hurt="no", seizures="no").id


def music(folder: Path, count: int) -> None:
    """Files worth hearing: a minute of notes each, all different."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    times = np.arange(60 * SR) / SR
    for number in range(count):
        pitches = rng.choice([220.0, 247.0, 262.0, 294.0, 330.0, 392.0], 120)
        tone = np.sin(2 * np.pi * np.repeat(pitches, SR // 2) * times) * np.exp(-4 * (times % 0.5))
        soundfile.write(folder / f"{number:03}.flac", 0.3 * tone + 0.001 * rng.standard_normal(len(times)), SR)


def timed(do: Callable[[], object]) -> float:
    """Seconds that something takes."""
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def plans(page: Page, url: str) -> list[float]:
    """From a press on a word to another list, for each pair of moods."""
    page.goto(f"{url}/start")
    settle(page)
    page.get_by_text("Just trying, keep nothing").first.click()
    settle(page)
    page.get_by_role("radio", name="24", exact=True).click()
    settle(page)
    choose(page, "Now", "low")
    choose(page, "To", "sleepy")
    found = []
    for words in PAIRS:
        for group, word in zip(("Now", "To"), words, strict=True):
            lists = page.locator(".attune-plan")
            before = lists.inner_text()
            button = page.get_by_role("radiogroup", name=group, exact=True).get_by_role("radio", name=word, exact=True)
            began = time.perf_counter()
            button.click()
            expect(lists).not_to_have_text(before, use_inner_text=True, timeout=60_000)
            found.append(time.perf_counter() - began)
            settle(page)
    return found


def pages(page: Page, url: str, client_id: str) -> dict[str, float]:
    """How long each page takes, the slowest of three visits."""
    paths = {name or "today": f"/{name}" for name in PAGES} | {"client": f"/client?client={client_id}"}

    def visit(path: str) -> None:
        page.goto(url + path)
        page.get_by_role("heading", level=1).first.wait_for(timeout=60_000)
        done = "[data-testid=stApp][data-test-script-state=notRunning]"
        page.wait_for_selector(done, timeout=60_000)

    return {
        name: round(max(timed(lambda path=path: visit(path)) for _ in range(3)), 2)  # type: ignore[misc]
        for name, path in paths.items()
    }


@contextmanager
def scanning(home: Path, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A scan in a process of its own, as the pages start one."""
    command = [sys.executable, "-m", "cli", "scan", str(folder), "--home", str(home)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def summary(values: list[float]) -> dict[str, float]:
    """Median, 95 % and largest."""
    return {
        "median": round(statistics.median(values), 2),
        "p95": round(float(np.percentile(values, 95)), 2),
        "max": round(max(values), 2),
    }


def measure(work: Path, tracks: int, files: int) -> dict[str, Any]:
    """Everything, at rest and while a scan runs."""
    home = work / "home"
    client_id = wanted_home(home, tracks)
    music(work / "music", files)
    result: dict[str, Any] = {"tracks": tracks, "files": files}
    with running_server(home, seconds=300) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{server.url}/sign-in")
        page.get_by_label("Name").fill(NAME)
        page.get_by_label("Password").first.fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        settle(page)
        for name in ("at_rest", "while_scanning"):
            if name == "at_rest":
                result[name] = look(page, server.url, client_id)
                continue
            with scanning(home, work / "music") as scan:
                time.sleep(5)
                result[name] = look(page, server.url, client_id)
                if scan.poll() is not None:
                    raise SystemExit("the scan ended before the pages were seen: give it more --files")
        browser.close()
    return result


def look(page: Page, url: str, client_id: str) -> dict[str, Any]:
    """Plans and pages, with the load of the machine."""
    return {"plan_s": summary(plans(page, url)), "pages_s": pages(page, url, client_id), "load": os.getloadavg()[0]}


def main() -> None:
    """Measure and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=100_000)
    parser.add_argument("--files", type=int, default=900, help="files that the scan hears meanwhile")
    parser.add_argument("--work", type=Path, help="a folder for the home; a temporary one if not given")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "app.json")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(given.work or Path(folder), given.tracks, given.files)
    found |= {
        "when": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
    }
    given.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
