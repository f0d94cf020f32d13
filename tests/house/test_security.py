"""No secret in the sources, no library under a licence that nobody looked at, and evidence for what is claimed."""

from __future__ import annotations

import ast
import math
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.licences import NAMED, PERMISSIVE, licence_of, listed, locked

ROOT = Path(__file__).parents[2]
SECRETS = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "cloud key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "access token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|xox[abpr]-[A-Za-z0-9-]{10,}|sk-[A-Za-z0-9_-]{20,}|"
                               r"glpat-[A-Za-z0-9_-]{20}|pypi-[A-Za-z0-9_-]{30,}|AIza[A-Za-z0-9_-]{35})"),
    "signed token": re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    "password in an address": re.compile(r"[a-z]+://[^/\s:@'\"{}]+:(?!secret@)[^/\s:@'\"{}]+@"),
}  # fmt: skip
LONG_WORD = re.compile(r"[A-Za-z0-9+/_=-]{32,}")
# Files of numbers and hashes: locks pin by hash, models are arrays, licences are prose.
NOT_SOURCES = re.compile(r"^requirements/|\.(json|csv|png|sf2|ico|svg)$|^LICENSE")


def sources() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [
        ROOT / name for name in names.split("\0") if name and not NOT_SOURCES.search(name) and (ROOT / name).is_file()
    ]


def bits_a_letter(word: str) -> float:
    """Shannon's entropy of the letters of a word; random base64 of 32 letters has about 4.5, words below 4."""
    return -sum(n / len(word) * math.log2(n / len(word)) for n in Counter(word).values())


def secrets_in(text: str) -> Iterator[str]:
    """What looks like a secret, by its shape or by being random."""
    for kind, shape in SECRETS.items():
        yield from (f"{kind}: {found[:40]}" for found in shape.findall(text))
    for word in LONG_WORD.findall(text):
        has_all = re.search("[a-z]", word) and re.search("[A-Z]", word) and re.search("[0-9]", word)
        if has_all and "/" not in word and bits_a_letter(word) > 4.3:
            yield f"random: {word[:40]}"


def test_no_source_holds_a_secret():
    found = []
    for file in sources():
        text = file.read_text("utf-8", "replace")
        found += [f"{file.relative_to(ROOT)}: {secret}" for secret in secrets_in(text)]
    assert found == []


@pytest.mark.parametrize(
    "planted",
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "a1B2" * 9,
        "postgresql://ada:" + "hunter2@db/attune",
        "token = '" + "q7Zr2LkXw9TbV4nYc8Hs" + "Jd3Pf6Gm1Ue5Ra0'",
    ],
)
def test_a_secret_would_be_found(planted: str):
    assert list(secrets_in(planted))


def test_every_locked_library_is_listed_with_the_licence_that_it_names():
    assert set(listed()) == locked()
    for name, said in listed().items():
        now = licence_of(name)  # another version may name the same licence in other words
        is_like_it = now is None or now == said or bool(PERMISSIVE.search(now) and PERMISSIVE.search(said))
        assert is_like_it, f"{name}: the page says {said}, its metadata {now}"


def test_no_library_is_under_a_licence_that_nobody_looked_at():
    assert {name for name, licence in listed().items() if not PERMISSIVE.search(licence)} <= set(NAMED)
    assert not any(
        re.search(r"AGPL|SSPL|BUSL|Commons Clause|non-?commercial", text, re.I) for text in listed().values()
    )


ASVS = ROOT / "docs/safety/asvs.md"


def requirements() -> list[tuple[str, str, str]]:
    """Number, verdict and evidence of every line of the checklist."""
    return [
        (number, verdict.strip(), evidence)
        for number, verdict, evidence in re.findall(
            r"^\| (\d+\.\d+\.\d+) \| [^|]+ \| ([^|]+) \| (.+) \|$", ASVS.read_text("utf-8"), re.M
        )
    ]


def functions_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def test_every_line_of_the_checklist_has_a_verdict_and_evidence_that_exists():
    assert len(requirements()) >= 90
    assert len({number for number, _, _ in requirements()}) == len(requirements())
    missing = []
    for number, verdict, evidence in requirements():
        assert verdict in {"met", "in part", "not met", "does not apply"}, number
        named = re.findall(r"`((?:Makefile|[\w/.-]+\.\w+)(?:::\w+)?)`", evidence)
        assert verdict in {"not met", "does not apply"} or named, f"{number} is {verdict} without evidence"
        for each in named:
            file, _, name = each.partition("::")
            if not (ROOT / file).exists() or (name and name not in functions_in(ROOT / file)):
                missing.append(f"{number}: {each}")
    assert missing == []
