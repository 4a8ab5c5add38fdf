"""Chapter 13's pictures: their words come from the numbers that are drawn."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

from gptlab.errors import LabError
from gptlab.figures import transformer_pictures as pictures
from gptlab.figures.transformer_map import AROUND, parts, transformer_drawing, transformer_map
from gptlab.layers.positions import sinusoidal_positions
from gptlab.models.transformer import TransformerConfig

BASE = TransformerConfig.preset("base", 37_000, 37_000)


@pytest.fixture(autouse=True)
def no_window():
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    with mpl.rc_context():
        yield
    plt.close("all")


def test_waves_go_from_fast_to_slow_and_hands_turn_by_their_angle():
    waves = sinusoidal_positions(20, 8)
    _, alt = pictures.position_waves(waves)
    assert "20 positions by 8 columns" in alt
    assert "the last 0 times" in alt
    figure, alt = pictures.clock_hands(waves, [0, 1, 2], [0, 1])
    assert len(figure.axes) == 2
    assert "columns 0 and 1 turn 57.3 degrees a position" in alt
    with pytest.raises(LabError, match=r"shape \(20,\)"):
        pictures.position_waves(waves[:, 0])


def test_curves_tell_their_ends_and_their_peaks():
    _, alt = pictures.likeness_of_positions({"position 5": [1.0, 4.0, 2.0]})
    assert "position 5: 4 at distance 0, 2.0 at 1" in alt
    _, alt = pictures.sizes_by_layer({"post": [1, 1], "pre": [1, 3]}, "size")
    assert "pre from 1 to 3" in alt
    _, alt = pictures.rates_by_step({"a": [0.1, 0.3, 0.2]})
    assert "a peaks at 0.3 in step 2" in alt
    _, alt = pictures.loss_by_confidence([0.2, 0.9, 0.99], {"smooth": [2.0, 0.5, 0.7]})
    assert "smooth is lowest, 0.50, at 0.900" in alt
    _, alt = pictures.loss_and_checkpoints([3.0, 1.0, 1.0], [0.5, 0.7], 0.4)
    assert "between 0.500 and 0.700; that of their mean is 0.400" in alt


def test_phenomena_name_the_first_system_that_has_them():
    systems = {
        "rules": {"phenomena": {"plain": [95, 100], "verb final": [20, 50]}},
        "network": {"phenomena": {"plain": [99, 100], "verb final": [46, 50]}},
    }
    assert pictures.first_at_least(systems) == {"plain": "rules", "verb final": "network"}
    assert pictures.first_at_least(systems, 95)["verb final"] is None
    figure, alt = pictures.right_by_phenomenon(systems)
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["plain", "verb final"]
    assert "verb final: network" in alt
    with pytest.raises(LabError, match="no system"):
        pictures.right_by_phenomenon({})


def test_quality_is_drawn_against_compute():
    budgets = [{"flops": 1e12, "bleu": 20.0}, {"flops": 2e12, "bleu": 40.0}]
    figure, alt = pictures.quality_by_compute({"LSTM": budgets})
    assert figure.axes[0].get_xscale() == "log"
    assert np.allclose(figure.axes[0].lines[0].get_ydata(), [20, 40])
    assert "LSTM: 20 BLEU for 1.0e+12, 40 for 2.0e+12" in alt


def test_the_map_has_a_button_for_each_box_with_the_configurations_shapes():
    boxes, page = parts(BASE), transformer_map(BASE).html
    assert page.count('role="button"') == len(boxes) == 14
    told = " ".join(box.told for box in boxes)
    assert "8 heads of width 64" in told
    assert "T × 37,000 scores" in told
    figure, alt = transformer_drawing(BASE)
    written = [text.get_text() for text in figure.axes[0].texts]
    assert {"cross-attention", "softmax", "encoder layer, 6 times"} <= set(written)
    assert "top of the encoder to cross-attention" in alt
    with pytest.raises(LabError, match="norm='post'"):
        parts(TransformerConfig(9, 9, norm="pre"))


def test_a_residual_connection_leads_around_each_part_into_its_norm():
    kinds = {part.name: part.kind for part in parts(TransformerConfig(11, 11, norm="post"))}
    around, into = zip(*AROUND, strict=True)
    assert sorted(into) == sorted(name for name, kind in kinds.items() if kind == "norm")
    assert set(around) == {n for n, kind in kinds.items() if kind in ("attention", "perceptron")}
