"""What `check` answers: plain text in a terminal, HTML in a notebook, the same words in both."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

RIGHT = "right"
UNFINISHED = "not implemented yet"
WRONG = "not right yet"

# One middle tone each that keeps 3:1 against white and against near-black; the words carry the
# meaning.
_EDGE = {RIGHT: "#2a8a4f", UNFINISHED: "#808080", WRONG: "#d0662f"}
_SIGN = {RIGHT: "✓", UNFINISHED: "…", WRONG: "✗"}


@dataclass(frozen=True)
class Result:
    """The answer to one check: what passed, the first thing that did not, a hint.

    `label` names the mistake or the failed case; `message` says what was seen; `hint` helps.
    """

    exercise: str
    title: str
    status: str
    passed_cases: tuple[str, ...] = ()
    label: str = ""
    message: str = ""
    hint: str = ""

    @property
    def passed(self) -> bool:
        """True when the answer is right."""
        return self.status == RIGHT

    def __bool__(self) -> bool:
        return self.passed

    @property
    def heading(self) -> str:
        """The first line: which exercise, and how it stands."""
        return f"{_SIGN[self.status]} Exercise {self.exercise}, {self.title}: {self.status}"

    @property
    def text(self) -> str:
        """All of it as plain text."""
        lines = [self.heading]
        lines += [f"  ✓ passed: {case}" for case in self.passed_cases]
        if not self.passed and self.label:
            lines.append(f"  ✗ not yet: {self._complaint()}")
        elif self.message:
            lines.append(f"  {self.message}")
        if self.hint:
            lines.append(f"  Hint: {self.hint}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.text

    def _complaint(self) -> str:
        return f"{self.label}: {self.message}" if self.message else self.label

    def _repr_html_(self) -> str:
        items = [f"<li>✓ passed: {escape(case)}</li>" for case in self.passed_cases]
        if not self.passed and self.label:
            items.append(f"<li><strong>✗ not yet: {escape(self._complaint())}</strong></li>")
        elif self.message:
            items.append(f"<li>{escape(self.message)}</li>")
        parts = [f"<p style='margin:0'><strong>{escape(self.heading)}</strong></p>"]
        if items:
            style = "list-style:none;margin:.3em 0 0;padding-left:1em"
            parts.append(f"<ul style='{style}'>{''.join(items)}</ul>")
        if self.hint:
            parts.append(f"<p style='margin:.3em 0 0'><em>Hint:</em> {escape(self.hint)}</p>")
        # Colours are inherited, so the box reads on a light and on a dark page alike.
        box = f"border-left:4px solid {_EDGE[self.status]};padding:.4em .8em;color:inherit"
        return f"<div class='gptlab-check' role='status' style='{box}'>{''.join(parts)}</div>"
