"""What may be asked of esxcli and vim-cmd, and what may not."""

from __future__ import annotations

import pytest

from ospatrol.collect.command_uses_esxi import ESXI_USES
from ospatrol.collect.command_words import split_command
from ospatrol.collect.esxi_questions import guest_commands, port_group_policy, questions, switch_policy
from ospatrol.collect.shell_words import UNKNOWN, Arg
from ospatrol.model.facts import Ask

LOOKS = [
    "esxcli system version get",
    "esxcli --formatter=csv --format-param=fields=Name software vib list",
    "esxcli network vswitch standard policy security get -v vSwitch0",
    "esxcli network vswitch standard portgroup policy security get --portgroup-name=VM",
    "esxcli system settings advanced list -o /UserVars/ESXiShellTimeOut",
    "esxcli system tls server get --show-profile-defaults --show-current-boot-profile",
    "esxcli storage core device smart get -d naa.600",
    "esxcli system maintenanceMode get",
    "vim-cmd vmsvc/getallvms",
    "vim-cmd vmsvc/power.getstate 12",
    "vim-cmd -U dcui vimsvc/auth/lockdown_is_enabled",
    "vim-cmd hostsvc/advopt/view Security.PasswordHistory",
    "vmware -vl",
    "/usr/lib/vmware/openssh/bin/sshd -T",
    "/usr/lib/vmware/secureboot/bin/secureBoot.py -s",
]
ACTS = [
    "esxcli",
    "esxcli system",
    "esxcli get",
    "esxcli --formatter=csv",
    "esxcli system settings advanced set -o /UserVars/ESXiShellTimeOut -i 0",
    "esxcli system settings advanced list set",
    "esxcli system account add -i ann -p x",
    "esxcli system account list extra",
    "esxcli system account list -i ann more",
    "esxcli software vib install -v /tmp/x.vib",
    "esxcli software vib remove -n x",
    "esxcli software sources vib list -d http://192.0.2.1/",
    "esxcli software acceptance set --level=CommunitySupported",
    "esxcli network firewall unload",
    "esxcli network firewall set --enabled false",
    "esxcli vm process kill -t force -w 1",
    "esxcli system shutdown poweroff -r x",
    "esxcli system maintenanceMode set -e true",
    "esxcli -s 192.0.2.1 system version get",
    "esxcli --server=192.0.2.1 system version get",
    "esxcli --config /tmp/x system version get",
    "esxcli system account list -",
    "esxcli system account list --=x",
    "esxcli network diag ping -H 192.0.2.1",
    "vim-cmd",
    "vim-cmd -U root vmsvc/getallvms",
    "vim-cmd vmsvc/power.on 1",
    "vim-cmd vmsvc/power.off 1",
    "vim-cmd vmsvc/snapshot.create 1 x",
    "vim-cmd vmsvc/snapshot.removeall 1",
    "vim-cmd vmsvc/destroy 1",
    "vim-cmd vmsvc/unregister 1",
    "vim-cmd vmsvc/get.config",
    "vim-cmd vmsvc/get.config 1 2",
    "vim-cmd vmsvc/get.config /vmfs/x",
    "vim-cmd solo/registervm /vmfs/x.vmx",
    "vim-cmd hostsvc/enable_ssh",
    "vim-cmd hostsvc/maintenance_mode_enter",
    "vim-cmd hostsvc/advopt/update Security.PasswordHistory long 0",
    "vim-cmd hostsvc/advopt/view a b",
    "vim-cmd hostsvc/advopt/view -x",
    "vim-cmd proxysvc/remove_service x y",
    "vmware",
    "vmware -x",
    "/usr/lib/vmware/openssh/bin/sshd",
]


def refused(words: tuple[str, ...]) -> bool:
    args = [Arg(text=word, quoted=True) for word in words]
    return all(use.refuses(args[1:]) for use in ESXI_USES[words[0]])


@pytest.mark.parametrize("command", LOOKS)
def test_what_only_looks_is_allowed(command: str):
    assert not refused(split_command(command))


@pytest.mark.parametrize("command", ACTS)
def test_what_may_do_more_is_refused(command: str):
    assert refused(split_command(command))


def test_all_that_the_collector_asks_is_allowed():
    asked = [question.key for question in questions() if question.ask is Ask.COMMAND]
    asked += [*guest_commands("7"), switch_policy('odd "one"'), port_group_policy("VM Network; reboot \\ $(x)")]

    assert [command for command in asked if refused(split_command(command))] == []


@pytest.mark.parametrize("program", ["esxcli", "vim-cmd"])
def test_what_only_the_host_knows_is_refused(program: str):
    looks = {"esxcli": ["system", "version", "get"], "vim-cmd": ["vmsvc/getallvms"]}[program]
    args = [Arg(text=word) for word in looks]

    (use,) = ESXI_USES[program]

    assert not use.refuses(args)
    assert use.refuses([*args, Arg(text=UNKNOWN)])
    assert use.refuses([*args, Arg(text="x", wild=True)])
