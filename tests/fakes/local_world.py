"""A local account with the knobs the conformance suite asks for: a folder, one file for each conversation."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from connector.model import Role
from connector.providers.local import LocalProvider
from tests.fakes.clock import Clock
from tests.providers.world import NotApplicable, Said, Seen

AGENT = "agent-1"
_AUTHORS = {Role.AGENT: AGENT, Role.BOT: "bot-1", Role.SYSTEM: "system"}


class LocalWorld:
    """Lives in `folder` on a clock of its own; files carry that clock's times."""

    def __init__(self, folder: Path, *, clock: Clock | None = None) -> None:
        self.folder = folder
        self.requests: list[Seen] = []
        self._clock = clock or Clock()
        self._conversations: dict[str, dict[str, Any]] = {}
        self._contacts: list[dict[str, Any]] = []
        self._agents = 1
        folder.mkdir(parents=True, exist_ok=True)

    def now(self) -> datetime:
        return self._clock.now()

    def tick(self, seconds: float) -> None:
        self._clock.tick(seconds)

    def provider(self, **options: Any) -> LocalProvider:
        return LocalProvider(self.folder, now=self.now, **options)

    def add_contact(
        self, *, name: str = "Sam Sample", email: str | None = None, opted_out: bool = False
    ) -> str:
        contact_id = f"contact-{len(self._contacts) + 1}"
        self._contacts.append({"id": contact_id, "name": name, "email": email, "opted_out": opted_out})
        self._put("contacts.jsonl", self._contacts)
        return contact_id

    def add_agent(self, *, name: str = "Alex Agent") -> str:
        self._agents += 1
        return f"agent-{self._agents}"

    def add_conversation(
        self,
        said: Sequence[Said],
        *,
        contact_id: str | None = None,
        tags: Sequence[str] = (),
        is_closed: bool = False,
        at: datetime | None = None,
    ) -> str:
        conversation_id = str(len(self._conversations) + 1)
        record: dict[str, Any] = {
            "id": conversation_id,
            "subject": "A subject",
            "contact_id": contact_id or "contact-0",
            "tags": list(tags),
            "status": "closed" if is_closed else "open",
            "messages": [],
        }
        self._conversations[conversation_id] = record
        for each in said:
            self._say(record, each)
        self._changed(record, at)
        return conversation_id

    def add_macro(self, body: str, *, is_html: bool = False, is_active: bool = True) -> str:
        if not is_active:
            raise NotApplicable("A folder holds no macro that is out of use")
        path = self.folder / "macros.jsonl"
        held = path.read_text("utf-8").splitlines() if path.exists() else []
        held.append(json.dumps({"id": f"macro-{len(held)}", "html" if is_html else "text": body}))
        path.write_text("\n".join(held) + "\n", "utf-8")
        return f"macro-{len(held) - 1}"

    def add_message(self, conversation_id: str, said: Said) -> str:
        record = self._conversations[conversation_id]
        message_id = self._say(record, said)
        self._changed(record)
        return message_id

    def place_in(self, conversation_id: str, kind: str, place_id: str) -> None:
        record = self._conversations[conversation_id]
        record[kind] = place_id
        self._changed(record)

    def thread_of(self, conversation_id: str) -> str:
        raise NotApplicable("A local account has no threads")

    def touch(self, conversation_id: str) -> None:
        record = self._conversations[conversation_id]
        record["priority"] = record.get("priority", 0) + 1
        self._changed(record)

    def delete(self, conversation_id: str) -> None:
        self._conversations.pop(conversation_id)
        (self.folder / f"{conversation_id}.jsonl").unlink()
        path = self.folder / "deleted.jsonl"
        before = path.read_text().splitlines() if path.exists() else []
        self._put("deleted.jsonl", [*map(json.loads, before), {"id": conversation_id}])

    def delete_contact(self, contact_id: str) -> None:
        self._contacts = [each for each in self._contacts if each["id"] != contact_id]
        self._contacts.append({"id": contact_id, "deleted": True})
        self._put("contacts.jsonl", self._contacts)

    def opt_out(self, contact_id: str, *, is_out: bool = True) -> None:
        """Put the contact's flag, or take it away; the conversations themselves do not change."""
        [contact] = [each for each in self._contacts if each["id"] == contact_id]
        contact["opted_out"] = is_out
        self._put("contacts.jsonl", self._contacts)

    def tell_outcome(
        self,
        conversation_id: str,
        *,
        rating: str | int | None = None,
        comment: str | None = None,
        first_reply_minutes: float | None = None,
        resolution_minutes: float | None = None,
        reopens: int | None = None,
    ) -> None:
        record = self._conversations[conversation_id]
        told = {
            "rating": rating,
            "comment": comment,
            "first_reply_minutes": first_reply_minutes,
            "resolution_minutes": resolution_minutes,
            "reopens": reopens,
        }
        told = {name: value for name, value in told.items() if value is not None}
        record["outcome"] = {**record.get("outcome", {}), **told}
        self._changed(record)

    def reach_stage(self, contact_id: str, stage: str, at: datetime) -> None:
        self._contact(contact_id).setdefault("stages", {})[stage] = at.isoformat()
        self._put("contacts.jsonl", self._contacts)

    def close_deal(self, contact_id: str, *, is_won: bool, amount: float, at: datetime) -> str:
        deals = self._contact(contact_id).setdefault("deals", [])
        deal_id = f"deal-{contact_id}-{len(deals) + 1}"
        deals.append({"id": deal_id, "at": at.isoformat(), "won": is_won, "amount": amount})
        self._put("contacts.jsonl", self._contacts)
        return deal_id

    def answer_survey(
        self,
        contact_id: str,
        *,
        recommend: int,
        comment: str | None = None,
        conversation_id: str | None = None,
    ) -> str:
        answers = self._contact(contact_id).setdefault("feedback", [])
        answer = {
            "id": f"{contact_id}-{len(answers) + 1}",
            "at": self.now().isoformat(),
            "survey": "Loyalty",
            "recommend": recommend,
            "comment": comment,
            "conversation_id": conversation_id,
        }
        answers.append(answer)
        self._put("contacts.jsonl", self._contacts)
        return str(answer["id"])

    def take_surveys(self) -> None:
        raise NotApplicable("a folder has no plan and no scopes")

    def _contact(self, contact_id: str) -> dict[str, Any]:
        return next(each for each in self._contacts if each["id"] == contact_id)

    def close(self, conversation_id: str) -> None:
        record = self._conversations[conversation_id]
        record["status"] = "closed"
        self._changed(record)

    def values_of(self, conversation_id: str) -> Mapping[str, Any]:
        fields = self._score_row(conversation_id).get("fields", {})
        return {name: value for name, value in fields.items() if value is not None}

    def other_values_of(self, conversation_id: str) -> Mapping[str, Any]:
        row = {key: value for key, value in self._score_row(conversation_id).items() if key != "fields"}
        files = {
            path.name: path.read_bytes() for path in self.folder.iterdir() if path.name != "scores.jsonl"
        }
        return {"row": row or {"id": conversation_id}, "files": files}

    def writes_to(self, conversation_id: str) -> int:
        raise NotApplicable("a folder does not count writes")

    def make_clash(self) -> None:
        raise NotApplicable("a folder has no fields of a type")

    def kill_token(self) -> None:
        raise NotApplicable("a folder has no token")

    def take_scope(self) -> None:
        raise NotApplicable("a folder has no scopes")

    def be_busy(self, *, seconds: float, times: int = 1) -> None:
        raise NotApplicable("a folder is never busy")

    def be_down(self, *, times: int = 1) -> None:
        raise NotApplicable("a folder is never down")

    def cut_off(self, *, times: int = 1) -> None:
        raise NotApplicable("a folder answers at once")

    def _say(self, record: dict[str, Any], said: Said) -> str:
        message_id = f"{record['id']}-{len(record['messages']) + 1}"
        author_id = said.author_id or _AUTHORS.get(said.role) or record["contact_id"]
        record["messages"].append(
            {
                "id": message_id,
                "role": said.role.value,
                "html" if said.is_html else "text": said.text,
                "sent_at": (said.at or self.now()).isoformat(),
                "public": said.is_public,
                "author_id": author_id,
            }
        )
        return message_id

    def _changed(self, record: dict[str, Any], at: datetime | None = None) -> None:
        record["updated_at"] = (at or self.now()).isoformat()
        self._put(f"{record['id']}.jsonl", [record])

    def _put(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        path = self.folder / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        stamp = self.now().timestamp()
        os.utime(path, (stamp, stamp))

    def _score_row(self, conversation_id: str) -> dict[str, Any]:
        path = self.folder / "scores.jsonl"
        if not path.exists():
            return {}
        rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        return next((row for row in rows if row["id"] == conversation_id), {})
