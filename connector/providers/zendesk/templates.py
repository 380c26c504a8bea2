"""The triggers and the view that we offer, made inactive for an admin to read and switch on (BEHAVIOR 29)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from ...errors import Misconfigured
from ..base import MadeTemplate
from ..http import Http
from .address import needs_admin
from .paging import decoded, pages

_KINDS = {"triggers": "trigger", "views": "view"}
CATEGORY = "Empathy Connector"


def ensure_templates(http: Http, field_ids: Mapping[str, str]) -> list[MadeTemplate]:
    """Make those that are not there, by title, and leave those that are as they were found.

    Raises Misconfigured while the fields they test do not exist.
    """
    if not {"empathy_band", "empathy_needs_attention"} <= field_ids.keys():
        raise Misconfigured(
            "The templates test fields that this account does not have yet; run `fields` first."
        )
    with needs_admin("make triggers and views"):
        return [
            _ensure(http, plural, wanted)
            for plural, templates in wanted_templates(field_ids).items()
            for wanted in templates
        ]


def wanted_templates(field_ids: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """The templates by kind, testing this account's fields."""
    text = files(__package__).joinpath("templates.json").read_text(encoding="utf-8")
    for name, field_id in field_ids.items():
        text = text.replace(f'"{{{name}}}"', f'"custom_fields_{field_id}"')
    found: dict[str, list[dict[str, Any]]] = json.loads(text)
    return found


def _ensure(http: Http, plural: str, wanted: Mapping[str, Any]) -> MadeTemplate:
    kind, path = _KINDS[plural], f"/api/v2/{plural}"
    for page in pages(http, path):
        for each in page.get(plural) or ():
            if each.get("title") == wanted["title"]:
                return MadeTemplate(
                    kind, str(wanted["title"]), is_new=False, is_active=bool(each.get("active"))
                )
    body = {**wanted, "active": False}
    if kind == "trigger" and (category := _category(http)):
        body["category_id"] = category
    decoded(http.call("POST", path, json={kind: body}, may_repeat=False), path)
    return MadeTemplate(kind, str(wanted["title"]), is_new=True, is_active=False)


def _category(http: Http) -> str | None:
    """Where triggers of ours belong: required once an account uses categories, refused before."""
    path = "/api/v2/trigger_categories"
    answer = http.call("GET", path, accept=(403, 404))
    there = decoded(answer, path).get("trigger_categories") if answer.ok else None
    if not there:
        return None
    ours = next((each for each in there if each.get("name") == CATEGORY), there[0])
    return str(ours["id"])
