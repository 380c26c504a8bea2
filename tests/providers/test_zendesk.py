"""The Zendesk account: the contract, and what only Zendesk does."""

from __future__ import annotations

import pytest

from tests.fakes.zendesk_world import ZendeskWorld

from .contract import ProviderContract


class TestZendeskContract(ProviderContract):
    """P1 to P40, on pages small enough that the account of a test has several."""

    @pytest.fixture
    def world(self) -> ZendeskWorld:
        return ZendeskWorld(page_rows=100)
