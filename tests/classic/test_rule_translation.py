"""Word for word and the rules of 1954 on the toy language: what they can, what they cannot."""

import pytest

from gptlab.classic.rule_translation import ToyRules, toy_dictionary, word_for_word
from gptlab.errors import LabError
from gptlab.text.grammar import toy_grammar


@pytest.fixture(scope="module")
def rules():
    return ToyRules()


def test_every_english_word_of_the_language_has_a_card_in_both(rules):
    for word in toy_grammar().vocabulary():
        if word not in (",", ".", "?"):
            assert word in toy_dictionary(), word
            assert word.replace("'s", "genitive").lower() in rules.engine.lexicon, word


def test_word_for_word():
    assert word_for_word(["the", "old", "bats", "woke", "up", "."]) == [
        "der",
        "alt",
        "Fledermäuse",
        "wachte",
        "auf",
        ".",
    ]
    assert word_for_word(["invites", "xyz", "?"]) == ["lädt", "ein", "xyz", "?"]


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("the cat sleeps .", "die Katze schläft ."),  # rule 2: the gender of what follows
        ("a very old horse sleeps .", "ein sehr alte Pferd schläft ."),
        ("my house is old .", "mein Haus ist alt ."),  # no noun follows: no ending
        ("they slept .", "sie schliefen ."),  # rule 4: the number of what stands before
        ("he slept .", "er schlief ."),
        ("the king has sung .", "der König hat gesungen ."),
        ("because of the storm he left .", "wegen der Sturm er ging weg ."),  # rule 5
        ("because he sleeps , she sings .", "weil er schläft , sie singt ."),
        ("we do not sleep .", "wir schlafen nicht ."),  # rule 1: change of places
        ("he says that it burns .", "er sagt , dass es brennt an ."),
        ("he sees her dog and her .", "er sieht ihr Hund und sie ."),
        ("Peter sees Anna .", "Peter sieht Anna ."),
        ("the xyz sleeps ?", "der xyz schläft ?"),
    ],
)
def test_the_rules_at_work(rules, english, german):
    assert rules.translate(english.split()) == german.split()


def test_what_no_rule_does(rules):
    """The verb stays where it was, and every article is a nominative."""
    said = rules.translate(["yesterday", "the", "man", "saw", "the", "dog", "."])
    assert said == ["gestern", "der", "Mann", "sah", "der", "Hund", "."]


def test_there_are_at_most_twelve_rules(rules):
    used = {entry.pid for entry in rules.entries.values()}
    assert used == {110, 121, 141, 151, None}


def test_marks_alone_are_copied(rules):
    assert rules.translate(["."]) == ["."]
    assert rules.translate([",", "?"]) == [",", "?"]
    assert rules.translate(["1954", "."]) == ["1954", "."]
    assert word_for_word(["."]) == ["."]


@pytest.mark.parametrize("bad", [[], "", "the dog"])
def test_nothing_to_translate(rules, bad):
    for translate in (word_for_word, rules.translate):
        with pytest.raises(LabError, match="at least one word"):
            translate(bad)
