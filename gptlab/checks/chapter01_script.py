"""The check for exercise 1.6: a script of one's own, judged by how it talks."""

from __future__ import annotations

from collections.abc import Callable

from gptlab.checks.core import Case, Exercise, Mistake, function
from gptlab.classic.eliza import Eliza, ElizaTurn
from gptlab.classic.eliza_script import read_script

GUESTS = (
    "I would like a pizza with mushrooms",
    "Do you have any fish?",
    "My soup is cold",
    "The waiter was rude",
    "I would like to pay",
)
STRANGER = "Good evening"

_GOOD = """
(GOOD EVENING. THIS IS THE KITCHEN)
(FISH DLIST(/FOOD)) (PIZZA DLIST(/FOOD)) (SOUP DLIST(/FOOD))
(HAVE 3 ((0 (/FOOD) 0) (THE 2 IS FRESH TODAY) (WE HAVE 2 ON FRIDAYS)) ((0) (NOT TODAY)))
(LIKE 1 ((0 LIKE TO 0) (YOU MAY 4 WHENEVER YOU WANT) (WHY DO YOU WANT TO 4))
        ((0 LIKE 0) (3 WILL TAKE TEN MINUTES) (IS THAT 3 FOR HERE)))
(MY = YOUR 2 ((0 YOUR 0 IS 0) (I AM SORRY THAT YOUR 3 IS 5) (SHALL I CHANGE YOUR 3)))
(WAITER 4 ((0) (THE WAITER IS NEW) (I SHALL TALK TO HIM)))
(NONE ((0) (WHAT MAY I BRING YOU)))
(MEMORY MY (0 YOUR 0 = IS YOUR 3 BETTER NOW) (0 YOUR 0 = AND YOUR 3)
           (0 YOUR 0 = HOW IS YOUR 3 NOW) (0 YOUR 0 = BACK TO YOUR 3))
"""
_END = """
(MY = YOUR)
(NONE ((0) (WHAT MAY I BRING YOU)))
(MEMORY MY (0 = A) (0 = B) (0 = C) (0 = D))
"""
_SILENT = "(GOOD EVENING)" + _END
_DEAF = (
    "(GOOD EVENING)"
    + "".join(
        f"({word} ((0) (I SEE) (INDEED)))" for word in ("LIKE", "HAVE", "SOUP", "WAITER", "PAY")
    )
    + _END
)
_STUBBORN = "".join(
    f"({word} ((0 {word} 0) ({answer})))"
    for word, answer in (
        ("LIKE", "3 WILL TAKE A WHILE"),
        ("HAVE", "LET ME SEE WHETHER 3 IS LEFT"),
        ("SOUP", "WHAT DO YOU MEAN BY 3"),
        ("WAITER", "HE 3"),
        ("PAY", "3 WHAT"),
    )
)


def my_script() -> str:
    """A script that passes."""
    return _GOOD


def turns_of(answer: Callable[[], str]) -> list[ElizaTurn]:
    """What the script says to each guest, every one of them the first of the evening."""
    script = read_script(answer())
    return [Eliza(script).respond(line) for line in GUESTS]


def _echoes(turn: ElizaTurn, script: str) -> bool:
    """True if the answer hands back a word of the guest that the script does not hold itself."""
    own = set(script.upper().replace("(", " ").replace(")", " ").split())
    return bool((set(turn.text.split()) & set(turn.swapped)) - own)


def readable(answer: Callable[[], str]) -> None:
    """It can be read at all; the library says what is wrong otherwise."""
    assert isinstance(answer(), str), "return the script as text"
    read_script(answer())


def answers_everyone(answer: Callable[[], str]) -> None:
    """Each guest's sentence holds a keyword that answers."""
    for turn in turns_of(answer):
        assert turn.source == "keyword", f"{turn.heard!r} was met by a fallback: {turn.text}"


def hands_back(answer: Callable[[], str]) -> None:
    """At least one answer uses a part of the sentence."""
    assert any(_echoes(turn, answer()) for turn in turns_of(answer)), (
        "no answer hands back a word of the guest; use a part number in a reply, as in "
        "((0 LIKE 0) (3 WILL TAKE TEN MINUTES))"
    )


def takes_turns(answer: Callable[[], str]) -> None:
    """The same sentence twice gives two answers, for every guest."""
    readable(answer)  # Eliza(None) would speak as the Listener
    for line in GUESTS:
        eliza = Eliza(answer())
        assert eliza.reply(line) != eliza.reply(line), (
            f"{line!r} gets the same answer twice; give its rule a second reply"
        )


def lets_strangers_be(answer: Callable[[], str]) -> None:
    """A sentence about nothing in the script is left to NONE."""
    readable(answer)
    turn = Eliza(answer()).respond(STRANGER)
    assert turn.source == "none", f"{STRANGER!r} should be left to NONE, not be a keyword's"


def _only_fallback(answer: Callable[[], str]) -> bool:
    return all(turn.source == "none" for turn in turns_of(answer))


def _hears_nothing(answer: Callable[[], str]) -> bool:
    turns = turns_of(answer)
    heard = all(turn.source == "keyword" for turn in turns)
    return heard and not any(_echoes(turn, answer()) for turn in turns)


def _repeats(answer: Callable[[], str]) -> bool:
    elizas = [Eliza(answer()) for _ in GUESTS]
    told = [(e.respond(line), e.respond(line)) for e, line in zip(elizas, GUESTS, strict=True)]
    known = [pair for pair in told if pair[0].source == "keyword"]
    return len(known) == len(GUESTS) and all(a.text == b.text for a, b in known)


def _greedy(answer: Callable[[], str]) -> bool:
    return Eliza(answer()).respond(STRANGER).source == "keyword"


SCRIPT: Exercise = function(
    "1.6",
    "a script of your own",
    right=my_script,
    praise="Your kitchen can talk. It still cannot cook.",
    cases=[
        Case("it can be read", readable, "The message names the line. Count the parentheses."),
        Case("every guest is answered", answers_everyone, "Give each sentence a keyword."),
        Case("it hands words back", hands_back, "A part number in a reply takes over words."),
        Case("replies take turns", takes_turns, "Two replies for each pattern that is used."),
        Case("others are left to NONE", lets_strangers_be, "Choose rarer words as keywords."),
    ],
    mistakes=[
        Mistake(
            "only NONE ever answers",
            lambda: _SILENT,
            "None of the five sentences holds a keyword of yours. Keywords with rules look like "
            "(SOUP ((0) (WHAT IS WRONG WITH IT) (I AM SORRY))).",
            symptom=_only_fallback,
        ),
        Mistake(
            "answers without listening",
            lambda: _DEAF,
            "Every guest gets an answer, and none is made of the guest's own words. Use a pattern "
            "such as (0 LIKE 0) and a part number in its reply.",
            symptom=_hears_nothing,
        ),
        Mistake(
            "the same answer for ever",
            lambda: "(GOOD EVENING)" + _STUBBORN + _END,
            "Whoever repeats a sentence hears the same again. A pattern may have several replies, "
            "which are used in turn: ((0 LIKE 0) (FIRST) (SECOND)).",
            symptom=_repeats,
        ),
        Mistake(
            "a keyword that is in every sentence",
            lambda: _GOOD.replace("(NONE", "(GOOD ((0) (GOOD INDEED) (HOW GOOD))) (NONE"),
            "One of your keywords answers a greeting too. Leave what your script is not about to "
            "NONE.",
            symptom=_greedy,
        ),
    ],
)
