"""The check of exercise 11.5: a beam search over a table of probabilities."""

from __future__ import annotations

import math
from collections.abc import Callable

from gptlab.checks import Mistake, call, function

END = "."


Beginning = tuple[tuple[str, ...], float]  # words so far, log-probability
After = Callable[[tuple[str, ...]], dict[str, float]]


def _grown(going: list[Beginning], after: After, width: int) -> list[Beginning]:
    """The `width` best of all beginnings that are one word longer, best first."""
    grown = [
        ((*words, word), score + math.log(p))
        for words, score in going
        for word, p in after(words).items()
    ]
    return sorted(grown, key=lambda each: -each[1])[:width]


def _best(ended: list[Beginning], alpha: float, uncounted: int = 0) -> tuple[str, ...]:
    return max(ended, key=lambda each: each[1] / (len(each[0]) - uncounted) ** alpha)[0]


def beam(after, width, longest, alpha=0.0, forgetful=False, uncounted=0):
    """The best sentence, a tuple of words with END, that a beam of `width` finds.

    `after(words)` gives the probabilities of the next word. The score is the log-probability over
    (number of words) ** alpha. Two mistakes: `forgetful`, only the newest word's probability
    counts; `uncounted`, so many words are left out of the number.
    """
    going: list[Beginning] = [((), 0.0)]
    ended: list[Beginning] = []
    for _ in range(longest):
        best = _grown([(w, 0.0) for w, _ in going] if forgetful else going, after, width)
        ended += [each for each in best if each[0][-1] == END]
        going = [each for each in best if each[0][-1] != END]
        if not going:
            break
    return _best(ended, alpha, uncounted)


def _greedy(after, width, longest, alpha=0.0):
    return beam(after, 1, longest, alpha)


def _no_length(after, width, longest, alpha=0.0):
    return beam(after, width, longest, 0.0)


def _last_step(after, width, longest, alpha=0.0):
    return beam(after, width, longest, alpha, forgetful=True)


def _first_end(after, width, longest, alpha=0.0):
    going: list[Beginning] = [((), 0.0)]
    for _ in range(longest):
        going = _grown(going, after, width)
        ended = [words for words, _ in going if words[-1] == END]
        if ended:
            return ended[0]
    return going[0][0]


def _each_width(after, width, longest, alpha=0.0):
    going: list[Beginning] = [((), 0.0)]
    ended: list[Beginning] = []
    for _ in range(longest):
        best = [longer for one in going for longer in _grown([one], after, width)]
        ended += [each for each in best if each[0][-1] == END]
        going = [each for each in best if each[0][-1] != END]
    return _best(ended, alpha)


def _of_probabilities(after, width, longest, alpha=0.0):
    going: list[Beginning] = [((), 0.0)]
    ended: list[Beginning] = []
    for _ in range(longest):
        best = _grown(going, after, width)
        ended += [(words, math.exp(score)) for words, score in best if words[-1] == END]
        going = [each for each in best if each[0][-1] != END]
    return _best(ended, alpha)


def _times(after, width, longest, alpha=0.0):
    return beam(after, width, longest, -alpha)


TABLE: dict[tuple[str, ...], dict[str, float]] = {
    (): {"die": 0.6, "der": 0.4},
    ("die",): {"Bank": 0.4, "Frau": 0.3, "Bar": 0.3},
    ("der",): {"Hund": 0.9, "Bus": 0.1},
}


def by_table(words):
    """The chapter's table; after two words the sentence ends."""
    return TABLE.get(tuple(words), {END: 1.0})


LONGER: dict[tuple[str, ...], dict[str, float]] = {
    (): {"ja": 0.5, "er": 0.5},
    ("ja",): {END: 0.7, ",": 0.3},
    ("er",): {"schläft": 0.8, END: 0.2},
    ("er", "schläft"): {"nie": 0.8, END: 0.2},
}


def by_longer_table(words):
    """A short answer, likelier; a long one, likelier for each word."""
    return LONGER.get(tuple(words), {END: 1.0})


LATE: dict[tuple[str, ...], dict[str, float]] = {
    (): {"sie": 0.55, "er": 0.45},
    ("sie",): {END: 0.4, "singt": 0.35, "weint": 0.25},
    ("er",): {"singt": 0.8, "weint": 0.2},
    ("er", "singt"): {"laut": 0.8, END: 0.2},
}


def by_late_table(words):
    """One beginning ends at once, another goes on and is likelier."""
    return LATE.get(tuple(words), {END: 1.0})


CROWDED: dict[tuple[str, ...], dict[str, float]] = {
    (): {"das": 0.6, "es": 0.4},
    ("das",): {"alte": 0.5, "neue": 0.5},
    ("das", "alte"): {"Haus": 0.4, "Bild": 0.35, "Buch": 0.25},
    ("das", "neue"): {"Haus": 0.45, "Bild": 0.3, "Buch": 0.25},
    ("es",): {"regnet": 0.7, "schneit": 0.3},
}


def by_crowded_table(words):
    """The likeliest sentence begins with a word whose continuations a narrow beam drops."""
    return CROWDED.get(tuple(words), {END: 1.0})


SURE: dict[tuple[str, ...], dict[str, float]] = {
    (): {"wir": 0.6, "nein": 0.4},
    ("nein",): {END: 0.75, ",": 0.25},
    ("wir",): {"kommen": 0.95, END: 0.05},
    ("wir", "kommen"): {"heute": 0.97, END: 0.03},
}


def by_sure_table(words):
    """A long sentence that is likelier than a short one, even as it stands."""
    return SURE.get(tuple(words), {END: 1.0})


NEAR: dict[tuple[str, ...], dict[str, float]] = {
    (): {"gut": 0.6, "sehr": 0.4},
    ("gut",): {END: 0.62, ",": 0.2, "!": 0.18},
    ("sehr",): {"gut": 0.55, "schön": 0.45},
}


def by_near_table(words):
    """Two sentences so near each other that it matters whether the end counts as a word."""
    return NEAR.get(tuple(words), {END: 1.0})


BEAM = function(
    "11.5",
    "a beam of your own",
    right=beam,
    cases=[
        call(
            "the table of the chapter, width 2", by_table, 2, 5,
            hint="der Hund . has 0.36, and both beginnings stay in a beam of 2.",
        ),
        call("width 1 is greedy", by_table, 1, 5, hint="Greedy begins with die."),
        call(
            "a sentence that ends early is not always the best", by_late_table, 2, 5,
            hint="sie . has 0.22 and has ended; er singt laut . has 0.29 and ends two words later.",
        ),
        call(
            "no length normalisation", by_longer_table, 3, 6,
            hint="α is 0: the likeliest sentence is ja . with 0.35; er schläft nie . has 0.32.",
        ),
        call(
            "likelier, and longer", by_late_table, 2, 5, 1.0,
            hint="er singt laut . is likelier than sie . and longer: it wins with any α.",
        ),
        call(
            "length normalisation", by_longer_table, 3, 6, 1.0,
            hint="With α = 1 a score is the mean log-probability of a word.",
        ),
        call(
            "the width is that of the whole beam", by_crowded_table, 2, 5,
            hint="das alte and das neue (0.30 each) fill a beam of 2, so es regnet (0.28) is lost.",
        ),
        call(
            "a long sentence that is likelier", by_sure_table, 2, 5, 1.0,
            hint="wir kommen heute . has 0.55 and nein . 0.30: the longer one wins with any α.",
        ),
        call(
            "no more than `longest` words", by_longer_table, 3, 3, 1.0,
            hint="er schläft nie . has four words with its end; with longest = 3 it is not found.",
        ),
        call(
            "as many as `longest` words", by_longer_table, 3, 4, 1.0,
            hint="er schläft nie . has just the four words that longest = 4 allows.",
        ),
        call(
            "the end is a word too", by_near_table, 3, 5, 1.0,
            hint="gut . has two words: ln 0.372 / 2 = −0.49; sehr gut . has ln 0.22 / 3 = −0.50.",
        ),
    ],
    mistakes=[
        Mistake(
            "greedy",
            _greedy,
            "That is what a beam of 1 finds. Keep the `width` best beginnings, and continue them "
            "all.",
        ),
        Mistake(
            "no length normalisation",
            _no_length,
            "At the end, divide each log-probability by (number of words) ** alpha before you "
            "compare.",
        ),
        Mistake(
            "the first to end wins",
            _first_end,
            "You stopped at the first sentence that ended. Others in the beam may end later and "
            "have the better score.",
        ),
        Mistake(
            "only the newest word counts",
            _last_step,
            "A beginning's score is the sum of the log-probabilities of all its words.",
        ),
        Mistake(
            "the width for each beginning",
            _each_width,
            "You keep `width` continuations of every beginning, so the beam grows from step to "
            "step. Collect the continuations of all beginnings first, then keep `width` of them.",
        ),
        Mistake(
            "probabilities divided by the length",
            _of_probabilities,
            "You divided the probability, not its logarithm: that makes long sentences lose even "
            "more. The logarithm is negative, and divided by the length it comes nearer to 0.",
        ),
        Mistake(
            "one step too many",
            lambda after, width, longest, alpha=0.0: beam(after, width, longest + 1, alpha),
            "You take a step more than `longest`: a sentence may have so many words, its end "
            "among them.",
        ),
        Mistake(
            "one step too few",
            lambda after, width, longest, alpha=0.0: beam(after, width, longest - 1, alpha),
            "You stop a step early: range(longest) makes as many steps as are allowed.",
        ),
        Mistake(
            "the end is not counted",
            lambda after, width, longest, alpha=0.0: beam(
                after, width, longest, alpha, uncounted=1
            ),
            'The number of words includes the end, ".": you divided by one word too few.',
        ),
        Mistake(
            "multiplied by the length",
            _times,
            "Log-probabilities are negative: times the length, long sentences lose even more. "
            "Divide.",
        ),
    ],
)  # fmt: skip
