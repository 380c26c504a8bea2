"""The calls we make on records and the links between them, in batches of the sizes HubSpot allows."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from ...errors import Unreadable
from ...limits import TooLarge
from .refusals import NoSuchPath
from .sdk import Sdk

SEARCH_LIMIT = 200
BATCH_LIMIT = 100
ASSOCIATION_LIMIT = 1000

log = logging.getLogger(__name__)

Record = dict[str, Any]
"""A record as HubSpot sends it: `id`, `properties` (strings or None), `archivedAt`."""
T = TypeVar("T")


class Crm:
    """Records of one account: searched, read, listed and updated."""

    def __init__(self, sdk: Sdk) -> None:
        self._sdk = sdk

    def search(
        self, kind: str, filters: Sequence[Mapping[str, str]], properties: Sequence[str], *, above: int = 0
    ) -> Iterator[tuple[list[Record], int]]:
        """Pages of 200 of the matching records with ids above `above`, by rising id; with how many there are.

        Never pages with `after`: that ends at 10,000 results (BEHAVIOR.md 5).
        """
        limit, gathered = SEARCH_LIMIT, list[Record]()
        while True:
            beyond = {"propertyName": "hs_object_id", "operator": "GT", "value": str(above)}
            asked = {
                "filterGroups": [{"filters": [*filters, beyond]}],
                "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                "properties": list(properties),
                "limit": limit,
            }
            try:
                answer = self._sdk.crm.objects.search_api.do_search(kind, asked)
            except TooLarge:
                limit = _half(limit)
                continue
            found = sorted(answer.get("results") or [], key=lambda row: int(row["id"]))
            if found and int(found[0]["id"]) <= above:
                raise Unreadable(f"HubSpot's search for {kind} does not move on; nothing more was read.")
            gathered += found
            is_last = is_end(answer, len(found))
            if is_last or len(gathered) >= SEARCH_LIMIT:
                yield gathered, int(answer.get("total") or len(gathered))
            if is_last:
                if len(gathered) >= SEARCH_LIMIT:
                    yield [], len(gathered)  # a full page says that another one follows
                return
            above = int(found[-1]["id"])
            if len(gathered) >= SEARCH_LIMIT:
                gathered = []

    def read(self, kind: str, ids: Iterable[str], properties: Sequence[str]) -> dict[str, Record]:
        """Those of the records that exist, by the id HubSpot gives them now."""
        found: dict[str, Record] = {}
        waiting = list(ids)
        limit = BATCH_LIMIT
        while waiting:
            try:
                answer = self.read_batch(kind, waiting[:limit], properties)
            except TooLarge:
                limit = _half(limit)
                continue
            waiting = waiting[limit:]
            found |= {str(row["id"]): row for row in answer.get("results") or []}
        return found

    def read_batch(self, kind: str, ids: Sequence[str], properties: Sequence[str]) -> Record:
        """The raw answer for at most 100 records: `results` and `errors`."""
        inputs = [{"id": id_} for id_ in ids]
        body = {"inputs": inputs, "properties": list(properties), "propertiesWithHistory": []}
        answer: Record = self._sdk.crm.objects.batch_api.read(kind, body)
        return answer

    def one(self, kind: str, id_: str, properties: Sequence[str]) -> Record:
        """One record. Raises Refused with status 404 when it is gone."""
        answer: Record = self._sdk.crm.objects.basic_api.get_by_id(
            kind, id_, properties=[",".join(properties)]
        )
        return answer

    def archived(self, kind: str) -> Iterator[Record]:
        """Every archived record."""
        after: str | None = None
        limit = BATCH_LIMIT
        while True:
            options: dict[str, Any] = {"limit": limit, "archived": "true"}
            if after:
                options["after"] = after
            try:
                answer = self._sdk.crm.objects.basic_api.get_page(kind, **options)
            except TooLarge:
                limit = _half(limit)
                continue
            except NoSuchPath:
                log.warning("HubSpot does not list archived %s; deletions are not noticed here.", kind)
                return
            # Whoever takes a living record for a deleted one forgets it: the list's word is not enough.
            yield from (row for row in answer.get("results") or [] if row.get("archived") is not False)
            before, after = after, next_after(answer)
            if not after or after == before:
                return

    def probe(self, kind: str) -> None:
        """Find out that records of this kind can be read. Raises Misconfigured naming the missing scope."""
        self._sdk.crm.objects.search_api.do_search(kind, {"filterGroups": [], "limit": 1})

    def linked(self, kind: str, ids: Iterable[str], to: str) -> dict[str, list[str]]:
        """The ids of the records of the kind `to` that each record is associated with, in HubSpot's order."""
        links: dict[str, list[str]] = {}
        waiting: list[dict[str, str]] = [{"id": id_} for id_ in dict.fromkeys(ids)]
        limit = ASSOCIATION_LIMIT
        while waiting:
            batch = waiting[:limit]
            try:
                answer = self._sdk.crm.associations.v4.batch_api.get_page(kind, to, {"inputs": batch})
            except TooLarge:
                limit = _half(limit)
                continue
            waiting = waiting[limit:]
            asked = {row["id"]: row.get("after") for row in batch}
            for row in answer.get("results") or []:
                source = str(row["from"]["id"])
                known = links.setdefault(source, [])
                known += [
                    id_ for each in row.get("to") or [] if (id_ := str(each["toObjectId"])) not in known
                ]
                after = next_after(row)
                if after and after != asked.get(source):
                    waiting.append({"id": source, "after": after})
        return links

    def update_batch(self, kind: str, rows: Mapping[str, Mapping[str, str]]) -> Record:
        """Set properties of at most 100 records; the raw answer: `results` and `errors`."""
        inputs = [{"id": id_, "properties": dict(values)} for id_, values in rows.items()]
        answer: Record = self._sdk.crm.objects.batch_api.update(kind, {"inputs": inputs})
        return answer

    def update(self, kind: str, id_: str, values: Mapping[str, str]) -> Record:
        """Set properties of one record. Raises Refused."""
        answer: Record = self._sdk.crm.objects.basic_api.update(kind, id_, {"properties": dict(values)})
        return answer


def batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size`."""
    left = iter(rows)
    while batch := list(islice(left, size)):
        yield batch


def _half(limit: int) -> int:
    """For an answer that was too large. Raises TooLarge when one record alone is."""
    if limit == 1:
        raise TooLarge("One record of HubSpot's is too large to be read.")
    return limit // 2


def is_end(answer: Mapping[str, Any], found: int) -> bool:
    """Whether nothing follows a page of a search. A short page is no proof: how long pages are is theirs to
    choose; where the answer says nothing of what follows, an empty page is."""
    if not found:
        return True
    total = answer.get("total")
    return isinstance(total, int) and total <= found and not next_after(answer)


def next_after(answer: Mapping[str, Any]) -> str | None:
    """Where the next page begins, if there is one."""
    following = (answer.get("paging") or {}).get("next") or {}
    after = following.get("after")
    return str(after) if after else None
