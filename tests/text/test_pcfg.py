"""Probabilistic grammars: what is computed equals what is listed, on small grammars."""

from __future__ import annotations

import math

import pytest
from derivations import derivations_up_to, length_distribution

from gptlab.errors import LabError
from gptlab.text.chart import ChartReader
from gptlab.text.pcfg import PCFG, Rule


def small_grammar() -> PCFG:
    """Ambiguous and recursive: "b a a" comes from S S and from T."""
    return PCFG(
        "S:",
        [
            Rule("S:", ("a",), 0.6),
            Rule("S:", ("b", "S:", "S:"), 0.15),
            Rule("S:", ("b", "T:"), 0.25),
            Rule("T:", ("a", "S:"), 0.5),
            Rule("T:", ("c",), 0.5),
        ],
    )


def test_all_derivations_up_to_a_size_have_the_mass_that_the_rules_say():
    grammar = small_grammar()
    found = derivations_up_to(grammar, 9)
    mass = length_distribution(grammar, 9)
    for n in range(1, 10):
        listed = math.fsum(p for words, p in found.items() if len(words) == n)
        assert listed == pytest.approx(mass[n], rel=1e-12)


def test_inside_sums_over_all_derivations():
    grammar = small_grammar()
    reader = ChartReader(grammar)
    for words, p in derivations_up_to(grammar, 7).items():
        assert 2 ** reader.log2_probability(words) == pytest.approx(p, rel=1e-12)
    assert reader.log2_probability(["b", "b"]) == -math.inf


def test_prefix_mass_is_that_of_the_sentences_that_begin_so():
    grammar = small_grammar()
    reader = ChartReader(grammar)
    found = derivations_up_to(grammar, 13)
    # The rest of the language weighs little, and all of it might begin so.
    left = 1 - math.fsum(found.values())
    assert left < 0.03
    for prefix in (
        ["b"],
        ["b", "a"],
        ["b", "b"],
        ["b", "b", "a"],
        ["a"],
        ["b", "a", "a"],
        ["a", "a"],
    ):
        listed = math.fsum(p for w, p in found.items() if list(w[: len(prefix)]) == prefix)
        exact = 2 ** reader.log2_prefix_probability(prefix)
        assert listed - 1e-12 <= exact <= listed + left


def test_entropy_and_length_of_a_finite_grammar_equal_the_sums():
    rules = [("S:", "A: B:", 0.7), ("S:", "c", 0.3), ("A:", "a", 0.2), ("A:", "a a", 0.8)]
    rules += [("B:", "b", 0.5), ("B:", "d d d", 0.5)]
    grammar = PCFG("S:", [Rule(left, tuple(right.split()), p) for left, right, p in rules])
    found = derivations_up_to(grammar, 9)
    assert math.fsum(found.values()) == pytest.approx(1)
    assert grammar.derivation_entropy() == pytest.approx(
        -sum(p * math.log2(p) for p in found.values())
    )
    assert grammar.expected_words() == pytest.approx(sum(p * len(w) for w, p in found.items()))


def test_long_sentences_do_not_underflow():
    reader = ChartReader(PCFG("S:", [Rule("S:", ("a", "S:"), 0.01), Rule("S:", ("b",), 0.99)]))
    expected = 1000 * math.log2(0.01) + math.log2(0.99)
    assert expected < -6000  # far below the smallest float, 2^-1074
    assert reader.log2_probability(["a"] * 1000 + ["b"]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ([("S:", ("a",), 0.5)], "sum"),
        ([("S:", ("a",), 1.5), ("S:", ("b",), -0.5)], "positive"),
        ([("S:", ("S:", "a"), 0.5), ("S:", ("a",), 0.5)], "begin with itself"),
        (
            [("S:", ("T:", "a"), 1.0), ("T:", ("S:", "b"), 0.5), ("T:", ("b",), 0.5)],
            "begin with itself",
        ),
        ([("S:", (), 1.0)], "empty"),
        ([("T:", ("a",), 1.0)], "start symbol"),
    ],
)
def test_rules_that_make_no_distribution_are_refused(rules, says):
    with pytest.raises(LabError, match=says):
        PCFG("S:", [Rule(*rule) for rule in rules])


@pytest.mark.parametrize("p", [0.5, 0.7])
def test_recursion_that_does_not_die_out_has_no_expected_length(p):
    grammar = PCFG("S:", [Rule("S:", ("a", "S:", "S:"), p), Rule("S:", ("b",), 1 - p)])
    with pytest.raises(LabError, match="not finite"):
        grammar.expected_words()
