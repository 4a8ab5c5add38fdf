"""Lexical rules of the toy language's English side: which words a symbol can become."""

from __future__ import annotations

from collections import defaultdict

from gptlab.text.toy_lexicon import FORMS, Adjective, Lexicon, Verb, Word, zipf
from gptlab.text.toy_rules import DETERMINERS, MODALS, OFTEN, POSSESSIVES, RuleBook, vowel


def add_words(book: RuleBook, lexicon: Lexicon) -> None:
    """Nouns, names, adjectives, colours, verbs in four forms, and the function words."""
    classes = dict.fromkeys(noun.noun_class for noun in lexicon.nouns)
    for c in classes:
        common = [noun for noun in lexicon.nouns if noun.noun_class == c and not noun.is_name]
        for noun, weight in zip(common, zipf(common), strict=True):
            if noun.plural == "-" and c != "event":
                book.add(f"N:{c}.mass", noun.english, weight, noun)
                continue
            book.add(f"N:{c}.sg", noun.english, weight, noun)
            book.add(f"N:{c}.sg.{vowel(noun.english)}", noun.english, weight, noun)
            if noun.plural != "-":
                book.add(f"N:{c}.pl", noun.plural, weight, noun)
        for noun in lexicon.nouns:
            if noun.noun_class == c and noun.is_name:
                book.add(f"NAME:{c}", noun.english, 1.0, noun)
        before = [a for a in lexicon.adjectives if c in a.before]
        colours = [k for k in lexicon.colours if c in k.before]
        for colour, weight in zip(colours, zipf(colours), strict=True):
            book.add(f"K:{c}", colour.english, weight, colour)
        for adjective, weight in zip(before, zipf(before), strict=True):
            book.add(f"A:{c}", adjective.english, weight, adjective)
            book.add(f"A:{c}.{vowel(adjective.english)}", adjective.english, weight, adjective)
    after: dict[str, list[Adjective]] = defaultdict(list)
    for adjective in lexicon.adjectives:
        for k in adjective.after:
            after[k].append(adjective)
    for k, adjectives in after.items():
        for adjective, weight in zip(adjectives, zipf(adjectives), strict=True):
            book.add(f"P:{k}", adjective.english, weight, adjective)
        book.add(f"PRED:{k}", f"P:{k}", 0.82)
        book.add(f"PRED:{k}", f"very P:{k}", 0.12, Word("very", "sehr"))
        book.add(f"PRED:{k}", f"too P:{k}", 0.06, Word("too", "zu"))
    add_verbs(book, lexicon)
    add_function_words(book)


def add_verbs(book: RuleBook, lexicon: Lexicon) -> None:
    """V:frame.subject[.object].form → the verb's form, which may be two words ("wakes up")."""
    framed: dict[tuple[str, str, str], list[Verb]] = defaultdict(list)
    for verb in lexicon.verbs:
        for frame in verb.frames:
            framed[frame].append(verb)
    for frame, verbs in framed.items():
        name = ".".join(part for part in frame if part)
        for verb, weight in zip(verbs, zipf(verbs), strict=True):
            for form, english in zip(FORMS, verb.english, strict=True):
                book.add(f"V:{name}.{form}", english, weight if english != "-" else 0, verb)


def add_function_words(book: RuleBook) -> None:
    """Determiners, auxiliaries, the copula and adverbs of frequency."""
    for key, determiners in DETERMINERS.items():
        own = [] if key == "event" else [(e, g, w) for e, g, w in POSSESSIVES]
        for english, german, weight in [*determiners, *own]:
            word = Word(english, german)
            if not key.endswith(("sg", "event")):
                book.add(f"D:{key}", english, weight, word)
                continue
            book.add(f"D:{key}.C", english, weight, word)
            book.add(f"D:{key}.V", "an" if english == "a" else english, weight, word)
    for number, (do, have, now, then) in {
        "sg": ("does", "has", "is", "was"),
        "pl": ("do", "have", "are", "were"),
    }.items():
        book.add(f"AUX:do.{number}.pres", do)
        book.add(f"AUX:do.{number}.past", "did")
        book.add(f"AUX:have.{number}", have)
        book.add(f"COP:{number}.pres", now)
        book.add(f"COP:{number}.past", then)
        book.add(f"COP:{number}.perf", f"{have} been")
    book.add("COP:mod", "will be", 1.0, Word("will", "werden"))
    for english, german, weight in MODALS:
        book.add("AUX:mod", english, weight, Word(english, german))
    for english, german, weight in OFTEN:
        book.add("ADV:often", english, weight, Word(english, german))
