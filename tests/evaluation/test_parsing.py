"""Labelled precision, recall and F1: equal to a scorer written another way, on nltk's trees."""

import random
from collections import Counter

import nltk
import pytest
import torch

from gptlab.errors import LabError
from gptlab.evaluation.parsing import (
    PUNCTUATION,
    constituents,
    crossings,
    f1_of,
    punctuation_places,
    score_parses,
)
from gptlab.evaluation.parsing_networks import NetworkParser, parsing_task
from gptlab.models.transformer import Transformer, TransformerConfig
from gptlab.text.grammar import toy_grammar
from gptlab.text.pair_batches import PairBatches
from gptlab.text.toy_trees import Tree
from gptlab.text.tree_repair import repair
from gptlab.text.trees import linearise, read_tree
from gptlab.training.config import TrainConfig
from gptlab.training.trainer import Trainer

GOLD = read_tree("(S (NP (DT the) (NN dog)) (VP (VB saw) (NP (DT a) (NN cat))) (. .))")
OURS = read_tree("(S (NP (DT the) (NN dog)) (VP (VB saw) (NP (DT a))) (NP (NN cat)) (. .))")


def nltk_spans(text, gold_text):
    """The same counts by another road: leaves numbered in nltk's trees, spans from their sets."""
    tree, gold = nltk.Tree.fromstring(text), nltk.Tree.fromstring(gold_text)
    kept = [i for i, (_, tag) in enumerate(gold.pos()) if tag not in PUNCTUATION]
    for number, place in enumerate(tree.treepositions("leaves")):
        tree[place] = number
    found = Counter()
    for subtree in tree.subtrees(lambda t: t.height() > 2):
        inside = [kept.index(i) for i in subtree.leaves() if i in kept]
        label = "ADVP" if subtree.label() == "PRT" else subtree.label()
        if inside and label != "TOP":
            found[label, min(inside), max(inside) + 1] += 1
    return found


def damaged(tree, draw):
    """A tree over the same words with some symbols of its writing lost, doubled or exchanged."""
    symbols = linearise(tree, "tags")
    for _ in range(draw.randrange(4)):
        place = draw.randrange(len(symbols))
        kind = draw.randrange(3)
        symbols[place : place + 1] = [[], [symbols[place]] * 2, [draw.choice(symbols)]][kind]
    return repair(symbols, tree.words())[0]


@pytest.fixture(scope="module")
def pairs():
    draw = random.Random(14)
    trees = [sentence.tree for sentence in toy_grammar().sample(150, seed=14)]
    return [(tree, damaged(tree, draw)) for tree in trees]


def test_spans_are_those_of_an_independent_count(pairs):
    different = 0
    for gold, ours in pairs:
        ignored = punctuation_places(gold)
        assert constituents(gold, ignored) == nltk_spans(str(gold), str(gold))
        assert constituents(ours, ignored) == nltk_spans(str(ours), str(gold))
        different += gold != ours
    assert different > 60


def test_corpus_figures_are_those_of_an_independent_count(pairs):
    scores = score_parses([gold for gold, _ in pairs], [ours for _, ours in pairs])
    matched = gold_total = ours_total = exact = 0
    for gold, ours in pairs:
        right, found = nltk_spans(str(gold), str(gold)), nltk_spans(str(ours), str(gold))
        matched += sum(min(n, found[span]) for span, n in right.items())
        gold_total, ours_total = gold_total + sum(right.values()), ours_total + sum(found.values())
        exact += right == found
    assert (scores.matched, scores.gold, scores.predicted) == (matched, gold_total, ours_total)
    assert scores.exact == exact
    precision, recall = matched / ours_total, matched / gold_total
    assert scores.f1 == pytest.approx(200 * precision * recall / (precision + recall))
    assert 50 < scores.f1 < 99
    summed = [sum(column) for column in zip(*scores.by_label.values(), strict=True)]
    assert summed == [matched, gold_total, ours_total]


def test_one_by_hand():
    scores = score_parses([GOLD], [OURS])
    assert sorted(constituents(GOLD, {5})) == [
        ("NP", 0, 2), ("NP", 3, 5), ("S", 0, 5), ("VP", 2, 5),
    ]  # fmt: skip
    assert (scores.matched, scores.gold, scores.predicted) == (2, 4, 5)
    assert (scores.precision, scores.recall) == (40, 50)
    assert scores.f1 == pytest.approx(2 * 40 * 50 / 90) == f1_of(2, 4, 5)
    assert (scores.exact_match, scores.crossing) == (0, 1)  # saw a; a cat
    assert scores.by_label == {"NP": (1, 2, 3), "S": (1, 1, 1), "VP": (0, 1, 1)}


def test_perfect_and_hopeless():
    assert score_parses([GOLD], [GOLD]).f1 == score_parses([GOLD], [GOLD]).exact_match == 100
    flat = read_tree("(X (XX the) (XX dog) (XX saw) (XX a) (XX cat) (XX .))")
    assert score_parses([GOLD], [flat]).f1 == 0
    bare = read_tree("(UH yes)")
    assert score_parses([bare], [bare]).f1 == 0
    assert score_parses([bare], [bare]).exact_match == 100


def test_a_span_twice_counts_twice():
    twice = read_tree("(S (NP (NP (NN dogs))) (VP (VB bark)))")
    once = read_tree("(S (NP (NN dogs)) (VP (VB bark)))")
    assert constituents(twice)["NP", 0, 1] == 2
    assert score_parses([twice], [once]).recall == 75
    assert score_parses([once], [twice]).precision == 75


def test_crossing_brackets():
    gold = constituents(read_tree("(S (A (X 1) (X 2)) (B (X 3) (X 4)))"))
    ours = constituents(read_tree("(S (X 1) (A (X 2) (X 3)) (X 4))"))
    assert (crossings(gold, ours), crossings(gold, gold)) == (1, 0)


def test_prt_is_advp_and_top_is_none():
    gold = read_tree("(TOP (S (NP (PRP we)) (VP (VB go) (PRT (RP off)))))")
    ours = read_tree("(S (NP (XX we)) (VP (XX go) (ADVP (XX off))))")
    assert score_parses([gold], [ours]).f1 == 100


def test_punctuation_counts_when_asked():
    far = read_tree("(S (NP (DT the) (NN dog)) (VP (VB saw) (NP (DT a) (NN cat)) (. .)))")
    assert score_parses([GOLD], [far]).f1 == 100
    assert score_parses([GOLD], [far], punctuation=True).f1 == 75


def test_bad_input():
    with pytest.raises(LabError, match="1 parses for 2 sentences"):
        score_parses([GOLD, GOLD], [OURS])
    with pytest.raises(LabError, match="at least one"):
        score_parses([], [])
    with pytest.raises(LabError, match="words of sentence 1 differ: 'the dog'"):
        score_parses([GOLD, GOLD], [OURS, read_tree("(S (X the) (X dog))")])


# Networks


def test_a_small_network_learns_a_dozen_trees_by_heart():
    short = [s.tree for s in toy_grammar().sample(60, seed=2) if len(s.english) <= 6][:12]
    task = parsing_task(short)
    torch.manual_seed(0)
    config = TransformerConfig(len(task.source), len(task.target), 32, 2, 64, 1, dropout=0.0,
                               label_smoothing=0.0, max_length=400, norm="pre")  # fmt: skip
    model = Transformer(config)
    plan = TrainConfig(steps=120, optimizer="adamw", lr=1e-2, schedule="linear", final_lr=0.0)
    Trainer(model, PairBatches(task.pairs, 12), plan).fit()
    parser = NetworkParser.of(model, task, extra=40)
    predicted, repairs = parser.parse([tree.words() for tree in short])
    assert score_parses(short, predicted).f1 > 90
    assert sum(each.total for each in repairs) <= 4
    assert parser.write([short[0].words()])[0][0] == "(S"
    # Words never seen are read by their looks, and stand in the tree as they are.
    strange, _ = parser.parse([["Zorps", "sleep", "."]])
    assert strange[0].words() == ("Zorps", "sleep", ".")
    with pytest.raises(LabError, match="sentence 0 is empty"):
        parser.parse([[]])


def test_an_untrained_network_gives_trees_all_the_same():
    trees = [s.tree for s in toy_grammar().sample(30, seed=3)]
    task = parsing_task(trees)
    config = TransformerConfig(len(task.source), len(task.target), 16, 2, 32, 1, max_length=200)
    predicted, repairs = NetworkParser.of(Transformer(config), task, extra=20).parse(
        [tree.words() for tree in trees]
    )
    assert [tree.words() for tree in predicted] == [tree.words() for tree in trees]
    assert sum(each.total for each in repairs) > 30


def test_leaves_may_be_the_words_with_one_codec_for_both_sides():
    task = parsing_task([GOLD, OURS], at_least=2, leaves="words")
    assert task.source is task.target
    written = task.target.decode(task.pairs[0][1])
    assert " ".join(written) == "(S (NP the dog )NP (VP saw (NP a cat )NP )VP . )S"
    config = TransformerConfig(len(task.source), len(task.target), 16, 2, 32, 1, share=True)
    parser = NetworkParser.of(Transformer(config), task, extra=20)
    assert parser.without_words([*written, "<unknown>"]) == [*linearise(GOLD), "<unknown>"]
    trees, _ = parser.parse([GOLD.words(), ("Zorps", "sleep")])
    assert [tree.words() for tree in trees] == [GOLD.words(), ("Zorps", "sleep")]
    with pytest.raises(LabError, match="choose XX, tags, words"):
        parsing_task([GOLD], leaves="letters")


def test_tasks():
    task = parsing_task([GOLD, OURS], at_least=2)
    assert len(task.target) == 4 + 7  # marks; S, NP and VP opened and closed; XX
    assert task.target.decode(task.pairs[0][1]) == linearise(GOLD)
    with pytest.raises(LabError, match="no trees"):
        parsing_task([])
    with pytest.raises(LabError, match="no part of speech"):
        parsing_task([Tree("S", ("a", "b"))])
