"""Verdicts on configurations as devices print them: hidden defaults, unusual spellings, several lines of a kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from ospatrol.comply.network_facts import is_for_devices
from ospatrol.model.policy import Status
from tests.checks.content import NAMES
from tests.checks.test_network_policies import findings_of, policy_of

CONFIGS = Path(__file__).parent / "configs"
PASS, FAIL, NONE, UNKNOWN = Status.PASS, Status.FAIL, Status.NOT_APPLICABLE, Status.NOT_ASSESSED
SPARED = {
    "cisco_ios.hardened": {"930209", "930504", "930613"},  # no web server, no community, a release without vstack
    "juniper_junos.hardened.set": {"932403"},  # no community
    "juniper_junos.hardened.braces": {"932403"},
    "cisco_ios.weak": {"930403", "930404", "930613", "930905"},  # no hash; vstack is not told; no broadcasts by default
    # a password of the factory is one, and so is an account that everybody knows
    "cisco_asa.weak": {"931101", "931112", "931118", "931201", "931317", "931404", "931405"},
    "cisco_nxos.weak": {"935601"},  # the logs that it sends say too little
    "frr.hardened": {"936305"},  # no RIP
    "juniper_junos.weak": {"932201", "932211"},  # MD5 is a hash; in which order servers are asked is not told
}
"""Checks that do not come to what they come to on the rest of a configuration."""


def named(kind: str) -> list[Path]:
    return sorted(CONFIGS.glob(f"*.{kind}*.cfg"))


def statuses(path: Path) -> dict[str, Status]:
    text = path.read_text(encoding="utf-8")
    return {check: finding.status for check, finding in findings_of(policy_of(path.name.split(".")[0]), text).items()}


def test_there_is_a_hardened_and_a_weak_configuration_of_each_platform():
    platforms = {path.name.split(".")[0] for path in CONFIGS.iterdir()}

    assert platforms == {name for name in NAMES if is_for_devices(policy_of(name))}
    for platform in platforms:
        assert list(CONFIGS.glob(f"{platform}.hardened*.cfg")), platform
        assert list(CONFIGS.glob(f"{platform}.weak.cfg")), platform


@pytest.mark.parametrize("path", named("hardened"), ids=lambda path: path.name)
def test_a_hardened_device_passes_every_check_that_applies_to_it(path: Path):
    spared = SPARED.get(path.name.removesuffix(".cfg"), set())

    others = {check: status for check, status in statuses(path).items() if status is not PASS}

    assert others == dict.fromkeys(spared, NONE)


@pytest.mark.parametrize("path", named("weak"), ids=lambda path: path.name)
def test_a_weak_device_fails_every_check_that_can_fail_on_it(path: Path):
    spared = SPARED.get(path.name.removesuffix(".cfg"), set())

    others = {check for check, status in statuses(path).items() if status is not FAIL}

    assert others == spared


def test_braces_and_statements_are_judged_alike():
    braces, statements = (statuses(CONFIGS / f"juniper_junos.hardened.{style}.cfg") for style in ("braces", "set"))

    assert braces == statements


BGP = "router bgp 1\n neighbor G peer-group\n neighbor 192.0.2.2 remote-as 2\n"
BGP_GROUP = "protocols bgp group G"
ROWS = [
    # IOS: a server is one whatever it speaks, and in whatever words
    ("930105", "tacacs server T1\n address ipv4 192.0.2.1\nradius-server host 192.0.2.2 auth-port 1812\n", PASS),
    ("930105", "radius-server host 192.0.2.2 auth-port 1812\nradius-server host 192.0.2.2 auth-port 1645\n", FAIL),
    # what a line accepts that does not say so
    ("930201", "version 15.2\nline vty 0 4\n login\nline vty 5 15\n transport input ssh\n", FAIL),
    ("930201", "version 12.4\nline vty 0 4\n login\n", FAIL),
    ("930201", "version 16.9\nline vty 0 4\n login\n", UNKNOWN),
    ("930201", "version 17.9\nline vty 0 4\n transport input none\nline vty 5 97\n transport input ssh\n", PASS),
    ("930201", "version 17.9\nline vty 0 4\n transport input ssh\nline vty 5 15\n transport input all\n", FAIL),
    # every range needs the list
    ("930202", "line vty 0 4\n access-class 10 in vrf-also\nline vty 5 15\n transport input none\n", FAIL),
    ("930202", "line vty 0 4\n ipv6 access-class MGMT6 in\nline vty 5 15\n access-class 10 in vrf-also\n", PASS),
    ("930202", "line vty 0 4\n access-class 10 out\n", FAIL),
    # ten minutes, and not a second more
    ("930203", "line vty 0 4\n exec-timeout 10 0\n", PASS),
    ("930203", "line vty 0 4\n exec-timeout 10 1\n", FAIL),
    ("930203", "line vty 0 4\n exec-timeout 0 30\n", PASS),
    ("930203", "line vty 0 4\n exec-timeout 0 0\n", FAIL),
    ("930203", "line vty 0 4\n no exec-timeout\n", FAIL),
    ("930203", "line vty 0 4\n login local\n", PASS),
    ("930203", "line con 0\n exec-timeout 0 0\n", NONE),
    # a server that is off serves nobody
    ("930210", "no ip http secure-server\n", PASS),
    ("930210", "ip http secure-server\n", FAIL),
    ("930210", "hostname r1\n", NONE),
    ("930211", "no ip http secure-server\n", PASS),
    ("930211", "ip http secure-server\n", PASS),
    ("930211", "ip http secure-server\nip http timeout-policy idle 601 life 3600 requests 100\n", FAIL),
    ("930212", "line vty 0 4\n session-limit 5\n transport input ssh\nline vty 5 15\n transport input none\n", PASS),
    ("930212", "line vty 0 4\n session-limit 5\nline vty 5 15\n transport input ssh\n", FAIL),
    ("930412", "login on-failure log every 3\nlogin on-success log\n", PASS),
    ("930414", "aaa common-criteria policy P\n lower-case 1\n upper-case 1\n", PASS),
    ("930415", "aaa common-criteria policy P\n lower-case 1\n upper-case 1\n", FAIL),
    ("930505", "snmp-server location here\n", FAIL),
    ("930505", "hostname r1\n", NONE),
    ("930601", "hostname Router\n", FAIL),
    ("930601", "hostname ROUTER-7\n", PASS),
    ("930708", "hostname r1\n", FAIL),
    ("930802", "ntp authentication-key 1 md5 0822455D0A16 7\n", FAIL),
    ("930802", "ntp trusted-key 1 - 3\n", PASS),
    ("930805", "ntp server 192.0.2.3 key 1 source Loopback0\nntp server 192.0.2.4 source Loopback0\n", PASS),
    ("930805", "ntp server 192.0.2.3 key 1 source Loopback0\nntp server 192.0.2.4\n", FAIL),
    ("930805", "hostname r1\n", FAIL),
    ("930910", "interface GigabitEthernet1\n ip verify unicast source reachable-via any allow-default\n", PASS),
    # a group lends its password, if it has one
    ("930908", f"{BGP} neighbor G password 7 0822\n neighbor 192.0.2.2 peer-group G\n", PASS),
    ("930908", f"{BGP} neighbor 192.0.2.2 peer-group G\n neighbor 192.0.2.2 password 7 0822\n", PASS),
    ("930908", f"{BGP} neighbor 192.0.2.2 peer-group G\n", FAIL),
    ("930908", "router bgp 1\n neighbor 192.0.2.2 remote-as 2\n neighbor 192.0.2.20 password 7 0822\n", FAIL),
    ("930908", "hostname r1\n", NONE),
    # ASA: names stand for addresses, and 0 for all of them
    ("931101", "enable password jMorNbK0514fadBh level 10 encrypted\n", PASS),
    ("931101", "enable password cisco\n", FAIL),
    ("931303", "banner motd                Authorised use only.\n", PASS),
    ("931304", "names\nname 192.0.2.64 MGMT\nssh MGMT 255.255.255.192 inside\nssh timeout 5\n", PASS),
    ("931304", "ssh 2001:db8::/64 inside\n", PASS),
    ("931304", "ssh 0 0 inside\nssh ::/0 inside\nssh timeout 5\nssh key-exchange group dh-group14-sha1\n", FAIL),
    ("931305", "ssh 0 0 inside\n", FAIL),
    ("931305", "ssh ::/0 outside\n", FAIL),
    ("931305", "ssh 0.0.0.0 255.255.255.0 inside\n", PASS),
    ("931306", "ASA Version 9.16(4)\nhostname fw1\n", PASS),
    ("931306", "ASA Version 9.14(2)\nhostname fw1\n", FAIL),
    ("931311", "names\nname 192.0.2.64 MGMT\ntelnet MGMT 255.255.255.192 inside\n", FAIL),
    ("931311", "telnet ::/0 inside\ntelnet timeout 5\n", FAIL),
    ("931311", "telnet timeout 5\n", PASS),
    ("931312", "http server enable\nhttp 0 0 inside\n", FAIL),
    ("931313", "http server enable 8443\nhttp server idle-timeout 5\nhttp server session-timeout 60\n", PASS),
    ("931316", "hostname FWSM\n", FAIL),
    ("931319", "ASA Version 9.8(4)\nhostname fw1\n", FAIL),
    ("931319", "ASA Version 9.12(4)67\nhostname fw1\n", PASS),
    ("931319", "quota management-session ssh 2\n", PASS),
    ("931402", "hostname fw1\n", FAIL),
    ("931402", "ntp server 192.0.2.3 key 1 source mgmt\nntp server 192.0.2.4 source mgmt\n", FAIL),
    ("931502", "snmp-server enable traps snmp authentication linkup linkdown coldstart\n", NONE),
    ("931502", "snmp-server group OPS v3 priv\nsnmp-server community <secret:0123456789ab>\n", PASS),
    ("931505", "access-list OUT extended permit ip any any inactive\n", PASS),
    ("931505", "access-list OUT permit ip any any\n", FAIL),
    ("931505", "access-list OUT extended permit ip any4 any4 log disable\n", FAIL),
    # Junos
    ("932101", "set version 21.2R1\nset system services ssh\n", PASS),
    ("932108", 'set system services ssh macs "hmac-md5-etm@openssh.com"\n', FAIL),
    ("932108", "set system services ssh ciphers [ aes256-ctr arcfour ]\n", FAIL),
    ("932108", "set system services ssh key-exchange group-exchange-sha2\n", PASS),
    ("932109", "set version 20.4R3\nset system services ssh\n", FAIL),
    ("932109", "set version 22.2R1\nset system services ssh\n", PASS),
    ("932109", "set system services ssh\n", UNKNOWN),
    ("932117", "set system services netconf ssh port 830\n", PASS),
    ("932117", "set system services ssh\n", NONE),
    ("932201", 'set system root-authentication ssh-rsa "ssh-rsa AAAA ops"\n', FAIL),
    ("932201", 'set system root-authentication encrypted-password ""\n', FAIL),
    ("932209", "set system login user ops class super-user\n", FAIL),
    ("932403", "set snmp community ops\n", FAIL),
    ("932404", "set snmp v3 usm local-engine user ops authentication-sha authentication-key x\n", FAIL),
    ("932404", "set system host-name r1\n", NONE),
    (
        "932510",
        "set protocols ospf area 0 interface a.0 passive\nset protocols ospf area 0 interface a.0 metric 5\n",
        PASS,
    ),
    ("932510", "set protocols ospf area 0 interface a.0 authentication simple-password x\n", FAIL),
    ("932510", "set protocols ospf3 area 0 interface a.0 ipsec-sa SA\n", PASS),
    ("932510", "set protocols ospf area 0 interface lo0.0\n", NONE),
    # ScreenOS
    ("933203", "set interface ethernet0/1 manage telnet\nunset interface ethernet0/1 manage telnet\n", PASS),
    ("933305", 'set ntp server "0.0.0.0"\nset ntp server backup1 "192.0.2.3"\n', FAIL),
    ("933307", 'set snmp community "public-ro" Read-Only\n', PASS),
    ("933401", 'set policy id 1 from "Trust" to "Untrust"  "Any" "Any" "ANY" nat src permit\n', FAIL),
    ("933401", 'set policy id 1 from "Trust" to "Untrust"  "Any" "Any" "ANY" deny\n', PASS),
    ("933402", 'set policy id 1 from "Trust" to "Untrust"  "A" "B" "SSH" permit schedule "x"\n', FAIL),
    ("933402", 'set policy id 1 from "Trust" to "Untrust"  "A" "B" "SSH" permit schedule "x" log count\n', PASS),
    ("933406", 'set vpn "V" gateway "G" no-replay tunnel idletime 0 proposal "g2-esp-3des-md5"\n', FAIL),
    ("933406", 'set vpn "V" gateway "G" no-replay tunnel idletime 0 proposal "g2-esp-3des-sha"\n', PASS),
    # FRR: what is not shown depends on the profile, and on the release
    ("936204", "frr version 8.4\nfrr defaults traditional\nrouter bgp 1\n bgp router-id 192.0.2.1\n", FAIL),
    ("936204", "frr version 8.4\nfrr defaults datacenter\nrouter bgp 1\n bgp router-id 192.0.2.1\n", PASS),
    ("936204", "frr version 8.4\nfrr defaults datacenter\nrouter bgp 1\n no bgp log-neighbor-changes\n", FAIL),
    ("936204", "frr version 8.4\nfrr defaults traditional\nrouter ospf\n", NONE),
    ("936302", "frr version 8.4\nfrr defaults traditional\nrouter bgp 1\n bgp router-id 192.0.2.1\n", PASS),
    ("936302", "frr version 8.4\nfrr defaults traditional\nrouter bgp 1\n no bgp ebgp-requires-policy\n", FAIL),
    ("936302", "frr version 8.4\nfrr defaults datacenter\nrouter bgp 1\n bgp router-id 192.0.2.1\n", FAIL),
    ("936302", "frr version 8.4\nfrr defaults datacenter\nrouter bgp 1\n bgp ebgp-requires-policy\n", PASS),
    ("936302", "frr version 7.3\nfrr defaults traditional\nrouter bgp 1\n bgp router-id 192.0.2.1\n", FAIL),
    # Gaia
    ("934313", "set ipv6-state off\n", PASS),
    ("934314", "set snmp traps trap coldStart disable\n", FAIL),
    ("934315", "add snmp traps receiver 192.0.2.9 version v2 community <secret:0123456789ab>\n", PASS),
]
POLICIES = {
    "930": "cisco_ios",
    "931": "cisco_asa",
    "932": "juniper_junos",
    "933": "juniper_screenos",
    "934": "checkpoint_gaia",
    "936": "frr",
}
BEGINS = {"933": "set clock timezone 0\n", "932": "set system time-zone UTC\n", "934": "set web ssl3-enabled off\n"}


@pytest.mark.parametrize(("check", "text", "status"), ROWS)
def test_a_line_is_judged_by_what_it_does(check: str, text: str, status: Status):
    begin = BEGINS.get(check[:3], "")

    assert findings_of(policy_of(POLICIES[check[:3]]), begin + text)[check].status is status
