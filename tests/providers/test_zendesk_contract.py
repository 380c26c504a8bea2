"""Zendesk keeps the contract."""

import pytest

from tests.fakes.zendesk_world import ZendeskWorld

from .contract import ProviderContract


class TestZendeskContract(ProviderContract):
    """On pages small enough that an account of a test has several."""

    @pytest.fixture
    def world(self) -> ZendeskWorld:
        return ZendeskWorld(page_rows=100)
