"""Put the best of the pictures that `take.py` took into `docs/pictures`, small enough to keep.

`python -m tests.pictures.best TAKEN [--docs DIR]`
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
BEST = {
    "first-account": ("first-account-laptop-light", 900),
    "first-start": ("first-start-laptop-light", 900),
    "start-a-session": ("start-list-laptop-light", 1200),
    "after-the-session": ("after-laptop-light", 1100),
    "review": ("client-review-laptop-light", 1000),
    "group": ("group-gathers-laptop-light", 1100),
    "today": ("today-laptop-light", 1000),
}
"""Name in the documentation: name of the picture, and how wide it is kept."""
FIRST_SIGHT = {"start-a-session": 900}
"""Pictures of which only so many pixels from the top are kept: what a laptop shows before anybody scrolls."""
PHONE = ("room-feel-phone-light", "room-first-song-phone-light", "room-playing-phone-dark")
COLOURS = 256


def main() -> None:
    """Choose, shrink and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("taken", type=Path)
    parser.add_argument("--docs", type=Path, default=ROOT / "docs" / "pictures")
    given = parser.parse_args()
    for name, (picture, width) in BEST.items():
        file = given.taken / f"{picture}.png"
        if file.exists():
            whole = Image.open(file).convert("RGB")
            seen = whole.crop((0, 0, whole.width, min(whole.height, FIRST_SIGHT.get(name, whole.height))))
            keep(shrunk(seen, width), given.docs / f"{name}.png")
    phones = [given.taken / f"{name}.png" for name in PHONE]
    if all(file.exists() for file in phones):
        side_by_side = beside([shrunk(Image.open(file).convert("RGB"), 360) for file in phones])
        keep(side_by_side, given.docs / "listening-room.png")


def shrunk(image: Image.Image, width: int) -> Image.Image:
    """The picture at a width."""
    return image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)


def beside(images: list[Image.Image], gap: int = 24) -> Image.Image:
    """Pictures in one row on white."""
    width = sum(image.width for image in images) + gap * (len(images) - 1)
    row = Image.new("RGB", (width, max(image.height for image in images)), "white")
    left = 0
    for image in images:
        row.paste(image, (left, 0))
        left += image.width + gap
    return row


def keep(image: Image.Image, file: Path) -> None:
    """Write with few colours: pages have few."""
    file.parent.mkdir(parents=True, exist_ok=True)
    image.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE).save(file, optimize=True)


if __name__ == "__main__":
    main()
