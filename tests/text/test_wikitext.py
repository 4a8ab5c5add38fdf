"""Markup to prose, one construct at a time: each is something that the articles contain."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gptlab.text.wikitext import sentences, to_prose

REST = " It is old, and it is known to everyone who lives there."

CASES = {
    "links": (
        "[[Anatolia|Asia Minor]] borders the [[Aegean Sea]].",
        "Asia Minor borders the Aegean Sea.",
    ),
    "link to a namespace": ("A [[wikt:river|river]] runs here.", "A river runs here."),
    "web link": ("The [http://x.org report] says so [http://y.org].", "The report says so."),
    "bare web address": ("The report is at http://x.org/y. One two.", "One two."),
    "bold, italic, genitive": ("'''Titus''' saw ''Titanic'''s end.", "Titus saw Titanic's end."),
    "footnotes": ('One<ref name="a" /> two.<ref>{{cite|x=1}} [[b]]</ref>', "One two."),
    "entities": ("5&nbsp;km &ndash; 6&thinsp;km &amp;nbsp;away.", "5 km – 6 km away."),
    "comments": ("One <!-- [[two]]\n\n--> three.", "One three."),
    "raised": (
        "A km<sup>2</sup>, H<sub>2</sub>O, 10<sup>−7</sup>, 19<sup>th</sup>.",
        "A km², H₂O, 10⁻⁷, 19th.",
    ),
    "measure": ("It is {{convert|1600|km|mi}} long.", "It is 1,600 kilometres long."),
    "measure, adjective": ("A {{convert|90|ft|adj=on}} wall.", "A 90-foot wall."),
    "measure, range": ("From {{convert|-5|to|10|C|F}} a day.", "From −5 to 10 °C a day."),
    "measure of one": ("It is {{convert|1|mi|km}} off.", "It is 1 mile off."),
    "foreign words": ("The word {{lang|grc|λόγος}} is Greek.", "The word λόγος is Greek."),
    "template in a link's bar": ("{{nowrap|[[Pope Clement IV|Clement]]}} came.", "Clement came."),
    "silent template": ("One{{citation needed|date=May 2015}} two.", "One two."),
    "pronunciation": ("Ada ({{IPAc-en|eɪ}}; born 1815) wrote.", "Ada (born 1815) wrote."),
    "pronunciation alone in its bracket": ("Ada ({{IPAc-en|eɪ}}) wrote.", "Ada wrote."),
    "unknown template, remark": ("It rose ({{mystery|3}}) by two.", "It rose by two."),
    "unknown template, sentence": ("It rose by {{mystery|3}} a year.", None),
    "formula": ("The area is <math>x^2</math> in all.", None),
    "nested templates": ("One {{nowrap|{{lang|fr|deux}}}} three.", "One deux three."),
    "box before the text": (
        "{{Infobox city\n| name = {{lang|fr|X}}\n}}\nIt is a city.",
        "It is a city.",
    ),
    "picture with a caption": (
        "[[File:A.jpg|thumb|A [[cat]] (''left'').]] It is a cat.",
        "It is a cat.",
    ),
    "chemistry": ("Ammonium {{chem|NH|4|+}} is an ion.", "Ammonium NH₄⁺ is an ion."),
    "ellipsis": ('He said ". . . more" and left.', 'He said "... more" and left.'),
    "own quotation in a sentence": ("It is. .. so, he says.", "It is... so, he says."),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_one_construct(case):
    markup, prose = CASES[case]
    assert to_prose(markup + REST) == ((prose or "") + REST).strip()


def test_what_is_no_prose_goes():
    page = f"""
== History ==
The town was founded in 1200.{REST}
{{| class="wikitable"
|-
! Year !! People
|-
| 1900 || {{{{formatnum|12}}}}
{{| nested
|}}
|}}
* A list item that is a whole sentence and longer than forty characters.
# Another list item that is a whole sentence of some length, too.
The rivers of the town and of the land around it are:
* [[Aa]]
<gallery>
File:A.jpg|A caption that is long enough to be taken for a sentence.
</gallery>
An orphan line without an end that is long enough otherwise
== See also ==
The list of towns is a page that might interest you as well.
=== Towns ===
This subsection belongs to the section of links above it, too.
== Economy ==
The town lives from fishing.{REST}
== References ==
{{{{reflist}}}}
Smith wrote a book about the town, and it was printed in 1950.
[[Category:Towns]]
[[fr:Ville]]
"""
    assert to_prose(page) == (
        f"The town was founded in 1200.{REST}\n\nThe town lives from fishing.{REST}"
    )


def test_quotation_that_is_set_off_joins_its_sentence():
    quoted = "The town is small, and I was happy there for years."
    for markup in (f"{{{{quote|{quoted}}}}}", f":{quoted}", f"<blockquote>{quoted}</blockquote>"):
        assert to_prose(f"Smith wrote in his diary:\n{markup}") == (
            f'Smith wrote in his diary: "{quoted}"'
        )
        alone = to_prose(f"He came in the summer of 1900.{REST}\n\n{markup}")
        assert alone == f"He came in the summer of 1900.{REST}\n\n{quoted}"


def test_sentence_ends():
    assert sentences(
        'He won 3–0. "So what?" she said. J. S. Bach did not. At 30 °C. It rained.'
    ) == [
        "He won 3–0.",
        '"So what?" she said.',
        "J. S. Bach did not.",
        "At 30 °C.",
        "It rained.",
    ]


def test_unbalanced_markup_ends():
    for broken in (
        "{{a|{{b}} text",
        "[[a|b text",
        "{| a\n| b",
        "<ref>a",
        "'''a''",
        "{{{{{{",
        "]]}}",
    ):
        assert to_prose(f"It was a town.{REST}\n\n{broken}").startswith("It was a town.")


PIECES = st.sampled_from(
    """The town. ~is~[[~]]~{{~}}~{|~\n|}~''~'''~<ref>~</ref>~<br>~(~)~: ~\n\n~\n* ~==~|~ "~, ~; ~. ~
    {{convert|5|km}}~{{IPAc-en}}~<math>x</math>~&nbsp;~[[File:~http://a.b ~[http://a.b]~
    It is old and known to all. """.split("~")  # noqa: SIM905
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=40))
def test_whatever_the_markup_the_prose_has_none(pieces):
    prose = to_prose("".join(pieces))
    assert not re.search(
        r"''|\[\[|\]\]|[{}|<>]|  |[\ue000-\uf8ff]|\(\s*\)| [,;:.](\s|$)|https?:", prose
    )
    for paragraph in prose.split("\n\n") if prose else []:
        assert "\n" not in paragraph
        assert len(paragraph) >= 40
        assert paragraph.count("(") == paragraph.count(")")
