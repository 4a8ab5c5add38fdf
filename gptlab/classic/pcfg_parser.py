r"""Parsing by counting: a grammar read off a treebank, and the likeliest tree of a sentence.

Every node of every tree is a use of a rule, such as S → NP VP. Counting gives each rule its
probability, $P(A \to \beta) = n(A \to \beta) / n(A)$; a tree's is the product of its rules'. The
CKY algorithm finds the likeliest tree of a sentence of n words in a time that grows with n³.

Sources: Charniak 1996 (grammars read off treebanks); Kasami 1965, Younger 1967 (the algorithm);
Johnson 1998 (labels that know their parent).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float

from gptlab.errors import LabError
from gptlab.text.rare_words import KnownWords, look_of
from gptlab.text.toy_trees import Tree
from gptlab.text.trees import is_preterminal

PARENT = "^"  # NP^S: an NP below an S
PART = "@"  # @S:NP,VP: what of an S is still to come after an NP and a VP


class TreebankGrammar:
    """A probabilistic grammar counted from trees. Build once, parse often.

    `parents`: labels carry the label above them while counting (Johnson 1998), so that a subject
    and an object can differ. `at_least`: words seen less often are read by their looks.

    Rules with many children are cut into steps of two, each remembering all that came before, so
    that the probabilities stay those of the counted rules. Raises LabError for no trees.
    """

    def __init__(self, trees: Sequence[Tree], parents: bool = False, at_least: int = 2) -> None:
        if not trees:
            raise LabError("there are no trees to count; give at least one")
        self.known = KnownWords.count((tree.words() for tree in trees), at_least)
        self._binary: Counter[tuple[str, str, str]] = Counter()
        self._unary: Counter[tuple[str, str]] = Counter()
        self._emit: defaultdict[str, Counter[str]] = defaultdict(Counter)  # word → part of speech
        self._tags: Counter[str] = Counter()
        self._rare: Counter[str] = Counter()
        roots: Counter[str] = Counter()
        rules: set[tuple[str, ...]] = set()
        for tree in trees:
            if parents:
                tree = with_parents(tree)
            roots[tree.label] += 1
            for node in nodes_of(tree):
                if is_preterminal(node):
                    self._count_word(node.label, str(node.children[0]))
                else:
                    rules.add(self._count_rule(node))
        self.n_rules = len(rules)
        self._number(roots)

    def _count_word(self, tag: str, word: str) -> None:
        self._tags[tag] += 1
        if word not in self.known.words:
            self._rare[tag] += 1
            word = look_of(word)
        self._emit[word][tag] += 1

    def _count_rule(self, node: Tree) -> tuple[str, ...]:
        """Count one use of a rule, in steps of two children; returns the rule."""
        right = tuple(child.label for child in node.children if isinstance(child, Tree))
        if len(right) != len(node.children):
            raise LabError(f"below {node.label} stands a word without a part of speech of its own")
        if len(right) == 1:
            self._unary[node.label, right[0]] += 1
        left = node.label
        for k in range(len(right) - 2):
            rest = f"{PART}{node.label}:{','.join(right[: k + 1])}"
            self._binary[left, right[k], rest] += 1
            left = rest
        if len(right) > 1:
            self._binary[left, right[-2], right[-1]] += 1
        return node.label, *right

    def _number(self, roots: Counter[str]) -> None:
        """Symbols as numbers and rules as arrays, sorted by the symbol they rewrite."""
        uses: Counter[str] = Counter()
        for (left, *_), n in (*self._binary.items(), *self._unary.items()):
            uses[left] += n
        symbols = sorted({*uses, *self._tags, *roots})
        self.symbols = symbols
        self._index = index = {symbol: i for i, symbol in enumerate(symbols)}
        rows = sorted((index[a], index[b], index[c], math.log(n / uses[a]))
                      for (a, b, c), n in self._binary.items())  # fmt: skip
        table = np.array(rows or np.zeros((0, 4)))
        self._left, self._first, self._second = table[:, :3].T.astype(np.int64)
        self._log_rule = table[:, 3].astype(np.float32)
        self._roots = np.full(len(symbols), -np.inf, dtype=np.float32)
        for label, n in roots.items():
            self._roots[index[label]] = math.log(n / roots.total())
        self._chains(uses)

    def _chains(self, uses: Counter[str]) -> None:
        """For each pair of symbols the likeliest chain of rules with one child (Floyd–Warshall)."""
        inside = sorted({self._index[s] for pair in self._unary for s in pair})
        self._chained = np.array(inside, dtype=np.int64)
        place = {symbol: k for k, symbol in enumerate(inside)}
        size = len(inside)
        best = np.full((size, size), -np.inf, dtype=np.float32)
        step = np.full((size, size), -1)
        for (a, b), n in self._unary.items():
            i, j = place[self._index[a]], place[self._index[b]]
            best[i, j], step[i, j] = math.log(n / uses[a]), j
        np.fill_diagonal(best, 0.0)  # no rule at all; a rule A → A never helps
        for k in range(size):
            through = best[:, k, None] + best[None, k, :]
            better = through > best
            best, step = np.where(better, through, best), np.where(better, step[:, k, None], step)
        self._chain, self._chain_step = best, step

    # Parsing

    def parse(self, words: Sequence[str]) -> Tree:
        """The likeliest tree; where the grammar has none, all words side by side below one root.

        Raises LabError for no words.
        """
        return self.likeliest(words) or self.flat(words)

    def flat(self, words: Sequence[str]) -> Tree:
        """No parse: each word below its likeliest part of speech, all below the commonest root."""
        tags = [self.symbols[int(self._word_scores(word).argmax())] for word in words]
        leaves = [Tree(tag, (word,)) for tag, word in zip(tags, words, strict=True)]
        return Tree(_bare(self.symbols[int(self._roots.argmax())]), tuple(leaves))

    def likeliest(self, words: Sequence[str]) -> Tree | None:
        """The likeliest tree of the sentence, or None where the grammar cannot make it."""
        if isinstance(words, str) or not words:
            raise LabError(f"the words are {words!r}; give a list with at least one word")
        chart = self._fill(words)
        top = chart[0, len(words)] + self._roots
        root = int(top.argmax())
        if top[root] == -np.inf:
            return None
        return self._tree(chart, words, root, 0, len(words))[0]

    def _fill(self, words: Sequence[str]) -> Float[np.ndarray, "start end symbol"]:
        """chart[i, j, A]: the log-probability of the likeliest way for A to make words i to j."""
        n = len(words)
        chart = np.full((n, n + 1, len(self.symbols)), -np.inf, dtype=np.float32)
        for i, word in enumerate(words):
            chart[i, i + 1] = self._word_scores(word)
            self._chain_up(chart[i, i + 1])
        for length in range(2, n + 1):
            for i in range(n - length + 1):
                j = i + length
                before, after = chart[i, i + 1 : j], chart[i + 1 : j, j]
                alive = np.flatnonzero(
                    (before.max(axis=0) > -np.inf)[self._first]
                    & (after.max(axis=0) > -np.inf)[self._second]
                )
                if not alive.size:
                    continue
                pairs = before[:, self._first[alive]] + after[:, self._second[alive]]
                scores = pairs.max(axis=0) + self._log_rule[alive]
                lefts = self._left[alive]  # sorted, so equal ones stand together
                starts = np.flatnonzero(np.r_[True, lefts[1:] != lefts[:-1]])
                chart[i, j, lefts[starts]] = np.maximum.reduceat(scores, starts)
                self._chain_up(chart[i, j])
        return chart

    def _chain_up(self, cell: Float[np.ndarray, "symbol"]) -> None:
        """Add what rules with one child make of a cell's symbols."""
        if self._chained.size:
            cell[self._chained] = (self._chain + cell[self._chained]).max(axis=1)

    def _word_scores(self, word: str) -> Float[np.ndarray, "symbol"]:
        """Log P(word | part of speech); an unknown look has the shares of all rare words."""
        scores = np.full(len(self.symbols), -np.inf, dtype=np.float32)
        read = word if word in self.known.words else look_of(word)
        counts = self._emit.get(read) or self._rare or self._tags
        for tag, n in counts.items():
            scores[self._index[tag]] = math.log(n / self._tags[tag])
        return scores

    def _tree(
        self, chart: np.ndarray, words: Sequence[str], symbol: int, i: int, j: int
    ) -> tuple[Tree, ...]:
        """The subtree that gave chart[i, j, symbol]; a part of a rule gives several."""
        own = np.full(len(self.symbols), -np.inf, dtype=np.float32)  # scores before chains
        if j == i + 1:
            own = self._word_scores(words[i])
        chain = [symbol]
        rule, middle, score = self._split(chart, symbol, i, j)
        target = max(score, float(own[symbol]))
        if not math.isclose(target, float(chart[i, j, symbol]), rel_tol=1e-5, abs_tol=1e-4):
            # The score came up a chain: find the symbol at its foot, then walk down to it.
            here = int(np.searchsorted(self._chained, symbol))
            foots = self._chained[np.argsort(-(self._chain[here] + chart[i, j, self._chained]))]
            for foot in foots.tolist():
                rule, middle, score = self._split(chart, foot, i, j)
                target = max(score, float(own[foot]))
                end = int(np.searchsorted(self._chained, foot))
                total = target + float(self._chain[here, end])
                if math.isclose(total, float(chart[i, j, symbol]), rel_tol=1e-5, abs_tol=1e-4):
                    break
            while here != end:
                here = int(self._chain_step[here, end])
                chain.append(int(self._chained[here]))
        if score >= float(own[chain[-1]]):
            parts = self._tree(chart, words, int(self._first[rule]), i, middle)
            inside = parts + self._tree(chart, words, int(self._second[rule]), middle, j)
        else:
            inside = (Tree(self.symbols[chain[-1]], (words[i],)),)
            chain.pop()
        for label in (self.symbols[each] for each in reversed(chain)):
            if not label.startswith(PART):
                inside = (Tree(_bare(label), inside),)
        return inside

    def _split(self, chart: np.ndarray, symbol: int, i: int, j: int) -> tuple[int, int, float]:
        """The best rule of two children for a symbol over words i to j: (rule, middle, score)."""
        first, last = np.searchsorted(self._left, [symbol, symbol + 1])
        if j - i < 2 or first == last:
            return -1, -1, -math.inf
        rules = np.arange(first, last)
        scores = chart[i, i + 1 : j][:, self._first[rules]] + self._log_rule[rules]
        scores = scores + chart[i + 1 : j, j][:, self._second[rules]]
        split, rule = np.unravel_index(int(scores.argmax()), scores.shape)
        return int(rules[rule]), i + 1 + int(split), float(scores[split, rule])


def nodes_of(tree: Tree) -> Iterator[Tree]:
    """All nodes of a tree, each before those below it."""
    yield tree
    for child in tree.children:
        if isinstance(child, Tree):
            yield from nodes_of(child)


def with_parents(tree: Tree, parent: str = "") -> Tree:
    """The tree with each constituent's label followed by the one above it: NP^S."""
    if is_preterminal(tree):
        return tree
    label = f"{tree.label}{PARENT}{parent}"
    below = (with_parents(c, tree.label) if isinstance(c, Tree) else c for c in tree.children)
    return Tree(label, tuple(below))


def _bare(label: str) -> str:
    """A label without its parent."""
    return label.partition(PARENT)[0]
