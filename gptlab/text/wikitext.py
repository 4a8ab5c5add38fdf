"""Wikipedia's markup to plain prose: paragraphs of whole sentences, and nothing else.

`gensim.corpora.wikicorpus.filter_wiki` serves topic models, which count words: it leaves lists,
table cells and captions in, and where it takes a template out it leaves a hole ("As per  the
effects are:"). A model that writes learns the holes too. So the markup is read here: templates that
stand for words become those words (`gptlab.text.wikitemplates`), and what has no plain form, such
as a displayed formula, becomes a *hole*. What contains a hole goes: the bracketed remark if it
stands in one, else the sentence.
"""

from __future__ import annotations

import html
import re
import unicodedata

from gptlab.text.wikitemplates import (
    HOLE,
    QUOTED,
    SOUND,
    SUBSCRIPT,
    SUPERSCRIPT,
    expand_templates,
)

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
UNFIT = re.compile(rf"[{{}}|<>{HOLE}]|\[\[|\]\]|\[\)")
# What taking words out leaves behind, in the order in which it is put right.
REPAIRS = [
    (re.compile(pattern), right)
    for pattern, right in (
        (r"\s*\[\d{1,2}\]", ""),  # a footnote typed by hand
        (r"\.( ?\.){2,}", "..."),
        (r"(?<!\.)\.\.(?!\.)", "."),
        (r"([(\[])[\s,;:/]+", r"\1"),
        (r"[\s,;:/]+([)\]])", r"\1"),
        (r"\s*(\(\s*\)|\[\s*\])", ""),
        (r'(\s)("\s*"|“\s*”)(?=[\s,.;])', r"\1"),
        (r'(?<=[\w.,!?])""', '"'),
        (r"\s+([,;:.!?](?:\s|$))", r"\1"),
        (r"([,;:])(\s*[,;:])+", r"\1"),
        (r"[,;:]+(?=\.(\s|$))", ""),
        (r"\s+", " "),
    )
]
ENDS = re.compile(r"""[.!?…]["”’')\]]*$""")
STARTS = re.compile(r"""^["“‘'(\[]?[^\W_a-z]""")
SENTENCE = re.compile(
    r"""(?<=[\w”"')\]%°\ue000][.!?])(["”’')\]]*)\s+(?=["“‘'(]?[^\W_a-z\d]|["“]?\d)"""
)
ABBREVIATIONS = """
Mr Mrs Ms Dr St Sr Jr vs ca cf c No no Vol Gen Brig Maj Gov Sen Rep Col Lt Capt Prof Rev fl e.g i.e
"""
INITIALS = re.compile(
    rf"((?<![\w°])[A-Z]|\b({'|'.join(map(re.escape, ABBREVIATIONS.split()))}))\.$"
)


def to_prose(wikitext: str) -> str:
    """The running text of an article: paragraphs of whole sentences with a blank line between.

    Headings, lists, tables, captions, footnotes and the link sections at the end are left out.
    What has no running text, such as a list, gives "".
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
    block = r"<(gallery|timeline|poem|imagemap|pre|source|score|ol|ul)\b[^>]*>.*?</\1\s*>"
    text = re.sub(block, "\n\n", text, flags=re.DOTALL | re.IGNORECASE)
    code = r"<(math|code|tt|nowiki)\b[^>]*>.*?</\1\s*>"
    text = re.sub(code, HOLE, text, flags=re.DOTALL | re.IGNORECASE)
    text = re.sub(r"<sup\b[^>]*>(.*?)</sup>", lambda m: raised(m[1], SUPERSCRIPT), text)
    text = re.sub(r"<sub\b[^>]*>(.*?)</sub>", lambda m: raised(m[1], SUBSCRIPT), text)
    text = re.sub(r"<blockquote\b[^>]*>\s*", f"\n\n{QUOTED}", text, flags=re.IGNORECASE)
    text = re.sub(r"</blockquote>|</?center\b[^>]*>", "\n\n", text, flags=re.IGNORECASE)
    text = re.sub(r"<br\s*/?>\s*<br\s*/?>", "\n\n", text, flags=re.IGNORECASE)
    text = re.sub(r"<br\s*/?>", " ", text, flags=re.IGNORECASE)
    return re.sub(r"</?[a-zA-Z][^<>]*>", "", text)


def raised(content: str, alphabet: dict[int, int]) -> str:
    """Raised or lowered text as Unicode has it: 10<sup>6</sup> is 10⁶; letters stay on the line."""
    content = content.strip().strip("'")
    if re.fullmatch(r"[\d+\-−=()n]+", content) and not content.startswith("("):
        return content.translate(alphabet)
    if re.fullmatch(r"st|nd|rd|th|[a-zA-Z]{1,2}", content):
        return content
    return HOLE if content else ""


def drop_nested(text: str, opening: str, closing: str) -> str:
    """Take out what stands between two marks that nest; all the rest if one is never closed."""
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
    text = re.sub(r"\s*\[(?:https?|ftp)://[^\s\]]+\]", "", text)  # shown as a footnote's number
    return re.sub(r"(?:https?|ftp)://[^\s\]]*?(?=[.,;]?(?:[\s\]]|$))", HOLE, text)


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
    """The lines that are no heading, list or table, joined; sections of links left out.

    A quotation that is set off follows in the same paragraph if the words before it end in a colon.
    """
    paragraphs = [""]
    new = True
    skip_level = 0
    for line in text.split("\n"):
        heading = re.match(r"\s*(=+)\s*(.*?)\s*=+\s*$", line)
        if heading:
            level = len(heading[1])
            if not skip_level or level <= skip_level:
                skip_level = level if BACK_MATTER.match(heading[2]) else 0
        quotation = line.startswith((QUOTED, ":")) and not line.startswith("::")
        line = line.strip(QUOTED + " ").lstrip(": ")
        if heading or not line or line[0] in "*#;|!{}":
            new = new or bool(heading) or not line
            if line:
                paragraphs.append(
                    ""
                )  # what follows a heading or a list does not complete what came before
        elif skip_level:
            continue
        elif quotation and paragraphs[-1].endswith(":"):
            paragraphs[-1] += " " + in_quotes(line)
            new = True
        elif not new:
            paragraphs[-1] += " " + line
            new = quotation
        else:
            paragraphs.append(line)
            new = quotation
    return paragraphs


def in_quotes(line: str) -> str:
    """A quotation set off from the text, in quotation marks now that it is part of a sentence."""
    bare = ENDS.search(line) and HOLE not in line and not re.search('["“”]', line)
    return f'"{line}"' if bare else line


def tidy(paragraph: str) -> str:
    """Whole sentences without holes, spaces and brackets put right; "" if nothing is left."""
    for _ in range(3):  # a bracket within a bracket
        paragraph = re.sub(rf"\(([^()]*[{HOLE}{SOUND}][^()]*)\)", remark_without_holes, paragraph)
    paragraph = paragraph.replace(SOUND, "")
    kept = [s for s in sentences(paragraph.strip(f" {HOLE}")) if not UNFIT.search(s)]
    if kept and not ENDS.search(kept[-1].rstrip()):
        kept.pop()
    text = " ".join(kept)
    for wrong, right in REPAIRS:
        text = wrong.sub(right, text)
    text = text.strip()
    whole = STARTS.match(text) and ENDS.search(text) and text.count("(") == text.count(")")
    return text if whole and len(text) >= 40 else ""


def remark_without_holes(match: re.Match[str]) -> str:
    """A bracketed remark less its parts that hold a hole: "(HOLE; born 1947)" is "(born 1947)"."""
    kept = [p for p in re.split(r";\s*", match[1]) if not re.search(f"[{HOLE}{SOUND}]", p)]
    return f"({'; '.join(p.strip() for p in kept)})" if kept else ""


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
