"""The check of exercise 11.5: a beam search over a table of probabilities."""

from __future__ import annotations

import math
from collections.abc import Callable

from gptlab.checks import Mistake, call, function
from gptlab.checks.chapter11_tables import (
    END,
    by_crowded_table,
    by_dropped_table,
    by_late_table,
    by_longer_table,
    by_near_table,
    by_penalty_table,
    by_room_table,
    by_short_table,
    by_sure_table,
    by_table,
)

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


def _wu(after, width, longest, alpha=0.0):
    """The chapter's length penalty in place of the exercise's."""
    ended = _ended(after, width, longest)
    return max(ended, key=lambda each: each[1] / ((5 + len(each[0])) / 6) ** alpha)[0]


def _alpha_times(after, width, longest, alpha=0.0):
    ended = _ended(after, width, longest)
    return max(ended, key=lambda each: each[1] / (alpha * len(each[0]) if alpha else 1))[0]


def _added(after, width, longest, alpha=0.0):
    ended = _ended(after, width, longest)
    return max(ended, key=lambda each: each[1] + alpha * len(each[0]))[0]


def _ended(after: After, width: int, longest: int, fill: bool = False) -> list[Beginning]:
    """All that have ended; with `fill` those that end do not use up places in the beam."""
    going: list[Beginning] = [((), 0.0)]
    ended: list[Beginning] = []
    for _ in range(longest):
        grown = _grown(going, after, 1000 if fill else width)
        ended += [each for each in grown if each[0][-1] == END]
        going = [each for each in grown if each[0][-1] != END][:width]
    return ended


def _filled(after, width, longest, alpha=0.0):
    return _best(_ended(after, width, longest, fill=True), alpha)


def _kept(after, width, longest, alpha=0.0):
    """Those that have ended stay in the beam and compete, as in the library's search."""
    beginnings: list[Beginning] = [((), 0.0)]
    for _ in range(longest):
        ended = [each for each in beginnings if each[0][-1:] == (END,)]
        going = [each for each in beginnings if each[0][-1:] != (END,)]
        both = ended + _grown(going, after, width)
        beginnings = sorted(both, key=lambda each: -each[1])[:width]
    return _best([each for each in beginnings if each[0][-1] == END], alpha)


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
        call(
            "a place that becomes free", by_room_table, 2, 6, 1.0,
            hint="hier . (0.42) ends at the second word and leaves the beam; the next step again "
            "keeps two: da ist er and da ist sie.",
        ),
        call(
            "a sentence that ends outside of the beam", by_dropped_table, 2, 6,
            hint="After two words the best two are so ist (0.33) and nun kommt (0.27); so . (0.22) "
            "is the third, and gone.",
        ),
        call(
            "α = 1, two words against five", by_penalty_table, 3, 6, 1.0,
            hint="nun . has ln 0.384 / 2 = −0.48, ob es bald regnet . has ln 0.2048 / 5 = −0.32.",
        ),
        call(
            "a short sentence that is nearly sure", by_short_table, 3, 6, 1.0,
            hint="ja . has ln 0.81 / 2 = −0.11, er sah sie nie mehr . has ln 0.041 / 6 = −0.53.",
        ),
        call(
            "α = 0.5", by_penalty_table, 3, 6, 0.5,
            hint="nun . has ln 0.384 / √2 = −0.68, ob es bald regnet . has ln 0.2048 / √5 = −0.71.",
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
            "ended sentences keep their place in the beam",
            _kept,
            "Those that have ended leave the beam, and the next step keeps `width` new "
            "beginnings, no fewer. "
            "(In the library's search they stay and compete; the exercise asks for the other "
            "rule.)",
        ),
        Mistake(
            "ended sentences are remembered from outside of the beam",
            _filled,
            "You remember every sentence that ends, or fill the beam up after taking them out. "
            "First keep the `width` best of all, then look which of these have ended.",
        ),
        Mistake(
            "the chapter's length penalty",
            _wu,
            "((5 + n) / 6) ** alpha is the chapter's. Here the number is n ** alpha.",
        ),
        Mistake(
            "α times the length",
            _alpha_times,
            "You divided by alpha · n. The length is taken to the power of alpha: n ** alpha.",
        ),
        Mistake(
            "α times the length is added",
            _added,
            "A reward for each word is another remedy. Here the log-probability is divided by "
            "n ** alpha.",
        ),
        Mistake(
            "multiplied by the length",
            _times,
            "Log-probabilities are negative: times the length, long sentences lose even more. "
            "Divide.",
        ),
    ],
)  # fmt: skip
