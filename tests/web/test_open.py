"""When the pages need no sign-in: on this machine, for local accounts, and never otherwise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from connector.bootstrap import Connector
from connector.model import Installation
from connector.settings import Settings
from connector.web import create_app

Serve = Callable[..., FlaskClient]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    def made(*providers: str, base_url: str | None = None) -> FlaskClient:
        app = Connector(
            Settings(
                _env_file=None,
                database_url=f"sqlite:///{tmp_path}/connector.db",
                master_key_file=tmp_path / "keys/master.key",
                base_url=base_url,
            )
        )
        for provider in providers:
            key = app.vault.new_installation_key(provider)
            saved = Installation(
                provider, provider, "1", provider, {"path": str(tmp_path)}, datetime.now(UTC)
            )
            app.store.save_installation(saved, sealed_token=None, wrapped_key=key)
        return create_app(app).test_client()

    return made


@pytest.mark.parametrize("base_url", [None, "http://localhost:8000", "http://127.0.0.1:8000"])
@pytest.mark.parametrize("providers", [(), ("local",)])
def test_a_server_for_this_machine_with_local_accounts_is_open(
    serve: Serve, providers: tuple[str, ...], base_url: str | None
) -> None:
    assert serve(*providers, base_url=base_url).get("/").status_code == 200


@pytest.mark.parametrize("provider", ["zendesk", "hubspot"])
def test_one_account_of_a_platform_closes_the_pages(serve: Serve, provider: str) -> None:
    assert serve("local", provider).get("/").status_code == 401


def test_a_public_server_is_never_open(serve: Serve) -> None:
    client = serve("local", base_url="https://empathy.example.test")
    for base in ("https://empathy.example.test", "http://127.0.0.1:8000"):
        assert client.get("/", base_url=base).status_code == 401


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host"])
def test_what_a_proxy_passed_on_is_not_from_this_machine(serve: Serve, header: str) -> None:
    assert serve("local").get("/", headers={header: "127.0.0.1"}).status_code == 401


def test_another_machine_is_not_this_one(serve: Serve) -> None:
    there = {"REMOTE_ADDR": "192.0.2.7"}
    assert serve("local").get("/", environ_base=there).status_code == 401


def test_a_page_that_is_open_still_takes_only_its_own_forms(serve: Serve) -> None:
    client = serve("local")
    assert client.post("/sign-out", data={"csrf_token": "x"}).status_code == 403
