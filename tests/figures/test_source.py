"""Showing source: the code of the file, where it stands, and a clear no where there is none."""

from __future__ import annotations

import functools
import html
import inspect
import re

import pytest

from gptlab.errors import LabError
from gptlab.figures import source, style


def plain(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page.split("<pre>")[1].split("</pre>")[0]))


@pytest.mark.parametrize(
    "thing", [style.contrast, style.Output, style.Output.display, style], ids=lambda t: t.__name__
)
def test_shows_the_code_of_the_file_and_its_line(thing):
    shown = source.source(thing)
    code, path, line = source.locate(thing)
    assert path == "gptlab/figures/style.py"
    lines = inspect.getsource(style).splitlines()
    assert lines[line - 1].strip() == code.splitlines()[0].strip()
    assert plain(shown.html).rstrip() == code.rstrip()
    assert f'<a href="../gptlab/figures/style.py#L{line}">' in shown.html
    assert shown.plain.splitlines()[0] == f"# gptlab/figures/style.py, line {line}"


def test_tokens_are_classed_so_that_page_and_lab_can_colour_them():
    shown = source.source(style.contrast).html
    assert '<div class="highlight"><pre><span class="k">def</span>' in shown
    assert "style=" not in shown


def test_method_is_shown_without_its_indent():
    code, _, _ = source.locate(style.Output.display)
    assert code.startswith("def display(self)")


def test_property_and_decorated_function():
    class Thing:
        @property
        def size(self):
            return 3

    assert "return 3" in source.locate(Thing.size)[0]

    @functools.cache
    def slow():
        return "slow"

    assert 'return "slow"' in source.locate(slow)[0]


def test_several_at_once_and_printed_where_there_is_no_notebook(capsys):
    source.show(style.contrast, style.text_on)
    said = capsys.readouterr().out
    assert said.index("def contrast") < said.index("def text_on")


def test_what_was_typed_into_a_notebook_has_no_link():
    def typed():
        return 1

    typed.__module__ = "__main__"
    shown = source.source(typed).html
    assert "this notebook" in shown
    assert "<a " not in shown


@pytest.mark.parametrize("thing", [3, len, int, "text", None], ids=repr)
def test_no_source_is_said_in_one_line(thing):
    with pytest.raises(LabError, match="no Python source") as error:
        source.show(thing)
    assert "\n" not in str(error.value)
