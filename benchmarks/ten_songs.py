"""Place ten songs you know: do ten placements bring the estimates of a library's other songs nearer to its ratings?

    python -m benchmarks.ten_songs --data DIR --cache DIR [--draws 400] [--out FILE.json]

The clinic is made of held-out ratings: it puts ten songs where their raters, on the mean, put them, and the error is
that on all other songs of the set. Three libraries, by how much the model knows of their kind: `emotify` with whole
artists left out, `emotify` by a model that heard only `vgmidi`, and `vgmidi` on the piano by a model that heard only
`emotify`. The clinic knows half of the songs, drawn anew each time; of those ten are placed: the ones that Attune asks
for (far apart, and of those the least sure), the ten least sure, or ten by lot. `as used` changes nothing where ten
placements do not show that it helps, as the product does; `always` uses it in every case. What Attune asks for was
chosen on these very sets, out of a dozen ways.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.rated_music import load_emotify, load_vgmidi
from benchmarks.train_starter import NAMES, RENDER_SHARE, ratings_of
from features import FEATURES_VERSION
from recommender.evaluation import Judged, by_artist, judge
from recommender.model import AXES
from recommender.own_scale import fit_own_scale, worth_placing
from recommender.personal import EVERYONE, next_to_ask
from recommender.training import Ratings, train

PLACED, SEED = 10, 2026
WAYS = ("asked_for", "least_sure", "by_lot")
MUCH = 0.01
"""A tenth of a step of the map's nine: an error that grows by more than this is counted as worse."""
Floats = NDArray[np.float64]


def heard_elsewhere(source: Ratings, target: Ratings) -> Judged:
    """Estimates of a set, as a scanned library, by a model that heard only another set."""
    model = train([source], features_version=FEATURES_VERSION, **NAMES)
    return judge(model, target, target.scaled, [source], reference=model.refer(target.segments))


def asked_for(judged: Judged, known: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The ten that Attune asks for, one after the other, of the songs that the clinic knows."""
    chosen: list[int] = []
    left = known.copy()
    for _ in range(PLACED):
        far = worth_placing(judged.mapped, judged.mapped[chosen], left)
        one = next_to_ask(EVERYONE, judged.mapped, judged.mapped_sd, is_safe=far)
        assert one is not None
        chosen.append(one)
        left[one] = False
    return np.array(chosen)


def tens(judged: Judged, how: str, *, draws: int) -> Iterator[NDArray[np.intp]]:
    """Tens of songs out of a half that the clinic knows, drawn by lot: those asked for, the least sure, or by lot."""
    rng = np.random.default_rng(SEED)
    n = len(judged.rated)
    spread = np.hypot(*judged.mapped_sd.T)
    for _ in range(draws):
        known = np.zeros(n, bool)
        known[rng.permutation(n)[: n // 2]] = True
        songs = np.flatnonzero(known)
        if how == "asked_for":
            yield asked_for(judged, known)
        elif how == "least_sure":
            yield songs[np.argsort(-spread[songs], kind="stable")[:PLACED]]
        else:
            yield rng.choice(songs, PLACED, replace=False)


def after_placing(judged: Judged, placed: NDArray[np.intp], axis: int) -> dict[str, float]:
    """Mean absolute error on the songs that were not placed: before, as the product uses it, and always."""
    rated, estimated = np.clip(judged.rated[:, axis], -1, 1), judged.mapped[:, axis]
    rest = np.setdiff1d(np.arange(len(rated)), placed)
    scale = fit_own_scale(estimated[placed], rated[placed], judged.mapped_sd[placed, axis])
    before, always = (float(np.abs(e[rest] - rated[rest]).mean()) for e in (estimated, scale.apply(estimated)))
    return {"before": before, "as_used": always if scale.helps else before, "always": always, "is_on": scale.helps}


def figures(judged: Judged, *, draws: int) -> dict[str, Any]:
    """Of both axes, by how the ten songs are chosen."""
    found: dict[str, Any] = {"n": len(judged.rated)}
    for how in WAYS:
        chosen = list(tens(judged, how, draws=draws))
        for axis, name in enumerate(AXES):
            drawn = [after_placing(judged, placed, axis) for placed in chosen]
            columns = {key: np.array([one[key] for one in drawn]) for key in drawn[0]}
            gain = 1 - columns["as_used"] / columns["before"]
            low, high = np.quantile(gain, [0.05, 0.95])
            found.setdefault(name, {})[how] = {
                **{key: round(float(values.mean()), 4) for key, values in columns.items()},
                "gain": round(float(gain.mean()), 4),
                "gain_of_nine_in_ten": [round(float(low), 4), round(float(high), 4)],
                "worse": round(float(np.mean(columns["as_used"] > columns["before"] + MUCH)), 4),
                "worse_if_always": round(float(np.mean(columns["always"] > columns["before"] + MUCH)), 4),
            }
    return found


def main() -> None:
    """Estimate, place, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "ten_songs.json")
    options = parser.parse_args()
    emotify = ratings_of(load_emotify(options.data, options.cache))
    vgmidi = load_vgmidi(options.data, options.cache, ["piano"])
    played, weighed = ratings_of(vgmidi), ratings_of(vgmidi, share=RENDER_SHARE)
    libraries = {
        "emotify, artists left out": by_artist(emotify, others=[weighed], **NAMES),
        "emotify by a model of vgmidi": heard_elsewhere(played, emotify),
        "vgmidi by a model of emotify": heard_elsewhere(emotify, played),
    }
    result: dict[str, Any] = {"features_version": FEATURES_VERSION, "draws": options.draws, "seed": SEED}
    result |= {name: figures(judged, draws=options.draws) for name, judged in libraries.items()}
    for name in libraries:
        for axis in AXES:
            for how in WAYS:
                one = result[name][axis][how]
                print(
                    f"{name}, {axis}, {how}: error {one['before']:.3f}, as used {one['as_used']:.3f} (on for "
                    f"{one['is_on']:.0%}, worse for {one['worse']:.1%}), always {one['always']:.3f} (worse for "
                    f"{one['worse_if_always']:.1%})"
                )
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
