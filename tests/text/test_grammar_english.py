"""The toy language's English agrees, by rules of its own; trees, labels and splits are right."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from statistics import mean, stdev

import pytest

from gptlab.errors import LabError
from gptlab.text.grammar import (
    HELD_OUT_PAIRS,
    HELD_OUT_WORDS,
    PHENOMENA,
    ToyGrammar,
    Tree,
    toy_grammar,
)

TOY = toy_grammar()
SAMPLE = TOY.sample(3000, seed=12)

# English agreement, by rules that know endings and a few exceptions only

PLURALS = {"men", "women"}
NOT_PLURAL = {"bus", "dress", "waitress", "actress", "princess"}
ONE, MANY = {"a", "an", "this", "every"}, {"these", "some", "many", "two", "three"}
NEUTRAL = {"will", "can", "must", "should", "did"}
MODIFIED = ("JJ", "NN")


def is_plural(noun: str) -> bool:
    return noun in PLURALS or (noun.endswith("s") and noun not in NOT_PLURAL)


def subtrees(tree: Tree):
    yield tree
    for child in tree.children:
        if isinstance(child, Tree):
            yield from subtrees(child)


def number_of(phrase: Tree) -> str:
    """sg or pl: by "and", the pronoun, or the last noun before any relative clause."""
    if phrase.label == "PRP":
        return "pl" if phrase.words()[0] in ("they", "we") else "sg"
    labels = [child.label for child in phrase.children]
    if "CC" in labels:
        return "pl"
    if labels[0] == "NNP" and "NN" not in labels:
        return "sg"
    nouns = [c for c in phrase.children if c.label == "NN"]
    return "pl" if is_plural(nouns[-1].words()[0]) else "sg"


def agrees(verb: str, number: str, bases: set[str]) -> bool:
    if verb in NEUTRAL:
        return True
    special = {"is": "sg", "was": "sg", "has": "sg", "does": "sg", "are": "pl", "were": "pl"}
    special |= {"have": "pl", "do": "pl"}
    if verb in special:
        return special[verb] == number
    if verb in bases:
        return number == "pl"
    return not verb.endswith("s") or number == "sg"


def test_english_subjects_agree_with_their_verbs_across_whatever_stands_between():
    subjects = (["he"], ["the", "dog"], ["the", "hotel"])
    bases = {w for s in subjects for w in TOY.next_word_probabilities([*s, "will"])} - {"be"}
    assert agrees("sleeps", "sg", bases)
    assert not agrees("sleep", "sg", bases)
    assert not agrees("sleeps", "pl", bases)
    checked = distant = 0
    for sentence in SAMPLE:
        if sentence.english[-1] == "?":  # there the agreeing word is the first
            continue
        for tree in subtrees(sentence.tree):
            parts = tree.children
            for left, right in pairwise(parts):
                if not (isinstance(left, Tree) and isinstance(right, Tree)):
                    continue
                if (
                    left.label in ("NP", "PRP")
                    and right.label == "VP"
                    and tree.label in ("S", "SBAR")
                ):
                    verb = next(
                        w for w in right.words() if w not in ("often", "never", "always", "rarely")
                    )
                    assert agrees(verb, number_of(left), bases), sentence.english_text
                    checked += 1
                    distant += left.label == "NP" and any(c.label == "SBAR" for c in left.children)
    assert checked > 3000
    assert distant > 200


def test_english_articles_fit_their_nouns():
    for sentence in SAMPLE:
        for tree in subtrees(sentence.tree):
            parts = [c for c in tree.children if isinstance(c, Tree)]
            if tree.label != "NP" or not parts or parts[0].label != "DT":
                continue
            article, after = parts[0].words()[0], parts[1].words()[0]
            head = next(c for i, c in enumerate(parts) if c.label == "NN")
            if article in ONE | MANY:
                assert is_plural(head.words()[0]) == (article in MANY), sentence.english_text
            if article in ("a", "an"):
                vowel = after[0] in "aeiou" and after not in ("useful", "university", "uniform")
                assert vowel == (article == "an"), sentence.english_text


# Trees, phenomena, splits


def test_trees_hold_the_words_in_order():
    for sentence in SAMPLE[:500]:
        assert sentence.tree.words() == sentence.english
        assert sentence.tree.label == "S"
        assert str(sentence.tree).count("(") == str(sentence.tree).count(")")
    tree = TOY.parse(TOY.tokenize("The king's dog sleeps.")).tree
    assert str(tree) == "(S (NP (NP (DT the) (NN king) (POS 's)) (NN dog)) (VP (VB sleeps)) (. .))"


def test_every_phenomenon_occurs_and_none_is_unknown():
    counts = Counter(label for s in SAMPLE for label in s.phenomena)
    assert set(counts) == set(PHENOMENA) - {"unseen word", "unseen combination"}
    assert min(counts.values()) >= 20


def test_a_split_never_overlaps_and_hides_what_it_says():
    split = TOY.split(seed=3, n_train=2000, n_test=200, n_unseen=40)
    assert [len(p) for p in (split.train, split.test, split.unseen_words, split.unseen_pairs)] == [
        2000, 200, 40, 40,
    ]  # fmt: skip
    train = {s.english for s in split.train}
    held_out = [*split.test, *split.unseen_words, *split.unseen_pairs]
    assert not train & {s.english for s in held_out}
    trained_words = {w for s in (*split.train, *split.test) for w in s.english}
    assert not trained_words & set(HELD_OUT_WORDS)
    pairs = {pair for s in (*split.train, *split.test) for pair in pairwise(s.english)}
    assert not pairs & set(HELD_OUT_PAIRS)
    assert all("unseen word" in s.phenomena for s in split.unseen_words)
    known = set(ToyGrammar(HELD_OUT_WORDS).vocabulary())
    assert not any(known.issuperset(s.english) for s in split.unseen_words)
    assert all("unseen combination" in s.phenomena for s in split.unseen_pairs)
    again = TOY.split(seed=3, n_train=2000, n_test=200, n_unseen=40)
    assert again == split
    with pytest.raises(LabError, match="n_unseen=0"):
        ToyGrammar(HELD_OUT_WORDS).split(seed=3, n_train=0, n_test=0, n_unseen=1)
    other = TOY.split(seed=4, n_train=500, n_test=500)
    assert not train & {s.english for s in other.test}  # whatever the seed
    assert {s.english for s in other.train} != train


def test_leaving_words_out_keeps_the_proportions_of_the_others():
    smaller = ToyGrammar(without=["dog", "wake up"])
    assert "dogs" not in smaller.vocabulary()
    assert "woken" not in smaller.vocabulary()
    before = TOY.next_word_probabilities(["the"])
    after = smaller.next_word_probabilities(["the"])
    assert after["cat"] / after["horse"] == pytest.approx(before["cat"] / before["horse"])
    assert after["cat"] > before["cat"]
    bits = [-s.log2_probability for s in smaller.sample(1500, seed=0)]
    assert abs(mean(bits) - smaller.entropy_bits_per_sentence()) < 4 * stdev(bits) / math.sqrt(1500)
