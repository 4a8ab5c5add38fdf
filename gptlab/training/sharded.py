"""A model too large for one GPU: each process keeps a part of every weight (FSDP2).

All is torch's own: `fully_shard` gathers the weights of one block when it is that block's turn and
lets them go again, and `torch.distributed.checkpoint` writes and reads the parts, so that a run
saved by four processes goes on with one, two or eight. Here is only how they meet the trainer.

Sources: Rajbhandari et al. 2020 (ZeRO, stage 3); Zhao et al. 2023 (FSDP).
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import torch.distributed.checkpoint as dcp
from torch import Tensor, nn
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_state_dict,
    set_state_dict,
)

from gptlab.errors import LabError
from gptlab.training import checkpoints, distributed
from gptlab.training.config import TrainConfig
from gptlab.training.trainer import Trainer

SHARDS = "shards"


def shard(model: nn.Module, world: distributed.World, device: torch.device) -> nn.Module:
    """Spread `model` over all processes, block by block; the model is changed in place.

    Its blocks are `model.blocks`. One process alone keeps everything. Raises LabError for a model
    without blocks.
    """
    blocks = getattr(model, "blocks", None)
    if not isinstance(blocks, nn.ModuleList):
        raise LabError(
            f"{type(model).__name__} has no list of blocks to spread; give a GPT, or train with DDP"
        )
    if world.size > 1:
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import fully_shard

        mesh = init_device_mesh(device.type, (world.size,))
        for block in blocks:
            fully_shard(block, mesh=mesh)
        fully_shard(model, mesh=mesh)
    return model


def is_sharded(folder: Path | str) -> bool:
    """Whether the newest checkpoint of a run was written by several processes, in parts.

    Raises LabError when there is no checkpoint.
    """
    return (checkpoints.latest(Path(folder)) / SHARDS).is_dir()


class ShardedTrainer(Trainer):
    """The trainer with FSDP2 in place of DDP: same losses, a share of the memory.

    For `optimizer="adamw"` without averaging: Muon turns whole matrices, which no process has.
    Raises LabError otherwise. Checkpoints hold the parts (`shards/`) and beside them the whole
    weights as ever, so that every other command reads them.
    """

    together = True

    def __init__(self, model: nn.Module, batches: Any, config: TrainConfig, *args: Any, **kw: Any):
        if config.optimizer != "adamw" or config.average:
            raise LabError(
                f"optimizer={config.optimizer!r}, average={config.average}: a sharded run needs "
                "optimizer='adamw' and average=0, because no process has whole matrices"
            )
        world = kw.get("world") or distributed.World()
        device = kw.get("device") or next(model.parameters()).device
        super().__init__(shard(model.to(device), world, device), batches, config, *args, **kw)

    def wrap(self, loss: nn.Module) -> nn.Module:
        """The loss as it is: the sharded model sees to its gradients itself."""
        return loss

    @contextlib.contextmanager
    def apart(self) -> Iterator[None]:
        """While this lasts, gradients are summed in each process and not averaged."""
        model: Any = self.model
        if self.world.size == 1:
            yield
            return
        model.set_requires_gradient_sync(False)
        try:
            yield
        finally:
            model.set_requires_gradient_sync(True)

    def tell(self, event: str, *arguments: Any) -> None:
        """As the trainer's. A callback that measured has left the outermost weights gathered."""
        super().tell(event, *arguments)
        if self.world.size > 1:
            model: Any = self.model
            model.reshard()

    def state(self) -> dict[str, Any]:
        """As the trainer's, without the optimisers: their parts are in `shards/`."""
        return super().state() | {"optimizers": [], "sharded": True}

    def write(self, folder: Path) -> None:
        """All processes write their parts; the main one everything else, and the name."""
        options = StateDictOptions(full_state_dict=True, cpu_offload=True)
        whole: Any = get_model_state_dict(self.model, options=options)
        if not self.world.is_main:
            self._write_shards(Path(distributed.shared("", self.world)))
            return

        def write_shards(into: Path) -> None:
            self._write_shards(Path(distributed.shared(str(into / SHARDS), self.world)))

        self.last_saved = checkpoints.save(
            folder, self.step, self.model, self.state(),
            weights=_stored_once(whole), write_more=write_shards,
        )  # fmt: skip

    def load(self, checkpoint: Path, state: dict[str, Any]) -> None:
        """Weights and optimisers from the parts of any number of processes."""
        if not (checkpoint / SHARDS).is_dir():
            raise LabError(
                f"{checkpoint} was not written by a sharded run; resume it with the plain trainer, "
                "or begin a sharded run from its weights"
            )
        weights, moments = get_state_dict(self.model, self.optimizers)
        try:
            with _quiet():
                dcp.load(
                    {"model": weights, "optimizer": moments}, checkpoint_id=checkpoint / SHARDS
                )
        except (Exception, CheckpointException) as problem:  # the second is no Exception
            raise checkpoints.damaged(checkpoint / SHARDS, problem) from problem
        set_state_dict(
            self.model, self.optimizers, model_state_dict=weights, optim_state_dict=moments
        )

    def _write_shards(self, into: Path) -> None:
        weights, moments = get_state_dict(self.model, self.optimizers)
        with _quiet():
            dcp.save({"model": weights, "optimizer": moments}, checkpoint_id=into)


def _stored_once(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Each tensor once and contiguous, as safetensors wants them."""
    seen: set[int] = set()
    kept = {}
    for name, tensor in weights.items():
        if tensor.data_ptr() not in seen or not tensor.numel():
            kept[name] = tensor.contiguous()
        seen.add(tensor.data_ptr())
    return kept


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without torch's word that there is one process only, or that a folder exists."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
