"""The HubSpot stand-in's CRM routes: objects and the associations between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .hubspot_account import HubSpotAccount
from .hubspot_calls import (
    Answer,
    Call,
    batch_answer,
    decode_cursor,
    encode_cursor,
    inputs_of,
    not_found,
    number_of,
    shown,
    type_of,
)
from .hubspot_properties import Refused
from .hubspot_records import LINK_TYPE_IDS
from .hubspot_search import search


def list_objects(account: HubSpotAccount, call: Call, kind: str) -> Answer:
    object_type = type_of(kind)
    limit = number_of(call.query, "limit", default=10, largest=100)
    is_archived = call.query.get("archived", "false") == "true"
    after = int(decode_cursor(call.query["after"])) if call.query.get("after") else 0
    names = [name for name in call.query.get("properties", "").split(",") if name]
    rows = sorted(
        (
            record
            for record in account.objects[object_type].values()
            if (record.archived_at is not None) == is_archived and int(record.id) > after
        ),
        key=lambda record: int(record.id),
    )
    body: dict[str, Any] = {"results": [shown(record, names) for record in rows[:limit]]}
    if len(rows) > limit:
        body["paging"] = {"next": {"after": encode_cursor(rows[limit - 1].id)}}
    return 200, body


def search_objects(account: HubSpotAccount, call: Call, kind: str) -> Answer:
    rows, total, after = search(account, type_of(kind), call.body, wall=call.knobs.result_wall)
    names = call.body.get("properties") or []
    body: dict[str, Any] = {"total": total, "results": [shown(record, names, held) for record, held in rows]}
    if after is not None:
        body["paging"] = {"next": {"after": str(after)}}
    return 200, body


def batch_read(account: HubSpotAccount, call: Call, kind: str) -> Answer:
    object_type = type_of(kind)
    inputs = inputs_of(call.body, most=100)
    if "associations" in call.body:
        raise Refused("VALIDATION_ERROR", "Unknown parameter associations")
    names = call.body.get("properties") or []
    results, missing = [], []
    for row in inputs:
        record = account.living(object_type, str(row["id"]))
        if record is None:
            missing.append(str(row["id"]))
        else:
            results.append(shown(record, names))
    # The order of the answer is not that of the question.
    return batch_answer(results[::-1], [not_found(object_type, missing)] if missing else [], account)


def batch_update(account: HubSpotAccount, call: Call, kind: str) -> Answer:
    object_type = type_of(kind)
    inputs = inputs_of(call.body, most=100)
    if call.knobs.bad_row_fails_batch:
        for row in inputs:
            _rehearse(account, object_type, row)
    results, errors = [], []
    for row in inputs:
        record_id = str(row["id"])
        trace = {"objectWriteTraceId": row["objectWriteTraceId"]} if "objectWriteTraceId" in row else {}
        try:
            record = account.write(object_type, record_id, row.get("properties") or {}, request=call.number)
        except Refused as refusal:
            errors.append(_row_error(object_type, record_id, refusal, trace))
        else:
            if record_id not in call.knobs.forgotten_results:
                results.append(shown(record, row.get("properties") or {}) | trace)
    return batch_answer(results[::-1], errors, account)


def _rehearse(account: HubSpotAccount, object_type: str, row: Mapping[str, Any]) -> None:
    """Refuse what a write would refuse, without writing."""
    record = account.living(object_type, str(row["id"]))
    if record is None:
        raise Refused(
            "OBJECT_NOT_FOUND", "Could not find some objects of the batch.", record_id=str(row["id"])
        )
    before, kept, versions = dict(record.values), len(account.writes), len(record.versions)
    updated_at = record.updated_at
    try:
        account.write(object_type, record.id, row.get("properties") or {}, request=0)
    finally:
        record.values, record.updated_at = before, updated_at
        del account.writes[kept:], record.versions[versions:]


def _row_error(
    object_type: str, record_id: str, refusal: Refused, trace: Mapping[str, str]
) -> dict[str, Any]:
    if refusal.category == "OBJECT_NOT_FOUND":
        error = not_found(object_type, [record_id])
    else:
        error = {
            "status": "error",
            "category": refusal.category,
            "message": refusal.message,
            "context": {"ids": [record_id]},
            "errors": [{"message": refusal.message, "code": refusal.code, "in": refusal.name}],
        }
    if trace:
        error["context"]["objectWriteTraceId"] = list(trace.values())
    return error


def read_one(account: HubSpotAccount, call: Call, kind: str, record_id: str) -> Answer:
    record = account.objects[type_of(kind)].get(record_id)
    is_archived = call.query.get("archived", "false") == "true"
    if record is None or (record.archived_at is not None) != is_archived:
        raise Refused("OBJECT_NOT_FOUND", "resource not found", status=404)
    return 200, shown(record, [name for name in call.query.get("properties", "").split(",") if name])


def update_one(account: HubSpotAccount, call: Call, kind: str, record_id: str) -> Answer:
    values = call.body.get("properties") if isinstance(call.body, dict) else None
    if not isinstance(values, dict):
        raise Refused("VALIDATION_ERROR", "properties must be given")
    return 200, shown(account.write(type_of(kind), record_id, values, request=call.number), values)


def read_links(account: HubSpotAccount, call: Call, kind: str, other: str) -> Answer:
    from_type, to_type = type_of(kind), type_of(other)
    results: list[Any] = []
    errors: list[Any] = []
    for row in inputs_of(call.body, most=1000):
        record_id = str(row["id"])
        linked = sorted(account.links.get((from_type, record_id, to_type), ()), key=int)
        start = int(decode_cursor(row["after"])) if row.get("after") else 0
        page = linked[start : start + call.knobs.association_page]
        if not linked:
            if call.knobs.unlinked_are_errors:
                errors.append(_unlinked(from_type, record_id, to_type))
            continue
        kinds = [
            {
                "category": "HUBSPOT_DEFINED",
                "typeId": LINK_TYPE_IDS.get((from_type, to_type), 999),
                "label": None,
            }
        ]
        result: dict[str, Any] = {
            "from": {"id": record_id},
            "to": [{"toObjectId": int(to_id), "associationTypes": kinds} for to_id in page],
        }
        end = start + call.knobs.association_page
        if end < len(linked):
            result["paging"] = {"next": {"after": encode_cursor(str(end))}}
        results.append(result)
    return batch_answer(results[::-1], errors, account)


def _unlinked(from_type: str, record_id: str, to_type: str) -> dict[str, Any]:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {to_type} are associated with {from_type} {record_id}.",
        "context": {"fromObjectId": [record_id], "fromObjectType": [from_type], "toObjectType": [to_type]},
    }
