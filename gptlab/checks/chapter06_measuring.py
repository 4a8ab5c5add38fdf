"""The checks of exercises 6.5 and 6.6: analogies without their ban, and a small text."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from gptlab.checks import Case, Mistake, function, number
from gptlab.checks.compare import describe
from gptlab.embeddings.similarity import neighbour_purity
from gptlab.embeddings.vectors import WordVectors
from gptlab.embeddings.word2vec import Word2Vec, Word2VecConfig
from gptlab.errors import LabError

QUESTIONS = 300
SENTENCES, EPOCHS, DIMENSIONS = 5000, 5, 50
WANTED = 0.45
NOUN_CLASSES = {
    "man", "woman", "thing", "animal", "food", "building", "institution", "text", "clothes",
    "furniture", "vehicle", "transport", "plant", "event", "drink", "nature", "shore",
}  # fmt: skip


@cache
def plural_questions() -> tuple[WordVectors, np.ndarray]:
    """Vectors of the toy language by PPMI and SVD, and the rows (a, b, c, answer) of questions."""
    from gptlab.embeddings.distributional import cooccurrences, ppmi, svd_vectors
    from gptlab.text.corpora import toy_split
    from gptlab.text.toy_lexicon import lexicon
    from gptlab.text.words import Vocabulary

    texts = [sentence.english for sentence in toy_split().train]
    words = Vocabulary.build(texts)
    weights = ppmi(cooccurrences(texts, words, window=2), smoothing=0.75)
    vectors = svd_vectors(words.words, weights, 50)
    often = {word for word, n in zip(words.words, words.counts, strict=True) if n >= 50}
    nouns = [(n.english, n.plural) for n in lexicon().nouns if {n.english, n.plural} <= often]
    nouns = [pair for pair in nouns if pair[0] != pair[1]]
    draw = np.random.default_rng(6)
    chosen = [draw.choice(len(nouns), 2, replace=False) for _ in range(QUESTIONS)]
    return vectors, np.array([vectors.ids([*nouns[i], *nouns[j]]) for i, j in chosen])


@cache
def ban_shares() -> dict[str, float]:
    """What comes out when the words of the question may answer, and what when they may not."""
    vectors, rows = plural_questions()
    unit = vectors.unit
    a, b, c, wanted = rows.T
    scores = (unit[b] - unit[a] + unit[c]) @ unit.T
    free = scores.argmax(axis=1)
    turned = (unit[a] - unit[b] + unit[c]) @ unit.T
    banned = scores.copy()
    banned[np.arange(len(rows))[:, None], rows[:, :3]] = -np.inf
    return {
        "question": float(np.mean((free[:, None] == rows[:, :3]).any(axis=1))),
        "or the answer": float(np.mean((free[:, None] == rows).any(axis=1))),
        "a and b exchanged": float(
            np.mean((turned.argmax(axis=1)[:, None] == rows[:, :3]).any(axis=1))
        ),
        "c": float(np.mean(free == c)),
        "b": float(np.mean(free == b)),
        "right, free": float(np.mean(free == wanted)),
        "right, banned": float(np.mean(banned.argmax(axis=1) == wanted)),
    }


def _of(*names: str, less: float = 0.0, times: float = 1.0) -> Callable[[], float]:
    return lambda: times * abs(less - sum(ban_shares()[name] for name in names))


BAN = number(
    "6.5",
    "analogies without the ban",
    right=_of("question"),
    tolerance=0.004,
    hint="For each question take the word with the largest cos(x, b) − cos(x, a) + cos(x, c), and "
    "see whether it is a, b or c.",
    praise="So more than half of the sums lead back to where they began; the ban hides that.",
    mistakes=[
        Mistake(
            "only c is counted",
            _of("c"),
            "That is how often c itself comes out. Count a and b as well.",
        ),
        Mistake(
            "only b is counted", _of("b"), "That is how often b comes out. Count c and a, too."
        ),
        Mistake(
            "the others",
            _of("question", less=1.0),
            "That is the share of answers that are new words. The question asks for the rest.",
        ),
        Mistake(
            "accuracy with the ban",
            _of("right, banned"),
            "That is how many answers are right when the question's words are forbidden. Allow "
            "them, and count how often they come out.",
        ),
        Mistake(
            "right answers without the ban",
            _of("right, free"),
            "That is how often the wanted word comes out. Count how often a, b or c does.",
        ),
        Mistake(
            "the wanted answer is counted, too",
            _of("or the answer"),
            "A row has four numbers, the last one is the answer. Compare with the first three.",
        ),
        Mistake(
            "a and b are exchanged",
            _of("a and b exchanged"),
            "You added a and took b away. The sum is b − a + c.",
        ),
        Mistake(
            "a number of questions, not a share",
            _of("question", times=float(QUESTIONS)),
            f"So many of the {QUESTIONS} it is; divide.",
        ),
        Mistake(
            "in percent",
            _of("question", times=100.0),
            "Give a share from 0 to 1.",
        ),
    ],
)


@cache
def few_sentences() -> tuple[list[list[str]], dict[str, str]]:
    """The first 5,000 training sentences of the toy language; the class of each noun in them."""
    from gptlab.text.corpora import toy_split
    from gptlab.text.grammar import toy_grammar

    texts = [list(sentence.english) for sentence in toy_split().train[:SENTENCES]]
    kinds = {word: toy_grammar().word_class(word) for text in texts for word in text}
    return texts, {word: kind for word, kind in sorted(kinds.items()) if kind in NOUN_CLASSES}


@cache
def settings_purity(config: Word2VecConfig) -> float:
    """How pure the neighbours of nouns are after a training with these settings."""
    texts, nouns = few_sentences()
    model = Word2Vec(texts, config, min_count=1).train()
    return neighbour_purity(model.vectors(), nouns)


def my_settings():
    """Settings that sort the nouns of a small text."""
    return Word2VecConfig(dimensions=30, epochs=5, lr=0.1, sample=1e-2)


def _given(answer: Callable[[], Any]) -> Word2VecConfig | None:
    found = answer()
    if found is None:
        return None
    assert isinstance(found, Word2VecConfig), (
        f"it returns {describe(found)}; return a Word2VecConfig(…)"
    )
    return found


def _rules(answer: Callable[[], Any]) -> Any:
    config = _given(answer)
    if config is None:
        return False
    assert config.epochs <= EPOCHS, f"it reads {config.epochs} times; {EPOCHS} are allowed"
    assert config.dimensions <= DIMENSIONS, f"{config.dimensions} dimensions; at most {DIMENSIONS}"
    assert config.impl == "blocks", "impl='pairs' would take minutes; leave impl at 'blocks'"
    return None


def _pure(answer: Callable[[], Any]) -> None:
    config = _given(answer)
    assert config is not None
    try:
        purity = settings_purity(config)
    except LabError as error:
        raise AssertionError(str(error)) from None
    assert purity >= WANTED, f"{purity:.0%} of the neighbours are right; {WANTED:.0%} are wanted"


def _has(test: Callable[[Word2VecConfig], bool]) -> Callable[[Any], bool]:
    def symptom(answer: Callable[[], Any]) -> bool:
        config = _given(answer)
        return config is not None and test(config)

    return symptom


def _made(**settings: Any) -> Callable[[], Word2VecConfig]:
    return lambda: Word2VecConfig(**{"dimensions": 30, "epochs": 5, **settings})


SETTINGS = function(
    "6.6",
    "settings for a small text",
    right=my_settings,
    praise="Keep your list of trials: what did not help is worth as much.",
    cases=[
        Case(
            "within the rules",
            _rules,
            f"At most {EPOCHS} epochs and {DIMENSIONS} dimensions.",
        ),
        Case(
            f"{WANTED:.0%} of the neighbours are of the right class",
            _pure,
            "Which setting decides how far the vectors move in so few steps? Change one at a time.",
        ),
    ],
    mistakes=[
        Mistake(
            "more reading",
            _made(epochs=50),
            "Reading more often helps, of course. The point is to do it in five epochs.",
            symptom=_has(lambda config: config.epochs > EPOCHS),
        ),
        Mistake(
            "the defaults",
            _made(),
            "With the learning rate made for billions of words the vectors hardly leave their "
            "random places. Let the steps be larger.",
            symptom=_has(lambda config: config.lr <= 0.03 and config.epochs <= EPOCHS),
        ),
        Mistake(
            "hardly anything is read",
            _made(lr=0.1, sample=1e-4),
            "With so small a `sample` almost every word of this small vocabulary is thrown away: "
            "each is far commoner than one in ten thousand. Raise it.",
            symptom=_has(
                lambda config: (
                    0 < config.sample < 5e-4
                    and 0.03 < config.lr <= 0.25
                    and settings_purity(config) < WANTED
                )
            ),
        ),
        Mistake(
            "steps too large",
            _made(lr=0.8),
            "Steps of this size throw the vectors past their places. Something between the default "
            "and this.",
            symptom=_has(lambda config: config.lr > 0.25),
        ),
    ],
)
