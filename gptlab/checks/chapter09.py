"""Checks for chapter 09, The first neural language model; the longer ones have their own files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gptlab.checks import Case, Mistake, call, function, number
from gptlab.checks.chapter09_gradients import GRADIENTS
from gptlab.checks.chapter09_loop import LOOP
from gptlab.checks.chapter09_open import SEEDS, WINDOWS

# Bengio et al. 2003, section 3.2: the network for AP News, with direct connections
V, N, M, H = 17_964, 6, 100, 60

COUNT = number(
    "9.1",
    "the parameters of the network for AP News",
    right=V * (1 + N * M + H) + H * (1 + (N - 1) * M),
    unit="parameters",
    tolerance=1e-6,
    hint="Five tables and two biases: C, H and d, U and b, W. Write down the shape of each; only C "
    "has a row of m numbers for a word, H and W see n − 1 words at once.",
    praise="11.9 million, of which 30,060 belong to the hidden layer. The rest grows with the "
    "vocabulary.",
    mistakes=[
        Mistake(
            "without the direct connections",
            V * (1 + M + H) + H * (1 + (N - 1) * M),
            "This network has direct connections: W, with a weight from each of the (n − 1) m "
            "numbers to each word of the vocabulary.",
        ),
        Mistake(
            "a window of n words",
            V * (1 + M + N * M + H) + H * (1 + N * M),
            "A model of order n sees n − 1 words; the nth is the one that it guesses.",
        ),
        Mistake(
            "without the word vectors",
            V * (1 + (N - 1) * M + H) + H * (1 + (N - 1) * M),
            "The vectors are parameters as well, learned like the others: C has V × m numbers.",
        ),
        Mistake(
            "a table of vectors for each place",
            V * (1 + (N - 1) * M + (N - 1) * M + H) + H * (1 + (N - 1) * M),
            "All places of the window look into the same table C. That is what lets a word mean "
            "the same wherever it stands.",
        ),
        Mistake(
            "without the biases",
            V * (N * M + H) + H * (N - 1) * M,
            "Two biases are missing: b has a number for each word, d one for each hidden unit.",
        ),
        Mistake(
            "without the bias of the hidden layer",
            V * (1 + N * M + H) + H * (N - 1) * M,
            "d is missing: a number for each hidden unit.",
        ),
        Mistake(
            "without the bias of the output",
            V * (N * M + H) + H * (1 + (N - 1) * M),
            "b is missing: a number for each word.",
        ),
        Mistake(
            "with a begin symbol",
            V * (1 + N * M + H) + H * (1 + (N - 1) * M) + M,
            "That is the library's count: it has one vector more, for begin. The authors' C has V "
            "rows.",
        ),
        Mistake(
            "the output layer alone",
            V * (1 + (N - 1) * M + H),
            "That is U, W and b, where nearly all of the work is done. C, H and d belong to the "
            "model too.",
        ),
    ],
)


def _listed(*args: Any, hint: str) -> Case:
    """A call whose result may as well be an array or a tensor of the same numbers."""
    label, *given = args
    case = call(label, *given, hint=hint)

    def observe(answer: Callable[..., Any]) -> Any:
        found = case.function(answer)
        return found.tolist() if hasattr(found, "tolist") else found

    return Case(label, observe, hint)


def windows(tokens, order, begin):
    """For each place, the order − 1 tokens before it, the oldest first."""
    padded = [begin] * (order - 1) + list(tokens)
    return [padded[i : i + order - 1] for i in range(len(tokens))]


def _short(tokens, order, begin):
    return [list(tokens[max(0, i - order + 1) : i]) for i in range(len(tokens))]


WINDOW = function(
    "9.2",
    "what the model sees",
    right=windows,
    praise="n − 1 tokens for each place, and never the one that is to be guessed.",
    cases=[
        _listed("order 3", [5, 6, 7], 3, 9, hint="Before 5: begin, begin; before 6: begin, 5."),
        _listed("order 2", [5, 6, 7], 2, 9, hint="Of order 2, each place sees one token."),
        _listed("order 5", [1, 2, 3, 4, 5, 6], 5, 0, hint="Four tokens for each of six places."),
        _listed("shorter than the window", [8], 4, 0, hint="One place, and three times begin."),
        _listed("an empty text", [], 3, 9, hint="No place, no window: an empty list."),
    ],
    mistakes=[
        Mistake(
            "it sees the word that it should guess",
            lambda tokens, order, begin: [
                ([begin] * (order - 2) + list(tokens))[i : i + order - 1]
                for i in range(len(tokens))
            ],
            "The last token of each window is the one that stands at that place: a leak. The "
            "window of place i ends with token i − 1.",
        ),
        Mistake(
            "order tokens instead of order − 1",
            lambda tokens, order, begin: [
                ([begin] * order + list(tokens))[i : i + order] for i in range(len(tokens))
            ],
            "A model of order n is named after the n-gram, the guessed word included: it sees "
            "n − 1.",
        ),
        Mistake(
            "the newest first",
            lambda tokens, order, begin: [w[::-1] for w in windows(tokens, order, begin)],
            "The tokens are in the paper's order, the last one first. Here the oldest comes first; "
            "each column of H belongs to one place, so the order must be agreed on.",
        ),
        Mistake("short windows at the start", _short,
            "The first windows have too few tokens. The matrix H wants the same number always: "
            "fill up with `begin` on the left.",
        ),
        Mistake(
            "filled up on the right",
            lambda tokens, order, begin: [
                w + [begin] * (order - 1 - len(w)) for w in _short(tokens, order, begin)
            ],
            "`begin` stands before the text, so it goes to the left; the newest token stays last.",
        ),
        Mistake(
            "windows of the padded text, all of them",
            lambda tokens, order, begin: [
                ([begin] * (order - 1) + list(tokens))[i : i + order - 1]
                for i in range(len(tokens) + 1)
            ],
            "One window too many: the last has no token behind it to guess. There is one for each "
            "token.",
        ),
    ],
)  # fmt: skip


def stop_at(losses, patience):
    """(look at which to stop, look with the best loss so far); looks are counted from 0."""
    best = 0
    for look, loss in enumerate(losses):
        if loss < losses[best]:
            best = look
        if look - best >= patience:
            return look, best
    return len(losses) - 1, best


def _first_rise(losses, patience):
    for look in range(1, len(losses)):
        if losses[look] > losses[look - 1]:
            return look, look - 1
    return len(losses) - 1, min(range(len(losses)), key=losses.__getitem__)


def _rises_in_a_row(losses, patience):
    best, rises = 0, 0
    for look, loss in enumerate(losses):
        rises = rises + 1 if look and loss > losses[look - 1] else 0
        best = look if loss < losses[best] else best
        if rises >= patience:
            return look, best
    return len(losses) - 1, best


def _never_reset(losses, patience):
    best, worse = 0, 0
    for look, loss in enumerate(losses):
        if loss < losses[best] or look == 0:
            best = look
        else:
            worse += 1
        if worse >= patience:
            return look, best
    return len(losses) - 1, best


def _equal_is_better(losses, patience):
    best = 0
    for look, loss in enumerate(losses):
        if loss <= losses[best]:
            best = look
        if look - best >= patience:
            return look, best
    return len(losses) - 1, best


_NOISY = [5.0, 4.2, 4.4, 4.0, 3.9, 4.1, 4.05, 3.95, 4.3, 3.0]

STOPPING = function(
    "9.5",
    "early stopping",
    right=stop_at,
    praise="It waits out a bump, stops when the best is long ago, and hands back the best.",
    cases=[
        _listed("a clear valley", [3.0, 2.0, 1.0, 2.0, 3.0, 4.0], 2,
             hint="The best is look 2. Two looks later nothing is better: stop at 4."),
        _listed("bumps on the way down", _NOISY, 3,
             hint="A rise for one look is noise. The best is look 4; at look 7 it is three looks "
             "old. What comes after is never seen."),
        _listed("patience for more", _NOISY, 6, hint="With more patience look 9 is reached."),
        _listed("never better than the first", [1.0, 1.5, 1.2, 1.4], 2, hint="The best is look 0."),
        _listed("falling to the end", [4.0, 3.0, 2.0], 2, hint="Nothing to stop: the last look."),
        _listed("equal is not better", [2.0, 2.0, 2.0, 1.0], 2,
             hint="A loss that is only equal to the best has not improved on it."),
    ],
    mistakes=[
        Mistake("stops at the first rise", _first_rise,
            "The validation loss wobbles. Count how long ago the best look is, and stop when that "
            "reaches `patience`."),
        Mistake("counts rises in a row", _rises_in_a_row,
            "One small dip sets your count back to zero, though it is no new best. Compare with "
            "the best look, not with the last one."),
        Mistake("knows the future",
            lambda losses, patience: (
                stop_at(losses, patience)[0],
                min(range(len(losses)), key=losses.__getitem__),
            ),
            "Your best is that of the whole list, also of looks after the stop. A run that has "
            "stopped never sees them."),
        Mistake("hands back the last weights",
            lambda losses, patience: (stop_at(losses, patience)[0],) * 2,
            "You return the look at which it stopped as the best. That one was worse: that is why "
            "it stopped."),
        Mistake("one look too many",
            lambda losses, patience: stop_at(losses, patience + 1),
            "When the best is `patience` looks old it is time to stop, not one look later."),
        Mistake("counts all looks that were no better", _never_reset,
            "Your count goes on through a new best. Patience begins anew there: count looks since "
            "the best one."),
        Mistake("equal counts as better", _equal_is_better,
            "A loss equal to the best is no improvement: <, not <=."),
        Mistake("looks counted from 1",
            lambda losses, patience: tuple(look + 1 for look in stop_at(losses, patience)),
            "The first look is look 0, as in a list."),
        Mistake("the losses instead of the looks",
            lambda losses, patience: tuple(losses[look] for look in stop_at(losses, patience)),
            "Return the numbers of the two looks, counted from 0, not their losses."),
    ],
)  # fmt: skip

EXERCISES = (COUNT, WINDOW, GRADIENTS, LOOP, STOPPING, SEEDS, WINDOWS)
