"""What a probabilistic grammar can make, by listing: slow, plain, independent of the chart."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from gptlab.text.pcfg import PCFG


def derivations_up_to(grammar: PCFG, size: int) -> dict[tuple[str, ...], float]:
    """Sentences of at most `size` words → probability, by rewriting in all ways."""
    found: dict[tuple[str, ...], float] = defaultdict(float)
    pending = [((grammar.start,), 1.0)]
    while pending:
        form, p = pending.pop()
        spot = next((i for i, s in enumerate(form) if s in grammar.rules_of), None)
        if spot is None:
            found[form] += p
            continue
        for rule in grammar.rules_of[form[spot]]:
            longer = form[:spot] + rule.right + form[spot + 1 :]
            if len(longer) <= size:  # no rule is empty, so a form never shrinks
                pending.append((longer, p * rule.probability))
    return found


def length_distribution(grammar: PCFG, longest: int) -> np.ndarray:
    """P(length = n) for n up to `longest`, by convolution over the rules until nothing changes."""
    lengths = {symbol: np.zeros(longest + 1) for symbol in grammar.rules_of}
    word = np.eye(1, longest + 1, 1)[0]
    while True:
        before = lengths[grammar.start].copy()
        for symbol in grammar.symbols:
            total = np.zeros(longest + 1)
            for rule in grammar.rules_of[symbol]:
                part = np.eye(1, longest + 1, 0)[0]
                for s in rule.right:
                    part = np.convolve(part, lengths.get(s, word))[: longest + 1]
                total += rule.probability * part
            lengths[symbol] = total
        if np.array_equal(before, lengths[grammar.start]) and before.any():
            return before
