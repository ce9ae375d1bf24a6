from __future__ import annotations

from datetime import datetime

import pytest
from msgspec.structs import replace

from ospatrol.engine.condition import Sees, compile_condition
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.rule import Condition, Lookup, Operator


@pytest.mark.parametrize(
    ("operator", "operands", "value", "holds"),
    [
        (Operator.EQUALS, ("a", "b"), "b", True),
        (Operator.EQUALS, ("a", "b"), "B", False),
        (Operator.PREFIX, ("/x/", "/bin/"), "/bin/ls", True),
        (Operator.PREFIX, ("/bin/",), "/binary", False),
        (Operator.SUFFIX, (".ko",), "x.ko", True),
        (Operator.SUFFIX, (".ko",), "x.kox", False),
        (Operator.CONTAINS, ("q", "y"), "xyz", True),
        (Operator.CONTAINS, ("q",), "xyz", False),
        (Operator.GLOB, ("q", "/a*"), "/a/b", True),
        (Operator.GLOB, ("/a",), "/a/b", False),
        (Operator.REGEX, ("q", "^b"), "bc", True),
        (Operator.REGEX, ("^b",), "abc", False),
        (Operator.EXISTS, (), "", True),
        (Operator.AT_LEAST, ("10", "20"), "10", True),
        (Operator.AT_LEAST, ("10",), "9.99", False),
        (Operator.AT_LEAST, ("10",), "many", False),
        (Operator.AT_LEAST, ("10",), "1_0", False),
        (Operator.AT_MOST, ("-5", "3"), "3.0", True),
        (Operator.AT_MOST, ("3",), "4", False),
        (Operator.AT_MOST, ("3",), "nan", False),
    ],
)
@pytest.mark.parametrize("negate", [False, True])
def test_each_operator_and_its_negation(event, operator, operands, value, holds, negate) -> None:
    condition = Condition(field="x", operator=operator, operands=operands, negate=negate)

    assert compile_condition(condition).holds(event(x=value)) is (holds is not negate)


_OF_FIELDS = (*list(Operator)[: list(Operator).index(Operator.NETWORK)], Operator.LISTED)


@pytest.mark.parametrize("operator", _OF_FIELDS)
def test_an_absent_field_meets_negations_only(event, operator: Operator) -> None:
    operands = () if operator is Operator.EXISTS else ("1",)

    for negate in (False, True):
        condition = Condition(field="x", operator=operator, operands=operands, negate=negate)

        assert compile_condition(condition).holds(event()) is negate


@pytest.mark.parametrize(
    ("field", "value"), [("host", "web1"), ("kind", "integrity"), ("location", "files:system"), ("text", "a line")]
)
def test_what_every_event_has_wins_over_a_field_of_the_same_name(event, field: str, value: str) -> None:
    condition = Condition(field=field, operator=Operator.EQUALS, operands=(value,))
    told = event()

    assert compile_condition(condition).holds(type(told)(**{**_as_dict(told), "fields": {field: "other"}}))


def _as_dict(event) -> dict[str, object]:
    return {name: getattr(event, name) for name in event.__struct_fields__}


@pytest.mark.parametrize("operator", [Operator.EQUALS, Operator.CONTAINS, Operator.REGEX, Operator.GLOB])
def test_letters_beyond_ascii_are_found_in_events_and_in_the_bytes_of_log_lines(event, operator: Operator) -> None:
    check = compile_condition(Condition(field="x", operator=operator, operands=("größe",)))
    line = event("log", x="größe".encode().decode("latin-1"))

    assert check.holds(event(x="größe"))
    assert check.holds(line)
    assert not check.holds(event(x="grosse"))


@pytest.mark.parametrize(
    ("operands", "inside", "outside"),
    [
        (("10.0.0.0/8",), "10.2.3.4", "11.0.0.1"),
        (("10.0.0.0/255.0.0.0", "::1"), "::1", "::2"),
        (("any",), "2001:db8::1", "nowhere"),
        (("!10.0.0.0/8",), "192.0.2.1", "10.0.0.1"),
        (("10.1.0.0/16", "!10.0.0.0/8"), "10.1.2.3", "10.2.2.3"),
    ],
)
def test_networks(event, operands: tuple[str, ...], inside: str, outside: str) -> None:
    check = compile_condition(Condition(field="srcip", operator=Operator.NETWORK, operands=operands, required=True))

    assert check.holds(event(srcip=inside))
    assert not check.holds(event(srcip=outside))
    assert not check.holds(event())
    assert not check.holds(event(srcip="no address"))


def test_an_address_that_is_none_meets_a_negation_but_a_missing_one_does_not(event) -> None:
    condition = Condition(field="srcip", operator=Operator.NETWORK, operands=("any",), negate=True, required=True)

    assert compile_condition(condition).holds(event(srcip="-"))
    assert not compile_condition(condition).holds(event())


LISTS = {"l": {"10.1.": "office", "alice": "admin", "10.2.3.4": "x"}}


@pytest.mark.parametrize(
    ("lookup", "value", "yes", "no"),
    [
        (Lookup.KEY, None, "alice", "bob"),
        (Lookup.NOT_KEY, None, "bob", "alice"),
        (Lookup.KEY_VALUE, "ADM", "alice", "10.1."),
        (Lookup.ADDRESS, None, "10.1.2.3", "10.3.2.1"),
        (Lookup.NOT_ADDRESS, None, "10.3.2.1", "10.1.2.3"),
        (Lookup.ADDRESS_VALUE, "office", "10.3.2.1", "10.1.2.3"),
    ],
)
def test_lists(event, lookup: Lookup, value: str | None, yes: str, no: str) -> None:
    wanted = Expression(text=value, syntax=Syntax.OSMATCH) if value else None
    condition = Condition(
        field="key", operator=Operator.LISTED, operands=("l",), lookup=lookup, value=wanted, required=True
    )
    check = compile_condition(condition, LISTS)

    assert check.holds(event(key=yes))
    assert not check.holds(event(key=no))
    assert not check.holds(event())


@pytest.mark.parametrize(
    ("operator", "operands", "hour", "holds"),
    [
        (Operator.TIME, ("08:30-18:00",), 18, True),
        (Operator.TIME, ("08:30-18:00",), 19, False),
        (Operator.TIME, ("!08:30-18:00",), 19, True),
        (Operator.WEEKDAY, ("sun",), 12, True),
        (Operator.WEEKDAY, ("mon", "tue"), 12, False),
    ],
)
def test_times(event, operator: Operator, operands: tuple[str, ...], hour: int, holds: bool) -> None:
    at = datetime(2026, 11, 22, hour).timestamp()  # noqa: DTZ001  # a Sunday, by the clock on the wall
    check = compile_condition(Condition(field="", operator=operator, operands=operands))

    assert check.holds(replace(event(), at=at)) is holds


@pytest.mark.parametrize(
    ("name", "yes", "no"),
    [
        ("comp_srcuser_dstuser", {"srcuser": "a", "dstuser": "a"}, {"srcuser": "a", "dstuser": "b"}),
        ("check_id_size", {"id": "1234567890"}, {"id": "123456789"}),
        ("is_simple_http_request", {"url": "/a"}, {"url": "/a?b"}),
        ("is_simple_http_request", {"url": "/", "action": "POST"}, {"action": "POST"}),
    ],
)
def test_tests_by_name(event, name: str, yes: dict[str, str], no: dict[str, str]) -> None:
    check = compile_condition(Condition(field="", operator=Operator.TEST, operands=(name,)))

    assert check.holds(event(**yes))
    assert not check.holds(event(**no))


def test_tests_by_name_that_look_at_the_log(event) -> None:
    crawler = compile_condition(Condition(field="", operator=Operator.TEST, operands=("is_valid_crawler",)))
    differ = compile_condition(
        Condition(field="", operator=Operator.TEST, operands=("comp_mswin_targetuser_calleruser_diff",))
    )
    accounts = "Target Account Name: {}\tx  Caller User Name: {}  end"

    assert crawler.holds(replace(event("log"), log="66.249.1.1 - -"))
    assert not crawler.holds(replace(event("log"), log="67.249.1.1 - -"))
    assert differ.holds(replace(event("log"), log=accounts.format("a", "b")))
    assert not differ.holds(replace(event("log"), log=accounts.format("a", "a")))
    assert not differ.holds(replace(event("log"), log="nothing"))


@pytest.mark.parametrize("operator", [Operator.ALL, Operator.ANY])
@pytest.mark.parametrize("negate", [False, True])
def test_conditions_put_together(event, operator: Operator, negate: bool) -> None:
    parts = tuple(Condition(field=name, operator=Operator.EQUALS, operands=("1",)) for name in "ab")
    check = compile_condition(Condition(field="", operator=operator, parts=parts, negate=negate))
    combine = all if operator is Operator.ALL else any

    for a, b in ((True, True), (True, False), (False, False)):
        fields = {name: "1" for name, there in (("a", a), ("b", b)) if there}
        assert check.holds(event(**fields)) is (combine((a, b)) is not negate)


@pytest.mark.parametrize(
    ("parts", "operator", "atoms", "sees"),
    [
        ((("log", "sshd"), ("log", "kernel")), Operator.ANY, {"sshd", "kernel"}, Sees.LOG),
        ((("log", "sshd"), ("x", "kernel")), Operator.ANY, None, Sees.ELSEWHERE),
        ((("log", "sshd"), ("x", r"\d")), Operator.ALL, {"sshd"}, Sees.LOG),
        ((("x", r"\d"), ("y", r"\d")), Operator.ALL, None, Sees.ELSEWHERE),
    ],
)
def test_what_conditions_put_together_need(parts, operator: Operator, atoms: set[str] | None, sees: Sees) -> None:
    made = tuple(Condition(field=field, operator=Operator.REGEX, operands=(text,)) for field, text in parts)
    check = compile_condition(Condition(field="", operator=operator, parts=made))

    assert check.gate.atoms == (None if atoms is None else frozenset(atoms))
    assert check.gate.sees is sees


def test_a_pattern_that_is_denied_needs_a_field_where_one_is_required(event) -> None:
    for operands in (("boom",), ("boom", "bang")):
        denied = Condition(field="x", operator=Operator.REGEX, operands=operands, negate=True, required=True)

        assert compile_condition(denied).holds(event(x="quiet"))
        assert not compile_condition(denied).holds(event(x="boom"))
        assert not compile_condition(denied).holds(event())
        assert compile_condition(replace(denied, required=False)).holds(event())


def test_the_log_is_no_field_of_other_events(event) -> None:
    for negate in (False, True):
        condition = Condition(field="log", operator=Operator.REGEX, operands=("x",), negate=negate)

        assert compile_condition(condition).holds(event(log="x")) is negate
        assert compile_condition(condition).holds(replace(event("log"), log="x")) is not negate


def test_the_first_of_several_fields_that_is_there_is_compared(event) -> None:
    check = compile_condition(Condition(field="dstuser|srcuser", operator=Operator.EQUALS, operands=("a",)))

    assert check.holds(event(srcuser="a"))
    assert not check.holds(event(srcuser="a", dstuser="b"))
    assert not check.holds(event())
