"""How a model's estimates get better with more ratings, drawn so that it prints well."""

from __future__ import annotations

from collections.abc import Sequence

from web.components.definitions import definition

Points = Sequence[tuple[int, float]]


def learning_curve(
    own: Points, three: Points, *, key: str, most: int, lowest: float, foot: str, across: str, up: str, alt: str
) -> None:
    """Draw R² by number of tracks, of the model (a line) and of three features alone (dashed), from `lowest` to 1."""
    definition("learning_curve", html='<div class="attune-curve"></div>', draws=True)(
        key=key,
        data={
            "own": [list(point) for point in own],
            "three": [list(point) for point in three],
            "most": most,
            "lowest": lowest,
            "foot": foot,
            "across": across,
            "up": up,
            "alt": alt,
        },
    )
