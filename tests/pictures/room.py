"""Take a picture of every screen of the listening room: each preset and kind, at three widths, light and dark.

`python -m tests.pictures.room OUT`; beside the pictures, one sheet for each preset, theme and width shows them all.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM_FLAGS
from tests.browser.room_screens import KINDS, SCREENS, open_kind, open_room, show
from tests.browser.rooms import Rooms, answer_lines, make_rooms
from tests.conftest import chromium
from tests.pictures.take import WIDTHS

ON_SHEET_PX = {"phone": 240, "tablet": 300, "laptop": 480}
PLACES_ON_SHEET = 1900
EVERY = SCREENS | KINDS


def take_preset(browser: Browser, rooms: Rooms, preset: str, theme: str, width: str, out: Path) -> list[Path]:
    """Every screen of one preset or kind of room, with Help at the end, and the door before it."""
    size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
    context = browser.new_context(viewport=size, color_scheme=theme)
    page = (open_kind if preset in KINDS else open_room)(rooms, lambda **_: context.new_page(), preset)
    page.emulate_media(reduced_motion="reduce", color_scheme=theme)
    taken = []
    for screen in [*EVERY[preset], "help"]:
        if screen == "help":
            page.evaluate("mode = ''; openHelp()")
        else:
            show(page, screen)
        if screen == "before" and preset in {"standard", "calm"}:
            answer_lines(page, press_right=False)
        file = out / f"room-{preset}-{screen}-{width}-{theme}.png"
        page.screenshot(path=file)
        taken.append(file)
    if preset == "standard":
        taken += take_pages(page, rooms, out, f"{width}-{theme}")
    context.close()
    return taken


def take_pages(page: Page, rooms: Rooms, out: Path, suffix: str) -> list[Path]:
    """The pages without a script: the door, the end, Help."""
    client_id = rooms.clinic.new_client(seizures="no", sounds_hurt="no")
    link = rooms.clinic.start(client_id=client_id, with_client=False).link_token
    taken = []
    for name, path in {
        "door": f"enter/{link}",
        "closed": "closed",
        "no-link": "enter/none",
        "help-page": "help",
    }.items():
        if name == "no-link" and suffix.endswith("dark"):
            continue  # taken with the light one: five links that do not work lock this address out
        page.goto(f"{rooms.url}/room/{path}")
        taken.append(out / f"room-page-{name}-{suffix}.png")
        page.screenshot(path=taken[-1])
        if name == "no-link":
            page.emulate_media(color_scheme="dark")
            page.screenshot(path=out / f"room-page-{name}-{suffix.replace('light', 'dark')}.png")
            page.emulate_media(color_scheme="light")
    return taken


def sheet(files: list[Path], width_px: int, out: Path) -> None:
    """All pictures small on one, in rows."""
    images = [Image.open(file).convert("RGB") for file in files]
    small = [one.resize((width_px, round(one.height * width_px / one.width))) for one in images]
    columns = max(1, PLACES_ON_SHEET // (width_px + 8))
    height = small[0].height + 8
    whole = Image.new("RGB", (columns * (width_px + 8), -(-len(small) // columns) * height), "magenta")
    for i, one in enumerate(small):
        whole.paste(one, (i % columns * (width_px + 8), i // columns * height))
    whole.save(out)


def main() -> None:
    """Make a clinic with tones and take every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--preset", choices=EVERY, help="this one only")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        rooms = make_rooms(Path(folder) / "home", seconds=6)
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        try:
            for preset in [given.preset] if given.preset else EVERY:
                for width in WIDTHS:
                    for theme in ("light", "dark"):
                        files = take_preset(browser, rooms, preset, theme, width, given.out)
                        sheet(files, ON_SHEET_PX[width], given.out / f"sheet-{preset}-{width}-{theme}.png")
        finally:
            rooms.kill()


if __name__ == "__main__":
    main()
