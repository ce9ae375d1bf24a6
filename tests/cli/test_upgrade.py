"""An upgrade of 200 packages, with and without a file tampered with in the same night; a real dpkg does it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

PACKAGES = 200

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg is not installed"),
]


def build(folder: Path, number: int, version: str) -> Path:
    name = f"tool{number:03d}"
    tree = folder / f"{name}-{version}"
    program = f"#!/bin/sh\necho {name} {version}\n"
    fields = f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: a <a@example.net>\nDescription: x\n"
    content = {
        f"usr/bin/{name}": program,
        f"usr/share/{name}/data-{version}": version,  # its name changes: one file deleted, one added
        f"etc/{name}.conf": "same\n",
        "DEBIAN/control": fields,
        "DEBIAN/conffiles": f"/etc/{name}.conf\n",
    }
    sums = [
        f"{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}  {path}\n"
        for path, text in content.items()
        if path.startswith("usr/")
    ]
    content["DEBIAN/md5sums"] = "".join(sums)
    for path, text in content.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
        (tree / path).chmod(0o755 if "bin/" in path else 0o644)
    for path in (tree, *tree.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
    deb = folder / f"{name}-{version}.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(tree), str(deb)], check=True, capture_output=True
    )
    return deb


def install(root: Path, debs: list[Path]) -> None:
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    options = [
        f"--root={root}",
        "--force-not-root",
        "--force-script-chrootless",
        "--force-unsafe-io",
        "--log=/dev/null",
    ]
    subprocess.run(
        ["dpkg", *options, "--install", *map(str, debs)],
        check=True,
        capture_output=True,
        env={**os.environ, "PATH": path},
    )


@pytest.fixture(scope="module")
def debs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    folder = tmp_path_factory.mktemp("debs")
    with ThreadPoolExecutor(4) as pool:
        return {
            version: list(pool.map(lambda number: build(folder, number, version), range(PACKAGES)))  # noqa: B023  # mapped before the loop goes on
            for version in ("1", "2")
        }


@pytest.fixture
def upgraded(workspace: Any, tmp_path: Path, debs: dict[str, list[Path]]) -> Any:
    """Gives a function that scans after the upgrade."""
    root = tmp_path / "root"
    for folder in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "etc", "usr/bin"):
        (root / folder).mkdir(parents=True)
    for name in ("status", "available"):
        (root / "var/lib/dpkg" / name).touch()
    install(root, debs["1"])
    workspace.inventory({"web1": {"ansible_connection": "local", "tree": str(root)}})
    play = workspace.folder / "play.yml"
    play.write_text(play.read_text().replace("paths: [/]", "paths: [/etc, /usr]"))
    assert workspace.scan().status == 0
    assert workspace("baseline", "approve", "all", "--why", "installed").status == 0
    install(root, debs["2"])
    return root


def test_an_upgrade_of_200_packages_is_one_line_and_no_alert(workspace: Any, upgraded: Path) -> None:
    night = workspace.scan()

    assert (night.status, night.json["alerts"]) == (0, [])
    (task,) = night.json["hosts"][0]["tasks"]
    assert task["explained"] == 3 * PACKAGES  # a program changed, a data file came and another went
    (line,) = task["digest"]
    assert line.startswith("packages: 200 upgraded; they explain 600 changed files: tool000 1 -> 2, ")
    assert line.endswith(" and 190 more")


def test_a_file_tampered_with_in_the_same_upgrade_is_a_critical_alert(workspace: Any, upgraded: Path) -> None:
    (upgraded / "usr/bin/tool100").write_text("#!/bin/sh\nevil\n")
    (upgraded / "etc/tool007.conf").write_text("edited\n")

    night = workspace.scan()

    assert night.status == 3
    verdicts = {alert["fields"]["path"]: (alert["level"], alert["fields"]["verdict"]) for alert in night.json["alerts"]}
    assert verdicts == {
        "/usr/bin/tool100": (14, "contradicts package"),
        "/etc/tool007.conf": (7, "config file edited"),
    }
    assert night.json["hosts"][0]["tasks"][0]["explained"] == 3 * PACKAGES - 1


def test_explained_changes_are_approved_in_one_go(workspace: Any, upgraded: Path) -> None:
    (upgraded / "usr/bin/tool100").write_text("#!/bin/sh\nevil\n")
    workspace.scan()

    approved = workspace("baseline", "approve", "web1", "--explained", "--why", "updates")
    by_package = workspace(
        "baseline", "approve", "web1", "--package", "tool100", "--why", "does not vouch for what contradicts it"
    )

    assert f"({3 * PACKAGES - 1:,} differences); 1 still await approval" in approved.out
    assert by_package.status == 2
    assert "nothing that awaits approval is `package tool100`" in by_package.err
    assert "not_listed: 99" in (workspace.folder / "baselines/web1.yml").read_text()
