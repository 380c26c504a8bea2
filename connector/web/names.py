"""Names and ids of platforms in the path of a page, whatever characters they hold."""

from __future__ import annotations

from werkzeug.routing import BaseConverter

_ESCAPES = (("~", "~t"), ("/", "~s"), (".", "~d"))


class NameConverter(BaseConverter):
    """One part of a path. A slash would end it, and browsers resolve dots, so both are written otherwise."""

    def to_url(self, value: str) -> str:
        """The name as it stands in an address."""
        for plain, escape in _ESCAPES:
            value = value.replace(plain, escape)
        return super().to_url(value)

    def to_python(self, value: str) -> str:
        """The name again."""
        for plain, escape in reversed(_ESCAPES):
            value = value.replace(escape, plain)
        return value
