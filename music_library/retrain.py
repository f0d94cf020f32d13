"""Models of one's own: train on a table of tags, judge beside the model in use, promote, roll back.

Features come from the catalogue; a track that it does not hold is heard once and kept.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from features import FEATURE_NAMES, FEATURES_VERSION
from music_library.comparison import compare, explained
from music_library.errors import LibraryError
from music_library.estimates import estimate_again
from music_library.models import IN_USE, model_in_use, starter_model
from music_library.report_card import read_report
from music_library.tag_table import TagTable, read_tag_table
from music_library.tagged_tracks import known_here, names_of, ratings_of
from recommender.errors import ModelMismatchError
from recommender.model import AXES, MoodModel
from recommender.model_file import load_model, save_model

if TYPE_CHECKING:
    from music_library.catalogue import Catalogue
    from music_library.tagged_tracks import Tagged
    from recommender.evaluation import Judged
    from recommender.training import Ratings

log = logging.getLogger(__name__)

_Floats = NDArray[np.float64]
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
    """Train a model on a table, judge it on artists left out, and write it with its report card as JSON.

    Nothing is put in use; see `promote`. `on_step` is told what begins: one of `STEPS`.

    Raises
    ------
    TagTableError, TrainingError
        If the table cannot be used; nothing is written.
    """
    from recommender.evaluation import by_artist, intervals, judge, score, summary
    from recommender.training import FEW_TRACKS, sound_id, train

    begin = on_step or (lambda _: None)
    checked = known_here(catalogue, read_tag_table(table, scale=scale))
    begin("hearing")
    tagged = ratings_of(catalogue, checked, cache=home / "cache" / "heard", on_progress=on_progress)
    ratings = tagged.ratings
    begin("training")
    model = train(
        [ratings], feature_names=FEATURE_NAMES, features_version=FEATURES_VERSION, seed=seed, card={"table": table.name}
    )
    begin("judging")
    ratings = ratings.on_own_scale()
    judged = by_artist(ratings, feature_names=FEATURE_NAMES, seed=seed)
    begin("learning_curve")
    figures = summary(judged, groups=ratings.group, genres=ratings.genre, rng=seed)
    in_use = model_in_use(home)
    current = judge(in_use, ratings, ratings.scaled, [ratings])
    heard_before = np.isin([sound_id(segments) for segments in ratings.segments], in_use.card.get("heard", []))
    notes: list[dict[str, Any]] = [{"kind": kind} for kind in checked.notes]
    if len(ratings) < FEW_TRACKS:
        notes.append({"kind": "few_tracks", "n": len(ratings)})
    if heard_before.any():
        notes.append({"kind": "heard_before", "n": int(heard_before.sum())})
    left_out = {name: figures[name]["rmse"] for name in AXES}
    model = replace(model, card={**model.card, "left_out_rmse": left_out})
    report: dict[str, Any] = {
        "model_id": model.model_id,
        "table": table.name,
        "n": len(ratings),
        "seed": seed,
        "notes": notes,
        "figures": figures,
        "in_use": {
            name: score(current, axis) | {"intervals": intervals(current, axis, rng=seed)}
            for axis, name in enumerate(AXES)
        },
        "in_use_id": in_use.model_id,
        "comparison": compare(
            judged,
            current,
            ratings.group,
            genre=ratings.genre,
            heard_before=heard_before,
            own=in_use.card.get("left_out_rmse"),
        ),
        "calibration": {name: _tenths(judged, axis) for axis, name in enumerate(AXES)},
        "learning_curve": _learning_curve(ratings, judged, seed),
        "worst": _worst(judged, tagged, checked, catalogue),
    }
    folder = (out or home / "models") / model.model_id
    save_model(model, folder / "model.json")
    _write(folder / "report.json", json.dumps(report, ensure_ascii=False, indent=1, allow_nan=False, sort_keys=True))
    return Trained(model.model_id, folder, report)


def evaluate_on_table(
    home: Path, catalogue: Catalogue, table: Path, *, scale: str | None = None, model: Path | None = None
) -> dict[str, Any]:
    """Figures of a model on a table that it was not trained on; a stable set of keys, for scripts."""
    from recommender.evaluation import judge, summary
    from recommender.training import require_ratings_apart

    ratings = ratings_of(
        catalogue, known_here(catalogue, read_tag_table(table, scale=scale)), cache=home / "cache" / "heard"
    ).ratings
    require_ratings_apart(ratings)
    chosen = model_in_use(home) if model is None else _usable(model / "model.json" if model.is_dir() else model)
    figures = summary(judge(chosen, ratings, ratings.scaled, [ratings]), groups=ratings.group)
    return {
        "n": figures["n"],
        **{axis: _told(figures[axis]) for axis in AXES},
        "baselines": figures["baselines"],
        "by_group": {
            group: {"n": each["n"], **{axis: _told(each[axis]) for axis in AXES}}
            for group, each in figures["by_group"].items()
        },
    }


def _told(figures: dict[str, float]) -> dict[str, float]:
    return {name: figures[name] for name in ("r2", "r", "rmse", "ccc", "coverage")}


def _tenths(judged: Judged, axis: int) -> list[dict[str, float]]:
    parts = np.array_split(np.argsort(judged.mapped[:, axis], kind="stable"), min(10, len(judged.rated)))
    return [
        {"estimated": float(judged.mapped[rows, axis].mean()), "rated": float(judged.rated[rows, axis].mean())}
        for rows in parts
    ]


def _learning_curve(ratings: Ratings, whole: Judged, seed: int) -> list[dict[str, Any]]:
    """R² from part of the artists, and from all; `three` is that of tempo, level and mode alone."""
    from recommender.evaluation import figures, three_left_out
    from recommender.training import estimate_left_out

    rng = np.random.default_rng(seed)
    names = rng.permutation(np.unique(ratings.group))
    points: list[tuple[int, _Floats, _Floats, _Floats]] = []
    for share in (0.5, 0.75):
        part = ratings.take(np.isin(ratings.group, names[: round(share * len(names))]))
        # Each fold trains on four fifths, and that has to be enough to train on.
        if len(part) >= 80 and len(np.unique(part.group)) >= 10 and np.ptp(part.ratings, axis=0).min() > 0:
            raw, rated = estimate_left_out(part, feature_names=FEATURE_NAMES, seed=seed)
            points.append((len(part), raw, three_left_out(part, feature_names=FEATURE_NAMES, seed=seed), rated))
    points.append((len(ratings), whole.raw, whole.three, whole.rated))

    def r2(estimates: _Floats, rated: _Floats) -> dict[str, float]:
        return {name: figures(estimates[:, axis], rated[:, axis])["r2"] for axis, name in enumerate(AXES)}

    return [{"n": n, **r2(raw, rated), "three": r2(three, rated)} for n, raw, three, rated in points]


def _worst(judged: Judged, tagged: Tagged, table: TagTable, catalogue: Catalogue) -> list[dict[str, Any]]:
    """The tracks furthest from their rating: their row, what they are called, and both places."""
    by_row = {tag.row: tag for tag in table.tags}
    far = np.argsort(-np.hypot(*(judged.rated - judged.mapped).T), kind="stable")[:_N_WORST].tolist()
    names = names_of(catalogue, {number for i in far if (number := tagged.numbers[i]) is not None})
    answers = []
    for i in far:
        tag, number = by_row[tagged.rows[i]], tagged.numbers[i]
        named = names.get(number, {}) if number is not None else {}
        track = named.get("title") or (tag.path.name if tag.path else None) or tag.track_id or ""
        answers.append(
            {
                "row": tag.row,
                "id": named.get("id"),
                "track": track.encode("utf-8", "replace").decode(),
                "artist": named.get("artist") or "",
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
    """What was in use, the latest last; what can be told from the model in use where the list was spoiled."""
    path = home / "models" / _HISTORY
    try:
        names = json.loads(path.read_text("utf-8"))
        if isinstance(names, list) and names and all(isinstance(n, str) and n and Path(n).name == n for n in names):
            return list(names)
    except FileNotFoundError:
        return [_STARTER]
    except (OSError, ValueError, RecursionError):
        pass
    log.warning("%s cannot be read: only the model in use is known", path)
    return [_STARTER] if not (home / "models" / IN_USE).exists() else [_STARTER, model_in_use(home).model_id]


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
        report = read_report(home, name)
        row: dict[str, Any] = {"id": name, "model_id": name, "in_use": used == name, "usable": problem is None}
        row |= {"problem": problem} if problem else {}
        if report is not None:
            row["n"] = report["n"]
            row |= {f"r2_{axis}": report["figures"][axis]["r2"] for axis in AXES}
            row["table"] = str(report.get("table") or "")
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
        return _use(home, catalogue, _with(_history(home), _STARTER), on_progress)
    if Path(name).name != name or not (folder / "model.json").exists():
        known = ", ".join(row["id"] for row in list_models(home))
        raise PromotionError(f"There is no model {name!r} in this home. Known: {known}.", name=name)
    model = _usable(folder / "model.json")
    report = read_report(home, name)
    if report is None:
        raise PromotionError(
            f"{name} has no report card that can be read ({folder / 'report.json'}): train it again with `attune "
            "train`. The model in use stays in use.",
            name=name,
        )
    comparison = report["comparison"]
    if model.model_id != name or not comparison["may_promote"]:
        why = (
            "; ".join(map(explained, comparison["reasons"]))
            if model.model_id == name
            else "its file is not the one that was judged"
        )
        then = report.get("in_use_id")
        if then not in {None, model_in_use(home).model_id}:
            why += (
                f". That was measured against {then}, which is not in use any more: train on {report.get('table')} "
                "again to have it measured against the one that is; nothing is heard twice"
            )
        raise PromotionError(f"{name} is not put in use: {why}. The model in use stays in use.", name=name)
    return _use(home, catalogue, _with(_history(home), name), on_progress)


def _with(history: list[str], name: str) -> list[str]:
    # Once more is not a step that one could go back by.
    return history if history[-1] == name else [*history, name]


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
