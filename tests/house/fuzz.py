"""Fuzzing of everything that is handed in, for minutes, on the checks of `test_fuzzing.py`.

    .venv/bin/python -m pip install atheris        # Linux; no part of the locks, because nothing else needs it
    python -m tests.house.fuzz [rules scales tag_tables playlists models events] [--seconds 300]

Where atheris is installed it steers Hypothesis's own examples towards lines that none has reached; where it is not,
Hypothesis makes new ones until the time is over. What breaks a check ends the run with its traceback; atheris leaves
the input in `.fuzz/`.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

KINDS = ("rules", "scales", "tag_tables", "playlists", "models", "events")
FOLDER = Path(".fuzz")
HAS_ATHERIS = importlib.util.find_spec("atheris") is not None
WORDS_A_SESSION = 300
"""So many words of a device; then all is read again in a new session, since what ends one must not end the fuzzing."""


def check_of(kind: str) -> Callable[[], None]:
    """The check of one kind, with new examples at every call."""
    os.environ["ATTUNE_FUZZ_EXAMPLES"] = "300"
    from tests.house import test_fuzzing

    if kind != "events":
        return next(one.values[0] for one in test_fuzzing.CHECKS if one.id == f"{kind}-long")
    return test_fuzzing.quick_and_long(test_fuzzing.say, sent=test_fuzzing.SENT)[1].values[0]


def new_session() -> None:
    """Read all that the last session left, and start another one."""
    from tests.house import test_fuzzing

    home = FOLDER.absolute() / "events-home"
    if test_fuzzing.ROOM:
        last = test_fuzzing.ROOM.pop()
        test_fuzzing.everybody_can_still_read(*last)
        last[0].record.close()
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    test_fuzzing.ROOM.append(test_fuzzing.a_room(home))


def fuzz_with_atheris(kind: str, seconds: int) -> None:
    """Fuzz one kind in this process, which ends with it."""
    import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

    with atheris.instrument_imports(include=["recommender", "practice", "music_library", "web.listening_room", "yaml"]):
        check: Any = check_of(kind)
    seen = 0

    def one_input(data: bytes) -> None:
        nonlocal seen
        if kind == "events" and seen % WORDS_A_SESSION == 0:
            new_session()
        seen += 1
        check.hypothesis.fuzz_one_input(data)

    corpus = FOLDER / kind
    corpus.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={seconds}",
        "-len_control=0",
        f"-artifact_prefix={corpus}-",
        "-max_len=8192",
        "-print_final_stats=1",
    ]
    atheris.Setup([kind, *options, str(corpus)], one_input)
    atheris.Fuzz()


def fuzz_with_hypothesis(kind: str, seconds: int) -> None:
    """The same without atheris."""
    check = check_of(kind)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if kind == "events":
            new_session()
        check()


def main(arguments: Sequence[str] | None = None) -> None:
    """Fuzz each kind in a process of its own; fail if one of them found something."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", default=KINDS, help="Any of " + ", ".join(KINDS) + ".")
    parser.add_argument("--seconds", type=int, default=300, help="For each kind.")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.here:
        (fuzz_with_atheris if HAS_ATHERIS else fuzz_with_hypothesis)(options.kinds[0], options.seconds)
        return
    failed = []
    for kind in options.kinds:
        command = [sys.executable, "-m", "tests.house.fuzz", kind, "--here", "--seconds", str(options.seconds)]
        if subprocess.run(command).returncode:
            failed.append(kind)
    way = "atheris" if HAS_ATHERIS else "Hypothesis alone"
    print(f"fuzzed by {way}: {', '.join(options.kinds)}; found something in: {', '.join(failed) or 'none'}")  # noqa: T201
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
