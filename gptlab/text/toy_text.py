"""Between the toy language's words and text as people write it; and the class of each word."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from gptlab.errors import LabError
from gptlab.text.pcfg import Rule

ATTACHED = (",", ".", "?", "'s")  # written without a space before them
VERB_CLASSES = {
    "i": "intransitive verb", "y": "intransitive verb", "t": "transitive verb",
    "a": "transitive verb", "d": "verb of giving", "u": "verb of putting",
    "p": "verb of posture", "l": "verb of posture",
    "m": "verb of motion", "w": "verb of motion", "s": "verb of saying", "z": "verb of trying",
}  # fmt: skip
CATEGORY_CLASSES = {
    "NAME": "name", "K": "colour", "A": "adjective", "P": "adjective", "D": "determiner",
    "AUX": "auxiliary", "COP": "auxiliary", "ADV": "adverb", "TIME": "adverb", "PRP": "pronoun",
    "PRED": "degree", "OB": "pronoun",
}  # fmt: skip
# Words that rules name outright
FUNCTION_CLASSES = {
    "preposition": "in on under behind beside front of into to through out with during after "
    "before despite",
    "conjunction": "and but because although when while that",
    "relative word": "who whom whose where that",
    "pronoun": "he she it they him her them",
    "particle": "not to",
    "punctuation": ", . ? 's",
}  # fmt: skip


def detokenize(words: Sequence[str]) -> str:
    """The words as text: capital at the start, no space before punctuation.

    >>> detokenize(["the", "king", "'s", "dog", "sleeps", "."])
    "The king's dog sleeps."
    """
    if not words:
        raise LabError("the sentence is empty; give at least one word")
    text = "".join(w if w in ATTACHED else f" {w}" for w in words).lstrip(" ")
    return text[:1].upper() + text[1:]


def tokenize(text: str, vocabulary: Collection[str]) -> tuple[str, ...]:
    """The words of one sentence of text; the inverse of `detokenize`.

    The first word is put in lower case if that is a word of the vocabulary. Raises LabError on an
    empty text.

    >>> tokenize("The king's dog sleeps.", {"the"})
    ('the', 'king', "'s", 'dog', 'sleeps', '.')
    """
    words = re.findall(r"'s\b|[^\s,.?']+|\S", text)
    if not words:
        raise LabError(f"the sentence {text!r} is empty; give at least one word")
    lower = words[0][:1].lower() + words[0][1:]
    return (lower if lower in vocabulary else words[0], *words[1:])


def classes_of(rules: Mapping[str, Sequence[Rule]]) -> dict[str, str]:
    """Word → its class; several are joined by " or ", as in "animal or thing" for bat."""
    found: dict[str, set[str]] = {}
    named = {w: c for c, words in FUNCTION_CLASSES.items() for w in words.split()}
    for left, options in rules.items():
        category, _, features = left.partition(":")
        for rule in options:
            words = [s for s in rule.right if s not in rules]
            if category == "V":
                classes = [VERB_CLASSES[features[0]]] + ["particle"] * (len(words) - 1)
            elif category == "N":
                classes = [features.split(".")[0]]
            else:
                own = CATEGORY_CLASSES.get(category)
                classes = [own or named.get(word, "") for word in words]
            for word, name in zip(words, classes, strict=True):
                found.setdefault(word, set()).add(name)
    return {word: " or ".join(sorted(names)) for word, names in found.items()}
