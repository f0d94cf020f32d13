"""Coverage-guided fuzzing of everything that is handed in, by atheris, on the checks of `test_fuzzing.py`.

    .venv/bin/python -m pip install atheris        # Linux; no part of the locks, because nothing else needs it
    python -m tests.house.fuzz [rules scales tag_tables playlists models] [--seconds 120]

atheris steers Hypothesis's own examples towards lines that none has reached. What breaks a check ends the run with its
traceback, and the input lies in `.fuzz/`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

KINDS = ("rules", "scales", "tag_tables", "playlists", "models")
FOLDER = Path(".fuzz")


def fuzz(kind: str, seconds: int) -> None:
    """Fuzz one kind in this process, which ends with it."""
    import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

    with atheris.instrument_imports(include=["recommender", "practice", "music_library", "yaml"]):
        from tests.house import test_fuzzing
    check = next(one.values[0] for one in test_fuzzing.CHECKS if one.id == f"{kind}-long")
    corpus = FOLDER / kind
    corpus.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={seconds}",
        "-len_control=0",
        f"-artifact_prefix={corpus}-",
        "-max_len=8192",
        "-print_final_stats=1",
    ]
    atheris.Setup([kind, *options, str(corpus)], check.hypothesis.fuzz_one_input)
    atheris.Fuzz()


def main(arguments: Sequence[str] | None = None) -> None:
    """Fuzz each kind in a process of its own; fail if one of them found something."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", default=KINDS, help="Any of " + ", ".join(KINDS) + ".")
    parser.add_argument("--seconds", type=int, default=120, help="For each kind.")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.here:
        fuzz(options.kinds[0], options.seconds)
        return
    failed = []
    for kind in options.kinds:
        command = [sys.executable, "-m", "tests.house.fuzz", kind, "--here", "--seconds", str(options.seconds)]
        if subprocess.run(command).returncode:
            failed.append(kind)
    print(f"fuzzed {', '.join(options.kinds)}; found something in: {', '.join(failed) or 'none'}")  # noqa: T201
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
