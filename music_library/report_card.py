"""The report card of a trained model, as it was kept beside it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from recommender.model import AXES

MAX_BYTES = 16 * 2**20


def read_report(home: Path, model: str) -> dict[str, Any] | None:
    """The report card of a model that was trained in this home; None where there is none, or it is no report card."""
    if Path(model).name != model:
        return None
    path = home / "models" / model / "report.json"
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            return None
        report = json.loads(path.read_text("utf-8"))
        return report if _is_whole(report) else None
    except (OSError, ValueError, RecursionError):
        return None


def _is_whole(report: Any) -> bool:
    """Whether everything is there that pages and promotion read first."""
    try:
        numbers = [report["n"], *(report["figures"][axis]["r2"] for axis in AXES)]
        verdict = report["comparison"]
        parts = (report["notes"], report["learning_curve"], report["worst"], verdict["reasons"])
        return (
            all(isinstance(number, int | float) and math.isfinite(number) for number in numbers)
            and isinstance(verdict["may_promote"], bool)
            and all(isinstance(part, list) for part in parts)
        )
    except (KeyError, TypeError, IndexError):
        return False
