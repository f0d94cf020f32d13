"""The licences of everything that Attune installs: `make licences` writes docs/reference/licences.md anew."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/reference/licences.md"
PERMISSIVE = re.compile(r"\b(MIT|MIT-0|MIT-CMU|BSD|0BSD|Apache|ISC|PSF|Python|Zlib|HPND|Unlicense|CC0|BSL)\b", re.I)
# Where the metadata says nothing, or not all of it: read in the project's own LICENSE file.
READ_BY_HAND = {"sqlcipher3": "Zlib", "axe-playwright-python": "MIT"}
# Libraries under a copyleft licence of their own. Attune imports them as they are and changes nothing in them.
NAMED = {
    "pebble": "killable workers; LGPL covers the library, not what imports it",
    "soxr": "resampling below librosa; LGPL, as above",
    "certifi": "a list of certificates, brought by Streamlit; MPL covers its own files",
    "psycopg": "only with the extra postgres; LGPL, as above",
    "psycopg-binary": "only with the extra postgres; LGPL, as above",
    "mutagen": "only with the extra write-tags; GPL: whoever hands on Attune with it hands on both under the GPL",
}
_HEAD = """\
# Licences

What Attune installs, with the licence that each library's own metadata names (`make licences` writes this page; a test
compares it with what is locked). Everything is under a permissive licence but those named below the table. Libraries
that only tests need are not installed with Attune and not listed.

| library | licence |
| --- | --- |
"""


def locked() -> set[str]:
    """Names of everything that is locked for running, on either Python, and of the libraries behind the extras."""
    names: set[str] = set()
    for file in sorted((ROOT / "requirements").glob("py3??.txt")):
        names |= set(re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==", file.read_text("utf-8"), re.M))
    return names | behind_extras()


def behind_extras() -> set[str]:
    """Names of what the extras bring, and of what that needs in its turn, as the locks say for whom each is there."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    names = {canonicalize_name(Requirement(one).name) for needed in extras.values() for one in needed}
    needed_by: dict[str, set[str]] = {}
    for file in sorted((ROOT / "requirements").glob("py3??-dev.txt")):
        for name, said in re.findall(r"^([a-z0-9][^=\[\n]*)[^\n]*\n((?:[ ].*\n?)*)", file.read_text("utf-8"), re.M):
            via = said.partition("# via")[2]
            needed_by.setdefault(name, set()).update(re.findall(r"^\s*(?:#\s+)?([a-z0-9][\w.-]*)$", via, re.M))
    while more := {name for name, whom in needed_by.items() if whom & names} - names:
        names |= more
    return names | {"psycopg-binary"}


def licence_of(name: str) -> str | None:
    """What a library's metadata names, in one line; None where it is not installed here."""
    if name in READ_BY_HAND:
        return READ_BY_HAND[name]
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    classified = [
        entry.rsplit(" :: ", 1)[1]
        for entry in about.get_all("Classifier") or []
        if entry.startswith("License :: ") and entry != "License :: OSI Approved"
    ]
    said = about.get("License-Expression") or "; ".join(classified) or (about.get("License") or "").splitlines()[:1]
    text = said if isinstance(said, str) else "".join(said)
    return " ".join(text.split())[:120] or "not said"


def page(known: dict[str, str]) -> str:
    """The page; what is not installed on this Python keeps the line that it had."""
    rows = {name: licence_of(name) or known.get(name, "not said") for name in sorted(locked())}
    table = "".join(f"| {name} | {licence} |\n" for name, licence in rows.items())
    named = "".join(f"- **{name}**: {why}.\n" for name, why in NAMED.items())
    return f"{_HEAD}{table}\nNot permissive, and why they are here:\n\n{named}"


def listed() -> dict[str, str]:
    """What the page says now."""
    if not PAGE.exists():
        return {}
    rows = re.findall(r"^\| ([a-z0-9][a-z0-9._-]*) \| (.+) \|$", PAGE.read_text("utf-8"), re.M)
    return {name: licence for name, licence in rows if name != "library"}


if __name__ == "__main__":
    PAGE.write_text(page(listed()), "utf-8")
    sys.stdout.write(f"{len(listed())} libraries\n")
