from __future__ import annotations

import random

import pytest

from ospatrol.integrity.config_diff import COMMENTS, SectionChange, diff_configs, unsaved
from ospatrol.integrity.config_events import KIND, MOST_EVENTS, Told, digest_of_changes
from ospatrol.integrity.config_golden import Golden
from ospatrol.integrity.config_normal import normalise
from ospatrol.model.errors import ConfigErrors
from tests.integrity.config_ready import KEY, corpus, need_corpus, ready

BEFORE = """\
hostname r1
enable secret 5 $1$abcd$efghijklmn
snmp-server community s3cr3t RO
ip access-list extended A
 permit tcp any any eq 22
 permit tcp any any eq 23
 deny ip any any
interface Gi0/1
 description old
 ip address 192.0.2.1 255.255.255.0
interface Gi0/2
 shutdown
logging host 192.0.2.9
"""


def _text(text: str, platform: str = "ios") -> str:
    return normalise(text, ready(platform), KEY).text


def _diff(before: str, after: str, platform: str = "ios") -> tuple[SectionChange, ...]:
    return diff_configs(_text(before, platform), _text(after, platform), ready(platform))


def test_nothing_differs_where_only_the_order_of_unordered_blocks_does() -> None:
    blocks = BEFORE.split("interface ")
    after = (
        blocks[0] + "interface " + blocks[2].split("logging")[0] + "interface " + blocks[1] + "logging host 192.0.2.9\n"
    )
    after = after.replace(
        " description old\n ip address 192.0.2.1 255.255.255.0\n",
        " ip address 192.0.2.1 255.255.255.0\n description old\n",
    )

    assert after != BEFORE
    assert _diff(BEFORE, after) == ()
    assert _diff(BEFORE, BEFORE) == ()


def test_a_line_in_a_block_is_told_with_its_block() -> None:
    (change,) = _diff(BEFORE, BEFORE.replace("description old", "description new"))

    assert change.section == ("interface Gi0/1",)
    assert change.removed == ("description old",)
    assert change.added == ("description new",)
    assert change.topic == "interfaces"
    assert not change.touches_secret


def test_an_order_that_matters_is_told_with_the_fewest_lines() -> None:
    after = BEFORE.replace(" deny ip any any\n", "").replace(
        " permit tcp any any eq 22\n", " deny ip any any\n permit tcp any any eq 22\n"
    )

    (change,) = _diff(BEFORE, after)

    assert change.section == ("ip access-list extended A",)
    assert change.moved == ("deny ip any any",)
    assert (change.removed, change.added, change.topic) == ((), (), "acl")


def test_the_order_of_numbered_list_lines_counts_and_of_others_does_not() -> None:
    before = "access-list 10 permit host 192.0.2.1\naccess-list 10 deny any\nip domain-name x\nsnmp-server location y\n"
    after = "snmp-server location y\naccess-list 10 deny any\nip domain-name x\naccess-list 10 permit host 192.0.2.1\n"

    (change,) = _diff(before, after)

    assert len(change.moved) == 1
    assert change.moved[0].startswith("access-list 10")


def test_whole_blocks_come_and_go_with_all_their_lines() -> None:
    after = (
        BEFORE.replace("interface Gi0/2\n shutdown\n", "")
        + "router bgp 65001\n neighbor 192.0.2.2\n  remote-as 65002\n"
    )

    gone, new = _diff(BEFORE, after)

    assert gone.section == ("interface Gi0/2",)
    assert gone.removed == ("interface Gi0/2", " shutdown")
    assert new.section == ("router bgp 65001",)
    assert new.added == ("router bgp 65001", " neighbor 192.0.2.2", "  remote-as 65002")
    assert new.topic == "routing"


def test_a_secret_that_changed_alone_is_told_as_such() -> None:
    (change,) = _diff(BEFORE, BEFORE.replace("$1$abcd$efghijklmn", "$1$zzzz$efghijklmn"))

    assert change.only_secrets
    assert change.topic == "users"
    (other,) = _diff(BEFORE, BEFORE.replace("community s3cr3t RO", "community n3w RW"))
    assert other.touches_secret
    assert not other.only_secrets


def test_lines_outside_of_blocks_are_told_by_topic() -> None:
    changes = _diff(BEFORE, BEFORE.replace("logging host 192.0.2.9\n", "").replace("hostname r1", "hostname r2"))

    assert {change.topic: change.removed for change in changes} == {
        "other": ("hostname r1",),
        "logging": ("logging host 192.0.2.9",),
    }


def test_junos_terms_are_ordered_and_other_statements_are_not() -> None:
    before = (
        "firewall {\n    filter f {\n        term a {\n            then accept;\n        }\n"
        "        term b {\n            then discard;\n        }\n    }\n}\n"
        "system {\n    host-name x;\n    domain-name y;\n}\n"
    )
    swapped = before.replace("term a", "term c").replace("term b", "term a").replace("term c", "term b")
    swapped = (
        swapped.replace("then accept", "then X")
        .replace("then discard", "then accept")
        .replace("then X", "then discard")
    )
    other = before.replace("    host-name x;\n    domain-name y;\n", "    domain-name y;\n    host-name x;\n")

    (change,) = _diff(before, swapped, "junos")

    assert change.section == ("firewall", "filter f")
    assert len(change.moved) == 1
    assert _diff(before, other, "junos") == ()


def test_statements_that_are_lines_are_grouped_by_their_first_words() -> None:
    before = "set system host-name a\nset snmp community x authorization read-only\n"

    changes = _diff(before, before.replace("host-name a", "host-name b"), "junos")

    assert [change.section for change in changes] == [("set system host-name",)]


def test_a_banner_that_changed_is_told() -> None:
    before = "hostname x\nbanner motd ^C\nhello\nworld\n^C\nend\n"

    changes = _diff(before, before.replace("world", "everybody"))

    assert [(change.removed, change.added) for change in changes] == [(("world",), ("everybody",))]


def test_only_comments_that_changed_are_told_as_such() -> None:
    (change,) = _diff(BEFORE, "! a remark\n" + BEFORE)

    assert change.topic == COMMENTS
    assert change.added == ("! a remark",)
    assert diff_configs("a\n\n", "a\n", ready("ios")) != ()
    assert diff_configs("! x\n! y\n", "! y\n! x\n", ready("ios")) == ()


def test_output_that_is_no_configuration_is_compared_line_by_line() -> None:
    (change,) = diff_configs("Version 1\nSerial X\n", "Version 2\nSerial X\n", ready("junos"), plain=True)

    assert (change.removed, change.added) == (("Version 1",), ("Version 2",))


def test_what_is_not_saved_is_told_and_hidden_secrets_are_not_compared() -> None:
    running = "tunnel-group x ipsec-attributes\n ikev1 pre-shared-key <secret:0123456789ab>\nhostname a\n: end\n"
    startup = "tunnel-group x ipsec-attributes\n ikev1 pre-shared-key *****\nhostname b\n"

    changes = unsaved(startup, running, ready("asa"))

    assert [(change.removed, change.added) for change in changes] == [(("hostname b",), ("hostname a",))]
    assert unsaved(running, running, ready("asa")) == ()


def test_any_shuffle_of_an_ordered_list_is_put_right_by_the_lines_that_moved() -> None:
    randomly = random.Random(7)
    for _ in range(40):
        lines = [f" permit tcp any any eq {port}" for port in range(12)]
        shuffled = randomly.sample(lines, len(lines))
        before, after = ("ip access-list extended A\n" + "\n".join(each) + "\n" for each in (lines, shuffled))

        changes = _diff(before, after)

        moved = set(changes[0].moved) if changes else set()
        kept = [line.strip() for line in shuffled if line.strip() not in moved]
        assert kept == [line.strip() for line in lines if line.strip() not in moved]


@pytest.mark.no_cover
def test_every_configuration_of_the_corpus_is_compared_with_itself_changed() -> None:
    need_corpus()
    wrong = []
    for platform, path, text in corpus():
        profile = ready(platform)
        kept = normalise(text, profile, KEY).text
        lines = kept.splitlines()
        if len(lines) < 5 or diff_configs(kept, kept + "\n", profile) not in ((), None):
            continue
        without = "\n".join(lines[: len(lines) // 2] + lines[len(lines) // 2 + 1 :]) + "\n"
        if without != kept and not diff_configs(kept, without, profile) and lines[len(lines) // 2].strip("!# }"):
            wrong.append(f"{path}: {lines[len(lines) // 2]!r}")

    assert len(wrong) < 12, wrong  # `exit`, `next` and the like end blocks, and are no statements


def test_a_change_is_an_event_with_its_lines_bounded() -> None:
    many = tuple(f"line {number} " + "x" * 500 for number in range(100))
    told = Told(host="r1", at=5.0, task="config", platform="cisco_ios")

    (event,) = told.changed((SectionChange(section=("interface Gi0/1",), added=many),), capture="running", by="ann")

    assert event.kind == KIND
    assert (event.host, event.at, event.location) == ("r1", 5.0, "config:config")
    assert event.fields["change"] == "changed"
    assert event.fields["section"] == "interface Gi0/1"
    assert event.fields["added_lines"] == "100"
    assert event.fields["added"].endswith("... 60 more lines")
    assert len(event.fields["added"]) < 14_000
    assert event.text == "running configuration: changed [interface Gi0/1] +100 -0 by ann"


def test_more_sections_than_anybody_reads_are_summed_up() -> None:
    told = Told(host="r1", at=5.0, task="config", platform="cisco_ios")
    changes = tuple(SectionChange(section=(f"interface Gi0/{n}",), added=("x",)) for n in range(MOST_EVENTS + 7))

    events = list(told.changed(changes, capture="running"))

    assert len(events) == MOST_EVENTS + 1
    assert events[-1].fields["sections"] == "7"


def test_equal_differences_have_equal_digests_and_none_has_none() -> None:
    change = SectionChange(section=(), added=("x",))

    assert digest_of_changes((change,)) == digest_of_changes((SectionChange(section=(), added=("x",)),))
    assert digest_of_changes((change,)) != digest_of_changes((SectionChange(section=(), added=("y",)),))
    assert digest_of_changes(()) == ""


GOLDEN = """\
service password-encryption
~ hostname r\\d+
- ip http server
- ~ snmp-server community .* RW
~ interface .*
 no ip proxy-arp
= line vty 0 4
 transport input ssh
 ~ access-class \\S+ in
ntp server 192.0.2.1
snmp-server community s3cr3t RO
"""
GOOD = """\
service password-encryption
hostname r17
interface Gi0/1
 no ip proxy-arp
 description x
line vty 0 4
 transport input ssh
 access-class MGMT in
ntp server 192.0.2.1
snmp-server community s3cr3t RO
"""


def _golden(text: str = GOLDEN, platform: str = "ios") -> Golden:
    return Golden(text, "golden.cfg", ready(platform), KEY)


def test_a_configuration_that_is_as_it_must_be_has_no_drift() -> None:
    assert _golden().drift(_text(GOOD)) == ()


@pytest.mark.parametrize(
    ("was", "now", "section", "missing", "extra"),
    [
        ("ntp server 192.0.2.1\n", "", (), ("ntp server 192.0.2.1",), ()),
        ("hostname r17", "hostname other", (), ("hostname r\\d+",), ()),
        ("ntp server", "ip http server\nntp server", (), (), ("ip http server",)),
        (" no ip proxy-arp\n", "", ("interface Gi0/1",), ("no ip proxy-arp",), ()),
        (
            " transport input ssh\n",
            " transport input ssh\n exec-timeout 0 0\n",
            ("line vty 0 4",),
            (),
            ("exec-timeout 0 0",),
        ),
        (
            "line vty 0 4\n transport input ssh\n access-class MGMT in\n",
            "",
            (),
            ("line vty 0 4", " transport input ssh", " access-class \\S+ in"),
            (),
        ),
    ],
)
def test_what_is_missing_and_what_must_not_be_is_told(
    was: str, now: str, section: tuple[str, ...], missing: tuple[str, ...], extra: tuple[str, ...]
) -> None:
    assert was in GOOD

    (drift,) = _golden().drift(_text(GOOD.replace(was, now)))

    assert (drift.section, drift.missing, drift.extra) == (section, missing, extra)


def test_secrets_of_a_golden_text_are_compared_and_never_told() -> None:
    drifts = _golden().drift(_text(GOOD.replace("s3cr3t RO", "0ther RW")))

    assert len(drifts) == 1
    assert "s3cr3t" not in repr(drifts)
    assert drifts[0].missing[0].startswith("snmp-server community <secret:")
    assert drifts[0].extra[0].endswith(" RW")


def test_a_golden_text_for_statements_that_are_lines() -> None:
    golden = Golden(
        "set system services ssh\n- set system services telnet\n~ set system host-name .*\n", "g", ready("junos"), KEY
    )

    assert golden.drift("set system services ssh\nset system host-name x\n") == ()
    (drift,) = golden.drift("set system services telnet\nset system host-name x\n")
    assert (drift.missing, drift.extra) == (("set system services ssh",), ("set system services telnet",))


def test_a_golden_pattern_that_cannot_be_used_is_told_with_its_line() -> None:
    with pytest.raises(ConfigErrors, match=r"golden.cfg:2: the pattern"):
        _golden("hostname x\n~ (\n")


def test_golden_drift_is_told_block_by_block() -> None:
    told = Told(host="r1", at=5.0, task="config", platform="cisco_ios")

    events = list(told.golden(_golden().drift(_text(GOOD.replace(" no ip proxy-arp\n", "")))))

    assert [event.fields["removed"] for event in events] == ["no ip proxy-arp"]
    assert events[0].fields["change"] == "golden"
    assert told.golden_met().fields["change"] == "golden met"
    assert told.saved().fields["change"] == "saved"
    assert told.history_gone("ab" * 32).text.endswith("abababababab was kept: history gone")
    assert told.unsaved((SectionChange(section=("x",), added=("y",), topic="acl"),)).fields["section"] == "x"


def test_events_of_a_virtual_system_say_so() -> None:
    told = Told(host="fw1", at=5.0, task="config", platform="cisco_asa", context="cust", called="context")
    change = SectionChange(section=("interface Gi0/1",), topic="interfaces", added=("shutdown",))

    (changed,) = told.changed((change,), capture="running")
    unsaved, saved, gone = told.unsaved((change,)), told.saved(), told.history_gone("0" * 64)

    assert told.location == "config:config@cust"
    assert {event.fields["context"] for event in (changed, unsaved, saved, gone)} == {"cust"}
    assert changed.fields["shown"] == "context cust: interface Gi0/1: + shutdown"
    assert changed.fields["section"] == "interface Gi0/1"
    assert unsaved.fields["section"] == "context cust: interface Gi0/1"
    assert saved.fields["section"] == "context cust"
    assert "of context cust" in gone.text
