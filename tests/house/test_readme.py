"""README stays true: its commands run, its links lead somewhere, and it promises nothing that it must not."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
NEVER = r"\b(heals?|healing|prescrib\w*|clinically proven|detects? (your|the) mood|cures?|dosage|dose)\b"


def music(folder: Path, *, n_tracks: int) -> None:
    """A small library: tones with a beat, each at its own tempo and pitch, long enough to plan with."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    seconds = np.arange(22050 * 70) / 22050
    for number in range(n_tracks):
        pitch = 220 * 2 ** (number / 12)
        beat = np.exp(-8 * (seconds * (1 + number / 12) % 1))
        chord = sum(np.sin(2 * np.pi * pitch * ratio * seconds) for ratio in (1, 1.26 if number % 2 else 1.19, 1.5))
        y = 0.15 * beat * chord + 0.002 * rng.standard_normal(len(seconds))
        name = "one" if number == 0 else f"track {number}"
        soundfile.write(folder / f"{name}.flac", y.astype(np.float32), 22050)


def test_the_terminal_commands_run_as_written(tmp_path):
    lines = re.findall(r"^\$ \.venv/bin/attune (.+)$", README, re.M)
    assert len(lines) >= 4
    music(tmp_path / "music", n_tracks=14)
    environment = {"ATTUNE_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    for line in lines:
        answer = subprocess.run(
            [sys.executable, "-m", "cli", *shlex.split(line)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert answer.returncode == 0, f"{line}\n{answer.stdout}\n{answer.stderr}"
    playlist = (tmp_path / "plan.m3u8").read_text("utf-8")
    assert playlist.startswith("#EXTM3U")
    assert ".flac" in playlist


def test_the_make_targets_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    named = set(
        re.findall(r"(?:^|`)make ([a-z-]+)(?:`|$)", README + (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.M)
    )
    assert named <= targets


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text("utf-8")):
        assert (ROOT / target).exists(), target


def test_no_page_promises_what_music_cannot():
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "web/words").rglob("*.yaml")]
    for page in pages:
        for line in page.read_text("utf-8").splitlines():
            if re.search(r"\b(never|not|no)\b", line, re.I):
                continue
            assert not re.search(NEVER, line, re.I), f"{page}: {line}"
