"""The script that changes code to see whether tests notice makes each small change, and tells which none noticed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.house.mutation import changes

ROOT = Path(__file__).parents[2]
SOURCE = '''\
def is_allowed(level: float, limit: float = 3.0) -> bool:
    """Whether a level is no more than the limit."""
    if level is None:
        raise ValueError("no level")
    return level <= limit and level > -1
'''


def test_every_small_change_is_made_and_what_only_people_read_is_left_alone():
    made = [
        line[1:].strip() for one in changes(SOURCE, "allowed.py") for line in one.diff.splitlines() if line[0] == "+"
    ]
    assert sorted(made) == sorted(
        [
            "def is_allowed(level: float, limit: float=4.0) -> bool:",
            "if level is not None:",
            "if not level is None:",
            "pass",
            "return None",
            "return level <= limit or level > -1",
            "return level > -1",
            "return level <= limit",
            "return level < limit and level > -1",
            "return level <= limit and level >= -1",
            "return level <= limit and level > +1",
            "return level <= limit and level > -2",
        ]
    )


def test_what_no_test_notices_is_told_with_its_line_and_fails_below_the_bar(tmp_path: Path):
    (tmp_path / "allowed.py").write_text(SOURCE)
    (tmp_path / "test_allowed.py").write_text(
        "from allowed import is_allowed\n\n\n"
        "def test_it():\n    assert is_allowed(2, 2)\n    assert not is_allowed(2, 1)\n"
    )
    run = (
        "import sys; from pathlib import Path; from tests.house import mutation\n"
        "mutation.ROOT, mutation.TESTS = Path(sys.argv[1]), {'allowed.py': ('test_allowed.py',)}\n"
        "mutation.LIBRARIES = ('pytest', 'hypothesis')\n"
        "mutation.main(['--jobs', '1', '--out', sys.argv[1] + '/found.json'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", run, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=250
    )
    assert done.returncode == 1, done.stderr
    found = json.loads((tmp_path / "found.json").read_text())["files"]["allowed.py"]
    assert found["of"] == 12
    assert found["killed"] + found["survived"] == 12
    # The test calls it with a limit, never without a level, and never far below: it cannot notice these.
    assert any("limit: float=4.0" in diff for diff in found["survivors"])
    assert any("level > -2" in diff for diff in found["survivors"])
    assert not any("level < limit" in diff for diff in found["survivors"])
    assert "survived allowed.py:1" in done.stdout
