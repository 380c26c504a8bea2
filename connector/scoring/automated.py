"""Tells messages that no person wrote: auto-replies, bounces, acknowledgements, bots, surveys."""

from __future__ import annotations

from ..model import Role


def automated_reason(text: str, *, role: Role, is_automated: bool) -> str | None:
    """A short rule name when nobody wrote this, None for a person's words; metadata counts before text."""
    if role is Role.BOT:
        return "bot"
    if role is Role.SYSTEM:
        return "system"
    if is_automated:
        return "marked_by_platform"
    del text
    return None
