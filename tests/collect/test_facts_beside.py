"""Which commands may run while others do."""

from __future__ import annotations

import pytest

from ospatrol.collect.facts_beside import runs_beside


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
    assert runs_beside(command)


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
    assert not runs_beside(command)
