"""A proof, for a given context-free grammar with features, that no sentence has two derivations.

Two steps, neither of which shares code with the library:

1. Features off. Every symbol CATEGORY:features becomes CATEGORY, and words that all rules treat
alike become
   one word. If the canonical LR(1) automaton of that skeleton has no conflict, the skeleton is
   unambiguous (Knuth 1965), so all derivations of a sentence share one skeleton tree.
2. Features on. On a given skeleton tree the derivations are the runs of a finite tree automaton
whose states
   are the symbols. Two runs exist on some tree exactly if some symbol has two rules with the same
   skeleton whose children can, pairwise, be read on the same trees. That is decidable by a fixed
   point.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import product

Rule = tuple[str, tuple[str, ...]]


def erased(symbol: str) -> str:
    """The symbol without features but two, which tell put, has put and put on apart."""
    category, colon, features = symbol.partition(":")
    words = features.split(".")
    perfect = (
        words[-1] == "part" if category in ("V", "X") else category == "AUX" and "have" in words
    )
    putting = category == "V" and words[0] == "u"
    return category + colon + "perfect" * perfect + "putting" * putting


def skeleton_of(rules: Iterable[Rule]) -> list[Rule]:
    """Rules without features, words merged into classes that every rule treats alike."""
    found = {(erased(left), tuple(map(erased, right))) for left, right in rules}
    while True:
        contexts: dict[str, set[object]] = defaultdict(set)
        for left, right in found:
            for i, symbol in enumerate(right):
                if ":" not in symbol:
                    contexts[symbol].add((left, right[:i], right[i + 1 :]))
        classes: dict[object, str] = {}
        names = {
            word: classes.setdefault(frozenset(places), word)
            for word, places in sorted(contexts.items())
        }
        merged = {(left, tuple(names.get(s, s) for s in right)) for left, right in found}
        if merged == found:
            return sorted(found)
        found = merged


def lr1_conflicts(rules: list[Rule], start: str) -> tuple[int, list[str]]:
    """(number of states, conflicts) of the canonical LR(1) automaton."""
    rules = [("START", (start,)), *rules]
    by_left: dict[str, list[int]] = defaultdict(list)
    for i, (left, _) in enumerate(rules):
        by_left[left].append(i)
    first: dict[str, set[str]] = defaultdict(set)
    grown = True
    while grown:
        grown = False
        for left, right in rules:
            new = first[right[0]] if right[0] in by_left else {right[0]}
            if not new <= first[left]:
                first[left] |= new
                grown = True

    Items = dict[tuple[int, int], set[str]]

    def close(kernel: Items) -> Items:
        items: Items = {core: set(looks) for core, looks in kernel.items()}
        pending = list(items)
        while pending:
            rule, dot = core = pending.pop()
            right = rules[rule][1]
            if dot == len(right) or right[dot] not in by_left:
                continue
            if dot + 1 < len(right):
                after = right[dot + 1]
                looks = first[after] if after in by_left else {after}
            else:
                looks = items[core]
            for other in by_left[right[dot]]:
                known = items.setdefault((other, 0), set())
                if not looks <= known:
                    known |= looks
                    pending.append((other, 0))
        return items

    def key(items: Items) -> frozenset[tuple[tuple[int, int], frozenset[str]]]:
        return frozenset((core, frozenset(looks)) for core, looks in items.items())

    begin: Items = {(0, 0): {"<end>"}}
    seen = {key(begin)}
    pending = [begin]
    conflicts: list[str] = []
    while pending:
        items = close(pending.pop())
        moves: dict[str, Items] = defaultdict(dict)
        reduces: dict[str, int] = {}
        for (rule, dot), looks in items.items():
            right = rules[rule][1]
            if dot < len(right):
                moves[right[dot]].setdefault((rule, dot + 1), set()).update(looks)
                continue
            for look in looks:
                if look in reduces:
                    conflicts.append(f"{rules[reduces[look]]} or {rules[rule]} before {look!r}")
                reduces[look] = rule
        conflicts += [
            f"shift or {rules[rule]} before {look!r}"
            for look, rule in reduces.items()
            if look in moves
        ]
        for kernel in moves.values():
            name = key(kernel)
            if name not in seen:
                seen.add(name)
                pending.append(kernel)
    return len(seen), conflicts


def feature_ambiguities(rules: Iterable[Rule]) -> list[str]:
    """Pairs of rules of one symbol that can be used on one and the same skeleton tree."""
    rules = list(rules)
    groups: dict[Rule, dict[tuple[str, ...], set[str]]] = defaultdict(lambda: defaultdict(set))
    using: dict[str, set[Rule]] = defaultdict(set)
    for left, right in rules:
        shape = (erased(left), tuple(map(erased, right)))
        groups[shape][right].add(left)
        for symbol in right:
            using[symbol].add(shape)
    # partners[A]: the symbols that can be read on some tree that A can be read on
    partners: dict[str, set[str]] = defaultdict(set)

    def together(
        right: tuple[str, ...], known: dict[tuple[str, ...], set[str]]
    ) -> Iterable[tuple[str, ...]]:
        options = [sorted(partners[s]) if ":" in s else [s] for s in right]
        return (other for other in product(*options) if other in known)

    pending = set(groups)
    while pending:
        shape = pending.pop()
        known = groups[shape]
        for right, lefts in known.items():
            for other in list(together(right, known)):
                for left, partner in product(lefts, known[other]):
                    if partner not in partners[left]:
                        partners[left].add(partner)
                        partners[partner].add(left)
                        pending |= using[left] | using[partner]
    found = []
    for known in groups.values():
        for right, lefts in known.items():
            for other in together(right, known):
                if other != right:
                    found += [f"{left} → {right} or {other}" for left in lefts & known[other]]
    return found
