"""1,100 instructions with answers, written by a language model: what small chats are tuned on.

The file is that of Raschka 2024 (chapter 7): rows of instruction, input (may be empty), output.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass

from gptlab.errors import LabError
from gptlab.text.chat import Turn
from gptlab.text.downloads import fetch

FIELDS = ("instruction", "input", "output")
TRAIN, TEST = 0.85, 0.10  # shares by place; the rest is for choosing settings


@dataclass(frozen=True)
class Instruction:
    """What is asked, what it is asked about (may be empty), and the answer."""

    instruction: str
    input: str
    output: str

    @property
    def prompt(self) -> str:
        """Instruction and input as one text, a line between them."""
        return f"{self.instruction}\n{self.input}" if self.input else self.instruction

    def turns(self) -> list[Turn]:
        """The conversation: the prompt, and the answer."""
        return [Turn("user", self.prompt), Turn("assistant", self.output)]


@dataclass(frozen=True)
class InstructionSet:
    """Instructions to train on, to choose settings by, and to test on, in the file's order."""

    train: tuple[Instruction, ...]
    validation: tuple[Instruction, ...]
    test: tuple[Instruction, ...]


@functools.lru_cache(maxsize=1)
def instruction_data() -> InstructionSet:
    """The rows, the first 85 % for training, the next 10 % for testing, the rest for validation.

    Rows without an answer are left out. Downloaded on first use; raises LabError where it cannot be
    had (`gptlab.text.downloads.fetch`) or is no list of rows with the three fields.
    """
    path = fetch("instructions/instruction-data.json")
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as problem:
        raise LabError(f"{path} is damaged ({problem}); delete it and fetch it again") from problem
    if not isinstance(rows, list):
        raise LabError(f"{path} holds {type(rows).__name__}, not a list of rows; fetch it again")
    found = [_instruction(row, place) for place, row in enumerate(rows)]
    kept = [each for each in found if each.output.strip()]
    if not kept:
        raise LabError(f"{path} holds no instruction with an answer; fetch it again")
    cuts = int(len(kept) * TRAIN), int(len(kept) * TRAIN) + int(len(kept) * TEST)
    return InstructionSet(
        train=tuple(kept[: cuts[0]]),
        test=tuple(kept[cuts[0] : cuts[1]]),
        validation=tuple(kept[cuts[1] :]),
    )


def _instruction(row: object, place: int) -> Instruction:
    if not isinstance(row, dict) or any(not isinstance(row.get(name), str) for name in FIELDS):
        raise LabError(f"row {place} has not the texts {', '.join(FIELDS)}; fetch the file again")
    return Instruction(*(row[name] for name in FIELDS))
