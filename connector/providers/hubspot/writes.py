"""Setting our properties on records, with an outcome for each row whatever the batch's was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...model import Outcome, Write, Written
from .crm import BATCH_LIMIT, Crm, Record, batches
from .mapping import properties_of
from .refusals import Refused, note
from .values import ids_in, is_same, property_text

Values = Mapping[str, str]
_GONE = "OBJECT_NOT_FOUND"


class Writes:
    """Writes values to the records of one kind: `tickets` or `contacts`."""

    def __init__(self, crm: Crm, field_ids: Mapping[str, str] | None) -> None:
        self._crm = crm
        self.field_ids = field_ids or {}

    def write(self, kind: str, batch: Sequence[Write]) -> list[Written]:
        """One outcome for each row, in order; rows whose outcome is unknown are left out."""
        rows = {row.id: self._values(row) for row in batch}
        due = {id_: values for id_, values in rows.items() if values}
        outcomes = {id_: Written(id_, Outcome.UNCHANGED) for id_ in rows if id_ not in due}
        for ids in batches(due, BATCH_LIMIT):
            outcomes |= self._batch(kind, {id_: due[id_] for id_ in ids})
        return [outcomes[row.id] for row in batch if row.id in outcomes]

    def _values(self, row: Write) -> Values:
        """Only what is ours: a name without a property is not written."""
        return {
            self.field_ids[name]: property_text(value)
            for name, value in row.values.items()
            if name in self.field_ids
        }

    def _batch(self, kind: str, rows: Mapping[str, Values]) -> dict[str, Written]:
        """A batch of at most 100; a refused one is taken apart (BEHAVIOR.md 16)."""
        try:
            answer = self._crm.update_batch(kind, rows)
        except Refused as refused:
            return self._apart(kind, rows, refused)
        outcomes = {
            id_: Written(id_, Outcome.WRITTEN)
            for row in answer.get("results") or []
            if (id_ := str(row["id"])) in rows
        }
        named = ids_in(answer.get("errors") or [])
        single = {id_: rows[id_] for id_, category in named.items() if id_ in rows and category != _GONE}
        for id_, category in named.items():
            if id_ in rows and category == _GONE:
                outcomes[id_] = Written(id_, Outcome.GONE, _GONE)
        outcomes |= self._singly(kind, single)
        unknown = {id_: values for id_, values in rows.items() if id_ not in outcomes}
        return outcomes | self._settled(kind, unknown)

    def _apart(self, kind: str, rows: Mapping[str, Values], refused: Refused) -> dict[str, Written]:
        """After a 400 nothing was written: the rows it names go singly, the rest once more together."""
        named = ids_in(refused.answer.get("errors") or []) | ids_in([refused.answer])
        blamed = {id_: values for id_, values in rows.items() if id_ in named}
        rest = {id_: values for id_, values in rows.items() if id_ not in named}
        if not blamed or not rest:
            return self._singly(kind, rows)
        return self._singly(kind, blamed) | self._batch(kind, rest)

    def _singly(self, kind: str, rows: Mapping[str, Values]) -> dict[str, Written]:
        return {id_: self._one(kind, id_, values) for id_, values in rows.items()}

    def _one(self, kind: str, id_: str, values: Values) -> Written:
        try:
            answer = self._crm.update(kind, id_, values)
        except Refused as refused:
            if refused.status in {404, 410} or _GONE in refused.note:
                return Written(id_, Outcome.GONE, refused.note)
            return Written(id_, Outcome.REJECTED, refused.note)
        if str(answer.get("id", id_)) != id_:
            return Written(id_, Outcome.GONE, "MERGED")
        return Written(id_, Outcome.WRITTEN)

    def _settled(self, kind: str, rows: Mapping[str, Values]) -> dict[str, Written]:
        """Rows that the answer passed over in silence: look what stands there now."""
        if not rows:
            return {}
        names = sorted({name for values in rows.values() for name in values})
        answer = self._crm.read_batch(kind, list(rows), [*names, "hs_merged_object_ids"])
        found: dict[str, Record] = {str(row["id"]): row for row in answer.get("results") or []}
        outcomes: dict[str, Written] = {}
        for id_, values in rows.items():
            if id_ in found and is_written(values, found[id_]):
                outcomes[id_] = Written(id_, Outcome.WRITTEN)
        for id_, category in ids_in(answer.get("errors") or []).items():
            if id_ in rows and category == _GONE:
                outcomes[id_] = Written(id_, Outcome.GONE, note(answer))
        for record in found.values():
            for id_ in str(properties_of(record).get("hs_merged_object_ids") or "").split(";"):
                if id_ in rows and id_ not in found:
                    outcomes[id_] = Written(id_, Outcome.GONE, "MERGED")
        return outcomes


def is_written(values: Values, record: Record) -> bool:
    """Whether a record has all these values."""
    found = properties_of(record)
    return all(is_same(value, found.get(name)) for name, value in values.items())
