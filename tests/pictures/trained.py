"""A home in which a model was trained on made-up ratings: its report card has every part to show."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from music_library import Catalogue
from tests.pictures.states import ROOT, State, after, press
from tests.web.homes import add_sounds, make_home

TRACKS = 90
STATES = (
    State("report-card", "/training"),
    State("report-problems", "/training", after(lambda page: bring(page, "spoiled.csv"), press("Check a table"))),
)


def make_trained(folder: Path) -> None:
    """Fill a home and train a model in it."""
    home = make_home(folder, titles=(), n=TRACKS)
    catalogue = Catalogue.open(home.folder / "catalogue.db")
    rows = add_sounds(catalogue).splitlines()
    catalogue.close()
    tables = folder / "tables"
    tables.mkdir()
    table = tables / "ratings.csv"
    table.write_text("\n".join(rows))
    (tables / "spoiled.csv").write_text("\n".join([*rows[:3], "nowhere,9,nan,x", *rows[4:]]))
    command = [sys.executable, "-m", "cli", "train", str(table), "--scale=-1:1", "--home", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
