from __future__ import annotations

from pathlib import Path

import pytest
from build_once import built_once


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    return built_once(tmp_path_factory, worker_id)
