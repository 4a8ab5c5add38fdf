"""Pictures of the parts since 2017, each with its words: norms, rotary positions, gates, heads.

Every function returns the figure and the text alternative, computed from the same numbers:
`style.show_figure(*rotary_waves(…), caption="…")`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike

from gptlab.errors import LabError
from gptlab.figures import style
from gptlab.layers.feedforward import gelu
from gptlab.layers.rotary import rotary_angles

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SERIES = (style.BLUE, style.ORANGE, style.GREEN, style.PURPLE)


def norm_planes(points: ArrayLike) -> tuple[Figure, str]:
    """Points of a plane before normalising, after LayerNorm and after RMSNorm (no scale, no shift).

    Raises LabError for points that are not pairs.
    """
    import matplotlib.pyplot as plt

    before = torch.as_tensor(np.asarray(points), dtype=torch.float32)
    if before.dim() != 2 or before.size(1) != 2 or not len(before):
        raise LabError(f"points have shape {tuple(before.shape)}; give (points, 2)")
    after = {
        "before": before,
        "LayerNorm": F.layer_norm(before, (2,)),
        "RMSNorm": F.rms_norm(before, (2,), eps=1e-5),
    }
    style.use()
    figure, panels = plt.subplots(1, 3, figsize=(7.6, 2.9))
    reach = float(before.abs().max()) * 1.15
    for axes, (name, z) in zip(panels, after.items(), strict=True):
        colours = [SERIES[i % len(SERIES)] for i in range(len(z))]
        axes.scatter(z[:, 0], z[:, 1], c=colours, s=36, zorder=3)
        limit = reach if name == "before" else 2.0
        axes.set(xlim=(-limit, limit), ylim=(-limit, limit), title=name, aspect="equal")
    turns = np.linspace(0, 2 * np.pi, 100)
    panels[2].plot(2**0.5 * np.cos(turns), 2**0.5 * np.sin(turns), color=style.INK, lw=1, ls="--")
    places = len({tuple(row) for row in after["LayerNorm"].round(decimals=1).tolist()})
    alt = (
        f"{len(before)} points of a plane, three times. Before: scattered. After LayerNorm they "
        f"lie on {places} spots of one line, because the mean of the two numbers is gone. After "
        "RMSNorm each keeps its direction and lies on a circle of radius √2."
    )
    return figure, alt


def rotary_waves(
    d_head: int, distances: int, pairs: Sequence[int], base: float = 10_000.0
) -> tuple[Figure, str]:
    """What each pair of a rotary head gives to the score of two equal vectors, by their distance.

    Raises LabError for a pair that the head does not have.
    """
    import matplotlib.pyplot as plt

    angles = rotary_angles(distances + 1, d_head, base).numpy()
    if wrong := [pair for pair in pairs if not 0 <= pair < d_head // 2]:
        raise LabError(f"there is no pair {wrong[0]}; a head of {d_head} has 0 … {d_head // 2 - 1}")
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.0))
    told = []
    for i, pair in enumerate(pairs):
        turn = 2 * np.pi / angles[1, pair]
        axes.plot(np.cos(angles[:, pair]), color=SERIES[i % 4], label=f"pair {pair}")
        told.append(f"pair {pair} comes round after {turn:,.0f} positions")
    axes.set(xlabel="distance of the two positions", ylabel="cos(distance × speed)")
    axes.legend(ncols=len(pairs), loc="lower center", bbox_to_anchor=(0.5, 1.0))
    alt = (
        f"Cosine waves against the distance, 0 to {distances}: {'; '.join(told)}. Fast pairs tell "
        "neighbours apart, slow ones near from far."
    )
    return figure, alt


def gate_curves(hidden: Sequence[float] = (1.0, 0.5, -1.0)) -> tuple[Figure, str]:
    """GELU and SiLU of one number, and SwiGLU's product of a gate with several second numbers."""
    import matplotlib.pyplot as plt

    x = torch.linspace(-4, 4, 161)
    style.use()
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3.0))
    left.plot(x, gelu(x), label="GELU")
    left.plot(x, F.silu(x), label="SiLU")
    left.set(title="one number in", xlabel="x")
    left.legend()
    for h in hidden:
        right.plot(x, F.silu(x) * h, label=f"hidden = {h:g}")
    right.set(title="SwiGLU: gate and hidden", xlabel="gate")
    right.legend()
    gap = (gelu(x) - F.silu(x)).abs().max().item()
    alt = (
        "Left: GELU and SiLU, two curves that are near 0 on the left and near x on the right, at "
        f"most {gap:.2f} apart. Right: SiLU(gate) times hidden for hidden = "
        f"{', '.join(f'{h:g}' for h in hidden)}: an open gate lets the second number through with "
        "its sign, a closed one lets nothing through."
    )
    return figure, alt


def shared_heads(n_heads: int, kv_heads: Sequence[int]) -> tuple[Figure, str]:
    """Which query heads look through which head of keys and values, for several numbers of these.

    Raises LabError for a number that does not divide `n_heads`.
    """
    import matplotlib.pyplot as plt

    if wrong := [n for n in kv_heads if n < 1 or n_heads % n]:
        raise LabError(f"{wrong[0]} does not divide {n_heads} heads; choose a divisor")
    names = {n_heads: "multi-head", 1: "multi-query"}
    style.use()
    figure, panels = plt.subplots(1, len(kv_heads), figsize=(7.8, 2.3), squeeze=False)
    for axes, n in zip(panels[0], kv_heads, strict=True):
        group = n_heads // n
        for q in range(n_heads):
            place = (q // group + 0.5) * group - 0.5
            axes.plot([q, place], [0.86, 0.14], color=style.INK, lw=1, ls="-", zorder=1)
            axes.scatter(q, 1, s=150, color=style.BLUE, zorder=2)
        for k in range(n):
            axes.scatter(
                (k + 0.5) * group - 0.5, 0, s=150, color=style.ORANGE, marker="s", zorder=2
            )
        axes.set(xlim=(-0.8, n_heads - 0.2), ylim=(-0.4, 1.4))
        axes.set_title(f"{names.get(n, 'grouped')}: {n} of {n_heads}")
        axes.set_yticks([0, 1], ["keys, values", "queries"] if axes is panels[0, 0] else ["", ""])
        axes.set_xticks([])
        axes.tick_params(length=0)
        axes.grid(visible=False)
        for side in axes.spines.values():
            side.set_visible(False)
    told = "; ".join(f"{n} head{'s' * (n > 1)}, each read by {n_heads // n}" for n in kv_heads)
    alt = (
        f"{n_heads} query heads (circles) above heads of keys and values (squares), a line from "
        f"each query head to the one it reads: {told}."
    )
    return figure, alt


def edit_ladder(
    differences: Mapping[str, tuple[float, float]], unit: str = "bits per word"
) -> tuple[Figure, str]:
    """How far each model lies from the first of its ladder: mean and half width of its interval.

    Raises LabError when there is nothing to draw.
    """
    import matplotlib.pyplot as plt

    if not differences:
        raise LabError("there is no difference to draw; give {name: (mean, half width)}")
    style.use()
    figure, axes = plt.subplots(figsize=(7.4, 0.9 + 0.5 * len(differences)))
    told = []
    for i, (name, (mean, half)) in enumerate(differences.items()):
        clear = abs(mean) > half
        colour = style.GREEN if clear and mean < 0 else style.ORANGE if clear else style.PURPLE
        axes.errorbar(
            mean, i, xerr=half, color=colour, marker="o", capsize=4, lw=2, linestyle="none"
        )
        told.append(f"{name} {mean:+.3f} ± {half:.3f}")
    axes.axvline(0, color=style.INK, lw=1, ls="--")
    axes.set_yticks(range(len(differences)), list(differences))
    axes.set(xlabel=f"{unit} against GPT-2's parts (left is better)")
    axes.set_ylim(len(differences) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    alt = (
        "A dot with its 95 % interval for each model, a dashed line at 0, where GPT-2's parts are. "
        f"{'; '.join(told)}."
    )
    return figure, alt


def expert_shares(shares: Mapping[str, Sequence[float]]) -> tuple[Figure, str]:
    """What part of the tokens goes to each expert, for several cases side by side.

    Raises LabError unless all have the same number of experts.
    """
    import matplotlib.pyplot as plt

    sizes = {len(s) for s in shares.values()}
    if len(sizes) != 1 or 0 in sizes:
        raise LabError(f"the cases have {sorted(sizes)} experts; give as many shares for each")
    n = sizes.pop()
    style.use()
    figure, panels = plt.subplots(1, len(shares), figsize=(7.6, 2.6), sharey=True, squeeze=False)
    told = []
    for axes, (name, values) in zip(panels[0], shares.items(), strict=True):
        axes.bar(range(n), list(values), 0.7, color=style.BLUE)
        axes.axhline(1 / n, color=style.ORANGE, ls="--", lw=1.5)
        axes.set(title=name, xlabel="expert", xticks=range(n))
        axes.grid(visible=False, axis="x")
        told.append(f"{name}: from {min(values):.2f} to {max(values):.2f}")
    panels[0, 0].set_ylabel("share of the choices")
    return figure, (
        f"Bars for {n} experts, a dashed line at the even share {1 / n:.2f}. {'; '.join(told)}."
    )
