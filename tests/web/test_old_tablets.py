"""What a five-year-old tablet runs: the room's scripts and looks use nothing that its browser has never heard of.

The oldest browsers meant are Chrome 86 and Safari 14 of autumn 2020. First versions by MDN's compatibility tables.
"""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

ROOM = files("web.listening_room")
SCRIPTS = sorted(one.name for one in ROOM.iterdir() if one.name.endswith(".js"))
LOOKS = sorted(one.name for one in ROOM.iterdir() if one.name.endswith(".css"))

NEWER_SCRIPT = {
    "logical assignment (ES2021)": r"(\|\||&&|\?\?)=",
    "numeric separator (ES2021)": r"\b\d+_\d",
    "class field or private name (ES2022)": r"\bclass [^{]*\{\s*(static )?#?\w+ ?[=;]|this\.#",
    "static block (ES2022)": r"\bstatic\s*\{",
    "lookbehind (Safari 16.4)": r"\(\?<[=!]",
    "regular expression flag d or v (Safari 15, 17)": r"/[gimsuy]*[dv][gimsuy]*\.(test|exec|match)",
    "top-level await (Safari 15)": r"^(const [^=]*= )?await ",
    "at() (Safari 15.4)": r"\.at\(-?\d",
    "newer of Array and Object": (
        r"\.(findLast|findLastIndex|toSorted|toReversed|toSpliced|with|group|groupBy)\(|Object\.(hasOwn|groupBy)\("
    ),
    "newer of Promise": r"Promise\.(any|withResolvers|try)\(",
    "newer of the browser": r"structuredClone\(|randomUUID|AbortSignal\.(timeout|any)|\bWeakRef\b|scheduler\.",
    "newer of the document": r"\.checkVisibility\(|showPopover|showModal|startViewTransition|requestIdleCallback",
}
ASKED_FIRST = {
    "navigator.wakeLock": r"navigator\.wakeLock\b",
    "navigator.audioSession": r"if \(navigator\.audioSession\)",
    "navigator.mediaSession": r"if \(!outside\) return",
    "navigator.serviceWorker": r"if \(navigator\.serviceWorker\)",
    "BroadcastChannel": r'"BroadcastChannel" in window \?',
    "sendBeacon": r"!navigator\.sendBeacon\) return",
    "EventSource": r"!window\.EventSource\) return",
    "window.AudioContext": r"window\.AudioContext \|\| window\.webkitAudioContext",
}
"""What some browsers lack, and how a script asks before it is used."""

NEWER_LOOK = {
    "inset (Chrome 87, Safari 14.1)": r"[{;\s]inset(-\w+)*:",
    ":is and :where (Chrome 88)": r":(is|where)\(",
    "a list or a path in :not (Chrome 88)": r":not\([^()]*[\s>+~,][^()]*\)",
    "nesting (Chrome 112)": r"&",
    "color-mix and new colours (Chrome 111)": r"color-mix|oklch|oklab|light-dark",
    "container queries (Chrome 105)": r"@container|@layer|@scope|\bcq[wh]\b",
    "aspect-ratio, balance (Chrome 88, 114)": r"aspect-ratio:|text-wrap:",
    "media ranges (Chrome 104)": r"\((width|height) ?[<>]",
    "subgrid (Chrome 117)": r"subgrid",
    "logical shorthands (Chrome 87)": r"(margin|padding|border)-(inline|block):",
    "translate, rotate, scale by themselves (Chrome 104)": r"[{;\s](translate|rotate|scale):",
}
WITH_FALLBACK = {
    "100dvh": r"100vh; min-height: 100dvh",
    "overflow-wrap: anywhere": r"word-break: break-word; overflow-wrap: anywhere",
}
ALONE_ONLY = re.compile(r"[^{}]*:has\([^{}]*\{([^{}]*)\}")
"""A rule with `:has()` is dropped whole by older browsers: it may only colour."""


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", "", text, flags=re.S)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_of_the_room_uses_nothing_newer_than_an_old_tablet(name):
    text = without_comments(ROOM.joinpath(name).read_text("utf-8"))
    found = {what: hit[0] for what, pattern in NEWER_SCRIPT.items() if (hit := re.search(pattern, text, re.M))}
    assert found == {}


@pytest.mark.parametrize("what", ASKED_FIRST)
def test_what_some_browsers_lack_is_asked_for_before_it_is_used(what):
    users = [text for name in SCRIPTS if what in (text := ROOM.joinpath(name).read_text("utf-8"))]
    assert users
    assert any(re.search(ASKED_FIRST[what], text) for text in users)


@pytest.mark.parametrize("name", LOOKS)
def test_a_look_of_the_room_needs_nothing_newer_than_an_old_tablet(name):
    text = without_comments(ROOM.joinpath(name).read_text("utf-8"))
    found = {what: hit[0] for what, pattern in NEWER_LOOK.items() if (hit := re.search(pattern, text))}
    assert found == {}
    for new, pattern in WITH_FALLBACK.items():
        assert text.count(new) == len(re.findall(pattern, text)), f"{new} without what an older browser takes instead"
    for rule in ALONE_ONLY.findall(text):
        said = {line.partition(":")[0].strip() for line in rule.split(";") if line.strip()}
        assert said <= {"border-color", "background"}


@pytest.mark.parametrize("old", ["x ||= 1", "const a = b?.at(-1);", "class A {\n  #b = 1;\n}", "structuredClone(a)"])
def test_the_list_of_newer_things_knows_them(old):
    assert any(re.search(pattern, old, re.M) for pattern in NEWER_SCRIPT.values())
