"""What Zendesk's validator and its server ask of an app package, as far as it is written down."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

KEYS = {
    "name", "author", "defaultLocale", "frameworkVersion", "version", "private", "location", "parameters",
    "oauth", "signedUrls", "singleInstall", "domainWhitelist", "requirementsOnly", "marketingOnly",
    "termsConditionsURL", "remoteInstallationURL", "gaID", "experiments",
}  # fmt: skip
STRINGS = {"name", "defaultLocale", "frameworkVersion", "version", "termsConditionsURL"}
BOOLEANS = {"private", "signedUrls", "singleInstall", "requirementsOnly", "marketingOnly"}
LOCATIONS = {
    "top_bar", "nav_bar", "ticket_sidebar", "new_ticket_sidebar", "user_sidebar", "organization_sidebar",
    "background", "modal", "ticket_editor", "system_top_bar",
}  # fmt: skip
WITH_ICON = {"top_bar", "nav_bar", "system_top_bar", "ticket_editor"}
LOCATION_OPTIONS = {"url", "autoLoad", "autoHide", "flexible", "signed", "size", "objectTypes"}
PARAMETER_TYPES = {"text", "checkbox", "url", "number", "multiline", "hidden", "oauth"}
PARAMETER_SCOPES = {
    "header", "body", "url", "jwt_secret_key", "jwt_claim", "basic_auth_username", "basic_auth_password",
}  # fmt: skip
DIRTY_SVG = re.compile(rb"<(script|image|style|foreignObject)\b|\son\w+=|href")
LIKE_SECRETS = re.compile(
    rb"pass|password|secret|auth_?key|auth_?user|username|api_key|PRIVATE KEY|token[ :\"=-]|xox[pboa]-",
    re.IGNORECASE,
)
"""Zendesk's validator warns about these words wherever they stand, even inside another word."""
FORBIDDEN = {
    "vnd.rar", "rar", "zip", "gzip", "pdf", "doc", "docx", "avi", "bin", "bz", "bz2", "csh", "sh", "jar",
    "mp3", "mpeg", "odt", "pptx", "ppt", "xls", "xlsx", "7z",
}  # fmt: skip
REQUIREMENTS = {
    "automations", "channel_integrations", "custom_objects", "macros", "targets", "views", "ticket_fields",
    "triggers", "user_fields", "organization_fields", "webhooks", "custom_objects_v2",
}  # fmt: skip
OAUTH_KEYS = {"client_id", "client_secret", "authorize_uri", "access_token_uri"}
CODE = re.compile(r"app\.(js|css|scss)|lib/.+\.js|templates/.+\.hdbs")
"""An app whose pages come from a server must hold none of these."""
SIGNATURES = (b"PK", b"%PDF", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh")
PUBLIC_TEXTS = {"name", "short_description", "long_description", "installation_instructions"}
LOCALE = re.compile(r"[a-z]{2,3}(-\w{2,3})?")
TRANSLATION = re.compile(r"translations/(.+)\.json")


def problems(files: Mapping[str, bytes]) -> list[str]:
    """Everything that is wrong with the package, one sentence each."""
    if "manifest.json" not in files:
        return ["manifest.json is missing"]
    manifest = json.loads(files["manifest.json"], object_pairs_hook=_once)
    return [
        *_of_keys(manifest),
        *_of_locations(manifest, files),
        *_of_parameters(manifest, files),
        *_of_assets(manifest, files),
        *_of_translations(manifest, files),
        *_of_files(files),
        *_of_requirements(files),
    ]


def png_size(content: bytes) -> tuple[int, int] | None:
    """Width and height from the header of a PNG, None for anything else."""
    if content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError("a key stands twice in one object")
    return dict(pairs)


def _is_url(value: Any) -> bool:
    return (
        isinstance(value, str)
        and not re.search(r"\s", value)
        and urlsplit(value).scheme == "https"
        and bool(urlsplit(value).hostname)
    )


def _of_keys(manifest: dict[str, Any]) -> Iterator[str]:
    yield from (f"unknown key {key}" for key in manifest.keys() - KEYS)
    yield from (
        f"{key} is no text" for key in STRINGS & manifest.keys() if not isinstance(manifest[key], str)
    )
    yield from (
        f"{key} is no boolean" for key in BOOLEANS & manifest.keys() if type(manifest[key]) is not bool
    )
    author = manifest.get("author")
    if not isinstance(author, dict) or author.keys() != {"name", "email", "url"}:
        yield "author needs name, email and url"
    elif not all(isinstance(value, str) and value for value in author.values()) or not _is_url(author["url"]):
        yield "author is not three texts with a valid url"
    if "termsConditionsURL" in manifest and not _is_url(manifest["termsConditionsURL"]):
        yield "termsConditionsURL is no url"
    if manifest.get("frameworkVersion") != "2.0":
        yield "frameworkVersion must be 2.0"
    if not LOCALE.fullmatch(str(manifest.get("defaultLocale"))):
        yield "defaultLocale is no locale"
    hosts = manifest.get("domainWhitelist", [])
    if not isinstance(hosts, list) or not all(isinstance(host, str) and "/" not in host for host in hosts):
        yield "domainWhitelist must be host names"
    oauth = manifest.get("oauth")
    if oauth is not None and not all(oauth.get(key) for key in OAUTH_KEYS):
        yield "oauth lacks one of its keys"
    if manifest.get("experiments", {}).keys() - {"hashParams", "newCssCompiler"}:
        yield "an experiment that the marketplace does not allow"


def _of_locations(manifest: dict[str, Any], files: Mapping[str, bytes]) -> Iterator[str]:
    location = manifest.get("location")
    if not isinstance(location, dict) or not location:
        yield "location is missing"
        return
    yield from (f"unknown product {product}" for product in location.keys() - {"support"})
    for name, given in location.get("support", {}).items():
        if name not in LOCATIONS:
            yield f"unknown location {name}"
        options = given if isinstance(given, dict) else {"url": given}
        yield from (f"unknown option {key} of {name}" for key in options.keys() - LOCATION_OPTIONS)
        if type(options.get("flexible", True)) is not bool:
            yield f"flexible of {name} is no boolean"
        url = options.get("url", "")
        if not (_is_url(url) or "{{setting." in url or (url.startswith("assets/") and url in files)):
            yield f"the url of {name} is neither https nor an asset"


def _of_parameters(manifest: dict[str, Any], files: Mapping[str, bytes]) -> Iterator[str]:
    parameters = manifest.get("parameters", [])
    names = [parameter["name"] for parameter in parameters]
    if len(names) != len(set(names)) or "name" in names:
        yield "a parameter stands twice, or is called name"
    oauth = sum(parameter.get("type") == "oauth" for parameter in parameters)
    if oauth > 1:
        yield "more than one oauth parameter"
    if "oauth" in manifest and not oauth:
        yield "oauth has no parameter"
    texts = json.loads(files.get("translations/en.json", b"{}")).get("app", {}).get("parameters", {})
    for parameter in parameters:
        name = parameter["name"]
        yield from (f"parameter {name} {problem}" for problem in _of_parameter(parameter))
        if "label" not in texts.get(name, {}):
            yield f"parameter {name} has no label"


def _of_parameter(parameter: dict[str, Any]) -> Iterator[str]:
    kind = parameter.get("type", "text")
    secure = parameter.get("secure", False)
    if kind not in PARAMETER_TYPES:
        yield "has an unknown type"
    if any(type(parameter.get(key, False)) is not bool for key in ("required", "secure")):
        yield "has a required or secure that is no boolean"
    if kind == "hidden" and parameter.get("required"):
        yield "is hidden, and required"
    if kind == "oauth" and secure:
        yield "is for oauth, and cannot be secure"
    if "default" in parameter and (secure or kind == "hidden"):
        yield "has a default that would be readable"
    if secure and not set(parameter.get("scopes", [])) & PARAMETER_SCOPES:
        yield "is secure, and has no scopes"


def _of_assets(manifest: dict[str, Any], files: Mapping[str, bytes]) -> Iterator[str]:
    for name, sizes in {
        "logo.png": {(320, 320)},
        "logo-small.png": {(128, 128)},
        "banner.png": {(830, 200), (1660, 400)},
    }.items():
        content = files.get(f"assets/{name}")
        if content is None and name != "banner.png":
            yield f"assets/{name} is missing"
        elif content is not None and png_size(content) not in sizes:
            yield f"assets/{name} has the wrong size"
    for name in WITH_ICON & manifest.get("location", {}).get("support", {}).keys():
        if f"assets/icon_{name}.svg" not in files:
            yield f"assets/icon_{name}.svg is missing"
    for path, content in files.items():
        if path.endswith(".svg") and (
            DIRTY_SVG.search(content)
            or not content.rstrip().endswith(b"</svg>")
            or content.count(b"</svg>") > 1
        ):
            yield f"{path} would be sanitised"


def _of_translations(manifest: dict[str, Any], files: Mapping[str, bytes]) -> Iterator[str]:
    texts = {
        match[1]: json.loads(content, object_pairs_hook=_once)
        for path, content in files.items()
        if (match := TRANSLATION.fullmatch(path))
    }
    yield from (f"translations/{name}.json is no locale" for name in texts if not LOCALE.fullmatch(name))
    if manifest.get("defaultLocale") not in texts or "en" not in texts:
        yield "the translations of the default locale or of en are missing"
        return
    needed = {"name"} if manifest.get("private", True) else PUBLIC_TEXTS
    for name, content in texts.items():
        yield from (f"{name} lacks app.{key}" for key in needed - content.get("app", {}).keys())
        if _shape(content) != _shape(texts["en"]):
            yield f"{name} does not have the keys of en"


def _shape(value: Any) -> Any:
    """The keys of a translation, with whether each text is there."""
    if isinstance(value, dict):
        return {key: _shape(inner) for key, inner in value.items()}
    return bool(value.strip()) if isinstance(value, str) else type(value)


def _of_files(files: Mapping[str, bytes]) -> Iterator[str]:
    for path, content in files.items():
        if PurePosixPath(path).suffix.lstrip(".") in FORBIDDEN or content.startswith(SIGNATURES):
            yield f"{path} is of a forbidden kind"
        if CODE.fullmatch(path):
            yield f"{path} is code, and the pages come from a server"
        if b"http://" in content.replace(b"http://www.w3.org/", b""):
            yield f"{path} calls http://"
        if b"localhost" in content or b"127.0.0.1" in content:
            yield f"{path} names this machine"
        if not path.endswith(".png") and LIKE_SECRETS.search(content):
            yield f"{path} seems to hold a secret"


def _of_requirements(files: Mapping[str, bytes]) -> Iterator[str]:
    """Not used by us: uninstalling would delete the fields with their values."""
    if "requirements.json" in files:
        asked = json.loads(files["requirements.json"], object_pairs_hook=_once)
        yield from (f"unknown requirement {kind}" for kind in asked.keys() - REQUIREMENTS)
        yield "an uninstall would delete what requirements.json created"
