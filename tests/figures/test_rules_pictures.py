"""Chapter 01's pictures: the card code, and that each drawing shows what it is given."""

from __future__ import annotations

import string

import pytest

from gptlab.classic.eliza import Eliza
from gptlab.classic.georgetown import georgetown, published_sentences, russian_lexicon
from gptlab.errors import LabError
from gptlab.figures import rules_pictures, style
from gptlab.figures.chat import chat_box, chat_widget
from gptlab.figures.punched_card import card_holes, punched_card


def test_letters_are_a_zone_and_a_digit_all_different():
    holes = card_holes(string.ascii_uppercase)
    assert (holes[0], holes[9], holes[18], holes[25]) == ((12, 1), (11, 1), (0, 2), (0, 9))
    every = card_holes(string.ascii_uppercase + string.digits + " .,-")
    assert len(set(every)) == len(every)
    assert card_holes("ugla 7") == card_holes("UGLA 7")


@pytest.mark.parametrize(("text", "told"), [("уголь", "to_latin"), ("A" * 81, "80 columns")])
def test_what_cannot_be_punched_is_told(text, told):
    with pytest.raises(LabError, match=told):
        card_holes(text)


def test_every_word_of_1954_can_be_punched():
    for entry in russian_lexicon():
        assert all(card_holes(entry.source))


def drawn(figure):
    return style.svg(figure)


def test_pictures_hold_their_words():
    turn = Eliza().respond("My mother takes care of me")
    assert "rank 2" in drawn(rules_pictures.keyword_stack(turn))
    assert "TAKES CARE OF" in drawn(rules_pictures.taken_apart(turn.steps[-1]))
    assert ">15<" in drawn(rules_pictures.who_answered([turn] * 15))
    assert "ELIZA, chapter 1" in drawn(rules_pictures.course_timeline())
    assert "fine-tuned model" in drawn(rules_pictures.ways_to_learn())
    assert ">MI PYERYE" not in drawn(punched_card("MI PYERYE"))  # a letter in each column
    for odd in ("Tol приготовляют из музыки", published_sentences()[44].russian):
        assert "rule 1" in drawn(rules_pictures.rule_trace(georgetown().translate(odd)))


def test_nothing_to_draw_is_told():
    with pytest.raises(LabError, match="no keyword"):
        rules_pictures.keyword_stack(Eliza().respond("paris"))
    with pytest.raises(LabError, match="no turns"):
        rules_pictures.who_answered([])


def test_the_chat_box_carries_the_whole_script_and_escapes_it():
    page = chat_box(Eliza('(<b> "X") (NONE ((0) (GO)))(MY)(MEMORY MY' + "(0 = A)" * 4 + ")").script)
    assert "<b>" not in page.html.lower().split("<script>")[0]
    assert "&lt;B&gt;" in page.html


def test_the_widget_in_lab_talks_to_python():
    box = chat_widget()
    log, said = box.children
    said.value = "My <b>father</b>."
    assert "ELIZA: SAY MORE ABOUT THE PEOPLE YOU GREW UP WITH" in log.value
    assert "<b>" not in log.value
    assert said.value == ""
