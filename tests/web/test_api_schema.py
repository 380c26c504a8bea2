"""Many hostile calls: none fails, and every answer is as the description says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .browsers import OWN, Server, serve_two_accounts

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    folder: Path = tmp_path_factory.mktemp("api")
    server = serve_two_accounts(folder, base_url=None)
    yield server, server.token("admin")
    server.app.store.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_no_call_fails_and_every_answer_is_as_described(served: tuple[Server, str]) -> None:
    from hypothesis import HealthCheck, Phase, given, settings
    from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

    server, token = served
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", server.web)
    calls = {"made": 0, "answered": 0}
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
        )
        def call(case: Any) -> None:
            if "installation" in case.path_parameters and calls["made"] % 3:
                case.path_parameters["installation"] = OWN  # else hardly a call would find anything
            calls["made"] += 1
            server.web.extensions["token rates"]._tries.clear()
            answer = case.call(headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code < 500
            # the token is ours, not drawn; and no drawn text is ever the cursor of a page before
            opaque = [positive_data_acceptance] if "cursor" in (case.query or {}) else []
            case.validate_response(answer, excluded_checks=[ignored_auth, *opaque])
            calls["answered"] += answer.status_code < 300

        call()
    assert calls["made"] >= 300
    assert calls["answered"] >= 50
