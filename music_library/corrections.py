"""People's values before the estimates: corrections of what was heard, and ratings of a track's mood."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select

from music_library.errors import BadStatementError
from music_library.schema import statements
from music_library.statements import Statements
from music_library.track import Track

_LIMITS = {"valence": (-1.0, 1.0), "arousal": (-1.0, 1.0), "tempo_bpm": (10.0, 400.0), "mode": (-1.0, 1.0)}
_CORRECTED = (*_LIMITS, "key")


class Corrections(Statements):
    """The uses that correct and rate."""

    def correct(
        self,
        track_id: str,
        *,
        account: str,
        valence: float | None = None,
        arousal: float | None = None,
        tempo_bpm: float | None = None,
        mode: float | None = None,
        key: str | None = None,
    ) -> Track:
        """Let a person's value stand before the estimate, which is kept beside it; None leaves a value as it is.

        `key` is one of the 24, such as `F# minor` or `Eb major`.
        """
        given = {"valence": valence, "arousal": arousal, "tempo_bpm": tempo_bpm, "mode": mode}
        said: dict[str, Any] = {kind: _within(kind, value) for kind, value in given.items() if value is not None}
        if key is not None:
            said["key"] = _known_key(key)
        return self._say([track_id], account, said, {f"said_{kind}": value for kind, value in said.items()})[0]

    def take_back(self, track_id: str, *, account: str, kinds: Iterable[str]) -> Track:
        """Let the estimate count again for `kinds`, of `valence`, `arousal`, `tempo_bpm`, `mode`, `key`."""
        wanted = list(kinds)
        for kind in wanted:
            if kind not in _CORRECTED:
                raise BadStatementError(
                    f"{kind!r} is nothing that can be corrected: {', '.join(_CORRECTED)}.", kind=kind
                )
        return self._say([track_id], account, dict.fromkeys(wanted), {f"said_{kind}": None for kind in wanted})[0]

    def tag(self, track_id: str, *, account: str, valence: float, arousal: float) -> Track:
        """Keep a rating of the track's mood; several people's count as their mean, each person's last."""
        said = {"valence": _within("valence", valence), "arousal": _within("arousal", arousal)}

        def mean(db: Connection) -> dict[str, Any]:
            rows = db.execute(
                select(statements.c.account, statements.c.value)
                .where(statements.c.track_id == track_id, statements.c.kind == "tag")
                .order_by(statements.c.number)
            )
            latest = {row.account: json.loads(row.value) for row in rows} | {account: said}
            return {
                f"tag_{axis}": sum(rating[axis] for rating in latest.values()) / len(latest)
                for axis in ("valence", "arousal")
            }

        return self._say([track_id], account, {"tag": said}, mean)[0]


def _within(kind: str, value: float) -> float:
    low, high = _LIMITS[kind]
    if not low <= value <= high:  # also refuses NaN
        raise BadStatementError(f"{kind} is {value}; it must lie from {low:g} to {high:g}.", kind=kind, value=value)
    return float(value)


def _known_key(key: str) -> str:
    from music_library.columns import key_number

    name = " ".join(key.split())
    if key_number(name) is None:
        raise BadStatementError(f"{key!r} is no key: say a tonic and major or minor, such as F# minor.", key=key)
    return name
