from __future__ import annotations

import pytest

from ospatrol.dialect.native import read_native
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Lookup, Operator

HERE = Place("r.yml", 4)


def rule(match: str, **keys: str) -> str:
    more = "".join(f"    {key}: {value}\n" for key, value in keys.items())
    return f"rules:\n  - id: 1\n    level: 3\n    match: {match}\n    description: d\n{more}"


def read(match: str, **keys: str) -> tuple[Condition, ...]:
    native = read_native([("r.yml", rule(match, **keys))])
    assert native.problems == ()
    return native.rules[0].conditions


def at(field: str, operator: Operator, *operands: str, **more: object) -> Condition:
    return Condition(field=field, operator=operator, operands=operands, place=HERE, **more)


def test_names_of_fields_are_not_case_sensitive_and_may_be_alternatives() -> None:
    assert read("{userName|SrcUser: a}") == (at("username|srcuser", Operator.EQUALS, "a"),)


def test_a_pattern_is_in_the_language_of_its_condition_or_of_its_rule() -> None:
    regex = Operator.REGEX

    assert read("{log: {regex: a, syntax: osmatch}}") == (at("log", regex, "a", syntax=Syntax.OSMATCH),)
    assert read("{log: {regex: a}, b: {prefix: c}}", syntax="pcre2") == (
        at("log", regex, "a", syntax=Syntax.PCRE2),
        at("b", Operator.PREFIX, "c"),
    )


def test_a_condition_may_require_its_field_or_mean_a_captured_one() -> None:
    assert read("{location: {not: a, required: true, captured: true}}") == (
        at("location", Operator.EQUALS, "a", negate=True, required=True, captured=True),
    )


def test_networks_that_are_excepted_come_first() -> None:
    assert read("{srcip: {network: [10.0.0.0/8, '!10.1.0.0/16', any]}}") == (
        at("srcip", Operator.NETWORK, "!10.1.0.0/16", "10.0.0.0/8", "any"),
    )


@pytest.mark.parametrize(
    ("written", "noun"),
    [
        ("08:00-17:30", "08:00-17:30"),
        ("22:00 - 06:00", "!06:01-21:59"),
        ("23:59-00:00", "!00:01-23:58"),
        ("00:01-00:00", "00:00-23:59"),
        ("12:00-12:00", "12:00-12:00"),
        ("22:00-00:00", "!00:01-21:59"),
    ],
)
def test_a_part_of_the_day_may_go_over_midnight(written: str, noun: str) -> None:
    assert read(f"{{at: {{time: '{written}'}}}}") == (at("at", Operator.TIME, noun),)


def test_days_come_in_the_order_of_the_week() -> None:
    assert read("{at: {weekday: [Sunday, tue, sun]}}") == (at("at", Operator.WEEKDAY, "tue", "sun"),)


def test_several_parts_of_the_day_are_alternatives() -> None:
    times = (at("at", Operator.TIME, "01:00-02:00"), at("at", Operator.TIME, "03:00-04:00"))

    assert read("{at: {not_time: [01:00-02:00, 03:00-04:00]}}") == (
        Condition(field="", operator=Operator.ANY, negate=True, parts=times, place=HERE),
    )


def test_an_event_as_a_whole_may_be_tested() -> None:
    assert read("{event: {not_test: is_simple_http_request}}") == (
        at("event", Operator.TEST, "is_simple_http_request", negate=True),
    )


def test_lists_are_asked_by_key_by_address_and_by_value() -> None:
    listed = Operator.LISTED
    value = Expression(text="^x", syntax=Syntax.RE2)
    unsaid = at("a", listed, "l", lookup=Lookup.ADDRESS_VALUE, value=value, negate=True, required=True)

    assert read("{a: {listed: l}}") == (at("a", listed, "l"),)
    assert read("{a: {not_listed: {list: l}}}") == (at("a", listed, "l", negate=True),)
    assert read("{a: {listed: {list: l, by: address}}}") == (at("a", listed, "l", lookup=Lookup.ADDRESS),)
    assert read("{a: {listed: {list: l, value: ^x}}}") == (at("a", listed, "l", lookup=Lookup.KEY_VALUE, value=value),)
    assert read("{a: {listed: {list: l, by: address, value: {pattern: ^x}}}}") == (unsaid,)
    assert read("{a: {not_listed: {list: l, by: address, value: ^x}}}") == (
        Condition(field="", operator=Operator.ANY, negate=True, parts=(unsaid,), place=HERE),
    )
    assert read("{a: {not_listed: [l, m]}}") == (
        Condition(
            field="",
            operator=Operator.ANY,
            negate=True,
            parts=(at("a", listed, "l"), at("a", listed, "m")),
            place=HERE,
        ),
    )


def test_conditions_are_put_together() -> None:
    a, b, c = (at(name, Operator.EQUALS, name) for name in "abc")
    both = Condition(field="", operator=Operator.ALL, parts=(a, b), place=HERE)

    assert read("{any: [{a: a, b: b}, {c: c}]}") == (
        Condition(field="", operator=Operator.ANY, parts=(both, c), place=HERE),
    )
    assert read("{all: [{a: a}, {b: b}]}") == (a, b)
    assert read("{not_all: [{a: a, b: b}, {all: [{c: c}]}]}") == (
        Condition(field="", operator=Operator.ALL, negate=True, parts=(a, b, c), place=HERE),
    )
    assert read("{not_any: [{not_any: [{a: a}]}]}") == (
        Condition(
            field="",
            operator=Operator.ANY,
            negate=True,
            parts=(Condition(field="", operator=Operator.ANY, negate=True, parts=(a,), place=HERE),),
            place=HERE,
        ),
    )


@pytest.mark.parametrize(
    ("match", "said"),
    [
        ("{a: {prefx: b}}", "a: unknown operator 'prefx'; did you mean 'prefix'?"),
        ("{a: {regex: b, sintax: re2}}", "a: unknown operator 'sintax'; did you mean 'syntax'?"),
        ("{a: {regex: b, syntax: osrege}}", "syntax: unknown word 'osrege'; did you mean 'osregex'?"),
        ("{a: {regex: b, syntax: [1]}}", "syntax: unknown word ''; known are"),
        ("{a: {not: b, required: maybe}}", "required is true or false"),
        ("{a: {syntax: re2}}", "a: an operator is missing"),
        ("{a: {network: 10.0.0.0.0}}", "a: '10.0.0.0.0' is no address and no network"),
        ("{at: {time: 25:00-26:00}}", "at: expected a part of the day such as 22:00-06:00"),
        ("{a: {time: 01:00-02:00}}", "a: time is asked of 'at', the time of the event"),
        ("{at: 01:00-02:00}", "at: an operator is missing; did you mean 'at: {time: 01:00-02:00}'?"),
        ("{at: {weekday: [mon, noday]}}", "at: a weekday is one of mon, tue"),
        ("{a: {test: x}}", "a: test is asked of 'event', the event as a whole"),
        ("{a: {listed: }}", "a: expected the name of a list"),
        ("{a: {listed: [b, 1.5]}}", "a: expected the name of a list"),
        ("{a: {listed: {lst: b}}}", "unknown key 'lst'; did you mean 'list'?"),
        ("{a: {listed: {by: key}}}", "a: expected the key 'list' with the name of a list"),
        ("{a: {listed: {list: b, by: adress}}}", "by: unknown word 'adress'; did you mean 'address'?"),
        ("{a: {listed: {list: b, value: [c]}}}", "value: expected a pattern"),
        ("{any: {a: b}}", "any: expected a list of mappings"),
        ("{any: []}", "any: expected a list of mappings"),
        ("{any: [a]}", "any: expected a mapping with conditions"),
        ("{any: [{}]}", "any: expected a mapping with conditions"),
        ("{any: [{a: {prefx: b}}]}", "a: unknown operator 'prefx'"),
        ("{a|b|: c}", "'a|b|' is no name of a field"),
        ("{a|a|a|a|a|a|a|a|a: c}", "is no name of a field"),
    ],
)
def test_a_mistake_is_told_with_its_line(match: str, said: str) -> None:
    native = read_native([("r.yml", rule(match))])

    assert any(str(error).startswith(f"r.yml:4: {said}") or said in error.problem for error in native.problems)
    assert {error.place for error in native.problems} == {HERE}
