"""Checks for chapter 15, BERT; hiding words, rows and the open one have their own files."""

from __future__ import annotations

import statistics
from itertools import combinations, pairwise

from gptlab.checks import Mistake, call, choice, function, number
from gptlab.checks.chapter15_masking import HIDE
from gptlab.checks.chapter15_measured import PUT_TO_THE_TEST, luck
from gptlab.checks.chapter15_rows import MEAN, ROW

LOSS = choice(
    "15.1",
    "which positions enter the loss",
    right="C",
    why="The three chosen places, whatever stands there now. That is why BERT must know at every "
    "place what belongs there.",
    wrong={
        "A": "A loss over all positions would pay the network for copying the tokens that it "
        "sees. Only the chosen ones are asked for.",
        "B": "[MASK] stands at one of the three chosen places. The random token and the one that "
        "stayed are asked for as well.",
        "D": "The token that was chosen and left is a target too: the network does not know that "
        "it is the right one.",
        "E": "[CLS] and [SEP] are never chosen: they stand in the same place always.",
    },
)


def wordpiece(word, vocabulary):
    """The word in pieces, the longest first; ["[UNK]"] if it cannot be spelled."""
    pieces, start = [], 0
    while start < len(word):
        mark = "##" if start else ""
        for end in range(len(word), start, -1):
            if mark + word[start:end] in vocabulary:
                pieces.append(mark + word[start:end])
                start = end
                break
        else:
            return ["[UNK]"]
    return pieces


def _shortest(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        mark = "##" if start else ""
        for end in range(start + 1, len(word) + 1):
            if mark + word[start:end] in vocabulary:
                pieces.append(mark + word[start:end])
                start = end
                break
        else:
            return ["[UNK]"]
    return pieces


def _without_marks(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            if word[start:end] in vocabulary:
                pieces.append(word[start:end])
                start = end
                break
        else:
            return ["[UNK]"]
    return pieces


def _unknown_rest(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        mark = "##" if start else ""
        for end in range(len(word), start, -1):
            if mark + word[start:end] in vocabulary:
                pieces.append(mark + word[start:end])
                start = end
                break
        else:
            return [*pieces, "[UNK]"]
    return pieces


def _skipping(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        mark = "##" if start else ""
        for end in range(len(word), start, -1):
            if mark + word[start:end] in vocabulary:
                pieces.append(mark + word[start:end])
                start = end
                break
        else:
            start += 1
    return pieces or ["[UNK]"]


def _marked_from_the_start(word, vocabulary):
    found = wordpiece("\0" + word, {"\0", *vocabulary})
    return found[1:] if found != ["[UNK]"] else found


def _no_single_letters(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        mark = "##" if start else ""
        for end in range(len(word), start + 1, -1):
            if mark + word[start:end] in vocabulary:
                pieces.append(mark + word[start:end])
                start = end
                break
        else:
            return ["[UNK]"]
    return pieces


def _spelled(word, vocabulary, mark=""):
    """All ways to spell a word."""
    if not word:
        return [[]]
    ends = (end for end in range(len(word), 0, -1) if mark + word[:end] in vocabulary)
    return [[mark + word[:e], *r] for e in ends for r in _spelled(word[e:], vocabulary, "##")]


def _turning_back(word, vocabulary):
    return next(iter(_spelled(word, vocabulary)), ["[UNK]"])


def _fewest(word, vocabulary):
    return min(_spelled(word, vocabulary), key=len, default=["[UNK]"])


def _from_the_right(word, vocabulary):
    pieces: list[str] = []
    while word:
        for start in range(len(word)):
            mark = "##" if start else ""
            if mark + word[start:] in vocabulary:
                pieces.insert(0, mark + word[start:])
                word = word[:start]
                break
        else:
            return ["[UNK]"]
    return pieces


def _mark_if_need_be(word, vocabulary):
    found = _without_marks(word, {piece.removeprefix("##") for piece in vocabulary})
    return found[:1] + [f"##{piece}" for piece in found[1:]]


def _nothing_for_unknown(word, vocabulary):
    found = wordpiece(word, vocabulary)
    return [] if found == ["[UNK]"] else found


def _unknown_as_text(word, vocabulary):
    found = wordpiece(word, vocabulary)
    return "[UNK]" if found == ["[UNK]"] else found


_PIECES = frozenset(
    ["w", "walk", "wal", "##ing", "##in", "##g", "##i", "##k", "ing", "g", "un", "##walk", "##able",
     "able", "##ab", "##a", "b", "be", "bed", "##d", "##e", "un##", "k", "in", "##dag", "ab", "a",
     "##bc", "##din"]
)  # fmt: skip

CUT = function(
    "15.3",
    "longest match first",
    right=wordpiece,
    praise="Greedy, from the left, and with ## inside. That is BERT's tokenizer to the letter.",
    cases=[
        call("walking", "walking", _PIECES, hint="walk is longer than wal and w; then ##ing."),
        call("unwalkable", "unwalkable", _PIECES, hint="un ##walk ##able."),
        call("a whole word", "walk", _PIECES, hint="One piece, no ##."),
        call("the same letters inside and in front", "ing", _PIECES, hint="In front it is `ing`."),
        call("a letter that no piece has", "walkx", _PIECES, hint="The whole word is [UNK]."),
        call("nothing to begin with", "xwalk", _PIECES, hint='Not spelled: ["[UNK]"].'),
        call("a gap in the middle", "walkzing", _PIECES, hint='Not spelled: ["[UNK]"].'),
        call("bed, three ways", "bed", _PIECES, hint="The longest: bed."),
        call("greed before few pieces", "bedag", _PIECES, hint="bed is longer than be, whatever "
             "comes after: bed ##a ##g."),
        call("from the left", "bedin", _PIECES, hint="The first piece is bed, and then ##in."),
        call("a blind alley", "abc", _PIECES, hint="ab is the longest beginning, and for c no "
             'piece is left: ["[UNK]"], though a ##bc would spell it.'),
        call("only without ##", "unbed", _PIECES, hint="The vocabulary has bed, but no ##b: "
             '["[UNK]"].'),
        call("a single letter at the end", "walkg", _PIECES, hint="walk ##g: one letter is a piece "
             "too, if the vocabulary has it."),
    ],
    mistakes=[
        Mistake(
            "shortest match first", _shortest,
            "You take the first end that fits, from the short side. Try the whole rest first, then "
            "one letter less.",
        ),
        Mistake(
            "without ##", _without_marks,
            "Inside a word only pieces with ## count: `##ing` is another entry of the vocabulary "
            "than `ing`.",
        ),
        Mistake(
            "the beginning kept, the rest unknown", _unknown_rest,
            "If any stretch cannot be spelled, the whole word is one [UNK], and the pieces found "
            "before are thrown away.",
        ),
        Mistake(
            "skips what it cannot spell", _skipping,
            "A letter without a piece must not be dropped: the model would read another word. The "
            "word is [UNK].",
        ),
        Mistake(
            "single letters are never tried", _no_single_letters,
            "Your inner loop stops at two letters. The last end to try is start + 1, so the range "
            "goes down to start, which it leaves out itself.",
        ),
        Mistake(
            "takes a step back", _turning_back,
            "You try a shorter piece when the rest cannot be spelled. BERT never goes back: what "
            "was taken is taken, and the word is [UNK].",
        ),
        Mistake(
            "as few pieces as possible", _fewest,
            "You look for the shortest spelling. Longest match first looks at one piece at a time.",
        ),
        Mistake(
            "from the right", _from_the_right,
            "You cut pieces off the end. Begin at the word's beginning.",
        ),
        Mistake(
            "pieces without ## are taken inside", _mark_if_need_be,
            "Inside the word only `##` and the stretch together count, as the vocabulary has them: "
            "`bed` does not make `##bed` a piece.",
        ),
        Mistake(
            "nothing for an unknown word", _nothing_for_unknown,
            'A word that cannot be spelled is one piece, ["[UNK]"]. An empty list would make it '
            "vanish from the row.",
        ),
        Mistake(
            "[UNK] without a list", _unknown_as_text,
            'Return a list in every case: ["[UNK]"]. Text would later be read letter by letter.',
        ),
        Mistake(
            "## in front as well", _marked_from_the_start,
            "The first piece of a word has no ##; only those that do not begin it.",
        ),
    ],
)  # fmt: skip


def _apart(labels: int = 10, first: int = 0) -> list[float]:
    """By how many percentage points any two of the twenty samples differ."""
    return [100 * abs(a - b) for a, b in combinations(luck(labels, first), 2)]


LUCK = number(
    "15.6",
    "what luck does with ten labels",
    right=lambda: statistics.mean(_apart()),
    unit="percentage points",
    tolerance=0.004,
    hint="accuracies of 20 samples (seeds 0 to 19) of ten labels each; |a − b| for each of the 190 "
    "pairs, their mean, times 100.",
    praise="The same method, the same test, ten other paragraphs. Whoever shows one run with ten "
    "labels shows their luck.",
    mistakes=[
        Mistake(
            "a share, not percentage points",
            lambda: statistics.mean(_apart()) / 100,
            "Times 100: from 0.30 to 0.45 are 15 percentage points.",
        ),
        Mistake(
            "with a hundred labels",
            lambda: statistics.mean(_apart(100)),
            "That is for 100 labels. Luck is smaller there; the exercise asks for ten.",
        ),
        Mistake(
            "seeds from 1 to 20",
            lambda: statistics.mean(_apart(first=1)),
            "These are the samples 1 to 20. Start at 0: seeds=range(20).",
        ),
        Mistake(
            "the three samples of the example",
            lambda: statistics.mean(100 * abs(a - b) for a, b in combinations(luck(10)[:3], 2)),
            "You compared the three samples that were printed. Take twenty: seeds=range(20).",
        ),
        Mistake(
            "the best against the worst",
            lambda: max(_apart()),
            "That is the largest difference. Asked for is the mean over all pairs.",
        ),
        Mistake(
            "each sample against itself as well",
            lambda: statistics.mean(_apart()) * 19 / 20,
            "A sample does not differ from itself, so these twenty zeros pull the mean down. Take "
            "pairs of two different samples.",
        ),
        Mistake(
            "neighbours only",
            lambda: statistics.mean(100 * abs(a - b) for a, b in pairwise(luck(10))),
            "You compared each seed with the next one. Take all pairs.",
        ),
        Mistake(
            "the sum of all differences",
            lambda: sum(_apart()),
            "Divide by the number of pairs, 190.",
        ),
        Mistake(
            "the standard deviation",
            lambda: 100 * statistics.stdev(luck(10)),
            "That is the standard deviation, a good measure too. Asked for is the mean difference.",
        ),
        Mistake(
            "the mean",
            lambda: 100 * statistics.mean(luck(10)),
            "That is the mean of the twenty. Asked for is how far they lie apart.",
        ),
    ],
)

EXERCISES = (LOSS, HIDE, CUT, ROW, MEAN, LUCK, PUT_TO_THE_TEST)
