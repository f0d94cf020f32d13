"""Firefox without a driver beside it: it speaks WebDriver BiDi by itself, and this asks for what a few tests need."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

PATIENCE_S = 60.0
PREFERENCES = {
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "app.update.disabledForTesting": True,
    "media.autoplay.default": 1,  # as it comes: no sound before a touch
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}
FIND = """(name) => {
    const is = (one) => one.innerText.trim() === name && one.getClientRects().length;
    const shown = [...document.querySelectorAll("button, a")].find(is);
    if (!shown) return null;
    shown.scrollIntoView({ block: "center" });
    const { left, top, width, height } = shown.getBoundingClientRect();
    return [Math.round(left + width / 2), Math.round(top + height / 2)];
}"""


class Firefox:
    """One window of a Firefox that runs."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.asked = 0
        self.ask("session.new", capabilities={})
        self.context = self.ask("browsingContext.getTree")["contexts"][0]["context"]

    def ask(self, method: str, **params: Any) -> Any:
        """Ask one thing and wait for its answer."""
        self.asked += 1
        self.socket.send(json.dumps({"id": self.asked, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv(timeout=PATIENCE_S))
            if answer.get("id") == self.asked:
                assert answer["type"] == "success", answer
                return answer["result"]

    def goto(self, url: str) -> None:
        self.ask("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """The value of a script, as JSON carries it."""
        said = self.ask(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then((value) => JSON.stringify(value ?? null))",
            target={"context": self.context},
            awaitPromise=True,
        )
        assert said["type"] == "success", said
        return json.loads(said["result"]["value"])

    def press(self, name: str) -> None:
        """Press what says this, once it is there."""
        until = time.monotonic() + PATIENCE_S
        while (at := self.evaluate(f"({FIND})({json.dumps(name)})")) is None:
            assert time.monotonic() < until, f"no {name!r} among {self.evaluate('document.body.innerText')!r}"
            time.sleep(0.05)
        steps = [
            {"type": "pointerMove", "x": at[0], "y": at[1]},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self.act({"type": "pointer", "id": "mouse", "actions": steps})

    def key(self, key: str) -> None:
        """Press a key, as WebDriver names it."""
        steps = [{"type": what, "value": key} for what in ("keyDown", "keyUp")]
        self.act({"type": "key", "id": "keys", "actions": steps})

    def act(self, device: dict[str, Any]) -> None:
        """What a hand does with a mouse or a keyboard."""
        self.ask("input.performActions", context=self.context, actions=[device])


@contextmanager
def running_firefox(program: str, folder: Path, **environment: str) -> Iterator[Firefox]:
    """A Firefox with a profile of its own, ended with everything that it started."""
    profile = folder / "profile"
    profile.mkdir(parents=True)
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines), "utf-8")
    log = folder / "firefox.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [program, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "HOME": str(folder), **environment},
        )
    try:
        until = time.monotonic() + PATIENCE_S
        while not (found := re.search(r"WebDriver BiDi listening on (ws://\S+)", log.read_text("utf-8"))):
            assert process.poll() is None, f"Firefox ended:\n{log.read_text('utf-8')}"
            assert time.monotonic() < until, f"Firefox does not listen:\n{log.read_text('utf-8')}"
            time.sleep(0.05)
        with connect(f"{found[1]}/session", max_size=None) as socket:
            yield Firefox(socket)
    finally:
        process.terminate()
        process.wait(30)
