"""The way of a text through a GPT: every step with its formula and its shape, for any size.

A text of T tokens goes in, one row of scores for each of its T positions comes out. The batch is
left out of the shapes; it would be the first axis of each.
"""

from __future__ import annotations

from dataclasses import dataclass

from gptlab.errors import LabError
from gptlab.models.gpt import GPTConfig


@dataclass(frozen=True)
class Stage:
    """One step: what comes out of it, and the weights it uses.

    `formula` is plain text. `symbols` and `shape` say the same about the result, in letters and in
    numbers. `weights` counts parameters; those of a tied matrix count where it stands first.
    """

    key: str
    name: str
    formula: str
    symbols: str
    shape: tuple[int, ...]
    weights: int
    inside_block: bool = False

    @property
    def numbers(self) -> int:
        """How many numbers the result holds."""
        total = 1
        for size in self.shape:
            total *= size
        return total


def data_path(config: GPTConfig, time: int | None = None) -> tuple[Stage, ...]:
    """All steps from token ids to probabilities, for a text of `time` tokens.

    `time` is the context length when None. Raises LabError when it is below 1 or beyond it.
    """
    T = config.context_length if time is None else time
    if not 1 <= T <= config.context_length:
        raise LabError(f"time is {T}; give 1 to {config.context_length}, the context length")
    d, h, V, ff = config.d_model, config.n_heads, config.vocab_size, config.hidden
    rows: tuple[tuple[str, str, str, str, tuple[int, ...], int, bool], ...] = (
        ("tokens", "Token ids", "t = encode(text)", "T", (T,), 0, False),
        ("embedding", "Token embedding", "x = W_E[t]", "T × d", (T, d), V * d, False),
        (
            "positions", "Position embedding", "x ← x + W_P[0 … T−1]", "T × d", (T, d),
            config.context_length * d, False,
        ),
        ("norm_attention", "Layer norm", "a = norm(x)", "T × d", (T, d), 2 * d, True),
        (
            "qkv", "Queries, keys, values", "Q, K, V = a W_Q + b_Q, a W_K + b_K, a W_V + b_V",
            "3 × h × T × d/h", (3, h, T, d // h), 3 * d * d + 3 * d, True,
        ),
        (
            "weights", "Attention weights", "A = softmax(QKᵀ / √(d/h) + mask)", "h × T × T",
            (h, T, T), 0, True,
        ),
        ("mix", "Weighted average", "m = the heads' A V, side by side", "T × d", (T, d), 0, True),
        (
            "attention_out", "Write to the stream", "x ← x + m W_O + b_O", "T × d", (T, d),
            d * d + d, True,
        ),
        ("norm_mlp", "Layer norm", "a = norm(x)", "T × d", (T, d), 2 * d, True),
        (
            "hidden", "Perceptron, wide", "u = GELU(a W_1 + b_1)", "T × 4d", (T, ff),
            d * ff + ff, True,
        ),
        (
            "mlp_out", "Write to the stream", "x ← x + u W_2 + b_2", "T × d", (T, d),
            ff * d + d, True,
        ),
        ("norm", "Final layer norm", "y = norm(x)", "T × d", (T, d), 2 * d, False),
        ("logits", "Unembedding", "z = y W_Eᵀ", "T × V", (T, V), 0, False),
        ("softmax", "Softmax", "p = softmax(z)", "T × V", (T, V), 0, False),
    )  # fmt: skip
    return tuple(Stage(*row) for row in rows)
