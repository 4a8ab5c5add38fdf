"""Checks for chapter 18, From numbers back to words; the longer ones have files of their own."""

from __future__ import annotations

import math

import torch

from gptlab.checks import Case, Mistake, call, choice, function, number
from gptlab.checks.chapter18_cache import CACHE
from gptlab.checks.chapter18_measured import MEASURED
from gptlab.checks.chapter18_speculative import SPECULATIVE

WHICH = choice(
    "18.1",
    "which rule was it?",
    right="B",
    why="0.40 and 0.70 do not reach 0.8, 0.90 does; the word that crosses the line stays. Then all "
    "three are divided by 0.9.",
    wrong={
        "A": "Top-k 2 would leave two words. Three are left here.",
        "C": "The best two reach 0.70 exactly; top-p 0.7 needs no third.",
        "D": "A temperature never takes a word away: the last one would keep a share.",
    },
)

_LAYERS, _WIDTH, _PLACES, _READERS = 48, 1600, 1024, 8
_BYTES = 2 * _LAYERS * _WIDTH * _PLACES * _READERS * 2

MEMORY = number(
    "18.2",
    "a cache for eight readers",
    right=_BYTES / 1e9,
    unit="gigabytes",
    tolerance=0.01,
    hint="For each reader, each place and each layer there is one key and one value, of d numbers "
    "each (all heads together), of two bytes each. A gigabyte is 10⁹ bytes.",
    praise="Not far from the 3.1 GB of the weights themselves: with many readers the cache is what "
    "fills the memory.",
    mistakes=[
        Mistake("only the keys", _BYTES / 2e9,
            "Each place keeps a key and a value: two vectors of d numbers."),
        Mistake("one reader", _BYTES / 8e9,
            "Every reader has a text of their own, and so a cache of their own: times eight."),
        Mistake("four bytes a number", _BYTES * 2 / 1e9,
            "In 16 bits a number takes two bytes."),
        Mistake("times the heads", _BYTES * 25 / 1e9,
            "The 25 heads share the 1,600 numbers: each has 64. Do not count them again."),
        Mistake("gibibytes", _BYTES / 2**30,
            "You divided by 2³⁰. Here a gigabyte is 10⁹ bytes."),
        Mistake("bits, not bytes", _BYTES * 8 / 1e9,
            "That counts bits: 16 to a number. A byte has 8 of them."),
        Mistake("queries as well", _BYTES * 1.5 / 1e9,
            "A query is used once, for its own position, and forgotten. Keys and values are kept."),
        Mistake("one token", _BYTES / 1024e9,
            "That is one place of each text. A full context has 1,024 of them."),
        Mistake("megabytes", _BYTES / 1e6,
            "A million bytes are a megabyte. A gigabyte is 10⁹ bytes."),
        Mistake("one layer", _BYTES / 48e9,
            "Every layer keeps keys and values of its own: times 48."),
    ],
)  # fmt: skip


def with_temperature(logits, temperature):
    """Probabilities of each row after dividing by the temperature; 0 is greedy."""
    if temperature == 0:
        best = logits.argmax(dim=-1, keepdim=True)
        return torch.zeros_like(logits).scatter(-1, best, 1.0)
    return (logits / temperature).softmax(dim=-1)


def _never_zero(rule):
    """The same, with the right answer for temperature 0, so that only `rule` is at fault."""
    return lambda z, t: with_temperature(z, 0) if t == 0 else rule(z, t)


_ROWS = torch.tensor([[2.0, 1.0, 0.0, -3.0], [0.5, -0.5, 4.0, 3.0]])


def _at_zero(answer):
    """What comes back for temperature 0; ones and zeros may be whole numbers, as of `one_hot`."""
    rows = _ROWS.clone()
    found = answer(rows, 0)
    assert torch.equal(rows, _ROWS), "it changes its input in place; work on a copy"
    return found.float() if isinstance(found, torch.Tensor) else found


TEMPERATURE = function(
    "18.3",
    "temperature",
    right=with_temperature,
    praise="One division, and one case of its own, because nothing can be divided by zero.",
    cases=[
        call("a low temperature", _ROWS, 0.5,
             hint="Divide the logits by 0.5, then the softmax of each row."),
        call("a high temperature", _ROWS, 2.0, hint="All shares move together, none becomes 0."),
        call("temperature 1", _ROWS, 1.0, hint="Temperature 1 is the softmax, nothing else."),
        Case("temperature 0", _at_zero,
             "Greedy: probability 1 for the best token of each row, 0 for the others."),
        call("one row alone", torch.tensor([[1.0, 3.0]]), 0.7, hint="(batch, vocab), batch 1."),
    ],
    mistakes=[
        Mistake("it multiplies", _never_zero(lambda z, t: (z * t).softmax(dim=-1)),
            "You multiply by the temperature: 0.5 makes the choice more even, and it should make "
            "it sharper. Divide."),
        Mistake("it divides the probabilities",
            _never_zero(lambda z, t: z.softmax(-1) / t / (z.softmax(-1) / t).sum(-1, True)),
            "Probabilities divided by the same number and scaled to one again are what they were. "
            "The temperature belongs under the logits, before the softmax."),
        Mistake("the rows are mixed", _never_zero(lambda z, t: (z / t).softmax(dim=0)),
            "Your columns sum to one. Each row is a text of its own: softmax over dim=-1."),
        Mistake("logits, no probabilities", _never_zero(lambda z, t: z / t),
            "Those are still logits. The softmax makes them probabilities."),
        Mistake("nothing for temperature 0",
            lambda z, t: (z / t).softmax(dim=-1),
            "Division by zero gives infinities, and their softmax is not a number. Temperature 0 "
            "means greedy: all on the best one."),
        Mistake("the best token's number", lambda z, t: with_temperature(z, t) if t
            else z.argmax(dim=-1),
            "For temperature 0 you return which token is best. Return probabilities: 1 for that "
            "token, 0 for the others."),
        Mistake("not divided by the sum", _never_zero(lambda z, t: (z / t).exp()),
            "e to the logits is not yet a probability: divide each row by its sum."),
        Mistake("greedy is temperature 1",
            lambda z, t: (z / (t or 1.0)).softmax(dim=-1),
            "Your temperature 0 is the plain softmax. The colder, the sharper: 0 is the sharpest."),
        Mistake("the whole batch has one best token",
            lambda z, t: torch.zeros_like(z).flatten().index_fill(0, z.argmax(), 1.0).view_as(z)
            if t == 0 else with_temperature(z, t),
            "Each row has a best token of its own: argmax(dim=-1)."),
    ],
)  # fmt: skip


def nucleus(probabilities, p):
    """The fewest tokens, best first, that reach p together; scaled to sum to one."""
    ordered, order = probabilities.sort(descending=True, stable=True)
    before = ordered.cumsum(0) - ordered
    kept = torch.zeros_like(probabilities)
    kept[order[before < p]] = ordered[before < p]
    return kept / kept.sum()


def _crossing_lost(probabilities, p):
    ordered, order = probabilities.sort(descending=True, stable=True)
    stay = ordered.cumsum(0) <= p
    kept = torch.zeros_like(probabilities)
    kept[order[stay]] = ordered[stay]
    return kept / kept.sum() if kept.sum() > 0 else kept


def _one_more(probabilities, p):
    ordered, order = probabilities.sort(descending=True, stable=True)
    stay = ordered.cumsum(0) - ordered <= p
    kept = torch.zeros_like(probabilities)
    kept[order[stay]] = ordered[stay]
    return kept / kept.sum()


def _as_they_stand(probabilities, p):
    kept = torch.where(probabilities.cumsum(0) - probabilities < p, probabilities, 0.0)
    return kept / kept.sum()


def _sorted_out(probabilities, p):
    ordered = probabilities.sort(descending=True).values
    kept = ordered * ((ordered.cumsum(0) - ordered) < p)
    return kept / kept.sum()


def _both_alike(probabilities, p):
    least = probabilities[nucleus(probabilities, p) > 0].min()
    kept = torch.where(probabilities >= least, probabilities, 0.0)
    return kept / kept.sum()


def _mask_in_order(probabilities, p):
    ordered = probabilities.sort(descending=True, stable=True).values
    kept = torch.where(ordered.cumsum(0) - ordered < p, probabilities, 0.0)
    return kept / kept.sum()


def _from_the_tail(probabilities, p):
    ordered, order = probabilities.sort(stable=True)
    before = ordered.cumsum(0) - ordered
    kept = torch.zeros_like(probabilities)
    kept[order[before < p]] = ordered[before < p]
    return kept / kept.sum()


def _not_scaled(probabilities, p):
    return probabilities * (nucleus(probabilities, p) > 0)


def _softmax_again(probabilities, p):
    kept = nucleus(probabilities, p) > 0
    return probabilities.masked_fill(~kept, -math.inf).softmax(0)


_FOUR = torch.tensor([0.1, 0.4, 0.2, 0.3])

NUCLEUS = function(
    "18.4",
    "top-p",
    right=nucleus,
    praise="The word that crosses the line stays, what was cut is shared out, and each word has "
    "kept its place.",
    cases=[
        call("four words, p = 0.8", _FOUR, 0.8,
             hint="0.4, then 0.7, then 0.9: three words are needed to reach 0.8."),
        call("p = 0.65", _FOUR, 0.65, hint="0.4 is not enough; with 0.3 it is 0.7."),
        call("a small p", _FOUR, 0.05, hint="The best word always stays: alone it reaches 0.05."),
        call("p = 1", _FOUR, 1.0, hint="Nothing is cut."),
        call("a sure model", torch.tensor([0.001, 0.98, 0.009, 0.01]), 0.9,
             hint="One word reaches 0.9 by itself."),
        Case("two alike at the line",
             lambda answer: answer(torch.tensor([0.3, 0.4, 0.3]), 0.5).sort().values,
             "0.4, and one of the two 0.3, reach 0.5: two words are enough, whichever it is."),
        call("p reached exactly", torch.tensor([0.125, 0.25, 0.5, 0.125]), 0.75,
             hint="0.5 and 0.25 together reach 0.75; no third word is needed."),
    ],
    mistakes=[
        Mistake("the word that crosses the line is lost", _crossing_lost,
            "You keep words while the sum stays below p. The set must *reach* p, so the word that "
            "crosses belongs to it. With a small p nothing at all would be left. Ask what the "
            "better words hold *before* a word joins.",
            symptom=lambda answer: (answer(_FOUR.clone(), 0.8) > 0).tolist() == [0, 1, 0, 1]),
        Mistake("one word too many", _one_more,
            "The sum reaches p exactly, and you let another word in: keep a word only if the "
            "better ones hold *less* than p."),
        Mistake("both of two alike", _both_alike,
            "You keep every word that is as likely as the last one needed. Fewest means that one "
            "of two equal words can go. Keep by place in the order, not by size."),
        Mistake("divided by p", lambda q, p: _not_scaled(q, p) / p,
            "What is left sums to p or more, because of the word that crosses the line. Divide by "
            "its own sum."),
        Mistake("the mask was not put back in place", _mask_in_order,
            "You have found which *places in the order* stay, and use them as tokens. "
            "`order[…]` says which token stands at a place."),
        Mistake("not sorted", _as_they_stand,
            "You add the probabilities in the order of the tokens. Sort first: best first."),
        Mistake("not scaled again", _not_scaled,
            "What you return sums to less than one. Divide by the sum of what is left."),
        Mistake("the words have changed places", _sorted_out,
            "The probabilities come back in the order of the sort, and token 0 is now the best "
            "one. `sort` also returns where each came from: put them back."),
        Mistake("the worst first", _from_the_tail,
            "You begin with the least likely word: the tail is what should go. "
            "sort(descending=True)."),
        Mistake("each word against p",
            lambda q, p: torch.where(q >= min(p, float(q.max())), q, 0.0)
            / torch.where(q >= min(p, float(q.max())), q, 0.0).sum(),
            "You keep words whose own probability is at least p. It is the sum that must reach p."),
        Mistake("a softmax of probabilities", _softmax_again,
            "These are probabilities already. A softmax of them makes them nearly even; divide by "
            "their sum."),
    ],
)  # fmt: skip


def penalise_seen(logits, seen, penalty):
    """Logits in which every token of `seen` is less likely, once."""
    scores = logits.clone()
    ids = torch.tensor(sorted(set(seen)), dtype=torch.long)
    scores[ids] = torch.where(scores[ids] > 0, scores[ids] / penalty, scores[ids] * penalty)
    return scores


def _for_each(logits, seen, penalty):
    scores = logits.clone()
    for token in seen:
        scores[token] = scores[token] / penalty if scores[token] > 0 else scores[token] * penalty
    return scores


def _only(rule):
    def wrong(logits, seen, penalty):
        scores = logits.clone()
        for token in set(seen):
            scores[token] = rule(scores[token], penalty)
        return scores

    return wrong


_SCORES = torch.tensor([3.0, -1.0, 0.5, -0.2, 2.0])

PENALTY = function(
    "18.5",
    "the repetition penalty",
    right=penalise_seen,
    praise="Every token that was seen has lost, whatever the sign of its logit, and lost once.",
    cases=[
        call("a positive logit", _SCORES, [0], 2.0, hint="3 becomes 1.5."),
        call("a negative logit", _SCORES, [1, 3], 2.0,
             hint="−1 must become less likely: −2. Halved, it would gain."),
        call("both, and some twice", _SCORES, [4, 1, 4, 4], 1.25,
             hint="Token 4 was seen three times and is penalised once."),
        call("nothing seen", _SCORES, [], 2.0, hint="Then nothing changes."),
    ],
    mistakes=[
        Mistake("negative logits are divided", _only(lambda z, t: z / t),
            "−1 / 2 is −0.5: the token has become *more* likely. Negative logits are multiplied."),
        Mistake("once for each time it was seen", _for_each,
            "A token that stands in the text three times loses three times in your version. The "
            "rule asks only whether it was seen: use the set."),
        Mistake("it rewards", _only(lambda z, t: z * t if z > 0 else z / t),
            "Multiplied and divided have changed places: seen tokens gain."),
        Mistake("it subtracts", _only(lambda z, t: z - t),
            "That is another rule (a presence penalty). Here logits are divided or multiplied by "
            "the penalty."),
        Mistake("everything is penalised",
            lambda z, seen, t: torch.where(z > 0, z / t, z * t),
            "You change every logit, which is hardly more than a temperature. Only those in `seen`."
        ),
        Mistake("the others are penalised",
            lambda z, seen, t: _for_each(z, sorted(set(range(len(z))) - set(seen)), t),
            "You penalise the tokens that were *not* seen."),
    ],
)  # fmt: skip

EXERCISES = (WHICH, MEMORY, TEMPERATURE, NUCLEUS, PENALTY, CACHE, SPECULATIVE, MEASURED)
