"""The check of exercise 1.3: a pattern of words and numbers takes a sentence apart."""

from __future__ import annotations

from gptlab.checks import Mistake, call, function


def take_apart(pattern, words):
    """One list of words for each piece of the pattern; None if it does not fit."""
    if not pattern:
        return None if words else []
    piece = pattern[0]
    size = piece if isinstance(piece, int) else 1
    for n in range(len(words) + 1) if piece == 0 else [size]:
        here = words[:n]
        if len(here) < n or (isinstance(piece, str) and here != [piece]):
            continue
        rest = take_apart(pattern[1:], words[n:])
        if rest is not None:
            return [here, *rest]
    return None


def _variant(zeros, counts, anchored=True):
    """`take_apart` with other lengths for a 0 and for a number, perhaps open at the end."""

    def variant(pattern, words):
        if not pattern:
            return None if words and anchored else []
        piece = pattern[0]
        many = len(words)
        some = [1] if isinstance(piece, str) else counts(piece, many)
        for n in zeros(many) if piece == 0 else some:
            here = words[:n]
            if len(here) < n or (isinstance(piece, str) and here != [piece]):
                continue
            rest = variant(pattern[1:], words[n:])
            if rest is not None:
                return [here, *rest]
        return None

    return variant


def _without_a_second_try(pattern, words):
    found, at = [], 0
    for i, piece in enumerate(pattern):
        following = pattern[i + 1] if i + 1 < len(pattern) else None
        if piece != 0:
            end = at + (piece if isinstance(piece, int) else 1)
        elif isinstance(following, str):
            end = words.index(following, at) if following in words[at:] else len(words)
        else:
            end = len(words) - (following or 0)
        if end > len(words) or (isinstance(piece, str) and words[at:end] != [piece]):
            return None
        found.append(words[at:end])
        at = end
    return found if at == len(words) else None


def _gives_up(answer):
    """True if it can cut at the only YOU, and not at the second where the first does not fit."""
    able = answer([0, "YOU", 0], ["YOU", "LISTEN"]) is not None
    return able and answer([0, "YOU", "LISTEN"], ["YOU", "AND", "YOU", "LISTEN"]) is None


def _empty_is_false(pattern, words):
    return None  # the innermost call returns [], which counts as false, and so do all around it


def _few(many):
    return range(many + 1)


def _exact(piece, many):
    return [piece]


_YOU_ME = ["IT", "SEEMS", "THAT", "YOU", "HATE", "ME"]
_TWICE = ["YOU", "SAY", "THAT", "YOU", "HATE", "ME"]

TAKE_APART = function(
    "1.3",
    "patterns with numbers",
    right=take_apart,
    praise="That is the pattern matching of 1966, numbers and all.",
    cases=[
        call(
            "the example of the paper",
            [0, "YOU", 0, "ME"],
            _YOU_ME,
            hint="One list for each of the four pieces, in order.",
        ),
        call("a 0 may take nothing", [0, "YOU", 0], ["YOU"], hint="[[], ['YOU'], []]"),
        call(
            "a 0 takes as few words as it can",
            [0, "YOU", 0],
            _TWICE,
            hint="Two cuts fit. Which one does a loop find that tries 0 words first?",
        ),
        call(
            "a number takes exactly so many words",
            [0, "THAT", 2, "ME"],
            _YOU_ME,
            hint="2 stands for two words, whatever they are.",
        ),
        call(
            "a number with too few words does not fit",
            ["YOU", 3],
            ["YOU", "HATE", "ME"],
            hint="words[:3] of a list of two is a list of two. Check its length.",
        ),
        call("and not more", ["YOU", 1], ["YOU", "HATE", "ME"], hint="1 stands for one word."),
        call(
            "words left over do not fit",
            ["YOU", "HATE"],
            ["YOU", "HATE", "ME"],
            hint="When the pattern is used up, the words must be, too; else return None.",
        ),
        call(
            "a 0 before a number",
            [0, 1],
            ["I", "AM", "SAD"],
            hint="The last word is for the 1, so the 0 takes the two before it.",
        ),
        call(
            "the first YOU leads nowhere",
            [0, "YOU", "DON'T", 0],
            ["I'M", "SURE", "YOU", "KNOW", "YOU", "DON'T", "LISTEN"],
            hint="A cut at the first YOU fails, since DON'T does not follow. Then the next one is "
            "tried. A word is whatever stands in the list, apostrophe and all.",
        ),
        call("an empty sentence", [0], [], hint="A 0 may take nothing: [[]]."),
    ],
    mistakes=[
        Mistake(
            "a 0 takes as many words as it can",
            _variant(lambda many: range(many, -1, -1), _exact),
            "Your loop tries long parts first. ELIZA's 0 takes as few words as it can: count up.",
        ),
        Mistake(
            "a 0 takes at least one word",
            _variant(lambda many: range(1, many + 1), _exact),
            "A 0 may also stand for no word at all; start the range at 0.",
        ),
        Mistake(
            "the end of the sentence is not checked",
            _variant(_few, _exact, anchored=False),
            "With the pattern used up and words left over, it does not fit: return None.",
        ),
        Mistake(
            "a number takes up to so many words",
            _variant(_few, lambda piece, many: range(min(piece, many) + 1)),
            "3 stands for exactly three words, not for three or fewer.",
        ),
        Mistake(
            "every number is treated as 0",
            _variant(_few, lambda piece, many: range(many + 1)),
            "Only 0 stands for any number of words. 2 stands for two.",
        ),
        Mistake(
            "no second try",
            _without_a_second_try,
            "Your 0 ends at the first place where the next word of the pattern stands, and stays "
            "there. If the rest does not fit from there, try the next place.",
            symptom=_gives_up,
        ),
        Mistake(
            "nothing ever fits",
            _empty_is_false,
            "Every call returns None. Is the `return` missing? Or do you ask `if rest:`? The rest "
            "of a pattern that is used up is [], which counts as false: ask `rest is not None`.",
        ),
    ],
)
