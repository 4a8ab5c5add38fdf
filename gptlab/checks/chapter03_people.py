"""Checks of exercises 3.6 and 3.7: agreement with people, measured and then won fairly."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from gptlab.checks import Mistake, number
from gptlab.checks.compare import as_number, describe
from gptlab.checks.core import Case, Exercise

BASELINE = ("log", "smooth", "l2", None)
FIRST_HALF, SECOND_HALF = range(25), range(25, 50)
MOST_DIMENSIONS = 300
EXACT = 0.006  # two digits, however they were rounded


@functools.lru_cache(maxsize=32)
def _models(tf: str, idf: str, norm: str) -> tuple[Any, Any]:
    from gptlab.classic.documents import TfIdf, TfIdfConfig
    from gptlab.classic.lsi import LSI
    from gptlab.text.news import news

    texts = [item.text for item in news().documents]
    index = TfIdf.fit(texts, TfIdfConfig(tf, idf, norm))  # type: ignore[arg-type]
    return index, LSI.fit(index, MOST_DIMENSIONS)


@functools.lru_cache(maxsize=512)
def agreement_on(
    items: range, tf: str, idf: str, norm: str, dimensions: int | None
) -> tuple[float, float]:
    """Pearson's and Spearman's correlation with people on some of the 50 judged items.

    All 350 items of the news are indexed with these settings; `dimensions` None compares the
    weighted words, a number from 1 to 300 the places of LSI.
    """
    from gptlab.classic.agreement import document_agreement
    from gptlab.classic.documents import cosine_similarities
    from gptlab.text.news import news

    index, model = _models(tf, idf, norm)
    rows = [300 + i for i in items]
    places = index.matrix if dimensions is None else model.truncated(dimensions).documents
    human = news().human[np.ix_(items, items)]
    found = document_agreement(cosine_similarities(places[rows]), human)
    return found.pearson, found.spearman


def _alone(correlation: str = "pearson", tf: str = "log", idf: str = "smooth") -> float:
    """Agreement when the 50 judged items are the whole collection."""
    from gptlab.classic.agreement import document_agreement
    from gptlab.text.news import news

    found = document_agreement(_cosines_alone(tf, idf), news().human)
    return found.pearson if correlation == "pearson" else found.spearman


def _cosines_alone(tf: str = "log", idf: str = "smooth") -> np.ndarray:
    from gptlab.classic.documents import TfIdf, TfIdfConfig, cosine_similarities
    from gptlab.text.news import news

    texts = [item.text for item in news().judged]
    config = TfIdfConfig(tf, idf)  # type: ignore[arg-type]
    return cosine_similarities(TfIdf.fit(texts, config).matrix)


def _with_diagonal() -> float:
    from gptlab.text.news import news

    return float(np.corrcoef(_cosines_alone().ravel(), news().human.ravel())[0, 1])


def _weights_of_background() -> float:
    from gptlab.classic.agreement import document_agreement
    from gptlab.classic.documents import TfIdf, TfIdfConfig, cosine_similarities
    from gptlab.text.news import news

    index = TfIdf.fit([item.text for item in news().background], TfIdfConfig("log"))
    judged = index.transform([item.text for item in news().judged])
    return document_agreement(cosine_similarities(judged), news().human).pearson


WITHOUT_BACKGROUND = number(
    "3.6",
    "what the background is worth",
    right=_alone,
    tolerance=0.01,
    hint="Fit TF-IDF (log, smooth, l2) on the 50 judged texts only, compare them all, and ask "
    "document_agreement for Pearson's correlation.",
    praise="Lower than with the background: 50 texts are too few to tell which words are rare.",
    mistakes=[
        Mistake(
            "the background is still in",
            lambda: agreement_on(range(50), *BASELINE)[0],
            "That is the number with all 350 items. Fit on `items.judged` alone.",
        ),
        Mistake(
            "the weights are still the background's",
            _weights_of_background,
            "You fitted on the background and transformed the judged items. Fit on the judged "
            "ones.",
        ),
        Mistake(
            "Spearman's correlation",
            lambda: _alone("spearman"),
            "That is the correlation of the ranks. Pearson's is asked for.",
        ),
        Mistake(
            "the diagonal is counted",
            _with_diagonal,
            "Each item agrees with itself, in both matrices, and that lifts the correlation. Use "
            "the pairs above the diagonal, as document_agreement does.",
        ),
        Mistake(
            "raw counts",
            lambda: _alone(tf="raw", idf="none"),
            "These are counts without weights. Use TfIdfConfig(tf='log', idf='smooth').",
        ),
        Mistake(
            "the default weighting",
            lambda: _alone(tf="raw"),
            "TfIdfConfig() takes raw counts times idf. Here tf is 'log'.",
        ),
        Mistake(
            "the plain idf",
            lambda: _alone(idf="plain"),
            "That is the idf 'plain'. The chapter's TF-IDF has the idf 'smooth', which is the "
            "default.",
        ),
        Mistake(
            "the loss in place of what is left",
            lambda: agreement_on(range(50), *BASELINE)[0] - _alone(),
            "That is how much is lost without the background. Asked is the correlation that is "
            "left.",
        ),
    ],
)

KEYS = ("tf", "idf", "norm", "dimensions", "chosen", "tested")


def entry(tf: str, idf: str, norm: str, dimensions: int | None) -> dict[str, Any]:
    """An honest answer to the contest with these settings."""
    chosen, tested = (
        agreement_on(half, tf, idf, norm, dimensions)[0] for half in (FIRST_HALF, SECOND_HALF)
    )
    return dict(zip(KEYS, (tf, idf, norm, dimensions, chosen, tested), strict=True))


def _settings(answer: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(answer[key] for key in KEYS[:4])


def _no_entry(answer: Any) -> str | None:
    if not isinstance(answer, dict):
        return f"this is {describe(answer)}; give a dict with the keys {', '.join(KEYS)}"
    if missing := [key for key in KEYS if key not in answer]:
        return f"the key {missing[0]!r} is missing; the keys are {', '.join(KEYS)}"
    for key in ("chosen", "tested"):
        if as_number(answer[key]) is None:
            return f"{key!r} is {describe(answer[key])}; give Pearson's correlation, a number"
    dimensions = answer["dimensions"]
    if dimensions is not None and (
        not isinstance(dimensions, int | np.integer) or not 1 <= dimensions <= MOST_DIMENSIONS
    ):
        return f"'dimensions' is {dimensions!r}; give None, or a whole number from 1 to 300"
    try:
        agreement_on(FIRST_HALF, *_settings(answer))
    except (ValueError, TypeError) as error:
        return str(error)
    return None


def _chosen_is_true(answer: dict[str, Any]) -> None:
    pearson = agreement_on(FIRST_HALF, *_settings(answer))[0]
    said = float(answer["chosen"])
    assert abs(said - pearson) <= EXACT, (
        f"with these settings the first 25 items give {pearson:.2f}, not {said:.2f}"
    )


def _tested_is_true(answer: dict[str, Any]) -> None:
    pearson = agreement_on(SECOND_HALF, *_settings(answer))[0]
    said = float(answer["tested"])
    assert abs(said - pearson) <= EXACT, (
        f"with these settings the last 25 items give {pearson:.2f}, not {said:.2f}"
    )


def _beats_baseline(answer: dict[str, Any]) -> None:
    ours = agreement_on(FIRST_HALF, *_settings(answer))[0]
    base = agreement_on(FIRST_HALF, *BASELINE)[0]
    assert ours > base + 0.005, (
        f"on the first 25 items these settings reach {ours:.3f}, and plain TF-IDF (log, smooth, "
        f"l2) {base:.3f}; try more settings"
    )


def _halves(answer: dict[str, Any]) -> tuple[float, float]:
    first, second = (
        agreement_on(half, *_settings(answer))[0] for half in (FIRST_HALF, SECOND_HALF)
    )
    return first, second


def _near(said: Any, true: float) -> bool:
    return abs(float(said) - true) <= EXACT


def _all_fifty(answer: dict[str, Any]) -> bool:
    whole = agreement_on(range(50), *_settings(answer))[0]
    return _near(answer["tested"], whole) and not _near(answer["tested"], _halves(answer)[1])


def _first_half_twice(answer: dict[str, Any]) -> bool:
    first, second = _halves(answer)
    told = _near(answer["chosen"], first) and _near(answer["tested"], first)
    return told and not _near(first, second)


def _turned_round(answer: dict[str, Any]) -> bool:
    first, second = _halves(answer)
    told = _near(answer["chosen"], second) and _near(answer["tested"], first)
    return told and not _near(first, second)


def _not_better(answer: dict[str, Any]) -> bool:
    return _halves(answer)[0] <= agreement_on(FIRST_HALF, *BASELINE)[0] + 0.005


RIGHT = ("log", "entropy", "none", 150)


def _spoiled(**values: Any) -> Any:
    """A function of nothing, since a decomposition takes a second: RIGHT with other numbers."""
    return lambda: entry(*RIGHT) | {key: made() for key, made in values.items()}


CONTEST = Exercise(
    "3.7",
    "a fair contest",
    "array",  # so that right and wrong answers are made when a check first needs them
    lambda: entry(*RIGHT),
    (
        Case("the number you chose by", _chosen_is_true, "agreement_on(FIRST_HALF, …)[0]"),
        Case("the number of the test", _tested_is_true, "agreement_on(SECOND_HALF, …)[0]"),
        Case("better than plain TF-IDF where you chose", _beats_baseline),
    ),
    (
        Mistake(
            "tested on all fifty",
            _spoiled(tested=lambda: agreement_on(range(50), *RIGHT)[0]),
            "Half of these items have chosen the settings. Test on the last 25 alone.",
            _all_fifty,
        ),
        Mistake(
            "tested where you chose",
            _spoiled(tested=lambda: agreement_on(FIRST_HALF, *RIGHT)[0]),
            "Both numbers are of the first 25 items. The best of many tries is partly luck, and "
            "only items that had no say can tell how much.",
            _first_half_twice,
        ),
        Mistake(
            "the halves changed places",
            _spoiled(
                chosen=lambda: agreement_on(SECOND_HALF, *RIGHT)[0],
                tested=lambda: agreement_on(FIRST_HALF, *RIGHT)[0],
            ),
            "'chosen' is the number of the first 25 items, 'tested' that of the last 25.",
            _turned_round,
        ),
        Mistake(
            "Spearman's correlation",
            _spoiled(
                chosen=lambda: agreement_on(FIRST_HALF, *RIGHT)[1],
                tested=lambda: agreement_on(SECOND_HALF, *RIGHT)[1],
            ),
            "agreement_on returns Pearson's and Spearman's; the contest is about the first, [0].",
        ),
        Mistake(
            "not better than the baseline",
            lambda: entry("log", "smooth", "l2", 20),
            "On the first 25 items plain TF-IDF agrees as well as these settings, or better. Try "
            "other weights, norms and dimensions.",
            _not_better,
        ),
    ),
    _no_entry,
    "Now compare your two numbers with those of plain TF-IDF, and be honest about which won.",
)
