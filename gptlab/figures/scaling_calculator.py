"""A calculator in the page: GPUs and hours in, the compute-optimal model, its loss and price out.

The arithmetic is that of `evaluation.scaling.ChinchillaLaw` and of `training.plan`, in JavaScript
(scaling_calculator.js); a browser test holds the two together. No kernel, nothing loaded.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from gptlab.errors import LabError
from gptlab.evaluation.scaling import ChinchillaLaw
from gptlab.figures.style import BLUE, ORANGE, Output
from gptlab.training.plan import GPUS

_STYLE = f"""
[data-compute] {{border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}}
[data-compute] .controls {{display: grid; gap: .4em 1.2em;
 grid-template-columns: repeat(auto-fit, minmax(15em, 1fr))}}
[data-compute] label {{display: block}}
[data-compute] label b {{margin-left: .4em}}
[data-compute] input, [data-compute] select {{display: block; width: 100%; font: inherit;
 accent-color: {BLUE}; box-sizing: border-box}}
[data-compute] select {{color: inherit; background: transparent; border: 1px solid;
 border-radius: 4px; padding: .2em}}
[data-compute] option {{color: #000; background: #fff}}
[data-compute] table {{margin: .8em 0 .4em; border-collapse: collapse}}
[data-compute] th {{text-align: left; font-weight: normal; padding: .1em 1.5em .1em 0}}
[data-compute] td {{text-align: right; font-variant-numeric: tabular-nums; padding: .1em 0}}
[data-compute] svg {{display: block; width: 100%; max-width: 640px; height: auto;
 font: 11px system-ui, sans-serif}}
[data-compute] svg text {{fill: currentColor}}
[data-compute] .axis {{stroke: currentColor; stroke-width: 1; fill: none}}
[data-compute] .curve {{stroke: {BLUE}; stroke-width: 2; fill: none}}
[data-compute] .best {{fill: {ORANGE}}}
[data-compute] p {{margin: .4em 0}}
@media print {{[data-compute] {{display: none}}}}
"""


def _slider(part: str, name: str, low: float, high: float, step: float, value: float) -> str:
    return (
        f'<label>{name}<b data-told="{part}"></b><input type="range" aria-label="{name}" '
        f'data-part="{part}" min="{low}" max="{high}" step="{step}" value="{value}"></label>'
    )


def _select(part: str, name: str, options: Mapping[str, str]) -> str:
    inner = "".join(f'<option value="{key}">{text}</option>' for key, text in options.items())
    return f'<label>{name}<select aria-label="{name}" data-part="{part}">{inner}</select></label>'


def scaling_calculator(laws: Mapping[str, ChinchillaLaw], start_gpu: str = "H100") -> Output:
    """The calculator, with the `laws` to choose from by name.

    Sliders are in powers of ten for GPUs and hours. Raises LabError without a law, for one whose
    numbers are not above 0, and for a GPU that is unknown.
    """
    if not laws:
        raise LabError("there is no law to compute with; give at least one by name")
    for name, law in laws.items():
        if not min(asdict(law).values()) > 0:
            raise LabError(f"the law {name!r} has a number that is not above 0: {law}")
    if start_gpu not in GPUS:
        raise LabError(f"GPU {start_gpu!r} is unknown; known are {', '.join(GPUS)}")
    order = sorted(GPUS, key=lambda name: name != start_gpu)
    data = {
        "gpus": {name: GPUS[name].peak for name in order},
        "laws": {name: list(asdict(law).values()) for name, law in laws.items()},
    }
    names = {name: html.escape(name) for name in laws}
    controls = [
        _select("gpu", "GPU", {name: name for name in order}),
        _slider("count", "GPUs", 0, 4.5, 0.1, 3),
        _slider("hours", "Hours", 0, 4, 0.1, 3),
        _slider("mfu", "Share of the peak that is reached (MFU)", 0.05, 0.7, 0.05, 0.4),
        _slider("price", "Price of one GPU for an hour", 0, 10, 0.5, 2),
        _select("law", "Law", {html.escape(k, quote=True): v for k, v in names.items()}),
    ]
    rows = {
        "flops": "operations",
        "parameters": "parameters",
        "tokens": "tokens",
        "ratio": "tokens for each parameter",
        "loss": "loss by the law, nats for each token",
        "cost": "cost",
    }
    table = "".join(
        f'<tr><th scope="row">{text}</th><td data-told="{key}"></td></tr>'
        for key, text in rows.items()
    )
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    packed = html.escape(json.dumps(data, separators=(",", ":")))
    page = (
        f'<style>{_STYLE}</style><div data-compute="{packed}" role="group" '
        f'aria-label="Compute-optimal calculator"><div class="controls">{"".join(controls)}</div>'
        f'<table aria-label="What the compute buys">{table}</table>'
        '<p data-told="status" role="status"></p>'
        '<svg viewBox="0 0 640 220" role="img" aria-label="Loss for each model size at this '
        'compute; the table above names its lowest point"></svg></div>'
        f"<script>{script}</script>"
    )
    return Output(page, "(In a browser: a calculator for compute-optimal models.)")
