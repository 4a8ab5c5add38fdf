"""What Wikipedia's {{templates}} show in running text, for those that the course's articles use.

A template that stands for words becomes the words. One that has no plain form becomes a *hole*, a
private-use character, and `gptlab.text.wikitext` takes out the remark or the sentence around it.
"""

from __future__ import annotations

import calendar
import re

HOLE = "\ue000"  # words that are missing
QUOTED = "\ue001"  # the head of a set-off quotation
SOUND = "\ue002"  # a pronunciation, which a reader does not miss


def _names(text: str) -> frozenset[str]:
    return frozenset(" ".join(name.split()) for name in text.split(";"))


# Footnotes, complaints and boxes: nothing in the sentence depends on them.
SILENT = _names("""
    #tag:ref; according to whom; anchor; better source; by whom; citation; citation needed; clarify;
    clear; cn; coord; dead link; dubious; efn; eqm; failed verification; flagicon;
    flagicon image; full; harvnb; inflation; inflation-fn; legend; listen; main; note; page needed;
    pow; qualify evidence; refimprove; refn; rp; see also; sfn; sfnp; sic; unreliable source?;
    update after; update inline; us patent; vague; vanchor; verify source; weasel-inline; when;
    where; which; who
""")
# These stand for the text of their last field.
LAST = _names("""
    angbr; big; lang; large; linktext; nobold; nowrap; nq; rtl-lang; sc; script; script/arabic;
    small; transl; us$; vr
""")
QUOTATION = _names("bquote; quotation; quote")
FIXED = {
    "nbsp": " ", "spaces": " ", "snd": " – ", "snds": " – ", "spaced ndash": " – ", "ndash": "–",
    "mdashb": "—", "'": "'", "' \"": "'\"", "-\"": "\"", "'s": "'s", "!": "|", "=": "=",
    "carbon": "carbon", "hydrogen": "hydrogen",
}  # fmt: skip
SPOKEN = re.compile(r"ipac?-|respell|audio|pron|usdict")  # {{IPA}} alone is a letter's sound
# The units of {{convert}}: their name for one, and for more where it is not that with an s.
UNITS = {
    "km": "kilometre", "m": "metre", "cm": "centimetre", "mm": "millimetre", "mi": "mile",
    "ft": "foot/feet", "in": "inch/inches", "nmi": "nautical mile", "kg": "kilogram", "g": "gram",
    "lb": "pound", "ha": "hectare", "acre": "acre", "e6acre": "million acres/million acres",
    "C": "°C/°C", "°C": "°C/°C", "C-change": "°C/°C", "F": "°F/°F", "°F": "°F/°F", "AU": "AU/AU",
    "km2": "square kilometre", "sqmi": "square mile", "m2": "square metre", "m3": "cubic metre",
    "ft/s": "foot per second/feet per second", "mph": "mile per hour/miles per hour",
    "km/h": "kilometre per hour/kilometres per hour", "USgal": "gallon", "oilbbl": "barrel",
    "oilbbl/d": "barrel per day/barrels per day", "Moilbbl": "million barrels/million barrels",
    "koilbbl/d": "thousand barrels per day/thousand barrels per day",
    "Moilbbl/d": "million barrels per day/million barrels per day",
    "Goilbbl": "billion barrels/billion barrels", "e6carat": "million carats/million carats",
    "Tcuft": "trillion cubic feet/trillion cubic feet",
}  # fmt: skip
BETWEEN = {
    "to": " to ", "-": "–", "–": "–", "and": " and ", "by": " by ", "and(-)": " and ",
}  # fmt: skip

SUPERSCRIPT = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
SUBSCRIPT = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
INNERMOST = re.compile(r"\{\{((?:[^{}]|\{(?!\{)|\}(?!\}))*?)\}\}")


def expand_templates(text: str) -> str:
    """Replace templates from the innermost outwards, until none is left."""
    for _ in range(
        40
    ):  # deeper than templates nest; stray braces end in a sentence that is dropped
        text, found = INNERMOST.subn(expand, text)
        if not found:
            break
    return text


def expand(match: re.Match[str]) -> str:
    """What one template shows in running text."""
    # A bar inside a link or a file belongs to it.
    fields = re.split(r"\|(?![^\[\]]*\]\])", match[1])
    name = " ".join(fields[0].lower().replace("_", " ").split())
    values = [f.strip() for f in fields[1:] if not re.match(r"\s*[\w ]+=", f)]
    named = dict(re.findall(r"^\s*([\w ]+?)\s*=\s*(.*?)\s*$", "\n".join(fields[1:]), re.MULTILINE))
    if name in FIXED:
        return FIXED[name]
    if name in SILENT or name.startswith(("pp-", "use ")):
        return ""
    if name in QUOTATION and (values or "text" in named):
        return f"\n\n{QUOTED}{values[0] if values else named['text']}\n\n"
    if values and (name in LAST or name.startswith("lang-")):
        return values[0] if name in ("angbr", "vr") else values[-1]
    if values and values[0] and (shown := in_words(name, values, named)):
        return shown
    # At the start of a line an unknown template is a box beside the text, within one it is a hole.
    at_line_start = match.string[: match.start()][-1:] in ("", "\n", "}")
    return "" if at_line_start else SOUND if SPOKEN.match(name) else HOLE


def in_words(name: str, values: list[str], named: dict[str, str]) -> str:
    """Templates that compute what they show: measures, dates, formulas; "" for one not known."""
    if name in ("convert", "cvt"):
        return measure(values, named)
    if name == "as of":
        return ("as of " if "lc" in named else "As of ") + values[0]
    if name == "circa":
        return "c. " + values[0]
    if name == "birth date" and len(values) == 3:
        return f"{calendar.month_name[int(values[1])]} {int(values[2])}, {values[0]}"
    if name == "nihongo":
        return values[0] + (f" ({values[2]})" if len(values) > 2 and values[2] else "")
    if name == "uss":
        return "USS " + values[0]
    if name == "frac" and len(values) < 3:
        return "/".join([" 1", *values][-2:]) if len(values) == 1 else f" {values[0]}/{values[1]}"
    if name == "e":
        return " × 10" + values[0].translate(SUPERSCRIPT)
    if name == "chem":
        charge = re.compile(r"\d*[+−-]")
        return "".join(
            v.translate(SUPERSCRIPT if charge.fullmatch(v) else SUBSCRIPT) for v in values
        )
    return ""


def measure(values: list[str], named: dict[str, str]) -> str:
    """A measure in the unit of its source: "5|to|8|km|mi" is "5 to 8 kilometres"."""
    if len(values) > 3 and values[1] in BETWEEN:
        number, unit = values[0] + BETWEEN[values[1]] + values[2], values[3]
    elif len(values) > 1:
        number, unit = values[0], values[1]
    else:
        return ""
    if unit not in UNITS or not re.match(r"[\d−.-]", number):
        return ""
    number = re.sub(r"^-", "−", number)
    if re.fullmatch(r"\d{4,}", number):
        number = f"{int(number):,}"
    singular, _, plural = UNITS[unit].partition("/")
    if "adj" in named or "sing" in named:
        return f"{number}-{singular}"
    return f"{number} {singular if number == '1' else plural or singular + 's'}"
