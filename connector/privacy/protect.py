"""Step 5 of a sync: seals what the policy lets us keep of a conversation's words, before any disk."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Final

from ..model import Conversation, ConversationScore, Head, KeptText, Message, Role, WrappedKey
from .keys import ContactKey, InstallationKeys, Place, require_key_of
from .policy import Mode, Policy, Retention, labels_of

TEXT_USED: Final = "text_used"
"""The kept part of a message: its own words as they were scored, without quotes and signatures."""


def owner_of(head: Head) -> str:
    """Whose key seals a conversation's texts: its contact's, or its own where no contact is known."""
    return head.contact_id if head.contact_id is not None else f"conversation:{head.id}"


def retention_of(head: Head, policy: Policy) -> Retention:
    """What may be kept of a conversation."""
    return policy.for_labels(labels_of(head))


def seal_conversation(
    conversation: Conversation,
    card: ConversationScore,
    *,
    policy: Policy,
    key: ContactKey,
    owner: str,
    now: datetime,
    names: Collection[str] = (),
) -> tuple[KeptText, ...]:
    """The words of every message that has some, sealed; none where the policy is to drop them.

    `names` are people of this conversation, which `redact` removes. Raises Unsupported when the key has
    sealed too many texts.
    """
    retention = retention_of(conversation.head, policy)
    if retention.mode is Mode.DROP:
        return ()
    said = {message.id: message for message in conversation.messages}
    kept = {}
    for score in card.messages:
        if not score.text_used:
            continue
        text = redacted(score.text_used, names) if retention.mode is Mode.REDACT else score.text_used
        message_id = _storable(score.id)
        place = Place(conversation.id, message_id, TEXT_USED, policy.version)
        kept[message_id] = KeptText(
            message_id=message_id,
            part=TEXT_USED,
            owner=owner,
            mode=str(retention.mode),
            sealed=key.seal(_packed(said[score.id], text), place),
            kept_at=now,
            due_at=now + retention.keep,
            policy_version=policy.version,
        )
    return tuple(kept.values())


def open_message(
    text: KeptText, conversation_id: str, wrapped: WrappedKey, keys: InstallationKeys
) -> Message:
    """A kept message as it can be scored again. Raises Unreadable for anything but its own sealed bytes."""
    require_key_of(text.sealed, wrapped)
    place = Place(conversation_id, text.message_id, text.part, text.policy_version)
    content = json.loads(keys.open_contact_key(wrapped).open(text.sealed, place))
    sent_at = content["sent_at"]
    return Message(
        id=content["id"],
        role=Role(content["role"]),
        body=content["text"],
        is_public=content["is_public"],
        is_automated=content["is_automated"],
        sent_at=datetime.fromisoformat(sent_at) if sent_at else None,
        author_id=content["author_id"],
        language=content["language"],
    )


def redacted(text: str, names: Collection[str]) -> str:
    """The text without what identifies people."""
    from .redact import redact  # loads its patterns, which most installations never need

    return redact(text, names).text


def _packed(message: Message, text: str) -> str:
    return json.dumps(
        {
            "id": message.id,
            "role": str(message.role),
            "text": text,
            "is_public": message.is_public,
            "is_automated": message.is_automated,
            "sent_at": message.sent_at.isoformat() if message.sent_at else None,
            "author_id": message.author_id,
            "language": message.language,
        },
        separators=(",", ":"),
    )


def _storable(text: str) -> str:
    # The id as the database will give it back, since the sealed bytes are bound to it.
    return text.encode("utf-8", "replace").decode().replace("\0", "?")
