"""Numbers that a site may change within a range: the defaults, and what the site has set instead."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, RootModel

from practice.data_files import read_checked
from practice.errors import SettingError
from practice.schema import settings as settings_table

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Default(BaseModel):
    """One number: its value, what a site may set, its unit, meaning and where it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    low: float
    high: float
    unit: str
    meaning: str
    source: str


class _Defaults(RootModel[dict[str, Default]]):
    pass


@cache
def defaults() -> Mapping[str, Default]:
    """Every default by name."""
    text = (resources.files("practice") / "defaults.yaml").read_text("utf-8")
    return read_checked(text, _Defaults, source="defaults.yaml").root


def setting(db: Connection, name: str) -> float:
    """The value in use: the site's latest, or the default.

    Raises
    ------
    SettingError
        If there is no such setting.
    """
    if name not in defaults():
        raise SettingError(f"There is no setting {name!r}.", name=name)
    latest = db.execute(
        sa.select(settings_table.c.value)
        .where(settings_table.c.name == name)
        .order_by(settings_table.c.version.desc())
        .limit(1)
    ).scalar_one_or_none()
    return defaults()[name].value if latest is None else float(latest)


def check_setting(name: str, value: float) -> None:
    """Refuse a name that does not exist and a value outside its range.

    Raises
    ------
    SettingError
        With the range that is allowed.
    """
    if name not in defaults():
        raise SettingError(f"There is no setting {name!r}.", name=name)
    default = defaults()[name]
    if not default.low <= value <= default.high:
        raise SettingError(
            f"{name} is {value:g}; it must lie between {default.low:g} and {default.high:g} {default.unit}.",
            name=name,
            value=value,
            low=default.low,
            high=default.high,
        )
