from __future__ import annotations

import pytest

from ospatrol.engine.condition import compile_condition
from ospatrol.model.rule import Condition, Operator


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


@pytest.mark.parametrize("operator", list(Operator))
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
