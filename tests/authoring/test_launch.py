"""Launch buttons: shown where an address is known, opening the right notebook; its install cell."""

from __future__ import annotations

import doctest
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from gptlab.authoring import launch
from gptlab.authoring.launch import Settings
from gptlab.errors import LabError

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = "chapters/17-training.ipynb"
KNOWN = Settings("https://github.com/someone/course", "https://hub.example.edu")


def test_examples():
    result = doctest.testmod(launch)
    assert result.attempted >= 2
    assert not result.failed


def test_without_an_address_the_page_says_how_to_open_the_notebook_and_offers_it():
    shown = launch.panel("chapters/17-training", Settings())
    assert "make lab" in shown
    assert f"<code>{NOTEBOOK}</code>" in shown
    assert f'href="../notebooks/{NOTEBOOK}" download' in shown
    assert "https:" not in shown
    assert launch.copy_of(NOTEBOOK, "{}", Settings()) == "{}"


def test_with_an_address_each_button_opens_this_notebook():
    found = launch.addresses(NOTEBOOK, KNOWN)
    assert list(found) == ["Colab", "Binder", "JupyterHub"]
    assert found["Colab"].endswith(f"/github/someone/course/blob/launch/{NOTEBOOK}")
    assert parse_qs(urlsplit(found["Binder"]).query)["urlpath"] == [f"lab/tree/{NOTEBOOK}"]
    hub = urlsplit(found["JupyterHub"])
    assert (hub.netloc, hub.path) == ("hub.example.edu", "/hub/user-redirect/git-pull")
    asked = parse_qs(hub.query)
    assert asked["repo"] == [KNOWN.repository]
    assert asked["urlpath"] == [f"lab/tree/course/{NOTEBOOK}"]
    shown = launch.panel("chapters/17-training", KNOWN)
    assert all(f">{name}</a>" in shown for name in found)
    assert "<img" not in shown
    assert "<script" not in shown


def test_elsewhere_than_on_github_there_is_no_colab():
    found = launch.addresses(NOTEBOOK, Settings("https://git.example.org/a/b"))
    assert list(found) == ["Binder"]
    assert unquote(found["Binder"]).startswith(
        "https://mybinder.org/v2/git/https://git.example.org"
    )


def test_settings_come_from_one_table_and_the_environment_goes_before(tmp_path, monkeypatch):
    monkeypatch.delenv("GPTLAB_REPOSITORY", raising=False)
    monkeypatch.delenv("GPTLAB_JUPYTERHUB", raising=False)
    described = tmp_path / "pyproject.toml"
    described.write_text('[tool.gptlab.launch]\nrepository = "https://github.com/a/b.git"\n')
    assert launch.settings(tmp_path) == Settings("https://github.com/a/b")
    monkeypatch.setenv("GPTLAB_REPOSITORY", "https://github.com/c/d/")
    assert launch.settings(tmp_path).github == "c/d"
    monkeypatch.setenv("GPTLAB_REPOSITORY", 'x" onclick="')
    with pytest.raises(LabError, match=r"no address.*GPTLAB_REPOSITORY"):
        launch.settings(tmp_path)
    described.write_text("[project]\n")
    monkeypatch.setenv("GPTLAB_REPOSITORY", "")
    assert launch.settings(tmp_path) == Settings()


def test_every_notebook_gets_the_cell_before_its_first_code_and_no_relative_link(tmp_path):
    names = launch.write_copies(ROOT, tmp_path, KNOWN)
    assert NOTEBOOK in names
    assert len(names) == sum(len(list((ROOT / f).glob("*.ipynb"))) for f in launch.FOLDERS)
    for name in names:
        cells = json.loads((tmp_path / name).read_text(encoding="utf-8"))["cells"]
        first = next(cell for cell in cells if cell["cell_type"] == "code")
        assert first["id"] == launch.CELL_ID, name
        prose = "".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        assert "](../" not in prose, name


def test_install_cell_fetches_keeps_torch_installs_and_imports(tmp_path):
    """With pip replaced by one that writes down how it was called: a real install takes minutes."""
    origin = tmp_path / "origin"
    (origin / "gptlab").mkdir(parents=True)
    (origin / "gptlab/__init__.py").write_text("here = True\n")
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(origin)]
    for call in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *call], check=True)
    session = tmp_path / "session"
    (session / "fake/pip").mkdir(parents=True)
    (session / "fake/pip/__init__.py").touch()
    (session / "fake/pip/__main__.py").write_text(
        "import sys; open('asked.txt', 'a').write(' '.join(sys.argv[1:]) + '\\n')"
    )
    packages = session / "fake/torch-2.10.0.dist-info"
    packages.mkdir()
    (packages / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: torch\nVersion: 2.10.0+cu130\n"
    )
    cell = launch.install_cell(Settings(origin.as_uri()))
    # -S: as on Colab, gptlab is not installed; -c puts this folder first, as a kernel does
    run = [sys.executable, "-S", "-c", cell + "\nimport gptlab; assert gptlab.here, gptlab"]
    environment = os.environ | {"PYTHONPATH": str(session / "fake")}
    for _ in range(2):  # a second run finds the folder and installs again
        subprocess.run(run, cwd=session, env=environment, check=True)
    asked = (session / "asked.txt").read_text().splitlines()
    assert asked == ["install -q -c kept.txt -e gptlab-course[chapters]"] * 2
    assert (session / "kept.txt").read_text() == "torch==2.10.0+cu130\n"


def test_binder_installs_at_the_tested_versions():
    build = (ROOT / ".binder/postBuild").read_text()
    assert "-c constraints.txt -e '.[lab]'" in build
    assert os.access(ROOT / ".binder/postBuild", os.X_OK) or sys.platform == "win32"


def test_command_line_says_what_is_missing_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(launch, "settings", Settings)
    assert launch.main(["--output", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not list(tmp_path.iterdir())
