"""Which pronoun stands for the subject? A task with four labels, in the toy language.

The texts are beginnings of sentences such as "the old witch slept because she was tired .", cut off
before the clause. So the label is known, and a language model can be asked for it without any
training: which of the four does it expect after "because"?
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from random import Random

from gptlab.text.grammar import toy_grammar
from gptlab.text.labelled import LabelledTask, LabelledText
from gptlab.text.pcfg import Node, fold
from gptlab.text.toy_rules import pronoun

PRONOUNS = ("he", "she", "it", "they")
MOST_WORDS = 9  # of a text; longer ones hold clauses that take long to read


@lru_cache(maxsize=1)
def pronoun_task(n_train: int = 1200, n_test: int = 400, seed: int = 19) -> LabelledTask:
    """Texts to learn from and to be tested on, as many of each label; no text stands in both."""
    random = Random(f"pronouns {seed}")
    wanted = {label: (n_train + n_test) // len(PRONOUNS) for label in range(len(PRONOUNS))}
    found: dict[str, int] = {}
    for text, label in _texts(random):
        if wanted[label] and text not in found:
            found[text] = label
            wanted[label] -= 1
        if not any(wanted.values()):
            break
    each = [[t for t, own in found.items() if own == label] for label in range(len(PRONOUNS))]
    cut = n_test // len(PRONOUNS)
    test, train = (
        tuple(LabelledText(text, label) for label, texts in enumerate(each) for text in texts[part])
        for part in (slice(cut), slice(cut, None))
    )
    return LabelledTask("pronouns", PRONOUNS, train, test)


def _texts(random: Random) -> Iterator[tuple[str, int]]:
    """Subject and verb, without what follows, and the label; for ever."""
    rules = toy_grammar().rules
    starts = [rule for rule in rules.rules_of["S:"] if rule.right[1].startswith("VP:in.")]
    while True:
        begin = random.choice(starts)
        subject, verb = fold(rules.draw(random, begin)[0]).children[:2]
        assert isinstance(subject, Node)
        assert isinstance(verb, Node)
        words = subject.words() + verb.words()
        noun_class, number = subject.rule.left.partition(":")[2].split(".")
        if len(words) <= MOST_WORDS:
            yield " ".join(words), PRONOUNS.index(pronoun(noun_class, number))
