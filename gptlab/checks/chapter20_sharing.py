"""The checks of exercises 20.5 to 20.7: one run shared by many processes."""

from __future__ import annotations

import numpy as np

from gptlab.checks import Case, Mistake, call, function, number


def together(gradients, tokens):
    """The gradient of the mean loss over all tokens, from each process's own and its tokens."""
    weights = np.asarray(tokens, dtype=float) / sum(tokens)
    return sum(w * np.asarray(g, dtype=float) for w, g in zip(weights, gradients, strict=True))


def _sum(gradients, tokens):
    return sum(np.asarray(g, dtype=float) for g in gradients)


_TWO = ([np.array([1.0, -2.0, 4.0]), np.array([3.0, 0.0, -2.0])], [100, 300])
_EVEN = ([np.array([0.5, 1.5]), np.array([1.5, 0.5])], [64, 64])
_FOUR = ([np.array([float(i), 1.0]) for i in range(4)], [10, 20, 30, 40])


def _mean(label, gradients, tokens, hint):
    """A case that takes arrays, tensors and lists alike."""

    def mean(answer):
        given = [g.copy() for g in gradients]
        found = np.asarray(answer(given, list(tokens)), float)
        same = len(given) == len(gradients) and all(map(np.array_equal, given, gradients))
        assert same, "it changes the gradients that it was given; work on copies"
        return found

    return Case(label, mean, hint)


GRADIENTS = function(
    "20.5",
    "one gradient out of many",
    right=together,
    praise="Equal shares make it the plain mean, which is why DDP wants batches of equal size.",
    cases=[
        _mean("two processes with equal shares", *_EVEN,
             hint="Each process has the mean over its own tokens, as many as the other has."),
        _mean("two processes, one with three times the tokens", *_TWO,
             hint="The process with 300 of the 400 tokens has three quarters of the say."),
        _mean("four processes", *_FOUR, hint="Shares of 0.1, 0.2, 0.3 and 0.4."),
    ],
    mistakes=[
        Mistake("the sum instead of the mean", _sum,
            "With a sum, two processes take steps twice as long as one. The gradient of a mean is "
            "the mean of the gradients."),
        Mistake("everybody has the same say",
            lambda gradients, tokens: _sum(gradients, tokens) / len(gradients),
            "The plain mean is right for equal shares only. Here a token in a small share would "
            "weigh more than one in a large share: weight each process by its tokens."),
        Mistake("weighted, and not divided",
            lambda gradients, tokens: sum(n * np.asarray(g) for g, n in
                                          zip(gradients, tokens, strict=True)),
            "Those are sums over tokens. Divide by the number of all tokens."),
        Mistake("divided twice",
            lambda gradients, tokens: together(gradients, tokens) / len(gradients),
            "The weights already sum to one; do not divide by the number of processes as well."),
        Mistake("the largest share alone",
            lambda gradients, tokens: np.asarray(gradients[int(np.argmax(tokens))], dtype=float),
            "Every process has read something that the others have not."),
        Mistake("weights the wrong way round",
            lambda gradients, tokens: together(gradients, [1 / n for n in tokens]),
            "Who has read more has more to say: weights in proportion to the tokens."),
    ],
)  # fmt: skip

WEIGHTS, GRADIENT, STATES = 2, 2, 12  # bytes for a parameter, mixed precision with Adam


def bytes_held(parameters, processes, stage):
    """Bytes in each process; stages 1, 2 and 3 of ZeRO spread states, gradients, weights."""
    states = STATES / (processes if stage >= 1 else 1)
    gradient = GRADIENT / (processes if stage >= 2 else 1)
    weights = WEIGHTS / (processes if stage >= 3 else 1)
    return parameters * (states + gradient + weights)


def _only_at(stage_of):
    """What is spread when a stage does not include those before it."""

    def held(parameters, processes, stage):
        parts = {1: STATES, 2: GRADIENT, 3: WEIGHTS}
        return parameters * sum(
            size / (processes if stage_of(at, stage) else 1) for at, size in parts.items()
        )

    return held  # fmt: skip


MEMORY = function(
    "20.6",
    "what each process holds",
    right=bytes_held,
    praise="7.5 billion parameters on 64 GPUs: 120, 31.4, 16.6 and 1.9 GB, the paper's figure 1.",
    cases=[
        call("nothing is spread", 7.5e9, 64, 0, hint="2 + 2 + 12 bytes for each parameter."),
        call("stage 1", 7.5e9, 64, 1, hint="Only the 12 bytes of the optimiser are spread."),
        call("stage 2", 7.5e9, 64, 2, hint="The optimiser's states, and the gradients too."),
        call("stage 3", 7.5e9, 64, 3, hint="All 16 bytes are spread."),
        call("one process", 1e6, 1, 3, hint="Alone there is nobody to share with."),
    ],
    mistakes=[
        Mistake("weights alone",
            lambda parameters, processes, stage: WEIGHTS * parameters
            / (processes if stage >= 3 else 1),
            "Two bytes for each parameter is what a model needs to write. To learn it needs "
            "gradients (2) and Adam's states (12) as well."),
        Mistake("no states of the optimiser",
            lambda parameters, processes, stage: bytes_held(parameters, processes, stage)
            - STATES * parameters / (processes if stage >= 1 else 1),
            "Adam keeps two averages and an exact copy of each weight: 12 bytes more."),
        Mistake("every stage spreads everything",
            lambda parameters, processes, stage: 16 * parameters / (processes if stage else 1),
            "Stage 1 spreads the optimiser's states, stage 2 the gradients too, stage 3 the "
            "weights too."),
        Mistake("each stage spreads one thing only", _only_at(lambda at, stage: at == stage),
            "The stages add up: stage 2 spreads what stage 1 spreads, and the gradients."),
        Mistake("the weights go first", _only_at(lambda at, stage: 4 - at <= stage),
            "The order is the other way round: first the optimiser's states (12 bytes, the most to "
            "save), then gradients, weights last."),
        Mistake("gigabytes", lambda *given: bytes_held(*given) / 1e9,
            "Those are gigabytes. Return bytes."),
        Mistake("all processes together",
            lambda parameters, processes, stage: processes
            * bytes_held(parameters, processes, stage),
            "That is what all of them hold together. The question is what one holds."),
    ],
)  # fmt: skip

_FLOPS, _GPUS, _PEAK, _MFU = 3.14e23, 1024, 989e12, 0.4
_DAYS = _FLOPS / (_GPUS * _PEAK * _MFU) / 86_400

DAYS = number(
    "20.7",
    "GPT-3 today",
    right=_DAYS,
    unit="days",
    tolerance=0.02,
    hint="Operations, divided by operations per second of all GPUs together, gives seconds.",
    praise="About nine days, for GPUs that cost a fortune. The arithmetic is one division.",
    mistakes=[
        Mistake("the peak is never reached", _DAYS * _MFU,
            "You divided by the peak itself. Only 40 % of it is reached: multiply it by the MFU."),
        Mistake("the MFU on the wrong side", _DAYS * _MFU**2,
            "A lower MFU must make the run longer, yours gets shorter."),
        Mistake("one GPU", _DAYS * _GPUS, "That is one GPU. There are 1,024."),
        Mistake("seconds", _DAYS * 86_400, "Those are seconds; a day has 86,400 of them."),
        Mistake("hours", _DAYS * 24, "Those are hours; divide by 24."),
        Mistake("operations again times 6", _DAYS * 6,
            "3.14e23 already holds the 6: it is 6ND."),
        Mistake("the sheet's sparse peak", _DAYS / 2,
            "You took the peak for sparse matrices, twice that for dense ones. Ours are dense."),
    ],
)  # fmt: skip
