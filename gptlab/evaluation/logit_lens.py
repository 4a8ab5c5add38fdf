r"""Inside a GPT: the residual stream as a running sum, and what it would say at every step.

Each block reads the stream and adds to it, so the last state is a sum of what was written:

$$ x_L = x_0 + \sum_{\ell} a_\ell + m_\ell $$

with the embeddings $x_0$ and what attention ($a_\ell$) and perceptron ($m_\ell$) of a layer wrote
(Elhage et al. 2021). The logit lens (nostalgebraist 2020) reads every partial sum as if it were the
last: final norm, unembedding.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from gptlab.errors import LabError
from gptlab.layers.block import Block
from gptlab.models.gpt import GPT


@dataclass(frozen=True, eq=False)
class ResidualTrace:
    """What stood in the residual stream while a GPT read a text, one stage after each write.

    `names[0]` is "embeddings"; then "attention 1", "perceptron 1", and so on. `stream[i]` is the
    state after stage i, `writes[i]` what the stage added: the sums of the second are the first.
    """

    names: tuple[str, ...]
    stream: Float[Tensor, "stage batch time d_model"]
    writes: Float[Tensor, "stage batch time d_model"]

    def norms(self) -> tuple[Float[Tensor, "stage"], Float[Tensor, "stage"]]:
        """Mean length of the state after each stage, and of what the stage wrote."""
        states, writes = (x.norm(dim=-1).mean(dim=(1, 2)) for x in (self.stream, self.writes))
        return states, writes


@torch.no_grad()
def residual_trace(model: GPT, tokens: Int[Tensor, "batch time"]) -> ResidualTrace:
    """Read `tokens` and keep the stream after every write. Dropout rests; the mode is put back.

    Raises LabError for tokens that are no (batch, time) or hold none.
    """
    if tokens.dim() != 2 or not tokens.numel():
        raise LabError(
            f"tokens have shape {tuple(tokens.shape)}; give (batch, time) with at least one token"
        )
    was_training = model.training
    model.eval()
    x = model.embedding(tokens) + model.positions(tokens.size(1))
    names, stream, writes = ["embeddings"], [x], [x]
    for layer, block in enumerate(model.blocks, start=1):
        assert isinstance(block, Block)
        for name, norm, part in (
            ("attention", block.norm_attention, block.attention),
            ("perceptron", block.norm_mlp, block.mlp),
        ):
            written = part(norm(x))
            x = x + written
            names.append(f"{name} {layer}")
            stream.append(x)
            writes.append(written)
    model.train(was_training)
    return ResidualTrace(tuple(names), torch.stack(stream), torch.stack(writes))


@torch.no_grad()
def logit_lens(model: GPT, trace: ResidualTrace) -> Float[Tensor, "stage batch time vocab"]:
    """The logits that the model would give if it stopped after each stage; the last are its own.

    Source: nostalgebraist 2020.
    """
    return model.unembed(model.norm(trace.stream))


def lens_losses(
    logits: Float[Tensor, "stage batch time vocab"], targets: Int[Tensor, "batch time"]
) -> Float[Tensor, "stage"]:
    """Mean cross-entropy in nats of `targets` after each stage; −100 is left out.

    Raises LabError unless targets and logits are about the same positions.
    """
    if logits.shape[1:3] != targets.shape:
        raise LabError(
            f"the logits are for {tuple(logits.shape[1:3])} positions, the targets for "
            f"{tuple(targets.shape)}; read the tokens whose targets these are"
        )
    wanted = targets.flatten()
    losses = [F.cross_entropy(z.flatten(0, 1), wanted, ignore_index=-100) for z in logits]
    return torch.stack(losses)


@torch.no_grad()
def logit_shares(
    model: GPT, trace: ResidualTrace, targets: Int[Tensor, "batch time"]
) -> Float[Tensor, "stage batch time"]:
    r"""What each write adds to the logit of `targets`: exact, with the last norm's divisor held.

    With $\bar w$ a write minus its mean and $\sigma$ the deviation of the whole last state, a write
    adds $(g \odot \bar w / \sigma) \cdot e$ to the logit of the token with embedding $e$; the shift
    $b \cdot e$ of the norm is added to the first stage. The stages sum to the logit.
    Raises LabError unless there is one target for each position.
    """
    if trace.stream.shape[1:3] != targets.shape:
        raise LabError(
            f"the text has {tuple(trace.stream.shape[1:3])} positions, the targets are "
            f"{tuple(targets.shape)}; give one token for each position"
        )
    last = trace.stream[-1]
    deviation = (last.var(dim=-1, unbiased=False, keepdim=True) + model.norm.eps).sqrt()
    centred = trace.writes - trace.writes.mean(dim=-1, keepdim=True)
    directions = model.embedding(targets)
    shares = (centred / deviation * model.norm.weight * directions).sum(dim=-1)
    shares[0] += directions @ model.norm.bias
    return shares
