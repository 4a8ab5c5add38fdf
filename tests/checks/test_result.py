"""What a learner reads: the same words as text and as HTML, on light pages and on dark ones."""

from __future__ import annotations

import re

import pytest

from gptlab.checks import call, function

ONE = function("99.1", "one", right=lambda: 1, cases=[call("it is one")])


def test_html_says_the_same_in_words_and_escapes():
    exercise = function("99.12", "a < b", right=lambda: "<b>", cases=[call("x < y & z")])
    right, wrong = exercise.check(lambda: "<b>"), exercise.check(lambda: "<script>")
    assert "✓ passed: x &lt; y &amp; z" in right._repr_html_()
    html = wrong._repr_html_()
    assert "✗ not yet: x &lt; y &amp; z" in html
    assert "<script>" not in html
    assert "role='status'" in html
    assert html == exercise.check(lambda: "<script>")._repr_html_()
    # Text takes the page's colour; nothing sets a background that dark mode would fight.
    assert "color:inherit" in html
    assert "background" not in html


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("page", ["#ffffff", "#121212"])
def test_the_edge_is_visible_on_light_and_dark(page):
    for answer in (lambda: 1, None, lambda: 2):
        edge = re.search(r"border-left:4px solid (#\w{6})", ONE.check(answer)._repr_html_())[1]
        light, dark = sorted([luminance(edge), luminance(page)], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3
