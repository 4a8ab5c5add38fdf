"""Checks for chapter 08, Tokens; byte-pair encoding itself has a file of its own."""

from __future__ import annotations

import functools

from gptlab.checks import Mistake, call, choice, function, number
from gptlab.checks.chapter08_apply import APPLY
from gptlab.checks.chapter08_bpe import COUNT, MERGE
from gptlab.text.same_sentences import SAME_SENTENCES

READING = choice(
    "8.1",
    "which tokens?",
    right="B",
    why="l+o, then w+e, because it was learned before lo+w. After that the w is gone, and so is "
    "the e: neither low nor es can be made any more.",
    wrong={
        "A": "low and est are both in the vocabulary, and they are what a person would choose. But "
        "merges are applied in the order of learning: w+e comes second, before lo+w.",
        "C": "Nobody has learned s+t. est is made from es and t, and es needs the e that merge 2 "
        "has taken.",
        "D": "That lowest was never seen does not matter. Byte-pair encoding has no list of words: "
        "merges apply to anything.",
    },
)


@functools.cache
def _counts() -> dict[str, tuple[int, int, int, int]]:
    """Tokens, words, characters and bytes of the English and the Finnish sentences."""
    from gptlab.text.corpora import wikipedia
    from gptlab.text.tokenizers import BPETokenizer

    texts = [document.text for document in wikipedia().train]
    tokenizer = BPETokenizer.train(texts, vocab_size=1024)
    return {
        language: (len(tokenizer.encode(text)), len(text.split()), len(text), len(text.encode()))
        for language, text in SAME_SENTENCES.items()
        if language in ("English", "Finnish")
    }


def _ratio(per: int | None = None) -> float:
    """Finnish tokens over English tokens, each divided by what `per` counts."""
    finnish, english = _counts()["Finnish"], _counts()["English"]
    if per is None:
        return finnish[0] / english[0]
    return (finnish[0] / finnish[per]) / (english[0] / english[per])


PRICE = number(
    "8.5",
    "the price of Finnish",
    right=_ratio,
    unit="times English",
    tolerance=0.004,
    hint="Encode both texts whole, and divide the number of Finnish tokens by the English one.",
    praise="With so small a vocabulary English is cut into small pieces too, so the distance is "
    "less than GPT-2's.",
    mistakes=[
        Mistake(
            "tokens per word",
            lambda: _ratio(1),
            "That compares tokens *per word*, and Finnish says the same in fewer, longer words. "
            "The question is what the whole text costs.",
        ),
        Mistake(
            "tokens per character",
            lambda: _ratio(2),
            "You have divided by the characters of each text. The question is what the whole text "
            "costs, however long it is.",
        ),
        Mistake(
            "tokens per byte",
            lambda: _ratio(3),
            "You have divided by the bytes of each text. The question is what the whole text "
            "costs, however long it is.",
        ),
        Mistake(
            "upside down",
            lambda: 1 / _ratio(),
            "That is English over Finnish.",
        ),
        Mistake(
            "bytes, not tokens",
            lambda: _counts()["Finnish"][3] / _counts()["English"][3],
            "That compares the bytes of the two texts. Encode them first.",
        ),
        Mistake(
            "in percent",
            lambda: 100 * _ratio(),
            "Give the factor itself: twice as many tokens would be 2.",
        ),
        Mistake(
            "how many more",
            lambda: _ratio() - 1,
            "That is the share by which Finnish needs *more*. How many *times* as many are they?",
        ),
        Mistake(
            "the number of tokens",
            lambda: _counts()["Finnish"][0],
            "That is the Finnish count. Divide it by the English one.",
        ),
    ],
)


def group_digits(digits):
    """Digits in groups of three, counted from the right."""
    first = len(digits) % 3
    head = [digits[:first]] if first else []
    return head + [digits[i : i + 3] for i in range(first, len(digits), 3)]


def _from_left(digits):
    return [digits[i : i + 3] for i in range(0, len(digits), 3)]


def _padded(digits):
    return _from_left(digits.zfill(-(-len(digits) // 3) * 3))


GROUPS = function(
    "8.6",
    "digits in groups of three",
    right=group_digits,
    praise="Now the last group is always ones, tens and hundreds, the one before it thousands.",
    cases=[
        call("seven digits", "1234567", hint="As people write it: 1,234,567."),
        call("six digits", "123456", hint="Two whole groups and nothing over."),
        call("two digits", "42", hint="Fewer than three digits are one group."),
        call("zeros inside", "1000005", hint="Digits are text here: 005 keeps its zeros."),
        call("a zero in front", "0071", hint="Digits are text here: nothing is dropped."),
        call("no digits", "", hint="No digits, no groups: an empty list."),
    ],
    mistakes=[
        Mistake(
            "counted from the left",
            _from_left,
            "So GPT-2's cousins cut, and the place of a digit depends on how many follow. Begin at "
            "the right: 1, 234, 567.",
        ),
        Mistake(
            "the groups in reverse order",
            lambda digits: group_digits(digits)[::-1],
            "The groups are right, but they come out last first.",
        ),
        Mistake(
            "the digits in reverse order",
            lambda digits: _from_left(digits[::-1])[::-1],
            "You have turned the number round and not back again: each group reads backwards.",
        ),
        Mistake(
            "filled up with zeros",
            _padded,
            "0, 0, 1 is another text than 1: what is decoded must be what was encoded.",
        ),
        Mistake(
            "an empty group in front",
            lambda digits: (
                [digits[: len(digits) % 3], *group_digits(digits)]
                if len(digits) % 3 == 0
                else group_digits(digits)
            ),
            "Where the length is a multiple of three, there is no shorter group: leave the empty "
            "one out.",
        ),
        Mistake(
            "zeros in front are lost",
            lambda digits: [str(int(group)) for group in group_digits(digits)],
            "Do not turn the groups into numbers: 005 would become 5.",
        ),
        Mistake(
            "numbers, not texts",
            lambda digits: [int(group) for group in group_digits(digits)],
            "The groups must join to the digits again, so they are texts: '005', not 5.",
        ),
        Mistake(
            "the shorter group is lost",
            lambda digits: [digits[i : i + 3] for i in range(len(digits) % 3, len(digits), 3)],
            "Where the length is no multiple of three, the first one or two digits are a group "
            "as well.",
        ),
        Mistake(
            "every digit alone",
            lambda digits: list(digits),
            "That is how LLaMA cuts. Here three digits share a token.",
        ),
    ],
)

EXERCISES = (READING, COUNT, MERGE, APPLY, PRICE, GROUPS)
