"""The toy language's figures are exact: probabilities, entropy, next words; bad input is named."""

from __future__ import annotations

import doctest
import math
from collections import Counter
from random import Random
from statistics import mean, stdev

import pytest
from ambiguity import feature_ambiguities, lr1_conflicts, skeleton_of
from derivations import derivations_up_to, length_distribution

import gptlab.text.grammar
import gptlab.text.toy_text
from gptlab.errors import LabError
from gptlab.text.grammar import (
    END_OF_SENTENCE,
    ToyGrammar,
    toy_grammar,
)
from gptlab.text.pcfg import PCFG, fold
from gptlab.text.toy_lexicon import lexicon
from gptlab.text.toy_rules import PLACES

TOY = toy_grammar()
SAMPLE = TOY.sample(4000, seed=11)


# No sentence has two derivations, so that the entropy of derivations is that of sentences


def plain(grammar: PCFG) -> list[tuple[str, tuple[str, ...]]]:
    return [(rule.left, rule.right) for rules in grammar.rules_of.values() for rule in rules]


def test_the_toy_grammar_is_unambiguous():
    rules = plain(TOY.rules)
    states, conflicts = lr1_conflicts(skeleton_of(rules), "S:")
    assert states > 1000
    assert conflicts == []
    assert feature_ambiguities(rules) == []


def test_the_prover_sees_both_sorts_of_ambiguity():
    # attachment: "with" phrases to the verb or to the noun
    attach = "S: NP: VP:|VP: v NP:|VP: v NP: PP:|NP: n|NP: n PP:|PP: p NP:"
    rules = [(r.split()[0], tuple(r.split()[1:])) for r in attach.split("|")]
    assert lr1_conflicts(skeleton_of(rules), "S:")[1]
    # sense: "bat" and "lamp" in one class each, but the verb takes both classes
    sense = (
        "S: V:a N:animal|S: V:a N:thing|V:a sees|N:animal bat|N:animal dog|N:thing bat|N:thing lamp"
    )
    rules = [(r.split()[0], tuple(r.split()[1:])) for r in sense.split("|")]
    assert lr1_conflicts(skeleton_of(rules), "S:")[1] == []
    assert feature_ambiguities(rules)
    apart = [rule for rule in rules if rule != ("S:", ("V:a", "N:thing"))]
    apart += [("S:", ("V:b", "N:thing")), ("V:b", ("breaks",))]
    assert feature_ambiguities(apart) == []


# The toy language's figures


def test_the_short_sentences_have_the_mass_that_the_rules_say():
    found = derivations_up_to(TOY.rules, 3)
    mass = length_distribution(TOY.rules, 20)
    assert len(found) > 1000
    assert math.fsum(found.values()) == pytest.approx(mass[:4].sum(), rel=1e-9)
    for words in Random(0).sample(sorted(found), 20):
        assert TOY.log2_probability(words) == pytest.approx(math.log2(found[words]))
    lengths = Counter(len(s.english) for s in SAMPLE)
    for n in range(3, 20):
        sd = math.sqrt(mass[n] * (1 - mass[n]) / len(SAMPLE))
        assert abs(lengths[n] / len(SAMPLE) - mass[n]) < 4.5 * sd


def test_sampled_cross_entropy_meets_the_computed_entropy():
    bits = [-s.log2_probability for s in SAMPLE]
    words = [len(s.english) for s in SAMPLE]
    root = math.sqrt(len(SAMPLE))
    assert abs(mean(bits) - TOY.entropy_bits_per_sentence()) < 4 * stdev(bits) / root
    assert abs(mean(words) - TOY.expected_words()) < 4 * stdev(words) / root
    h = TOY.entropy_bits_per_word()
    excess = [b - h * w for b, w in zip(bits, words, strict=True)]  # has mean zero at the right h
    assert abs(mean(excess)) < 4 * stdev(excess) / root
    assert 3 < h < 5
    assert TOY.entropy_bits_per_word(end_symbol=True) == pytest.approx(
        TOY.entropy_bits_per_sentence() / (TOY.expected_words() + 1)
    )


def test_parsing_gives_back_what_was_drawn():
    for sentence in SAMPLE[:100]:
        assert TOY.log2_probability(sentence.english) == pytest.approx(sentence.log2_probability)
        parsed = TOY.parse(sentence.english)
        assert parsed.rules == sentence.rules
        assert parsed.german == sentence.german


def test_next_words_make_a_distribution_and_multiply_to_the_sentence():
    for sentence in SAMPLE[:6]:
        bits = 0.0
        for i in range(len(sentence.english) + 1):
            nexts = TOY.next_word_probabilities(sentence.english[:i])
            assert math.fsum(nexts.values()) == pytest.approx(1)
            word = sentence.english[i] if i < len(sentence.english) else END_OF_SENTENCE
            bits += math.log2(nexts[word])
        assert nexts == {END_OF_SENTENCE: 1.0}
        assert bits == pytest.approx(sentence.log2_probability)


def test_a_prefix_weighs_as_much_as_its_continuations():
    prefix = ["the", "man", "that"]
    assert TOY.log2_prefix_probability(prefix) == -math.inf  # persons take who
    prefix = ["the", "dog", "that"]
    nexts = TOY.next_word_probabilities(prefix)
    whole = 2 ** TOY.log2_prefix_probability(prefix)
    for word in ("sleeps", "the", "Peter"):
        longer = 2 ** TOY.log2_prefix_probability([*prefix, word])
        assert longer == pytest.approx(nexts[word] * whole)
    assert "sleep" not in nexts  # the dog that *sleep


def test_the_same_seed_draws_the_same_sentences():
    first, again, other = (
        TOY.sample(50, seed=1),
        ToyGrammar().sample(50, seed=1),
        TOY.sample(50, seed=2),
    )
    assert first == again
    assert [s.german for s in first] == [s.german for s in again]
    assert first != other
    assert TOY.sample(0, seed=1) == []
    assert TOY.text(50, seed=1).splitlines() == [s.english_text for s in first]
    assert TOY.text(50, seed=1, language="german").splitlines() == [s.german_text for s in first]


def test_more_than_300_english_words():
    assert len(lexicon().headwords()) >= 300  # sleep, sleeps, slept count once
    assert set(TOY.vocabulary()) >= {w for s in SAMPLE for w in s.english}
    assert set(TOY.vocabulary("german")) >= {w for s in SAMPLE[:1500] for w in s.german}


def test_every_entry_and_every_place_can_be_said():
    spoken = set(TOY.vocabulary())
    for entry in (*lexicon().nouns, *lexicon().verbs, *lexicon().adjectives, *lexicon().colours):
        assert set(entry.headword.split()) <= spoken, entry
    for key in PLACES:
        assert f"PP:{key}" in TOY.rules.rules_of


def test_text_and_words_are_two_forms_of_the_same():
    for sentence in SAMPLE[:1000]:
        assert TOY.tokenize(sentence.english_text) == sentence.english
        assert TOY.tokenize(sentence.german_text, "german") == sentence.german
    for language in ("english", "german"):
        words = set(TOY.vocabulary(language))
        both = {w for w in words if w[:1].isupper() and w[0].lower() + w[1:] in words}
        # These nouns never open a sentence without an article; the verbs do, in questions.
        assert both <= {"Laden", "Schloss"}
    assert TOY.parse(TOY.tokenize("Anna's dog sleeps.")).german_text == "Annas Hund schläft."


def test_each_class_has_several_words_and_ambiguous_words_have_two():
    classes = Counter(TOY.word_class(word) for word in TOY.vocabulary())
    assert "" not in classes
    for name in ("animal", "food", "drink", "thing", "clothes", "man", "woman", "shore", "colour"):
        assert classes[name] >= 6, name
    assert TOY.word_class("bat") == "animal or thing"
    assert TOY.word_class("bank") == "institution or shore"
    assert TOY.word_class("sleeps") == "intransitive verb"


# Bad input


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: TOY.sample(-1, seed=0), "n=-1"),
        (lambda: TOY.split(0, -1, 5), "n_train=-1"),
        (lambda: TOY.split(0, 1, -5), "n_test=-5"),
        (lambda: TOY.split(0, 1, 5, n_unseen=-2), "n_unseen=-2"),
        (lambda: TOY.log2_probability([]), "empty"),
        (lambda: TOY.log2_probability(["the", "zebra", "sleeps", "."]), "zebra"),
        (lambda: TOY.log2_probability("the dog sleeps ."), "tokenize"),
        (lambda: TOY.next_word_probabilities(["dog", "the"]), "no sentence begins"),
        (lambda: TOY.next_word_probabilities(["Der"]), "Der"),
        (lambda: TOY.parse(["the", "dog", "sleep", "."]), "cannot make"),
        (lambda: TOY.parse([]), "empty"),
        (lambda: TOY.tokenize("  "), "empty"),
        (lambda: TOY.vocabulary("french"), "french"),
        (lambda: TOY.text(3, seed=0, language="latin"), "latin"),
        (lambda: TOY.word_class("zebra"), "zebra"),
        (lambda: ToyGrammar(without=["zebra"]), "zebra"),
        (lambda: ToyGrammar(without="dog"), "list"),
        (lambda: ToyGrammar(without=lexicon().headwords()), "start symbol"),
    ],
)
def test_bad_input_is_named(call, says):
    with pytest.raises(LabError, match=says) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_impossible_sentences_have_probability_zero():
    for text in ("the dog sleep .", "a apple is fresh .", "the dog eats the lamp .", "the dog ."):
        assert TOY.log2_probability(text.split()) == -math.inf


def test_a_sentence_far_longer_than_any_drawn_is_read_exactly():
    inner = ["the", "man", "says", "that"]
    sentence = [*(inner * 150), "he", "sleeps", "."]
    one = TOY.log2_probability([*inner, "he", "sleeps", "."])
    two = TOY.log2_probability([*inner * 2, "he", "sleeps", "."])
    per_clause = TOY.log2_probability([*inner * 3, "he", "sleeps", "."]) - two
    assert two - one == pytest.approx(per_clause)
    assert TOY.log2_probability(sentence) == pytest.approx(one + 149 * per_clause)


def test_examples_in_docstrings():
    for module in (gptlab.text.grammar, gptlab.text.toy_text):
        assert doctest.testmod(module).attempted
        assert not doctest.testmod(module).failed


def test_folding_is_the_inverse_of_listing_the_rules():
    for sentence in SAMPLE[:100]:
        assert fold(sentence.rules).rules() == list(sentence.rules)
        assert tuple(sentence.derivation.words()) == sentence.english
