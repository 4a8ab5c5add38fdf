"""Requests and answers in the toy language, whose truth is known: what chapter 19 fine-tunes on.

Two kinds of request. A *question* of the grammar is answered "yes , she does ." or "no , she does
not .", with the pronoun of its subject and its own auxiliary. Which of yes and no is right nobody
can know: a coin decides. A *topic* ("write about the queen") is answered by a statement of the
grammar that holds the noun.

Everything is written as words with a space between two, as in "does the dog sleep ?".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

from gptlab.errors import LabError, check_count
from gptlab.text.chat import CHAT_TOKENS, Turn
from gptlab.text.grammar import toy_grammar
from gptlab.text.pcfg import Node, Rule, fold
from gptlab.text.tokenizer_base import END_OF_TEXT, Tokenizer
from gptlab.text.toy_rules import pronoun

NEW_WORDS = ("about", "no", "yes")  # what requests and answers need, and the grammar lacks
MOST_WORDS = 9  # of a statement about a topic
# Stand in no request of a training set: whoever can answer for them learned them before.
_KEPT_BACK = (
    "witch witches nun nuns nephew nephews uncle uncles princess princesses soldier soldiers "
    "goat goats lion lions ferry ferries tower towers lamp lamps museum museums"
)
HELD_OUT_NOUNS = frozenset(_KEPT_BACK.split())


class ToyTokenizer(Tokenizer):
    """One word of the toy language is one token; then the end of text and the marks of a chat."""

    kind = "toy words"

    def __init__(self) -> None:
        self.words = (*toy_grammar().vocabulary(), *NEW_WORDS)
        super().__init__([f"{word} ".encode() for word in self.words], (END_OF_TEXT, *CHAT_TOKENS))
        self._ids = {word: i for i, word in enumerate(self.words)}

    def _encode_ordinary(self, text: str) -> list[int]:
        try:
            return [self._ids[word] for word in text.split()]
        except KeyError as error:
            raise LabError(
                f"{error.args[0]!r} is no word of the toy language; write words in lower case, "
                "with spaces also before . and ?"
            ) from None

    def name(self, token_id: int) -> str:
        """One token for people to read: a word, or a mark such as <|user|>."""
        return self.token_bytes(token_id).decode().strip()

    def _settings(self) -> dict[str, Any]:
        return {}

    @classmethod
    def _from_settings(cls, settings: dict[str, Any]) -> ToyTokenizer:
        return cls()


@dataclass(frozen=True)
class Request:
    """What a user says, and what is known of its answers.

    `kind`: "question" or "topic". `noun`: what it is about, in the form that stands in it.
    `answers`: all that are right, for a question; one of the many, for a topic.
    """

    prompt: str
    kind: str
    noun: str
    answers: tuple[str, ...]

    def accepts(self, answer: str) -> bool:
        """Is this answer right? A topic's must be a statement of the grammar with the noun."""
        if self.kind == "question":
            return answer in self.answers
        words = answer.split()
        grammar = toy_grammar()
        if self.noun not in words or words[-1] != ".":
            return False
        if not set(words) <= set(grammar.vocabulary()):
            return False
        return grammar.log2_probability(words) > -math.inf

    def turns(self, answer: str | None = None) -> list[Turn]:
        """The conversation: the request, and the answer if one is given."""
        asked = [Turn("user", self.prompt)]
        return asked if answer is None else [*asked, Turn("assistant", answer)]


def toy_requests(
    n: int, seed: int, kinds: Sequence[str] = ("question", "topic"), held_out: bool = False
) -> list[Request]:
    """`n` requests, of the kinds in turn; `held_out`: about HELD_OUT_NOUNS only.

    No question comes twice, and no statement about a topic; the topics themselves come again.

    Without `held_out` no such noun stands in a request or its answer. Raises LabError for an
    unknown kind, or if so many different ones cannot be found.
    """
    check_count("n", n)
    known = {"question": _question, "topic": _topic}
    if unknown := [kind for kind in kinds if kind not in known]:
        raise LabError(f"kind {unknown[0]!r} is unknown; choose from {', '.join(known)}")
    random = Random(f"requests {seed}")
    found: dict[tuple[str, str], Request] = {}
    for _ in range(1000 + 200 * n):
        made = known[kinds[len(found) % len(kinds)]](random)
        if made is None or (made.prompt, made.answers[0]) in found:
            continue
        words = {word for text in (made.prompt, *made.answers) for word in text.split()}
        if (made.noun in HELD_OUT_NOUNS) if held_out else not (words & HELD_OUT_NOUNS):
            found[made.prompt, made.answers[0]] = made
            if len(found) == n:
                return list(found.values())
    raise LabError(f"found only {len(found)} different requests of {n}; ask for fewer")


@lru_cache(maxsize=1)
def _beginnings() -> dict[str, list[Rule]]:
    """The rules by which questions begin, and those of statements."""
    starts = toy_grammar().rules.rules_of["S:"]
    return {
        kind: [rule for rule in starts if rule.right[-1] == mark]
        for kind, mark in (("question", "?"), ("topic", "."))
    }


def _draw(kind: str, random: Random) -> Node:
    """A derivation, drawn with the grammar's probabilities from those of its kind."""
    starts = _beginnings()[kind]
    (begin,) = random.choices(starts, [rule.probability for rule in starts])
    return fold(toy_grammar().rules.draw(random, begin)[0])


def _question(random: Random) -> Request | None:
    """ "does the old queen sleep ?": the subject is the second part, after the auxiliary."""
    sentence = _draw("question", random)
    auxiliary, subject = sentence.children[:2]
    assert isinstance(auxiliary, Node)
    assert isinstance(subject, Node)
    noun_class, number = subject.rule.left.partition(":")[2].split(".")
    helper = auxiliary.words()[0]
    they = pronoun(noun_class, number)
    answers = (f"yes , {they} {helper} .", f"no , {they} {helper} not .")
    return Request(" ".join(sentence.words()), "question", _head(subject), answers)


def _topic(random: Random) -> Request | None:
    """ "write about the queen": the first noun of a statement, and the statement."""
    sentence = _draw("topic", random)
    found = _first_noun(sentence)
    if found is None or len(sentence.words()) > MOST_WORDS:
        return None
    noun, number = found
    article = "the " if number == "sg" else ""
    return Request(f"write about {article}{noun}", "topic", noun, (" ".join(sentence.words()),))


def _nouns(node: Node) -> list[tuple[str, str]]:
    """Nouns and names from left to right, each with its number ("name" for a name)."""
    category, *features = node.rule.left.replace(".", ":").split(":")
    if category in ("N", "NAME"):
        number = next((f for f in features if f in ("sg", "pl", "mass")), "name")
        return [(node.words()[0], "name" if category == "NAME" else number)]
    return [pair for child in node.children if isinstance(child, Node) for pair in _nouns(child)]


def _first_noun(node: Node) -> tuple[str, str] | None:
    found = _nouns(node)
    return found[0] if found else None


def _head(subject: Node) -> str:
    """The noun of a noun phrase: the last one, since possessors stand before it."""
    return _nouns(subject)[-1][0]
