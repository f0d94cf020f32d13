"""When a clinician's page has been drawn: all that was asked of the server is answered, and nothing runs."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page

CALM_FRAMES = 12
"""Frames painted in a row with nothing under way: a busy browser paints fewer a second, so it gets longer."""
LONGEST_MS = 60_000

STILL_FRAMES = 6
"""Frames painted in a row on which nothing moved or grew."""

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


_STILL = """([frames, longest]) => new Promise((done, give_up) => {
    const began = performance.now();
    const size = (one) => `${one.scrollWidth} ${one.scrollHeight} ${one.clientWidth}`;
    // A spinner turns for ever; what fades in ends.
    const moves = (one) => one.playState === "running" && Number.isFinite(one.effect?.getComputedTiming().endTime);
    let before = "", still = 0;
    const look = () => {
        const all = [document.documentElement, document.body, document.querySelector("[data-testid=stMain]")];
        const now = all.filter(Boolean).map(size).join(", ") + innerWidth;
        const rests = document.fonts.status === "loaded" && !document.getAnimations().some(moves);
        still = rests && now === before ? still + 1 : 0;
        before = now;
        if (still >= frames) done();
        else if (performance.now() - began > longest) give_up(new Error(`the page goes on moving: ${now}`));
        else requestAnimationFrame(look);
    };
    look();
})"""


def watch(context: BrowserContext) -> None:
    """Count what each page of a context asks of its server and what is answered; before the first page is opened."""
    context.add_init_script(_COUNT)


def settle(page: Page) -> None:
    """Wait until the page has been drawn and nothing runs any more."""
    page.evaluate("() => (window.attuneCalm = undefined)")
    page.wait_for_function(_CALM, arg=CALM_FRAMES, polling="raf", timeout=LONGEST_MS)


def keep_still(page: Page) -> None:
    """Wait until nothing fades, moves or grows: after another width, or where a screen comes in slowly."""
    # As a promise: the room forbids the script that `wait_for_function` would make from text.
    page.evaluate(_STILL, [STILL_FRAMES, LONGEST_MS])


def resize(page: Page, width: int, height: int) -> None:
    """Another size of the screen, drawn to its end."""
    page.set_viewport_size({"width": width, "height": height})
    keep_still(page)
