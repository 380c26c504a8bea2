"""The step of a set-up that chooses what is scored: on which channels, and what else is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from ..errors import Misconfigured
from ..opting_out import OptingOut

KINDS = {
    "tag": ("Tags", "as they stand on tickets"),
    "brand": ("Brands", "by their ids"),
    "queue": ("Groups", "by their ids"),
    "pipeline": ("Pipelines", "by their ids"),
    "channel": ("Other channels", "by the platform's own words"),
}
CHANNELS: Mapping[str, Mapping[str, str]] = {
    "zendesk": {
        "email": "E-mail",
        "web": "Web forms and the help centre",
        "native_messaging": "Messaging",
        "chat": "Chat",
        "api": "What other programs create",
        "voice": "Written notes of calls",
    },
    "hubspot": {"email": "E-mail", "chat": "Chat and messaging", "form": "Forms", "phone": "Notes of calls"},
}
"""The channels that a platform names; what else there is can be typed."""
MOST_IDS = 200


def content(listed: OptingOut) -> dict[str, Any]:
    """What the form shows: the list as it is."""
    known = CHANNELS.get(listed.installation.provider, {})
    left_out = _left_out(listed)
    typed = {
        kind: [id_ for id_ in ids if kind != "channel" or id_ not in known] for kind, ids in left_out.items()
    }
    return {
        "kinds": [(kind, KINDS[kind], ", ".join(ids)) for kind, ids in typed.items()],
        "channels": [(name, word, name not in left_out.get("channel", ())) for name, word in known.items()],
    }


def asked(listed: OptingOut, form: MultiDict[str, str]) -> dict[str, list[str]]:
    """What the form leaves out, by kind. Raises Misconfigured when no channel is left."""
    found = {kind: _ids(form.get(kind, "")) for kind in _left_out(listed)}
    if form.get("channels_shown") == "yes":
        known = CHANNELS.get(listed.installation.provider, {})
        scored = frozenset(form.getlist("scored_channel"))
        found["channel"] = [*found["channel"], *(name for name in known if name not in scored)]
        if not scored & known.keys():
            raise Misconfigured("Choose at least one channel: with none, nothing would be scored.")
    elif "channel" not in form:
        found.pop("channel", None)
    return found


def _left_out(listed: OptingOut) -> dict[str, list[str]]:
    """What is left out now, by every kind that this platform tells of a conversation."""
    labels = [entry.label.partition(":") for entry in listed.entries()]
    return {
        kind: [id_ for each, _, id_ in labels if each == kind] for kind in KINDS if kind in listed.can.labels
    }


def _ids(text: str) -> list[str]:
    """Ids that somebody typed, with commas or line ends between them."""
    parts = text.replace("\r", "\n").replace("\n", ",").split(",")
    return list(dict.fromkeys(part.strip()[:200] for part in parts if part.strip()))[:MOST_IDS]
