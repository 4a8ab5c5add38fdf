"""The check of exercise 14.5: brackets that match again."""

from __future__ import annotations

from gptlab.checks import Mistake, call, function
from gptlab.text.trees import closes, opens


def _walked(symbols, close):
    """The symbols so far, and the pile of labels still open.

    `close(label, pile)` takes off the pile what a closing symbol ends, and returns what is written.
    """
    found: list[str] = []
    pile: list[str] = []
    for symbol in symbols:
        if opens(symbol):
            pile.append(symbol[1:])
        found += close(symbol[1:], pile) if closes(symbol) else [symbol]
    return found, pile


def _mending(close):
    """Rule 3 after what `close` makes of rules 1 and 2."""

    def mends(symbols):
        found, pile = _walked(symbols, close)
        return found + [f"){label}" for label in reversed(pile)]

    return mends


def _from(place, pile):
    """Close everything on the pile from a place on, the newest first."""
    written = [f"){label}" for label in reversed(pile[place:])]
    del pile[place:]
    return written


def _newest(label, pile):
    return _from(len(pile) - 1 - pile[::-1].index(label), pile) if label in pile else []


def mend(symbols):
    """Symbols whose brackets match, with as little change as the rules allow."""
    return _mending(_newest)(symbols)


def _only_top(label, pile):
    return _from(-1, pile) if pile and pile[-1] == label else []


def _whatever_is_on_top(label, pile):
    return _from(-1, pile)


def _oldest(label, pile):
    return _from(pile.index(label), pile) if label in pile else []


def _unwritten(label, pile):
    return _newest(label, pile)[-1:]


def _never_closed(symbols):
    return _walked(symbols, _newest)[0]


def _oldest_first(symbols):
    found, pile = _walked(symbols, _newest)
    return found + [f"){label}" for label in pile]


def _one_only(label, pile):
    """`if` where `while` is needed."""
    if label not in pile:
        return []
    above = [f"){pile.pop()}"] if pile[-1] != label else []
    pile.pop()
    return [*above, f"){label}"]


def _itself_first(label, pile):
    closed = _newest(label, pile)
    return closed[-1:] + closed[:-1]


def _opened_late(label, pile):
    return _newest(label, pile) or [f"({label}", f"){label}"]


def _without_empty(symbols):
    found: list[str] = []
    for symbol in mend(symbols):
        if found and closes(symbol) and found[-1] == f"({symbol[1:]}":
            found.pop()
        else:
            found.append(symbol)
    return found


def _counted(symbols):
    """Looks only at how many brackets are open."""
    found, depth = [], 0
    for symbol in symbols:
        depth += opens(symbol) - closes(symbol)
        if depth < 0:
            depth = 0
            continue
        found.append(symbol)
    return found + [")S"] * depth


MEND = function(
    "14.5",
    "mend the brackets",
    right=mend,
    praise="Whatever comes in, a tree can be read from what goes out.",
    cases=[
        call(
            "nothing to mend",
            ["(S", "(NP", "XX", "XX", ")NP", "(VP", "XX", ")VP", "XX", ")S"],
            hint="What is well-formed comes back as it is.",
        ),
        call(
            "the end is missing",
            ["(S", "(NP", "XX", "XX", ")NP", "(VP", "XX", "(NP", "XX"],
            hint="Three are open: NP closes first, then VP, then S.",
        ),
        call(
            "closed but never opened",
            ["(S", "(NP", "XX", ")VP", "XX", ")NP", ")NP", "XX", ")S"],
            hint=")VP goes, and so does the second )NP: no such label is open then.",
        ),
        call(
            "an outer one closed first",
            ["(S", "(VP", "XX", "(NP", "XX", "(PP", "XX", ")VP", "XX", ")S"],
            hint=")VP comes while PP and NP are open above it on the pile: close them first.",
        ),
        call(
            "two of one label open",
            ["(S", "(NP", "XX", "(NP", "XX", "(PP", "XX", ")NP", "XX", ")S"],
            hint=")NP closes PP and the newest NP; the older NP stays open until )S.",
        ),
        call("a constituent without words", ["(S", "(NP", ")NP", "XX", ")S"],
             hint="Its brackets match. None of the three rules takes it away."),
        call("nothing at all", [], hint="No symbols in, none out."),
    ],
    mistakes=[
        Mistake(
            "what is open stays open", _never_closed,
            "At the end close everything that is still on the pile.",
        ),
        Mistake(
            "the oldest closed first", _oldest_first,
            "The newest open bracket lies on top of the pile and is closed first: reversed(pile).",
        ),
        Mistake(
            "labels not looked at", _mending(_whatever_is_on_top),
            "You close whatever is on top, under its own name. Rule 1: a closing symbol whose "
            "label is not open at all is dropped.",
        ),
        Mistake(
            "only the top of the pile", _mending(_only_top),
            "When the label is open further down the pile, close those above it, then it. Drop "
            "the symbol only if its label is nowhere on the pile.",
        ),
        Mistake(
            "the oldest of its name", _mending(_oldest),
            "Where a label is open twice, its closing symbol belongs to the newest.",
        ),
        Mistake(
            "closed on the pile only", _mending(_unwritten),
            "You take the labels above off the pile, but do not write their closing symbols.",
        ),
        Mistake(
            "only one closed above it", _mending(_one_only),
            "More than one bracket may be open above it on the pile: `while`, not `if`.",
        ),
        Mistake(
            "itself first, then those above", _mending(_itself_first),
            "What was opened later is closed earlier: write the symbols of those above first.",
        ),
        Mistake(
            "opened where it closes", _mending(_opened_late),
            "You add an opening symbol for what was never opened. Rule 1: drop the closing one.",
        ),
        Mistake(
            "empty brackets taken out", _without_empty,
            "A constituent without words has brackets that match; the three rules leave it alone.",
        ),
        Mistake(
            "brackets only counted", _counted,
            "As many closing as opening brackets are not enough: each has to close the right one.",
        ),
    ],
)  # fmt: skip
