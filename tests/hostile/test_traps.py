"""Traps of RULE_SEMANTICS §8 that no other small test covers, from XML to verdict."""

from __future__ import annotations

import pytest
from gates import AT, line

from ospatrol.decode.decoders import Decoders
from ospatrol.dialect.ossec_decoders import read_decoders
from ospatrol.dialect.ossec_rules import read_rules
from ospatrol.engine.compile import compile_rules
from ospatrol.engine.memory import Memory
from ospatrol.engine.view import Matcher
from ospatrol.model.decoder import Semantics
from ospatrol.patrol.lines import LineJudge, LineReader

O, W = Semantics.OSSEC, Semantics.WAZUH  # noqa: E741 - as the text calls them
BOTH = pytest.mark.parametrize("whose", [O, W])
ROOT = """<group name="syslog,"><rule id="1" level="0" noalert="1"><category>syslog</category>
<description>d</description></rule></group>"""
PLAIN = '<decoder name="d"><program_name>^d$</program_name></decoder>'
FIELDS = r"""<decoder name="d"><program_name>^d$</program_name>
<regex>^(\S+) (\S+) (\S+) (\S+)</regex><order>srcip, srcuser, dstuser, action</order></decoder>"""


class Engine:
    def __init__(self, whose: Semantics, decoders: str, rules: str, lists: dict[str, dict[str, str]]) -> None:
        known = read_decoders([("d.xml", decoders)], whose)
        read = read_rules([("r.xml", rules)], whose, decoder_names=known.names, lists=frozenset(lists))
        assert [*known.problems, *read.problems] == []
        ruleset = compile_rules(read.rules, lists=lists)
        reader = LineReader(Decoders(known.decoders), whose, own_clock=False)
        self._judge = LineJudge(reader, Matcher(ruleset), Memory(ruleset))

    def rule(self, log: str, at: float = AT, host: str = "h") -> int | None:
        """The last word on a line of the program `d`."""
        _, (verdict,) = self._judge.judge(line(f"Dec 10 06:55:46 gate d: {log}", at, host))
        return verdict.match.rule.id if verdict.match else None

    def event(self, text: str):
        return self._judge.judge(line(text))[0]

    def fields(self, log: str) -> dict[str, str]:
        return dict(self.event(f"Dec 10 06:55:46 gate d: {log}").fields)


def engine(whose: Semantics, rules: str = "", decoders: str = FIELDS, **lists: dict[str, str]) -> Engine:
    return Engine(whose, decoders, f'{ROOT}<group name="g,">{rules}</group>', lists)


def rule(identity: int, inside: str, level: int = 5, attributes: str = "", below: int | None = 1) -> str:
    parent = f"<if_sid>{below}</if_sid>" if below else ""
    return f'<rule id="{identity}" level="{level}" {attributes}>{parent}{inside}<description>d</description></rule>'


@BOTH
def test_2_an_empty_pattern_still_needs_its_field(whose: Semantics) -> None:
    judge = engine(whose, rule(100, "<user></user>"))

    assert (judge.rule("1.1.1.1 a b c"), judge.rule("x")) == (100, None)


@pytest.mark.parametrize(("whose", "found"), [(O, {"srcip": "b"}), (W, {"srcip": "", "srcuser": "b"})])
def test_7_a_group_without_a_value_shifts_the_others_in_ossec_only(whose: Semantics, found: dict[str, str]) -> None:
    regex = "<pcre2>^x(a)?(b)</pcre2>" if whose is O else '<regex type="pcre2">^x(a)?(b)</regex>'
    decoders = f'<decoder name="d"><program_name>^d$</program_name>{regex}<order>srcip, srcuser</order></decoder>'

    assert engine(whose, decoders=decoders).fields("xb") == found


@BOTH
def test_8_a_program_asks_its_own_roots_and_the_first_is_final(whose: Semantics) -> None:
    decoders = r"""
    <decoder name="none"><prematch>^hello</prematch></decoder>
    <decoder name="first"><program_name>^d</program_name><prematch>^hello</prematch></decoder>
    <decoder name="child"><parent>first</parent><prematch>never</prematch><regex>(x)</regex><order>id</order></decoder>
    <decoder name="second"><program_name>^d$</program_name><regex>^hello (\S+)</regex><order>id</order></decoder>
    """
    judge = engine(whose, decoders=decoders)

    seen = [judge.event(f"Dec 10 06:55:46 gate {text}") for text in ("d: hello x", "d: bye", "e: hello", "hello")]

    # nothing below `first` finds anything, and still `second` is not asked
    assert [(each.decoder, dict(each.fields)) for each in seen] == [
        ("first", {}), ("second", {}), (None, {}), ("none", {}),
    ]  # fmt: skip


@BOTH
def test_9_the_search_ends_at_a_child_without_prematch(whose: Semantics) -> None:
    decoders = (
        PLAIN
        + r"""
    <decoder name="a"><parent>d</parent><prematch>^a</prematch><regex>^a(\d)</regex><order>id</order></decoder>
    <decoder name="b"><parent>d</parent><regex>^b(\d)</regex><order>id</order></decoder>
    <decoder name="c"><parent>d</parent><prematch>^c</prematch><regex>^c(\d)</regex><order>id</order></decoder>
    """
    )
    judge = engine(whose, decoders=decoders)

    # the regex of `a` fails: nobody else is asked; `b` has no prematch, so `c` never is
    assert [judge.fields(text) for text in ("a1", "ab1", "b1", "c1")] == [{"id": "1"}, {}, {"id": "1"}, {}]


@BOTH
def test_9_a_chain_goes_by_position_not_by_name(whose: Semantics) -> None:
    decoders = (
        PLAIN
        + r"""
    <decoder name="a"><parent>d</parent><regex>x=(\d)</regex><order>id</order></decoder>
    <decoder name="other"><parent>d</parent><regex>y=(\d)</regex><order>status</order></decoder>
    <decoder name="a"><parent>d</parent><regex>z=(\d)</regex><order>url</order></decoder>
    """
    )

    # the first goes on with the next sibling, which is of another name and the end of the chain
    assert engine(whose, decoders=decoders).fields("x=1 y=2 z=3") == {"id": "1", "status": "2"}


@pytest.mark.parametrize(("whose", "found"), [(O, {"id": "1", "url": "1"}), (W, {"id": "1", "url": "3"})])
def test_10_a_link_that_finds_nothing_sets_ossec_back(whose: Semantics, found: dict[str, str]) -> None:
    decoders = (
        PLAIN
        + r"""
    <decoder name="a"><parent>d</parent><prematch>^p </prematch>
      <regex offset="after_prematch">^n=(\d) </regex><order>id</order></decoder>
    <decoder name="a"><parent>d</parent><regex offset="after_regex">never=(\d)</regex><order>status</order></decoder>
    <decoder name="a"><parent>d</parent><regex offset="after_regex">n=(\d);</regex><order>url</order></decoder>
    """
    )
    log = "p n=1 n=3; " if whose is W else "p n=1 n=1; n=3; "

    assert engine(whose, decoders=decoders).fields(log) == found


@pytest.mark.parametrize(("whose", "kind"), [(O, "ids"), (W, "syslog")])
def test_11_in_wazuh_only_a_prematch_makes_a_child_the_decoder(whose: Semantics, kind: str) -> None:
    decoders = (
        PLAIN
        + r"""
    <decoder name="a"><parent>d</parent><type>ids</type><use_own_name>true</use_own_name>
      <regex>x=(\d)</regex><order>id</order></decoder>
    """
    )
    event = engine(whose, decoders=decoders).event("Dec 10 06:55:46 gate d: x=1")

    assert (event.decoder, event.category) == ("a" if whose is O else "d", kind)


@BOTH
def test_11_a_child_goes_by_its_roots_name_and_type_is_its_own(whose: Semantics) -> None:
    decoders = (
        PLAIN.replace("</program_name>", "</program_name><type>ids</type>")
        + r"""
    <decoder name="a"><parent>d</parent><prematch>^x</prematch></decoder>
    """
    )
    event = engine(whose, decoders=decoders).event("Dec 10 06:55:46 gate d: x=1")

    assert (event.decoder, event.category) == ("d", "syslog")


@pytest.mark.parametrize(("whose", "field"), [(O, "data"), (W, "extra_data")])
def test_12_extra_data_is_data_in_ossec(whose: Semantics, field: str) -> None:
    decoders = (
        r'<decoder name="d"><program_name>^d$</program_name><regex>^(\S+)</regex><order>extra_data</order></decoder>'
    )
    judge = engine(whose, rule(100, "<extra_data>^x$</extra_data>"), decoders)

    assert judge.fields("x") == {field: "x"}
    assert judge.rule("x") == 100


@BOTH
def test_14_and_15_exceptions_first_and_a_silent_rule_without_child_is_none(whose: Semantics) -> None:
    judge = engine(
        whose,
        rule(100, "<match>a</match>", level=9, attributes='noalert="1"')
        + rule(101, "<match>deep</match>", level=2, below=100)
        + rule(102, "<match>a</match>", level=3)
        + rule(103, "<match>quiet</match>", level=0),
    )

    assert [judge.rule(log) for log in ("a", "a deep", "a deep quiet")] == [102, 101, 103]


@pytest.mark.parametrize(("whose", "fires"), [(O, [10, 20]), (W, [8, 16, 24])])
def test_17_and_18_how_often_and_when_again(whose: Semantics, fires: list[int]) -> None:
    counted = '<rule id="101" level="9" frequency="8" timeframe="99"><if_matched_sid>100</if_matched_sid>'
    judge = engine(whose, rule(100, "<match>a</match>") + f"{counted}<description>d</description></rule>")

    said = [judge.rule("a") for _ in range(24)]

    assert [number for number, each in enumerate(said, 1) if each == 101] == fires


@BOTH
def test_19_a_rule_that_another_names_feeds_no_group(whose: Semantics) -> None:
    number = "2" if whose is W else "0"
    group = f'<rule id="102" level="9" frequency="{number}" timeframe="99"><if_matched_group>g</if_matched_group>'
    named = '<rule id="103" level="8" frequency="900" timeframe="99"><if_matched_sid>100</if_matched_sid>'
    end = "<description>d</description></rule>"
    base = rule(100, "<match>a</match>") + rule(101, "<match>b</match>")
    judge = engine(whose, f"{base}{group}{end}{named}{end}")

    assert [judge.rule(log) for log in "aaaa"] == [100] * 4
    assert judge.rule("b") == 101
    assert judge.rule("b") == 102


@pytest.mark.parametrize(("whose", "last"), [(O, 101), (W, 100)])
def test_20_wazuh_counts_hosts_apart(whose: Semantics, last: int) -> None:
    number = "2" if whose is W else "0"
    counted = f'<rule id="101" level="9" frequency="{number}" timeframe="99"><if_matched_sid>100</if_matched_sid>'
    judge = engine(whose, rule(100, "<match>a</match>") + f"{counted}<description>d</description></rule>")

    assert [judge.rule("a", host=host) for host in ("one", "two")] == [100, last]


@BOTH
def test_22_user_is_the_dstuser_but_in_lists_the_srcuser(whose: Semantics) -> None:
    lists = '<list field="user" lookup="match_key">l</list>'
    judge = engine(whose, rule(100, lists, level=6) + rule(101, "<user>^dst$</user>"), l={"src": ""})

    assert [judge.rule(f"1.1.1.1 {users} x") for users in ("src dst", "no dst", "dst no")] == [100, 101, None]


@BOTH
def test_23_an_action_is_exact(whose: Semantics) -> None:
    judge = engine(whose, rule(100, "<action>drop</action>"))

    assert [judge.rule(f"1.1.1.1 a b {action}") for action in ("drop", "Drop", "dropped")] == [100, None, None]


def test_24_a_negation_needs_its_field_and_a_word_is_no_address() -> None:
    judge = engine(W, rule(100, '<srcip negate="yes">10.0.0.0/8</srcip>'))

    assert [judge.rule(log) for log in ("10.1.1.1 a b c", "1.1.1.1 a b c", "word a b c", "x")] == [None, 100, 100, None]


@BOTH
def test_25_a_value_of_an_address_is_asked_the_other_way_round(whose: Semantics) -> None:
    listed = '<list field="srcip" lookup="address_match_key_value" check_value="^bad">l</list>'
    judge = engine(whose, rule(100, listed), l={"10.": "bad", "11.": "good"})

    assert [judge.rule(f"{ip} a b c") for ip in ("10.1.1.1", "11.1.1.1", "12.1.1.1")] == [None, 100, 100]


@BOTH
def test_26_maxsize_is_a_minimum(whose: Semantics) -> None:
    judge = engine(whose, rule(100, "", attributes='maxsize="20"'))

    assert (judge.rule("x" * 19), judge.rule("x" * 20)) == (None, 100)


@BOTH
def test_27_what_changed_and_what_is_new_is_noted_though_the_rule_fails(whose: Semantics) -> None:
    decoders = FIELDS.replace("</decoder>", "<fts>name, srcip</fts></decoder>")
    listed = '<list field="user" lookup="match_key">l</list>'
    judge = engine(whose, rule(100, f"<match>t</match><if_fts />{listed}"), decoders, l={"yes": ""})

    # the first is of no user on the list, and has spent the novelty of its address
    assert [judge.rule(f"{log} b t") for log in ("1.1.1.1 no", "1.1.1.1 yes", "2.2.2.2 yes")] == [None, None, 100]

    judge = engine(whose, rule(100, f"<check_diff />{listed}"), l={"yes": ""})

    said = [judge.rule(log) for log in ("1 yes b t", "2 no b t", "2 no b t", "3 yes b t", "3 yes b t")]
    assert said == [None, None, None, 100, None]


@pytest.mark.parametrize(("whose", "silent"), [(O, None), (W, 100)])
def test_28_while_a_rule_is_silent_its_parent_speaks_in_wazuh(whose: Semantics, silent: int | None) -> None:
    judge = engine(whose, rule(100, "<match>a</match>") + rule(101, "<match>a</match>", 7, 'ignore="60"', below=100))
    speaks = []
    for at in (0, 30, 60, 61):
        _, (verdict,) = judge._judge.judge(line("Dec 10 06:55:46 gate d: a", AT + at))
        assert verdict.match is not None
        assert verdict.match.rule.id == 101
        speaks.append(verdict.speaks.id if verdict.speaks else None)

    assert speaks == [101, silent, silent, 101]


@pytest.mark.parametrize(("whose", "program", "log"), [(O, None, "d:x"), (W, "d", "x")])
def test_35_only_wazuh_takes_a_program_without_a_blank(whose: Semantics, program: str | None, log: str) -> None:
    event = engine(whose).event("Dec 10 06:55:46 gate d:x")

    assert (event.program, event.log) == (program, log)
