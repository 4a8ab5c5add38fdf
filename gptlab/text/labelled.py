"""Texts with labels: what a pretrained model is fine-tuned on, and the two tasks of chapter 15.

`article_topics` needs no download: paragraphs of Wikipedia articles, to be sorted by what their
article is about. `movie_reviews` is Pang and Lee's, fetched once.
"""

from __future__ import annotations

import functools
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gptlab.errors import LabError, check_count
from gptlab.text.corpora import Document, wikipedia
from gptlab.text.downloads import fetch

# What the articles are about, and which of them are for testing: written by hand for this course.
# Articles that are about none of these, or of several, have no label.
TOPICS: dict[str, tuple[str, str]] = {
    "person": (
        "Abraham Lincoln|Albert Einstein|Albert Sidney Johnston|Allan Dwan|Andrei Tarkovsky|"
        "Aristotle|Ayn Rand",
        "Aldous Huxley|Andre Agassi|Arthur Schopenhauer|Alain Connes",
    ),
    "place": (
        "Afghanistan|Alabama|Alaska|Albania|Angola|Asia|Atlantic Ocean|Azerbaijan|"
        "Demographics of Angola|Economy of Angola|Politics of Angola|Foreign relations of Angola",
        "Alberta|Algeria|Andorra|Aruba",
    ),
    "life": (
        "Aardwolf|Agnostida|Amphibian|Anatomy|Autism",
        "Aardvark|Actinopterygii|Algae",
    ),
    "science": (
        "Algorithm|Alkali metal|Alkane|Ampere|Analysis of variance|Atomic number|"
        "International Atomic Time",
        "Acid|Albedo|Arithmetic mean",
    ),
    "arts": (
        "A Modest Proposal|Academy Awards|Actrius|Animalia (book)|Animation|Art|"
        "List of Atlas Shrugged characters|Academy Award for Best Production Design",
        "America the Beautiful|An American in Paris|Animal Farm",
    ),
}
SHORTEST_PARAGRAPH = 90  # characters; a shorter one often holds nothing to go by
TEST_A_LABEL = 60  # paragraphs, so that all labels are equally frequent in the test


@dataclass(frozen=True)
class LabelledText:
    """A text and its label, a number that counts into `LabelledTask.labels`."""

    text: str
    label: int


@dataclass(frozen=True)
class LabelledTask:
    """Texts to learn from and texts to be tested on, each with one of `labels`."""

    name: str
    labels: tuple[str, ...]
    train: tuple[LabelledText, ...]
    test: tuple[LabelledText, ...]

    def __post_init__(self) -> None:
        for each in (*self.train, *self.test):
            if not 0 <= each.label < len(self.labels):
                raise LabError(
                    f"label {each.label} of {each.text[:40]!r} is unknown; there are "
                    f"{len(self.labels)}: {', '.join(self.labels)}"
                )

    def label_id(self, name: str) -> int:
        """The number of a label. Raises LabError for an unknown one."""
        if name not in self.labels:
            raise LabError(f"label {name!r} is unknown; choose one of {', '.join(self.labels)}")
        return self.labels.index(name)

    def sample(self, n: int, seed: int) -> tuple[LabelledText, ...]:
        """`n` training texts drawn at random, as many of each label as can be.

        Raises LabError when a label has too few.
        """
        check_count("n", n, len(self.labels), ", one for each label")
        bits = np.random.PCG64(np.random.SeedSequence([seed]))
        order = np.argsort(bits.random_raw(len(self.train)), kind="stable")
        chosen: list[LabelledText] = []
        for label, name in enumerate(self.labels):
            mine = [self.train[i] for i in order if self.train[i].label == label]
            wanted = n // len(self.labels) + (label < n % len(self.labels))
            if len(mine) < wanted:
                raise LabError(
                    f"{wanted} texts labelled {name!r} are wanted, and there are {len(mine)}; "
                    "ask for fewer"
                )
            chosen += mine[:wanted]
        return tuple(chosen)


@functools.lru_cache(maxsize=1)
def article_topics() -> LabelledTask:
    """Paragraphs of `wikipedia`: is the article about a person, a place, life, science, the arts?

    The articles of the test are others than those of the training part, so that a name learned by
    heart is no help; see `unlabelled_articles` for what may be read beforehand. The test has
    TEST_A_LABEL paragraphs of each label, spread evenly over its articles' paragraphs.
    """
    corpus = wikipedia()
    articles = {d.title: d for d in (*corpus.train, *corpus.held_out)}
    train: list[LabelledText] = []
    test: list[LabelledText] = []
    for label, (learned, tested) in enumerate(TOPICS.values()):
        train += _paragraphs([articles[title] for title in learned.split("|")], label)
        found = _paragraphs([articles[title] for title in tested.split("|")], label)
        places = np.linspace(0, len(found) - 1, TEST_A_LABEL).round().astype(int)
        test += [found[i] for i in places]
    return LabelledTask("article topics", tuple(TOPICS), tuple(train), tuple(test))


def unlabelled_articles() -> tuple[Document, ...]:
    """The articles to pretrain on: no article of the topics' test, and nothing held out."""
    tested = {title for _, titles in TOPICS.values() for title in titles.split("|")}
    return tuple(d for d in wikipedia().train if d.title not in tested)


@functools.lru_cache(maxsize=1)
def movie_reviews() -> LabelledTask:
    """Pang and Lee's 2,000 reviews of films, half of them in favour; the last tenth of each for
    testing (files cv900 to cv999).

    Downloaded on first use; raises LabError where it cannot be had (`gptlab.text.downloads.fetch`)
    or is damaged. Source: Pang and Lee 2004, polarity dataset v2.0, as NLTK distributes it.
    """
    path = fetch("nltk/movie_reviews.zip")
    train: list[LabelledText] = []
    test: list[LabelledText] = []
    labels = ("neg", "pos")
    try:
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                parts = name.split("/")
                if len(parts) != 3 or parts[1] not in labels or not parts[2].endswith(".txt"):
                    continue
                text = archive.read(name).decode("latin-1")
                part = test if parts[2].startswith("cv9") else train
                part.append(LabelledText(text, labels.index(parts[1])))
    except (zipfile.BadZipFile, OSError) as problem:
        raise LabError(f"{path} is damaged ({problem}); delete it and fetch it again") from problem
    return LabelledTask("movie reviews", labels, tuple(train), tuple(test))


def _paragraphs(articles: Sequence[Document], label: int) -> list[LabelledText]:
    """The longer paragraphs of some articles, all with one label."""
    lines = (line.strip() for article in articles for line in article.text.splitlines())
    return [LabelledText(line, label) for line in lines if len(line) >= SHORTEST_PARAGRAPH]
