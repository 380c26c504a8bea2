"""`manifest`: where it writes, what it refuses, and that the same input gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from connector.packages import package_files, public_origin, zipped
from tests.commands import Run, one_sentence

BASE = "https://empathy.example.com"


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize(
    ("provider", "identity"), [("zendesk", "manifest.json"), ("hubspot", "hsproject.json")]
)
def test_the_folder_and_the_zip_hold_the_same_app(
    run: Run, tmp_path: Path, provider: str, identity: str
) -> None:
    ran = run("manifest", provider, "--base-url", BASE, "--out", "build/app")
    assert ran.code == 0
    assert ran.err == ""
    assert "support@empathy.example.com" in ran.out
    written = files_of(tmp_path / "build/app")
    assert identity in written
    with zipfile.ZipFile(tmp_path / "build/app.zip") as packed:
        assert packed.testzip() is None
        assert packed.namelist() == sorted(written)
        assert {name: packed.read(name) for name in packed.namelist()} == written
    assert not any(b"localhost" in content or b"127.0.0.1" in content for content in written.values())
    assert any(BASE.encode() in content for content in written.values())
    assert not (tmp_path / "var").exists(), "it needs no database"


@pytest.mark.parametrize("provider", ["zendesk", "hubspot"])
def test_the_same_input_gives_the_same_bytes(provider: str) -> None:
    first, second = (zipped(package_files(provider, origin=BASE)) for _ in range(2))
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as packed:
        assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_files_of_ours_are_replaced_and_others_left_alone(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "app"
    assert run("manifest", "zendesk", "--base-url", "https://old.example.com", "--out", str(folder)).code == 0
    (folder / "notes.txt").write_text("mine")
    (folder / "translations/de.json").write_text("changed by hand")
    assert run("manifest", "zendesk", "--base-url", BASE, "--out", str(folder)).code == 0
    assert (folder / "notes.txt").read_text() == "mine"
    assert not any(b"old.example.com" in content for content in files_of(folder).values())
    with zipfile.ZipFile(tmp_path / "app.zip") as packed:
        assert "notes.txt" not in packed.namelist()


@pytest.mark.parametrize(
    ("provider", "identity"), [("zendesk", "manifest.json"), ("hubspot", "hsproject.json")]
)
def test_another_app_is_not_overwritten(run: Run, tmp_path: Path, provider: str, identity: str) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / identity).write_text('{"name": "Another app"}')
    ran = run("manifest", provider, "--base-url", BASE, "--out", "app")
    assert ran.code == 2
    assert one_sentence(ran.err)
    assert files_of(tmp_path / "app").keys() == {identity}
    assert not (tmp_path / "app.zip").exists()


def test_a_broken_file_of_ours_is_replaced(run: Run, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/manifest.json").write_text("{")
    assert run("manifest", "zendesk", "--base-url", BASE, "--out", "app").code == 0
    assert (tmp_path / "app/manifest.json").read_text() != "{"


def test_a_folder_that_cannot_be_made_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ran = run("manifest", "zendesk", "--base-url", BASE, "--out", "file/app")
    assert ran.code == 2
    assert one_sentence(ran.err)
    assert "file/app" in ran.err


def test_the_root_of_the_disk_is_refused(run: Run) -> None:
    ran = run("manifest", "zendesk", "--base-url", BASE, "--out", "/")
    assert ran.code == 2
    assert one_sentence(ran.err)


def test_a_link_is_replaced_and_not_followed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "mine.json").write_text("mine")
    (tmp_path / "app/manifest.json").symlink_to(tmp_path / "mine.json")
    assert run("manifest", "zendesk", "--base-url", BASE, "--out", "app").code == 0
    assert (tmp_path / "mine.json").read_text() == "mine"
    assert not (tmp_path / "app/manifest.json").is_symlink()


@pytest.mark.parametrize(
    "address",
    [
        "http://empathy.example.com",
        "empathy.example.com",
        "https://",
        "https://localhost",
        "https://localhost:8000",
        "https://empathy.localhost",
        "https://intranet",
        "https://server.local",
        "https://127.0.0.1",
        "https://[::1]",
        "https://10.0.0.8",
        "https://2130706433.1",
        "https://user:secret@empathy.example.com",
        "https://user@empathy.example.com",
        "https://empathy.example.com?x=1",
        "https://empathy.example.com/?",
        "https://empathy.example.com/#top",
        "https://empathy.example.com/connector",
        "https://empathy.example.com:99999",
        "https://bücher.example",
        "https://a_b.example.com",
        'https://a".example.com',
        "https://[",
    ],
)
def test_an_address_that_the_platforms_cannot_call_is_refused(run: Run, tmp_path: Path, address: str) -> None:
    for provider in ("zendesk", "hubspot"):
        ran = run("manifest", provider, "--base-url", address, "--out", "app")
        assert ran.code == 2
        assert one_sentence(ran.err)
        assert "--base-url" in ran.err
        assert "secret" not in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://empathy.example.com", "https://empathy.example.com"),
        ("https://empathy.example.com/", "https://empathy.example.com"),
        ("HTTPS://Empathy.Example.COM:443", "https://empathy.example.com"),
        ("https://empathy.example.com:8443/", "https://empathy.example.com:8443"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_an_address_is_written_one_way(given: str, origin: str) -> None:
    assert public_origin(given) == origin


def test_the_contact_can_be_named(run: Run, tmp_path: Path) -> None:
    arguments = ("manifest", "hubspot", "--base-url", BASE, "--out", "app", "--support-email")
    ran = run(*arguments, "help@shop.example.com")
    assert ran.code == 0
    assert "support@" not in ran.out
    assert "help@shop.example.com" in (tmp_path / "app/src/app/app-hsmeta.json").read_text()
    refused = run(*arguments, 'help"@shop')
    assert refused.code == 2
    assert one_sentence(refused.err)


def test_an_unknown_platform_and_missing_options_are_usage_errors(run: Run) -> None:
    assert run("manifest", "salesforce", "--base-url", BASE, "--out", "app").code == 2
    assert run("manifest", "zendesk", "--out", "app").code == 2
    assert run("manifest", "zendesk", "--base-url", BASE).code == 2
