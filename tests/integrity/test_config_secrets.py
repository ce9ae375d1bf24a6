from __future__ import annotations

import re

import pytest

from ospatrol.integrity.config_encodings import from_cisco_7, from_juniper_9, plain_of
from ospatrol.integrity.config_normal import normalise
from ospatrol.integrity.config_secrets import FLAPPING, Form, mask_lines, masks_of
from ospatrol.model.device_profile import Encoding
from tests.integrity.config_ready import CORPUS, KEY, corpus, need_corpus, ready

# S1 to S9 stand for secrets; what is written here must not be found in what comes out.
PLANTED = {
    "ios": """\
enable secret 5 $1$S1aa$S1bbbbbbbbbbbbbbbbbbb.
enable secret 8 $8$S2cccccccc$S2ddddddddddddd
enable secret 9 $9$S3eeeeeeee$S3fffffffffffff
enable secret level 7 0 S1enable plain
enable password 7 1511021F0725
username ann privilege 15 secret 9 $9$S4gggg$S4hhhhhh
username bob privilege 15 password 0 S4 with blanks
username cay password 7 045802150C2E
aaa new-model
tacacs-server key 7 S5tackey
tacacs-server host 192.0.2.1 key S5hostkey
radius-server host 192.0.2.2 auth-port 1812 acct-port 1813 key 7 S5radkey
radius server R1
 address ipv4 192.0.2.3 auth-port 1812 acct-port 1813
 key 7 S5r1key
tacacs server T1
 key S5123
aaa group server radius G
 server-private 192.0.2.4 auth-port 1 acct-port 2 key 7 S5private
aaa server radius dynamic-author
 client 192.0.2.5 server-key 7 S5client
key chain EIGRP
 key 1
  key-string 7 S6chain
  cryptographic-algorithm hmac-sha-256
interface Gi0/1
 ip ospf authentication-key 7 S6ospf
 ip ospf message-digest-key 1 md5 7 S6digest
 ipv6 ospf authentication ipsec spi 500 md5 0 S6A27576134094768132473302031209
 ospfv3 encryption ipsec spi 1001 esp aes-cbc 128 0 12345678901234567890123456789012 sha1 0 S6B
 standby 1 authentication md5 key-string S6hsrp
 standby 2 authentication S6hs2
 vrrp 1 authentication text S6vrrp
 ip nhrp authentication S6nhrp
 ppp chap password 7 S6chap
 ppp pap sent-username u password 7 S6pap
 isis password S6isis level-2
router eigrp X
 af-interface Gi0/1
  authentication mode hmac-sha-256 7 S6eigrp
router isis
 area-password S6area
 domain-password S6domain
router ospf 1
 area 1 virtual-link 192.0.2.9 authentication-key S6vl
 area 1 virtual-link 192.0.2.9 message-digest-key 1 md5 S6vm
router bgp 65001
 neighbor 192.0.2.9 password 7 S6bgp
crypto isakmp key S7psk address 192.0.2.8
crypto isakmp key 6 S7psk6 hostname x.example
crypto keyring K
  pre-shared-key address 0.0.0.0 0.0.0.0 key S7ring
crypto ikev2 keyring K2
 peer P
  pre-shared-key local S7local
  pre-shared-key remote 6 S7remote
snmp-server community S8comm RO 10
snmp-server community 7 S8comm7 RW
snmp-server host 192.0.2.7 version 2c S8host
snmp-server host 192.0.2.7 traps S8traps
snmp-server host 192.0.2.7 vrf M informs version 2c S8vrf  tty
snmp-server user u g v3 auth sha S8auth priv aes 128 S8priv
ntp authentication-key 1 md5 S9ntp 7
wlan w
 security wpa psk set-key ascii 0 S9 wlan key
 wpa-psk ascii 7 S9wpa
 mgmtuser username m password 0 S9m secret 0 S9s
ip ftp password 7 S9ftp
ip http client password S9http
archive
 path ftp://backup:S9url@192.0.2.6/x
line vty 0 4
 password 7 S9vty
crypto pki import x pem
-----BEGIN RSA PRIVATE KEY-----
S9pemlineoneS9pemlineone
S9pemlinetwo
-----END RSA PRIVATE KEY-----
""",
    "nxos": """\
username admin password 5 $5$S1aaaa$S1bbbbbbbbbbbbbb  role network-admin
snmp-server user admin network-admin auth md5 0xS2ec9e3b98c0d43a77e priv 0xS2bcdef0123456789 localizedkey
snmp-server community S3comm group network-operator
snmp-server host 192.0.2.1 traps version 2c S3host
tacacs-server host 192.0.2.2 key 7 "S4tac"
radius-server key 7 "S4rad"
interface Vlan1
  hsrp 1
    authentication md5 key-string S5hsrp
  ip ospf message-digest-key 1 md5 3 S5ospf
key chain K
  key 1
    key-string 7 S5chain
router bgp 1
  neighbor 192.0.2.3
    password 3 S5bgp
ntp authentication-key 1 md5 S5ntp 7
""",
    "iosxr": """\
username a
 secret 10 $6$S1aaaaa$S1bbbbbbbb
 password 7 S1pw7
tacacs-server host 192.0.2.1 port 49
 key 7 S2tac
snmp-server user u g v3 auth sha encrypted S3auth priv aes 128 encrypted S3priv SystemOwner
snmp-server community S3comm RO IPv4 X
snmp-server host 192.0.2.2 traps version 2c encrypted S3host
key chain K
 macsec
  key 01
   key-string password S4macsec cryptographic-algorithm aes-256-cmac
router bgp 1
 neighbor 192.0.2.3
  password encrypted S4bgp
ntp
 authentication-key 1 md5 encrypted S4ntp
router ospf 1
 area 0
  message-digest-key 1 md5 encrypted S4ospf
""",
    "asa": """\
enable password $sha512$5000$S1aaaaaaaaa==$S1bbbbbb== pbkdf2
passwd S1passwd encrypted
username a password S1user encrypted privilege 15
aaa-server T protocol tacacs+
aaa-server T (inside) host 192.0.2.1
 key S2key
aaa-server R (inside) host 192.0.2.2
 key 10203S2
 radius-common-pw S2common
aaa-server L (inside) host 192.0.2.3
 ldap-login-password S2ldap
tunnel-group 192.0.2.4 ipsec-attributes
 ikev1 pre-shared-key S3psk
 ikev2 remote-authentication pre-shared-key S3remote
 ikev2 local-authentication pre-shared-key S3local
isakmp key S3isakmp address 192.0.2.5 netmask 255.255.255.255
snmp-server community S4comm
snmp-server host inside 192.0.2.6 community S4host version 2c
snmp-server user u g v3 encrypted auth sha S4auth priv aes 128 S4priv
failover key S5fail
ntp authentication-key 1 md5 S5ntp
interface Gi0
 ospf message-digest-key 1 md5 S5ospf
 authentication key eigrp 1 S5eigrp key-id 1
vpdn username u password S5vpdn
! Running Permanent Activation Key: 0xS5abcdef 0x1
""",
    "junos": """\
system {
    root-authentication {
        encrypted-password "$6$S1aaaa$S1bbbbbbbbbb"; ## SECRET-DATA
    }
    radius-server {
        192.0.2.1 secret "$9$S2QzF3n69"; ## SECRET-DATA
    }
    archival {
        "ftp://u@192.0.2.2/x/" password "$9$S2ftp"; ## SECRET-DATA
        "scp://u:S2scp@192.0.2.2/x/";
    }
    ntp {
        authentication-key 1 type md5 value "$9$S3ntp"; ## SECRET-DATA
    }
    license {
        keys {
            key "S3licence aaa bbb";
        }
    }
}
snmp {
    community S4read {
        authorization read-only;
    }
    community "S4 with blanks" {
        authorization read-write;
    }
    v3 {
        snmp-community x {
            community-name "S4v3";
        }
    }
    trap-group S4traps {
        targets;
    }
}
security {
    ike {
        policy p {
            pre-shared-key ascii-text "$9$S5ike"; ## SECRET-DATA
        }
    }
}
protocols {
    bgp {
        group g {
            authentication-key "$9$S5bgp"; ## SECRET-DATA
        }
    }
    ospf {
        area 0.0.0.0 {
            interface x {
                authentication {
                    md5 1 key "$9$S5ospf"; ## SECRET-DATA
                    simple-password "$9$S5simple"; ## SECRET-DATA
                }
            }
        }
    }
}
set system root-authentication encrypted-password "$6$S6aaaa$S6bbbb"
set snmp community S6comm authorization read-only
set security ike policy p pre-shared-key ascii-text "$9$S6ike"
set protocols isis interface x level 2 hello-authentication-key "$9$S6isis"
set access profile p client c pap-password "$9$S6pap"
""",
    "screenos": """\
set admin password "S1admin"
set admin user "x" password "S1user" privilege "all"
set user "u" hash-password "S1hash"
set snmp community "S2comm" Read-Only Trap-on  traffic version v2c
set ike gateway "g" address 192.0.2.1 Main outgoing-interface "e0" preshare "S3psk==" proposal "p"
set auth-server "R" radius secret "S4rad=="
set ntp server key-id 1 preshare-key "S4ntp=="
set interface e0 protocol ospf authentication md5 "S5ospf=="
set ppp profile p auth secret "S5ppp=="
set pppoe name p username "u" password "S5pppoe"
set nsrp auth password "S5nsrp"
set nsmgmt init otp "S5otp"
""",
    "gaia": """\
set user admin password-hash $1$S1aaaaa$S1bbbbbbbbbb
set expert-password-hash $1$S1cccc$S1ddddd
set grub2-password-hash grub.pbkdf2.sha512.10000.S1GRUB
set snmp community S2comm read-only
add snmp usm user u security-level authPriv auth-pass-phrase-hashed S2auth privacy-pass-phrase-hashed S2priv
set aaa radius-servers priority 1 host 192.0.2.1 port 1812 secret S3rad timeout 3
set aaa tacacs-servers priority 1 server 192.0.2.2 key S3tac timeout 5
set ospf interface eth0 authtype md5 key 1 secret S4ospf
set ospf interface eth0 authtype simple S4simple
set bgp external remote-as 1 peer 192.0.2.3 authtype md5 secret S4bgp
""",
    "fortios": """\
config system admin
    edit "admin"
        set password ENC SH2S1abcdefghijklmn
    next
end
config system snmp community
    edit 1
        set name "S2comm"
    next
end
config system snmp user
    edit "u"
        set auth-pwd ENC S3authS3auth
        set priv-pwd ENC S3privS3priv
    next
end
config vpn ipsec phase1-interface
    edit "v"
        set psksecret ENC S4pskS4psk
    next
end
config user radius
    edit "r"
        set secret S5plainradius
    next
end
config vpn certificate local
    edit "c"
        set password ENC S6certpass
        set private-key "-----BEGIN ENCRYPTED PRIVATE KEY-----
S6keylineone
S6keylinetwo
-----END ENCRYPTED PRIVATE KEY-----"
    next
end
config wireless-controller vap
    edit "w"
        set passphrase ENC S7wlanS7wlan
    next
end
config router ospf
    config ospf-interface
        edit "x"
            set authentication-key ENC S8ospfS8ospf
        next
    end
end
""",
    "panos": """\
config {
  mgt-config {
    users {
      admin {
        phash $5$S1aaaa$S1bbbb;
      }
    }
  }
  shared {
    server-profile {
      radius {
        r {
          server {
            s {
              secret -AQ==S2abc=S2defghi;
            }
          }
        }
      }
    }
  }
  network {
    ike {
      gateway {
        g {
          authentication {
            pre-shared-key {
              key -AQ==S3abc=S3defghi;
            }
          }
        }
      }
    }
  }
  deviceconfig {
    system {
      snmp-setting {
        access-setting {
          version {
            v2c {
              snmp-community-string S4comm;
            }
          }
        }
      }
    }
  }
}
set mgt-config users x phash S5phash
set network ike gateway g authentication pre-shared-key key -AQ==S5abc=S5def
set shared server-profile snmptrap t version v2c server s community S5trap
<entry name="x"><phash>S6elem</phash></entry>
""",
    "eos": """\
username admin privilege 15 role network-admin secret sha512 $6$S1aaaaa$S1bbbbb
enable secret sha512 $6$S1ccc$S1ddd
snmp-server community S2comm ro
snmp-server host 192.0.2.1 version 2c S2host
tacacs-server host 192.0.2.2 key 7 S3tac
radius-server key 7 S3rad
router bgp 1
   neighbor 192.0.2.3 password 7 S4bgpAAAA==
interface Ethernet1
   ip ospf message-digest-key 1 md5 7 S4ospf
ntp authentication-key 1 md5 7 S4ntp
""",
    "procurve": """\
password manager user-name "admin" sha1 "S1sha1hash"
password operator plaintext "S1plain"
snmp-server community "S2comm" Unrestricted
snmp-server host 192.0.2.1 "S2host" All
snmpv3 user "u" auth md5 "S3auth" priv "S3priv"
tacacs-server key "S4tac"
radius-server host 192.0.2.2 key "S4rad"
key-chain "k" key 1 key-string "S4chain"
""",
    "aoscx": """\
user admin group administrators password ciphertext AQBS1cipher
snmp-server community S2comm
snmp-server host 192.0.2.1 trap version v2c community S2trap
tacacs-server host 192.0.2.2 key ciphertext AQBS3tac
ike authentication pre-share S4ikepsk
mgmt-user admin root S5mgmtuser
aaa authentication-server radius "r"
   key "S5radius"
wlan ssid-profile "p"
    wpa-passphrase "S6wpa"
ap system-profile "d"
    ap-console-password "S6console"
    bkup-passwords "S6bkup"
""",
    "routeros": """\
# 2026-01-01 00:00:00 by RouterOS 7.16
/interface pppoe-client
add name=p password=S1pppoe user=u
/interface wireless security-profiles
set [ find default=yes ] wpa2-pre-shared-key="S2 wifi key" \\
    wpa-pre-shared-key=S2wpa
/interface wireguard
add private-key="S3wg="
/ip ipsec identity
add peer=x secret=S4ike
/snmp community
add addresses=0.0.0.0/0 name=S5comm authentication-password=S5auth encryption-password=S5enc
/ppp secret
add name=u password=S6ppp
/radius
add address=192.0.2.1 secret=S6rad service=login
/snmp
set trap-community=S6trap
""",
    "vyos": """\
set system login user v authentication encrypted-password '$6$S1aaaa$S1bbbbbb'
set system login user v authentication plaintext-password 'S1plain'
set vpn ipsec site-to-site peer p authentication pre-shared-secret 'S2psk'
set interfaces wireguard wg0 private-key 'S3wg='
set interfaces wireguard wg0 peer p preshared-key 'S3psk='
set protocols bgp neighbor 192.0.2.1 password 'S4bgp'
set protocols ospf interface eth0 authentication md5 key-id 1 md5-key 'S4ospf'
set service snmp community S5comm authorization 'ro'
set system login radius server 192.0.2.2 key 'S6rad'
set pki certificate c private key 'S7pki'
set high-availability vrrp group g authentication password 'S8vrrp'
""",
    "frr": """\
password S1vty
enable password S1enable
interface eth0
 ip ospf message-digest-key 1 md5 S2ospf
 ip ospf authentication-key S2auth
 ip rip authentication string S2rip
router bgp 65001
 neighbor 192.0.2.1 password S3bgp
key chain k
 key 1
  key-string S4chain
""",
}
SECRET = re.compile(r"S[1-9][A-Za-z0-9]{1,}|S4 with|S9 wlan|S2 wifi")


@pytest.mark.parametrize("platform", sorted(PLANTED))
def test_no_planted_secret_of_any_syntax_is_left(platform: str) -> None:
    planted = SECRET.findall(PLANTED[platform])

    found = normalise(PLANTED[platform], ready(platform), KEY)

    assert len(planted) >= 7
    assert SECRET.findall(found.text) == [], [line for line in found.text.splitlines() if SECRET.search(line)]
    assert len(found.secrets) >= len(PLANTED[platform].splitlines()) / 8
    assert not any(SECRET.search(repr(secret)) for secret in found.secrets)


@pytest.mark.parametrize("platform", sorted(PLANTED))
def test_planted_secrets_are_masked_whatever_profile_is_used(platform: str) -> None:
    """Whoever gives a device the wrong profile does not give away what the general patterns know."""
    found = normalise(PLANTED["vyos"], ready(platform), KEY)

    assert "$6$" not in found.text
    assert "S3wg" not in found.text


def test_the_words_around_a_secret_stay() -> None:
    text = normalise(PLANTED["ios"], ready("ios"), KEY).text

    for kept in (
        "enable secret 5 <secret:",
        "username ann privilege 15 secret 9 <secret:",
        " neighbor 192.0.2.9 password 7 <secret:",
        "snmp-server host 192.0.2.7 version 2c <secret:",
        "snmp-server user u g v3 auth sha <secret:",
        " path ftp://backup:<secret:",
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----END RSA PRIVATE KEY-----",
        " key 1\n",
        "aaa new-model\n",
    ):
        assert kept in text, kept
    assert "@192.0.2.6/x" in text


def test_a_changed_secret_shows_and_an_equal_one_is_equal_on_every_device() -> None:
    one, two = "snmp-server community alpha RO", "set snmp community beta authorization read-only"
    same = "set snmp community alpha authorization read-only"

    masked = [
        mask_lines([line], ready(name), KEY).lines for line, name in ((one, "ios"), (two, "junos"), (same, "junos"))
    ]

    masks = [masks_of(lines)[0] for lines in masked]
    assert masks[0] == masks[2] != masks[1]
    assert mask_lines([one], ready("ios"), b"x" * 32).lines != masked[0]


def test_an_encoded_secret_has_the_mask_of_what_it_stands_for() -> None:
    lines = ["line vty 0 4", " password 7 0822455D0A16", " password 7 121A0C041104", " password 0 cisco123"]

    found = mask_lines(lines, ready("ios"), KEY)

    masks = masks_of(found.lines)
    assert masks[0] == masks[1] != masks[2]
    assert [each.form for each in found.found] == [Form.ENCODED, Form.ENCODED, Form.PLAIN]
    assert [each.known for each in found.found] == [True, True, False]
    assert found.found[0].line == 2


def test_what_a_platform_encrypts_anew_at_each_show_does_not_flap_and_is_counted() -> None:
    shows = [f"config vpn x\n    set psksecret ENC {salt}abcdefgh\nend\n" for salt in ("AAA", "BBB")]
    hashes = [f"config system admin\n    set password ENC SH2{salt}\nend\n" for salt in ("AAA", "BBB")]

    one, two = (normalise(show, ready("fortios"), KEY) for show in shows)
    three, four = (normalise(show, ready("fortios"), KEY) for show in hashes)

    assert one.text == two.text
    assert FLAPPING in one.text
    assert one.flapping == 1
    assert three.text != four.text
    assert three.flapping == 0


def test_well_known_values_stay_so_that_a_policy_can_see_them() -> None:
    found = mask_lines(["snmp-server community public RO"], ready("ios"), KEY)

    assert found.lines == ("snmp-server community public RO",)
    assert found.found[0].known


def test_a_mask_is_not_masked_again_and_what_a_device_hides_stays() -> None:
    once = normalise(PLANTED["ios"], ready("ios"), KEY).text

    assert normalise(once, ready("ios"), KEY).text == once
    hidden = mask_lines(["tunnel-group x", " ikev1 pre-shared-key *****"], ready("asa"), KEY)
    assert hidden.lines[1] == " ikev1 pre-shared-key *****"
    assert hidden.found[0].form is Form.PLACEHOLDER


@pytest.mark.parametrize(
    ("platform", "line"),
    [
        ("ios", "service password-encryption"),
        ("ios", "security passwords min-length 10"),
        ("ios", " set community 65000:1 additive"),
        ("ios", "crypto key generate rsa modulus 2048"),
        ("ios", "ntp server 192.0.2.1 key 1"),
        ("ios", "hash md5"),
        ("ios", "snmp-server host 192.0.2.1 version 3 priv user1"),
        ("ios", " authentication pre-share"),
        ("nxos", "no password strength-check"),
        ("junos", "set policy-options community RED members 65000:1"),
        ("junos", "set system login password minimum-length 8"),
        ("junos", "set system ntp authentication-key 1 type md5"),
        ("gaia", "set password-controls min-password-length 6"),
        ("fortios", 'config system replacemsg auth "auth-password-page"'),
        ("panos", "set network virtual-router v protocol bgp policy export rules r action allow update community none"),
    ],
)
def test_what_is_no_secret_stays_readable(platform: str, line: str) -> None:
    assert mask_lines([line], ready(platform), KEY).lines == (line,)


@pytest.mark.parametrize("word", ["key", "hash", "text", "12", "local"])
def test_a_secret_that_is_a_usual_word_is_masked_where_the_platform_says_that_it_stands_there(word: str) -> None:
    masked = mask_lines(
        [f"snmp-server community {word} RO", f"neighbor 192.0.2.1 password 7 {word}"], ready("ios"), KEY
    )

    assert not any(f" {word}" in line.replace("password 7", "") for line in masked.lines), masked.lines


def test_a_key_below_a_key_chain_is_a_number_and_anywhere_else_a_secret() -> None:
    lines = ["key chain K", " key 1", "tacacs server T", " key 12345678"]

    masked = mask_lines(lines, ready("ios"), KEY).lines

    assert masked[1] == " key 1"
    assert masked[3].startswith(" key <secret:")


def test_a_line_that_is_too_long_is_masked_where_patterns_cannot_see_it() -> None:
    line = "x" * 8192 + " password hidden-behind-the-limit"

    masked = mask_lines([line], ready("ios"), KEY).lines[0]

    assert "hidden-behind" not in masked
    assert masked.startswith("xxx")


def test_a_private_key_that_is_never_closed_is_masked_to_the_end() -> None:
    masked = mask_lines(["-----BEGIN PRIVATE KEY-----", "aaa", "bbb"], ready("ios"), KEY)

    assert "aaa" not in "".join(masked.lines)
    assert "bbb" not in "".join(masked.lines)


def test_a_private_key_on_one_line_is_masked() -> None:
    line = 'set security pki local "-----BEGIN RSA PRIVATE KEY-----\\nMIIsecretsecret\\n-----END RSA PRIVATE KEY-----"'

    masked = mask_lines([line], ready("junos"), KEY).lines[0]

    assert "MII" not in masked
    assert masked.endswith('-----END RSA PRIVATE KEY-----"')


# Independent of the profiles: what anybody would look for first in a file that must hold no secret.
NAIVE = (
    r"\$(?:1|5|6|8|9|sha512)\$[A-Za-z0-9./$]{6,}",
    r"(?:password|secret|key|key-string) 7 (?!<)[0-9A-Fa-f]{6,}",
    r"(?:password|secret) (?:0|5|encrypted) (?!<|public|private|cisco)\S{3,}",
    r"\bENC (?!<)[A-Za-z0-9+/=]{6,}",
    r"-AQ==\S+",
    r"phash (?!<)\S+",
    r"(?m)^ *snmp-server community (?!<|\"?<|public|private|\"public|\"private|\*|7 <)\S+",
    r"(?m)^ *(?:enable password|passwd) (?!<|7 <)\S+",
    r"(?m)^(?:set )?.*encrypted-password \"(?!(?:\$1\$)?<|%CENSORED)\S+",
    r"pre-shared-key ascii-text \"(?!<)\S+",
    r"://[^\s:/@]+:(?!<)[^\s@/<]+@",
    r"isakmp key (?!<)\S+ address",
    r"(?<!<)AAAAAAAAAABBBBBBBBBB",
)


def test_no_secret_of_any_configuration_of_the_corpus_is_left() -> None:
    need_corpus()
    left = []
    files = 0
    for platform, path, text in corpus():
        files += 1
        kept = normalise(text, ready(platform), KEY).text
        for pattern in NAIVE:
            left += [f"{path}: {found[0]}" for found in re.finditer(pattern, kept)]

    assert files > 300
    assert left == []


def _said_by_oxidized() -> list[tuple[str, str, list[str]]]:
    """Recorded outputs, and the strings that their own authors say must not be left."""
    models = {"ios": "ios", "asa": "asa", "eos": "eos", "nxos": "nxos", "junos": "junos", "vyos": "vyos"}
    models |= {"fortigate": "fortios", "fortios": "fortios", "aoscx": "aoscx", "arubainstant": "aoscx"}
    found = []
    for path in sorted((CORPUS / "oxidized-sessions").glob("*#secret.yaml")):
        model = path.name.partition("#")[0]
        output = path.with_name(path.name.replace("secret.yaml", "output.txt"))
        if model in models and output.is_file():
            listed = path.read_text().partition("fail:")[2].partition("pass:")[0]
            words = [line.strip()[2:].strip().strip("'\"") for line in listed.splitlines() if line.strip()[:2] == "- "]
            found.append((models[model], output.name, words))
    return found


def test_no_string_that_the_recordings_name_as_a_secret_is_left() -> None:
    need_corpus()
    cases = _said_by_oxidized()
    left = []
    for platform, name, words in cases:
        text = (CORPUS / "oxidized-sessions" / name).read_text(encoding="utf-8", errors="replace")
        kept = normalise(text, ready(platform), KEY).text
        left += [f"{name}: {word}" for word in words if word in kept and word != "public"]

    assert len(cases) >= 8
    assert left == []


def test_type_7_and_dollar_9_are_read_as_their_devices_write_them() -> None:
    assert from_cisco_7("0822455D0A16") == "cisco"
    assert from_cisco_7("13071E151F091C") == "bigtex"
    assert from_juniper_9("$9$/E6g9tO1IcSrvfTCu1hKv-VwgJD") == "hahahoho"
    for wrong in ("", "08", "99AABB", "0822455D0A1", "08zz", "08FFFF"):
        assert from_cisco_7(wrong) is None
    for wrong in ("", "$9$", "x", "$9$Q", "$9$!!", "$9$QzF", "$9$" + "Q" * 2000):
        assert from_juniper_9(wrong) is None
    assert plain_of("0822455D0A16", "password 7 ", ()) is None
    assert plain_of("0822455D0A16", "password 5 ", (Encoding.CISCO_7,)) is None
