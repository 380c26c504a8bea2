"""The HubSpot project: what its library does not check offline, and what must never change."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import pytest

from connector.fields import all_fields
from connector.providers.hubspot import oauth
from connector.web.ticket_page import words_of
from tests.packages.zendesk_rules import png_size

ORIGIN = "https://empathy.example.com"
CARD_IMPORTS = re.compile(r"from '([^']+)'")
RAW_ELEMENT = re.compile(r"<[a-z][\w-]*[\s/>]")
BROWSER = re.compile(
    r"\b(window|document|localStorage|(?<!hubspot\.)fetch|eval|XMLHttpRequest)\b|dangerouslySetInnerHTML"
)


def meta(files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """uid -> component."""
    found = [json.loads(content) for path, content in files.items() if path.endswith("-hsmeta.json")]
    return {component["uid"]: component for component in found}


def config(files: Mapping[str, bytes], uid: str) -> dict[str, Any]:
    found: dict[str, Any] = meta(files)[uid]["config"]
    return found


def code(files: Mapping[str, bytes]) -> dict[str, str]:
    return {path: text.decode() for path, text in files.items() if path.endswith((".jsx", ".js"))}


def test_the_project_is_of_a_supported_version(hubspot: dict[str, bytes]) -> None:
    assert json.loads(hubspot["hsproject.json"]) == {
        "name": "empathy-connector",
        "srcDir": "src",
        "platformVersion": "2026.03",
    }


def test_the_uids_never_change(hubspot: dict[str, bytes]) -> None:
    """HubSpot knows a card or an action by its uid: a new one is another card, and the old one is lost."""
    assert {uid: component["type"] for uid, component in meta(hubspot).items()} == {
        "empathy_app": "app",
        "empathy_ticket_card": "card",
        "empathy_ticket_helpdesk_card": "card",
        "empathy_contact_card": "card",
        "empathy_settings": "settings",
        "empathy_webhooks": "webhooks",
        "empathy_score_ticket_action": "workflow-action",
    }


def test_every_component_lies_where_hubspot_looks_for_it(hubspot: dict[str, bytes]) -> None:
    folders = {
        "app": "src/app",
        "card": "src/app/cards",
        "settings": "src/app/settings",
        "webhooks": "src/app/webhooks",
        "workflow-action": "src/app/workflow-actions",
    }
    for path, content in hubspot.items():
        if path.endswith("-hsmeta.json"):
            component = json.loads(content)
            assert str(PurePosixPath(path).parent) == folders[component["type"]], path
            assert component.keys() == {"uid", "type", "config"}, path


def test_the_app_is_a_marketplace_app_with_oauth(hubspot: dict[str, bytes]) -> None:
    app = config(hubspot, "empathy_app")
    assert app["distribution"] == "marketplace"
    assert app["auth"]["type"] == "oauth"
    assert app["auth"]["redirectUrls"] == [
        f"{ORIGIN}/install/hubspot/{end}" for end in ("callback", "marketplace")
    ]
    assert app["permittedUrls"] == {"fetch": [ORIGIN], "iframe": [], "img": []}
    assert app["name"]
    assert 0 < len(app["description"]) <= 8192
    assert app["support"]["supportEmail"] == "support@empathy.example.com"
    assert png_size(hubspot[f"src{app['logo']}"]) == (800, 800)


def test_the_scopes_asked_for_are_the_scopes_used(hubspot: dict[str, bytes]) -> None:
    auth = config(hubspot, "empathy_app")["auth"]
    assert Counter(auth["requiredScopes"]) == Counter(oauth.OAUTH.scopes)
    assert Counter(auth["optionalScopes"]) == Counter(oauth.OAUTH.optional_scopes)
    assert auth["conditionallyRequiredScopes"] == []
    assert not any("sensitive" in scope for scope in auth["requiredScopes"] + auth["optionalScopes"])


def test_the_ticket_card_is_in_the_record_and_in_the_help_desk(hubspot: dict[str, bytes]) -> None:
    """A card of the record does not show in the help desk."""
    record, helpdesk, contact = (
        config(hubspot, uid)
        for uid in ("empathy_ticket_card", "empathy_ticket_helpdesk_card", "empathy_contact_card")
    )
    assert (record["location"], record["objectTypes"]) == ("crm.record.sidebar", ["tickets"])
    assert (helpdesk["location"], helpdesk["objectTypes"]) == ("helpdesk.sidebar", ["tickets"])
    assert (contact["location"], contact["objectTypes"]) == ("crm.record.sidebar", ["contacts"])
    assert record["entrypoint"] == helpdesk["entrypoint"]


def test_every_entry_point_is_a_file(hubspot: dict[str, bytes]) -> None:
    entries = [component["config"].get("entrypoint") for component in meta(hubspot).values()]
    assert len([entry for entry in entries if entry]) == 4
    for entry in filter(None, entries):
        assert f"src{entry}" in hubspot
        assert "hubspot.extend(" in hubspot[f"src{entry}"].decode()


def test_the_cards_read_properties_that_exist(hubspot: dict[str, bytes]) -> None:
    named = set(re.findall(r"'(empathy_\w+)'", hubspot["src/app/cards/values.js"].decode()))
    assert len(named) == 9
    assert named <= {field.name for field in all_fields()}


@pytest.mark.parametrize(
    ("field", "block"), [("empathy_band", "bands"), ("empathy_sentiment_band", "feelings")]
)
def test_every_option_of_a_field_has_a_word_in_both_languages(
    hubspot: dict[str, bytes], field: str, block: str
) -> None:
    words = hubspot["src/app/cards/words.js"].decode()
    blocks = re.findall(rf"{block}: \{{(.*?)\}}", words, re.S)
    assert len(blocks) == 2
    [options] = [dict(found.options) for found in all_fields() if found.name == field]
    for text in blocks:
        assert set(re.findall(r"(\w+): '", text)) == options.keys()


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_cards_say_what_the_view_in_zendesk_says(hubspot: dict[str, bytes], language: str) -> None:
    words, said = words_of(language), hubspot["src/app/cards/words.js"].decode()
    shared = [*words["rules"].values(), *words["help_next"].values(), *words["choices"].values()]
    shared += [words[name] for name in ("passages", "dispute", "dispute_why", "dispute_send", "dispute_note")]
    for sentence in shared:
        assert sentence in said


def test_the_ticket_card_asks_our_server_alone(hubspot: dict[str, bytes]) -> None:
    asked = {found for text in code(hubspot).values() for found in re.findall(r"https?://[^/'`$]+", text)}
    assert asked == {ORIGIN}
    app = config(hubspot, "empathy_app")
    assert app["permittedUrls"]["fetch"] == [ORIGIN]


def test_the_cards_use_nothing_but_hubspots_components(hubspot: dict[str, bytes]) -> None:
    allowed = {"react", "@hubspot/ui-extensions", "@hubspot/ui-extensions/crm"}
    for path, text in code(hubspot).items():
        folder = PurePosixPath(path).parent
        for name in CARD_IMPORTS.findall(text):
            assert name in allowed or str(folder / name.removeprefix("./")) in hubspot, (path, name)
        statements = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("//"))
        assert not RAW_ELEMENT.search(statements), path
        assert not BROWSER.search(statements), path


def test_the_settings_page_uses_nothing_of_a_record(hubspot: dict[str, bytes]) -> None:
    settings = "".join(text for path, text in code(hubspot).items() if "/settings/" in path)
    assert "/crm" not in settings
    assert f"{ORIGIN}/admin/" in settings


def test_the_libraries_of_the_cards_are_pinned(hubspot: dict[str, bytes]) -> None:
    wanted = {"@hubspot/ui-extensions": "0.17.0", "@remote-ui/react": "5.0.2", "react": "18.3.1"}
    for folder in ("cards", "settings"):
        assert json.loads(hubspot[f"src/app/{folder}/package.json"])["dependencies"] == wanted


def test_webhooks_only_wake_us(hubspot: dict[str, bytes]) -> None:
    webhooks = config(hubspot, "empathy_webhooks")
    assert webhooks["settings"]["targetUrl"] == f"{ORIGIN}/webhooks/hubspot"
    assert webhooks["settings"]["maxConcurrentRequests"] > 5
    subscriptions = webhooks["subscriptions"]
    assert [
        (row["subscriptionType"], row["objectType"], row.get("propertyName"))
        for row in subscriptions["crmObjects"]
    ] == [
        ("object.creation", "ticket", None),
        ("object.propertyChange", "ticket", "hs_pipeline_stage"),
        ("object.merge", "ticket", None),
    ]
    assert {row["subscriptionType"] for row in subscriptions["hubEvents"]} == {
        "contact.privacyDeletion",
        "conversation.newMessage",
        "conversation.privacyDeletion",
    }
    assert subscriptions["legacyCrmObjects"] == []
    assert all(row["active"] for rows in subscriptions.values() for row in rows)


def test_no_webhook_is_woken_by_our_own_writes(hubspot: dict[str, bytes]) -> None:
    rows = config(hubspot, "empathy_webhooks")["subscriptions"]["crmObjects"]
    ours = {field.name for field in all_fields()}
    assert not {row.get("propertyName") for row in rows} & (ours | {"hs_lastmodifieddate"})


def test_the_workflow_action_scores_a_ticket(hubspot: dict[str, bytes]) -> None:
    action = config(hubspot, "empathy_score_ticket_action")
    assert action["actionUrl"] == f"{ORIGIN}/hubspot/actions/score"
    assert action["objectTypes"] == ["TICKET"]
    assert action["supportedClients"] == [{"client": "WORKFLOWS"}]
    assert action["isPublished"] is True
    assert action["labels"]["en"]["actionName"] == "Score this ticket"
    outputs = {row["typeDefinition"]["name"]: row["typeDefinition"] for row in action["outputFields"]}
    for labels in action["labels"].values():
        assert labels["outputFieldLabels"].keys() == outputs.keys()
        assert all(labels[key] for key in ("actionName", "actionDescription", "actionCardContent"))
    [bands] = [found.options for found in all_fields() if found.name == "empathy_band"]
    assert [(option["value"], option["label"]) for option in outputs["empathy_band"]["options"]] == list(
        bands
    )


def test_every_address_is_ours_and_https(hubspot: dict[str, bytes]) -> None:
    for path, content in hubspot.items():
        for address in re.findall(rb"https?://[^\s\"'`]+", content):
            assert address.decode().startswith(ORIGIN), (path, address)
        assert b"__" not in content or path.endswith(".png"), path
