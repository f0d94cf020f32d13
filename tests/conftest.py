"""What every test may rely on, and one plain line for each kind of test that this machine cannot run."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

# No test may depend on how busy the machine is: Hypothesis's own limit of 200 ms an example is off everywhere.
settings.register_profile("attune", deadline=None)
settings.load_profile("attune")

KINDS = {
    "browser": "no Chromium that can be driven on this machine (install chromium and libatomic1)",
    "firefox": "no Firefox that is heard on this machine (install firefox-esr and pulseaudio)",
    "mpd": "no Music Player Daemon on this machine (install mpd)",
    "postgres": "no PostgreSQL programs on this machine (install postgresql)",
    "small_disk": "no small disk can be mounted here (needs user namespaces, or the right to mount)",
}


def chromium() -> str | None:
    """Where Chromium is, if it is here."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def firefox() -> str | None:
    """Where Firefox is, if it is here and something takes its sound."""
    return (shutil.which("firefox-esr") or shutil.which("firefox")) if shutil.which("pulseaudio") else None


def can_drive() -> bool:
    """Whether the program that drives the browser starts here (it needs libatomic)."""
    if importlib.util.find_spec("playwright") is None:
        return False
    from playwright._impl._driver import compute_driver_executable

    try:
        return subprocess.run([compute_driver_executable()[0], "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


def postgres_programs() -> Path | None:
    """The folder of initdb and postgres, newest version first, if they are here."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def can_mount() -> bool:
    """Whether a small disk can be mounted where only its own process sees it."""
    mount = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        return subprocess.run(mount, capture_output=True).returncode == 0
    except OSError:
        return False


@cache
def missing_kinds() -> set[str]:
    """The kinds of test that cannot run here."""
    found = {
        "browser": chromium() if can_drive() else None,
        "firefox": firefox(),
        "mpd": shutil.which("mpd"),
        "postgres": postgres_programs(),
        "small_disk": can_mount(),
    }
    return {kind for kind in KINDS if found[kind] is None}


def required_kinds() -> set[str]:
    """The kinds of test that must run (`ATTUNE_REQUIRE=browser,postgres`)."""
    return {kind.strip() for kind in os.environ.get("ATTUNE_REQUIRE", "").split(",") if kind.strip()}


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to start where a kind of test is required and cannot run, or is not a kind."""
    unknown = required_kinds() - set(KINDS)
    if unknown:
        raise pytest.UsageError(f"ATTUNE_REQUIRE names {sorted(unknown)}; known kinds are {sorted(KINDS)}")
    lacking = required_kinds() & missing_kinds()
    if lacking:
        raise pytest.UsageError("; ".join(f"{kind} tests are required: {KINDS[kind]}" for kind in sorted(lacking)))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what cannot run here; `pytest_terminal_summary` says so."""
    missing = missing_kinds()
    left_out = [item for item in items if any(item.get_closest_marker(kind) for kind in missing)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        # Rooms that play in real time follow each other in one worker; the longest of the other files name a group of
        # their own besides this one, which makes another, so that no worker is left with all of them.
        if item.get_closest_marker("browser") or item.get_closest_marker("firefox"):
            item.add_marker(pytest.mark.xdist_group("browser"))


MEASURED = "measured"


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Say a figure that was measured; it stands in the summary, whatever the verdict and whichever process ran it."""
    return lambda line: request.node.user_properties.append((MEASURED, line))


def measured(terminalreporter: pytest.TerminalReporter) -> list[str]:
    """The figures that tests have told, each once."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    return [
        line for report in reports if report.when == "call" for name, line in report.user_properties if name == MEASURED
    ]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What was measured, and one line for each kind of test that did not run."""
    for line in measured(terminalreporter):
        terminalreporter.write_line(f"MEASURED: {line}")
    for kind in sorted(missing_kinds()):
        terminalreporter.write_line(f"NOT RUN: {kind} tests: {KINDS[kind]}")


@pytest.fixture(autouse=True)
def _no_home_of_the_machine(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may read or write the stores of whoever runs it."""
    monkeypatch.setenv("ATTUNE_HOME", str(tmp_path_factory.mktemp("home")))
