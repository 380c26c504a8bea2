"""HubSpot keeps the contract."""

import pytest

from tests.fakes.hubspot_world import HubSpotWorld

from .contract import ProviderContract


class TestHubSpotThreadContract(ProviderContract):
    """With conversations of the inbox."""

    @pytest.fixture
    def world(self) -> HubSpotWorld:
        return HubSpotWorld()


class TestHubSpotMailContract(ProviderContract):
    """With mails logged on the ticket, and no thread."""

    @pytest.fixture
    def world(self) -> HubSpotWorld:
        return HubSpotWorld(shape="emails")
