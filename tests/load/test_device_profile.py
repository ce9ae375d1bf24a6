from __future__ import annotations

from pathlib import Path

import pytest

from ospatrol.load.device_profile import read_device_profile, shows_only
from ospatrol.model.device_profile import CaptureRole, Encoding, Written
from ospatrol.model.errors import ConfigErrors
from ospatrol.model.place import Place

SHIPPED = Path(__file__).parents[2] / "playbooks" / "devices"
WHOLE = """\
platform: acme_os
also: [acme]
comments: ['!']
captures:
  - {name: running, command: show run, otherwise: show config, ends: '^end$', balanced: true}
  - {name: startup, command: show start, role: startup, absent: '^none'}
refused: ['^Error']
volatile: ['^Time']
changed_by: ['by (.+)']
encodings: [cisco_7]
harmless: [length]
continued: '+'
secrets:
  - {name: key, pattern: '^key (.+)', flaps: true, within: '^a', outside: '^b'}
secret_blocks:
  - {name: pem, begins: 'BEGIN', ends: 'END', flaps: true}
ordered_blocks: ['^acl']
ordered_lines: ['^(acl) ']
topics:
  acl: ['^acl']
syslog: ['CONFIG']
"""


def _mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        read_device_profile(text, "p.yml")
    return [str(error) for error in caught.value.errors]


def test_everything_that_is_written_is_read() -> None:
    profile = read_device_profile(WHOLE, "p.yml")

    assert profile.names == ("acme_os", "acme")
    assert [capture.command for capture in profile.captures] == ["show run", "show start"]
    assert profile.captures[0].otherwise == "show config"
    assert profile.captures[0].ends == Written("^end$", Place("p.yml", 5))
    assert profile.captures[0].balanced
    assert profile.captures[1].role is CaptureRole.STARTUP
    assert profile.encodings == (Encoding.CISCO_7,)
    assert profile.continued == "+"
    assert profile.harmless == ("length",)
    secret = profile.secrets[0]
    assert (secret.name, secret.flaps) == ("key", True)
    assert secret.within == Written("^a", Place("p.yml", 14))
    assert profile.secret_blocks[0].ends.text == "END"
    assert profile.topics == {"acl": (Written("^acl", Place("p.yml", 20)),)}


def test_every_shipped_profile_is_read() -> None:
    profiles = [read_device_profile(path.read_text(), path.name) for path in sorted(SHIPPED.glob("*.yml"))]

    assert {profile.platform for profile in profiles} >= {
        *("cisco_ios", "cisco_xr", "cisco_nxos", "cisco_asa", "juniper_junos", "juniper_screenos", "checkpoint_gaia"),
        *("fortinet", "paloalto_panos", "arista_eos", "hp_procurve", "aruba_os", "mikrotik_routeros", "vyos", "frr"),
    }
    names = [name for profile in profiles for name in profile.names]
    assert len(names) == len(set(names))
    assert [path.stem for path in sorted(SHIPPED.glob("*.yml"))] == [profile.platform for profile in profiles]


def test_every_mistake_is_told_with_its_line() -> None:
    mistakes = _mistakes(
        "platform: Acme\n"
        "nonsense: 1\n"
        "captures:\n"
        "  - {name: startup, command: show start, role: startup}\n"
        "  - {name: startup, command: reload, role: later, balanced: 3}\n"
        "  - just text\n"
        "secrets:\n"
        "  - {name: key}\n"
        "  - key\n"
        "secret_blocks:\n"
        "  - {name: pem, begins: x}\n"
        "  - pem\n"
        "encodings: [rot13]\n"
        "volatile: text\n"
        "comments: ['']\n"
        "also: [3]\n"
        "topics: [acl]\n"
    )

    said = "\n".join(mistakes)
    for part in (
        "p.yml:1: `platform` is a name",
        "p.yml:2: unknown key 'nonsense'",
        "p.yml:3: there are two captures with the name 'startup'",
        "p.yml:3: the first capture is the running configuration",
        "p.yml:5: 'reload' may do more than show",
        "p.yml:5: `role` 'later' is not known",
        "p.yml:5: `balanced` is true or false",
        "p.yml:6: a capture is a mapping",
        "p.yml:8: the key 'pattern' is missing",
        "p.yml:9: a secret is a mapping",
        "p.yml:11: a secret block needs `begins` and `ends`",
        "p.yml:12: a secret block is a mapping",
        "p.yml:13: 'rot13' is no encoding",
        "p.yml:14: `volatile` is a list",
        "p.yml:15: expected a text",
        "p.yml:16: expected a text",
        "p.yml:17: `topics` is a mapping",
    ):
        assert part in said, part


def test_a_name_that_is_none_and_a_pattern_that_is_none_are_told() -> None:
    mistakes = _mistakes(
        "platform: a\ncaptures:\n  - {name: 'Not A Name', command: show run, ends: ''}\nvolatile: [3]\n"
    )

    assert any("p.yml:3: `name` is a word" in mistake for mistake in mistakes)
    assert any("p.yml:3: a pattern is a text" in mistake for mistake in mistakes)
    assert any("p.yml:4: a pattern is a text" in mistake for mistake in mistakes)


def test_what_is_no_profile_at_all_is_told() -> None:
    assert _mistakes("- a list\n") == ["p.yml: a device profile is a mapping with `platform` and `captures`"]
    assert len(_mistakes("a: [1\n")) == 1
    assert any("`platform` is missing" in mistake for mistake in _mistakes("captures: []\n"))


@pytest.mark.parametrize(
    "command",
    [
        *("show running-config", "show", "get config", "more system:running-config", "/export", "export terse"),
        *(
            "show configuration | display set",
            "/system resource print",
            'clish -c "show configuration"',
            "show | grep .",
        ),
    ],
)
def test_commands_that_show_are_taken(command: str) -> None:
    assert shows_only(command)


@pytest.mark.parametrize(
    "command",
    [
        *("", "configure terminal", "showtime", "show run; reload", "show run\nreload", "show run | redirect flash:x"),
        *(
            "show run | tee x",
            "show run > x",
            "show run | append x",
            "copy run start",
            "/export file=x",
            "show `reboot`",
        ),
        *("show run | save x", 'clish -c "set user x"', 'clish -c "show x" -c "reboot"', "show " + "x" * 300, "reload"),
        *("show run | vsh", "get config > tftp 192.0.2.1 x", "/system reset", "show run $(reboot)"),
    ],
)
def test_commands_that_may_do_more_are_refused(command: str) -> None:
    assert not shows_only(command)


CONTEXTS = """\
platform: acme
captures:
  - {name: running, command: show run}
contexts:
  called: context
  home: system
  probe: show mode
  several: 'multiple'
  list: show context
  names: ['^(\\S+)']
  enter:
    - {send: 'changeto context {name}', prompt: '/{name}#$'}
    - {ask: show here, said: '{name}'}
  leave:
    - {send: changeto system}
"""


def test_virtual_systems_are_read() -> None:
    profile = read_device_profile(CONTEXTS, "p.yml")

    contexts = profile.contexts
    assert contexts
    assert [(step.send, step.ask) for step in contexts.enter] == [("changeto context {name}", ""), ("", "show here")]
    assert contexts.words == {
        *("show mode", "show context", "show here", "changeto context {name}", "changeto system"),
    }
    assert profile.commands == {"show run", *contexts.words}
    assert (contexts.at_home, contexts.leave_ends, contexts.captures) == (None, False, ())


@pytest.mark.parametrize(
    ("was", "becomes", "mistake"),
    [
        ("changeto system", "write memory", "p.yml:15: 'write memory' may do more than lead to a virtual system"),
        ("'changeto context {name}'", "'changeto context x'", "'changeto context x' may do more than"),
        ("ask: show here", "ask: reload", "'reload' may do more than show"),
        ("ask: show here", "send: exit, ask: show here", "a step is a mapping with either `send` or `ask`"),
        ("  leave:\n    - {send: changeto system}\n", "", "`leave` is missing"),
        ("  names: ['^(\\S+)']\n", "", "`names` is missing"),
        ("probe: show mode", "probe: show mode; reload", "may do more than show"),
        ("called:", "caled:", "unknown key 'caled'; did you mean 'called'"),
        ("{send: changeto system}", "{send: changeto system, sayd: x}", "unknown key 'sayd'; did you mean 'said'"),
    ],
)
def test_mistakes_in_virtual_systems_are_told(was: str, becomes: str, mistake: str) -> None:
    assert was in CONTEXTS
    assert mistake in "\n".join(_mistakes(CONTEXTS.replace(was, becomes)))


def test_virtual_systems_are_a_mapping() -> None:
    text = CONTEXTS[: CONTEXTS.index("contexts:")]

    assert "`contexts` is a mapping" in _mistakes(f"{text}contexts: [1]\n")[0]
