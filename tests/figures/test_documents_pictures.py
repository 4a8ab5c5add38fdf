"""Pictures of documents: what is drawn is what was given, and the search box computes as Python."""

from __future__ import annotations

import base64
import json
import re

import matplotlib as mpl
import numpy as np
import pytest

from gptlab.classic.documents import TfIdf, TfIdfConfig
from gptlab.classic.lsi import LSI
from gptlab.errors import LabError
from gptlab.figures import document_space as space
from gptlab.figures.document_search import document_search
from gptlab.text.corpora import wikipedia

mpl.use("Agg")
CONFIG = TfIdfConfig(tf="log", idf="smooth", norm="l2", min_documents=2)


@pytest.fixture(scope="module")
def articles():
    corpus = wikipedia()
    return sorted(corpus.train + corpus.held_out, key=lambda article: article.title)


@pytest.fixture(scope="module")
def model(articles):
    return LSI.fit(TfIdf.fit([article.text for article in articles], CONFIG), 20)


@pytest.fixture(scope="module")
def box(model, articles):
    return document_search(model, [a.title for a in articles], "reptile", ["insect", "soldier"])


def data_of(page):
    found = re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[1])


def test_the_box_is_small_and_shows_the_first_search_without_a_script(box):
    assert len(box.html) < 200_000
    assert "https://" not in box.html
    assert "http://" not in box.html
    table = re.search(r"<tbody>(.*?)</tbody>", box.html)[1]
    assert re.findall(r"<td>(.*?)</td>", table)[:4] == [
        "Anatomy (0.02)", "Anatomy (0.79)", "Alabama (0.02)", "Amphibian (0.67)",
    ]  # fmt: skip
    assert "1. Anatomy (0.02)" in repr(box)


def test_the_packed_numbers_are_the_library_s(box, model):
    data = data_of(box.html)
    words = data["words"].split(" ")
    assert len(words) == 1800
    assert {"reptile", "insect", "soldier"} <= set(words)
    holding = np.frombuffer(base64.b64decode(data["holding"]), np.uint8)
    roots = np.frombuffer(base64.b64decode(data["weights"]), np.uint8) / 255
    documents = np.frombuffer(base64.b64decode(data["documents"]), np.uint8)
    axes = np.frombuffer(base64.b64decode(data["axes"]), np.int8).reshape(1800, 20)
    first = np.cumsum([0, *holding])
    for place, word in enumerate(words[::180]):
        number, row = model.index.vocabulary.id(word), place * 180
        mine = slice(first[row], first[row + 1])
        column = np.zeros(96)
        column[documents[mine]] = roots[mine] ** 2 * data["largest_weight"]
        expected = model.index.matrix[:, [number]].toarray()[:, 0]
        np.testing.assert_allclose(column, expected, atol=1e-3)
        true = model.word_axes[number]
        np.testing.assert_allclose(axes[row] / 127 * np.abs(true).max(), true, atol=2e-2)


@pytest.mark.parametrize(
    ("titles", "config", "query", "said"),
    [
        (["a"], CONFIG, "reptile", "1 titles for 96 documents"),
        (None, TfIdfConfig(), "reptile", "this index is raw, smooth, l2"),
        (None, CONFIG, "zzz", "'zzz' is not among"),
    ],
)
def test_a_box_that_cannot_be_made_is_refused(articles, model, titles, config, query, said):
    if config is not CONFIG:
        model = LSI.fit(TfIdf.fit([article.text for article in articles], config), 2)
    with pytest.raises(LabError, match=said):
        document_search(model, titles or [a.title for a in articles], query)


def test_titles_and_words_cannot_end_the_script():
    texts = ["a b", "b a c", "c b"]
    small = LSI.fit(TfIdf.fit(texts, TfIdfConfig("log")), 1)
    page = document_search(small, ["</script><b>", "x & y", "z"], "b").html
    assert page.count("</script>") == 2
    assert "<b>" not in page.partition('<script type="application/json">')[0]
    assert data_of(page)["titles"][0] == "</script><b>"


def test_each_picture_draws_what_it_was_given(model, articles):
    figure = space.idf_curve(model.index, ["film", "the"])
    assert figure.axes[0].lines[0].get_ydata().max() == pytest.approx(np.log(97 / 3) + 1)
    figure = space.angle_picture({"A": (1, 1), "B": (3, 1)}, ("x", "y"))
    (arc,) = figure.axes[0].patches
    assert (arc.theta1, arc.theta2) == pytest.approx((18.43, 45), abs=0.01)
    figure = space.rotated_axes(np.eye(2), np.eye(2), ("x", "y"))
    assert len(figure.axes[0].lines) == 2
    figure = space.article_map(model.documents[:, 1:3], [a.title for a in articles], named=7)
    assert len(figure.axes[0].texts) == 7
    dots = sum(len(c.get_offsets()) for c in figure.axes[0].collections)
    assert dots == 96
    figure = space.curves_by_dimensions([1, 2], {"a": [0.1, 0.2]}, {"b": 0.3}, "y")
    assert [len(line.get_xdata()) for line in figure.axes[0].lines] == [2, 2]
    human = np.array([[1, 0.5, 0.2], [0.5, 1, 0.2], [0.2, 0.2, 1]])
    figure = space.agreement_scatter(human, {"one": human, "two": 1 - human})
    sizes = [float(dots.get_sizes()[0]) for dots in figure.axes[0].collections]
    assert sizes == [5, 10], "two pairs share a dot of twice the area"


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: space.angle_picture({"A": (1, 1)}, ("x", "y")), "at least two vectors"),
        (lambda: space.angle_picture({"A": (1, 1), "B": (1,)}, ("x", "y")), "two numbers"),
        (lambda: space.rotated_axes(np.ones((3, 3)), np.eye(2), ("x", "y")), r"expected \(n, 2\)"),
        (lambda: space.article_map(np.ones((3, 2)), ["a"]), "3 places for 1 titles"),
        (lambda: space.curves_by_dimensions([1], {"a": []}, {}, "y"), "'a' needs 1 values"),
        (lambda: space.agreement_scatter(np.eye(3), {"m": np.eye(2)}), r"\(3, 3\).*\['m'\]"),
        (lambda: space.agreement_scatter(np.eye(3), {}), "give matrices"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, said):
    with pytest.raises(LabError, match=said):
        draw()
