"""The words of the toy language as objects, read from the tables in toy_lexicon.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

PERSONS = ("man", "woman")
FORMS = ("base", "s", "past", "part")


@dataclass(frozen=True)
class Noun:
    """A noun or name with its German: genders m, f, n; "-" for a form that does not exist."""

    english: str
    plural: str
    german: str
    gender: str
    genitive: str
    german_plural: str
    noun_class: str
    place: str = ""  # the preposition of place that the German noun asks for, if not the usual one
    is_name: bool = False

    @property
    def headword(self) -> str:
        """The form under which the entry is looked up."""
        return self.english


@dataclass(frozen=True)
class Verb:
    """A verb with the four English forms in the order of FORMS, and its German."""

    english: tuple[str, ...]
    prefix: str  # separable, or ""
    infinitive: str  # without the prefix
    present: str  # third person singular, without the prefix
    past: str
    participle: str
    auxiliary: str  # h: haben, s: sein
    case: str  # of the object: acc or dat
    frames: tuple[tuple[str, str, str], ...]  # (frame, subject class or "", object class or "")

    @property
    def headword(self) -> str:
        """The form under which the entry is looked up."""
        return self.english[0]


@dataclass(frozen=True)
class Adjective:
    """An adjective; `stem` takes the endings, `german` stands alone."""

    english: str
    german: str
    stem: str
    before: tuple[str, ...]  # noun classes that it may stand in front of
    after: tuple[str, ...]  # noun classes of which it may be said

    @property
    def headword(self) -> str:
        """The form under which the entry is looked up."""
        return self.english


@dataclass(frozen=True)
class Word:
    """A function word and its German; `info` is the case that a preposition asks for."""

    english: str
    german: str
    info: str = ""


@dataclass(frozen=True)
class Lexicon:
    """All entries, in order of frequency within each class."""

    nouns: tuple[Noun, ...]
    verbs: tuple[Verb, ...]
    adjectives: tuple[Adjective, ...]
    colours: tuple[Adjective, ...]

    def headwords(self) -> frozenset[str]:
        """All entries by their base forms, such as "dog", "wake up", "red"."""
        entries: list[Noun | Verb | Adjective] = [*self.nouns, *self.verbs]
        entries += [*self.adjectives, *self.colours]
        return frozenset(entry.headword for entry in entries)


def zipf(items: Sequence[object]) -> list[float]:
    """Weights 1 / (k + 2) by place, so that the first words are common and the last are rare."""
    return [1 / (k + 2) for k in range(len(items))]


def _noun(row: str, noun_class: str) -> Noun:
    english, german = (part.split() for part in row.split("|"))
    place = german[4] if len(german) > 4 else ""
    kind, _, name = noun_class.partition(".")
    singular = english[0].replace("_", " ")
    if kind == "name":
        kind = name
    alone, gender, genitive, plural = german[:4]
    return Noun(singular, english[1], alone, gender, genitive, plural, kind, place, bool(name))


def _verb(row: str) -> Verb:
    english, german, frames = (part.strip() for part in row.split("|"))
    infinitive, present, past, participle, auxiliary, *dative = german.split()
    prefix, _, base = infinitive.rpartition("+")
    found: list[tuple[str, str, str]] = []
    for frame in frames.split(";"):
        name, _, classes = frame.strip().partition(":")
        subject, arrow, objects = classes.rpartition(">")
        if name in "au":  # an attitude or a putting: persons do it, the classes are of the object
            subject, arrow = "person", ">"
        for one in objects.split(","):
            found.append((name, subject, one) if arrow else (name, one, ""))
            if name == "a":
                found.append(("t", subject, one))
    forms = tuple(form.replace("_", " ") for form in english.split())
    case = "dat" if dative else "acc"
    return Verb(
        forms, prefix, base, present, past, participle, auxiliary, case, tuple(dict.fromkeys(found))
    )


def _adjective(row: str) -> Adjective:
    english, german, *classes = (part.strip() for part in row.split("|"))
    alone, _, stem = german.partition("/")
    before, after = (tuple(c.split()) for c in (*classes, "")[:2])
    return Adjective(english, alone, stem or alone, before, after)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon of the toy language, read once."""
    data = json.loads((files("gptlab.text") / "toy_lexicon.json").read_text(encoding="utf-8"))
    return Lexicon(
        nouns=tuple(_noun(row, name) for name, rows in data["nouns"].items() for row in rows),
        verbs=tuple(_verb(row) for row in data["verbs"]),
        adjectives=tuple(_adjective(row) for row in data["adjectives"]),
        colours=tuple(_adjective(row) for row in data["colours"]),
    )


@lru_cache(maxsize=1)
def ambiguous_words() -> frozenset[str]:
    """Headwords of nouns and verbs that have more than one German entry."""
    whole = lexicon()
    entries = [(n.headword, n.german) for n in whole.nouns]
    entries += [(v.headword, v.prefix + v.infinitive) for v in whole.verbs]
    german: dict[str, set[str]] = {}
    for english, translation in entries:
        german.setdefault(english, set()).add(translation)
    return frozenset(word for word, translations in german.items() if len(translations) > 1)
