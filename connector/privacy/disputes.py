"""The words of a dispute about a score: sealed like any text, under the key of the contact concerned."""

from __future__ import annotations

from typing import Final

from ..errors import Misconfigured
from ..model import Sealed, WrappedKey
from .keys import ContactKey, InstallationKeys, Place, require_key_of

REASON: Final = "reason"
"""Why somebody disputes the score."""
DECISION: Final = "decision"
"""Why somebody decided so."""
LONGEST: Final = 4000


def owner_of_dispute(contact_id: str | None, conversation_id: str) -> str:
    """Whose key seals the words: the contact's, or the conversation's where no contact is known."""
    return contact_id if contact_id is not None else f"conversation:{conversation_id}"


def checked_words(text: str | None) -> str:
    """The words, trimmed. Raises Misconfigured when there are none, or too many."""
    words = (text or "").strip()
    if not words:
        raise Misconfigured("Say why, in a sentence: --reason TEXT (or --reason - to read it from input).")
    if len(words) > LONGEST:
        raise Misconfigured(f"The reason is longer than {LONGEST:,} characters; shorten it.")
    return words


def checked_score(decision: str, empathy: int | None) -> int | None:
    """The corrected score. Raises Misconfigured where one is missing, out of range, or out of place."""
    if decision == "upheld":
        if empathy is not None:
            raise Misconfigured("An upheld score stays what it is; leave out --empathy.")
        return None
    if empathy is None or not 0 <= empathy <= 100:
        raise Misconfigured("A corrected score needs its new value: --empathy N, from 0 to 100.")
    return empathy


def seal_words(key: ContactKey, conversation_id: str, dispute_id: str, part: str, text: str) -> Sealed:
    """The words, sealed for their place."""
    return key.seal(text, _place(conversation_id, dispute_id, part))


def open_words(
    sealed: Sealed,
    conversation_id: str,
    dispute_id: str,
    part: str,
    *,
    wrapped: WrappedKey,
    keys: InstallationKeys,
) -> str:
    """The words again. Raises Unreadable for anything but their own sealed bytes."""
    require_key_of(sealed, wrapped)
    return keys.open_contact_key(wrapped).open(sealed, _place(conversation_id, dispute_id, part))


def _place(conversation_id: str, dispute_id: str, part: str) -> Place:
    return Place(conversation_id, dispute_id, part, 0, record_type="dispute", purpose="dispute")
