"""Both packages, as `manifest` builds them for one server."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.packages import package_files, write_package

ORIGIN = "https://empathy.example.com"


@pytest.fixture
def zendesk() -> dict[str, bytes]:
    return package_files("zendesk", origin=ORIGIN)


@pytest.fixture
def hubspot() -> dict[str, bytes]:
    return package_files("hubspot", origin=ORIGIN)


@pytest.fixture(scope="session")
def hubspot_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked HubSpot project on a disk."""
    folder = tmp_path_factory.mktemp("hubspot") / "app"
    write_package("hubspot", package_files("hubspot", origin=ORIGIN), folder)
    return folder
