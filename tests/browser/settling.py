"""When a clinician's page has been drawn: all that was asked of the server is answered, and nothing runs."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page

CALM_FRAMES = 12
"""Frames painted in a row with nothing under way: a busy browser paints fewer a second, so it gets longer."""
LONGEST_MS = 60_000

_COUNT = """(() => {
    if (window.attuneAsked !== undefined) return;
    const Real = window.WebSocket;
    window.attuneAsked = window.attuneAnswered = 0;
    window.WebSocket = class extends Real {
        constructor(...given) {
            super(...given);
            this.addEventListener("message", () => (window.attuneAnswered = window.attuneAsked));
        }
        send(data) {
            window.attuneAsked += 1;
            super.send(data);
        }
    };
})();"""
_CALM = """(frames) => {
    const app = document.querySelector("[data-testid=stApp]");
    const calm =
        document.querySelector("h1") &&
        app?.dataset.testScriptState === "notRunning" &&
        window.attuneAnswered === window.attuneAsked &&
        // Grey places stand where a widget's own script is still on its way.
        !document.querySelector("[data-stale='true'], [data-testid='stSkeleton']");
    const asked = window.attuneAsked;
    const before = window.attuneCalm || { asked: -1, frames: 0 };
    window.attuneCalm = { asked, frames: calm && before.asked === asked ? before.frames + 1 : 0 };
    return window.attuneCalm.frames >= frames;
}"""


def watch(context: BrowserContext) -> None:
    """Count what each page of a context asks of its server and what is answered; before the first page is opened."""
    context.add_init_script(_COUNT)


def settle(page: Page) -> None:
    """Wait until the page has been drawn and nothing runs any more."""
    page.evaluate("() => (window.attuneCalm = undefined)")
    page.wait_for_function(_CALM, arg=CALM_FRAMES, polling="raf", timeout=LONGEST_MS)
