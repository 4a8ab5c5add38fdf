"""Tables of weights for the toy language's English side, and the book that rules are collected in.

A nonterminal is written CATEGORY:features. Features carry what must agree (class, number, tense,
verb form), so that the grammar is context-free and its probabilities are exact.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from gptlab.errors import LabError
from gptlab.text.pcfg import Rule
from gptlab.text.toy_lexicon import PERSONS

SUBJECTS: dict[str, float] = {
    "man": 27, "woman": 25, "animal": 20, "transport": 4, "vehicle": 3, "thing": 4, "food": 3,
    "drink": 1.5, "text": 3, "clothes": 2, "furniture": 1.5, "institution": 4, "building": 2.5,
    "shore": 1.5, "plant": 2,
}  # fmt: skip
OBJECTS: dict[str, float] = {
    "man": 7, "woman": 7, "animal": 9, "food": 10, "drink": 6, "thing": 10, "text": 9, "clothes": 7,
    "vehicle": 4, "transport": 3, "furniture": 4, "institution": 4, "building": 4, "plant": 2,
}  # fmt: skip
OWNED = ("animal", "thing", "text", "clothes", "vehicle", "furniture")
TENSES: dict[str, float] = {"pres": 40, "past": 38, "perf": 10, "mod": 12}

DETERMINERS = {
    # "a" becomes "an" where the next word begins with a vowel sound
    "sg": [("the", "der", 42), ("a", "ein", 30), ("this", "dieser", 7), ("every", "jeder", 4)],
    "pl": [("the", "der", 42), ("these", "dieser", 7), ("some", "einige", 8), ("many", "viele", 7),
           ("two", "zwei", 7), ("three", "drei", 4)],
    "mass": [("the", "der", 45), ("this", "dieser", 7)],
    # under negation, where German says kein for "a" and for no article
    "neg.sg": [("the", "der", 42), ("a", "ein", 30), ("this", "dieser", 8)],
    "neg.pl": [("the", "der", 42), ("these", "dieser", 8)],
    "neg.mass": [("the", "der", 42), ("this", "dieser", 8)],
    "event": [("the", "der", 60), ("this", "dieser", 12), ("a", "ein", 12)],
}  # fmt: skip
POSSESSIVES = [("my", "mein", 4), ("his", "sein", 3), ("her", "ihr", 3), ("our", "unser", 2),
               ("their", "ihr", 2)]  # fmt: skip
MODALS = [("will", "werden", 8), ("can", "können", 7), ("must", "müssen", 5),
          ("should", "sollen", 4)]  # fmt: skip
OFTEN = [("often", "oft", 5), ("never", "nie", 3), ("always", "immer", 3), ("rarely", "selten", 1)]
TIMES = {
    "past": [("yesterday", "gestern", 6), ("last week", "letzte Woche", 3),
             ("suddenly", "plötzlich", 2)],
    "pres": [("now", "jetzt", 5), ("today", "heute", 3), ("this evening", "heute Abend", 2)],
    "mod": [("tomorrow", "morgen", 6), ("next week", "nächste Woche", 3), ("soon", "bald", 2)],
    "perf": [("today", "heute", 3), ("this week", "diese Woche", 1)],
}  # fmt: skip
AROUND_EVENTS = [("during", "während", "gen", 4), ("after", "nach", "dat", 4),
                 ("before", "vor", "dat", 4), ("because of", "wegen", "gen", 3),
                 ("despite", "trotz", "gen", 2)]  # fmt: skip
# English, German, case, class of the place, weight. Some German nouns ask for another preposition.
PLACES = {
    "in": [("in", "in", "dat", "nature", 5), ("in", "in", "dat", "institution", 4),
           ("in", "in", "dat", "building", 4)],
    "home": [("in", "in", "dat", "building", 5), ("on", "auf", "dat", "shore", 2)],
    "wild": [("in", "in", "dat", "nature", 5), ("behind", "hinter", "dat", "building", 2)],
    "at": [("on", "auf", "dat", "furniture", 5), ("on", "auf", "dat", "shore", 3),
           ("under", "unter", "dat", "furniture", 2), ("behind", "hinter", "dat", "building", 2),
           ("beside", "neben", "dat", "furniture", 2), ("in", "in", "dat", "nature", 2)],
    "near": [("on", "auf", "dat", "furniture", 5), ("under", "unter", "dat", "furniture", 2),
             ("beside", "neben", "dat", "furniture", 2)],
    "outside": [("behind", "hinter", "dat", "building", 3),
                ("in front of", "vor", "dat", "building", 3),
                ("in front of", "vor", "dat", "institution", 2)],
    "inside": [("in", "in", "dat", "building", 1)],
    "to": [("into", "in", "acc", "nature", 3), ("into", "in", "acc", "building", 3),
           ("to", "zu", "dat", "institution", 4), ("through", "durch", "acc", "nature", 2),
           ("out of", "aus", "dat", "building", 2), ("out of", "aus", "dat", "institution", 2)],
    "roam": [("into", "in", "acc", "nature", 4), ("into", "in", "acc", "building", 2),
             ("through", "durch", "acc", "nature", 2), ("out of", "aus", "dat", "building", 2)],
    "ashore": [("to", "zu", "dat", "shore", 1)],
    "onto": [("on", "auf", "acc", "furniture", 4), ("under", "unter", "acc", "furniture", 1),
             ("beside", "neben", "acc", "furniture", 1)],
}  # fmt: skip
POSTURES = {"person": "at", "animal": "at", "thing": "near", "text": "near", "clothes": "near",
            "vehicle": "outside", "furniture": "inside"}  # fmt: skip
CONSONANT_SOUND = ("useful", "university", "uniform")


def kind(noun_class: str) -> str:
    """What verbs and predicates see of a noun class: man and woman are both persons."""
    return "person" if noun_class in PERSONS else noun_class


def pronoun(noun_class: str, number: str, case: str = "nom") -> str:
    """The English pronoun that stands for a noun of this class."""
    if number == "pl":
        return "they" if case == "nom" else "them"
    if noun_class in PERSONS:
        return {"man": ("he", "him"), "woman": ("she", "her")}[noun_class][case != "nom"]
    return "it"


def vowel(word: str) -> str:
    """V if "an" stands before this word, else C."""
    return "V" if word[0] in "aeiou" and word not in CONSONANT_SOUND else "C"


class RuleBook:
    """Collects weighted rules, drops what never ends in words, makes weights probabilities.

    Rules that come from an entry in `without` (headwords) are not taken in.
    """

    def __init__(self, without: Collection[str] = ()) -> None:
        self.without = frozenset(without)
        self.weighted: dict[str, dict[tuple[str, ...], tuple[float, Any]]] = {}

    def add(self, left: str, right: str, weight: float = 1.0, note: Any = None) -> None:
        """Add `left` → the symbols of `right`, separated by spaces. Weight 0 adds nothing."""
        symbols = tuple(right.split())
        known = self.weighted.setdefault(left, {})
        if symbols in known:
            raise LabError(
                f"{left} → {right} is there twice; a sentence would have two derivations"
            )
        if weight > 0 and getattr(note, "headword", None) not in self.without:
            known[symbols] = (weight, note)

    def total(self, left: str) -> float:
        """The sum of the weights of `left`, 0 if it has no rules."""
        return sum(weight for weight, _ in self.weighted.get(left, {}).values())

    def rules(self, start: str) -> list[Rule]:
        """The rules that can take part in a derivation from `start`, with probabilities."""
        productive: set[str] = set()
        grown = True
        while grown:
            grown = False
            for left, options in self.weighted.items():
                if left not in productive and any(self._ends(r, productive) for r in options):
                    productive.add(left)
                    grown = True
        found: list[Rule] = []
        pending, seen = [start], {start}
        while pending:
            left = pending.pop()
            options = self.weighted.get(left, {})
            kept = [(r, w, note) for r, (w, note) in options.items() if self._ends(r, productive)]
            total = sum(w for _, w, _ in kept)
            for right, weight, note in kept:
                found.append(Rule(left, right, weight / total, note))
                new = {s for s in right if ":" in s} - seen
                seen.update(new)
                pending.extend(new)
        return found

    @staticmethod
    def _ends(right: Iterable[str], productive: set[str]) -> bool:
        return all(":" not in symbol or symbol in productive for symbol in right)
