"""A platform's page that asks an admin whether an app may in, and the codes it gives out."""

from __future__ import annotations

import base64
import hashlib
import html
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from werkzeug import Request, Response

from .clock import Clock

CODE_LIFE = timedelta(seconds=120)


class BadCode(Exception):
    """A code that is unknown, used, too old, or somebody else's."""


@dataclass(frozen=True, slots=True)
class Code:
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str | None
    expires_at: datetime
    user_id: int


@dataclass(slots=True)
class Consent:
    """One registered app. The page refuses, without going anywhere, what the platform would refuse."""

    clock: Clock
    client_id: str
    declared: tuple[str, ...]
    """Scopes the app is registered with; asking for others is an error."""
    required: tuple[str, ...] = ()
    """Scopes that must be asked for."""
    takes_challenge: bool = False
    redirect_uris: set[str] = field(default_factory=set)
    user_id: int = 100
    """Who is signed in at the platform."""
    codes: dict[str, Code] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        """GET shows the question, POST with `decision` allow or deny sends the admin back."""
        asked = request.args.to_dict()
        refusal = self._refusal(asked)
        if refusal:
            return Response(f"<!doctype html><h1>{refusal}</h1>", 400, mimetype="text/html")
        if request.method == "GET":
            self.asked.append(asked)
            return Response(_page(asked, request.full_path), mimetype="text/html")
        if request.form.get("decision") != "allow":
            told = {"error": "access_denied", "error_description": "The end-user denied the request"}
        else:
            told = {"code": self.allow(asked)}
        if "state" in asked:
            told["state"] = asked["state"]
        return Response(status=302, headers={"Location": f"{asked['redirect_uri']}?{urlencode(told)}"})

    def allow(self, asked: Mapping[str, str]) -> str:
        """The code for what was asked, as after a click on Allow."""
        code = f"fake-code-{secrets.token_hex(8)}"
        scopes = f"{asked.get('scope', '')} {asked.get('optional_scope', '')}".split()
        self.codes[code] = Code(
            redirect_uri=asked["redirect_uri"],
            scopes=tuple(dict.fromkeys(scopes)),
            challenge=asked.get("code_challenge") if self.takes_challenge else None,
            expires_at=self.clock.now() + CODE_LIFE,
            user_id=self.user_id,
        )
        return code

    def redeem(self, asked: Mapping[str, str]) -> Code:
        """What a code stands for; it is used up, also by a wrong try. Raises BadCode."""
        code = self.codes.pop(str(asked.get("code")), None)
        if code is None or self.clock.now() >= code.expires_at:
            raise BadCode
        if asked.get("redirect_uri") != code.redirect_uri or asked.get("client_id") != self.client_id:
            raise BadCode
        if code.challenge is not None and _digest(str(asked.get("code_verifier"))) != code.challenge:
            raise BadCode
        if not self.takes_challenge and "code_verifier" in asked:
            raise BadCode  # nothing was promised with the question
        return code

    def _refusal(self, asked: Mapping[str, str]) -> str | None:
        scopes = asked.get("scope", "").split()
        if asked.get("client_id") != self.client_id:
            return "Unknown client"
        if asked.get("redirect_uri") not in self.redirect_uris:
            return "The redirect URL is not registered"
        if not scopes or set(scopes + asked.get("optional_scope", "").split()) - set(self.declared):
            return "These scopes are not the app's"
        if set(self.required) - set(scopes):
            return "A required scope is missing"
        if self.takes_challenge and asked.get("code_challenge_method", "S256") != "S256":
            return "Only S256 is supported"
        return None


def _digest(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _page(asked: Mapping[str, str], path: str) -> str:
    scopes = html.escape(asked["scope"])
    return f"""<!doctype html><html lang="en"><title>Allow access?</title><h1>Allow Empathy Connector?</h1>
<p>It asks for: {scopes}</p><form method="post" action="{html.escape(path)}">
<button name="decision" value="allow">Allow</button><button name="decision" value="deny">Cancel</button>
</form></html>"""
