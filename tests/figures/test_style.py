"""Pictures: readable on white and on black, for every eye, told in words, the same bytes twice."""

from __future__ import annotations

import base64
import doctest
import itertools
import re
import stat
from xml.etree import ElementTree

import matplotlib as mpl
import matplotlib.figure
import numpy as np
import pytest

from gptlab.errors import LabError
from gptlab.figures import style

ALT = "Two curves fall together; the dashed one stays above."
LIGHT, DARK = "#ffffff", "#121212"

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
EYES = {
    "all cones": np.eye(3),
    "no red cones": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green cones": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no blue cones": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


@pytest.fixture(autouse=True)
def house_style():
    with mpl.rc_context({"backend": "agg"}):
        style.use()
        yield


def draw():
    figure = mpl.figure.Figure()
    axes = figure.add_subplot()
    axes.plot([0.0, 1.0, 2.0], [3.14159, 2.0, 1.0], label="train")
    axes.plot([0.0, 1.0, 2.0], [3.5, 2.5, 1.5], label="0.123456")
    axes.set(xlabel="step", ylabel="loss")
    axes.legend()
    return figure


def cie_lab(linear):
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    ratio = np.array(to_xyz) @ np.clip(linear, 0, 1) / [0.95047, 1, 1.08883]
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def linear_rgb(colour):
    rgb = np.array(mpl.colors.to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def test_contrast_is_wcags():
    assert style.contrast("white", "black") == pytest.approx(21)
    assert style.contrast("#777777", "white") == pytest.approx(4.48, abs=0.01)
    assert style.contrast("black", "white") == style.contrast("white", "black")


@pytest.mark.parametrize("ground", [LIGHT, DARK])
def test_colours_can_be_seen_on_light_and_on_dark(ground):
    for colour in {*style.COLOURS.values()}:
        assert style.contrast(colour, ground) >= 3
    assert style.contrast(style.INK, ground) >= 4.25


@pytest.mark.parametrize("eye", EYES)
def test_colours_can_be_told_apart_by_every_eye(eye):
    seen = [cie_lab(np.array(EYES[eye]) @ linear_rgb(c)) for c in {*style.COLOURS.values()}]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) >= 25


def test_series_differ_in_dash_as_well_as_colour():
    cycle = list(mpl.rcParams["axes.prop_cycle"])
    assert len({str(each["linestyle"]) for each in cycle}) == len(cycle) == 5


def test_text_on_a_coloured_cell():
    assert style.text_on("white") == "black"
    assert style.text_on("#0d60de") == "white"
    for shade in np.linspace(0, 1, 20):
        assert style.contrast(style.text_on((shade,) * 3), (shade,) * 3) >= 4.5


def test_same_picture_same_bytes():
    assert style.figure_html(draw(), ALT) == style.figure_html(draw(), ALT)


def test_svg_takes_the_pages_colour_and_touches_nothing_else():
    text = style.svg(draw())
    ElementTree.fromstring(text)
    assert 'color="#797979"' in text.split(">")[0]
    assert style.INK not in text.split(">", 1)[1]
    assert "currentColor" in text
    assert "<style" not in text
    assert "<metadata" not in text
    assert not re.search(r"20\d\d-\d\d", text)


def test_svg_rounds_coordinates_but_not_text():
    text = style.svg(draw())
    assert ">0.123456<" in text
    numbers = re.findall(r"\d+\.\d+", " ".join(re.findall(r"<[^<>]*>", text)))
    assert numbers
    assert max(len(number.split(".")[1]) for number in numbers) <= 2


def test_pictures_on_one_page_share_no_ids():
    def ids(alt):
        text = style.figure_html(draw(), alt)
        source = base64.b64decode(re.search(r"base64,([^\"]+)", text)[1]).decode()
        found = re.findall(r'id="([^"]+)"', source)
        assert found
        for each in found:
            assert f"#{each}" in source, "an id that nothing points to"
        return set(found)

    assert not ids(ALT) & ids(ALT + " Again.")


def test_html_carries_words_and_caption_safely():
    page = style.figure_html(draw(), 'A "sharp" fall <fast> & then\n  slower.', "Loss & step")
    assert 'alt="A &quot;sharp&quot; fall &lt;fast&gt; &amp; then slower."' in page
    assert "<figcaption>Loss &amp; step</figcaption>" in page


@pytest.mark.parametrize("alt", ["", "a plot", " " * 40])
def test_a_picture_without_words_is_refused(alt):
    with pytest.raises(LabError, match="alt text"):
        style.figure_html(draw(), alt)


def test_letters_that_readers_lack_are_refused():
    figure = draw()
    figure.axes[0].set_title(r"$\mathcal{L}$")
    with pytest.raises(LabError, match=r"U\+E.*no ordinary font"):
        style.svg(figure)


def test_show_figure_closes_and_displays_both_forms(capsys):
    import matplotlib.pyplot as plt

    figure = plt.figure()
    style.show_figure(figure, ALT, "Loss")
    assert not plt.fignum_exists(figure.number)
    assert capsys.readouterr().out == f"Figure (Loss): {ALT}\n"


@pytest.mark.parametrize("ending", [".svg", ".png"])
def test_save_figure_is_whole_repeatable_and_readable_by_others(tmp_path, ending):
    path = style.save_figure(draw(), tmp_path / f"loss{ending}")
    first = path.read_bytes()
    assert style.save_figure(draw(), path).read_bytes() == first
    assert [file.name for file in tmp_path.iterdir()] == [f"loss{ending}"]
    (tmp_path / "plain").touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_save_figure_keeps_the_old_file_when_the_disk_is_full(tmp_path, monkeypatch):
    path = tmp_path / "loss.svg"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(style.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        style.save_figure(draw(), path)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["loss.svg"]


def test_save_figure_refuses_other_endings(tmp_path):
    with pytest.raises(LabError, match=r"loss\.gif ends in '\.gif'"):
        style.save_figure(draw(), tmp_path / "loss.gif")


def test_examples_in_docstrings():
    result = doctest.testmod(style)
    assert result.attempted
    assert not result.failed
