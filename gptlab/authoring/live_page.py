"""The page "A GPT in this page": what it includes and loads, written before the book is built.

A Sphinx extension named in book/_config.yml. From the one file in book/model/ come the script with
the weights, the figure around it, and two pictures of one prompt for print and for readers without
JavaScript; all of it under book/_vendor/, which git ignores.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from gptlab.authoring.live_model import FACTS, MODEL
from gptlab.errors import LabError
from gptlab.text.files import atomic_write

PROMPT = "In the history of the"
SCRIPT = "live-model.js"
RAW = "````````{{raw}} html\n{}\n````````\n"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("config-inited", prepare)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def prepare(app: Sphinx, config: Config) -> None:
    """Write what the page needs, where the book has the page."""
    book = Path(app.srcdir) / "book"
    if (book / "live.md").exists():
        write_live(book)


def write_live(book: Path) -> None:
    """Write `_vendor/static/live-model.js` and the pieces that live.md includes.

    Raises LabError where the model or its facts are missing or do not belong together.
    """
    from gptlab.figures.live_gpt import live_gpt, weights_script

    data, facts = read_model(book / "model")
    vendor = book / "_vendor"
    pieces = {
        f"static/{SCRIPT}": weights_script(data),
        "live.md": RAW.format(live_gpt(f"../_static/{SCRIPT}", PROMPT).html),
        "live_facts.md": told(facts),
    }
    stamp, drawn = vendor / "live.sha256", vendor / "live_pictures.md"
    of = f"{facts['sha256']} {PROMPT}"  # drawing takes seconds: only for another model or prompt
    if not (drawn.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == of):
        pieces |= {drawn.name: pictures(book / "model" / MODEL), stamp.name: of}
    for name, text in pieces.items():
        path = vendor / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # A newer file makes Sphinx read the page again: what is right already is left alone.
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            with atomic_write(path) as file:
                file.write(text.encode())


def read_model(folder: Path) -> tuple[bytes, dict[str, Any]]:
    """The file's bytes and what is known about it. Raises LabError as `write_live` does."""
    import hashlib

    try:
        data = (folder / MODEL).read_bytes()
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise LabError(
            f"the book's model cannot be read ({problem}); make it anew: "
            "python -m gptlab.authoring.live_model"
        ) from problem
    if hashlib.sha256(data).hexdigest() != facts["sha256"]:
        raise LabError(
            f"{folder / MODEL} is not the file that {FACTS} tells of; make both anew: "
            "python -m gptlab.authoring.live_model"
        )
    return data, facts


def told(facts: dict[str, Any]) -> str:
    """What is known about the model, as a paragraph."""
    return (
        f"It has {facts['parameters']:,} parameters and was trained for {facts['steps']:,} steps, "
        f"{facts['seconds']:.0f} seconds on two cores ({facts['device']}). On ten articles that it "
        f"never saw it needs {facts['bits_per_byte']:.2f} bits per byte, rounded weights and all. "
        f"The file has {facts['bytes'] / 1e6:.1f} MB, was made on {facts['date']}, and "
        f"`{facts['command']}` makes it anew.\n"
    )


def pictures(path: Path) -> str:
    """Two pictures of PROMPT: what the model expects next, and where each head looks."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt
    import torch

    from gptlab.evaluation.attention_maps import attention_maps
    from gptlab.figures.live_gpt import head_pictures, next_token_bars
    from gptlab.figures.style import figure_html
    from gptlab.generation.export import load_page_model
    from gptlab.text.tokenizers import BPETokenizer

    model, settings = load_page_model(path)
    tokenizer = BPETokenizer(settings["merges"])
    ids = [settings["start"], *tokenizer.encode(PROMPT)]
    names = [piece if isinstance(piece, str) else "?" for piece in settings["pieces"]]
    with torch.no_grad():
        probabilities = model(torch.tensor([ids]))[0, -1].softmax(-1).numpy()
    weights = torch.stack([each.weights[0] for each in attention_maps(model, torch.tensor([ids]))])
    shown = ["(start)", *(names[i] for i in ids[1:])]
    made = []
    with mpl.rc_context({"backend": "agg"}):
        for (figure, alt), caption in (
            (next_token_bars(probabilities, names, PROMPT), f"What may come after “{PROMPT}”."),
            (head_pictures(weights.numpy(), shown), "Who looks at whom, in every head."),
        ):
            made.append(figure_html(figure, alt, caption))
            plt.close(figure)
    return "\n\n".join(made) + "\n"
