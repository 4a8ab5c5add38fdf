"""ELIZA, the program that keeps a conversation going without knowing what it is about.

Weizenbaum 1966. The words come from a script (`eliza_script` reads it, `eliza_listener` is ours);
here is the mechanism: find keywords, take the sentence apart around the best of them, put the parts
together in another way. Where the paper is silent the listing of the program that was found in his
papers decides (published in 2021 by the ELIZA Archaeology Project), and where that is, too, we do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import regex

from gptlab.classic.eliza_listener import LISTENER
from gptlab.classic.eliza_script import Piece, Reassembly, Script, ScriptRule, read_script
from gptlab.errors import LabError

# The paper cuts at comma and period, the listing also at the word BUT; the other marks are ours.
DELIMITERS = frozenset({".", ",", ";", ":", "!", "?", "BUT"})
_TOKEN = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:['-][\p{L}\p{M}\p{N}]+)*|[.,;:!?]")

# The 6-bit characters of the IBM 7094: digits 0-9, then three rows of letters.
_SIX_BITS = {c: i for i, c in enumerate("0123456789")} | {" ": 0o60, "'": 0o14, "-": 0o40}
for _start, _row in ((0o21, "ABCDEFGHI"), (0o41, "JKLMNOPQR"), (0o62, "STUVWXYZ")):
    _SIX_BITS |= {letter: _start + i for i, letter in enumerate(_row)}


@dataclass(frozen=True)
class ElizaStep:
    """One keyword at work: the pattern that fitted, the parts it cut, the reassembly it chose."""

    keyword: str
    pattern: tuple[Piece, ...]
    parts: tuple[str, ...]
    reply: Reassembly


@dataclass(frozen=True)
class ElizaTurn:
    """An answer and how it came about.

    `clause` are the words that were kept, `swapped` the same after replacement, `stack` the
    keywords found, best first, with their ranks. `source` is keyword, memory or none; `stored` is
    what was put into the memory for later.
    """

    heard: str
    clause: tuple[str, ...]
    swapped: tuple[str, ...]
    stack: tuple[tuple[str, int], ...]
    steps: tuple[ElizaStep, ...]
    source: str
    stored: str
    text: str

    def explain(self) -> str:
        """The way to the answer in a few lines."""
        lines = [f"kept      {' '.join(self.clause)}", f"replaced  {' '.join(self.swapped)}"]
        lines.append("keywords  " + (", ".join(f"{w} ({r})" for w, r in self.stack) or "none"))
        for step in self.steps:
            lines.append(f"{step.keyword}: pattern ({show_pattern(step.pattern)})")
            lines += [f"  part {i}: {part or '–'}" for i, part in enumerate(step.parts, start=1)]
            lines.append(f"  reply  ({show_reply(step.reply)})")
        if self.stored:
            lines.append(f"stored    {self.stored}")
        return "\n".join([*lines, f"answer    {self.text}", f"from      {self.source}"])


def show_pattern(pattern: Sequence[Piece]) -> str:
    """A pattern as it stands in a script."""
    marks = {"any": "*", "class": "/"}
    return " ".join(
        f"({marks[p[0]]}{' '.join(p[1])})" if isinstance(p, tuple) else str(p) for p in pattern
    )


def show_reply(reply: Reassembly) -> str:
    """A reassembly as it stands in a script, without its outer parentheses."""
    words = " ".join(map(str, reply.pieces))
    if reply.newkey:
        return "NEWKEY"
    if reply.pre:
        return f"PRE ({words}) (={reply.link})"
    return f"={reply.link}" if reply.link else words


def decompose(
    pattern: Sequence[Piece],
    words: Sequence[str],
    classes: Mapping[str, Sequence[str]] | None = None,
) -> list[list[str]] | None:
    """Cut `words` into one part for each piece of `pattern`; None if it does not fit.

    A piece is 0 (any number of words, as few as will do), 3 (exactly three), a word, ("any", words)
    or ("class", tags). Time grows with words × pieces. Source: Weizenbaum 1966, page 38.

    >>> decompose([0, "YOU", 0, "ME"], "IT SEEMS THAT YOU HATE ME".split())
    [['IT', 'SEEMS', 'THAT'], ['YOU'], ['HATE'], ['ME']]
    """
    allowed = [_allowed(piece, classes or {}) for piece in pattern]
    # Where a 0 at one place leads nowhere, the same 0 further right has only fewer ways to go.
    hopeless: dict[int, int] = {}

    def fit(piece: int, at: int) -> list[list[str]] | None:
        if piece == len(pattern):
            return [] if at == len(words) else None
        if at >= hopeless.get(piece, len(words) + 1):
            return None
        here, some = pattern[piece], allowed[piece]
        lengths: Sequence[int]
        if here == 0 and piece == len(pattern) - 1:
            lengths = (len(words) - at,)
        elif here == 0:
            lengths = range(len(words) - at + 1)
        else:
            lengths = (here if isinstance(here, int) else 1,)
        for length in lengths:
            if at + length > len(words) or (some is not None and words[at] not in some):
                break
            rest = fit(piece + 1, at + length)
            if rest is not None:
                return [list(words[at : at + length]), *rest]
        if here == 0:
            hopeless[piece] = at
        return None

    return fit(0, 0)


def _allowed(piece: Piece, classes: Mapping[str, Sequence[str]]) -> frozenset[str] | None:
    """The words that a piece stands for; None for a number."""
    if isinstance(piece, int):
        return None
    if isinstance(piece, str):
        return frozenset({piece})
    kind, names = piece
    if kind == "any":
        return frozenset(names)
    return frozenset(word for tag in names for word in classes.get(tag, ()))


def reassemble(pieces: Sequence[int | str], parts: Sequence[Sequence[str]]) -> list[str]:
    """Words and numbered parts (counted from 1) put together.

    >>> reassemble(["WHY", "DO", "I", 3, "YOU"], [["IT"], ["YOU"], ["HATE"], ["ME"]])
    ['WHY', 'DO', 'I', 'HATE', 'YOU']
    """
    out: list[str] = []
    for piece in pieces:
        out += parts[piece - 1] if isinstance(piece, int) else [piece]
    return out


def mid_square_hash(word: str, bits: int) -> int:
    """A number below 2^bits for a word: the middle bits of its square, as in Weizenbaum's HASH.

    The word's last block of six characters is read as one 36-bit number. The paper says that
    ALWAYS gives 14 with 7 bits. Characters that the machine did not have are ours: their code
    modulo 64. Raises LabError for bits outside of 0 … 15.

    >>> mid_square_hash("ALWAYS", 7)
    14
    """
    if not 0 <= bits <= 15:
        raise LabError(f"bits is {bits}; the machine's hash has 0 to 15")
    letters = list(word)  # code points, so that JavaScript counts the same
    block = letters[(len(letters) - 1) // 6 * 6 :] if letters else []
    number = 0
    for letter in (block + [" "] * 6)[:6]:
        number = number << 6 | _SIX_BITS.get(letter, ord(letter) % 64)
    number &= (1 << 35) - 1  # the sign bit takes no part
    return (number * number) >> (35 - bits // 2) & ((1 << bits) - 1)


class Eliza:
    """One conversation. The same inputs from the start always give the same answers."""

    def __init__(self, script: Script | str | None = None):
        if script is None:
            script = LISTENER
        self.script = read_script(script) if isinstance(script, str) else script
        self.reset()

    def reset(self) -> None:
        """Forget everything that was said."""
        self.turn = 0
        self.memory: list[str] = []
        self._next: dict[tuple[str, int], int] = {}

    @property
    def greeting(self) -> str:
        """What it says first."""
        return self.script.greeting

    def reply(self, text: str) -> str:
        """The answer to one line; there is always one."""
        return self.respond(text).text

    def respond(self, text: str) -> ElizaTurn:
        """The answer to one line, with all that led to it."""
        self.turn += 1
        clause, swapped, stack = self.scan(text)
        steps: list[ElizaStep] = []
        stored, answer, source = "", "", "keyword"
        if stack and stack[0][0] == self.script.memory_word:
            stored = self._store(swapped)
        if not stack and self.memory and self.turn % 4 == 3:
            # The listing counts inputs 1 to 4 and looks into the memory at one of them only.
            answer, source = self.memory.pop(0), "memory"
        for keyword, _ in stack:
            if answer := self._transform(keyword, swapped, steps):
                break
        if not answer:
            answer = self._reply_of("NONE", 0, self.script.none, [swapped], steps)
            source = "none"
        record = tuple(clause), tuple(swapped), tuple(stack), tuple(steps)
        return ElizaTurn(text, *record, source, stored, answer)

    def scan(self, text: str) -> tuple[list[str], list[str], list[tuple[str, int]]]:
        """The clause that is kept, the same with its words replaced, and the keyword stack.

        Read from left to right: a keyword of higher rank than all before goes on top of the stack,
        any other to its bottom. A delimiter before the first keyword throws away what was read;
        after it, the rest of the text. Raises LabError for anything but text.
        """
        if not isinstance(text, str):
            raise LabError(f"ELIZA reads text, and got {text!r}; give it a line as a string")
        clause: list[str] = []
        swapped: list[str] = []
        stack: list[tuple[str, int]] = []
        best = 0
        for word in _TOKEN.findall(text.upper().replace("’", "'")):
            if word in DELIMITERS:
                if stack:
                    break
                clause, swapped = [], []
                continue
            key = self.script.keywords.get(word)
            clause.append(word)
            swapped.append(key.replaced_by or word if key else word)
            if key and (key.rules or key.link):
                if key.rank > best:
                    stack.insert(0, (word, key.rank))
                    best = key.rank
                else:
                    stack.append((word, key.rank))
        return clause, swapped, stack

    def _store(self, words: list[str]) -> str:
        """Put a transformed copy of the sentence into the memory."""
        rule = self.script.memory[mid_square_hash(words[-1], 2)]
        parts = decompose(rule.pattern, words, self.script.classes)
        if parts is None:
            return ""
        self.memory.append(" ".join(reassemble(rule.replies[0].pieces, parts)))
        return self.memory[-1]

    def _transform(self, keyword: str, words: list[str], steps: list[ElizaStep]) -> str:
        """The answer that a keyword's rules give, "" to try the next keyword of the stack."""
        key = self.script.keywords[keyword]
        for number, rule in enumerate(key.rules):
            parts = decompose(rule.pattern, words, self.script.classes)
            if parts is not None:
                return self._reply_of(keyword, number, rule, parts, steps)
        return self._transform(key.link, words, steps) if key.link else ""

    def _reply_of(
        self,
        keyword: str,
        number: int,
        rule: ScriptRule,
        parts: list[list[str]],
        steps: list[ElizaStep],
    ) -> str:
        """The rule's next reassembly in turn, carried out."""
        turn = self._next.get((keyword, number), 0)
        self._next[keyword, number] = (turn + 1) % len(rule.replies)
        reply = rule.replies[turn]
        told = tuple(" ".join(part) for part in parts)
        steps.append(ElizaStep(keyword, rule.pattern, told, reply))
        if reply.newkey:
            return ""
        if reply.link:
            words = [word for part in parts for word in part]
            return self._transform(
                reply.link, reassemble(reply.pieces, parts) if reply.pre else words, steps
            )
        return " ".join(reassemble(reply.pieces, parts))
