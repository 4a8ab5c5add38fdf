"""A translator that only follows rules: six of them, steered by codes in its dictionary.

This is the design of the Georgetown-IBM demonstration of 1954, without its Russian: the engine
knows no word of any language. Each dictionary entry may carry three numbers. The first, the
program-initiating diacritic (PID), says which rule to run when the word is met; the other two, the
choice-determining codes (CDC1 and CDC2), are what the rules of neighbouring words look for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gptlab.errors import LabError

RULES = {
    110: (1, "rearrangement"),
    121: (2, "choice by what follows"),
    131: (3, "choice and rearrangement"),
    141: (4, "choice by what stands before"),
    151: (5, "choice by what follows, with omission"),
    None: (6, "the first equivalent as it stands"),
}
"""PID → number and name of its rule."""

SWITCH, CARRIED, DROPPED = 21, 23, 25  # the CDC2 that rules 1, 3 and 5 look for
FOLLOWING, PRECEDING = 220, 240  # CDC1 221, 222 … and 241, 242 …: equivalents I, II …
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True)
class CodedEntry:
    """One dictionary entry: a whole word `tol`, a stem `ugl-` or an ending `-ya`, with its codes.

    `equivalents` are I, II and so on; an empty one is a word left out. Raises LabError for codes
    that no rule knows and for a choice with nothing to choose from.
    """

    source: str
    equivalents: tuple[str, ...]
    pid: int | None = None
    cdc1: int | None = None
    cdc2: int | None = None
    origin: str = ""

    def __post_init__(self) -> None:
        where = f"dictionary entry {self.source!r}"
        if not self.source.strip("-") or (self.source[0] == "-" and self.source[-1] == "-"):
            raise LabError(f"{where}: write a word, a stem with a hyphen after it or an ending")
        if self.pid not in RULES:
            known = ", ".join(str(pid) for pid in RULES if pid)
            raise LabError(f"{where}: there is no rule {self.pid}; PIDs are {known} or none")
        if self.cdc1 is not None and not (221 <= self.cdc1 <= 229 or 241 <= self.cdc1 <= 249):
            raise LabError(f"{where}: CDC1 is {self.cdc1}; it is 221 … 229, 241 … 249 or none")
        if self.cdc2 not in (None, SWITCH, CARRIED, DROPPED):
            raise LabError(f"{where}: CDC2 is {self.cdc2}; it is 21, 23, 25 or none")
        least = 2 if self.pid in (121, 131, 141, 151) else 1
        if len(self.equivalents) < least:
            raise LabError(
                f"{where}: rule {RULES[self.pid][0]} needs {least} equivalents or more, and there "
                f"are {len(self.equivalents)}; an empty one leaves the word out"
            )

    @property
    def kind(self) -> str:
        """`word`, `stem` or `ending`, by where the hyphen is."""
        if self.source.startswith("-"):
            return "ending"
        return "stem" if self.source.endswith("-") else "word"


@dataclass(frozen=True)
class RuleStep:
    """What one dictionary entry did: which rule ran, what it met, what it printed."""

    word: str
    entry: CodedEntry | None
    rule: int
    looked_for: tuple[int, ...]
    found_in: str
    choice: int
    output: str
    moved: bool


@dataclass(frozen=True)
class RuleTranslation:
    """A translated sentence: its text, its words, each step, and the words that were not found."""

    source: str
    text: str
    words: tuple[str, ...]
    steps: tuple[RuleStep, ...]
    unknown: tuple[str, ...]

    def __str__(self) -> str:
        return self.text


class RuleTranslator:
    """Dictionary lookup and six rules, from left to right, with no look at the sentence as a whole.

    `normalise` brings a word into the dictionary's spelling. `reach` is how many words ahead or
    back a rule looks: the machine of 1954 looked at the next one. Raises LabError for an empty
    dictionary and for an entry that stands in it twice.
    """

    def __init__(
        self,
        lexicon: Iterable[CodedEntry],
        normalise: Callable[[str], str] = str.lower,
        reach: int = 1,
    ):
        self.lexicon: dict[str, CodedEntry] = {}
        for entry in lexicon:
            if entry.source in self.lexicon:
                raise LabError(f"the dictionary has {entry.source!r} twice; keep one of them")
            self.lexicon[entry.source] = entry
        if not self.lexicon:
            raise LabError("the dictionary is empty; give it at least one CodedEntry")
        if reach < 1:
            raise LabError(f"reach is {reach}; a rule looks at 1 neighbouring word or more")
        self.normalise = normalise
        self.reach = reach

    def look_up(self, word: str) -> tuple[CodedEntry, ...]:
        """The entries of a word: itself, or its longest known stem and its ending; () if unknown.

        The word must be in the dictionary's spelling.
        """
        if word in self.lexicon and self.lexicon[word].kind == "word":
            return (self.lexicon[word],)
        for cut in range(len(word) - 1, 0, -1):
            stem, ending = self.lexicon.get(word[:cut] + "-"), self.lexicon.get("-" + word[cut:])
            if stem and ending:
                return (stem, ending)
        return ()

    def translate(self, text: str) -> RuleTranslation:
        """Translate one sentence; words that the dictionary lacks come out in [brackets].

        Raises LabError for a text without words.
        """
        words = [self.normalise(word) for word in _WORD.findall(text)]
        if not words:
            raise LabError(f"there is no word in {text[:40]!r}; give a sentence to translate")
        entries = [self.look_up(word) for word in words]
        groups: list[list[str]] = []
        steps: list[RuleStep] = []
        for place, word in enumerate(words):
            if not entries[place]:
                groups.append([f"[{word}]"])
                steps.append(RuleStep(word, None, 0, (), "", 0, f"[{word}]", False))
                continue
            groups.append([])
            for entry in entries[place]:
                step = self._run(word, entry, entries, place)
                at = 0 if step.moved and step.rule == 3 else len(groups[place])
                groups[place].insert(at, step.output)
                steps.append(step)
                if step.moved and step.rule == 1:
                    groups[place - 1], groups[place] = groups[place], groups[place - 1]
        out = tuple(" ".join(piece for group in groups for piece in group if piece).split())
        line = " ".join(out)
        unknown = tuple(word for word, found in zip(words, entries, strict=True) if not found)
        return RuleTranslation(text, line[:1].upper() + line[1:] + ".", out, tuple(steps), unknown)

    def _run(
        self, word: str, entry: CodedEntry, entries: Sequence[tuple[CodedEntry, ...]], place: int
    ) -> RuleStep:
        """The rule that `entry` starts, run at word number `place`."""
        rule = RULES[entry.pid][0]
        before = [
            e for group in reversed(entries[max(0, place - self.reach) : place]) for e in group
        ]
        after = [e for group in entries[place + 1 : place + 1 + self.reach] for e in group]
        choice, found, moved = 0, "", False
        wanted: tuple[int, ...] = ()
        if rule == 1:
            wanted = (SWITCH,)
            found = _first(entries[place - 1] if place else (), "cdc2", wanted)
            moved = bool(found)
        elif rule == 3:
            wanted = (CARRIED,)
            found = _first(before, "cdc2", wanted)
            choice, moved = (1, False) if found else (0, entry.kind == "ending")
        elif rule == 5:
            wanted = (DROPPED,)
            found = _first(after, "cdc2", wanted)
            choice = 1 if found else 0
        elif rule in (2, 4):
            base = FOLLOWING if rule == 2 else PRECEDING
            wanted = tuple(base + n for n in range(1, len(entry.equivalents) + 1))
            if rule == 2 and entry.kind == "stem":  # its own ending is what follows first
                after = [entries[place][1], *after]
            near = after if rule == 2 else before
            found = _first(near, "cdc1", wanted)
            if found:
                choice = wanted.index(next(e.cdc1 or 0 for e in near if e.source == found))
        return RuleStep(word, entry, rule, wanted, found, choice, entry.equivalents[choice], moved)


def _first(entries: Iterable[CodedEntry], field: str, wanted: tuple[int, ...]) -> str:
    """The first of `entries` whose code is one of those wanted, by its dictionary form; or ""."""
    return next((e.source for e in entries if getattr(e, field) in wanted), "")
