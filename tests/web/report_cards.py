"""Report cards made of hostile names, as a table of anybody's could hold them."""

from __future__ import annotations

from typing import Any

from tests.web.homes import HOSTILE


def a_report(**changes: Any) -> dict[str, Any]:
    """A report with every part, whose tracks, artists, genres and table are called what should stay text."""

    def figures(shift: float) -> dict[str, Any]:
        values = {"r2": 0.31 + shift, "r": 0.6, "rmse": 0.4, "ccc": 0.5, "coverage": 0.9}
        ends = {name: [value - 0.1, value + 0.1] for name, value in values.items() if name != "coverage"}
        return values | {"intervals": ends, "r2_interval": ends["r2"]}

    def axes(shift: float = 0.0) -> dict[str, Any]:
        return {"valence": figures(shift), "arousal": figures(shift + 0.2)}

    plain = {name: {"r2": 0.05, "r": 0.2, "rmse": 0.5, "ccc": 0.1} for name in ("valence", "arousal")}
    points = [{"estimated": k / 5 - 1, "rated": k / 6 - 0.8} for k in range(10)]
    report = {
        "model_id": HOSTILE[0],
        "table": HOSTILE[1],
        "n": 220,
        "seed": 0,
        "notes": [{"kind": "no_groups"}, {"kind": "few_tracks", "n": 90}, {"kind": "heard_before", "n": 7}, HOSTILE[2]],
        "figures": axes()
        | {"n": 220, "baselines": {"constant": plain, "three": plain}}
        | {"by_group": {name: {"n": 30, **axes()} for name in HOSTILE}}
        | {"by_genre": {name: {"n": 31, **axes()} for name in HOSTILE}},
        "in_use": axes(-0.1),
        "comparison": {
            "may_promote": False,
            "reasons": [
                {"kind": "worse", "of": of, "axis": "valence", "name": name, "new": 0.5, "old": 0.4}
                for of, name in (("all", ""), ("group", HOSTILE[3]), ("genre", HOSTILE[4]))
            ]
            + [{"kind": "worse_than_its_own", "axis": "arousal", "new": 0.5, "old": 0.4}, HOSTILE[5]],
        },
        "calibration": {"valence": points, "arousal": points},
        "learning_curve": [
            {"n": n, "valence": v, "arousal": v + 0.1, "three": {"valence": 0.05, "arousal": -0.02}}
            for n, v in ((80, 0.1), (150, 0.2), (220, 0.3))
        ],
        "worst": [
            {"row": k, "id": None, "track": name, "artist": name, "rated": [0.9, -1.3], "estimated": [-0.2, 0.4]}
            for k, name in enumerate(HOSTILE, 2)
        ],
    }
    return report | changes
