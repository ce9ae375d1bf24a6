from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.engine.compile import compile_rules
from ospatrol.engine.match import Decision, Fork, walk
from ospatrol.engine.view import Matcher
from ospatrol.model.event import Event
from ospatrol.model.pattern import Syntax
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Correlation, Operator, Rule, Source

WORDS = ("failed", "login", "root", "x", "accepted key", "9.9.9.9")
FIELDS = ("log", "srcip", "dstuser", "srcip|dstuser", "decoder", "program_name", "category", "hostname")


def condition(field: str, text: str, syntax: Syntax, *, negate: bool, required: bool) -> Condition:
    return Condition(
        field=field, operator=Operator.REGEX, operands=(text,), syntax=syntax, negate=negate, required=required
    )


CONDITIONS = st.builds(
    condition,
    st.sampled_from(FIELDS),
    st.sampled_from((*WORDS, "^failed", "root$", "login|root", "^sshd", "syslog")),
    st.sampled_from((Syntax.OSMATCH, Syntax.OSSEC_REGEX, Syntax.RE2)),
    negate=st.booleans(),
    required=st.booleans(),
)
PAIRS = st.builds(
    lambda operator, parts, negate: Condition(field="", operator=operator, parts=tuple(parts), negate=negate),
    st.sampled_from((Operator.ALL, Operator.ANY)),
    st.lists(CONDITIONS, min_size=1, max_size=2),
    st.booleans(),
)


@st.composite
def rules(draw) -> list[Rule]:
    kind = Condition(field="kind", operator=Operator.EQUALS, operands=("log",))
    kind_only = Rule(
        id=1, level=0, description="d", place=Place("r", 1), conditions=(kind,), silent=draw(st.booleans())
    )
    return [kind_only, *(_below(draw, identity) for identity in range(2, draw(st.integers(3, 14))))]


def _below(draw, identity: int) -> Rule:
    return Rule(
        id=identity,
        level=draw(st.integers(0, 12)),
        description="d",
        place=Place("r", identity),
        parents=tuple(draw(st.sets(st.integers(1, identity - 1), min_size=1, max_size=2))),
        conditions=tuple(draw(st.lists(CONDITIONS | PAIRS, max_size=2))),
        silent=draw(st.booleans()),
        correlation=Correlation(source=Source.RULE, rules=(1,)) if draw(st.integers(0, 5)) == 0 else None,
    )


TEXTS = st.lists(st.sampled_from((*WORDS, "sshd", "FAILED", "")), max_size=4).map(" ".join)


@st.composite
def events(draw) -> tuple[Event, bool]:
    log = draw(TEXTS)
    made = draw(st.booleans())
    # what decoders cut out of a line stands in it; what they make need not
    values = TEXTS if made else st.sampled_from([log[start:end] for start in (0, 3) for end in (4, 9, None)])
    fields = {name: draw(values) for name in draw(st.sets(st.sampled_from(("srcip", "dstuser"))))}
    return (
        Event(
            at=0.0,
            host="h",
            kind="log",
            location="l",
            fields=fields,
            log=log,
            hostname=draw(st.sampled_from(("root", None))),
            program=draw(st.sampled_from(("sshd", "root", None))),
            decoder=draw(st.sampled_from(("sshd", None))),
            category=draw(st.sampled_from(("syslog", "ids"))),
        ),
        made,
    )


def told(decision: Decision) -> object:
    if isinstance(decision, Fork):
        return decision.node.rule.id, decision.above, told(decision.held), told(decision.otherwise)
    return decision.via if decision else None


@pytest.mark.no_cover
@settings(max_examples=300)
@given(rules(), st.lists(events(), min_size=1, max_size=6))
def test_what_is_narrowed_down_decides_as_the_whole_does(made: list[Rule], lines: list[tuple[Event, bool]]) -> None:
    ruleset = compile_rules(made)
    matcher = Matcher(ruleset)

    for event, is_made in lines:
        assert told(matcher.decide(event, made=is_made)[0]) == told(walk(ruleset.roots("log"), event))


def test_rules_beside_the_tree_are_narrowed_down_too() -> None:
    alone = [
        Rule(
            id=identity,
            level=5,
            description="d",
            place=Place("r", identity),
            conditions=(condition("log", word, Syntax.RE2, negate=False, required=True),),
            independent=True,
        )
        for identity, word in enumerate(("failed", "login", "failed login"), start=1)
    ]
    event = Event(at=0.0, host="h", kind="log", location="l", log="failed login")

    decisions = Matcher(compile_rules(alone)).decide(event, made=False)
    assert [told(each) for each in decisions] == [None, (1,), (2,), (3,)]


def test_caches_are_bounded_and_lose_nothing(monkeypatch) -> None:
    monkeypatch.setattr("ospatrol.engine.view._VIEWS", 3)
    monkeypatch.setattr("ospatrol.engine.view._SHAPES", 3)
    by_program = condition("program_name", "7", Syntax.OSMATCH, negate=False, required=True)
    by_log = condition("log", "boom", Syntax.OSMATCH, negate=False, required=True)
    conditions = ((), (by_program,), (by_log,))
    ruleset = compile_rules(
        [
            Rule(id=n, level=n - 1, description="d", place=Place("r", n), conditions=c, parents=(1,) if n > 1 else ())
            for n, c in enumerate(conditions, start=1)
        ]
    )
    matcher = Matcher(ruleset)

    for number in range(50):
        log = f"boom{number}" if number % 2 else f"line {number}"
        event = Event(at=0.0, host="h", kind="log", location="l", log=log, program=f"p{number}")
        expected = (1, 3) if number % 2 else (1, 2) if "7" in str(number) else (1,)
        assert told(matcher.decide(event, made=False)[0]) == expected
