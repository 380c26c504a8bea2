"""S-11: only Zendesk's own word for this moment, signed with our app's key, opens a page."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt

from connector.errors import Misconfigured
from connector.web.zendesk_identity import Opened, Refused, opened_by, public_keys
from tests.fakes.zendesk_app import app_key, claims_of, key_file, token_for

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
AUDIENCE = "https://shop.zendesk.com/api/v2/apps/installations/360000123.json"


def part(value: Any) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def unsigned(header: Any, claims: Any, signature: str = "") -> str:
    return f"{part(header)}.{part(claims)}.{signature}"


def altered(token: str, at: int) -> str:
    return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]


def with_public_key_as_secret(claims: dict[str, Any], bits: int = 256) -> str:
    signed = unsigned({"alg": f"HS{bits}", "typ": "JWT"}, claims)[:-1]
    secret = app_key().as_pem(private=False)
    return f"{signed}.{part(hmac.digest(secret, signed.encode(), f'sha{bits}'))}"


def test_zendesks_word_is_believed(tmp_path: Path) -> None:
    keys = public_keys(key_file(tmp_path))
    assert opened_by(token_for(claims_of(NOW)), keys, NOW) == Opened("shop", "7")
    with_scheme = claims_of(NOW, iss="https://shop.zendesk.com")
    assert opened_by(token_for(with_scheme), keys, NOW) == Opened("shop", "7")


def test_each_copy_of_the_app_has_its_key(tmp_path: Path) -> None:
    keys = public_keys(key_file(tmp_path, "first", "second"))
    for name in ("first", "second"):
        assert opened_by(token_for(claims_of(NOW), key=name), keys, NOW).user_id == "7"


HOSTILE: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "words": lambda: "not a token",
    "two parts": lambda: token_for(claims_of(NOW)).rpartition(".")[0],
    "five parts": lambda: "a.b.c.d.e",
    "not ascii": lambda: token_for(claims_of(NOW)) + "é",
    "a null byte": lambda: "\0" + token_for(claims_of(NOW)),
    "too long": lambda: token_for(claims_of(NOW, padding="x" * 10_000)),
    "no algorithm": lambda: unsigned({"alg": "none"}, claims_of(NOW)),
    "No Algorithm": lambda: unsigned({"alg": "None", "typ": "JWT"}, claims_of(NOW), "AAAA"),
    "the algorithm left out": lambda: unsigned({"typ": "JWT"}, claims_of(NOW), "AAAA"),
    "the algorithm a list": lambda: unsigned({"alg": ["RS256"]}, claims_of(NOW), "AAAA"),
    "a header that is a list": lambda: unsigned([], claims_of(NOW), "AAAA"),
    "a signature left out": lambda: token_for(claims_of(NOW)).rpartition(".")[0] + ".",
    "our public key as a secret": lambda: with_public_key_as_secret(claims_of(NOW)),
    "our public key as a longer secret": lambda: with_public_key_as_secret(claims_of(NOW), 512),
    "another app's key": lambda: token_for(claims_of(NOW), key="another app"),
    "another app's key by name": lambda: token_for(
        claims_of(NOW), key="another app", header={"alg": "RS256", "kid": "ours"}
    ),
    "a key that is a path": lambda: token_for(
        claims_of(NOW), key="another app", header={"alg": "RS256", "kid": "../../dev/null"}
    ),
    "a key to be fetched": lambda: token_for(
        claims_of(NOW), key="another app", header={"alg": "RS256", "jku": "https://evil.example/keys"}
    ),
    "a signed header that names a key to be fetched": lambda: token_for(
        claims_of(NOW), header={"alg": "RS256", "jku": "https://evil.example/keys"}
    ),
    "a certificate to be fetched": lambda: token_for(
        claims_of(NOW), key="another app", header={"alg": "RS256", "x5u": "https://evil.example/c.pem"}
    ),
    "a key brought along": lambda: token_for(
        claims_of(NOW),
        key="another app",
        header={"alg": "RS256", "jwk": app_key("another app").as_dict(private=False)},
    ),
    "another algorithm of the same key": lambda: jwt.encode(
        {"alg": "PS256"}, claims_of(NOW), app_key(), algorithms=["PS256"]
    ),
    "altered claims": lambda: altered(token_for(claims_of(NOW)), 80),
    "an altered signature": lambda: altered(token_for(claims_of(NOW)), -20),
    "claims of another token": lambda: ".".join(
        [
            token_for(claims_of(NOW)).split(".")[0],
            token_for(claims_of(NOW, user=8)).split(".")[1],
            token_for(claims_of(NOW)).split(".")[2],
        ]
    ),
    "expired": lambda: token_for(claims_of(NOW, exp=AT - 31)),
    "expired long ago": lambda: token_for(claims_of(NOW, iat=0, nbf=0, exp=1)),
    "no end": lambda: token_for(claims_of(NOW, exp=None)),
    "an end in words": lambda: token_for(claims_of(NOW, exp="tomorrow")),
    "an end that is yes": lambda: token_for(claims_of(NOW, exp=True)),
    "an endless end": lambda: token_for(claims_of(NOW, exp=10**300)),
    "not valid yet": lambda: token_for(claims_of(NOW, nbf=AT + 31)),
    "issued in the future": lambda: token_for(claims_of(NOW, iat=AT + 3600, nbf=None)),
    "no time of issue": lambda: token_for(claims_of(NOW, iat=None)),
    "no audience": lambda: token_for(claims_of(NOW, aud=None)),
    "an audience elsewhere": lambda: token_for(claims_of(NOW, aud=AUDIENCE.replace(".com", ".co"))),
    "an audience that begins well": lambda: token_for(claims_of(NOW, aud=AUDIENCE + "/../1.json")),
    "an audience with a line after it": lambda: token_for(claims_of(NOW, aud=AUDIENCE + "\n")),
    "an audience behind a user name": lambda: token_for(
        claims_of(NOW, aud=AUDIENCE.replace("https://", "https://x@"))
    ),
    "two audiences": lambda: token_for(claims_of(NOW, aud=[AUDIENCE, AUDIENCE.replace("shop", "other")])),
    "another issuer": lambda: token_for(claims_of(NOW, iss="other.zendesk.com")),
    "an issuer that begins well": lambda: token_for(claims_of(NOW, iss="shop.zendesk.com.evil.example")),
    "no issuer": lambda: token_for(claims_of(NOW, iss=None)),
    "a user of another account": lambda: token_for(
        claims_of(NOW, sub="https://other.zendesk.com/api/v2/users/7.json")
    ),
    "a user that is a path": lambda: token_for(
        claims_of(NOW, sub="https://shop.zendesk.com/api/v2/users/7/../8.json")
    ),
    "a user in other digits": lambda: token_for(claims_of(NOW, sub="https://shop.zendesk.com/api/v2/users/٧.json")),
    "nobody": lambda: token_for(claims_of(NOW, sub=None)),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_everything_else_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        opened_by(HOSTILE[name](), public_keys(key_file(tmp_path)), NOW)


def test_there_are_enough_of_them() -> None:
    assert len(HOSTILE) >= 30


@pytest.mark.parametrize(
    "content", ["", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"]
)
def test_a_file_without_a_key_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "key.pem"
    file.write_text(content)
    with pytest.raises(Misconfigured, match="CONNECTOR_ZENDESK_APP_KEY_FILE"):
        public_keys(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="CONNECTOR_ZENDESK_APP_KEY_FILE"):
        public_keys(tmp_path / "none.pem")
