r"""Probabilistic context-free grammars: draw derivations, know length and entropy exactly.

A derivation rewrites the start symbol by rules until only words are left; its probability is
the product of its rules'. Expected length and entropy follow from the rules alone by linear
equations (Booth and Thompson 1973; Grenander 1967). Scoring given words is in chart.py.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from random import Random
from typing import Any

import numpy as np

from gptlab.errors import LabError


@dataclass(frozen=True, eq=False)
class Rule:
    """`left` → `right` with a probability; `note` is the grammar writer's own."""

    left: str
    right: tuple[str, ...]
    probability: float
    note: Any = None

    @cached_property
    def log2(self) -> float:
        """Log2 of the probability."""
        return math.log2(self.probability)


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """One step of a derivation: a rule, and for each symbol of its right side a node or a word."""

    rule: Rule
    children: tuple[Node | str, ...]

    def rules(self) -> list[Rule]:
        """All rules of the derivation, depth first, left to right."""
        found, stack = [], [self]
        while stack:
            node = stack.pop()
            found.append(node.rule)
            stack.extend(c for c in reversed(node.children) if isinstance(c, Node))
        return found

    def words(self) -> list[str]:
        """The words at the leaves, left to right."""
        found: list[str] = []
        stack: list[Node | str] = [self]
        while stack:
            item = stack.pop()
            if isinstance(item, str):
                found.append(item)
            else:
                stack.extend(reversed(item.children))
        return found


def fold(rules: Sequence[Rule]) -> Node:
    """The derivation whose rules, depth first from the left, are `rules`."""
    lefts = {rule.left for rule in rules}
    nodes: list[Node] = []
    for rule in reversed(rules):
        nodes.append(Node(rule, tuple([nodes.pop() if s in lefts else s for s in rule.right])))
    return nodes.pop()


class PCFG:
    """A probabilistic grammar without left recursion and without empty rules.

    A symbol is a nonterminal exactly if some rule rewrites it. Raises LabError where the rules of a
    symbol do not sum to one, or where a symbol can begin with itself.
    """

    def __init__(self, start: str, rules: Iterable[Rule]) -> None:
        self.start = start
        self.rules_of: dict[str, list[Rule]] = {}
        for rule in rules:
            self.rules_of.setdefault(rule.left, []).append(rule)
        self._check()
        self.symbols = self._left_corner_order()
        self._index = {symbol: i for i, symbol in enumerate(self.symbols)}
        # For each symbol the cumulative probabilities (the last left out, so that rounding cannot
        # point past the end), and each rule with its right side ready for a stack.
        self._choices = {
            left: (
                list(accumulate(r.probability for r in rules[:-1])),
                [(rule, rule.right[::-1]) for rule in rules],
            )
            for left, rules in self.rules_of.items()
        }
        words = {s for rs in self.rules_of.values() for r in rs for s in r.right}
        self.words: tuple[str, ...] = tuple(sorted(words - set(self.rules_of)))
        self.word_index = {word: i for i, word in enumerate(self.words)}

    def _check(self) -> None:
        if self.start not in self.rules_of:
            raise LabError(f"no rule rewrites the start symbol {self.start!r}; add one")
        for left, rules in self.rules_of.items():
            total = math.fsum(r.probability for r in rules)
            if abs(total - 1) > 1e-9 or any(not 0 < r.probability <= 1 for r in rules):
                raise LabError(
                    f"the rules of {left!r} have probabilities summing to {total:.6g}; "
                    "make each positive and their sum 1"
                )
            if any(not r.right for r in rules):
                raise LabError(f"a rule of {left!r} is empty; every rule needs at least one symbol")

    def _left_corner_order(self) -> list[str]:
        """Nonterminals, each after all that can begin it; fails on left recursion."""
        order: list[str] = []
        state: dict[str, int] = {}
        for root in self.rules_of:
            stack = [(root, False)]
            while stack:
                symbol, done = stack.pop()
                if done:
                    state[symbol] = 2
                    order.append(symbol)
                elif symbol not in state:
                    state[symbol] = 1
                    stack.append((symbol, True))
                    for first in {r.right[0] for r in self.rules_of[symbol]}:
                        if state.get(first) == 1:
                            raise LabError(f"{first!r} can begin with itself; rewrite the rule")
                        if first in self.rules_of and first not in state:
                            stack.append((first, False))
        return order

    # Sampling

    def draw(self, random: Random, begin: Rule | None = None) -> tuple[list[Rule], list[str]]:
        """The rules of one derivation, drawn depth first from the left, and the words it makes.

        With `begin` the first rule is not drawn but this one.
        """
        rules: list[Rule] = [] if begin is None else [begin]
        words: list[str] = []
        stack = [self.start] if begin is None else list(begin.right[::-1])
        while stack:
            symbol = stack.pop()
            choices = self._choices.get(symbol)
            if choices is None:
                words.append(symbol)
                continue
            rule, reversed_right = choices[1][bisect_right(choices[0], random.random())]
            rules.append(rule)
            stack += reversed_right
        return rules, words

    # Expectations: x = local + M x, with M[A, B] the expected number of B in one rewriting of A

    @cached_property
    def _step(self) -> np.ndarray:
        step = np.zeros((len(self.symbols), len(self.symbols)))
        for left, rules in self.rules_of.items():
            for rule in rules:
                for symbol in rule.right:
                    if symbol in self._index:
                        step[self._index[left], self._index[symbol]] += rule.probability
        return step

    def expected(self, value: Mapping[str, float]) -> float:
        r"""The expected total over a derivation of `value`: nonterminal → contribution per use.

        Solves $x_A = v_A + \sum_B M_{AB}\, x_B$ and returns $x_{start}$. Raises LabError where
        there is no finite non-negative solution: then the recursion does not die out.
        """
        local = np.array([value.get(symbol, 0.0) for symbol in self.symbols])
        return float(local @ self._uses)

    @cached_property
    def _uses(self) -> np.ndarray:
        begin = np.zeros(len(self.symbols))
        begin[self._index[self.start]] = 1.0
        try:
            uses = np.linalg.solve(np.eye(len(self.symbols)) - self._step.T, begin)
        except np.linalg.LinAlgError:
            uses = np.full(len(self.symbols), -1.0)
        if not np.isfinite(uses).all() or (uses < -1e-9).any():
            raise LabError(
                "the expected length is not finite; lower the probability of the recursive rules"
            )
        return uses

    def expected_words(self) -> float:
        """The mean number of words in a sentence."""
        return self.expected(
            {
                left: sum(r.probability * sum(s not in self.rules_of for s in r.right) for r in rs)
                for left, rs in self.rules_of.items()
            }
        )

    def derivation_entropy(self) -> float:
        r"""Bits per derivation: $H = \sum_A E[\text{uses of } A] \cdot \sum_r -p_r \log_2 p_r$.

        The entropy of sentences equals it exactly if no sentence has two derivations.
        """
        return self.expected(
            {
                left: -sum(r.probability * r.log2 for r in rules)
                for left, rules in self.rules_of.items()
            }
        )

    def check_words(self, words: Sequence[str]) -> None:
        """Raise LabError unless `words` is a non-empty sequence of words of this grammar."""
        if isinstance(words, str):
            raise LabError(
                f"got the text {words[:40]!r}; expected a sequence of words, so tokenize it"
            )
        if not words:
            raise LabError("the sentence is empty; give at least one word")
        for word in words:
            if word not in self.word_index:
                raise LabError(
                    f"{word!r} is not among the {len(self.words)} words of this grammar; replace it"
                )
