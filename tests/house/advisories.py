"""Known holes in what is locked, by a copy of the advisory database on this machine: nothing is asked of a network.

    git clone --depth 1 https://github.com/pypa/advisory-database DIR
    make advisories DB=DIR

Names each hole with the days since it was published, which `docs/safety/updates.md` bounds by how it can be used. Fails
where there is one, and where the copy is too old to know.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements/py311.txt", "requirements/py313.txt")
OLDEST_COPY_DAYS = 31
"""Looking once a month is what is promised."""


@dataclass(frozen=True)
class Hole:
    """One advisory that holds for a locked version."""

    name: str
    version: str
    id: str
    days_known: int
    fixed: str

    def __str__(self) -> str:
        mended = f"mended in {self.fixed}" if self.fixed else "not mended yet"
        return f"{self.name} {self.version}: {self.id}, known for {self.days_known} days, {mended}"


def pins(files: Sequence[Path]) -> set[tuple[str, str]]:
    """Name and version of everything that is locked for running."""
    lines = "\n".join(file.read_text("utf-8") for file in files)
    return set(re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", lines, re.M))


def day(text: str) -> datetime:
    """A moment of an advisory."""
    return datetime.fromisoformat(text).astimezone(UTC)


def holds_for(affected: dict[str, Any], version: str) -> bool:
    """Whether a version is among those named, or in one of the ranges [1]_.

    References
    ----------
    .. [1] "Open Source Vulnerability format", https://ossf.github.io/osv-schema/.
    """
    if version in affected.get("versions", ()):
        return True
    return any(in_range(one["events"], version) for one in affected.get("ranges", ()) if one["type"] == "ECOSYSTEM")


def in_range(events: Sequence[dict[str, str]], version: str) -> bool:
    """Whether the latest event that the version has reached brought the hole."""
    own, is_open = Version(version), False
    for event in sorted(events, key=lambda one: Version(next(iter(one.values())))):
        kind, at = next(iter(event.items()))
        reached = own > Version(at) if kind == "last_affected" else own >= Version(at)
        if reached and kind != "limit":
            is_open = kind == "introduced"
    return is_open


def holes(database: Path, locked: set[tuple[str, str]], *, now: datetime) -> Iterator[Hole]:
    """What is known of the locked versions; advisories that were taken back are left out."""
    for name, version in sorted(locked):
        for file in sorted((database / "vulns" / name).glob("*.yaml")):
            said = yaml.safe_load(file.read_text("utf-8"))
            mine = [one for one in said["affected"] if one["package"]["name"].lower().replace("_", "-") == name]
            if said.get("withdrawn") or not any(holds_for(one, version) for one in mine):
                continue
            mended = [at for one in mine for part in one.get("ranges", ()) for at in mendings(part, version)]
            ids = ", ".join([said["id"], *said.get("aliases", ())])
            yield Hole(name, version, ids, (now - day(said["published"])).days, min(mended, key=Version, default=""))


def mendings(part: dict[str, Any], version: str) -> list[str]:
    """Later versions in which the hole is closed; a range of a repository names commits instead, which say nothing."""
    closed = [event["fixed"] for event in part["events"] if "fixed" in event and part["type"] == "ECOSYSTEM"]
    return [at for at in closed if Version(at) > Version(version)]


def age_days(database: Path, *, now: datetime) -> int:
    """Days since the newest change in this copy.

    Raises
    ------
    SystemExit
        If there is no advisory in it.
    """
    changed = re.compile(r"^modified: [\"']?([0-9T:.-]+Z)", re.M)
    found = [changed.search(file.read_text("utf-8")) for file in (database / "vulns").glob("*/*.yaml")]
    moments = [day(one[1]) for one in found if one]
    if not moments:
        raise SystemExit(f"{database} is no copy of the advisory database: it has no advisory in vulns/.")
    return (now - max(moments)).days


def main(arguments: Sequence[str] | None = None) -> None:
    """Print every known hole; fail if there is one, or if the copy is too old."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database", type=Path, help="Folder with a copy of the advisory database.")
    parser.add_argument("--now", type=day, default=datetime.now(UTC), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    age = age_days(options.database, now=options.now)
    locked = pins([ROOT / file for file in LOCKS])
    found = list(holes(options.database, locked, now=options.now))
    for hole in found:
        print(hole)  # noqa: T201
    print(f"{len(found)} known holes in {len(locked)} locked versions, by a copy of {age} days ago")  # noqa: T201
    if age > OLDEST_COPY_DAYS:
        raise SystemExit(f"That copy is too old: after {OLDEST_COPY_DAYS} days it says nothing. Fetch a new one.")
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
