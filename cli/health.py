"""The command that says what works on this machine."""

from __future__ import annotations

import shutil
import stat
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from cli.ending import says
from cli.errors import ATTUNE_ERRORS
from cli.opening import Home, model_in_use, open_catalogue, open_record, read_settings
from cli.printing import Json, fail, print_json, print_table


def doctor(as_json: Json = False, home: Home = None) -> None:
    """Say what of Attune works on this machine and what is in the home."""
    from importlib import metadata  # reads e-mail's parsers: no other command needs them

    settings = read_settings(home)
    checks: dict[str, Callable[[], str]] = {
        "python": lambda: sys.version.split()[0],
        "home": lambda: home_says(settings.home),
        "catalogue": lambda: catalogue_says(home),
        "record": lambda: record_says(home),
        "mood model": lambda: getattr(model_in_use(home), "model_id", "none"),
        "sound files": lambda: f"libsndfile {metadata.version('soundfile')}, FFmpeg by PyAV {metadata.version('av')}",
        "tempo and pitch": lambda: f"librosa {metadata.version('librosa')}",
        "browser tests": lambda: shutil.which("chromium") or "no Chromium here; only tests need one",
    }
    findings: list[dict[str, Any]] = []
    for name, check in checks.items():
        try:
            findings.append({"check": name, "works": True, "found": check()})
        except ATTUNE_ERRORS as error:
            findings.append({"check": name, "works": False, "found": says(error)})
    if as_json:
        print_json(findings)
    else:
        print_table(("check", "works", "found"), findings)
    if not all(finding["works"] for finding in findings):
        fail("something above does not work; its line says what to do.")


def home_says(home: Path) -> str:
    """Where it is, how much room is left, and whether others of this machine can look in."""
    said = f"{home}, {shutil.disk_usage(home).free / 1e9:.0f} GB free"
    open_to_others = home.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    return f"{said}; others of this machine can look in: `chmod 700` keeps it to yourself" if open_to_others else said


def catalogue_says(home: Path | None) -> str:
    """How much the catalogue holds."""
    with closing(open_catalogue(home)) as catalogue:
        return f"{catalogue.count()} tracks"


def record_says(home: Path | None) -> str:
    """Whether the record opens, how it is kept, and when it was last backed up."""
    settings = read_settings(home)
    if settings.record_file is not None and not settings.record_file.exists():
        return f"none yet at {settings.record_file}; it is made at the first start"
    with closing(open_record(home, create=False)) as record:
        kept = "on a server" if settings.record_file is None else "encrypted" if record.key else "not encrypted"
        last = record.last_backup()
    return f"opens, {kept}, " + (f"last backup {last:%Y-%m-%d %H:%M}" if last else "never backed up")
