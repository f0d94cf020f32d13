"""Days and times on the clinic's own clock; the record keeps them in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime


def local(at: datetime) -> datetime:
    """A moment on this computer's clock."""
    return at.astimezone()


def today() -> date:
    """This day on this computer's clock."""
    return local(datetime.now(UTC)).date()


def day(at: date) -> str:
    """Such as 1 November 2026."""
    here = local(at) if isinstance(at, datetime) else at
    return f"{here.day} {here:%B %Y}"


def short_day(at: datetime) -> str:
    """Such as 1 Nov."""
    here = local(at)
    return f"{here.day} {here:%b}"


def month(at: date) -> str:
    """Such as November 2026."""
    return f"{at:%B %Y}"


def month_name(number: int) -> str:
    """Such as November, for 11."""
    return f"{date(2000, number, 1):%B}"


def weekday_name(number: int) -> str:
    """Such as Monday, for 0."""
    return f"{date(2001, 1, 1 + number):%A}"  # a Monday


def hour(at: datetime) -> str:
    """Such as 14:05."""
    return f"{local(at):%H:%M}"


def moment(at: datetime) -> str:
    """Such as 1 November 2026, 14:05."""
    return f"{day(at)}, {hour(at)}"
