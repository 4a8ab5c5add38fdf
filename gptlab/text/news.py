"""News: 350 short items, and what people said about how alike 50 of them are.

Lee, Pincombe & Welsh 2005 had every pair of 50 news items judged for similarity. The gensim package
carries these items, the judgements, and 300 further items of the same kind.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from gptlab.errors import LabError
from gptlab.text.corpora import Document

BACKGROUND, JUDGED, SIMILARITIES = "lee_background.cor", "lee.cor", "similarities0-1.txt"


@dataclass(frozen=True)
class News:
    """`judged`: 50 items; `human[i, j]`: how alike people found items i and j, from 0 to 1.

    `background`: 300 more items without judgements, in which seven stand twice.
    """

    background: tuple[Document, ...]
    judged: tuple[Document, ...]
    human: Float[np.ndarray, "judged judged"]

    @property
    def documents(self) -> tuple[Document, ...]:
        """All 350 items, the judged ones last."""
        return self.background + self.judged


@functools.lru_cache(maxsize=1)
def news() -> News:
    """The news items that the gensim package carries, with the human judgements.

    A judgement is the mean of several people's; the lowest that a pair has is 0.2. The matrix is
    symmetric with ones on the diagonal. Do not write into it: it is read-only.
    Raises LabError if a file is missing from the installed gensim, or is not what it should be.
    Source: Lee, Pincombe & Welsh 2005.
    """
    from gensim.test.utils import datapath

    paths = {name: Path(datapath(name)) for name in (BACKGROUND, JUDGED, SIMILARITIES)}
    missing = [str(path) for path in paths.values() if not path.is_file()]
    if missing:
        raise LabError(
            f"the news sample {missing[0]} is not there; gensim carries it: "
            "pip install --force-reinstall gensim"
        )
    background = _items(paths[BACKGROUND], "background")
    judged = _items(paths[JUDGED], "judged")
    above = np.loadtxt(paths[SIMILARITIES], ndmin=2)
    return News(background, judged, whole_matrix(above, len(judged)))


def whole_matrix(
    above: Float[np.ndarray, "n n"], n_documents: int
) -> Float[np.ndarray, "judged judged"]:
    """The symmetric matrix of judgements from a file that holds what is on and above the diagonal.

    Raises LabError if the shape is not n_documents × n_documents, if a judgement is outside 0 to 1,
    or if the diagonal is not one.
    """
    if above.shape != (n_documents, n_documents):
        shape = " × ".join(map(str, above.shape))
        raise LabError(f"the judgements are {shape}; {n_documents} documents need as many each way")
    whole = np.triu(above) + np.triu(above, 1).T
    if not ((whole >= 0) & (whole <= 1)).all() or not (np.diag(whole) == 1).all():
        raise LabError(
            "judgements are from 0 to 1, with 1 on the diagonal; the file says otherwise: "
            "reinstall gensim"
        )
    whole.setflags(write=False)
    return whole


def _items(path: Path, kind: str) -> tuple[Document, ...]:
    """One item a line. A pound sign in Latin-1 is the only byte that is not ASCII."""
    lines = [line.strip() for line in path.read_text(encoding="latin-1").splitlines()]
    return tuple(Document(f"{kind} {i}", line) for i, line in enumerate(filter(None, lines)))
