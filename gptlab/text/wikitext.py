"""Wikipedia's markup to plain prose: paragraphs of whole sentences, and nothing else.

`gensim.corpora.wikicorpus.filter_wiki` serves topic models, which count words: it leaves lists, table cells and captions
in, and where it takes a template out it leaves a hole ("As per  the effects are:"). A model that writes learns the holes
too. So the markup is read here: templates that stand for words become those words, and what has no plain-text form (a
formula, a pronunciation, an unknown template) becomes a *hole*, a private-use character; whatever contains a hole goes,
the bracketed remark if it stands in one, else the sentence.
"""

from __future__ import annotations

import html
import re
import unicodedata

HOLE = "\ue000"

# Templates that mark a place and stand for no words. Anything unknown inside a sentence becomes a hole instead.
SILENT = frozenset(
    " ".join(name.split())
    for name in """
    citation needed; cn; fact; rp; sfn; sfnp; sfnm; refn; efn; #tag:ref; r; ref; note; notetag;
    page needed; clarify; when; which; who; by whom; where; whom; vague; dubious; failed
    verification; verify source; full; better source; unreliable source?; citation; qualify
    evidence; weasel-inline; according to whom; update inline; update after; refimprove;
    inflation-fn; inflation; sic; harvnb; clear; -; flag icon; flagicon; flagicon image; anchor;
    vanchor; use dmy dates; pow; main; see also; coord; us patent; disambiguation needed; original
    research inline; or; pn; nb10; clarify span; synthesis-inline; undue-inline; tone-inline;
    legend; eqm; listen; lead too short; self-published inline; rs; quantify; specify; citation
    needed span; dead link; cref; peacock term; how; why; what; awkward; not in citation given;
    sps; primary source inline; medical citation needed; death date
    """.split(";")
)
# Templates that stand for the text of their last field.
LAST = frozenset(
    " ".join(name.split())
    for name in """
    lang; transl; nowrap; nowraplinks; angbr; vr; sc; small; smallcaps; big; large; linktext;
    rtl-lang; us$; nq; script/arabic; unicode; script; polytonic; math; mvar; var; abbr; quote;
    bquote; quotation; blockquote; cquote; hebrew; as written; nobold; italics
    """.split(";")
)
# And those that stand for one text.
FIXED = {
    "nbsp": " ", "spaces": " ", "snd": " – ", "snds": " – ", "spaced ndash": " – ", "ndash": "–", "mdash": "—",
    "mdashb": "—", "spaced mdash": " — ", "'": "'", "' \"": "'\"", "-\"": "\"", "'s": "'s", "!": "|", "=": "=",
    "carbon": "carbon", "hydrogen": "hydrogen",
}  # fmt: skip
# Units as {{convert}} writes them: singular and plural.
UNITS = {
    "km": ("kilometre", "kilometres"), "m": ("metre", "metres"), "cm": ("centimetre", "centimetres"),
    "mm": ("millimetre", "millimetres"), "mi": ("mile", "miles"), "ft": ("foot", "feet"), "in": ("inch", "inches"),
    "nmi": ("nautical mile", "nautical miles"), "kg": ("kilogram", "kilograms"), "g": ("gram", "grams"),
    "lb": ("pound", "pounds"), "ha": ("hectare", "hectares"), "acre": ("acre", "acres"), "C": ("°C", "°C"),
    "°C": ("°C", "°C"), "F": ("°F", "°F"), "°F": ("°F", "°F"), "km2": ("square kilometre", "square kilometres"),
    "sqmi": ("square mile", "square miles"), "m2": ("square metre", "square metres"), "m3": ("cubic metre",
    "cubic metres"), "ft/s": ("foot per second", "feet per second"), "mph": ("mile per hour", "miles per hour"),
    "km/h": ("kilometre per hour", "kilometres per hour"), "C-change": ("°C", "°C"), "AU": ("AU", "AU"),
    "e6acre": ("million acres", "million acres"), "oilbbl": ("barrel", "barrels"),
    "oilbbl/d": ("barrel per day", "barrels per day"), "koilbbl/d": ("thousand barrels per day",) * 2,
    "Moilbbl": ("million barrels",) * 2, "Moilbbl/d": ("million barrels per day",) * 2,
    "Goilbbl": ("billion barrels",) * 2, "USgal": ("gallon", "gallons"), "Tcuft": ("trillion cubic feet",) * 2,
    "e6carat": ("million carats",) * 2,
}  # fmt: skip
BETWEEN = {
    "to": " to ",
    "-": "–",
    "–": "–",
    "and": " and ",
    "or": " or ",
    "by": " by ",
    "x": " by ",
    "and(-)": " and ",
}

SUPERSCRIPT = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
SUBSCRIPT = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")

# Sections that hold lists of links and books, and no prose about the subject.
BACK_MATTER = re.compile(
    r"(see also|references?|external links?|further reading|notes?|footnotes|citations|sources|"
    r"bibliography|notes and references|references and notes|gallery|image gallery|works cited|"
    r"filmography|discography|publications|related topics|"
    r"(primary|secondary|general|explanatory) (sources|references|notes))$",
    re.IGNORECASE,
)
HIDDEN_LINK = re.compile(
    r"\[\[\s*(file|image|media|category|[a-z]{2,3}|[a-z]{2}-[\w-]+)\s*:", re.IGNORECASE
)
BRACKETS = re.compile(r"\[\[|\]\]")
MARKUP = re.compile(r"[{}|\[\]<>=]")
PARAGRAPH_TEMPLATES = frozenset({"quote", "bquote", "quotation", "blockquote", "cquote"})
ENDS = re.compile(r"""[.!?…]["”’')\]]*$""")
STARTS = re.compile(r"""^["“‘'(\[]?[^\W_a-z]""")
SENTENCE = re.compile(r"""(?<=[\w”"')\]%°][.!?])(["”’')\]]*)\s+(?=["“‘'(]?[^\W_a-z\d]|["“]?\d)""")
INITIALS = re.compile(
    r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|St|Sr|Jr|vs|ca|cf|c|No|Vol|Gen|Col|Lt|Capt|Prof|Rev|approx|fl|e\.g|i\.e))\.$"
)


def to_prose(wikitext: str) -> str:
    """The running text of an article: paragraphs of whole sentences, a blank line between two; "" if there is none.

    Headings, lists, tables, captions, footnotes and the link sections at the end are left out.
    """
    text = strip_tags(wikitext.replace("\r", ""))
    text = expand_templates(text)
    text = drop_nested(text, "{|", "|}")
    text = resolve_links(text)
    text = strip_quotes_and_entities(text)
    paragraphs = (tidy(p) for p in running_paragraphs(text))
    return "\n\n".join(p for p in paragraphs if p)


def strip_tags(text: str) -> str:
    """Take out comments, footnotes and HTML tags; formulas and code become holes."""
    text = re.sub(r"<!--.*?(-->|$)", "", text, flags=re.DOTALL)
    text = re.sub(r"<nowiki\s*/>", "", text)
    text = re.sub(r"<ref\b[^>]*/>", "", text, flags=re.IGNORECASE)
    text = re.sub(r"<ref\b[^>]*>.*?</ref\s*>", "", text, flags=re.DOTALL | re.IGNORECASE)
    block = r"<(gallery|timeline|poem|imagemap|pre|source|syntaxhighlight|score|ol|ul)\b[^>]*>.*?</\1\s*>"
    text = re.sub(block, "\n\n", text, flags=re.DOTALL | re.IGNORECASE)
    code = r"<(math|code|tt|nowiki)\b[^>]*>.*?</\1\s*>"
    text = re.sub(code, HOLE, text, flags=re.DOTALL | re.IGNORECASE)
    text = re.sub(r"<sup\b[^>]*>(.*?)</sup>", lambda m: raised(m[1], SUPERSCRIPT), text)
    text = re.sub(r"<sub\b[^>]*>(.*?)</sub>", lambda m: raised(m[1], SUBSCRIPT), text)
    text = re.sub(r"</?(blockquote|center)\b[^>]*>", "\n\n", text, flags=re.IGNORECASE)
    text = re.sub(r"<br\s*/?>\s*<br\s*/?>", "\n\n", text, flags=re.IGNORECASE)
    text = re.sub(r"<br\s*/?>", " ", text, flags=re.IGNORECASE)
    return re.sub(r"</?[a-zA-Z][^<>]*>", "", text)


def raised(content: str, alphabet: dict[int, int]) -> str:
    """Small raised or lowered text, as Unicode has it: 10<sup>6</sup> is 10⁶; letters stay on the line."""
    content = content.strip().strip("'")
    if re.fullmatch(r"[\d+\-−=()n]+", content) and not content.startswith("("):
        return content.translate(alphabet)
    if re.fullmatch(r"st|nd|rd|th|[a-zA-Z]{1,2}", content):
        return content
    return HOLE if content else ""


def expand_templates(text: str) -> str:
    """Replace templates from the innermost outwards, until none is left."""
    inner = re.compile(r"\{\{((?:[^{}]|\{(?!\{)|\}(?!\}))*?)\}\}")
    for _ in range(
        40
    ):  # deeper than templates nest; stray braces end in a paragraph that is dropped
        text, found = inner.subn(expand, text)
        if not found:
            break
    return text


def expand(match: re.Match[str]) -> str:
    """What one template shows in running text."""
    # A bar inside a link or a file belongs to it.
    fields = re.split(r"\|(?![^\[\]]*\]\])", match[1])
    name = fields[0].strip().lower().replace("_", " ")
    values = [f.strip() for f in fields[1:] if not re.match(r"\s*[\w ]+=", f)]
    named = dict(re.findall(r"^\s*([\w ]+?)\s*=\s*(.*?)\s*$", "\n".join(fields[1:]), re.MULTILINE))
    if name in FIXED:
        return FIXED[name]
    if name in SILENT or name.startswith(("pp-", "use ")):
        return ""
    if name in PARAGRAPH_TEMPLATES and (values or "text" in named):
        return "\n\n" + (values[0] if values else named["text"]) + "\n\n"
    if values and (name in LAST or re.fullmatch(r"lang-[\w-]+", name)):
        return values[0] if name in ("angbr", "vr") else values[-1]
    if name in ("convert", "cvt"):
        return converted(values, named)
    if name == "as of" and values:
        return ("as of " if "lc" in named else "As of ") + values[0]
    if name in ("circa", "c.") and values:
        return "c. " + values[0]
    if name == "nihongo" and values:
        return values[0] + (f" ({values[2]})" if len(values) > 2 and values[2] else "")
    if name == "uss" and values:
        return "USS " + values[0]
    if name == "chem" and values:
        return "".join(
            v.translate(SUBSCRIPT if v[0].isdigit() else SUPERSCRIPT) for v in values if v
        )
    if name == "e" and values:
        return " × 10" + values[0].translate(SUPERSCRIPT)
    return HOLE


def converted(values: list[str], named: dict[str, str]) -> str:
    """A measure as {{convert}} shows it, in the source's unit: 5|to|8|km|mi is 5 to 8 kilometres."""
    if len(values) > 3 and values[1] in BETWEEN:
        number, unit = values[0] + BETWEEN[values[1]] + values[2], values[3]
    elif len(values) > 1:
        number, unit = values[0], values[1]
    else:
        return HOLE
    if unit not in UNITS or not re.match(r"[\d−.]", number):
        return HOLE
    if re.fullmatch(r"\d{4,}", number):
        number = f"{int(number):,}"
    singular, plural = UNITS[unit]
    adjective = "adj" in named or "sing" in named
    return (
        f"{number}-{singular}" if adjective else f"{number} {singular if number == '1' else plural}"
    )


def drop_nested(text: str, opening: str, closing: str) -> str:
    """Take out what stands between two marks that nest; after a mark never closed nothing is kept."""
    parts, depth, start = [], 0, 0
    for m in re.finditer(f"{re.escape(opening)}|{re.escape(closing)}", text):
        if m[0] == opening:
            if depth == 0:
                parts.append(text[start : m.start()])
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                start = m.end()
    return "".join(parts) + (text[start:] if depth == 0 else HOLE)


def resolve_links(text: str) -> str:
    """Links become the words that they show; files, categories and links to other languages go."""
    parts, at = [], 0
    while m := HIDDEN_LINK.search(text, at):
        parts.append(text[at : m.start()])
        depth, at = 1, m.end()
        while depth and (bracket := BRACKETS.search(text, at)):
            depth += 1 if bracket[0] == "[[" else -1
            at = bracket.end()
    text = "".join(parts) + text[at:]
    text = re.sub(r"\[\[[^\[\]|]*\|([^\[\]]*)\]\]", lambda m: m[1].split("|")[-1], text)
    text = re.sub(r"\[\[:?(?:\w+:)?([^\[\]]*)\]\]", r"\1", text)
    text = re.sub(r"\[(?:https?:|ftp:)?//[^\s\]]+\s+([^\]\n]*)\]", r"\1", text)
    return re.sub(r"\[?(?:https?|ftp)://[^\s\]]+\]?", HOLE, text)


def strip_quotes_and_entities(text: str) -> str:
    """Bold and italic marks go, entities become characters, odd spaces become plain ones."""
    # In ''Title'''s the last mark is an apostrophe.
    text = re.sub(r"(?<!')''((?:(?!'')[^\n])+)'''s\b", r"\1's", text)
    text = re.sub(r"'{2,}", "", text)
    text = html.unescape(html.unescape(text))
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]|__[A-Z]+__", "", text)
    return re.sub(r"[ \t\u00a0\u2000-\u200a\u202f\u3000]+", " ", text)


def running_paragraphs(text: str) -> list[str]:
    """The lines that are no heading, list, indent or table, joined; sections of links left out."""
    paragraphs: list[str] = []
    lines: list[str] = []
    skip_level = 0
    for line in [*text.split("\n"), ""]:
        heading = re.match(r"\s*(=+)\s*(.*?)\s*=+\s*$", line)
        if heading:
            level = len(heading[1])
            if not skip_level or level <= skip_level:
                skip_level = level if BACK_MATTER.match(heading[2]) else 0
        if heading or not line.strip() or line[0] in "*#:;|! {}":
            if lines:
                paragraphs.append(" ".join(lines))
            lines = []
        elif not skip_level:
            lines.append(line.strip())
    return paragraphs


def tidy(paragraph: str) -> str:
    """Whole sentences without holes, spaces and brackets put right; "" if no running text is left."""
    for _ in range(3):  # a bracket within a bracket
        paragraph = re.sub(rf"\s*\([^()]*{HOLE}[^()]*\)", "", paragraph)
    text = " ".join(s for s in sentences(paragraph) if HOLE not in s)
    for _ in range(3):
        text = re.sub(r"([(\[])[\s,;:/–]+", r"\1", text)
        text = re.sub(r"[\s,;:/]+([)\]])", r"\1", text)
        text = re.sub(r"\s*(\(\s*\)|\[\s*\])", "", text)
    text = re.sub(r'(\W)("\s*"|“\s*”)(?=\W)', r"\1", text)
    text = re.sub(r"\s+([,;:.!?](?:\s|$))", r"\1", text)
    text = re.sub(r"([,;:])(\s*[,;:])+", r"\1", text)
    text = re.sub(r"[,;:]+(?=\.(\s|$))", "", text)
    text = re.sub(r"\s+", " ", text).strip()
    whole = len(text) >= 40 and STARTS.match(text) and ENDS.search(text)
    return text if whole and not MARKUP.search(text) else ""


def sentences(paragraph: str) -> list[str]:
    """Cut after a full stop that ends a sentence; not after an initial or a common abbreviation.

    >>> sentences("J. S. Mill wrote it. He was right.")
    ['J. S. Mill wrote it.', 'He was right.']
    """
    found, start = [], 0
    for m in SENTENCE.finditer(paragraph):
        if not INITIALS.search(paragraph, start, m.start()):
            found.append(paragraph[start : m.end(1)])
            start = m.end()
    return [*found, paragraph[start:]]
