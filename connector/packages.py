"""The app packages of the marketplaces, made from the templates in `manifests/`.

A package is a mapping of path -> bytes; only `write_package` touches the disk.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from . import __version__
from .errors import Misconfigured
from .fields import manifests_folder

IDENTITIES = {"zendesk": "manifest.json", "hubspot": "hsproject.json"}
"""Provider -> the file that says which app a folder holds."""

_TEXTS = {".json", ".js", ".jsx", ".svg"}
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")
_PRIVATE_ENDINGS = (".localhost", ".local", ".internal")
# zip cannot say an earlier time; a fixed one makes the same package the same bytes
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def public_origin(base_url: str) -> str:
    """`https://host[:port]` of the public server. Raises Misconfigured for anything else."""
    try:
        parts = urlsplit(base_url.strip())
        port = parts.port
    except ValueError:
        raise Misconfigured("--base-url cannot be read; give it as https://HOST.") from None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https":
        raise Misconfigured("--base-url must begin with https://: the platforms load no other pages.")
    if parts.username is not None or parts.password is not None:
        raise Misconfigured("--base-url must not hold a user name or password; give it as https://HOST.")
    if parts.path not in ("", "/") or parts.query or parts.fragment or base_url.rstrip().endswith(("?", "#")):
        raise Misconfigured("--base-url must end after the host name; give it as https://HOST.")
    if not _is_public(host):
        raise Misconfigured(
            "--base-url must name a public host, such as https://empathy.example.com: the platforms call it."
        )
    return f"https://{host}" if port in (None, 443) else f"https://{host}:{port}"


def package_files(provider: str, *, origin: str, support_email: str | None = None) -> dict[str, bytes]:
    """Path -> content of the unpacked app, in the order of its paths.

    `origin` is what `public_origin` gave. Without `support_email` the package names `support@` that host.
    Raises Misconfigured for an unknown provider or an unreadable address.
    """
    if provider not in IDENTITIES:
        raise Misconfigured(f"There is no package for {provider}; there is one for zendesk and hubspot.")
    host = urlsplit(origin).hostname or ""
    email = support_email or f"support@{host}"
    if not _ADDRESS.fullmatch(email):
        raise Misconfigured("--support-email is no e-mail address; give one such as help@example.com.")
    values = {
        "__BASE_URL__": origin,
        "__HOST__": host,
        "__SUPPORT_EMAIL__": email,
        "__VERSION__": __version__,
    }
    template = manifests_folder() / provider
    paths = sorted(path for path in template.rglob("*") if path.is_file())
    return {path.relative_to(template).as_posix(): _filled(path, values) for path in paths}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files as a zip archive: the same files are always the same bytes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, date_time=_ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            packed.writestr(entry, files[path])
    return archive.getvalue()


def write_package(provider: str, files: Mapping[str, bytes], folder: Path) -> Path:
    """Write the unpacked app into `folder` and `folder.zip` beside it, and say where the zip is.

    Files of ours that are there are replaced, others are left alone. Raises Misconfigured where the folder
    holds another app or cannot be written.
    """
    folder = folder.resolve()
    if not folder.name:
        raise Misconfigured(f"{folder} has no place beside it for the zip; name another folder with --out.")
    archive = folder.with_name(f"{folder.name}.zip")
    _refuse_another_app(folder / IDENTITIES[provider], files[IDENTITIES[provider]])
    try:
        for name, content in files.items():
            path = folder / PurePosixPath(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)  # a link is replaced, not followed
            path.write_bytes(content)
        archive.write_bytes(zipped(files))
    except OSError as error:
        raise Misconfigured(
            f"{folder} cannot be written ({error.strerror or type(error).__name__}); name another folder."
        ) from None
    return archive


def _is_public(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        labels = host.split(".")
        is_name = len(labels) > 1 and len(host) <= 253 and all(map(_LABEL.fullmatch, labels))
        return is_name and not host.endswith(_PRIVATE_ENDINGS) and not labels[-1].isdigit()
    return False


def _filled(path: Path, values: Mapping[str, str]) -> bytes:
    if path.suffix not in _TEXTS:
        return path.read_bytes()
    text = path.read_text(encoding="utf-8")
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text.encode()


def _refuse_another_app(identity: Path, ours: bytes) -> None:
    try:
        there = json.loads(identity.read_bytes())
    except (OSError, ValueError):
        return  # nothing there, or nothing that says whose it is
    name = there.get("name") if isinstance(there, dict) else None
    if name is not None and name != json.loads(ours)["name"]:
        raise Misconfigured(f"{identity.parent} holds another app; name an empty folder with --out.")
