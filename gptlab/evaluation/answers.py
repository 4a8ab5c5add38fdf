"""What a model answers, how often it is right, and what it still knows of the old text."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import torch

from gptlab.errors import LabError
from gptlab.generation.sampling import GREEDY, Sampling, generate_tokens
from gptlab.models.gpt import GPT
from gptlab.text.batches import IGNORED
from gptlab.text.chat import END_OF_TURN
from gptlab.text.tokenizer_base import Tokenizer
from gptlab.text.toy_chat import Request


def write_answers(
    model: GPT,
    tokenizer: Tokenizer,
    prompts: Sequence[Sequence[int]],
    max_new_tokens: int = 24,
    sampling: Sampling = GREEDY,
    seed: int = 0,
    stop: str = END_OF_TURN,
) -> list[str]:
    """What the model writes after each prompt of ids, up to `stop` or `max_new_tokens`.

    Prompts of one length are answered together. The model is left in the mode it was in.
    """
    was_training = model.training
    model.eval()
    groups: dict[int, list[int]] = defaultdict(list)
    for i, prompt in enumerate(prompts):
        groups[len(prompt)].append(i)
    end = tokenizer.special_tokens[stop]
    said = [""] * len(prompts)
    for members in groups.values():
        rows = torch.tensor([list(prompts[i]) for i in members])
        finished = torch.zeros(len(members), dtype=torch.bool)
        columns = []
        for column in generate_tokens(model, rows, max_new_tokens, sampling, seed):
            columns.append(column.cpu())
            finished |= columns[-1] == end
            if finished.all():
                break
        for i, ids in zip(members, torch.stack(columns, dim=1).tolist(), strict=True):
            said[i] = tokenizer.decode(ids[: ids.index(end)] if end in ids else ids).strip()
    model.train(was_training)
    return said


def share_right(requests: Sequence[Request], answers: Sequence[str]) -> dict[str, float]:
    """The share of right answers to each kind of request, in the order in which kinds come.

    Raises LabError for no request, or unless there is one answer for each.
    """
    if not requests or len(requests) != len(answers):
        raise LabError(f"{len(answers)} answers to {len(requests)} requests; give one for each")
    found: dict[str, list[bool]] = {}
    for request, answer in zip(requests, answers, strict=True):
        found.setdefault(request.kind, []).append(request.accepts(answer))
    return {kind: sum(right) / len(right) for kind, right in found.items()}


@torch.no_grad()
def bits_per_word(model: GPT, sentences: Sequence[Sequence[int]], begin: int) -> float:
    """Bits per word of sentences (ids of words), each by itself after `begin`.

    The measure of the toy language's board: `gptlab.evaluation.toy_language`. Raises LabError for
    no sentence, or one that does not fit into the context.
    """
    longest = max((len(sentence) for sentence in sentences), default=0)
    if not 1 <= longest <= model.config.context_length:
        raise LabError(
            f"the longest sentence has {longest} words; give 1 to {model.config.context_length}"
        )
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    nats, words = 0.0, 0
    for start in range(0, len(sentences), 128):
        part = sentences[start : start + 128]
        width = max(map(len, part))
        inputs = torch.full((len(part), width), begin)
        targets = torch.full((len(part), width), IGNORED)
        for row, ids in enumerate(part):
            targets[row, : len(ids)] = torch.tensor(list(ids))
            inputs[row, 1 : len(ids)] = torch.tensor(list(ids[:-1]))
        count = sum(map(len, part))
        nats += model.loss(inputs.to(device), targets.to(device)).item() * count
        words += count
    model.train(was_training)
    return nats / words / math.log(2)
