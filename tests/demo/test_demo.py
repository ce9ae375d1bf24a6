"""`make demo` keeps its promise, and the README shows what it really prints."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def alike(text: str) -> list[str]:
    """Lines without what differs by time, user and machine: moments, ids, owners, missing tools."""
    text = re.sub(r"uid \d+", "uid N", text)
    text = re.sub(r"; not collectable: .*", "", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    return re.sub(r"\[[0-9a-f]{16}\]", "[ID]", text).strip().splitlines()


def demo(folder: Path, **environment: str) -> str:
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb is not installed")
    done = subprocess.run(
        [sys.executable, str(HERE / "demo.py")],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def last_scan(output: str) -> list[str]:
    return alike(output.rsplit("$ ospatrol run nightly.yml\n", maxsplit=1)[-1].split("(exit status", maxsplit=1)[0])


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """What the demo leaves, and what it prints."""
    folder = tmp_path_factory.mktemp("demo")
    return folder, demo(folder)


def test_the_demo_says_what_the_readme_shows(shown: tuple[Path, str]) -> None:
    readme = re.search(
        r"<!-- demo -->\n```console\n\$ ospatrol run nightly.yml\n(.*?)```",
        (HERE.parents[1] / "README.md").read_text(),
        re.DOTALL,
    )

    assert readme is not None
    assert last_scan(shown[1]) == alike(readme[1])


def test_the_demo_leaves_a_report_about_compliance(shown: tuple[Path, str]) -> None:
    folder, output = shown

    first, second = output.split("$ ospatrol run compliance.yml")[1:]
    assert "Root does not log in over SSH" in first
    assert "web1: our policy: hosts: score 80: 4 pass, 1 waived" in second
    assert "mail1: our policy: hosts: score 60: 3 pass, 1 fail, 1 waived" in second
    assert "sudo leaves a log" in (folder / "ospatrol-demo.html").read_text()


def test_without_openssh_the_demo_uses_servers_of_its_own(tmp_path: Path) -> None:
    output = demo(tmp_path, OSPATROL_DEMO_SSHD="no-sshd-here")

    assert "asyncssh servers on loopback" in output
    assert any("contradicts package report-tools" in line for line in last_scan(output))


def test_the_demo_looks_at_routers_a_firewall_and_a_hypervisor(shown: tuple[Path, str]) -> None:
    output = shown[1]

    assert "How edge1 is managed changed: + ip http server, - no ip http server" in output
    assert re.search(r"A secret of edge2 changed, and nothing else there: \+ snmp-server community <secret:", output)
    assert "n3w-c0mmun1ty" not in output
    if "No ESXi host in this demonstration" not in output:
        told = re.findall(r"Guest build7 was ([a-z ]+?)(?: on| at| from) esx1", output)
        assert told == ["registered", "powered on", "removed"]
