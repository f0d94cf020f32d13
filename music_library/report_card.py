"""The report card of a trained model, as it was kept beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_report(home: Path, model: str) -> dict[str, Any] | None:
    """The report card of a model that was trained in this home; None where there is none, or it is no JSON object."""
    if Path(model).name != model:
        return None
    try:
        report = json.loads((home / "models" / model / "report.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return report if isinstance(report, dict) else None
