"""Reading an ELIZA script: parentheses, keywords, patterns and replies, as Weizenbaum wrote them.

A script is data, not program. `read_script` turns its text into a `Script` and refuses what the
machine could not run, naming the line. Source of the format: Weizenbaum 1966, pages 38 to 42.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from gptlab.errors import LabError

# A pattern piece: a number (0 is any number of words), a word, or a set of words with its tags.
Piece = int | str | tuple[str, tuple[str, ...]]
MEMORIES = 4  # "exactly four transformations" (page 41)


@dataclass(frozen=True)
class Reassembly:
    """One way to answer: words and numbers of parts; then perhaps on to another keyword.

    `link` is the keyword of `(=KEY)`, "" if there is none; `newkey` tries the next keyword of the
    stack; `pre` says that `pieces` rewrite the sentence before the link is followed.
    """

    pieces: tuple[int | str, ...] = ()
    link: str = ""
    newkey: bool = False
    pre: bool = False


@dataclass(frozen=True)
class ScriptRule:
    """A pattern that takes a sentence apart, and the reassemblies that are used in turn."""

    pattern: tuple[Piece, ...]
    replies: tuple[Reassembly, ...]


@dataclass(frozen=True)
class Keyword:
    """A word the script reacts to: its rank, what it is replaced by, its classes, its rules."""

    word: str
    rank: int = 0
    replaced_by: str = ""
    tags: tuple[str, ...] = ()
    rules: tuple[ScriptRule, ...] = ()
    link: str = ""


@dataclass(frozen=True)
class Script:
    """All that makes one ELIZA differ from another."""

    greeting: str
    keywords: dict[str, Keyword]
    none: ScriptRule
    memory_word: str
    memory: tuple[ScriptRule, ...]
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The script as lists and dicts, for the chat box that runs without Python."""

        def rules(many: tuple[ScriptRule, ...]) -> list[Any]:
            return [
                [list(r.pattern), [[list(a.pieces), a.link, a.newkey, a.pre] for a in r.replies]]
                for r in many
            ]

        words = {
            k.word: [k.rank, k.replaced_by, rules(k.rules), k.link] for k in self.keywords.values()
        }
        return {
            "greeting": self.greeting,
            "keywords": words,
            "none": rules((self.none,))[0],
            "memoryWord": self.memory_word,
            "memory": rules(self.memory),
            "classes": {tag: list(words) for tag, words in self.classes.items()},
        }


@dataclass(frozen=True)
class _Token:
    text: str
    line: int


class _List(list[Any]):
    """The tokens and lists between two parentheses, and the line of the first."""

    def __init__(self, line: int):
        super().__init__()
        self.line = line


def read_script(text: str) -> Script:
    """The script written in `text`; a semicolon begins a comment.

    Raises LabError, with the line, for parentheses that do not match, a list it does not know, a
    link to an unknown keyword, links that run in a circle, a reply that names a part which its
    pattern has not, and for a script without greeting, NONE, or a MEMORY of four rules.
    """
    lists = _lists(text)
    if not lists:
        raise LabError("the script is empty; it starts with a greeting in parentheses")
    if any(isinstance(item, _List) for item in lists[0]):
        raise LabError(
            f"line {lists[0].line}: the script begins with a list of rules; "
            "begin with a greeting, (HOW DO YOU DO)"
        )
    greeting = " ".join(_words(lists[0]))
    reader = _Reader()
    for item in lists[1:]:
        reader.read(item)
    return reader.finish(greeting)


def _lists(text: str) -> list[_List]:
    """The outermost lists of a text in parentheses; words between them (START) are passed over."""
    done: list[_List] = []
    open_lists: list[_List] = []
    for number, line in enumerate(text.splitlines(), start=1):
        for found in re.findall(r"[()=]|[^\s()=]+", line.split(";")[0]):
            if found == "(":
                open_lists.append(_List(number))
            elif found == ")":
                if not open_lists:
                    raise LabError(f"line {number}: a ) without its (; take it out")
                closed = open_lists.pop()
                (open_lists[-1] if open_lists else done).append(closed)
            elif open_lists:
                open_lists[-1].append(_Token(found.upper(), number))
    if open_lists:
        raise LabError(f"line {open_lists[-1].line}: a ( that is never closed; add its )")
    return done


def _words(items: list[Any]) -> list[str]:
    return [item.text for item in items if isinstance(item, _Token)]


def _number(token: Any) -> int | None:
    return int(token.text) if isinstance(token, _Token) and token.text.isdecimal() else None


class _Reader:
    """Collects keywords; checks at the end what can only be known then."""

    def __init__(self) -> None:
        self.keywords: dict[str, Keyword] = {}
        self.lines: dict[str, int] = {}
        self.links: list[tuple[str, str, int]] = []  # from, to, line
        self.none: ScriptRule | None = None
        self.memory: tuple[str, tuple[ScriptRule, ...]] | None = None

    def read(self, item: _List) -> None:
        """One outermost list: NONE, MEMORY or a keyword."""
        if not item or not isinstance(item[0], _Token):
            raise LabError(f"line {item.line}: a list must begin with a keyword, NONE or MEMORY")
        name = item[0].text
        if name == "NONE":
            self.none = self.rule(item[1], name) if len(item) > 1 else None
        elif name == "MEMORY":
            self.memory = self.read_memory(item)
        else:
            self.read_keyword(name, item)

    def read_keyword(self, name: str, item: _List) -> None:
        """`(WORD = OTHER 3 DLIST(/CLASS) (rule) (rule))` or `(WORD (=OTHER))`."""
        if name in self.keywords:
            raise LabError(
                f"line {item.line}: the keyword {name} stands in line {self.lines[name]} already; "
                "put all its rules into one list"
            )
        rank, replaced_by, link = 0, "", ""
        tags: tuple[str, ...] = ()
        rules: list[ScriptRule] = []
        at = 1
        while at < len(item):
            here = item[at]
            if _number(here) is not None:
                rank = _number(here) or 0
            elif isinstance(here, _List) and here and _is(here[0], "="):
                link = self.link(here, name)
            elif isinstance(here, _List):
                rules.append(self.rule(here, name))
            elif here.text == "=" and at + 1 < len(item) and isinstance(item[at + 1], _Token):
                at += 1
                replaced_by = item[at].text
            elif here.text == "DLIST" and at + 1 < len(item) and isinstance(item[at + 1], _List):
                at += 1
                tags = tuple(t for word in _words(item[at]) if (t := word.strip("/")))
            else:
                raise LabError(
                    f"line {here.line}: {here.text!r} is out of place in the keyword {name}; after "
                    "it come = WORD, a rank, DLIST(/CLASS) and rules in parentheses"
                )
            at += 1
        self.lines[name] = item.line
        self.keywords[name] = Keyword(name, rank, replaced_by, tags, tuple(rules), link)

    def rule(self, item: Any, name: str) -> ScriptRule:
        """`((pattern) (reply) (reply) …)`."""
        line = item.line
        if (
            not isinstance(item, _List)
            or len(item) < 2
            or not all(isinstance(x, _List) for x in item)
        ):
            raise LabError(
                f"line {line}: a rule of {name} is a pattern and at least one reply, each in "
                "parentheses: ((0 WORD 0) (TELL ME ABOUT 3))"
            )
        pattern = tuple(_piece(piece) for piece in item[0])
        if not pattern:
            raise LabError(f"line {item[0].line}: an empty pattern; (0) fits every sentence")
        return ScriptRule(pattern, tuple(self.reply(r, len(pattern), name) for r in item[1:]))

    def reply(self, item: _List, parts: int, name: str) -> Reassembly:
        """`(words and 3)`, `(=KEY)`, `(NEWKEY)` or `(PRE (words and 3) (=KEY))`."""
        if item and _is(item[0], "="):
            return Reassembly(link=self.link(item, name))
        if _words(item) == ["NEWKEY"]:
            return Reassembly(newkey=True)
        if item and _is(item[0], "PRE") and len(item) == 3:
            return Reassembly(_pieces(item[1], parts), self.link(item[2], name), pre=True)
        return Reassembly(_pieces(item, parts))

    def link(self, item: _List, name: str) -> str:
        """The keyword in `(=KEY)`."""
        words = _words(item)
        if len(words) != 2 or words[0] != "=":
            raise LabError(f"line {item.line}: a link of {name} is written (=KEYWORD)")
        self.links.append((name, words[1], item.line))
        return words[1]

    def read_memory(self, item: _List) -> tuple[str, tuple[ScriptRule, ...]]:
        """`(MEMORY MY (pattern = reply) …)` with four of them."""
        if len(item) != 2 + MEMORIES or not isinstance(item[1], _Token):
            raise LabError(
                f"line {item.line}: MEMORY needs one keyword and {MEMORIES} rules (pattern = "
                f"reply); it has {max(0, len(item) - 2)}"
            )
        rules = []
        for rule in item[2:]:
            middle = next((i for i, x in enumerate(rule) if _is(x, "=")), 0)
            if not middle:
                raise LabError(f"line {rule.line}: a MEMORY rule is (pattern = reply)")
            pattern = tuple(_piece(piece) for piece in rule[:middle])
            reply = _List(rule.line)
            reply.extend(rule[middle + 1 :])
            rules.append(ScriptRule(pattern, (Reassembly(_pieces(reply, len(pattern))),)))
        return item[1].text, tuple(rules)

    def finish(self, greeting: str) -> Script:
        """The script, once all of it hangs together."""
        if not greeting:
            raise LabError("line 1: the greeting is missing; begin with (HOW DO YOU DO)")
        if self.none is None:
            raise LabError(
                "there is no NONE, so ELIZA would fall silent; add (NONE ((0) (PLEASE GO ON)))"
            )
        if self.none.pattern != (0,) or any(r.link or r.newkey for r in self.none.replies):
            raise LabError("NONE must fit everything and answer itself: (NONE ((0) (GO ON)))")
        if self.memory is None:
            raise LabError(f"there is no MEMORY; add (MEMORY MY …) with {MEMORIES} rules")
        for start, end, line in self.links:
            if end not in self.keywords:
                raise LabError(
                    f"line {line}: {start} links to {end}, which is no keyword; add ({end} …) or "
                    "mend the link"
                )
        if self.memory[0] not in self.keywords:
            raise LabError(f"MEMORY belongs to {self.memory[0]}, which is no keyword; add it")
        self.refuse_circles()
        classes: dict[str, tuple[str, ...]] = {}
        for key in self.keywords.values():
            for tag in key.tags:
                # What is matched is the sentence after replacement.
                classes[tag] = (*classes.get(tag, ()), key.replaced_by or key.word)
        return Script(greeting, self.keywords, self.none, *self.memory, classes)

    def refuse_circles(self) -> None:
        """Links that lead back to where they began would never give an answer."""
        arrows: dict[str, set[str]] = {}
        for start, end, _ in self.links:
            arrows.setdefault(start, set()).add(end)
        for start, first, line in self.links:
            seen, waiting = set(), [first]
            while waiting:
                word = waiting.pop()
                if word == start:
                    raise LabError(
                        f"line {line}: the links from {start} lead back to {start}; let one of "
                        "them end in a reply"
                    )
                if word not in seen:
                    seen.add(word)
                    waiting.extend(arrows.get(word, ()))


def _is(item: Any, text: str) -> bool:
    return isinstance(item, _Token) and item.text == text


def _piece(item: Any) -> Piece:
    """One piece of a pattern: 0, 3, WORD, (*SAD UNHAPPY) or (/FAMILY)."""
    if isinstance(item, _Token):
        number = _number(item)
        return item.text if number is None else number
    words = _words(item)
    first = words[0][:1] if words else ""
    if first not in ("*", "/"):
        raise LabError(
            f"line {item.line}: in a pattern, parentheses hold (*ONE OF THESE) or (/CLASS)"
        )
    return ("any" if first == "*" else "class", tuple(w for x in words if (w := x.lstrip("*/"))))


def _pieces(item: Any, parts: int) -> tuple[int | str, ...]:
    """The words of a reply and the numbers of the parts that it takes over."""
    if not isinstance(item, _List) or not item or not all(isinstance(x, _Token) for x in item):
        line = item.line
        raise LabError(f"line {line}: a reply is words and part numbers, with at least one of them")
    pieces = tuple(x.text if _number(x) is None else int(x.text) for x in item)
    for piece in pieces:
        if isinstance(piece, int) and not 1 <= piece <= parts:
            raise LabError(
                f"line {item.line}: the reply takes part {piece}, and its pattern has parts 1 to "
                f"{parts}"
            )
    return pieces
