"""Models of one's own: train on a table of tags, judge beside the model in use, promote, roll back.

Features come from the catalogue; a track that it does not hold is heard once and kept.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from features import FEATURE_NAMES, FEATURES_VERSION, AudioFeatures, extract_many
from music_library.database import reading
from music_library.errors import LibraryError
from music_library.estimates import estimate_again, matrix
from music_library.models import IN_USE, model_in_use, starter_model
from music_library.report_card import as_html
from music_library.schema import files, sounds, tracks
from music_library.tag_table import Problem, Tag, TagTable, TagTableError, read_tag_table
from recommender.errors import ModelMismatchError
from recommender.model import AXES, MoodModel
from recommender.model_file import load_model, save_model

if TYPE_CHECKING:
    from music_library.catalogue import Catalogue
    from recommender.evaluation import Judged
    from recommender.training import Ratings

OVERALL_LIMIT, GROUP_LIMIT = 1.02, 1.05
_HISTORY = "history.json"
_STARTER = "starter"
_N_WORST = 20
STEPS = ("hearing", "training", "judging", "learning_curve")
"""What training does, in order."""


class PromotionError(LibraryError):
    """A model that is not put in use, with the reason."""

    code = "not_promoted"


@dataclass(frozen=True)
class Trained:
    """A model that was trained and judged, but is not yet in use."""

    model_id: str
    folder: Path
    report: dict[str, Any]


def ratings_of(
    catalogue: Catalogue,
    table: TagTable,
    *,
    cache: Path,
    on_progress: Callable[[int, int, float | None], None] | None = None,
) -> Ratings:
    """The tagged tracks with their features; several raters of a track are averaged.

    Raises
    ------
    TagTableError
        Naming the rows whose track is not in the library, cannot be heard, or has the same sound as another.
    """
    from recommender.training import Ratings

    problems: list[Problem] = []
    heard = _heard(catalogue, table.tags, cache, problems, on_progress)
    kept: dict[str, list[Tag]] = {}
    of_track: dict[str, NDArray[np.float32]] = {}
    for tag in table.tags:
        segments = heard.get(tag.row)
        if segments is None:
            continue
        name = hashlib.sha256(np.ascontiguousarray(segments).tobytes()).hexdigest()
        same = [other for other in kept.get(name, []) if other.rater == tag.rater]
        if same:
            what = f"the same recording as row {same[0].row}"
            problems.append(Problem(tag.row, "path", str(tag.path or tag.track_id), what, "Keep one of them."))
            continue
        kept.setdefault(name, []).append(tag)
        of_track[name] = segments
    if problems:
        lines = "\n".join(str(problem) for problem in problems[:20])
        raise TagTableError(
            f"{table.source.name} cannot be used: {len(problems)} to put right.\n{lines}",
            problems=tuple(problems),
            file=str(table.source),
        )
    rows = list(kept.values())
    weights = [np.array([tag.weight for tag in tags]) for tags in rows]
    places = [np.array([[tag.valence, tag.arousal] for tag in tags]) for tags in rows]
    return Ratings(
        table.source.name,
        tuple(of_track[name] for name in kept),
        np.array([weight @ place / weight.sum() for weight, place in zip(weights, places, strict=True)]).reshape(-1, 2),
        np.array([tags[0].group or f"row {tags[0].row}" for tags in rows]),
        np.array([weight.sum() for weight in weights]),
        np.array([str(tags[0].row) for tags in rows]),
    )


def _heard(
    catalogue: Catalogue,
    tags: Sequence[Tag],
    cache: Path,
    problems: list[Problem],
    on_progress: Callable[[int, int, float | None], None] | None,
) -> dict[int, NDArray[np.float32]]:
    """Features of each row's track, from the catalogue, the cache, or the file."""
    by_path: dict[bytes, NDArray[np.float32]] = {}
    by_id: dict[str, NDArray[np.float32]] = {}
    wanted = {os.fsencode(os.path.abspath(tag.path)) for tag in tags if tag.path is not None}  # noqa: PTH100
    query = (
        select(tracks.c.id, files.c.path, sounds.c.n_features, sounds.c.segments)
        .join(sounds, sounds.c.track_number == tracks.c.number)
        .join(files, files.c.track_number == tracks.c.number, isouter=True)
        .where(tracks.c.features_version == FEATURES_VERSION)
    )
    wanted_ids = {tag.track_id for tag in tags if tag.track_id}
    with reading(catalogue.engine) as db:
        for row in db.execute(query):
            if row.id in wanted_ids or (row.path is not None and bytes(row.path) in wanted):
                segments = matrix(row.segments, row.n_features)
                by_id[row.id] = segments
                if row.path is not None:
                    by_path[bytes(row.path)] = segments
    found: dict[int, NDArray[np.float32]] = {}
    waiting: dict[Path, list[int]] = {}
    for tag in tags:
        if tag.track_id is not None:
            if tag.track_id in by_id:
                found[tag.row] = by_id[tag.track_id]
            else:
                hint = "Scan its folder again, or name the track by its path."
                problems.append(Problem(tag.row, "track_id", tag.track_id, "not in this library", hint))
            continue
        path = Path(os.path.abspath(tag.path or ""))  # noqa: PTH100
        if os.fsencode(path) in by_path:
            found[tag.row] = by_path[os.fsencode(path)]
        elif path.is_file():
            waiting.setdefault(path, []).append(tag.row)
        else:
            hint = "Correct the path; it counts from the folder of the table."
            problems.append(Problem(tag.row, "path", str(tag.path), "no such file", hint))
    for path, result in _hear(waiting, cache, on_progress):
        for row_number in waiting[path]:
            if isinstance(result, np.ndarray):
                found[row_number] = result
            else:
                problems.append(Problem(row_number, "path", str(path), str(result), "Take the row out, or replace it."))
    return found


def _hear(
    waiting: dict[Path, list[int]], cache: Path, on_progress: Callable[[int, int, float | None], None] | None
) -> list[tuple[Path, NDArray[np.float32] | Exception]]:
    """Hear what the catalogue does not hold; kept by file, size and time, so that nothing is heard twice."""
    cache.mkdir(parents=True, exist_ok=True)
    kept: dict[Path, Path] = {}
    for path in waiting:
        status = path.stat()
        name = f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0{FEATURES_VERSION}"
        kept[path] = cache / (hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest() + ".npy")
    answers: list[tuple[Path, NDArray[np.float32] | Exception]] = []
    to_do = []
    for path, file in kept.items():
        if file.exists():
            answers.append((path, np.load(file, allow_pickle=False)))
        else:
            to_do.append(path)
    for done, (path, result) in enumerate(extract_many(to_do), start=1):
        if isinstance(result, AudioFeatures):
            part = kept[path].with_suffix(".part.npy")
            np.save(part, result.segments)
            part.replace(kept[path])
            answers.append((path, result.segments))
        else:
            answers.append((path, result))
        if on_progress is not None:
            on_progress(done, len(to_do), None)
    return answers


def train_from_table(
    home: Path,
    catalogue: Catalogue,
    table: Path,
    *,
    scale: str | None = None,
    out: Path | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int, float | None], None] | None = None,
    on_step: Callable[[str], None] | None = None,
) -> Trained:
    """Train a model on a table, judge it on artists left out, and write it with its report card.

    Nothing is put in use; see `promote`. `on_step` is told what begins: one of `STEPS`.

    Raises
    ------
    TagTableError, TrainingError
        If the table cannot be used; nothing is written.
    """
    from recommender.evaluation import by_artist, judge, scaled, score, summary
    from recommender.training import train

    begin = on_step or (lambda _: None)
    checked = read_tag_table(table, scale=scale)
    begin("hearing")
    ratings = ratings_of(catalogue, checked, cache=home / "cache" / "heard", on_progress=on_progress)
    begin("training")
    model = train(
        [ratings], feature_names=FEATURE_NAMES, features_version=FEATURES_VERSION, seed=seed, card={"table": table.name}
    )
    begin("judging")
    judged = by_artist(ratings, feature_names=FEATURE_NAMES, seed=seed)
    begin("learning_curve")
    figures = summary(judged, groups=ratings.group, rng=seed)
    current = judge(model_in_use(home), ratings, scaled(ratings), [ratings])
    report: dict[str, Any] = {
        "model_id": model.model_id,
        "table": table.name,
        "n": len(ratings),
        "seed": seed,
        "notes": [*checked.notes, *model.card["warnings"]],
        "figures": figures,
        "in_use": {name: score(current, axis) for axis, name in enumerate(AXES)},
        "in_use_id": model_in_use(home).model_id,
        "comparison": compare(judged, current, ratings.group),
        "calibration": {name: _tenths(judged, axis) for axis, name in enumerate(AXES)},
        "learning_curve": _learning_curve(ratings, judged, seed),
        "worst": _worst(judged, ratings, checked),
    }
    folder = (out or home / "models") / model.model_id
    save_model(model, folder / "model.json")
    _write(folder / "report.json", json.dumps(report, ensure_ascii=False, indent=1, allow_nan=False, sort_keys=True))
    _write(folder / "report.html", as_html(report))
    return Trained(model.model_id, folder, report)


def evaluate_on_table(
    home: Path, catalogue: Catalogue, table: Path, *, scale: str | None = None, model: Path | None = None
) -> dict[str, Any]:
    """Figures of a model on a table that it was not trained on."""
    from recommender.evaluation import judge, scaled, summary

    ratings = ratings_of(catalogue, read_tag_table(table, scale=scale), cache=home / "cache" / "heard")
    chosen = model_in_use(home) if model is None else _usable(model / "model.json" if model.is_dir() else model)
    return summary(judge(chosen, ratings, scaled(ratings), [ratings]), groups=ratings.group)


def compare(candidate: Judged, current: Judged, group: NDArray[np.str_]) -> dict[str, Any]:
    """Whether a model may replace the one in use: not worse by over 2 % in all, nor by over 5 % in any group of 30."""
    reasons: list[str] = []
    counts = Counter(group.tolist())
    parts = [("all tracks", np.ones(len(group), bool), OVERALL_LIMIT)]
    parts += [(name, group == name, GROUP_LIMIT) for name, n in sorted(counts.items()) if n >= 30]
    may = True
    for name, rows, limit in parts:
        for axis, axis_name in enumerate(AXES):
            new, old = (float(np.sqrt(np.mean((j.rated - j.raw)[rows, axis] ** 2))) for j in (candidate, current))
            if new > limit * old:
                may = False
                reasons.append(f"{axis_name} of {name}: error {new:.3f} against {old:.3f} of the model in use")
    return {"may_promote": may, "reasons": reasons or ["not worse than the model in use in anything that was measured"]}


def _tenths(judged: Judged, axis: int) -> list[dict[str, float]]:
    parts = np.array_split(np.argsort(judged.mapped[:, axis], kind="stable"), min(10, len(judged.rated)))
    return [
        {"estimated": float(judged.mapped[rows, axis].mean()), "rated": float(judged.rated[rows, axis].mean())}
        for rows in parts
    ]


def _learning_curve(ratings: Ratings, whole: Judged, seed: int) -> list[dict[str, float]]:
    """R² from part of the artists, and from all."""
    from recommender.evaluation import by_artist, figures

    rng = np.random.default_rng(seed)
    names = rng.permutation(np.unique(ratings.group))
    points: list[tuple[int, Judged]] = []
    for share in (0.5, 0.75):
        part = ratings.take(np.isin(ratings.group, names[: round(share * len(names))]))
        # Each fold trains on four fifths, and that has to be enough to train on.
        if len(part) >= 80 and len(np.unique(part.group)) >= 10 and np.ptp(part.ratings, axis=0).min() > 0:
            judged = by_artist(part, feature_names=FEATURE_NAMES, seed=seed)
            points.append((len(part), judged))
    points.append((len(ratings), whole))
    return [
        {"n": n, **{name: figures(each.raw[:, axis], each.rated[:, axis])["r2"] for axis, name in enumerate(AXES)}}
        for n, each in points
    ]


def _worst(judged: Judged, ratings: Ratings, table: TagTable) -> list[dict[str, Any]]:
    by_row = {str(tag.row): tag for tag in table.tags}
    far = np.argsort(-np.hypot(*(judged.rated - judged.mapped).T), kind="stable")[:_N_WORST]
    answers = []
    for i in far:
        tag = by_row[str(ratings.genre[i])]
        name = tag.track_id or (tag.path.name if tag.path else "")
        answers.append(
            {
                "row": tag.row,
                "track": name.encode("utf-8", "replace").decode(),
                "rated": [round(float(v), 3) for v in judged.rated[i]],
                "estimated": [round(float(v), 3) for v in judged.mapped[i]],
            }
        )
    return answers


def _usable(path: Path) -> MoodModel:
    model = load_model(path)
    model.require_features(FEATURE_NAMES, FEATURES_VERSION)
    return model


def _write(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _history(home: Path) -> list[str]:
    path = home / "models" / _HISTORY
    return [str(name) for name in json.loads(path.read_text("utf-8"))] if path.exists() else [_STARTER]


def list_models(home: Path) -> list[dict[str, Any]]:
    """The starter model and every model that was trained in this home; the one in use is marked."""
    used = _history(home)[-1]
    starter = starter_model()
    rows = [{"id": _STARTER, "model_id": starter.model_id, "in_use": used == _STARTER, "usable": True}]
    for folder in sorted((home / "models").glob("*/model.json")):
        try:
            _usable(folder)
            problem = None
        except ModelMismatchError as error:
            problem = str(error)
        name = folder.parent.name
        report_file = folder.parent / "report.json"
        report = json.loads(report_file.read_text("utf-8")) if report_file.exists() else {}
        row: dict[str, Any] = {"id": name, "model_id": name, "in_use": used == name, "usable": problem is None}
        row |= {"problem": problem} if problem else {}
        if report:
            row["n"] = report["n"]
            row |= {f"r2_{axis}": report["figures"][axis]["r2"] for axis in AXES}
            row["may_promote"] = report["comparison"]["may_promote"]
        rows.append(row)
    return rows


def promote(
    home: Path,
    catalogue: Catalogue | None,
    name: str,
    *,
    on_progress: Callable[[int, int], object] | None = None,
) -> str:
    """Put a model in use, if its report card lets it, and estimate every track again.

    Raises
    ------
    PromotionError
        If there is no such model, it was never judged, or it is worse than the model in use.
    ModelMismatchError
        If its file cannot be used. The model in use stays in use.
    """
    folder = home / "models" / name
    if name == _STARTER:
        return _use(home, catalogue, [*_history(home), _STARTER], on_progress)
    if Path(name).name != name or not (folder / "model.json").exists():
        known = ", ".join(row["id"] for row in list_models(home))
        raise PromotionError(f"There is no model {name!r} in this home. Known: {known}.", name=name)
    model = _usable(folder / "model.json")
    report_file = folder / "report.json"
    if not report_file.exists():
        raise PromotionError(f"{name} has no report card: train it with `attune train`.", name=name)
    comparison = json.loads(report_file.read_text("utf-8"))["comparison"]
    if model.model_id != name or not comparison["may_promote"]:
        why = "; ".join(comparison["reasons"]) if model.model_id == name else "its file is not the one that was judged"
        raise PromotionError(f"{name} is not put in use: {why}. The model in use stays in use.", name=name)
    return _use(home, catalogue, [*_history(home), name], on_progress)


def roll_back(
    home: Path, catalogue: Catalogue | None, *, on_progress: Callable[[int, int], object] | None = None
) -> str:
    """Go back to the model that was in use before; the name of the one now in use."""
    history = _history(home)
    if len(history) < 2:
        raise PromotionError("There is nothing to go back to: the starter model is in use, as at the beginning.")
    return _use(home, catalogue, history[:-1], on_progress)


def _use(
    home: Path,
    catalogue: Catalogue | None,
    history: list[str],
    on_progress: Callable[[int, int], object] | None,
) -> str:
    """Make the last of the history the model in use: first the file, then the list, then the estimates."""
    folder, name = home / "models", history[-1]
    folder.mkdir(parents=True, exist_ok=True)
    in_use = folder / IN_USE
    if name == _STARTER:
        in_use.unlink(missing_ok=True)
        model = starter_model()
    else:
        model = _usable(folder / name / "model.json")
        _write(in_use, (folder / name / "model.json").read_text("utf-8"))
    _write(folder / _HISTORY, json.dumps(history))
    if catalogue is not None:
        estimate_again(catalogue.engine, model, on_progress=on_progress)
    return name
