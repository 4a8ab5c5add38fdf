"""Trees as text and as symbols: there and back, and what is no tree is told what is wrong."""

import nltk
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gptlab.errors import LabError
from gptlab.text.grammar import toy_grammar
from gptlab.text.toy_trees import Tree
from gptlab.text.tree_repair import Repairs, repair
from gptlab.text.trees import (
    DEEPEST,
    delinearise,
    linearise,
    read_tree,
    read_trees,
    symbols_of,
    tree_depth,
)

DOG = "(S (NP (DT the) (NN dog)) (VP (VB sleeps)) (. .))"
WRITTEN = ["(S", "(NP", "XX", "XX", ")NP", "(VP", "XX", ")VP", "XX", ")S"]
WORDS = ["the", "dog", "sleeps", "."]

some_words = st.text("xyz", min_size=1, max_size=3)
leaves = st.builds(lambda tag, word: Tree(tag, (word,)), st.sampled_from("AB"), some_words)
trees = st.recursive(
    leaves,
    lambda below: st.builds(
        lambda label, children: Tree(label, tuple(children)),
        st.sampled_from(["S", "NP", "VP"]), st.lists(below, min_size=1, max_size=4),
    ),
    max_leaves=25,
)  # fmt: skip


def nltk_brackets(text):
    return " ".join(str(nltk.Tree.fromstring(text)).split())


@settings(deadline=None, max_examples=60)
@given(trees)
def test_text_and_back(tree):
    assert read_tree(str(tree)) == tree
    assert nltk_brackets(str(tree)) == str(tree)


@settings(deadline=None, max_examples=60)
@given(trees)
def test_symbols_and_back_and_nothing_to_mend(tree):
    symbols = linearise(tree, "tags")
    assert delinearise(symbols, tree.words()) == tree
    assert repair(symbols, tree.words()) == (tree, Repairs())
    assert len(linearise(tree)) == len(symbols)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.sampled_from(["(S", ")S", "(NP", ")NP", "XX", "<unknown>", "("]), max_size=30),
    st.lists(st.text("ab", min_size=1, max_size=2), min_size=1, max_size=8),
)
def test_any_symbols_become_a_tree_over_exactly_the_words(symbols, words):
    tree, repairs = repair(symbols, words)
    assert list(tree.words()) == words
    assert read_tree(str(tree)) == tree
    assert delinearise(linearise(tree, "tags"), words) == tree
    try:
        strict = delinearise(symbols, words)
    except LabError:
        strict = None
    if repairs.total == 0:
        assert strict == tree or all(symbol == "XX" for symbol in symbols)


def test_the_toy_languages_trees_go_there_and_back():
    for sentence in toy_grammar().sample(200, seed=14):
        symbols = linearise(sentence.tree, "tags")
        assert delinearise(symbols, sentence.english) == sentence.tree
        assert set(linearise(sentence.tree)) <= {
            *symbols_of(["S", "NP", "VP", "SBAR", "ADJP", "PP"])
        }


def test_one_by_hand():
    tree = read_tree(DOG)
    assert linearise(tree) == WRITTEN
    assert " ".join(linearise(tree, WORDS)) == "(S (NP the dog )NP (VP sleeps )VP . )S"
    assert linearise(tree, "tags") == [
        "(S",
        "(NP",
        "DT",
        "NN",
        ")NP",
        "(VP",
        "VB",
        ")VP",
        ".",
        ")S",
    ]
    assert str(delinearise(WRITTEN, WORDS)) == (
        "(S (NP (XX the) (XX dog)) (VP (XX sleeps)) (XX .))"
    )
    assert tree_depth(tree) == 2
    assert tree_depth(read_tree("(NN dog)")) == 0


def test_white_space_and_bare_brackets_mean_nothing():
    assert read_trees(f"( {DOG} )\n\n((S\n(X a) ) )") == [read_tree(DOG), read_tree("(S (X a))")]
    assert read_tree("( (S (X a)) (. .) )").label == "TOP"
    assert read_trees("  \n ") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(S (NP (DT the)", "2 bracket.* never closed; the last one opens at line 1"),
        ("(S (X a)))", "closed that was never opened"),
        ("(S (X a))\n)", "line 2"),
        ("a (S (X a))", "'a' stands outside"),
        ("(S (NP) (X a))", "has nothing in it"),
        ("(S (X a)) ()", "has nothing in it"),
        ("(S " * (DEEPEST + 1), f"over {DEEPEST} levels"),
    ],
)
def test_text_that_is_no_tree(text, said):
    with pytest.raises(LabError, match=said):
        read_trees(text)


def test_one_tree_is_one():
    with pytest.raises(LabError, match="holds 2 trees"):
        read_tree(DOG + DOG)
    with pytest.raises(LabError, match="holds 0 trees"):
        read_tree("")


@pytest.mark.parametrize(
    ("symbols", "words", "said"),
    [
        ("(S (NP XX )S )NP", "a", r"symbol 3 is '\)S'; expected \)NP"),
        (")S", "a", "nothing to close"),
        ("(S XX", "a", "S: opened and never closed"),
        ("(S XX )S", "a b", "1 leaves for 2 words"),
        ("(S XX XX )S", "a", "all 1 words are used"),
        ("(S (NP )NP XX )S", "a", "closes a constituent without words"),
        ("(S XX )S (S XX )S", "a b", "stands after the end"),
        ("", "", "there are no symbols"),
        ("(S " * (DEEPEST + 1), "a", "levels"),
    ],
)
def test_symbols_that_are_no_tree(symbols, words, said):
    with pytest.raises(LabError, match=said):
        delinearise(symbols.split(), words.split())


def test_bad_arguments():
    with pytest.raises(LabError, match="got a string"):
        delinearise("(S XX )S", ["a"])
    with pytest.raises(LabError, match="choose one of XX, tags"):
        linearise(read_tree(DOG), "words")
    with pytest.raises(LabError, match="2 leaves for 4 words"):
        linearise(read_tree(DOG), ["a", "b"])
    with pytest.raises(LabError, match="reads as a bracket"):
        linearise(read_tree(DOG), ["the", "(dog", "sleeps", "."])
    with pytest.raises(LabError, match="'the' below NP has no part of speech"):
        linearise(read_tree("(S (NP the (NN dog)))"))
    for words in ([], "dogs"):
        with pytest.raises(LabError, match="at least one word"):
            repair(["XX"], words)


@pytest.mark.parametrize(
    ("symbols", "tree", "repairs"),
    [
        ("(S (NP XX XX )NP (VP XX )VP XX )S", "(S (NP 0 1) (VP 2) 3)", {}),
        ("(S (NP XX XX (VP XX )VP XX )S", "(S (NP 0 1 (VP 2) 3))", {"unclosed": 1}),
        ("(S (NP XX XX )NP (VP XX )VP XX", "(S (NP 0 1) (VP 2) 3)", {"unclosed": 1}),
        ("(S (NP XX XX )VP )NP XX XX )S", "(S (NP 0 1) 2 3)", {"unopened": 1}),
        ("(S (NP XX XX )NP )S", "(S (NP 0 1) 2 3)", {"missing": 2}),
        ("(S XX XX XX XX XX )S", "(S 0 1 2 3)", {"surplus": 1}),
        ("(S (NP )NP XX XX XX XX )S", "(S 0 1 2 3)", {"empty": 1}),
        ("(NP XX XX )NP (VP XX XX )VP", "(S (NP 0 1) (VP 2 3))", {"roots": 1}),
        ("(S XX <unknown> ( XX XX XX )S", "(S 0 1 2 3)", {"strange": 2}),
        ("", "(S 0 1 2 3)", {"missing": 4}),
        ("XX", "(S 0 1 2 3)", {"missing": 3}),
        ("(S (NP )NP )S", "(S 0 1 2 3)", {"missing": 4, "empty": 2}),
    ],
)
def test_each_repair(symbols, tree, repairs):
    found, counted = repair(symbols.split(), list("0123"))
    assert str(found).replace("(XX ", "").replace(")", "").split() == (
        tree.replace(")", "").split()
    )
    assert counted == Repairs(**repairs)
    assert counted.total == sum(repairs.values())


def test_brackets_without_end_are_cut():
    tree, repairs = repair(["(NP"] * 500 + ["XX"], ["a"])
    assert repairs.strange == 500 - DEEPEST
    assert tree_depth(tree) == DEEPEST
