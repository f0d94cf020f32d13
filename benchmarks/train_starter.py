"""Train the mood model that ships, judge it, and write it with its figures and its card.

    python -m benchmarks.train_starter --data DIR --cache DIR [--out music_library/starter_model]

DIR holds the rated sets as their publishers give them; nothing of them is written but the model's own numbers. Figures
go to benchmarks/results/mood.json.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rated_music import RatedSet, load_emotify, load_vgmidi
from benchmarks.rendering import ORCHESTRATIONS
from features import FEATURE_NAMES, FEATURES_VERSION
from recommender.evaluation import by_artist, judge, left_out, mean_of, summary
from recommender.model import AXES
from recommender.model_file import save_model
from recommender.training import DEFAULTS, Ratings, as_heard_in, folds_of, train
from recommender.training_rows import rows_in_file

RENDER_SHARE = 0.3
"""How much a rated score counts beside a real recording."""
NAMES = {"feature_names": FEATURE_NAMES}
RESULTS = Path(__file__).parent / "results" / "mood.json"


def ratings_of(source: RatedSet, *, share: float = 1.0) -> Ratings:
    """The set for training: renders of one score share its weight, and the whole set counts `share`."""
    _, piece, count = np.unique(source.ids, return_inverse=True, return_counts=True)
    weight = share * source.weight / count[piece]
    return Ratings(source.name, source.segments, source.ratings, source.group, weight, source.genre)


def across(source: Ratings, target: Ratings, *, as_library: bool) -> dict[str, Any]:
    """Train on one set, test on the other: each recording as a file alone, or all of them as a scanned library."""
    model = train([source], features_version=FEATURES_VERSION, **NAMES)
    reference = model.refer(target.segments) if as_library else None
    return summary(judge(model, target, target.scaled, [source], reference=reference), groups=target.genre)


def halves(source: Ratings, others: Sequence[Ratings], *, seed: int, as_library: bool) -> dict[str, Any]:
    """Two halves of the artists, each estimated by a model that heard the other; with the quarters of the plane."""
    group = np.unique(source.group, return_inverse=True)[1]
    parts = folds_of(group, n_folds=2, seed=seed)
    judged = left_out(source, parts, others=others, seed=seed, as_library=as_library, **NAMES)
    good, high = (judged.mapped > 0).T
    quarters = {
        f"{'good' if g else 'bad'}, {'high' if h else 'low'}": float(np.mean((good == g) & (high == h)))
        for g in (True, False)
        for h in (True, False)
    }
    return summary(judged) | {"quarters": quarters}


def evaluate(emotify: Ratings, vgmidi: Ratings, *, seeds: int) -> dict[str, Any]:
    """Every figure of the starter model and of its parts."""
    genres = [np.flatnonzero(emotify.genre == genre) for genre in np.unique(emotify.genre)]
    series = np.unique(vgmidi.group, return_inverse=True)[1]
    figures: dict[str, Any] = {}
    for kind, others in (("recordings alone", []), ("both", [vgmidi])):
        figures[f"{kind}, artists left out"] = mean_of(
            [summary(by_artist(emotify, others=others, seed=seed, **NAMES)) for seed in range(seeds)]
        )
        for name, as_library in (("", False), (", as a library", True)):
            judged = left_out(emotify, genres, others=others, as_library=as_library, **NAMES)
            figures[f"{kind}, genres left out{name}"] = summary(judged, groups=emotify.genre)
    for name, as_library in (("", False), (", as a library", True)):
        figures[f"both, half of the artists left out{name}"] = mean_of(
            [halves(emotify, [vgmidi], seed=seed, as_library=as_library) for seed in range(seeds)]
        )
    figures["both, series of scores left out, as a library"] = mean_of(
        [
            summary(
                left_out(vgmidi, folds_of(series, seed=seed), others=[emotify], seed=seed, as_library=True, **NAMES)
            )
            for seed in range(seeds)
        ]
    )
    for name, as_library in (("", False), (", as a library", True)):
        figures[f"scores to recordings{name}"] = across(vgmidi, emotify, as_library=as_library)
        figures[f"recordings to scores{name}"] = across(emotify, vgmidi, as_library=as_library)
    return figures


def other_sets(data: Path) -> dict[str, Any]:
    """The same estimator and intervals on two sets that come as features of other programs."""
    answers = {}
    with (data / "deam_features" / "features_74.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    columns = [name for name in rows[0] if name.startswith(("pcm_", "F0", "log", "voic", "jit", "shim", "aud"))]
    answers["deam_features"] = _columns(rows, columns, ("valence_mean", "arousal_mean"), n_folds=10)
    with (data / "soundtracks" / "soundtrack.csv").open(encoding="utf-8", newline="") as stream:
        rated = {int(row["Number"]): row for row in csv.DictReader(stream)}
    with (data / "soundtracks" / "soundtrack_features.csv").open(encoding="utf-8", newline="") as stream:
        heard = list(csv.DictReader(stream))
    rows = [row | rated[int(row["File"][:3])] for row in heard if int(row["File"][:3]) in rated]
    columns = [name for name in heard[0] if name != "File"]
    answers["soundtracks"] = _columns(rows, columns, ("Valence", "Energy"), n_folds=10)
    return answers


def _columns(
    rows: Sequence[dict[str, str]], columns: Sequence[str], targets: tuple[str, str], *, n_folds: int
) -> dict[str, Any]:
    X = np.array([[float(row[name] or "nan") for name in columns] for row in rows])
    y = np.array([[float(row[name]) for name in targets] for row in rows])
    # The same song stands in some sets twice.
    first: dict[bytes, str] = {}
    group = np.array(
        [
            row.get("soundtrack") or first.setdefault(X[i].astype(np.float32).tobytes(), str(i))
            for i, row in enumerate(rows)
        ]
    )
    source = Ratings("columns", tuple(X[:, None, :]), y, group, np.ones(len(rows)))
    numbers = np.unique(group, return_inverse=True)[1]
    judged = left_out(source, folds_of(numbers, n_folds=n_folds), feature_names=tuple(columns))
    return summary(judged)


def table(figures: dict[str, Any]) -> list[str]:
    """The figures as lines of Markdown."""
    lines = [
        "| trained and tested on | axis | R² | r | RMSE | CCC | coverage | width | spread | constant "
        "| three features |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, each in figures.items():
        for axis in AXES:
            f = each[axis]
            constant, three = (each["baselines"][kind][axis] for kind in ("constant", "three"))
            told = " | ".join(_with_ends(f[key], f["intervals"][key]) for key in ("r2", "r", "rmse", "ccc", "coverage"))
            lines.append(
                f"| {name} (n {each['n']:.0f}) | {axis} | {told} | {f['width_share']:.2f} | "
                f"{f['mapped_spread']:.2f} | {constant['r2']:.3f} | {three['r2']:.3f} |"
            )
    return lines


def _with_ends(value: float, ends: Sequence[float]) -> str:
    return f"{value:.3f} ({ends[0]:.2f} to {ends[1]:.2f})"


CARD = """# The mood model that comes with Attune

Model {model_id}, for features of version {version}, written by `benchmarks/train_starter.py`.

**What it does.** From {n_features} numbers of a recording it estimates how it sounds to most listeners, from bad to
good (valence) and from low to high energy (arousal), each with its spread. It says nothing about what a person will
feel.

**Trained on** {recordings} real recordings of a minute (Aljanaki, Wiering & Veltkamp 2015; classical, rock, electronic,
pop; 11 to 59 listeners each, who said what they felt) and {scores} piano scores from video games (Ferreira & Whitehead
2019; about 30 raters each, who said what the music expresses), rendered with {renders} sets of instruments so that
mood is not taken for timbre; a score counts {share} of a recording. Ratings published for research: read their terms
before commercial use, or train on your own with one command. The file holds no recording, no rating and no row of
either.

**Method.** Features are cut and scaled; a ridge whose blocks are trusted as far as they carried across sets, a linear
part whose cues may only point the way that the literature says, and a smooth part are averaged. What is far from the
training music is drawn to the middle, and its intervals are wider. Ratings of each set are centred and scaled (median
0, nine tenths within 0.8), and the scores' features brought to the mean and spread that they have in the recordings. A
fixed monotone map gives estimates the spread of ratings.

**Figures**, all on music left out, of the raw estimates on that scale. "As a library" is what a scan says, which
compares tracks with each other; the other rows are files alone. "Coverage" is that of the 90 % interval, and "width"
its mean width as a share of one that is as wide everywhere and covers as many; "spread" is that of the mapped estimates
as a share of the ratings'. In brackets where a figure lies nineteen times of twenty if the recordings are drawn anew;
rows of artists or series left out are means of {seeds} divisions into folds. The ceiling that the listeners' own
agreement allows is R² .90 (arousal) and .71 (valence).

{table}

**Limits.** Western repertoire only. Left–right is the weaker guess: most of what people disagree on is in themselves.
Sung words are not understood. On kinds of music that it has not heard it is worse than the first rows say (see genres
and sets left out), and it marks them. A set of its own kind may lie off the middle as a whole: a therapist's own
placing of a track always counts instead. Let a person's own answer outrank it, always.
"""


def main() -> None:
    """Train, judge and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("music_library/starter_model"))
    parser.add_argument("--orchestrations", default=",".join(o.name for o in ORCHESTRATIONS))
    parser.add_argument("--seeds", type=int, default=20)
    given = parser.parse_args()
    played = given.orchestrations.split(",")
    emotify = ratings_of(load_emotify(given.data, given.cache))
    vgmidi = ratings_of(load_vgmidi(given.data, given.cache, played), share=RENDER_SHARE)
    figures = evaluate(emotify, vgmidi, seeds=given.seeds)
    lines = table(figures)
    print("\n".join(lines))
    shown = {
        name: {axis: {key: each[axis][key] for key in ("r2", "r", "rmse", "ccc", "coverage")} for axis in AXES}
        | {"n": each["n"]}
        for name, each in figures.items()
    }
    card = {
        "title": "Starter model",
        "data": "emotify recordings (Aljanaki, Wiering & Veltkamp 2015); "
        "vgmidi scores, rendered (Ferreira & Whitehead 2019)",
        "terms": "Ratings published for research; read their terms before commercial use; retrain on your own.",
        "orchestrations": played,
        "figures": shown,
        "left_out_rmse": {axis: figures["both, artists left out"][axis]["rmse"] for axis in AXES},
    }
    model = train([emotify, vgmidi], features_version=FEATURES_VERSION, card=card, **NAMES)
    save_model(model, given.out / "model.json")
    searched = np.concatenate([*emotify.segments, *vgmidi.segments, *as_heard_in(emotify, vgmidi)])
    if found := rows_in_file(given.out / "model.json", searched):
        raise SystemExit(f"The file holds rows that it was trained on: {found}")
    text = CARD.format(
        model_id=model.model_id,
        version=FEATURES_VERSION,
        n_features=len(FEATURE_NAMES),
        recordings=len(emotify),
        scores=len(vgmidi) // len(played),
        renders=len(played),
        share=RENDER_SHARE,
        seeds=given.seeds,
        table="\n".join(lines),
    )
    (given.out / "card.md").write_text(text, encoding="utf-8")
    others = other_sets(given.data)
    print("\n".join(table(others)[2:]))
    RESULTS.parent.mkdir(exist_ok=True)
    settings = {key: value for key, value in vars(DEFAULTS).items() if value is not None}
    about = {"features_version": FEATURES_VERSION, "orchestrations": played, "seeds": given.seeds, "settings": settings}
    about |= {"training_rows_searched_for": len(searched), "training_rows_found": 0}
    about |= {"machine": platform.machine(), "numpy": np.__version__, "model_id": model.model_id}
    RESULTS.write_text(json.dumps({"about": about, "figures": figures, "other_sets": others}, indent=1) + "\n")
    print(model.model_id, (given.out / "model.json").stat().st_size, "bytes")


if __name__ == "__main__":
    main()
