"""The policies for ESXi say of recorded hosts what independent control facts say of the same recordings.

The recordings are played by a simulated host, so that every command goes over a real login and through the real facts
script; commands with a pipe run in the host's own busybox.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

import msgspec
import pytest

from ospatrol.collect.facts import collect_facts
from ospatrol.collect.facts_dialogue import FACTS_SCRIPT
from ospatrol.comply.judge import judge
from ospatrol.comply.questions import follow_up, questions_of
from ospatrol.load.yaml import Lined, LinedList, read_yaml
from ospatrol.model.policy import Status
from ospatrol.transport.host_connection import Rules
from ospatrol.transport.host_keys import HostKeys
from ospatrol.transport.policy import CommandPolicy
from ospatrol.transport.ssh import SshTransport
from tests.checks.content import CORPUS, policy_of
from tests.esxi.simulator import esxi_host, why_not

HOSTS = CORPUS / "devices" / "esxi" / "hosts"
CONTROLS = CORPUS / "controls" / "controls_vmware_esxi.yml"
FILES = {
    "esx80-weak": {
        "etc/issue": "",
        "etc/ssh/keys-root/authorized_keys": "ssh-ed25519 AAAAC3Nz somebody@example.net\n",
        "etc/vmware/settings": 'isolation.tools.copy.disable = "FALSE"\n',
        "etc/vmware/config": 'vmx.log.keepOld = "0"\n',
    },
    "esx80-hardened": {
        "etc/issue": "Authorised use only; all activity is recorded.\n",
        "etc/ssh/keys-root/authorized_keys": "",
        "etc/vmware/settings": "",
        "etc/vmware/config": 'libdir = "/usr/lib/vmware"\n',
    },
}
# the part of a check's id that both policies share, and the control that it is about
ABOUT = {
    "101": "esxi-lockout", "102": "esxi-unlock", "103": "esxi-pwquality", "104": "esxi-pwhistory", "105":
    "esxi-pwmaxdays", "106": "esxi-dcui-shell", "107": "esxi-vpxuser-shell", "108": "esxi-accounts", "109":
    "esxi-permissions", "110": "esxi-authkeys", "111": "esxi-adgroup", "201": "esxi-welcome", "202":
    "esxi-issue", "203": "esxi-lockdown", "204": "esxi-dcui-access", "205": "esxi-hostclient-timeout", "206":
    "esxi-soap-timeout", "207": "esxi-mob", "208": "esxi-shell-idle", "209": "esxi-shell-timeout", "210":
    "esxi-dcui-timeout", "211": "esxi-shell-warning", "212": "esxi-tls-disabled", "213": "esxi-tls-profile",
    "301": "esxi-ssh-banner", "302": "esxi-ssh-ciphers", "303": "esxi-ssh-rhosts", "304": "esxi-ssh-hostbased",
    "305": "esxi-ssh-userenv", "306": "esxi-ssh-gatewayports", "307": "esxi-ssh-tunnel", "308":
    "esxi-ssh-tcpfwd", "309": "esxi-ssh-streamlocal", "310": "esxi-ssh-alivecount", "311": "esxi-ssh-aliveint",
    "312": "esxi-ssh-fips", "313": "esxi-ssh-empty", "314": "esxi-ssh-strict", "315": "esxi-ssh-x11", "401":
    "esxi-syslog-host", "402": "esxi-syslog-tls", "403": "esxi-syslog-x509", "404": "esxi-log-persistent",
    "405": "esxi-hostd-log", "406": "esxi-syslog-level", "407": "esxi-logfilter", "408": "esxi-audit-local",
    "409": "esxi-audit-size", "410": "esxi-audit-remote", "411": "esxi-ntp", "412": "esxi-coredump", "501":
    "esxi-svc-ssh", "502": "esxi-svc-shell", "503": "esxi-svc-slp", "504": "esxi-svc-cim", "505":
    "esxi-svc-snmp", "601": "esxi-accept", "602": "esxi-vib-accept", "603": "esxi-exec-installed", "604":
    "esxi-secureboot", "605": "esxi-sb-enforce", "606": "esxi-tpm-mode", "607": "esxi-keypersist", "608":
    "esxi-entropy", "609": "esxi-ht-warning", "701": "esxi-fw-default", "702": "esxi-fw-allowed", "703":
    "esxi-bpdu", "704": "esxi-dvfilter", "705": "esxi-bmcnet", "706": "esxi-vsw-forged", "707": "esxi-vsw-mac",
    "708": "esxi-vsw-promisc", "709": "esxi-vgt", "710": "esxi-dns", "801": "esxi-salting", "802":
    "esxi-eagerzero", "803": "esxi-vmx-settings", "804": "esxi-vmx-log",
}  # fmt: skip
BOTH = (Status.FAIL, Status.PASS)

pytestmark = pytest.mark.skipif(
    not HOSTS.is_dir() and os.environ.get("CI") != "true", reason="the shared corpus is not beside the project"
)


@pytest.mark.parametrize("policy", ["vmware_esxi_7", "vmware_esxi_8"])
async def test_a_recorded_host_gets_the_verdicts_of_the_control_facts(tmp_path: Path, policy: str):
    if problem := why_not():
        pytest.skip(problem)

    found = {host: await verdicts_of(tmp_path / host, host, policy) for host in FILES}
    wanted = {host: {check: expected(ABOUT[check[3:]], host) for check in found[host]} for host in FILES}

    assert found == wanted
    pairs = [(found["esx80-weak"][check], found["esx80-hardened"][check]) for check in found["esx80-weak"]]
    assert len(pairs) >= 70
    assert pairs.count((Status.FAIL, Status.PASS)) >= 40
    assert pairs.count((Status.FAIL, Status.FAIL)) == 2


async def verdicts_of(folder: Path, host: str, name: str) -> dict[str, Status]:
    """What a policy says of a recorded host, played by a real one."""
    policy = msgspec.structs.replace(policy_of(name), requirement=None)
    with esxi_host(folder) as esxi:
        esxi.play(HOSTS / host / "INDEX.tsv")
        for path, text in FILES[host].items():
            (esxi.root / path).write_text(text)
        transport = SshTransport(Rules(policies=(CommandPolicy.of((FACTS_SCRIPT,)),)), HostKeys())
        try:
            async with transport.open(esxi.target(host)) as connection:
                facts = await collect_facts(
                    connection, questions_of([policy]), follow_up=lambda facts: follow_up([policy], facts)
                )
        finally:
            await transport.close()
    return {finding.check: finding.status for finding in judge(policy, facts).findings}


def expected(control: str, host: str) -> Status:
    """What a control says of a recording."""
    verify = controls()[control]
    source = str(verify["source"])
    text = said(source, host)
    matches = re.search(str(verify["regex"]), text, re.MULTILINE) is not None
    return Status.PASS if matches is (verify["kind"] == "has") else Status.FAIL


def said(source: str, host: str) -> str:
    """What was recorded of a command; of a file, what it holds in this test."""
    for path, text in FILES[host].items():
        if source.endswith(f" /{path}"):
            return f"{len(text)}\n" if source.startswith("stat ") else text
    for line in (HOSTS / host / "INDEX.tsv").read_text(encoding="utf-8").splitlines():
        file, _, words = line.partition("\t")
        if words == source:
            return (HOSTS / host / file).read_text(encoding="utf-8")
    raise LookupError(source)


@cache
def controls() -> dict[str, Lined]:
    node = read_yaml(CONTROLS.read_text(encoding="utf-8"), str(CONTROLS))
    assert isinstance(node, Lined)
    listed = node["controls"]
    assert isinstance(listed, LinedList)
    return {str(each["id"]): each["verify"] for each in listed}
