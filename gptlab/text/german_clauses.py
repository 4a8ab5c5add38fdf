"""From an English derivation to the German sentence: cases, the verb's places, pronouns by gender.

Every English rule has one German counterpart, so the translation is a function of the derivation.
The clause is built in its fields: prefield, finite verb, middle field, bracket, postfield.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gptlab.text import german
from gptlab.text.pcfg import Node
from gptlab.text.toy_lexicon import Adjective, Noun, Verb, Word

Words = list[str]


@dataclass
class Phrase:
    """A German noun phrase: its words, its relative clause, and what pronouns need to know."""

    words: Words
    slot: str  # gender, or pl
    number: str
    clause: Words = field(default_factory=list)
    is_pronoun: bool = False
    negated: bool = False  # it has taken kein, so the clause needs no nicht
    definite: bool = True  # known to the hearer: adverbs stand after it

    def whole(self) -> Words:
        """The words with the relative clause in place."""
        return self.words + self.clause


@dataclass
class Predicate:
    """What is said of the subject, in fields."""

    finite: str
    prefix: str = (
        ""  # separated in main clauses, joined to the finite verb at the end of subordinate ones
    )
    middle: Words = field(default_factory=list)
    bracket: Words = field(default_factory=list)
    after: Words = field(default_factory=list)

    def main(self, subject: Words, prefield: Words | None = None, question: bool = False) -> Words:
        """Finite verb second (first in a question); the subject before it, or after a prefield."""
        prefix = [self.prefix] if self.prefix else []
        rest = self.middle + prefix + self.bracket + self.after
        if question:
            return [self.finite, *subject, *rest]
        if prefield is None:
            return [*subject, self.finite, *rest]
        return [*prefield, self.finite, *subject, *rest]

    def subordinate(self, subject: Words) -> Words:
        """Finite verb last."""
        verb = self.prefix + self.finite
        return [*subject, *self.middle, *self.bracket, verb, *self.after]


def category(item: Node | str) -> str:
    """The category of a node, "" for a word."""
    return "" if isinstance(item, str) else item.rule.left.partition(":")[0]


def features(node: Node) -> list[str]:
    """The features of a node's symbol."""
    return node.rule.left.partition(":")[2].split(".")


def child(node: Node, *names: str) -> Node:
    """The first child of one of these categories."""
    return next(c for c in node.children if isinstance(c, Node) and category(c) in names)


def children(node: Node, *names: str) -> list[Node]:
    """All children of these categories."""
    return [c for c in node.children if isinstance(c, Node) and category(c) in names]


def comma(words: Words) -> Words:
    """The words between commas (doubled ones are put right at the end)."""
    return [",", *words, ","]


# Noun phrases


def nominal(node: Node, kind: str, case: str, plural: bool) -> tuple[Words, Noun]:
    """NB: adjectives and noun."""
    entry: Noun = child(node, "N").rule.note
    slot = "pl" if plural else entry.gender
    words = []
    for item in children(node, "A", "K"):
        described: Adjective = item.rule.note
        words.append(german.adjective(described, kind, case, slot))
    return [*words, german.noun(entry, case, plural)], entry


def phrase(node: Node, case: str, negated: bool = False) -> Phrase:
    """A noun phrase, pronoun or coordination in the given case."""
    parts = [c for c in node.children if isinstance(c, Node)]
    if not parts:  # him, her, them
        slot = {"him": "m", "her": "f", "them": "pl"}[str(node.children[0])]
        number = "pl" if slot == "pl" else "sg"
        return Phrase([german.PRONOUNS[case, slot]], slot, number, is_pronoun=True)
    if category(node) in ("SB", "OB"):
        if len(parts) == 1:
            return phrase(parts[0], case, negated)
        first, second = (phrase(part, case).words for part in parts)
        return Phrase([*first, "und", *second], "pl", "pl")
    if category(parts[0]) == "NAME":
        name: Noun = parts[0].rule.note
        return Phrase([name.german], name.gender, "sg")
    plural = "pl" in features(node)
    body = child(node, "NB")
    entry: Noun = child(body, "N").rule.note
    slot = "pl" if plural else entry.gender
    front: Words = []
    back: Words = []
    took_kein = False
    opening = category(parts[0])
    article = ""
    if opening == "GEN":
        front, back, kind = possessor(parts[0], case, slot)
    else:
        article = parts[0].rule.note.german if opening == "D" else ""
        if negated and article in ("", "ein"):
            article, took_kein = "kein", True
        if article:
            front = [german.determiner(article, case, slot)]
        kind = german.declension(article)
    words, _ = nominal(body, kind, case, plural)
    clause = comma(relative(child(node, "REL"), slot, entry)) if children(node, "REL") else []
    number = "pl" if plural else "sg"
    definite = (
        opening == "GEN" or kind == "weak" or (kind == "mixed" and article not in ("ein", "kein"))
    )
    return Phrase([*front, *words, *back], slot, number, clause, False, took_kein, definite)


def possessor(node: Node, case: str, slot: str) -> tuple[Words, Words, str]:
    """GEN: what stands before the noun, what stands after it, and how its adjectives go."""
    if children(node, "NAME"):
        name: Noun = child(node, "NAME").rule.note
        return [name.genitive], [], "strong"
    article = child(node, "D").rule.note.german
    body = child(node, "NB")
    entry: Noun = child(body, "N").rule.note
    words, _ = nominal(body, german.declension(article), "gen", False)
    whose = [german.determiner(article, "gen", entry.gender), *words]
    return [german.determiner("der", case, slot)], whose, "weak"


def prepositional(node: Node) -> Words:
    """PP, with the noun's own preposition of place, and the article drawn in ("im")."""
    entry: Word = node.rule.note
    inside = child(node, "NP")
    words = phrase(inside, entry.info).words
    body = children(inside, "NB")
    preposition = entry.german
    if body and preposition in ("in", "auf"):
        head: Noun = child(body[0], "N").rule.note
        preposition = head.place or preposition
    definite = not children(inside, "D") or child(inside, "D").rule.note.german == "der"
    drawn_in = german.CONTRACTIONS.get((preposition, words[0])) if definite else None
    return [drawn_in, *words[1:]] if drawn_in else [preposition, *words]


def relative(node: Node, slot: str, antecedent: Noun) -> Words:
    """REL: a verb-final clause opened by a relative pronoun that agrees with the antecedent."""
    opening = str(node.children[0])
    if opening == "whose":
        body = child(node, "NB")
        plural = "pl" in features(body)
        words, _ = nominal(body, "strong", "nom", plural)
        whose = german.RELATIVE["gen", slot]
        return verb_phrase(child(node, "VP")).subordinate([whose, *words])
    if opening == "where":
        where = antecedent.place or "in"
        subject = phrase(child(node, "NP"), "nom").words
        found = verb_phrase(child(node, "VG")).subordinate(subject)
        return [where, german.RELATIVE["dat", slot], *found]
    if children(node, "VP"):
        return verb_phrase(child(node, "VP")).subordinate([german.RELATIVE["nom", slot]])
    group = child(node, "VG")
    verb: Verb = child(group, "V").rule.note
    subject = phrase(child(node, "SB"), "nom").whole()
    return [german.RELATIVE[verb.case, slot], *verb_phrase(group).subordinate(subject)]


# Verb phrases


@dataclass
class Core:
    """A verb with its objects and places, before tense."""

    verb: Verb
    pronouns: Words = field(default_factory=list)
    definite: Words = field(default_factory=list)
    indefinite: Words = field(default_factory=list)
    places: Words = field(default_factory=list)
    after: Words = field(default_factory=list)
    took_kein: bool = False

    def middle(self, adverb: Words, negated: bool) -> Words:
        """The middle field: adverbs after what is known, nicht after objects and before a place."""
        no = ["nicht"] if negated and not self.took_kein else []
        return [*self.pronouns, *self.definite, *adverb, *self.indefinite, *no, *self.places]


def core(node: Node, negated: bool = False) -> Core:
    """X, or V alone."""
    if category(node) == "V":
        return Core(node.rule.note)
    found = Core(child(node, "V").rule.note)
    nouns = children(node, "NP", "OB")
    for i, item in enumerate(nouns):
        recipient = len(nouns) == 2 and i == 0
        thing = phrase(item, "dat" if recipient else found.verb.case, negated)
        if thing.is_pronoun:
            found.pronouns += thing.words
        elif thing.definite and not found.indefinite:
            found.definite += thing.words
        else:
            found.indefinite += thing.words
        found.after += thing.clause
        found.took_kein |= thing.negated
    for item in children(node, "PP"):
        found.places += prepositional(item)
    for item in children(node, "X"):  # "tries to …"
        inner = core(item)
        group = [*inner.middle([], False), *german.infinitive(inner.verb, zu=True).split()]
        alone = not inner.middle([], False) and not inner.after
        found.after += group if alone else comma([*group, *inner.after])
    return found


def verb_phrase(node: Node) -> Predicate:
    """VP or VG: verb, objects and tense in their German places."""
    number, tense = features(node)[-2:]
    return predicate(node, tense, number)


def predicate(node: Node, tense: str, number: str) -> Predicate:
    """Like verb_phrase, for any node that holds COP and PRED or auxiliaries and X side by side."""
    negated = "not" in node.children
    adverb = [item.rule.note.german for item in children(node, "ADV")]
    if children(node, "COP"):
        quality = complement(child(node, "PRED"))
        middle = ["nicht", *quality] if negated else quality
        if tense == "mod":
            return Predicate(german.finite("werden", "pres", number), "", middle, ["sein"])
        bracket = ["gewesen"] if tense == "perf" else []
        finite = german.finite("sein", "past" if tense == "past" else "pres", number)
        return Predicate(finite, "", middle, bracket)
    whole = core(child(node, "X", "V"), negated)
    verb, middle = whole.verb, whole.middle(adverb, negated)
    if tense == "perf":
        finite = german.finite(german.auxiliary(verb), "pres", number)
        return Predicate(finite, "", middle, [verb.participle], whole.after)
    if tense == "mod":
        modal = child(node, "AUX").rule.note.german
        finite = german.finite(modal, "pres", number)
        return Predicate(finite, "", middle, [german.infinitive(verb)], whole.after)
    finite = german.finite(verb, tense, number)
    return Predicate(finite, verb.prefix, middle, [], whole.after)


def complement(node: Node) -> Words:
    """PRED: "sehr müde"."""
    degree = [node.rule.note.german] if node.rule.note else []
    return [*degree, child(node, "P").rule.note.german]
