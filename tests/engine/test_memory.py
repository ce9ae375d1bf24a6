from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack
from msgspec.structs import replace

from ospatrol.engine.compile import Ruleset, compile_rules
from ospatrol.engine.judge import judge_next
from ospatrol.engine.memory import Memory, MemoryState
from ospatrol.model.decoder import Semantics
from ospatrol.model.event import Event
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Correlation, Operator, Option, Rule, Source

PLACE = Place("r.xml", 1)


def rule(identity: int, level: int, *parents: int, semantics: Semantics = Semantics.WAZUH, **more: object) -> Rule:
    return Rule(id=identity, level=level, description="d", place=PLACE, parents=parents, semantics=semantics, **more)


def has(name: str, value: str) -> tuple[Condition, ...]:
    return (Condition(field=name, operator=Operator.EQUALS, operands=(value,)),)


ROOT = rule(1, 0, conditions=has("kind", "log"), silent=True)
FAILED = rule(10, 5, 1, conditions=has("what", "failed"))


def repeated(identity: int, level: int, earlier: int, *of: int, **more: object) -> Rule:
    semantics = more.pop("semantics", Semantics.WAZUH)
    asked = Correlation(source=Source.RULE, rules=of, earlier=earlier, **more)
    return rule(identity, level, *of, correlation=asked, semantics=semantics)


def event(
    at: float, host: str = "web1", category: str = "syslog", log: str = "", novelty: str = "", **fields: str
) -> Event:
    return Event(
        at=at,
        host=host,
        kind="log",
        location="l",
        fields=fields,
        log=log,
        hostname=host,
        category=category,
        novelty=novelty,
    )


class Player:
    def __init__(self, *rules: Rule, state: MemoryState | None = None) -> None:
        self.ruleset: Ruleset = compile_rules(rules)
        self.memory = Memory(self.ruleset, state)

    def said(self, *events: Event) -> list[int | None]:
        return [self.one(each) for each in events]

    def one(self, told: Event) -> int | None:
        verdict = judge_next(self.ruleset, told, self.memory)[0]
        return verdict.match.rule.id if verdict.match else None

    def spoken(self, told: Event) -> int | None:
        verdict = judge_next(self.ruleset, told, self.memory)[0]
        return verdict.speaks.id if verdict.speaks else None


def failures(count: int, step: float = 1, **fields: str) -> list[Event]:
    return [event(number * step, what="failed", **fields) for number in range(count)]


def test_wazuh_fires_on_the_nth_event_and_again_after_a_fresh_set() -> None:
    player = Player(ROOT, FAILED, repeated(11, 10, 7, 10))

    assert player.said(*failures(16)) == [*[10] * 7, 11, *[10] * 7, 11]


def test_ossec_needs_two_more_than_its_frequency() -> None:
    # frequency 6: RULE_SEMANTICS 4.7 has the verdicts of the original
    failed = rule(10, 5, 1, conditions=has("what", "failed"), semantics=Semantics.OSSEC)
    player = Player(ROOT, failed, repeated(11, 10, 7, 10, semantics=Semantics.OSSEC))

    assert [index + 1 for index, said in enumerate(player.said(*failures(16))) if said == 11] == [8, 16]


def test_events_that_are_too_old_do_not_count() -> None:
    player = Player(ROOT, FAILED, repeated(11, 10, 2, 10, timeframe_s=10))

    assert player.said(*failures(6, step=6)) == [10] * 6
    assert Player(ROOT, FAILED, repeated(11, 10, 2, 10, timeframe_s=10)).said(*failures(3, step=5)) == [10, 10, 11]


def test_events_out_of_order_count_by_their_own_time() -> None:
    player = Player(ROOT, FAILED, repeated(11, 10, 2, 10, timeframe_s=10))
    times = (1000, 100, 2000, 105, 3000, 109)

    assert player.said(*(event(at, what="failed") for at in times)) == [10, 10, 10, 10, 10, 11]


def test_what_must_be_the_same_must_be_there_and_equal() -> None:
    player = Player(ROOT, FAILED, repeated(11, 10, 1, 10, same=("srcip",)))
    addresses = ("1.1.1.1", "2.2.2.2", "1.1.1.1")

    assert player.said(*(event(1, what="failed", srcip=each) for each in addresses)) == [10, 10, 11]
    assert player.said(event(1, what="failed"), event(1, what="failed")) == [10, 10]


def test_what_must_differ_may_be_missing_in_wazuh_and_must_be_there_in_ossec() -> None:
    differs = Player(ROOT, FAILED, repeated(11, 10, 1, 10, different=("url",)))
    set_too = Player(ROOT, FAILED, repeated(11, 10, 1, 10, different_set=("url",), semantics=Semantics.OSSEC))
    events = [event(1, what="failed", url="/a"), event(1, what="failed", url="/a"), event(1, what="failed")]

    assert differs.said(*events) == [10, 10, 11]
    assert set_too.said(*events, event(1, what="failed", url="/b")) == [10, 10, 10, 11]


def test_hosts_are_counted_apart_unless_the_rule_counts_all() -> None:
    apart = Player(ROOT, FAILED, repeated(11, 10, 1, 10, across_agents=False))
    all_ = Player(ROOT, FAILED, repeated(11, 10, 1, 10))
    events = [event(1, "a", what="failed"), event(1, "b", what="failed"), event(1, "a", what="failed")]

    assert apart.said(*events) == [10, 10, 11]
    assert all_.said(*events)[:2] == [10, 11]


def test_rules_of_a_higher_level_are_not_stopped_by_what_a_lower_one_counted() -> None:
    low, high, equal = repeated(11, 10, 2, 10), repeated(12, 12, 4, 10), repeated(12, 10, 4, 10)

    # an event that 11 judges is remembered as one of 11: only those that stay with 10 count on
    assert Player(ROOT, FAILED, low, high).said(*failures(9)) == [10, 10, 11, 10, 10, 12, 10, 10, 11]
    assert Player(ROOT, FAILED, low, equal).said(*failures(9)) == [10, 10, 11, 10, 10, 11, 10, 10, 11]


def test_a_rule_of_level_0_finds_no_event_that_it_may_count() -> None:
    # each event is taken for used by a rule of level 0, which no rule has used
    for semantics in (Semantics.OSSEC, Semantics.WAZUH):
        failed = rule(10, 5, 1, conditions=has("what", "failed"), semantics=semantics)

        assert Player(ROOT, failed, repeated(11, 0, 1, 10, semantics=semantics)).said(*failures(4)) == [10] * 4


def test_groups_are_counted_over_rules_and_only_those_loaded_before() -> None:
    one = rule(10, 5, 1, conditions=has("what", "a"), groups=("bad",))
    two = rule(12, 5, 1, conditions=has("what", "b"), groups=("bad",))
    asked = Correlation(
        source=Source.GROUP, expression=Expression(text="bad", syntax=Syntax.OSMATCH), earlier=2, timeframe_s=60
    )
    often = rule(11, 10, 10, 12, correlation=asked)
    early = [event(1, what=each) for each in "aba"]

    assert Player(ROOT, one, two, often).said(*early) == [10, 12, 11]
    assert Player(ROOT, one, rule(11, 10, 10, correlation=asked), two).said(*early) == [10, 12, 10]


def test_a_rule_that_stands_at_several_places_feeds_its_group_as_often() -> None:
    one = rule(10, 5, 1, conditions=has("what", "a"), groups=("bad",), places=2)
    asked = Correlation(source=Source.GROUP, expression=Expression(text="bad", syntax=Syntax.OSMATCH), earlier=2)

    assert Player(ROOT, one, rule(11, 10, 10, correlation=asked)).said(*(event(1, what="a") for _ in "ab")) == [10, 11]


def test_a_pattern_is_looked_for_in_earlier_logs_of_the_same_category() -> None:
    asked = Correlation(source=Source.REGEX, expression=Expression(text="boom"), earlier=1)
    player = Player(ROOT, rule(10, 5, 1, conditions=has("what", "x")), rule(11, 9, 10, correlation=asked))

    said = player.said(
        event(1, what="x", log="boom", category="ids"), event(1, what="x", log="boom"), event(1, what="x", log="-")
    )
    assert said == [10, 10, 11]


def test_different_values_are_counted() -> None:
    player = Player(ROOT, FAILED, repeated(11, 10, 2, 10, distinct="user"))

    assert player.said(*(event(1, what="failed", user=each) for each in "aabbc")) == [10, 10, 10, 10, 11]


def test_each_of_several_rules_must_have_spoken() -> None:
    other = rule(20, 5, 1, conditions=has("what", "other"))
    both = repeated(11, 10, 1, 10, 20, every=True)
    player = Player(ROOT, FAILED, other, both)

    assert player.said(event(1, what="failed"), event(2, what="other")) == [10, 11]


def test_ossec_keeps_quiet_and_wazuh_lets_the_parent_speak() -> None:
    above = rule(10, 5, 1, conditions=has("what", "failed"))
    wazuh = Player(ROOT, above, rule(11, 7, 10, conditions=has("loud", "1"), ignore_s=10))
    quiet = rule(11, 7, 10, conditions=has("loud", "1"), ignore_s=10, semantics=Semantics.OSSEC)
    ossec = Player(ROOT, above, quiet)
    loud = [event(at, what="failed", loud="1") for at in (0, 5, 11)]

    assert [wazuh.spoken(each) for each in loud] == [11, 10, 11]
    assert [ossec.spoken(each) for each in loud] == [11, None, 11]


def test_what_a_rule_writes_down_silences_another() -> None:
    writes = rule(10, 5, 1, conditions=has("what", "a"), remember=("srcip",), semantics=Semantics.OSSEC)
    reads = rule(12, 5, 1, conditions=has("what", "b"), unless_remembered=("srcip",), semantics=Semantics.OSSEC)
    player = Player(ROOT, writes, reads)

    assert player.spoken(event(1, what="b", srcip="1.1.1.1")) == 12
    assert player.spoken(event(1, what="a", srcip="1.1.1.1")) == 10
    assert player.spoken(event(1, what="b", srcip="1.1.1.1")) is None
    assert player.spoken(event(1, what="b", srcip="2.2.2.2")) == 12


def test_what_is_written_down_may_be_of_one_decoder_only() -> None:
    kept = ("srcip", "name")
    writes = rule(10, 5, 1, conditions=has("what", "a"), remember=kept, semantics=Semantics.OSSEC)
    reads = rule(12, 5, 1, conditions=has("what", "b"), unless_remembered=kept, semantics=Semantics.OSSEC)
    player = Player(ROOT, writes, reads)
    written, asked = (replace(event(1, what=what, srcip="1.1.1.1"), decoder="snort") for what in "ab")

    assert player.spoken(written) == 10
    assert [player.spoken(replace(asked, decoder=name)) for name in ("cisco", "snort")] == [12, None]


def test_a_change_is_one_against_the_last_log_of_the_host() -> None:
    player = Player(ROOT, rule(10, 5, 1, conditions=has("what", "ports"), changed=True))

    said = player.said(*(event(1, log=log, what="ports") for log in ("22", "22", "22 80", "22 80")))
    assert said == [None, None, 10, None]
    assert player.said(event(1, "other", log="22 80", what="ports")) == [None]


def test_what_was_never_seen_is_new_once() -> None:
    player = Player(ROOT, rule(10, 5, 1, conditions=has("what", "login"), first_time=True))
    logins = [event(1, novelty=each, what="login") for each in ("sshd alice", "sshd alice", "sshd bob", "")]

    assert player.said(*logins) == [10, None, 10, None]


def test_the_fourth_alike_of_an_intrusion_detection_system_is_not_new() -> None:
    player = Player(ROOT, rule(10, 5, 1, conditions=has("what", "scan"), first_time=True))
    scans = [event(1, novelty=f"snort 1:2003:8 10.0.0.{number}", category="ids", what="scan") for number in range(7)]

    assert player.said(*scans) == [10, 10, 10, 10, None, None, None]


def test_level_0_and_silent_rules_are_not_remembered() -> None:
    quiet = rule(10, 0, 1, conditions=has("what", "failed"))
    player = Player(ROOT, quiet, repeated(11, 10, 1, 10))

    assert player.said(*failures(3)) == [10, 10, 10]


@pytest.mark.parametrize(("option", "level", "speaks"), [(Option.NO_LOG, 9, None), (Option.LOG, 1, 10)])
def test_options_decide_who_speaks(option: Option, level: int, speaks: int | None) -> None:
    ruleset = compile_rules([ROOT, rule(10, level, 1, conditions=has("what", "x"), options=(option,))])
    verdict = judge_next(ruleset, event(1, what="x"), Memory(ruleset), least=3)[0]

    assert (verdict.speaks.id if verdict.speaks else None) == speaks


def test_rules_beside_the_tree_speak_each_for_itself() -> None:
    beside = [rule(identity, 5, conditions=has("what", "x"), independent=True) for identity in (50, 51)]
    ruleset = compile_rules([ROOT, rule(10, 5, 1, conditions=has("what", "x")), *beside])
    verdicts = judge_next(ruleset, event(1, what="x"), Memory(ruleset))

    assert [verdict.speaks.id for verdict in verdicts if verdict.speaks] == [10, 50, 51]


@given(
    st.lists(st.tuples(st.integers(0, 50), st.sampled_from("ab"), st.sampled_from("xy")), max_size=40),
    st.integers(0, 40),
)
def test_a_restart_changes_nothing(told: list[tuple[int, str, str]], at: int) -> None:
    same = repeated(11, 10, 2, 10, same=("srcip",), timeframe_s=20)
    rules = (ROOT, FAILED, same, repeated(12, 12, 4, 10, different=("user",)))
    events = [event(when, what="failed", srcip=ip, user=user) for when, ip, user in told]
    whole, first = Player(*rules), Player(*rules)
    expected = whole.said(*events)

    before = first.said(*events[:at])
    kept = msgpack.decode(msgpack.encode(first.memory.state()), type=MemoryState)
    assert before + Player(*rules, state=kept).said(*events[at:]) == expected


def test_memory_is_bounded() -> None:
    player = Player(ROOT, FAILED, repeated(11, 10, 5, 10, same=("srcip",)))
    player.said(*(event(1, what="failed", srcip=str(number)) for number in range(9000)))

    assert len(player.memory.state().histories["rule 10"]) == 8192


def test_native_rules_do_not_silence_each_other() -> None:
    native = Semantics.NATIVE
    brute = repeated(11, 12, 2, 10, semantics=native)
    after = rule(
        13, 10, 1, semantics=native, conditions=has("what", "login"),
        correlation=Correlation(source=Source.RULE, rules=(10,), earlier=2),
    )  # fmt: skip
    player = Player(ROOT, FAILED, brute, after)

    assert player.said(*failures(2), event(2, what="failed"), event(3, what="login")) == [10, 10, 11, 13]


def test_a_rule_that_a_native_one_counts_feeds_groups_still() -> None:
    grouped = rule(10, 5, 1, conditions=has("what", "failed"), groups=("bad",))
    asked = Correlation(source=Source.GROUP, expression=Expression(text="bad", syntax=Syntax.OSMATCH), earlier=1)
    native = repeated(12, 6, 9, 10, semantics=Semantics.NATIVE)
    wazuh = repeated(12, 6, 9, 10)
    group = rule(11, 9, 10, correlation=asked)

    assert Player(ROOT, grouped, native, group).said(*failures(2)) == [10, 11]
    assert Player(ROOT, grouped, wazuh, group).said(*failures(2)) == [10, 10]


def test_events_of_one_rule_are_not_events_of_every_rule() -> None:
    other = rule(20, 5, 1, conditions=has("what", "other"))
    both = repeated(11, 10, 1, 10, 20, every=True, semantics=Semantics.NATIVE)
    player = Player(ROOT, FAILED, other, both)

    assert player.said(*failures(3), event(4, what="other")) == [10, 10, 10, 11]


def test_native_rules_count_what_raises_no_alert() -> None:
    quiet = rule(10, 0, 1, conditions=has("what", "failed"), semantics=Semantics.NATIVE)

    assert Player(ROOT, quiet, repeated(11, 10, 1, 10, semantics=Semantics.NATIVE)).said(*failures(2)) == [10, 11]


@pytest.mark.parametrize("semantics", [Semantics.OSSEC, Semantics.WAZUH, Semantics.NATIVE])
@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from("ab"), st.sampled_from("xyz")), max_size=60), st.booleans()
)
def test_what_saves_searches_changes_no_verdict(
    semantics: Semantics, told: list[tuple[int, str, str]], ordered: bool
) -> None:
    asking = (
        repeated(11, 10, 2, 10, same=("srcip",), timeframe_s=20, semantics=semantics),
        repeated(12, 12, 3, 10, different=("user",), semantics=semantics),
        repeated(13, 13, 3, 10, distinct="user", timeframe_s=30, semantics=semantics),
        repeated(14, 14, 2, 10, same=("srcip",), different_set=("user",), semantics=semantics),
        repeated(15, 15, 5, 10, different_all=("user", "srcip"), semantics=semantics),
    )
    failed = rule(10, 5, 1, conditions=has("what", "failed"), semantics=semantics)
    events = [event(when, what="failed", srcip=ip, user=user) for when, ip, user in (sorted(told) if ordered else told)]
    quick, thorough = Player(ROOT, failed, *asking), Player(ROOT, failed, *asking)
    thorough.memory._is_hopeless = lambda *_: False  # type: ignore[method-assign]

    assert quick.said(*events) == thorough.said(*events)
    assert quick.memory.state() == thorough.memory.state()


def test_a_flood_of_events_that_should_differ_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    player = Player(ROOT, FAILED, repeated(11, 10, 3, 10, same=("srcip",), different=("user",)))
    flood = failures(3000, step=0.001, srcip="192.0.2.1", user="root")
    player.said(*flood)
    monkeypatch.setattr(player.memory, "_search", lambda *_: pytest.fail("it was searched"))

    assert player.said(*flood[-9:]) == [10] * 9
