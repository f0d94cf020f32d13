"""Train the mood model that ships, judge it, and write it with its figures.

    python -m benchmarks.train_starter --data DIR --cache DIR [--out music_library/starter_model]

DIR holds the rated sets as their publishers give them; nothing of them is written but the model's own numbers.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from benchmarks.rated_music import RatedSet, load_emotify, load_vgmidi
from benchmarks.rendering import ORCHESTRATIONS
from features import FEATURE_NAMES, FEATURES_VERSION
from recommender.model_file import save_model
from recommender.training import Ratings, Settings, train


def ratings_of(source: RatedSet, *, share: float = 1.0) -> Ratings:
    """The set for training: renders of one score share its weight, and the whole set counts `share`."""
    _, piece, count = np.unique(source.ids, return_inverse=True, return_counts=True)
    weight = share * source.weight / count[piece]
    return Ratings(source.name, source.segments, source.ratings, source.group, weight, source.genre)


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("music_library/starter_model"))
    parser.add_argument("--orchestrations", default=",".join(o.name for o in ORCHESTRATIONS))
    given = parser.parse_args()
    sets = [
        ratings_of(load_emotify(given.data, given.cache)),
        ratings_of(load_vgmidi(given.data, given.cache, given.orchestrations.split(","))),
    ]
    model = train(sets, feature_names=FEATURE_NAMES, features_version=FEATURES_VERSION, settings=Settings())
    save_model(model, given.out / "model.json")
    print(model.model_id, (given.out / "model.json").stat().st_size)


if __name__ == "__main__":
    main()
