"""One look for every picture: readable on white and on black, and told in words as well.

A picture is an SVG whose text and axes take the colour of the page around it. Where a program
shows outputs of unknown origin without their scripts (a notebook fresh from a clone), the same
picture stands there in a middle grey that can be read on white and on black alike.
"""

from __future__ import annotations

import base64
import html
import io
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gptlab.errors import LabError

Colour = str | tuple[float, float, float] | tuple[float, float, float, float]

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Contrast to white 4.4, to the dark page (#121212) 4.3: no single grey can do better on both.
INK = "#797979"

# Found by search: every colour has at least 3:1 to white and to #121212 (WCAG 2.2, 1.4.11), and any
# two, the ink included, stay at least 25 apart (CIE 1976) for ordinary eyes and for those that lack
# red, green or blue cones (Machado et al. 2009).
BLUE, ORANGE, GREEN, PURPLE = "#0d60de", "#e5751a", "#3ca45d", "#b36cbc"

COLOURS = {
    "train": BLUE,
    "held out": ORANGE,
    "ours": GREEN,
    "baseline": PURPLE,
    "floor": INK,
}
"""Colours by what they mean, the same in every chapter: `COLOURS["held out"]`."""

KINDS = {
    "rules": ("rules written by people", INK),
    "counted": ("counted", PURPLE),
    "network": ("networks", BLUE),
    "attention": ("the Transformer and what came of it", GREEN),
}
"""What a system of the scoreboard is: its kind in words, and the kind's colour on every board."""

MIN_ALT = 20

# Replaces the image by its own SVG, so that the text follows the page's colour.
_INLINE = (
    "const t=document.createElement('template');"
    "t.innerHTML=new TextDecoder().decode("
    "Uint8Array.from(atob(this.src.split(',')[1]),c=>c.charCodeAt(0)));"
    "const s=t.content.firstElementChild;s.removeAttribute('color');s.setAttribute('role','img');"
    "s.setAttribute('aria-label',this.alt);this.replaceWith(s)"
)
_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


@dataclass(frozen=True)
class Output:
    """Something to show: HTML for a notebook or a page, plain text for a terminal."""

    html: str
    plain: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.plain

    def display(self) -> None:
        """Show it here: in the notebook's output, or printed where there is no notebook."""
        from IPython.display import display

        display(self)


def use() -> None:
    """Make matplotlib draw in the house style, from here to the end of the program."""
    import matplotlib as mpl
    from cycler import cycler

    series = cycler(color=[BLUE, ORANGE, GREEN, PURPLE, INK])
    # Colour never speaks alone: each series has its own dash too, for print and for other eyes.
    dashes = cycler(linestyle=["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1))])
    mpl.rcParams.update(
        {
            "figure.figsize": (7.0, 3.6),
            "figure.facecolor": "none",
            "figure.constrained_layout.use": True,
            "savefig.facecolor": "none",
            "axes.facecolor": "none",
            "axes.edgecolor": INK,
            "axes.labelcolor": INK,
            "axes.titlecolor": INK,
            "axes.titlesize": 12,
            "axes.labelsize": 11,
            "axes.prop_cycle": series + dashes,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": INK,
            "grid.alpha": 0.25,
            "grid.linewidth": 0.8,
            "font.family": "sans-serif",
            "font.sans-serif": ["DejaVu Sans"],
            "font.size": 11,
            "text.color": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "legend.frameon": False,
            "legend.fontsize": 10.5,
            "lines.linewidth": 2.0,
            "lines.markersize": 6,
            "patch.edgecolor": INK,
            "hatch.color": INK,
            "boxplot.boxprops.color": INK,
            "boxplot.capprops.color": INK,
            "boxplot.whiskerprops.color": INK,
            "boxplot.flierprops.markeredgecolor": INK,
            "image.cmap": "cividis",
            "image.interpolation": "nearest",
            "mathtext.fontset": "dejavusans",
            "svg.fonttype": "none",
        }
    )


def contrast(first: Colour, second: Colour) -> float:
    """WCAG 2.2 contrast ratio of two colours as matplotlib names them, from 1 (none) to 21.

    >>> round(contrast("black", "white"))
    21
    """
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def text_on(background: Colour) -> str:
    """Black or white, whichever reads better on `background`: for numbers inside a heat map."""
    return "black" if contrast("black", background) >= contrast("white", background) else "white"


def _luminance(colour: Colour) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    from matplotlib.colors import to_rgb

    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def svg(figure: Figure, salt: str = "gptlab") -> str:
    """`figure` as SVG text: ink as `currentColor`, the same bytes every time.

    Coordinates are rounded to a hundredth of a point. `salt` goes into the ids, so that two
    pictures on one page cannot take each other's parts. Raises LabError where the text needs
    letters that readers' fonts do not have.
    """
    import matplotlib as mpl

    raw = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with mpl.rc_context({"svg.hashsalt": salt, "svg.fonttype": "none"}):
        figure.savefig(raw, format="svg", metadata=nothing)
    text = raw.getvalue()
    odd = sorted(c for c in set(text) if "\ue000" <= c <= "\uf8ff" or ord(c) > 0xF0000)
    if odd:
        raise LabError(
            f"the picture's text holds {', '.join(f'U+{ord(c):04X}' for c in odd)}, which no "
            "ordinary font can draw; write \\mathcal and \\mathfrak letters in another way"
        )
    text = text[text.index("<svg") :]
    text = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    # matplotlib's own <style> speaks of `*`: inside a page that would be every element there is.
    text = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)
    wanted = set(re.findall(r"#([\w.-]+)", text))
    text = re.sub(r"<[^<>]*>", lambda tag: _tidy_tag(tag.group(), wanted), text)
    text = re.sub(r">\s*\n\s*<", ">\n<", re.sub(r"<defs>\s*</defs>", "", text))
    root = f'<svg color="{INK}" stroke-linejoin="round" style="max-width:100%;height:auto" '
    return text.replace("<svg ", root, 1).strip() + "\n"


def _tidy_tag(tag: str, wanted: set[str]) -> str:
    """One tag with rounded numbers, house fonts, the page's ink, no id that nothing points to."""
    tag = re.sub(r' id="([^"]*)"', lambda found: found.group() if found[1] in wanted else "", tag)
    if tag.startswith("<image"):
        return tag
    tag = re.sub(r"-?\d+\.\d{3,}", _two_decimals, tag)
    tag = re.sub(r"font-family: [^;\"]*", f"font-family: {_FONTS}", tag)
    return tag.replace(INK, "currentColor")


def _two_decimals(number: re.Match[str]) -> str:
    return f"{float(number.group()):.2f}".rstrip("0").rstrip(".")


def figure_html(figure: Figure, alt: str, caption: str = "") -> str:
    """`figure` as one self-contained piece of HTML with its text alternative and caption."""
    alt = " ".join(alt.split())
    if len(alt) < MIN_ALT:
        raise LabError(
            f"alt text {alt!r} has {len(alt)} characters; say in a sentence of at least {MIN_ALT} "
            "what the picture shows: show_figure(fig, alt='Training loss falls from 9 to 3 …')"
        )
    source = base64.b64encode(svg(figure, salt=alt + caption).encode()).decode()
    width = round(figure.get_figwidth() * 96)
    under = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return (
        '<figure class="gptlab-figure" style="margin:0.5em 0">'
        f'<img alt="{html.escape(alt)}" width="{width}" style="max-width:100%;height:auto" '
        f'src="data:image/svg+xml;base64,{source}" onload="{_INLINE}">{under}</figure>'
    )


def show_figure(figure: Figure, alt: str, caption: str = "") -> None:
    """Show `figure` in the notebook or the book page, and close it.

    `alt` tells a reader who cannot see the picture what it shows: the axes and what to notice, in
    at least a sentence. `caption` is printed under it. Raises LabError where `alt` is too short.
    """
    import matplotlib.pyplot as plt

    page = figure_html(figure, alt, caption)
    plain = "Figure" + (f" ({caption})" if caption else "") + ": " + " ".join(alt.split())
    plt.close(figure)
    Output(page, plain).display()


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write `figure` to `path`, whole or not at all: .svg, or .png at 150 dots an inch.

    Raises LabError for another ending.
    """
    path = Path(path)
    if path.suffix == ".svg":
        content = ('<?xml version="1.0" encoding="utf-8"?>\n' + svg(figure)).encode()
    elif path.suffix == ".png":
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=150, metadata={"Software": None})
        content = buffer.getvalue()
    else:
        raise LabError(f"{path.name} ends in {path.suffix!r}; a picture is saved as .svg or .png")
    draft = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return path
