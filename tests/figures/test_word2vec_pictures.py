"""Pictures of chapter 06 and the training that is played back: what they show, what they refuse."""

import json

import numpy as np
import pytest
import torch

from gptlab.embeddings.reading import Reading
from gptlab.embeddings.vectors import WordVectors
from gptlab.embeddings.word2vec_blocks import BlockedReading
from gptlab.errors import LabError
from gptlab.figures import style
from gptlab.figures import word2vec_pictures as drawn
from gptlab.figures.training_replay import same_plane, training_replay
from gptlab.text.words import Vocabulary

WORDS = Vocabulary(("the", "cat", "dog"), np.array([900, 60, 40]))


def texts(figure):
    figure.canvas.draw()
    found = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert style.svg(figure)
    return found


def test_two_architectures_hold_the_same_words():
    figure, alt = drawn.two_architectures(["a", "b", "c"])
    assert [text for text in texts(figure) if text] == ["a", "c", "b", "mean", "a", "c", "b"]
    assert "from b to each of the 2 others" in alt
    with pytest.raises(LabError, match="4 words have no middle"):
        drawn.two_architectures(["a", "b", "c", "d"])


def test_sampling_curves_say_what_they_draw():
    figure, alt = drawn.sampling_curves(WORDS, ["the", "dog"])
    assert texts(figure) == ["the", "dog", "the", "dog"]
    assert "the is kept 3% of the time" in alt
    with pytest.raises(LabError, match="'cow' is not among"):
        drawn.sampling_curves(WORDS, ["cow"])


def test_structure_curves():
    figure, alt = drawn.structure_curves([0, 0.5, 1], [4.1, 3, 2.5], [0.02, 0.3, 0.8], 0.02)
    texts(figure)
    assert "from 4.1 to 2.5 nats" in alt
    assert "from 2%, where chance is 2%, to 80%" in alt
    with pytest.raises(LabError, match="1 losses"):
        drawn.structure_curves([0, 1], [4], [0, 1], 0)


def test_map_panels():
    figure, alt = drawn.map_panels(np.zeros((2, 3, 2)), ["before", "after"], WORDS.words, "xyy")
    texts(figure)
    assert [axes.get_title() for axes in figure.axes] == ["before", "after"]
    assert "same 3 words: before, after" in alt
    with pytest.raises(LabError, match=r"frames of shape \(1, 3, 2\)"):
        drawn.map_panels(np.zeros((1, 3, 2)), ["before", "after"], WORDS.words, "xyy")


def test_chunk_picture_weighs_pairs_and_noise():
    reading = Reading(torch.tensor([0, 1, 2]), torch.tensor([0, 1, 1]), torch.tensor([1, 1, 0]))
    noise = torch.tensor([[1, 0]])
    block = BlockedReading(reading, 1, noise, 3, 1, torch.device("cpu"))[0]
    figure, alt = drawn.chunk_picture(block, WORDS.words)
    weights = figure.axes[0].images[0].get_array().filled(0)
    assert weights[:, :5].tolist() == [[0, 0, 1, 0, 0], [0, 1, 0, 1, 0], [0, 0, 1, 0, 0]]
    assert weights[:, 5:].tolist() == [[-2.5, -2.5], [-5, -5], [-2.5, -2.5]]
    assert [t.get_text() for t in figure.axes[0].get_xticklabels()] == [
        *("", "the", "cat", "dog", "", "cat", "the"),
    ]
    assert "with 3 words of a chunk as rows" in alt


def test_speed_bars_show_every_run():
    def row(speed):
        return {"words_per_second": speed}

    speeds = {"gensim": 5000, "gptlab, 2 workers": 9000, "gptlab, 1 worker": 7000}
    found = {"results": {"cbow": {who: row(speed) for who, speed in speeds.items()}}}
    figure, alt = drawn.speed_bars(found)
    assert [bar.get_width() for bar in figure.axes[0].patches] == [5, 9, 7]
    assert "CBOW, gptlab, 2 workers 9" in alt
    with pytest.raises(LabError, match=r"run: python benchmarks/nothing\.py"):
        drawn.benchmark_results("nothing")


def test_all_snapshots_are_seen_from_one_side():
    draw = np.random.default_rng(0)
    end = WordVectors(WORDS.words, draw.normal(size=(3, 4)))
    start = WordVectors(WORDS.words, np.zeros((3, 4)))
    frames = same_plane([start, end], ["dog", "the", "cat"])
    assert frames.shape == (2, 3, 2)
    assert np.allclose(frames[0], frames[0][0])  # nothing known: all in one place
    lengths = np.linalg.norm(frames[1][:, None] - frames[1], axis=-1)
    unit = end.unit[[2, 0, 1]]
    np.testing.assert_allclose(lengths, np.linalg.norm(unit[:, None] - unit, axis=-1))
    with pytest.raises(LabError, match="no snapshot"):
        same_plane([], ["dog"])
    with pytest.raises(LabError, match="'cow' is not among"):
        same_plane([end], ["cow"])


def test_replay_carries_its_frames():
    frames = np.array([[[0.0, 0], [1, 1]], [[2, 0], [0, 2]]])
    page = training_replay(frames, ["cat", "<car>"], ["animal", "thing"], ["start", "end"]).html
    assert "<car>" not in page
    assert "&lt;car&gt;" in page
    packed = page.split('data-replay="')[1].split('"')[0].replace("&quot;", '"')
    data = json.loads(packed)
    assert data["told"] == ["start", "end"]
    assert data["groups"] == [0, 1]
    (x0, y0), (x1, y1) = data["frames"][0]
    assert x0 < x1
    assert y0 > y1  # up on the page is a smaller number


@pytest.mark.parametrize(
    ("frames", "words", "told", "message"),
    [
        (np.zeros((1, 1, 2)), ["a"], ["x"], "2 to 100 frames"),
        (np.zeros((2, 1, 3)), ["a"], ["x", "y"], r"shape \(2, 1, 3\)"),
        (np.zeros((2, 81, 2)), ["a"] * 81, ["x", "y"], "81 words"),
        (np.full((2, 1, 2), np.nan), ["a"], ["x", "y"], "not finite"),
    ],
)
def test_what_cannot_be_played(frames, words, told, message):
    with pytest.raises(LabError, match=message):
        training_replay(frames, words, words, told)
