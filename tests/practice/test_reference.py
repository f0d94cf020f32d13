"""Every setting and limit is documented with the value that holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from practice.safety import safety_file
from practice.settings import defaults

TEXT = (Path(__file__).parents[2] / "docs/reference/settings.md").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(defaults()))
def test_a_setting_is_documented_as_it_is(name: str):
    default = defaults()[name]
    row = f"| `{name}` | {default.value:g} | {default.low:g} to {default.high:g} | {default.unit} | {default.meaning} |"
    assert row in TEXT


@pytest.mark.parametrize("effect", sorted(safety_file().limits))
def test_a_limit_is_documented_with_its_numbers(effect: str):
    row = next(line for line in TEXT.splitlines() if line.startswith(f"| `{effect}` |"))
    for name, number in safety_file().limits[effect].values.items():
        assert f"`{name}` {number.default:g} ({number.low:g} to {number.high:g})" in row
