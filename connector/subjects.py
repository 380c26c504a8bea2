"""What we know about one contact, as that person may ask to see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .disputing import Disputing
from .erasing import Erasing
from .errors import Unreadable
from .keeping import policy_in_force
from .model import Installation
from .privacy.erasure import pseudonym_of
from .privacy.keys import InstallationKeys
from .privacy.protect import open_message
from .privacy.purpose import intended_purpose
from .store import Store
from .store.subjects import AboutConversation


@dataclass(frozen=True, slots=True)
class Subjects:
    """Answers requests for access, for one installation."""

    installation: Installation
    store: Store
    keys: InstallationKeys
    erasing: Erasing
    disputing: Disputing
    now: datetime

    def export(self, contact_id: str) -> dict[str, Any]:
        """All data about a contact, kept texts opened; nothing about anybody else."""
        name = self.installation.name
        about = self.store.about_contact(name, contact_id)
        pseudonym = pseudonym_of(self.keys, contact_id)
        return {
            "contact_id": contact_id,
            "conversations": [self._conversation(each, contact_id) for each in about.conversations],
            "roll_up": _plain(about.roll_up),
            "imported": _plain(about.facts),
            "keys": _plain(about.keys),
            "erasures": [
                {
                    "asked_at": _plain(each.asked_at),
                    "because": each.because,
                    "done_at": _plain(each.done_at),
                    "readmitted_at": _plain(each.readmitted_at),
                }
                for each in self.store.erasures(name)
                if each.pseudonym == pseudonym
            ],
            "is_left_out": pseudonym in self.erasing.erased(name),
        }

    def circumstances(self) -> dict[str, Any]:
        """What holds for every contact: purpose, recipients, and how long what is kept."""
        name = self.installation.name
        policy = policy_in_force(self.store, name)
        fields = sorted(self.installation.field_ids or ())
        return {
            "installation": name,
            "provider": self.installation.provider,
            "account": self.installation.account_name,
            "made_at": _plain(self.now),
            "purpose": intended_purpose().statement,
            "recipients": [
                {
                    "who": f"{self.installation.provider} account {self.installation.account_name}",
                    "what": fields or "the scores, once the fields exist",
                },
                {"who": "the people who may sign in to this connector", "what": "scores and reasons"},
            ],
            "retention": {
                "texts": policy.as_json(),
                "scores": "until the conversation is deleted there, the contact opts out or is erased, "
                "or the account is disconnected",
                "policy_version": policy.version,
            },
        }

    def _conversation(self, about: AboutConversation, contact_id: str) -> dict[str, Any]:
        conversation_id = str(about.conversation["conversation_id"])
        shown: dict[str, Any] = dict(about.conversation)
        write = dict(about.write or {})
        shown |= {
            "tags": list(about.tags),
            "labels": list(about.labels),
            "scores": list(about.scores),
            "messages": list(about.messages),
            "remembered_replies": list(about.replies),
            "texts": self._texts(conversation_id, contact_id),
            "disputes": self._disputes(conversation_id),
            "fields": write.pop("values", None),
            "write": {key: value for key, value in write.items() if key != "conversation_id"},
        }
        plain: dict[str, Any] = _plain(shown)
        return plain

    def _texts(self, conversation_id: str, contact_id: str) -> list[dict[str, Any]]:
        name, shown = self.installation.name, []
        for text in self.store.kept_texts(name, conversation_id):
            row: dict[str, Any] = {
                "message_id": text.message_id,
                "part": text.part,
                "mode": text.mode,
                "kept_at": text.kept_at,
                "due_at": text.due_at,
                "policy_version": text.policy_version,
                "text": None,
            }
            wrapped = self.store.contact_key(name, text.owner)
            if wrapped is not None:
                try:
                    opened = open_message(text, conversation_id, wrapped, self.keys)
                except Unreadable:
                    row["problem"] = "These words are damaged and cannot be opened any more."
                else:
                    row |= {"text": opened.body, "role": opened.role, "sent_at": opened.sent_at}
                    row["is_by_contact"] = opened.author_id == contact_id
            shown.append(row)
        return shown

    def _disputes(self, conversation_id: str) -> list[dict[str, Any]]:
        shown = []
        for each in self.store.disputes(self.installation.name, conversation_id):
            words = self.disputing.words(each)
            shown.append(
                {
                    "id": each.id,
                    "raised_at": each.raised_at,
                    "status": each.status,
                    "reason": words.reason,
                    "decided_at": each.decided_at,
                    "decision": words.decision,
                    "empathy": each.empathy,
                    "band": each.band,
                }
            )
        return shown


def _plain(value: Any) -> Any:
    """As JSON takes it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
