"""Noun phrases and verb phrases of the toy language's English side."""

from __future__ import annotations

from itertools import product

from gptlab.text.toy_lexicon import FORMS, PERSONS, Lexicon, Word
from gptlab.text.toy_rules import (
    OBJECTS,
    OWNED,
    PLACES,
    POSTURES,
    SUBJECTS,
    TENSES,
    RuleBook,
    kind,
)

# Shares of nouns with an adjective, a colour, both; of finite verbs with "not", with "often"
ADJECTIVE, COLOUR, BOTH = 0.26, 0.08, 0.03
NOT, ADVERB = 0.07, 0.05
RELATIVE_TENSES = {"pres": 5, "past": 4, "perf": 1}


def add_nominals(book: RuleBook, c: str, coloured: bool) -> None:
    """NB: a noun with its adjectives; singular ones are split by "a" or "an" (C or V)."""
    adjectives = book.total(f"A:{c}")
    p_a, p_k, p_ak = ADJECTIVE * bool(adjectives), COLOUR * coloured, BOTH * coloured
    for v in ("C", "V"):
        start_a = book.total(f"A:{c}.{v}") / adjectives if adjectives else 0.0
        start_n = book.total(f"N:{c}.sg.{v}") / (book.total(f"N:{c}.sg") or 1.0)
        book.add(f"NB:{c}.sg.{v}", f"A:{c}.{v} N:{c}.sg", p_a * start_a)
        book.add(f"NB:{c}.sg.{v}", f"A:{c}.{v} K:{c} N:{c}.sg", p_ak * start_a)
        book.add(f"NB:{c}.sg.{v}", f"K:{c} N:{c}.sg", p_k * (v == "C"))
        book.add(f"NB:{c}.sg.{v}", f"N:{c}.sg.{v}", (1 - p_a - p_k - p_ak) * start_n)
    for number in ("pl", "mass"):
        book.add(f"NB:{c}.{number}", f"A:{c} N:{c}.{number}", p_a)
        book.add(f"NB:{c}.{number}", f"A:{c} K:{c} N:{c}.{number}", p_ak)
        book.add(f"NB:{c}.{number}", f"K:{c} N:{c}.{number}", p_k)
        book.add(f"NB:{c}.{number}", f"N:{c}.{number}", 1 - p_a - p_k - p_ak)


def add_noun_phrase(
    book: RuleBook, left: str, noun_class: str, number: str, tail: str = "", neg: bool = False
) -> None:
    """Noun phrases of one class and number, with or without article; `tail` follows the noun."""
    c, after, style = noun_class, f" {tail}" if tail else "", "neg." if neg else ""
    plain = not tail and not neg
    if number == "pl":
        book.add(left, f"D:{style}pl NB:{c}.pl{after}", 0.8)
        book.add(left, f"NB:{c}.pl{after}", 0.2)
        book.add(left, f"GEN: NB:{c}.pl", 0.05 * (plain and c in OWNED))
        return
    count, mass = book.total(f"N:{c}.sg"), book.total(f"N:{c}.mass")
    for v in ("C", "V"):
        share = count / ((count + mass) or 1.0) * book.total(f"NB:{c}.sg.{v}")
        determiner = "D:event" if c == "event" else f"D:{style}sg"
        book.add(left, f"{determiner}.{v} NB:{c}.sg.{v}{after}", share)
        book.add(left, f"GEN: NB:{c}.sg.{v}", 0.08 * share * (plain and c in OWNED))
    share = mass / ((count + mass) or 1.0)
    book.add(left, f"D:{style}mass NB:{c}.mass{after}", 0.6 * share)
    book.add(left, f"NB:{c}.mass{after}", 0.4 * share)
    book.add(left, f"NAME:{c}", 0.15 * (plain and c in PERSONS))


def add_noun_phrases(book: RuleBook, lexicon: Lexicon) -> None:
    """NP light, NH with a relative clause, SB subjects, OB objects, GEN possessors, PP."""
    for c in dict.fromkeys(noun.noun_class for noun in lexicon.nouns):
        add_nominals(book, c, coloured=any(c in k.before for k in lexicon.colours))
        add_noun_phrase(book, f"NP:{c}.sg", c, "sg")
        if c != "event":
            add_noun_phrase(book, f"NP:{c}.pl", c, "pl")
    for c in PERSONS:
        for v in ("C", "V"):
            share = book.total(f"NB:{c}.sg.{v}")
            book.add("GEN:", f"D:sg.{v} NB:{c}.sg.{v} 's", 0.6 * share)
        book.add("GEN:", f"NAME:{c} 's", 0.4)
    for c in {**SUBJECTS, **OBJECTS}:
        for number in ("sg", "pl"):
            add_noun_phrase(book, f"NH:{c}.{number}", c, number, tail=f"REL:{c}.{number}")
            add_noun_phrase(book, f"NP:neg.{c}.{number}", c, number, neg=True)
            book.add(f"OB:neg.{c}.{number}", f"NP:neg.{c}.{number}")
            book.add(f"OB:plain.{c}.{number}", f"NP:{c}.{number}")
            book.add(f"SB:{c}.{number}", f"NP:{c}.{number}", 0.84)
            book.add(f"SB:{c}.{number}", f"NH:{c}.{number}", 0.16)
            p = 0.7 if number == "sg" else 0.3
            book.add(f"OB:{c}", f"NP:{c}.{number}", 0.84 * p)
            book.add(f"OB:{c}", f"NH:{c}.{number}", 0.12 * p)
        for other in PERSONS if c in PERSONS else (c,):
            book.add(f"SB:{c}.pl", f"NP:{c}.sg and NP:{other}.sg", 0.1 if c in PERSONS else 0.05)
        add_relative_clause(book, c)
    book.add("OB:man", "him", 0.08)
    book.add("OB:woman", "her", 0.08)
    book.add("OB:man", "them", 0.05)
    for key, places in PLACES.items():
        for english, german, case, place, weight in places:
            book.add(f"PP:{key}", f"{english} NP:{place}.sg", weight, Word(english, german, case))
    for c in PERSONS:
        book.add("PP:with", f"with NP:{c}.sg", 1.0, Word("with", "mit", "dat"))


def add_relative_clause(book: RuleBook, noun_class: str) -> None:
    """REL: "who sleeps", "whom the man sees", "whose dog sleeps", "where the man lives"."""
    c, k = noun_class, kind(noun_class)
    who, whom = ("who", "whom") if k == "person" else ("that", "that")
    total = sum(RELATIVE_TENSES.values())
    for number in ("sg", "pl"):
        left = f"REL:{c}.{number}"
        for tense, share in RELATIVE_TENSES.items():
            p = share / total
            book.add(left, f"{who} VP:{k}.{number}.{tense}", 0.55 * p)
            for subject, weight in {"man": 4, "woman": 4, "animal": 2}.items():
                for n, q in {"sg": 0.7, "pl": 0.3}.items():
                    gap = f"VG:{kind(subject)}.{c}.{n}.{tense}"
                    if book.total(f"V:t.{kind(subject)}.{c}.base"):
                        book.add(left, f"{whom} SB:{subject}.{n} {gap}", 0.03 * weight * p * q)
            for owned in ("animal", "vehicle", "thing") if k == "person" else ():
                for v in ("C", "V"):
                    share_v = book.total(f"NB:{owned}.sg.{v}")
                    clause = f"whose NB:{owned}.sg.{v} VP:{owned}.sg.{tense}"
                    book.add(left, clause, 0.04 * p * share_v)
                book.add(left, f"whose NB:{owned}.pl VP:{owned}.pl.{tense}", 0.02 * p)
            stay = {"nature": ["stay"], "institution": ["stay"], "building": ["stay", "live"]}
            for group in stay.get(c, []):
                for subject in PERSONS:
                    book.add(left, f"where NP:{subject}.sg VG:{group}.sg.{tense}", 0.12 * p)


def add_verb_group(
    book: RuleBook, left: str, number: str, tense: str, core: str, negated: str = ""
) -> None:
    """`left` → words of tense, then `core`, whose "@" is the verb form that they ask for."""
    if tense == "perf":
        book.add(left, f"AUX:have.{number} {core.replace('@', 'part')}")
    elif tense == "mod":
        book.add(left, f"AUX:mod {core.replace('@', 'base')}")
    else:
        whole = core.replace("@", "past" if tense == "past" else "s" if number == "sg" else "base")
        p_not = NOT if negated else 0.0
        book.add(left, whole, 1 - ADVERB - p_not)
        book.add(left, f"ADV:often {whole}", ADVERB)
        book.add(left, f"AUX:do.{number}.{tense} not {negated}", p_not)


def add_verb_phrases(book: RuleBook) -> None:
    """VP whole, X what follows the auxiliaries, VG a verb whose object is elsewhere."""
    kinds = dict.fromkeys(kind(c) for c in SUBJECTS)
    for k in kinds:
        for form in FORMS:
            add_predicate(book, k, form)
        add_negatable(book, k)
        for agree in product(("sg", "pl"), TENSES):
            left = ".".join((k, *agree))
            add_verb_group(book, f"VP:{left}", *agree, f"X:{k}.@", f"X:neg.{k}")
            add_copula(book, f"VP:{left}", k, *agree)
            add_verb_group(book, f"VP:in.{left}", *agree, f"X:in.{k}.@")
        for o in OBJECTS:
            if book.total(f"V:t.{k}.{o}.base"):
                add_transitive(book, k, o)
    for number, tense in product(("sg", "pl"), TENSES):
        for name, frame in {"say": "s", "stay": "y", "live": "l"}.items():
            add_verb_group(
                book, f"VG:{name}.{number}.{tense}", number, tense, f"V:{frame}.person.@"
            )


def add_copula(book: RuleBook, left: str, k: str, number: str, tense: str) -> None:
    """ "is tired", "was not tired", "has been tired", "will be tired"."""
    weight = {"person": 0.2, "animal": 0.25}.get(k, 0.8)
    if not book.total(f"P:{k}"):
        return
    if tense in ("pres", "past"):
        book.add(left, f"COP:{number}.{tense} PRED:{k}", weight)
        book.add(left, f"COP:{number}.{tense} not PRED:{k}", 0.15 * weight)
    elif k in ("person", "animal"):  # nobody says "a lamp has been expensive"
        book.add(left, f"COP:{'mod' if tense == 'mod' else f'{number}.perf'} PRED:{k}", weight)


def add_transitive(book: RuleBook, k: str, o: str) -> None:
    """Verb phrases that remember what their object is: for pronouns, and for objects elsewhere."""
    verb = f"V:t.{k}.{o}"
    for on, form in product(("sg", "pl"), FORMS):
        book.add(f"X:tr.{k}.{o}.{on}.{form}", f"{verb}.{form} OB:plain.{o}.{on}")
    for n, tense in product(("sg", "pl"), TENSES):
        add_verb_group(book, f"VG:{k}.{o}.{n}.{tense}", n, tense, f"{verb}.@", f"{verb}.base")
        for on in ("sg", "pl"):
            left = f"VP:tr.{k}.{o}.{on}.{n}.{tense}"
            add_verb_group(book, left, n, tense, f"X:tr.{k}.{o}.{on}.@")


def add_predicate(book: RuleBook, k: str, form: str) -> None:
    """X: a verb with all that belongs to it."""
    left = f"X:{k}.{form}"
    book.add(f"X:in.{k}.{form}", f"V:i.{k}.{form}")
    book.add(left, f"V:i.{k}.{form}", 22 if k == "person" else 14)
    animate = k in ("person", "animal")
    if animate:
        place, home, way = ("in", "home", "to") if k == "person" else ("wild", "wild", "roam")
        book.add(left, f"V:y.{k}.{form} PP:{place}", 6)
        book.add(left, f"V:l.{k}.{form} PP:{home}", 3)
        book.add(left, f"V:m.{k}.{form} PP:{way}", 9)
        book.add(left, f"V:w.{k}.{form} PP:ashore", 2)
        book.add(left, f"V:z.{k}.{form} to X:{k}.base", 4)
    if k in POSTURES:
        book.add(left, f"V:p.{k}.{form} PP:{POSTURES[k]}", 6)
    if k == "person":
        book.add(left, f"V:y.{k}.{form} PP:with", 2)
        for c in PERSONS:
            for o in ("thing", "text", "food", "drink", "clothes", "vehicle", "building"):
                book.add(left, f"V:d.{k}.{o}.{form} NP:{c}.sg OB:{o}", OBJECTS[o] / 10)
        for o in ("thing", "text", "clothes"):
            book.add(left, f"V:u.{k}.{o}.{form} NP:{o}.sg PP:onto", 1)
        for o in ("food", "drink", "text"):
            book.add(left, f"V:t.{k}.{o}.{form} NP:{o}.sg PP:in", 0.12 * OBJECTS[o])
    for o, weight in OBJECTS.items():
        if book.total(f"V:t.{k}.{o}.base"):
            book.add(left, f"V:t.{k}.{o}.{form} OB:{o}", weight / (2 if k == "person" else 1))


def add_negatable(book: RuleBook, k: str) -> None:
    """X under "not": only what German negates cleanly, with nicht or with kein."""
    left = f"X:neg.{k}"
    book.add(left, f"V:i.{k}.base", 10)
    if k in ("person", "animal"):
        home, way = ("home", "to") if k == "person" else ("wild", "roam")
        book.add(left, f"V:m.{k}.base PP:{way}", 4)
        book.add(left, f"V:l.{k}.base PP:{home}", 2)
    for o, weight in OBJECTS.items():
        if book.total(f"V:t.{k}.{o}.base"):
            for number, p in (("sg", 0.7), ("pl", 0.3)):
                book.add(left, f"V:t.{k}.{o}.base OB:neg.{o}.{number}", weight * p / 2)
