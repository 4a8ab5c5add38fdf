"""Requests in the toy language: every answer is right, the wrong ones are not, nothing leaks."""

from __future__ import annotations

import pytest

from gptlab.errors import LabError
from gptlab.text.chat import CHAT_TOKENS, chat_example
from gptlab.text.grammar import toy_grammar
from gptlab.text.tokenizer_base import END_OF_TEXT
from gptlab.text.toy_chat import HELD_OUT_NOUNS, NEW_WORDS, Request, ToyTokenizer, toy_requests
from gptlab.text.toy_pronouns import MOST_WORDS, PRONOUNS, pronoun_task


def test_the_tokenizer_writes_and_reads_words_and_marks():
    tokens = ToyTokenizer()
    assert tokens.vocab_size == len(toy_grammar().vocabulary()) + len(NEW_WORDS) + 5
    ids = tokens.encode("does Emma 's dog sleep ?")
    assert tokens.decode(ids).strip() == "does Emma 's dog sleep ?"
    assert tokens.name(ids[0]) == "does"
    assert [tokens.name(tokens.special_tokens[m]) for m in (END_OF_TEXT, *CHAT_TOKENS)] == [
        END_OF_TEXT,
        *CHAT_TOKENS,
    ]
    assert not set(NEW_WORDS) & set(toy_grammar().vocabulary())
    with pytest.raises(LabError, match="'Does' is no word of the toy language"):
        tokens.encode("Does it ?")


def test_the_tokenizer_survives_a_file(tmp_path):
    from gptlab.text.tokenizer_base import FORMAT

    path = tmp_path / "t.json"
    ToyTokenizer().save(path)
    assert FORMAT in path.read_text()


@pytest.fixture(scope="module")
def requests():
    return toy_requests(200, seed=1)


def test_requests_are_repeatable_mixed_and_right(requests):
    assert requests == toy_requests(200, seed=1) != toy_requests(200, seed=2)
    assert [r.kind for r in requests] == ["question", "topic"] * 100
    tokens = ToyTokenizer()
    for request in requests:
        assert request.noun in request.prompt.split()
        assert all(request.accepts(answer) for answer in request.answers)
        for answer in request.answers:
            chat_example(request.turns(answer), tokens)
    questions = [r for r in requests if r.kind == "question"]
    assert len({r.prompt for r in questions}) == len(questions)
    assert all(len(r.answers) == 2 and r.prompt.endswith("?") for r in questions)


def test_held_out_nouns_stand_in_no_other_request(requests):
    said = {w for r in requests for text in (r.prompt, *r.answers) for w in text.split()}
    assert not said & HELD_OUT_NOUNS
    held = toy_requests(60, seed=1, held_out=True)
    assert {r.noun for r in held} <= HELD_OUT_NOUNS
    assert len({r.noun for r in held}) > 10


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("does the old witch sleep ?", "yes , she does ."),
        ("were two nuns sad ?", "no , they were not ."),
        ("must Karl go ?", "yes , he must ."),
    ],
)
def test_questions_are_answered_by_pronoun_and_auxiliary(prompt, answer):
    # Built by hand from what the grammar's derivation must give.
    wanted = {"witch": "she", "nuns": "they", "Karl": "he"}
    noun = next(word for word in prompt.split() if word in wanted)
    helper = prompt.split()[0]
    assert wanted[noun] in answer.split()
    assert helper in answer.split()
    request = Request(prompt, "question", noun, (answer,))
    assert request.accepts(answer)
    assert not request.accepts(answer.replace(" .", ""))


def test_pronouns_of_questions_fit_the_lexicon(requests):
    persons = {"man": "he", "queen": "she", "dog": "it", "mothers": "they", "house": "it"}
    seen = 0
    for request in requests + toy_requests(400, seed=9, kinds=("question",)):
        if request.kind == "question" and request.noun in persons:
            assert persons[request.noun] in request.answers[0].split()
            seen += 1
    assert seen > 10


@pytest.mark.parametrize(
    "answer",
    ["the dog sleeps .", "the queen sleeps", "does the queen sleep ?", "queen the sleeps .",
     "", "yes , the queen .", "the queen <|user|> ."],
)  # fmt: skip
def test_a_topic_wants_a_statement_with_its_noun(answer):
    request = Request("write about the queen", "topic", "queen", ("the queen sleeps .",))
    assert request.accepts("the queen sleeps .")
    assert not request.accepts(answer)


def test_what_cannot_be_had_is_said():
    with pytest.raises(LabError, match="kind 'poem' is unknown"):
        toy_requests(3, seed=1, kinds=("poem",))
    with pytest.raises(LabError, match="n is 0"):
        toy_requests(0, seed=1)


def test_the_pronoun_task_is_balanced_and_right():
    task = pronoun_task(80, 40)
    assert task.labels == PRONOUNS
    for part, count in ((task.train, 20), (task.test, 10)):
        assert [sum(t.label == k for t in part) for k in range(4)] == [count] * 4
    texts = [t.text for t in (*task.train, *task.test)]
    assert len(set(texts)) == len(texts)
    assert max(len(text.split()) for text in texts) <= MOST_WORDS
    grammar = toy_grammar()
    for each in task.test:
        # The grammar itself lets the labelled pronoun follow, and no other that is a person's.
        now = grammar.next_word_probabilities([*each.text.split(), "because"])
        assert now.get(task.labels[each.label], 0) > 0
