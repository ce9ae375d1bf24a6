"""What may be asked of a network device, platform by platform."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ospatrol.model.errors import CommandNotAllowed
from ospatrol.model.host import NetworkOs
from ospatrol.transport.device_platforms import PLATFORMS
from ospatrol.transport.device_policy import DevicePolicy, policy_of, refusal


@pytest.mark.parametrize(
    ("platform", "command"),
    [
        ("ios", "show running-config"),
        ("ios", "show running-config | include ^interface"),
        ("ios", "dir"),
        ("ios", "more nvram:startup-config"),
        ("asa", "more system:running-config"),
        ("nxos", "show running-config all | no-more"),
        ("junos", "show configuration | display set | except secret"),
        ("junos", "show configuration | display inheritance | no-more"),
        ("eos", "show running-config | no-more | exclude ! Time:"),
        ("screenos", "get config"),
        ("fortios", "get system status"),
        ("fortios", "show full-configuration"),
        ("gaia", "show configuration"),
        ("gaia_expert", 'clish -c "show configuration"'),
        ("gaia_expert", "cat /etc/resolv.conf"),
        ("panos", "show config running"),
        ("procurve", "show running-config"),
        ("aoscx", 'show system | exclude "Up Time"'),
        ("routeros", "/export"),
        ("routeros", "/export show-sensitive"),
        ("routeros", "/ip address print detail without-paging"),
        ("vyos", "show configuration commands | no-more"),
        ("frr", "show running-config"),
    ],
)
def test_what_only_reads_may_be_declared(platform, command):
    assert refusal(command, PLATFORMS[NetworkOs(platform)]) == ""


@pytest.mark.parametrize(
    "command",
    [
        "", " ", "configure", "configure terminal", "conf t", "config global", "config system console", "edit",
        "edit x", "set", "set system host-name x", "set cli screen-length 0", "unset x", "delete system", "commit",
        "rollback 1",
        "request system reboot", "request shutdown", "copy running-config startup-config", "copy run tftp:",
        "write", "write memory", "write erase", "reload", "reboot", "delete flash:x", "erase startup-config",
        "format flash:",
        "load merge x", "save config", "exec reset", "execute factoryreset", "clear log", "debug all", "start shell",
        "bash", "expert", "enable", "terminal length 0", "exit", "do show run", "sh run", "showrunning", "getconfig",
        "show running-config | redirect tftp://x", "show running-config | append flash:x", "show run | tee x",
        "show run | save x", "show configuration | save /var/tmp/x", "show x > flash:y", "show x >> y",
        "show x ; reload", "show x\nreload", "show x\rreload", "show x\x03", "show x\x1a", "show x\t", "show ?",
        "show `reboot`", "show $(reboot)", "show x && reboot", "get x | sh", "show x | bash", "show x | unknown y",
        " show version", "show version ", "show \u202eversion", "show x\\ny", "show x |", "show " + "x" * 400,
        "/system reboot", "/system script run print", "/ip address add address=1.1.1.1 print", "/export file=x",
        "/user set 0 password=print", "/file print file=x", "/tool fetch url=http://x print",
        "/system backup save print", "/log warning print", "/ping print", "/put print", "/system ssh print",
        "/ip dns cache flush print", "/certificate revoke print", "/disk format-drive print", "/undo print",
        "cat /etc/passwd; reboot", "cat /root/x", 'clish -c "show x" | sh', 'clish -c "set x"', "fw unloadlocal",
        "fw ver > /etc/x", "more flash:x | redirect y", "showtech", "more system:x > y", "dir;reload",
    ],
)  # fmt: skip
def test_what_may_change_anything_cannot_even_be_declared(command):
    assert all(refusal(command, platform) for platform in PLATFORMS.values())


@given(st.text(max_size=60), st.sampled_from(list(NetworkOs)))
def test_no_line_ends_control_characters_or_redirections_pass(text, platform):
    for command in (text, f"show {text}", f"get {text}", f"/export {text}", f"cat /etc/{text}"):
        if refusal(command, PLATFORMS[platform]) == "":
            assert command.isascii()
            assert command.isprintable()
            assert not set(command) & set(">;`&$\\?")


def test_a_command_must_be_declared_to_the_letter():
    policy = DevicePolicy.of("ios", ["show version", "configure terminal"])
    platform = PLATFORMS[NetworkOs.IOS]

    policy.admit("show version", platform, "r1")
    for command, why in [
        ("show versions", "no profile declares it"),
        ("show Version", "no profile declares it"),
        ("configure terminal", "it begins with none of show, dir"),
        ("show version\n", "one line"),
    ]:
        with pytest.raises(CommandNotAllowed, match=why):
            policy.admit(command, platform, "r1")


def test_policies_of_one_platform_add_up_and_others_do_not_count():
    policies = [
        DevicePolicy.of("ios", ["show a"]),
        DevicePolicy.of("asa", ["show b"]),
        DevicePolicy.of("ios", ["show c"]),
    ]

    assert policy_of("ios", policies).commands == {"show a", "show c"}
    assert policy_of("junos", policies).commands == frozenset()


@pytest.mark.parametrize("platform", NetworkOs)
def test_what_a_session_sends_of_itself_changes_no_configuration(platform):
    own = PLATFORMS[platform]
    harmless = ("terminal ", "set cli ", "set clienv rows 0", "set terminal ", "no page")

    assert all(command.startswith(harmless) for command in own.prepare)
    assert own.logout in ("exit", "quit")
    assert own.elevate in ("enable", "expert")
    assert own.unix_shell in (None, ("%", "cli"))
