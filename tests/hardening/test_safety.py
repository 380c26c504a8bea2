"""S-32: settings that would be unsafe are refused before anything starts, one by one."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from connector.bootstrap import Connector
from connector.errors import Misconfigured
from connector.privacy.master import MasterKey
from connector.safety import risks
from connector.settings import Settings, load_settings
from connector.web import create_app

RANDOM = base64.b64encode(bytes(range(40, 72))).decode()  # obviously fake, and the same in every process


@pytest.mark.parametrize(
    ("name", "value", "names"),
    [
        ("BASE_URL", "http://empathy.example.com", "https"),
        ("BASE_URL", "http://10.0.0.5:8000", "https"),
        ("BASE_URL", "http://localhost.evil.example", "https"),
        ("BASE_URL", "http://127.0.0.1@evil.example", "https"),
        ("BASE_URL", "ftp://empathy.example.com", "an address"),
        ("BASE_URL", "empathy.example.com", "an address"),
        ("BASE_URL", "https://[broken", "an address"),
        ("BASE_URL", "https://user:fake@empathy.example.com", "user name"),
        ("BASE_URL", "https://empathy.example.com/?x=1", "query"),
        ("MASTER_KEY", base64.b64encode(b"\0" * 32).decode(), "not random"),
        ("MASTER_KEY", base64.b64encode(b"changeme" * 4).decode(), "not random"),
        ("ZENDESK_CLIENT_SECRET", "changeme", "placeholder"),
        ("ZENDESK_CLIENT_SECRET", "your-secret-here", "placeholder"),
        ("HUBSPOT_CLIENT_SECRET", "secret", "placeholder"),
        ("HUBSPOT_CLIENT_SECRET", "xxxxxxxxxxxxxxxxxxxx", "placeholder"),
    ],
)
def test_s32_an_unsafe_setting_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, names: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"CONNECTOR_{name}", value)
    with pytest.raises(Misconfigured, match=names) as refused:
        load_settings()
    assert f"CONNECTOR_{name}" in str(refused.value)
    assert name == "BASE_URL" or value == "secret" or value not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "https://empathy.example.com"),
        ("BASE_URL", "https://empathy.example.com:8443/desk"),
        ("BASE_URL", "http://localhost:8000"),
        ("BASE_URL", "http://127.0.0.1:8000"),
        ("BASE_URL", "http://[::1]:8000"),
        ("MASTER_KEY", RANDOM),
        ("HUBSPOT_CLIENT_SECRET", "0f8c1d9e-fake-4b7a-9d52-fake3c2b1a00"),
    ],
)
def test_s32_safe_settings_are_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"CONNECTOR_{name}", value)
    load_settings()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o666])
def test_s32_a_key_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.key"
    path.write_text(RANDOM, encoding="ascii")
    path.chmod(mode)
    with pytest.raises(Misconfigured, match="chmod 600"):
        MasterKey.load(path, may_create=False)


@pytest.mark.parametrize("base_url", ["https://empathy.example.com", "https://10.0.0.5"])
def test_s32_a_debugger_is_refused_on_a_public_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, base_url: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLASK_DEBUG", "1")
    with pytest.raises(Misconfigured, match="FLASK_DEBUG"):
        create_app(Connector(Settings(base_url=base_url)))


def test_s32_a_debugger_is_allowed_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLASK_DEBUG", "1")
    create_app(Connector(Settings(base_url="http://localhost:8000")))


def test_s32_a_key_beside_its_database_is_a_risk(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/connector.db"
    beside = Settings(database_url=url, master_key_file=tmp_path / "master.key")
    assert ["same folder" in risk for risk in risks(beside)] == [True]
    apart = Settings(database_url=url, master_key_file=tmp_path / "keys" / "master.key")
    assert list(risks(apart)) == []
    assert list(risks(Settings())) == []
