"""A recogniser of German sentences, to check the toy language's German with rules of its own.

It shares the word list (genders, principal parts) with the generator, and nothing else: every form
is worked out here again, from endings back to the genders, numbers and cases that they allow, and
every clause is read from left to right, looking for a verb in its place and noun phrases in the
cases that the verb asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import permutations

from german_words import (
    ADVERBS,
    ALL,
    AUXILIARIES,
    CONJUNCTIONS,
    DER,
    DRAWN_IN,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVE,
    Part,
    Parts,
    Reading,
    Verb,
    WordList,
)


class Recogniser:
    """Reads one sentence; `accepts()` tells whether it is German as these rules know it."""

    def __init__(self, words: tuple[str, ...], lexicon: WordList) -> None:
        self.words = (*words, "", "")
        self.lexicon = lexicon
        self.known: dict[int, list[tuple[int, set[Reading]]]] = {}

    # Noun phrases: (end, readings)

    def phrases(self, i: int) -> list[tuple[int, set[Reading]]]:
        if i not in self.known:
            simple = list(self.single(i))
            joined = []
            for j, first in simple:
                if self.words[j] == "und":
                    for k, second in self.single(j + 1):
                        cases = {c for _, c in first} & {c for _, c in second}
                        joined.append((k, {("pl", case) for case in cases}))
            self.known[i] = [(j, r) for j, r in simple + joined if r]
        return self.known[i]

    def single(self, i: int) -> Iterator[tuple[int, set[Reading]]]:
        word = self.words[i]
        if word in PRONOUNS:
            yield i + 1, PRONOUNS[word]
        if word in self.lexicon.names:
            yield i + 1, self.lexicon.names[word]
        if word in self.lexicon.possessors:
            yield from self.nominal(i + 1, "strong", ALL)
        for kind, allowed in self.lexicon.determiners(word):
            yield from self.nominal(i + 1, kind, allowed)
        yield from self.nominal(i, "strong", ALL)

    def nominal(
        self, i: int, kind: str, allowed: set[Reading]
    ) -> Iterator[tuple[int, set[Reading]]]:
        """Adjectives, noun, and what may follow it: a genitive or a relative clause."""
        word = self.words[i]
        if further := allowed & self.lexicon.adjective(word, kind):
            yield from self.nominal(i + 1, kind, further)
        found = allowed & self.lexicon.nouns.get(word, set())
        if not found:
            return
        yield i + 1, found
        if self.words[i + 1] and self.words[i + 1][-1] in "srn":  # des, eines, dieser, meiner …
            for kind, opening in self.lexicon.determiners(self.words[i + 1]):
                for j, owner in self.nominal(i + 2, kind, opening):
                    if any(case == "gen" for _, case in owner):
                        yield j, found
        for slot in {slot for slot, _ in found}:
            for j in self.relative(i + 1, slot):
                yield j, {r for r in found if r[0] == slot}

    # Clauses: ends

    def closed(self, j: int) -> Iterator[int]:
        """A subordinate clause must end in a comma, which it may share, or with the sentence."""
        if self.words[j] in (",", ".", "?"):
            yield j
        if self.words[j] == ",":
            yield j + 1

    def relative(self, i: int, slot: str) -> Iterator[int]:
        if self.words[i] != ",":
            return
        word, number = self.words[i + 1], "pl" if slot == "pl" else "sg"
        ends: set[int] = set()
        for allowed_slot, case in RELATIVE.get(word, ()):
            if allowed_slot == slot and case == "nom":
                ends |= set(self.verb_last(i + 2, number, None))
            elif allowed_slot == slot:
                ends |= set(self.verb_last(i + 2, None, case))
        if word == {"m": "dessen", "n": "dessen"}.get(slot, "deren"):
            for j, owned in self.nominal(i + 2, "strong", ALL):
                for owned_slot, case in owned:
                    if case == "nom":
                        ends |= set(self.verb_last(j, "pl" if owned_slot == "pl" else "sg", None))
        if word in ("in", "auf") and (slot, "dat") in RELATIVE.get(self.words[i + 2], ()):
            ends |= set(self.verb_last(i + 3, None, None))
        for j in ends:
            yield from self.closed(j)

    def field(self, i: int) -> Iterator[tuple[int, Parts]]:
        """All ways to read constituents from i on: (end, constituents)."""
        yield i, []
        for j, part in self.constituent(i):
            for k, rest in self.field(j):
                yield k, [part, *rest]

    def constituent(self, i: int) -> Iterator[tuple[int, Part]]:
        word = self.words[i]
        for j, found in self.phrases(i):
            yield j, ("np", found)
        for length in (1, 2):
            if " ".join(self.words[i : i + length]) in ADVERBS:
                yield i + length, ("adverb", None)
        if word == "nicht":
            yield i + 1, ("nicht", None)
        start = i + 1 if word in ("sehr", "zu") else i
        if self.words[start] in self.lexicon.predicates:
            yield start + 1, ("quality", None)
        if word in DRAWN_IN:
            preposition, article = DRAWN_IN[word]
            found_in = self.nominal(i + 1, "weak", DER[article])
        elif word in PREPOSITIONS:
            preposition, found_in = word, iter(self.phrases(i + 1))
        else:
            return
        for j, found in found_in:
            if PREPOSITIONS[preposition] & {case for _, case in found}:
                yield j, ("place", self.sorts_of_place(preposition, found))

    @staticmethod
    def sorts_of_place(preposition: str, found: set[Reading]) -> set[str]:
        """Where (dative) or where to (accusative), if the preposition tells the two apart."""
        cases = {case for _, case in found} & PREPOSITIONS[preposition]
        return cases if len(PREPOSITIONS[preposition]) == 2 else {"dat", "acc"}

    def verb_last(self, i: int, number: str | None, missing: str | None) -> Iterator[int]:
        """A clause with its finite verb last; perhaps with its subject or another case filled."""
        for j, parts in self.field(i):
            for k, verb, found_number in self.cluster(j, parts):
                if number is None or number == found_number:
                    yield from self.complete(
                        k, verb, parts, found_number, number is not None, missing
                    )

    def cluster(self, j: int, parts: Parts) -> Iterator[tuple[int, Verb | None, str]]:
        """Verbs at the end of a subordinate clause: (end, verb or None for sein, number)."""
        word, following = self.words[j], self.words[j + 1]
        for verb, number in self.lexicon.final.get(word, ()):
            yield j + 1, verb, number
        kind, number = AUXILIARIES.get(following, ("", ""))
        for verb in self.lexicon.participles.get(word, ()):
            if kind == verb[1]:
                yield j + 2, verb, number
        if kind == "inf":
            for verb in self.lexicon.infinitives.get(word, ()):
                yield j + 2, verb, number
        if any(name == "quality" for name, _ in parts):
            own_kind, own_number = AUXILIARIES.get(word, ("", ""))
            if own_kind in ("sein", "was"):
                yield j + 1, None, own_number
            if (word, kind) in (("gewesen", "sein"), ("sein", "inf")):
                yield j + 2, None, number

    def complete(
        self,
        k: int,
        verb: Verb | None,
        parts: Parts,
        number: str,
        has_subject: bool,
        missing: str | None,
    ) -> Iterator[int]:
        """Where the clause may end, if its noun phrases are those that the verb asks for."""
        phrases = [found for name, found in parts if name == "np"]
        quality = any(name == "quality" for name, _ in parts)
        where = "acc" if verb and verb[3] else "dat"
        places = [sorts for name, sorts in parts if name == "place"]
        if quality != (verb is None) or not all(where in sorts for sorts in places):
            return
        for company in verb[2] if verb else [()]:
            cases = [case for case in company if case in ("acc", "dat")]
            if missing in cases:
                cases.remove(missing)
            elif missing:
                continue
            if self.fits(phrases, cases, number, has_subject):
                yield from self.postfield(k, company)

    @staticmethod
    def fits(phrases: list[Any], cases: list[str], number: str, has_subject: bool) -> bool:
        """Can the noun phrases be a subject of this number and objects of these cases?"""
        wanted = cases if has_subject else ["nom", *cases]
        if len(phrases) != len(wanted):
            return False
        slots = ("pl",) if number == "pl" else ("m", "f", "n")
        for order in permutations(wanted):
            options = zip(phrases, order, strict=True)
            if all(
                any(c == case and (case != "nom" or s in slots) for s, c in found)
                for found, case in options
            ):
                return True
        return False

    def postfield(self, k: int, company: tuple[str, ...]) -> Iterator[int]:
        if "dass" in company:
            if self.words[k : k + 2] == (",", "dass"):
                for j in self.verb_last(k + 2, None, None):
                    yield from self.closed(j)
        elif "zu" in company:
            if self.words[k] == ",":
                yield from self.infinitive_clause(k + 1)
            for length in (1, 2):  # a lone infinitive needs no comma
                form = " ".join(self.words[k : k + length])
                if form not in self.plain_infinitives and form in self.lexicon.infinitives:
                    yield k + length
        else:
            yield k
            for slot in ("m", "f", "n", "pl") if self.words[k] == "," else ():
                yield from self.relative(k, slot)  # moved behind the verb

    def infinitive_clause(self, i: int) -> Iterator[int]:
        for j, parts in self.field(i):
            for length in (1, 2):
                form = " ".join(self.words[j : j + length])
                joined = length == 1 and form not in self.plain_infinitives
                for verb in self.lexicon.infinitives.get(form, ()) if joined or length == 2 else ():
                    for end in self.complete(j + length, verb, parts, "sg", True, None):
                        yield from self.closed(end)

    @cached_property
    def plain_infinitives(self) -> set[str]:
        return {v[0] for verbs in self.lexicon.infinitives.values() for v in verbs}

    def main(self, i: int, question: bool = False) -> Iterator[int]:
        """One constituent (none in a question), the finite verb, the rest, the bracket."""
        fronts: list[tuple[int, Parts]] = [(i, [])] if question else []
        if not question:
            fronts += [(j, [part]) for j, part in self.constituent(i)]
            if self.words[i] in CONJUNCTIONS:
                ends = {j for j in self.verb_last(i + 1, None, None) if self.words[j] == ","}
                fronts += [(j + 1, []) for j in ends]
        for j, front in fronts:
            word = self.words[j]
            for k, parts in self.field(j + 1):
                every = front + parts
                for verb, number, prefix in self.lexicon.finite.get(word, ()):
                    if not prefix or self.words[k] == prefix:
                        yield from self.complete(k + bool(prefix), verb, every, number, False, None)
                kind, number = AUXILIARIES.get(word, ("", ""))
                if kind in ("haben", "sein"):
                    for verb in self.lexicon.participles.get(self.words[k], ()):
                        if verb[1] == kind:
                            yield from self.complete(k + 1, verb, every, number, False, None)
                if kind == "inf" and self.words[k] != "zu":
                    for verb in self.lexicon.infinitives.get(self.words[k], ()):
                        if self.words[k] == verb[0]:
                            yield from self.complete(k + 1, verb, every, number, False, None)
                if kind in ("sein", "was"):
                    yield from self.complete(k, None, every, number, False, None)
                if (kind, self.words[k]) in (("sein", "gewesen"), ("inf", "sein")):
                    yield from self.complete(k + 1, None, every, number, False, None)

    def accepts(self) -> bool:
        last = len(self.words) - 3
        if self.words[last] == "?":
            return last in set(self.main(0, question=True))
        for j in set(self.main(0)):
            if j == last:
                return True
            skip = j + 1 if self.words[j] == "," else j
            link = self.words[skip]
            comma = self.words[skip - 1] == ","
            if (link == "und" or (link == "aber" and comma)) and last in set(self.main(skip + 1)):
                return True
            opening = (
                j if self.words[j] == "," else j - 1
            )  # the comma may close an inner clause too
            if self.words[opening] == "," and self.words[opening + 1] in CONJUNCTIONS:
                for end in self.verb_last(opening + 2, None, None):
                    if last in self.closed(end):
                        return True
        return False
