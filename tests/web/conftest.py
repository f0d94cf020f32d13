"""A clinic with short tones, and a browser without screen in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.left_open import left_open  # noqa: F401  # fixture
from tests.web.listening import ORIGIN, PASSWORD, Clinic, make_clinic


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    return make_clinic(tmp_path / "home", seconds=0.5)


@pytest.fixture
def visitor(clinic: Clinic) -> Iterator[TestClient]:
    """Somebody without any cookie."""
    with TestClient(clinic.app, base_url=ORIGIN, follow_redirects=False, headers={"Origin": ORIGIN}) as client:
        yield client


@pytest.fixture
def clinician(clinic: Clinic, visitor: TestClient) -> TestClient:
    """The same browser, signed in."""
    visitor.post("/sign-in", data={"name": "Robin", "password": PASSWORD})
    return visitor
