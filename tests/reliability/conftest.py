"""A desk to begin from, made once for all who need it."""

from __future__ import annotations

import pytest

from .stories import Template, begin


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    folder = tmp_path_factory.mktemp("desk") / "files"
    folder.mkdir()
    return Template(folder, begin(folder))
