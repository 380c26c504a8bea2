"""Contacts as such: who opted out, who is gone, whose an address is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ...fields import OPT_OUT
from .crm import Crm
from .refusals import Refused
from .values import parse_time


class Contacts:
    """The contacts of one account."""

    def __init__(self, crm: Crm, *, is_opt_out_known: bool) -> None:
        self._crm = crm
        self._is_opt_out_known = is_opt_out_known

    def opted_out(self) -> Iterator[str]:
        """Every contact who carries `empathy_opt_out`; none where the property was never made."""
        filters = [{"propertyName": OPT_OUT, "operator": "EQ", "value": "true"}]
        try:
            for rows, _ in self._crm.search("contacts", filters, ()):
                yield from (str(row["id"]) for row in rows)
        except Refused as unknown:
            if unknown.status != 400 or self._is_opt_out_known:
                raise

    def deleted(self, since: datetime) -> Iterator[str]:
        """Contacts archived at or after `since`."""
        for record in self._crm.archived("contacts"):
            at = parse_time(record.get("archivedAt"))
            if at is None or at >= since:
                yield str(record["id"])

    def with_email(self, email: str) -> list[str]:
        """The contacts with that address as their own; HubSpot keeps addresses in lower case."""
        filters = [{"propertyName": "email", "operator": "EQ", "value": email.strip().lower()}]
        return [str(row["id"]) for rows, _ in self._crm.search("contacts", filters, ()) for row in rows]
