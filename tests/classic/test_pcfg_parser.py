"""The counted grammar: its rules, its likeliest trees as nltk's Viterbi parser finds them."""

import math

import nltk
import pytest

from gptlab.classic.pcfg_parser import TreebankGrammar, with_parents
from gptlab.errors import LabError
from gptlab.evaluation.parsing import score_parses
from gptlab.text.grammar import toy_grammar
from gptlab.text.trees import read_tree, read_trees

SMALL = """
(S (NP (DT the) (NN dog)) (VP (VB sees) (NP (DT the) (NN cat) (PP (IN with) (NP (NN joy))))))
(S (NP (NN joy)) (VP (VB sees) (NP (DT the) (NN dog)) (PP (IN with) (NP (DT the) (NN cat)))))
(S (VP (VB sees) (NP (NN joy))))
"""


def log_probability(tree, rules, starts):
    """Of a tree, rule by rule, from nltk's own counting."""
    total = math.log(starts[tree.label()])
    for production in tree.productions():
        total += rules[production]
    return total


def nltk_grammar(trees):
    theirs = [nltk.Tree.fromstring(str(tree)) for tree in trees]
    productions = [p for tree in theirs for p in tree.productions()]
    grammar = nltk.induce_pcfg(nltk.Nonterminal("S"), productions)
    rules = {p.lhs().symbol(): {} for p in grammar.productions()}
    flat = {
        nltk.grammar.Production(p.lhs(), p.rhs()): math.log(p.prob()) for p in grammar.productions()
    }
    assert rules
    return grammar, flat


def check_against_nltk(trees, sentences):
    ours = TreebankGrammar(trees, at_least=1)
    grammar, rules = nltk_grammar(trees)
    viterbi = nltk.ViterbiParser(grammar)
    parsed = 0
    for words in sentences:
        best = next(iter(viterbi.parse(words)), None)
        mine = ours.likeliest(words)
        assert (best is None) == (mine is None)
        if best is not None:
            plain = nltk.Tree.fromstring(str(mine))
            got = log_probability(plain, rules, {"S": 1.0})
            assert got == pytest.approx(math.log(best.prob()), abs=1e-4)
            parsed += 1
    return parsed


def test_likeliest_trees_are_as_likely_as_nltks():
    sentences = [
        ["the", "dog", "sees", "the", "cat", "with", "joy"],
        ["joy", "sees", "joy", "with", "the", "dog", "with", "joy"],
        ["sees", "the", "dog"],
        ["dog", "the", "sees"],
        ["joy", "sees", "the", "cat", "with", "the", "cat", "with", "joy"],
    ]
    assert check_against_nltk(read_trees(SMALL), sentences) == 4


def test_on_the_toy_language_too():
    drawn = [s for s in toy_grammar().sample(60, seed=5) if len(s.english) <= 9]
    trees = [s.tree for s in drawn]
    assert {tree.label for tree in trees} == {"S"}
    assert check_against_nltk(trees, [s.english for s in drawn[:12]]) == 12


def test_unary_chains_come_back():
    trees = read_trees("(S (VP (VB go))) (S (VP (NP (NP (NN dogs))))) (X (S (VP (NP (NN cats)))))")
    grammar = TreebankGrammar(trees, at_least=1)
    assert str(grammar.parse(["go"])) == "(S (VP (VB go)))"
    assert str(grammar.parse(["cats"])) == "(S (VP (NP (NN cats))))"


def test_counts_by_hand():
    grammar = TreebankGrammar(read_trees(SMALL))
    # S → NP VP | VP; NP → DT NN | DT NN PP | NN; VP → VB NP | VB NP PP; PP → IN NP
    assert grammar.n_rules == 8
    parents = TreebankGrammar(read_trees(SMALL), parents=True)
    assert parents.n_rules > grammar.n_rules
    assert "NP^S" in parents.symbols
    assert "^" not in str(parents.parse(["the", "dog", "sees", "the", "cat"]))
    assert str(with_parents(read_tree("(S (NP (NN a)))"))) == "(S^ (NP^S (NN a)))"


def test_a_thousand_trees_parse_the_toy_language_well():
    split = toy_grammar().split(0, 400, 80)
    grammar = TreebankGrammar([s.tree for s in split.train])
    predicted = [grammar.parse(s.english) for s in split.test]
    assert score_parses([s.tree for s in split.test], predicted).f1 > 88


def test_what_the_grammar_cannot_make_becomes_flat():
    grammar = TreebankGrammar(read_trees(SMALL))
    words = ["cat", "cat", "zorp", "12"]
    assert grammar.likeliest(words) is None
    flat = grammar.parse(words)
    assert flat.words() == tuple(words)
    assert flat.label == "S"
    assert grammar.parse(["zorp", "sees", "the", "dog"]).label == "S"


def test_bad_input():
    with pytest.raises(LabError, match="no trees"):
        TreebankGrammar([])
    with pytest.raises(LabError, match="without a part of speech"):
        TreebankGrammar(read_trees("(S (NP the (NN dog)))"))
    grammar = TreebankGrammar(read_trees(SMALL))
    for words in ([], "joy"):
        with pytest.raises(LabError, match="at least one word"):
            grammar.parse(words)
