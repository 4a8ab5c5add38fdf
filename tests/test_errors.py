"""Counts: every setting that is one refuses what is none, in the same words."""

import math

import pytest

from gptlab.embeddings.glove import GloVeConfig
from gptlab.embeddings.word2vec import Word2VecConfig
from gptlab.errors import LabError, check_count
from gptlab.layers.recurrent import Recurrent
from gptlab.models.gpt import GPTConfig
from gptlab.models.neural_lm import NeuralLMConfig
from gptlab.models.recurrent_lm import RecurrentLMConfig
from gptlab.models.transformer import TransformerConfig

SETTINGS = [
    *[(GPTConfig, n) for n in ("vocab_size", "context_length", "d_model", "n_heads", "d_ff")],
    *[(lambda **c: NeuralLMConfig(**{"vocab_size": 9} | c), n) for n in ("vocab_size", "order")],
    *[
        (lambda **c: RecurrentLMConfig(**{"vocab_size": 9} | c), n)
        for n in ("vocab_size", "d_model", "d_hidden", "n_layers")
    ],
    *[
        (lambda **c: TransformerConfig(**{"source_vocab": 9, "target_vocab": 9} | c), n)
        for n in ("source_vocab", "d_ff", "max_length")
    ],
    *[(Word2VecConfig, n) for n in ("dimensions", "window", "shared")],
    *[(GloVeConfig, n) for n in ("dimensions", "epochs")],
    *[
        (lambda **c: Recurrent(**{"cell": "rnn", "d_in": 2, "d_hidden": 2} | c), n)
        for n in ("d_in", "d_hidden", "n_layers")
    ],
]


@pytest.mark.parametrize("value", [True, False, 0, -1, 2.0, "2", math.nan])
@pytest.mark.parametrize(("build", "name"), SETTINGS)
def test_what_is_no_count_is_refused_by_name(build, name, value):
    least = 2 if name == "order" else 1
    told = f"{name} is {value!r}; it must be a whole number of at least {least}"
    with pytest.raises(LabError, match=told):
        build(**{name: value})


def test_counts_pass_and_the_least_is_said_with_its_reason():
    assert check_count("window", 1) is None
    assert check_count("steps", 0, least=0) is None
    with pytest.raises(LabError, match=r"order is 1; .* of at least 2, since"):
        check_count("order", 1, 2, ", since one word has no past")
