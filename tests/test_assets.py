"""What pages load comes from npm by lock and hash, and is in whatever is built."""

import json
import shutil
import subprocess
import sys

import pytest

from dev import PROJECT, assets


def contents(packages):
    """What each of the files is in the packages that npm has compared with the lock."""
    return {name: (packages / source).read_bytes() for name, source in assets.FILES.items()}


def test_the_files_are_those_of_the_lock():
    found = {path.name: path.read_bytes() for path in assets.VENDOR.iterdir()}
    wanted = contents(assets.node_modules())
    assert found == wanted | {assets.LOCK.name: assets.LOCK.read_bytes()}


def test_the_lock_has_hashes_and_no_address():
    packages = json.loads(assets.LOCK.read_text())["packages"]
    pinned = json.loads(assets.LOCK.with_name("package.json").read_text())
    wanted = pinned["dependencies"] | pinned["devDependencies"]
    found = {name.removeprefix("node_modules/"): one for name, one in packages.items() if name}
    assert {name: one["version"] for name, one in found.items()} == wanted
    assert all(one["integrity"].startswith("sha512-") for one in found.values())
    assert "http" not in assets.LOCK.read_text()


def test_a_hash_that_is_another_is_refused(tmp_path, monkeypatch, capfd):
    """By npm; nothing is left that would pass for what was fetched."""
    lock = tmp_path / "package-lock.json"
    integrity = json.loads(assets.LOCK.read_text())["packages"]["node_modules/uplot"]["integrity"]
    other = "sha512-" + "A" * 86 + "=="
    lock.write_text(assets.LOCK.read_text().replace(integrity, other))
    shutil.copy(assets.LOCK.with_name("package.json"), tmp_path)
    monkeypatch.setattr(assets, "LOCK", lock)
    monkeypatch.setattr(assets, "TOOLS", tmp_path / "tools")
    with pytest.raises(SystemExit, match="has failed"):
        assets.node_modules()
    assert "EINTEGRITY" in capfd.readouterr().err
    assert [path.name for path in (tmp_path / "tools").iterdir()] == ["npm.lock"]


def test_where_there_is_no_npm(tmp_path, monkeypatch):
    """As on a machine that is to run it and has no Node; nothing but the files is kept."""
    monkeypatch.setattr(assets, "TOOLS", tmp_path / "tools")
    monkeypatch.setattr(assets, "VENDOR", tmp_path / "vendor")
    monkeypatch.setattr(assets, "OWN_NPM", tmp_path / "none")
    monkeypatch.setattr(assets.shutil, "which", lambda name: None)
    assets.main()
    found = {path.name: path.read_bytes() for path in assets.VENDOR.iterdir()}
    assert contents(assets.node_modules()) == {name: found[name] for name in assets.FILES}
    assert {path.name for path in (tmp_path / "tools").iterdir()} == {"npm", "npm.lock"}
    before = (tmp_path / "vendor").stat().st_mtime_ns
    assets.main()
    assert (tmp_path / "vendor").stat().st_mtime_ns == before
    (tmp_path / "vendor" / "htmx.min.js").unlink()
    assets.main()
    assert (tmp_path / "vendor" / "htmx.min.js").exists()


@pytest.mark.parametrize("present", [False, True], ids=["missing", "of another lock"])
def test_nothing_is_built_without_them(tmp_path, present):
    for name in ("pyproject.toml", "hatch_build.py", "web/README.md", "web/pgteller/__init__.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, tmp_path / name)
    (tmp_path / "web" / "package-lock.json").write_text("{}")
    if present:
        shutil.copytree(assets.VENDOR, tmp_path / assets.VENDOR.relative_to(PROJECT))
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "`python3 -m dev.assets` fetches it" in done.stderr
