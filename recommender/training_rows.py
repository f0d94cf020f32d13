"""Search a stored model for rows of what it was trained on.

A model may keep means, directions and coefficients, never a recording. Every array of a file, along each of its axes
and at every offset, is compared with every training row, both as heard and in the model's own units; and the numbers of
every row are looked for one by one, wherever they stand.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.model_file import load_model

Floats = NDArray[np.float64]
ALIKE = 0.95
"""Cosine, in standardised units, from which a stored stretch of numbers is taken for a row: of unrelated ones of 187
numbers none comes near (a tenth is common, a half unheard of), and rounding or another unit leaves a row above it."""
_ABSURD = 6.0
_AT_ONCE = 20_000


VALUES = 0.25
"""Share of a row's numbers, as float32, from which an array holds it; cut-offs and medians are a few of each."""


class FoundRow(NamedTuple):
    """A training row that stands in a file."""

    array: str
    row: int
    likeness: float
    """Cosine, or share of its numbers."""


def rows_in_file(path: Path, rows: NDArray[np.floating]) -> tuple[FoundRow, ...]:
    """The training rows that a model file holds, the most alike of each array.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features)
        All that the model was trained on, NaN where a feature is unknown.

    Raises
    ------
    ModelMismatchError
        If the file is no model.
    """
    stack = load_model(path).stack
    Z = (rows.astype(np.float64) - stack.mean) / stack.scale
    bent = stack.standardised(rows)[:, : stack.n_features]
    known = np.concatenate([_units(Z), _units(bent)])
    plain = rows.astype(np.float32)
    found = []
    for name, values in _arrays(json.loads(path.read_text("utf-8"))):
        best = FoundRow(name, -1, 0.0)
        for stretches in _stretches(values, stack.n_features):
            for candidates in (stretches, (stretches - stack.mean) / stack.scale):
                cosine = np.abs(_units(candidates) @ known.T)
                place = int(cosine.argmax())
                if cosine.flat[place] > best.likeness:
                    best = FoundRow(name, place % len(known) % len(rows), float(cosine.flat[place]))
        if best.likeness >= ALIKE:
            found.append(best)
        share = np.isin(plain, values.astype(np.float32)).mean(axis=1)
        if len(share) and share.max() >= VALUES:
            found.append(FoundRow(name, int(share.argmax()), float(share.max())))
    return tuple(found)


def _arrays(content: dict[str, Any]) -> Iterator[tuple[str, Floats]]:
    """Every array of a file and, whatever else it may be called, every list of numbers."""
    waiting: list[tuple[str, Any]] = [("", content)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict) and {"dtype", "shape", "data"} <= value.keys():
            raw = np.frombuffer(base64.b64decode(value["data"]), dtype=value["dtype"])
            yield name, raw.reshape(value["shape"]).astype(np.float64)
        elif isinstance(value, dict):
            waiting += [(f"{name}.{key}".strip("."), each) for key, each in value.items()]
        elif isinstance(value, list) and value and all(type(each) in (int, float) for each in value):
            yield name, np.asarray(value, dtype=np.float64)
        elif isinstance(value, list):
            waiting += [(f"{name}[{i}]", each) for i, each in enumerate(value)]


def _stretches(values: Floats, length: int) -> Iterator[Floats]:
    """All runs of `length` numbers along every axis, and through the whole, shape (n, length) each."""
    views = [values.reshape(1, -1), *(np.moveaxis(values, axis, -1) for axis in range(values.ndim))]
    for view in views:
        lines = view.reshape(-1, view.shape[-1])
        if lines.shape[1] < length:
            continue
        # One long line has as many offsets as numbers: rows put one after the other are found at their own.
        for line in lines:
            runs = np.lib.stride_tricks.sliding_window_view(line, length)
            for start in range(0, len(runs), _AT_ONCE):
                yield runs[start : start + _AT_ONCE]


def _units(rows: Floats) -> NDArray[np.float32]:
    """Rows of length 1; unknown and absurd numbers count as the mean."""
    clean = np.where(np.abs(rows) < _ABSURD, rows, 0.0)
    return np.asarray(clean / np.maximum(np.linalg.norm(clean, axis=1, keepdims=True), 1e-9), dtype=np.float32)
