"""A therapist's whole case on her own pages: first contact, six sessions, review, export, ending, erasure."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from music_library import Catalogue
from practice import Event, Record
from practice.errors import NotThereError
from practice.store import now_utc
from tests.browser.conftest import Server, running_server
from tests.browser.settling import settle, watch
from tests.pictures.clinic import Clinic, answer, happened, hold_session
from tests.pictures.states import choose, part, unfold
from tests.web.homes import NAME, PASSWORD, fill, put_files
from web.middleware import ROOM_COOKIE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400), pytest.mark.xdist_group("whole_case")]

BETWEEN = ((0.30, 0.50, 0.55, 0.40), (0.35, 0.45, 0.62, 0.35), (0.40, 0.55, 0.48, 0.40), (0.32, 0.50, 0.66, 0.30))
"""Feeling and energy, before and after, in the sessions between the first and the last."""


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    folder = tmp_path_factory.mktemp("case") / "home"
    folder.mkdir()
    catalogue = Catalogue.open(folder / "catalogue.db")
    fill(catalogue, [], n=120)
    put_files(catalogue, folder / "music")
    now = [now_utc()]
    record = Record.open(folder / "record.db")
    actor = record.create_account(record.first_link() or "", NAME, PASSWORD)
    return Clinic(folder, record, catalogue, actor, now, False)


@pytest.fixture(scope="module")
def server(case: Clinic) -> Iterator[Server]:
    with running_server(case.folder) as running:
        yield running


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def sign_in(page: Page, url: str) -> None:
    page.goto(f"{url}/sign-in")
    if page.get_by_label("Name").count():
        page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").first.fill(PASSWORD)
    page.locator("button[type=submit], form button").first.click()
    settle(page)


def play_here(page: Page, case: Clinic, server: Server, answers: tuple[float, float, float, float], said: str) -> str:
    """From the list to the client's screen on this device, what the client did there, and back with the password."""
    choose(page, "Now", "sad")
    choose(page, "To", "calm")
    press(page, "Play here now")
    page.wait_for_url(re.compile("/room"))
    # What the device in the room sends; the screens of the room have tests of their own.
    token = next(one["value"] for one in page.context.cookies() if one["name"] == ROOM_COOKIE)
    session = case.record.open_sessions(case.actor)[0]
    first = case.record.plan(case.actor, session.plan_id).places[0].song.id
    at = datetime.now(UTC)
    case.record.add_events(token, heard(at, first, answers, said))
    sign_in(page, server.url)
    page.goto(f"{server.url}/live?session={session.id}")
    settle(page)
    press(page, "End the session")
    settle(page)
    return session.id


def heard(at: datetime, track_id: str, answers: tuple[float, float, float, float], said: str) -> list[Event]:
    return [
        answer(at, "before", answers[0], answers[1]),
        happened(at + timedelta(seconds=5), "song_started", track=track_id),
        happened(at + timedelta(seconds=8), "song_ended", track=track_id),
        answer(at + timedelta(seconds=9), "after", answers[2], answers[3]),
        happened(at + timedelta(seconds=10), "words", text=said),
    ]


def test_a_whole_case_from_first_contact_to_erasure(case: Clinic, server: Server, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    watch(context)
    page = context.new_page()
    sign_in(page, server.url)

    # First contact: a new client is four questions, and nothing else is asked.
    press(page, "A client is with me")
    settle(page)
    for question in ("Do everyday sounds hurt or upset them?", "Has sound or music ever set off a seizure?"):
        page.get_by_role("radiogroup", name=question).get_by_text("No", exact=True).click()
        settle(page)
    page.get_by_text("The client", exact=True).click()
    settle(page)
    press(page, "Add this client")
    settle(page)
    client = case.record.clients(case.actor)[0]
    first = play_here(page, case, server, (0.25, 0.55, 0.60, 0.35), "The slow one was good.")

    # The note: facts are there, the boxes are hers; signed, it is closed and can only be added to.
    page.goto(f"{server.url}/after?session={first}")
    settle(page)
    expect(page.get_by_text("higher by 35", exact=False)).to_be_visible()
    page.get_by_label("What I noticed").fill("Feet kept the beat.")
    press(page, "Sign")
    expect(page.get_by_text(re.compile("^Signed by Robin"))).to_be_visible()

    # What they said waits on Today until it is read.
    page.goto(server.url)
    settle(page)
    expect(page.get_by_text("The slow one was good.", exact=False)).to_be_visible()
    press(page, "I have read it")
    settle(page)
    expect(page.get_by_text("The slow one was good.", exact=False)).to_have_count(0)

    # The review waits for three sessions, then shows points, and from six on one sentence.
    page.goto(f"{server.url}/client?client={client.id}")
    settle(page)
    part("Review")(page)
    expect(page.get_by_text("3 sessions make a picture. You have 1.")).to_be_visible()
    for answers in BETWEEN:
        case.tick(now_utc())
        hold_session(case, client.id, answers, said="")
    page.goto(f"{server.url}/start")
    settle(page)
    page.get_by_text(f"{client.code} · {client.sign}", exact=True).click()
    settle(page)
    play_here(page, case, server, (0.40, 0.50, 0.70, 0.30), "That was the best one.")
    page.goto(f"{server.url}/client?client={client.id}")
    settle(page)
    part("Review")(page)
    settle(page)
    expect(page.get_by_text(re.compile(r"^Over 6 sessions the mean change is \+2\d"))).to_be_visible()
    expect(page.get_by_text("They do not show what caused a change.", exact=False)).to_be_visible()
    expect(page.get_by_text("That was the best one.", exact=False)).to_be_visible()
    one_page = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", one_page)) == 1

    # A copy of everything.
    part("Agreements")(page)
    settle(page)
    with page.expect_download() as download:
        press(page, "Save a copy")
    with zipfile.ZipFile(download.value.path()) as archive:
        told = json.loads(archive.read("record.json"))
    assert told["client"]["code"] == client.code
    assert len(told["sessions"]) == 6

    # The ending: asked again, then nothing can be started; the record stays.
    part("Everything else")(page)
    settle(page)
    unfold("End this therapy")(page)
    page.get_by_text("I have asked them again", exact=False).click()
    settle(page)
    press(page, "End the therapy")
    expect(page.get_by_text(re.compile("^This therapy ended on"))).to_be_visible()
    expect(page.get_by_role("button", name="Start a session")).to_have_count(0)

    # The erasure: by code, with a reason, and only after the box is ticked.
    page.goto(f"{server.url}/settings?part=keeping")
    settle(page)
    unfold("Erase a client's record")(page)
    page.get_by_label("The client's code").fill(client.code)
    page.get_by_label(re.compile("^Why")).fill("The client asked for it in writing.")
    press(page, "Erase this record")
    expect(page.get_by_text("Tick the box first", exact=False)).to_be_visible()
    page.get_by_text("I know that this cannot be undone").click()
    press(page, "Erase this record")
    expect(page.get_by_text(re.compile(r"^Erased: \d+ rows"))).to_be_visible()
    with pytest.raises(NotThereError):
        case.record.client(case.actor, client.id)
    assert case.record.verify_audit().intact
    page.goto(f"{server.url}/client?client={client.id}")
    settle(page)
    expect(page.get_by_text("This client is not there", exact=False)).to_be_visible()
    context.close()
