"""Recipes for translation: a Transformer's shape, its tokens, and how it is trained.

Multi30k for ten minutes on two cores and for one GPU; WMT 2014 as in the paper of 2017, base and
big, for several GPUs under torchrun. The toy language's is in `benchmarks/board_translation.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gptlab.errors import LabError, check_count
from gptlab.models.transformer import TransformerConfig
from gptlab.training.config import TrainConfig


@dataclass(frozen=True)
class TranslationRecipe:
    """All that a run needs beside the sentence pairs.

    `vocab_size`: tokens of the BPE that both languages share, marks not counted. `batch_tokens`:
    tokens of a batch on its longer side, over all processes. `average`: how many checkpoints are
    averaged at the end, `average_every` steps apart (0: none). `width` and `alpha`: of the beam.
    Raises LabError for a value out of range.
    """

    vocab_size: int
    batch_tokens: int
    model: TransformerConfig
    train: TrainConfig = field(default_factory=TrainConfig)
    average: int = 0
    average_every: int = 0
    width: int = 4
    alpha: float = 0.6

    def __post_init__(self) -> None:
        for name in ("vocab_size", "batch_tokens", "width"):
            check_count(name, getattr(self, name))
        for name in ("average", "average_every"):
            check_count(name, getattr(self, name), least=0)
        if bool(self.average) != bool(self.average_every):
            raise LabError(
                f"average={self.average} and average_every={self.average_every}; give both or none"
            )

    @classmethod
    def preset(cls, name: str) -> TranslationRecipe:
        """A recipe by name. Raises LabError for a name that is not in TRANSLATION_RECIPES."""
        if name not in TRANSLATION_RECIPES:
            known = ", ".join(TRANSLATION_RECIPES)
            raise LabError(f"translation recipe {name!r} is unknown; choose one of {known}")
        return TRANSLATION_RECIPES[name]


def _paper(preset: str, steps: int, average: int, average_every: int) -> TranslationRecipe:
    """WMT 2014 as in sections 5 and 6.1: AdamW without decay is their Adam."""
    model = TransformerConfig.preset(preset, 37_000, 37_000)
    warmup = 4000
    return TranslationRecipe(
        vocab_size=37_000,
        batch_tokens=25_000,
        model=model,
        train=TrainConfig(
            steps=steps,
            optimizer="adamw",
            lr=(model.d_model * warmup) ** -0.5,  # the peak of equation 3
            betas=(0.9, 0.98),
            eps=1e-9,
            weight_decay=0.0,
            schedule="inverse-sqrt",
            warmup=warmup / steps,
            clip=None,
            precision="bf16",
            compile=False,  # batches differ in shape
            checkpoint_every=5000,
        ),
        average=average,
        average_every=average_every,
        width=4,
        alpha=0.6,
    )


TRANSLATION_RECIPES = {
    # Small and heavily dropped out: 29,000 pairs are soon learned by heart.
    "multi30k-gpu": TranslationRecipe(
        vocab_size=10_000,
        batch_tokens=4096,
        model=TransformerConfig(
            10_000, 10_000, d_model=256, n_heads=4, d_ff=1024, n_layers=4, dropout=0.3,
            max_length=256, norm="pre", share=True,
        ),
        train=TrainConfig(
            steps=8000, lr=2e-3, matrix_lr=0.01, weight_decay=0.1, schedule="linear", final_lr=0.02,
            warmup=0.05, precision="bf16",
        ),
        average=5,
        average_every=200,
        width=5,
    ),
    "multi30k-cpu": TranslationRecipe(
        vocab_size=6_000,
        batch_tokens=1024,
        model=TransformerConfig(
            6_000, 6_000, d_model=128, n_heads=4, d_ff=512, n_layers=2, dropout=0.1,
            max_length=256, norm="pre", share=True, impl="plain",
        ),
        train=TrainConfig(
            steps=100_000, seconds=600, lr=3e-3, matrix_lr=0.02, schedule="linear", final_lr=0.0,
            warmup=0.05, precision="bf16",
        ),
        width=5,
    ),
    # Checkpoints 10 minutes apart, as in the paper, whose steps took 0.4 and 1.0 seconds.
    "wmt14-base": _paper("base", 100_000, 5, 1500),
    "wmt14-big": _paper("big", 300_000, 20, 600),
}  # fmt: skip
