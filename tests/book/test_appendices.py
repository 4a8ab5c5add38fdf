"""The appendices tell what is so: their examples are run, their numbers and plans are checked."""

from __future__ import annotations

import doctest
import re

import pytest
from build_once import ROOT


def sessions(page: str) -> list[str]:
    text = (ROOT / "book" / page).read_text(encoding="utf-8")
    return re.findall(r"^```pycon\n(.*?)^```$", text, re.M | re.S)


@pytest.mark.parametrize(("page", "least"), [("mathematics.md", 25), ("speed.md", 4)])
def test_every_example_prints_what_the_page_says(page, least):
    known: dict[str, object] = {}
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    examples = 0
    for number, session in enumerate(sessions(page)):
        test = doctest.DocTestParser().get_doctest(session, known, f"{page} {number}", page, 0)
        test.globs = known
        examples += len(test.examples)
        runner.run(test, clear_globs=False)
    assert examples >= least
    assert runner.summarize(verbose=False).failed == 0
