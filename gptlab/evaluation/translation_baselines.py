"""Translators without a network: where the translation board starts.

Word for word and the rules of 1954 (`gptlab.classic.rule_translation`), and IBM Model 1 with an
n-gram language model (`gptlab.classic.decoding`), English to German on the toy language: trained on
the 20,000 pairs of `toy_split().train`, measured on its 2,000 test sentences.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from gptlab.classic.decoding import NoisyChannel
from gptlab.classic.rule_translation import ToyRules, word_for_word
from gptlab.errors import LabError
from gptlab.evaluation.translation import TranslationScores, score
from gptlab.text.corpora import toy_split
from gptlab.text.grammar import Sentence
from gptlab.text.toy_text import detokenize

BOARD, DATA = "translation", "toy_german"
Translator = Callable[[Sequence[str]], list[str]]


def _word_for_word(train: Sequence[Sentence]) -> tuple[Translator, int]:
    return word_for_word, 0


def _rules(train: Sequence[Sentence]) -> tuple[Translator, int]:
    return ToyRules().translate, 0


def _noisy_channel(train: Sequence[Sentence]) -> tuple[Translator, int]:
    model = NoisyChannel.train([(s.english, s.german) for s in train])
    return model.translate, len(model.channel.table) + sum(model.language.n_ngrams)


# name -> (how to make it, half the width of its bands). Rules are exact. A processor whose
# logarithms differ in the last digit may turn a tie in the search: a few sentences in 2,000.
TRANSLATORS: dict[str, tuple[Callable[[Sequence[Sentence]], tuple[Translator, int]], float]] = {
    "word for word": (_word_for_word, 0.005),
    "Georgetown-style rules": (_rules, 0.005),
    "IBM Model 1 + 5-gram LM": (_noisy_channel, 0.1),
}


def translate_texts(translate: Translator, sentences: Sequence[Sentence]) -> list[str]:
    """The translations of the English sides as texts, equal sentences translated once."""
    done: dict[tuple[str, ...], str] = {}
    for sentence in sentences:
        if sentence.english not in done:
            words = translate(sentence.english)
            done[sentence.english] = detokenize(words) if words else ""
    return [done[sentence.english] for sentence in sentences]


def score_toy(translate: Translator, sentences: Sequence[Sentence]) -> TranslationScores:
    """Scores of a translator on sentences of the toy language, English to German.

    `translate` takes and gives words. Raises LabError for no sentences.
    """
    return score(
        translate_texts(translate, sentences),
        [sentence.german_text for sentence in sentences],
        [sentence.phenomena for sentence in sentences],
    )


def rows_of(
    model: str,
    scores: TranslationScores,
    half_band: float,
    **details: Any,
) -> list[dict[str, Any]]:
    """The three rows of one model: BLEU, chrF and accuracy, with sacrebleu's signatures.

    `details` are the fields of a row that all three share: chapter, seconds, parameters, seed,
    command, profile, device.
    """
    measured = [
        ("BLEU", scores.bleu, scores.bleu_signature),
        ("chrF", scores.chrf, scores.chrf_signature),
        ("accuracy", scores.accuracy, "percent of sentences equal to the reference"),
    ]
    return [
        {
            "board": BOARD,
            "data": DATA,
            "metric": metric,
            "model": model,
            "value": (value := round(exact, 4)),
            "band": [round(value - half_band, 4), round(value + half_band, 4)],
            "date": date.today().isoformat(),
            "note": note,
            **details,
        }
        for metric, exact, note in measured
    ]


def measure_translation(model: str) -> list[dict[str, Any]]:
    """The scoreboard rows of one model of TRANSLATORS, computed now and not recorded.

    Raises LabError for another model.
    """
    import torch

    from gptlab.lab import device_name

    if model not in TRANSLATORS:
        raise LabError(
            f"{model!r} is not among the translators here; choose one of {', '.join(TRANSLATORS)}"
        )
    make, half_band = TRANSLATORS[model]
    split = toy_split()
    # The German sides are made on demand: not the translator's time.
    _ = [sentence.german for sentence in split.train]
    started = time.perf_counter()
    translate, parameters = make(split.train)
    seconds = time.perf_counter() - started
    return rows_of(
        model,
        score_toy(translate, split.test),
        half_band,
        chapter=4,
        profile="cpu",
        device=device_name(torch.device("cpu")),
        seconds=round(seconds, 2),
        parameters=parameters,
        seed=None,
        command="python -m gptlab.evaluation.scoreboard",
    )
