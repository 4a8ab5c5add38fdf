"""The encoder-decoder LSTM: torch's own with copied weights, the decoder by hand, padding."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gptlab.errors import LabError
from gptlab.generation.beam import beam_search, greedy_search
from gptlab.layers.recurrent import lstm_step
from gptlab.models.seq2seq import ATTENTIONS, READINGS, Seq2Seq, Seq2SeqConfig, turned
from gptlab.text.codecs import BEGIN, END, PAD
from gptlab.text.pair_batches import PairBatches, pair_tensors
from gptlab.training.config import TrainConfig
from gptlab.training.trainer import Trainer

PAIRS = [([5, 6, 7, 8], [4, 9]), ([8], [5, 5, 6]), ([4, 4], [7])]
every_kind = pytest.mark.parametrize("attention", ATTENTIONS)


def make(seed=0, **changes):
    torch.manual_seed(seed)
    shape = {"d_model": 5, "d_hidden": 8, "n_layers": 2, **changes}
    return Seq2Seq(Seq2SeqConfig(source_vocab=11, target_vocab=13, **shape))


@pytest.mark.parametrize("reading", READINGS)
def test_the_encoder_equals_torchs_lstm_with_copied_weights(reading):
    model = make(reading=reading, n_layers=1)
    theirs = nn.LSTM(5, 4 if reading == "both" else 8, bidirectional=reading == "both",
                     batch_first=True)  # fmt: skip
    with torch.no_grad():
        for suffix, way in zip(("", "_reverse"), model.encoder.ways, strict=False):
            for name, weight in way.rnn.named_parameters():
                getattr(theirs, name + suffix).copy_(weight)
    source = pair_tensors(PAIRS)[0]
    memory, (h, c), allowed = model.encode(source)
    for row, (ids, _) in enumerate(PAIRS):
        x = model.source_embedding(torch.tensor([ids if reading != "reversed" else ids[::-1]]))
        outputs, (h_end, c_end) = theirs(x)
        if reading == "reversed":
            outputs = outputs.flip(1)
        assert_close(memory[row, : len(ids)], outputs[0])
        assert (memory[row, len(ids) :] == 0).all()
        assert_close(h[0, row], h_end[:, 0].flatten())
        assert_close(c[0, row], c_end[:, 0].flatten())
    assert torch.equal(allowed, source != PAD)
    upstream = torch.randn_like(memory[:1])
    mine = torch.autograd.grad(memory[:1], model.encoder.ways[0].rnn.weight_hh_l0, upstream)
    ids = torch.tensor([PAIRS[0][0][:: -1 if reading == "reversed" else 1]])
    outputs = theirs(model.source_embedding(ids))[0]
    outputs = outputs.flip(1) if reading == "reversed" else outputs
    assert_close(mine, torch.autograd.grad(outputs, theirs.weight_hh_l0, upstream))


def test_one_step_of_additive_attention_is_the_formula():
    model = make(attention="additive", n_layers=1)
    source = torch.tensor([[5, 6, 7]])
    memory, (h, c), _ = model.encode(source)
    query, v = h[0, 0], model.attention.to_score.weight[0]
    w, u = model.attention.to_query.weight, model.attention.to_keys.weight
    scores = torch.stack([v @ torch.tanh(w @ query + u @ m) for m in memory[0]])
    weights = scores.softmax(0)
    context = sum(a * m for a, m in zip(weights, memory[0], strict=True))
    x = torch.cat([model.target_embedding.weight[BEGIN], context])
    h, c = lstm_step(x[None], (h[0], c[0]), model.decoder.weights(0))
    said = torch.tanh(model.combine.weight @ torch.cat([h[0], context]))
    expected = model.unembedding.weight @ said + model.unembedding.bias
    inputs = torch.tensor([[BEGIN]])
    assert_close(model(source, inputs)[0, 0], expected)
    assert_close(model.alignments(source, inputs)[0, 0], weights)


def test_one_step_of_multiplicative_attention_is_the_formula():
    model = make(attention="multiplicative", n_layers=1)
    source = torch.tensor([[5, 6, 7]])
    memory, (h, c), _ = model.encode(source)
    x = model.target_embedding.weight[BEGIN]
    h, c = lstm_step(x[None], (h[0], c[0]), model.decoder.weights(0))
    weights = torch.stack([h[0] @ model.attention.to_keys.weight @ m for m in memory[0]]).softmax(0)
    said = torch.tanh(model.combine.weight @ torch.cat([h[0], weights @ memory[0]]))
    expected = model.unembedding.weight @ said + model.unembedding.bias
    inputs = torch.tensor([[BEGIN]])
    assert_close(model(source, inputs)[0, 0], expected)
    assert_close(model.alignments(source, inputs)[0, 0], weights)


def test_without_attention_the_decoder_hears_of_the_source_through_its_first_state_alone():
    model = make(n_layers=1)
    source, inputs, _ = pair_tensors(PAIRS[:1])
    _, state, _ = model.encode(source)
    hidden, _ = model.decoder(model.target_embedding(inputs), state)
    assert_close(model(source, inputs), model.unembedding(hidden))
    with pytest.raises(LabError, match="no attention to show; build it with attention='additive'"):
        model.alignments(source, inputs)


def test_without_the_bridge_the_decoder_begins_in_zeros_and_still_sees_the_source():
    model = make(attention="additive", bridge=False)
    source, inputs, _ = pair_tensors(PAIRS)
    _, state, _ = model.encode(source)
    assert all((part == 0).all() for part in state)
    scores = model(source, inputs)
    assert not torch.equal(model(source.flip(0), inputs)[0], scores[0])
    loss = model.loss(source, inputs, inputs)
    assert all(g.isfinite().all() for g in torch.autograd.grad(loss, list(model.parameters())))


@every_kind
@pytest.mark.parametrize("impl", ["torch", "plain"])
def test_writing_token_by_token_equals_teacher_forcing_at_once(attention, impl):
    model = make(attention=attention, impl=impl).eval()
    source, inputs, _ = pair_tensors(PAIRS)
    state, scores = model.start(source), []
    assert all(part.size(0) == len(PAIRS) for part in state)
    for tokens in inputs.unbind(1):
        logits, state = model.step(tokens, state)
        scores.append(logits)
    assert_close(torch.stack(scores, dim=1), model(source, inputs))


@every_kind
def test_both_forms_of_the_recurrence_are_one_function(attention):
    fast, plain = make(attention=attention), make(attention=attention, impl="plain")
    plain.load_state_dict(fast.state_dict())
    source, inputs, _ = pair_tensors(PAIRS)
    assert_close(fast(source, inputs), plain(source, inputs))


@every_kind
@pytest.mark.parametrize("reading", READINGS)
def test_padding_changes_nothing(attention, reading):
    model = make(attention=attention, reading=reading).eval()
    source, inputs, _ = pair_tensors(PAIRS)
    wider = torch.cat([source, torch.full((3, 2), PAD)], dim=1)
    assert_close(model(wider, inputs), model(source, inputs))
    for row, (ids, _) in enumerate(PAIRS):
        alone = model(torch.tensor([ids]), inputs[row : row + 1])
        assert_close(alone[0], model(source, inputs)[row])
    if attention:
        weights = model.alignments(wider, inputs)
        assert_close(weights.sum(-1), torch.ones(3, 4))
        assert (weights.masked_select((wider == PAD)[:, None].expand_as(weights)) == 0).all()


@every_kind
def test_the_decoder_does_not_see_what_it_has_yet_to_write(attention):
    model = make(attention=attention).eval()
    source, inputs, _ = pair_tensors(PAIRS)
    before = model(source, inputs)
    inputs[:, 2] = 12
    after = model(source, inputs)
    assert torch.equal(after[:, :2], before[:, :2])
    assert not torch.equal(after[:, 2:], before[:, 2:])


@every_kind
def test_every_weight_gets_a_finite_gradient_and_padded_targets_none(attention):
    model = make(attention=attention, dropout=0.1)
    source, inputs, targets = pair_tensors(PAIRS)
    model.loss(source, inputs, targets).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().sum() > 0, name
    model.eval()
    loss = model.loss(source, inputs, targets)
    wrong_beyond = inputs.masked_fill(targets == -100, 9)
    assert_close(model.loss(source, wrong_beyond, targets), loss)
    n = int((targets != -100).sum())
    one_by_one = sum(
        model.loss(*pair_tensors([pair])) * (len(pair[1]) + 1) for pair in PAIRS
    )  # fmt: skip
    assert_close(loss, one_by_one / n)


@every_kind
def test_it_learns_to_turn_a_row_round_and_writes_it_by_greedy_and_beam(attention):
    draw = torch.Generator().manual_seed(1)
    rows = [torch.randint(4, 8, (int(n),), generator=draw).tolist()
            for n in torch.randint(1, 4, (64,), generator=draw)]  # fmt: skip
    model = make(attention=attention, d_model=16, d_hidden=32, n_layers=1)
    batches = PairBatches([(row, row[::-1]) for row in rows], 32)
    Trainer(model, batches, TrainConfig(steps=100, lr=0.02)).fit()
    source = pair_tensors([(row, row) for row in rows])[0]
    found = greedy_search(model.eval(), source, 6)
    right = [h.finished and list(h.tokens) == row[::-1] for h, row in zip(found, rows, strict=True)]
    assert sum(right) > 0.8 * len(rows)
    for one, beam in zip(found, beam_search(model, source, 6, width=3, alpha=0.0), strict=True):
        assert beam[0].log_probability >= one.log_probability - 1e-5


@every_kind
def test_bf16_gives_finite_losses_close_to_fp32(attention):
    model = make(attention=attention)
    batch = pair_tensors(PAIRS)
    exact = model.loss(*batch)
    with torch.autocast("cpu", torch.bfloat16):
        rough = model.loss(*batch)
    rough.backward()
    assert_close(rough, exact, atol=0.05, rtol=0.05)


def test_turned_rows_keep_their_padding_at_the_end():
    x = torch.arange(6.0).reshape(2, 3, 1)
    assert turned(x, torch.tensor([3, 2])).flatten().tolist() == [2, 1, 0, 4, 3, 5]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"d_model": 0}, "d_model is 0"),
        ({"n_layers": True}, "n_layers is True"),
        ({"attention": "dot"}, "attention 'dot' is unknown; choose one of None, 'additive'"),
        ({"reading": "twice"}, "reading 'twice' is unknown; choose one of forward, reversed, both"),
        ({"d_hidden": 7}, "d_hidden=7 is shared by two directions; make it even"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"bridge": False}, "without attention and without bridge the decoder knows nothing"),
        ({"impl": "fast"}, "impl 'fast' is unknown"),
    ],
)
def test_a_bad_shape_is_refused(changes, message):
    with pytest.raises(LabError, match=message):
        make(**changes)


@every_kind
def test_bad_sources_and_targets_are_refused(attention):
    model = make(attention=attention)
    begin = torch.tensor([[BEGIN]])
    cases = [
        ([[5], [PAD]], begin.expand(2, 1), "row 1 of the source is nothing but PAD"),
        ([[PAD, 5]], begin, "PAD before a word; fill it up on the right"),
        ([[5, 11]], begin, "source id 11 is outside 0 … 10"),
        ([[5, -1]], begin, "source id -1 is outside"),
        ([[5]], torch.tensor([[13]]), "target id 13 is outside 0 … 12"),
        ([[5]], torch.empty(1, 0, dtype=torch.long), r"the target has shape \(1, 0\)"),
    ]
    for source, inputs, message in cases:
        with pytest.raises(LabError, match=message):
            model(torch.tensor(source), inputs)
    with pytest.raises(LabError, match=r"the source has shape \(1, 0\)"):
        model(torch.empty(1, 0, dtype=torch.long), begin)
    with pytest.raises(LabError, match="a beam of 14 is wider than the vocabulary of 13"):
        beam_search(model, torch.tensor([[5]]), 3, width=14)
    assert len(beam_search(model, torch.tensor([[5]]), 3, width=13)[0]) <= 13
    assert greedy_search(model, torch.tensor([[5]]), 1)[0].tokens in {(i,) for i in range(13)} | {
        ()
    }
    assert END not in greedy_search(model, torch.tensor([[5]]), 3)[0].tokens
