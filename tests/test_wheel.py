"""The wheel carries all that the commands need: it is built, installed apart, and used in another folder."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`empathy-connector` from the wheel alone; the libraries are those of the test environment."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    [wheel] = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=True)
    python = folder / "env/bin/python"
    pip = [str(python), "-m", "pip", "install", "-q", "--no-deps", "--disable-pip-version-check", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)
    libraries = next(path for path in sys.path if path.endswith("site-packages"))
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = folder / f"env/lib/{version}/site-packages"
    installed = [path.name for path in Path(libraries).iterdir() if "editable" not in path.name]
    for name in installed:
        target = site / name
        if not target.exists() and not name.endswith(".pth") and not name.startswith("empathy_connector"):
            target.symlink_to(Path(libraries) / name)
    return folder / "env/bin/empathy-connector"


def run(command: Path, folder: Path, *arguments: str, stdin: str = "") -> str:
    done = subprocess.run(
        [str(command), *arguments], cwd=folder, input=stdin, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_main_commands_work_without_the_checkout(command: Path, tmp_path: Path) -> None:
    account = tmp_path / "account"
    account.mkdir()
    line = (
        '{"id": "1", "messages": [{"id": "a", "role": "customer", "text": "It broke again, I am upset."}]}\n'
    )
    (account / "c.jsonl").write_text(line)
    run(command, tmp_path, "migrate")
    run(command, tmp_path, "connect", "local", "--name", "shop", "--path", str(account))
    run(command, tmp_path, "fields", "shop")
    run(command, tmp_path, "sync", "shop")
    assert '"status"' in run(command, tmp_path, "score", stdin=line)
    for provider, identity in (("zendesk", "manifest.json"), ("hubspot", "hsproject.json")):
        base = ("--base-url", "https://empathy.example.com", "--out", f"build/{provider}")
        run(command, tmp_path, "manifest", provider, *base)
        assert (tmp_path / "build" / provider / identity).is_file()
        assert (tmp_path / f"build/{provider}.zip").is_file()


def test_fields_manifest_samples_pages_and_models_are_inside(command: Path) -> None:
    python = command.parent / "python"
    code = (
        "import connector, connector.fields as f; from pathlib import Path; "
        "root = Path(connector.__file__).parent; assert 'site-packages' in str(root), root; "
        "assert f.all_fields() and f.manifests_folder() == root / 'manifests'; "
        "assert list((root / 'providers/local/samples').glob('*.jsonl')); "
        "assert (root / 'web/templates/dashboard.html').exists(); "
        "assert (root / 'web/static/pages.css').exists()"
    )
    subprocess.run([str(python), "-c", code], check=True, cwd="/")
