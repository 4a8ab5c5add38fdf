"""The check of exercise 7.6: counts that tell GloVe what never happened."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from gptlab.checks import Case, Mistake, function
from gptlab.checks.compare import describe

NEEDED = 0.48
NOUNS = {
    "man", "woman", "thing", "animal", "food", "building", "institution", "text", "clothes",
    "furniture", "vehicle", "transport", "plant", "event", "drink", "nature", "shore",
}  # fmt: skip


@cache
def silent_counts() -> tuple[Any, Any, dict[str, str]]:
    """The vocabulary, the table and the nouns' classes of 5,000 sentences of the toy language."""
    from gptlab.embeddings.distributional import cooccurrences
    from gptlab.text.corpora import toy_split
    from gptlab.text.grammar import toy_grammar
    from gptlab.text.words import Vocabulary

    texts = [sentence.english for sentence in toy_split().train[:5000]]
    words = Vocabulary.build(texts, 5)
    table = cooccurrences(texts, words, window=5, weighting="harmonic").toarray()
    table.setflags(write=False)
    classes = {word: toy_grammar().word_class(word) for word in words.words}
    return words, table, {word: kind for word, kind in classes.items() if kind in NOUNS}


def purity_of(table: Any) -> float:
    """How pure the neighbours of nouns are when GloVe is fitted to `table`: about a second."""
    from gptlab.embeddings.glove import GloVe, GloVeConfig
    from gptlab.embeddings.similarity import neighbour_purity

    words, _, nouns = silent_counts()
    model = GloVe(table, GloVeConfig(dimensions=30, epochs=20, tile=256))
    model.fit()
    return neighbour_purity(model.vectors(words.words), nouns)


def speak(counts):
    """Counts that say something about every pair, the silent ones too."""
    return counts + 0.1


def _table(answer: Callable[..., Any]) -> Any:
    found = answer(silent_counts()[1].copy())
    if found is None or not isinstance(found, np.ndarray):
        return found
    return found.astype(float)


def _usable(answer: Callable[..., Any]) -> None:
    found, size = _table(answer), len(silent_counts()[0])
    assert _is_table(found), (
        f"it returns {describe(found)}; return an array of {size} × {size} counts"
    )
    assert np.isfinite(found).all(), "some counts are NaN or infinite; ln of them cannot be fitted"


def _enough(answer: Callable[..., Any]) -> None:
    found = purity_of(_table(answer))
    assert found >= NEEDED, (
        f"the purity is {found:.2f}; {NEEDED} is wanted. Without any change it is about 0.29"
    )


def _is_table(found: Any) -> bool:
    size = len(silent_counts()[0])
    return isinstance(found, np.ndarray) and found.shape == (size, size)


def _still_silent(answer: Callable[..., Any]) -> bool:
    found = _table(answer)
    return _is_table(found) and bool((found == 0).any() and (found >= 0).all())


def _below_zero(answer: Callable[..., Any]) -> bool:
    found = _table(answer)
    return _is_table(found) and bool((found < 0).any())


def _lopsided(answer: Callable[..., Any]) -> bool:
    found = _table(answer)
    return _is_table(found) and not np.allclose(found, found.T)


def _drowned(answer: Callable[..., Any]) -> bool:
    """The silent pairs are told to have met more often than most pairs that did meet."""
    found, counts = _table(answer), silent_counts()[1]
    if not _is_table(found) or not (found > 0).all():
        return False
    return bool(np.median(found[counts == 0]) > np.quantile(counts[counts > 0], 0.9))


def _noisy(counts):
    return counts + np.random.default_rng(0).random(counts.shape)


SILENCE = function(
    "7.6",
    "counts that speak of silence",
    right=speak,
    praise="The pairs that never met have been heard.",
    cases=[
        Case("a table of counts", _usable, "Return an array of the shape that came in."),
        Case(
            f"a purity of {NEEDED} or more",
            _enough,
            "Every pair should have some count, far smaller than those of pairs that met. Try a "
            "constant, or a share of what chance would bring.",
        ),
    ],
    mistakes=[
        Mistake(
            "some pairs are still silent",
            lambda counts: np.log1p(counts),
            "There are zeros left, and GloVe passes over them. Give every pair something.",
            symptom=_still_silent,
        ),
        Mistake(
            "counts below zero",
            lambda counts: counts - 0.1,
            "ln of a negative number does not exist. Pairs that never met need a small *positive* "
            "count.",
            symptom=_below_zero,
        ),
        Mistake(
            "the table is lopsided",
            _noisy,
            "The count of (w, c) is not that of (c, w) any more. Meeting is mutual; chance for "
            "each cell apart adds only noise.",
            symptom=_lopsided,
        ),
        Mistake(
            "the counts drown",
            lambda counts: counts + 100,
            "Pairs that never met now have more than nine in ten of those that did. Add much less.",
            symptom=_drowned,
        ),
    ],
)
