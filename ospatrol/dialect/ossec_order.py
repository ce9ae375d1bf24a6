"""The order in which OSSEC and Wazuh read their files: a rule sees only those that were read before it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ospatrol.model.decoder import Semantics

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

EXCLUDED = frozenset({"0215-policy_rules.xml"})
"""What Wazuh's stock configuration leaves out."""

_EARLY = (
    *("decoder.xml", "rules_config.xml", "pam_rules.xml", "sshd_rules.xml", "telnetd_rules.xml", "syslog_rules.xml"),
    *("arpwatch_rules.xml", "symantec-av_rules.xml", "symantec-ws_rules.xml", "pix_rules.xml", "named_rules.xml"),
    *("smbd_rules.xml", "vsftpd_rules.xml", "pure-ftpd_rules.xml", "proftpd_rules.xml", "ms_ftpd_rules.xml"),
    *("ftpd_rules.xml", "hordeimp_rules.xml", "roundcube_rules.xml", "wordpress_rules.xml", "cimserver_rules.xml"),
    *("vpopmail_rules.xml", "vmpop3d_rules.xml", "courier_rules.xml", "web_rules.xml", "web_appsec_rules.xml"),
    *("apache_rules.xml", "nginx_rules.xml", "php_rules.xml", "mysql_rules.xml", "postgresql_rules.xml"),
    *("ids_rules.xml", "squid_rules.xml", "firewall_rules.xml", "apparmor_rules.xml", "cisco-ios_rules.xml"),
    *("netscreenfw_rules.xml", "sonicwall_rules.xml", "postfix_rules.xml", "sendmail_rules.xml", "imapd_rules.xml"),
    *("mailscanner_rules.xml", "dovecot_rules.xml", "ms-exchange_rules.xml", "racoon_rules.xml"),
    *("vpn_concentrator_rules.xml", "spamd_rules.xml", "msauth_rules.xml", "mcafee_av_rules.xml"),
    *("trend-osce_rules.xml", "ms-se_rules.xml", "zeus_rules.xml", "solaris_bsm_rules.xml", "vmware_rules.xml"),
    *("ms_dhcp_rules.xml", "asterisk_rules.xml"),
)
_LATE = (
    "ossec_rules.xml",
    "last_rootlogin_rules.xml",
    "policy_rules.xml",
    "attack_rules.xml",
    "local_decoder.xml",
    "local_rules.xml",
)
_PLACES = {name: number for number, name in enumerate(_EARLY)} | {
    name: number for number, name in enumerate(_LATE, start=len(_EARLY) + 1)
}

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DEFINED = re.compile(r"<rule\s[^>]*?\bid\s*=\s*[\"'](\d{1,9})")
_REFERRED = re.compile(r"<if_(?:matched_)?sid>([\d, ]*)<")


def order_files(
    names: Collection[str],
    semantics: Semantics,
    include_order: Sequence[str] | None = None,
    *,
    texts: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """The rule files, or the decoder files, that are read, in the order in which they are read.

    Wazuh reads all of every folder by base name. OSSEC reads what its configuration includes; where nobody says what,
    all files are read in the order of its stock configuration, those that it does not name before the rules that look
    back on groups (policy, attack) and the local ones. `translated/` is left out unless it is included.

    Args:
        names: Paths as the person named them; files that do not end in `.xml` are left out.
        semantics: OSSEC or Wazuh.
        include_order: Base names, or ends of paths, of the files that OSSEC is to read, in this order.
        texts: Name to text. If given, an OSSEC file is read behind those that define the ids it refers to.
    """
    files = sorted((name for name in names if name.endswith(".xml")), key=_by_name)
    if semantics is Semantics.WAZUH:
        return tuple(name for name in files if _base(name) not in EXCLUDED)
    if include_order is not None:
        return tuple(
            name
            for included in dict.fromkeys(include_order)
            for name in files
            if name == included or name.endswith(f"/{included}")
        )
    wanted = [name for name in files if "translated" not in name.split("/")[:-1]]
    wanted.sort(key=lambda name: _PLACES.get(_base(name), len(_EARLY)))
    return _behind_parents(wanted, texts) if texts is not None else tuple(wanted)


def _base(name: str) -> str:
    return name.rpartition("/")[2]


def _by_name(name: str) -> tuple[bytes, str]:
    return _base(name).encode(errors="surrogateescape"), name


def _behind_parents(names: Sequence[str], texts: Mapping[str, str]) -> tuple[str, ...]:
    """Puts off each file until those are read that define the ids it refers to; in a circle, the first goes first."""
    bodies = {name: _COMMENT.sub("", texts.get(name, "")) for name in names}
    home: dict[int, str] = {}
    for name in names:
        for rule in _DEFINED.findall(bodies[name]):
            home.setdefault(int(rule), name)
    needs = {name: {home[rule] for rule in _referred(bodies[name]) if rule in home} - {name} for name in names}
    done: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        ready = next((name for name in waiting if needs[name] <= done.keys()), waiting[0])
        waiting.remove(ready)
        done[ready] = None
    return tuple(done)


def _referred(text: str) -> set[int]:
    return {int(word) for ids in _REFERRED.findall(text) for word in re.findall(r"\d{1,9}", ids)}
