"""What a Transformer of 2017 costs: multiplications, memory, hours, by formulas.

A matrix product of (a × b) by (b × c) is 2abc floating-point operations (FLOPs): a multiplication
and an addition each. The backward pass has two such products for each of the forward pass, so a
training step costs three times a forward pass.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from gptlab.errors import LabError, check_count
from gptlab.models.transformer import Transformer, TransformerConfig

BYTES_A_WEIGHT = 16  # fp32: the weight, its gradient, and AdamW's two averages
PAPER_P100 = 9.5e12  # FLOP/s that Vaswani et al. 2017 (section 6.1) reckon with for a P100


def translation_flops(config: TransformerConfig, source: int, target: int) -> int:
    r"""FLOPs of one forward pass over a sentence pair of `source` and `target` tokens.

    With width d, perceptron width f, vocabulary V, and for each of the layers:

    - encoder, a source token: 8d² (queries, keys, values, output) + 4df (perceptron) + 4dS (scores
      and averages over S source tokens);
    - decoder, a target token: 8d² + 4df + 4dT, and for the look at the source 4d² + 4dS;
    - keys and values of the source for the decoder: 4d² a source token.

    Last 2dV a target token to unembed. Norms, softmax and additions are left out: below 2 % at the
    paper's sizes.
    """
    check_count("source", source)
    check_count("target", target)
    d, f = config.d_model, config.d_ff
    encoder = source * (8 * d * d + 4 * d * f + 4 * d * source)
    decoder = target * (8 * d * d + 4 * d * f + 4 * d * target)
    cross = target * (4 * d * d + 4 * d * source) + source * 4 * d * d
    return config.n_layers * (encoder + decoder + cross) + target * 2 * d * config.target_vocab


def n_parameters(config: TransformerConfig) -> int:
    """How many numbers the model has, without making them."""
    with torch.device("meta"):
        return sum(p.numel() for p in Transformer(config).parameters())


@dataclass(frozen=True)
class Forecast:
    """What a run will take. `flops` of the whole run; `hours` by the clock on all devices
    together; `memory_gib` of one device; `price` in the currency of the price per device-hour."""

    parameters: int
    tokens: int
    flops: float
    hours: float
    memory_gib: float
    price: float

    def __str__(self) -> str:
        return (
            f"{self.parameters / 1e6:.0f} million parameters, {self.tokens / 1e9:.1f} billion "
            f"tokens, {self.flops:.2g} FLOPs: {self.hours:.1f} hours, {self.memory_gib:.0f} GiB a "
            f"device, {self.price:.0f} of your currency"
        )


def forecast(
    config: TransformerConfig,
    steps: int,
    batch_tokens: int,
    devices: int = 1,
    flops_per_second: float = PAPER_P100,
    utilisation: float = 0.3,
    price_per_hour: float = 0.0,
    sentence: int = 27,
) -> Forecast:
    """Time, memory and cost of training on `steps` batches of `batch_tokens` source and as many
    target tokens, over all devices.

    hours = FLOPs / (devices × flops_per_second × utilisation) / 3600. `utilisation` is the share of
    the peak that training reaches; `sentence` the tokens of a mean sentence. Memory: 16 bytes a
    parameter, and for each token of a device's share of the batch, 2 bytes × (20 d + 4 d_ff) a
    layer and, of a target token, 10 bytes × vocabulary for the logits: an estimate.
    Raises LabError for a number out of range.
    """
    counts = {"steps": steps, "batch_tokens": batch_tokens, "devices": devices}
    for name, value in {**counts, "sentence": sentence}.items():
        check_count(name, value)
    if not 0 < utilisation <= 1 or flops_per_second <= 0 or price_per_hour < 0:
        raise LabError(
            f"utilisation={utilisation} must be above 0 and at most 1, flops_per_second="
            f"{flops_per_second} above 0, price_per_hour={price_per_hour} at least 0"
        )
    pairs = steps * batch_tokens / sentence
    flops = 3.0 * pairs * translation_flops(config, sentence, sentence)
    hours = flops / (devices * flops_per_second * utilisation) / 3600
    parameters = n_parameters(config)
    layers = 2 * config.n_layers * 2 * (20 * config.d_model + 4 * config.d_ff)
    activations = batch_tokens / devices * (layers + 10 * config.target_vocab)
    return Forecast(
        parameters=parameters,
        tokens=2 * steps * batch_tokens,
        flops=flops,
        hours=hours,
        memory_gib=(BYTES_A_WEIGHT * parameters + activations) / 2**30,
        price=price_per_hour * devices * hours,
    )
