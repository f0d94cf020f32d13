"""Back-up, from the page, in a real browser and over a restart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from practice import Record
from tests.browser.conftest import running_server
from tests.browser.settling import keep_still, settle
from tests.pictures.states import part, unfold
from tests.web.homes import NAME, PASSWORD, make_home

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("looking_after")]


def back_up_page(page: Page, url: str) -> None:
    page.goto(f"{url}/sign-in")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").first.fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", level=1).first.wait_for()
    page.goto(f"{url}/settings")
    settle(page)
    part("Back-up")(page)
    settle(page)


def test_a_back_up_is_made_from_the_page_and_brought_back_by_the_next_start(
    tmp_path: Path, new_page: Callable[..., Page]
):
    home = make_home(tmp_path / "clinic", titles=(), n=4)
    usb = tmp_path / "usb"
    usb.mkdir()
    with running_server(home.folder) as server:
        page = new_page()
        back_up_page(page, server.url)
        expect(page.get_by_text("Your records have no back-up.")).to_be_visible()
        page.get_by_role("textbox", name="Folder on the computer").fill("nowhere")
        page.get_by_role("button", name="Make one now").click()
        expect(page.get_by_text("Give its whole path")).to_be_visible(timeout=30_000)
        page.get_by_role("textbox", name="Folder on the computer").fill(str(usb))
        page.get_by_role("button", name="Make one now").click()
        expect(page.get_by_text("It is made:")).to_be_visible(timeout=30_000)
        # What is said comes before the page is drawn to its end, and a press while it is drawn anew can be lost.
        settle(page)
        (file,) = usb.iterdir()
        expect(page.get_by_text("Your records have no back-up.")).to_have_count(0)
        record = Record.open(home.folder / "record.db")
        later = record.new_client(home.actor, agreed_by="client").id
        record.close()
        unfold("Bring a back-up back")(page)
        keep_still(page)
        page.get_by_role("textbox", name="Back-up file").fill(str(file))
        page.get_by_role("textbox", name="Why?").fill("the wrong record was erased")
        page.get_by_role("button", name="Bring it back at the next start").click()
        expect(page.get_by_text("Nothing was done.")).to_be_visible(timeout=30_000)
        settle(page)
        page.get_by_text("Everything since this back-up goes aside.").click()
        page.get_by_role("button", name="Bring it back at the next start").click()
        expect(page.get_by_role("button", name="Do not bring it back")).to_be_visible(timeout=30_000)
    with running_server(home.folder) as server:
        page = new_page()
        back_up_page(page, server.url)
        expect(page.get_by_role("button", name="Do not bring it back")).to_have_count(0)
    record = Record.open(home.folder / "record.db")
    assert later not in {client.id for client in record.clients(home.actor)}
    assert record.verify_audit().intact
    record.close()
    assert len(list(home.folder.glob("before-*"))) == 1
