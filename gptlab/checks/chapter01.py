"""Checks for chapter 01, Machines that only follow rules; the longer ones have own files."""

from __future__ import annotations

from gptlab.checks import Mistake, call, choice, function, number
from gptlab.checks.chapter01_patterns import TAKE_APART
from gptlab.checks.chapter01_script import SCRIPT
from gptlab.classic.georgetown import georgetown, published_sentences

KEYWORD = choice(
    "1.1",
    "which keyword answers",
    right="C",
    why="The comma comes after REMEMBER and MY, so the rest is never read. Of the three keywords "
    "in the clause, REMEMBER has the highest rank.",
    wrong={
        "A": "COMPUTER has the highest rank of all, but it stands behind a comma, and by then "
        "ELIZA has a keyword. What follows is thrown away.",
        "B": "I comes first, but the first keyword answers only if none after it has a higher "
        "rank.",
        "D": "MY comes last in its clause. Ranks decide, not places, and 5 is more than 2.",
        "E": "NONE answers only where the clause holds no keyword at all.",
    },
)

HOLES = number(
    "1.2",
    "the holes of a card",
    right=11,
    unit="holes",
    tolerance=0,
    hint="Count column by column: a letter is two holes, a digit one, a space none.",
    praise="Four letters and three digits: 8 + 3.",
    mistakes=[
        Mistake(
            "one hole for each character",
            7,
            "A letter has two holes: one in the rows 12, 11 or 0, and one in the rows 1 to 9.",
        ),
        Mistake(
            "two holes for a digit as well",
            14,
            "A digit is one hole, in the row that has its number.",
        ),
        Mistake(
            "the space is punched",
            12,
            "A space is a column without holes.",
        ),
        Mistake(
            "two holes in every column",
            16,
            "Only a letter has two holes. A digit has one, and a space has none.",
        ),
        Mistake(
            "the columns instead of the holes",
            8,
            "Eight columns are used. The question is how many holes are in them.",
        ),
    ],
)


def rearrange(items):
    """Rule 1: a word with PID 110 changes places with the word before it if that has CDC2 21."""
    out = []
    for place, (english, pid, _) in enumerate(items):
        out.append(english)
        if pid == 110 and place > 0 and items[place - 1][2] == 21:
            out[-2:] = [out[-1], out[-2]]
    return out


def _always(items):
    out = []
    for place, (english, pid, _) in enumerate(items):
        out.append(english)
        if pid == 110 and place > 0:
            out[-2:] = [out[-1], out[-2]]
    return out


def _next_word(items):
    out = [english for english, _, _ in items]
    for place, (_, pid, _) in enumerate(items[:-1]):
        if pid == 110 and items[place + 1][2] == 21:
            out[place : place + 2] = [out[place + 1], out[place]]
    return out


def _anywhere(items):
    out = []
    for place, (english, pid, _) in enumerate(items):
        out.append(english)
        if pid == 110 and place > 0 and any(code == 21 for _, _, code in items[:place]):
            out[-2:] = [out[-1], out[-2]]
    return out


def _own_code(items):
    out = []
    for place, (english, pid, code) in enumerate(items):
        out.append(english)
        if pid == 110 and place > 0 and code == 21:
            out[-2:] = [out[-1], out[-2]]
    return out


def _backwards(items):
    # The index -1 is the last word of the list.
    out = [english for english, _, _ in items]
    for place, (_, pid, _) in enumerate(items):
        if pid == 110 and items[place - 1][2] == 21:
            out[place - 1], out[place] = out[place], out[place - 1]
    return out


def _once(items):
    out = [english for english, _, _ in items]
    for place in range(1, len(items)):
        if items[place][1] == 110 and items[place - 1][2] == 21:
            out[place - 1], out[place] = out[place], out[place - 1]
            break
    return out


def _to_the_front(items):
    out: list[str] = []
    for place, (english, pid, _) in enumerate(items):
        moves = pid == 110 and place > 0 and items[place - 1][2] == 21
        out.insert(0 if moves else len(out), english)
    return out


_TNT, _THEY = ("TNT", None, 21), ("they prepare", 110, None)
_OUT, _COAL = ("out of", None, 23), ("coal", 121, 25)

REARRANGE = function(
    "1.4",
    "rule 1 of 1954",
    right=rearrange,
    praise="One look to the left, one exchange: that was a sixth of the grammar.",
    cases=[
        call(
            "the word before allows it",
            [_TNT, _THEY, _OUT, _COAL],
            hint="'they prepare' carries 110 and 'TNT' before it carries 21: they change places.",
        ),
        call(
            "the word before does not",
            [_COAL, _THEY, _TNT],  # who looks at the next word finds a 21 there
            hint="Look at the third number of the word before. If it is not 21, keep the order.",
        ),
        call(
            "a 21 further away does not count",
            [_TNT, _OUT, _THEY],
            hint="Only the word directly before is looked at.",
        ),
        call(
            "nothing stands before",
            [_THEY, _OUT, _TNT],  # with two words, a second exchange would undo the wrong one
            hint="At place 0 there is no word before: items[-1] is the last one.",
        ),
        call(
            "two pairs in one sentence",
            [_COAL, _TNT, _THEY, _OUT, ("houses", None, 21), ("they build", 110, None)],
            hint="Each word with 110 asks the one before it, wherever it stands. Go on to the end.",
        ),
        call("one word", [_THEY], hint="Nothing to exchange: return its English alone."),
        call("no word", [], hint="An empty list comes back empty."),
    ],
    mistakes=[
        Mistake(
            "the 21 is not asked for",
            _always,
            "110 alone starts the rule. They change places only if the word before carries 21.",
        ),
        Mistake(
            "looks at the next word",
            _next_word,
            "Rule 1 looks back: at the word before the one that carries 110.",
        ),
        Mistake(
            "a 21 anywhere before is enough",
            _anywhere,
            "The machine of 1954 looked one word back and no further.",
        ),
        Mistake(
            "looks for the 21 in the word itself",
            _own_code,
            "The word with 110 asks; the 21 is the answer of its neighbour.",
        ),
        Mistake(
            "the first word looks at the last",
            _backwards,
            "At place 0, items[place - 1] is items[-1], the last one. Ask for place > 0 first.",
        ),
        Mistake(
            "stops after the first exchange",
            _once,
            "One pair has changed places, and the rest of the sentence was not looked at. Return "
            "after the loop, not in it.",
        ),
        Mistake(
            "moved to the very front",
            _to_the_front,
            "The word with 110 moves over one word, the one before it, not over all of them.",
        ),
    ],
)


def _share(counted=lambda step: step.rule in (1, 2, 3, 4, 5), among=lambda step: True):
    """The share of dictionary entries met in the 49 sentences that are `counted`."""
    machine = georgetown()
    steps = [s for p in published_sentences() for s in machine.translate(p.russian).steps]
    return sum(map(counted, steps)) / sum(map(among, steps))


def _sentences():
    machine = georgetown()
    busy = [
        any(step.rule != 6 for step in machine.translate(p.russian).steps)
        for p in published_sentences()
    ]
    return sum(busy) / len(busy)


def _mean_of_sentences():
    machine = georgetown()
    all_rules = [
        [step.rule for step in machine.translate(p.russian).steps] for p in published_sentences()
    ]
    return sum(sum(r != 6 for r in rules) / len(rules) for rules in all_rules) / len(all_rules)


def _per_word():
    words = sum(len(p.russian.split()) for p in published_sentences())
    machine = georgetown()
    steps = [s for p in published_sentences() for s in machine.translate(p.russian).steps]
    return sum(step.rule != 6 for step in steps) / words


SHARE = number(
    "1.5",
    "how often a rule decides",
    right=_share,
    tolerance=0.005,
    hint="Collect the steps of all 49 translations in one list; then count those whose rule is 1, "
    "2, 3, 4 or 5, and divide by the length of the list.",
    praise="Less than half: more than every second entry is printed as it stands in the "
    "dictionary.",
    mistakes=[
        Mistake(
            "the share of rule 6",
            lambda: 1 - _share(),
            "Rule 6 is the one that decides nothing. You want all the others.",
        ),
        Mistake(
            "a percentage",
            lambda: 100 * _share(),
            "Nearly. A share lies between 0 and 1; do not multiply by 100.",
        ),
        Mistake(
            "the share of sentences",
            _sentences,
            "That is how many sentences use a rule at all. Count steps, not sentences.",
        ),
        Mistake(
            "only what was moved",
            lambda: _share(lambda step: step.moved),
            "Those are the steps that moved something. A rule also decides when it chooses "
            "equivalent II or keeps a word in place: look at step.rule.",
        ),
        Mistake(
            "only where a code was found",
            lambda: _share(lambda step: bool(step.found_in)),
            "A rule has run also when it looked for a code and found none.",
        ),
        Mistake(
            "the mean of the sentences' shares",
            _mean_of_sentences,
            "You took the share of each sentence, then the mean. A short sentence then counts as "
            "much as a long one: put all steps into one list first.",
        ),
        Mistake(
            "divided by the Russian words",
            _per_word,
            "A word that is cut into stem and ending makes two steps. Divide by the number of "
            "steps.",
        ),
    ],
)

EXERCISES = (KEYWORD, HOLES, TAKE_APART, REARRANGE, SHARE, SCRIPT)
