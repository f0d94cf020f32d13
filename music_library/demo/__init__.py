"""A small licence-free library that Attune composes and plays itself, so that a newcomer hears something at once."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from music_library.demo.making import make_demo
    from music_library.demo.piece import DemoPiece
    from music_library.demo.pieces import DEMO_PIECES

__all__ = ["DEMO_PIECES", "DemoPiece", "make_demo"]

_HOME = {
    "DEMO_PIECES": "music_library.demo.pieces",
    "DemoPiece": "music_library.demo.piece",
    "make_demo": "music_library.demo.making",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: a page that takes the demo out must not load what plays it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
