"""Does the verb agree with its subject? Asked by distance, where a language model must remember.

"The *woman* whom the farmers saw *sleeps*": what decides between *sleeps* and *sleep* stands six
words back, and a plural stands in between. A model is asked for nothing but its probabilities: is
the right form likelier than the other form of the same verb? The test is that of Linzen, Dupoux
and Goldberg 2016, section 5; the sentences are the toy language's, where the subject is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gptlab.errors import LabError
from gptlab.text.grammar import Sentence
from gptlab.text.pcfg import Node
from gptlab.text.toy_lexicon import FORMS, lexicon

AUXILIARIES = {"does": "do", "has": "have", "is": "are", "was": "were"}


@dataclass(frozen=True)
class AgreementCase:
    """A place where the verb's form follows the subject's number.

    `prefix`: the words before it. `right`, `wrong`: the verb in the subject's number and in the
    other one. `distance`: how many words back the subject's noun stands; 1 is next to the verb.
    `misleading`: the last noun between the two has the other number.
    """

    prefix: tuple[str, ...]
    right: str
    wrong: str
    distance: int
    misleading: bool


@lru_cache(maxsize=1)
def _plurals() -> dict[str, str]:
    """Every singular verb form that shows number, with its plural."""
    third, base = FORMS.index("s"), FORMS.index("base")
    pairs = dict(AUXILIARIES)
    for verb in lexicon().verbs:
        pairs[verb.english[third].split()[0]] = verb.english[base].split()[0]
    return pairs


@lru_cache(maxsize=1)
def marked_forms() -> dict[str, str]:
    """Every verb form that shows number, singular or plural, with its counterpart."""
    return _plurals() | {plural: singular for singular, plural in _plurals().items()}


def is_plural(form: str) -> bool:
    """Whether a verb form that shows number is the plural one. LabError for one that does not."""
    if form not in marked_forms():
        raise LabError(f"{form!r} shows no number; give a form such as 'sleeps', 'sleep' or 'were'")
    return form not in _plurals()


def agreement_cases(sentences: Iterable[Sentence]) -> list[AgreementCase]:
    """The verbs of all sentences that show the number of a subject with one noun before them."""
    return [case for sentence in sentences for case in _cases(sentence)]


def _cases(sentence: Sentence) -> Iterator[AgreementCase]:
    nouns, subjects = _places(sentence.derivation)
    forms = marked_forms()
    for start, end, number in subjects:
        heads = [(place, n) for place, n in nouns if start <= place < end]
        verb = sentence.english[end] if end < len(sentence.english) else ""
        if not heads or verb not in forms:
            continue
        yield AgreementCase(
            prefix=sentence.english[:end],
            right=verb,
            wrong=forms[verb],
            distance=end - heads[0][0],
            misleading=len(heads) > 1 and heads[-1][1] != number,
        )


def _places(
    derivation: Node,
) -> tuple[list[tuple[int, str]], list[tuple[int, int, str]]]:
    """Nouns as (place, number), and subjects of one noun as (start, end, number), by place."""
    nouns: list[tuple[int, str]] = []
    subjects: list[tuple[int, int, str]] = []

    def walk(node: Node, start: int) -> int:
        category, *features = node.rule.left.replace(".", ":").split(":")
        number = next((f for f in features if f in ("sg", "pl")), "sg")
        end = start
        for child in node.children:
            end = walk(child, end) if isinstance(child, Node) else end + 1
        if category in ("N", "NAME"):
            nouns.append((end - 1, number))
        if category == "SB" and "and" not in node.rule.right:
            subjects.append((start, end, number))
        return end

    walk(derivation, 0)
    return sorted(nouns), sorted(subjects)


def agreement_by_distance(
    cases: Sequence[AgreementCase],
    prefers_right: Callable[[Sequence[AgreementCase]], Sequence[bool]],
    at_least: int = 20,
) -> dict[int, tuple[float, int]]:
    """For each distance: the share of cases where the right form is the likelier, and their number.

    `prefers_right` gets all cases and says for each whether the model gave the right form more
    probability than the wrong one. From the first distance on that has fewer than `at_least` cases,
    all are counted together under it. Raises LabError if there is no case, or an answer is missing.
    """
    answers = list(prefers_right(cases))
    if not cases or len(answers) != len(cases):
        raise LabError(
            f"{len(answers)} answers to {len(cases)} cases; give one for each of at least one"
        )
    found: dict[int, list[bool]] = defaultdict(list)
    for case, answer in zip(cases, answers, strict=True):
        found[case.distance].append(bool(answer))
    last = next((d for d in sorted(found) if len(found[d]) < at_least), max(found))
    grouped: dict[int, list[bool]] = defaultdict(list)
    for distance in sorted(found):
        grouped[min(distance, last)] += found[distance]
    return {d: (sum(right) / len(right), len(right)) for d, right in grouped.items()}
