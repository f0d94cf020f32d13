"""Reading the room's YAML files: checked against a shape, and refused with the line that is wrong."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from practice.errors import DataFileError

Shape = TypeVar("Shape", bound=BaseModel)
Path = tuple[Hashable, ...]


def read_yaml(text: str, *, source: str) -> tuple[Any, dict[Path, int]]:
    """Parse `text` and say on which line (from 1) each key and list entry stands.

    Raises
    ------
    DataFileError
        If it is not YAML, or a key stands twice.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DataFileError(
            f"{source}, line {line}: this is not readable as YAML ({error.problem}). Correct the line and try again.",
            source=source,
            line=line,
        ) from error
    except yaml.YAMLError as error:
        raise DataFileError(f"{source}: this is not readable as YAML.", source=source, line=1) from error
    lines: dict[Path, int] = {(): 1}
    if root is not None:
        _note_lines(root, (), lines, source)
    return data, lines


def _note_lines(node: yaml.Node, path: Path, lines: dict[Path, int], source: str) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, key.value)
            line = key.start_mark.line + 1
            if here in lines:
                raise DataFileError(
                    f"{source}, line {line}: {key.value!r} stands twice; the first is on line {lines[here]}. Keep one.",
                    source=source,
                    line=line,
                )
            lines[here] = line
            _note_lines(value, here, lines, source)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            lines[(*path, index)] = value.start_mark.line + 1
            _note_lines(value, (*path, index), lines, source)


def read_checked(text: str, shape: type[Shape], *, source: str) -> Shape:
    """Parse `text` into `shape`.

    Raises
    ------
    DataFileError
        With the file, the line, what was found and what was expected.
    """
    data, lines = read_yaml(text, source=source)
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where: Path = tuple(first["loc"])
        while where not in lines:
            where = where[:-1]
        line = lines[where]
        named = ".".join(str(part) for part in first["loc"]) or "the file"
        raise DataFileError(
            f"{source}, line {line}: {named}: {first['msg']}. Correct the line and try again.",
            source=source,
            line=line,
            field=named,
        ) from error
