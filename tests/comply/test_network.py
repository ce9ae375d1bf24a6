"""Verdicts of rules about configurations."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.comply.judge import judge
from ospatrol.comply.network import config_result
from ospatrol.comply.network_facts import PLATFORM, Captured, device_questions, facts_of, platform_of, running_config_of
from ospatrol.comply.outcome import Outcome
from ospatrol.comply.questions import questions_of
from ospatrol.comply.rcl import rcl_result
from ospatrol.comply.rules import Host, sca_result
from ospatrol.dialect.sca import read_sca
from ospatrol.model.facts import Answer, Ask, Facts, Question, State
from ospatrol.model.pattern import Syntax
from ospatrol.model.policy import Finding, Policy, PolicyRule, Status, Target

HEAD = """policy:
  id: p
  file: p.yml
  name: P
  description: D
  platforms: [cisco_ios]
  regex_type: pcre2
  config: show running-config
  version: '^version (\\S+)'
checks:
"""
RUN = "show running-config"
CONFIG = """version 15.2
hostname r1
enable secret 9 <secret:0a1b>
interface Gi0/1
 ip address 192.0.2.1 255.255.255.0
 no ip proxy-arp
interface Gi0/2
 shutdown
interface Gi0/3
 ip address 192.0.2.9 255.255.255.0
router bgp 1
 neighbor 192.0.2.8 remote-as 2
 neighbor 192.0.2.8 password 7 <secret:11>
 neighbor 192.0.2.80 remote-as 3
 address-family ipv4 vrf A
  neighbor 198.51.100.1 remote-as 4
ntp server 192.0.2.3
ntp server 192.0.2.3 prefer
line con 0
line vty 0 4
 exec-timeout 5 0
 transport input ssh
line vty 5 15
 exec-timeout 20 0
"""


def policy_of(*rules: str, condition: str = "all", platforms: str = "") -> Policy:
    lines = [HEAD, f"  - id: 1\n    title: T\n    condition: {condition}\n{platforms}    rules:\n"]
    lines += [f"      - {{{rule}}}\n" for rule in rules]
    found = read_sca("".join(lines), "p.yml")
    assert found.policy is not None, [str(each) for each in found.problems]
    return found.policy


def finding_of(rule: str, config: str | State = CONFIG, **options: str) -> Finding:
    captures = {RUN: config}
    policy = policy_of(rule, **options)
    return judge(policy, facts_of("r1", 0.0, captures, platform="cisco_ios")).findings[0]


@pytest.mark.parametrize(
    ("rule", "status", "shown"),
    [
        ("has: ^hostname", Status.PASS, "line 2: hostname r1"),
        ("has: ^aaa", Status.FAIL, "no line meets ^aaa"),
        ("has: ^no ip proxy-arp", Status.FAIL, "no line meets ^no ip proxy-arp"),
        ("has: ^no ip proxy-arp, anywhere: true", Status.PASS, "line 6: no ip proxy-arp"),
        ("lacks: ^aaa", Status.PASS, "no line meets ^aaa"),
        ("lacks: ^hostname", Status.FAIL, "line 2: hostname r1"),
        ("has: ^hostname, lacks: ^version", Status.FAIL, "line 1: version 15.2"),
        ("has: '^enable secret 9 '", Status.PASS, "line 3: enable secret 9 ***"),
        ("has: '^ntp server (\\S+)', at_least: 2", Status.FAIL, "1 instead of 2: line 17: ntp server 192.0.2.3"),
        ("has: '^ntp server ', at_least: 2", Status.PASS, "line 17: ntp server 192.0.2.3"),
        ("has: '^aaa', absent: pass", Status.PASS, "no line meets ^aaa: the default holds"),
        ("has: '^aaa', absent: not applicable", Status.NOT_APPLICABLE, "no line meets ^aaa"),
        ("has: '^x (\\d+)', number: '<= 3', absent: 3", Status.PASS, "no line meets ^x (\\\\d+): the default is 3"),
        ("has: '^x (\\d+)', number: '<= 3', absent: 4", Status.FAIL, "no line meets ^x (\\\\d+): the default is 4"),
        ("has: '^version (\\d+)', number: '> 12'", Status.PASS, "line 1: version 15.2"),
        ("has: '^version (\\d+)', number: '< 12'", Status.FAIL, "line 1: version 15.2"),
        ("has: '^hostname (\\S+)', number: '!= 0'", Status.PASS, "line 2: hostname r1"),
        ("has: '^aaa', absent: {'< 12': pass, '>= 15.2': fail}", Status.FAIL, "no line meets ^aaa, in version 15.2"),
        ("has: '^aaa', absent: {'== 15': pass}", Status.PASS, "no line meets ^aaa, in version 15.2: the default holds"),
        ("within: ^line vty, has: ^transport", Status.PASS, "line 22: transport input ssh"),
        ("within: ^line vty, lacks: ^transport", Status.FAIL, "line 22: transport input ssh"),
        ("within: ^line aux, has: ^x", Status.FAIL, "no line meets ^x"),
        ("within: ^line aux, has: ^x, none: not applicable", Status.NOT_APPLICABLE, "no block meets ^line aux"),
        ("each: ^line vty, has: ^transport input ssh", Status.FAIL, "1 of 2: line 23: line vty 5 15: no line meets"),
        ("each: ^line vty, has: ^exec-timeout", Status.PASS, "all 2 are so, such as line 20: line vty 0 4: line 21"),
        ("each: ^line aux, has: ^x", Status.NOT_APPLICABLE, "no block meets ^line aux"),
        ("each: ^line aux, has: ^x, none: pass", Status.PASS, "no block meets ^line aux"),
        ("each: ^line aux, has: ^x, none: fail", Status.FAIL, "no block meets ^line aux"),
        ("each: ^line, except: con, has: ^exec", Status.PASS, "all 2 are so"),
        ("each: ^interface, unless: ^shutdown, has: ^no ip proxy-arp", Status.FAIL, "1 of 3: line 9: interface Gi0/3"),
        ("each: ^interface, lacks: ^switchport", Status.PASS, "all 3 are so"),
        (
            "each: ^line con, has: '^exec-timeout (\\d+)', number: '1..10', absent: 10",
            Status.PASS,
            "line 19: line con 0",
        ),
        ("each: ^line vty, has: '^exec-timeout (\\d+)', number: '1..10'", Status.FAIL, "line 24: exec-timeout 20 0"),
        (
            "each: ^ntp server, is: prefer",
            Status.FAIL,
            "1 of 2: line 17: ntp server 192.0.2.3: it does not meet prefer",
        ),
        ("each: ^ntp server, is_not: key", Status.PASS, "all 2 are so"),
        ("each: ^ntp server, is_not: prefer", Status.FAIL, "line 18: ntp server 192.0.2.3 prefer: it meets prefer"),
        ("each: ^version, is: '(\\d+)', number: '>= 16'", Status.FAIL, "its number is out of bounds"),
        ("each: ^version, is: '(\\d+)', number: '>= 15'", Status.PASS, "line 1: version 15.2: as it should be"),
        (
            "each: ['^router bgp', '^neighbor (\\S+) remote-as'], beside: '^neighbor %1 password'",
            Status.FAIL,
            "1 of 2: line 14: neighbor 192.0.2.80 remote-as 3: nothing beside it meets",
        ),
        (
            "each: ['^router bgp', '**', '^neighbor (\\S+) remote-as'], beside: '^neighbor %1 password'",
            Status.FAIL,
            "2 of 3: line 14",
        ),
        (
            "each: ['^router bgp', '^neighbor (\\S+) password'], not_beside: '^neighbor %1 remote-as'",
            Status.FAIL,
            "beside it stands line 12: neighbor 192.0.2.8 remote-as 2",
        ),
        ("each: ^version, not_beside: ^aaa", Status.PASS, "as it should be"),
        ("each: '^hostname (\\S+)', lacks: '%1'", Status.PASS, "line 2: hostname r1: no line meets %1"),
        ("each: ^enable, is: ' 9 ', undecided: '<secret:'", Status.NOT_ASSESSED, "the configuration hides it"),
        ("when: ^router bgp, has: ^hostname", Status.PASS, "line 2"),
        ("when: ^router ospf, has: ^hostname", Status.NOT_APPLICABLE, "it does not apply: no line meets ^router ospf"),
        ("when_no: ^router bgp, has: ^hostname", Status.NOT_APPLICABLE, "it does not apply: a line meets ^router bgp"),
        ("when_no: ^router ospf, has: ^hostname", Status.PASS, "line 2"),
    ],
)
def test_a_rule_comes_to_its_verdict_and_shows_the_line(rule: str, status: Status, shown: str):
    finding = finding_of(rule)

    assert (finding.status, finding.evidence[0].shown.startswith(shown) or shown in finding.evidence[0].shown) == (
        status,
        True,
    ), finding.evidence


def test_a_default_that_nobody_knows_is_not_assessed():
    for rule in ("has: ^aaa, absent: not assessed", "has: ^aaa, absent: {'> 20': pass}"):
        finding = finding_of(rule)

        assert finding.status is Status.NOT_ASSESSED
        assert "cannot be told from the configuration" in finding.reason


def test_a_default_by_version_needs_the_version():
    finding = finding_of("has: ^aaa, absent: {'< 15': fail}", "hostname r1\n")

    assert finding.status is Status.NOT_ASSESSED
    assert "which the configuration does not name" in finding.reason


@pytest.mark.parametrize("rule", ["has: ^x", "lacks: ^x", "each: ^x, has: ^y", "when: ^x, has: ^y"])
@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (State.TIMEOUT, "timeout: show running-config"),
        (State.NO_PERMISSION, "no permission: show running-config"),
        ("", "the device answered nothing"),
        ("!\n!\n", "the device answered nothing"),
        ("% Invalid input detected at '^' marker.\n", "the device answered % Invalid input"),
        ("Command authorization failed.\n", "the device answered Command auth"),
    ],
)
def test_a_configuration_that_was_not_captured_is_not_assessed(rule: str, config: str | State, reason: str):
    finding = finding_of(rule, config)

    assert finding.status is Status.NOT_ASSESSED
    assert finding.reason.startswith(reason)


def test_what_was_never_asked_is_not_assessed():
    finding = judge(policy_of("has: ^x"), facts_of("r1", 0.0, {}, platform="cisco_ios")).findings[0]

    assert (finding.status, finding.reason) == (Status.NOT_ASSESSED, "not asked: show running-config")


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ("has: ^hostname", Status.PASS),
        ("has: ^aaa", Status.NOT_ASSESSED),
        ("lacks: ^hostname", Status.FAIL),
        ("lacks: ^aaa", Status.NOT_ASSESSED),
        ("has: ^hostname, lacks: ^aaa", Status.NOT_ASSESSED),
        ("has: '^ntp server (\\S+)', at_least: 2", Status.NOT_ASSESSED),
        ("each: ^line vty, has: ^transport", Status.NOT_ASSESSED),
        ("each: ^line vty, lacks: ^exec", Status.FAIL),
        ("each: ^line vty, has: ^exec", Status.NOT_ASSESSED),
        ("each: ^line aux, has: ^exec", Status.NOT_ASSESSED),
        ("when: ^aaa, has: ^hostname", Status.NOT_ASSESSED),
        ("when_no: ^hostname, has: ^x", Status.NOT_APPLICABLE),
        ("each: ^version, beside: ^aaa", Status.NOT_ASSESSED),
        ("each: ^version, not_beside: ^hostname", Status.FAIL),
    ],
)
def test_half_a_configuration_decides_only_what_it_shows(rule: str, status: Status):
    facts = facts_of("r1", 0.0, {}, platform="cisco_ios")
    answers = {**facts.answers, Question(Ask.COMMAND, RUN): Answer(state=State.CUT, content=CONFIG)}
    finding = judge(policy_of(rule), Facts(host="r1", at=0.0, answers=answers)).findings[0]

    assert finding.status is status
    assert finding.reason == "cut: show running-config" or status is not Status.NOT_ASSESSED


def test_what_a_login_may_not_see_is_not_assessed():
    text = "## Last commit\nversion 12.1;\nsystem { /* ACCESS-DENIED */ };\n"

    assert "may not see all of it" in finding_of("lacks: ^aaa", text).reason


def test_a_pattern_beyond_bounds_is_not_assessed():
    finding = finding_of("each: '^hostname (\\S+)', beside: '^(?:%1){200}$'", f"hostname {'x' * 2000}\n")

    assert finding.status is Status.NOT_ASSESSED
    assert finding.reason.startswith("a pattern is refused: ")


def test_too_much_to_compare_is_not_assessed():
    many = "".join(f"neighbor n{number} remote-as 1\n" for number in range(2100))
    finding = finding_of("each: '^neighbor (\\S+) remote', beside: '^neighbor %1 '", many)

    assert finding.status is Status.NOT_ASSESSED
    assert finding.reason == "there are too many lines to compare with each other"


def test_too_many_different_blocks_to_compare_are_not_assessed():
    many = "".join(f"neighbor n{number} remote-as 1\n" for number in range(4001))
    finding = finding_of("each: '^neighbor (\\S+) remote', beside: '^router %1 '", many)

    assert finding.reason == "there are more than 4000 different blocks to compare with each other"


def test_too_many_blocks_are_not_assessed():
    finding = finding_of("each: ^x, is: x", "x\n" * 20_001)

    assert finding.reason == "there are more than 20000 blocks"


@pytest.mark.parametrize("condition", ["all", "any", "none"])
def test_conditions_count_as_for_other_rules(condition: str):
    captures = {RUN: CONFIG}
    policy = policy_of("has: ^hostname", "has: ^aaa", condition=condition)
    finding = judge(policy, facts_of("r1", 0.0, captures, platform="cisco_ios")).findings[0]

    assert finding.status is {"all": Status.FAIL, "any": Status.PASS, "none": Status.FAIL}[condition]


@pytest.mark.parametrize(
    ("captures", "status"),
    [
        ({"more system:running-config": CONFIG}, Status.PASS),
        ({"show run": CONFIG}, Status.PASS),
        ({RUN: State.TIMEOUT, "show run": CONFIG}, Status.PASS),
        ({"show startup-config": CONFIG}, Status.NOT_ASSESSED),
    ],
)
def test_a_configuration_may_come_by_another_command(captures: Mapping[str, str | State], status: Status):
    facts = facts_of("r1", 0.0, captures, platform="cisco_ios")

    assert judge(policy_of("has: ^hostname"), facts).findings[0].status is status


def test_a_policy_for_devices_is_for_its_platforms_alone():
    policy = policy_of("has: ^hostname")
    other = judge(policy, facts_of("r1", 0.0, {RUN: CONFIG}, platform="cisco_asa"))
    host = judge(policy, Facts(host="web1", at=0.0, answers={}))

    assert not other.applies
    assert other.findings[0].reason == "it is for cisco_ios, and this is cisco_asa"
    assert not host.applies
    assert host.findings[0].reason == "it is for network devices"


def test_a_policy_of_which_only_the_requirement_is_left_is_still_for_devices():
    policy = policy_of("has: ^hostname")
    policy = msgspec.structs.replace(policy, requirement=policy.checks[0], checks=())

    assert not judge(policy, Facts(host="web1", at=0.0, answers={})).applies
    assert judge(policy, facts_of("r1", 0.0, {RUN: CONFIG}, platform="cisco_ios")).applies
    assert not judge(policy, facts_of("r1", 0.0, {RUN: "version 1\n"}, platform="cisco_ios")).applies
    assert device_questions([policy]) == (RUN,)


def test_a_policy_for_hosts_is_for_no_device():
    head = HEAD.replace("  config: show running-config\n", "")
    text = head + "  - {id: 1, title: T, condition: all, rules: ['f:/etc/passwd']}\n"
    policy = read_sca(text, "p.yml").policy
    assert policy is not None
    verdict = judge(policy, facts_of("r1", 0.0, {}, platform="cisco_ios"))

    assert not verdict.applies
    assert "does not show" in verdict.findings[0].reason
    assert device_questions([policy]) == ()


@pytest.mark.parametrize("name", ["ios", "cisco_ios"])
def test_a_platform_goes_by_any_of_its_names(name: str):
    facts = facts_of("r1", 0.0, {RUN: CONFIG}, platform=name)

    assert platform_of(facts) == "cisco_ios"
    assert judge(policy_of("has: ^hostname"), facts).findings[0].status is Status.PASS
    assert device_questions([policy_of("has: ^x")], name) == (RUN,)


def test_a_check_may_be_for_some_of_the_platforms():
    finding = finding_of("has: ^hostname", platforms="    platforms: [cisco_xe]\n")

    assert (finding.status, finding.reason) == (Status.NOT_APPLICABLE, "it is for cisco_xe")


def test_devices_are_asked_what_the_policies_need_and_hosts_nothing():
    policy = policy_of("has: ^x", "{source: show version, has: x}".strip("{}"))

    assert device_questions([policy, policy]) == (RUN, "show version")
    assert device_questions([policy], "cisco_ios") == (RUN, "show version")
    assert device_questions([policy], "cisco_asa") == ()
    assert running_config_of([policy], "cisco_ios") == RUN
    assert running_config_of([policy], "cisco_asa") == ""
    assert questions_of([policy]) == ()


def test_a_device_has_a_platform_and_a_host_none():
    facts = facts_of("r1", 3.0, {RUN: "hostname \u00e9\n"}, platform="cisco_ios")

    assert platform_of(facts) == "cisco_ios"
    assert platform_of(Facts(host="web1", at=0.0, answers={})) is None
    assert facts.answer(Question(Ask.COMMAND, RUN)).content == "hostname \xc3\xa9\n"
    assert PLATFORM in facts.answers


def test_other_languages_know_no_configurations():
    rule = PolicyRule(text="x", target=Target.CONFIG, locations=(RUN,))
    facts = facts_of("r1", 0.0, {RUN: CONFIG}, platform="cisco_ios")

    assert sca_result(rule, Syntax.PCRE2, Host(facts)).outcome is Outcome.UNKNOWN
    assert rcl_result(rule, Syntax.PCRE2, Host(facts)).outcome is Outcome.UNKNOWN
    assert config_result(rule, Captured(facts)).outcome is Outcome.UNKNOWN


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=500))
def test_no_configuration_hurts(text: str):
    rules = (
        "has: '^a (\\d+)', number: '<= 3', lacks: ^b, anywhere: true",
        "each: ['**', '^(\\S+)'], beside: '%1', has: '%1 (\\d+)', number: '1..2', absent: 1",
    )
    policy = policy_of(*rules)
    finding = judge(policy, facts_of("r1", 0.0, {RUN: text}, platform="cisco_ios")).findings[0]

    assert finding.status in Status
