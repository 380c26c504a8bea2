"""Creating and adopting our custom fields: ticket fields by title, user fields by key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...errors import Misconfigured, RetryLater
from ...model import Field
from .address import needs_admin
from .values import TICKET_TYPES, USER_TYPES, option

_MOST_LISTINGS = 5


def ensure_fields(client: Any, fields: Sequence[Field]) -> dict[str, str]:
    """Our name -> Zendesk's id. Everything is looked at before anything is created.

    Raises Misconfigured for a field of our name with another type.
    """
    with needs_admin("create ticket fields and user fields"):
        on_tickets = [field for field in fields if field.on == "conversation"]
        on_users = [field for field in fields if field.on == "contact"]
        found_fields = _adopted(client.ticket_fields, on_tickets, _title, TICKET_TYPES)
        found_users = _adopted(client.user_fields, on_users, _key, USER_TYPES)
        ids = _completed(client.ticket_fields, on_tickets, found_fields, _title, _ticket_field)
        return ids | _completed(client.user_fields, on_users, found_users, _key, _user_field)


def _title(found: Any) -> str:
    return str(getattr(found, "raw_title", None) or found.title or "").strip()


def _key(found: Any) -> str:
    return str(getattr(found, "key", None) or "")


def _name(field: Field) -> str:
    return field.title if field.on == "conversation" else field.name


def _adopted(api: Any, fields: Sequence[Field], name_of: Callable[[Any], str], types: Any) -> dict[str, Any]:
    """The account's own fields that are ours by name, after a look at all of them."""
    if not fields:
        return {}
    there: dict[str, list[Any]] = {}
    for found in api():
        there.setdefault(name_of(found), []).append(found)
    adopted = {}
    for field in fields:
        same_name = there.get(_name(field), [])
        same_type = [found for found in same_name if found.type == types[field.type]]
        if same_name and not same_type:
            raise Misconfigured(
                f'The account already has a field "{_name(field)}" of type {same_name[0].type}, and ours is '
                f"of type {types[field.type]}: rename or delete that field in Zendesk's admin centre, "
                "then run `fields` again."
            )
        if same_type:
            adopted[field.name] = min(same_type, key=lambda found: int(found.id))
    return adopted


def _completed(
    api: Any,
    fields: Sequence[Field],
    adopted: dict[str, Any],
    name_of: Callable[[Any], str],
    made: Callable[[Field], Any],
) -> dict[str, str]:
    types = TICKET_TYPES if fields and fields[0].on == "conversation" else USER_TYPES
    for listing in range(1, _MOST_LISTINGS + 1):
        try:
            for field in fields:
                if field.name not in adopted:
                    adopted[field.name] = _called(api.create, made(field), field)
                else:
                    _mend(api, adopted[field.name], field)
            break
        except RetryLater:
            # The answer is lost, the field may exist: look again before creating it twice. While the
            # gate is closed this raises RetryLater, and the next run looks first anyway.
            if listing == _MOST_LISTINGS:
                raise
            adopted = _adopted(api, fields, name_of, types)
    return {name: str(found.id) for name, found in adopted.items()}


def _mend(api: Any, found: Any, field: Field) -> None:
    """Add what an adopted field lacks: options of ours, or being active."""
    changes: dict[str, Any] = {}
    if getattr(found, "active", True) is False:
        changes["active"] = True
    theirs = [entry.to_dict() for entry in getattr(found, "custom_field_options", None) or ()]
    values = {entry.get("value") for entry in theirs}
    missing = [entry for entry in _options(field) if entry["value"] not in values]
    if missing:
        # A PUT without them would take the other options off their tickets (BEHAVIOR 10).
        kept = [{name: entry[name] for name in ("id", "name", "value") if name in entry} for entry in theirs]
        changes["custom_field_options"] = [*kept, *missing]
    if changes:
        _called(api.update, type(found)(id=found.id, **changes), field)
        for name, value in changes.items():
            if name == "active":
                found.active = value


def _called(call: Callable[[Any], Any], record: Any, field: Field) -> Any:
    from zenpy.lib.exception import APIException

    try:
        return call(record)
    except APIException as error:
        status = getattr(error.response, "status_code", "unknown")
        raise Misconfigured(
            f'Zendesk refuses to set up the field "{_name(field)}" (status {status}): look in its admin '
            "centre for an inactive field of that name, or for the limit of fields, then run `fields` again."
        ) from None


def _options(field: Field) -> list[dict[str, str]]:
    return [{"name": label, "value": option(field, value)} for value, label in field.options]


def _ticket_field(field: Field) -> Any:
    from zenpy.lib.api_objects import TicketField

    options = {"custom_field_options": _options(field)} if field.options else {}
    return TicketField(
        type=TICKET_TYPES[field.type],
        title=field.title,
        agent_description=field.description,
        visible_in_portal=False,
        editable_in_portal=False,
        required_in_portal=False,
        agent_can_edit=False,
        **options,
    )


def _user_field(field: Field) -> Any:
    from zenpy.lib.api_objects import UserField

    options = {"custom_field_options": _options(field)} if field.options else {}
    return UserField(
        key=field.name,
        type=USER_TYPES[field.type],
        title=field.title,
        description=field.description,
        **options,
    )
