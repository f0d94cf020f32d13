"""What can go wrong with people's records."""

from __future__ import annotations

from typing import Any


class PracticeError(Exception):
    """Root of this room's errors: a code and its values; `str()` is the English sentence."""

    code = "practice_error"

    def __init__(self, message: str, **values: Any) -> None:
        super().__init__(message)
        self.values = values
