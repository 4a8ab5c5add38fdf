"""The check of exercise 10.7: how far back a gradient reaches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from gptlab.checks import Mistake, array
from gptlab.checks.running import fixed_randomness

STEPS, WIDTH, BIASES = 200, 32, (0, 1, 2)


def plain_network() -> nn.Module:
    """torch's RNN as it starts from seed 107, in double precision."""
    with fixed_randomness(107):
        return nn.RNN(WIDTH, WIDTH).double()


def gated_network(bias: float, part: int = 1, both: bool = False) -> nn.Module:
    """torch's LSTM from that seed, all biases 0 except one `part` of the four."""
    with fixed_randomness(107):
        network = nn.LSTM(WIDTH, WIDTH).double()
    with torch.no_grad():
        named = dict(network.named_parameters())
        for biases, filled in ((named["bias_ih_l0"], True), (named["bias_hh_l0"], both)):
            biases.zero_()
            if filled:
                biases.chunk(4)[part].fill_(bias)
    return network


def _as_drawn(bias: float) -> nn.Module:
    """torch's LSTM from that seed, with the forget gate's part of one bias set and no other."""
    with fixed_randomness(107):
        network = nn.LSTM(WIDTH, WIDTH).double()
    with torch.no_grad():
        dict(network.named_parameters())["bias_ih_l0"].chunk(4)[1].fill_(bias)
    return network


def lengths_by_distance(network: nn.Module) -> Tensor:
    """Length of the gradient of the last h for the input at each distance, the last input first."""
    draw = torch.Generator().manual_seed(7)
    inputs = torch.randn(STEPS, 8, WIDTH, generator=draw, dtype=torch.float64).requires_grad_()
    outputs, _ = network(inputs)
    (gradient,) = torch.autograd.grad(outputs[-1].sum(), inputs)
    return gradient.flatten(1).norm(dim=1).flip(0)


def _first(lengths: Tensor, share: float = 0.01) -> int:
    below = (lengths < share * lengths[0]).nonzero()
    return int(below[0]) if len(below) else STEPS


def reach(
    first: Callable[[Tensor], int] = _first,
    lengths: Callable[[nn.Module], Tensor] = lengths_by_distance,
    **gates: Any,
) -> list[int]:
    """For the plain network and the LSTM with each bias: the first distance below one hundredth."""
    networks = [plain_network(), *(gated_network(bias, **gates) for bias in BIASES)]
    return [first(lengths(network)) for network in networks]


def _by_powers() -> list[int]:
    gates = torch.sigmoid(torch.tensor(BIASES, dtype=torch.float64))
    return [reach()[0], *(_first(gate ** torch.arange(STEPS)) for gate in gates)]


REACH = array(
    "10.7",
    "how far back a gradient reaches",
    right=reach,
    rtol=0,
    atol=0,
    hint="For each network: the gradient of outputs[-1].sum() for the inputs, its length at each "
    "step, the steps counted backwards from the last one (distance 0). Then the first distance "
    "with less than 1 % of the length at distance 0.",
    praise="The plain network feels six steps, and each unit of bias adds far more than the one "
    "before it.",
    mistakes=[
        Mistake(
            "both of torch's biases were set",
            lambda: reach(both=True),
            "torch adds bias_ih and bias_hh. You filled the forget gate's part of both, so your "
            "gates had twice the bias. Leave bias_hh at 0.",
        ),
        Mistake(
            "the other biases were not zeroed",
            lambda: [reach()[0], *(_first(lengths_by_distance(_as_drawn(b))) for b in BIASES)],
            "Only the forget gate's part was set; the other biases kept torch's random values. Set "
            "both vectors to zero first.",
        ),
        Mistake(
            "the last distance above, not the first below",
            lambda: [distance - 1 for distance in reach()],
            "At your distances a little more than 1 % is left. The question asks for the first "
            "with less.",
        ),
        Mistake(
            "the first step counted as one",
            lambda: [distance + 1 for distance in reach()],
            "The last input has distance 0, not 1.",
        ),
        Mistake(
            "the bias went to the input gate",
            lambda: reach(part=0),
            "torch's order is input, forget, candidate, output. The forget gate is the second "
            "quarter: rows 32 to 63.",
        ),
        Mistake(
            "the bias went to the candidate",
            lambda: reach(part=2),
            "You filled the third quarter, the candidate's. The forget gate is the second.",
        ),
        Mistake(
            "compared with 0.01, not with 1 % of the newest",
            lambda: reach(lambda lengths: _first(lengths / lengths[0], 0.01 / float(lengths[0]))),
            "You asked where the length itself falls below 0.01. Divide by the length at distance "
            "0 first.",
        ),
        Mistake(
            "a tenth instead of a hundredth",
            lambda: reach(lambda lengths: _first(lengths, 0.1)),
            "That is where a tenth is left. The question asks for less than 1 %. (If you squared "
            "the lengths: a hundredth of a square is a tenth of a length.)",
        ),
        Mistake(
            "the place instead of the distance",
            lambda: reach(lambda lengths: STEPS - 1 - _first(lengths)),
            "You gave the number of the step, counted from the beginning. The distance counts "
            "from the last step backwards.",
        ),
        Mistake(
            "computed, not measured",
            _by_powers,
            "These are powers of sigmoid(bias). The gradient has a second road, through h, and "
            "lives a little longer than that: measure it.",
        ),
    ],
)
