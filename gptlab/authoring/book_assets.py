"""What every page loads, made light: icons that are used, the search index where one searches.

The theme brings two thousand icons twice (a script of 1.5 MB and 180 kB of style rules) and loads
the search index with every page. After the pages are written, the icons that occur in them go into
a small font of their own, made with fontTools, which matplotlib brings.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

THEME = "_static/styles/pydata-sphinx-theme.css"
SCRIPT = "_static/scripts/fontawesome.js"
FONT = "_static/vendor/fontawesome/webfonts/fa-solid-900.ttf"
OWN = "house-icons.woff"

# One rule names an icon, and its other names: .fa-bars:before,.fa-navicon:before{content:"\f0c9"}
RULE = re.compile(r'((?:\.fa-[\w-]+:before,?)+)\{content:"(\\[0-9a-f]+|.)"\}')
FACE = re.compile(r"@font-face\{[^}]*Font Awesome[^}]*\}")
SEARCH = re.compile(
    r'\s*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>'
)


def lighten(app: Sphinx, error: Exception | None) -> None:
    """After a build of HTML: leave out of style, scripts and pages what no page uses."""
    folder = Path(app.outdir)
    style = folder / THEME
    if error or app.builder.name != "html" or not style.exists():
        return
    used: set[str] = set()
    for page in folder.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        used |= set(re.findall(r"\bfa-[a-z0-9-]+", text))
        if page.name != "search.html" and SEARCH.search(text):
            page.write_text(SEARCH.sub("", text), encoding="utf-8")
    rules, letters = icons(style.read_text(encoding="utf-8"), used)
    if not letters:  # a theme that does it in another way is left as it is
        return
    write_font(folder / FONT, folder / "_static" / OWN, letters)
    face = (
        "@font-face{font-display:block;font-family:Font Awesome\\ 6 Free;font-style:normal;"
        f'font-weight:900;src:url(../{OWN}) format("woff")}}'
    )
    style.write_text(face + rules, encoding="utf-8")
    (folder / SCRIPT).write_text("/* Icons are letters of _static/house-icons.woff. */\n")


def icons(style: str, used: set[str]) -> tuple[str, str]:
    """The style sheet with the rules of the used icons only, and their letters.

    >>> icons('.fa-a:before,.fa-b:before{content:"\\\\f001"}.fa-c:before{content:"\\\\f002"}p{}', {"fa-b"})
    ('.fa-a:before,.fa-b:before{content:"\\\\f001"}p{}', '\\uf001')
    """  # noqa: E501
    letters: list[str] = []

    def keep(rule: re.Match[str]) -> str:
        if used.isdisjoint(re.findall(r"fa-[\w-]+", rule[1])):
            return ""
        letters.append(chr(int(rule[2][1:], 16)) if rule[2].startswith("\\") else rule[2])
        return rule[0]

    light = FACE.sub("", RULE.sub(keep, style))
    return light, "".join(sorted(set(letters)))


def write_font(source: Path, target: Path, letters: str) -> None:
    """A font with some letters of another."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    font = TTFont(source)
    options = Options()
    options.flavor = "woff"
    subset = Subsetter(options)
    subset.populate(text=letters)
    subset.subset(font)
    font.flavor = "woff"
    font.save(target)
