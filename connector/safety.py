"""Settings that would be unsafe are refused before anything starts."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .errors import Misconfigured

if TYPE_CHECKING:
    from .settings import Settings

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LEAST_DIFFERENT_BYTES = 12
"""32 random bytes nearly always hold more than 24 different ones; a typed or repeated key holds few."""
_PLACEHOLDERS = ("change", "secret", "example", "password", "placeholder", "your-", "your_", "todo", "xxx")


def require_safe(settings: Settings) -> None:
    """Raise Misconfigured, saying what to do, for settings that would put data or tokens at risk."""
    _require_safe_base_url(settings.base_url)
    if settings.master_key is not None:
        _require_random_key(settings.master_key.get_secret_value())
    for name in ("zendesk", "hubspot"):
        _, secret = settings.client(name)
        if secret is not None and _is_placeholder(secret):
            raise Misconfigured(
                f"CONNECTOR_{name.upper()}_CLIENT_SECRET is a placeholder; put the app's own secret there."
            )


def require_no_debugger(settings: Settings) -> None:
    """Raise Misconfigured when Flask's debugger, which runs any code sent to it, would be public."""
    is_debugging = os.environ.get("FLASK_DEBUG", "").lower() not in {"", "0", "false", "no"}
    if is_debugging and settings.base_url and urlsplit(settings.base_url).hostname not in _LOOPBACK:
        raise Misconfigured("FLASK_DEBUG is set on a public server; unset it, and start again.")


def risks(settings: Settings) -> Iterator[str]:
    """What is allowed and yet unwise, each as a sentence."""
    if settings.master_key is None and settings.database_url.startswith("sqlite:///"):
        database = Path(settings.database_url.removeprefix("sqlite:///"))
        if database.resolve().parent == settings.master_key_file.resolve().parent:
            yield (
                "The master key lies in the same folder as the database, so that one copy of that folder "
                "opens everything; move the key, and point CONNECTOR_MASTER_KEY_FILE at it."
            )


def _require_safe_base_url(base_url: str | None) -> None:
    if base_url is None:
        return
    try:
        parts = urlsplit(base_url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Misconfigured("CONNECTOR_BASE_URL must be an address such as https://empathy.example.com.")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise Misconfigured(
            "CONNECTOR_BASE_URL must begin with https:// (http is allowed for localhost alone): tokens and "
            "scores would cross the network in the clear."
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise Misconfigured("CONNECTOR_BASE_URL must hold neither a user name, a query nor a fragment.")


def _require_random_key(encoded: str) -> None:
    try:
        key = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return  # the vault says what is wrong with it
    if len(set(key)) < _LEAST_DIFFERENT_BYTES:
        raise Misconfigured(
            "CONNECTOR_MASTER_KEY is not random; leave it out and a key is made, or make one with "
            "`head -c 32 /dev/urandom | base64`."
        )


def _is_placeholder(secret: str) -> bool:
    lower = secret.lower()
    return len(secret) < 8 or len(set(secret)) < 4 or any(lower.startswith(word) for word in _PLACEHOLDERS)
