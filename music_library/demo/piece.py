"""What a demo piece is, and who plays it."""

from __future__ import annotations

from dataclasses import dataclass

from music_library.demo.arrangement import Layer, Sketch, count_bars
from music_library.demo.harmony import Key


@dataclass(frozen=True)
class DemoPiece:
    """One piece: what it is called, what its maker meant, and what is true of it by construction."""

    number: int
    title: str
    artist: str
    valence: float
    arousal: float
    bpm: float
    key: str
    beats_per_bar: int
    sketch: Sketch

    @property
    def bars(self) -> int:
        """Bars from the first to the last."""
        return count_bars(self.sketch)

    @property
    def file_name(self) -> str:
        """The name of its file in the demo folder."""
        return f"{self.number:02d} {self.title}.ogg"


def piece_of(
    title: str,
    artist: str,
    mood: tuple[float, float],
    tempo: tuple[float, int],
    key: str,
    style: tuple[Layer, ...],
    verse: str,
    bridge: str,
    *,
    form: str = "iAABAo",
    pace: str = "slow",
    swing: float = 0.0,
    hall_s: float = 1.8,
    closing: str = "",
) -> DemoPiece:
    """A piece whose number, and with it the seed of its tune, is still to be given."""
    sketch = Sketch(style, verse, bridge, form, pace, 0, swing, hall_s, closing)
    return DemoPiece(0, title, artist, *mood, tempo[0], Key.of(key).name, tempo[1], sketch)


HERON, MARROW, REED, COPPER = "Heronsgate Piano", "Marrowfield Strings", "Reed and Lantern", "Copperkettle Players"
UNDERTOW, ORRERY, TALLOW, IRON = "Undertow Keys", "Paper Orrery", "Tallow Lane Trio", "Ironwood Engine House"
NORTH, LOFT = "Northgate Parade Band", "Brannock Loft Choir"
