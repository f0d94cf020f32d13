"""A hole that is known is found in what is locked, and an old copy does not pass for a clean one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from tests.house.advisories import LOCKS, ROOT, Hole, age_days, holes, in_range, main, pins

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def an_advisory(database: Path, name: str, *events: dict[str, str], days: int = 10, **more: object) -> None:
    """Write one as the database has them, published `days` ago."""
    folder = database / "vulns" / name
    folder.mkdir(parents=True, exist_ok=True)
    at = datetime.fromtimestamp(NOW.timestamp() - 86_400 * days, UTC).strftime("%Y-%m-%dT%H:%M:%S.5Z")
    said = {
        "id": f"PYSEC-2026-{len(list(folder.iterdir()))}",
        "affected": [
            {
                "package": {"name": name, "ecosystem": "PyPI"},
                "ranges": [
                    {"type": "GIT", "events": [{"introduced": "0"}, {"fixed": "afcf880c60e5"}]},
                    {"type": "ECOSYSTEM", "events": list(events)},
                ],
            }
        ],
        "aliases": ["CVE-2026-1"],
        "modified": at,
        "published": at,
    } | more
    (folder / f"{said['id']}.yaml").write_text(yaml.safe_dump(said), "utf-8")


@pytest.mark.parametrize(
    ("events", "version", "expected"),
    [
        ([{"introduced": "0"}, {"fixed": "2.0"}], "1.9", True),
        ([{"introduced": "0"}, {"fixed": "2.0"}], "2.0", False),
        ([{"introduced": "1.5"}, {"fixed": "2.0"}], "1.4.9", False),
        ([{"introduced": "1.5"}], "1.10", True),
        ([{"introduced": "0"}, {"last_affected": "1.2"}], "1.2", True),
        ([{"introduced": "0"}, {"last_affected": "1.2"}], "1.2.1", False),
        ([{"fixed": "2.0"}, {"introduced": "0"}, {"fixed": "3.1"}, {"introduced": "3.0"}], "2.5", False),
        ([{"fixed": "2.0"}, {"introduced": "0"}, {"fixed": "3.1"}, {"introduced": "3.0"}], "3.0.5", True),
        ([], "1.0", False),
    ],
)
def test_a_range_holds_from_where_it_begins_to_before_its_mending(events, version, expected):
    assert in_range(events, version) is expected


def test_each_hole_is_told_with_its_days_and_where_it_is_mended(tmp_path: Path):
    an_advisory(tmp_path, "starlette", {"introduced": "0"}, {"fixed": "2.10"}, {"introduced": "3"}, {"fixed": "9"})
    an_advisory(tmp_path, "starlette", {"introduced": "0"}, withdrawn="2026-11-01T00:00:00Z")
    an_advisory(tmp_path, "starlette", {"introduced": "0"}, {"fixed": "1.0"})
    an_advisory(tmp_path, "pillow", {"introduced": "0"}, days=3)
    an_advisory(tmp_path, "another", {"introduced": "0"})
    found = list(holes(tmp_path, {("starlette", "2.9"), ("pillow", "12.0")}, now=NOW))
    assert found == [
        Hole("pillow", "12.0", "PYSEC-2026-0, CVE-2026-1", 2, ""),
        Hole("starlette", "2.9", "PYSEC-2026-0, CVE-2026-1", 9, "2.10"),
    ]


def test_a_version_that_is_named_is_found_without_a_range(tmp_path: Path):
    one = {"package": {"name": "starlette", "ecosystem": "PyPI"}, "versions": ["2.9"]}
    an_advisory(tmp_path, "starlette", affected=[one])
    assert [hole.version for hole in holes(tmp_path, {("starlette", "2.9"), ("starlette", "3.0")}, now=NOW)] == ["2.9"]


def test_everything_that_is_locked_is_compared():
    files = [ROOT / name for name in LOCKS]
    lines = [line for file in files for line in file.read_text("utf-8").splitlines() if line[:1].isalnum()]
    assert len(pins(files)) > 60
    assert sum(len(pins([file])) for file in files) == len(lines)


def test_the_command_fails_where_something_is_known_and_where_the_copy_is_old(tmp_path: Path, capsys):
    name, version = sorted(pins([ROOT / LOCKS[0]]))[0]
    an_advisory(tmp_path, "another", {"introduced": "0"}, days=5)
    arguments = [str(tmp_path), "--now", NOW.isoformat()]
    with pytest.raises(SystemExit) as clean:
        main(arguments)
    assert clean.value.code == 0
    an_advisory(tmp_path, name, {"introduced": "0"}, days=40)
    with pytest.raises(SystemExit) as holed:
        main(arguments)
    assert holed.value.code == 1
    assert f"{name} {version}: PYSEC-2026-0, CVE-2026-1, known for 39 days, not mended yet" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="too old"):
        main([str(tmp_path), "--now", "2026-12-31T00:00:00+00:00"])
    assert age_days(tmp_path, now=NOW) == 4
    with pytest.raises(SystemExit, match="is no copy of the advisory database"):
        main([str(tmp_path / "nothing")])
