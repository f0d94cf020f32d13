"""Rated against estimated, by tenths of the tracks: how far a model can be taken at its word."""

from __future__ import annotations

from collections.abc import Sequence

from web.components.definitions import definition


def calibration(points: Sequence[tuple[float, float]], *, key: str, across: str, up: str, alt: str) -> None:
    """Draw points of (estimated, rated), both in [-1, 1], beside the diagonal."""
    definition("calibration", html='<div class="attune-calibration"></div>', draws=True)(
        key=key, data={"points": [list(point) for point in points], "across": across, "up": up, "alt": alt}
    )
