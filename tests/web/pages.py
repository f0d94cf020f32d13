"""A page run without a browser: what it shows, and what its widgets do, for a clinician who is signed in."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from settings import Settings
from tests.web.homes import NAME, PASSWORD
from web.clinician import access
from web.serving import Stores, open_stores, stores, use_stores

SECONDS = 120  # a loaded machine may be slow; nothing depends on it


def sign_in(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Stores:
    """Open the stores of a home and be its clinician."""
    use_stores(open_stores(Settings(home=folder)))
    token = stores().record.sign_in(NAME, PASSWORD)
    monkeypatch.setattr(access, "session_token", lambda: token)
    return stores()


def show(page: str, **query: str) -> AppTest:
    """Run a page once."""

    def script(page: str) -> None:
        from importlib import import_module

        from web.clinician import navigation

        navigation.pages()
        getattr(import_module(f"web.clinician.{page}"), page)()

    shown = AppTest.from_function(script, default_timeout=SECONDS, kwargs={"page": page})
    for name, value in query.items():
        shown.query_params[name] = value
    shown.run()
    assert not shown.exception, [error.value for error in shown.exception]
    return shown


def press(shown: AppTest, label: str, *, nth: int = 0) -> None:
    """Press the button with this label and run the page again."""
    found = [button for button in shown.button if button.label == label]
    assert len(found) > nth, f"no button {label!r} among {[button.label for button in shown.button]}"
    found[nth].click().run()
    assert not shown.exception, [error.value for error in shown.exception]


def texts(shown: AppTest) -> str:
    """Everything that the page says in running text."""
    return "\n".join(
        str(element.value) for kind in (shown.title, shown.header, shown.text, shown.markdown) for element in kind
    )
