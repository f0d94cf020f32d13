"""All comparisons in one table, written into this folder's README.md from the results that lie beside it.

    python -m benchmarks.table            # `make bench` ends with it

Nothing is measured here and no figure is typed: a test holds that the table says what the results say.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
README = FOLDER / "README.md"
BEGIN, END = "<!-- begin of the table: written by benchmarks/table.py -->", "<!-- end of the table -->"
NOT_YET = "not measured yet"


@dataclass(frozen=True)
class Line:
    """One claim: what was measured, what stands beside it, and the goal that was set before."""

    name: str
    """What other documents link to."""
    what: str
    results: str
    """Name of the file of results, without `.json`."""
    figure: Callable[[Any], float]
    beside: Callable[[Any], str] | None = None
    goal: tuple[str, float] | None = None
    """`≥` or `≤`, and the number."""
    over_best: float | None = None
    """In place of `goal`: this much above the best peer of the same run."""
    unit: str = ""
    digits: int = 2


def best(results: Mapping[str, Any], name: str) -> tuple[float, str]:
    """The best peer's figure of hearing, and which peer."""
    return max((found[name], peer) for peer, found in results["peers"].items() if peer != "attune" and name in found)


def _hearing(name: str) -> Callable[[Any], float]:
    return lambda found: float(found["peers"]["attune"][name])


def _peer(name: str) -> Callable[[Any], str]:
    return lambda found: f"{best(found, name)[0]:g} ({best(found, name)[1]})"


def _times(peer: str) -> Callable[[Any], float]:
    return lambda found: float(found["cpu_s_over_attune"][peer])


def _sound_ways(found: Any) -> list[Any]:
    """All ways of writing a recording again but for those that leave something out of it."""
    return [way for way in found["ways"].values() if not way["is_codec"]]


def _largest_mood_change(found: Any) -> float:
    return max(float(way[f"{axis}_by_largest"]) for way in _sound_ways(found) for axis in ("valence", "arousal"))


def _largest_codec_shift(found: Any) -> float:
    coded = [way for way in found["ways"].values() if way["is_codec"]]
    return max(abs(float(shift)) for way in coded for shift in way["mean_shifts_sd"].values())


def _other_orders(data: str) -> Callable[[Any], str]:
    """Greedy on the places that are shown, and on those that Attune follows; and chance."""
    said = {"greedy": "greedy", "greedy, drawn": "greedy on the same places", "random": "random"}
    return lambda found: ", ".join(f"{found[data][name][0]:.2f} ({words})" for name, words in said.items())


def _plan(tracks: str, name: str, whose: str = "attune") -> Callable[[Any], float]:
    return lambda found: float(found["libraries"][tracks]["quality"][whose][name])


def _greedy(tracks: str, name: str, unit: str = "") -> Callable[[Any], str]:
    return lambda found: f"{_plan(tracks, name, 'greedy')(found):.3g}{unit} (greedy)"


def _mood(part: str, axis: str, name: str) -> Callable[[Any], float]:
    return lambda found: float(found["figures"][part][axis][name])


def _ten_songs(axis: str, name: str) -> Callable[[Any], float]:
    return lambda found: float(found["emotify by a model of vgmidi"][axis]["asked_for"][name])


def _none_placed(axis: str) -> Callable[[Any], str]:
    return lambda found: f"{_ten_songs(axis, 'before')(found):.3f} (none placed)"


def _three(part: str, axis: str) -> Callable[[Any], str]:
    return lambda found: f"{found['figures'][part]['baselines']['three'][axis]['r2']:.2f} (tempo, level and mode alone)"


def _postgres(name: str) -> Callable[[Any], str]:
    return lambda found: f"{found['postgresql']['later'][name]:.3g} s (PostgreSQL)"


def _at_most_80(found: Any) -> dict[str, Any]:
    return next(row for row in found if (row["rule"], row["limit"]) == ("tempo at most", 80))


def _lower(part: str, name: str) -> Callable[[Any], float]:
    return lambda found: min(_mood(part, axis, name)(found) for axis in AXES)


def _least_covered(found: Any) -> float:
    groups = found["figures"][GENRES]["by_group"].values()
    return min(float(group[axis]["coverage"]) for group in groups for axis in AXES)


def _noticed(file: str) -> Callable[[Any], float]:
    return lambda found: float(found["files"][file]["noticed_percent"])


def _forest(part: str) -> Callable[[Any], str]:
    return lambda found: f"{found['forest'][part]['wall_s']:.0f} s ({found['forest']['trees']} trees, no judging)"


PEERS_NAMES = {
    "hearing-tempo": "tempo",
    "hearing-tempo-octave": "octave",
    "hearing-key": "key",
    "hearing-mirex": "mirex",
    "hearing-mode": "mode",
}
AXES = ("valence", "arousal")
ARTISTS, GENRES = "recordings alone, artists left out", "recordings alone, genres left out"
TO_SCORES, TO_RECORDINGS = "recordings to scores, as a library", "scores to recordings"
LINES = (
    Line("hearing-speed", "CPU seconds of librosa's tutorial for one of Attune's", "extraction", _times("librosa"),
         goal=("≥", 6), unit=" ×", digits=1),
    Line("hearing-speed-essentia", "the same of Essentia (degara and key)", "extraction", _times("essentia-degara"),
         goal=("≥", 2.4), unit=" ×", digits=1),
    Line("hearing-tempo", "tempo right, of renders with known tempo", "extraction", _hearing("tempo"), _peer("tempo"),
         over_best=2, unit=" %", digits=1),
    Line("hearing-tempo-octave", "tempo right but for double, half and thirds", "extraction", _hearing("octave"),
         _peer("octave"), over_best=-0.5, unit=" %", digits=1),
    Line("hearing-slow-tempo", "tempo right from 55 to 95 BPM", "extraction", _hearing("slow"), _peer("slow"),
         goal=("≥", 80), unit=" %", digits=1),
    Line("hearing-key", "key right", "extraction", _hearing("key"), _peer("key"), over_best=2, unit=" %",
         digits=1),
    Line("hearing-mirex", "key with MIREX's weights for near ones", "extraction", _hearing("mirex"), _peer("mirex"),
         over_best=2, unit=" %", digits=1),
    Line("hearing-mode", "mode right", "extraction", _hearing("mode"), _peer("mode"), over_best=2, unit=" %",
         digits=1),
    Line("hearing-mode-auc", "major told from minor: area under the curve", "extraction", _hearing("mode_auc"),
         goal=("≥", 0.965), digits=3),
    Line("hearing-mode-ece", "calibration error of the mode as a probability", "extraction", _hearing("mode_ece"),
         goal=("≤", 0.05), digits=3),
    Line("hearing-decoding", "share of the speed of reading the samples alone", "extraction", _times("decode"),
         goal=("≥", 0.35)),
    Line("invariance-tempo", "same tempo (1 %) whatever level, phase, offset, channels, rate; the worst way",
         "invariance", lambda found: min(way["same_tempo_percent"] for way in _sound_ways(found)), goal=("≥", 100),
         unit=" %", digits=1),
    Line("invariance-mode", "same mode, likewise", "invariance",
         lambda found: min(way["same_mode_percent"] for way in _sound_ways(found)), goal=("≥", 100), unit=" %",
         digits=1),
    Line("invariance-mood", "largest change of a mood, likewise", "invariance", _largest_mood_change,
         goal=("≤", 0.05), digits=3),
    Line("invariance-codec", "largest shift of a feature's mean by MP3, Ogg, Opus or AAC, in SD", "invariance",
         _largest_codec_shift, goal=("≤", 0.25)),
    Line("mood-arousal", "R² of arousal, artists left out", "mood", _mood(ARTISTS, "arousal", "r2"),
         _three(ARTISTS, "arousal"), goal=("≥", 0.45)),
    Line("mood-valence", "R² of valence, artists left out", "mood", _mood(ARTISTS, "valence", "r2"),
         _three(ARTISTS, "valence"), goal=("≥", 0.33)),
    Line("mood-arousal-genres", "R² of arousal, genres left out", "mood", _mood(GENRES, "arousal", "r2"),
         _three(GENRES, "arousal"), goal=("≥", 0.3)),
    Line("mood-valence-genres", "R² of valence, genres left out", "mood", _mood(GENRES, "valence", "r2"),
         _three(GENRES, "valence"), goal=("≥", 0.3)),
    Line("mood-arousal-to-scores", "r of arousal, recordings to scores, as a library", "mood",
         _mood(TO_SCORES, "arousal", "r"), goal=("≥", 0.78)),
    Line("mood-valence-to-scores", "r of valence, recordings to scores, as a library", "mood",
         _mood(TO_SCORES, "valence", "r"), goal=("≥", 0.5)),
    Line("mood-arousal-to-recordings", "r of arousal, scores to recordings, each a file", "mood",
         _mood(TO_RECORDINGS, "arousal", "r"), goal=("≥", 0.6)),
    Line("mood-valence-to-recordings", "r of valence, scores to recordings, each a file", "mood",
         _mood(TO_RECORDINGS, "valence", "r"), goal=("≥", 0.48)),
    Line("mood-coverage-genres", "coverage of 90 % intervals, genres left out, the lower axis", "mood",
         _lower(GENRES, "coverage"), goal=("≥", 0.88)),
    Line("mood-coverage-genre", "the same of the genre that is covered least, of 50 tracks", "mood",
         _least_covered, goal=("≥", 0.85)),
    Line("mood-width", "mean width, artists left out, as a share of constant intervals, the wider axis", "mood",
         lambda found: max(_mood(ARTISTS, axis, "width_share")(found) for axis in AXES), goal=("≤", 0.95)),
    Line("training-100000", "training on 100,000 tracks with its report card", "training_scale",
         lambda found: float(found["train"]["wall_s"]), _forest("train"), goal=("≤", 600), unit=" s", digits=0),
    Line("training-memory", "the most memory that it holds", "training_scale",
         lambda found: float(found["train"]["peak_mb"]), lambda found: f"{found['forest']['peak_mb']} MB (forest)",
         goal=("≤", 4096), unit=" MB", digits=0),
    Line("placing-1000000", "placing 1,000,000 tracks", "training_scale",
         lambda found: float(found["place"]["wall_s"]), _forest("place_ten_times_a_tenth"), goal=("≤", 120), unit=" s",
         digits=0),
    Line("listener", "error for a peculiar listener after 10 ratings, as a share of everyone's model", "listeners",
         lambda found: found["error_share"]["10 ratings, peculiar"], goal=("≤", 1)),
    *(
        Line(f"ten-songs-{axis}", f"error of {axis} with ten songs placed, in a library foreign to the model",
             "ten_songs", _ten_songs(axis, "as_used"), _none_placed(axis), digits=3)
        for axis in ("valence", "arousal")
    ),
    Line("plan-constraints", "all constraints met, 5,000 tracks", "planning",
         _plan("5000", "all_constraints_met_percent"), _greedy("5000", "all_constraints_met_percent", " %"),
         goal=("≥", 100), unit=" %", digits=0),
    Line("plan-length", "seconds off the length asked for, 5,000 tracks", "planning", _plan("5000", "length_off_s"),
         _greedy("5000", "length_off_s", " s"), goal=("≤", 30), unit=" s", digits=0),
    Line("plan-tracking", "distance from the route, 5,000 tracks", "planning", _plan("5000", "tracking_error"),
         _greedy("5000", "tracking_error"), goal=("≤", 0.06), digits=3),
    Line("plan-steps-back", "steps back, 5,000 tracks", "planning", _plan("5000", "steps_back_percent"),
         _greedy("5000", "steps_back_percent", " %"), goal=("≤", 0), unit=" %", digits=1),
    Line("plan-tempo", "jump of tempo between songs, 5,000 tracks", "planning", _plan("5000", "tempo_jump"),
         _greedy("5000", "tempo_jump", " %"), goal=("≤", 4), unit=" %", digits=1),
    Line("plan-key", "jump on the circle of fifths, 5,000 tracks", "planning", _plan("5000", "key_jump"),
         _greedy("5000", "key_jump"), goal=("≤", 1.3), digits=1),
    Line("plan-loudness", "jump of loudness, 5,000 tracks", "planning", _plan("5000", "loudness_jump"),
         _greedy("5000", "loudness_jump", " LU"), goal=("≤", 1.5), unit=" LU", digits=1),
    Line("plan-scanned", "distance from the route, a scanned folder of music", "planning",
         lambda found: found["scanned"]["quality"]["attune"]["tracking_error"],
         lambda found: f"{found['scanned']['quality']['greedy']['tracking_error']:.3g} (greedy)", digits=3),
    Line("plan-cpu", "CPU of a whole plan at 1,000,000 tracks, p95", "planning",
         lambda found: found["libraries"]["1000000"]["speed"]["plan_cpu_ms"]["p95"], goal=("≤", 250), unit=" ms",
         digits=0),
    Line("plan-wall", "wall clock of a whole plan at 1,000,000 tracks, p95", "planning",
         lambda found: found["libraries"]["1000000"]["speed"]["plan_ms"]["p95"], goal=("≤", 250), unit=" ms", digits=0),
    Line("plan-index", "wall clock to index 1,000,000 tracks", "planning",
         lambda found: found["libraries"]["1000000"]["speed"]["index_s"], goal=("≤", 3), unit=" s", digits=1),
    Line("plan-rated", "order on rated music (`emotify`), Kendall's τ", "plans_on_rated_music",
         lambda found: found["emotify"]["attune"][0],
         _other_orders("emotify")),
    Line("plan-rated-deam", "the same on `deam`", "plans_on_rated_music", lambda found: found["deam"]["attune"][0],
         _other_orders("deam")),
    Line("limits", "truly too lively songs that a limit lets through (energy at most 0)", "limits_on_rated_music",
         lambda found: found[1]["unsafe let through, interval, %"][0],
         lambda found: f"{found[1]['unsafe let through, estimate alone, %'][0]:g} % (the estimate alone)", unit=" %",
         digits=1),
    Line("limits-tempo", "truly too fast songs that a limit lets through (at most 80 BPM)", "limits_on_renders",
         lambda found: _at_most_80(found)["unsafe let through, likely tempos, %"][0],
         lambda found: f"{_at_most_80(found)['unsafe let through, first tempo alone, %'][0]:g} % (the first alone)",
         unit=" %", digits=1),
    Line("groups", "liking of a group's least satisfied member, above averaging", "groups",
         lambda found: found["least_gain_percent"], unit=" %", digits=1),
    Line("movement", "songs to move to that truly keep within 3 %", "movement",
         lambda found: found["within_3_percent"]["right_percent"], goal=("≥", 95), unit=" %", digits=1),
    Line("app-plan", "press on a word to the new list, 100,000 tracks, p95", "app",
         lambda found: found["at_rest"]["plan_s"]["p95"], goal=("≤", 2), unit=" s"),
    Line("app-plan-scanning", "the same while a scan runs", "app",
         lambda found: found["while_scanning"]["plan_s"]["p95"], goal=("≤", 2), unit=" s"),
    Line("room-failures", "failures of 100 rooms at once", "room",
         lambda found: sum(found["at_once"]["failures"].values()), goal=("≤", 0), digits=0),
    Line("room-stop", "slowest Stop from the therapist to one of 100 rooms", "room",
         lambda found: found["at_once"]["stop_arrives_s"]["slowest"], unit=" s"),
    Line("clinic-failures", "failures of 12 clinicians and 100 listeners on one server", "clinic",
         lambda found: sum(found["failures"].values()) + found["database_is_locked"], goal=("≤", 0), digits=0),
    Line("clinic-page", "a clinician's page among them, p95", "clinic", lambda found: found["page_s"]["p95"],
         unit=" s"),
    Line("scale-read", "all that a plan needs of 1,000,000 tracks, after the first opening", "scale",
         lambda found: found["sqlite"]["later"]["candidates_s"], _postgres("candidates_s"), unit=" s", digits=1),
    Line("scale-search", "first rows of a search in 1,000,000 tracks", "scale",
         lambda found: found["sqlite"]["later"]["search_s"], _postgres("search_s"), unit=" s"),
    Line("scale-page", "first rows of the library of 1,000,000 tracks", "scale",
         lambda found: found["sqlite"]["later"]["first_page_s"], _postgres("first_page_s"), unit=" s"),
    Line("scale-plan", "a plan from a catalogue of 1,000,000 tracks, CPU", "scale",
         lambda found: found["sqlite"]["later"]["plan_cpu_s"], _postgres("plan_cpu_s"), unit=" s"),
    Line("scan-two", "two workers, against one", "scanning", lambda found: found["two workers"]["times_one_worker"],
         goal=("≥", 1.8), unit=" ×"),
    Line("scan-cluster", "cluster of two that loses one, against one worker", "scanning",
         lambda found: found["cluster of two that loses one"]["times_one_worker"], unit=" ×"),
    Line("scan-overhead", "CPU of two workers, against one", "scanning",
         lambda found: found["two workers"]["cpu_s"] / found["one worker"]["cpu_s"],
         lambda found: f"{found['cluster of two']['cpu_s'] / found['one worker']['cpu_s']:.2f} (a cluster of two)",
         unit=" ×"),
    Line("scan-same-table", "one worker, two, a broken cluster, a killed scan: the same table (1 is yes)", "scanning",
         lambda found: float(found["tables_are_equal"]), goal=("≥", 1), digits=0),
    Line("tests-safety", "small changes of the limits that protect a client which a test notices", "mutation",
         _noticed("practice/safety.py"), goal=("≥", 90), unit=" %", digits=1),
    Line("tests-constraints", "the same of the rules of a plan", "mutation",
         _noticed("recommender/constraints.py"), goal=("≥", 90), unit=" %", digits=1),
    Line("tests-hard-rules", "the same of what the hard rules hide", "mutation",
         _noticed("recommender/hard_rules.py"), goal=("≥", 90), unit=" %", digits=1),
)  # fmt: skip


def row(line: Line) -> str:
    """One line of the table, from its results."""
    file = FOLDER / "results" / f"{line.results}.json"
    figure, beside, reached = NOT_YET, "–", "–"
    if file.exists():
        found = json.loads(file.read_text("utf-8"))
        try:
            value = line.figure(found)
            figure = f"{value:.{line.digits}f}{line.unit}"
            beside = "–" if line.beside is None else line.beside(found)
        except (KeyError, IndexError):
            value = None
        if value is not None and line.over_best is not None:
            peers_best, _ = best(found, PEERS_NAMES[line.name])
            reached = "yes" if value >= peers_best + line.over_best else "**no**"
        elif value is not None and line.goal is not None:
            sign, bar = line.goal
            reached = "yes" if (value >= bar if sign == "≥" else value <= bar) else "**no**"
    goal = "–" if line.goal is None else f"{line.goal[0]} {line.goal[1]:g}{line.unit}"
    goal = goal if line.over_best is None else f"≥ best {line.over_best:+g}"
    source = f"[{line.results}](results/{line.results}.json)"
    return f'| <a id="{line.name}"></a>{line.what} | {figure} | {beside} | {goal} | {reached} | {source} |'


def table() -> str:
    """The whole table."""
    head = "| what | Attune | beside it | goal | reached | results |\n| --- | --- | --- | --- | --- | --- |"
    return "\n".join([BEGIN, "", head, *(row(line) for line in LINES), "", END])


def main() -> None:
    """Write the table into the README."""
    text = README.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    README.write_text(before + table() + rest.partition(END)[2], "utf-8")


if __name__ == "__main__":
    main()
