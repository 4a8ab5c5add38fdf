"""A figure that answers: choose a schedule, a peak and a warm-up; see the course and what it gave.

The runs are stored by `python benchmarks/schedules.py`. It works in Lab and in a page, without a
kernel, by mouse and by keyboard (schedule_explorer.js); a browser test compares the courses with
`build_schedule`.
"""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gptlab.errors import LabError
from gptlab.figures.plots import heat_map
from gptlab.figures.style import BLUE, ORANGE, Output
from gptlab.figures.word2vec_pictures import benchmark_results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STYLE = f"""
[data-schedules] {{border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}}
[data-schedules] label {{display: inline-flex; gap: .4em; align-items: center;
 margin: 0 1.2em .5em 0; max-width: 100%}}
[data-schedules] select {{font: inherit; color: CanvasText; background: Canvas; border: 1px solid;
 border-radius: 4px; padding: .15em .4em}}
[data-schedules] input {{width: 8em; accent-color: {BLUE}}}
[data-schedules] .two {{display: flex; flex-wrap: wrap; gap: .4em 1.2em}}
[data-schedules] figure {{margin: 0; flex: 1 1 17em; max-width: 24em; min-width: 0}}
[data-schedules] figcaption {{font-weight: 600; color: inherit; margin: 0}}
[data-schedules] svg {{display: block; width: 100%; height: auto; font: 12px system-ui, sans-serif}}
[data-schedules] svg text {{fill: currentColor}}
[data-schedules] polyline {{fill: none; stroke-width: 1; stroke: currentColor; opacity: .18}}
[data-schedules] polyline.chosen {{stroke: {ORANGE}; stroke-width: 3; opacity: 1}}
[data-schedules] .axis {{stroke: currentColor}}
[data-schedules] .grid {{stroke: currentColor; opacity: .2}}
[data-schedules] [role=status] {{min-height: 3.2em; margin: .4em 0}}
[data-schedules] .room {{overflow-x: auto}}
[data-schedules] table {{border: 0; width: auto; margin: 0; border-collapse: collapse}}
[data-schedules] caption {{text-align: start; font-weight: 600; color: inherit; caption-side: top;
 padding: 0 0 .2em}}
[data-schedules] :is(td, th) {{padding: .1em .6em; text-align: end; border: 0; color: inherit;
 background: none; font-weight: inherit; font-variant-numeric: tabular-nums; white-space: nowrap}}
[data-schedules] th[scope=row] {{text-align: start; padding-inline-start: 0}}
[data-schedules] td[data-run] {{cursor: pointer;
 background: color-mix(in srgb, {BLUE} var(--good), transparent)}}
[data-schedules] td[data-chosen] {{outline: 3px solid {ORANGE}; font-weight: 700}}
@media print {{[data-schedules] {{display: none}}}}
"""


def stored_schedules() -> dict[str, Any]:
    """What `python benchmarks/schedules.py` stored. Raises LabError where it has not been run."""
    return benchmark_results("schedules")


def schedule_explorer(found: Mapping[str, Any]) -> Output:
    """Controls over stored runs (`found`: benchmarks/results/schedules.json), curves and a table.

    Raises LabError where a combination of schedule, peak and warm-up is missing or a number is not
    finite.
    """
    runs, schedules, peaks, warmups = _axes(found)
    data = {name: found[name] for name in ("floor", "steps", "stride", "final")}
    data["top"] = math.ceil(max(run["losses"][0] for run in runs))
    data |= {"peaks": peaks, "runs": runs}
    place = {(r["schedule"], r["peak"], r["warmup"]): i for i, r in enumerate(runs)}
    exams = np.array([run["exam"] for run in runs])
    good = 45 * (exams.max() - exams) / max(exams.max() - exams.min(), 1e-9)  # per cent of colour
    rows = "".join(
        f'<tr><th scope="row">{name}{_told(warmup)}</th>'
        + "".join(
            f'<td data-run="{i}" style="--good: {good[i]:.0f}%">{runs[i]["exam"]:.2f}</td>'
            for i in (place[name, peak, warmup] for peak in peaks)
        )
        + "</tr>"
        for name in schedules
        for warmup in warmups
    )
    start = min(runs, key=lambda run: run["exam"])
    names = "".join(
        f"<option{' selected' * (name == start['schedule'])}>{name}</option>" for name in schedules
    )
    warm = "".join(
        f'<option value="{w}"{" selected" * (w == start["warmup"])}>'
        f"{'a tenth of the run' if w else 'none'}</option>"
        for w in warmups
    )
    packed = html.escape(json.dumps(data, separators=(",", ":")))
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    heads = "".join(f'<th scope="col">{peak:g}</th>' for peak in peaks)
    page = (
        f'<style>{_STYLE}</style><div data-schedules="{packed}" role="group" '
        'aria-label="Learning-rate schedules"><div>'
        f'<label>Schedule <select data-part="schedule">{names}</select></label>'
        f'<label>Peak <input type="range" data-part="peak" min="0" max="{len(peaks) - 1}" '
        f'step="1" value="{peaks.index(start["peak"])}"><span data-part="peak-told"></span></label>'
        f'<label>Warm-up <select data-part="warmup">{warm}</select></label></div>'
        '<div class="two"><figure><figcaption>The learning rate</figcaption>'
        f"{_picture('course', 'The course of the learning rate')}</figure>"
        "<figure><figcaption>The training loss, among the others</figcaption>"
        f"{_picture('losses', 'Training loss of the chosen run among all others')}</figure></div>"
        '<p role="status" data-part="status"></p><div class="room" tabindex="0" role="region" '
        'aria-label="All runs"><table><caption>Bits per word after the run, by peak</caption>'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table></div></div>"
        f"<script>{script}</script>"
    )
    return Output(page, f"(In a browser: {len(runs)} runs by schedule, peak and warm-up.)")


def schedule_landscape(found: Mapping[str, Any]) -> tuple[Figure, str]:
    """The same table as a picture, and in words. Raises LabError as `schedule_explorer` does."""
    runs, schedules, peaks, warmups = _axes(found)
    place = {(r["schedule"], r["peak"], r["warmup"]): r["exam"] for r in runs}
    rows = [(name, warmup) for name in schedules for warmup in warmups]
    matrix = [[place[name, peak, warmup] for peak in peaks] for name, warmup in rows]
    labels = [name + _told(warmup) for name, warmup in rows]
    figure = heat_map(matrix, labels, [f"{peak:g}" for peak in peaks], "bits per word")
    figure.axes[0].set_xlabel("peak learning rate")
    best, worst = (pick(runs, key=lambda run: run["exam"]) for pick in (min, max))
    alt = (
        f"Heat map of bits per word on new sentences after {found['steps']} steps, a row for each "
        "schedule without and with warm-up, a column for each peak learning rate. Lowest: "
        f"{_name(best)} with {best['exam']:.2f}; highest: {_name(worst)} with {worst['exam']:.2f}."
    )
    return figure, alt


def _axes(
    found: Mapping[str, Any],
) -> tuple[list[dict[str, Any]], list[str], list[float], list[float]]:
    runs = list(found["runs"])
    schedules, peaks, warmups = (
        list(dict.fromkeys(run[key] for run in runs)) for key in ("schedule", "peak", "warmup")
    )
    there = {(run["schedule"], run["peak"], run["warmup"]) for run in runs}
    wanted = len(schedules) * len(peaks) * len(warmups)
    if not runs or not len(there) == len(runs) == wanted:
        raise LabError(
            f"{len(there)} different runs of {wanted}; run python benchmarks/schedules.py anew"
        )
    if not np.isfinite([n for run in runs for n in (run["exam"], *run["losses"])]).all():
        raise LabError("a run has a loss that is no finite number; leave its peak out")
    return runs, schedules, peaks, warmups


def _told(warmup: float) -> str:
    return ", warm-up" if warmup else ""


def _name(run: Mapping[str, Any]) -> str:
    return f"{run['schedule']}{_told(run['warmup'])}, peak {run['peak']:g}"


def _picture(part: str, label: str) -> str:
    return f'<svg data-part="{part}" viewBox="0 0 300 170" role="img" aria-label="{label}"></svg>'
