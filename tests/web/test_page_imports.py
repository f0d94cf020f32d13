"""The pages answer fast and stay small: nothing that hears or learns is loaded with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = ("librosa", "numba", "soundfile", "av", "sklearn")

CODE = """
import sys
from pathlib import Path
from importlib import import_module
for file in [*Path("web/clinician").glob("*.py"), *Path("web/components").glob("*.py")]:
    import_module(".".join(file.with_suffix("").parts))
from recommender import plan
print(" ".join(name for name in {heavy!r} if name in sys.modules))
"""


def test_no_page_loads_what_hears_or_learns():
    code = CODE.replace("{heavy!r}", repr(HEAVY))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=Path())
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == ""
