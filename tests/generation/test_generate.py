"""Generation: the same tokens with the cache and without, streaming, stops, and bad input."""

import itertools
import types

import pytest
import torch
from transformers import GPT2LMHeadModel

from gptlab.errors import LabError
from gptlab.generation.sampling import GREEDY, Sampling, generate, generate_tokens, penalise
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.models.pretrained import export_gpt2
from gptlab.text.tokenizers import BPETokenizer, CharTokenizer

SHAPE = GPTConfig(vocab_size=40, context_length=16, d_model=32, n_heads=4, n_layers=2)
RULES = {
    "greedy": GREEDY,
    "greedy, penalty": Sampling(temperature=0, repetition_penalty=1.5),
    "sampled": Sampling(),
    "all rules": Sampling(0.8, 20, 0.95, 1.2),
}


def lively(config=SHAPE, seed=0):
    """A model whose text moves: random weights large enough for positions and past to matter."""
    torch.manual_seed(seed)
    model = GPT(config)
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.add_(torch.randn_like(p) * (0.6 if name == "positions.weight" else 0.2))
    return model.eval()


def prompt(batch=1, time=3, vocab_size=40, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(vocab_size, (batch, time), generator=generator)


def new_tokens(*args, **kwargs):
    return torch.stack(list(generate_tokens(*args, **kwargs)), dim=1)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("batch", [1, 3])
def test_the_cache_changes_no_token_far_beyond_the_context(rule, batch):
    model, start = lively(), prompt(batch)
    fast = new_tokens(model, start, 60, RULES[rule])
    assert fast.shape == (batch, 60)
    assert torch.equal(fast, new_tokens(model, start, 60, RULES[rule], use_cache=False))
    assert fast.unique().numel() > 5


@pytest.mark.parametrize("context", [1, 2, 3])
def test_the_window_slides_in_the_smallest_contexts_too(context):
    model, start = lively(GPTConfig(**{**vars(SHAPE), "context_length": context})), prompt(2, 1)
    fast = new_tokens(model, start, 12, GREEDY)
    assert torch.equal(fast, new_tokens(model, start, 12, GREEDY, use_cache=False))


@pytest.mark.parametrize("penalty", [1.0, 1.5])
def test_a_full_window_goes_on_with_its_last_half_and_the_penalty_knows_the_whole_text(penalty):
    model, start = lively(), prompt(1, 16)
    new = new_tokens(model, start, 20, Sampling(0, repetition_penalty=penalty))
    text = torch.cat([start, new], dim=1)
    begin = 0
    for length in range(16, 36):
        if length - begin > 16:
            begin = length - 8
        logits = penalise(model(text[:, begin:length])[:, -1], text[:, :length], penalty)
        assert text[0, length] == logits.argmax(), f"token {length}"


def test_greedy_text_is_that_of_transformers(tmp_path):
    config = GPTConfig(**{**vars(SHAPE), "context_length": 64})
    model, start = lively(config), prompt(2, 4)
    export_gpt2(model, tmp_path)
    theirs = GPT2LMHeadModel.from_pretrained(tmp_path).eval()
    for penalty in (1.0, 1.3):
        expected = theirs.generate(
            start, attention_mask=torch.ones_like(start), do_sample=False, max_new_tokens=60,
            repetition_penalty=penalty, eos_token_id=None, pad_token_id=0,
        )  # fmt: skip
        ours = new_tokens(model, start, 60, Sampling(0, repetition_penalty=penalty))
        assert torch.equal(ours, expected[:, 4:])
        assert ours.unique().numel() > 5


def test_each_row_of_a_batch_gets_the_text_it_would_get_alone():
    model, start = lively(), prompt(4)
    together = new_tokens(model, start, 30, GREEDY)
    alone = [new_tokens(model, row, 30, GREEDY) for row in start.split(1)]
    assert torch.equal(together, torch.cat(alone))


def test_the_seed_decides_and_the_global_generator_does_not():
    model, start = lively(), prompt()
    torch.manual_seed(1)
    first = new_tokens(model, start, 30, seed=5)
    state = torch.manual_seed(2).get_state()
    assert torch.equal(first, new_tokens(model, start, 30, seed=5))
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.equal(first, new_tokens(model, start, 30, seed=6))


def test_two_streams_at_once_do_not_disturb_each_other():
    model, start = lively(), prompt()
    expected = new_tokens(model, start, 20, seed=3)
    other = generate_tokens(model, start, 20, seed=4)
    taken = [(token, next(other)) for token in generate_tokens(model, start, 20, seed=3)]
    assert torch.equal(torch.stack([mine for mine, _ in taken], dim=1), expected)


def test_tokens_come_one_by_one_and_outside_inference_mode():
    model, passes = lively(), []
    model.norm.register_forward_hook(lambda *_: passes.append(1))
    stream = generate_tokens(model, prompt(), 10**9)
    assert not passes
    for count, token in enumerate(itertools.islice(stream, 3), 1):
        assert len(passes) == count
        assert torch.is_grad_enabled()
        model.embedding(token).sum().backward()  # what was generated can be trained on


def test_half_precision_models_write_too():
    for dtype in (torch.bfloat16, torch.float16):
        tokens = new_tokens(lively().to(dtype), prompt(), 20, Sampling(0.9, 10, 0.9))
        assert ((tokens >= 0) & (tokens < 40)).all()


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (torch.zeros(1, 17, dtype=torch.long), "context_length is 16 but the prompt has 17 tokens"),
        (torch.zeros(1, 0, dtype=torch.long), r"prompt has shape \(1, 0\).*one token at least"),
        (torch.zeros(0, 3, dtype=torch.long), r"prompt has shape \(0, 3\)"),
        (torch.zeros(3, dtype=torch.long), r"prompt has shape \(3,\); give \(batch, time\)"),
        (torch.tensor([[3, 40]]), r"token id 40 is outside 0 … 39; encode the prompt with"),
        (torch.tensor([[3, -1]]), "token id -1 is outside 0 … 39"),
        (torch.tensor([[0.5]]), r"torch\.float32 numbers; token ids are whole"),
    ],
)
def test_prompts_that_the_model_cannot_read_are_refused(bad, expected):
    with pytest.raises(LabError, match=expected):
        next(generate_tokens(lively(), bad, 5))


@pytest.mark.parametrize("count", [0, -1])
def test_no_new_tokens_is_a_mistake(count):
    with pytest.raises(LabError, match=f"max_new_tokens is {count}; give at least 1"):
        next(generate_tokens(lively(), prompt(), count))


def test_dropout_at_work_is_a_mistake_but_training_mode_alone_is_none():
    with pytest.raises(LabError, match=r"training mode.*call model\.eval\(\)"):
        next(generate_tokens(GPT(GPTConfig(**{**vars(SHAPE), "dropout": 0.1})), prompt(), 1))
    model = lively()
    expected = new_tokens(model, prompt(), 5, GREEDY)
    model.train().recompute = True
    assert torch.equal(new_tokens(model, prompt(), 5, GREEDY), expected)


def test_damaged_weights_are_named_and_not_sampled_from():
    model = lively()
    with torch.no_grad():
        model.blocks[1].mlp.to_out.weight[0, 0] = torch.nan
    for sampling in (GREEDY, Sampling()):
        with pytest.raises(LabError, match="weights are damaged, or its training diverged"):
            next(generate_tokens(model, prompt(), 5, sampling))


class Script:
    """Stands where a GPT would and "predicts" a fixed list of tokens, so texts can be exact."""

    training = False

    def __init__(self, tokens, vocab_size, context_length=32):
        self.tokens, self.read = tokens, []
        self.config = types.SimpleNamespace(
            vocab_size=vocab_size, context_length=context_length, n_layers=1
        )

    def parameters(self):
        yield torch.zeros(1)

    def hidden_states(self, text, cache, known):
        self.read.append(text.tolist())
        return text[..., None].float()

    def unembed(self, hidden):
        logits = torch.zeros(1, self.config.vocab_size)
        logits[0, self.tokens[len(self.read) - 1]] = 1.0
        return logits


BYTES = BPETokenizer.train(["abc"], 257 + 1, special_tokens=("<|endoftext|>", "<|pause|>"))
END, PAUSE = (BYTES.special_tokens[s] for s in ("<|endoftext|>", "<|pause|>"))


def written(tokens, prompt="x", **kwargs):
    model = Script(tokens, BYTES.vocab_size)
    kwargs = {"max_new_tokens": len(tokens), "sampling": GREEDY, "use_cache": False, **kwargs}
    return list(generate(model, BYTES, prompt, **kwargs)), model


def test_a_character_of_many_bytes_comes_whole_and_text_comes_early():
    text = "aé…🙂b"
    tokens = BYTES.encode(text)
    assert len(tokens) == len(text.encode()) == 11
    assert written(tokens)[0] == ["a", "é", "…", "🙂", "b"]
    model = Script(tokens, BYTES.vocab_size)
    stream = generate(model, BYTES, "x", 11, GREEDY, use_cache=False)
    assert next(stream) == "a"
    assert len(model.read) == 1  # nothing was computed ahead


def test_bytes_that_never_become_a_character_are_marked():
    half = BYTES.encode("é")[:1]
    assert written([*half, *BYTES.encode("a")])[0] == ["�a"]
    assert written([*BYTES.encode("a"), *half])[0] == ["a", "�"]
    assert written([*half, END])[0] == ["�"]


def test_the_text_ends_at_a_stop_which_is_not_part_of_it():
    a, b = BYTES.encode("ab")
    pieces, model = written([a, b, END, a])
    assert pieces == ["a", "b"]
    assert len(model.read) == 3
    assert written([a, END, b], stop=())[0] == ["a", "<|endoftext|>", "b"]
    assert written([a, PAUSE, b, END, a])[0] == ["a", "<|pause|>", "b"]
    assert written([a, PAUSE, b], stop="<|pause|>")[0] == ["a"]
    assert written([a, END, b], stop=["<|pause|>", "<|endoftext|>"])[0] == ["a"]
    assert written([END])[0] == []


def test_the_prompt_stands_after_an_end_of_text_as_in_training():
    x, a = BYTES.encode("xa")
    assert written([a, a], "x")[1].read == [[[END, x]], [[END, x, a]]]
    assert written([a], "")[1].read == [[[END]]]
    typed = written([a], "<|endoftext|>")[1].read[0][0]  # typing its name is typing text
    assert typed.count(END) == 1
    assert len(typed) == 14


def test_an_unknown_stop_is_refused_with_those_there_are():
    with pytest.raises(LabError, match=r"'<\|stop\|>' is no special token.*endoftext.*pause"):
        written([0], stop=["<|stop|>"])
    plain = CharTokenizer.train(["abc"], special_tokens=())
    with pytest.raises(LabError, match=r"'<\|stop\|>' is no special token.*it has: none"):
        next(generate(Script([0], 3), plain, "a", stop="<|stop|>"))


def test_a_tokenizer_without_end_of_text_writes_on_but_cannot_begin_with_nothing():
    plain = CharTokenizer.train(["abc"], special_tokens=())
    model = Script([0, 1, 2], plain.vocab_size)
    assert "".join(generate(model, plain, "ab", 3, GREEDY, use_cache=False)) == "abc"
    with pytest.raises(LabError, match="prompt is empty and the tokenizer has no end-of-text"):
        next(generate(model, plain, "", 3))


def test_a_prompt_too_long_or_of_another_tokenizer_is_refused():
    with pytest.raises(LabError, match="context_length is 32 but the prompt has 33 tokens"):
        written([0], "x" * 32)
    with pytest.raises(LabError, match=r"token id 25[67] is outside 0 … 39"):
        next(generate(lively(), BYTES, "x"))


def test_generate_uses_the_model_the_sampling_and_the_seed():
    model = lively(GPTConfig(**{**vars(SHAPE), "vocab_size": BYTES.vocab_size}))
    sampling = Sampling(0.9, top_k=30)
    ids = torch.tensor([[END, *BYTES.encode("ab")]])
    expected = new_tokens(model, ids, 40, sampling, seed=3)[0].tolist()
    for use_cache in (True, False):
        got = generate(model, BYTES, "ab", 40, sampling, seed=3, stop=(), use_cache=use_cache)
        assert "".join(got) == BYTES.decode(expected)
