"""The Georgetown-IBM demonstration of 7 January 1954: Russian sentences into English by six rules.

The engine is `rule_translator`; here are its Russian dictionary of 250 entries, the letters in
which Russian was punched on cards, and the sentences that were published. What comes from where:

- The 49 sentences: Garvin 1967, with the English that Hutchins 2003 gives them.
- Entries marked `printed` have the equivalents and codes of the glossary in Garvin 1967, which we
  know from transcriptions; `adapted` ones too, but with a code or an order of equivalents changed
  so that the printed English comes out; the rest are `ours`: the dictionary of the day was never
  printed in full.
- Where several descriptions of a rule disagree or are silent, it is read so that the sentences
  come out; `rule_translator` says how.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from gptlab.classic.rule_translator import CodedEntry, RuleTranslator
from gptlab.errors import LabError

LETTERS = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "ye", "ё": "ye", "ж": "zh", "з": "z",
    "и": "yi", "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ф": "f", "х": "x", "ц": "ts", "ч": "ch", "ш": "sh",
    "щ": "shch", "ъ": "q", "ы": "i", "ь": "j", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip
"""The letters of the demonstration, read off its sentences; ъ does not occur there and is ours."""

_BACK = {latin: letter for letter, latin in LETTERS.items() if letter not in "ёц"}
_LATIN = re.compile("|".join(sorted(_BACK, key=len, reverse=True)), re.IGNORECASE)
# т and с side by side look like ц: in the ending -тся, and before к or т.
_TS = re.compile(r"ts(?!ya\b|k|t)", re.IGNORECASE)
# ы never follows these, so an i there is an и: newspapers wrote dugi for dugyi.
_SHORT_I = re.compile(r"(?<=[gkx])i|(?<=[szc]h)i", re.IGNORECASE)


def to_latin(text: str) -> str:
    """Russian letters as they were punched: ы is i, и is yi, е is ye; all else stays as it is.

    >>> to_latin("Мы передаем мысли посредством речи")
    'Mi pyeryedayem mislyi posryedstvom ryechyi'
    """
    return "".join(_cased(c, LETTERS[c.lower()]) if c.lower() in LETTERS else c for c in text)


def to_cyrillic(text: str) -> str:
    """The punched letters as Russian ones; what is no part of the scheme stays as it is.

    Punching them again gives the same letters: `to_latin(to_cyrillic(x)) == x` for every x that
    `to_latin` makes of Russian. Not the other way round: ё was punched as е.

    >>> to_cyrillic("Vyelyichyina ugla opryedyelyayetsya")
    'Величина угла определяется'
    """
    text = _TS.sub(lambda found: _cased(found[0], "ц"), text)
    return _LATIN.sub(lambda found: _cased(found[0], _BACK[found[0].lower()]), text)


def _cased(model: str, text: str) -> str:
    return text.capitalize() if model[:1].isupper() else text


def _dictionary_form(word: str) -> str:
    return _SHORT_I.sub("yi", to_latin(word).lower())


@dataclass(frozen=True)
class PublishedSentence:
    """One of the published sentences: Russian, the English printed with it, and any trouble.

    `note` says what is odd about the printed English where a machine cannot give it.
    """

    number: int
    russian: str
    english: str
    note: str = ""


@cache
def _data() -> dict[str, list]:
    path = resources.files("gptlab.classic").joinpath("georgetown_lexicon.json")
    return json.loads(path.read_text(encoding="utf-8"))


def russian_lexicon() -> tuple[CodedEntry, ...]:
    """The 250 dictionary entries, stems and endings apart, in the letters of the cards."""
    return tuple(
        CodedEntry(source, tuple(equivalents), pid, cdc1, cdc2, origin)
        for source, equivalents, pid, cdc1, cdc2, origin in _data()["lexicon"]
    )


def published_sentences() -> tuple[PublishedSentence, ...]:
    """The 49 sentences that Garvin printed in 1967, with the English in Hutchins's archive."""
    return tuple(PublishedSentence(*row) for row in _data()["sentences"])


def georgetown() -> RuleTranslator:
    """The translator of 1954, for Russian in either alphabet.

    >>> print(georgetown().translate("Mi pyeryedayem mislyi posryedstvom ryechyi"))
    We transmit thoughts by means of speech.
    """
    return RuleTranslator(russian_lexicon(), _dictionary_form)


def word_score(output: str, reference: str) -> float:
    """The share of the reference's words that stand in `output`, in the right order, 0 to 1.

    It is the longest common subsequence of words divided by the reference's length. Raises LabError
    for a reference without words.
    """
    mine, right = (re.findall(r"[^\W_]+|\[\w+\]", line.lower()) for line in (output, reference))
    if not right:
        raise LabError(f"the reference {reference!r} has no words; give the right translation")
    best = [0] * (len(right) + 1)
    for word in mine:
        last = 0
        for i, other in enumerate(right, start=1):
            here = best[i]
            best[i] = last + 1 if word == other else max(best[i], best[i - 1])
            last = here
    return best[-1] / len(right)
