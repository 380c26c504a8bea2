"""The local account: the contract, and what only a folder does."""

from pathlib import Path

import pytest

from tests.fakes.local_world import LocalWorld

from .contract import ProviderContract


class TestLocalContract(ProviderContract):
    """A folder with one file for each conversation."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> LocalWorld:
        return LocalWorld(tmp_path / "account")
