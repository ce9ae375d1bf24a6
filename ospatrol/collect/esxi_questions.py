"""What an ESXi host is asked, in two rounds: the host as a whole, then each guest, switch and key file it named."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import compress, islice

from ospatrol.collect.esxi_csv import NotRowsError, read_rows
from ospatrol.integrity.esxi_guests import CONFIGURATION, GUEST, SNAPSHOT
from ospatrol.model.facts import Ask, Facts, Question, State

GUESTS = "vim-cmd vmsvc/getallvms"
HOST_SUMMARY = "vim-cmd hostsvc/hostsummary"
HOST_CONFIG = "vim-cmd hostsvc/hostconfig"
SETTINGS = "vim-cmd hostsvc/advopt/settings"
ACCEPTANCE = "esxcli software acceptance get"
VERSION = "esxcli --formatter=csv system version get"
DATASTORES = "esxcli --formatter=csv storage filesystem list"
SWITCHES = "esxcli --formatter=csv network vswitch standard list"
PORT_GROUPS = "esxcli --formatter=csv network vswitch standard portgroup list"
INTERFACES = "esxcli --formatter=csv network ip interface ipv4 get"
DNS = "esxcli --formatter=csv network ip dns server list"
ACCOUNTS = "esxcli --formatter=csv system account list"
PERMISSIONS = "esxcli --formatter=csv system permission list"
KERNEL = "esxcli --formatter=csv system settings kernel list"
VIBS = "esxcli --formatter=csv software vib list"
FIREWALL = "esxcli --formatter=csv network firewall get"
RULE_SETS = "esxcli --formatter=csv network firewall ruleset list"
ALLOWED = "esxcli --formatter=csv network firewall ruleset allowedip list"
SYSLOG = "esxcli --formatter=csv system syslog config get"
NTP = "esxcli --formatter=csv system ntp get"
_COMMANDS = (
    GUESTS, HOST_SUMMARY, HOST_CONFIG, SETTINGS, ACCEPTANCE, VERSION, DATASTORES, SWITCHES, PORT_GROUPS, INTERFACES,
    DNS, ACCOUNTS, PERMISSIONS, KERNEL, VIBS, FIREWALL, RULE_SETS, ALLOWED, SYSLOG, NTP,
)  # fmt: skip

CERTIFICATES = {"host": "/etc/vmware/ssl/rui.crt", "trusted": "/etc/vmware/ssl/castore.pem"}
"""Files with certificates, by what they are."""
KEY_FOLDER = "/etc/ssh"
NTP_FILE = "/etc/ntp.conf"

MOST_GUESTS = 2000
_MOST_NETWORKS = 1000
_MOST_KEY_FILES = 200
_GUEST = re.compile(r"(?:^|\n)(?:([0-9]{1,9})[ \t]|Skipping invalid VM '([0-9]{1,9})')")
_KEY_FILE = re.compile(r"/etc/ssh/keys-([^/]+)/authorized_keys[0-9]*")


def command(words: str) -> Question:
    """The question that a command is."""
    return Question(Ask.COMMAND, words)


def questions() -> tuple[Question, ...]:
    """What every ESXi host is asked."""
    files = (*CERTIFICATES.values(), NTP_FILE)
    folder = Question(Ask.DIRECTORY, KEY_FOLDER)
    return (*(command(words) for words in _COMMANDS), *(Question(Ask.FILE, path) for path in files), folder)


def then(facts: Facts, without: Collection[str] = ()) -> tuple[Question, ...]:
    """What it is asked in view of its answers.

    Args:
        facts: The answers.
        without: Kinds of items that nobody wants; of guests, it is not asked for them, as that takes longest.
    """
    wanted = [kind not in without for kind in (GUEST, CONFIGURATION, SNAPSHOT)]
    wanted[0] = any(wanted)
    each = [tuple(compress(guest_commands(number), wanted)) for number in guest_numbers(facts)]
    asked = [command(words) for commands in each for words in commands]
    asked += [command(words) for name in names_of(facts, SWITCHES) if (words := switch_policy(name))]
    asked += [command(words) for name in names_of(facts, PORT_GROUPS) if (words := port_group_policy(name))]
    asked += [Question(Ask.FILE, path) for _, path in key_files(facts)]
    return tuple(asked)


def guest_commands(number: str) -> tuple[str, str, str]:
    """What is asked of a guest: its summary, configuration and snapshots."""
    return (
        f"vim-cmd vmsvc/get.summary {number}",
        f"vim-cmd vmsvc/get.config {number}",
        f"vim-cmd vmsvc/snapshot.get {number}",
    )


def guest_numbers(facts: Facts) -> tuple[str, ...]:
    """The numbers of all guests, and perhaps more: the lines of an annotation may look like guests.

    The columns are as wide as their longest value, so nothing but the number at the beginning is taken from them.
    """
    said = facts.answer(command(GUESTS)).content
    numbers = (match[1] or match[2] for match in _GUEST.finditer(said))
    return tuple(islice(dict.fromkeys(numbers), MOST_GUESTS))


def names_of(facts: Facts, words: str) -> tuple[str, ...]:
    """The names of virtual switches or port groups, each once."""
    answer = facts.answer(command(words))
    if answer.state is not State.OK or answer.status != 0:
        return ()
    try:
        rows = read_rows(answer.content, "name")
    except NotRowsError:
        return ()
    return tuple(islice(dict.fromkeys(row["name"] for row in rows), _MOST_NETWORKS))


def switch_policy(name: str) -> str:
    """The command that tells a virtual switch's security policy; empty where a name cannot be said."""
    return _named("esxcli --formatter=csv network vswitch standard policy security get -v", name)


def port_group_policy(name: str) -> str:
    """The same of a port group."""
    return _named("esxcli --formatter=csv network vswitch standard portgroup policy security get -p", name)


def _named(words: str, name: str) -> str:
    if not name or name.startswith("-"):  # it would be another option
        return ""
    said = name.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
    quoted = said.replace("\\", "\\\\").replace('"', '\\"')
    return f'{words} "{quoted}"'


def key_files(facts: Facts) -> Iterator[tuple[str, str]]:
    """Each account with a file of keys, and the file; of one account there may be several."""
    entries = facts.answer(Question(Ask.DIRECTORY, KEY_FOLDER)).entries
    found = ((match[1], path) for path in entries if (match := _KEY_FILE.fullmatch(path)))
    yield from islice(found, _MOST_KEY_FILES)
