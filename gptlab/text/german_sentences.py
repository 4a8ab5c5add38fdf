"""German sentences of the toy language: which clause stands where, and what pronouns refer to."""

from __future__ import annotations

from gptlab.text import german
from gptlab.text.german_clauses import (
    Phrase,
    Predicate,
    Words,
    category,
    child,
    children,
    comma,
    features,
    phrase,
    predicate,
    prepositional,
    verb_phrase,
)
from gptlab.text.pcfg import PCFG, Node
from gptlab.text.toy_lexicon import Adjective, Noun, Verb, Word


def translate(sentence: Node) -> tuple[str, ...]:
    """The German words of a whole derivation."""
    words = _sentence(sentence)
    tidy: Words = []
    for word in words:
        if word in (".", "?", ",") and tidy and tidy[-1] == ",":
            tidy.pop()
        tidy.append(word)
    return tuple(tidy)


def _sentence(node: Node) -> Words:
    shape = [category(item) or str(item) for item in node.children]
    end = shape[-1]
    if end == "?":
        subject = phrase(child(node, "NP"), "nom")
        number, tense = _question_tense(node)
        asked = predicate(node, tense, number)
        return [*asked.main(subject.whole(), question=True), end]
    if shape[0] == "FSUB":
        return [*_fronted(node), end]
    if "SUB" in shape:
        return [*_with_subordinate(node), end]
    if shape[0] in ("TIME", "PE"):
        first = child(node, "TIME", "PE")
        opening = (
            first.rule.note.german.split() if category(first) == "TIME" else prepositional(first)
        )
        subject_words, said = clause(child(node, "CL"))
        return [*said.main(subject_words, prefield=opening), end]
    if "and" in shape or "but" in shape:
        left, right = (said.main(words) for words, said in map(clause, children(node, "CL")))
        link = [",", "aber"] if "but" in shape else ["und"]
        return [*left, *link, *right, end]
    subject_words, said = clause(child(node, "CT"))
    return [*said.main(subject_words), end]


def _question_tense(node: Node) -> tuple[str, str]:
    number = features(child(node, "NP"))[-1]
    opening = child(node, "AUX", "COP")
    last = features(opening)[-1]
    if last in ("pres", "past", "mod"):
        return number, last
    return number, "perf"


def clause(node: Node) -> tuple[Words, Predicate]:
    """CT, CL or CF: the subject's words and the predicate."""
    if category(node) in ("CT", "CL") and len(node.children) == 1:
        return clause(child(node, "CL", "CF"))
    if children(node, "PRP"):
        subject = [child(node, "PRP").rule.note.german]
    else:
        subject = phrase(child(node, "SB"), "nom").whole()
    if children(node, "VP"):
        return subject, verb_phrase(child(node, "VP"))
    said = verb_phrase(child(node, "VG"))
    words, inner = clause(child(node, "CT"))
    said.after += comma(["dass", *inner.subordinate(words)])
    return subject, said


def antecedent(node: Node) -> Phrase:
    """The noun phrase that the sentence's pronoun stands for."""
    if node.rule.note == "object":
        item = child(child(node, "VP"), "X")
        return phrase(child(item, "OB"), "nom")
    holder = child(node, "FSUB") if children(node, "FSUB") else node
    return phrase(child(holder, "SB"), "nom")


def _fronted(node: Node) -> Words:
    """ "Wenn der Hund müde ist, schläft er"."""
    first = child(node, "FSUB")
    subject = phrase(child(first, "SB"), "nom")
    number, tense = features(first)[-2:]
    opening = predicate(first, tense, number).subordinate(subject.whole())
    pronoun = german.PRONOUNS["nom", subject.slot]
    main = verb_phrase(child(node, "VP"))
    return main.main([pronoun], prefield=[first.rule.note.german, *opening, ","])


def _with_subordinate(node: Node) -> Words:
    """A main clause, then a clause with weil, obwohl, während, wenn or als."""
    subject = phrase(child(node, "SB"), "nom")
    main = verb_phrase(child(node, "VP")).main(subject.whole())
    sub = child(node, "SUB")
    link = sub.rule.note.german
    if children(sub, "CF"):
        words, inner = clause(child(sub, "CF"))
        return [*main, *comma([link, *inner.subordinate(words)])]
    who = antecedent(node)
    number, tense = features(sub)[-2:]
    if node.rule.note == "both":
        return [*main, *comma([link, *_attitude(node, sub, subject, tense)])]
    pronoun = german.PRONOUNS["nom", who.slot]
    said = predicate(sub, tense, number)
    return [*main, *comma([link, *said.subordinate([pronoun])])]


def _attitude(node: Node, sub: Node, subject: Phrase, tense: str) -> Words:
    """ "weil er sie braucht": both pronouns by the gender of what they stand for."""
    thing = phrase(child(child(child(node, "VP"), "X"), "OB"), "nom")
    verb = child(sub, "V").rule.note
    finite = german.finite(verb, tense, subject.number)
    nominative = german.PRONOUNS["nom", subject.slot]
    return [nominative, german.PRONOUNS[verb.case, thing.slot], verb.prefix + finite]


def german_vocabulary(rules: PCFG) -> tuple[str, ...]:
    """All German forms of the entries in these rules, function words and punctuation, sorted."""
    words = {",", ".", "?", "und", "aber", "dass", "nicht", "in", "auf", "an", "gewesen"}
    words.update(german.CONTRACTIONS.values(), german.PRONOUNS.values(), german.RELATIVE.values())
    words.update(form for verb in german.IRREGULAR.values() for form in verb)
    words.update(german.IRREGULAR)
    for options in rules.rules_of.values():
        for rule in options:
            note = rule.note
            if isinstance(note, Noun | Verb | Adjective):
                words |= german.forms_of(note)
            elif isinstance(note, Word):
                is_article = rule.left.startswith("D:")
                words.update(_articles(note.german) if is_article else note.german.split())
    words |= _articles("kein")
    return tuple(sorted(words - {"", "-"}))


def _articles(word: str) -> set[str]:
    """All forms of an article word."""
    return {german.determiner(word, case, slot) for case in german.CASES for slot in german.SLOTS}
