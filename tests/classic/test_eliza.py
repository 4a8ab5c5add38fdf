"""ELIZA: the mechanism of 1966 step by step, a conversation of the published kind, bad scripts."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab.classic.eliza import Eliza, decompose, mid_square_hash, reassemble, show_pattern
from gptlab.classic.eliza_listener import LISTENER
from gptlab.classic.eliza_script import read_script
from gptlab.errors import LabError

# What the woman says in the published conversation (Weizenbaum 1966, pages 36-37).
PUBLISHED = (
    "Men are all alike.",
    "They're always bugging us about something or other.",
    "Well, my boyfriend made me come here.",
    "He says I'm depressed much of the time.",
    "It's true. I am unhappy.",
    "I need some help, that much seems certain.",
    "Perhaps I could learn to get along with my mother.",
    "My mother takes care of me.",
    "My father.",
    "You are like my father in some ways.",
    "You are not very aggressive but I think you don't want me to notice that.",
    "You don't argue with me.",
    "You are afraid of me.",
    "My father is afraid of everybody.",
    "Bullies.",
)

FRAME = """
(HELLO) START
(NONE ((0) (GO ON) (I SEE)))
(MEMORY MY (0 YOUR 0 = FIRST 3) (0 YOUR 0 = SECOND 3) (0 YOUR 0 = THIRD 3) (0 YOUR 0 = FOURTH 3))
(MY = YOUR 2 ((0 YOUR 0) (YOUR 3)))
"""


def talk(script, *lines):
    eliza = Eliza(FRAME + script)
    return [eliza.reply(line) for line in lines]


# The mechanism


def test_the_paper_s_own_example_of_decomposition_and_reassembly():
    parts = decompose((0, "YOU", 0, "ME"), ["IT", "SEEMS", "THAT", "YOU", "HATE", "ME"])
    assert parts == [["IT", "SEEMS", "THAT"], ["YOU"], ["HATE"], ["ME"]]
    answer = reassemble(("WHAT", "MAKES", "YOU", "THINK", "I", 3, "YOU"), parts)
    assert " ".join(answer) == "WHAT MAKES YOU THINK I HATE YOU"


def as_regex(pattern, words):
    """The same pattern in Python's regular expressions, every word with a space after it."""
    groups = []
    for piece in pattern:
        if piece == 0:
            groups.append(r"((?:\w+ )*?)")
        elif isinstance(piece, int):
            groups.append(rf"((?:\w+ ){{{piece}}})")
        else:
            groups.append(f"((?:{'|'.join(piece[1] if isinstance(piece, tuple) else [piece])}) )")
    found = re.fullmatch("".join(groups), "".join(word + " " for word in words))
    return [group.split() for group in found.groups()] if found else None


PIECES = st.one_of(st.integers(0, 3), st.sampled_from("AB"), st.just(("any", ("A", "C"))))


@given(st.lists(PIECES, min_size=1, max_size=6), st.lists(st.sampled_from("ABC"), max_size=12))
def test_decompositions_are_those_of_python_s_re(pattern, words):
    parts = decompose(pattern, words)
    assert parts == as_regex(pattern, words)
    if parts is not None:
        assert [word for part in parts for word in part] == words


def test_the_keyword_of_highest_rank_speaks_and_the_first_of_equals():
    script = "(A 1 ((0) (ONE))) (B 2 ((0) (TWO))) (C 2 ((0) (THREE)))"
    assert talk(script, "a b c", "a c b", "a") == ["TWO", "THREE", "ONE"]
    stack = Eliza(FRAME + script).respond("a b c").stack
    assert stack == (("B", 2), ("A", 1), ("C", 2))


@pytest.mark.parametrize("line", [None, 5, b"hello"])
def test_only_text_is_read(line):
    with pytest.raises(LabError, match="ELIZA reads text"):
        Eliza().reply(line)


def test_reassemblies_take_turns():
    assert talk("(A ((0) (ONE) (TWO)))", *"aaa") == ["ONE", "TWO", "ONE"]
    assert talk("", *"xyz") == ["GO ON", "I SEE", "GO ON"]


def test_newkey_goes_down_the_stack_and_links_go_across():
    assert talk("(A 5 ((0) (NEWKEY))) (B ((0) (BEE)))", "a b", "a") == ["BEE", "GO ON"]
    assert talk("(A (=B)) (B ((0) (BEE)))", "a") == ["BEE"]
    assert talk("(A ((0 A 1) (=B))) (B ((0) (BEE)))", "a", "a b") == ["GO ON", "BEE"]


def test_pre_rewrites_before_it_links():
    script = (
        "(I'M = YOU'RE ((0 YOU'RE 0) (PRE (YOU ARE 3) (=I)))) "
        "(I = YOU ((0 YOU ARE 0) (SINCE WHEN 4)))"
    )
    assert talk(script, "well I’m tired") == ["SINCE WHEN TIRED"]


def test_classes_hold_what_a_word_was_replaced_by():
    script = "(MOM = MOTHER DLIST(/KIN)) (A ((0 (/KIN) 0) (YOUR 2)))"
    assert talk(script, "a mom") == ["YOUR MOTHER"]


def test_delimiters_keep_the_first_clause_with_a_keyword():
    eliza = Eliza(FRAME + "(A ((0) (YOU SAID 1)))")
    for line in ("first. second a, third", "first, second a but third a", "x? second a! third"):
        assert eliza.reply(line) == "YOU SAID SECOND A"
    assert eliza.respond("one, two").clause == ("TWO",)


def test_the_hash_is_weizenbaum_s():
    assert mid_square_hash("ALWAYS", 7) == 14  # printed in the paper, page 38
    assert mid_square_hash("HERE", 2) == 3  # what the published conversation recalls
    assert mid_square_hash("THEREHERE", 2) == mid_square_hash("ERE", 2)
    for bits in (-1, 16):
        with pytest.raises(LabError, match="0 to 15"):
            mid_square_hash("A", bits)


def test_memory_is_recalled_at_every_fourth_turn_without_keyword():
    lines = ["my boyfriend made me come here", "x", "x", "x", "x", "x", "x"]
    answers = talk("(ME = YOU)", *lines)
    assert answers[0] == "YOUR BOYFRIEND MADE YOU COME HERE"
    assert answers[2] == "FOURTH BOYFRIEND MADE YOU COME HERE"
    assert answers[6] == "GO ON"  # there was only one memory


# The Listener


def test_the_published_conversation_is_met_in_the_published_manner():
    eliza = Eliza()
    turns = [eliza.respond(line) for line in PUBLISHED]
    assert [turn.source for turn in turns] == ["keyword"] * 14 + ["memory"]
    used = [turn.steps[-1].keyword if turn.steps else "" for turn in turns]
    assert used[:4] == ["RESEMBLE", "ALWAYS", "MY", "I"]
    assert turns[2].text == "YOUR BOYFRIEND MADE YOU COME HERE"  # word for word as printed
    assert "DEPRESSED" in turns[3].text
    assert "UNHAPPY" in turns[4].text
    assert "HELP" in turns[5].text
    assert all("/FAMILY" in show_pattern(turns[i].steps[-1].pattern) for i in (6, 7, 8, 13))
    assert turns[10].text.endswith("I AM NOT VERY AGGRESSIVE")
    assert turns[14].text.endswith("YOUR BOYFRIEND MADE YOU COME HERE")
    eliza.reset()
    assert [eliza.reply(line) for line in PUBLISHED] == [turn.text for turn in turns]


def test_every_rule_of_the_listener_can_be_reached():
    script = read_script(LISTENER)
    words = {word for key in script.keywords.values() for word in (key.word, key.replaced_by)}
    for key in script.keywords.values():
        for rule in key.rules:
            for piece in rule.pattern:
                if isinstance(piece, tuple) and piece[0] == "class":
                    assert all(script.classes.get(tag) for tag in piece[1]), (key.word, piece)
    assert {"MOTHER", "YOU", "ARE"} <= words


def test_an_explanation_names_keyword_pattern_parts_and_reply():
    told = Eliza().respond("He says I'm depressed.").explain()
    for piece in ("I'M (0)", "(0 YOU'RE 0)", "PRE (YOU ARE 3) (=I)", "part 5: DEPRESSED"):
        assert piece in told


@given(st.lists(st.text(max_size=60), min_size=1, max_size=6))
def test_there_is_always_an_answer(lines):
    eliza = Eliza()
    for line in lines:
        assert eliza.reply(line).strip()


@pytest.mark.parametrize(
    "line", ["", " \n", "?!…", "Привет, я грустный", "我很难过 my 母亲", "🙂", "I"]
)
def test_odd_inputs_are_answered(line):
    assert Eliza().reply(line)


def test_a_very_long_input_is_answered_soon():
    began = time.perf_counter()
    assert Eliza().reply("you i my " * 20_000)
    assert time.perf_counter() - began < 20


# Bad scripts


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("", "the script is empty"),
        ("()", "greeting is missing"),
        ("\n(A ((0) (B)))\n(NONE ((0) (C)))", "line 2: the script begins with a list of rules"),
        ("(HI)\n(A ((0) (B))", "line 2: a ( that is never closed"),
        ("(HI)\n(A ((0) (B)))\n)", "line 3: a ) without"),
        ("(HI) (A ((0) (B)))", "there is no NONE"),
        ("(HI) (NONE)", "there is no NONE"),
        ("(HI) (NONE ((0) (GO)))", "there is no MEMORY"),
        ("(HI) (NONE ((0) (=A)))(MEMORY A (0 = B) (0 = B) (0 = B) (0 = B)) (A)", "NONE must fit"),
        ("(HI)\n(MEMORY MY (0 = A))", "line 2: MEMORY needs one keyword and 4 rules"),
        ("(HI) (MEMORY MY (0 A) (0 = B) (0 = B) (0 = B))", "is (pattern = reply)"),
        (FRAME.replace("MEMORY MY", "MEMORY OUR"), "MEMORY belongs to OUR"),
        (FRAME + "(A (=B))", "line 6: A links to B, which is no keyword"),
        (FRAME + "(A (=B)) (B ((0) (=A)))", "lead back to A"),
        (FRAME + "(A (=A))", "lead back to A"),
        (FRAME + "(A ((0 A 0) (PART 4)))", "takes part 4, and its pattern has parts 1 to 3"),
        (FRAME + "(A ((0 A 0) (PART 0)))", "takes part 0"),
        (FRAME + "(A ((0 A 0)))", "a pattern and at least one reply"),
        (FRAME + "(A (0 A 0))", "a pattern and at least one reply"),
        (FRAME + "(A (() (B)))", "an empty pattern"),
        (FRAME + "(A ((0) ()))", "a reply is words and part numbers"),
        (FRAME + "(A ((0 (B C) 0) (D)))", "(*ONE OF THESE) or (/CLASS)"),
        (FRAME + "(A ((0) (= B C)))", "is written (=KEYWORD)"),
        (FRAME + "(A B)", "'B' is out of place in the keyword A"),
        (FRAME + "(MY ((0) (B)))", "the keyword MY stands in line 5 already"),
        (FRAME + "((0) (B))", "must begin with a keyword"),
    ],
)
def test_a_bad_script_is_told_with_its_line(script, told):
    with pytest.raises(LabError, match=re.escape(told)):
        Eliza(script)
