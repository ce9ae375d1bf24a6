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


def test_the_demo_says_what_the_readme_shows(tmp_path: Path) -> None:
    shown = re.search(
        r"<!-- demo -->\n```console\n\$ ospatrol run nightly.yml\n(.*?)```",
        (HERE.parents[1] / "README.md").read_text(),
        re.DOTALL,
    )

    output = demo(tmp_path)

    assert shown is not None
    assert last_scan(output) == alike(shown[1])


def test_the_demo_leaves_a_report_about_compliance(tmp_path: Path) -> None:
    output = demo(tmp_path)

    first, second = output.split("$ ospatrol run compliance.yml")[1:]
    assert "Root does not log in over SSH" in first
    assert "web1: our policy: hosts: score 80: 4 pass, 1 waived" in second
    assert "mail1: our policy: hosts: score 60: 3 pass, 1 fail, 1 waived" in second
    assert "sudo leaves a log" in (tmp_path / "ospatrol-demo.html").read_text()


def test_without_openssh_the_demo_uses_servers_of_its_own(tmp_path: Path) -> None:
    output = demo(tmp_path, OSPATROL_DEMO_SSHD="no-sshd-here")

    assert "asyncssh servers on loopback" in output
    assert any("contradicts package report-tools" in line for line in last_scan(output))
