"""How many lines of each inner room the tests run; `make coverage` ends with it and fails below the bar.

python -m tests.house.covered
"""

from __future__ import annotations

from pathlib import Path

from coverage import Coverage

ROOMS = ("features", "recommender", "music_library", "practice")
BAR = 95.0


def by_room(found: Coverage) -> dict[str, float]:
    """Percent of the lines of each room that were run."""
    lines = dict.fromkeys(ROOMS, 0)
    missing = dict.fromkeys(ROOMS, 0)
    here = Path.cwd()
    for file in found.get_data().measured_files():
        room = Path(file).relative_to(here).parts[0]
        if room in lines:
            _, statements, _, not_run, _ = found.analysis2(file)
            lines[room] += len(statements)
            missing[room] += len(not_run)
    for room, count in lines.items():
        if count == 0:
            raise SystemExit(f"nothing was measured in {room}/: run the tests under coverage first (make coverage)")
    return {room: 100 * (1 - missing[room] / lines[room]) for room in ROOMS}


def main() -> None:
    """Print each room's share, and fail if one lies below the bar."""
    found = Coverage()
    found.load()
    shares = by_room(found)
    for room, share in shares.items():
        print(f"{room}: {share:.1f} % of its lines are run by tests (bar: {BAR:g} %)")  # noqa: T201
    raise SystemExit(0 if min(shares.values()) >= BAR else 1)


if __name__ == "__main__":
    main()
