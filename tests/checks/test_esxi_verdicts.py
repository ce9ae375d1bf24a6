"""Verdicts on what ESXi hosts of several releases print, where it is not what it is on most."""

from __future__ import annotations

import pytest

from ospatrol.comply.judge import judge
from ospatrol.model.policy import Status
from tests.checks.content import alone, facts_of, policy_of

POLICIES = {"938": "vmware_esxi_7", "939": "vmware_esxi_8"}
PASS, FAIL = Status.PASS, Status.FAIL
KEYS = "/etc/ssh/keys-root/authorized_keys"


def option(key: str, value: str, *, old: bool = False) -> dict[str, object]:
    """What `vim-cmd` says of an option, with the blanks and the type that releases before 8 show."""
    shown = f'{"dynamicType = <unset>, " if old else ""}\n      key = "{key}", \n      value = {value}\n'
    out = f"(vim.option.OptionValue) [\n   (vim.option.OptionValue) {{\n      {shown}   }}\n]\n"
    return {"commands": {f"vim-cmd hostsvc/advopt/view {key}": {"rc": 0, "out": out}}}


def setting(path: str, number: str, text: str = "") -> dict[str, object]:
    """What `esxcli system settings advanced list` says; the default stands behind the value."""
    out = (
        f"   Path: {path}\n   Type: integer\n   Int Value: {number}\n   Default Int Value: 900\n   Min Value: 0\n"
        f"   String Value:{text}\n   Default String Value: sslv3,tlsv1,tlsv1.1\n   Valid Characters: *\n"
    )
    return {"commands": {f"esxcli system settings advanced list -o {path}": {"rc": 0, "out": out}}}


def printed(command: str, out: str) -> dict[str, object]:
    return {"commands": {command: {"rc": 0, "out": out}}}


ADMINS = "Config.HostAgent.plugins.hostsvc.esxAdminsGroup"
IDLE = "/UserVars/ESXiShellInteractiveTimeOut"
PROTOCOLS = "/UserVars/ESXiVPsDisabledProtocols"
SYSLOG = "esxcli system syslog config get"
ROWS = [
    ("101", option("Security.AccountLockFailures", "(long) 3", old=True), PASS),
    ("101", option("Security.AccountLockFailures", "0"), FAIL),
    ("101", option("Security.AccountLockFailures", "50"), FAIL),
    ("102", option("Security.AccountUnlockTime", "900"), PASS),
    ("102", option("Security.AccountUnlockTime", "899"), FAIL),
    ("105", option("Security.PasswordMaxDays", "90"), PASS),
    ("105", option("Security.PasswordMaxDays", "91"), FAIL),
    ("105", option("Security.PasswordMaxDays", "99999"), FAIL),
    ("105", option("Security.PasswordMaxDays", "0"), FAIL),
    ("111", option(ADMINS, '"ESX Admins"'), FAIL),
    ("111", option(ADMINS, '"esx admins"'), FAIL),
    ("111", option(ADMINS, '"ESX Admins of Zurich"'), PASS),
    ("206", option("Config.HostAgent.vmacore.soap.sessionTimeout", "300"), FAIL),
    ("208", setting(IDLE, "900"), PASS),
    ("208", setting(IDLE, "0"), FAIL),
    ("212", setting(PROTOCOLS, "0", " sslv3,tlsv1,tlsv1.1"), PASS),
    ("212", setting(PROTOCOLS, "0", " sslv3,tlsv1.1"), FAIL),
    ("212", setting(PROTOCOLS, "0"), FAIL),
    ("401", printed(SYSLOG, "   Local Log Output: /scratch/log\n   Remote Host: udp://192.0.2.5:514\n"), PASS),
    ("401", printed(SYSLOG, "   Local Log Output: /scratch/log\n   Remote Host: <none>\n"), FAIL),
    ("110", {"files": {KEYS: "# ssh-rsa AAAA is not here\n\n"}}, PASS),
    ("110", {"files": {KEYS: 'command="a b",from="192.0.2.1" ssh-ed25519 AAAA ops\n'}}, FAIL),
    ("110", {"files": {KEYS: "ecdsa-sha2-nistp256 AAAA ops\n"}}, FAIL),
    ("110", {}, PASS),
]


@pytest.mark.parametrize("release", POLICIES)
@pytest.mark.parametrize(("check", "said", "status"), ROWS)
def test_what_a_host_prints_is_judged_by_what_it_means(
    release: str, check: str, said: dict[str, object], status: Status
):
    whole = policy_of(POLICIES[release])
    policy = alone(whole, next(each for each in whole.checks if each.id == release + check))

    assert judge(policy, facts_of(policy, said)).findings[0].status is status
