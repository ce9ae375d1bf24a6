"""Which commands may run while others do, and which share with others."""

from __future__ import annotations

import pytest

from ospatrol.collect.facts_beside import Shares, company_of


@pytest.mark.parametrize(
    "command",
    [
        "stat /etc/passwd",
        "dpkg-query -s bash",
        "systemctl is-enabled cron",
        'sh -c "systemctl is-enabled cups.service & systemctl is-active cups.service"',
        'sh -c "for x in a b; do stat $x | grep -c 0; done"',
        "find /etc -name x -exec stat {} +",
    ],
)
def test_what_only_looks_at_files_and_services_may(command: str) -> None:
    assert not company_of(command).alone


@pytest.mark.parametrize(
    "command",
    [
        "iptables -L",
        "ufw status",
        "zypper lr",
        'sh -c "ufw status"',
        "sh -c \"nft list ruleset | awk '/hook input/,/}/'\"",
        'sh -c "systemctl is-enabled ufw.service & ufw status"',
        "find /etc -exec iptables -L {} +",
        "systemctl daemon-reload",
        "/usr/local/bin/own-check",
        'bash -c "stat /"',
        "sh",
        'sh -c "case x in x) stat /; esac"',
        "",
    ],
)
def test_what_may_hold_a_lock_or_is_not_known_may_not(command: str) -> None:
    assert company_of(command).alone


@pytest.mark.parametrize(
    ("command", "shares"),
    [
        ("stat /etc/passwd", Shares.ALL),
        ("systemctl is-enabled cron", Shares.ALL),
        ("iptables -L", Shares.ALL),
        ("cat /etc/passwd", Shares.LIMITS),
        ('sh -c "systemctl is-enabled cups & systemctl is-active cups"', Shares.LIMITS),
        ('sh -c "stat /etc/passwd"', Shares.LIMITS),
        ("systemctl list-unit-files", Shares.NOTHING),
        ("find /etc -name x", Shares.NOTHING),
        ('sh -c "find / -xdev -name x"', Shares.NOTHING),
        ("rpm -qa", Shares.NOTHING),
        ("dpkg -V", Shares.NOTHING),
        ("ls -lR /", Shares.NOTHING),
        ("/usr/local/bin/own-check", Shares.NOTHING),
        ("reboot", Shares.NOTHING),
    ],
)
def test_what_is_quick_shares_limits_and_what_leaves_nobody_behind_shares_all(command: str, shares: Shares) -> None:
    assert company_of(command).shares is shares
