"""Every page of the clinician's in each of its states: one list for pictures, for axe and for hostile titles."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.settling import settle

ROOT = Path(__file__).parents[2]
CLIENT_PARTS = ("Songs", "Story", "Sessions", "Review", "Goals", "Agreements", "Everything else")
SETTINGS_PARTS = (
    "Loudness", "Help text", "People and cover", "Agreements and retention", "Numbers", "Scales", "Back-up", "Look",
    "Safety", "About",
)  # fmt: skip
TRIAL = "Just trying, keep nothing"
Step = Callable[[Page], None]


@dataclass(frozen=True)
class State:
    """One page in one state: its address, and what is pressed once it is there."""

    name: str
    path: str
    """Ids stand in braces by their names in the clinic."""
    step: Step | None = None

    def show(self, page: Page, url: str, ids: Mapping[str, str]) -> None:
        """Bring the page into this state, from where it stands if that is the same address."""
        address = url + self.path.format_map(ids)
        if page.url != address:
            page.goto(address)
            settle(page)
        if self.step is not None:
            self.step(page)
            settle(page)


def part(name: str) -> Step:
    """Choose a part of a page by its name."""
    return lambda page: page.get_by_role("radio", name=name, exact=True).click()


def press(name: str) -> Step:
    """Press a button."""
    return lambda page: page.get_by_role("button", name=name).first.click()


def unfold(name: str) -> Step:
    """Open what is folded away."""
    return lambda page: page.locator("summary", has_text=name).first.click()


def after(*steps: Step) -> Step:
    """One step after another."""

    def go(page: Page) -> None:
        for step in steps:
            step(page)
            settle(page)

    return go


def choose(page: Page, group: str, word: str) -> None:
    """Choose a word for Now or To."""
    words = page.get_by_role("radiogroup", name=group, exact=True)
    words.get_by_role("radio", name=word, exact=True).click(timeout=60_000)
    settle(page)


def who(name: str) -> Step:
    """Say who is here, on the page that starts a session."""

    def choose_once(page: Page) -> None:
        named = page.get_by_role("radio", name=name, exact=True).or_(page.get_by_role("button", name=name, exact=True))
        if named.first.get_attribute("aria-checked") != "true":  # a second press would take the choice back
            named.first.click()

    return choose_once


def from_sad_to_calm(page: Page) -> None:
    """Place both moods by word."""
    choose(page, "Now", "sad")
    choose(page, "To", "calm")


def typed(label: str, text: str) -> Step:
    """Write into a field and leave it."""

    def go(page: Page) -> None:
        page.get_by_label(label).fill(text)
        page.get_by_label(label).press("Enter")

    return go


def slug(name: str) -> str:
    """A name as part of a file name."""
    return name.lower().replace(" ", "-")


STATES = (
    State("today", "/"),
    State("today-later", "/", unfold("When you have time")),
    State("start", "/start"),
    State("start-new-client", "/start", who("New client")),
    State("start-list", "/start", after(who(TRIAL), from_sad_to_calm)),
    State("start-more", "/start", after(who(TRIAL), press("More: route, rules, loudness"))),
    State("start-ease", "/start", after(who(TRIAL), part("ease (comfort)"), from_sad_to_calm)),
    State("clients", "/clients"),
    *(State(f"client-{slug(name)}", "/client?client={full}", part(name)) for name in CLIENT_PARTS),
    *(State(f"new-client-{slug(name)}", "/client?client={empty}", part(name)) for name in CLIENT_PARTS),
    State("client-two-sessions-review", "/client?client={two}", part("Review")),
    State("client-access", "/client?client={full}", after(part("Everything else"), unfold("Who may open this record"))),
    State("client-ending", "/client?client={full}", after(part("Everything else"), unfold("End this therapy"))),
    State("client-nobody", "/client?client=nobody"),
    State("card", "/card?client={full}"),
    State("plan-draft", "/plan?plan={draft}"),
    State("plan-like", "/plan?plan={draft}", press("More like this")),
    State("plan-approved", "/plan?plan={approved}"),
    State("plan-files", "/plan?plan={approved}", press("Save as a playlist file")),
    State("live", "/live?session={open}"),
    State("live-over", "/live?session={full-5}"),
    State("after", "/after?session={full-5}"),
    State("after-upset", "/after?session={full-5}", unfold("Something upset them")),
    State("after-signed", "/after?session={full-0}"),
    State("groups", "/groups"),
    State("groups-guests", "/groups?group=guests"),
    State("groups-ending", "/groups?group={group}", press("End this group")),
    State("groups-nobody", "/groups?meeting=nobody"),
    State("group", "/groups?group={group}"),
    State("group-bring", "/groups?group={group}", unfold("Who brings a song")),
    State("group-gathers", "/groups?meeting={group-gathers}"),
    State("group-listens", "/groups?meeting={group-listens}"),
    State("group-note", "/groups?meeting={group-note}"),
    State("group-signed", "/groups?meeting={group-signed}"),
    State("move", "/move"),
    State("move-count", "/move", after(who(TRIAL), part("Count steps"))),
    State(
        "move-list",
        "/move",
        after(who(TRIAL), part("Type"), typed("Steps or beats a minute", "100")),
    ),
    State("music", "/music"),
    State("song", "/song?song={song}"),
    State("song-words", "/song?song={song}", unfold("Read the words")),
    State("song-private", "/song?song={private}"),
    State("training", "/training"),
    *(State(f"settings-{slug(name)}", "/settings", part(name)) for name in SETTINGS_PARTS),
    State("settings-erase", "/settings", after(part("Agreements and retention"), unfold("Erase a client's record"))),
    State("settings-sign-ins", "/settings", after(part("People and cover"), unfold("Where you are signed in"))),
    State("settings-restore", "/settings", after(part("Back-up"), unfold("Bring a back-up back"))),
    State("settings-audit", "/settings", after(part("People and cover"), unfold("The audit"))),
)


def page_names() -> list[str]:
    """The address of every page that the navigation names."""
    source = (ROOT / "web" / "clinician" / "navigation.py").read_text("utf-8")
    return ["" if name == "today" else name for name in re.findall(r'^\s+"(\w+)": _page\(', source, re.M)]


def all_states() -> list[State]:
    """Every state; a page that has none of its own yet is shown as it opens."""
    seen = {state.path.partition("?")[0].strip("/") for state in STATES}
    return [*STATES, *(State(name, f"/{name}") for name in page_names() if name not in seen)]
