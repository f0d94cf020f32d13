"""Rating scales as data: what is asked, in which words, how answers are stored and read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from practice.data_files import read_checked
from practice.errors import DataFileError


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Choice(_Shape):
    """One word of a scale of words; `step` orders the words and is never a number of 0 to 100."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(min_length=1)
    step: int


class Item(_Shape):
    """One question of a scale: a line between two anchors, or a few words."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    question: str = Field(min_length=1)
    question_after: str | None = None
    low_anchor: str | None = None
    high_anchor: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    start: float | None = None
    step: float | None = Field(None, gt=0)
    mood_axis: Literal["valence", "arousal"] | None = None
    after_only: bool = False
    choices: tuple[Choice, ...] = ()


class Scale(_Shape):
    """A rating scale with its licence, order and version."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: int = Field(ge=1)
    title: str = Field(min_length=1)
    kind: Literal["slider", "choice"]
    source: str = Field(min_length=1)
    licence: str = Field(min_length=1)
    by: Literal["client", "observer"]
    order: Literal["fixed", "drawn_once"] = "fixed"
    items: tuple[Item, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _items_fit_the_kind(self) -> Scale:
        names = [item.id for item in self.items]
        if len(set(names)) != len(names):
            raise ValueError("two items have the same id")
        for item in self.items:
            if self.kind == "choice":
                if len(item.choices) < 2:
                    raise ValueError(f"item {item.id} of a choice scale needs at least two choices")
                if len({choice.id for choice in item.choices}) != len(item.choices):
                    raise ValueError(f"item {item.id} has two choices with the same id")
                continue
            if item.choices:
                raise ValueError(f"item {item.id} of a slider scale has choices")
            if item.low_anchor is None or item.high_anchor is None or item.minimum is None or item.maximum is None:
                raise ValueError(f"item {item.id} of a slider scale needs both anchors, minimum and maximum")
            if not _rises(item.minimum, item.maximum):
                raise ValueError(f"item {item.id}: minimum must lie below maximum")
        return self

    def item(self, item_id: str) -> Item | None:
        """The item of that name, if the scale has one."""
        return next((item for item in self.items if item.id == item_id), None)


def _rises(minimum: float, maximum: float) -> bool:
    """Whether more of the number is more of what the high anchor says: turned round, good is stored as bad."""
    return minimum < maximum


class Answer(NamedTuple):
    """One answer as it is stored: raw, on the scale's own units, or missing with the reason."""

    item: str
    number: float | None
    choice: str | None
    missing: str | None
    """`untouched`, `not_sure`, `skipped` or `cannot_tell`; None where there is an answer."""


MISSING = frozenset({"untouched", "not_sure", "skipped", "cannot_tell"})


def read_answer(scale: Scale, item_id: str, said: Mapping[str, Any]) -> Answer:
    """Turn what a device sent for one item into an answer.

    An untouched slider is missing, never its starting value, unless the person was asked and said that the middle is
    right (`confirmed`).

    Parameters
    ----------
    said : Mapping
        `{"missing": reason}`, or `{"value": number or choice id, "touched": bool, "confirmed": bool}`.

    Raises
    ------
    ValueError
        If the scale has no such item, or the value is not one of its values.
    """
    item = scale.item(item_id)
    if item is None:
        raise ValueError(f"scale {scale.id} has no item {item_id!r}")
    missing = said.get("missing")
    if missing is not None:
        if not isinstance(missing, str) or missing not in MISSING:
            raise ValueError(f"{missing!r} is not a reason for a missing answer")
        return Answer(item_id, None, None, str(missing))
    value = said.get("value")
    if value is None:
        return Answer(item_id, None, None, "skipped")
    if scale.kind == "choice":
        if not isinstance(value, str) or value not in {choice.id for choice in item.choices}:
            raise ValueError(f"{value!r} is not a choice of {item_id}")
        return Answer(item_id, None, str(value), None)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{value!r} is not a number")
    try:
        number = float(value)
    except OverflowError as error:
        raise ValueError("the number is larger than any on a line") from error
    assert item.minimum is not None  # noqa: S101 - checked when the scale was read
    assert item.maximum is not None  # noqa: S101
    if not item.minimum <= number <= item.maximum:
        raise ValueError(f"{number} is not between {item.minimum} and {item.maximum}")
    if said.get("touched") is False and not said.get("confirmed"):
        return Answer(item_id, None, None, "untouched")
    return Answer(item_id, number, None, None)


def to_plane(item: Item, number: float) -> float:
    """A raw answer on a line as a coordinate in [-1, 1]: s becomes 2s - 1 for a line from 0 to 1."""
    assert item.minimum is not None  # noqa: S101 - only lines have a place on the plane
    assert item.maximum is not None  # noqa: S101
    return 2 * (number - item.minimum) / (item.maximum - item.minimum) - 1


def read_scale(text: str, *, source: str) -> Scale:
    """Read one scale file.

    Raises
    ------
    DataFileError
        With the file and line that is wrong.
    """
    return read_checked(text, Scale, source=source)


@cache
def shipped_scales() -> Mapping[str, Scale]:
    """The scales that come with the program, by id."""
    folder = resources.files("practice") / "scales"
    found: dict[str, Scale] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            scale = read_scale(file.read_text("utf-8"), source=file.name)
            if f"{scale.id}.yaml" != file.name:
                raise DataFileError(f"{file.name}: holds the scale {scale.id!r}; name the file after it.")
            found[scale.id] = scale
    return found


PRESET_SCALES: Mapping[str, str] = {
    "standard": "affective_slider",
    "calm": "affective_slider",
    "simple": "simple3",
    "one_switch": "switch5",
    "carer": "observed",
}
"""The scale that each preset of the listening room asks with."""
