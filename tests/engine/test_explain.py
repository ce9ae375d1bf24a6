from __future__ import annotations

import pytest

from ospatrol.engine.compile import compile_rules
from ospatrol.engine.explain import ancestors, asks_decoder, history_of, path_to, said_of, trace, wanted_of
from ospatrol.model.event import Event
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Correlation, Lookup, Operator, Rule, Source

LINE = Event(
    at=0.0,
    host="web1",
    kind="log",
    location="x",
    log="caf\xc3\xa9 \x1b[2J",
    fields={"user": "b\xff\x1bob"},
    decoder="sshd",
)
CHANGE = Event(at=0.0, host="web1", kind="integrity", location="x", fields={"path": "/caf\u00e9"})


def made(identity: int, *parents: int, **more: object) -> Rule:
    return Rule(id=identity, level=5, description="d", place=Place("r.yml", identity), parents=parents, **more)


def asks(field: str, *operands: str, operator: Operator = Operator.EQUALS, **more: object) -> Condition:
    return Condition(field=field, operator=operator, operands=operands, **more)


@pytest.mark.parametrize(
    ("event", "condition", "said"),
    [
        (CHANGE, asks("path", "/x"), "path equals '/x', but it is '/caf\u00e9'"),
        (CHANGE, asks("gone", "/x"), "gone equals '/x', but it is absent"),
        (CHANGE, asks("path", *"abcdef"), "path equals 'a' or 'b' or 'c' or 'd' or 'e', ..., but it is '/caf\u00e9'"),
        (CHANGE, asks("path", "\x1b[2J"), "path equals '\\x1b[2J', but it is '/caf\u00e9'"),
        (LINE, asks("user", "bob"), "user equals 'bob', but it is 'b\\xff\\x1bob'"),
        (
            LINE,
            asks("log", "tea", operator=Operator.REGEX, syntax=Syntax.OSMATCH),
            "log osmatch 'tea', but it does not",
        ),
        (
            LINE,
            asks("log", "caf", operator=Operator.REGEX, syntax=Syntax.OSMATCH, negate=True),
            "log not osmatch 'caf', but it does",
        ),
        (
            LINE,
            asks("user", "bad", operator=Operator.LISTED, lookup=Lookup.ADDRESS),
            "user listed (address_match_key) 'bad', but it is 'b\\xff\\x1bob'",
        ),
        (LINE, asks("at", "10:00-11:00", operator=Operator.TIME), "at time '10:00-11:00', which does not hold"),
        (LINE, asks("", "is_simple_http_request", operator=Operator.TEST), "test 'is_simple_http_request', which does"),
        (
            LINE,
            asks("", operator=Operator.ALL, parts=(asks("decoder", "sshd"), asks("user", "x"))),
            "all of 2 conditions: user equals 'x', but it is ",
        ),
        (
            LINE,
            asks("", operator=Operator.ANY, parts=(asks("decoder", "sshd"),), negate=True),
            "not any of 1 conditions",
        ),
    ],
)
def test_what_fails_is_said_with_what_is_there_instead(event: Event, condition: Condition, said: str) -> None:
    assert said_of(condition, event).strip().startswith(said)


def test_a_condition_without_operands_ends_with_its_operator() -> None:
    assert wanted_of(asks("x", operator=Operator.EXISTS)) == "x exists"


def test_the_way_to_a_rule_is_that_on_which_an_event_comes_furthest() -> None:
    rules = compile_rules(
        [
            made(1, conditions=(asks("kind", "integrity"),)),
            made(2, 1, conditions=(asks("path", "/x"),)),
            made(3, 1, conditions=(asks("path", "/caf\u00e9"),)),
            made(4, 2, 3, conditions=(asks("gone", "y"),)),
        ]
    )

    way = path_to(rules, CHANGE, 4)

    assert [step.rule.id for step in way] == [1, 3, 4]
    assert [step.failed is None for step in way] == [True, True, False]
    assert set(ancestors(rules.rules, 4)) == {1, 2, 3}


def test_a_trace_s_match_is_that_of_an_event_that_came_alone() -> None:
    counting = Correlation(source=Source.RULE, rules=(1,))
    rules = compile_rules(
        [made(1, conditions=(asks("kind", "integrity"),)), made(2, 1, correlation=counting), made(3, independent=True)]
    )

    told = trace(rules, CHANGE)
    nothing = trace(compile_rules([made(1, conditions=(asks("kind", "log"),))]), CHANGE)

    assert told.match is not None
    assert told.match.via == (1,)
    assert [step.rule.id for step in told.steps] == [1, 2, 3]
    assert nothing.match is None


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (made(1), ""),
        (
            made(1, first_time=True, changed=True),
            "something seen for the first time, and another log than the last one",
        ),
        (
            made(
                1,
                correlation=Correlation(source=Source.RULE, rules=(2, 3), earlier=7, timeframe_s=120, same=("srcip",)),
            ),
            "7 earlier events of rule 2, 3 within 120 s, with the same srcip",
        ),
        (
            made(
                1,
                correlation=Correlation(
                    source=Source.GROUP, expression=Expression(text="auth\x1b"), across_agents=False, different=("url",)
                ),
            ),
            "1 earlier events of a group that matches 'auth\\x1b' within 360 s, with the same host, with another url",
        ),
        (
            made(1, correlation=Correlation(source=Source.RULE, rules=(2,), earlier=2, distinct="user")),
            "3 different values of user in events of rule 2 within 360 s",
        ),
    ],
)
def test_what_a_rule_asks_of_earlier_events_is_a_sentence(rule: Rule, said: str) -> None:
    assert history_of(rule) == said


def test_a_rule_asks_for_a_decoder_itself_or_through_those_above() -> None:
    rules = {
        1: made(1, conditions=(asks("decoder", "sshd"),)),
        2: made(2, 1, 9),
        3: made(3, conditions=(asks("x", "sshd"),)),
    }

    assert [asks_decoder(rules, each, "sshd") for each in rules] == [True, True, False]
