"""Secrets that are easy to miss: behind a word that says how they are written, or under a rare name."""

from __future__ import annotations

import pytest

from ospatrol.integrity.config_normal import normalise
from tests.integrity.config_ready import KEY, ready

# What begins with ZQ is a secret.
LINES = {
    "ios": """\
isis password clear ZQisis
area-password md5 ZQarea authenticate snp validate
snmp-server host 192.0.2.1 veZQcommunity
snmp-server host 192.0.2.1 verZQcommunity
snmp mib community-map ZQmap engineid 80000009
tacacs-server key ZQ key ZQwith blanks
rmon event 1 log trap ZQrmon description x
ip msdp password peer 192.0.2.1 7 ZQmsdp
event manager environment _password ZQenvironment
crypto map m 10 ipsec-manual
 set session-key inbound esp 256 cipher ZQcipher authenticator ZQauthenticator
crypto ipsec client ezvpn e
 group g key ZQezvpn
crypto ikev2 profile p
 authentication local pre-share key ZQlocal
call-home
 mail-server user:ZQmail@192.0.2.1 priority 1
event manager applet a
 action 1.0 mail server "user:ZQmail@192.0.2.1" to "x"
interface Dot11Radio0
 encryption key 1 size 40bit 7 ZQwep transmit-key
 mab request format attribute 2 7 ZQmab
""",
    "frr": """\
interface e
 isis password clear ZQclear
 isis password md5 ZQmd5
router isis x
 domain-password md5 ZQdomain
""",
    "iosxr": """\
snmp-server host 192.0.2.1 traps version 2c clear ZQhost
snmp-server community clear ZQcommunity RO
snmp-server user u g v3 auth md5 clear ZQauth priv des56 clear ZQpriv
ntp
 authentication-key 1 md5 clear ZQntp
router ospf 1
 authentication-key clear ZQospf
router hsrp
 interface x
  hsrp 1
   authentication ZQhsrp
router vrrp
 text-authentication ZQvrrp
""",
    "nxos": "key chain k macsec\n  key 1000\n    key-octet-string 7 ZQoctets cryptographic-algorithm AES_256_CMAC\n",
    "eos": """\
interface e
   ip ospf message-digest-key 1 sha512 7 ZQdigest
   ospfv3 authentication ipsec spi 500 sha1 passphrase 7 ZQpassphrase
   vrrp 1 peer authentication text ZQvrrp
daemon TerminAttr
   exec /usr/bin/TerminAttr -cvauth=key,ZQterminattr -cvaddr=x
event-handler e
   action bash curl -u user:ZQcurl https://x
   action bash curl -H "Authorization: Bearer ZQbearer" https://x
""",
    "asa": "crypto isakmp key ZQike address 192.0.2.1\n",
    "junos": """\
set system master-password plain-text-password ZQmaster
set system license keys key "ZQlicence abc"
set security macsec connectivity-association c pre-shared-key cak "ZQcak"
""",
    "fortios": """\
config switch-controller snmp-community
    edit 1
        set name "ZQcommunity"
    next
end
config vpn ipsec manualkey
    edit m
        set enckey ZQencryption
    next
end
""",
    "panos": """\
set network ike gateway g authentication pre-shared-key key ZQike
set network tunnel ipsec t manual-key esp authentication sha1 key ZQesp
<agent-user-override-key>ZQoverride</agent-user-override-key>
""",
    "routeros": r"""/ppp secret
add name=u password="one \" ZQquoted" profile=x
/interface macsec
add cak=ZQcak
/container envs
add key=DB_PASS name=x value="ZQvalue"
/zerotier
set zt1 identity="0123456789:0:abcdef:ZQidentity"
/system script
add name=s source=":global token \"ZQtoken\""
""",
    "vyos": """\
set protocols isis area-password plaintext-password ZQarea
set protocols isis interface eth0 password md5 ZQisis
set interfaces macsec macsec0 security mka cak ZQcak
set protocols nhrp tunnel tun100 cisco-authentication 'ZQnhrp'
set system login user v authentication otp key 'ZQotp'
set pki openvpn shared-secret x key 'ZQopenvpn'
set service monitoring telegraf influxdb authentication token ZQtoken
set container name c environment DB_PASSWORD value 'ZQvalue'
service {
    https {
        api {
            keys {
                id x {
                    key ZQk
                }
            }
        }
    }
}
""",
    "procurve": 'key-chain k key 1 encrypted-key "ZQ"\nencrypt-credentials pre-shared-key plaintext "ZQplain"\n',
    "screenos": """\
set vpn v manual 1 2 gateway 192.0.2.1 esp 3des key ZQesp auth md5 key ZQauth
set ssid name x authentication wpa-psk passphrase ZQwpa encryption aes
set protocol bgp neighbor 192.0.2.1 md5-authentication ZQbgp
""",
}


@pytest.mark.parametrize("platform", sorted(LINES))
def test_no_secret_of_a_rare_form_is_left(platform: str) -> None:
    found = normalise(LINES[platform], ready(platform), KEY)

    assert [line for line in found.text.splitlines() if "ZQ" in line] == []


def test_the_word_that_says_how_a_secret_is_written_stays() -> None:
    text = normalise(" isis password clear ZQclear\n area-password md5 ZQarea\n", ready("frr"), KEY).text

    assert [line.partition("<secret:")[0] for line in text.splitlines()] == [
        " isis password clear ",
        " area-password md5 ",
    ]


def test_a_secret_that_could_be_a_word_of_that_kind_is_masked_with_what_follows() -> None:
    text = normalise("snmp-server community 12 RO\n", ready("ios"), KEY).text

    assert text.startswith("snmp-server community <secret:")
    assert "12" not in text.partition("<")[0]
