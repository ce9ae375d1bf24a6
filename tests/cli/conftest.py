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
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
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


OSSEC_DECODERS = """\
<decoder name="doord">
  <program_name>^doord</program_name>
</decoder>

<decoder name="doord-badge">
  <parent>doord</parent>
  <prematch>^badge </prematch>
  <regex offset="after_prematch">^(\\d+) (\\w+) at (\\S+)</regex>
  <order>id, action, extra_data</order>
</decoder>
"""
WAZUH_DECODERS = OSSEC_DECODERS.replace("doord-badge", "doord").replace("extra_data", "door.name")
RULES = """\
<group name="syslog,">
  <rule id="1" level="0" noalert="1">
    <category>syslog</category>
    <description>Generic template for all syslog rules.</description>
  </rule>
</group>

<group name="doors,">
  <rule id="100100" level="0" noalert="1">
    <if_sid>1</if_sid>
    <decoded_as>doord</decoded_as>
    <description>What the doors say.</description>
  </rule>

  <rule id="100101" level="5">
    <if_sid>100100</if_sid>
    <action>refused</action>
    <description>A badge was refused.</description>
  </rule>

  <rule id="100102" level="0">
    <if_sid>100101</if_sid>
    <id>^0007$</id>
    <description>The guard tests the door.</description>
  </rule>

  <rule id="100103" level="10" frequency="FREQUENCY" timeframe="60">
    <if_matched_sid>100101</if_matched_sid>
    <same_id />
    <description>A badge was refused again and again.</description>
  </rule>
</group>
"""
TESTS = """\
[A badge is refused]
log 1 pass = Dec 10 06:55:46 gate doord[9]: badge 4711 refused at cellar
log 2 fail = Dec 10 06:55:46 gate doord[9]: badge 0007 refused at cellar
rule = 100101
alert = 5
decoder = doord
"""


@dataclass(frozen=True, kw_only=True)
class Doors:
    """Rulesets in the manner of OSSEC and Wazuh, and logs for them."""

    folder: Path

    def ossec(self, name: str = "ossec", rules: str = RULES) -> str:
        """A folder as OSSEC has it: three refusals of one badge within a minute are an alert of level 10."""
        folder = self._ruleset(name, rules.replace("FREQUENCY", "1"))
        (folder / "decoder.xml").write_text(OSSEC_DECODERS)
        return str(folder)

    def wazuh(self, name: str = "wazuh", rules: str = RULES) -> str:
        """Likewise as Wazuh has it."""
        folder = self._ruleset(name, rules.replace("FREQUENCY", "3"))
        (folder / "decoders").mkdir()
        (folder / "decoders" / "doors_decoders.xml").write_text(WAZUH_DECODERS)
        return str(folder)

    def log(self, *texts: str | bytes, name: str = "door.log", start: int = 46) -> str:
        """A log of what a door said, a second apart."""
        path = self.folder / name
        lines = []
        for number, text in enumerate(texts):
            said = text.encode() if isinstance(text, str) else text
            lines.append(b"2026-12-10T06:55:%02d+00:00 gate doord[9]: %b\n" % (start + number, said))
        path.write_bytes(b"".join(lines))
        return str(path)

    def _ruleset(self, name: str, rules: str) -> Path:
        folder = self.folder / name
        (folder / "rules").mkdir(parents=True)
        (folder / "tests").mkdir()
        (folder / "rules" / "doors_rules.xml").write_text(rules)
        (folder / "tests" / "doors.ini").write_text(TESTS)
        return folder


@pytest.fixture
def doors(workspace: Workspace) -> Doors:
    """Rulesets about doors."""
    return Doors(folder=workspace.folder)


OWN = """\
decoders:
  - name: doord
    program: ^doord$
    regex: '^badge (?P<badge>\\d+) (?P<action>\\w+) at (?P<door>\\S+)'

rules:
  - id: 100100
    level: 5
    description: "Badge $(badge) was refused at $(door)"
    match: {kind: log, decoder: doord, action: refused}
    tests:
      fires:
        - {log: "Dec 10 06:55:46 gate doord[9]: badge 4711 refused at cellar", decoder: doord, fields: {badge: "4711"}}
      silent:
        - {log: "Dec 10 06:55:46 gate doord[9]: badge 4711 let at cellar"}

  - id: 100101
    level: 10
    description: "Badge $(badge) was refused again and again"
    parent: 100100
    frequency: 3
    within: 60s
    of: 100100
    same: badge
    tests:
      fires:
        - logs:
            - "Dec 10 06:55:46 gate doord[9]: badge 4711 refused at cellar"
            - "Dec 10 06:55:46 gate doord[9]: badge 4711 refused at cellar"
            - "Dec 10 06:55:46 gate doord[9]: badge 4711 refused at cellar"
      silent:
        - {log: "Dec 10 06:55:46 gate doord[9]: badge 4711 refused at cellar"}
"""


@pytest.fixture
def own_rules(workspace: Workspace) -> Path:
    """The same rules in OSPatrol's own language."""
    (workspace.folder / "rules").mkdir()
    path = workspace.folder / "rules" / "doors.yml"
    path.write_text(OWN)
    return path
