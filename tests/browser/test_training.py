"""From a table of ratings to a model in use, on the page alone, while the rest of Attune goes on answering."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from music_library import Catalogue
from music_library.models import model_in_use
from tests.browser.conftest import running_server
from tests.browser.settling import settle
from tests.browser.test_clinician_pages import wait_for
from tests.web.homes import NAME, PASSWORD, add_sounds, make_home

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.xdist_group("training")]
SOON = 180_000  # training starts a process, which takes its time on a loaded machine


def test_a_table_is_checked_trained_on_and_put_in_use(tmp_path: Path, new_page: Callable[..., Page]):
    home = make_home(tmp_path / "home")
    catalogue = Catalogue.open(home.folder / "catalogue.db")
    good = add_sounds(catalogue)
    table, bad = tmp_path / "ratings.csv", tmp_path / "spoiled.csv"
    table.write_text(good)
    rows = good.splitlines()
    bad.write_text("\n".join([*rows[:3], rows[3].replace(",artist 2", ",=HYPERLINK(1)"), "nowhere,9,nan,x", *rows[5:]]))
    starter = model_in_use(home.folder).model_id
    with running_server(home.folder) as server:
        wait_for(server.url)
        page = new_page()
        page.goto(f"{server.url}/sign-in")
        page.get_by_label("Name").fill(NAME)
        page.get_by_label("Password").first.fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", level=1).first.wait_for()
        page.goto(f"{server.url}/music")
        settle(page)
        page.get_by_role("link", name="Tags and training").click()
        expect(page.get_by_role("heading", name="Tags and training", level=1)).to_be_visible(timeout=SOON)
        settle(page)
        check = page.get_by_role("button", name="Check a table")
        expect(check).to_be_disabled()

        page.locator("input[type=file]").set_input_files(bad)
        page.get_by_role("radio", name="−1 – 1").click()
        settle(page)
        check.click()
        expect(page.get_by_text("spoiled.csv cannot be used yet. 3 things to put right:")).to_be_visible(timeout=SOON)
        expect(page.get_by_role("button", name="Train on this table")).to_have_count(0)

        page.locator("input[type=file]").set_input_files(table)
        settle(page)
        check.click()
        expect(page.get_by_text(f"{len(rows) - 1} rows are fine.")).to_be_visible(timeout=SOON)
        page.get_by_role("button", name="Train on this table").click()
        expect(page.get_by_text(re.compile("^Training has ended: model"))).to_be_visible(timeout=SOON)
        settle(page)
        expect(page.get_by_text("In use: the model that came with Attune.")).to_be_visible()
        for heading in ("How near it comes", "Estimated and rated", "Listen to these: furthest from their rating"):
            expect(page.get_by_role("heading", name=heading)).to_be_visible()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            settle(page)
            violations = Axe().run(page).response["violations"]
            assert [(v["id"], [node["target"] for node in v["nodes"]][:3]) for v in violations] == []

        page.get_by_role("button", name="Put it in use").click()
        expect(page.get_by_text(re.compile("^In use: model .*, trained on"))).to_be_visible(timeout=SOON)
        used = model_in_use(home.folder).model_id
        assert used != starter
        assert {track.model_id for track in catalogue.tracks()} == {used}
        page.get_by_role("button", name="Go back to the model before").click()
        expect(page.get_by_text("In use: the model that came with Attune.")).to_be_visible(timeout=SOON)
        assert model_in_use(home.folder).model_id == starter
    catalogue.close()
