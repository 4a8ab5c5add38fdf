"""BERT against transformers, through files in the hub's format, both ways; and bad input."""

from __future__ import annotations

import json
import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # before the import: no test may reach out

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch.testing import assert_close
from transformers import (
    BertForMaskedLM,
    BertForPreTraining,
    BertForSequenceClassification,
    BertModel,
    BertTokenizer,
)

from gptlab.errors import LabError
from gptlab.models.bert import Bert, BertClassifier, BertConfig, BertPretraining
from gptlab.models.bert_files import export_bert, load_bert, load_bert_tokenizer, named_weights
from gptlab.text.wordpiece import SPECIAL_PIECES, WordPieceTokenizer

transformers.utils.logging.set_verbosity_error()
SHAPE = BertConfig(61, context_length=24, d_model=48, n_heads=4, n_layers=3, d_ff=80, dropout=0.0)
TOKENIZER = WordPieceTokenizer([*SPECIAL_PIECES, *(f"w{i}" for i in range(56))])


def shake(model, seed=1):
    """Weights far from initialisation, so that nothing is zero, one, or alike by accident."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.empty_like(p).normal_(std=0.15, generator=generator))
    return model.eval()


def theirs_like(kind, **changes):
    config = transformers.BertConfig(
        vocab_size=61, max_position_embeddings=24, hidden_size=48, num_attention_heads=4,
        num_hidden_layers=3, intermediate_size=80, hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0, **changes,
    )  # fmt: skip
    return shake(kind(config))


def inputs():
    """Tokens with padding, segments, targets for some places, labels for rows."""
    g = torch.Generator().manual_seed(2)
    tokens = torch.randint(5, 61, (3, 24), generator=g)
    tokens[0, 17:] = tokens[2, 3:] = 0
    segments = torch.zeros_like(tokens)
    segments[:, 2:9] = 1
    targets = torch.randint(5, 61, (3, 24), generator=g)
    targets[torch.rand(3, 24, generator=g) < 0.8] = -100
    targets[tokens == 0] = -100
    return tokens, segments, targets, torch.tensor([1, 0, 1])


def asked(tokens, segments):
    return {"input_ids": tokens, "attention_mask": (tokens != 0).long(), "token_type_ids": segments}


def assert_same_gradients(ours, theirs):
    wanted = dict(theirs.named_parameters())
    mine = named_weights(ours)
    if isinstance(ours, Bert):
        mine = {name.removeprefix("bert."): p for name, p in mine.items()}
    assert mine.keys() == wanted.keys()
    for name, p in mine.items():
        gradient = wanted[name].grad
        if name.endswith("key.bias"):  # the softmax does not feel it: zero but for rounding
            assert p.grad.abs().max() < 1e-5
            continue
        largest = gradient.abs().max().item()
        assert largest > 1e-6, name  # or the comparison would say nothing
        assert_close(p.grad, gradient, atol=1e-4 * min(1.0, largest), rtol=0)


@pytest.mark.parametrize("impl", ["sdpa", "plain"])
def test_their_model_is_ours(tmp_path, impl):
    theirs = theirs_like(BertModel)
    theirs.save_pretrained(tmp_path)
    ours = load_bert(tmp_path, Bert)
    assert ours.config == SHAPE
    for layer in ours.layers:
        layer.attention.impl = impl
    tokens, segments, *_ = inputs()
    wanted = theirs(**asked(tokens, segments))
    hidden = ours(tokens, segments)
    real = tokens != 0
    assert_close(hidden[real], wanted.last_hidden_state[real], atol=1e-4, rtol=0)
    assert_close(ours.pool(hidden), wanted.pooler_output, atol=1e-4, rtol=0)
    weights = torch.randn(hidden.shape, generator=torch.Generator().manual_seed(3))
    (hidden * weights)[real].sum().add(ours.pool(hidden).sum()).backward()
    (wanted.last_hidden_state * weights)[real].sum().add(wanted.pooler_output.sum()).backward()
    assert_same_gradients(ours, theirs)


@pytest.mark.parametrize("kind", [BertForMaskedLM, BertForPreTraining])
def test_the_heads_are_theirs(tmp_path, kind):
    theirs = theirs_like(kind)
    theirs.save_pretrained(tmp_path)
    ours = load_bert(tmp_path, BertPretraining)
    assert (ours.next_sentence is None) == (kind is BertForMaskedLM)
    tokens, segments, targets, elsewhere = inputs()
    told = {"labels": targets}
    if kind is BertForPreTraining:
        told["next_sentence_label"] = elsewhere
    wanted = theirs(**asked(tokens, segments), **told)
    logits = wanted.logits if kind is BertForMaskedLM else wanted.prediction_logits
    real = tokens != 0
    assert_close(ours(tokens, segments)[real], logits[real], atol=1e-4, rtol=0)
    loss = ours.loss(tokens, segments, targets, elsewhere)
    assert_close(loss, wanted.loss, atol=1e-5, rtol=0)
    loss.backward()
    wanted.loss.backward()
    assert_same_gradients(ours, theirs)
    # A Bert without heads comes out of the same file.
    assert_close(load_bert(tmp_path, Bert)(tokens, segments), ours.bert(tokens, segments))


def test_the_classifier_is_theirs(tmp_path):
    theirs = theirs_like(BertForSequenceClassification, num_labels=5)
    theirs.save_pretrained(tmp_path)
    ours = load_bert(tmp_path, BertClassifier)
    tokens, segments, *_ = inputs()
    labels = torch.tensor([4, 0, 2])
    wanted = theirs(**asked(tokens, segments), labels=labels)
    assert_close(ours(tokens, segments), wanted.logits, atol=1e-4, rtol=0)
    loss = ours.loss(tokens, segments, labels)
    loss.backward()
    wanted.loss.backward()
    assert_close(loss, wanted.loss, atol=1e-5, rtol=0)
    assert_same_gradients(ours, theirs)


MADE = {
    BertModel: lambda: Bert(SHAPE),
    BertForMaskedLM: lambda: BertPretraining(SHAPE, next_sentence=False),
    BertForPreTraining: lambda: BertPretraining(SHAPE),
    BertForSequenceClassification: lambda: BertClassifier(Bert(SHAPE), 3),
}


@pytest.mark.parametrize("kind", MADE)
def test_ours_to_theirs_and_back(tmp_path, kind):
    ours = shake(MADE[kind]())
    folder = tmp_path / "new" / "folder"
    export_bert(ours, folder, TOKENIZER)
    assert json.loads((folder / "config.json").read_text())["architectures"] == [kind.__name__]
    theirs, report = kind.from_pretrained(folder, output_loading_info=True)
    assert not any(report[k] for k in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    tokens, segments, *_ = inputs()
    found = theirs.eval()(**asked(tokens, segments))
    mine = ours(tokens, segments)
    real = (tokens != 0) if mine.dim() == 3 else slice(None)
    assert_close(mine[real], found[0][real], atol=1e-4, rtol=0)
    again = load_bert(folder, type(ours))
    for (name, p), (other, q) in zip(
        ours.named_parameters(), again.named_parameters(), strict=True
    ):
        assert name == other
        assert torch.equal(p, q)
    text = "w3 w4, w55 nothing"
    assert BertTokenizer.from_pretrained(folder).tokenize(text) == TOKENIZER.tokenize(text)
    assert load_bert_tokenizer(folder).pieces == TOKENIZER.pieces


def test_presets_have_the_sizes_of_the_paper():
    # Devlin et al. 2019, section 3: 110 and 340 million; exactly as transformers counts them.
    for name, millions in {"bert-base": 110, "bert-large": 340}.items():
        config = BertConfig.preset(name)
        assert abs(config.parameter_count() / 1e6 - millions) < 5
        with torch.device("meta"):
            ours = Bert(config)
            theirs = BertModel(
                transformers.BertConfig(
                    hidden_size=config.d_model, num_hidden_layers=config.n_layers,
                    num_attention_heads=config.n_heads, intermediate_size=config.hidden,
                )
            )  # fmt: skip
        for model in (ours, theirs):
            assert sum(p.numel() for p in model.parameters()) == config.parameter_count()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("pretrained")
    export_bert(shake(BertPretraining(SHAPE)), place, TOKENIZER)
    return place


@pytest.fixture
def copied(folder, tmp_path):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def change_weights(place, change):
    weights = load_file(place / "model.safetensors")
    change(weights)
    save_file(weights, place / "model.safetensors", {"format": "pt"})


def test_the_names_of_2018_are_understood(copied):
    tokens, segments, *_ = inputs()
    wanted = load_bert(copied, Bert)(tokens, segments)

    def rename(weights):
        for name in list(weights):
            old = name.replace("LayerNorm.weight", "LayerNorm.gamma")
            weights[old.replace("LayerNorm.bias", "LayerNorm.beta")] = weights.pop(name)
        weights["bert.embeddings.position_ids"] = torch.arange(24)[None]
        weights["cls.predictions.decoder.bias"] = torch.zeros(61)

    change_weights(copied, rename)
    assert torch.equal(load_bert(copied, Bert)(tokens, segments), wanted)
    assert "gamma" in str(list(load_file(copied / "model.safetensors")))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda w: w.pop("bert.pooler.dense.bias"), "lacks 'bert.pooler.dense.bias'"),
        (lambda w: w.pop("cls.predictions.bias"), "lacks 'cls.predictions.bias'"),
        (lambda w: w.update({"bert.encoder.layer.3.x": torch.ones(2)}), "layer.3.x', which a BERT"),
        (
            lambda w: w.update({"bert.embeddings.LayerNorm.bias": torch.ones(47)}),
            r"has shape \(47,\)",
        ),
    ],
)
def test_missing_extra_and_ill_shaped_weights(copied, change, said):
    change_weights(copied, change)
    with pytest.raises(LabError, match=said):
        load_bert(copied, BertPretraining)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model_type": "gpt2"}, "model_type = 'gpt2'"),
        ({"hidden_act": "relu"}, "hidden_act = 'relu'"),
        ({"type_vocab_size": 16}, "type_vocab_size = 16"),
        ({"attention_probs_dropout_prob": 0.3}, "attention_probs_dropout_prob = 0.3"),
        ({"hidden_size": None}, "does not say hidden_size"),
    ],
)
def test_another_kind_of_model(copied, changes, said):
    path = copied / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    with pytest.raises(LabError, match=said):
        load_bert(copied, Bert)


def test_missing_and_damaged_files(copied):
    with pytest.raises(LabError, match=r"lacks 'classifier.weight'.*fine-tune BertClassifier"):
        load_bert(copied, BertClassifier)
    (copied / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n")
    with pytest.raises(LabError, match=r"vocab.txt.*lacks \[MASK\]"):
        load_bert_tokenizer(copied)
    (copied / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(LabError, match="damaged"):
        load_bert(copied, Bert)
    (copied / "config.json").write_text("[]")
    with pytest.raises(LabError, match="holds no settings"):
        load_bert(copied, Bert)
    with pytest.raises(LabError, match=r"config\.json is missing"):
        load_bert(copied / "nowhere", Bert)
    (copied / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(LabError, match="does not say vocab_size"):
        load_bert(copied, Bert)


def test_what_stands_at_padding_changes_nothing():
    model = shake(Bert(SHAPE))
    row = torch.tensor([[2, 9, 10, 3]])
    padded = torch.cat([row, torch.zeros(1, 6, dtype=torch.long)], dim=1)
    assert_close(model(padded)[:, :4], model(row), atol=1e-5, rtol=0)
    assert_close(model.pool(model(padded)), model.pool(model(row)), atol=1e-5, rtol=0)


def test_the_mean_of_a_row_leaves_padding_out():
    model = shake(Bert(SHAPE, pooler=False))
    classifier = BertClassifier(model, 3, reads="mean").eval()
    row = torch.tensor([[2, 9, 10, 3]])
    padded = torch.cat([row, torch.zeros(1, 6, dtype=torch.long)], dim=1)
    assert_close(model.mean(model(row), row), model(row).mean(dim=1))
    assert_close(classifier(padded), classifier(row), atol=1e-5, rtol=0)
    assert_close(classifier(row), classifier.to_labels(model(row).mean(dim=1)))


def test_a_classifier_by_the_mean_is_not_written_as_theirs(tmp_path):
    classifier = BertClassifier(Bert(SHAPE), 3, reads="mean")
    with pytest.raises(LabError, match=r"reads the mean.*Export `model.bert` alone"):
        export_bert(classifier, tmp_path)


def test_every_position_sees_both_sides():
    model = shake(Bert(SHAPE))
    row = torch.tensor([[2, 9, 10, 11, 12, 3]])
    for changed in (1, 4):
        other = row.clone()
        other[0, changed] = 30
        moved = (model(other) - model(row)).abs().amax(dim=2)[0]
        assert (moved > 1e-4).all()


def test_only_chosen_positions_enter_the_loss():
    model = shake(BertPretraining(SHAPE))
    tokens, segments, targets, _ = inputs()
    logits = model(tokens, segments)
    chosen = targets != -100
    by_hand = -logits.log_softmax(-1)[chosen].gather(1, targets[chosen][:, None]).mean()
    assert_close(model.loss(tokens, segments, targets), by_hand)


def test_a_start_that_knows_frequencies_pays_the_unigram_level():
    torch.manual_seed(4)
    model = BertPretraining(SHAPE).eval()
    counts = torch.arange(61)
    model.start_knowing(counts)
    assert_close(model.bias.detach(), ((counts + 1) / (counts + 1).sum()).log())
    tokens, segments, targets, _ = inputs()
    unigram = -model.bias[targets[targets >= 0]].mean()
    assert_close(model.loss(tokens, segments, targets), unigram, atol=0.05, rtol=0)


def test_a_start_that_looks_beside():
    torch.manual_seed(4)
    model = Bert(BertConfig(61, 20, d_model=96, n_heads=4, n_layers=2, dropout=0.0)).eval()
    model.start_looking_beside()
    x = model.embed(torch.randint(5, 61, (1, 20)))
    weights = model.layers[0].attention.weights(x)[0]
    right, left = weights[0], weights[1]
    assert right.diagonal(1).min() > 0.4
    assert left.diagonal(-1).min() > 0.4
    assert (right.argmax(dim=1)[:-1] == torch.arange(1, 20)).all()
    assert (left.argmax(dim=1)[1:] == torch.arange(19)).all()
    assert_close(weights[2:], torch.full((2, 20, 20), 1 / 20))


ROW = torch.tensor([[2, 9, 3]])


@pytest.mark.parametrize(
    ("do", "said"),
    [
        (lambda m: m(torch.tensor([[2, 9, 3], [0, 0, 0]])), "row 1 is nothing but padding"),
        (lambda m: m(torch.full((1, 25), 7)), "context_length is 24 but the text has 25"),
        (lambda m: m(torch.tensor([[2, 61, 3]])), "token id 61 is outside 0 … 60"),
        (lambda m: m(ROW, torch.tensor([[0, 2, 1]])), "segment id 2 is outside 0 … 1"),
        (lambda m: m(ROW, torch.tensor([[0, -1, 1]])), "segment id -1"),
        (lambda m: m(ROW, torch.zeros(1, 4, dtype=torch.long)), r"segments have shape \(1, 4\)"),
        (lambda m: m(torch.zeros(0, 3, dtype=torch.long)), "not empty"),
        (lambda m: m(ROW[0]), r"shape \(3,\)"),
        (lambda m: Bert(SHAPE, pooler=False).pool(m(ROW)), "has no pooler"),
        (lambda m: BertClassifier(m, 1), "n_labels is 1"),
        (lambda m: BertClassifier(Bert(SHAPE, pooler=False), 2), "no pooler to classify"),
        (
            lambda m: BertClassifier(m, 2, reads="max"),
            r"reads is 'max'; choose one of \[CLS\], mean",
        ),
        (lambda m: BertPretraining(SHAPE, False).follow_scores(m(ROW)), "no next-sentence head"),
        (lambda m: BertPretraining(SHAPE).start_knowing(torch.ones(60)), "each of the 61 tokens"),
        (
            lambda m: Bert(BertConfig(9, 4, d_model=6, n_heads=1)).start_looking_beside(),
            "1 heads of 6 dimensions",
        ),
        (lambda m: BertConfig.preset("bert-huge"), "'bert-huge' is unknown"),
        (lambda m: BertConfig.preset("small", width=3), "no field 'width'"),
        (lambda m: BertConfig(d_model=0), "d_model is 0"),
        (lambda m: BertConfig(dropout=1.0), "dropout is 1.0"),
        (lambda m: BertConfig(vocab_size=5, pad=5), "pad is 5"),
        (lambda m: Bert(BertConfig(10, d_model=10, n_heads=3)), "does not divide"),
        (
            lambda m: export_bert(Bert(BertConfig(9, 4, 4, 1, 1)), "/tmp/nowhere", TOKENIZER),
            "61 pieces, the model 9",
        ),
    ],
)
def test_bad_input(do, said):
    with pytest.raises(LabError, match=said):
        do(Bert(SHAPE).eval())
