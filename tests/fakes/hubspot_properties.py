"""Property definitions of the HubSpot stand-in, and what it accepts as a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

FIELD_TYPES = {
    "number": {"number"},
    "enumeration": {"select", "radio", "checkbox", "booleancheckbox"},
    "bool": {"booleancheckbox"},
    "datetime": {"date"},
    "date": {"date"},
    "string": {"text", "textarea", "html", "phonenumber", "file"},
    "phone_number": {"phonenumber"},
}
LONGEST_TEXT = 65_536

_STANDARD = {
    "tickets": {
        "subject": "string",
        "content": "string",
        "hs_pipeline": "string",
        "hs_pipeline_stage": "string",
        "hubspot_owner_id": "string",
        "hubspot_team_id": "string",
        "closed_date": "datetime",
        "hs_is_closed": "bool",
        "hs_ticket_priority": "string",
        "hs_ticket_category": "string",
        "source_type": "string",
        "hs_resolution": "string",
        "time_to_close": "number",
        "first_agent_reply_date": "datetime",
        "hs_last_message_received_at": "datetime",
        "hs_last_message_sent_at": "datetime",
        "hs_num_times_contacted": "number",
    },
    "contacts": {
        "firstname": "string",
        "lastname": "string",
        "email": "string",
        "lifecyclestage": "string",
        "lastmodifieddate": "datetime",
        "hs_v2_date_entered_lead": "datetime",
        "hs_v2_date_entered_opportunity": "datetime",
        "hs_v2_date_entered_customer": "datetime",
    },
    "deals": {
        "dealname": "string",
        "dealstage": "string",
        "pipeline": "string",
        "amount": "number",
        "amount_in_home_currency": "number",
        "closedate": "datetime",
        "hs_is_closed": "bool",
        "hs_is_closed_won": "bool",
    },
    "feedback_submissions": {
        "hs_survey_type": "string",
        "hs_survey_name": "string",
        "hs_survey_id": "string",
        "hs_value": "string",
        "hs_content": "string",
        "hs_response_group": "string",
        "hs_sentiment": "string",
        "hs_submission_timestamp": "datetime",
    },
    "emails": {
        "hs_timestamp": "datetime",
        "hs_email_text": "string",
        "hs_email_html": "string",
        "hs_email_subject": "string",
        "hs_email_direction": "string",
        "hs_email_status": "string",
        "hs_email_headers": "string",
        "hs_email_from_email": "string",
        "hs_email_thread_id": "string",
        "hs_email_message_id": "string",
        "hubspot_owner_id": "string",
    },
    "notes": {"hs_timestamp": "datetime", "hs_note_body": "string", "hubspot_owner_id": "string"},
    "calls": {
        "hs_timestamp": "datetime",
        "hs_call_body": "string",
        "hs_call_title": "string",
        "hs_call_direction": "string",
        "hs_call_has_transcript": "bool",
        "hs_call_transcription_id": "string",
        "hubspot_owner_id": "string",
    },
    "communications": {
        "hs_timestamp": "datetime",
        "hs_communication_body": "string",
        "hs_communication_channel_type": "string",
        "hs_communication_logged_from": "string",
        "hubspot_owner_id": "string",
    },
    "meetings": {
        "hs_timestamp": "datetime",
        "hs_meeting_body": "string",
        "hs_internal_meeting_notes": "string",
        "hs_meeting_start_time": "datetime",
        "hubspot_owner_id": "string",
    },
}
_EVERYWHERE = {"hs_object_id": "number", "createdate": "datetime", "hs_lastmodifieddate": "datetime"}


class Refused(Exception):
    """A request the platform answers with an error; `id` is the record it is about."""

    def __init__(
        self,
        category: str,
        message: str,
        *,
        code: str = "",
        status: int = 400,
        record_id: str = "",
        name: str = "",
    ) -> None:
        super().__init__(category)
        self.category = category
        self.message = message
        self.code = code
        self.status = status
        self.id = record_id
        self.name = name


def default_definitions() -> dict[str, dict[str, dict[str, Any]]]:
    """The properties every portal has, by object type and name."""
    return {
        object_type: {
            name: {
                "name": name,
                "label": name,
                "type": kind,
                "fieldType": min(FIELD_TYPES[kind]),
                "groupName": "ticketinformation" if object_type == "tickets" else "contactinformation",
                "options": [],
                "hubspotDefined": True,
                "hasUniqueValue": name == "hs_object_id",
                "archived": False,
            }
            for name, kind in (names | _EVERYWHERE).items()
        }
        for object_type, names in _STANDARD.items()
    }


def check_definition(
    body: Mapping[str, Any], groups: Mapping[str, Any], *, known: Mapping[str, Any] | None = None
) -> None:
    """Whether a property may be created, or (`known`) changed, this way. Raises Refused."""
    merged = dict(known or {}) | dict(body)
    for key in ("name", "label", "groupName", "type", "fieldType"):
        if not merged.get(key):
            raise Refused("VALIDATION_ERROR", f"Some required fields were not set: [{key}]")
    name = str(merged["name"])
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,99}", name) or (known is None and name.startswith("hs_")):
        raise Refused("VALIDATION_ERROR", "Property names must be lowercase, and not start with hs_.")
    if merged["groupName"] not in groups:
        raise Refused("VALIDATION_ERROR", f"Property group {merged['groupName']} does not exist.")
    if merged["fieldType"] not in FIELD_TYPES.get(str(merged["type"]), set()):
        raise Refused("VALIDATION_ERROR", f"fieldType {merged['fieldType']} does not fit {merged['type']}.")
    if known is not None and merged.get("hasUniqueValue") != known.get("hasUniqueValue"):
        raise Refused("VALIDATION_ERROR", "hasUniqueValue cannot be changed.")
    _check_options(str(merged["type"]), merged.get("options") or [])


def _check_options(kind: str, options: list[dict[str, Any]]) -> None:
    for option in options:
        if not {"label", "value", "displayOrder", "hidden"} <= set(option):
            raise Refused("VALIDATION_ERROR", "Options need label, value, displayOrder and hidden.")
    if kind == "enumeration" and not options:
        raise Refused("VALIDATION_ERROR", "Enumerations need options.")
    if kind == "bool" and {str(option["value"]) for option in options} != {"true", "false"}:
        raise Refused("VALIDATION_ERROR", "Boolean properties need exactly the options true and false.")


def stored_value(definitions: Mapping[str, Any], name: str, value: Any, *, record_id: str) -> str:
    """A written value as the platform keeps it: always text, blank when cleared. Raises Refused."""
    definition = definitions.get(name)
    if definition is None:
        raise Refused(
            "VALIDATION_ERROR",
            f'Property "{name}" does not exist',
            code="PROPERTY_DOESNT_EXIST",
            record_id=record_id,
            name=name,
        )
    if name in ("hs_object_id", "createdate", "hs_lastmodifieddate", "lastmodifieddate"):
        raise Refused(
            "VALIDATION_ERROR", f"{name} is read only", code="READ_ONLY_VALUE", record_id=record_id, name=name
        )
    if not isinstance(value, str):
        raise Refused(
            "VALIDATION_ERROR",
            "Invalid input JSON: property values are strings",
            record_id=record_id,
            name=name,
        )
    if value == "":
        return ""
    kind = definition["type"]
    if kind == "number":
        return _number(value, record_id, name)
    if kind in ("datetime", "date"):
        return _instant(value, record_id, name)
    if kind in ("enumeration", "bool"):
        allowed = {str(option["value"]) for option in definition["options"]} or {"true", "false"}
        chosen = value.split(";") if definition["fieldType"] == "checkbox" else [value]
        if not set(chosen) <= allowed:
            raise Refused(
                "VALIDATION_ERROR",
                f"{value} was not one of the allowed options: {sorted(allowed)}",
                code="INVALID_OPTION",
                record_id=record_id,
                name=name,
            )
    elif len(value) > LONGEST_TEXT:
        raise Refused(
            "VALIDATION_ERROR", "Value is too long", code="INVALID_LENGTH", record_id=record_id, name=name
        )
    return value


def _number(value: str, record_id: str, name: str) -> str:
    if not re.fullmatch(r"-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", value):
        raise Refused(
            "VALIDATION_ERROR",
            f"{value} was not a valid number.",
            code="INVALID_NUMBER",
            record_id=record_id,
            name=name,
        )
    number = float(value)
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else str(number)


def _instant(value: str, record_id: str, name: str) -> str:
    try:
        at = instant(value)
    except ValueError:
        raise Refused(
            "VALIDATION_ERROR",
            f"{value} was not a valid long.",
            code="INVALID_LONG",
            record_id=record_id,
            name=name,
        ) from None
    millis = at.microsecond // 1000
    return f"{at:%Y-%m-%dT%H:%M:%S}.{millis:03d}Z" if millis else f"{at:%Y-%m-%dT%H:%M:%S}Z"


def instant(value: str) -> datetime:
    """Epoch milliseconds or ISO 8601, aware UTC. Raises ValueError."""
    if re.fullmatch(r"-?\d+", value):
        return datetime.fromtimestamp(int(value) / 1000, tz=UTC)
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return at.astimezone(UTC)
