"""Reading words with a probabilistic grammar: probability, parse, and what may come next, exactly.

All derivations are summed, so the figures hold for ambiguous grammars too. The tables are filled
from the last word to the first and, at each word, from short left corners to long: no recursion.
Sources: Baker 1979 (inside probabilities); Jelinek and Lafferty 1991, Stolcke 1995 (prefixes).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gptlab.errors import LabError
from gptlab.text.pcfg import PCFG, Node, Rule

END_OF_SENTENCE = "<end>"
# Every word read counts 2^SCALE_BITS in the tables, about the inverse of its probability, so that
# the product over a long sentence neither underflows nor overflows. A power of two: no rounding.
SCALE_BITS = 3
SCALE = 2.0**SCALE_BITS

Spans = dict[int, float]  # end of a span -> scaled probability


class ChartReader:
    """Reads sequences of words with one grammar. Build once, use often."""

    def __init__(self, grammar: PCFG) -> None:
        self.grammar = grammar
        starting: dict[str, list[Rule]] = {}
        for rules in grammar.rules_of.values():
            for rule in rules:
                starting.setdefault(rule.right[0], []).append(rule)
        order = {symbol: i for i, symbol in enumerate(grammar.symbols)}
        # For each word: the symbols that it can begin, left corners first, with the rules to try.
        self._agendas: dict[str, dict[str, list[Rule]]] = {}
        for word in grammar.words:
            reached: dict[str, list[Rule]] = {}
            frontier = [word]
            while frontier:
                for rule in starting.get(frontier.pop(), ()):
                    if rule.left not in reached:
                        reached[rule.left] = []
                        frontier.append(rule.left)
                    reached[rule.left].append(rule)
            self._agendas[word] = dict(sorted(reached.items(), key=lambda item: order[item[0]]))
        self._first = self._first_words()

    def _first_words(self) -> dict[str, np.ndarray]:
        """For each symbol: the probability that its yield begins with each word."""
        grammar = self.grammar
        first = {w: np.eye(1, len(grammar.words), i)[0] for w, i in grammar.word_index.items()}
        for symbol in grammar.symbols:
            first[symbol] = np.sum(
                [rule.probability * first[rule.right[0]] for rule in grammar.rules_of[symbol]],
                axis=0,
            )
        return first

    def inside(self, words: Sequence[str]) -> list[dict[str, Spans]]:
        """`inside(words)[i][A][j]` = P(A yields words i to j, exclusive) times SCALE^(j − i)."""
        self.grammar.check_words(words)
        table: list[dict[str, Spans]] = [{} for _ in words]
        for i in range(len(words) - 1, -1, -1):
            for symbol, rules in self._agendas[words[i]].items():
                spans: Spans = {}
                for rule in rules:
                    for end, p in self._read(rule.right, i, words, table)[-1].items():
                        spans[end] = spans.get(end, 0.0) + p * rule.probability
                if spans:
                    table[i][symbol] = spans
        return table

    def _read(
        self, symbols: Sequence[str], i: int, words: Sequence[str], table: list[dict[str, Spans]]
    ) -> list[Spans]:
        """Where the first 0, 1, 2 … of `symbols`, read from word i on, may end."""
        steps: list[Spans] = [{i: 1.0}]
        for symbol in symbols:
            ends: Spans = {}
            for j, p in steps[-1].items():
                if j == len(words):
                    continue
                if words[j] == symbol:
                    ends[j + 1] = ends.get(j + 1, 0.0) + p * SCALE
                for k, q in table[j].get(symbol, {}).items():
                    ends[k] = ends.get(k, 0.0) + p * q
            if not ends:
                return [*steps, {}]
            steps.append(ends)
        return steps

    def log2_probability(self, words: Sequence[str]) -> float:
        """Log2 of the sentence's probability; −inf if the grammar cannot make it.

        Raises LabError on an empty sentence or a word that the grammar does not have.
        """
        whole = self.inside(words)[0].get(self.grammar.start, {}).get(len(words), 0.0)
        return math.log2(whole) - SCALE_BITS * len(words) if whole > 0 else -math.inf

    def parse(self, words: Sequence[str]) -> Node:
        """The derivation of the sentence; of several, one of the likeliest by inside probability.

        Raises LabError if there is none.
        """
        table = self.inside(words)
        if len(words) not in table[0].get(self.grammar.start, {}):
            raise LabError(f"the grammar cannot make {' '.join(words)[:80]!r}; change the sentence")
        drawn: list[Rule] = []
        stack: list[tuple[str, int, int]] = [(self.grammar.start, 0, len(words))]
        while stack:
            symbol, i, j = stack.pop()
            if symbol not in self.grammar.rules_of:
                continue
            best = max(
                self._agendas[words[i]][symbol],
                key=lambda r: r.probability * self._read(r.right, i, words, table)[-1].get(j, 0.0),
            )
            drawn.append(best)
            stack.extend(reversed(self._split(best.right, i, j, words, table)))
        return self.grammar.fold(drawn)

    def _split(
        self,
        symbols: Sequence[str],
        i: int,
        j: int,
        words: Sequence[str],
        table: list[dict[str, Spans]],
    ) -> list[tuple[str, int, int]]:
        """Which words each of `symbols` covers when together they cover i to j."""
        steps = self._read(symbols, i, words, table)
        parts: list[tuple[str, int, int]] = []
        for n in range(len(symbols) - 1, -1, -1):
            tail = symbols[n : n + 1]
            start = max(
                (k for k in steps[n] if j in self._read(tail, k, words, table)[-1]),
                key=lambda k: steps[n][k] * self._read(tail, k, words, table)[-1][j],
            )
            parts.append((symbols[n], start, j))
            j = start
        return parts[::-1]

    def next_word_probabilities(self, prefix: Sequence[str]) -> dict[str, float]:
        """P(next word | the sentence begins with `prefix`), exactly, END_OF_SENTENCE included.

        The empty prefix asks for the first word. Words of probability zero are left out.
        Raises LabError if no sentence begins with `prefix`.
        """
        weights, complete = self._continue(prefix)
        total = weights.sum() + complete
        if total <= 0:
            raise LabError(f"no sentence begins with {' '.join(prefix)[:80]!r}; change the prefix")
        found = {
            w: float(weights[i] / total) for w, i in self.grammar.word_index.items() if weights[i]
        }
        return found | ({END_OF_SENTENCE: complete / total} if complete else {})

    def log2_prefix_probability(self, prefix: Sequence[str]) -> float:
        """Log2 of the probability that a sentence begins with (or is) `prefix`, or −inf."""
        weights, complete = self._continue(prefix)
        total = float(weights.sum() + complete)
        return math.log2(total) - SCALE_BITS * len(prefix) if total > 0 else -math.inf

    def _continue(self, prefix: Sequence[str]) -> tuple[np.ndarray, float]:
        """(P(prefix, then w) for each word w, P(prefix is all)), both times SCALE^len(prefix)."""
        grammar = self.grammar
        if not prefix:
            return self._first[grammar.start], 0.0
        table = self.inside(prefix)
        n = len(prefix)
        # beyond[i][A][w]: A begins at word i, covers the rest of the prefix and goes on with w.
        beyond: list[dict[str, np.ndarray]] = [{} for _ in prefix]
        for i in range(n - 1, -1, -1):
            for symbol, rules in self._agendas[prefix[i]].items():
                total = np.zeros(len(grammar.words))
                for rule in rules:
                    for k, ends in enumerate(self._read(rule.right, i, prefix, table)):
                        if k == len(rule.right):
                            break
                        for j, p in ends.items():
                            more = self._first if j == n else beyond[j]
                            if rule.right[k] in more:
                                total += rule.probability * p * more[rule.right[k]]
                if total.any():
                    beyond[i][symbol] = total
        nothing = np.zeros(len(grammar.words))
        complete = table[0].get(grammar.start, {}).get(n, 0.0)
        return beyond[0].get(grammar.start, nothing), complete
