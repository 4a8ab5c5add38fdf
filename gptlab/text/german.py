"""German forms for the toy language: articles, adjective endings, nouns, pronouns and verbs.

Genders are m, f, n; cases nom, acc, dat, gen; an agreement slot is the gender, or "pl".
After Duden, Die Grammatik: declension of article words, of adjectives, and n-declension of nouns.
"""

from __future__ import annotations

from gptlab.text.toy_lexicon import Adjective, Noun, Verb

CASES = ("nom", "acc", "dat", "gen")
SLOTS = ("m", "f", "n", "pl")


def _table(*rows: str) -> dict[tuple[str, str], str]:
    """Rows are cases, columns SLOTS; "-" is the empty ending."""
    return {
        (case, slot): form.replace("-", "")
        for case, row in zip(CASES, rows, strict=True)
        for slot, form in zip(SLOTS, row.split(), strict=True)
    }


THE = _table("der die das die", "den die das die", "dem der dem den", "des der des der")
DER_ENDINGS = _table("er e es e", "en e es e", "em er em en", "es er es er")
EIN_ENDINGS = _table("- e - e", "en e - e", "em er em en", "es er es er")
ADJECTIVE_ENDINGS = {
    "weak": _table("e e e en", "en e e en", "en en en en", "en en en en"),
    "mixed": _table("er e es en", "en e es en", "en en en en", "en en en en"),
    "strong": _table("er e es e", "en e es e", "em er em en", "en er en er"),
}
PRONOUNS = _table(
    "er sie es sie", "ihn sie es sie", "ihm ihr ihm ihnen", "seiner ihrer seiner ihrer"
)
RELATIVE = _table(
    "der die das die", "den die das die", "dem der dem denen", "dessen deren dessen deren"
)
DER_WORDS = {"dieser": "dies", "jeder": "jed"}
EIN_WORDS = ("ein", "kein", "mein", "sein", "ihr", "unser")
PLURAL_WORDS = {"einige": "einig", "viele": "viel"}
CONTRACTIONS = {
    ("in", "dem"): "im", ("in", "das"): "ins", ("an", "dem"): "am",
    ("zu", "dem"): "zum", ("zu", "der"): "zur",
}  # fmt: skip
# infinitive: third person singular and plural, in the present and the past
IRREGULAR = {
    "haben": ("hat", "haben", "hatte", "hatten"),
    "sein": ("ist", "sind", "war", "waren"),
    "werden": ("wird", "werden", "wurde", "wurden"),
    "können": ("kann", "können", "konnte", "konnten"),
    "müssen": ("muss", "müssen", "musste", "mussten"),
    "sollen": ("sollte", "sollten", "sollte", "sollten"),  # "should" is sollte in every tense
}


def determiner(word: str, case: str, slot: str) -> str:
    """The form of an article word: determiner("ein", "acc", "m") is "einen"."""
    if word == "der":
        return THE[case, slot]
    if word in DER_WORDS:
        return DER_WORDS[word] + DER_ENDINGS[case, slot]
    if word in EIN_WORDS:
        return word + EIN_ENDINGS[case, slot]
    if word in PLURAL_WORDS:
        return PLURAL_WORDS[word] + ADJECTIVE_ENDINGS["strong"][case, slot]
    return word


def declension(word: str) -> str:
    """How an adjective is declined after this article word ("" for none)."""
    if word == "der" or word in DER_WORDS:
        return "weak"
    return "mixed" if word in EIN_WORDS else "strong"


def adjective(entry: Adjective, kind: str, case: str, slot: str) -> str:
    """The adjective in front of a noun; `kind` is weak, mixed or strong."""
    return entry.stem + ADJECTIVE_ENDINGS[kind][case, slot]


def noun(entry: Noun, case: str, plural: bool) -> str:
    """The noun's form: n-declension in the singular, -n in the dative plural."""
    if plural:
        form = entry.german_plural
        return form + "n" if case == "dat" and form[-1] not in "ns" else form
    weak = entry.gender == "m" and entry.genitive.endswith("n")
    if case == "gen" or (weak and case != "nom"):
        return entry.genitive
    return entry.german


def finite(verb: Verb | str, tense: str, number: str) -> str:
    """Third person of a verb (or auxiliary, by its infinitive) without prefix, present or past."""
    if isinstance(verb, str):
        return IRREGULAR[verb][2 * (tense == "past") + (number == "pl")]
    if tense == "past":
        plural = verb.past + ("n" if verb.past.endswith("e") else "en")
        return plural if number == "pl" else verb.past
    return verb.infinitive if number == "pl" else verb.present


def infinitive(verb: Verb, zu: bool = False) -> str:
    """ "aufwachen", or with zu "aufzuwachen" and "zu schlafen"."""
    if not zu:
        return verb.prefix + verb.infinitive
    return f"{verb.prefix}zu{verb.infinitive}" if verb.prefix else f"zu {verb.infinitive}"


def auxiliary(verb: Verb) -> str:
    """The auxiliary of the perfect, as an infinitive."""
    return "sein" if verb.auxiliary == "s" else "haben"


def forms_of(entry: Noun | Verb | Adjective) -> set[str]:
    """All forms in the entry's paradigm, as single words."""
    if isinstance(entry, Noun):
        singular = {noun(entry, case, False) for case in CASES}
        plural = (
            {noun(entry, case, True) for case in CASES} if entry.german_plural != "-" else set()
        )
        return singular | plural
    if isinstance(entry, Adjective):
        attributive = {
            adjective(entry, kind, case, slot)
            for kind in ADJECTIVE_ENDINGS
            for case in CASES
            for slot in SLOTS
        }
        return (attributive if entry.before else set()) | ({entry.german} if entry.after else set())
    finites = {finite(entry, tense, n) for tense in ("pres", "past") for n in ("sg", "pl")}
    joined = {entry.prefix + form for form in finites} | ({entry.prefix} if entry.prefix else set())
    return (
        finites | joined | {entry.participle, infinitive(entry), *infinitive(entry, True).split()}
    )
