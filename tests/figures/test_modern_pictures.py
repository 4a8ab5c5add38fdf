"""Chapter 21's pictures say in words what they draw, from the same numbers."""

import math

import matplotlib.pyplot as plt
import pytest

from gptlab.errors import LabError
from gptlab.evaluation.calibration import reliability_bins
from gptlab.figures import evaluation_pictures as traps
from gptlab.figures import modern_pictures as pictures
from gptlab.figures import style
from gptlab.figures.modern_dial import rotary_dial, turned_product


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def alt_of(result):
    figure, alt = result
    assert style.figure_html(figure, alt)
    return alt


def test_the_parts():
    assert "on 2 spots of one line" in alt_of(pictures.norm_planes([[3, 4], [1, -2], [2.0, 5.0]]))
    with pytest.raises(LabError, match="give \\(points, 2\\)"):
        pictures.norm_planes([[1, 2, 3]])
    alt = alt_of(pictures.rotary_waves(16, 100, [0, 4]))
    assert "pair 0 comes round after 6 positions; pair 4 comes round after 628" in alt
    with pytest.raises(LabError, match="no pair 8"):
        pictures.rotary_waves(16, 100, [8])
    assert "hidden = 1, -1" in alt_of(pictures.gate_curves((1, -1)))
    assert "4 heads, each read by 1; 2 heads, each read by 2" in alt_of(
        pictures.shared_heads(4, [4, 2, 1])
    )
    with pytest.raises(LabError, match="3 does not divide 4"):
        pictures.shared_heads(4, [3])
    assert "even: from 0.50 to 0.50" in alt_of(pictures.expert_shares({"even": [0.5, 0.5]}))
    with pytest.raises(LabError, match="as many shares"):
        pictures.expert_shares({"a": [1.0], "b": [0.5, 0.5]})
    assert "rotary -0.030 ± 0.010" in alt_of(pictures.edit_ladder({"rotary": (-0.03, 0.01)}))
    with pytest.raises(LabError, match="no difference"):
        pictures.edit_ladder({})


def test_the_traps():
    two = {"bytes": (2.0, 1.1), "BPE": (9.0, 1.0)}
    alt = alt_of(traps.two_yardsticks(two, ("perplexity", "bits per byte")))
    assert "By perplexity bytes is best" in alt
    assert "By bits per byte BPE is best" in alt
    alt = alt_of(traps.loss_by_position({"learned": [3, 3, 9, 9]}, trained=16, every=8))
    assert "learned: 3.0 bits inside, 9.0 beyond" in alt
    with pytest.raises(LabError, match="beyond training"):
        traps.loss_by_position({"learned": [3, 3]}, trained=16, every=8)
    alt = alt_of(traps.seen_and_new([1, 2], [3.0, 4.0, 5.0], "bits"))
    assert "2 sentences of the training text: mean 1.5. 3 new ones: mean 4.0" in alt
    bins = reliability_bins([0.9, 0.8], [True, False])
    assert "ECE" in traps.reliability_picture({"ours": bins})[0].axes[0].get_title()
    told = alt_of(traps.reliability_picture({"ours": bins}))
    assert "0.90 sure it is right in 1.00" in told
    alt = alt_of(traps.facts_by_count([0, 4], [0.1, 1.0], [0.6, 0.9], 0.1))
    assert "never: right 0.10, sure 0.60; 4 times: right 1.00" in alt
    with pytest.raises(LabError, match="2 counts"):
        traps.facts_by_count([0, 4], [0.1], [0.6], 0.1)
    for picture in (
        lambda: traps.two_yardsticks({}, ("a", "b")),
        lambda: traps.reliability_picture({}),
    ):
        with pytest.raises(LabError, match="no model"):
            picture()


def test_the_dial_tells_the_distance():
    output = rotary_dial((1, 0), (1, 0), math.pi / 6, at=2)
    assert "Distance 2. Dot product of the turned vectors: 0.500." in output.html
    products = [turned_product((1, 2), (3, -1), 5 + s, s, 0.7) for s in (0, 9, 30)]
    assert products == pytest.approx([products[0]] * 3)
    with pytest.raises(LabError, match="none of them may be 0"):
        rotary_dial((0, 0), (1, 0), 1.0)
    with pytest.raises(LabError, match="the dial has 0 … 40"):
        rotary_dial((1, 0), (1, 0), 1.0, at=41)
