"""Forms of German words and what they can mean, for the recogniser in german_rules.py.

The principal parts and genders come from the toy language's word list; the rest is worked out here
again.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gptlab.text

Part = tuple[str, Any]  # a constituent: its sort, and what is known of it
Parts = list[Part]
Reading = tuple[str, str]  # (m, f, n or pl; nom, acc, dat or gen)
ALL = {(slot, case) for slot in ("m", "f", "n", "pl") for case in ("nom", "acc", "dat", "gen")}


def readings(text: str) -> set[Reading]:
    """ "m.nom f.dat" → {("m", "nom"), ("f", "dat")}."""
    return {(slot, case) for slot, case in (word.split(".") for word in text.split())}


DER = {
    "der": readings("m.nom f.dat f.gen pl.gen"),
    "die": readings("f.nom f.acc pl.nom pl.acc"),
    "das": readings("n.nom n.acc"),
    "dem": readings("m.dat n.dat"),
    "den": readings("m.acc pl.dat"),
    "des": readings("m.gen n.gen"),
}
ENDINGS = {
    "er": readings("m.nom f.dat f.gen pl.gen"),
    "e": readings("f.nom f.acc pl.nom pl.acc"),
    "es": readings("n.nom n.acc m.gen n.gen"),
    "em": readings("m.dat n.dat"),
    "en": readings("m.acc pl.dat"),
    "": readings("m.nom n.nom n.acc"),  # ein and its like only
}
WEAK_E = readings("m.nom f.nom n.nom f.acc n.acc")
ADJECTIVES = {
    "weak": {"e": WEAK_E, "en": ALL - WEAK_E},
    "mixed": {
        "er": readings("m.nom"),
        "es": readings("n.nom n.acc"),
        "e": readings("f.nom f.acc"),
        "en": ALL - readings("m.nom n.nom n.acc f.nom f.acc"),
    },
    "strong": {
        **{ending: ENDINGS[ending] for ending in ("er", "e", "em")},
        "es": readings("n.nom n.acc"),
        "en": readings("m.acc pl.dat m.gen n.gen"),
    },
}
PRONOUNS = {
    "er": readings("m.nom"), "sie": readings("f.nom f.acc pl.nom pl.acc"),
    "es": readings("n.nom n.acc"),
    "ihn": readings("m.acc"), "ihm": readings("m.dat n.dat"), "ihr": readings("f.dat"),
    "ihnen": readings("pl.dat"), "wir": readings("pl.nom"),
}  # fmt: skip
RELATIVE = DER | {
    "den": readings("m.acc"),
    "der": readings("m.nom f.dat"),
    "denen": readings("pl.dat"),
}
DRAWN_IN = {"im": ("in", "dem"), "am": ("an", "dem"), "zum": ("zu", "dem"), "zur": ("zu", "der"),
            "ins": ("in", "das")}  # fmt: skip
PREPOSITIONS = {
    **{word: {"dat", "acc"} for word in ("in", "an", "auf", "unter", "hinter", "neben")},
    "vor": {"dat"}, "zu": {"dat"}, "aus": {"dat"}, "mit": {"dat"}, "nach": {"dat"},
    "durch": {"acc"}, "während": {"gen"}, "wegen": {"gen"}, "trotz": {"gen"},
}  # fmt: skip
ADVERBS = {
    "gestern", "plötzlich", "jetzt", "heute", "morgen", "bald", "oft", "nie", "immer", "selten",
    "letzte Woche", "nächste Woche", "diese Woche", "heute Abend",
}  # fmt: skip
CONJUNCTIONS = {"weil", "obwohl", "wenn", "als", "während"}
AUXILIARIES = {
    "hat": ("haben", "sg"), "haben": ("haben", "pl"), "ist": ("sein", "sg"), "sind": ("sein", "pl"),
    "war": ("was", "sg"), "waren": ("was", "pl"), "wird": ("inf", "sg"), "werden": ("inf", "pl"),
    "kann": ("inf", "sg"), "können": ("inf", "pl"), "muss": ("inf", "sg"), "müssen": ("inf", "pl"),
    "sollte": ("inf", "sg"), "sollten": ("inf", "pl"),
}  # fmt: skip
# What a verb may have beside its subject, by the frames of the word list
COMPANY = {
    "t": ["acc"],
    "a": ["acc"],
    "u": ["acc"],
    "d": ["acc", "dat"],
    "s": ["dass"],
    "z": ["zu"],
}
# (infinitive, auxiliary, company, whether its places are directions)
Verb = tuple[str, str, frozenset[tuple[str, ...]], bool]


class WordList:
    """Forms of nouns, adjectives and verbs, worked out from the principal parts."""

    def __init__(self) -> None:
        path = Path(gptlab.text.__file__).with_name("toy_lexicon.json")
        data = json.loads(path.read_text(encoding="utf-8"))
        self.nouns: dict[str, set[Reading]] = defaultdict(set)
        self.names: dict[str, set[Reading]] = {}
        self.possessors: set[str] = set()
        for noun_class, rows in data["nouns"].items():
            for row in rows:
                word, gender, genitive, plural, *_ = row.split("|")[1].split()
                if noun_class.startswith("name"):
                    self.names[word] = {(gender, case) for case in ("nom", "acc", "dat")}
                    self.possessors.add(genitive)
                else:
                    self.add_noun(word, gender, genitive, plural)
        rows = [row.split("|")[1].strip() for row in data["adjectives"] + data["colours"]]
        self.stems = {row.split("/")[-1] for row in rows}
        self.predicates = {row.split("/")[0] for row in rows}
        self.finite: dict[str, set[tuple[Verb, str, str]]] = defaultdict(
            set
        )  # verb, number, prefix
        self.final: dict[str, set[tuple[Verb, str]]] = defaultdict(set)  # at the clause's end
        self.participles: dict[str, set[Verb]] = defaultdict(set)
        self.infinitives: dict[str, set[Verb]] = defaultdict(set)
        for row in data["verbs"]:
            self.add_verb(*(part.strip() for part in row.split("|")[1:]))

    def add_noun(self, word: str, gender: str, genitive: str, plural: str) -> None:
        oblique = genitive if gender == "m" and genitive[-1] != "s" else word
        for case, form in (("nom", word), ("acc", oblique), ("dat", oblique), ("gen", genitive)):
            self.nouns[form].add((gender, case))
        if plural != "-":
            self.nouns[plural] |= readings("pl.nom pl.acc pl.gen")
            self.nouns[plural if plural[-1] in "ns" else plural + "n"].add(("pl", "dat"))

    def add_verb(self, parts: str, frames: str) -> None:
        infinitive, present, past, participle, auxiliary, *dative = parts.split()
        prefix, _, base = infinitive.rpartition("+")
        company = set()
        for frame in frames.split(";"):
            needs = COMPANY.get(frame.strip()[0], [])
            company.add(tuple(sorted("dat" if dative and n == "acc" else n for n in needs)))
        moves = any(frame.strip()[0] in "mu" for frame in frames.split(";"))
        verb = (prefix + base, {"h": "haben", "s": "sein"}[auxiliary], frozenset(company), moves)
        plural_past = past + ("n" if past[-1] == "e" else "en")
        for form, number in ((present, "sg"), (past, "sg"), (base, "pl"), (plural_past, "pl")):
            self.finite[form].add((verb, number, prefix))
            self.final[prefix + form].add((verb, number))
        self.participles[participle].add(verb)
        self.infinitives[prefix + base].add(verb)
        self.infinitives[prefix + "zu" + base if prefix else "zu " + base].add(verb)

    def adjective(self, word: str, kind: str) -> set[Reading]:
        """What the adjective's ending allows; empty if it is none."""
        found: set[Reading] = set()
        for ending, allowed in ADJECTIVES[kind].items():
            if word.endswith(ending) and word[: len(word) - len(ending)] in self.stems:
                found |= allowed
        return found

    def determiners(self, word: str) -> Iterator[tuple[str, set[Reading]]]:
        """(declension of a following adjective, readings) for each way to read an article word."""
        if word in DER:
            yield "weak", DER[word]
        for ending, allowed in ENDINGS.items():
            stem = word.removesuffix(ending)
            if ending and word == "dies" + ending:
                yield "weak", allowed
            elif ending and word == "jed" + ending:
                yield "weak", {r for r in allowed if r[0] != "pl"}
            elif word.endswith(ending) and stem in ("ein", "kein", "mein", "sein", "ihr", "unser"):
                yield "mixed", {r for r in allowed if stem != "ein" or r[0] != "pl"}
            elif ending and stem in ("viel", "einig"):
                yield "strong", {r for r in allowed if r[0] == "pl"}
        if word in ("zwei", "drei"):
            yield "strong", readings("pl.nom pl.acc pl.dat")
