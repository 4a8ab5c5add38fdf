"""Under the title of every page made from a notebook stands how to run it."""

from __future__ import annotations

import json
import os
import re

import pytest
from bs4 import BeautifulSoup
from build_once import ROOT

from gptlab.authoring import launch

NOTEBOOKS = [path for folder in launch.FOLDERS for path in (ROOT / folder).glob("*.ipynb")]
LISTED = (ROOT / "book/_toc.yml").read_text(encoding="utf-8")


@pytest.mark.book
def test_panel_and_download_on_every_page(pages):
    where = launch.settings()
    seen = 0
    for notebook in NOTEBOOKS:
        name = notebook.relative_to(ROOT).as_posix()
        if f"{name.removesuffix('.ipynb')}\n" not in LISTED:
            continue
        text = (pages / f"{name[:-6]}.html").read_text(encoding="utf-8")
        (found,) = re.findall(r'<nav class="gptlab-launch".*?</nav>', text, re.S)
        panel = BeautifulSoup(found, "html.parser")
        links = {link.text: link["href"] for link in panel.select("a")}
        assert (pages / name).parent.joinpath(links["Download the notebook"]).resolve().is_file()
        content = json.loads((pages / launch.COPIES / name).read_text(encoding="utf-8"))
        installs = any(cell.get("id") == launch.CELL_ID for cell in content["cells"])
        assert installs == bool(where.repository)
        assert set(launch.addresses(name, where)) == set(links) - {"Download the notebook", "setup"}
        assert name in panel.text
        seen += 1
    assert seen >= 36
    assert bool(where.repository) == bool(
        os.environ.get("GPTLAB_REPOSITORY")
        or '\nrepository = "http' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    )
