"""Word vectors on disk, in the two formats of word2vec.c that every tool reads, gensim among them.

    text     a line with the number of words and of dimensions; then a line for each word: the word
             and its numbers, a space between
    binary   the same first line; then for each word: the word, a space, its numbers as 4-byte
             floats (lowest byte first), a line feed

The ending of the name decides: .bin is binary, .txt and .vec are text.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from jaxtyping import Float
from scipy import sparse

from gptlab.embeddings.vectors import WordVectors
from gptlab.errors import LabError
from gptlab.text.files import atomic_write

FORMATS = {".bin": "binary", ".txt": "text", ".vec": "text"}
LONGEST_WORD = 10_000  # bytes; a longer one means that the file is not what it says


def save_vectors(vectors: WordVectors, path: str | os.PathLike[str]) -> None:
    """Write vectors as 4-byte floats, whole or not at all; the text form loses no digit either.

    Raises LabError for another ending than .bin, .txt and .vec, for a word that is empty or holds
    white space (the formats have no way to say where it ends), and when the disk is full.
    """
    binary = _format(path) == "binary"
    for word in vectors.words:
        if not word or word.split() != [word]:
            raise LabError(
                f"the word {word!r} is empty or holds white space, which these formats use between "
                "a word and its numbers; replace it, by _ for example"
            )
    with atomic_write(path) as file:
        file.write(f"{len(vectors)} {vectors.dimensions}\n".encode())
        for i, word in enumerate(vectors.words):
            row = vectors.matrix[[i]]
            row = (row.toarray() if sparse.issparse(row) else row)[0].astype("<f4")
            if binary:
                file.write(word.encode() + b" " + row.tobytes() + b"\n")
            else:
                numbers = " ".join(str(number) for number in row)
                file.write(f"{word} {numbers}\n".encode())


def load_vectors(path: str | os.PathLike[str]) -> WordVectors:
    """Read what `save_vectors`, gensim's save_word2vec_format or word2vec.c wrote.

    Raises LabError for a missing file, another ending, a first line that is not two numbers, fewer
    or more words than it promises, a word with too few or too many numbers, a file that ends in
    the middle of one, a word that is not UTF-8 or stands twice, and numbers that are not finite.
    """
    kind, path = _format(path), Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise LabError(f"{path} cannot be read ({error.strerror}); give a file's path") from None
    end = content.find(b"\n")
    header = content[: max(end, 0)].split()
    if len(header) != 2 or not all(number.isdigit() and int(number) for number in header):
        raise LabError(
            f"{path} begins with {content[:40]!r}; the first line should say how many words and "
            "how many dimensions follow, such as '7704 100'. Is this a file of word vectors?"
        )
    n_words, dimensions = map(int, header)
    body = content[end + 1 :]
    read = _read_binary if kind == "binary" else _read_text
    words, matrix = read(path, body, n_words, dimensions)
    try:
        return WordVectors(tuple(words), matrix)
    except LabError as error:
        raise LabError(f"{path} is damaged: {error}") from None


def _format(path: str | os.PathLike[str]) -> str:
    ending = Path(path).suffix.lower()
    if ending not in FORMATS:
        raise LabError(
            f"{Path(path).name!r} ends in {ending!r}; word vectors are .bin (binary), .txt or .vec "
            "(text)"
        )
    return FORMATS[ending]


def _read_text(
    path: Path, body: bytes, n_words: int, dimensions: int
) -> tuple[list[str], Float[np.ndarray, "words d"]]:
    lines = body.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    elif lines:
        raise _cut(path, len(lines) - 1, n_words)
    if len(lines) != n_words:
        raise _count(path, len(lines), n_words)
    words, rows = [], []
    for number, line in enumerate(lines, start=2):
        word, *numbers = line.rstrip(b" \r").split(b" ")
        if len(numbers) != dimensions:
            raise LabError(
                f"{path}, line {number}: {len(numbers)} numbers after the word; the first line "
                f"promises {dimensions}"
            )
        words.append(_word(path, word, number - 1))
        try:
            rows.append(np.array([float(x) for x in numbers], dtype=np.float32))
        except ValueError as error:
            raise LabError(f"{path}, line {number}: {error}; the file is damaged") from None
    return words, np.stack(rows)


def _read_binary(
    path: Path, body: bytes, n_words: int, dimensions: int
) -> tuple[list[str], Float[np.ndarray, "words d"]]:
    size = 4 * dimensions
    if n_words * (size + 2) > len(body) + n_words:  # a letter, a space, the numbers; perhaps a \n
        raise _cut(path, len(body) // (size + 2), n_words)
    words, matrix, at = [], np.empty((n_words, dimensions), dtype=np.float32), 0
    for i in range(n_words):
        space = body.find(b" ", at, at + LONGEST_WORD)
        if space < 0 or space + 1 + size > len(body):
            raise _cut(path, i, n_words)
        words.append(_word(path, body[at:space].lstrip(b"\n"), i + 1))
        matrix[i] = np.frombuffer(body, dtype="<f4", count=dimensions, offset=space + 1)
        at = space + 1 + size
    if rest := len(body[at:].strip(b"\n")):
        raise LabError(
            f"{path}: {rest} bytes follow after the {n_words} words of {dimensions} dimensions "
            "that the first line promises; the first line is wrong, or the file is not binary"
        )
    return words, matrix


def _word(path: Path, word: bytes, number: int) -> str:
    try:
        if word:
            return word.decode("utf-8")
    except UnicodeDecodeError:
        pass
    raise LabError(
        f"{path}: word number {number} is {word[:20]!r}, which is no UTF-8 text; the file is "
        "damaged, or its format is not the one that its ending says"
    )


def _cut(path: Path, found: int, promised: int) -> LabError:
    return LabError(
        f"{path} ends in the middle: about {found} of the {promised} words that the first line "
        "promises are whole; copy or download the file again"
    )


def _count(path: Path, found: int, promised: int) -> LabError:
    return LabError(
        f"{path} holds {found} words, but its first line promises {promised}; the file was cut off "
        "or the first line is wrong: copy it again, or correct the number"
    )
