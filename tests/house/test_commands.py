"""The command line is a stable surface: names, options, exit codes, documentation."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import click
import pytest
import typer

import cli
from cli.printing import complain
from settings import Settings

ROOT = Path(__file__).parents[2]
COMMANDS = {
    "scan": {"--workers", "--watch", "--json"},
    "library": {"--format", "--failed"},
    "analyse": {"--json"},
    "plan": {"--present", "--target", "--minutes", "--route", "--cadence", "--seed", "--rules", "--out", "--json"},
    "tags check": {"--scale"},
    "tags write": {"--all"},
    "train": {"--out", "--scale"},
    "evaluate": {"--model", "--scale", "--json"},
    "model list": set(),
    "model promote": set(),
    "model rollback": set(),
    "serve": {"--host", "--port", "--public-url", "--tls-cert", "--tls-key", "--insecure-lan", "--demo"},
    "account add": set(),
    "account list": set(),
    "account reset": set(),
    "demo": set(),
    "backup": set(),
    "restore": set(),
    "encrypt": {"--key-file"},
    "decrypt": set(),
    "verify-audit": set(),
    "doctor": set(),
}


def attune(*arguments: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command as a person would, in a process of its own."""
    given = ["--home", str(home)] if home else []
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments, *given], cwd=ROOT, capture_output=True, text=True, timeout=120
    )


def all_commands() -> dict[str, click.Command]:
    """Every command by its words."""
    found: dict[str, click.Command] = {}
    for name, command in typer.main.get_command(cli.app).commands.items():
        if hasattr(command, "commands"):
            found |= {f"{name} {sub}": entry for sub, entry in command.commands.items()}
        else:
            found[name] = command
    return found


def options_of(command: click.Command) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts if option.startswith("--")}


def test_the_commands_are_those_that_scripts_rely_on():
    assert set(all_commands()) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_options_and_a_home(name):
    options = options_of(all_commands()[name])
    assert options >= COMMANDS[name] | {"--home"}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name):
    reference = (ROOT / "docs/reference/commands.md").read_text("utf-8")
    assert f"`attune {name}" in reference
    for option in options_of(all_commands()[name]) - {"--home", "--help"}:
        assert option in reference, f"{name} {option}"


def test_every_setting_is_documented():
    reference = (ROOT / "docs/reference/commands.md").read_text("utf-8")
    for name in Settings.model_fields:
        assert f"`ATTUNE_{name.upper()}`" in reference


def test_help_succeeds_and_nonsense_is_a_usage_error(tmp_path):
    assert attune("plan", "--help").returncode == 0
    assert attune("dance").returncode == 2
    answer = attune("plan", "--present", "sad", "--target", "quux", home=tmp_path)
    assert answer.returncode == 2
    assert "quux" in answer.stderr


def test_a_folder_that_is_not_there_is_named(tmp_path):
    answer = attune("scan", str(tmp_path / "nowhere"), home=tmp_path / "home")
    assert answer.returncode == 1
    assert "nowhere" in answer.stderr


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        (["scan", "--help"], ["streamlit", "starlette", "uvicorn"]),
        (["--help"], ["streamlit", "starlette", "uvicorn", "numpy", "sqlalchemy", "pydantic"]),
    ],
)
def test_help_answers_without_what_the_commands_work_with(words, heavy):
    code = f"import sys, cli; sys.argv = ['attune', *{words!r}]\ntry: cli.main()\nexcept SystemExit: pass\n"
    code += f"sys.exit(any(name in sys.modules for name in {heavy!r}))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True).returncode == 0


NAME = "a\x1b[2J\x1b]0;taken\x07\n  b: fine \u202egpj.wav"
"""Would clear the screen, name the window, begin a line and turn its end round."""


def test_no_name_of_a_file_steers_the_terminal(tmp_path):
    music = tmp_path / "music"
    music.mkdir()
    (music / NAME).write_bytes(b"no sound")
    for command in (("scan", str(music)), ("library", "--failed"), ("analyse", str(music / NAME))):
        done = attune(*command, home=tmp_path / "home")
        said = done.stdout + done.stderr
        assert "This is a text, not a sound file" in said, said
        assert not [sign for sign in said if not sign.isprintable() and sign != "\n"]
        assert not [line for line in said.splitlines() if line.startswith("  b: fine")]
    assert "a\\x1b[2J\\x1b]0;taken\\x07\\n  b: fine \\u202egpj.wav: " in done.stderr


def test_a_home_that_is_made_is_its_owners_alone(tmp_path):
    assert attune("library", home=tmp_path / "home").returncode == 0
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    assert "look in" not in attune("doctor", "--json", home=tmp_path / "home").stdout
    (tmp_path / "home").chmod(0o750)
    assert "others of this machine can look in" in attune("doctor", "--json", home=tmp_path / "home").stdout


def test_what_went_wrong_keeps_its_lines_and_its_letters(capsys):
    complain("row 2: x\nrow 3: y\x9b31m \u200d \u0301 \xa0\ud800")
    assert capsys.readouterr().err == "row 2: x\nrow 3: y\\x9b31m \u200d \u0301 \xa0\\ud800\n"
