"""The Zendesk app keeps every rule of the framework that is written down."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from connector.fields import all_fields
from tests.fakes.zendesk_office import PUBLIC, ZendeskOffice
from tests.packages.zendesk_rules import png_size, problems

Files = dict[str, bytes]


def test_the_package_keeps_every_rule(zendesk: Files) -> None:
    assert problems(zendesk) == []


def test_the_pages_are_ours_and_signed(zendesk: Files) -> None:
    manifest = json.loads(zendesk["manifest.json"])
    places = manifest["location"]["support"]
    assert places.keys() == {"ticket_sidebar", "nav_bar"}
    assert places["ticket_sidebar"]["url"] == "https://empathy.example.com/zendesk/sidebar"
    assert places["nav_bar"]["url"] == "https://empathy.example.com/zendesk/nav"
    assert manifest["signedUrls"] is True
    assert manifest["singleInstall"] is True
    assert manifest["private"] is False
    assert not any("signed" in options for options in places.values()), "one rule for both places"
    assert manifest["domainWhitelist"] == ["empathy.example.com"]


def test_an_app_holds_no_code_and_no_requirements(zendesk: Files) -> None:
    """The pages come from our server, and an uninstall must not delete the fields."""
    kinds = {path.rsplit(".", 1)[1] for path in zendesk}
    assert kinds == {"json", "png", "svg"}
    assert "requirements.json" not in zendesk


def test_both_languages_say_everything(zendesk: Files) -> None:
    english, german = (json.loads(zendesk[f"translations/{name}.json"])["app"] for name in ("en", "de"))
    assert english.keys() == german.keys()
    assert all(english[key] != german[key] for key in english.keys() - {"name"})


def test_the_instructions_name_the_fields_as_they_are(zendesk: Files) -> None:
    titles = {field.title: field for field in all_fields()}
    for name in ("en", "de"):
        text = json.loads(zendesk[f"translations/{name}.json"])["app"]["installation_instructions"]
        assert f"*{titles['Empathy band'].title}*" in text
        assert f"*{titles['Empathy opt-out'].title}*" in text
        assert "*Low*" in text
        assert "Low" in dict(titles["Empathy band"].options).values()
        assert "https://empathy.example.com/install/zendesk" in text
        assert "/public_key.pem" in text, "without it the pages open for nobody"
        steps = re.findall(r"^(\d)\. \*\*", text, re.M)
        assert steps == ["1", "2", "3", "4", "5", "6"]


def test_every_page_it_names_is_one_of_the_servers_and_takes_zendesks_post(
    zendesk: Files, tmp_path: Path
) -> None:
    office = ZendeskOffice(tmp_path)
    places = json.loads(zendesk["manifest.json"])["location"]["support"].values()
    for place in places:
        answer = office.web.test_client().post(
            urlsplit(place["url"]).path, base_url=PUBLIC, data={"token": office.token()}
        )
        assert answer.status_code == 200
    office.app.store.close()


def test_the_logos_have_the_sizes_that_zendesk_wants(zendesk: Files) -> None:
    assert png_size(zendesk["assets/logo.png"]) == (320, 320)
    assert png_size(zendesk["assets/logo-small.png"]) == (128, 128)


def manifest_with(**changes: Any) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        manifest = json.loads(files["manifest.json"]) | changes
        kept = {key: value for key, value in manifest.items() if value != "gone"}
        files["manifest.json"] = json.dumps(kept).encode()

    return change


def file_as(path: str, content: bytes | None) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        if content is None:
            del files[path]
        else:
            files[path] = content

    return change


ELSEWHERE = "http://empathy.example.com/zendesk/sidebar"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (manifest_with(baseUrl="https://x.example"), "unknown key"),
        (manifest_with(author="gone"), "author"),
        (manifest_with(author={"name": "A", "email": "a@b.example", "url": "b"}), "author"),
        (manifest_with(frameworkVersion="1.0"), "frameworkVersion"),
        (manifest_with(defaultLocale="fr"), "default locale"),
        (manifest_with(signedUrls="true"), "boolean"),
        (manifest_with(version=1), "no text"),
        (manifest_with(location="gone"), "location"),
        (manifest_with(location={"support": {"ticket_sidebar": {"url": ELSEWHERE}}}), "neither https"),
        (manifest_with(location={"support": {"ticket_sidebar": "assets/none.html"}}), "neither https"),
        (manifest_with(location={"support": {"sidebar": "https://a.example/"}}), "unknown location"),
        (manifest_with(location={"sell": {"deal_card": "https://a.example/"}}), "unknown product"),
        (manifest_with(domainWhitelist=["https://a.example"]), "host names"),
        (manifest_with(parameters=[{"name": "key", "type": "password"}]), "unknown type"),
        (manifest_with(parameters=[{"name": "key", "type": "text", "secure": True}]), "has no scopes"),
        (manifest_with(parameters=[{"name": "name", "type": "text"}]), "called name"),
        (manifest_with(parameters=[{"name": "a"}, {"name": "a"}]), "stands twice"),
        (manifest_with(parameters=[{"name": "key", "required": "yes"}]), "no boolean"),
        (manifest_with(parameters=[{"name": "key", "type": "hidden", "default": "x"}]), "readable"),
        (manifest_with(parameters=[{"name": "key", "type": "oauth", "secure": True}]), "cannot be secure"),
        (manifest_with(oauth={"client_id": "x"}), "lacks one of its keys"),
        (manifest_with(oauth={"client_id": "x"}), "oauth has no parameter"),
        (manifest_with(location={"support": {"ticket_sidebar": "https://a b.example/"}}), "neither https"),
        (file_as("assets/logo.png", None), "logo.png is missing"),
        (file_as("assets/logo-small.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 30), "wrong size"),
        (file_as("assets/icon_nav_bar.svg", None), "icon_nav_bar.svg"),
        (file_as("assets/icon_nav_bar.svg", b"<svg><script>1</script></svg>"), "sanitised"),
        (file_as("assets/icon_nav_bar.svg", b"<svg></svg><p>x</p>"), "sanitised"),
        (file_as("translations/de.json", b'{"app": {"name": "Empathy Connector"}}'), "lacks"),
        (file_as("translations/deutsch.json", b'{"app": {}}'), "no locale"),
        (file_as("assets/guide.pdf", b"%PDF-1.7"), "forbidden"),
        (file_as("assets/guide.dat", b"\x1f\x8b\x08"), "forbidden"),
        (file_as("app.js", b"1"), "is code"),
        (file_as("templates/layout.hdbs", b"<p>"), "is code"),
        (file_as("app.css", b"a {}"), "is code"),
        (file_as("assets/page.js", b"xoxp-fake"), "secret"),
        (file_as("assets/page.html", b"fetch('http://a.example')"), "http://"),
        (file_as("assets/page.html", b"https://localhost:8000"), "this machine"),
        (file_as("assets/page.html", b"the api_key"), "secret"),
        (file_as("requirements.json", b'{"sla_policies": {}}'), "unknown requirement"),
        (file_as("manifest.json", None), "missing"),
    ],
)
def test_a_broken_rule_is_noticed(zendesk: Files, change: Callable[[Files], None], complaint: str) -> None:
    change(zendesk)
    found = problems(zendesk)
    assert any(complaint in problem for problem in found), found
