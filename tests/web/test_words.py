"""Every sentence that the clinician's pages ask for exists, and says nothing that Attune never says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from web.words import sentences

PAGES = [*Path("web/clinician").glob("*.py"), *Path("web/components").glob("*.py")]
NEVER = re.compile(r"\b(heal|treats?|prescri\w+|dose|detects? your mood|clinically proven)\b", re.I)


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_every_sentence_that_a_page_names_exists(file):
    wanted = re.findall(r'say\(\s*"(clinician\.\w+)"', file.read_text("utf-8"))
    assert [key for key in wanted if key not in sentences()] == []


def test_no_sentence_promises_what_attune_does_not_do():
    own = {key: text for key, text in sentences().items() if key.startswith("clinician.")}
    del own["clinician.about_purpose"]  # it says that Attune is not intended to treat
    assert {key: text for key, text in own.items() if NEVER.search(text)} == {}
