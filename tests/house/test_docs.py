"""The documentation is whole: every page is linked, every link leads somewhere, everything one may name is in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from recommender.mood_words import MOOD_WORDS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]+)")


def links(page: Path) -> list[Path]:
    return [(page.parent / target).resolve() for target in LINK.findall(page.read_text("utf-8"))]


def test_every_page_is_linked_from_the_first_one():
    reached = set(links(DOCS / "README.md"))
    assert [page for page in PAGES if page.resolve() not in reached and page != DOCS / "README.md"] == []


def test_the_readme_leads_to_the_documentation():
    assert {(DOCS / "README.md").resolve(), (DOCS / "tutorial/first-session.md").resolve()} <= set(
        links(ROOT / "README.md")
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_every_link_and_picture_is_there(page):
    assert [target for target in links(page) if not target.exists()] == []


def test_every_picture_is_shown_somewhere():
    shown = {target for page in [*PAGES, ROOT / "README.md"] for target in links(page)}
    assert [picture for picture in (DOCS / "pictures").iterdir() if picture.resolve() not in shown] == []


def test_every_mood_word_stands_with_its_point():
    text = (DOCS / "reference/words.md").read_text("utf-8")
    rows = {
        f"| {word} | {entry.mood.valence:+.2f} | {entry.mood.arousal:+.2f} | {entry.spread:.2f} | {entry.source} |"
        for word, entry in MOOD_WORDS.items()
    }
    assert rows == {line for line in text.splitlines() if re.match(r"\| [a-z ]+ \| [+-]\d", line)}


@pytest.mark.parametrize("file", sorted((ROOT / "practice/scales").glob("*.yaml")), ids=lambda file: file.stem)
def test_every_scale_and_item_is_documented(file):
    scale = yaml.safe_load(file.read_text("utf-8"))
    text = (DOCS / "reference/scales.md").read_text("utf-8")
    heading = f"## {scale['title']} (`{scale['id']}`, version {scale['version']})\n"
    assert heading in text
    section = text[text.index(heading) + len(heading) :].partition("\n## ")[0]
    for item in scale["items"]:
        assert f"| `{item['id']}` | {item['question']} |" in section


def test_every_page_of_the_clinician_is_documented():
    source = (ROOT / "web/clinician/navigation.py").read_text("utf-8")
    names = re.findall(r'^\s+"(\w+)": _page\(', source, re.M)
    assert len(names) > 10
    text = (DOCS / "reference/pages.md").read_text("utf-8")
    assert [name for name in names if f"`/{'' if name == 'today' else name}`" not in text] == []


def test_what_may_be_handed_in_says_the_limits_of_the_code():
    from features import decoders, workers
    from music_library import playlist_files, tag_table
    from recommender import model_file
    from web import middleware
    from web.clinician import settings_scales

    text = (DOCS / "reference/files.md").read_text("utf-8")
    memory_mb = workers.extract_many.__kwdefaults__["memory_mb"]
    for what, limit in {
        "a recording | a scanned folder": f"{decoders.MAX_SECONDS / 3600:.0f} hours, {decoders.MAX_CHANNELS} channels, "
        f"{memory_mb} MB of memory",
        "a recording | *Music*": f"{middleware.UPLOAD_LIMIT // 2**20} MB",
        "a tag table": f"{tag_table.MAX_BYTES // 2**20} MB",
        "a rating scale": f"{settings_scales.LARGEST_FILE // 1000} kB",
        "a mood model": f"{model_file.MAX_BYTES // 2**20} MB",
        "a playlist": f"{playlist_files.MOST_BYTES // 10**6} MB",
        "what a room's tablet says": f"{middleware.BODY_LIMIT // 1024} kB",
    }.items():
        (line,) = (line for line in text.splitlines() if line.startswith(f"| {what}"))
        assert f"| {limit}" in line, what
