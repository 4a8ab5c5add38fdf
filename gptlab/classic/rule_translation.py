"""English to German by hand: word for word, and with the six rules of 1954.

Both use one dictionary, made from the lexicon of the toy language: the first German entry for each
English word in each of its forms, as a printed dictionary would give it first. No sentence was
looked at. The second puts the codes of the Georgetown-IBM demonstration on the entries, for the
engine of chapter 01 (`gptlab.classic.rule_translator`), the way someone of 1954 might have done it:

- rule 2, choice by what follows: articles and adjectives look for the gender code of the next noun;
- rule 4, choice by what stands before: verbs look back for "they", "we" and "has";
- rule 5, choice with omission: "because of" is wegen, "in front of" vor;
- rule 1, rearrangement: "not" and a bare verb change places;
- rule 6: the first equivalent as it stands. A comma before "because" or "who" is part of theirs.

Neither knows what a subject is, or a clause.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from gptlab.classic.rule_translator import DROPPED, SWITCH, CodedEntry, RuleTranslator
from gptlab.errors import LabError
from gptlab.text import german
from gptlab.text.toy_lexicon import Adjective, Verb, lexicon

# Function words with one German word each, for both translators
_PLAIN = """
he=er she=sie it=es him=ihn them=sie they=sie we=wir and=und but=aber is=ist are=sind
was=war were=waren be=sein been=gewesen has=hat have=haben never=nie always=immer
often=oft rarely=selten now=jetzt soon=bald today=heute tomorrow=morgen yesterday=gestern
suddenly=plötzlich evening=Abend week=Woche last=letzte next=nächste very=sehr too=zu
two=zwei three=drei after=nach before=vor behind=hinter beside=neben despite=trotz
during=während into=in on=auf through=durch to=zu under=unter with=mit of=von
out=aus front=Vorderseite up=auf down=herunter away=weg asleep=ein back=zurück
along=mit off=aus when=wenn while=während although=obwohl because=weil where=wo who=der
whom=den whose=dessen that=das not=nicht do=tun does=tut did=tat will=wird can=kann
must=muss should=sollte in=in her=ihr the=der a=ein an=ein this=dieser these=diese
every=jeder some=einige many=viele my=mein his=sein our=unser their=ihr 's=s
fall=fallen falls=fällt fell=fiel fallen=gefallen
"""
PLAIN = dict(row.split("=") for row in _PLAIN.split())
GENDERS = {"m": 222, "f": 223, "n": 224, "pl": 225}
STOP, THEY, HAVE, SAYS = 221, 242, 243, 244
# Equivalents: the form with no noun in sight, then before masculine, feminine, neuter, plural
BEFORE_NOUNS = {
    "the": "der der die das die", "a": "ein ein eine ein ein", "an": "ein ein eine ein ein",
    "this": "dieser dieser diese dieses diese", "every": "jeder jeder jede jedes jede",
    "my": "mein mein meine mein meine", "his": "sein sein seine sein seine",
    "our": "unser unser unsere unser unsere", "their": "ihr ihr ihre ihr ihre",
    "her": "sie ihr ihre ihr ihre",
}  # fmt: skip
CLAUSE_WORDS = {
    "who": ", der", "whom": ", den", "whose": ", dessen", "where": ", wo", "although": ", obwohl",
    "while": ", während", "when": "wenn", "and": "und", "but": "aber",
}  # fmt: skip
SPELLED = {",": "comma", "'s": "genitive"}  # the engine reads letters only, as a card did


@lru_cache(maxsize=1)
def toy_dictionary() -> dict[str, str]:
    """English word → its first German word (two for a verb that parts), one for each form.

    >>> toy_dictionary()["dogs"], toy_dictionary()["invites"]
    ('Hunde', 'lädt ein')
    """
    found = dict(PLAIN)
    whole = lexicon()
    for noun in whole.nouns:
        found.setdefault(noun.english, noun.german)
        found.setdefault(noun.plural, noun.german_plural)
    for verb in whole.verbs:
        for english, translated in zip(verb.english, _verb_forms(verb), strict=True):
            found.setdefault(english.split()[0], translated)
    for adjective in (*whole.adjectives, *whole.colours):
        found.setdefault(adjective.english, adjective.german)
    return {english: translated for english, translated in found.items() if english != "-"}


def word_for_word(words: Sequence[str]) -> list[str]:
    """Each English word's first German one, in the English order; unknown words are copied.

    Raises LabError for an empty sentence or a string.
    """
    _check(words)
    table = toy_dictionary()
    return [german_word for word in words for german_word in table.get(word, word).split()]


class ToyRules:
    """The engine of 1954 with a German dictionary: `ToyRules().translate(words)`."""

    def __init__(self) -> None:
        self.entries = {entry.source: entry for entry in _coded_entries()}
        self.engine = RuleTranslator(self.entries.values(), reach=3)

    def translate(self, words: Sequence[str]) -> list[str]:
        """The German words; what the dictionary lacks is copied, the last mark stays the last.

        Raises LabError for an empty sentence, a string, and a sentence without any word.
        """
        _check(words)
        end = [words[-1]] if words[-1] in (".", "?") else []
        body = [SPELLED.get(word, word) for word in words[: len(words) - len(end)]]
        if not any(word.isalpha() for word in words):
            return list(words)
        kept = {f"[{word.lower()}]": word for word in body}
        said = self.engine.translate(" ".join(body)).words
        out = [kept.get(word, word) for piece in said for word in piece.split()]
        return [*(out[1:] if out[:1] == [","] else out), *end]


def _verb_forms(verb: Verb) -> tuple[str, str, str, str]:
    """German for the four English forms. A particle of its own ("wake up") is another word."""
    apart = " " in verb.english[0]
    behind = f" {verb.prefix}" if verb.prefix and not apart else ""
    return (
        verb.infinitive if apart else german.infinitive(verb),
        german.finite(verb, "pres", "sg") + behind,
        german.finite(verb, "past", "sg") + behind,
        verb.participle,
    )


def _coded_entries() -> list[CodedEntry]:
    """The dictionary with codes; see the list of rules above."""
    found: dict[str, CodedEntry] = {}

    def add(english: str, *equivalents: str, **codes: int | None) -> None:
        source = SPELLED.get(english, english).lower()
        if source not in found and english != "-":
            found[source] = CodedEntry(source, equivalents, **codes)  # type: ignore[arg-type]

    for english, forms in BEFORE_NOUNS.items():
        add(english, *forms.split(), pid=121)
    for english, translated in CLAUSE_WORDS.items():
        add(english, translated, cdc1=STOP)
    add(",", ",", cdc1=STOP)
    add("'s", "", cdc1=STOP)
    add("because", ", weil", "wegen", pid=151, cdc1=STOP)
    add("in", "in", "vor", pid=151)
    add("of", "", cdc2=DROPPED)
    add("that", ", das", ", das", ", das", ", dass", pid=141, cdc1=STOP)
    add("not", "nicht", cdc2=SWITCH)
    add("they", "sie", cdc1=THEY)
    add("we", "wir", cdc1=THEY)
    add("has", "hat", cdc1=HAVE)
    add("have", "haben", cdc1=HAVE)
    add("evening", "Abend", cdc1=GENDERS["m"])
    add("week", "Woche", cdc1=GENDERS["f"])
    for english in ("front", "do", "does", "did"):
        add(english, "")
    for english, both in {"will": "werden", "can": "können", "must": "müssen"}.items():
        add(english, PLAIN[english], both, pid=141)
    whole = lexicon()
    for noun in whole.nouns:
        add(noun.english, noun.german, cdc1=None if noun.is_name else GENDERS[noun.gender])
        add(noun.plural, noun.german_plural, cdc1=GENDERS["pl"])
    for verb in whole.verbs:
        says = SAYS if any(frame == "s" for frame, _, _ in verb.frames) else None
        base, third, past, participle = _verb_forms(verb)
        many = german.finite(verb, "past", "pl") + past.removeprefix(verb.past)
        words = [form.split()[0] for form in verb.english]
        if words[0] == "fall":
            continue  # fall asleep, fall down: one card for both
        add(words[0], base, pid=110, cdc1=says)
        add(words[1], third, cdc1=says)
        add(words[2], past, many, participle, pid=141, cdc1=says)
        add(words[3], participle)
    for adjective in (*whole.adjectives, *whole.colours):
        add(adjective.english, *_adjective_forms(adjective), pid=121)
    for english, translated in PLAIN.items():
        add(english, translated)
    return list(found.values())


def _adjective_forms(entry: Adjective) -> tuple[str, ...]:
    return (entry.german, *(german.adjective(entry, "weak", "nom", slot) for slot in GENDERS))


def _check(words: Sequence[str]) -> None:
    if isinstance(words, str) or not len(words):
        raise LabError(f"cannot translate {words!r}; give a list with at least one word")
