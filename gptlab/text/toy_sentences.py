"""Clauses and sentences of the toy language's English side, and the whole grammar put together."""

from __future__ import annotations

from collections.abc import Collection
from itertools import product

from gptlab.text.pcfg import PCFG
from gptlab.text.toy_lexicon import PERSONS, Lexicon, Word
from gptlab.text.toy_phrases import add_noun_phrases, add_verb_phrases
from gptlab.text.toy_rules import (
    AROUND_EVENTS,
    OBJECTS,
    SUBJECTS,
    TENSES,
    TIMES,
    RuleBook,
    kind,
    pronoun,
)
from gptlab.text.toy_words import add_words

NUMBERS = {"sg": 0.68, "pl": 0.32}
NEAR_TENSES = {"pres": 0.5, "past": 0.5}  # of sentences whose two clauses share their tense
# Shares of the kinds of sentence
PLAIN, TIMED, EVENT, JOINED, QUESTION = 40.0, 8.0, 7.0, 6.0, 6.0
PRONOUN_SUBJECT, PRONOUN_EITHER, PRONOUN_BOTH, FRONTED, TWO_CLAUSES = 7.0, 9.0, 4.0, 6.0, 5.0
# English, German in the present, German in the past
WHY = [
    ("because", "weil", "weil", 6),
    ("although", "obwohl", "obwohl", 3),
    ("when", "wenn", "als", 2),
]
FIRST = [
    ("when", "wenn", "als", 5),
    ("because", "weil", "weil", 3),
    ("although", "obwohl", "obwohl", 3),
]
TWO = [
    ("because", "weil", "weil", 3),
    ("although", "obwohl", "obwohl", 3),
    ("while", "während", "während", 4),
]
SAYING = 0.16  # share of clauses "the man says that …", each of which may hold another


def build_grammar(lexicon: Lexicon, without: Collection[str] = ()) -> PCFG:
    """The English side; every rule's note carries what the German side needs.

    The entries in `without` are left out, and the others of their class keep their proportions.
    """
    book = RuleBook(without)
    add_words(book, lexicon)
    add_noun_phrases(book, lexicon)
    add_verb_phrases(book)
    add_clauses(book)
    add_sentences(book)
    add_pronoun_sentences(book)
    return PCFG("S:", book.rules("S:"))


def add_clauses(book: RuleBook) -> None:
    """CF has a full subject; CL may have he, she, we, they; CT may have a that-clause."""
    whole = sum(SUBJECTS.values())
    for tense in TENSES:
        for c, weight in SUBJECTS.items():
            for number, share in NUMBERS.items():
                clause = f"SB:{c}.{number} VP:{kind(c)}.{number}.{tense}"
                book.add(f"CF:{tense}", clause, weight * share / whole)
        book.add(f"CL:{tense}", f"CF:{tense}", 0.8)
        book.add(f"CL:{tense}", f"PRP:sg VP:person.sg.{tense}", 0.13)
        book.add(f"CL:{tense}", f"PRP:pl VP:person.pl.{tense}", 0.07)
        book.add(f"CT:{tense}", f"CL:{tense}", 1 - SAYING)
        for number, share in NUMBERS.items():
            speakers = {f"SB:{c}.{number}": 0.4 for c in PERSONS} | {f"PRP:{number}": 0.2}
            for (speaker, part), (inner, p) in product(speakers.items(), TENSES.items()):
                clause = f"{speaker} VG:say.{number}.{tense} that CT:{inner}"
                book.add(f"CT:{tense}", clause, SAYING * share * part * p / sum(TENSES.values()))
    german = {"he": "er", "we": "wir"}
    for number, words in {"sg": ["he", "she"], "pl": ["they", "we"]}.items():
        for word in words:
            book.add(f"PRP:{number}", word, 1.0, Word(word, german.get(word, "sie")))


def add_sentences(book: RuleBook) -> None:
    """Sentences without pronouns that stand for a noun of the same sentence."""
    for tense, weight in TENSES.items():
        p = weight / sum(TENSES.values())
        book.add("S:", f"CT:{tense} .", PLAIN * p)
        book.add("S:", f"TIME:{tense} CL:{tense} .", TIMED * p)
        book.add("S:", f"PE: CL:{tense} .", EVENT * p)
        book.add("S:", f"CL:{tense} and CL:{tense} .", JOINED * p * 0.6, Word("and", "und"))
        book.add("S:", f"CL:{tense} , but CL:{tense} .", JOINED * p * 0.4, Word("but", "aber"))
        for english, german, times in TIMES[tense]:
            book.add(f"TIME:{tense}", english, times, Word(english, german))
    for english, german, case, times in AROUND_EVENTS:
        book.add("PE:", f"{english} NP:event.sg", times, Word(english, german, case))
    whole = sum(SUBJECTS.values())
    for c, weight in SUBJECTS.items():
        for number, share in NUMBERS.items():
            # No relative clause in a question: "is the man who sees her angry …" would lead astray.
            k, subject = kind(c), f"NP:{c}.{number}"
            p = QUESTION * weight * share / whole
            book.add("S:", f"AUX:do.{number}.pres {subject} X:{k}.base ?", p * 0.3)
            book.add("S:", f"AUX:do.{number}.past {subject} X:{k}.base ?", p * 0.2)
            book.add("S:", f"AUX:have.{number} {subject} X:{k}.part ?", p * 0.15)
            book.add("S:", f"AUX:mod {subject} X:{k}.base ?", p * 0.15)
            for tense in NEAR_TENSES:
                book.add("S:", f"COP:{number}.{tense} {subject} PRED:{k} ?", p * 0.1)
            for tense, q in NEAR_TENSES.items():
                both = f"SB:{c}.{number} VP:{k}.{number}.{tense} SUB:clause.{tense} ."
                book.add("S:", both, TWO_CLAUSES * weight * share / whole * q)
    for tense in NEAR_TENSES:
        for english, now, then, share in TWO:
            link = Word(english, now if tense == "pres" else then)
            book.add(f"SUB:clause.{tense}", f"{english} CF:{tense}", share, link)


def add_pronoun_sentences(book: RuleBook) -> None:
    """A pronoun stands for the subject or object of the other clause; never with two readings."""
    for c in SUBJECTS:
        for number in NUMBERS:
            for tense in NEAR_TENSES:
                add_pronoun_clauses(book, c, number, tense)
    animate = {c: SUBJECTS[c] for c in ("man", "woman", "animal")}
    movers = {c: w for c, w in SUBJECTS.items() if book.total(f"V:i.{kind(c)}.base")}
    for number, share in NUMBERS.items():
        for tense, half in NEAR_TENSES.items():
            p = share * half
            agree = f"{number}.{tense}"
            for c, weight in movers.items():
                if book.total(f"P:{kind(c)}"):
                    q = weight / sum(movers.values()) * p
                    first = f"SB:{c}.{number} VP:in.{kind(c)}.{agree}"
                    book.add("S:", f"{first} SUB:{c}.{agree} .", PRONOUN_SUBJECT * q, "subject")
            for c, weight in animate.items():
                q = weight / sum(animate.values()) * p
                main = f"{pronoun(c, number)} VP:{kind(c)}.{agree}"
                book.add("S:", f"FSUB:{c}.{agree} , {main} .", FRONTED * q, "subject")
                add_two_candidates(book, c, number, tense, q)


def add_pronoun_clauses(book: RuleBook, c: str, number: str, tense: str) -> None:
    """SUB: "because it is tired"; FSUB: "when the dog is tired"."""
    k, index = kind(c), 1 if tense == "pres" else 2
    for row in WHY:
        clause = f"{row[0]} {pronoun(c, number)} COP:{number}.{tense} PRED:{k}"
        book.add(f"SUB:{c}.{number}.{tense}", clause, row[3], Word(row[0], str(row[index])))
    for row in FIRST:
        clause = f"{row[0]} SB:{c}.{number} COP:{number}.{tense} PRED:{k}"
        book.add(f"FSUB:{c}.{number}.{tense}", clause, row[3], Word(row[0], str(row[index])))


def tells_apart(book: RuleBook, c: str, number: str, o: str, other_number: str) -> bool:
    """Can pronoun and predicate together tell a subject of class c from an object of class o?"""
    if pronoun(c, number) != pronoun(o, other_number):
        return True
    said_of_c = book.weighted.get(f"P:{kind(c)}", {})
    return not any(adjective in said_of_c for adjective in book.weighted.get(f"P:{kind(o)}", {}))


def add_two_candidates(book: RuleBook, c: str, number: str, tense: str, share: float) -> None:
    """ "The dog eats the sausage because it is tired" or "… because it is fresh": who is it?"""
    k = kind(c)
    objects = {o: w for o, w in OBJECTS.items() if kind(o) != k and book.total(f"V:t.{k}.{o}.base")}
    for o, weight in objects.items():
        for on, p in NUMBERS.items():
            q = share * p * weight / sum(objects.values())
            main = f"SB:{c}.{number} VP:tr.{k}.{o}.{on}.{number}.{tense}"
            half = PRONOUN_EITHER * q / 2 * tells_apart(book, c, number, o, on)
            book.add("S:", f"{main} SUB:{c}.{number}.{tense} .", half, "subject")
            if book.total(f"P:{kind(o)}"):
                book.add("S:", f"{main} SUB:{o}.{on}.{tense} .", half, "object")
            form = "past" if tense == "past" else "s" if number == "sg" else "base"
            attitude = f"V:a.person.{o}.{form}"
            if k == "person" and book.total(attitude):
                them = pronoun(o, on, "acc")
                reason = f"because {pronoun(c, number)} {attitude} {them}"
                clause = f"SUB:both.{c}.{number}.{o}.{on}.{tense}"
                book.add(clause, reason, 1.0, Word("because", "weil"))
                book.add("S:", f"{main} {clause} .", PRONOUN_BOTH * q, "both")
