"""axe-core, from npm: what in a page keeps people with disabilities out."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

VERSION = "4.14.1"
SERIOUS = ("serious", "critical")


@cache
def _source() -> str:
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    folder = Path(mkdtemp(prefix="axe-"))
    try:
        done = subprocess.run(
            ["npm", "pack", f"axe-core@{VERSION}", "--silent", "--ignore-scripts"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"npm cannot get axe-core: {done.stderr.strip()[:200]}")
        shutil.unpack_archive(next(folder.glob("axe-core-*.tgz")), folder)
        return (folder / "package" / "axe.min.js").read_text(encoding="utf-8")
    finally:
        shutil.rmtree(folder)


def serious_findings(frame: Any) -> list[str]:
    """The findings in one frame that axe calls serious or critical, by WCAG 2.2 AA and good practice."""
    frame.evaluate(_source())
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    found = frame.evaluate(f"axe.run(document, {json.dumps(rules)})")
    return [
        f"{each['id']}: {node['html']}"
        for each in found["violations"]
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]
