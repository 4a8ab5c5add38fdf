"""How good is a translation? BLEU, chrF, and the share that is right word for word.

All three work on text as people write it, not on tokens, so that models with different tokens
compare.

- **BLEU** (Papineni et al. 2002), 0 to 100: the geometric mean of how many of the 1-, 2-, 3- and
  4-word sequences of the output stand in the reference, over the whole test set, times a penalty
  for being shorter than the reference.
- **chrF** (Popović 2015), 0 to 100: an F-score over sequences of 1 to 6 characters, so that a right
  stem with a wrong ending counts for something.
- **accuracy**, in percent: outputs that equal the reference. Fair only where the reference is the
  one right answer, as in the toy language; there also for each phenomenon of its grammar.

BLEU and chrF are sacrebleu's (Post 2018), with its signatures, which say how they were computed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from gptlab.errors import LabError


@dataclass(frozen=True)
class Share:
    """How many of how many."""

    right: int
    of: int

    @property
    def percent(self) -> float:
        """The share in percent. Raises LabError where there is nothing to have a share of."""
        if not self.of:
            raise LabError("0 of 0 has no percentage; give at least one sentence")
        return 100 * self.right / self.of


@dataclass(frozen=True)
class TranslationScores:
    """What `score` found. BLEU, chrF and accuracy run from 0 to 100, 100 is perfect.

    `phenomena` holds, for each label, how many of the sentences with that label are exactly right,
    most frequent label first. `correct` says it for every sentence, in order.
    """

    bleu: float
    chrf: float
    accuracy: float
    bleu_signature: str
    chrf_signature: str
    correct: tuple[bool, ...] = field(repr=False)
    phenomena: dict[str, Share] = field(default_factory=dict)


def score(
    hypotheses: Sequence[str],
    references: Sequence[str],
    phenomena: Sequence[Collection[str]] | None = None,
) -> TranslationScores:
    """Score translated sentences against references, one for each; texts, not lists of words.

    BLEU is case-sensitive with sacrebleu's tokenisation 13a and its exponential smoothing; chrF has
    characters only. `phenomena` are the labels of each sentence. Spaces at the ends do not count.
    An empty hypothesis is wrong; an empty reference is refused. Raises LabError for lists of
    unequal length, no sentences, or sentences that are not texts.
    """
    from sacrebleu.metrics import BLEU, CHRF

    output, expected = _texts("hypotheses", hypotheses), _texts("references", references)
    if len(output) != len(expected):
        raise LabError(
            f"{len(output)} hypotheses and {len(expected)} references; give one of each for every "
            "sentence, in the same order"
        )
    if not output:
        raise LabError("there is nothing to score: give at least one sentence")
    if "" in expected:
        raise LabError(f"reference {expected.index('')} is empty; leave such sentences out")
    if phenomena is not None and len(phenomena) != len(output):
        raise LabError(
            f"{len(phenomena)} sets of labels for {len(output)} sentences; give one for each, "
            "an empty one where there is nothing to say"
        )
    if phenomena is not None and any(isinstance(labels, str) for labels in phenomena):
        raise LabError("the labels of a sentence are a set, such as {'verb final'}, not a string")
    correct = tuple(mine == right for mine, right in zip(output, expected, strict=True))
    bleu, chrf = BLEU(), CHRF()
    bleu_score = bleu.corpus_score(output, [expected]).score
    chrf_score = chrf.corpus_score(output, [expected]).score
    return TranslationScores(
        bleu=float(bleu_score),
        chrf=float(chrf_score),
        accuracy=Share(sum(correct), len(correct)).percent,
        bleu_signature=str(bleu.get_signature()),
        chrf_signature=str(chrf.get_signature()),
        correct=correct,
        phenomena=_by_label(correct, phenomena or ()),
    )


def _texts(name: str, sentences: Sequence[str]) -> list[str]:
    if isinstance(sentences, str):
        raise LabError(f"{name} is one text; give a list of sentences")
    for number, sentence in enumerate(sentences):
        if not isinstance(sentence, str):
            raise LabError(
                f"{name}[{number}] is a {type(sentence).__name__}, not a text; join its words "
                "first: gptlab.text.toy_text.detokenize(words)"
            )
    return [sentence.strip() for sentence in sentences]


def _by_label(correct: Sequence[bool], phenomena: Sequence[Collection[str]]) -> dict[str, Share]:
    found: dict[str, list[bool]] = {}
    for right, labels in zip(correct, phenomena, strict=bool(phenomena)):
        for label in set(labels):
            found.setdefault(label, []).append(right)
    ranked = sorted(found, key=lambda label: (-len(found[label]), label))
    return {label: Share(sum(found[label]), len(found[label])) for label in ranked}
