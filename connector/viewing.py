"""What an agent sees of one conversation beside it on the platform, and what they may say about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from .disputing import Disputing
from .errors import Misconfigured
from .model import Installation, Status
from .privacy.keys import InstallationKeys
from .scoring.reasons_german import in_german
from .scoring.rubric import DIMENSIONS, Rubric
from .store import Store
from .store.disputes import CORRECTED, OPEN, Dispute
from .store.rows import StoredConversation

CHOICES: Final = {
    "fits": "The reply suits the situation better than the score says.",
    "elsewhere": "What was missing was said elsewhere, such as on the phone.",
    "not_ours": "The words are a quote, a template or a signature, not this reply.",
    "misread": "The words mean something else than what was read in them.",
    "feeling": "The customer's feeling was read wrongly.",
}
"""What somebody may say against a score; a choice, so that no text of a customer gets into it."""
MOST_REPLIES: Final = 20
LEAST_SHOWN: Final = 0.5
"""Fewer points than this round to none."""


class Viewing:
    """The views of one installation."""

    def __init__(
        self,
        installation: Installation,
        store: Store,
        keys: InstallationKeys,
        disputing: Disputing,
        rubric: Rubric,
    ) -> None:
        self._installation = installation
        self._name = installation.name
        self._store = store
        self._keys = keys
        self._disputing = disputing
        self._rubric = rubric

    def show(self, conversation_id: str, *, language: str = "en") -> dict[str, Any]:
        """The conversation as JSON: what to do now, why, the number, the history; never any text of it."""
        stored = self._store.conversation(self._name, conversation_id)
        if stored is None:
            return {"conversation_id": conversation_id, "state": self._why_unknown(conversation_id)}
        card, fields = stored.scorecard, stored.fields
        disputes = self._store.disputes(self._name, conversation_id)
        return {
            "conversation_id": conversation_id,
            "state": str(stored.status),
            "reason": card["reason"],
            "language": _language_of(stored),
            **_in(language, str(fields.get("empathy_reason") or card["reason_text"])),
            "needs_attention": bool(card["needs_attention"]),
            "help_next": self._help_next(stored),
            "empathy": fields.get("empathy_score"),
            "band": fields.get("empathy_band"),
            "sentiment": card["sentiment"],
            "sentiment_band": fields.get("empathy_sentiment_band"),
            "sentiment_shift": card["sentiment_shift"],
            "course": [
                {"sentiment": each["sentiment"], "sent_at": each.get("sent_at")}
                for each in stored.messages
                if each.get("role") == "customer" and each["sentiment"] is not None
            ],
            "replies": _replies(stored, language),
            "review": _review(disputes),
            "may_dispute": stored.status is Status.SCORED
            and not any(each.status == OPEN for each in disputes),
            "scored_at": stored.scored_at.isoformat(),
            "is_closed": stored.is_closed,
        }

    def bodies(self, conversation_id: str, message_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """What a browser needs to tell whether a body is still the one that was scored; no text of it."""
        stored = self._store.conversation(self._name, conversation_id)
        if stored is None:
            return {}
        wanted = frozenset(message_ids)
        return {
            each["id"]: {
                "key": self._keys.body_key(conversation_id, each["id"]).hex(),
                "mac": each["body_mac"],
            }
            for each in stored.messages
            if each["id"] in wanted and each.get("body_mac")
        }

    def contest(self, conversation_id: str, choice: str, *, by: str) -> dict[str, Any]:
        """Dispute the score, once: while a dispute is open, saying so again changes nothing.

        Raises Misconfigured for an unknown conversation, one without a score, or an unknown choice.
        """
        if choice not in CHOICES:
            raise Misconfigured(f"Say what is wrong with the score, one of: {', '.join(CHOICES)}.")
        stored = self._store.conversation(self._name, conversation_id)
        if stored is None or stored.status is not Status.SCORED:
            raise Misconfigured("There is no score here that could be disputed.")
        if not self._is_disputed(conversation_id):
            try:
                self._disputing.contest(conversation_id, by=by, reason=CHOICES[choice])
            except Misconfigured:
                if not self._is_disputed(conversation_id):  # else somebody was quicker
                    raise
        return _review(self._store.disputes(self._name, conversation_id)) or {}

    def _is_disputed(self, conversation_id: str) -> bool:
        return any(each.status == OPEN for each in self._store.disputes(self._name, conversation_id))

    def _why_unknown(self, conversation_id: str) -> str:
        if any(row.id == conversation_id for row in self._store.parked(self._name)):
            return "unreadable"
        installation = self._store.installation(self._name) or self._installation
        if installation.needs_authorization:
            return "reconnect"
        return "unread" if installation.last_sync_at else "never_synced"

    def _help_next(self, stored: StoredConversation) -> str | None:
        """What the latest reply has most left to earn, or has to take back; None where nothing is missing."""
        card = stored.scorecard
        is_called_for = stored.status is Status.SCORED or card["needs_attention"]
        latest = next((each for each in reversed(stored.messages) if each["dimensions"]), None)
        if not is_called_for or latest is None:
            return "interpretation" if card["needs_attention"] else None
        if latest["dismissive"] >= 0.5:
            return "dismissive"
        left = {name: self._rubric.weights[name] * (2 - latest["dimensions"][name]) for name in DIMENSIONS}
        most = max(DIMENSIONS, key=lambda name: left[name])
        return most if left[most] > 0 else None


def _in(language: str, reason_text: str) -> dict[str, str]:
    german = in_german(reason_text) if language == "de" else None
    return {"reason_text": german or reason_text, "reason_language": "de" if german else "en"}


def _language_of(stored: StoredConversation) -> str | None:
    unread = (each["language"] for each in stored.messages if each["reason"] == "language")
    found: str | None = next(unread, None) if stored.scorecard["reason"] == "language" else None
    return found or stored.scorecard["language"]


def _replies(stored: StoredConversation, language: str) -> list[dict[str, Any]]:
    """The replies of people that were read, newest first."""
    read = [each for each in stored.messages if each.get("role") == "agent" and each["dimensions"]]
    return [
        {
            "id": each["id"],
            "sent_at": each.get("sent_at"),
            "state": each["status"],
            "empathy": each["empathy"],
            "band": each["band"],
            **_in(language, each["reason_text"]),
            "passages": _passages(each["evidence"] or ()) if each["status"] == "scored" else [],
        }
        for each in reversed(read)
    ][:MOST_REPLIES]


def _passages(evidence: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The evidence of one reply by the words it stands on, in reading order."""
    by_place: dict[tuple[int, int], dict[str, Any]] = {}
    for piece in evidence:
        if abs(piece["points"]) < LEAST_SHOWN:
            continue
        passage = by_place.setdefault(
            (piece["start"], piece["end"]),
            {"body_start": piece.get("body_start"), "body_end": piece.get("body_end"), "rules": []},
        )
        passage["rules"].append({"rule": piece["rule"].partition(":")[0], "points": piece["points"]})
    for passage in by_place.values():
        passage["rules"].sort(key=lambda rule: -abs(rule["points"]))
        passage["points"] = round(sum(rule["points"] for rule in passage["rules"]), 1)
    return [by_place[place] for place in sorted(by_place)]


def _review(disputes: Sequence[Dispute]) -> dict[str, Any] | None:
    """What people decided about this score, without names or their words; None where nobody contested it."""
    if not disputes:
        return None
    last = disputes[-1]
    return {
        "status": last.status,
        "at": (last.decided_at or last.raised_at).isoformat(),
        "empathy": last.empathy if last.status == CORRECTED else None,
        "applies_to_latest_score": last.is_latest,
    }
