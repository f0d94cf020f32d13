"""Mood models as files: JSON and plain arrays, so that reading one runs nothing.

A file is refused, with its name and the reason, when anything in it does not fit: its size, its hash, its shapes, or
its answers to twenty made-up inputs that are stored with it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from recommender.errors import ModelMismatchError
from recommender.model import MoodModel
from recommender.one_scale import AxisMap
from recommender.spread import Familiarity, Spread
from recommender.stack import Stack

log = logging.getLogger(__name__)

FORMAT, FORMAT_VERSION = "attune mood model", 3
MAX_BYTES = 16 * 2**20
_N_PROBES = 20
_TOLERANCE = 1e-4
_STACK_ARRAYS = (
    "low",
    "high",
    "mean",
    "scale",
    "flagged",
    "coef",
    "cue_coef",
    "intercept",
    "direction",
    "phase",
    "wave_coef",
    "wave_intercept",
)
_TYPES = {"low": "<f8", "flagged": "<i4", "direction": "<f4"}


def save_model(model: MoodModel, path: Path) -> None:
    """Write a model; an earlier file of that name is replaced in one step."""
    content = _content(model)
    content["sha256"] = _hash(content)
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)


def load_model(path: Path) -> MoodModel:
    """Read a model that this version of Attune can use.

    Raises
    ------
    ModelMismatchError
        With the file and the reason, if it is not a model, was changed, or does not answer as it did when it was made.
    """

    def refuse(why: str, reason: str) -> NoReturn:
        raise ModelMismatchError(
            f"The mood model {path} cannot be used: {why}. The model in use stays in use; take a file that Attune "
            "made, or train it again.",
            file=str(path),
            reason=reason,
        )

    try:
        if path.exists() and not path.is_file():
            refuse("it is no file", "unreadable")  # a pipe or a device would never end
        if path.stat().st_size > MAX_BYTES:
            refuse(f"it has {path.stat().st_size} bytes, and no model has more than {MAX_BYTES}", "too_large")
        with path.open("rb") as file:
            content = json.loads(file.read(MAX_BYTES).decode("utf-8"), parse_constant=_no_constant)
    except OSError as error:
        refuse(f"it cannot be read ({error.strerror})", "unreadable")
    except (ValueError, RecursionError):
        refuse("it is not a model file of Attune", "not_a_model")
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        refuse("it is not a model file of Attune", "not_a_model")
    if content.get("format_version") != FORMAT_VERSION:
        refuse(f"its format is {content.get('format_version')!r}, and {FORMAT_VERSION} is expected", "format")
    stored_hash = content.pop("sha256", None)
    try:
        if stored_hash != _hash(content):
            refuse("it was changed after it was made (its hash differs)", "hash")
        model = _model(content)
        inputs, answers = _array(content["probe"]["inputs"]), _array(content["probe"]["answers"])
        _require(inputs.shape == (_N_PROBES, model.stack.n_features), "probes")
        _require(answers.shape == (_N_PROBES, 5), "answers")
        with np.errstate(all="ignore"):
            given = _answers(model, inputs)
        _require(bool(np.isfinite(given).all()), "answers that are not finite")
    except (AttributeError, KeyError, TypeError, ValueError, IndexError, ArithmeticError, RecursionError) as error:
        refuse(f"its parts do not fit together ({error})", "shape")
    if not np.allclose(given, answers, rtol=0, atol=_TOLERANCE):
        worst = float(np.nanmax(np.abs(given - answers)))
        refuse(f"it no longer answers as it did when it was made (off by {worst:.3g})", "answers")
    made_with = content.get("made_with", {}).get("numpy")
    if made_with != np.__version__:
        log.info("the mood model %s was made with numpy %s, this is %s", path, made_with, np.__version__)
    return model


def fingerprint(model: MoodModel) -> str:
    """Hash of everything that a model's answers depend on."""
    content = _content(model)
    return _hash({key: content[key] for key in ("features_version", "feature_names", "arrays", "numbers")})


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _hash(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _packed(values: NDArray[Any], dtype: str = "<f8") -> dict[str, Any]:
    array = np.ascontiguousarray(values, dtype=dtype)
    return {"dtype": dtype, "shape": list(array.shape), "data": base64.b64encode(array.tobytes()).decode("ascii")}


def _array(packed: Mapping[str, Any]) -> NDArray[Any]:
    """A stored array; only the three types that models are made of, and only finite numbers."""
    dtype, shape, data = packed["dtype"], packed["shape"], packed["data"]
    _require(dtype in ("<f8", "<f4", "<i4"), f"array type {dtype!r}")
    _require(isinstance(shape, list) and len(shape) <= 3, "array shape")
    _require(all(type(n) is int and 0 <= n <= MAX_BYTES for n in shape), "array shape")
    _require(isinstance(data, str), "array data")
    try:
        raw = base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise ValueError("array data is not base64") from error
    count = 1
    for n in shape:
        count *= n
    _require(len(raw) == count * int(dtype[2]), "array length")
    array = np.frombuffer(raw, dtype=dtype).reshape(shape)
    _require(bool(np.isfinite(array).all()), "a number that is not finite")
    return array.astype(np.intp if dtype == "<i4" else np.float64)


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(what)


def _content(model: MoodModel) -> dict[str, Any]:
    stack, near = model.stack, model.familiarity
    arrays = {f"stack.{name}": _packed(getattr(stack, name), _TYPES.get(name, "<f8")) for name in _STACK_ARRAYS}
    for axis in range(2):
        arrays[f"map{axis}.raw"] = _packed(model.maps[axis].raw)
        arrays[f"map{axis}.mapped"] = _packed(model.maps[axis].mapped)
        for name in ("coef", "input_mean", "input_scale"):
            arrays[f"spread{axis}.{name}"] = _packed(getattr(model.spreads[axis], name))
    for name in ("components", "centres", "widths"):
        arrays[f"familiarity.{name}"] = _packed(getattr(near, name))
    numbers = {"wave_share": stack.wave_share, "off_scale": near.off_scale, "limit": near.limit}
    for axis in range(2):
        for name in ("base", "raw_90", "mapped_factor"):
            numbers[f"{name}{axis}"] = getattr(model.spreads[axis], name)
    inputs = _made_up_inputs(stack)
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "features_version": model.features_version,
        "feature_names": list(model.feature_names),
        "card": dict(model.card),
        "made_with": {"numpy": np.__version__},
        "arrays": arrays,
        "numbers": {name: float(value) for name, value in numbers.items()},
        "probe": {"inputs": _packed(inputs), "answers": _packed(_answers(model, inputs))},
    }


def _made_up_inputs(stack: Stack) -> NDArray[np.float64]:
    """Twenty inputs like no track: independent draws of every feature."""
    rng = np.random.default_rng(20)
    return np.asarray(stack.mean + stack.scale * rng.standard_normal((_N_PROBES, stack.n_features)))


def _answers(model: MoodModel, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    e = model.estimate_rows(inputs)
    return np.column_stack([e.valence, e.arousal, e.valence_sd, e.arousal_sd, e.distance])


def _model(content: Mapping[str, Any]) -> MoodModel:
    names = content["feature_names"]
    _require(isinstance(names, list) and all(isinstance(name, str) for name in names), "feature names")
    _require(isinstance(content["features_version"], str) and isinstance(content["card"], dict), "texts")
    arrays = {key: _array(value) for key, value in content["arrays"].items()}
    numbers = content["numbers"]
    _require(all(isinstance(value, float) and np.isfinite(value) for value in numbers.values()), "numbers")
    stack = Stack(**{name: arrays[f"stack.{name}"] for name in _STACK_ARRAYS}, wave_share=numbers["wave_share"])
    p, width, waves = len(names), len(names) + len(stack.flagged), stack.phase.shape[-1]
    shapes = {
        "low": (p,),
        "high": (p,),
        "mean": (p,),
        "scale": (p,),
        "coef": (2, width),
        "cue_coef": (2, width),
        "intercept": (2,),
        "direction": (2, width, waves),
        "phase": (2, waves),
        "wave_coef": (2, waves),
        "wave_intercept": (2,),
    }
    for name, shape in shapes.items():
        _require(getattr(stack, name).shape == shape, f"shape of {name}")
    _require(stack.flagged.ndim == 1 and bool(((stack.flagged >= 0) & (stack.flagged < p)).all()), "flagged features")
    _require(bool((stack.scale > 0).all() and (stack.low <= stack.high).all()), "scale of a feature")
    maps = tuple(AxisMap(arrays[f"map{axis}.raw"], arrays[f"map{axis}.mapped"]) for axis in range(2))
    for each in maps:
        _require(each.raw.shape == each.mapped.shape and each.raw.ndim == 1 and len(each.raw) >= 2, "shape of a map")
        _require(bool((np.diff(each.raw) > 0).all() and (np.diff(each.mapped) > 0).all()), "a map that is not monotone")
        _require(bool((np.abs(each.mapped) < 0.98).all()), "a map that leaves the plane")
    spreads = tuple(
        Spread(
            coef=arrays[f"spread{axis}.coef"],
            base=numbers[f"base{axis}"],
            input_mean=arrays[f"spread{axis}.input_mean"],
            input_scale=arrays[f"spread{axis}.input_scale"],
            raw_90=numbers[f"raw_90{axis}"],
            mapped_factor=numbers[f"mapped_factor{axis}"],
        )
        for axis in range(2)
    )
    for spread in spreads:
        _require(spread.coef.shape == spread.input_mean.shape == spread.input_scale.shape == (1,), "shape of a spread")
        _require(bool((spread.input_scale > 0).all()) and spread.base > 0, "a spread that is not positive")
        _require(spread.raw_90 > 0 and spread.mapped_factor > 0, "a spread that is not positive")
    near = Familiarity(
        arrays["familiarity.components"],
        arrays["familiarity.centres"],
        arrays["familiarity.widths"],
        numbers["off_scale"],
        numbers["limit"],
    )
    _require(near.components.ndim == 2 and near.components.shape[0] == p, "shape of the familiarity")
    _require(
        near.centres.shape == near.widths.shape and near.centres.shape[1:] == near.components.shape[1:],
        "shape of the familiarity",
    )
    _require(bool((near.widths > 0).all()) and near.off_scale > 0 and len(near.centres) > 0, "the familiarity")
    return MoodModel(
        stack,
        (maps[0], maps[1]),
        (spreads[0], spreads[1]),
        near,
        tuple(names),
        content["features_version"],
        content["card"],
    )
