"""A small licence-free library that Attune composes and plays itself, so that a newcomer hears something at once."""

from music_library.demo.making import make_demo
from music_library.demo.piece import DemoPiece
from music_library.demo.pieces import DEMO_PIECES

__all__ = ["DEMO_PIECES", "DemoPiece", "make_demo"]
