"""Pictures of chapter 15: their words tell what the numbers say; nonsense is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from gptlab.errors import LabError
from gptlab.figures import bert_pictures as pictures
from gptlab.figures.gap_filler import gap_filler, gap_fills
from gptlab.figures.style import figure_html
from gptlab.models.bert import BertConfig, BertPretraining
from gptlab.text.wordpiece import SPECIAL_PIECES, WordPieceTokenizer

TOKENIZER = WordPieceTokenizer([*SPECIAL_PIECES, "the", "dog", "cat", "<sleeps>"])


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def small():
    torch.manual_seed(15)
    return BertPretraining(BertConfig(9, 12, d_model=8, n_heads=2, n_layers=1, dropout=0.5))


def test_the_plan_tells_what_goes_over():
    figure, alt = pictures.transfer_drawing(("life", "arts"))
    assert "a new head for 2 labels (life, arts)" in alt
    assert "a new head: 2 labels" in [text.get_text() for text in figure.axes[0].texts]
    assert figure_html(figure, alt)


def test_a_row_tells_its_parts():
    figure, alt = pictures.row_drawing(["[CLS]", "a", "[SEP]", "b", "[SEP]"], [0, 0, 0, 1, 1])
    assert "([CLS] a [SEP] b [SEP])" in alt
    assert "A for the first 3 places" in alt
    assert figure_html(figure, alt)
    with pytest.raises(LabError, match="1 segments for 2 pieces"):
        pictures.row_drawing(["a", "b"], [0])


def test_fates_are_counted():
    tokens = np.array([[2, 9, 8, 7, 6, 3]] * 6)
    inputs = np.array([[2, 4, 5, 7, 6, 3]] * 6)
    targets = np.array([[-100, 9, 8, 7, -100, -100]] * 6)
    assert pictures.fates(tokens, inputs, targets, range(5)).tolist() == [[4, 1, 2, 3, 0, 4]] * 6
    figure, alt = pictures.fates_picture(tokens, inputs, targets, range(5))
    assert "6 are replaced by [MASK], 6 by a random token, 6 are chosen but left" in alt
    assert figure_html(figure, alt)


def test_heads_tell_where_they_look():
    right = torch.eye(4).roll(1, dims=1)
    figure, alt = pictures.heads_picture(
        torch.stack([right, right.T]), ["[CLS]", "a", "b", "[SEP]"]
    )
    assert "head 1 gives 100% of its attention to the neighbour on the right and 0%" in alt
    assert "head 2 gives 0%" in alt
    assert figure_html(figure, alt)
    with pytest.raises(LabError, match=r"shape \(4, 4\); give \(heads, 4, 4\)"):
        pictures.heads_picture(right, ["a"] * 4)


def test_senses_tell_how_far_they_lie_apart():
    points = np.array([[0, 0], [0, 1], [9, 0], [9, 1]])
    figure, alt = pictures.senses_map(points, ["Bank", "Bank", "Ufer", "Ufer"], [4, 0])
    assert "(2 Bank, 2 Ufer)" in alt
    assert "2.0 standard deviations apart" in alt
    assert figure_html(figure, alt)
    with pytest.raises(LabError, match="shape"):
        pictures.senses_map(points, ["Bank"])


def test_label_curves_tell_the_means():
    results = [
        {"name": name, "labels": n, "seed": seed, "accuracy": base + 0.1 * seed}
        for name, base in (("pretrained", 0.5), ("from scratch", 0.3))
        for n in (10, 100)
        for seed in (0, 1)
    ]
    figure, alt = pictures.label_curves(results, chance=0.2)
    assert "pretrained: 55% at 10, 55% at 100; from scratch: 35% at 10" in alt
    assert alt.endswith("Guessing gives 20%.")
    assert figure_html(figure, alt)
    with pytest.raises(LabError, match="no results"):
        pictures.label_curves([], 0.2)


def test_each_gap_is_filled_alone():
    model = small().train()
    found = gap_fills(model, TOKENIZER, "the dog <sleeps>", top=9)
    assert model.training
    model.eval()
    assert len(found) == len(TOKENIZER.encode("the dog <sleeps>"))
    row = torch.tensor([[2, *TOKENIZER.encode("the dog <sleeps>"), 3]])
    row[0, 2] = 4
    wanted = model(row)[0, 2].softmax(0).detach()
    assert dict(found[1]) == pytest.approx(
        {p: float(wanted[i]) for i, p in enumerate(TOKENIZER.pieces)}, abs=1e-6
    )
    assert sum(share for _, share in found[0]) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("sentences", "said"),
    [([], "0 sentences"), (["the"] * 21, "21 sentences"), ([" "], "no token")],
)
def test_a_box_that_cannot_be_made(sentences, said):
    with pytest.raises(LabError, match=said):
        gap_filler(small(), TOKENIZER, sentences)
