"""A run chart of one line over the sessions, drawn by our own script so that it prints well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from web.components.definitions import definition
from web.words import say


@dataclass(frozen=True)
class RunPoint:
    """One session: the day, and the answers before and after as shares of the line."""

    day: str
    before: float
    after: float


def run_chart(points: Sequence[RunPoint], *, key: str, title: str, band: float) -> None:
    """Draw the chart; `band` is how far one answer may lie from the next without any change, as a share of the line."""
    says = "; ".join(f"{point.day}: {100 * point.before:.0f} → {100 * point.after:.0f}" for point in points)
    definition("run_chart", html='<div class="attune-run"></div>', draws=True)(
        key=key,
        data={
            "points": [asdict(point) for point in points],
            "band": band,
            "texts": {
                "title": title,
                "alt": f"{title}. {says}",
                "before": say("clinician.phase_before"),
                "after": say("clinician.phase_after"),
                "band": say("clinician.run_band", points=round(100 * band)),
            },
        },
    )
