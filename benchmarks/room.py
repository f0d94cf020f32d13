"""A hundred clients listening at once on one core; how soon the room is painted, what it weighs, when it sounds.

    python -m benchmarks.room [--sessions 100] [--seconds 30] [--out FILE.json]

The server of the rooms (its routes, guard and record; a folder of tones in place of a catalogue) is held to one core,
the clients to the others. Every client enters, answers, plays, tells what happened (a tenth of it twice, as after a
lost answer), is stopped by the therapist and leaves. A failure is any answer that is not a success, a Stop that does
not arrive, or an event that is stored not exactly once. CPU seconds are the server's own; the rest is wall-clock on
whatever else the machine does, and the load stands beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import re
import statistics
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import sqlalchemy as sa
from playwright.sync_api import Page, sync_playwright

from practice.sessions import StartedSession
from tests.browser.conftest import CHROMIUM_FLAGS, running_server
from tests.browser.main_job import make_account, play_for_oneself
from tests.browser.rooms import Rooms, make_rooms, wait_until_heard
from tests.conftest import chromium
from tests.web.listening import Clinic

TOLD_EVERY_S = 4.0
TWICE = 0.1
PAINTS = 10
PRESETS = ("standard", "simple", "calm", "one_switch", "carer")
OUT = Path(__file__).parent / "results" / "room.json"


@dataclass
class Watch:
    """What the clients saw."""

    answers_s: list[float] = field(default_factory=list)
    stops_s: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    sent: dict[str, set[str]] = field(default_factory=dict)

    async def ask(self, client: httpx2.AsyncClient, method: str, path: str, **more: Any) -> httpx2.Response | None:
        """One request, timed; anything but a success is counted."""
        began = time.perf_counter()
        try:
            answer = await client.request(method, path, **more)
        except httpx2.HTTPError as error:
            self.failures[f"{method} {path.split('/')[2]}: {type(error).__name__}"] += 1
            return None
        self.answers_s.append(time.perf_counter() - began)
        if answer.status_code >= 400:
            self.failures[f"{method} {path.split('/')[2]}: {answer.status_code}"] += 1
        return answer


async def listen(
    clinic: Clinic, url: str, started: StartedSession, watch: Watch, *, seconds: float, asked: dict[str, float]
) -> None:
    """One client's session, from the link to the goodbye."""
    rng = random.Random(started.session_id)
    sent = watch.sent.setdefault(started.session_id, set())
    # The server closes a connection that rests for 5 s. A browser asks again where it is just closing; this client does
    # not, so it lets go of its connections before.
    limits = httpx2.Limits(max_connections=6, keepalive_expiry=2)
    async with httpx2.AsyncClient(
        base_url=url, headers={"Origin": url}, timeout=60, limits=limits, trust_env=False
    ) as client:

        async def tell(*kinds: str, **values: Any) -> None:
            events = [
                {"id": uuid.uuid4().hex, "kind": kind, "at": datetime.now(UTC).isoformat(), "values": values}
                for kind in kinds
            ]
            sent.update(event["id"] for event in events)
            for _ in range(2 if rng.random() < TWICE else 1):
                await watch.ask(client, "POST", f"/room/events/{started.session_id}", json={"events": events})

        await asyncio.sleep(rng.random() * 5)
        await watch.ask(client, "GET", f"/room/enter/{started.room_token}", follow_redirects=False)
        page = await watch.ask(client, "GET", "/room?lang=en")
        for address in re.findall(r'(?:src|href)="(/room/[^"]+)"', page.text if page else ""):
            await watch.ask(client, "GET", address.replace("&amp;", "&"))
        await tell("started", "check_in", phase="before", values={"valence": 0.2, "arousal": 0.3})
        stopping = asyncio.create_task(wait_for_stop(client, started.session_id, watch, asked))
        until = time.perf_counter() + seconds
        n = 0
        while time.perf_counter() < until:
            track = ("t1", "t2", "t3")[n % 3]
            await watch.ask(client, "GET", f"/room/audio/{track}", headers={"Range": "bytes=0-65535"})
            await watch.ask(client, "GET", f"/room/audio/{track}")
            await tell("song_started", "place", track=track, n=n + 1)
            n += 1
            await asyncio.sleep(TOLD_EVERY_S)
        asked[started.session_id] = time.perf_counter()
        await asyncio.to_thread(clinic.record.ask_to_stop, clinic.actor, started.session_id)
        if not await stopping:
            watch.failures["Stop did not arrive"] += 1
        await tell("stopped", by="therapist")
        await tell("check_in", phase="after", values={"valence": 0.5, "arousal": 0.3})
        await tell("finished", "ended")
        await watch.ask(client, "POST", "/room/leave", json={"session": started.session_id})


async def wait_for_stop(client: httpx2.AsyncClient, session: str, watch: Watch, asked: dict[str, float]) -> bool:
    """Listen to the server's events until Stop is among them; whether it came."""
    try:
        async with client.stream("GET", "/room/live") as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data:") and json.loads(line[5:])["stop_asked_at"]:
                    watch.stops_s.append(time.perf_counter() - asked[session])
                    return True
    except httpx2.HTTPError as error:
        watch.failures[f"live: {type(error).__name__}"] += 1
    return False


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def stored(home: Path) -> dict[str, Counter[str]]:
    """How often each event of each session is in the record."""
    found: dict[str, Counter[str]] = {}
    with sa.create_engine(f"sqlite:///{home / 'record.db'}").connect() as db:
        for session_id, event_id in db.execute(sa.text("SELECT session_id, id FROM events")):
            found.setdefault(session_id, Counter())[event_id] += 1
    return found


async def everyone(rooms: Rooms, started: list[StartedSession], watch: Watch, *, seconds: float) -> None:
    """All clients at once."""
    asked: dict[str, float] = {}
    await asyncio.gather(
        *(listen(rooms.clinic, rooms.url, one, watch, seconds=seconds, asked=asked) for one in started)
    )


def many_sessions(rooms: Rooms, sessions: int, seconds: float) -> dict[str, Any]:
    """The hundred at once."""
    assert rooms.process is not None
    cores = sorted(os.sched_getaffinity(0))
    for thread in Path(f"/proc/{rooms.process.pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {cores[0]})
    if len(cores) > 1:
        os.sched_setaffinity(0, set(cores[1:]))
    watch = Watch()
    started = [rooms.clinic.start(client_id=rooms.clinic.new_client()) for _ in range(sessions)]
    before_s, began = cpu_s(rooms.process.pid), time.perf_counter()
    asyncio.run(everyone(rooms, started, watch, seconds=seconds))
    took_s, used_s = time.perf_counter() - began, cpu_s(rooms.process.pid) - before_s
    os.sched_setaffinity(0, set(cores))
    found = stored(rooms.clinic.stores.home)
    for session_id, ids in watch.sent.items():
        if found.get(session_id, Counter()) != Counter(ids):
            watch.failures["events not stored exactly once"] += 1
    answers = sorted(watch.answers_s)
    return {
        "sessions": sessions,
        "listening_s": seconds,
        "took_s": round(took_s, 1),
        "requests": len(answers),
        "failures": dict(watch.failures),
        "events_stored": sum(sum(one.values()) for one in found.values()),
        "server_cpu_s": round(used_s, 1),
        "share_of_one_core": round(used_s / took_s, 3),
        "answer_s": {
            "median": round(statistics.median(answers), 4),
            "p99": round(answers[int(0.99 * len(answers))], 3),
        },
        "stop_arrives_s": {
            "median": round(statistics.median(watch.stops_s), 3),
            "slowest": round(max(watch.stops_s), 3),
        },
    }


def paints_and_weight(rooms: Rooms) -> dict[str, Any]:
    """First contentful paint of a fresh profile, and what each preset's room sends before there is sound."""
    paints: list[int] = []
    plain: list[int] = []
    weight: dict[str, dict[str, int]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        for n in range(PAINTS):
            preset = PRESETS[n % len(PRESETS)]
            so_far = len(rooms.sent())
            context = browser.new_context()
            page = context.new_page()
            started = rooms.clinic.start(client_id=rooms.clinic.new_client(), preset=preset)
            rooms.enter(page, started)
            page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            paints.append(first_paint(page))
            sent = rooms.sent()[so_far:]
            weight[preset] = {"bytes": sum(size for _, size in sent), "requests": len(sent)}
            context.close()
            # Beside it the plainest page that there could be, in a fresh profile too: what the machine alone takes.
            context = browser.new_context()
            page = context.new_page()
            page.goto(f"{rooms.url}/room/closed")
            plain.append(first_paint(page))
            context.close()
        browser.close()
    return {"first_paint_ms": sorted(paints), "first_paint_of_a_plain_page_ms": sorted(plain), "weight": weight}


def first_paint(page: Page) -> int:
    """Milliseconds from asking for the page to the first thing that is seen."""
    # Asked again and again from here: the room forbids the script that `wait_for_function` would have made from text.
    found = "performance.getEntriesByName('first-contentful-paint').map((entry) => entry.startTime)"
    give_up_at = time.monotonic() + 30
    while not (painted := page.evaluate(found)):
        if time.monotonic() > give_up_at:
            raise SystemExit(f"{page.url} painted nothing in 30 s: look at the page")
        page.wait_for_timeout(20)
    return round(painted[0])


def seconds_to_sound(folder: Path) -> dict[str, float]:
    """From a new account on an empty home, whose demo music is being made, to music; without a person's thinking."""
    with running_server(folder / "new", "--demo") as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        page = browser.new_page()
        make_account(page, server.link)
        began = time.perf_counter()
        presses = play_for_oneself(page)
        wait_until_heard(page)
        took_s = time.perf_counter() - began
        browser.close()
    return {"presses": presses, "seconds": round(took_s, 1)}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rooms = make_rooms(Path(folder) / "home", seconds=20)
        try:
            seen = paints_and_weight(rooms)
            figures = many_sessions(rooms, given.sessions, given.seconds)
        finally:
            rooms.kill()
        to_sound = seconds_to_sound(Path(folder))
    result = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load": [round(one, 1) for one in os.getloadavg()],
        "at_once": figures,
        "from_account_to_sound": to_sound,
        **seen,
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))
    if figures["failures"]:
        raise SystemExit(f"failures: {figures['failures']}")


if __name__ == "__main__":
    main()
