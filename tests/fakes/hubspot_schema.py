"""The HubSpot stand-in's definitions: properties, groups, owners and pipelines."""

from __future__ import annotations

from typing import Any

from .hubspot_account import HubSpotAccount
from .hubspot_calls import Answer, Call, decode_cursor, encode_cursor, number_of, type_of
from .hubspot_properties import Refused, check_definition
from .hubspot_records import iso


def list_properties(account: HubSpotAccount, call: Call, kind: str) -> Answer:
    return 200, {"results": list(account.properties[type_of(kind)].values())}


def create_property(account: HubSpotAccount, call: Call, kind: str) -> Answer:
    object_type = type_of(kind)
    held = account.properties[object_type]
    check_definition(call.body, account.groups.get(object_type, {}))
    name = call.body["name"]
    if name in held:
        raise Refused("OBJECT_ALREADY_EXISTS", f"Property named '{name}' already exists.", status=409)
    held[name] = {
        "description": "",
        "options": [],
        "displayOrder": -1,
        "hasUniqueValue": False,
        "hidden": False,
        "formField": False,
        "hubspotDefined": False,
        "archived": False,
        "modificationMetadata": {"archivable": True, "readOnlyDefinition": False, "readOnlyValue": False},
        "createdAt": iso(account.now()),
        "updatedAt": iso(account.now()),
        **call.body,
    }
    return 201, held[name]


def read_property(account: HubSpotAccount, call: Call, kind: str, name: str) -> Answer:
    held = account.properties[type_of(kind)]
    if name not in held:
        raise Refused("OBJECT_NOT_FOUND", f"Property {name} does not exist", status=404)
    return 200, held[name]


def change_property(account: HubSpotAccount, call: Call, kind: str, name: str) -> Answer:
    _, known = read_property(account, call, kind, name)
    check_definition(call.body, account.groups.get(type_of(kind), {}), known=known)
    known |= dict(call.body) | {"name": name, "updatedAt": iso(account.now())}
    return 200, known


def list_groups(account: HubSpotAccount, call: Call, kind: str) -> Answer:
    return 200, {"results": list(account.groups.setdefault(type_of(kind), {}).values())}


def create_group(account: HubSpotAccount, call: Call, kind: str) -> Answer:
    held = account.groups.setdefault(type_of(kind), {})
    for key in ("name", "label"):
        if not call.body.get(key):
            raise Refused("VALIDATION_ERROR", f"Some required fields were not set: [{key}]")
    name = call.body["name"]
    if name in held:
        raise Refused("OBJECT_ALREADY_EXISTS", f"Property group '{name}' already exists.", status=409)
    held[name] = {"displayOrder": -1, "archived": False, **call.body}
    return 201, held[name]


def list_owners(account: HubSpotAccount, call: Call) -> Answer:
    limit = number_of(call.query, "limit", default=100, largest=500)
    after = int(decode_cursor(call.query["after"])) if call.query.get("after") else 0
    rows = sorted(
        (row for row in account.owners.values() if int(row["id"]) > after), key=lambda row: int(row["id"])
    )
    if call.query.get("email"):
        rows = [row for row in rows if row["email"] == call.query["email"]]
    body: dict[str, Any] = {"results": rows[:limit]}
    if len(rows) > limit:
        body["paging"] = {"next": {"after": encode_cursor(rows[limit - 1]["id"])}}
    return 200, body


def list_pipelines(account: HubSpotAccount, call: Call, kind: str) -> Answer:
    type_of(kind)
    stages = [
        ("1", "New", "OPEN"),
        ("2", "Waiting on contact", "OPEN"),
        ("3", "Waiting on us", "OPEN"),
        ("4", "Closed", "CLOSED"),
    ]
    return 200, {
        "results": [
            {
                "id": "0",
                "label": "Support pipeline",
                "displayOrder": 0,
                "archived": False,
                "stages": [
                    {
                        "id": record_id,
                        "label": label,
                        "displayOrder": order,
                        "archived": False,
                        "metadata": {"ticketState": state, "isClosed": str(state == "CLOSED").lower()},
                    }
                    for order, (record_id, label, state) in enumerate(stages)
                ],
            }
        ]
    }
