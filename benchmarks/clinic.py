"""A whole clinic on one server: twelve clinicians at their pages while a hundred clients listen.

    python -m benchmarks.clinic [--clinicians 12] [--listeners 100] [--seconds 40] [--out FILE.json]

`attune serve` as a user starts it, on SQLite. The clinicians are twelve signed-in profiles of a real Chromium, each
going from page to page with a rest of one to four seconds; the clients are those of `room.py`. Server, browser and
clients share the machine's cores, so that waits are upper ends; the server's own CPU stands beside them. A failure is
an answer that is no success, a page that was not drawn within a minute, a Stop that does not arrive, or an event that
is stored not exactly once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from playwright.async_api import Browser, async_playwright
from playwright.async_api import Error as PlaywrightError

from benchmarks.room import Watch, cpu_s, listen, stored
from music_library import Catalogue, scan, starter_model
from music_library.schema import tracks
from practice.sessions import StartedSession
from tests.browser.conftest import CHROMIUM_FLAGS, running_server
from tests.conftest import chromium
from tests.web.listening import PASSWORD, Clinic, make_clinic

OUT = Path(__file__).parent / "results" / "clinic.json"
PAGES = ("", "clients", "start", "groups", "music", "settings")


def wanted_home(home: Path, clinicians: int) -> tuple[Clinic, list[str]]:
    """A home whose tones are in its catalogue under the names of the plans, and the names of those who sign in."""
    clinic = make_clinic(home, seconds=20)
    catalogue = Catalogue.open(home / "catalogue.db")
    scan(catalogue, [home / "music"], model=starter_model())
    with catalogue.engine.begin() as db:
        for number, path in db.execute(sa.select(tracks.c.number, tracks.c.path)).all():
            db.execute(tracks.update().where(tracks.c.number == number).values(id=Path(path).stem))
    catalogue.close()
    names = ["Robin"]
    for number in range(1, clinicians):
        names.append(f"Clinician {number}")
        link = clinic.record.invite(clinic.actor, names[-1])
        clinic.record.create_account(link, names[-1], PASSWORD)
    return clinic, names


async def work(browser: Browser, url: str, name: str, watch: Watch, *, until: asyncio.Event) -> list[float]:
    """One clinician's pages, one after the other, until told to stop; how long each took."""
    rng = random.Random(name)
    took: list[float] = []
    page = await (await browser.new_context()).new_page()
    await page.goto(f"{url}/sign-in", timeout=120_000)
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(lambda address: "sign-in" not in address, timeout=120_000)
    while not until.is_set():
        began = time.perf_counter()
        try:
            await page.goto(f"{url}/{rng.choice(PAGES)}", timeout=60_000)
            await page.get_by_role("heading", level=1).first.wait_for(timeout=60_000)
            await page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
        except PlaywrightError as error:
            watch.failures[f"a clinician's page: {str(error).splitlines()[0][:60]}"] += 1
        else:
            took.append(time.perf_counter() - began)
        await asyncio.sleep(rng.uniform(1, 4))
    return took


async def everybody(
    clinic: Clinic, url: str, names: Sequence[str], started: Sequence[StartedSession], watch: Watch, seconds: float
) -> list[float]:
    """All of them at once; how long the clinicians' pages took."""
    asked: dict[str, float] = {}
    over = asyncio.Event()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        clinicians = [asyncio.create_task(work(browser, url, name, watch, until=over)) for name in names]
        await asyncio.gather(*(listen(clinic, url, one, watch, seconds=seconds, asked=asked) for one in started))
        over.set()
        pages = [took for one in await asyncio.gather(*clinicians) for took in one]
        await browser.close()
    return pages


def measure(folder: Path, clinicians: int, listeners: int, seconds: float) -> dict[str, Any]:
    """Make the home, start the server and let everybody in."""
    clinic, names = wanted_home(folder / "home", clinicians)
    watch = Watch()
    with running_server(folder / "home") as server:
        started = [clinic.start(client_id=clinic.new_client()) for _ in range(listeners)]
        before_s, began = cpu_s(server.process.pid), time.perf_counter()
        pages = sorted(asyncio.run(everybody(clinic, server.url, names, started, watch, seconds)))
        took_s, used_s = time.perf_counter() - began, cpu_s(server.process.pid) - before_s
        locked = (folder / "home-server.log").read_text("utf-8").count("locked")
    found = stored(folder / "home")
    wrong = sum(
        set(found.get(session, {})) != ids or any(n != 1 for n in found[session].values())
        for session, ids in watch.sent.items()
    )
    if wrong:
        watch.failures["events not stored exactly once"] += wrong
    answers = sorted(watch.answers_s)
    return {
        "clinicians": clinicians,
        "listeners": listeners,
        "took_s": round(took_s, 1),
        "failures": dict(watch.failures),
        "database_is_locked": locked,
        "server_cpu_s": round(used_s, 1),
        "pages": len(pages),
        "page_s": {"median": round(statistics.median(pages), 2), "p95": round(pages[int(0.95 * len(pages))], 2)},
        "room_requests": len(answers),
        "room_answer_s": {
            "median": round(statistics.median(answers), 3),
            "p99": round(answers[int(0.99 * len(answers))], 3),
        },
        "events_stored": sum(sum(one.values()) for one in found.values()),
        "stop_arrives_s": {
            "median": round(statistics.median(watch.stops_s), 2),
            "slowest": round(max(watch.stops_s), 2),
        },
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clinicians", type=int, default=12)
    parser.add_argument("--listeners", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), given.clinicians, given.listeners, given.seconds)
    figures["machine"] = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    figures["load"] = [round(one, 1) for one in os.getloadavg()]
    figures["at"] = datetime.now(UTC).isoformat(timespec="seconds")
    given.out.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
