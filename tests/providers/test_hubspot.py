"""The HubSpot account: the contract in both of its shapes, and what only HubSpot does."""

from __future__ import annotations

import pytest

from tests.fakes.hubspot_world import HubSpotWorld

from .contract import ProviderContract


class TestThreadsContract(ProviderContract):
    """P1 to P40 with conversations as inbox threads."""

    @pytest.fixture
    def world(self) -> HubSpotWorld:
        return HubSpotWorld()


class TestEmailsContract(ProviderContract):
    """The same with conversations as logged e-mails."""

    @pytest.fixture
    def world(self) -> HubSpotWorld:
        return HubSpotWorld(shape="emails")


class TestDoubledContract(ProviderContract):
    """The same with every inbox mail standing there twice."""

    @pytest.fixture
    def world(self) -> HubSpotWorld:
        return HubSpotWorld(is_doubled=True)
