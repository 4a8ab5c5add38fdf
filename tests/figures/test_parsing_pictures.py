"""Pictures of chapter 14: their words tell what is drawn; the widget knows its trees."""

import html
import itertools
import json
import re

import matplotlib.pyplot as plt
import pytest

from gptlab.errors import LabError
from gptlab.figures import parsing_pictures as pictures
from gptlab.figures.style import figure_html
from gptlab.figures.tree_layout import lay_out
from gptlab.figures.tree_writer import tree_writer
from gptlab.text.trees import read_tree

GOLD = read_tree("(S (NP (DT the) (NN dog)) (VP (VB saw) (NP (DT a) (NN cat))) (. .))")
OURS = read_tree("(S (NP (DT the) (NN dog)) (VP (VB saw)) (NP (DT a) (NN cat)) (. .))")


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_nodes_stand_above_their_words():
    nodes = lay_out(GOLD)
    assert [node.label for node in nodes] == [
        "S", "NP", "the", "dog", "VP", "saw", "NP", "a", "cat", ".",
    ]  # fmt: skip
    words = [node for node in nodes if node.is_word]
    assert [word.x for word in words] == [0, 1, 2, 3, 4, 5]
    assert {word.y for word in words} == {3}
    assert (nodes[1].x, nodes[1].y, nodes[1].start, nodes[1].end) == (0.5, 1, 0, 2)
    for node in nodes[1:]:
        assert nodes[node.parent].y < node.y
    with pytest.raises(LabError, match="31 words"):
        lay_out(read_tree("(S " + "(X a) " * 31 + ")"))


def test_lines_of_a_tree_do_not_cross():
    # from the test sentences: the full stop below the root, words of five depths
    tree = read_tree(
        "(S (NP (DT the) (NN sisters) (SBAR (WP whom) (NP (DT a) (NN dog)) (VP (VB saw))))"
        " (VP (VB are) (ADJP (JJ happy))) (. .))"
    )
    nodes = lay_out(tree)
    ways = [node.way_down(nodes[node.parent]) for node in nodes if node.parent >= 0]
    steps = [step for way in ways for step in itertools.pairwise(way) if step[0] != step[1]]

    def side(p, q, r):  # which side of the line from p to q the point r lies on
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    for (a, b), (c, d) in itertools.combinations(steps, 2):
        apart = side(a, b, c) * side(a, b, d), side(c, d, a) * side(c, d, b)
        assert not (apart[0] < 0 and apart[1] < 0), (a, b, c, d)


def test_trees_are_told_by_their_constituents():
    figure, alt = pictures.tree_picture(GOLD)
    assert "NP over 'the dog', VP over 'saw a cat', NP over 'a cat'" in alt
    assert "cat" in figure_html(figure, alt)
    _, alt = pictures.two_trees(GOLD, OURS)
    assert "3 constituents stand in both. Only in the treebank's, boxed: VP over 'saw a cat'" in alt
    assert "Only in the parser's, boxed: VP over 'saw'." in alt
    _, alt = pictures.two_trees(GOLD, GOLD)
    assert "Only in the parser's, boxed: none" in alt
    with pytest.raises(LabError, match="differ"):
        pictures.two_trees(GOLD, read_tree("(S (X a))"))


def test_spans_as_a_table():
    _, alt = pictures.span_table(GOLD, OURS)
    assert "treebank: VP saw … cat; parser: VP saw … saw." in alt
    _, alt = pictures.span_table(GOLD, GOLD)
    assert "parser" not in alt


def test_curves_and_bars_tell_their_numbers():
    _, alt = pictures.trees_curve({"a": {100: 50.04, 1000: 90}, "b": {100: 70}}, "trees")
    assert alt == (
        "labelled F1, % against trees: a 50.0 with 100, 90.0 with 1,000; b 70.0 with 100."
    )
    _, alt = pictures.two_bars(["NP", "VP"], [70, 60], [50, 40], ("ours", "theirs"), "F1")
    assert alt == "F1, ours and theirs: NP 70 and 50; VP 60 and 40."
    assert pictures.f1_of_labels({"NP": (1, 2, 2), "X": (0, 1, 0)}, 2) == {"NP": (50.0, 2)}
    with pytest.raises(LabError, match="no points"):
        pictures.trees_curve({"a": {}}, "trees")
    with pytest.raises(LabError, match="1 names for 2 and 1"):
        pictures.two_bars(["a"], [1, 2], [1], ("x", "y"), "F1")


def test_the_writer_knows_when_each_node_opens_and_closes():
    shown = tree_writer([GOLD, read_tree("(S (X <b>&'\"))")])
    packed = re.search(r'data-tree-writer="([^"]*)"', shown.html)[1]
    first, second = json.loads(html.unescape(packed))
    assert first["symbols"] == [
        "(S",
        "(NP",
        "XX",
        "XX",
        ")NP",
        "(VP",
        "XX",
        "(NP",
        "XX",
        "XX",
        ")NP",
        ")VP",
        "XX",
        ")S",
    ]
    assert [(n["label"], n["opens"], n["closes"]) for n in first["nodes"]] == [
        ("S", 1, 14), ("NP", 2, 5), ("the", 3, 3), ("dog", 4, 4), ("VP", 6, 12), ("saw", 7, 7),
        ("NP", 8, 11), ("a", 9, 9), ("cat", 10, 10), (".", 13, 13),
    ]  # fmt: skip
    assert second["words"] == ["<b>&'\""]
    assert "<b>" not in shown.html
    assert "(NP XX XX )NP" in shown.plain
    for trees in ([], [GOLD] * 9):
        with pytest.raises(LabError, match="give 1 to 8"):
            tree_writer(trees)
