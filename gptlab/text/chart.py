"""Reading words with a probabilistic grammar: probability, parse, and what may come next, exactly.

All derivations are summed, so the figures hold for ambiguous grammars too. The tables are filled
from the last word to the first and, at each word, from short left corners to long: no recursion.
Sources: Baker 1979 (inside probabilities); Jelinek and Lafferty 1991, Stolcke 1995 (prefixes).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from gptlab.errors import LabError
from gptlab.text.pcfg import PCFG, Rule

END_OF_SENTENCE = "<end>"
Spans = dict[int, float]  # where a span ends → its scaled probability
Agendas = Mapping[str, Mapping[str, Sequence[Rule]]]


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
            shares = [r.probability * first[r.right[0]] for r in grammar.rules_of[symbol]]
            first[symbol] = np.sum(shares, axis=0)
        return first

    def _chart(self, words: Sequence[str]) -> Chart:
        self.grammar.check_words(words)
        return Chart(self._agendas, words)

    def log2_probability(self, words: Sequence[str]) -> float:
        """Log2 of the sentence's probability; −inf if the grammar cannot make it.

        Raises LabError on an empty sentence or a word that the grammar does not have.
        """
        chart = self._chart(words)
        return chart.log2(chart.spans[0].get(self.grammar.start, {}).get(len(words), 0.0))

    def parse(self, words: Sequence[str]) -> list[Rule]:
        """The rules of the sentence's derivation, depth first; of several, one of the likeliest.

        Raises LabError if there is none.
        """
        chart = self._chart(words)
        if len(words) not in chart.spans[0].get(self.grammar.start, {}):
            raise LabError(f"the grammar cannot make {' '.join(words)[:80]!r}; change the sentence")
        drawn: list[Rule] = []
        stack: list[tuple[str, int, int]] = [(self.grammar.start, 0, len(words))]
        while stack:
            symbol, i, j = stack.pop()
            if symbol not in self.grammar.rules_of:
                continue
            weights = {
                rule: rule.probability * chart.read(rule.right, i)[-1].get(j, 0.0)
                for rule in self._agendas[words[i]][symbol]
            }
            best = max(weights, key=weights.__getitem__)
            drawn.append(best)
            stack.extend(reversed(chart.split(best.right, i, j)))
        return drawn

    def next_word_probabilities(self, prefix: Sequence[str]) -> dict[str, float]:
        """P(next word | the sentence begins with `prefix`), exactly, END_OF_SENTENCE included.

        The empty prefix asks for the first word. Words of probability zero are left out.
        Raises LabError if no sentence begins with `prefix`.
        """
        weights, complete = self._continue(self._chart(prefix) if prefix else None)
        total = float(weights.sum()) + complete
        if total <= 0:
            raise LabError(f"no sentence begins with {' '.join(prefix)[:80]!r}; change the prefix")
        index = self.grammar.word_index
        found = {w: float(weights[i]) / total for w, i in index.items() if weights[i]}
        return found | ({END_OF_SENTENCE: complete / total} if complete else {})

    def log2_prefix_probability(self, prefix: Sequence[str]) -> float:
        """Log2 of the probability that a sentence begins with (or is) `prefix`, or −inf."""
        if not prefix:
            return 0.0
        chart = self._chart(prefix)
        weights, complete = self._continue(chart)
        return chart.log2(float(weights.sum()) + complete)

    def _continue(self, chart: Chart | None) -> tuple[np.ndarray, float]:
        """(P(the words, then w) for each word w, P(the words are all)), scaled by the chart."""
        start, size = self.grammar.start, len(self.grammar.words)
        if chart is None:
            return self._first[start], 0.0
        n = len(chart.words)
        # beyond[i][A][w]: A begins at word i, covers the other words and goes on with w.
        beyond: list[dict[str, np.ndarray]] = [{} for _ in chart.words]
        for i in range(n - 1, -1, -1):
            for symbol, rules in self._agendas[chart.words[i]].items():
                total = np.zeros(size)
                for rule in rules:
                    for following, ends in zip(rule.right, chart.read(rule.right, i), strict=False):
                        for j, p in ends.items():
                            more = self._first if j == n else beyond[j]
                            if following in more:
                                total += rule.probability * p * more[following]
                if total.any():
                    beyond[i][symbol] = total
        return beyond[0].get(start, np.zeros(size)), chart.spans[0].get(start, {}).get(n, 0.0)


class Chart:
    """`spans[i][A][j]` = P(A yields words i to j, exclusive), times the scales of those words.

    Each word has a scale, a power of two (so that nothing is rounded), chosen when its spans are
    known so that the longest of them has weight about 1: products over long sentences then stay
    within floats.
    """

    def __init__(self, agendas: Agendas, words: Sequence[str]) -> None:
        self.words = words
        self.spans: list[dict[str, Spans]] = [{} for _ in words]
        self._scales = [1.0] * len(words)
        self._log2_scale = 0
        for i in range(len(words) - 1, -1, -1):
            here = self.spans[i]
            for symbol, rules in agendas[words[i]].items():
                spans: Spans = {}
                for rule in rules:
                    for end, p in self.read(rule.right, i)[-1].items():
                        spans[end] = spans.get(end, 0.0) + p * rule.probability
                if spans:
                    here[symbol] = spans
            if here:
                self._rescale(i)

    def _rescale(self, i: int) -> None:
        here = self.spans[i]
        longest = max(max(spans) for spans in here.values())
        exponent = -math.frexp(max(spans.get(longest, 0.0) for spans in here.values()))[1]
        self._scales[i] = 2.0**exponent
        self._log2_scale += exponent
        for spans in here.values():
            for end in spans:
                spans[end] *= self._scales[i]

    def log2(self, weight: float) -> float:
        """Log2 of the probability behind a weight that covers all words."""
        return math.log2(weight) - self._log2_scale if weight > 0 else -math.inf

    def read(self, symbols: Sequence[str], i: int) -> list[Spans]:
        """Where the first 0, 1, 2 … of `symbols`, read from word i on, may end."""
        steps: list[Spans] = [{i: 1.0}]
        for symbol in symbols:
            ends: Spans = {}
            for j, p in steps[-1].items():
                if j == len(self.words):
                    continue
                if self.words[j] == symbol:
                    ends[j + 1] = ends.get(j + 1, 0.0) + p * self._scales[j]
                for k, q in self.spans[j].get(symbol, {}).items():
                    ends[k] = ends.get(k, 0.0) + p * q
            steps.append(ends)
            if not ends:
                break
        return steps

    def split(self, symbols: Sequence[str], i: int, j: int) -> list[tuple[str, int, int]]:
        """Which words each of `symbols` covers when together they cover i to j."""
        steps = self.read(symbols, i)
        parts: list[tuple[str, int, int]] = []
        for n in range(len(symbols) - 1, -1, -1):
            tails = {
                k: p * self.read(symbols[n : n + 1], k)[-1].get(j, 0.0) for k, p in steps[n].items()
            }
            start = max(tails, key=tails.__getitem__)
            parts.append((symbols[n], start, j))
            j = start
        return parts[::-1]
