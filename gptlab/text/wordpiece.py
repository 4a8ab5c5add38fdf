"""WordPiece: BERT's way to cut words into pieces, the longest piece of the list first.

Text is first cut into words and single signs (`basic_words`), then each word into pieces that the
vocabulary holds. A piece that does not begin its word is written with ## in front: *walking* may be
`walk ##ing`. Unlike the byte-pair tokens of chapter 8, WordPiece forgets: spaces, and here case and
accents, do not come back.

Schuster and Nakajima 2012; Wu et al. 2016, section 4.1; Devlin et al. 2019, section 3.
"""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import regex

from gptlab.errors import LabError, check_count
from gptlab.text.files import atomic_write, read_text

PAD_PIECE, UNKNOWN_PIECE, CLS, SEP, MASK = SPECIAL_PIECES = (
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",
)  # fmt: skip
INSIDE = "##"  # stands before a piece that does not begin its word
LONGEST_WORD = 100  # characters; a longer word is unknown, as in BERT's own code
LONGEST_PIECE = 24  # characters; nothing longer is ever learned

# Where BERT cuts: white space goes; each sign of punctuation, and each Chinese character, is a word
# of its own. ASCII signs such as $ and + count as punctuation, though Unicode says symbols.
_CHINESE = (
    "\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002b73f"
    "\U0002b740-\U0002b81f\U0002b820-\U0002ceaf\U0002f800-\U0002fa1f"
)
_SIGN = rf"[\p{{P}}!-/:-@\[-`{{-~{_CHINESE}]"
_WORDS = regex.compile(rf"{_SIGN}|(?:(?!{_SIGN})\S)+")
# Code points that stand for nothing yet (Cn) stay, as in Hugging Face's reader: they may one day.
_CONTROL = regex.compile(r"[\p{Cc}\p{Cf}\p{Co}\p{Cs}\ufffd--[\t\n\r]]", flags=regex.V1)


def basic_words(text: str, lower: bool = True) -> list[str]:
    """Words and single signs, in lower case and without accents unless `lower` is False.

    >>> basic_words("Don't panic, Zoë!")
    ['don', "'", 't', 'panic', ',', 'zoe', '!']
    """
    text = _CONTROL.sub("", text)
    if lower:
        bare = unicodedata.normalize("NFD", text)
        # Letter by letter: the whole word would turn a Greek Σ at its end into another letter.
        text = "".join(c.lower() for c in bare if unicodedata.category(c) != "Mn")
    return _WORDS.findall(text)


def longest_first(word: str, pieces: Mapping[str, int]) -> list[str] | None:
    """The word cut by taking, again and again, the longest piece that fits; None if none does.

    >>> longest_first("walking", {"w": 0, "walk": 1, "##ing": 2, "##i": 3})
    ['walk', '##ing']
    """
    found: list[str] = []
    start = 0
    while start < len(word):
        mark = INSIDE if start else ""
        for end in range(len(word), start, -1):
            if (piece := mark + word[start:end]) in pieces:
                found.append(piece)
                start = end
                break
        else:
            return None
    return found


class WordPieceTokenizer:
    """BERT's tokenizer: text to ids, the ids in the order of `pieces`, which is that of vocab.txt.

    Equal to `transformers.BertTokenizer` with the same vocabulary and `do_lower_case=lower`, except
    for a few signs that Unicode has called punctuation or accents only after 2015. Names such as
    [MASK] are read as ordinary text unless `encode` is told otherwise. Raises LabError when one of
    SPECIAL_PIECES is missing, or a piece is there twice.
    """

    def __init__(self, pieces: Iterable[str], lower: bool = True) -> None:
        self.pieces, self.lower = tuple(pieces), lower
        self.ids = {piece: i for i, piece in enumerate(self.pieces)}
        for name in SPECIAL_PIECES:
            if name not in self.ids:
                raise LabError(
                    f"the vocabulary of {len(self.pieces)} pieces lacks {name}; BERT needs "
                    f"{', '.join(SPECIAL_PIECES)}: put them in front, one a line"
                )
        if len(self.ids) < len(self.pieces):
            twice = next(p for p, n in Counter(self.pieces).items() if n > 1)
            raise LabError(f"the vocabulary has {twice!r} twice; a piece has one id, so remove one")
        self._cut = lru_cache(maxsize=1 << 17)(self._cut_word)
        self._special = regex.compile("|".join(map(regex.escape, SPECIAL_PIECES)))

    @classmethod
    def train(
        cls, texts: str | Iterable[str], vocab_size: int, lower: bool = True, min_count: int = 1
    ) -> WordPieceTokenizer:
        """Learn a vocabulary of at most `vocab_size` pieces from texts; see `learn_wordpieces`."""
        counts: Counter[str] = Counter()
        for text in [texts] if isinstance(texts, str) else texts:
            counts.update(basic_words(text, lower))
        least = 1 + len(SPECIAL_PIECES)
        check_count("vocab_size", vocab_size, least, f" ({least - 1} of them are special)")
        learned = learn_wordpieces(counts, vocab_size - len(SPECIAL_PIECES), min_count)
        return cls([*SPECIAL_PIECES, *learned], lower)

    @classmethod
    def load(cls, path: str | os.PathLike[str], lower: bool = True) -> WordPieceTokenizer:
        """Read a vocab.txt, one piece a line.

        Raises LabError when it is missing, no UTF-8, or lacks a special piece.
        """
        lines = read_text(path).split("\n")
        try:
            return cls(
                (line.rstrip("\r") for line in lines[: -1 if not lines[-1] else None]), lower
            )
        except LabError as error:
            raise LabError(f"{path}: {error}") from None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write vocab.txt, one piece a line. Raises LabError when it cannot be written."""
        with atomic_write(path) as file:
            file.write("".join(f"{piece}\n" for piece in self.pieces).encode())

    @property
    def vocab_size(self) -> int:
        """How many pieces there are, the special ones included."""
        return len(self.pieces)

    @property
    def special_ids(self) -> list[int]:
        """The ids of SPECIAL_PIECES, in that order."""
        return [self.ids[name] for name in SPECIAL_PIECES]

    def tokenize(self, text: str) -> list[str]:
        """The pieces of a text; [UNK] for a word that the vocabulary cannot spell."""
        if not isinstance(text, str):
            raise LabError(f"tokenize takes text (str), got {type(text).__name__}; decode it first")
        return [piece for word in basic_words(text, self.lower) for piece in self._cut(word)]

    def encode(self, text: str, allow_special: bool = False) -> list[int]:
        """The ids of a text, without [CLS] and [SEP].

        With `allow_special` the names of SPECIAL_PIECES in the text become their ids.
        """
        if not allow_special:
            return [self.ids[piece] for piece in self.tokenize(text)]
        found: list[int] = []
        at = 0
        for special in self._special.finditer(text):
            found += [*self.encode(text[at : special.start()]), self.ids[special[0]]]
            at = special.end()
        return found + self.encode(text[at:])

    def decode(self, ids: Iterable[int]) -> str:
        """Pieces joined to words, a space between two words; not the text that they came from.

        Raises LabError for an id outside 0 … vocab_size − 1.
        """
        pieces = [self.piece(int(i)) for i in ids]
        return " ".join(pieces).replace(f" {INSIDE}", "")

    def piece(self, token_id: int) -> str:
        """How one id is written. Raises LabError for an id outside 0 … vocab_size − 1."""
        if not 0 <= token_id < len(self.pieces):
            raise LabError(
                f"id {token_id} is outside 0 … {len(self.pieces) - 1}; use the tokenizer that the "
                "ids were made with"
            )
        return self.pieces[token_id]

    def _cut_word(self, word: str) -> list[str]:
        found = longest_first(word, self.ids) if len(word) <= LONGEST_WORD else None
        return [UNKNOWN_PIECE] if found is None else found


def learn_wordpieces(
    counts: Mapping[str, int], size: int, min_count: int = 1, rounds: int = 2
) -> list[str]:
    """At most `size` pieces that spell the words of `counts`: characters, then the useful ones.

    A character that stands less than `min_count` times is left out, and its words are unknown.
    All else goes from the top down. Every stretch of a word is a candidate, counted as often as the
    word. The longest go first: one that stands at least `threshold` times is kept, and takes its
    count from its own beginnings, which longest-match-first will not need there any more. The
    threshold is the lowest that fits `size`. The next round counts only stretches that begin where
    the pieces of the round before begin. (The trainer of Hugging Face merges pairs instead, as in
    chapter 8. Cutting is BERT's to the letter; Google's own learner was not published with it.)

    Raises LabError for no words, and for a size below the number of characters.
    Source: TensorFlow Text, guide "Subword tokenizers", section "Choosing the vocabulary".
    """
    check_count("size", size)
    check_count("min_count", min_count)
    letters: Counter[str] = Counter()
    for word, n in counts.items():
        for at, character in enumerate(word):
            letters[INSIDE + character if at else character] += n
    spelled = sorted(letter for letter, n in letters.items() if n >= min_count)
    if not spelled:
        raise LabError(f"no character stands {min_count} times in the text; give more text")
    if size < len(spelled):
        raise LabError(
            f"size is {size}, but the text has {len(spelled)} characters (those inside of words "
            "counted on their own); ask for more pieces, or leave rare ones out: min_count"
        )
    kept: Mapping[str, int] = {}
    for _ in range(rounds):
        known = dict.fromkeys([*spelled, *kept], 0)
        candidates = _candidates(counts, known if kept else None)
        low, high = 1, 1 + max(candidates.values(), default=0)
        while low < high:  # the lowest threshold that fits
            middle = (low + high) // 2
            fits = len(spelled) + len(_kept(candidates, middle)) <= size
            low, high = (low, middle) if fits else (middle + 1, high)
        kept = _kept(candidates, low)
    return [*spelled, *sorted(kept, key=lambda piece: (-kept[piece], piece))]


def _candidates(counts: Mapping[str, int], known: Mapping[str, int] | None) -> Counter[str]:
    """How often each stretch of two characters or more stands in the words, from any start on, or
    only from where the pieces of `known` begin."""
    found: Counter[str] = Counter()
    for word, n in counts.items():
        if len(word) > LONGEST_WORD:
            continue
        for start in range(len(word)) if known is None else _starts(word, known):
            mark = INSIDE if start else ""
            for end in range(start + 2, min(len(word), start + LONGEST_PIECE) + 1):
                found[mark + word[start:end]] += n
    return found


def _starts(word: str, known: Mapping[str, int]) -> Iterator[int]:
    """Where the pieces of a word begin."""
    start = 0
    for piece in longest_first(word, known) or ():
        yield start
        start += len(piece) - (len(INSIDE) if start else 0)


def _kept(candidates: Mapping[str, int], threshold: int) -> dict[str, int]:
    """The candidates that stand `threshold` times when longer ones have had their share."""
    # Counts only fall from here on, so what is too rare now need not be looked at.
    left = {piece: n for piece, n in candidates.items() if n >= threshold}
    kept: dict[str, int] = {}
    for piece in sorted(left, key=lambda piece: (-_size(piece), piece)):
        if (n := left[piece]) >= threshold:
            kept[piece] = n
            shortest = 2 if _size(piece) == len(piece) else 2 + len(INSIDE)
            for end in range(shortest, len(piece)):
                if piece[:end] in left:
                    left[piece[:end]] -= n
    return kept


def _size(piece: str) -> int:
    """Characters of the word that a piece stands for."""
    return len(piece.removeprefix(INSIDE))


def sentence_pair(
    tokenizer: WordPieceTokenizer, first: Sequence[int], second: Sequence[int] | None = None
) -> tuple[list[int], list[int]]:
    """[CLS] first [SEP] second [SEP] as ids, and the segment of each: 0 up to the first [SEP].

    Raises LabError when a part is empty. Source: Devlin et al. 2019, section 3 and figure 2.
    """
    _, _, cls, sep, _ = tokenizer.special_ids
    parts = [first] if second is None else [first, second]
    ids, segments = [cls], [0]
    for segment, part in enumerate(parts):
        if not len(part):
            raise LabError("a part of the input is empty; give at least one token, or one part")
        ids += [*part, sep]
        segments += [segment] * (len(part) + 1)
    return ids, segments
