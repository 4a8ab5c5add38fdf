"""Checks for chapter 15, BERT; hiding words, rows and the open one have their own files."""

from __future__ import annotations

import statistics

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


def _nothing_for_unknown(word, vocabulary):
    found = wordpiece(word, vocabulary)
    return [] if found == ["[UNK]"] else found


def _unknown_as_text(word, vocabulary):
    found = wordpiece(word, vocabulary)
    return "[UNK]" if found == ["[UNK]"] else found


_PIECES = frozenset(
    ["w", "walk", "wal", "##ing", "##in", "##g", "##i", "##k", "ing", "g", "un", "##walk", "##able",
     "able", "##ab", "##a", "b", "be", "bed", "##d", "##e", "un##", "k", "in"]
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

LUCK = number(
    "15.6",
    "what luck does with ten labels",
    right=lambda: 100 * (max(luck(10)) - min(luck(10))),
    unit="percentage points",
    tolerance=0.02,
    hint="accuracies of 20 samples (seeds 0 to 19) of ten labels each; the best minus the worst, "
    "times 100.",
    praise="The same method, the same test, ten other paragraphs. Whoever shows one run with ten "
    "labels shows their luck.",
    mistakes=[
        Mistake(
            "a share, not percentage points",
            lambda: max(luck(10)) - min(luck(10)),
            "Times 100: from 0.30 to 0.45 are 15 percentage points.",
        ),
        Mistake(
            "with a hundred labels",
            lambda: 100 * (max(luck(100)) - min(luck(100))),
            "That is the spread with 100 labels. It is smaller; the exercise asks for ten.",
        ),
        Mistake(
            "seeds from 1 to 20",
            lambda: 100 * (max(luck(10, 1)) - min(luck(10, 1))),
            "These are the samples 1 to 20. Start at 0: seeds=range(20).",
        ),
        Mistake(
            "the best alone",
            lambda: 100 * max(luck(10)),
            "That is the best sample. Take the worst off.",
        ),
        Mistake(
            "the standard deviation",
            lambda: 100 * statistics.stdev(luck(10)),
            "That is the standard deviation, a good measure too. Asked for: best minus worst.",
        ),
        Mistake(
            "the mean",
            lambda: 100 * statistics.mean(luck(10)),
            "That is the mean of the twenty. Asked for is how far they lie apart.",
        ),
    ],
)

EXERCISES = (LOSS, HIDE, CUT, ROW, MEAN, LUCK, PUT_TO_THE_TEST)
