"""A home in which a model was trained on made-up ratings, and the clinic has brought a scale of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from music_library import Catalogue
from practice import Record
from tests.browser.room_screens import STARS
from tests.pictures.states import ROOT, State, after, part, press
from tests.web.homes import add_sounds, make_home

TRACKS = 200
SPOILED = {
    "name": "spoiled.csv",
    "mimeType": "text/csv",
    "buffer": b"path,valence,arousal\nnowhere.flac,0.4,0.1\nelse.flac,9,nan\n",
}
STATES = (
    State("report-card", "/training"),
    State("own-scale", "/settings", part("Scales")),
    State("own-scale-start", "/start"),
    State(
        "report-problems",
        "/training",
        after(
            lambda page: page.locator("input[type=file]").set_input_files(dict(SPOILED)),  # type: ignore[arg-type]
            lambda page: page.get_by_role("radio", name="−1 – 1").click(),
            press("Check a table"),
        ),
    ),
)


def make_trained(folder: Path) -> None:
    """Fill a home, train a model in it and bring a scale."""
    home = make_home(folder, titles=(), n=TRACKS)
    catalogue = Catalogue.open(home.folder / "catalogue.db")
    record = Record.open(home.folder / "record.db")
    record.bring_scale(home.actor, STARS)
    record.close()
    rows = add_sounds(catalogue)
    catalogue.close()
    table = folder / "ratings.csv"
    table.write_text(rows)
    command = [sys.executable, "-m", "cli", "train", str(table), "--scale=-1:1", "--home", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
