"""A workspace as a user has it, and the command line as a user sees it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ospatrol.cli.main import main

SCAN = """\
- name: test
  hosts: all
  tasks:
    - name: files
      tags: [files]
      files:
        root: "{{ tree }}"
        paths: [/]
        keep_text: [/etc/*.conf]
"""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a command came to."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, decoded."""
        return json.loads(self.out)

    @property
    def told(self) -> list[tuple[str, str]]:
        """Path and change of every integrity alert, or the description of another."""
        return sorted(
            (alert["fields"].get("path", alert["description"]), alert["fields"].get("change", alert["kind"]))
            for alert in self.json["alerts"]
            if alert["kind"] != "baseline"
        )


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A folder with an inventory, a play, and a command line that runs in it."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> Outcome:
        """Run `ospatrol WORDS...`."""
        self.capture.readouterr()
        status = main(words)
        said = self.capture.readouterr()
        return Outcome(status=int(status), out=said.out, err=said.err)

    def scan(self, *words: str) -> Outcome:
        """Run the play with JSON output."""
        return self("run", "play.yml", "--json", *words)

    def inventory(self, hosts: dict[str, dict[str, object]]) -> None:
        """Write the inventory."""
        (self.folder / "inventories").mkdir(exist_ok=True)
        (self.folder / "inventories" / "hosts.yml").write_text(json.dumps({"all": {"hosts": hosts}}))


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Workspace:
    """An empty workspace with a play."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("OSPATROL_APPROVER", "ann")
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    (folder / "play.yml").write_text(SCAN)
    return Workspace(folder=folder, capture=capsys)


@pytest.fixture
def host_variables() -> Callable[..., dict[str, object]]:
    """Inventory variables that reach an `Sshd` of the root conftest."""

    def variables(sshd: Any, **more: object) -> dict[str, object]:
        options = f"-F none -o UserKnownHostsFile={sshd.known_hosts} -o GlobalKnownHostsFile=none"
        return {
            "ansible_host": sshd.address,
            "ansible_port": sshd.port,
            "ansible_user": sshd.user,
            "ansible_ssh_private_key_file": str(sshd.key_file),
            "ansible_ssh_common_args": options,
            **more,
        }

    return variables
